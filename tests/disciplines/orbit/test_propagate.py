from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import ElementsError, InputError, InstantError
from downmass.disciplines.orbit.elements import epoch_of
from downmass.disciplines.orbit.propagate import (
    geodetic,
    ground_track,
    point_under,
    surface_point,
    to_instant,
    to_micros,
)
from downmass.facts.flight import ElementSet


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 179.999),
    altitude=st.floats(0, 10_000),
)
def test_a_point_raised_along_the_vertical_comes_back_to_where_it_was(
    latitude: float, longitude: float, altitude: float
) -> None:
    lat, lon = np.radians([latitude]), np.radians([longitude])
    up = np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1)
    ground = surface_point(lat, lon)
    back, _, height = geodetic(ground + altitude * up)
    assert back[0] == pytest.approx(lat[0], abs=1e-11)
    assert height[0] == pytest.approx(altitude, abs=1e-6)
    np.testing.assert_allclose(point_under(ground + altitude * up), ground, atol=1e-5)


@given(st.datetimes(datetime(1957, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_survives_its_microseconds(instant: datetime) -> None:
    assert to_instant(to_micros(instant)) == instant


def test_a_ground_track_stays_within_the_inclination_and_near_its_altitude(
    sun_synchronous: ElementSet,
) -> None:
    start = epoch_of(sun_synchronous)
    track = ground_track(sun_synchronous, start, start + timedelta(days=1), 30.0)
    assert len(track.times_us) == 2880
    assert track.times_us[1] - track.times_us[0] == 30_000_000
    # 180 - 97.45 = 82.55 deg geocentric; the geodetic latitude there is 0.05 deg more
    assert 82.0 < np.abs(track.latitude_deg).max() < 82.7
    assert track.longitude_deg.min() >= -180
    assert track.longitude_deg.max() < 180
    # 502 km over the equator by Kepler's third law, 21 km more over the flattened poles, 10 km of J2
    assert track.altitude_km.min() > 490
    assert track.altitude_km.max() < 535


def test_a_ground_track_is_half_open(sun_synchronous: ElementSet) -> None:
    start = epoch_of(sun_synchronous)
    track = ground_track(sun_synchronous, start, start + timedelta(seconds=60), 20.0)
    assert [to_instant(int(us)) - start for us in track.times_us] == [
        timedelta(seconds=s) for s in (0, 20, 40)
    ]


def test_a_start_in_another_zone_is_the_same_track(sun_synchronous: ElementSet) -> None:
    start = epoch_of(sun_synchronous)
    adelaide = start.astimezone(timezone(timedelta(hours=9.5)))
    here = ground_track(sun_synchronous, start, start + timedelta(hours=1), 60.0)
    there = ground_track(sun_synchronous, adelaide, adelaide + timedelta(hours=1), 60.0)
    np.testing.assert_array_equal(here.longitude_deg, there.longitude_deg)


def test_a_time_without_a_zone_is_refused(sun_synchronous: ElementSet) -> None:
    naive = datetime(2026, 4, 10)  # noqa: DTZ001
    with pytest.raises(InstantError):
        ground_track(sun_synchronous, naive, naive + timedelta(hours=1), 60.0)


@pytest.mark.parametrize(("hours", "step_s"), [(-1, 60.0), (0, 60.0), (1, 0.0), (1, -5.0), (1, float("nan"))])
def test_a_track_without_length_or_step_is_refused(
    sun_synchronous: ElementSet, hours: int, step_s: float
) -> None:
    start = epoch_of(sun_synchronous)
    with pytest.raises(InputError):
        ground_track(sun_synchronous, start, start + timedelta(hours=hours), step_s)


def test_a_track_ends_where_the_orbit_decays_and_none_begins_after(make_set) -> None:  # type: ignore[no-untyped-def]
    falling = make_set(revs_a_day=16.1, inclination_deg=51.6, bstar=" 50000-3")
    start = epoch_of(falling)
    track = ground_track(falling, start, start + timedelta(days=60), 300.0)
    assert 0 < len(track.times_us) < 60 * 288
    with pytest.raises(ElementsError, match="decayed") as refusal:
        ground_track(falling, start + timedelta(days=60), start + timedelta(days=61), 300.0)
    assert refusal.value.remedy
