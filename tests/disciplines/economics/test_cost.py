"""Cost roll-up: lines sum to the whole, opinion is read first, seeds repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.economics.cost import (
    cost_per_kg,
    draw_values,
    inputs_of,
    leans_on,
    released_kg,
    roll_up,
    total,
    values_at_mode,
)
from downmass.disciplines.economics.draws import at_quantile, of_values
from downmass.facts.quantity import Spread
from downmass.facts.venture import Venture


def test_most_likely_cost_is_the_sum_of_the_lines(venture: Venture, weeks_in_orbit: Spread) -> None:
    values = values_at_mode(inputs_of(venture, weeks_in_orbit))
    # 8 MUSD + 300 kg x 6,000 USD/kg + 10 weeks x 50,000 USD; 5 kg at 80 percent are 4 kg.
    assert total(venture, values, "cost").item() == pytest.approx(10.3e6)
    assert released_kg(values).item() == pytest.approx(4.0)
    assert cost_per_kg(venture, values).item() == pytest.approx(10.3e6 / 4)
    assert total(venture, values, "income").item() == pytest.approx(12e6)


def test_where_nothing_is_delivered_a_kilogram_costs_infinitely_much(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    lost = np.zeros(64, dtype=bool)
    told = roll_up(venture, weeks_in_orbit, seed=1, size=64, delivered=lost)
    assert told.nothing_released_percent == 100
    assert told.cost_per_kg == (np.inf, np.inf, np.inf)
    assert told.long_run_per_kg == np.inf
    assert told.income == (0, 0, 0)


def test_losses_raise_the_long_run_cost_of_a_kilogram(venture: Venture, weeks_in_orbit: Spread) -> None:
    half = np.arange(1024) % 2 == 0
    safe = roll_up(venture, weeks_in_orbit, seed=1, size=1024)
    risky = roll_up(venture, weeks_in_orbit, seed=1, size=1024, delivered=half)
    assert risky.long_run_per_kg == pytest.approx(2 * safe.long_run_per_kg, rel=0.1)


def test_shares_of_the_lines_sum_to_the_whole(venture: Venture, weeks_in_orbit: Spread) -> None:
    told = roll_up(venture, weeks_in_orbit, seed=1)
    for kind in ("cost", "income"):
        assert sum(line.share_percent for line in told.lines if line.kind == kind) == pytest.approx(100)


def test_lines_of_opinion_are_listed_first(venture: Venture, weeks_in_orbit: Spread) -> None:
    told = roll_up(venture, weeks_in_orbit, seed=1)
    assert [line.basis for line in told.lines] == ["opinion", "opinion", "opinion", "derived"]
    assert told.basis == "opinion"
    assert leans_on(inputs_of(venture, weeks_in_orbit))[-1].basis == "read"


def test_the_same_seed_gives_the_same_roll_up(venture: Venture, weeks_in_orbit: Spread) -> None:
    assert roll_up(venture, weeks_in_orbit, seed=5) == roll_up(venture, weeks_in_orbit, seed=5)
    assert roll_up(venture, weeks_in_orbit, seed=5) != roll_up(venture, weeks_in_orbit, seed=6)


def test_weeks_known_from_elsewhere_are_used(venture: Venture, weeks_in_orbit: Spread) -> None:
    weeks = np.full(256, 1000.0)
    told = roll_up(venture, weeks_in_orbit, seed=1, size=256, known={"weeks_in_orbit": weeks})
    assert next(line.p10 for line in told.lines if line.id == "operations") > 20e6


def test_a_line_named_like_another_input_is_refused(venture: Venture, weeks_in_orbit: Spread) -> None:
    twin = replace(venture.lines[0], id="product_kg")
    with pytest.raises(InputError, match="product_kg"):
        inputs_of(replace(venture, lines=(twin,)), weeks_in_orbit)


def test_a_triangular_spread_has_the_quantiles_of_the_triangle() -> None:
    # Median of the right triangle on [0, 1] with mode 1 is 1/sqrt(2).
    rising = Spread(0, 1, 1, "opinion", "example")  # type: ignore[arg-type]
    assert at_quantile(rising, np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 0.5**0.5, 1])


def test_past_values_are_the_distribution_where_given() -> None:
    past = Spread(1, 3, 11, "read", "returns", past=(4, 3, 11, 1))  # type: ignore[arg-type]
    assert at_quantile(past, np.array([0.0, 0.3, 0.6, 0.99])).tolist() == [1, 3, 4, 11]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_every_draw_lies_within_its_spread(seed: int) -> None:
    spread = Spread(-2, 1, 9, "opinion", "example")  # type: ignore[arg-type]
    values = draw_values({"x": spread}, np.random.default_rng(seed), 200)["x"]
    assert values.min() >= -2
    assert values.max() <= 9


@given(st.lists(st.floats(0, 500), min_size=1, max_size=1200))
def test_futures_kept_as_a_spread_keep_their_mean_and_their_bounds(weeks: list[float]) -> None:
    values = np.array(weeks)
    spread = of_values(values, "derived", "forecast")
    assert float(spread.low) >= values.min() - 1e-3
    assert float(spread.high) <= values.max() + 1e-3
    if len(weeks) <= 101:
        assert np.mean([float(v) for v in spread.past or (spread.mode,)]) == pytest.approx(
            values.mean(), abs=1e-3
        )


def test_a_long_tail_kept_as_a_spread_does_not_become_a_triangle() -> None:
    # Lognormal with median 7 and sigma 1.5: mean 7 exp(1.125) = 21.6, as of weeks after a refusal.
    rng = np.random.default_rng(3)
    weeks = 7 * np.exp(1.5 * rng.standard_normal(20_200))
    spread = of_values(weeks, "derived", "forecast")
    again = at_quantile(spread, rng.random(20_200))
    assert np.median(again) == pytest.approx(7, rel=0.05)
    assert again.mean() == pytest.approx(7 * np.exp(1.125), rel=0.05)
    triangle = at_quantile(replace(spread, past=()), rng.random(20_200))
    assert np.median(triangle) > 10 * np.median(again)


@pytest.mark.parametrize("weeks", [[], [1.0, np.nan], [np.inf]])
def test_no_spread_is_made_of_values_that_are_not_there(weeks: list[float]) -> None:
    with pytest.raises(InputError) as refusal:
        of_values(np.array(weeks), "derived", "forecast")
    assert refusal.value.remedy


def test_weeks_from_futures_are_read_with_their_median_not_as_most_likely(venture: Venture) -> None:
    weeks = of_values(np.array([5.0, 6.0, 40.0]), "derived", "forecast")
    told = {line.text.split(":")[0]: line.text for line in leans_on(inputs_of(venture, weeks))}
    assert told["weeks_in_orbit"].endswith("median 6.0000")
    assert "most likely" in told["product_kg"]
