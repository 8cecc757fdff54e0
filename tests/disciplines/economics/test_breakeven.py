"""Break-even against closed forms, with never as an answer."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.economics.breakeven import Never, break_even, crossings
from downmass.disciplines.economics.cost import Values, draw_values, inputs_of, values_at_mode
from downmass.disciplines.economics.worth import net_value, value_by
from downmass.facts.quantity import Spread
from downmass.facts.venture import Venture

DAYS = {"return": 70.0, "release": 130.0}


def at_mode(venture: Venture, weeks_in_orbit: Spread) -> Values:
    return values_at_mode(inputs_of(venture, weeks_in_orbit))


@given(st.floats(0.1, 100), st.floats(1, 1000))
def test_a_straight_line_breaks_even_where_algebra_says(slope: float, cost: float) -> None:
    expected = cost / slope
    found = break_even(lambda price: slope * price - cost, 0, 20_000)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_value_always_below_zero_never_breaks_even() -> None:
    found = break_even(lambda x: -1 - x * x, -5, 5)
    assert isinstance(found, Never)
    assert found.reason == "the value stays below zero from -5 to 5, at best -1"


def test_a_value_always_above_zero_never_breaks_even_either() -> None:
    assert isinstance(break_even(lambda x: 2 + x, 0, 5), Never)


def test_a_pole_is_no_break_even() -> None:
    found = break_even(lambda x: 1 / (x - 0.3), 0, 1)
    assert isinstance(found, Never)
    assert "infinity" in found.reason


def test_a_step_breaks_even_where_it_jumps() -> None:
    assert break_even(lambda weeks: 3.0 if weeks >= 12 else -2.0, 0, 40) == pytest.approx(12)


def test_the_lowest_of_several_break_evens_is_given_and_all_can_be_asked_for() -> None:
    assert break_even(lambda x: (x - 1) * (x - 4), 0, 10) == pytest.approx(1)
    assert crossings(lambda x: (x - 1) * (x - 4), 0, 10) == pytest.approx((1, 4))


def test_where_there_is_no_value_at_all_it_never_breaks_even() -> None:
    assert isinstance(break_even(lambda _: math.inf, 0, 1), Never)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, math.inf)])
def test_an_empty_or_endless_range_is_refused(low: float, high: float) -> None:
    with pytest.raises(InputError, match="no range"):
        break_even(lambda x: x, low, high)


def test_the_price_a_venture_breaks_even_at_is_its_discounted_cost_over_its_product(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    # 8 MUSD + 300 kg x 6,000 + 10 weeks x 50,000 at day 70, against 4 kg at day 130, at 20 percent.
    cost = 8e6 + 1.8e6 + 0.5e6 * 1.2 ** (-70 / 365.25)
    expected = cost / (4 * 1.2 ** (-130 / 365.25))
    found = break_even(value_by(venture, at_mode(venture, weeks_in_orbit), DAYS, "sale"), 0, 1e8)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "name",
    ["capsule", "launch", "operations", "sale", "launched_mass_kg", "product_kg", "yield_percent",
     "discount_percent_per_year", "weeks_in_orbit", "slip_d"],
)  # fmt: skip
def test_break_even_can_be_asked_in_any_input(venture: Venture, weeks_in_orbit: Spread, name: str) -> None:
    value_of = value_by(venture, at_mode(venture, weeks_in_orbit), DAYS, name)
    found = break_even(value_of, 0, 1000 if name.endswith(("_d", "_percent", "year", "orbit")) else 1e8)
    if isinstance(found, float):
        assert abs(value_of(found)) < 1e-3
    else:
        assert found.reason


def test_launch_price_alone_cannot_save_a_venture_whose_capsule_costs_more_than_the_sale(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    gram = Spread(Decimal("0.001"), Decimal("0.001"), Decimal("0.001"), "opinion", "example")
    small = replace(venture, product_kg=gram)
    found = break_even(value_by(small, at_mode(small, weeks_in_orbit), DAYS, "launch"), 0, 1e5)
    assert isinstance(found, Never)


def test_an_input_the_venture_does_not_have_is_named(venture: Venture, weeks_in_orbit: Spread) -> None:
    with pytest.raises(NotFoundError, match="fuel") as refusal:
        value_by(venture, at_mode(venture, weeks_in_orbit), DAYS, "fuel")
    assert "yield_percent" in refusal.value.remedy


def test_a_line_that_hangs_on_no_known_activity_is_refused(venture: Venture, weeks_in_orbit: Spread) -> None:
    with pytest.raises(InputError, match="release"):
        value_by(venture, at_mode(venture, weeks_in_orbit), {"return": 70.0}, "sale")(1e6)


def test_what_hangs_on_an_activity_that_never_happens_is_not_counted(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    values = values_at_mode(inputs_of(venture, weeks_in_orbit))
    lost = net_value(venture, values, {"return": float("nan"), "release": float("nan")})
    assert lost.item() == pytest.approx(-9.8e6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("name", ["sale", "product_kg", "slip_d", "discount_percent_per_year"])
def test_half_of_the_futures_pay_at_the_break_even(
    venture: Venture, weeks_in_orbit: Spread, name: str, seed: int
) -> None:
    # By the definition of a median: no more than half on either side.
    values = draw_values(inputs_of(venture, weeks_in_orbit), np.random.default_rng(seed), 501)
    found = break_even(value_by(venture, values, DAYS, name), 0, 1e7 if name == "sale" else 99.0, points=33)
    if isinstance(found, Never):
        return
    days = {activity: day + (found if name == "slip_d" else 0.0) for activity, day in DAYS.items()}
    moved = (
        {"weeks_in_orbit": values["weeks_in_orbit"] + found / 7}
        if name == "slip_d"
        else {name: np.array([found])}
    )
    net = net_value(venture, {**values, **moved}, days)
    assert abs(float(np.mean(net > 0)) - 0.5) < 0.005


def test_with_every_input_at_its_mode_fewer_than_half_of_skewed_futures_pay(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    # The capsule may cost 8 MUSD most likely but 20 at worst: the median of the cost lies above its mode.
    values = draw_values(inputs_of(venture, weeks_in_orbit), np.random.default_rng(1), 4001)
    modes = break_even(value_by(venture, at_mode(venture, weeks_in_orbit), DAYS, "sale"), 0, 1e8)
    halves = break_even(value_by(venture, values, DAYS, "sale"), 0, 1e8)
    assert isinstance(modes, float)
    assert isinstance(halves, float)
    assert modes < halves
