"""Who may write to the log, and what may be corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule

FIXED: frozenset[type[Any]] = frozenset(
    {
        ev.WriterEnrolled, ev.CampaignOpened, ev.EntryCorrected, ev.PersonEnrolled, ev.KeyRevoked,
        ev.AccessRefused, ev.AccessLocked, ev.AccessReset,
    }
)  # fmt: skip
"""Entries that count as they were written: keys, locks, the opening and corrections themselves."""


def _enrolled(campaign: Campaign, body: ev.WriterEnrolled, draft: Draft) -> Refusal | None:
    enrolments = campaign.all(ev.WriterEnrolled)
    if not enrolments:
        if body.writer == draft.writer and body.kind == "ground":
            return None
        return "the first writer is not the ground custodian", "let the ground writer enrol itself first"
    log = enrolments[0].writer
    known = {event.body.writer for event in enrolments}
    if draft.writer == log or (draft.writer == body.writer and body.writer in known):
        return None
    return f"{draft.writer!r} may not enrol {body.writer!r}", f"let the ground writer {log!r} enrol it"


def _corrected(campaign: Campaign, body: ev.EntryCorrected, draft: Draft) -> Refusal | None:
    kinds = {event.id: kind for kind, group in campaign.events.items() for event in group}
    if body.target not in kinds:
        return f"no entry {body.target!r}", "name the id of an entry in the record"
    if kinds[body.target] in FIXED:
        return f"{body.target} cannot be corrected", "enrol again, or open a new campaign"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.WriterEnrolled: _enrolled,
    ev.EntryCorrected: _corrected,
}
"""Entry type -> its rule."""
