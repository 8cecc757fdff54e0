"""Failure mode and effects analysis after IEC 60812: ranks, priority numbers, guards and their gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from downmass.base.errors import InputError
from downmass.disciplines.risk.importance import Bools, Floats, Importance, importance
from downmass.facts.finding import Finding
from downmass.facts.quantity import Basis
from downmass.facts.venture import FailureMode

OCCURRENCE: tuple[tuple[float, int], ...] = (
    (0.001, 1),
    (0.01, 2),
    (0.05, 3),
    (0.1, 4),
    (0.2, 5),
    (0.5, 6),
    (1.0, 7),
    (2.0, 8),
    (5.0, 9),
    (100.0, 10),
)
"""Greatest chance [percent] -> occurrence rank."""

OCCURRENCE_BASIS: Basis = "memory"
OCCURRENCE_SOURCE = "IEC 60812:2006 table of occurrence (frequencies per thousand), recalled"

SEVERE = 8
"""Severity from which a mode wants a guard: the batch is lost or people may be hurt (opinion)."""

UNSEEN = 7
"""Detection rank from which a mode is unlikely to be seen in time (opinion)."""


@dataclass(frozen=True, slots=True)
class RankedMode:
    """One line of the analysis.

    Attributes
    ----------
    rank
        Place by the lost value that ruling it out would save, from 1; then by priority number.
    occurrence, priority
        Occurrence rank and risk priority number (severity x occurrence x detection).
    importance
        Contribution from the forecast; none where the mode was not drawn, as for what is past.
    """

    rank: int
    mode: FailureMode
    occurrence: int
    priority: int
    importance: Importance | None


def occurrence_rank(chance_percent: float) -> int:
    """Return the occurrence rank (1 to 10) of a chance [percent per campaign].

    Raises
    ------
    InputError
        If the chance is not between 0 and 100 %.

    Examples
    --------
    >>> occurrence_rank(1.5)
    8
    """
    if not 0.0 <= chance_percent <= 100.0:
        raise InputError(f"a chance of {chance_percent:g} % is none", "give it between 0 and 100 percent")
    return next(rank for greatest, rank in OCCURRENCE if chance_percent <= greatest)


def priority_number(mode: FailureMode) -> int:
    """Return the risk priority number of a mode: severity x occurrence x detection.

    Notes
    -----
    Products of ranks are not a measure of risk (IEC 60812:2018 says so); they order modes the
    forecast cannot tell apart, no more.
    """
    return mode.severity * occurrence_rank(float(mode.chance_percent.mode)) * mode.detection


def rank_modes(
    modes: Sequence[FailureMode],
    occurred: Mapping[str, Bools],
    lost: Bools,
    lost_value: Floats | None = None,
    ruled_out: Mapping[str, Floats] | None = None,
) -> tuple[RankedMode, ...]:
    """Return the failure modes in order of what ruling each out would save in the forecast.

    Parameters
    ----------
    occurred, lost, lost_value, ruled_out
        As in :func:`downmass.disciplines.risk.importance.importance`; modes that are not in
        ``occurred`` come last, by their priority number.
    """
    drawn = {mode.id: occurred[mode.id] for mode in modes if mode.id in occurred}
    found = {item.mode: item for item in importance(drawn, lost, lost_value, ruled_out)}

    def key(mode: FailureMode) -> tuple[bool, float, int, str]:
        item = found.get(mode.id)
        return (item is None, -item.worth if item else 0.0, -priority_number(mode), mode.id)

    return tuple(
        RankedMode(
            rank=place,
            mode=mode,
            occurrence=occurrence_rank(float(mode.chance_percent.mode)),
            priority=priority_number(mode),
            importance=found.get(mode.id),
        )
        for place, mode in enumerate(sorted(modes, key=key), start=1)
    )


def find_gaps(modes: Sequence[FailureMode]) -> tuple[Finding, ...]:
    """Return what the analysis leaves open: ranks out of range, no guard, what guards do not cover."""
    findings: list[Finding] = []
    for mode in modes:
        for name, rank in (("severity", mode.severity), ("detection", mode.detection)):
            if not 1 <= rank <= 10:
                findings.append(
                    Finding(mode.id, f"{name} {rank} is no rank; give 1 to 10", "warning", ("IEC 60812",))
                )
        if not mode.guards:
            findings.append(
                Finding(
                    mode.id,
                    f"nothing guards against {mode.title!r} (severity {mode.severity}); name a guard or "
                    "accept it in writing",
                    "warning" if mode.severity >= SEVERE else "note",
                    ("IEC 60812",),
                )
            )
        elif mode.leaves:
            findings.append(Finding(mode.id, f"the guards leave open: {mode.leaves}", "note"))
        if mode.detection >= UNSEEN and mode.severity >= SEVERE:
            findings.append(
                Finding(
                    mode.id,
                    f"severe (severity {mode.severity}) and unlikely to be seen in time (detection "
                    f"{mode.detection}); add a way to see it",
                    "warning",
                    ("IEC 60812",),
                )
            )
    return tuple(findings)
