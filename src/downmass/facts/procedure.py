"""The procedure of a recipe laid out flat: its phases in order, each with its operation and unit."""

from __future__ import annotations

from downmass.base.fact import fact
from downmass.facts.recipe import MasterRecipe, Phase


@fact
class PlacedPhase:
    """A phase with the operation it belongs to and the unit it runs on (ISA-88)."""

    phase: Phase
    operation: str
    unit: str


def placed_phases(recipe: MasterRecipe) -> tuple[PlacedPhase, ...]:
    """Return every phase of a recipe in the order of its procedure, with its place."""
    return tuple(
        PlacedPhase(phase, operation.title, procedure.unit)
        for procedure in recipe.procedure
        for operation in procedure.operations
        for phase in operation.phases
    )


def phases_of(recipe: MasterRecipe) -> tuple[Phase, ...]:
    """Return the phases of a recipe in the order of its procedure."""
    return tuple(placed.phase for placed in placed_phases(recipe))


def unit_of(recipe: MasterRecipe, phase: str) -> str | None:
    """Return the unit a phase runs on, or none where the recipe has no such phase."""
    return next((placed.unit for placed in placed_phases(recipe) if placed.phase.id == phase), None)


def units_of(recipe: MasterRecipe) -> tuple[str, ...]:
    """Return the units a recipe runs on, in the order of its procedure, then those it only lists."""
    named = [procedure.unit for procedure in recipe.procedure] + [need.unit for need in recipe.units]
    return tuple(dict.fromkeys(named))
