"""Contracts as data: milestones, clauses, policies, postings."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import Basis, Date, Days, Money, NotNegative, Span

Cause = Literal["provider", "customer", "weather", "regulatory", "range", "force_majeure", "third_party"]
"""Who or what a delay is counted against."""

Evidence = Literal["signing", "lift_off", "process_done", "landing", "recovery", "release", "delivery"]
"""The happening in the record that earns a milestone."""


@fact
class Milestone:
    """A payment earned by a happening in the record.

    Attributes
    ----------
    share_percent
        Share of the price [percent]; the shares of a contract sum to 100.
    due
        The date liquidated damages count from; none where lateness has no price.
    """

    id: Slug
    title: str
    evidence: Evidence
    share_percent: NotNegative
    due: Date | None = None


@fact
class LiquidatedDamages:
    """Pre-agreed damages for each started week after due date and grace, up to a cap.

    Attributes
    ----------
    milestone
        The milestone whose lateness is priced.
    excused
        Causes whose days do not count; overlapping days are excused once.
    shared_percent
        For causes in ``shared``: percent of the days that count against the provider.
    """

    id: Slug
    title: str
    milestone: Slug
    grace_d: Days
    rate_percent_per_week: NotNegative
    cap_percent: NotNegative
    excused: tuple[Cause, ...] = ()
    shared: tuple[Cause, ...] = ()
    shared_percent: NotNegative = Decimal(50)


@fact
class QualityBand:
    """Factor on the release milestone by the graded fraction of the batch [percent]."""

    id: Slug
    from_percent: NotNegative
    price_percent: NotNegative


@fact
class StorageFee:
    """What the customer pays for each started week it delays the campaign."""

    id: Slug
    title: str
    per_week: Money


@fact
class LossRule:
    """What happens to payments on a total loss."""

    id: Slug
    title: str
    refund: Literal["none", "unearned", "all"]
    reflight: bool = False


@fact
class CrossWaiver:
    """Parties that bear their own losses and claim on none of the others (14 CFR 440.17, 1266)."""

    id: Slug
    title: str
    parties: tuple[Slug, ...]


@fact
class Policy:
    """An insurance policy: who pays whom for which peril, above a deductible, up to a limit."""

    id: Slug
    title: str
    insurer: Slug
    insured: Slug
    perils: tuple[Literal["launch", "in_orbit", "reentry", "third_party", "spoilage", "delay"], ...]
    limit: Money
    deductible: Money
    premium: Money


@fact
class Contract:
    """A contract between a provider and a customer, every clause as data.

    Attributes
    ----------
    template
        The catalogue template it was made from.
    basis, source
        Whether the terms are public or somebody's assumption.
    """

    id: Slug
    title: str
    template: Slug
    provider: Slug
    customer: Slug
    price: Money
    milestones: tuple[Milestone, ...]
    damages: tuple[LiquidatedDamages, ...] = ()
    bands: tuple[QualityBand, ...] = ()
    storage_fee: StorageFee | None = None
    loss: LossRule | None = None
    waiver: CrossWaiver | None = None
    policies: tuple[Policy, ...] = ()
    basis: Basis = "opinion"
    source: str = ""

    def __post_init__(self) -> None:
        if self.price.minor < 0:
            raise InputError(
                f"contract {self.id} has a price of {self.price.minor}",
                "give zero or more, in minor units (cents)",
            )
        for what, amount in _amounts(self):
            if amount.currency != self.price.currency:
                raise InputError(
                    f"contract {self.id} is in {amount.currency} and {self.price.currency}: see {what}",
                    f"give every amount in {self.price.currency}",
                )
        total = sum(milestone.share_percent for milestone in self.milestones)
        if total != 100:
            raise InputError(
                f"the milestones of contract {self.id} share {total} percent of the price",
                "make the shares sum to 100",
            )
        known = {milestone.id for milestone in self.milestones}
        for damages in self.damages:
            if damages.milestone not in known:
                raise InputError(
                    f"clause {damages.id} prices the lateness of {damages.milestone!r}, no milestone",
                    f"use one of {', '.join(sorted(known))}",
                )


def _amounts(contract: Contract) -> Iterator[tuple[str, Money]]:
    """Return every amount of a contract besides its price, with the clause it stands in."""
    if contract.storage_fee is not None:
        yield contract.storage_fee.id, contract.storage_fee.per_week
    for policy in contract.policies:
        for amount in (policy.limit, policy.deductible, policy.premium):
            yield policy.id, amount


@fact
class Delay:
    """A span of lateness with its cause and the entries that show it."""

    cause: Cause
    when: Span
    evidence: tuple[str, ...]


@fact
class Posting:
    """A double entry: ``amount`` moves from one party's account to another's.

    Attributes
    ----------
    clause
        Id of the clause or milestone that moves it.
    evidence
        Ids of the entries that earn it.
    why
        One sentence with the arithmetic.
    """

    debtor: Slug
    creditor: Slug
    amount: Money
    clause: Slug
    evidence: tuple[str, ...]
    why: str

    def __post_init__(self) -> None:
        if self.amount.minor < 0:
            raise InputError(
                f"posting {self.clause} moves {self.amount.minor}", "swap debtor and creditor instead"
            )
