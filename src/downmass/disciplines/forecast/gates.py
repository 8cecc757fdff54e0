"""When a gate that is not open may be expected to open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from downmass.disciplines.forecast.belief import Floats, SlipBelief, believe_as_of, slip_at
from downmass.disciplines.forecast.slips import SlipKind, SlipRow
from downmass.facts.plan import GateKind

Quantile = Callable[[Floats, float | Floats | None], Floats]
"""Days at probabilities ``u``, given that more than some days have passed (none: nothing known)."""

Standing = Literal["waiting", "granted", "refused", "withdrawn"]

ENOUGH_REFUSALS = 4
"""From this many known waits after a refusal on, they are the reference class of a refused gate."""

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
        Name of the chance it is drawn by; gates with one name are early or late together, as where
        two authorities refused in one act. Empty: by itself.
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
    A gate that waits runs from its planned date, given what has passed of it. A refused or withdrawn
    gate runs from the refusal, by the waits of others after a refusal or grounding; where fewer than
    four of those are known, by its own class from the planned date, given what has passed. A range
    refused along with a licence has no reference class of its own and borrows that of licences.
    """
    own = REFERENCE[kind]
    if standing is not None and standing.status in ("refused", "withdrawn"):
        after = believe_as_of(rows, "licence_refused", as_of, without)
        if after.known >= ENOUGH_REFUSALS:
            return GateOutlook(standing.since, quantile_of(after), after.notes, after)
        few = f"only {after.known} waits after a refusal were known; class {own} given what has passed"
        belief = believe_as_of(rows, own, as_of, without)
        return GateOutlook(planned, quantile_of(belief), (few, *belief.notes), belief)
    belief = believe_as_of(rows, own, as_of, without)
    return GateOutlook(planned, quantile_of(belief), belief.notes, belief)


def fixed(days: float) -> Quantile:
    """Return the quantile function of a known number of days [d], never below what has passed."""

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        value = np.full(np.shape(u), days, dtype=np.float64)
        return value if longer_than_d is None else np.maximum(value, longer_than_d)

    return at
