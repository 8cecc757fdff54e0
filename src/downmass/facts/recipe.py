"""Products, recipes (ISA-88) and specifications (ICH Q8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.party import Role
from downmass.facts.quantity import LONGEST_D, Basis, Count, NotNegative, Number, Positive, PositiveDays

Domain = Literal["space-for-earth", "space-for-space", "space-for-surface"]
ProcessKind = Literal[
    "crystal", "fibre", "melt", "alloy", "droplet", "film", "tissue", "print", "weld", "regolith"
]
RecipeKind = Literal["general", "site", "master"]
"""Recipe types above the control recipe (ISA-88): for the enterprise, for a site, for its equipment."""

Autonomy = Literal["autonomous", "supervised", "telerobotic", "crew"]
"""Who minds a phase: nobody, the ground through a contact, the ground hand on stick, the crew."""


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
class Setpoint:
    """A value a phase drives a parameter to, in the parameter's unit; without a ramp, as fast as it goes.

    Attributes
    ----------
    phase
        In a control recipe: the phase it is chosen for; empty within the phase itself.
    """

    parameter: Slug
    value: Number
    ramp_per_h: Positive | None = None
    phase: str = ""


@fact
class Phase:
    """The smallest procedural element of a recipe (ISA-88).

    Attributes
    ----------
    parameters
        Parameters measured while it runs; the critical ones must stay within their limits.
    after
        Phases that must be complete before it may start; the one before it in the procedure where
        none are named.
    significant
        Whether the batch production record names who performed and who checked it (21 CFR 211.188).
    roles
        Roles of which a person must have one to command it; none needed where it runs by itself.
    setpoints
        What it drives, in order.
    checks
        In-process checks made in it.
    hold_limit_h
        Longest time it may stand held or suspended before the batch is in question.
    latency_s
        Longest delay of command and picture a telerobotic phase allows.
    power_kW
        Power it draws while it runs.
    needs_sun
        Whether it can run in sunlight only.
    """

    id: Slug
    title: str
    duration_h: NotNegative
    autonomy: Autonomy
    parameters: tuple[Slug, ...] = ()
    after: tuple[Slug, ...] = ()
    significant: bool = True
    roles: tuple[Role, ...] = ()
    setpoints: tuple[Setpoint, ...] = ()
    checks: tuple[Slug, ...] = ()
    hold_limit_h: NotNegative | None = None
    latency_s: NotNegative | None = None
    power_kW: NotNegative = Decimal(0)
    needs_sun: bool = False

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
class Check:
    """An in-process check of a quality attribute, with the limits that let the batch go on."""

    id: Slug
    title: str
    unit: str
    low: Number | None
    high: Number | None
    method: str
    attribute: str = ""


@fact
class Material:
    """A component of the formula: how much of it a batch takes."""

    id: Slug
    title: str
    quantity: Positive
    unit: str


@fact
class UnitNeed:
    """What a unit must be: its class of equipment, calibrated, and cleaned where the batch asks it."""

    unit: Slug
    title: str
    cleaned: bool = False


@fact
class PlannedSample:
    """A sample the recipe asks for: of what, how much, for which tests, or to be kept."""

    id: Slug
    purpose: Literal["release", "retention", "investigation"]
    quantity: Positive
    unit: str
    tests: tuple[Slug, ...] = ()


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
    """A versioned recipe: procedure, parameters, formula, specification, sample plan.

    Attributes
    ----------
    kind, derived_from
        General, site or master; a site or master recipe names the one above it, ``id/version``.
    training
        Subjects a person must be trained in to command, check or sign for the batch.
    coverage_percent
        Least share of expected measurements of each critical parameter that release asks for; where
        left out, that of the house.
    yield_low_percent, yield_high_percent
        Bounds outside which the yield of a phase needs an investigation (21 CFR 211.192).
    """

    id: Slug
    version: str
    product: Slug
    procedure: tuple[UnitProcedure, ...]
    parameters: tuple[Parameter, ...]
    specification: tuple[Attribute, ...]
    storage: Storage
    samples: Count
    retention_samples: Count
    kind: RecipeKind = "master"
    derived_from: str = ""
    checks: tuple[Check, ...] = ()
    materials: tuple[Material, ...] = ()
    units: tuple[UnitNeed, ...] = ()
    sample_plan: tuple[PlannedSample, ...] = ()
    training: tuple[Slug, ...] = ()
    coverage_percent: NotNegative | None = None
    yield_low_percent: NotNegative | None = None
    yield_high_percent: NotNegative | None = None


@fact
class UnitEquipment:
    """The equipment that takes the part of a unit."""

    unit: Slug
    equipment: Slug


@fact
class MaterialLot:
    """The lot a component of the formula is taken from."""

    material: Slug
    lot: Slug


@fact
class ControlRecipe:
    """What one batch runs by: a version of the master recipe, frozen, with its units and lots.

    Attributes
    ----------
    recipe_sha256
        SHA-256 of the canonical bytes of the master recipe [hex].
    setpoints
        Values chosen for this batch within the limits of the recipe; the recipe's own elsewhere.
    """

    id: Slug
    batch: Slug
    recipe: Slug
    version: str
    recipe_sha256: str
    equipment: tuple[UnitEquipment, ...] = ()
    lots: tuple[MaterialLot, ...] = ()
    setpoints: tuple[Setpoint, ...] = ()
