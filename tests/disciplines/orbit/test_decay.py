from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downmass.base.errors import ElementsError, InputError
from downmass.disciplines.orbit.decay import (
    ballistic_from_bstar,
    ballistic_from_rate,
    decay,
    decay_estimate,
)
from downmass.disciplines.orbit.elements import parse_elements
from downmass.facts.flight import ElementSet

SetMaker = Callable[..., ElementSet]
few = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def test_the_formal_ballistic_coefficient_is_b_star_times_twelve_point_seven_four() -> None:
    """B = 2 B* / rho0, rho0 = 0.15697 kg/m2 per Earth radius (2.461e-5 kg/m2/km, Spacetrack 3)."""
    assert ballistic_from_bstar(1.0) == pytest.approx(12.741621, abs=1e-5)


@few
@given(ballistic=st.floats(0.005, 0.05), f107=st.floats(70, 220))
def test_more_drag_or_more_sun_never_lengthens_a_life(
    make_set: SetMaker, ballistic: float, f107: float
) -> None:
    orbit = make_set(revs_a_day=15.6)
    life = decay(orbit, ballistic_m2_kg=ballistic, f107=f107, ap=15).days
    dragged = decay(orbit, ballistic_m2_kg=ballistic * 1.2, f107=f107, ap=15).days
    sunny = decay(orbit, ballistic_m2_kg=ballistic, f107=f107 + 20, ap=15).days
    assert life is not None
    assert dragged is not None
    assert sunny is not None
    assert dragged == pytest.approx(life / 1.2, rel=0.01)  # time scales with 1 / B exactly
    assert sunny < life


def test_the_history_falls_and_ends_at_the_altitude_asked_for(sun_synchronous: ElementSet) -> None:
    fall = decay(sun_synchronous, ballistic_m2_kg=0.02, f107=200, ap=15, until_km=200)
    assert fall.days is not None
    assert fall.history_days[-2] < fall.days <= fall.history_days[-1]
    assert fall.perigee_km[-1] <= 200 < fall.perigee_km[-2]
    assert all(later < earlier for earlier, later in pairwise(fall.apogee_km))
    assert all(later > earlier for earlier, later in pairwise(fall.history_days))


def test_an_elliptic_orbit_loses_its_apogee_first(make_set: SetMaker) -> None:
    """The classical result of King-Hele: perigee hardly moves while apogee comes down."""
    staging = make_set(revs_a_day=14.95, eccentricity=0.043)
    fall = decay(staging, ballistic_m2_kg=0.01, f107=140, ap=15, max_days=200)
    lost_apogee = fall.apogee_km[0] - fall.apogee_km[-1]
    lost_perigee = fall.perigee_km[0] - fall.perigee_km[-1]
    assert lost_apogee > 50
    assert lost_perigee < 0.1 * lost_apogee


def test_an_orbit_that_outlasts_the_days_allowed_has_no_end(sun_synchronous: ElementSet) -> None:
    fall = decay(sun_synchronous, ballistic_m2_kg=0.01, f107=70, ap=15, max_days=30)
    assert fall.days is None
    assert fall.history_days[-1] == pytest.approx(30)
    assert fall.perigee_km[0] - fall.perigee_km[-1] < 5


def test_an_orbit_already_below_the_altitude_ends_at_once(make_set: SetMaker) -> None:
    low = make_set(revs_a_day=16.3, inclination_deg=51.6)
    assert decay(low, ballistic_m2_kg=0.01, f107=140, ap=15, until_km=250).days == 0.0


def test_the_estimate_runs_from_an_active_to_a_quiet_sun(sun_synchronous: ElementSet) -> None:
    estimate = decay_estimate(sun_synchronous, ballistic_m2_kg=0.02)
    assert estimate.ballistic_m2_kg == 0.02
    assert estimate.low_days is not None
    assert estimate.mid_days is not None
    assert estimate.low_days < estimate.mid_days
    assert estimate.high_days is None or estimate.high_days > estimate.mid_days


def test_a_set_without_drag_needs_the_coefficient_from_a_person(make_set: SetMaker) -> None:
    dragless = make_set(bstar=" 00000+0")
    with pytest.raises(InputError, match=r"B\*") as refusal:
        ballistic_from_rate(dragless, 140, 15)
    assert "m2/kg" in refusal.value.remedy
    assert decay(dragless, ballistic_m2_kg=0.02, f107=200, ap=15).days


@pytest.mark.parametrize(
    "wrong",
    [
        {"ballistic_m2_kg": -0.01},
        {"ballistic_m2_kg": 0.0},
        {"f107": 0.0},
        {"f107": float("nan")},
        {"ap": -1.0},
        {"until_km": 50.0},
        {"max_days": 0.0},
    ],
)
def test_numbers_out_of_range_are_refused(sun_synchronous: ElementSet, wrong: dict[str, float]) -> None:
    given_numbers = {"ballistic_m2_kg": 0.01, "f107": 140.0, "ap": 15.0} | wrong
    with pytest.raises(InputError) as refusal:
        decay(sun_synchronous, **given_numbers)
    assert refusal.value.remedy


def test_a_deep_space_set_is_refused() -> None:
    deep = parse_elements(
        "1 99008U 26001H   26100.50000000  .00000100  00000+0  00000+0 0    12\n"
        "2 99008  55.0000  10.0000 0100000  10.0000 350.0000  2.00561234    13\n",
        "deep",
    )[0]
    with pytest.raises(ElementsError):
        decay_estimate(deep)
