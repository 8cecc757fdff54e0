"""What may be recorded: one rule for each entry type that has one, pure, over the state so far.

A rule returns why an act is refused and the way out, or nothing. What is merely wrong in what
happened (a seal that differs, a gap in custody) is not refused: it must be on the record, and
becomes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.acts import signatures_of
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import body_to_json
from downmass.operations.draft import Draft
from downmass.operations.rules import custody, execution, flight, money, order, people, quality, writers
from downmass.operations.rules.refusal import Refusal, Rule


def decide(campaign: Campaign, draft: Draft) -> None:
    """Accept a draft, or refuse it with the way out.

    Raises
    ------
    RefusedError
        If the rules do not allow this entry at this point; nothing was written.
    """
    allow(campaign, draft)
    refusal = people.signed_well(campaign, draft)
    counted = isinstance(draft.body, ev.AccessRefused | ev.AccessLocked)  # their own rules count them
    again = _recorded_before(campaign, draft) if refusal is None and not counted else None
    if again is not None:
        refusal = (
            f"the same entry is on record as {again}",
            "nothing is to be done: a second click adds nothing",
        )
    _refuse(draft, refusal)


def allow(campaign: Campaign, draft: Draft) -> None:
    """Accept what a draft says and who is to sign it, before anybody has signed.

    Raises
    ------
    RefusedError
        If the rules do not allow this entry at this point; nobody need be asked to sign it.
    """
    refusal = _general(campaign, draft)
    rule = RULES.get(type(draft.body))
    if refusal is None and rule is not None:
        refusal = rule(campaign, draft.body, draft)
    _refuse(draft, refusal)


def _refuse(draft: Draft, refusal: Refusal | None) -> None:
    if refusal is not None:
        where = f"{draft.where}: " if draft.where else ""
        raise RefusedError(f"{where}{draft.type}: {refusal[0]}", refusal[1])


def _general(campaign: Campaign, draft: Draft) -> Refusal | None:
    enrolling = isinstance(draft.body, ev.WriterEnrolled)
    if campaign.size == 0 and not enrolling:
        return "the log is empty", "enrol the ground writer first"
    if campaign.opened is None and not enrolling and not isinstance(draft.body, ev.CampaignOpened):
        return "the campaign is not open", "record campaign.opened first"
    if campaign.stage == "closed" and not isinstance(draft.body, LATE):
        return "the campaign is closed", "record a correction, or open a new campaign"
    writers = {event.body.writer for event in campaign.all(ev.WriterEnrolled)}
    if not enrolling and draft.writer not in writers:
        return f"writer {draft.writer!r} is not enrolled", f"use one of {', '.join(sorted(writers))}"
    return people.may_sign(campaign, draft)


def _recorded_before(campaign: Campaign, draft: Draft) -> str | None:
    """Return the entry that says the same of the same instant, by the same signers if it is signed."""
    same = [event for event in campaign.all(type(draft.body)) if _stated(campaign, event) == draft.at]
    if not same:
        return None
    told = _told_by(draft.body)
    return next((event.id for event in same if _told_by(event.body) == told), None)


def _stated(campaign: Campaign, event: ev.Event[Any]) -> datetime:
    retimed = campaign.retimed.get(event.id)
    return retimed.stated if retimed else event.occurred_at


def _told_by(body: Any) -> dict[str, Any]:
    """Return what a body says, and who says it: two people who sign the same make two entries."""
    told = body_to_json(body)
    signers = [(signature.signer, signature.meaning) for signature in signatures_of(body)]
    bare = {key: value for key, value in told.items() if key not in ("signature", "signatures")}
    return {**bare, "signed by": signers}


LATE = (ev.EntryCorrected, ev.SyncReceived, ev.SyncQuarantined, ev.ClockCorrelated)
"""Entries a closed campaign still takes: corrections, and what a device brings after all."""

RULES: Mapping[type[Any], Rule] = {
    **writers.RULES,
    **order.RULES,
    **custody.RULES,
    **flight.RULES,
    **execution.RULES,
    **quality.RULES,
    **money.RULES,
    **people.RULES,
}
"""Entry type -> its rule; a type without one needs only what every entry needs."""
