"""Which inputs dominate: properties of the ranking."""

from __future__ import annotations

import numpy as np
import pytest

from downmass.base.errors import InputError
from downmass.disciplines.economics.cost import cost_per_kg, inputs_of
from downmass.disciplines.economics.sensitivity import influences, opinions_first, sobol_indices
from downmass.facts.quantity import Spread
from downmass.facts.venture import Venture


def test_product_mass_and_capsule_dominate_the_cost_of_a_kilogram(
    venture: Venture, weeks_in_orbit: Spread
) -> None:
    inputs = inputs_of(venture, weeks_in_orbit)
    rows = influences(lambda values: cost_per_kg(venture, values), inputs, seed=1, log2_size=11)
    assert {row.name for row in rows[:2]} == {"product_kg", "capsule"}
    silent = {row.name: row for row in rows}["sale"]
    assert (silent.total, silent.at_low) == (0, silent.at_high)
    mass = {row.name: row for row in rows}["product_kg"]
    assert mass.at_low > mass.at_high
    ordered = [row.basis for row in opinions_first(rows)]
    assert ordered == sorted(ordered, key=("opinion", "memory", "derived", "read").index)


def test_the_same_seed_gives_the_same_ranking(venture: Venture, weeks_in_orbit: Spread) -> None:
    inputs = inputs_of(venture, weeks_in_orbit)
    first, second = (
        influences(lambda values: cost_per_kg(venture, values), inputs, seed=4, log2_size=6) for _ in range(2)
    )
    assert first == second


def test_a_constant_has_no_dominant_input() -> None:
    first, total = sobol_indices(lambda u: np.ones(len(u)), 2, seed=1, log2_size=4)
    assert first.tolist() == total.tolist() == [0, 0]


def test_a_model_without_a_finite_result_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        sobol_indices(lambda u: np.full(len(u), np.inf), 2, seed=1, log2_size=4)
