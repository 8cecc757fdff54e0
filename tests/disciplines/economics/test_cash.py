"""Cash: value, rates, payback and learning against closed forms and numpy-financial."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy_financial
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.economics.cash import (
    crawford_unit,
    irr,
    mirr,
    npv,
    payback_years,
    wright_1936,
    years_between,
)

LAUNCH = datetime(2023, 6, 12, tzinfo=UTC)


def test_yearly_flows_discount_by_whole_years_even_over_a_leap_day() -> None:
    dates = [LAUNCH.replace(year=LAUNCH.year + k) for k in range(5)]
    flows = [-100.0, 39.0, 59.0, 55.0, 20.0]
    years = [years_between(LAUNCH, date) for date in dates]
    assert years == [0, 1, 2, 3, 4]
    assert float(npv(20, years, flows)) == pytest.approx(numpy_financial.npv(0.20, flows), rel=1e-12)


def test_half_a_year_is_half_of_its_own_days() -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    assert years_between(start, datetime(2024, 7, 1, tzinfo=UTC)) == pytest.approx(1 + 182 / 366)
    assert years_between(datetime(2024, 7, 1, tzinfo=UTC), start) == pytest.approx(-(1 + 182 / 366))


def test_a_year_from_a_leap_day_ends_on_the_first_of_march() -> None:
    assert years_between(datetime(2024, 2, 29, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)) == 1


def test_a_flow_that_never_falls_due_is_worth_nothing() -> None:
    assert npv(10, [[0.0, 0.0], [1.0, np.nan]], [[-100.0, -100.0], [110.0, 110.0]]).round(9).tolist() == [
        0,
        -100,
    ]


def test_each_future_may_have_its_own_discount_rate() -> None:
    assert npv([0.0, 100.0], [[1.0], [1.0]], [[10.0, 10.0], [6.0, 6.0]]).tolist() == [16, 8]


def test_a_discount_rate_of_minus_one_hundred_percent_is_refused() -> None:
    with pytest.raises(InputError, match="-100"):
        npv(-100, [0], [1])


def test_money_that_only_goes_out_has_no_rate_of_return() -> None:
    found = irr([0, 1], [-1, -1])
    assert found.percent is None
    assert "goes out" in found.reason


def test_two_changes_of_sign_are_reported_with_the_rates_that_balance() -> None:
    # -100, 230, -132 balances at 10 and at 20 percent: (x - 1.1)(x - 1.2) = x^2 - 2.3 x + 1.32.
    found = irr([0, 1, 2], [-100, 230, -132])
    assert found.percent is None
    assert "changes sign 2 times" in found.reason
    assert "10.00, 20.00 percent" in found.reason


def test_flows_in_any_order_have_the_same_rate() -> None:
    assert irr([1, 0], [121, -100]).percent == pytest.approx(21)


def test_the_modified_rate_agrees_with_numpy_financial() -> None:
    flows = [-100, 39, 59, -55, 20]
    ours = mirr(range(5), flows, 10, 12).percent
    assert ours == pytest.approx(100 * numpy_financial.mirr(flows, 0.10, 0.12), rel=1e-12)
    assert mirr([0, 1], [-1, -1], 10, 10).percent is None


def test_payback_is_when_the_money_is_back_for_good() -> None:
    assert payback_years([0, 1, 2, 3], [-100, 60, 50, 10]) == 2
    assert payback_years([0, 1, 2, 3], [-100, 120, -50, 40]) == 3
    assert payback_years([0, 1], [-100, 90]) is None
    assert payback_years([0, 1], [-100, 105], rate_percent=10) is None


def test_wrights_eighty_percent_curve() -> None:
    # Each doubling leaves 80 percent: averages 1, 0.8, 0.64 of unit one; the second unit costs 0.6.
    assert wright_1936(1, [1, 2, 4], 80).round(12).tolist() == [1, 0.8, 0.64]
    assert 2 * wright_1936(1, 2, 80) - wright_1936(1, 1, 80) == pytest.approx(0.6)
    assert crawford_unit(10, 8, 90) == pytest.approx(7.29)


flows = st.lists(st.integers(-1000, 1000), min_size=2, max_size=8)


@given(flows)
def test_at_its_rate_of_return_a_flow_is_worth_nothing(amounts: list[int]) -> None:
    found = irr(range(len(amounts)), amounts)
    if found.percent is None:
        assert found.reason
    elif found.percent > -90:
        scale = float(npv(found.percent, range(len(amounts)), np.abs(amounts)))
        assert abs(float(npv(found.percent, range(len(amounts)), amounts))) <= 1e-9 * scale
