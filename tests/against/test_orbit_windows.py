"""Return windows against a plain scan with SGP4, against Skyfield, and against W-1's landing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sgp4.api import Satrec
from sgp4.propagation import gstime
from skyfield.api import EarthSatellite, load, wgs84

from downmass.disciplines.orbit.elements import epoch_of, parse_elements
from downmass.disciplines.orbit.windows import find_passes
from downmass.facts.flight import ElementSet, Site

Array = NDArray[np.float64]

SUN_SYNCHRONOUS = """SSO
1 99001U 26001A   26100.50000000  .00005000  00000+0  28000-3 0    13
2 99001  97.4500 190.0000 0002000 120.0000 240.0000 15.21000000    17
"""
STAGING = """300 X 900 KM
1 99002U 26001B   26100.50000000  .00060000  00000+0  40000-3 0    19
2 99002  97.4000 200.0000 0430000  80.0000 285.0000 14.95000000    14
"""
STATION = """STATION ORBIT
1 99003U 26001C   26100.50000000  .00010000  00000+0  20000-3 0    13
2 99003  51.6400 100.0000 0006000  60.0000 300.0000 15.50000000    17
"""
POLAR = """POLAR
1 99004U 26001D   26100.50000000  .00001000  00000+0  10000-3 0    13
2 99004  90.0000  10.0000 0010000  10.0000 350.0000 15.00000000    11
"""
RETROGRADE = """RETROGRADE
1 99005U 26001E   26100.50000000  .00001000  00000+0  10000-3 0    14
2 99005 144.0000  10.0000 0050000  10.0000 350.0000 15.00000000    16
"""
EQUATORIAL = """EQUATORIAL
1 99006U 26001F   26100.50000000  .00001000  00000+0  10000-3 0    15
2 99006   0.0500  10.0000 0010000  10.0000 350.0000 15.00000000    19
"""
WESTWARD = """WESTWARD OVER THE EQUATOR
1 99010U 26001K   26100.50000000  .00001000  00000+0  10000-3 0    10
2 99010 180.0000  10.0000 0026000  10.0000 350.0000 15.00000000    15
"""
ECCENTRIC = """ECCENTRIC
1 99009U 26001J   26100.50000000  .00000100  00000+0  10000-3 0    18
2 99009  63.4000  10.0000 3000000 270.0000  20.0000  8.00000000    16
"""
PLACES = (
    ("uttr", 40.2, -113.0),
    ("koonibba", -31.8856, 133.4487),
    ("macapa", 0.0, -51.07),
    ("svalbard", 78.2, 15.6),
    ("north-pole", 90.0, 0.0),
    ("concordia", -75.1, 123.3),
    ("beyond-82-south", -82.6, 10.0),
    ("dzhezkazgan", 47.3, 69.5),
    ("macquarie", -54.6, 158.9),
    ("antimeridian", 16.5, 180.0),
)
CORRIDOR_KM = 100.0


def _sites(corridor_km: float = CORRIDOR_KM) -> list[Site]:
    return [
        Site(name, name, Decimal(str(lat)), Decimal(str(lon)), Decimal(str(corridor_km)), "test")
        for name, lat, lon in PLACES
    ]


def _on_ellipsoid(latitude: Array, longitude: Array) -> Array:
    a, e2 = 6378.137, 0.00669437999014
    n = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
    return np.stack(
        (
            n * np.cos(latitude) * np.cos(longitude),
            n * np.cos(latitude) * np.sin(longitude),
            n * (1 - e2) * np.sin(latitude),
        ),
        axis=-1,
    )


def _under(record: Satrec, start_jd: float, seconds: Array) -> Array:
    """Points under the satellite [km], latitude by the textbook iteration (Vallado, algorithm 12)."""
    shape, flat = seconds.shape, seconds.ravel()
    fraction = flat / 86400.0
    _, teme, _ = record.sgp4_array(np.full_like(flat, start_jd), fraction)
    # sidereal time at the start from the sgp4 package, then at the rate of IAU 1982 (2 us/day2 left out)
    theta = gstime(start_jd) + 2 * np.pi * 1.00273790935 * fraction
    a, e2 = 6378.137, 0.00669437999014
    p = np.hypot(teme[:, 0], teme[:, 1])
    latitude = np.arctan2(teme[:, 2], p)
    for _ in range(6):
        n = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(teme[:, 2] + n * e2 * np.sin(latitude), p)
    longitude = np.arctan2(teme[:, 1], teme[:, 0]) - theta
    return _on_ellipsoid(latitude, longitude).reshape(*shape, 3)


def _chord(points: Array, site: Array) -> Array:
    return np.asarray(np.linalg.norm(points - site, axis=-1))


def _scan(
    elements: ElementSet, sites: list[Site], start: datetime, days: float, corridor_km: float
) -> list[tuple[str, float, float]]:
    """Every local minimum of distance on a 20 s grid, zoomed in with SGP4: (site, s from start, km)."""
    record = Satrec.twoline2rv(elements.line1, elements.line2)
    start_jd = 2440587.5 + start.timestamp() / 86400.0
    spots = _on_ellipsoid(
        np.radians([float(s.latitude_deg) for s in sites]),
        np.radians([float(s.longitude_deg) for s in sites]),
    )
    found: list[tuple[int, float]] = []
    step, chunk = 20.0, 60_000
    total = int(days * 86400 / step)
    for first in range(-1, total + 1, chunk):
        seconds = np.arange(first - 1, min(first + chunk, total + 1) + 1) * step
        points = _under(record, start_jd, seconds)
        # |p - s|^2 less |s|^2, which does not move the minima in time
        squared = np.einsum("ij,ij->i", points, points)[:, None] - 2 * points @ spots.T
        low = (squared[1:-1] < squared[:-2]) & (squared[1:-1] <= squared[2:])
        near = squared[1:-1] + np.einsum("ij,ij->i", spots, spots) < (corridor_km + 100.0) ** 2
        for row, site in zip(*np.nonzero(low & near), strict=True):
            found.append((int(site), float(seconds[row + 1])))
    owner = np.array([site for site, _ in found], dtype=int)
    best = np.array([second for _, second in found])
    for reach in (20.0, 1.0, 0.05):
        around = best[:, None] + np.linspace(-reach, reach, 41)
        distance = _chord(_under(record, start_jd, around), spots[owner][:, None, :])
        best = around[np.arange(len(best)), np.argmin(distance, axis=1)]
    chord = _chord(_under(record, start_jd, best[:, None]), spots[owner][:, None, :])[:, 0]
    arc = 2 * 6371.0088 * np.arcsin(chord / (2 * 6371.0088))
    rows = [
        (sites[site].id, float(second), float(km))
        for site, second, km in zip(owner, best, arc, strict=True)
        if km <= corridor_km and 0 <= second < days * 86400
    ]
    return sorted(rows)


def _agree(elements: ElementSet, start: datetime, days: float, corridor_km: float = CORRIDOR_KM) -> int:
    sites = _sites(corridor_km)
    scanned = _scan(elements, sites, start, days, corridor_km)
    passes = find_passes(elements, sites, start, start + timedelta(days=days))
    ours = sorted((p.site, (p.at - start).total_seconds(), abs(p.cross_track_km)) for p in passes)
    assert len(ours) == len(scanned)
    assert [site for site, _, _ in ours] == [site for site, _, _ in scanned]
    np.testing.assert_allclose([s for _, s, _ in ours], [s for _, s, _ in scanned], rtol=0, atol=0.1)
    np.testing.assert_allclose([d for _, _, d in ours], [d for _, _, d in scanned], rtol=0, atol=0.01)
    return len(ours)


def test_every_window_of_a_year_over_ten_sites_is_found_for_a_sun_synchronous_orbit() -> None:
    elements = parse_elements(SUN_SYNCHRONOUS, "synthetic")[0]
    assert _agree(elements, epoch_of(elements), 365.25) > 500


def test_every_window_of_a_year_over_ten_sites_is_found_for_the_orbit_of_w1(shared: Path) -> None:
    text = (shared / "data/real/orbit/varda_w1_56959.tle").read_text()
    elements = parse_elements(text, "varda_w1_56959.tle")[0]
    assert _agree(elements, datetime(2023, 9, 14, tzinfo=UTC), 365.0) > 500


@pytest.mark.parametrize(
    "text", [STAGING, STATION, POLAR, RETROGRADE, EQUATORIAL, ECCENTRIC], ids=lambda text: text.split("\n")[0]
)
def test_every_window_of_a_month_is_found_for_other_kinds_of_orbit(text: str) -> None:
    elements = parse_elements(text, "synthetic")[0]
    assert _agree(elements, epoch_of(elements) + timedelta(days=3, seconds=1234), 30.0) > 10


def test_a_retrograde_equatorial_orbit_passes_a_site_more_often_than_its_node() -> None:
    elements = parse_elements(WESTWARD, "synthetic")[0]
    assert _agree(elements, epoch_of(elements), 10.0, corridor_km=2000.0) > 300


@pytest.mark.parametrize("corridor_km", [5.0, 1000.0, 3000.0])
def test_every_window_is_found_whatever_the_corridor(corridor_km: float) -> None:
    elements = parse_elements(STAGING, "synthetic")[0]
    assert _agree(elements, epoch_of(elements), 20.0, corridor_km) > 0


@pytest.mark.nightly
@pytest.mark.parametrize(
    "text", [STATION, POLAR, RETROGRADE, EQUATORIAL, ECCENTRIC], ids=lambda text: text.split("\n")[0]
)
def test_every_window_of_a_year_is_found_for_other_kinds_of_orbit(text: str) -> None:
    elements = parse_elements(text, "synthetic")[0]
    assert _agree(elements, epoch_of(elements) - timedelta(days=100), 365.25) > 100


def test_pass_times_agree_with_skyfield_to_a_fifth_of_a_second() -> None:
    elements = parse_elements(SUN_SYNCHRONOUS, "synthetic")[0]
    scale = load.timescale(builtin=True)
    satellite = EarthSatellite(elements.line1, elements.line2, "SSO", scale)
    start = epoch_of(elements)
    sites = {site.id: site for site in _sites()}
    passes = find_passes(elements, list(sites.values()), start, start + timedelta(days=20))
    chosen = passes[:: max(1, len(passes) // 10)]
    assert len(chosen) >= 10
    for each in chosen:
        site = sites[each.site]
        spot = wgs84.latlon(float(site.latitude_deg), float(site.longitude_deg)).itrs_xyz.km

        def away(seconds: float, at: datetime = each.at, spot: Array = spot) -> float:
            moment = scale.from_datetime(at + timedelta(seconds=seconds))
            under = wgs84.subpoint_of(satellite.at(moment))
            return float(np.linalg.norm(under.itrs_xyz.km - spot))

        closest = minimize_scalar(away, bounds=(-30, 30), method="bounded", options={"xatol": 1e-3})
        assert abs(closest.x) < 0.2
        assert closest.fun == pytest.approx(abs(each.cross_track_km), abs=0.1)


def test_the_set_of_september_2023_puts_w1_over_utah_within_half_an_hour_of_its_landing(shared: Path) -> None:
    """Landing about 21:40 UTC on 2024-02-21 (press). The corridor is 1000 km wide to each side: 161 days
    after the epoch and before the phasing burns the natural track runs some 700 km beside the range."""
    text = (shared / "data/real/orbit/varda_w1_56959.tle").read_text()
    elements = parse_elements(text, "varda_w1_56959.tle")[0]
    uttr = Site("uttr", "Utah range", Decimal("40.2"), Decimal(-113), Decimal(1000), "press")
    landing = datetime(2024, 2, 21, 21, 40, tzinfo=UTC)
    passes = find_passes(elements, [uttr], landing - timedelta(hours=12), landing + timedelta(hours=12))
    near = [p for p in passes if abs(p.at - landing) <= timedelta(minutes=30)]
    assert len(near) == 1
    assert near[0].heading == "descending"
