"""One batch, one laboratory, one gate: a campaign opened in memory, on disk, and its every act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from downmass.base.instant import Window
from downmass.disciplines.execution.recipes import freeze, recipe_sha256
from downmass.disciplines.ledger.keys import public_key_text
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF
from downmass.facts.flight import ElementSet
from downmass.facts.party import Person, Signature
from downmass.facts.plan import Placement, Schedule
from downmass.facts.quantity import Money
from downmass.facts.recipe import ControlRecipe, MasterRecipe, UnitEquipment
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.peoples_keys import ExamplePeople
from downmass.operations.promise import read_promise
from downmass.stores.memory import MemoryStore

MUSEUM = Path(__file__).parents[1] / "museum" / "campaigns"
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def museum() -> Path:
    """Campaign documents, one sound and each of the others spoilt in one place."""
    return MUSEUM


@pytest.fixture(scope="session")
def templates() -> str:
    return data_text(TEMPLATES)


@pytest.fixture(scope="session")
def promise(templates: str) -> tuple[Draft, ...]:
    """The entries that open the sound campaign of the museum, and enrol the keys of its people."""
    opening = read_promise((MUSEUM / "sound.toml").read_text(encoding="utf-8"), templates)
    people = dict.fromkeys(draft.body.person.id for draft in opening if draft.type == "role.assigned")
    return (*opening, *(enrolment(person) for person in people))


PEOPLE = ExamplePeople("little")
"""Sign for the people of the little campaign."""


def enrolment(person: str, key: str = "", **fields: Any) -> Draft:
    """The draft that enrols a person's key, seen to by somebody else."""
    body = ev.PersonEnrolled(
        person,
        key or public_key_text(PEOPLE(person)),
        "sealed_file",
        "quinn" if person != "quinn" else "rene",
        "passport seen",
        "letter of 2026-01-02",
    )
    return Draft("person.enrolled", replace(body, **fields), OPENED, "ground", "recorded", "")


@pytest.fixture(scope="session")
def enrol() -> Callable[..., Draft]:
    """Make the draft that enrols a person of the little campaign."""
    return enrolment


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = OPENED

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as opened:
        yield opened


@pytest.fixture
def desk(store: MemoryStore, clock: Clock, promise: tuple[Draft, ...]) -> Desk:
    """The desk of the sound campaign, opened in memory."""
    made = Desk(store, "little", ExampleKeys(), clock, PEOPLE)
    made.record(promise)
    return made


@pytest.fixture(scope="session")
def act() -> Callable[..., Draft]:
    """Make a draft of a body: ``day`` counts from opening; ``sign`` names signers with their meaning."""

    def made(body: Any, day: float = 0, writer: str = "ground", **fields: Any) -> Draft:
        type_name = fields.pop("type", None) or TYPE_OF[type(body)]
        return Draft(type_name, body, OPENED + timedelta(days=day), writer, "recorded", "", **fields)

    return made


LINE1 = "1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995"
LINE2 = "2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107"
UNSIGNED = Signature("nobody", "", OPENED, "review", "")


def _schedule(day: float) -> Schedule:
    when = Window(OPENED + timedelta(days=day), OPENED + timedelta(days=day + 3))
    return Schedule((Placement("return", when),), OPENED, "olga")


def _both(giver: str, receiver: str) -> tuple[tuple[str, Any], ...]:
    return (giver, "responsibility"), (receiver, "responsibility")


def _custody(act: Callable[..., Draft]) -> dict[str, Draft]:
    """A spare lot that is split, transformed, boxed, sealed, refused, taken, opened and classified."""
    kg = Decimal(1)

    def offer(name: str, day: float) -> Draft:
        body = ev.CustodyOffered(name, "box", "maker", "buyer", "hall", "dry", "B-1", UNSIGNED)
        return act(body, day, sign=(("olga", "responsibility"),))

    by_buyer = {"sign": (("cleo", "responsibility"),)}
    return {
        "spare": act(ev.LotRegistered("spare-1", "drug", 2 * kg, "kg"), 5),
        "split": act(ev.LotSplit("spare-1", (ev.LotPart("spare-2", kg, "kg"),)), 5.1),
        "transformed": act(
            ev.LotTransformed(
                "milling-1", "powder", (ev.LotPart("spare-2", kg, "kg"),), (ev.LotPart("powder-1", kg, "kg"),)
            ),
            5.2,
        ),
        "packed": act(ev.ContainerPacked("box", ("powder-1",)), 5.3),
        "sealed": act(ev.SealApplied("box", "B-1"), 5.4),
        "offered": offer("off-1", 5.5),
        "refused": act(ev.CustodyRefused("off-1", "wet outside", UNSIGNED), 5.6, **by_buyer),
        "offered again": offer("off-2", 5.7),
        "accepted": act(ev.CustodyAccepted("off-2", "dry", "B-1", UNSIGNED), 5.8, **by_buyer),
        "seal broken": act(ev.SealBroken("box", "B-1", "inspection"), 5.9),
        "unpacked": act(ev.ContainerUnpacked("box", ("powder-1",)), 6),
        "tagged": act(ev.ExportTagged("powder-1", "EAR", "EAR99", "ruling 7"), 6.1),
    }


def _approved(act: Callable[..., Draft], recipe: MasterRecipe) -> dict[str, Draft]:
    """Two more people, and the recipe drafted and signed by three."""
    joined: dict[str, Draft] = {}
    for person, role in (("ada", "author"), ("rex", "supervisor")):
        who = Person(person, f"{person.title()} (made up)", "maker")
        joined[f"{person} joins"] = act(ev.RoleAssigned(who, role), 50)  # type: ignore[arg-type]
        joined[f"{person} enrols"] = enrolment(person)
    sha = recipe_sha256(recipe)
    signed = {
        meaning: act(ev.RecipeSigned(recipe.id, recipe.version, sha, UNSIGNED), 52, sign=((who, meaning),))
        for who, meaning in (("ada", "authorship"), ("rex", "review"), ("quinn", "approval"))
    }
    return {**joined, "recipe drafted": act(ev.RecipeDrafted(recipe), 51), **signed}


@pytest.fixture(scope="session")
def recipe(promise: tuple[Draft, ...]) -> MasterRecipe:
    """The master recipe of the sound campaign."""
    return next(d.body.recipe for d in promise if isinstance(d.body, ev.RecipeAdopted))


@pytest.fixture(scope="session")
def control(recipe: MasterRecipe) -> ControlRecipe:
    """The control recipe of the sound campaign: its recipe, frozen with the one unit it runs on."""
    return freeze(recipe, "ctl-1", "batch-1", (UnitEquipment("reactor", "reactor-sn-1"),))


@pytest.fixture(scope="session")
def life(act: Callable[..., Draft], control: ControlRecipe, recipe: MasterRecipe) -> dict[str, Draft]:
    """A whole campaign after its opening, name by name, every rule of the house kept."""
    capsule: dict[str, Any] = {"writer": "capsule"}
    lab: dict[str, Any] = {"writer": "laboratory"}
    return {
        "licence asked": act(ev.GateApplied("licence", "licence", "agency"), 1),
        "drug": act(ev.LotRegistered("drug-1", "drug", Decimal(2), "kg"), 2),
        "drug loaded": act(ev.LotLoaded("drug-1", "vials", "S-1"), 3),
        "hand-over": act(
            ev.CustodyTransferred("vials", "buyer", "maker", "hall", "sealed", "S-1"),
            2.5,
            sign=_both("cleo", "olga"),
        ),
        "plan": act(ev.PlanAdopted(_schedule(95)), 4),
        **_custody(act),
        **_approved(act, recipe),
        "equipment": act(
            ev.EquipmentAssigned("reactor", "reactor-sn-1", "R 1", OPENED + timedelta(days=400), OPENED), 53
        ),
        "control recipe": act(ev.ControlRecipeFrozen(control), 54),
        "launch": act(ev.Launched("Rocket", "Coast", "Capsule", "510 km"), 55),
        "elements": act(ev.ElementsReceived(ElementSet("C", LINE1, LINE2, "catalogue")), 56),
        "run starts": act(ev.PhaseMoved("run", "starting"), 59.99, **capsule),
        "run begins": act(ev.PhaseMoved("run", "execute", cause="done"), 60, **capsule),
        "charged": act(ev.MaterialCharged("run", "drug", "drug-1", Decimal(2), "kg"), 60.1, **capsule),
        "run is over": act(ev.PhaseMoved("run", "completing", cause="done"), 61.1, **capsule),
        "run ends": act(ev.PhaseMoved("run", "complete", cause="done"), 61.2, **capsule),
        "run checked": act(ev.PhaseSigned("run", "checked", UNSIGNED), 61.3, sign=(("rex", "review"),)),
        "crystals": act(ev.LotRegistered("lot-1", "crystals", Decimal(2), "kg", ("drug-1",)), 61.5),
        "yield": act(ev.YieldReported("run", "lot-1", Decimal(2), Decimal("2.5"), "kg"), 61.6, **capsule),
        "change": act(ev.ChangeRequested(1, "late", "regulatory", _schedule(99), ("maker", "buyer")), 90),
        "maker agrees": act(ev.ChangeDecided(1, "maker", "accepted"), 91),
        "buyer agrees": act(ev.ChangeDecided(1, "buyer", "accepted"), 91),
        "new plan": act(ev.PlanAdopted(_schedule(99), 1), 92),
        "licence": act(ev.GateDecided("licence", "licence", "agency", "granted", "issued"), 93),
        "burn": act(ev.BurnPerformed("deorbit", "entry", Decimal(75)), 99),
        "landing": act(ev.Landed("desert", "Desert"), 99.1),
        "milestone": act(ev.MilestoneReached("landing", "landing"), 99.1),
        "invoice": act(ev.InvoiceIssued("inv-1", "landing", "buyer", "maker", Money(6_000, "USD")), 99.1),
        "recovery": act(ev.Recovered("Desert", "whole"), 99.2),
        "to laboratory": act(
            ev.CustodyTransferred("vials", "maker", "lab", "laboratory", "sealed", "S-1"),
            101,
            sign=_both("olga", "lea"),
        ),
        "sample": act(ev.SampleTaken("smp-1", "lot-1", "release", "L-1"), 102, **lab),
        "retention": act(ev.SampleTaken("smp-2", "lot-1", "retention", "L-2"), 102, **lab),
        "labels": act(ev.LabelsReconciled(3, 2, 1, 0, UNSIGNED), 103, sign=(("lea", "responsibility"),)),
        "result": act(
            ev.ResultReported("smp-1", "assay", Decimal("99.4"), "percent", "HPLC", "lab"), 110, **lab
        ),
        "batch record": act(
            ev.RecordReviewed("batch_record", "complete", UNSIGNED), 112, sign=(("quinn", "review"),)
        ),
        "audit trail": act(
            ev.RecordReviewed("audit_trail", "complete", UNSIGNED), 112, sign=(("quinn", "review"),)
        ),
        "release": act(
            ev.DispositionDecided("lot-1", "released", Decimal(100), UNSIGNED),
            115,
            sign=(("rene", "approval"),),
        ),
        "claim": act(ev.ClaimRaised("clm-1", "late", "buyer", "maker", Money(1, "USD"), "a day late"), 115.5),
        "settlement": act(None, 116, type="contract.settled"),
        "closing": act(ev.CampaignClosed("released"), 117),
    }


@pytest.fixture
def live(desk: Desk, clock: Clock, life: dict[str, Draft]) -> Callable[[str], Desk]:
    """Let the campaign live up to a named act, and not including it."""

    def until(name: str) -> Desk:
        for act_name, draft in life.items():
            if act_name == name:
                break
            clock.now = max(clock.now, draft.at)
            desk.record([draft])
        return desk

    return until
