"""``downmass check``: read everything, fold the record, gather every finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downmass.answers.running import running_findings
from downmass.base.errors import DownmassError
from downmass.base.instant import days_between
from downmass.disciplines.execution.conduct import execution_findings
from downmass.disciplines.execution.recipes import governing_recipe, recipe_findings
from downmass.disciplines.ledger.people import access_findings
from downmass.disciplines.quality.custody import custody_findings
from downmass.disciplines.quality.release import blockers
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import body_to_json
from downmass.facts.finding import Finding
from downmass.operations.clocks import clock_findings
from downmass.operations.files import read_text
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.opening import OpenCampaign, open_campaign
from downmass.operations.promise import read_promise


def check_campaign(place: str) -> tuple[tuple[Finding, ...], str]:
    """Return every finding about a campaign's documents and record, and one line of summary."""
    with open_campaign(place) as campaign:
        state = campaign.state()
        verification = campaign.verify()
        findings = list(state.findings)
        if verification.damage is not None:
            findings.append(Finding(campaign.place, verification.damage.message, "blocking"))
        else:
            findings.extend(campaign.loose())
        findings.extend(clock_findings(campaign.events()))
        findings.extend(access_findings(state, campaign.case().as_of))
        findings.extend(_drift(campaign))
        findings.extend(custody_findings(state))
        recipe = governing_recipe(state)
        findings.extend(recipe_findings(recipe) if recipe else ())
        conduct = execution_findings(state, campaign.case().as_of)
        findings.extend(_past_dates(campaign, state))
        if state.stage not in ("empty", "ordered", "launched"):
            findings.extend(finding for finding in conduct if finding.severity != "blocking")
            findings.extend(blockers(state, arrival=state.arrival, conduct=conduct))
        else:
            findings.extend(running_findings(campaign.case()))
        summary = f"{campaign.id}: {state.size} entries, stage {state.stage}, {len(findings)} findings"
    return tuple(dict.fromkeys(findings)), summary


def _past_dates(campaign: OpenCampaign, state: Campaign) -> list[Finding]:
    """Return a finding where a campaign that has not flown still counts on a launch in the past."""
    if state.basis is None or state.opened is None or state.opened.mode == "replay":
        return []
    late = days_between(state.basis.launch_planned, campaign.case().as_of)
    if state.last(ev.Launched) is not None or late <= 0:
        return []
    text = f"the launch is planned {late:.0f} days ago and is not on record; set the dates of [plan]"
    return [Finding(campaign.place, text, "warning")]


def _drift(campaign: OpenCampaign) -> list[Finding]:
    """Return a finding for each section of campaign.toml that is no longer what was signed."""
    path = Path(campaign.place) / "campaign.toml"
    if not path.is_file():
        return []
    try:
        drafts = read_promise(read_text(path), data_text(TEMPLATES), str(path))
    except DownmassError as fault:
        return [Finding(str(path), f"{fault}; {fault.remedy}", "warning")]
    state = campaign.state()
    findings = []
    for draft in drafts:
        if isinstance(draft.body, ev.WriterEnrolled | ev.CampaignOpened):
            continue
        if _promised(draft.body) not in [_promised(event.body) for event in state.all(type(draft.body))]:
            text = f"{draft.where} differs from what was signed; the record counts, the document does not"
            findings.append(Finding(str(path), text, "warning"))
    return findings


def _promised(body: Any) -> dict[str, Any]:
    """Return what a document says of a body: keys and signatures are put in when it is recorded."""
    told = body_to_json(body)
    return {key: value for key, value in told.items() if key not in ("public_key", "signature")}
