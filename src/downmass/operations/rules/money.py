"""What may be billed, claimed and settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule, unknown_parties


def _milestone(
    campaign: Campaign, body: ev.MilestoneReached | ev.InvoiceIssued, draft: Draft
) -> Refusal | None:
    known = [milestone.id for milestone in campaign.contract.milestones] if campaign.contract else []
    if body.milestone not in known:
        return (
            f"{body.milestone!r} is no milestone of the contract",
            f"use one of {', '.join(known) or '(none)'}",
        )
    if isinstance(body, ev.InvoiceIssued):
        return unknown_parties(campaign, {body.debtor, body.creditor})
    return None


def _claim(campaign: Campaign, body: ev.ClaimRaised, draft: Draft) -> Refusal | None:
    if body.claim in {event.body.claim for event in campaign.all(ev.ClaimRaised)}:
        return f"claim {body.claim} is on record", "give each claim its own id"
    return unknown_parties(campaign, {body.claimant, body.against})


def _settled(campaign: Campaign, body: ev.Settled, draft: Draft) -> Refusal | None:
    if campaign.contract is None or campaign.contract.id != body.contract:
        return f"no contract {body.contract!r} is in force", "record contract.signed first"
    if campaign.last(ev.Settled) is not None:
        return "the contract is settled", "correct that entry if it is wrong"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.MilestoneReached: _milestone,
    ev.InvoiceIssued: _milestone,
    ev.ClaimRaised: _claim,
    ev.Settled: _settled,
}
"""Entry type -> its rule."""
