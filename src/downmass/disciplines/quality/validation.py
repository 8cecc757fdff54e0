"""Is it a process yet, or a one-off: what a count of released batches shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv

from downmass.base.errors import InputError
from downmass.facts.quantity import Assumption

Stage = Literal["not_demonstrated", "demonstrated", "repeatable", "validated", "routine"]

CONFIDENCE = 0.95

WORDS: tuple[tuple[Stage, int], ...] = (("routine", 29), ("validated", 3), ("repeatable", 2))
"""Word -> batches released in an unbroken row whose evidence it takes."""

STAGE_ASSUMPTION = Assumption(
    "Repeatable takes the evidence of 2 of 2 batches released, validated of 3 of 3, routine of 29 of 29 "
    "(a true release rate of at least 90 percent, shown with 95 percent confidence).",
    "opinion",
    "three batches are the habit of process qualification; FDA's guidance of January 2011 names no number; "
    "29 follows from the success-run theorem",
)


@dataclass(frozen=True, slots=True)
class ValidationStage:
    """How far a process has come, and the release rate its batches show at least.

    Attributes
    ----------
    rate_at_least
        Lower 95 percent one-sided bound of the chance that a batch is released [1].
    """

    word: Stage
    released: int
    attempted: int
    rate_at_least: float


def validation_stage(released: int, attempted: int | None = None) -> ValidationStage:
    """Say whether a process is demonstrated, repeatable, validated or routine.

    Parameters
    ----------
    released
        Batches released.
    attempted
        Batches begun, lost ones counted; all were released where left out.

    Raises
    ------
    InputError
        If a count is negative or more were released than attempted.

    Notes
    -----
    The exact binomial bound (Clopper and Pearson) is compared with that of an unbroken row, so failures
    must be made up by more successes. Batches are taken as alike and independent.

    References
    ----------
    C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404, doi 10.1093/biomet/26.4.404; FDA, Process
    Validation: General Principles and Practices, January 2011.

    Examples
    --------
    >>> validation_stage(1).word, validation_stage(3).word, validation_stage(3, 4).word
    ('demonstrated', 'validated', 'repeatable')
    """
    begun = released if attempted is None else attempted
    if released < 0 or begun < released:
        raise InputError(
            f"{released} batches released of {begun} attempted", "count every batch begun, lost ones too"
        )
    bound = 0.0 if released == 0 else float(betaincinv(released, begun - released + 1, 1 - CONFIDENCE))
    word: Stage = "demonstrated" if released else "not_demonstrated"
    for name, row in WORDS:
        if bound >= (1 - CONFIDENCE) ** (1 / row) - 1e-12:
            word = name
            break
    return ValidationStage(word, released, begun, bound)
