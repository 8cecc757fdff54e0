"""Nobody judges their own work: performer, checker, reviewer and releaser, each trained for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from downmass.disciplines.quality.procedure import frozen, without_control
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding


def segregation_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find people with two parts in one batch: performed, checked, reviewed, released.

    Notes
    -----
    That performer and checker of the same phase differ is asked of each phase by
    :func:`downmass.disciplines.quality.exceptions.completeness_findings`; here a reviewer or
    releaser may have had neither part in any phase.

    References
    ----------
    21 CFR 211.22, 211.188(b)(11), 211.192.
    """
    if frozen(campaign) is None:
        return without_control(campaign)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for event in campaign.all(ev.PhaseSigned):
        parts[event.body.signature.signer].add(event.body.part)
    findings: list[Finding] = []
    reviews = campaign.all(ev.RecordReviewed)
    for review in reviews:
        findings.extend(_second_part(review.id, review.body.signature.signer, "reviewed the record", parts))
    reviewers = {review.body.signature.signer for review in reviews}
    for reviewer in reviewers:
        parts[reviewer].add("reviewed")
    for decision in campaign.all(ev.DispositionDecided):
        if decision.body.decision == "released":
            signer = decision.body.signature.signer
            findings.extend(_second_part(decision.id, signer, "released the lot", parts))
    return tuple(findings)


def _second_part(entry: str, person: str, act: str, parts: defaultdict[str, set[str]]) -> Iterator[Finding]:
    if parts[person]:
        text = f"{person} {act} and also {' and '.join(sorted(parts[person]))}; let another person sign"
        yield Finding(person, text, "blocking", (entry,))


def training_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find people who signed for a phase without the training the recipe asks for, current that day.

    References
    ----------
    21 CFR 211.25(a), 11.10(i).
    """
    if frozen(campaign) is None or campaign.recipe is None:
        return without_control(campaign)
    findings: list[Finding] = []
    for event in campaign.all(ev.PhaseSigned):
        for subject in campaign.recipe.training:
            if not _trained(campaign, event, subject):
                who = event.body.signature.printed_name
                text = (
                    f"{who} signed phase {event.body.phase} ({event.body.part}) with no training in {subject}"
                )
                text += " current that day; record the training, or let a trained person check it again"
                findings.append(Finding(event.body.signature.signer, text, "blocking", (event.id,)))
    return tuple(dict.fromkeys(findings))


def _trained(campaign: Campaign, signed: Event[ev.PhaseSigned], subject: str) -> bool:
    recipe, at = campaign.recipe, signed.body.signature.at
    return any(
        event.body.person == signed.body.signature.signer
        and event.body.subject == subject
        and event.occurred_at <= at
        and (event.body.until is None or event.body.until >= at)
        and (recipe is None or subject != recipe.id or event.body.version == recipe.version)
        for event in campaign.all(ev.TrainingRecorded)
    )
