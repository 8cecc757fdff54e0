"""What became of a contract, and what its settlement says: the two ends of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from downmass.disciplines.contracts.clocks import Lateness
from downmass.facts.contract import Cause, Delay, Evidence, Posting
from downmass.facts.finding import Finding
from downmass.facts.quantity import Money

Peril = Literal["launch", "in_orbit", "reentry", "third_party", "spoilage", "delay"]
Stage = Literal["launch", "process", "orbit", "return", "recovery", "laboratory"]


class Happening(NamedTuple):
    """When something happened and the id of the entry that records it."""

    at: datetime
    entry: str


class Loss(NamedTuple):
    """A total loss of the payload or batch."""

    stage: Stage
    cause: Cause
    at: datetime
    entry: str


@dataclass(frozen=True, slots=True)
class Damage:
    """A loss of value that a policy may answer for.

    Attributes
    ----------
    sufferer
        The party that lost the value.
    physical
        Whether something was physically lost or damaged; lateness and results out of specification
        are not physical.
    liable
        For third-party damage, the party that answers for it.
    """

    peril: Peril
    sufferer: str
    amount: Money
    entry: str
    physical: bool = True
    liable: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Money one party asks of another.

    Attributes
    ----------
    clause
        The clause or policy it is raised under; any other word if under none.
    excepted
        Why a cross-waiver does not reach it (wilful misconduct, injury to a person), else empty.
    """

    id: str
    clause: str
    claimant: str
    against: str
    amount: Money
    reason: str
    entry: str
    excepted: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a contract, as of a moment.

    Attributes
    ----------
    as_of
        The moment of asking; what happened later is not looked at and running clocks stop here.
    reached
        Kind of happening -> when, and the entry that records it.
    delays
        What held the campaign up, by cause; an unfinished delay closes at ``as_of``.
    graded_percent
        Graded fraction of the released batch [percent], none while nobody has graded it.
    lost
        The total loss, if there was one.
    harms
        Losses of value that policies may answer for.
    claims
        What parties ask of each other beyond the clauses.
    """

    as_of: datetime
    reached: Mapping[Evidence, Happening] = field(default_factory=dict)
    delays: tuple[Delay, ...] = ()
    graded_percent: Decimal | None = None
    lost: Loss | None = None
    harms: tuple[Damage, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Unearned:
    """A milestone payment that is not owed, and why."""

    milestone: str
    amount: Money
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim or a loss for which no money moves, and the clause that says so."""

    subject: str
    clause: str
    amount: Money
    why: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who owes whom under a contract, with the clause and the entries behind every amount.

    Attributes
    ----------
    balances
        Party -> net amount [minor units], positive where it receives; sums to zero.
    unearned
        Milestones not reached.
    refused
        Claims a waiver bars and losses no policy covers.
    open_claims
        Claims the contract neither settles nor bars; people or courts decide them.
    clocks
        Readings of the lateness clocks.
    """

    currency: str
    postings: tuple[Posting, ...]
    balances: Mapping[str, int]
    unearned: tuple[Unearned, ...] = ()
    refused: tuple[Refused, ...] = ()
    open_claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    clocks: tuple[Lateness, ...] = ()


_PERILS: Mapping[Stage, tuple[Peril, bool]] = {
    "launch": ("launch", True),
    "process": ("spoilage", False),
    "orbit": ("in_orbit", True),
    "return": ("reentry", True),
    "recovery": ("reentry", True),
    "laboratory": ("spoilage", False),
}


def damage_of_loss(lost: Loss, sufferer: str, value: Money) -> Damage:
    """Return the damage a total loss does to the owner of the batch.

    Notes
    -----
    A batch lost in the process or the laboratory is spoiled, not physically damaged, so only a
    policy that names spoilage answers for it.
    """
    peril, physical = _PERILS[lost.stage]
    return Damage(peril, sufferer, value, lost.entry, physical)
