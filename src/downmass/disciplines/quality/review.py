"""Who reviewed and released, with what authority, and whether the record has moved since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.party import Meaning, Role, Signature

MOVED: tuple[type[Any], ...] = (
    ev.CustodyTransferred, ev.CustodyOffered, ev.CustodyAccepted, ev.CustodyRefused,
    ev.ContainerPacked, ev.ContainerUnpacked, ev.SealApplied, ev.SealChecked, ev.SealBroken,
    ev.LotSplit, ev.LotLoaded,
)  # fmt: skip
"""Entries of hands and containers: what happens to a lot after a signature is no late evidence for it."""

EVIDENCE: tuple[type[Any], ...] = (
    ev.RecipeSigned, ev.RecipeAdopted, ev.ControlRecipeFrozen, ev.LotRegistered, ev.LotTransformed,
    ev.EquipmentAssigned, ev.MaterialCharged, ev.Launched, ev.CommandSent, ev.CommandAnswered,
    ev.PhaseMoved, ev.PhaseSigned, ev.TimerFired, ev.CheckReported, ev.YieldReported,
    ev.AlarmRaised, ev.AlarmAcknowledged, ev.SegmentSealed, ev.ExcursionDetected,
    ev.ClockStepped, ev.ClockCorrelated,
    ev.DeviationPlanned, ev.NonconformityRaised, ev.InvestigationOpened, ev.SistersSearched,
    ev.NonconformityClosed, ev.RetestAuthorised,
    ev.Landed, ev.Recovered, ev.Lost, ev.SampleTaken, ev.LabelsReconciled, ev.ResultReported,
    ev.EntryCorrected, *MOVED,
)  # fmt: skip
"""Entries a reviewer signs for; money, plans, gates and actions on later batches are none of the record."""

Review = Literal["batch_record", "audit_trail"]

REVIEWERS: frozenset[Role] = frozenset({"quality_unit", "supervisor", "auditor"})
RELEASERS: frozenset[Role] = frozenset({"quality_unit", "release"})
PERFORMERS: frozenset[Role] = frozenset({"operator", "laboratory"})


def roles_at(campaign: Campaign, person: str, entry: str) -> frozenset[Role]:
    """Return the roles a person had where an entry stands: assigned before it and not withdrawn."""
    place = {id: index for index, id in enumerate(campaign.arrival)}
    here = place.get(entry, len(place))
    turns = [
        (place[event.id], event.body.role, False)
        for event in campaign.all(ev.RoleWithdrawn)
        if event.body.person == person and place[event.id] < here
    ]
    turns += [
        (place[event.id], event.body.role, True)
        for event in campaign.all(ev.RoleAssigned)
        if event.body.person.id == person and place[event.id] < here
    ]
    held = {role: given for _, role, given in sorted(turns)}
    return frozenset(role for role, given in held.items() if given)


def performers(campaign: Campaign) -> frozenset[str]:
    """Return who worked on the batch: by a role they have or had, or by signing for a phase."""
    by_role = {e.body.person.id for e in campaign.all(ev.RoleAssigned) if e.body.role in PERFORMERS}
    by_hand = {
        event.body.signature.signer
        for event in campaign.all(ev.PhaseSigned)
        if event.body.part == "performed"
    }
    return frozenset(by_role | by_hand)


def part_in(campaign: Campaign, person: str) -> str:
    """Return what a person did in the batch that keeps them from judging it, in words; or ``""``.

    References
    ----------
    21 CFR 211.22, 211.188(b)(11), 211.192.
    """
    if person in performers(campaign):
        return "performed work on this batch"
    signed = (event.body for event in campaign.all(ev.PhaseSigned))
    return next(
        (f"checked phase {one.phase} of this batch" for one in signed if one.signature.signer == person), ""
    )


def late_entries(
    campaign: Campaign, signed: Event[Any], arrival: Sequence[str] = ()
) -> tuple[Event[Any], ...]:
    """Return the evidence that came into the record after an entry was signed.

    Parameters
    ----------
    arrival
        Ids of all entries in order of arrival. With it, entries recorded on board before the
        signature but received after it are late too; without it, only the recording time is known.
    """
    place = {entry: index for index, entry in enumerate(arrival)}

    def late(event: Event[Any]) -> bool:
        if isinstance(event.body, MOVED) and event.occurred_at >= signed.occurred_at:
            return False
        if event.id in place and signed.id in place:
            return place[event.id] > place[signed.id]
        return event.recorded_at > signed.recorded_at

    found = [event for kind in EVIDENCE for event in campaign.all(kind) if late(event)]
    return tuple(sorted(found, key=lambda event: (event.recorded_at, event.id)))


def review_findings(campaign: Campaign, kind: Review, arrival: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Find why a review is missing, stale, or not signed by the right person.

    References
    ----------
    21 CFR 211.188, 211.192 (batch record reviewed by the quality unit before release); EU GMP
    Annex 11, 9 (audit trails reviewed); 21 CFR 11.50 (meaning of a signature).
    """
    title = kind.replace("_", " ")
    reviews = [event for event in campaign.all(ev.RecordReviewed) if event.body.kind == kind]
    if not reviews:
        text = f"the {title} is not reviewed; have the quality unit review and sign it"
        return (Finding(kind, text, "blocking"),)
    review = reviews[-1]
    findings = list(
        signature_findings(campaign, review.body.signature, review.id, "review", REVIEWERS, f"{title} review")
    )
    part = part_in(campaign, review.body.signature.signer)
    if part:
        text = f"{review.body.signature.printed_name} {part} and reviewed its {title}"
        findings.append(Finding(kind, text + "; let another person review", "blocking", (review.id,)))
    late = late_entries(campaign, review, arrival)
    if late:
        text = f"{len(late)} entries came into the record after the {title} review; review and sign again"
        findings.append(Finding(kind, text, "blocking", (review.id, *(event.id for event in late))))
    return tuple(findings)


def signature_findings(
    campaign: Campaign,
    signature: Signature,
    entry: str,
    meaning: Meaning,
    wanted: frozenset[Role],
    act: str,
) -> Iterable[Finding]:
    """Yield what is wrong with one signature: unknown person, other name, other meaning, no authority."""
    person = campaign.people.get(signature.signer)
    if person is None:
        text = f"the {act} is signed by {signature.signer!r}, who has no role in this campaign"
        yield Finding(entry, text, "blocking", (entry,))
        return
    if person.printed_name != signature.printed_name:
        text = (
            f"the {act} prints the name {signature.printed_name!r}, the record knows {person.printed_name!r}"
        )
        yield Finding(entry, text, "blocking", (entry,))
    if signature.meaning != meaning:
        text = f"the {act} is signed with meaning {signature.meaning!r}; it takes {meaning!r}"
        yield Finding(entry, text, "blocking", (entry,))
    if not roles_at(campaign, signature.signer, entry) & wanted:
        text = f"{person.printed_name} has none of the roles {', '.join(sorted(wanted))} the {act} takes"
        yield Finding(entry, text, "blocking", (entry,))


def disposition_findings(campaign: Campaign, arrival: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Find what makes a release that was already decided doubtful; nothing where none was.

    Performer, checker, reviewer and releaser are different people (21 CFR 211.22, 211.192); evidence
    that comes after the decision makes its signature stale.
    """
    decided = [e for e in campaign.all(ev.DispositionDecided) if e.body.decision == "released"]
    if not decided:
        return ()
    release = decided[-1]
    signature = release.body.signature
    findings = list(signature_findings(campaign, signature, release.id, "approval", RELEASERS, "release"))
    reviewers = {event.body.signature.signer for event in campaign.all(ev.RecordReviewed)}
    if signature.signer in reviewers:
        text = f"{signature.printed_name} both reviewed and released; let two people sign"
        findings.append(Finding(release.id, text, "blocking", (release.id,)))
    part = part_in(campaign, signature.signer)
    if part:
        text = f"{signature.printed_name} {part} and released it; let another release"
        findings.append(Finding(release.id, text, "blocking", (release.id,)))
    late = late_entries(campaign, release, arrival)
    if late:
        text = (
            f"{len(late)} entries came into the record after the release was signed; "
            "the signature is stale: review them and decide again"
        )
        findings.append(Finding(release.id, text, "blocking", (release.id, *(event.id for event in late))))
    return tuple(findings)
