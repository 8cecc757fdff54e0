"""A small venture: a capsule for 8 MUSD, a launch by mass, operations by week, crystals sold by kilogram."""

from __future__ import annotations

from decimal import Decimal

import pytest

from downmass.facts.quantity import Money, Spread
from downmass.facts.venture import MoneyLine, Venture


def spread(low: float, mode: float, high: float, basis: str = "opinion") -> Spread:
    return Spread(Decimal(str(low)), Decimal(str(mode)), Decimal(str(high)), basis, "example")


@pytest.fixture(scope="session")
def venture() -> Venture:
    return Venture(
        currency="USD",
        lines=(
            MoneyLine("capsule", "Capsule", "cost", spread(4e6, 8e6, 20e6), "campaign", "opening"),
            MoneyLine("launch", "Launch", "cost", spread(5500, 6000, 6500, "derived"), "kg_up", "opening"),
            MoneyLine("operations", "Operations", "cost", spread(2e4, 5e4, 1e5), "week_in_orbit", "return"),
            MoneyLine("sale", "Sale", "income", spread(1e6, 3e6, 5e6), "kg_product", "release"),
        ),
        launched_mass_kg=spread(290, 300, 320, "memory"),
        product_kg=spread(1, 5, 10),
        yield_percent=spread(40, 80, 95),
        discount_percent_per_year=spread(10, 20, 30),
        batch_value=Money(1_200_000_000, "USD"),
    )


@pytest.fixture(scope="session")
def weeks_in_orbit() -> Spread:
    return spread(6, 10, 36, "read")
