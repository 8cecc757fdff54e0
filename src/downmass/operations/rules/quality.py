"""What may be sampled, reported, reviewed and decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.disciplines.quality.release import blockers
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule, lot_known, unknown_parties


def _sample(campaign: Campaign, body: ev.SampleTaken, draft: Draft) -> Refusal | None:
    if body.sample in {event.body.sample for event in campaign.all(ev.SampleTaken)}:
        return f"sample {body.sample} is on record", "give each sample its own id"
    return lot_known(campaign, body.lot)


def _result(campaign: Campaign, body: ev.ResultReported, draft: Draft) -> Refusal | None:
    if body.sample not in {event.body.sample for event in campaign.all(ev.SampleTaken)}:
        return f"sample {body.sample!r} was not taken", "record sample.taken first"
    known = [attribute.id for attribute in campaign.recipe.specification] if campaign.recipe else []
    if body.attribute not in known:
        return f"{body.attribute!r} is not in the specification", f"use one of {', '.join(known)}"
    return unknown_parties(campaign, {body.laboratory})


def _disposition(campaign: Campaign, body: ev.DispositionDecided, draft: Draft) -> Refusal | None:
    unknown = lot_known(campaign, body.lot)
    if unknown:
        return unknown
    signer = draft.sign[0][0] if draft.sign else ""
    if "release" not in campaign.roles.get(signer, frozenset()):
        return f"{signer or 'nobody'} may not decide on a lot", "a person with the role `release` signs"
    if body.decision != "released":
        return None
    blocking = [
        finding for finding in blockers(campaign, arrival=campaign.arrival) if finding.severity == "blocking"
    ]
    blocking = [finding for finding in blocking if "disposition" not in finding.subject]
    if blocking:
        listed = "; ".join(finding.message for finding in blocking[:3])
        return f"{len(blocking)} findings block release: {listed}", "close them, or reject the lot"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.SampleTaken: _sample,
    ev.ResultReported: _result,
    ev.DispositionDecided: _disposition,
}
"""Entry type -> its rule."""
