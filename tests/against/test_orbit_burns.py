"""Burns of W-1's return and the price of phasing, against figures worked out by hand from its orbits."""

from __future__ import annotations

import pytest

from downmass.disciplines.orbit.burns import deorbit_m_s, hohmann_m_s, phasing, phasing_days, staging_budget


def test_the_return_of_w1_costs_56_and_108_and_75_against_133_direct() -> None:
    """Burns to 300 x 500 km, 300 x 900 km and deorbit as announced by Rocket Lab on 2024-02-15; the
    figures follow from vis-viva with a vacuum perigee of 40 km."""
    budget = staging_budget(500, 300, 900, 40)
    assert [burn.delta_v_m_s for burn in budget.burns] == pytest.approx([56, 108, 75], abs=1)
    assert budget.total_m_s == pytest.approx(240, abs=2)
    assert budget.direct_m_s == pytest.approx(133, abs=1)


def test_a_direct_deorbit_from_400_km_costs_105() -> None:
    assert deorbit_m_s(400, 400) == pytest.approx(105, abs=1)


def test_ten_kilometres_move_the_track_by_0_79_degrees_a_day_for_5_5_metres_a_second() -> None:
    """By hand at 500 km: 15.2 rev/d x 3/2 x 10/6878 of a revolution gain 11.9 deg a day in phase, which is
    3.1 min earlier over a latitude, in which the Earth turns 0.79 deg."""
    lowered = phasing(500, -10, 97.5)
    assert lowered.shift_deg_per_day == pytest.approx(0.79, abs=0.01)
    assert lowered.delta_v_m_s == pytest.approx(5.5, abs=0.1)


def test_half_a_track_spacing_takes_five_days_thirty_kilometres_lower() -> None:
    lowered = phasing(500, -30, 97.5)
    assert phasing_days(11.8, lowered.shift_deg_per_day) == pytest.approx(5, abs=0.1)
    assert lowered.delta_v_m_s == pytest.approx(16.5, abs=0.5)


def test_the_hohmann_transfer_of_the_textbook() -> None:
    """Vallado, Fundamentals of Astrodynamics and Applications, example 6-1: 191.34411 km to 35781.34857 km
    takes 3.935224 km/s."""
    assert hohmann_m_s(191.34411, 35781.34857) == pytest.approx(3935.224, abs=0.05)
