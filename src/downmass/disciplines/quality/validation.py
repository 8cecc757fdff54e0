"""Is it a process yet, or a one-off: what the batches on record show, in the order they were begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv

from downmass.base.errors import InputError
from downmass.disciplines.quality.storage import made_at
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.quantity import Assumption

Stage = Literal["not_demonstrated", "demonstrated", "repeatable", "validated", "routine"]
Outcome = Literal["released", "rejected", "lost", "undecided"]

CONFIDENCE = 0.95

ROWS: tuple[tuple[Stage, int], ...] = (
    ("routine", 4),
    ("validated", 3),
    ("repeatable", 2),
    ("demonstrated", 1),
)
"""Word -> consecutive batches of one recipe version, all released, that earn it."""

STAGE_ASSUMPTION = Assumption(
    "Repeatable takes 2 consecutive batches of one recipe version released, validated takes 3, routine a "
    "further one made while the process went on being verified; a batch rejected or lost, or a changed "
    "version, begins the row anew.",
    "opinion",
    "three batches are the habit of process qualification; FDA's guidance of January 2011 names no number",
)

BOUND_ASSUMPTION = Assumption(
    "The bound on the release rate takes batches as alike and independent of each other.",
    "derived",
    "C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A batch of the process: what it ran by and how it ended."""

    campaign: str
    recipe: str
    version: str
    lot: str
    outcome: Outcome
    cited: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A batch in its row, and why the row begins anew with or after it; "" where it goes on."""

    batch: Made
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class ProcessStage:
    """How far a process has come.

    Attributes
    ----------
    row
        Consecutive batches of the latest recipe version, all released, to the last decided one.
    released, attempted
        Over all batches, whatever their version; one not decided is not counted.
    rate_at_least
        Lower 95 percent one-sided bound of the chance that a batch is released [1]; see
        :data:`BOUND_ASSUMPTION`.
    batches
        Every batch with its place in its row.
    """

    word: Stage
    row: int
    released: int
    attempted: int
    rate_at_least: float
    batches: tuple[Placed, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """Return why rows of releases ended, in order."""
        return tuple(placed.why for placed in self.batches if placed.why)


def rate_at_least(released: int, attempted: int) -> float:
    """Return the lower 95 percent one-sided bound of the chance that a batch is released [1].

    Parameters
    ----------
    released
        Batches released.
    attempted
        Batches begun, lost ones counted.

    Raises
    ------
    InputError
        If a count is negative or more were released than attempted.

    Notes
    -----
    Exact binomial bound (Clopper and Pearson). Batches are taken as alike and independent.

    References
    ----------
    C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404, doi 10.1093/biomet/26.4.404.

    Examples
    --------
    >>> round(rate_at_least(29, 29), 3)
    0.902
    """
    if released < 0 or attempted < released:
        raise InputError(
            f"{released} batches released of {attempted} attempted", "count every batch begun, lost ones too"
        )
    return 0.0 if released == 0 else float(betaincinv(released, attempted - released + 1, 1 - CONFIDENCE))


def this_batch(campaign: Campaign) -> Made | None:
    """Return the batch of this campaign as far as it came, or none while it was neither made nor lost."""
    decisions = campaign.all(ev.DispositionDecided)
    decided = decisions[-1].body if decisions else None
    outcome: Outcome = "undecided"
    if campaign.all(ev.Lost):
        outcome = "lost"
    elif decided is not None and decided.decision in ("released", "rejected"):
        outcome = "released" if decided.decision == "released" else "rejected"
    if outcome == "undecided" and made_at(campaign) is None:
        return None
    recipe, control = campaign.recipe, campaign.last(ev.ControlRecipeFrozen)
    ran_by = (recipe.id, recipe.version) if recipe else ("", "")
    if control is not None:
        ran_by = (control.body.control.recipe, control.body.control.version)
    made = [event.body.lot for event in campaign.all(ev.LotRegistered) if event.body.made_from]
    lot = decided.lot if decided else (made[-1] if made else "")
    return Made(campaign.id, *ran_by, lot, outcome, cited=False)


def batches_on_record(campaign: Campaign) -> tuple[Made, ...]:
    """Return the batches last cited, in the order they were begun, and this one after them."""
    cited = campaign.last(ev.ProcessCited)
    earlier = [
        Made(one.campaign, one.recipe, one.version, one.lot, one.decision)
        for one in (cited.body.batches if cited else ())
    ]
    own = this_batch(campaign)
    return (*earlier, own) if own else tuple(earlier)


def process_stage(batches: Sequence[Made]) -> ProcessStage:
    """Say whether a process is demonstrated, repeatable, validated or routine.

    Parameters
    ----------
    batches
        In the order they were begun.

    Notes
    -----
    Only an unbroken row of releases of one recipe version counts. A batch that was rejected or lost,
    a version other than that of the batch before, or an earlier batch nobody decided on ends the row;
    the last batch, while not decided, leaves it as it is. Who once released a batch has demonstrated
    the process, whatever came later.

    References
    ----------
    FDA, Process Validation: General Principles and Practices, January 2011.

    Examples
    --------
    >>> one = Made("c-1", "fibre", "1", "lot-1", "released")
    >>> process_stage([one]).word, process_stage([one, one, one]).word
    ('demonstrated', 'validated')
    """
    row, placed = 0, []
    for index, batch in enumerate(batches):
        before = batches[index - 1] if index else None
        why = ""
        if before is not None and (batch.recipe, batch.version) != (before.recipe, before.version):
            why = (
                f"{_named(batch)} ran by {batch.recipe} {batch.version}, not {before.recipe} {before.version}"
            )
            row = 0
        last = index == len(batches) - 1
        if batch.outcome == "released":
            row += 1
        elif batch.outcome != "undecided" or not last:
            ending = f"{_named(batch)} is {batch.outcome}"
            why = f"{why}; {ending}" if why else ending
            row = 0
        placed.append(Placed(batch, row, why))
    released = sum(batch.outcome == "released" for batch in batches)
    attempted = sum(batch.outcome != "undecided" for batch in batches)
    word: Stage = "demonstrated" if released else "not_demonstrated"
    word = next((name for name, least in ROWS if row >= least), word)
    return ProcessStage(word, row, released, attempted, rate_at_least(released, attempted), tuple(placed))


def _named(batch: Made) -> str:
    return f"batch {batch.lot or batch.campaign} of {batch.campaign}"
