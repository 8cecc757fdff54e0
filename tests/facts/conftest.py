"""One instance of every entry type, and a little campaign told in a few lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.instant import Window
from downmass.facts import contract as co
from downmass.facts import event as ev
from downmass.facts.flight import ElementSet, Site
from downmass.facts.party import Party, Person, Signature
from downmass.facts.plan import Activity, Gate, Lag, Need, Placement, PlanBasis, Resource, Schedule
from downmass.facts.quantity import Money, Spread
from downmass.facts.recipe import (
    Attribute,
    ControlRecipe,
    MasterRecipe,
    MaterialLot,
    Operation,
    Parameter,
    Phase,
    Product,
    Setpoint,
    Storage,
    UnitEquipment,
    UnitProcedure,
)
from downmass.facts.venture import FailureMode, MoneyLine, Venture

START = datetime(2023, 1, 9, 17, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))
SIGNED = Signature("q-one", "Q. One", START, "approval", "00" * 32, "key", "sealed")
SPREAD = Spread(Decimal("1"), Decimal("2.5"), Decimal("4"), "opinion", "nobody knows", (Decimal("1.5"),))
USD = Money(1_200_000_00, "USD")
PRODUCT = Product(
    "crystals", "Crystals", "crystal", "space-for-earth", "kg", Decimal("5"), "opinion", "a guess"
)
PHASE = Phase("run", "Melt and grow", Decimal("27"), "autonomous", ("oven",))
RECIPE = MasterRecipe(
    "melt", "1", "crystals",
    (UnitProcedure("make", "Make", "oven-1", (Operation("batch", "Batch", (PHASE,)),)),),
    (Parameter("oven", "Oven temperature", "C", Decimal("60"), None),),
    (Attribute("assay", "Assay", "percent", Decimal("98"), Decimal("102"), "HPLC"),),
    Storage(Decimal("2"), Decimal("30"), Decimal("25"), Decimal("365"), "opinion", "a guess"), 2, 1,
)  # fmt: skip
KEY = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="
CONTROL = ControlRecipe(
    "ctl-1", "batch-1", "melt", "1", "ab", (UnitEquipment("oven-1", "oven-sn-7"),),
    (MaterialLot("drug", "lot-1"),), (Setpoint("oven", Decimal("90"), Decimal("10")),),
)  # fmt: skip
CONTRACT = co.Contract(
    "service", "Service", "capsule-service", "maker", "buyer", USD,
    (co.Milestone("sign", "Signing", "signing", Decimal("40")),
     co.Milestone("land", "Landing", "landing", Decimal("60"), START)),
    (co.LiquidatedDamages("late", "Late", "land", Decimal("14"), Decimal("2"), Decimal("20"),
                          ("weather",), ("regulatory",)),),
    (co.QualityBand("good", Decimal("90"), Decimal("100")),),
    co.StorageFee("store", "Storage", USD), co.LossRule("loss", "Loss", "none", True),
    co.CrossWaiver("waiver", "Waiver", ("maker", "buyer")),
    (co.Policy("cover", "Cover", "insurer", "buyer", ("launch", "reentry"), USD, USD, USD),),
)  # fmt: skip
BASIS = PlanBasis(
    (Activity("launch", "Launch", "launch", SPREAD, opportunities="launch"),
     Activity("run", "Run", "process", SPREAD, (Lag("launch", "after", Decimal(0), Decimal("9")),),
              (Need("crew", Decimal("1")),), ("licence",), "", Spread(
                  Decimal(80), Decimal(90), Decimal(95), "opinion", "a guess"))),
    (Gate("licence", "Licence", "licence", "agency", START, SPREAD, "licence"),),
    (Resource("crew", "Crew", "person", Decimal("2")),),
    ("desert",), START, START, SPREAD, SPREAD, SPREAD, START + timedelta(days=90),
)  # fmt: skip
SCHEDULE = Schedule((Placement("launch", DAY, True), Placement("run", DAY)), START, "planner")
MODE = FailureMode("leak", "Leak", "return", SPREAD, "delay", 7, 3, ("seal",), "much", SPREAD)
VENTURE = Venture(
    "USD", (MoneyLine("bus", "Bus", "cost", SPREAD, "campaign", "opening"),), SPREAD, SPREAD, SPREAD,
    SPREAD, USD, "a note", Decimal("3"),
)  # fmt: skip
LINE1 = "1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995"
LINE2 = "2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107"

INSTANCES: tuple[Any, ...] = (
    ev.CampaignOpened("A batch", PRODUCT, "live", 7),
    ev.WriterEnrolled("ground", "maker", "ground", "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="),
    ev.PartyJoined(Party("maker", "Maker", ("operator", "quality_unit"), "US")),
    ev.RoleAssigned(Person("q-one", "Q. One", "maker"), "quality_unit"),
    ev.RoleWithdrawn("q-one", "quality_unit", "left"),
    ev.PersonEnrolled("q-one", KEY, "sealed_file", "q-two", "passport seen", "letter of 2023-01-02"),
    ev.KeyRevoked("q-one", KEY, "lost"),
    ev.TrainingRecorded("q-one", "melt", "1", "trainer", START),
    ev.AccessRefused("q-one", 2, "wrong passphrase"),
    ev.AccessLocked("q-one", 5, ("q-two",)),
    ev.AccessReset("q-one", "keeper", "asked in person"),
    ev.WriterBorn("capsule", 1, 0, 0, Decimal("0.5"), Decimal("2"), "edge 1"),
    ev.WriterDied("capsule", 1, 12, "landed"),
    ev.ClockStepped("capsule", 1, START, START, Decimal("60")),
    ev.ClockCorrelated("capsule", 0, START, START, Decimal("0.1"), "time tag at a contact"),
    ev.SyncReceived("capsule", "ab", "radio", 12, (ev.Stretch(0, 3),), (ev.Stretch(6, 7),), ()),
    ev.SyncQuarantined("stranger", "ab", "radio", "no such writer"),
    ev.RecipeDrafted(RECIPE),
    ev.RecipeSigned("melt", "1", "ab", SIGNED),
    ev.RecipeAdopted(RECIPE),
    ev.ControlRecipeFrozen(CONTROL),
    ev.ProcessCited(
        (ev.CitedBatch("crystal-1", "melt", "1", "lot-9", "released", START, 90, "ab"),)
    ),
    ev.ContractSigned(CONTRACT),
    ev.PlanBasisStated(BASIS),
    ev.SitesDesignated(
        (Site("desert", "Desert", Decimal("40.2"), Decimal("-113"), Decimal("100"), "a map"),)
    ),
    ev.FailureModesListed((MODE,)),
    ev.VentureStated(VENTURE),
    ev.GateApplied("licence", "licence", "agency"),
    ev.GateDecided("licence", "licence", "agency", "refused", "not shown"),
    ev.PlanAdopted(SCHEDULE, 1),
    ev.ChangeRequested(1, "late", "regulatory", SCHEDULE, ("maker", "buyer")),
    ev.ChangeDecided(1, "buyer", "accepted", "well"),
    ev.LotRegistered("lot-1", "drug", Decimal("5.0"), "kg", ("lot-0",)),
    ev.LotSplit("lot-1", (ev.LotPart("lot-1a", Decimal("1.5"), "kg"),)),
    ev.LotTransformed("grow", "crystals", (ev.LotPart("lot-1a", Decimal("1.5"), "kg"),),
                      (ev.LotPart("lot-2", Decimal("1"), "kg"),)),
    ev.LotLoaded("lot-1", "vials", "S-1"),
    ev.ContainerPacked("rack", ("vials",), "S-2"),
    ev.ContainerUnpacked("rack", ("vials",)),
    ev.SealApplied("rack", "S-3"),
    ev.SealChecked("rack", "S-3", True),
    ev.SealBroken("rack", "S-3", "opened for loading"),
    ev.ExportTagged("vials", "EAR", "EAR99", "counsel"),
    ev.EquipmentAssigned("oven-1", "oven-sn-7", "Oven 7", START, START),
    ev.MaterialCharged("run", "drug", "lot-1", Decimal("1.5"), "kg"),
    ev.Launched("Rocket", "Coast", "Capsule", "510 km"),
    ev.ElementsReceived(ElementSet("CAPSULE", LINE1, LINE2, "catalogue")),
    ev.ContactHeld("Station", DAY, 120, 118),
    ev.CommandSent("cmd-1", "run", "start", "q-one", START),
    ev.CommandAnswered("cmd-1", START, START, "executed", ""),
    ev.PhaseMoved("run", "execute", "go", "command", "cmd-1"),
    ev.PhaseSigned("run", "checked", SIGNED),
    ev.TimerSet("t-1", "run", START, "end of hold"),
    ev.TimerFired("t-1", Decimal("0.2")),
    ev.TimerCancelled("t-1", "stopped"),
    ev.CheckReported("run", "diameter", Decimal("125.2"), "um", "gauge-1"),
    ev.YieldReported("run", "lot-2", Decimal("1"), Decimal("1.2"), "kg"),
    ev.AlarmRaised("al-1", "run", "oven", "oven hot", "warning"),
    ev.AlarmAcknowledged("al-1", "q-one", "turned down"),
    ev.SegmentSealed("oven", "run", DAY, "C", 100, 98, Decimal("-0.5"), Decimal("1"), Decimal("2"), "ab"),
    ev.ExcursionDetected("exc-1", "oven", DAY, "C", Decimal("130"), Decimal("131.5")),
    ev.DeviationPlanned("dev-1", "longer run", START, SIGNED, "oven", Decimal("50"), None),
    ev.NonconformityRaised("nc-1", "too warm", "exc-1"),
    ev.InvestigationOpened("nc-1", "q-one", "why too warm", START),
    ev.SistersSearched("nc-1", "oven above limit", (ev.SisterBatch("crystal-1", "lot-9", 90, "ab", ()),)),
    ev.CapaOpened("capa-1", "nc-1", "corrective", "new heater", "q-one", START),
    ev.CapaClosed("capa-1", True, "next run", SIGNED),
    ev.RetestAuthorised("nc-1", "assay", "smp-1", 2, "column failed", SIGNED),
    ev.NonconformityClosed("nc-1", "heater", "none", "new heater", SIGNED),
    ev.BurnPerformed("deorbit", "120 km", Decimal("75.5")),
    ev.Landed("desert", "Desert"),
    ev.Recovered("Desert", "whole"),
    ev.Lost("return", "provider", "parachute"),
    ev.CustodyTransferred("vials", "maker", "lab", "Desert", "sealed", "S-1", (SIGNED, SIGNED)),
    ev.CustodyOffered("offer-1", "vials", "maker", "lab", "Desert", "sealed", "S-1", SIGNED),
    ev.CustodyAccepted("offer-1", "sealed, 21 C", "S-1", SIGNED),
    ev.CustodyRefused("offer-1", "seal broken", SIGNED),
    ev.LabelsReconciled(5, 3, 1, 1, SIGNED),
    ev.SampleTaken("smp-1", "lot-1", "release", "L-1"),
    ev.ResultReported("smp-1", "assay", Decimal("99.4"), "percent", "HPLC", "lab", True),
    ev.RecordReviewed("batch_record", "complete", SIGNED),
    ev.DispositionDecided("lot-1", "released", Decimal("100"), SIGNED, "ab", 0, Decimal("99.1")),
    ev.MilestoneReached("land", "landing"),
    ev.InvoiceIssued("inv-1", "land", "buyer", "maker", USD),
    ev.ClaimRaised("clm-1", "late", "buyer", "maker", USD, "late"),
    ev.Settled("service", (co.Posting("buyer", "maker", USD, "land", ("ground-000001",), "60 percent"),)),
    ev.EstimateRevised("run", SPREAD, "measured"),
    ev.CampaignClosed("released"),
    ev.EntryCorrected("ground-000001", "typing error", {"lot": "lot-1", "seal": None, "n": 1}),
)  # fmt: skip

Tell = Callable[..., ev.Event[Any]]


@pytest.fixture(params=INSTANCES, ids=lambda body: ev.TYPE_OF[type(body)])
def body(request: pytest.FixtureRequest) -> Any:
    """One body of every entry type, every field filled."""
    return request.param


@pytest.fixture(scope="session")
def bodies() -> tuple[Any, ...]:
    """All of them, in the order of a campaign's life."""
    return INSTANCES


@pytest.fixture(scope="session")
def tell() -> Tell:
    """Make an event of a body; number, writer and hour may be told."""

    def told(body: Any, number: int = 0, writer: str = "ground", **changes: Any) -> ev.Event[Any]:
        at = START + timedelta(hours=number)
        fields: dict[str, Any] = {
            "id": f"{writer}-{number:06d}", "campaign": "little",
            "type": ev.TYPE_OF.get(type(body), "later.type"),
            "version": ev.version_of(ev.TYPE_OF.get(type(body), "")),
            "writer": writer, "sequence": number, "occurred_at": at,
            "uncertainty_s": Decimal("1"), "recorded_at": at, "origin": "recorded", "source": "",
            "cause": (), "body": body,
        }  # fmt: skip
        return ev.Event(**{**fields, **changes})

    return told
