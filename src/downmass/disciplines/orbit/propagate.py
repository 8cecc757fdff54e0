"""From element sets to points on the ground: SGP4, sidereal time, WGS-84."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec

from downmass.base.errors import ElementsError, InputError
from downmass.base.instant import in_utc
from downmass.disciplines.orbit.elements import EARTH_RADIUS_KM, satrec_of
from downmass.facts.flight import ElementSet

Array = NDArray[np.float64]
Micros = NDArray[np.int64]

FLATTENING = 1.0 / 298.257223563
"""Flattening of the Earth [1] (WGS-84, NIMA TR8350.2)."""
_E2 = FLATTENING * (2.0 - FLATTENING)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX_JD = 2440587.5
_DAY_US = 86_400_000_000
_TWO_PI = 2.0 * np.pi


@dataclass(frozen=True, slots=True)
class GroundTrack:
    """The ground under a satellite, sampled.

    Attributes
    ----------
    times_us
        Microseconds since 1970-01-01 UTC, leap seconds not counted.
    latitude_deg, longitude_deg, altitude_km
        Geodetic (WGS-84), longitude in [-180, 180) [deg], [deg], [km].
    """

    times_us: Micros
    latitude_deg: Array
    longitude_deg: Array
    altitude_km: Array


def to_micros(instant: datetime) -> int:
    """Return the microseconds since 1970-01-01 UTC.

    Examples
    --------
    >>> to_micros(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (in_utc(instant) - _UNIX) // timedelta(microseconds=1)


def to_instant(micros: int) -> datetime:
    """Return the instant that lies so many microseconds after 1970-01-01 UTC."""
    return _UNIX + timedelta(microseconds=int(micros))


def julian(origin_us: int, seconds: Array) -> tuple[Array, Array]:
    """Return whole and fractional Julian dates [d] of seconds counted from an origin.

    Notes
    -----
    The whole part is a midnight, so the fraction keeps about 1e-11 s over centuries.
    """
    day, rest_us = divmod(origin_us, _DAY_US)
    elapsed = seconds + rest_us * 1e-6
    whole = np.floor(elapsed / 86400.0)
    return _UNIX_JD + day + whole, elapsed / 86400.0 - whole


def gmst82(whole_jd: Array, fraction: Array) -> Array:
    """Return Greenwich mean sidereal time [rad] of Julian dates in UT1, taken equal to UTC.

    References
    ----------
    .. [1] Aoki, S. et al., The new definition of universal time, Astron. Astrophys. 105, 1982.
    """
    centuries = ((whole_jd - 2451545.0) + fraction) / 36525.0
    seconds = 67310.54841 + centuries * (
        876600.0 * 3600.0 + 8640184.812866 + centuries * (0.093104 - centuries * 6.2e-6)
    )
    angle: Array = (seconds % 86400.0) * (_TWO_PI / 86400.0)
    return angle


def propagate_teme(record: Satrec, origin_us: int, seconds: Array) -> tuple[Array, Array]:
    """Return positions [km] in TEME and whether SGP4 could compute them.

    Parameters
    ----------
    record
        SGP4 record.
    origin_us, seconds
        Origin [us since 1970] and times from it [s], shape (n,).

    Returns
    -------
    positions, valid
        Shapes (n, 3) and (n,); a position is meaningless where not valid (the orbit has decayed).
    """
    errors, positions, _ = record.sgp4_array(*julian(origin_us, seconds))
    valid = (errors == 0) & np.isfinite(positions).all(axis=1)
    # a point of no orbit, but one that needs no care in what is computed from it
    positions[~valid] = (EARTH_RADIUS_KM, 0.0, 0.0)
    return positions, valid


def propagate_ecef(record: Satrec, origin_us: int, seconds: Array) -> tuple[Array, Array]:
    """Return Earth-fixed positions [km] and whether SGP4 could compute them.

    Notes
    -----
    TEME is turned by GMST82 alone. Not modelled: UT1-UTC (below 0.9 s by definition, 420 m at the
    equator at most, about 25 m in 2026) and polar motion (about 13 m). Against a full IERS 2010
    reduction that is 13-33 m and 2.6 ms in the time of a pass, far below the error of any element
    set.
    """
    positions, valid = propagate_teme(record, origin_us, seconds)
    angle = gmst82(*julian(origin_us, seconds))
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = positions[:, 0], positions[:, 1], positions[:, 2]
    return np.stack((cosine * x + sine * y, cosine * y - sine * x, z), axis=1), valid


def geodetic(ecef_km: Array) -> tuple[Array, Array, Array]:
    """Return geodetic latitude [rad], longitude [rad] and altitude [km] on WGS-84.

    Parameters
    ----------
    ecef_km
        Earth-fixed positions [km], shape (n, 3).

    Notes
    -----
    Two rounds of Bowring's iteration; below 1e-11 rad from the ground to 10,000 km.

    References
    ----------
    .. [1] Bowring, B. R., Transformation from spatial to geographical coordinates, Survey Review 23,
       1976. doi:10.1179/sre.1976.23.181.323
    """
    x, y, z = ecef_km[:, 0], ecef_km[:, 1], ecef_km[:, 2]
    axial = np.hypot(x, y)
    sine, cosine = _vertical(axial, z)
    altitude = axial * cosine + z * sine - EARTH_RADIUS_KM * np.sqrt(1.0 - _E2 * sine**2)
    return np.arctan2(sine, cosine), np.arctan2(y, x), altitude


def point_under(ecef_km: Array) -> Array:
    """Return the points of the WGS-84 ellipsoid straight under Earth-fixed positions [km], shape (n, 3)."""
    axial = np.hypot(ecef_km[:, 0], ecef_km[:, 1])
    sine, cosine = _vertical(axial, ecef_km[:, 2])
    normal_km = EARTH_RADIUS_KM / np.sqrt(1.0 - _E2 * sine**2)
    level = normal_km * cosine / np.maximum(axial, 1e-9)
    return np.stack((level * ecef_km[:, 0], level * ecef_km[:, 1], normal_km * (1.0 - _E2) * sine), axis=1)


def _vertical(axial_km: Array, z_km: Array) -> tuple[Array, Array]:
    """Return sine and cosine of geodetic latitude without an angle in between."""
    polar_km = EARTH_RADIUS_KM * (1.0 - FLATTENING)
    rise, run = z_km, axial_km * (1.0 - FLATTENING)
    for _ in range(2):
        length = np.hypot(rise, run)
        up = z_km + _E2 / (1.0 - _E2) * polar_km * (rise / length) ** 3
        out = axial_km - _E2 * EARTH_RADIUS_KM * (run / length) ** 3
        rise, run = (1.0 - FLATTENING) * up, out
    length = np.hypot(up, out)
    return up / length, out / length


def surface_point(latitude_rad: Array, longitude_rad: Array) -> Array:
    """Return Earth-fixed points [km] on the WGS-84 ellipsoid, shape (n, 3)."""
    sine, cosine = np.sin(latitude_rad), np.cos(latitude_rad)
    normal_km = EARTH_RADIUS_KM / np.sqrt(1.0 - _E2 * sine**2)
    return np.stack(
        (
            normal_km * cosine * np.cos(longitude_rad),
            normal_km * cosine * np.sin(longitude_rad),
            normal_km * (1.0 - _E2) * sine,
        ),
        axis=-1,
    )


def ground_track(elements: ElementSet, start: datetime, end: datetime, step_s: float) -> GroundTrack:
    """Return the geodetic ground track of an element set in ``[start, end)``.

    Parameters
    ----------
    elements
        A near-earth element set.
    start, end
        Span [UTC].
    step_s
        Spacing of the samples [s].

    Raises
    ------
    InputError
        For a span that ends before it starts, or a step that is not above zero.
    ElementsError
        For a deep-space set, or one whose orbit has decayed by ``start``.

    Notes
    -----
    Where SGP4 says the orbit decays within the span, the track ends there.
    """
    origin_us = to_micros(start)
    length_s = (to_micros(end) - origin_us) * 1e-6
    if length_s <= 0.0 or not step_s > 0.0:
        raise InputError(
            f"a ground track over {length_s:g} s in steps of {step_s:g} s",
            "give an end after the start and a step > 0",
        )
    seconds = np.arange(0.0, length_s, step_s)
    ecef_km, valid = propagate_ecef(satrec_of(elements), origin_us, seconds)
    kept = len(seconds) if valid.all() else int(np.argmin(valid))
    if kept == 0:
        raise ElementsError(
            f"{elements.name} has decayed before {start.isoformat()} by its own elements",
            "take a newer element set, or an earlier start",
        )
    latitude, longitude, altitude = geodetic(ecef_km[:kept])
    return GroundTrack(
        origin_us + np.rint(seconds[:kept] * 1e6).astype(np.int64),
        np.degrees(latitude),
        (np.degrees(longitude) + 180.0) % 360.0 - 180.0,
        altitude,
    )
