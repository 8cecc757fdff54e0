"""What may be recorded: one rule for each entry type that has one, pure, over the state so far.

A rule returns why an act is refused and the way out, or nothing. What is merely wrong in what
happened (a seal that differs, a gap in custody) is not refused: it must be on the record, and
becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from downmass.base.errors import ElementsError, RefusedError
from downmass.disciplines.orbit.elements import parse_elements
from downmass.disciplines.quality.release import blockers
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import body_to_json
from downmass.operations.draft import Draft

Refusal = tuple[str, str]
Rule = Callable[[Campaign, Any, Draft], Refusal | None]


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
    """Return the entry that says the same of the same instant, signatures apart."""
    same = [event for event in campaign.all(type(draft.body)) if event.occurred_at == draft.at]
    if not same:
        return None
    told = _unsigned(draft.body)
    return next((event.id for event in same if _unsigned(event.body) == told), None)


def _unsigned(body: Any) -> dict[str, Any]:
    told = body_to_json(body)
    return {key: value for key, value in told.items() if key not in ("signature", "signatures")}


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


def _elements(campaign: Campaign, body: ev.ElementsReceived, draft: Draft) -> Refusal | None:
    told = body.elements
    try:
        parse_elements(f"{told.line1}\n{told.line2}\n", told.name or "elements")
    except ElementsError as fault:
        return str(fault), fault.remedy
    return None


def _opened(campaign: Campaign, body: ev.CampaignOpened, draft: Draft) -> Refusal | None:
    if campaign.opened is not None:
        return "the campaign is open already", "open a second campaign in its own folder"
    return None


def _contract(campaign: Campaign, body: ev.ContractSigned, draft: Draft) -> Refusal | None:
    terms = body.contract
    named = {terms.provider, terms.customer}
    named |= {party for policy in terms.policies for party in (policy.insurer, policy.insured)}
    named |= set(terms.waiver.parties) if terms.waiver else set()
    return _unknown_parties(campaign, named)


def _unknown_parties(campaign: Campaign, named: set[str]) -> Refusal | None:
    missing = sorted(named - set(campaign.parties))
    if missing:
        return f"{missing[0]!r} is no party of the campaign", f"use one of {', '.join(campaign.parties)}"
    return None


def _gate(campaign: Campaign, body: ev.GateApplied | ev.GateDecided, draft: Draft) -> Refusal | None:
    known = [gate.id for gate in campaign.basis.gates] if campaign.basis else []
    if body.gate not in known:
        return f"{body.gate!r} is no gate of the plan", f"use one of {', '.join(known) or '(none stated)'}"
    return _unknown_parties(campaign, {body.authority})


def _plan(campaign: Campaign, body: ev.PlanAdopted, draft: Draft) -> Refusal | None:
    known = {activity.id for activity in campaign.basis.activities} if campaign.basis else set()
    strange = sorted({placement.activity for placement in body.schedule.placements} - known)
    if strange:
        return f"{strange[0]!r} is no activity of the plan", f"use {', '.join(sorted(known))}"
    if campaign.plan is None:
        return None
    if body.change is None:
        return "a plan is in force", "request a change and name its number"
    requests = {event.body.number: event.body for event in campaign.all(ev.ChangeRequested)}
    if body.change not in requests:
        return f"no change request {body.change}", "request the change first"
    decisions = {
        event.body.party: event.body.decision
        for event in campaign.all(ev.ChangeDecided)
        if event.body.number == body.change
    }
    waiting = [party for party in requests[body.change].parties if decisions.get(party) != "accepted"]
    if waiting:
        return f"change {body.change} is not accepted by {', '.join(waiting)}", "wait for their decision"
    return None


def _change(campaign: Campaign, body: ev.ChangeRequested, draft: Draft) -> Refusal | None:
    due = len(campaign.all(ev.ChangeRequested)) + 1
    if body.number != due:
        return f"change requests are numbered in order; {due} is next, not {body.number}", f"use number {due}"
    return _unknown_parties(campaign, set(body.parties))


def _change_decided(campaign: Campaign, body: ev.ChangeDecided, draft: Draft) -> Refusal | None:
    requests = {event.body.number: event.body for event in campaign.all(ev.ChangeRequested)}
    if body.number not in requests:
        return f"no change request {body.number}", "request the change first"
    if body.party not in requests[body.number].parties:
        asked = ", ".join(requests[body.number].parties)
        return f"{body.party} is not asked about change {body.number}", f"asked are {asked}"
    if any(
        e.body.number == body.number and e.body.party == body.party for e in campaign.all(ev.ChangeDecided)
    ):
        return f"{body.party} has decided on change {body.number}", "request a further change instead"
    return None


def _lot_known(campaign: Campaign, lot: str) -> Refusal | None:
    lots = [event.body.lot for event in campaign.all(ev.LotRegistered)]
    if lot not in lots:
        return f"lot {lot!r} is not registered", f"register it first; known: {', '.join(lots) or '(none)'}"
    return None


def _registered(campaign: Campaign, body: ev.LotRegistered, draft: Draft) -> Refusal | None:
    earlier = next((e for e in campaign.all(ev.LotRegistered) if e.body.lot == body.lot), None)
    if earlier is not None:
        return (
            f"lot {body.lot!r} is registered as {earlier.id}",
            "give each lot its own id, or correct that entry",
        )
    return None


def _loaded(campaign: Campaign, body: ev.LotLoaded, draft: Draft) -> Refusal | None:
    return _lot_known(campaign, body.lot)


def _launched(campaign: Campaign, body: ev.Launched, draft: Draft) -> Refusal | None:
    earlier = campaign.last(ev.Launched)
    if earlier is not None:
        return f"the launch is on record as {earlier.id}", "correct that entry if it is wrong"
    return None


def _phase(campaign: Campaign, body: ev.PhaseMoved, draft: Draft) -> Refusal | None:
    if campaign.recipe is None:
        return "no recipe is adopted", "record recipe.adopted first"
    known = [
        phase.id
        for procedure in campaign.recipe.procedure
        for operation in procedure.operations
        for phase in operation.phases
    ]
    if body.phase not in known:
        return f"{body.phase!r} is no phase of the recipe", f"use one of {', '.join(known)}"
    return None


def _landed(campaign: Campaign, body: ev.Landed, draft: Draft) -> Refusal | None:
    launch = campaign.last(ev.Launched)
    if launch is None:
        return "nothing was launched", "record flight.launched first"
    if draft.at < launch.occurred_at:
        return "the landing would precede the launch", "check the instant and its zone"
    if body.site not in {site.id for site in campaign.sites}:
        known = ", ".join(site.id for site in campaign.sites)
        return f"{body.site!r} is no designated site", f"use one of {known}"
    return None


def _recovered(campaign: Campaign, body: ev.Recovered, draft: Draft) -> Refusal | None:
    if campaign.last(ev.Landed) is None:
        return "nothing has landed", "record flight.landed first"
    return None


def _transfer(campaign: Campaign, body: ev.CustodyTransferred, draft: Draft) -> Refusal | None:
    return _unknown_parties(campaign, {body.giver, body.receiver})


def _sample(campaign: Campaign, body: ev.SampleTaken, draft: Draft) -> Refusal | None:
    if body.sample in {event.body.sample for event in campaign.all(ev.SampleTaken)}:
        return f"sample {body.sample} is on record", "give each sample its own id"
    return _lot_known(campaign, body.lot)


def _result(campaign: Campaign, body: ev.ResultReported, draft: Draft) -> Refusal | None:
    if body.sample not in {event.body.sample for event in campaign.all(ev.SampleTaken)}:
        return f"sample {body.sample!r} was not taken", "record sample.taken first"
    known = [attribute.id for attribute in campaign.recipe.specification] if campaign.recipe else []
    if body.attribute not in known:
        return f"{body.attribute!r} is not in the specification", f"use one of {', '.join(known)}"
    return _unknown_parties(campaign, {body.laboratory})


def _disposition(campaign: Campaign, body: ev.DispositionDecided, draft: Draft) -> Refusal | None:
    unknown = _lot_known(campaign, body.lot)
    if unknown:
        return unknown
    signer = draft.sign[0][0] if draft.sign else ""
    roles = {(event.body.person.id, event.body.role) for event in campaign.all(ev.RoleAssigned)}
    if (signer, "release") not in roles:
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


def _milestone(
    campaign: Campaign, body: ev.MilestoneReached | ev.InvoiceIssued, draft: Draft
) -> Refusal | None:
    known = [milestone.id for milestone in campaign.contract.milestones] if campaign.contract else []
    if body.milestone not in known:
        return (
            f"{body.milestone!r} is no milestone of the contract",
            f"use one of {', '.join(known) or '(none)'}",
        )
    if isinstance(body, ev.InvoiceIssued):
        return _unknown_parties(campaign, {body.debtor, body.creditor})
    return None


def _claim(campaign: Campaign, body: ev.ClaimRaised, draft: Draft) -> Refusal | None:
    if body.claim in {event.body.claim for event in campaign.all(ev.ClaimRaised)}:
        return f"claim {body.claim} is on record", "give each claim its own id"
    return _unknown_parties(campaign, {body.claimant, body.against})


def _settled(campaign: Campaign, body: ev.Settled, draft: Draft) -> Refusal | None:
    if campaign.contract is None or campaign.contract.id != body.contract:
        return f"no contract {body.contract!r} is in force", "record contract.signed first"
    if campaign.last(ev.Settled) is not None:
        return "the contract is settled", "correct that entry if it is wrong"
    return None


def _corrected(campaign: Campaign, body: ev.EntryCorrected, draft: Draft) -> Refusal | None:
    kinds = {event.id: kind for kind, group in campaign.events.items() for event in group}
    if body.target not in kinds:
        return f"no entry {body.target!r}", "name the id of an entry in the record"
    if kinds[body.target] in (ev.WriterEnrolled, ev.CampaignOpened, ev.EntryCorrected):
        return f"{body.target} cannot be corrected", "enrol again, or open a new campaign"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.WriterEnrolled: _enrolled,
    ev.CampaignOpened: _opened,
    ev.ContractSigned: _contract,
    ev.GateApplied: _gate,
    ev.GateDecided: _gate,
    ev.PlanAdopted: _plan,
    ev.ChangeRequested: _change,
    ev.ChangeDecided: _change_decided,
    ev.LotRegistered: _registered,
    ev.LotLoaded: _loaded,
    ev.Launched: _launched,
    ev.ElementsReceived: _elements,
    ev.PhaseMoved: _phase,
    ev.Landed: _landed,
    ev.Recovered: _recovered,
    ev.CustodyTransferred: _transfer,
    ev.SampleTaken: _sample,
    ev.ResultReported: _result,
    ev.DispositionDecided: _disposition,
    ev.MilestoneReached: _milestone,
    ev.InvoiceIssued: _milestone,
    ev.ClaimRaised: _claim,
    ev.Settled: _settled,
    ev.EntryCorrected: _corrected,
}
"""Entry type -> its rule; a type without one needs only what every entry needs."""
