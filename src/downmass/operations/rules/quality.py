"""What may be sampled, reported, reviewed and decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.execution.conduct import execution_findings
from downmass.disciplines.quality.release import open_exceptions
from downmass.disciplines.quality.review import REVIEWERS, part_in
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.party import Role
from downmass.operations.draft import Draft
from downmass.operations.rules import inquiry
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal, Rule, lot_known, unknown_parties
from downmass.operations.rules.signing import signed_by

PLANNERS: frozenset[Role] = frozenset({"quality_unit", "supervisor", "release"})
COUNTERS: frozenset[Role] = frozenset({"operator", "supervisor", "quality_unit", "laboratory"})


def _deviation(campaign: Campaign, body: ev.DeviationPlanned, draft: Draft) -> Refusal | None:
    if body.deviation in {event.body.deviation for event in campaign.all(ev.DeviationPlanned)}:
        return f"deviation {body.deviation} is on record", "give each deviation its own id"
    if body.until <= draft.at:
        ended = format_instant(body.until)
        return f"it ends on {ended}, before it is planned", "what happened already is a nonconformity"
    if body.parameter:
        known = [parameter.id for parameter in campaign.recipe.parameters] if campaign.recipe else []
        if body.parameter not in known:
            return f"{body.parameter!r} is no parameter of the recipe", f"use one of {', '.join(known)}"
        if body.low is None and body.high is None:
            return f"no limit of {body.parameter} is given", "say which limits hold meanwhile: low, high"
    if body.low is not None and body.high is not None and body.low > body.high:
        return f"low {body.low} is above high {body.high}", "swap the two limits"
    return signed_by(campaign, draft, PLANNERS)


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


def _labels(campaign: Campaign, body: ev.LabelsReconciled, draft: Draft) -> Refusal | None:
    return signed_by(campaign, draft, COUNTERS)


def _review(campaign: Campaign, body: ev.RecordReviewed, draft: Draft) -> Refusal | None:
    refusal = signed_by(campaign, draft, REVIEWERS, "review")
    if refusal is not None:
        return refusal
    for person, _ in draft.sign:
        part = part_in(campaign, person)
        if part:
            return f"{person} {part}", "let another person review its record"
    return None


def _disposition(campaign: Campaign, body: ev.DispositionDecided, draft: Draft) -> Refusal | None:
    unknown = lot_known(campaign, body.lot)
    if unknown:
        return unknown
    signer = draft.sign[0][0] if draft.sign else ""
    if may_act(campaign, signer, ["release"], draft.at) is not None:
        return f"{signer or 'nobody'} may not decide on a lot", "a person with the role `release` signs"
    if body.decision != "released":
        return None
    if draft.sign[0][1] != "approval":
        return f"{signer} signs with meaning {draft.sign[0][1]!r}", "a release is signed with 'approval'"
    part = part_in(campaign, signer) or _reviewed(campaign, signer)
    if part:
        return f"{signer} {part}", "let another person release it"
    blocking = open_exceptions(campaign, draft.at, execution_findings(campaign, draft.at))
    if blocking:
        listed = "; ".join(finding.message for finding in blocking[:3])
        return f"{len(blocking)} findings block release: {listed}", "close them, or reject the lot"
    return None


def _reviewed(campaign: Campaign, person: str) -> str:
    reviewers = {event.body.signature.signer for event in campaign.all(ev.RecordReviewed)}
    return "reviewed the record of this batch" if person in reviewers else ""


RULES: Mapping[type[Any], Rule] = {
    ev.DeviationPlanned: _deviation,
    ev.SampleTaken: _sample,
    ev.ResultReported: _result,
    ev.LabelsReconciled: _labels,
    ev.RecordReviewed: _review,
    ev.DispositionDecided: _disposition,
    **inquiry.RULES,
}
"""Entry type -> its rule."""
