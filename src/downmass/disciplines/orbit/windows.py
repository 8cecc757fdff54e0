"""Return opportunities: every closest approach of a ground track to a site within its corridor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec

from downmass.base.errors import InputError
from downmass.base.instant import Window, format_instant
from downmass.disciplines.orbit.elements import epoch_of, satrec_of
from downmass.disciplines.orbit.propagate import (
    Array,
    Micros,
    point_under,
    propagate_ecef,
    surface_point,
    to_instant,
    to_micros,
)
from downmass.disciplines.orbit.secular import (
    Secular,
    mean_phase_at,
    minutes_at_phase,
    phase,
    phase_rate,
    plane_longitude,
    secular_of,
)
from downmass.disciplines.orbit.sun import sun_elevation_deg
from downmass.facts.finding import Finding
from downmass.facts.flight import ElementSet, Pass, Site

GREATEST_CORRIDOR_KM = 5000.0
"""Widest corridor half-width searched [km]; beyond it closest approaches lose their meaning."""
GREATEST_AGE_D = 3653.0
"""Farthest from its epoch a set is searched [d], ten years: beyond it SGP4's series stand for no orbit."""
_MEAN_RADIUS_KM = 6371.0088
_GUARD_KM = 80.0
"""What the secular terms leave out on the ground [km], with room to spare."""
_TWO_PI = 2.0 * np.pi
_DAY_MIN = 1440.0


@dataclass(frozen=True, slots=True)
class PassArrays:
    """Passes as columns, sorted by time; one row per pass.

    Attributes
    ----------
    times_us
        Microseconds since 1970-01-01 UTC.
    site_index
        Position of the site in the sequence given to the search.
    ascending
        True where northbound.
    cross_track_km
        Distance of the site from the track [km], positive to the right of the track.
    sun_elevation_deg
        Elevation of the sun at the site [deg].
    """

    times_us: Micros
    site_index: NDArray[np.int64]
    ascending: NDArray[np.bool_]
    cross_track_km: Array
    sun_elevation_deg: Array


@dataclass(frozen=True, slots=True)
class _Ground:
    """Sites as columns."""

    latitude: Array
    longitude: Array
    surface_km: Array
    corridor_km: Array


def find_passes(
    elements: ElementSet, sites: Sequence[Site], start: datetime, end: datetime
) -> tuple[Pass, ...]:
    """Return every pass of an element set over sites in ``[start, end)``, sorted by time.

    Parameters
    ----------
    elements
        A near-earth element set.
    sites
        Landing sites; the corridor of each decides what counts as a pass.
    start, end
        Span [UTC].

    Raises
    ------
    InputError
        For a span that ends before it starts, a corridor beyond 5000 km, or a site off the globe.
    ElementsError
        For a deep-space set.

    Notes
    -----
    A pass is a local minimum of the distance between the site and the point under the satellite
    (WGS-84), with both headings, kept where that distance is within the corridor; a site beyond the
    latitudes the orbit reaches is approached, not crossed. Candidates come from SGP4's secular terms,
    each is refined with SGP4 itself to better than a millisecond. Times are only as good as the
    element set: see :func:`downmass.disciplines.orbit.skill.pass_time_error_s`. The point under the
    satellite is not the point a capsule lands on, and burns are not modelled. Where SGP4 says the
    orbit decays, passes end: see :func:`decay_finding`.
    """
    arrays = find_pass_arrays(elements, sites, start, end)
    rows = zip(
        arrays.times_us.tolist(),
        arrays.site_index.tolist(),
        arrays.ascending.tolist(),
        arrays.cross_track_km.tolist(),
        arrays.sun_elevation_deg.tolist(),
        strict=True,
    )
    return tuple(
        Pass(to_instant(at), sites[index].id, "ascending" if up else "descending", cross, sun)
        for at, index, up, cross, sun in rows
    )


def find_pass_arrays(
    elements: ElementSet, sites: Sequence[Site], start: datetime, end: datetime
) -> PassArrays:
    """Return the passes of :func:`find_passes` as columns, for thousands of futures."""
    origin_us, end_us = to_micros(start), to_micros(end)
    if end_us <= origin_us:
        raise InputError(
            f"a search from {format_instant(start)} to {format_instant(end)} has no length",
            "give an end after the start",
        )
    record = satrec_of(elements)
    ground = _ground(sites)
    offset_min = (origin_us - to_micros(epoch_of(elements))) / 60e6
    length_min = (end_us - origin_us) / 60e6
    secular = secular_of(elements)
    first_min, last_min = _living_span(record, secular, offset_min, offset_min + length_min)
    if last_min <= first_min or not sites:
        return _no_passes()
    minutes, index = _candidates(secular, ground, first_min, last_min)
    seconds, valid = _refine(record, origin_us, (minutes - offset_min) * 60.0, ground.surface_km[index])
    arrays = _measured(record, origin_us, seconds[valid], index[valid], ground)
    first_us = origin_us + round((first_min - offset_min) * 60e6)
    last_us = min(end_us, origin_us + round((last_min - offset_min) * 60e6))
    inside = (arrays.times_us >= first_us) & (arrays.times_us < last_us)
    inside &= np.abs(arrays.cross_track_km) <= ground.corridor_km[arrays.site_index]
    return _once(arrays, np.flatnonzero(inside))


def decay_finding(elements: ElementSet, start: datetime, end: datetime) -> Finding | None:
    """Return a warning where SGP4 has the satellite in orbit for only part of a span, else nothing."""
    record, secular, epoch_us = satrec_of(elements), secular_of(elements), to_micros(epoch_of(elements))
    first_min, last_min = ((to_micros(instant) - epoch_us) / 60e6 for instant in (start, end))
    opens_min, closes_min = _living_span(record, secular, first_min, last_min)
    if (opens_min, closes_min) == (first_min, last_min):
        return None
    opens, closes = (to_instant(epoch_us + round(minutes * 60e6)) for minutes in (opens_min, closes_min))
    listed = f"passes are listed only from {opens:%Y-%m-%d} to {closes:%Y-%m-%d}"
    return Finding(
        elements.name,
        f"by its own elements it is not in orbit throughout {start:%Y-%m-%d} to {end:%Y-%m-%d}: "
        f"{listed if closes > opens else 'no pass is listed'}; take a set from nearer that time",
        "warning",
        ("SGP4, AIAA 2006-6753",),
    )


def opportunity_windows(passes: Iterable[Pass], half_width: timedelta) -> tuple[Window, ...]:
    """Return a half-open window around each pass, in their order.

    Parameters
    ----------
    half_width
        How far a landing may lie from the time of the pass; take it from
        :func:`downmass.disciplines.orbit.skill.pass_time_error_s` or from the operator.

    Raises
    ------
    InputError
        For a half-width that is not above zero.
    """
    return tuple(Window(each.at - half_width, each.at + half_width) for each in passes)


def _ground(sites: Sequence[Site]) -> _Ground:
    for site in sites:
        if abs(site.latitude_deg) > 90 or not -180 <= site.longitude_deg <= 360:
            raise InputError(
                f"site {site.id} at {site.latitude_deg}, {site.longitude_deg} is off the globe",
                "give degrees: latitude -90..90, longitude -180..180, east positive",
            )
        if site.corridor_km > GREATEST_CORRIDOR_KM:
            raise InputError(
                f"site {site.id} has a corridor of {site.corridor_km} km",
                f"give a half-width of at most {GREATEST_CORRIDOR_KM:.0f} km",
            )
    latitude = np.radians(np.array([float(site.latitude_deg) for site in sites]))
    longitude = np.radians(np.array([float(site.longitude_deg) for site in sites]))
    corridor = np.array([float(site.corridor_km) for site in sites])
    return _Ground(latitude, longitude, surface_point(latitude, longitude), corridor)


def _living_span(record: Satrec, secular: Secular, first_min: float, last_min: float) -> tuple[float, float]:
    """Return the part of a span, nearest the epoch, in which SGP4 has the satellite in orbit.

    Looked at once a day from the epoch on, so that a decay before the span is seen; the last days
    before a decay, when only perigee is under ground, by the minute.
    """
    farthest_min = GREATEST_AGE_D * _DAY_MIN
    if first_min > farthest_min or last_min < -farthest_min:
        return first_min, first_min
    first_min, last_min = max(first_min, -farthest_min), min(last_min, farthest_min)
    opens_min, closes_min = _around_epoch(record, secular, min(first_min, 0.0), max(last_min, 0.0))
    first_min, last_min = max(first_min, opens_min), min(last_min, closes_min)
    return first_min, max(first_min, last_min)


def _around_epoch(record: Satrec, secular: Secular, first_min: float, last_min: float) -> tuple[float, float]:
    """Return the part of a span around the epoch in which SGP4 has the satellite in orbit."""
    grid, living = _living(record, secular, first_min, last_min, _DAY_MIN)
    nearest = int(np.argmin(np.abs(grid)))
    if not living[nearest]:
        return first_min, first_min
    before, after = np.flatnonzero(~living[:nearest]), np.flatnonzero(~living[nearest:])
    if len(before):
        first_min = float(grid[before[-1] + 1])
    if len(after):
        dead = nearest + int(after[0])
        opens_min = max(first_min, float(grid[max(dead - 2, 0)]))
        grid, living = _living(record, secular, opens_min, float(grid[dead]), 1.0)
        last_min = float(grid[max(int(np.argmin(living)) - 1, 0)])
    return first_min, last_min


def _living(
    record: Satrec, secular: Secular, first_min: float, last_min: float, step_min: float
) -> tuple[Array, NDArray[np.bool_]]:
    grid = np.linspace(first_min, last_min, max(2, int((last_min - first_min) / step_min) + 2))
    errors, _, _ = record.sgp4_array(
        np.full_like(grid, record.jdsatepoch), record.jdsatepochF + grid / _DAY_MIN
    )
    return grid, (errors == 0) & (phase_rate(secular, grid) > 0.0)


def _candidates(
    secular: Secular, ground: _Ground, first_min: float, last_min: float
) -> tuple[Array, NDArray[np.int64]]:
    """Return times [min from the epoch] near every pass, and the sites they belong to."""
    span = np.array([first_min, last_min])
    first_rev, last_rev = np.floor(phase(secular, span) / _TWO_PI)
    # a revolution more on both sides, for passes whose node lies outside the span
    revs = np.arange(first_rev - 1.0, last_rev + 2.0) * _TWO_PI
    nodes = minutes_at_phase(secular, revs, first_min, last_min)
    rates = phase_rate(secular, nodes)
    longitudes = plane_longitude(secular, nodes)
    drift = (plane_longitude(secular, nodes + 1.0) - longitudes) / rates
    times: list[Array] = []
    owners: list[NDArray[np.int64]] = []
    for index in range(len(ground.latitude)):
        for argument in _crossings(float(ground.latitude[index]), secular.inclination):
            near = _near_plane(ground, index, secular.inclination, longitudes + drift * argument, drift)
            times.append(nodes[near] + argument / rates[near])
            owners.append(np.full(int(near.sum()), index))
    minutes, owner = np.concatenate(times), np.concatenate(owners)
    for tolerance in (0.08, 0.005, 0.0, 0.0):
        minutes, distance = _toward_closest(secular, ground, owner, minutes)
        kept = distance <= (ground.corridor_km[owner] + _GUARD_KM) / _MEAN_RADIUS_KM + tolerance
        minutes, owner = minutes[kept], owner[kept]
    return minutes, owner


def _crossings(latitude: float, inclination: float) -> tuple[float, ...]:
    """Return arguments of latitude [rad] to search from: where a latitude is crossed going up and down.

    Near or beyond the highest latitude of the orbit both fall together; a third then lies opposite, so
    that no closest approach is more than half a revolution from a start. A retrograde orbit near the
    equator passes a site more often than it passes its node, and would lose one a day without it.
    """
    ratio = float(np.sin(latitude) / max(float(np.sin(inclination)), 1e-9))
    up = float(np.arcsin(np.clip(ratio, -1.0, 1.0)))
    if abs(ratio) <= 0.7:
        return up, np.pi - up
    return up, np.pi - up, -np.copysign(np.pi / 2.0, up)


def _near_plane(
    ground: _Ground, index: int, inclination: float, plane_longitudes: Array, drift: Array
) -> NDArray[np.bool_]:
    """Return the revolutions whose plane comes near a site, while the Earth turns half a revolution."""
    latitude, corridor_km = float(ground.latitude[index]), float(ground.corridor_km[index])
    from_plane = np.sin(latitude) * np.cos(inclination) - np.cos(latitude) * np.sin(inclination) * np.sin(
        ground.longitude[index] - plane_longitudes
    )
    turned = float(np.abs(drift).max()) * np.pi * np.cos(latitude) * np.sin(inclination)
    near: NDArray[np.bool_] = np.abs(from_plane) <= (corridor_km + _GUARD_KM) / _MEAN_RADIUS_KM + turned
    return near


def _toward_closest(
    secular: Secular, ground: _Ground, owner: NDArray[np.int64], minutes: Array
) -> tuple[Array, Array]:
    """Return better times of closest approach, and the distance of the site from the plane [rad].

    The closest point of the orbit plane to the site is taken with the Earth held still at ``minutes``;
    as the Earth turns fifteen times slower than a low orbit, each round gains more than a digit.
    """
    latitude = ground.latitude[owner]
    east = ground.longitude[owner] - plane_longitude(secular, minutes)
    cos_i, sin_i = np.cos(secular.inclination), np.sin(secular.inclination)
    level = np.cos(latitude) * np.sin(east)
    argument = np.arctan2(level * cos_i + np.sin(latitude) * sin_i, np.cos(latitude) * np.cos(east))
    distance = np.abs(np.arcsin(np.clip(np.sin(latitude) * cos_i - level * sin_i, -1.0, 1.0)))
    short = mean_phase_at(secular, argument, minutes) - phase(secular, minutes)
    short = (short + np.pi) % _TWO_PI - np.pi
    return minutes + short / phase_rate(secular, minutes), distance


def _squared_distance(
    record: Satrec, origin_us: int, seconds: Array, surface_km: Array
) -> tuple[Array, Array]:
    """Return squared chords [km2] from points under the satellite to sites, and which are valid."""
    ecef_km, valid = propagate_ecef(record, origin_us, seconds)
    away = point_under(ecef_km) - surface_km
    return np.einsum("ij,ij->i", away, away), valid


def _refine(
    record: Satrec, origin_us: int, seconds: Array, surface_km: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the times of least distance [s from the origin] by parabolas through SGP4 points."""
    seconds, valid = seconds.copy(), np.ones(len(seconds), dtype=np.bool_)
    active = np.arange(len(seconds))
    for half_s in (12.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        here = seconds[active]
        three = np.concatenate((here - half_s, here, here + half_s))
        squares, good = _squared_distance(record, origin_us, three, np.tile(surface_km[active], (3, 1)))
        before, middle, after = squares.reshape(3, -1)
        valid[active] = good.reshape(3, -1).all(axis=0)
        curvature = before - 2.0 * middle + after
        rounded = valid[active] & (curvature > 0.0)
        step_s = np.zeros(len(active))
        step_s[rounded] = (0.5 * half_s * (before - after))[rounded] / curvature[rounded]
        step_s = np.clip(step_s, -60.0, 60.0)
        seconds[active] = here + step_s
        active = active[(np.abs(step_s) > 0.05) | (half_s > 1.0)]
        if not len(active):
            break
    return seconds, valid


def _measured(
    record: Satrec, origin_us: int, seconds: Array, index: NDArray[np.int64], ground: _Ground
) -> PassArrays:
    """Return times, headings, signed distances and sun elevations of refined passes."""
    count = len(seconds)
    three = np.concatenate((seconds - 0.5, seconds, seconds + 0.5))
    ecef_km, _ = propagate_ecef(record, origin_us, three)
    under = point_under(ecef_km).reshape(3, count, 3)
    site_km = ground.surface_km[index]
    chord = np.linalg.norm(under[1] - site_km, axis=1)
    arc = 2.0 * _MEAN_RADIUS_KM * np.arcsin(np.minimum(chord / (2.0 * _MEAN_RADIUS_KM), 1.0))
    rightward = np.cross(under[2] - under[0], under[1])
    side = np.where(np.einsum("ij,ij->i", rightward, site_km) >= 0.0, 1.0, -1.0)
    times_us = origin_us + np.rint(seconds * 1e6).astype(np.int64)
    sun = sun_elevation_deg(times_us, np.degrees(ground.latitude[index]), np.degrees(ground.longitude[index]))
    return PassArrays(times_us, index, under[2, :, 2] > under[0, :, 2], side * arc, sun)


def _once(arrays: PassArrays, kept: NDArray[np.int64]) -> PassArrays:
    """Return the kept rows in order of time, a pass found from both headings counted once."""
    site, times = arrays.site_index[kept], arrays.times_us[kept]
    by_site = np.lexsort((times, site))
    site, times = site[by_site], times[by_site]
    fresh = np.ones(len(kept), dtype=np.bool_)
    fresh[1:] = (site[1:] != site[:-1]) | (times[1:] - times[:-1] > 60_000_000)
    rows = kept[by_site[fresh]]
    rows = rows[np.lexsort((arrays.site_index[rows], arrays.times_us[rows]))]
    return PassArrays(
        arrays.times_us[rows],
        arrays.site_index[rows],
        arrays.ascending[rows],
        arrays.cross_track_km[rows],
        arrays.sun_elevation_deg[rows],
    )


def _no_passes() -> PassArrays:
    whole, real = np.empty(0, dtype=np.int64), np.empty(0)
    return PassArrays(whole, whole, np.empty(0, dtype=np.bool_), real, real)
