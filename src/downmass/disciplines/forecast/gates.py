"""When a gate that is not open may be expected to open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from downmass.base.instant import days_between
from downmass.disciplines.forecast.belief import Floats, SlipBelief, believe_as_of, slip_at
from downmass.disciplines.forecast.slips import SlipKind, SlipRow
from downmass.facts.plan import GateKind
from downmass.facts.quantity import Assumption

Quantile = Callable[[Floats, float | Floats | None], Floats]
"""Days at probabilities ``u``, given that more than some days have passed (none: nothing known)."""

Standing = Literal["waiting", "granted", "refused", "withdrawn"]

ENOUGH_REFUSALS = 4
"""From this many known waits after a refusal on, they are a reference class of a refused gate."""

REFUSED_BASIS = Assumption(
    "a refusal never brings a gate forward: it opens at the later of what waiting on would give and what a "
    "new wait from the refusal would give",
    "opinion",
    "decision 8",
)
"""What a refused gate leans on besides past slips."""

REFERENCE: dict[GateKind, SlipKind] = {
    "licence": "licence",
    "waiver": "licence",
    "range": "range",
    "weather": "return",
}
"""Kind of gate -> class of past slips."""


@dataclass(frozen=True, slots=True)
class GateStanding:
    """Where a gate stands at the moment of the forecast, and since when."""

    status: Standing
    since: datetime


@dataclass(frozen=True, slots=True)
class GateOutlook:
    """When a gate will open: a clock that runs from a moment, and how long it may run [d].

    Attributes
    ----------
    clock_from, delay
        The clock and the quantiles of its run.
    chance
        Name of the chance it is drawn by; gates with one name are early or late together, as the
        permissions one return needs are taken to be. Empty: by itself.
    """

    clock_from: datetime
    delay: Quantile
    notes: tuple[str, ...] = ()
    belief: SlipBelief | None = None
    chance: str = ""


def quantile_of(belief: SlipBelief) -> Quantile:
    """Return a belief as a quantile function."""

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        return slip_at(belief, u, longer_than_d)

    return at


def quantile_in_time(belief: SlipBelief) -> Quantile:
    """Return a belief as a quantile function where what is early counts as on the planned day.

    A negative number of days passed says nothing then: before its day it could not have come.
    """

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        if longer_than_d is not None:
            passed = np.asarray(longer_than_d, dtype=np.float64)
            longer_than_d = np.where(passed < 0.0, -np.inf, passed)
        return np.maximum(slip_at(belief, u, longer_than_d), 0.0)

    return at


def later_of(waiting: Quantile, anew: Quantile, anew_from_d: float) -> Quantile:
    """Return the later of two clocks at the same chance, counted on the first.

    Parameters
    ----------
    anew_from_d
        Day on the first clock on which the second starts [d].
    """

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        passed = None if longer_than_d is None else longer_than_d - anew_from_d
        return np.maximum(waiting(u, longer_than_d), anew_from_d + anew(u, passed))

    return at


def gate_outlook(
    kind: GateKind,
    planned: datetime,
    standing: GateStanding | None,
    rows: Sequence[SlipRow],
    as_of: datetime,
    without: Collection[str] = (),
) -> GateOutlook:
    """Return when a gate may be expected to open, from past gates known at the moment.

    Parameters
    ----------
    planned
        When the gate was counted on to open.
    standing
        Where it stands; none where nothing was recorded.
    without
        Subjects to leave out of the reference class, the campaign itself first of all.

    Notes
    -----
    A gate runs from its planned date by its own class, given what has passed of it. That goes on when
    it is refused or withdrawn; from four known waits of others after a refusal on, it opens at the later
    of that and of such a wait from the refusal, at the same chance, so that a refusal is never good
    news. With fewer, a refusal changes nothing. A range refused has no such class of its own and borrows
    that of licences.
    """
    own = believe_as_of(rows, REFERENCE[kind], as_of, without)
    if standing is None or standing.status not in ("refused", "withdrawn"):
        return GateOutlook(planned, quantile_of(own), own.notes, own)
    after = believe_as_of(rows, "licence_refused", as_of, without)
    if after.known < ENOUGH_REFUSALS:
        few = f"only {after.known} waits after a refusal were known; taken to wait on, by class {own.kind}"
        return GateOutlook(planned, quantile_of(own), (few, *own.notes), own)
    delay = later_of(quantile_of(own), quantile_of(after), days_between(planned, standing.since))
    return GateOutlook(planned, delay, (*after.notes, *own.notes), after)


def fixed(days: float) -> Quantile:
    """Return the quantile function of a known number of days [d], never below what has passed."""

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        value = np.full(np.shape(u), days, dtype=np.float64)
        return value if longer_than_d is None else np.maximum(value, longer_than_d)

    return at
