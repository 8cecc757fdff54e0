"""Milestones, invoices, claims and settlement."""

from __future__ import annotations

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.contract import Evidence, Posting
from downmass.facts.quantity import Money


@fact
class MilestoneReached:
    """A milestone of the contract is earned by a happening in the record."""

    milestone: Slug
    evidence: Evidence


@fact
class InvoiceIssued:
    """A party bills another for a milestone."""

    invoice: Slug
    milestone: Slug
    debtor: Slug
    creditor: Slug
    amount: Money


@fact
class ClaimRaised:
    """A party claims money under a clause or policy."""

    claim: Slug
    clause: Slug
    claimant: Slug
    against: Slug
    amount: Money
    reason: str


@fact
class Settled:
    """The contract is settled: every posting, summing to zero over the parties."""

    contract: Slug
    postings: tuple[Posting, ...]
