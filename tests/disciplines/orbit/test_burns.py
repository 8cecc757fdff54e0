from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.orbit.burns import (
    apsis_burn,
    deorbit_m_s,
    hohmann_m_s,
    phasing,
    phasing_days,
    speed_m_s,
    staging_budget,
    total_delta_v_m_s,
)

heights = st.floats(150, 2000)


@given(heights, heights)
def test_a_transfer_costs_the_same_both_ways(one: float, other: float) -> None:
    assert hohmann_m_s(one, other) == pytest.approx(hohmann_m_s(other, one), abs=1e-6)


@given(heights, heights)
def test_angular_momentum_is_the_same_at_both_apsides(one: float, other: float) -> None:
    radius = 6378.137
    assert speed_m_s(one, other) * (radius + one) == pytest.approx(speed_m_s(other, one) * (radius + other))


@given(heights, heights, st.floats(20, 100))
def test_the_parts_of_a_staging_budget_add_up(circular: float, apogee: float, entry: float) -> None:
    budget = staging_budget(circular, min(circular, 300.0), max(circular, apogee), entry)
    assert budget.total_m_s == pytest.approx(total_delta_v_m_s(budget.burns))
    assert all(burn.delta_v_m_s >= 0 for burn in budget.burns)
    assert budget.direct_m_s == pytest.approx(deorbit_m_s(circular, circular, entry))


@given(heights, st.floats(0.5, 50), st.floats(0, 180))
def test_a_lower_orbit_moves_the_track_east_and_a_higher_one_west(
    altitude: float, change: float, inclination: float
) -> None:
    down, up = phasing(altitude, -change, inclination), phasing(altitude, change, inclination)
    assert down.shift_deg_per_day > 0 > up.shift_deg_per_day
    assert down.delta_v_m_s > 0 < up.delta_v_m_s


def test_no_change_costs_nothing() -> None:
    assert apsis_burn(500, 500, 500).delta_v_m_s == 0
    assert phasing(500, 0, 97.5).shift_deg_per_day == 0


def test_a_drift_the_wrong_way_never_arrives() -> None:
    assert phasing_days(12, 2.4) == pytest.approx(5)
    with pytest.raises(InputError) as refusal:
        phasing_days(12, -2.4)
    assert refusal.value.remedy


@pytest.mark.parametrize("altitude", [-7000.0, float("nan"), 1e7])
def test_apsides_that_cannot_be_are_refused(altitude: float) -> None:
    with pytest.raises(InputError):
        speed_m_s(altitude, 500)


def test_an_inclination_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError):
        phasing(500, -10, 181)
