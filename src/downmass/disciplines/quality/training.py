"""Whoever signs for a phase is trained for it."""

from __future__ import annotations

from downmass.disciplines.quality.procedure import frozen, without_control
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.finding import Finding
from downmass.facts.training import training_lacking


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
        signature = event.body.signature
        for subject in training_lacking(campaign, signature.signer, signature.at):
            text = (
                f"{signature.printed_name} signed phase {event.body.phase} ({event.body.part}) with no "
                f"training in {subject} current that day; record the training, or let a trained person "
                "check it again"
            )
            findings.append(Finding(signature.signer, text, "blocking", (event.id,)))
    return tuple(dict.fromkeys(findings))
