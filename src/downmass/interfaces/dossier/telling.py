"""Every kind of entry told in one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from downmass.facts import event as ev
from downmass.facts.event import Event
from downmass.facts.party import Signature
from downmass.interfaces.dossier.reading import instant_words, money_words, number_words


def tell(event: Event[Any], names: Mapping[str, str]) -> str:
    """Return one sentence that tells what an entry says.

    Parameters
    ----------
    event
        The entry.
    names
        Identifier -> readable name of parties, people and sites.
    """

    def name(slug: str) -> str:
        return names.get(slug, slug)

    teller = TELLERS.get(type(event.body))
    if teller is None:
        return f"An entry of type {event.type}, version {event.version}, which this program does not know."
    return teller(event.body, name)


def signatures_in(body: Any) -> Iterator[Signature]:
    """Yield every signature a body holds, however deep."""
    if isinstance(body, Signature):
        yield body
    elif isinstance(body, tuple):
        for item in body:
            yield from signatures_in(item)
    elif is_dataclass(body):
        for field in fields(body):
            yield from signatures_in(getattr(body, field.name))


Name = Callable[[str], str]


def _span(window: Any) -> str:
    return f"{instant_words(window.opens)} to {instant_words(window.closes)} UTC"


def _opened(b: ev.CampaignOpened, n: Name) -> str:
    return f"Campaign opened: {b.title}; product {b.product.name}, {b.mode}, seed {b.seed}."


def _plan(b: ev.PlanAdopted, n: Name) -> str:
    by = f" by change request {b.change}" if b.change is not None else ""
    ends = max((p.when.closes for p in b.schedule.placements), default=None)
    until = f", until {instant_words(ends)} UTC" if ends else ""
    return f"Plan adopted{by}: {len(b.schedule.placements)} activities{until}."


def _lot(b: ev.LotRegistered, n: Name) -> str:
    made = f", made from {', '.join(b.made_from)}" if b.made_from else ""
    return f"Lot {b.lot} registered: {number_words(str(b.quantity))} {b.unit} of {b.material}{made}."


def _excursion(b: ev.ExcursionDetected, n: Name) -> str:
    return (
        f"Excursion {b.excursion}: {b.parameter} reached {b.worst} {b.unit} "
        f"against a limit of {b.limit}, {_span(b.when)}."
    )


def _segment(b: ev.SegmentSealed, n: Name) -> str:
    return (
        f"{b.parameter} sealed for {_span(b.when)}: {b.received:,} of {b.expected:,} samples, "
        f"{b.least} to {b.most} {b.unit}, mean {b.mean}."
    )


def _custody(b: ev.CustodyTransferred, n: Name) -> str:
    signed = "unsigned" if not b.signatures else f"{len(b.signatures)} signed"
    return (
        f"{b.item} passed from {n(b.giver)} to {n(b.receiver)} at {b.place}: {b.condition or 'no condition'}"
        f"{', seal ' + b.seal if b.seal else ''} ({signed})."
    )


def _result(b: ev.ResultReported, n: Name) -> str:
    retest = " (retest)" if b.retest else ""
    unit = f" {b.unit}" if b.unit else ""
    return f"{n(b.laboratory)} reports {b.attribute} of {b.sample}: {b.value}{unit} by {b.method}{retest}."


def _settled(b: ev.Settled, n: Name) -> str:
    return f"Contract {b.contract} settled in {len(b.postings)} postings."


def _claim(b: ev.ClaimRaised, n: Name) -> str:
    return f"{n(b.claimant)} claims {money_words(b.amount)} from {n(b.against)} under {b.clause}: {b.reason}"


def _invoice(b: ev.InvoiceIssued, n: Name) -> str:
    return (
        f"Invoice {b.invoice} for {b.milestone}: {n(b.debtor)} owes {n(b.creditor)} {money_words(b.amount)}."
    )


def _closed_nonconformity(b: ev.NonconformityClosed, n: Name) -> str:
    return (
        f"Nonconformity {b.nonconformity} closed: {b.root_cause}; effect on the batch {b.effect}; "
        f"{b.corrective_action}"
    )


def _estimate(b: ev.EstimateRevised, n: Name) -> str:
    s = b.spread
    return f"Estimate of {b.target} revised to {s.low} to {s.high}, most likely {s.mode}: {b.reason}"


def _counters(parts: Sequence[Any]) -> str:
    return ", ".join(f"{part.first} to {part.last}" for part in parts)


def _received(b: ev.SyncReceived, n: Name) -> str:
    told = [
        f"entries {_counters(parts)} {word}"
        for parts, word in ((b.appended, "added"), (b.held, "wait for earlier ones"), (b.known, "known"))
        if parts
    ]
    new = "; ".join(told) or "nothing new"
    return f"A bundle of {b.writer} came by {b.carrier}: {new}; it has {b.announced}."


def _correlated(b: ev.ClockCorrelated, n: Name) -> str:
    ahead = (b.device_time - b.true_time).total_seconds()
    side = "ahead" if ahead >= 0 else "behind"
    return (
        f"The clock of {b.writer} stood {number_words(f'{abs(ahead):g}')} s {side} at "
        f"{instant_words(b.true_time)} UTC ({b.method})."
    )


def _answered(b: ev.CommandAnswered, n: Name) -> str:
    if b.executed_at is not None:
        return f"Command {b.command} ran at {instant_words(b.executed_at)} UTC."
    return f"Command {b.command} {b.outcome}: {b.reason}"


def _searched(b: ev.SistersSearched, n: Name) -> str:
    if not b.batches:
        return f"No sister batch of {b.nonconformity} exists."
    found = sum(bool(batch.found) for batch in b.batches)
    return (
        f"{len(b.batches)} sister batches searched for {b.criterion} ({b.nonconformity}): "
        f"{found or 'none'} show it."
    )


TELLERS: Mapping[type[Any], Callable[[Any, Name], str]] = {
    ev.CampaignOpened: _opened,
    ev.WriterEnrolled: lambda b, n: f"Writer {b.writer} ({b.kind}) of {n(b.party)} enrolled with its key.",
    ev.PartyJoined: lambda b, n: f"{b.party.name} joins as {', '.join(b.party.kinds)}.".replace("_", " "),
    ev.RoleAssigned: lambda b, n: (
        f"{b.person.printed_name} of {n(b.person.party)} may act as {b.role.replace('_', ' ')}."
    ),
    ev.RecipeAdopted: lambda b, n: f"Master recipe {b.recipe.id} version {b.recipe.version} adopted.",
    ev.ContractSigned: lambda b, n: (
        f"Contract signed: {b.contract.title}, {money_words(b.contract.price)}, "
        f"between {n(b.contract.provider)} and {n(b.contract.customer)}."
    ),
    ev.PlanBasisStated: lambda b, n: (
        f"Plan basis stated: {len(b.basis.activities)} activities, {len(b.basis.gates)} gates."
    ),
    ev.SitesDesignated: lambda b, n: f"Landing sites: {', '.join(site.name for site in b.sites)}.",
    ev.FailureModesListed: lambda b, n: f"{len(b.modes)} failure modes listed.",
    ev.VentureStated: lambda b, n: f"Business case stated: {len(b.venture.lines)} lines of cost and income.",
    ev.GateApplied: lambda b, n: f"{n(b.authority)} is asked for {b.kind} {b.gate}.",
    ev.GateDecided: lambda b, n: f"{n(b.authority)}: {b.kind} {b.gate} {b.decision}. {b.reason}".rstrip(),
    ev.PlanAdopted: _plan,
    ev.ChangeRequested: lambda b, n: f"Change request {b.number} ({b.cause}): {b.reason}",
    ev.ChangeDecided: lambda b, n: f"{n(b.party)}: change request {b.number} {b.decision}. {b.note}".rstrip(),
    ev.LotRegistered: _lot,
    ev.LotLoaded: lambda b, n: f"Lot {b.lot} loaded into {b.into}{', seal ' + b.seal if b.seal else ''}.",
    ev.Launched: lambda b, n: f"{b.spacecraft} launched on {b.vehicle} from {b.site} into {b.orbit}.",
    ev.ElementsReceived: lambda b, n: f"Element set of {b.elements.name} received.",
    ev.ContactHeld: lambda b, n: (
        f"Contact over {b.station}, {_span(b.when)}: {b.received:,} of {b.expected:,} received."
    ),
    ev.PhaseMoved: lambda b, n: f"Phase {b.phase} {b.state}. {b.reason}".rstrip(),
    ev.SegmentSealed: _segment,
    ev.ExcursionDetected: _excursion,
    ev.DeviationPlanned: lambda b, n: (
        f"Deviation {b.deviation} planned until {instant_words(b.until)} UTC: {b.text}"
    ),
    ev.NonconformityRaised: lambda b, n: f"Nonconformity {b.nonconformity} raised: {b.text}",
    ev.NonconformityClosed: _closed_nonconformity,
    ev.BurnPerformed: lambda b, n: (
        f"Burn for {b.purpose}: {number_words(str(b.delta_v_m_s))} m/s, to {b.orbit}."
    ),
    ev.Landed: lambda b, n: f"Landed at {n(b.site)}: {b.place}.",
    ev.Recovered: lambda b, n: f"Recovered at {b.place}: {b.condition}.",
    ev.Lost: lambda b, n: f"Lost in {b.stage} ({b.cause}): {b.text}",
    ev.CustodyTransferred: _custody,
    ev.SampleTaken: lambda b, n: f"Sample {b.sample} of lot {b.lot} taken for {b.purpose}: {b.label}.",
    ev.ResultReported: _result,
    ev.RecordReviewed: lambda b, n: f"{b.kind.replace('_', ' ').capitalize()} reviewed: {b.conclusion}",
    ev.DispositionDecided: lambda b, n: f"Lot {b.lot} {b.decision}; {b.graded_percent} % graded good.",
    ev.MilestoneReached: lambda b, n: f"Milestone {b.milestone} reached by {b.evidence.replace('_', ' ')}.",
    ev.InvoiceIssued: _invoice,
    ev.ClaimRaised: _claim,
    ev.Settled: _settled,
    ev.EstimateRevised: _estimate,
    ev.CampaignClosed: lambda b, n: f"Campaign closed: {b.outcome}.",
    ev.EntryCorrected: lambda b, n: f"Correction of entry {b.target}: {b.reason}",
    ev.WriterBorn: lambda b, n: (
        f"{b.writer} begins session {b.boot} after {b.entries} entries; its clock may be wrong by "
        f"{number_words(str(b.clock_uncertainty_s))} s ({b.software})."
    ),
    ev.WriterDied: lambda b, n: (
        f"{b.writer} ends session {b.boot} in order, with {b.entries} entries to be expected. {b.reason}"
    ).rstrip(),
    ev.ClockStepped: lambda b, n: (
        f"The clock of {b.writer} jumped from {instant_words(b.before)} to {instant_words(b.after)} UTC."
    ),
    ev.ClockCorrelated: _correlated,
    ev.KeyRevoked: lambda b, n: f"A key of {b.holder} counts no more: {b.reason}",
    ev.SyncReceived: _received,
    ev.SyncQuarantined: lambda b, n: (
        f"A bundle said to be of {b.writer}, come by {b.carrier}, is put aside: {b.reason}"
    ),
    ev.RoleWithdrawn: lambda b, n: f"{b.person} may no longer act as {b.role.replace('_', ' ')}: {b.reason}",
    ev.PersonEnrolled: lambda b, n: (
        f"{b.person} signs with a key of their own, kept as {b.keeping.replace('_', ' ')}; "
        f"identity verified by {b.identity_verified_by}."
    ),
    ev.TrainingRecorded: lambda b, n: (
        f"{b.person} trained in {b.subject} version {b.version} by {b.trainer}."
    ),
    ev.AccessRefused: lambda b, n: (
        f"An attempt to sign as {b.person} was refused, number {b.failures} in a row: {b.reason}"
    ),
    ev.AccessLocked: lambda b, n: (
        f"{b.person} is locked out after {b.failures} attempts; reported at once to "
        f"{', '.join(b.reported_to) or 'nobody'}."
    ),
    ev.AccessReset: lambda b, n: (
        f"{b.administrator} resets the access of {b.person}, who must enrol a new key: {b.reason}"
    ),
    ev.RecipeDrafted: lambda b, n: (
        f"{b.recipe.kind.capitalize()} recipe {b.recipe.id} version {b.recipe.version} written."
    ),
    ev.RecipeSigned: lambda b, n: (
        f"{b.signature.printed_name} signs recipe {b.recipe} version {b.version} for {b.signature.meaning}."
    ),
    ev.ControlRecipeFrozen: lambda b, n: (
        f"Control recipe {b.control.id} of batch {b.control.batch} frozen at version {b.control.version}."
    ),
    ev.ProcessCited: lambda b, n: (
        "Earlier batches of the process cited: "
        + (", ".join(f"{batch.campaign} {batch.decision}" for batch in b.batches) or "none")
        + "."
    ),
    ev.LotSplit: lambda b, n: (
        f"Lot {b.lot} split into "
        + ", ".join(f"{part.lot} ({number_words(str(part.quantity))} {part.unit})" for part in b.into)
        + "."
    ),
    ev.LotTransformed: lambda b, n: (
        f"{', '.join(part.lot for part in b.inputs)} became {', '.join(part.lot for part in b.outputs)} "
        f"({b.material})."
    ),
    ev.ContainerPacked: lambda b, n: (
        f"{', '.join(b.contents)} packed into {b.container}{', seal ' + b.seal if b.seal else ''}."
    ),
    ev.ContainerUnpacked: lambda b, n: f"{', '.join(b.contents) or 'Everything'} taken out of {b.container}.",
    ev.SealApplied: lambda b, n: f"Seal {b.seal} put on {b.container}.",
    ev.SealChecked: lambda b, n: (
        f"Seal {b.seal} of {b.container} read and found {'whole' if b.intact else 'NOT whole'}."
    ),
    ev.SealBroken: lambda b, n: f"Seal {b.seal} of {b.container} opened: {b.reason}",
    ev.ExportTagged: lambda b, n: f"{b.item} classified {b.classification} under {b.regime}: {b.basis}",
    ev.EquipmentAssigned: lambda b, n: (
        f"{b.equipment} ({b.model}) is the {b.unit}; calibrated until "
        f"{instant_words(b.calibrated_until)} UTC."
    ),
    ev.MaterialCharged: lambda b, n: (
        f"{number_words(str(b.quantity))} {b.unit} of lot {b.lot} ({b.material}) charged in {b.phase}."
    ),
    ev.CommandSent: lambda b, n: (
        f"Command {b.command} sent: {b.verb} {b.phase}{', by ' + b.by if b.by else ''}."
    ),
    ev.CommandAnswered: _answered,
    ev.PhaseSigned: lambda b, n: f"{b.signature.printed_name} signs that {b.phase} was {b.part}.",
    ev.TimerSet: lambda b, n: f"Timer {b.timer} set for {instant_words(b.due)} UTC: {b.purpose}.",
    ev.TimerFired: lambda b, n: (
        f"Timer {b.timer} fired{f', {number_words(str(b.late_s))} s late' if b.late_s else ''}."
    ),
    ev.TimerCancelled: lambda b, n: f"Timer {b.timer} cancelled: {b.reason}",
    ev.CheckReported: lambda b, n: (
        f"In-process check {b.check} in {b.phase}: {number_words(str(b.value))} {b.unit} by {b.instrument}."
    ),
    ev.YieldReported: lambda b, n: (
        f"{b.phase} gave {number_words(str(b.actual))} of {number_words(str(b.theoretical))} {b.unit} "
        f"as lot {b.lot}."
    ),
    ev.AlarmRaised: lambda b, n: f"Alarm {b.alarm} ({b.severity}): {b.text}",
    ev.AlarmAcknowledged: lambda b, n: f"{b.person} acknowledges alarm {b.alarm}: {b.action}",
    ev.InvestigationOpened: lambda b, n: (
        f"Investigation of {b.nonconformity} opened, led by {b.lead}: {b.question}"
    ),
    ev.SistersSearched: _searched,
    ev.CapaOpened: lambda b, n: f"{b.kind.capitalize()} action {b.capa}, owner {b.owner}: {b.action}",
    ev.CapaClosed: lambda b, n: (
        f"Action {b.capa} closed as {'effective' if b.effective else 'NOT effective'}: {b.evidence}"
    ),
    ev.RetestAuthorised: lambda b, n: (
        f"{b.attribute} of {b.sample} may be tested again, {b.times} times at most: {b.reason}"
    ),
    ev.CustodyOffered: lambda b, n: (
        f"{n(b.giver)} offers {b.item} to {n(b.receiver)} at {b.place}: {b.condition}"
        f"{', seal ' + b.seal if b.seal else ''}."
    ),
    ev.CustodyAccepted: lambda b, n: (
        f"Offer {b.offer} accepted: {b.condition}{', seal ' + b.seal if b.seal else ''}."
    ),
    ev.CustodyRefused: lambda b, n: f"Offer {b.offer} refused: {b.reason}",
    ev.LabelsReconciled: lambda b, n: (
        f"Of {b.issued} labels issued, {b.applied} are applied, {b.destroyed} destroyed, "
        f"{b.returned} returned."
    ),
}
"""Body -> what tells it; every type of entry has one."""
