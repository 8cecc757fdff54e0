"""The procedure of a recipe laid out flat: each phase with its operation and unit."""

from __future__ import annotations

from dataclasses import dataclass

from downmass.facts.campaign import Campaign
from downmass.facts.event import ControlRecipeFrozen, Event
from downmass.facts.finding import Finding
from downmass.facts.recipe import MasterRecipe, Phase

NO_CONTROL_RECIPE = "no control recipe on record: rules that ask for one do not apply to this batch"


@dataclass(frozen=True, slots=True)
class PlacedPhase:
    """A phase with the operation it belongs to and the unit it runs on (ISA-88)."""

    phase: Phase
    operation: str
    unit: str


def phases_of(recipe: MasterRecipe) -> tuple[PlacedPhase, ...]:
    """Return every phase of a recipe in the order of its procedure."""
    return tuple(
        PlacedPhase(phase, operation.title, procedure.unit)
        for procedure in recipe.procedure
        for operation in procedure.operations
        for phase in operation.phases
    )


def frozen(campaign: Campaign) -> Event[ControlRecipeFrozen] | None:
    """Return the control recipe the batch runs by, or none where none was frozen."""
    return campaign.last(ControlRecipeFrozen)


def without_control(campaign: Campaign) -> tuple[Finding, ...]:
    """Return the note that a batch has no control recipe, so that a rule asking for one is not silent."""
    return (Finding(campaign.id, NO_CONTROL_RECIPE, "note"),)
