"""Everything that can happen in a campaign, in the order of its life.

Each body is a frozen dataclass; :data:`BODIES` maps the stored type name to it. Types are
append-only and versioned: a change of shape or meaning is a new version in :data:`VERSIONS` with an
upcaster in ``upcast.py``, never an edit.
The envelope they travel in is ``envelope.Event``.
Quantities are decimals with the unit in the field name; money is integer minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts.envelope import Event as Event
from downmass.facts.envelope import Origin as Origin
from downmass.facts.envelope import Unknown as Unknown
from downmass.facts.happening.custody import ContainerPacked as ContainerPacked
from downmass.facts.happening.custody import ContainerUnpacked as ContainerUnpacked
from downmass.facts.happening.custody import CustodyAccepted as CustodyAccepted
from downmass.facts.happening.custody import CustodyOffered as CustodyOffered
from downmass.facts.happening.custody import CustodyRefused as CustodyRefused
from downmass.facts.happening.custody import CustodyTransferred as CustodyTransferred
from downmass.facts.happening.custody import ExportTagged as ExportTagged
from downmass.facts.happening.custody import LotLoaded as LotLoaded
from downmass.facts.happening.custody import LotPart as LotPart
from downmass.facts.happening.custody import LotRegistered as LotRegistered
from downmass.facts.happening.custody import LotSplit as LotSplit
from downmass.facts.happening.custody import LotTransformed as LotTransformed
from downmass.facts.happening.custody import SealApplied as SealApplied
from downmass.facts.happening.custody import SealBroken as SealBroken
from downmass.facts.happening.custody import SealChecked as SealChecked
from downmass.facts.happening.execution import AlarmAcknowledged as AlarmAcknowledged
from downmass.facts.happening.execution import AlarmRaised as AlarmRaised
from downmass.facts.happening.execution import CheckReported as CheckReported
from downmass.facts.happening.execution import CommandAnswered as CommandAnswered
from downmass.facts.happening.execution import CommandSent as CommandSent
from downmass.facts.happening.execution import ControlRecipeFrozen as ControlRecipeFrozen
from downmass.facts.happening.execution import EquipmentAssigned as EquipmentAssigned
from downmass.facts.happening.execution import ExcursionDetected as ExcursionDetected
from downmass.facts.happening.execution import MaterialCharged as MaterialCharged
from downmass.facts.happening.execution import PhaseMoved as PhaseMoved
from downmass.facts.happening.execution import PhaseSigned as PhaseSigned
from downmass.facts.happening.execution import RecipeDrafted as RecipeDrafted
from downmass.facts.happening.execution import RecipeSigned as RecipeSigned
from downmass.facts.happening.execution import SegmentSealed as SegmentSealed
from downmass.facts.happening.execution import TimerCancelled as TimerCancelled
from downmass.facts.happening.execution import TimerFired as TimerFired
from downmass.facts.happening.execution import TimerSet as TimerSet
from downmass.facts.happening.execution import YieldReported as YieldReported
from downmass.facts.happening.flight import BurnPerformed as BurnPerformed
from downmass.facts.happening.flight import ContactHeld as ContactHeld
from downmass.facts.happening.flight import ElementsReceived as ElementsReceived
from downmass.facts.happening.flight import Landed as Landed
from downmass.facts.happening.flight import Launched as Launched
from downmass.facts.happening.flight import Lost as Lost
from downmass.facts.happening.flight import Recovered as Recovered
from downmass.facts.happening.money import ClaimRaised as ClaimRaised
from downmass.facts.happening.money import InvoiceIssued as InvoiceIssued
from downmass.facts.happening.money import MilestoneReached as MilestoneReached
from downmass.facts.happening.money import Settled as Settled
from downmass.facts.happening.order import CampaignClosed as CampaignClosed
from downmass.facts.happening.order import CampaignOpened as CampaignOpened
from downmass.facts.happening.order import ChangeDecided as ChangeDecided
from downmass.facts.happening.order import ChangeRequested as ChangeRequested
from downmass.facts.happening.order import ContractSigned as ContractSigned
from downmass.facts.happening.order import EstimateRevised as EstimateRevised
from downmass.facts.happening.order import FailureModesListed as FailureModesListed
from downmass.facts.happening.order import GateApplied as GateApplied
from downmass.facts.happening.order import GateDecided as GateDecided
from downmass.facts.happening.order import PartyJoined as PartyJoined
from downmass.facts.happening.order import PlanAdopted as PlanAdopted
from downmass.facts.happening.order import PlanBasisStated as PlanBasisStated
from downmass.facts.happening.order import RecipeAdopted as RecipeAdopted
from downmass.facts.happening.order import SitesDesignated as SitesDesignated
from downmass.facts.happening.order import VentureStated as VentureStated
from downmass.facts.happening.people import AccessLocked as AccessLocked
from downmass.facts.happening.people import AccessRefused as AccessRefused
from downmass.facts.happening.people import AccessReset as AccessReset
from downmass.facts.happening.people import PersonEnrolled as PersonEnrolled
from downmass.facts.happening.people import RoleAssigned as RoleAssigned
from downmass.facts.happening.people import RoleWithdrawn as RoleWithdrawn
from downmass.facts.happening.people import TrainingRecorded as TrainingRecorded
from downmass.facts.happening.quality import CapaClosed as CapaClosed
from downmass.facts.happening.quality import CapaOpened as CapaOpened
from downmass.facts.happening.quality import CitedBatch as CitedBatch
from downmass.facts.happening.quality import DeviationPlanned as DeviationPlanned
from downmass.facts.happening.quality import DispositionDecided as DispositionDecided
from downmass.facts.happening.quality import InvestigationOpened as InvestigationOpened
from downmass.facts.happening.quality import LabelsReconciled as LabelsReconciled
from downmass.facts.happening.quality import NonconformityClosed as NonconformityClosed
from downmass.facts.happening.quality import NonconformityRaised as NonconformityRaised
from downmass.facts.happening.quality import ProcessCited as ProcessCited
from downmass.facts.happening.quality import RecordReviewed as RecordReviewed
from downmass.facts.happening.quality import ResultReported as ResultReported
from downmass.facts.happening.quality import RetestAuthorised as RetestAuthorised
from downmass.facts.happening.quality import SampleTaken as SampleTaken
from downmass.facts.happening.quality import SisterBatch as SisterBatch
from downmass.facts.happening.quality import SistersSearched as SistersSearched
from downmass.facts.happening.writers import ClockCorrelated as ClockCorrelated
from downmass.facts.happening.writers import ClockStepped as ClockStepped
from downmass.facts.happening.writers import EntryCorrected as EntryCorrected
from downmass.facts.happening.writers import KeyRevoked as KeyRevoked
from downmass.facts.happening.writers import Stretch as Stretch
from downmass.facts.happening.writers import SyncQuarantined as SyncQuarantined
from downmass.facts.happening.writers import SyncReceived as SyncReceived
from downmass.facts.happening.writers import WriterBorn as WriterBorn
from downmass.facts.happening.writers import WriterDied as WriterDied
from downmass.facts.happening.writers import WriterEnrolled as WriterEnrolled

BODIES: Mapping[str, type[Any]] = {
    "campaign.opened": CampaignOpened,
    "writer.enrolled": WriterEnrolled,
    "writer.born": WriterBorn,
    "writer.died": WriterDied,
    "clock.stepped": ClockStepped,
    "clock.correlated": ClockCorrelated,
    "key.revoked": KeyRevoked,
    "sync.received": SyncReceived,
    "sync.quarantined": SyncQuarantined,
    "party.joined": PartyJoined,
    "role.assigned": RoleAssigned,
    "role.withdrawn": RoleWithdrawn,
    "person.enrolled": PersonEnrolled,
    "training.recorded": TrainingRecorded,
    "access.refused": AccessRefused,
    "access.locked": AccessLocked,
    "access.reset": AccessReset,
    "recipe.drafted": RecipeDrafted,
    "recipe.signed": RecipeSigned,
    "recipe.adopted": RecipeAdopted,
    "control.frozen": ControlRecipeFrozen,
    "process.cited": ProcessCited,
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
    "lot.split": LotSplit,
    "lot.transformed": LotTransformed,
    "lot.loaded": LotLoaded,
    "container.packed": ContainerPacked,
    "container.unpacked": ContainerUnpacked,
    "seal.applied": SealApplied,
    "seal.checked": SealChecked,
    "seal.broken": SealBroken,
    "export.tagged": ExportTagged,
    "equipment.assigned": EquipmentAssigned,
    "material.charged": MaterialCharged,
    "flight.launched": Launched,
    "flight.elements": ElementsReceived,
    "flight.contact": ContactHeld,
    "command.sent": CommandSent,
    "command.answered": CommandAnswered,
    "phase.moved": PhaseMoved,
    "phase.signed": PhaseSigned,
    "timer.set": TimerSet,
    "timer.fired": TimerFired,
    "timer.cancelled": TimerCancelled,
    "check.reported": CheckReported,
    "yield.reported": YieldReported,
    "alarm.raised": AlarmRaised,
    "alarm.acknowledged": AlarmAcknowledged,
    "segment.sealed": SegmentSealed,
    "excursion.detected": ExcursionDetected,
    "deviation.planned": DeviationPlanned,
    "nonconformity.raised": NonconformityRaised,
    "investigation.opened": InvestigationOpened,
    "investigation.searched": SistersSearched,
    "nonconformity.closed": NonconformityClosed,
    "capa.opened": CapaOpened,
    "capa.closed": CapaClosed,
    "retest.authorised": RetestAuthorised,
    "flight.burn": BurnPerformed,
    "flight.landed": Landed,
    "flight.recovered": Recovered,
    "flight.lost": Lost,
    "custody.transferred": CustodyTransferred,
    "custody.offered": CustodyOffered,
    "custody.accepted": CustodyAccepted,
    "custody.refused": CustodyRefused,
    "sample.taken": SampleTaken,
    "labels.reconciled": LabelsReconciled,
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

VERSIONS: Mapping[str, int] = {
    "role.assigned": 2,
    "recipe.adopted": 2,
    "phase.moved": 2,
    "deviation.planned": 2,
    "nonconformity.closed": 2,
    "custody.transferred": 2,
    "result.reported": 2,
    "record.reviewed": 2,
    "disposition.decided": 2,
}
"""Entry type -> version written today, where it is not 1; older ones are upcast on reading."""


def version_of(type_name: str) -> int:
    """Return the version of an entry type that is written today."""
    return VERSIONS.get(type_name, 1)
