"""A campaign told in EPCIS 2.0, and the judge that reads it back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema

from downmass.base.instant import Window
from downmass.disciplines.ledger.epcis import epcis_document
from downmass.disciplines.ledger.judge import judge
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.event import TYPE_OF, Event, version_of
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


def segment(parameter: str, unit: str, least: str, mean: str, most: str) -> ev.SegmentSealed:
    when = Window(START + timedelta(days=15), START + timedelta(days=16))
    extremes = (Decimal(least), Decimal(mean), Decimal(most))
    return ev.SegmentSealed(parameter, "grow", when, unit, 10, 9, *extremes, "ab")


def journey() -> list[Event[Any]]:
    sign = Signature("ann", "Ann", START, "responsibility", "00")
    number = Decimal
    return record(
        (0, ev.LotRegistered("raw-1", "drug substance", number(100), "g")),
        (1, ev.CustodyTransferred("raw-1", "buyer", "maker", "El Segundo", "good", "", (sign,))),
        (2, ev.LotLoaded("raw-1", "capsule", "S-1")),
        (3, ev.CustodyTransferred("capsule", "maker", "rocket", "the pad", "good", "S-1", (sign,))),
        (10, ev.Launched("Falcon 9", "Vandenberg SFB", "Photon", "510 km")),
        (10.1, ev.CustodyTransferred("capsule", "rocket", "maker", "orbit", "good", "S-1", (sign,))),
        (16, segment("furnace", "C", "70", "99.5", "120")),
        (16, segment("odd", "mol%", "1", "2", "3")),
        (17, ev.LotRegistered("made-1", "crystals", number("93.5"), "g", ("raw-1",))),
        (39, ev.BurnPerformed("deorbit", "entry", number(75))),
        (40, ev.Landed("uttr", "Utah")),
        (40.2, ev.Recovered("Utah", "whole")),
        (42, ev.CustodyTransferred("capsule", "maker", "lab", "Indiana", "good", "S-1", (sign,))),
        (43, ev.SampleTaken("smp-1", "made-1", "release", "L-1")),
        (44, ev.ResultReported("smp-1", "assay", number("99.5"), "percent", "HPLC", "lab")),
        (50, ev.DispositionDecided("made-1", "released", number(100), sign)),
    )  # fmt: skip


def told(document: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = document["epcisBody"]["eventList"]
    return events


def test_every_visible_entry_is_told_once_and_in_order() -> None:
    events = told(epcis_document(fold(journey())))
    assert len(events) == len(journey())
    times = [event["eventTime"] for event in events]
    assert times == sorted(times)


def test_the_document_passes_its_own_judge() -> None:
    assert judge(epcis_document(fold(journey()), owner="buyer")) == ()


def test_the_document_passes_the_schema_of_gs1_with_its_formats(shared: Path) -> None:
    text = (shared / "data" / "real" / "quality" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    schema = jsonschema.Draft7Validator(json.loads(text), format_checker=checker)
    for document in (
        epcis_document(fold(journey()), owner="buyer"),
        epcis_document(fold(corrected()), recorded=corrected()),
        epcis_document(fold([])),
    ):
        assert [fault.message for fault in schema.iter_errors(document)] == []


def test_the_run_is_a_transformation_of_the_raw_lot_into_the_product_lot() -> None:
    (event,) = [e for e in told(epcis_document(fold(journey()))) if e["type"] == "TransformationEvent"]
    assert event["inputQuantityList"][0]["epcClass"].endswith("/lot/raw-1")
    assert event["outputQuantityList"][0] == {
        "epcClass": "https://id.downmass.example/lot/made-1",
        "quantity": 93.5,
        "uom": "GRM",
    }
    assert "action" not in event


def test_loading_is_an_aggregation_into_the_capsule() -> None:
    (event,) = [e for e in told(epcis_document(fold(journey()))) if e["type"] == "AggregationEvent"]
    assert event["parentID"].endswith("/item/capsule")
    assert event["action"] == "ADD"


def test_a_transfer_names_both_holders_and_the_owner_where_the_contract_names_one() -> None:
    events = told(epcis_document(fold(journey()), owner="buyer"))
    last = [event for event in events if "sourceList" in event][-1]
    assert [item["type"] for item in last["sourceList"]] == ["possessing_party", "owning_party"]
    assert last["destinationList"][0]["destination"].endswith("/party/lab")
    assert last["destinationList"][1]["destination"].endswith("/party/buyer")


def test_a_segment_is_a_sensor_element_with_its_extremes_and_what_is_missing() -> None:
    events = told(epcis_document(fold(journey())))
    reports = [e["sensorElementList"][0]["sensorReport"][0] for e in events if "sensorElementList" in e]
    known, unknown = reports
    assert (known["type"], known["uom"]) == ("Temperature", "CEL")
    assert (known["minValue"], known["meanValue"], known["maxValue"]) == (70, 99.5, 120)
    assert (known["downmass:expected"], known["downmass:received"]) == ("10", "9")
    assert unknown["downmass:unit"] == "mol%"
    assert "uom" not in unknown


def test_a_segment_with_an_excursion_carries_an_alarm() -> None:
    when = Window(START + timedelta(days=15.5), START + timedelta(days=15.6))
    hot = ev.ExcursionDetected("exc", "furnace", when, "C", Decimal(110), Decimal(120))
    late = Event(
        "e-x", "c", "excursion.detected", 1, "ground", 16, START, Decimal(0), START, "recorded", "", (), hot
    )
    events = told(epcis_document(fold([*journey(), late])))
    reports = [e["sensorElementList"][0]["sensorReport"][0] for e in events if "sensorElementList" in e]
    assert [report.get("exception") for report in reports] == ["ALARM_CONDITION", None]


def test_the_quality_decision_travels_beside_the_cbv_disposition() -> None:
    last = told(epcis_document(fold(journey())))[-1]
    assert (last["disposition"], last["downmass:decision"]) == ("conformant", "released")


def corrected() -> list[Event[Any]]:
    fixed = {"lot": "made-1", "material": "crystals", "quantity": "90", "unit": "g", "made_from": ["raw-1"]}
    fix = ev.EntryCorrected("e-8", "weighed with the lid on", fixed)
    at = START + timedelta(days=45)
    return [
        *journey(),
        Event("fix", "c", "entry.corrected", 1, "ground", 16, at, Decimal(0), at, "recorded", "", (), fix),
    ]


def test_a_correction_declares_the_error_and_points_at_the_corrective_event() -> None:
    document = epcis_document(fold(corrected()), recorded=corrected())
    pair = [event for event in told(document) if event["type"] == "TransformationEvent"]
    (wrong,) = [event for event in pair if "errorDeclaration" in event]
    (right,) = [event for event in pair if "errorDeclaration" not in event]
    assert wrong["outputQuantityList"][0]["quantity"] == 93.5
    assert right["outputQuantityList"][0]["quantity"] == 90
    assert wrong["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert judge(document) == ()


def test_without_the_first_recording_the_corrected_event_says_what_it_corrects() -> None:
    events = told(epcis_document(fold(corrected())))
    (event,) = [event for event in events if event["type"] == "TransformationEvent"]
    assert event["downmass:corrects"].endswith("/entry/e-8")


def test_the_same_record_gives_the_same_bytes() -> None:
    one, two = (json.dumps(epcis_document(fold(journey()))) for _ in range(2))
    assert one == two


def test_an_empty_campaign_gives_an_empty_valid_document() -> None:
    assert told(epcis_document(fold([]))) == []
    assert judge(epcis_document(fold([]))) == ()
