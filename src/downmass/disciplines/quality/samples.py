"""Samples against the recipe's plan, and labels against each other."""

from __future__ import annotations

from collections.abc import Iterator

from downmass.disciplines.quality.procedure import frozen, without_control
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.finding import Finding
from downmass.facts.recipe import PlannedSample


def plan_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find planned samples that were not taken, taken for something else, or not tested as planned.

    References
    ----------
    21 CFR 211.84, 211.165, 211.170.
    """
    if frozen(campaign) is None or campaign.recipe is None:
        return without_control(campaign)
    found = [finding for planned in campaign.recipe.sample_plan for finding in _sample(campaign, planned)]
    return tuple(found)


def _sample(campaign: Campaign, planned: PlannedSample) -> Iterator[Finding]:
    taken = next((e for e in campaign.all(ev.SampleTaken) if e.body.sample == planned.id), None)
    if taken is None:
        text = (
            f"planned sample {planned.id} ({planned.quantity} {planned.unit}, {planned.purpose}) is not taken"
        )
        yield Finding(planned.id, text + "; take it (sample.taken)", "blocking")
        return
    if taken.body.purpose != planned.purpose:
        text = f"sample {planned.id} was taken for {taken.body.purpose}, planned for {planned.purpose}"
        yield Finding(planned.id, text + "; correct the entry or take another", "blocking", (taken.id,))
    tested = {e.body.attribute for e in campaign.all(ev.ResultReported) if e.body.sample == planned.id}
    for attribute in planned.tests:
        if attribute not in tested:
            text = f"sample {planned.id} has no result for {attribute}, which the plan asks of it; test it"
            yield Finding(planned.id, text, "blocking", (taken.id,))


def laboratory_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find results that do not say who tested, on how much, how it was computed, from which readings.

    References
    ----------
    21 CFR 211.194(a)(3), (4), (5), (7).
    """
    if frozen(campaign) is None:
        return ()
    findings = []
    for event in campaign.all(ev.ResultReported):
        body = event.body
        missing = [
            name
            for name, told in (
                ("who tested", body.analyst),
                ("how much of the sample was used", body.used is not None and body.used_unit),
                ("the calculation", body.calculation),
                ("the readings by hash", body.raw_sha256),
            )
            if not told
        ]
        if missing:
            text = f"the result for {body.attribute} of {body.sample} lacks {', '.join(missing)}"
            findings.append(
                Finding(body.attribute, f"{text}; correct the entry with them", "warning", (event.id,))
            )
    return tuple(findings)


def label_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find labels that were not reconciled, or whose count does not come out.

    References
    ----------
    21 CFR 211.125(c): labels issued, used and returned are reconciled, and a difference is
    investigated.
    """
    if frozen(campaign) is None:
        return without_control(campaign)
    reconciled = campaign.last(ev.LabelsReconciled)
    if reconciled is None:
        text = "labels are not reconciled: issued against applied, destroyed and returned"
        return (Finding("labels", text + "; record labels.reconciled", "blocking"),)
    body = reconciled.body
    missing = body.issued - body.applied - body.destroyed - body.returned
    if missing:
        text = (
            f"{body.issued} labels were issued, and {body.applied} applied, {body.destroyed} destroyed and "
            f"{body.returned} returned leave a difference of {missing}; raise a nonconformity that names it"
        )
        return (Finding("labels", text, "blocking", (reconciled.id,)),)
    return ()
