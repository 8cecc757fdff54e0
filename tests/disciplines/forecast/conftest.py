"""A small campaign, and the package's own table of past slips."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from downmass.disciplines.forecast.situation import Situation
from downmass.disciplines.forecast.slips import SlipRow, parse_slips
from downmass.facts.plan import Activity, Gate, Lag, PlanBasis
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

EPOCH = datetime(2030, 1, 1, tzinfo=UTC)


def _spread(low: float, mode: float, high: float) -> Spread:
    return Spread(Decimal(str(low)), Decimal(str(mode)), Decimal(str(high)), "opinion", "a test")


def _basis(certain: bool) -> PlanBasis:
    def days(low: float, mode: float, high: float) -> Spread:
        return _spread(mode, mode, mode) if certain else _spread(low, mode, high)

    def after(activity: str, least: float = 0.0) -> tuple[Lag, ...]:
        return (Lag(activity, f"after {activity}", Decimal(str(least))),)

    return PlanBasis(
        activities=(
            Activity("launch", "launch", "launch", days(0, 0.25, 0.5), opportunities="launch"),
            Activity("run", "run", "process", days(1, 2, 4), after("launch", 3)),
            Activity(
                "reentry", "re-entry", "return", days(0.1, 1, 2), after("run", 1),
                gates=("licence", "range"), opportunities="return",
            ),
            Activity("recover", "recovery", "recovery", days(0.2, 0.5, 1), after("reentry")),
            Activity("test", "tests", "laboratory", days(8, 10, 20), after("recover")),
            Activity("release", "release", "release", days(1, 2, 5), after("test")),
        ),
        gates=(
            Gate("licence", "licence", "licence", "faa", EPOCH + timedelta(days=20), days(0, 5, 60)),
            Gate("range", "range", "range", "range", EPOCH + timedelta(days=20), days(0, 1, 10)),
        ),
        resources=(), sites=(),
        launch_planned=EPOCH + timedelta(days=5), return_planned=EPOCH + timedelta(days=20),
        launch_slip_d=days(0, 1, 6), return_slip_d=days(-2, 0, 6), return_spacing_d=days(1, 2, 3),
        due=EPOCH + timedelta(days=60),
    )  # fmt: skip


@pytest.fixture
def spread() -> Callable[[float, float, float], Spread]:
    """Make a triangular spread."""
    return _spread


@pytest.fixture
def mode() -> Callable[..., FailureMode]:
    """Make a failure mode with a certain chance [percent]."""

    def make(
        name: str,
        stage: Any,
        percent: float,
        effect: Any = "loss",
        delay: float | None = None,
        loses: Any = "batch",
    ) -> FailureMode:
        return FailureMode(
            name, name, stage, _spread(percent, percent, percent), effect, 8, 4,
            delay_d=None if delay is None else _spread(delay, delay, delay), loses=loses,
        )  # fmt: skip

    return make


@pytest.fixture
def situation() -> Situation:
    """An ordered campaign, nothing done, everything uncertain."""
    return Situation(basis=_basis(certain=False), as_of=EPOCH, epoch=EPOCH)


@pytest.fixture
def clockwork() -> Situation:
    """The same campaign with every duration and slip certain, at its most likely value."""
    return Situation(basis=_basis(certain=True), as_of=EPOCH, epoch=EPOCH)


@pytest.fixture(scope="session")
def rows() -> tuple[SlipRow, ...]:
    """The table of past slips that ships with the package."""
    table = files("downmass.disciplines.catalogue") / "data" / "reference_slips.csv"
    return parse_slips(table.read_text(encoding="utf-8"))
