from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downmass.base.errors import ElementsError, InputError, InstantError
from downmass.base.instant import Window
from downmass.disciplines.orbit.elements import epoch_of, parse_elements
from downmass.disciplines.orbit.propagate import ground_track
from downmass.disciplines.orbit.windows import (
    decay_finding,
    find_pass_arrays,
    find_passes,
    opportunity_windows,
)
from downmass.facts.flight import ElementSet, Site

SetMaker = Callable[..., ElementSet]
SiteMaker = Callable[..., Site]
KOONIBBA = (-31.8856, 133.4487)
ANY_ORBIT = {
    "revs_a_day": st.floats(14.0, 15.6),
    "inclination_deg": st.floats(0.0, 180.0),
    "eccentricity": st.floats(0.0, 0.01),
    "node_deg": st.floats(0.0, 359.9),
    "anomaly_deg": st.floats(0.0, 359.9),
}
relaxed = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def test_passes_come_in_order_with_both_headings(sun_synchronous: ElementSet, make_site: SiteMaker) -> None:
    start = epoch_of(sun_synchronous)
    sites = [make_site(*KOONIBBA, 300, "koonibba"), make_site(40.2, -113, 300, "uttr")]
    passes = find_passes(sun_synchronous, sites, start, start + timedelta(days=60))
    assert [p.at for p in passes] == sorted(p.at for p in passes)
    assert {(p.site, p.heading) for p in passes} == {
        (site, heading) for site in ("koonibba", "uttr") for heading in ("ascending", "descending")
    }


@relaxed
@given(orbit=st.fixed_dictionaries(ANY_ORBIT), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
def test_a_wider_corridor_never_loses_a_pass(
    make_set: SetMaker, make_site: SiteMaker, orbit: dict[str, float], latitude: float, longitude: float
) -> None:
    elements = make_set(**orbit)
    start = epoch_of(elements)
    found: list[list[datetime]] = []
    for corridor_km in (50, 200, 800):
        site = make_site(latitude, longitude, corridor_km)
        found.append([p.at for p in find_passes(elements, [site], start, start + timedelta(days=7))])
    for narrow, wide in pairwise(found):
        for at in narrow:
            assert min(abs(at - other) for other in wide) < timedelta(milliseconds=1)


@relaxed
@given(orbit=st.fixed_dictionaries(ANY_ORBIT), latitude=st.floats(-90, 90), cut_h=st.floats(1, 71))
def test_a_span_cut_in_two_holds_the_same_passes(
    make_set: SetMaker, make_site: SiteMaker, orbit: dict[str, float], latitude: float, cut_h: float
) -> None:
    elements, site = make_set(**orbit), make_site(latitude, 20.0, 500)
    start = epoch_of(elements)
    middle, end = start + timedelta(hours=cut_h), start + timedelta(days=3)
    whole = find_passes(elements, [site], start, end)
    parts = (*find_passes(elements, [site], start, middle), *find_passes(elements, [site], middle, end))
    assert len(whole) == len(parts)
    for one, other in zip(whole, parts, strict=True):
        assert abs(one.at - other.at) < timedelta(milliseconds=1)


@relaxed
@given(orbit=st.fixed_dictionaries(ANY_ORBIT), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
def test_the_track_comes_no_nearer_a_minute_before_or_after_a_pass(
    make_set: SetMaker, make_site: SiteMaker, orbit: dict[str, float], latitude: float, longitude: float
) -> None:
    elements, site = make_set(**orbit), make_site(latitude, longitude, 1000)
    start = epoch_of(elements)
    for each in find_passes(elements, [site], start, start + timedelta(days=1)):
        track = ground_track(elements, each.at - timedelta(seconds=60), each.at + timedelta(seconds=61), 60.0)
        lat, lon = np.radians(track.latitude_deg), np.radians(track.longitude_deg)
        here, there = np.radians(float(site.latitude_deg)), np.radians(float(site.longitude_deg))
        half = np.sin((lat - here) / 2) ** 2 + np.cos(lat) * np.cos(here) * np.sin((lon - there) / 2) ** 2
        before, at, after = 2 * 6371.0 * np.arcsin(np.sqrt(half))
        assert at <= min(before, after)
        # the sphere of this formula and the ellipsoid differ by up to a third of a percent
        assert at == pytest.approx(abs(each.cross_track_km), rel=0.01, abs=0.5)


def test_the_sign_of_the_cross_track_tells_the_side(make_set: SetMaker, make_site: SiteMaker) -> None:
    polar = make_set(inclination_deg=90.0, revs_a_day=15.0)
    start = epoch_of(polar)
    for each in find_passes(polar, [make_site(0.0, 0.0, 1000)], start, start + timedelta(days=10)):
        track = ground_track(polar, each.at, each.at + timedelta(seconds=1), 1.0)
        track_is_west = track.longitude_deg[0] < 0
        site_is_right = track_is_west == (each.heading == "ascending")
        assert (each.cross_track_km > 0) == site_is_right


def test_a_site_beyond_the_inclination_is_approached_once_a_revolution(
    make_set: SetMaker, make_site: SiteMaker
) -> None:
    """From 51.6 deg the track comes to about 5 x 111 = 555 km of a site at 56.6 deg, and no nearer."""
    elements = make_set(revs_a_day=15.5, inclination_deg=51.6)
    start = epoch_of(elements)
    end = start + timedelta(days=10)
    assert find_passes(elements, [make_site(56.6, 10.0, 500)], start, end) == ()
    passes = find_passes(elements, [make_site(56.6, 10.0, 800)], start, end)
    assert len(passes) >= 10  # at least one a day
    assert min(abs(p.cross_track_km) for p in passes) == pytest.approx(550, abs=20)
    assert min(b.at - a.at for a, b in pairwise(passes)) > timedelta(minutes=80)


def test_sites_on_either_side_of_the_antimeridian_see_the_same_sky(
    sun_synchronous: ElementSet, make_site: SiteMaker
) -> None:
    start = epoch_of(sun_synchronous)
    east, west = make_site(-16.5, 180.0), make_site(-16.5, -180.0)
    seen = [find_passes(sun_synchronous, [site], start, start + timedelta(days=30)) for site in (east, west)]
    assert len(seen[0]) == len(seen[1]) > 0
    for one, other in zip(*seen, strict=True):
        assert abs(one.at - other.at) < timedelta(milliseconds=1)
        assert one.cross_track_km == pytest.approx(other.cross_track_km, abs=1e-6)


def test_passes_before_the_epoch_are_found_too(sun_synchronous: ElementSet, make_site: SiteMaker) -> None:
    start = epoch_of(sun_synchronous) - timedelta(days=30)
    passes = find_passes(sun_synchronous, [make_site(*KOONIBBA, 200)], start, start + timedelta(days=30))
    assert len(passes) >= 5


def test_a_decaying_orbit_passes_until_it_decays(make_set: SetMaker, make_site: SiteMaker) -> None:
    falling = make_set(revs_a_day=16.1, inclination_deg=51.6, bstar=" 50000-3")
    start = epoch_of(falling)
    site = make_site(40.2, -113.0, 300)
    passes = find_passes(falling, [site], start, start + timedelta(days=300))
    track = ground_track(falling, start, start + timedelta(days=300), 600.0)
    assert passes
    assert (passes[-1].at - start).total_seconds() <= (track.times_us[-1] - track.times_us[0]) / 1e6 + 86400
    assert find_passes(falling, [site], start + timedelta(days=200), start + timedelta(days=300)) == ()


def test_a_span_the_orbit_does_not_last_through_is_told(
    make_set: SetMaker, sun_synchronous: ElementSet
) -> None:
    falling = make_set(revs_a_day=16.1, inclination_deg=51.6, bstar=" 50000-3")
    start = epoch_of(falling)
    cut = decay_finding(falling, start, start + timedelta(days=300))
    assert cut is not None
    assert "listed only from 2026-04-10" in cut.message
    gone = decay_finding(falling, start + timedelta(days=200), start + timedelta(days=300))
    assert gone is not None
    assert "no pass is listed" in gone.message
    assert decay_finding(sun_synchronous, start, start + timedelta(days=365)) is None


def test_the_columns_say_the_same_as_the_passes(sun_synchronous: ElementSet, make_site: SiteMaker) -> None:
    start = epoch_of(sun_synchronous)
    sites = [make_site(*KOONIBBA, 300, "koonibba"), make_site(40.2, -113, 300, "uttr")]
    passes = find_passes(sun_synchronous, sites, start, start + timedelta(days=20))
    columns = find_pass_arrays(sun_synchronous, sites, start, start + timedelta(days=20))
    assert columns.times_us.dtype == np.int64
    assert [sites[i].id for i in columns.site_index] == [p.site for p in passes]
    assert ["ascending" if up else "descending" for up in columns.ascending] == [p.heading for p in passes]


def test_windows_around_passes_are_half_open_and_as_wide_as_asked(
    sun_synchronous: ElementSet, make_site: SiteMaker
) -> None:
    start = epoch_of(sun_synchronous)
    passes = find_passes(sun_synchronous, [make_site(*KOONIBBA)], start, start + timedelta(days=30))
    half = timedelta(minutes=5)
    assert opportunity_windows(passes, half) == tuple(Window(p.at - half, p.at + half) for p in passes)
    with pytest.raises(InputError):
        opportunity_windows(passes, timedelta(0))


def test_no_sites_give_no_passes(sun_synchronous: ElementSet) -> None:
    start = epoch_of(sun_synchronous)
    assert find_passes(sun_synchronous, [], start, start + timedelta(days=1)) == ()


def test_impossible_searches_are_refused(sun_synchronous: ElementSet, make_site: SiteMaker) -> None:
    start = epoch_of(sun_synchronous)
    end, site = start + timedelta(days=1), make_site(*KOONIBBA)
    with pytest.raises(InputError, match="no length"):
        find_passes(sun_synchronous, [site], end, start)
    with pytest.raises(InstantError):
        find_passes(sun_synchronous, [site], start.replace(tzinfo=None), end)
    with pytest.raises(InputError, match="corridor"):
        find_passes(sun_synchronous, [make_site(*KOONIBBA, 6000)], start, end)
    with pytest.raises(InputError, match="globe"):
        find_passes(sun_synchronous, [make_site(41.0, -190.0)], start, end)
    deep = parse_elements(
        "1 99008U 26001H   26100.50000000  .00000100  00000+0  00000+0 0    12\n"
        "2 99008  55.0000  10.0000 0100000  10.0000 350.0000  2.00561234    13\n",
        "deep",
    )[0]
    with pytest.raises(ElementsError, match="deep space"):
        find_passes(deep, [site], start, end)


@pytest.mark.parametrize("year", [1, 1800, 2100, 9998])
def test_a_span_far_from_the_epoch_holds_no_pass_and_says_so(
    sun_synchronous: ElementSet, make_site: SiteMaker, year: int
) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=20)
    assert find_passes(sun_synchronous, [make_site(*KOONIBBA)], start, end) == ()
    finding = decay_finding(sun_synchronous, start, end)
    assert finding is not None
    assert "no pass is listed" in finding.message


def test_a_span_of_eight_thousand_years_is_searched_around_the_epoch_alone(
    sun_synchronous: ElementSet, make_site: SiteMaker
) -> None:
    start, end = datetime(1900, 1, 1, tzinfo=UTC), datetime(9900, 1, 1, tzinfo=UTC)
    passes = find_passes(sun_synchronous, [make_site(*KOONIBBA)], start, end)
    epoch = epoch_of(sun_synchronous)
    assert passes
    assert all(abs(each.at - epoch) <= timedelta(days=3653) for each in passes)


def test_a_span_after_the_decay_holds_no_pass(make_set: SetMaker, make_site: SiteMaker) -> None:
    """SGP4 has the set decay within the first span; the second begins after that."""
    falling = make_set(revs_a_day=16.1, bstar=" 50000-2")
    epoch, site = epoch_of(falling), make_site(0.0, 20.0, 3000)
    assert decay_finding(falling, epoch, epoch + timedelta(days=60)) is not None
    later = epoch + timedelta(days=60)
    assert find_passes(falling, [site], later, later + timedelta(days=5)) == ()
