"""Small planning worlds: a capsule campaign like W-1, and random problems small enough to enumerate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from downmass.facts.plan import Activity, Gate, Lag, Need, PlanBasis, Resource
from downmass.facts.quantity import Spread

MADE_UP = "made up for the test; only the dates and the 27 h run follow the public record of W-1"


def spread(mode: str) -> Spread:
    """A spread without width."""
    return Spread(Decimal(mode), Decimal(mode), Decimal(mode), "opinion", MADE_UP)


def after(activity: str, name: str, least_d: str = "0", most_d: str | None = None) -> Lag:
    """A lag written with strings."""
    return Lag(activity, name, Decimal(least_d), None if most_d is None else Decimal(most_d))


def capsule(shelf_life_d: str = "60") -> PlanBasis:
    """One batch on a capsule: launch, commission, 27 h run, cool, return, recover, test, release."""
    hands = (Need("operator", Decimal(1)),)
    activities = (
        Activity("launch", "Launch", "launch", spread("0.02"), opportunities="launch"),
        Activity(
            "commission", "Commissioning", "other", spread("5"), (after("launch", "orbit first"),), hands
        ),
        Activity(
            "run", "Crystallisation run", "process", spread("1.125"),
            (after("commission", "commissioned first"),), hands,
        ),
        Activity("cool", "Cool-down", "process", spread("0.5"), (after("run", "cool at once", "0", "0.25"),)),
        Activity(
            "return", "Return", "return", spread("0.1"), (after("cool", "cold before return"),),
            gates=("licence", "range"), opportunities="return",
        ),
        Activity("recover", "Recovery", "recovery", spread("0.2"), (after("return", "landed first"),), hands),
        Activity(
            "laboratory", "Laboratory", "laboratory", spread("10"),
            (after("recover", "recovered first"), after("run", "shelf life", "0", shelf_life_d)),
        ),
        Activity("release", "Release", "release", spread("3"), (after("laboratory", "results first"),)),
    )  # fmt: skip
    return PlanBasis(
        activities=activities,
        gates=(
            Gate(
                "licence", "Re-entry licence", "licence", "faa", datetime(2023, 7, 1, tzinfo=UTC), spread("0")
            ),
            Gate("range", "Range slot", "range", "usaf", datetime(2023, 7, 10, tzinfo=UTC), spread("0")),
        ),
        resources=(Resource("operator", "Flight operators", "person", Decimal(1)),),
        sites=("utah",),
        launch_planned=datetime(2023, 6, 12, 21, 35, tzinfo=UTC),
        return_planned=datetime(2023, 7, 15, 14, tzinfo=UTC),
        launch_slip_d=spread("0"),
        return_slip_d=spread("0"),
        return_spacing_d=spread("1.5"),
        due=datetime(2023, 8, 31, tzinfo=UTC),
    )


@pytest.fixture
def w1() -> Callable[..., Any]:
    """The capsule campaign, by its shelf life [d]."""
    return capsule
