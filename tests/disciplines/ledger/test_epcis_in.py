"""EPCIS documents read back: our own to the same story, a stranger's to what can be read of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.ledger.epcis import epcis_document
from downmass.disciplines.ledger.epcis_events import TELLERS
from downmass.disciplines.ledger.epcis_in import EpcisStory, read_epcis
from downmass.disciplines.ledger.epcis_terms import name_of, uri
from downmass.disciplines.ledger.judge import judge
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.event import TYPE_OF, Event, LotPart, version_of
from downmass.facts.party import Signature

START = datetime(2031, 3, 1, 12, tzinfo=UTC)


def record(*lines: tuple[float, Any]) -> list[Event[Any]]:
    return [
        Event(
            id=f"e-{place}", campaign="c", type=TYPE_OF[type(body)],
            version=version_of(TYPE_OF[type(body)]), writer="ground", sequence=place,
            occurred_at=START + timedelta(days=day), uncertainty_s=Decimal(0),
            recorded_at=START + timedelta(days=day), origin="recorded", source="", cause=(), body=body,
        )
        for place, (day, body) in enumerate(lines)
    ]  # fmt: skip


def signed(person: str) -> Signature:
    return Signature(person, person.title(), START, "responsibility", "00")


def part(lot: str, quantity: str, unit: str = "g") -> LotPart:
    return LotPart(lot, Decimal(quantity), unit)


def journey() -> list[Event[Any]]:
    """A lot split, transformed, boxed and sealed, refused once, taken, opened, sampled and released."""
    when = Window(START + timedelta(days=7), START + timedelta(days=8))
    numbers = (Decimal(18), Decimal(20), Decimal(22))
    return record(
        (0, ev.LotRegistered("raw-1", "drug substance", Decimal(100), "g")),
        (1, ev.LotSplit("raw-1", (part("raw-1a", "60"), part("raw-1b", "40")))),
        (2, ev.ExportTagged("raw-1a", "EAR", "EAR99", "ruling 7")),
        (3, ev.MaterialCharged("grow", "drug", "raw-1b", Decimal(10), "g")),
        (4, ev.LotTransformed("run-1", "crystals", (part("raw-1a", "60"),), (part("made-1", "55.5"),))),
        (5, ev.ContainerPacked("vials", ("made-1",), "S-1")),
        (5.1, ev.ContainerPacked("capsule", ("vials",))),
        (5.2, ev.SealApplied("capsule", "C-1")),
        (6, ev.CustodyOffered("off-1", "capsule", "maker", "lab", "pad 3", "dry", "C-1", signed("ann"))),
        (6.1, ev.CustodyRefused("off-1", "no papers", signed("lea"))),
        (6.2, ev.CustodyOffered("off-2", "capsule", "maker", "lab", "pad 3", "dry", "C-1", signed("ann"))),
        (6.3, ev.CustodyAccepted("off-2", "a scratch", "C-2", signed("lea"))),
        (7, ev.SealChecked("capsule", "C-2", False)),
        (8, ev.SegmentSealed("bay", "storage", when, "C", 10, 9, *numbers, "ab")),
        (9, ev.SealBroken("capsule", "C-2", "to unpack")),
        (9.1, ev.ContainerUnpacked("capsule")),
        (9.2, ev.ContainerUnpacked("vials", ("made-1",))),
        (9.3, ev.CustodyOffered("off-3", "made-1", "lab", "store", "Indiana", "dry", "", signed("lea"))),
        (9.4, ev.SampleTaken("smp-1", "made-1", "release", "L-1")),
    )


@pytest.fixture(scope="module")
def story() -> EpcisStory:
    return read_epcis(epcis_document(fold(journey())))


def test_every_entry_of_custody_is_told() -> None:
    told = {type(event.body) for event in journey()} - {ev.CustodyOffered}
    assert told <= set(TELLERS)


def test_the_whole_journey_passes_our_judge() -> None:
    assert judge(epcis_document(fold(journey()), owner="buyer")) == ()


def test_the_whole_journey_passes_the_schema_of_gs1(shared: Path) -> None:
    text = (shared / "data" / "real" / "quality" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    schema = jsonschema.Draft7Validator(json.loads(text), format_checker=checker)
    document = epcis_document(fold(journey()), owner="buyer")
    assert [fault.message[:200] for fault in schema.iter_errors(document)] == []


def test_both_sides_of_a_hand_over_are_one_event_and_read_back_as_one_hand(story: EpcisStory) -> None:
    (hand,) = story.hands
    assert (hand.item, hand.giver, hand.receiver) == ("capsule", "maker", "lab")
    assert (hand.place, hand.condition, hand.found) == ("pad 3", "dry", "a scratch")
    assert (hand.seal, hand.seal_found, hand.signed_by) == ("C-1", "C-2", ("ann", "lea"))
    assert hand.at == START + timedelta(days=6.3)


def test_an_offer_that_moved_nothing_names_no_source_and_no_destination() -> None:
    events = epcis_document(fold(journey()))["epcisBody"]["eventList"]
    steps = [event["bizStep"].rsplit("/", 1)[-1] for event in events if "downmass:offer" in event]
    assert steps == ["offering", "refusing", "accepting", "offering"]
    assert [event["bizStep"] for event in events if "sourceList" in event] == ["accepting"]


def test_what_was_packed_and_unpacked_reads_back_with_what_it_held(story: EpcisStory) -> None:
    told = [(a.action, a.container, tuple(p.thing for p in a.contents)) for a in story.aggregations]
    assert told == [
        ("ADD", "vials", ("made-1",)),
        ("ADD", "capsule", ("vials",)),
        ("DELETE", "capsule", ("vials",)),  # taken out without a list: all it held
        ("DELETE", "vials", ("made-1",)),
    ]


def test_splits_charges_and_transformations_read_back_with_their_quantities(story: EpcisStory) -> None:
    split, charged, run = story.transformations
    assert [(p.thing, p.quantity, p.unit) for p in split.inputs] == [("raw-1", Decimal(100), "GRM")]
    assert [(p.thing, p.quantity) for p in split.outputs] == [
        ("raw-1a", Decimal(60)),
        ("raw-1b", Decimal(40)),
    ]
    assert [(p.thing, p.quantity) for p in charged.inputs] == [("raw-1b", Decimal(10))]
    assert charged.outputs == ()
    assert run.transformation == "run-1"
    assert [(p.thing, p.quantity) for p in run.outputs] == [("made-1", Decimal("55.5"))]


def test_measurements_read_back_over_their_span(story: EpcisStory) -> None:
    (report,) = story.reports
    assert (report.measure, report.unit) == ("bay", "CEL")
    assert dict(report.numbers) == {
        "minValue": Decimal(18), "meanValue": Decimal(20), "maxValue": Decimal(22),
    }  # fmt: skip
    assert (report.opens, report.closes) == (START + timedelta(days=7), START + timedelta(days=8))


def corrected(target: str, replacement: dict[str, Any]) -> list[Event[Any]]:
    at = START + timedelta(days=12)
    fix = ev.EntryCorrected(target, "misread", replacement)
    return [
        *journey(),
        Event("fix", "c", "entry.corrected", 1, "ground", 19, at, Decimal(0), at, "recorded", "", (), fix),
    ]


def test_a_correction_reads_back_as_declared_and_the_wrong_event_tells_nothing() -> None:
    parts = [{"lot": "raw-1a", "quantity": "60", "unit": "g"}]
    made = [{"lot": "made-1", "quantity": "50", "unit": "g"}]
    fields = {"transformation": "run-1", "material": "crystals", "inputs": parts, "outputs": made}
    events = corrected("e-4", fields)
    document = epcis_document(fold(events), recorded=events)
    story = read_epcis(document)
    assert judge(document) == ()
    (correction,) = story.corrections
    assert correction.event == uri("entry", "e-4")
    assert correction.corrected_by == (uri("entry", "fix"),)
    assert [t.outputs[0].quantity for t in story.transformations if t.transformation == "run-1"] == [50]


def test_a_corrected_offer_corrects_the_hand_over_it_led_to() -> None:
    offer = next(e.body for e in journey() if e.id == "e-10")
    fields = {
        "offer": "off-2", "item": "capsule", "giver": "maker", "receiver": "lab", "place": "pad 4",
        "condition": "dry", "seal": "C-1", "signature": {
            "signer": "ann", "printed_name": "Ann", "at": "2031-03-01T12:00:00Z",
            "meaning": "responsibility", "over_sha256": "00",
        },
    }  # fmt: skip
    assert offer.place == "pad 3"
    events = corrected("e-10", fields)
    document = epcis_document(fold(events), recorded=events)
    assert [hand.place for hand in read_epcis(document).hands] == ["pad 4"]
    wrong = [e for e in document["epcisBody"]["eventList"] if "errorDeclaration" in e]
    assert [e["downmass:place"] for e in wrong] == ["pad 3"]


def test_the_examples_of_gs1_are_read(shared: Path) -> None:
    folder = shared / "data" / "real" / "quality" / "epcis_examples"
    stories = {
        path.name: read_epcis(json.loads(path.read_text(encoding="utf-8")))
        for path in folder.glob("*.jsonld")
    }
    (transformation,) = stories["Example_9.6.4-TransformationEvent.jsonld"].transformations
    assert transformation.inputs
    assert transformation.outputs
    passed = stories["Example-Type-sourceOrDestination,measurement,bizTransaction.jsonld"].hands
    assert all(hand.giver.startswith("urn:epc:id:pgln:") for hand in passed)
    declared = stories["WithErrorDeclaration__ErrorDeclarationAndCorrectiveEvent.jsonld"]
    assert len(declared.corrections) == 1
    assert any(story.reports for story in stories.values())


@pytest.mark.parametrize("document", [None, [], "EPCIS", 7, {}, {"epcisBody": []}])
def test_what_is_no_document_is_refused_with_the_way_out(document: Any) -> None:
    with pytest.raises(InputError, match="no EPCIS document") as refusal:
        read_epcis(document)
    assert refusal.value.remedy


SLUGS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)


@given(SLUGS)
def test_every_name_we_write_reads_back(name: str) -> None:
    assert name_of(uri("item", name)) == name


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["type", "eventID", "eventTime", "sourceList", "destinationList", "source", "destination",
             "epcList", "parentID", "childEPCs", "childQuantityList", "quantity", "epcClass", "readPoint",
             "id", "sensorElementList", "sensorReport", "sensorMetadata", "value", "errorDeclaration"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(ANY, st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent"]))
def test_whatever_stands_in_a_list_of_events_is_read(value: Any, kind: str) -> None:
    event = {**value, "type": kind, "eventTime": "2031-03-01T12:00:00Z"} if isinstance(value, dict) else value
    story = read_epcis({"epcisBody": {"eventList": [event, value]}})
    assert isinstance(story.findings, tuple)
