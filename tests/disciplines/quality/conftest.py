"""Small worlds: one batch, one laboratory, everything in order; tests leave things out or add them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.instant import Window
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.codec import recipe_sha256
from downmass.facts.event import TYPE_OF, Event, version_of
from downmass.facts.party import Party, Person, Signature
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
    Storage,
    UnitEquipment,
    UnitNeed,
    UnitProcedure,
)

START = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
PEOPLE = {
    "ann": ("Ann Operator", "maker", ("operator",)),
    "rex": ("Rex Reviewer", "maker", ("quality_unit",)),
    "una": ("Una Release", "maker", ("release",)),
    "lea": ("Lea Laboratory", "lab", ("laboratory",)),
    "cus": ("Cus Customer", "buyer", ("customer",)),
    "pad": ("Pad Crew", "rocket", ("operator",)),
    "tim": ("Tim Supervisor", "maker", ("supervisor",)),
    "amy": ("Amy Author", "maker", ("author",)),
}


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def signed(person: str, day: float, meaning: Any = "responsibility") -> Signature:
    return Signature(person, PEOPLE[person][0], at(day), meaning, "00")


def recipe(shelf_life_d: str = "200") -> MasterRecipe:
    phase = Phase("grow", "Grow", Decimal(24), "autonomous", ("furnace",))
    return MasterRecipe(
        id="recipe",
        version="1",
        product="crystals",
        procedure=(UnitProcedure("up", "Make", "furnace-1", (Operation("op", "Crystallise", (phase,)),)),),
        parameters=(Parameter("furnace", "Furnace temperature", "C", Decimal(60), Decimal(130)),),
        specification=(
            Attribute("assay", "Assay", "percent", Decimal("98.0"), Decimal("102.0"), "HPLC"),
            Attribute("water", "Water", "percent", None, Decimal("0.5"), "Karl Fischer"),
        ),
        storage=Storage(Decimal(2), Decimal(30), Decimal(25), Decimal(shelf_life_d), "opinion", "test"),
        samples=2,
        retention_samples=1,
    )


@dataclass
class World:
    """A record a test writes line by line; each line has a name by which it can be left out."""

    lines: dict[str, tuple[Any, float, tuple[str, ...], Any, str]] = field(default_factory=dict)

    def add(
        self, name: str, body: Any, day: float, cause: tuple[str, ...] = (), recorded: float | None = None,
        origin: str = "recorded",
    ) -> World:  # fmt: skip
        self.lines[name] = (body, day, cause, day if recorded is None else recorded, origin)
        return self

    def without(self, *names: str) -> World:
        for name in names:
            assert name in self.lines, name
        return World({name: line for name, line in self.lines.items() if name not in names})

    def events(self) -> list[Event[Any]]:
        ordered = sorted(self.lines.items(), key=lambda item: item[1][3])
        return [
            Event(
                id=name, campaign="c", type=TYPE_OF[type(body)],
                version=version_of(TYPE_OF[type(body)]), writer="ground", sequence=place,
                occurred_at=at(day), uncertainty_s=Decimal(0), recorded_at=at(recorded), origin=origin,
                source="", cause=cause, body=body,
            )
            for place, (name, (body, day, cause, recorded, origin)) in enumerate(ordered)
        ]  # fmt: skip

    def campaign(self) -> Campaign:
        return fold(self.events())


def hand(item: str, giver: str, receiver: str, day: float, who: tuple[str, str], seal: str = "S-1") -> Any:
    return ev.CustodyTransferred(
        item, giver, receiver, "somewhere", "good", seal, (signed(who[0], day), signed(who[1], day))
    )


def result(sample: str, attribute: str, value: str, retest: bool = False, unit: str = "percent") -> Any:
    return ev.ResultReported(sample, attribute, Decimal(value), unit, "method", "lab", retest)


def segment(parameter: str, phase: str, opens: float, closes: float, temperatures: tuple[str, str, str],
            counts: tuple[int, int] = (1000, 1000), unit: str = "C") -> Any:  # fmt: skip
    least, mean, most = (Decimal(text) for text in temperatures)
    return ev.SegmentSealed(
        parameter, phase, Window(at(opens), at(closes)), unit, *counts, least, mean, most, "00"
    )


def opened() -> World:
    """A campaign with its parties and people, in which nothing has happened yet."""
    world = World()
    product = Product("crystals", "Crystals", "crystal", "space-for-earth", "g", Decimal(100), "opinion", "t")
    world.add("opened", ev.CampaignOpened("A batch", product, "live", 1), 0.00)
    kinds: dict[str, Any] = {
        "maker": ("operator", "quality_unit"), "lab": ("laboratory",), "buyer": ("customer",),
        "rocket": ("launch_provider",),
    }  # fmt: skip
    for number, (party, of) in enumerate(kinds.items()):
        world.add(f"party-{party}", ev.PartyJoined(Party(party, party.title(), of)), 0.01 + number / 1000)
    for number, (person, (name, party, roles)) in enumerate(PEOPLE.items()):
        for role in roles:
            body = ev.RoleAssigned(Person(person, name, party), role)  # type: ignore[arg-type]
            world.add(f"role-{person}", body, 0.02 + number / 1000)
    return world


def complete() -> World:
    """A batch that may be released: nothing is missing and nothing is out of order."""
    world = opened()
    world.add("recipe", ev.RecipeAdopted(recipe()), 0.1)
    world.add("raw", ev.LotRegistered("raw-1", "drug substance", Decimal(100), "g"), 1)
    world.add("to-maker", hand("raw-1", "buyer", "maker", 2, ("cus", "ann"), seal=""), 2)
    world.add("loaded", ev.LotLoaded("raw-1", "capsule", "S-1"), 3)
    world.add("to-rocket", hand("capsule", "maker", "rocket", 4, ("ann", "pad")), 4)
    world.add("launched", ev.Launched("rocket", "pad", "capsule", "leo"), 10)
    world.add("separated", hand("capsule", "rocket", "maker", 10.1, ("pad", "ann")), 10.1)
    world.add("contact", ev.ContactHeld("ground", Window(at(12), at(12.5)), 10, 10), 12.5)
    world.add("running", ev.PhaseMoved("grow", "execute"), 15)
    world.add("complete", ev.PhaseMoved("grow", "complete"), 16)
    world.add("furnace", segment("furnace", "grow", 15, 16, ("70", "100", "120")), 16.1)
    world.add("product", ev.LotRegistered("crystals-1", "crystals", Decimal(90), "g", ("raw-1",)), 16.2)
    world.add("logger", segment("logger", "storage", 16, 42, ("18", "20", "23")), 41)
    world.add("landed", ev.Landed("site", "a desert"), 40)
    world.add("recovered", ev.Recovered("a desert", "whole"), 40.25)
    world.add("to-lab", hand("capsule", "maker", "lab", 41.5, ("ann", "lea")), 41.5)
    world.add("sample-1", ev.SampleTaken("smp-1", "crystals-1", "release", "L-1"), 42)
    world.add("sample-2", ev.SampleTaken("smp-2", "crystals-1", "retention", "L-2"), 42.1)
    world.add("assay", result("smp-1", "assay", "99.5"), 43)
    world.add("water", result("smp-1", "water", "0.2"), 43.1)
    world.add("batch-review", ev.RecordReviewed("batch_record", "fine", signed("rex", 50, "review")), 50)
    world.add("audit-review", ev.RecordReviewed("audit_trail", "fine", signed("rex", 50.1, "review")), 50.1)
    return world


def released(world: World, by: str = "una", day: float = 51) -> World:
    body = ev.DispositionDecided("crystals-1", "released", Decimal(100), signed(by, day, "approval"))
    return world.add("release", body, day)


def controlled_recipe() -> MasterRecipe:
    """The recipe of the small batch with everything a control recipe promises."""
    told = recipe()
    (procedure,) = told.procedure
    (operation,) = procedure.operations
    (phase,) = operation.phases
    phase = replace(phase, checks=("clarity",), hold_limit_h=Decimal(2))
    operation = replace(operation, phases=(phase,))
    return replace(
        told,
        procedure=(replace(procedure, operations=(operation,)),),
        checks=(Check("clarity", "Clarity of the melt", "NTU", None, Decimal(5), "nephelometry"),),
        materials=(Material("drug", "Drug substance", Decimal(100), "g"),),
        units=(UnitNeed("furnace-1", "Furnace", cleaned=True),),
        sample_plan=(
            PlannedSample("smp-1", "release", Decimal(1), "g", ("assay", "water")),
            PlannedSample("smp-2", "retention", Decimal(2), "g"),
        ),
        training=("recipe",),
        yield_low_percent=Decimal(80),
        yield_high_percent=Decimal(102),
    )


def controlled() -> World:
    """The same batch run by a control recipe: approved, frozen, signed for, and again nothing is wrong."""
    world = complete().without("running", "complete", "furnace", "batch-review", "audit-review")
    told = controlled_recipe()
    name = recipe_sha256(told)
    world.add("recipe", ev.RecipeAdopted(told), 0.1)
    for number, (person, meaning) in enumerate((("amy", "authorship"), ("rex", "approval"))):
        body = ev.RecipeSigned("recipe", "1", name, signed(person, 0.2, meaning))
        world.add(f"recipe-{meaning}", body, 0.2 + number / 100)
    for number, person in enumerate(("ann", "tim")):
        body = ev.TrainingRecorded(person, "recipe", "1", "a trainer", at(300))
        world.add(f"training-{person}", body, 0.3 + number / 100)
    control = ControlRecipe(
        "control-1", "batch-1", "recipe", "1", name,
        (UnitEquipment("furnace-1", "oven-7"),), (MaterialLot("drug", "raw-1"),),
    )  # fmt: skip
    world.add("frozen", ev.ControlRecipeFrozen(control), 0.5)
    world.add("oven", ev.EquipmentAssigned("furnace-1", "oven-7", "MkII", at(90), at(14)), 14.5)
    world.add("charge", ev.MaterialCharged("grow", "drug", "raw-1", Decimal(100), "g"), 14.8)
    world.add("running", ev.PhaseMoved("grow", "execute"), 15)
    world.add("complete", ev.PhaseMoved("grow", "complete"), 16)
    world.add("furnace", segment("furnace", "grow", 15, 16, ("70", "100", "120")), 16.1)
    world.add("clarity", ev.CheckReported("grow", "clarity", Decimal(3), "NTU", "meter-1"), 15.5)
    world.add("yield", ev.YieldReported("grow", "crystals-1", Decimal(90), Decimal(100), "g"), 16.3)
    world.add("checked", ev.PhaseSigned("grow", "checked", signed("tim", 17)), 17)
    world.add("labels", ev.LabelsReconciled(5, 2, 2, 1, signed("ann", 44)), 44)
    world.add("batch-review", ev.RecordReviewed("batch_record", "fine", signed("rex", 50, "review")), 50)
    world.add("audit-review", ev.RecordReviewed("audit_trail", "fine", signed("rex", 50.1, "review")), 50.1)
    return world


def with_recipe(world: World, change: Any) -> World:
    """Adopt and freeze a changed recipe in place of the world's, signatures moved with it."""
    told = change(world.lines["recipe"][0].recipe)
    name = recipe_sha256(told)
    for line, (body, day, cause, recorded, origin) in list(world.lines.items()):
        if isinstance(body, ev.RecipeAdopted):
            body = ev.RecipeAdopted(told)
        elif isinstance(body, ev.RecipeSigned):
            body = replace(body, recipe_sha256=name)
        elif isinstance(body, ev.ControlRecipeFrozen):
            body = ev.ControlRecipeFrozen(replace(body.control, recipe_sha256=name))
        world.lines[line] = (body, day, cause, recorded, origin)
    return world


def in_phase(**changes: Any) -> Any:
    """Return a change of a recipe that changes its one phase."""

    def change(told: MasterRecipe) -> MasterRecipe:
        (procedure,) = told.procedure
        (operation,) = procedure.operations
        phase = replace(operation.phases[0], **changes)
        return replace(
            told, procedure=(replace(procedure, operations=(replace(operation, phases=(phase,)),)),)
        )

    return change


@dataclass(frozen=True)
class Kit:
    """The builders above, for tests that make lines of their own."""

    at: Callable[..., Any] = at
    signed: Callable[..., Any] = signed
    recipe: Callable[..., Any] = recipe
    hand: Callable[..., Any] = hand
    result: Callable[..., Any] = result
    segment: Callable[..., Any] = segment
    empty: Callable[[], World] = opened
    complete: Callable[[], World] = complete
    controlled: Callable[[], World] = controlled
    with_recipe: Callable[..., World] = with_recipe
    in_phase: Callable[..., Any] = in_phase
    released: Callable[..., World] = released


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Builders of a small batch."""
    return Kit()
