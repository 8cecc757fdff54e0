"""Two phases on one furnace, a recipe that may be frozen, and a record written line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.disciplines.execution.recipes import freeze, recipe_sha256
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.event import TYPE_OF, Event, version_of
from downmass.facts.party import Person, Role, Signature
from downmass.facts.recipe import (
    Attribute,
    Check,
    ControlRecipe,
    MasterRecipe,
    Material,
    MaterialLot,
    Operation,
    Parameter,
    Phase,
    PlannedSample,
    Product,
    Setpoint,
    Storage,
    UnitEquipment,
    UnitNeed,
    UnitProcedure,
)

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
MELT = Phase(
    "melt", "Melt", Decimal(3), "autonomous", ("oven",), setpoints=(Setpoint("oven", Decimal(120)),),
    hold_limit_h=Decimal(2),
)  # fmt: skip
GROW = Phase(
    "grow", "Grow", Decimal(24), "supervised", ("oven",), roles=("operator",), checks=("colour",),
    setpoints=(Setpoint("oven", Decimal(100), Decimal(2)),),
)  # fmt: skip


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def procedure(*phases: Phase) -> tuple[UnitProcedure, ...]:
    return (UnitProcedure("make", "Make", "furnace", (Operation("batch", "Batch", phases),)),)


RECIPE = MasterRecipe(
    id="crystal", version="1", product="crystals", procedure=procedure(MELT, GROW),
    parameters=(Parameter("oven", "Oven temperature", "C", Decimal(60), Decimal(130)),),
    specification=(Attribute("assay", "Assay", "percent", Decimal(98), Decimal(102), "HPLC"),),
    storage=Storage(Decimal(2), Decimal(30), Decimal(25), Decimal(200), "opinion", "made up"),
    samples=2, retention_samples=1,
    checks=(Check("colour", "Colour", "1", Decimal(0), Decimal(3), "by eye", "assay"),),
    materials=(Material("drug", "Drug substance", Decimal(10), "g"),),
    units=(UnitNeed("furnace", "Furnace", cleaned=True),),
    sample_plan=(
        PlannedSample("one", "release", Decimal(1), "g", ("assay",)),
        PlannedSample("two", "retention", Decimal(1), "g"),
    ),
)  # fmt: skip
CONTROL = freeze(
    RECIPE, "ctl-1", "batch-1", (UnitEquipment("furnace", "furnace-7"),), (MaterialLot("drug", "drug-1"),)
)

PEOPLE: dict[str, tuple[Role, ...]] = {
    "ada": ("author",), "rex": ("supervisor",), "quinn": ("quality_unit",), "olga": ("operator",)
}  # fmt: skip


@dataclass
class Record:
    """A record a test writes line by line; what a rule would refuse can be written too."""

    events: list[Event[Any]] = field(default_factory=list)

    def add(self, body: Any, hour: float = 0, writer: str = "ground") -> Record:
        kind = TYPE_OF[type(body)]
        place = sum(event.writer == writer for event in self.events)
        self.events.append(
            Event(
                id=f"{writer}-{place:06d}", campaign="c", type=kind, version=version_of(kind), writer=writer,
                sequence=place, occurred_at=at(hour), uncertainty_s=Decimal(0), recorded_at=at(hour),
                origin="recorded", source="", cause=(), body=body,
            )
        )  # fmt: skip
        return self

    def moved(
        self, phase: str, *states: Any, hour: float = 0, each: float = 0, cause: Any = "told"
    ) -> Record:
        for place, state in enumerate(states):
            self.add(ev.PhaseMoved(phase, state, cause=cause), hour + place * each, "capsule")
        return self

    def ran(self, phase: str, begins: float, ends: float) -> Record:
        self.moved(phase, "starting", "execute", hour=begins)
        return self.moved(phase, "completing", "complete", hour=ends)

    def signed(self, person: str, meaning: Any, recipe: MasterRecipe = RECIPE, sha: str = "") -> Record:
        signature = Signature(person, person.title(), at(0), meaning, "00")
        over = sha or recipe_sha256(recipe)
        return self.add(ev.RecipeSigned(recipe.id, recipe.version, over, signature))

    def campaign(self) -> Campaign:
        return fold(self.events)


def opened() -> Record:
    product = Product("crystals", "Crystals", "crystal", "space-for-earth", "g", Decimal(9), "opinion", "t")
    record = Record().add(ev.CampaignOpened("A batch", product, "live", 1))
    for person, roles in PEOPLE.items():
        for role in roles:
            record.add(ev.RoleAssigned(Person(person, person.title(), "maker"), role))
    return record


def frozen() -> Record:
    """A batch ready to run: recipe adopted and frozen, furnace assigned, drug charged."""
    record = opened().add(ev.RecipeAdopted(RECIPE)).add(ev.ControlRecipeFrozen(CONTROL))
    record.add(ev.LotRegistered("drug-1", "drug", Decimal(12), "g"))
    record.add(ev.EquipmentAssigned("furnace", "furnace-7", "F7", at(1000), at(0)))
    return record.add(ev.MaterialCharged("melt", "drug", "drug-1", Decimal(10), "g"))


@dataclass(frozen=True)
class Kit:
    """What the tests are made of."""

    recipe: MasterRecipe = RECIPE
    control: ControlRecipe = CONTROL
    melt: Phase = MELT
    grow: Phase = GROW
    at: Any = staticmethod(at)
    procedure: Any = staticmethod(procedure)
    opened: Any = staticmethod(opened)
    frozen: Any = staticmethod(frozen)


@pytest.fixture(scope="session")
def kit() -> Kit:
    """A recipe, its control recipe, and records to write on."""
    return Kit()
