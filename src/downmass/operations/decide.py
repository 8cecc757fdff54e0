"""What may be recorded: one rule for each entry type that has one, pure, over the state so far.

A rule returns why an act is refused and the way out, or nothing. What is merely wrong in what
happened (a seal that differs, a gap in custody) is not refused: it must be on the record, and
becomes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.acts import signatures_of
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import body_to_json
from downmass.operations.draft import Draft
from downmass.operations.rules import custody, execution, flight, money, order, quality, writers
from downmass.operations.rules.refusal import Refusal, Rule


def decide(campaign: Campaign, draft: Draft) -> None:
    """Accept a draft, or refuse it with the way out.

    Raises
    ------
    RefusedError
        If the rules do not allow this entry at this point; nothing was written.
    """
    refusal = _general(campaign, draft)
    rule = RULES.get(type(draft.body))
    if refusal is None and rule is not None:
        refusal = rule(campaign, draft.body, draft)
    again = _recorded_before(campaign, draft) if refusal is None else None
    if again is not None:
        refusal = (
            f"the same entry is on record as {again}",
            "nothing is to be done: a second click adds nothing",
        )
    if refusal is not None:
        where = f"{draft.where}: " if draft.where else ""
        raise RefusedError(f"{where}{draft.type}: {refusal[0]}", refusal[1])


def _general(campaign: Campaign, draft: Draft) -> Refusal | None:
    enrolling = isinstance(draft.body, ev.WriterEnrolled)
    if campaign.size == 0 and not enrolling:
        return "the log is empty", "enrol the ground writer first"
    if campaign.opened is None and not enrolling and not isinstance(draft.body, ev.CampaignOpened):
        return "the campaign is not open", "record campaign.opened first"
    if campaign.stage == "closed" and not isinstance(draft.body, ev.EntryCorrected):
        return "the campaign is closed", "record a correction, or open a new campaign"
    writers = {event.body.writer for event in campaign.all(ev.WriterEnrolled)}
    if not enrolling and draft.writer not in writers:
        return f"writer {draft.writer!r} is not enrolled", f"use one of {', '.join(sorted(writers))}"
    for person, _ in draft.sign:
        if person not in campaign.people:
            return f"{person!r} may not sign: no such person", "assign the person a role first"
    return None


def _recorded_before(campaign: Campaign, draft: Draft) -> str | None:
    """Return the entry that says the same of the same instant, by the same signers if it is signed."""
    same = [event for event in campaign.all(type(draft.body)) if event.occurred_at == draft.at]
    if not same:
        return None
    told = _unsigned(draft.body)
    return next((event.id for event in same if _unsigned(event.body) == told), None)


def _unsigned(body: Any) -> dict[str, Any]:
    told = body_to_json(body)
    signers = [(signature.signer, signature.meaning) for signature in signatures_of(body)]
    bare = {key: value for key, value in told.items() if key not in ("signature", "signatures")}
    return {**bare, "signed by": signers}


RULES: Mapping[type[Any], Rule] = {
    **writers.RULES,
    **order.RULES,
    **custody.RULES,
    **flight.RULES,
    **execution.RULES,
    **quality.RULES,
    **money.RULES,
}
"""Entry type -> its rule; a type without one needs only what every entry needs."""
