"""What may be ordered, planned and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule, unknown_parties


def _opened(campaign: Campaign, body: ev.CampaignOpened, draft: Draft) -> Refusal | None:
    if campaign.opened is not None:
        return "the campaign is open already", "open a second campaign in its own folder"
    return None


def _contract(campaign: Campaign, body: ev.ContractSigned, draft: Draft) -> Refusal | None:
    terms = body.contract
    named = {terms.provider, terms.customer}
    named |= {party for policy in terms.policies for party in (policy.insurer, policy.insured)}
    named |= set(terms.waiver.parties) if terms.waiver else set()
    return unknown_parties(campaign, named)


def _gate(campaign: Campaign, body: ev.GateApplied | ev.GateDecided, draft: Draft) -> Refusal | None:
    known = [gate.id for gate in campaign.basis.gates] if campaign.basis else []
    if body.gate not in known:
        return f"{body.gate!r} is no gate of the plan", f"use one of {', '.join(known) or '(none stated)'}"
    return unknown_parties(campaign, {body.authority})


def _plan(campaign: Campaign, body: ev.PlanAdopted, draft: Draft) -> Refusal | None:
    known = {activity.id for activity in campaign.basis.activities} if campaign.basis else set()
    strange = sorted({placement.activity for placement in body.schedule.placements} - known)
    if strange:
        return f"{strange[0]!r} is no activity of the plan", f"use {', '.join(sorted(known))}"
    if campaign.plan is None:
        return None
    if body.change is None:
        return "a plan is in force", "request a change and name its number"
    requests = {event.body.number: event.body for event in campaign.all(ev.ChangeRequested)}
    if body.change not in requests:
        return f"no change request {body.change}", "request the change first"
    decisions = {
        event.body.party: event.body.decision
        for event in campaign.all(ev.ChangeDecided)
        if event.body.number == body.change
    }
    waiting = [party for party in requests[body.change].parties if decisions.get(party) != "accepted"]
    if waiting:
        return f"change {body.change} is not accepted by {', '.join(waiting)}", "wait for their decision"
    return None


def _change(campaign: Campaign, body: ev.ChangeRequested, draft: Draft) -> Refusal | None:
    due = len(campaign.all(ev.ChangeRequested)) + 1
    if body.number != due:
        return f"change requests are numbered in order; {due} is next, not {body.number}", f"use number {due}"
    return unknown_parties(campaign, set(body.parties))


def _change_decided(campaign: Campaign, body: ev.ChangeDecided, draft: Draft) -> Refusal | None:
    requests = {event.body.number: event.body for event in campaign.all(ev.ChangeRequested)}
    if body.number not in requests:
        return f"no change request {body.number}", "request the change first"
    if body.party not in requests[body.number].parties:
        asked = ", ".join(requests[body.number].parties)
        return f"{body.party} is not asked about change {body.number}", f"asked are {asked}"
    if any(
        e.body.number == body.number and e.body.party == body.party for e in campaign.all(ev.ChangeDecided)
    ):
        return f"{body.party} has decided on change {body.number}", "request a further change instead"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.CampaignOpened: _opened,
    ev.ContractSigned: _contract,
    ev.GateApplied: _gate,
    ev.GateDecided: _gate,
    ev.PlanAdopted: _plan,
    ev.ChangeRequested: _change,
    ev.ChangeDecided: _change_decided,
}
"""Entry type -> its rule."""
