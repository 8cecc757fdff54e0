"""Products, recipes (ISA-88) and specifications (ICH Q8)."""

from __future__ import annotations

from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import LONGEST_D, Basis, NotNegative, Number, Positive, PositiveDays

Domain = Literal["space-for-earth", "space-for-space", "space-for-surface"]
ProcessKind = Literal[
    "crystal", "fibre", "melt", "alloy", "droplet", "film", "tissue", "print", "weld", "regolith"
]


@fact
class Product:
    """What the campaign makes."""

    id: Slug
    name: str
    process: ProcessKind
    domain: Domain
    unit: str
    planned_quantity: Positive
    quantity_basis: Basis
    source: str


@fact
class Parameter:
    """A critical process parameter with its limits; the unit is part of it (ICH Q8 CPP)."""

    id: Slug
    title: str
    unit: str
    low: Number | None
    high: Number | None
    critical: bool = True


@fact
class Phase:
    """The smallest procedural element of a recipe (ISA-88)."""

    id: Slug
    title: str
    duration_h: NotNegative
    autonomy: Literal["autonomous", "supervised", "telerobotic", "crew"]
    parameters: tuple[Slug, ...] = ()

    def __post_init__(self) -> None:
        if self.duration_h > 24 * LONGEST_D:
            raise InputError(f"phase {self.id} lasts {self.duration_h} h", f"give at most {24 * LONGEST_D} h")


@fact
class Operation:
    """Phases that belong together on one unit (ISA-88)."""

    id: Slug
    title: str
    phases: tuple[Phase, ...]


@fact
class UnitProcedure:
    """Operations carried out on one unit (ISA-88)."""

    id: Slug
    title: str
    unit: Slug
    operations: tuple[Operation, ...]


@fact
class Attribute:
    """A critical quality attribute with its acceptance limits and method (ICH Q8 CQA)."""

    id: Slug
    title: str
    unit: str
    low: Number | None
    high: Number | None
    method: str


@fact
class Storage:
    """How the product must be kept between making and laboratory."""

    low_C: Number
    high_C: Number
    mean_kinetic_C: Number
    shelf_life_d: PositiveDays
    basis: Basis
    source: str


@fact
class MasterRecipe:
    """A versioned master recipe: procedure, parameters, specification, sample plan."""

    id: Slug
    version: str
    product: Slug
    procedure: tuple[UnitProcedure, ...]
    parameters: tuple[Parameter, ...]
    specification: tuple[Attribute, ...]
    storage: Storage
    samples: int
    retention_samples: int
