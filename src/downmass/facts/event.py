"""Everything that can happen in a campaign, in the order of its life.

Each body is a frozen dataclass; :data:`BODIES` maps the stored type name to it. Types are
append-only and versioned: a change of meaning is a new version with an upcaster, never an edit.
The envelope they travel in is ``envelope.Event``.
Quantities are decimals with the unit in the field name; money is integer minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.contract import Cause, Contract, Evidence, Posting
from downmass.facts.envelope import Event as Event
from downmass.facts.envelope import Origin as Origin
from downmass.facts.envelope import Unknown as Unknown
from downmass.facts.flight import ElementSet, Site
from downmass.facts.party import Party, Person, Role, Signature
from downmass.facts.plan import GateKind, PlanBasis, Schedule
from downmass.facts.quantity import Date, Money, NotNegative, Number, Span, Spread
from downmass.facts.recipe import MasterRecipe, Product
from downmass.facts.venture import FailureMode, Venture


@fact
class CampaignOpened:
    """A campaign begins."""

    title: str
    product: Product
    mode: Literal["live", "replay"]
    seed: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}", "give zero or a whole number above it")


@fact
class WriterEnrolled:
    """A device or organisation may write to the campaign's log with this Ed25519 key (base64)."""

    writer: Slug
    party: Slug
    kind: Literal["ground", "capsule", "station", "laboratory", "customer", "regulator"]
    public_key: str


@fact
class PartyJoined:
    """An organisation takes part."""

    party: Party


@fact
class RoleAssigned:
    """A person may act in a role."""

    person: Person
    role: Role


@fact
class RecipeAdopted:
    """A master recipe, with its specification, governs the batch."""

    recipe: MasterRecipe


@fact
class ContractSigned:
    """The parties are bound by a contract."""

    contract: Contract


@fact
class PlanBasisStated:
    """Activities, gates, resources and spreads that plans and forecasts are computed from."""

    basis: PlanBasis


@fact
class SitesDesignated:
    """Landing sites the campaign may use."""

    sites: tuple[Site, ...]


@fact
class FailureModesListed:
    """The failure mode and effects analysis in force."""

    modes: tuple[FailureMode, ...]


@fact
class VentureStated:
    """The business case in force."""

    venture: Venture


@fact
class GateApplied:
    """A licence, range slot or waiver is asked for."""

    gate: Slug
    kind: GateKind
    authority: Slug


@fact
class GateDecided:
    """An authority decides on a licence, range slot or waiver."""

    gate: Slug
    kind: GateKind
    authority: Slug
    decision: Literal["granted", "refused", "withdrawn"]
    reason: str


@fact
class PlanAdopted:
    """A plan is in force; after the first, only by way of a change request."""

    schedule: Schedule
    change: int | None = None


@fact
class ChangeRequested:
    """A numbered request to change the plan, with the parties that must decide."""

    number: int
    reason: str
    cause: Cause
    proposal: Schedule
    parties: tuple[Slug, ...]


@fact
class ChangeDecided:
    """One party decides on a change request."""

    number: int
    party: Slug
    decision: Literal["accepted", "rejected"]
    note: str = ""


@fact
class LotRegistered:
    """A lot of material or product exists; a product lot names the lots it was made from."""

    lot: Slug
    material: str
    quantity: NotNegative
    unit: str
    made_from: tuple[Slug, ...] = ()


@fact
class LotLoaded:
    """A lot is put into a container, unit or vehicle."""

    lot: Slug
    into: Slug
    seal: str = ""


@fact
class Launched:
    """The vehicle lifts off with the payload."""

    vehicle: str
    site: str
    spacecraft: str
    orbit: str


@fact
class ElementsReceived:
    """An element set of the spacecraft is received."""

    elements: ElementSet


@fact
class ContactHeld:
    """A ground contact took place; entries and frames expected against received."""

    station: str
    when: Span
    expected: int
    received: int


@fact
class PhaseMoved:
    """A phase of the control recipe changes state."""

    phase: Slug
    state: Literal["idle", "running", "held", "suspended", "complete", "stopped", "aborted"]
    reason: str = ""


@fact
class SegmentSealed:
    """A span of measurements of one parameter is sealed: counts, extremes, mean and hash."""

    parameter: Slug
    phase: Slug
    when: Span
    unit: str
    expected: int
    received: int
    least: Number
    mean: Number
    most: Number
    sha256: str


@fact
class ExcursionDetected:
    """A parameter left its limits."""

    excursion: Slug
    parameter: Slug
    when: Span
    unit: str
    limit: Number
    worst: Number


@fact
class DeviationPlanned:
    """A planned, bounded departure from the recipe is accepted before it happens."""

    deviation: Slug
    text: str
    until: Date
    signature: Signature


@fact
class NonconformityRaised:
    """Something happened that the recipe does not allow; it must be investigated before release."""

    nonconformity: Slug
    text: str
    excursion: Slug | None = None


@fact
class NonconformityClosed:
    """An investigation is finished: root cause, effect on the batch, corrective action."""

    nonconformity: Slug
    root_cause: str
    effect: Literal["none", "minor", "batch_lost"]
    corrective_action: str
    signature: Signature


@fact
class BurnPerformed:
    """The spacecraft changes its orbit."""

    purpose: Literal["commissioning", "phasing", "staging", "deorbit"]
    orbit: str
    delta_v_m_s: NotNegative


@fact
class Landed:
    """The payload is back on the ground."""

    site: Slug
    place: str


@fact
class Recovered:
    """The recovery crew has the payload in hand."""

    place: str
    condition: str


@fact
class Lost:
    """The payload or the batch is lost."""

    stage: Literal["launch", "process", "orbit", "return", "recovery", "laboratory"]
    cause: Cause
    text: str


@fact
class CustodyTransferred:
    """A thing passes from one party to another; both sign, or the gap is a finding."""

    item: Slug
    giver: Slug
    receiver: Slug
    place: str
    condition: str
    seal: str = ""
    signatures: tuple[Signature, ...] = ()


@fact
class SampleTaken:
    """A sample of a lot is taken for a test or for retention."""

    sample: Slug
    lot: Slug
    purpose: Literal["release", "retention", "investigation"]
    label: str


@fact
class ResultReported:
    """A laboratory reports a result for an attribute of the specification."""

    sample: Slug
    attribute: Slug
    value: Number
    unit: str
    method: str
    laboratory: Slug
    retest: bool = False


@fact
class RecordReviewed:
    """A person reviews the batch production record or its audit trail."""

    kind: Literal["batch_record", "audit_trail"]
    conclusion: str
    signature: Signature


@fact
class DispositionDecided:
    """The quality unit decides on the lot; the signature is over the record as it then stood."""

    lot: Slug
    decision: Literal["released", "rejected", "quarantined", "reprocess"]
    graded_percent: NotNegative
    signature: Signature


@fact
class MilestoneReached:
    """A milestone of the contract is earned by a happening in the record."""

    milestone: Slug
    evidence: Evidence


@fact
class InvoiceIssued:
    """A party bills another for a milestone."""

    invoice: Slug
    milestone: Slug
    debtor: Slug
    creditor: Slug
    amount: Money


@fact
class ClaimRaised:
    """A party claims money under a clause or policy."""

    claim: Slug
    clause: Slug
    claimant: Slug
    against: Slug
    amount: Money
    reason: str


@fact
class Settled:
    """The contract is settled: every posting, summing to zero over the parties."""

    contract: Slug
    postings: tuple[Posting, ...]


@fact
class CampaignClosed:
    """The campaign is over."""

    outcome: Literal["released", "rejected", "lost", "abandoned"]


@fact
class EstimateRevised:
    """A spread of the plan basis is replaced, in the open: duration, gate delay or slip."""

    target: str
    spread: Spread
    reason: str


@fact
class EntryCorrected:
    """An earlier entry was wrong; its body is replaced for every reading from here on."""

    target: str
    reason: str
    replacement: Mapping[str, Any]


BODIES: Mapping[str, type[Any]] = {
    "campaign.opened": CampaignOpened,
    "writer.enrolled": WriterEnrolled,
    "party.joined": PartyJoined,
    "role.assigned": RoleAssigned,
    "recipe.adopted": RecipeAdopted,
    "contract.signed": ContractSigned,
    "plan.basis_stated": PlanBasisStated,
    "sites.designated": SitesDesignated,
    "risk.modes_listed": FailureModesListed,
    "venture.stated": VentureStated,
    "gate.applied": GateApplied,
    "gate.decided": GateDecided,
    "plan.adopted": PlanAdopted,
    "change.requested": ChangeRequested,
    "change.decided": ChangeDecided,
    "lot.registered": LotRegistered,
    "lot.loaded": LotLoaded,
    "flight.launched": Launched,
    "flight.elements": ElementsReceived,
    "flight.contact": ContactHeld,
    "phase.moved": PhaseMoved,
    "segment.sealed": SegmentSealed,
    "excursion.detected": ExcursionDetected,
    "deviation.planned": DeviationPlanned,
    "nonconformity.raised": NonconformityRaised,
    "nonconformity.closed": NonconformityClosed,
    "flight.burn": BurnPerformed,
    "flight.landed": Landed,
    "flight.recovered": Recovered,
    "flight.lost": Lost,
    "custody.transferred": CustodyTransferred,
    "sample.taken": SampleTaken,
    "result.reported": ResultReported,
    "record.reviewed": RecordReviewed,
    "disposition.decided": DispositionDecided,
    "milestone.reached": MilestoneReached,
    "invoice.issued": InvoiceIssued,
    "claim.raised": ClaimRaised,
    "contract.settled": Settled,
    "estimate.revised": EstimateRevised,
    "campaign.closed": CampaignClosed,
    "entry.corrected": EntryCorrected,
}
"""Stored type name -> body, in the order of a campaign's life."""

TYPE_OF: Mapping[type[Any], str] = {body: name for name, body in BODIES.items()}

VERSION = 1
"""Version written into new events; older ones are upcast on reading, newer ones kept as unknown."""
