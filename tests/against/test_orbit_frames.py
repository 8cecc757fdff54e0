"""Positions, sidereal time, geodetic coordinates and the sun against published worked examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84

from downmass.disciplines.orbit.elements import epoch_of, parse_elements, satrec_of
from downmass.disciplines.orbit.propagate import (
    geodetic,
    gmst82,
    ground_track,
    propagate_teme,
    to_instant,
    to_micros,
)
from downmass.disciplines.orbit.sun import sun_elevation_deg

VANGUARD = """1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753
2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667
"""
STATION = """1 99003U 26001C   26100.50000000  .00010000  00000+0  20000-3 0    13
2 99003  51.6400 100.0000 0006000  60.0000 300.0000 15.50000000    17
"""


def test_the_verification_case_of_revisiting_spacetrack_report_3_is_met() -> None:
    """AIAA 2006-6753, satellite 00005, 0 and 360 min from the epoch, TEME km."""
    vanguard = parse_elements(VANGUARD, "AIAA 2006-6753")[0]
    origin_us = to_micros(epoch_of(vanguard))
    positions, valid = propagate_teme(satrec_of(vanguard), origin_us, np.array([0.0, 360.0 * 60.0]))
    assert valid.all()
    # the epoch of a TLE is kept to 1 us here: under a centimetre along the track
    np.testing.assert_allclose(positions[0], (7022.46529266, -1400.08296755, 0.03995155), atol=1e-4)
    np.testing.assert_allclose(positions[1], (-7154.03120202, -3783.17682504, -3536.19412294), atol=1e-4)


def test_sidereal_time_of_vallados_example_3_5() -> None:
    """1992-08-20 12:14 UT1: 152.578787810 deg."""
    angle = gmst82(np.array([2448854.5]), np.array([(12 * 60 + 14) / 1440.0]))
    assert np.degrees(angle[0]) == pytest.approx(152.578787810, abs=1e-6)


def test_geodetic_coordinates_of_vallados_example_3_3() -> None:
    """(6524.834, 6862.875, 6448.296) km: 34.352496 deg N, 46.4464 deg E, 5085.22 km."""
    latitude, longitude, altitude = geodetic(np.array([[6524.834, 6862.875, 6448.296]]))
    assert np.degrees(latitude[0]) == pytest.approx(34.352496, abs=1e-5)
    assert np.degrees(longitude[0]) == pytest.approx(46.4464, abs=1e-4)
    assert altitude[0] == pytest.approx(5085.22, abs=0.01)


def test_a_ground_track_agrees_with_skyfield_to_half_a_kilometre() -> None:
    elements = parse_elements(STATION, "synthetic")[0]
    scale = load.timescale(builtin=True)
    satellite = EarthSatellite(elements.line1, elements.line2, "STATION", scale)
    start = epoch_of(elements)
    track = ground_track(elements, start, start + timedelta(days=1), 3600.0)
    for us, lat, lon, height in zip(
        track.times_us, track.latitude_deg, track.longitude_deg, track.altitude_km, strict=True
    ):
        theirs = wgs84.geographic_position_of(satellite.at(scale.from_datetime(to_instant(int(us)))))
        # UT1 - UTC, left out here, is worth 0.46 km a second at the equator and below 0.9 s
        assert lat == pytest.approx(theirs.latitude.degrees, abs=1e-3)
        assert (lon - theirs.longitude.degrees + 180) % 360 - 180 == pytest.approx(0, abs=4e-3)
        assert height == pytest.approx(theirs.elevation.km, abs=0.05)


def test_the_sun_of_the_solar_position_algorithm() -> None:
    """NREL/TP-560-34302, appendix A.5: Golden, Colorado, 2003-10-17 19:30:30 UTC, true elevation
    39.872046 deg without refraction, from 1830 m up (no bearing on a sun this far)."""
    at_us = np.array([to_micros(datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC))])
    assert sun_elevation_deg(at_us, 39.742476, -105.1786)[0] == pytest.approx(39.872046, abs=0.05)


@pytest.mark.parametrize(
    ("instant", "declination_deg"),
    [
        # equinoxes and solstices to the minute, Astronomical Almanac and USNO tables of the seasons
        (datetime(2024, 3, 20, 3, 6, tzinfo=UTC), 0.0),
        (datetime(2024, 6, 20, 20, 51, tzinfo=UTC), 23.436),
        (datetime(2024, 9, 22, 12, 44, tzinfo=UTC), 0.0),
        (datetime(2024, 12, 21, 9, 20, tzinfo=UTC), -23.436),
        (datetime(2026, 3, 20, 14, 46, tzinfo=UTC), 0.0),
    ],
)
def test_the_sun_stands_as_high_over_the_pole_as_its_declination(
    instant: datetime, declination_deg: float
) -> None:
    at_us = np.array([to_micros(instant)])
    assert sun_elevation_deg(at_us, 90.0, 0.0)[0] == pytest.approx(declination_deg, abs=0.02)
