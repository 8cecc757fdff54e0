"""How long an orbit lasts: drag in MSIS 2.1, averaged over the orbit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pymsis
from sgp4.model import Satrec as OpenSatrec

from downmass.base.errors import InputError
from downmass.disciplines.orbit.elements import EARTH_RADIUS_KM, satrec_of
from downmass.disciplines.orbit.propagate import Array
from downmass.disciplines.orbit.secular import EARTH_RATE_RAD_MIN
from downmass.facts.flight import ElementSet
from downmass.facts.quantity import Assumption

MU_KM3_S2 = 398600.4418
"""Gravitational parameter of the Earth [km3/s2] (WGS-84, NIMA TR8350.2)."""
BSTAR_TO_BALLISTIC_M2_KG = 2.0 / (2.461e-5 * 6378.135)
"""From B* [1/Earth radius] to CdA/m [m2/kg]: B* = rho0 B / 2 with SGP4's reference density
2.461e-5 kg/m2/km over an Earth radius of 6378.135 km (Spacetrack Report No. 3); 12.7416."""
QUIET_F107, MEAN_F107, ACTIVE_F107 = 70.0, 140.0, 220.0
"""Solar flux [sfu] at solar minimum, on average, and at a strong maximum."""
STEADY_AP = 15.0
"""Daily geomagnetic index taken with every flux (moderate activity, ECSS-E-ST-10-04C)."""
DRAG_SPREAD = 0.35
"""Relative one-sigma error of ballistic coefficient times density over a month [1]."""
DECAY_BASIS = (
    Assumption(
        "Solar flux stays at 70, 140 or 220 sfu with Ap 15 until the end",
        "opinion",
        "range of the 11-year cycle of F10.7; nobody can forecast it for a given month",
    ),
    Assumption(
        "Ballistic coefficient times density is known to 35 %",
        "derived",
        "fits to element sets of ForgeStar-1 (NORAD 64546), 2025-10 to 2026-08, scatter by 30-40 %",
    ),
)
"""What :func:`decay_estimate` leans on."""

_TABLE_STEP_KM = 10.0
_TABLE_FLOOR_KM, _TABLE_CEILING_KM = 90.0, 2000.0
_ANOMALIES = 48


@dataclass(frozen=True, slots=True)
class Decay:
    """The decay of an orbit under steady solar activity.

    Attributes
    ----------
    days
        From the epoch until perigee is at the final altitude [d]; None if not within the days allowed.
    history_days, perigee_km, apogee_km
        Time from the epoch [d] and altitudes above the equatorial radius [km] on the way.
    ballistic_m2_kg
        CdA/m used [m2/kg].
    """

    days: float | None
    history_days: tuple[float, ...]
    perigee_km: tuple[float, ...]
    apogee_km: tuple[float, ...]
    ballistic_m2_kg: float


@dataclass(frozen=True, slots=True)
class DecayEstimate:
    """Days until an orbit is at its final altitude: active sun, mean sun, quiet sun.

    Attributes
    ----------
    low_days, mid_days, high_days
        [d]; None where it outlasts the days allowed.
    ballistic_m2_kg
        CdA/m of the middle case [m2/kg].
    """

    low_days: float | None
    mid_days: float | None
    high_days: float | None
    ballistic_m2_kg: float


@dataclass(frozen=True, slots=True)
class _Air:
    """Logarithm of mean density [ln kg/m3] over altitude, averaged under an orbit."""

    altitude_km: Array
    log_density: Array
    radius_km: float
    wind_factor: float


def ballistic_from_bstar(bstar: float) -> float:
    """Return the ballistic coefficient CdA/m [m2/kg] that a B* [1/Earth radius] names.

    Notes
    -----
    By definition B* = rho0 B / 2, so B = 12.7416 B*. The number is formal: B* is fitted within SGP4's
    power-law atmosphere, several times denser near 500 km than the real one, and a decay computed
    from it with a real atmosphere is several times too slow.
    :func:`ballistic_from_rate` asks for the same decay instead.

    References
    ----------
    .. [1] Hoots, F. R., Roehrich, R. L., Spacetrack Report No. 3, 1980.

    Examples
    --------
    >>> round(ballistic_from_bstar(4.9606e-4), 5)
    0.00632
    """
    return BSTAR_TO_BALLISTIC_M2_KG * bstar


def ballistic_from_rate(elements: ElementSet, f107: float, ap: float) -> float:
    """Return the CdA/m [m2/kg] with which MSIS gives the decay rate SGP4 fitted to the element set.

    Parameters
    ----------
    elements
        A near-earth element set with a positive B*.
    f107, ap
        Solar flux [sfu] and geomagnetic index when the set was fitted.

    Raises
    ------
    InputError
        If B* is not positive: the set was fitted across a burn or carries no drag.
    """
    record = satrec_of(elements)
    if record.bstar <= 0.0:
        raise InputError(
            f"{elements.name} has B* {record.bstar:g}; no drag can be read from it",
            "give the ballistic coefficient CdA/m in m2/kg, or a set without a burn before it",
        )
    axis_km, eccentricity = record.a * record.radiusearthkm, record.ecco
    air = _air(math.degrees(record.inclo), axis_km, f107, ap)
    axis_rate, _ = _rates(air, np.array([axis_km]), np.array([eccentricity]), 1.0)
    return _sgp4_axis_rate_km_d(elements) / float(axis_rate[0])


def decay(
    elements: ElementSet,
    *,
    ballistic_m2_kg: float | None,
    f107: float,
    ap: float,
    until_km: float = 150.0,
    max_days: float = 14_610.0,
) -> Decay:
    """Return how an orbit decays under steady solar activity.

    Parameters
    ----------
    elements
        A near-earth element set.
    ballistic_m2_kg
        CdA/m [m2/kg]; None to take it from the decay rate in the set, as if the activity had been the
        same then.
    f107, ap
        Solar flux F10.7 [sfu] (daily and 81-day mean) and daily Ap.
    until_km
        Perigee altitude at which to stop [km], 120 or more.
    max_days
        Days after which to stop [d]; 40 years by default.

    Raises
    ------
    InputError
        For numbers that are out of range, or a set without drag where none is given.

    Notes
    -----
    Semi-major axis and eccentricity are averaged over one revolution; density is averaged
    over latitude as the orbit visits it, local time and season. Valid for 120-1500 km.
    Not modelled: storms, the course of the solar cycle, attitude changes, burns, lift, solar
    pressure. Against a fit over 163 days, a forecast of the next 159 days of a real satellite near
    500 km missed the drop by 11 %; the spread to expect over a month is 35 %.

    References
    ----------
    .. [1] Emmert, J. T. et al., NRLMSIS 2.1, J. Geophys. Res. Space Phys. 127, 2022.
       doi:10.1029/2022JA030896
    .. [2] King-Hele, D. G., Satellite Orbits in an Atmosphere, Blackie, 1987.
    """
    _check(ballistic_m2_kg, f107, ap, until_km, max_days)
    record = satrec_of(elements)
    ballistic = ballistic_from_rate(elements, f107, ap) if ballistic_m2_kg is None else ballistic_m2_kg
    axis_km = record.a * record.radiusearthkm
    air = _air(math.degrees(record.inclo), axis_km, f107, ap)
    return _integrate(air, axis_km, record.ecco, ballistic, until_km, max_days)


def decay_estimate(
    elements: ElementSet,
    *,
    ballistic_m2_kg: float | None = None,
    f107_at_epoch: float = MEAN_F107,
    until_km: float = 150.0,
    max_days: float = 14_610.0,
) -> DecayEstimate:
    """Return the days an orbit lasts with an active, a mean and a quiet sun.

    Parameters
    ----------
    elements
        A near-earth element set.
    ballistic_m2_kg
        CdA/m [m2/kg]; None to take it from the decay rate in the set.
    f107_at_epoch
        Solar flux when the set was fitted [sfu]; used only where the set gives the coefficient.
    until_km, max_days
        As for :func:`decay`.

    Notes
    -----
    The low case adds 35 % to the drag, the high case takes 35 % off. See :data:`DECAY_BASIS`.
    """
    middle = ballistic_m2_kg
    if middle is None:
        middle = ballistic_from_rate(elements, f107_at_epoch, STEADY_AP)
    cases = (
        (middle * (1.0 + DRAG_SPREAD), ACTIVE_F107),
        (middle, MEAN_F107),
        (middle * (1.0 - DRAG_SPREAD), QUIET_F107),
    )
    low, mid, high = (
        decay(elements, ballistic_m2_kg=b, f107=f107, ap=STEADY_AP, until_km=until_km, max_days=max_days).days
        for b, f107 in cases
    )
    return DecayEstimate(low, mid, high, middle)


def _check(ballistic: float | None, f107: float, ap: float, until_km: float, max_days: float) -> None:
    bounds = (
        ("ballistic coefficient", 0.01 if ballistic is None else ballistic, 1e-4, 10.0, "m2/kg"),
        ("F10.7", f107, 50.0, 400.0, "sfu"),
        ("Ap", ap, 0.0, 400.0, ""),
        ("final altitude", until_km, 120.0, 1500.0, "km"),
        ("most days", max_days, 1e-3, 1e6, "d"),
    )
    for what, value, least, most, unit in bounds:
        if not least <= value <= most:
            raise InputError(
                f"{what} of {value:g} {unit}".rstrip(), f"give {least:g} to {most:g} {unit}".rstrip()
            )


def _sgp4_axis_rate_km_d(elements: ElementSet) -> float:
    """Return the secular rate of the semi-major axis at the epoch in SGP4 [km/d], negative."""
    record = OpenSatrec.twoline2rv(elements.line1, elements.line2)
    axis_km = (record.xke / record.no_unkozai) ** (2.0 / 3.0) * record.radiusearthkm
    rate: float = -2.0 * record.cc1 * axis_km * 1440.0
    return rate


def _air(inclination_deg: float, axis_km: float, f107: float, ap: float) -> _Air:
    """Return density under an orbit over the altitudes it may have, by MSIS 2.1."""
    altitude = np.arange(_TABLE_FLOOR_KM, _TABLE_CEILING_KM + 1.0, _TABLE_STEP_KM)
    dates = np.array(["2025-03-21", "2025-06-21", "2025-09-21", "2025-12-21"], dtype="datetime64[m]")
    arguments = np.radians(np.arange(7.5, 360.0, 15.0))
    sine = math.sin(math.radians(inclination_deg))
    latitudes = np.unique(np.round(np.degrees(np.arcsin(sine * np.sin(arguments))), 3))
    count = len(dates)
    output = pymsis.calculate(
        dates,
        np.arange(0.0, 360.0, 45.0),
        latitudes,
        altitude,
        [f107] * count,
        [f107] * count,
        [[ap] * 7] * count,
    )
    log_density: Array = np.log(output[..., 0].mean(axis=(0, 1, 2)))
    radius_km = EARTH_RADIUS_KM * (1.0 - 0.5 * sine**2 / 298.257)
    speed = math.sqrt(MU_KM3_S2 / axis_km)
    turning = axis_km * EARTH_RATE_RAD_MIN / 60.0 * math.cos(math.radians(inclination_deg)) / speed
    return _Air(altitude, log_density, radius_km, (1.0 - turning) ** 2)


def _rates(air: _Air, axis_km: Array, eccentricity: Array, ballistic: float) -> tuple[Array, Array]:
    """Return the rates of semi-major axis [km/d] and eccentricity [1/d], averaged over a revolution."""
    eccentric = (np.arange(_ANOMALIES) + 0.5) * (2.0 * np.pi / _ANOMALIES)
    axis, e = axis_km[:, None], eccentricity[:, None]
    radius = axis * (1.0 - e * np.cos(eccentric))
    density = np.exp(np.interp(radius - air.radius_km, air.altitude_km, air.log_density))
    speed = np.sqrt(MU_KM3_S2 * (2.0 / radius - 1.0 / axis))
    # kg/m3 * m2/kg is 1/m: a factor 1000 makes it 1/km; 86400 s in a day
    drag = density * ballistic * air.wind_factor * speed * 1000.0 * 86400.0
    weight = radius / axis
    cos_true = (np.cos(eccentric) - e) / (1.0 - e * np.cos(eccentric))
    axis_rate = -(weight * drag * speed**2 * axis**2 / MU_KM3_S2).mean(axis=1)
    shape_rate = -(weight * drag * (e + cos_true)).mean(axis=1)
    return axis_rate, shape_rate


def _integrate(
    air: _Air, axis_km: float, eccentricity: float, ballistic: float, until_km: float, max_days: float
) -> Decay:
    """Return the decay by fourth-order steps that lower perigee or apogee by some kilometres each."""
    state = np.array([axis_km, eccentricity])
    day, days = 0.0, [0.0]
    states = [state]
    while day < max_days and _perigee(state) > until_km:
        first = _slope(air, state, ballistic)
        step = min(max_days - day, 2.0 / max(-first[0], 1e-12))
        second = _slope(air, state + 0.5 * step * first, ballistic)
        third = _slope(air, state + 0.5 * step * second, ballistic)
        fourth = _slope(air, state + step * third, ballistic)
        state = state + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
        state[1] = max(state[1], 0.0)
        day += step
        days.append(day)
        states.append(state)
    perigee = tuple(_perigee(each) for each in states)
    apogee = tuple(float(each[0] * (1.0 + each[1]) - EARTH_RADIUS_KM) for each in states)
    end: float | None = None
    if perigee[-1] <= until_km:
        end = float(np.interp(-until_km, [-h for h in perigee[-2:]], days[-2:])) if len(days) > 1 else 0.0
    return Decay(end, tuple(days), perigee, apogee, ballistic)


def _slope(air: _Air, state: Array, ballistic: float) -> Array:
    axis_rate, shape_rate = _rates(air, state[:1], np.maximum(state[1:], 0.0), ballistic)
    return np.concatenate((axis_rate, shape_rate))


def _perigee(state: Array) -> float:
    return float(state[0] * (1.0 - state[1]) - EARTH_RADIUS_KM)
