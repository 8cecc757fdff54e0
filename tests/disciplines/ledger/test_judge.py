"""The judge of EPCIS documents: what it refuses, by which rule, and that it reads anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.ledger.epcis_json import read_json
from downmass.disciplines.ledger.judge import RULES, judge, rule_of
from downmass.facts.finding import Finding

MUSEUM = Path(__file__).resolve().parents[2] / "museum" / "epcis"

REFUSED = {
    "action-on-a-transformation": ("event.field", "'action'"),
    "action-that-is-none": ("event.action", "use ADD, OBSERVE or DELETE"),
    "byte-order-mark": ("json.mark", "byte order mark"),
    "colder-than-absolute-zero": ("sensor.bound", "below what can be"),
    "container-contains-itself": ("parent.self", "contains itself"),
    "container-inside-its-contents": ("parent.circle", "which is inside it"),
    "container-without-a-name": ("parent.missing", "parentID"),
    "correction-points-at-no-uri": ("error.no-id", "points nowhere"),
    "corrections-in-a-circle": ("error.circle", "declared wrong"),
    "custody-leaves-to-nobody": ("custody.nobody", "nobody receives it"),
    "document-of-another-kind": ("document.type", "'Invoice'"),
    "document-of-month-thirteen": ("document.time", "real date"),
    "error-declared-before-the-event": ("error.early", "declared before"),
    "error-declared-on-no-day": ("event.time", "declarationTime"),
    "event-after-the-document": ("event.after-document", "after the document that holds it"),
    "event-is-text": ("event.object", "no JSON object"),
    "event-time-missing": ("event.time-missing", "say when"),
    "extension-with-undeclared-prefix": ("event.prefix", "'orbit'"),
    "extension-without-prefix": ("event.field", "'seal'"),
    "fahrenheit-below-absolute-zero": ("sensor.bound", "-500 FAH is below"),
    "giver-never-received": ("custody.gap", "a transfer is missing"),
    "grams-in-kilograms-out": ("mass.made", "came out of"),
    "humidity-of-140-percent": ("sensor.bound", "above what can be"),
    "infinite-value": ("number.size", "value is inf"),
    "kelvin-below-zero": ("sensor.bound", "below what can be"),
    "kilograms-as-temperature": ("sensor.unit-other", "a unit of Mass"),
    "mass-out-of-nothing": ("mass.made", "1.935 kg came out of 0.0935 kg"),
    "mean-outside-its-extremes": ("sensor.order", "out of order"),
    "measurement-ends-before-it-starts": ("sensor.end", "ends before it starts"),
    "milligrams-in-grams-out": ("mass.made", "0.5 kg came out of 0.0005 kg"),
    "minimum-above-maximum": ("sensor.order", "out of order"),
    "month-thirteen": ("event.time", "real date"),
    "name-told-twice": ("json.key-twice", "'action' twice"),
    "negative-quantity": ("quantity.negative", "cannot be"),
    "negative-standard-deviation": ("sensor.spread", "-0.1 cannot be"),
    "nested-70-deep": ("json.depth", "deeper than 64"),
    "no-event-list": ("document.events", "no eventList"),
    "number-of-400-digits": ("number.size", "an integer of 1329 bits"),
    "offset-missing": ("event.offset", "offset in force"),
    "offset-of-25-hours": ("event.offset", "'+25:00'"),
    "pascals-as-temperature-in-full": ("sensor.unit-other", "a unit of Pressure"),
    "quantity-without-end": ("number.size", "quantity is inf"),
    "rank-of-150": ("sensor.rank", "150 cannot be"),
    "reading-without-zone": ("event.time", "with its zone"),
    "root-is-a-list": ("document.object", "no JSON object"),
    "root-is-text": ("document.object", "no JSON object"),
    "schema-version-1-2": ("document.version", "schemaVersion"),
    "seen-after-it-was-destroyed": ("made.after-end", "after it was destroyed"),
    "thirtieth-of-february": ("event.time", "real date"),
    "time-without-zone": ("event.time", "with its zone"),
    "transformation-of-nothing": ("transformation.empty", "names inputs and outputs"),
    "two-events-with-one-id": ("id.twice", "two events"),
    "unknown-biz-step": ("event.word", "bizStep"),
    "unknown-disposition": ("event.word", "disposition"),
    "unknown-error-reason": ("event.word", "reason"),
    "unknown-event-type": ("event.kind", "event type"),
    "unknown-persistent-disposition": ("event.word", "'pristine'"),
    "used-before-it-is-made": ("made.late", "before it is made"),
    "value-in-quotes": ("number.size", "value is '26'"),
    "value-without-unit": ("sensor.unit-missing", "without a unit"),
    "word-coined-under-gs1": ("event.word", "BizStep-deorbiting"),
}
"""Piece of the museum that is JSON -> the rule that refuses it, and words of the finding."""

UNREADABLE = {
    "empty": "no JSON text",
    "nested-20000-deep": "nests deeper",
    "not-a-number": "NaN is no JSON number",
    "not-utf-8": "not UTF-8",
    "number-of-5000-digits": "digits",
    "torn-in-the-middle": "no JSON text",
}
"""Piece of the museum that is no JSON text -> words of the refusal."""


def read(name: str) -> tuple[Any, tuple[Finding, ...]]:
    """A piece of the museum judged, with how it is written."""
    document, written = read_json((MUSEUM / f"{name}.jsonld").read_bytes(), name)
    return document, (*written, *judge(document))


def test_every_piece_of_the_museum_has_its_label_and_there_are_more_than_forty() -> None:
    assert {path.stem for path in MUSEUM.glob("*.jsonld")} == REFUSED.keys() | UNREADABLE.keys()
    assert len(REFUSED) + len(UNREADABLE) > 40


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_judge_refuses_each_for_one_reason_by_its_rule(name: str) -> None:
    rule, words = REFUSED[name]
    _, found = read(name)
    blocking = [finding for finding in found if finding.severity == "blocking"]
    assert len(blocking) == 1, blocking
    assert blocking[0].evidence == (rule, RULES[rule].clause)
    assert words in blocking[0].message


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_is_no_json_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(InputError, match=UNREADABLE[name]) as refusal:
        read(name)
    assert str(refusal.value).startswith(name)
    assert refusal.value.remedy


def test_every_rule_says_what_must_be_and_whether_law_standard_or_house_policy_wants_it() -> None:
    for rule in RULES.values():
        assert rule.basis in ("law", "standard", "house")
        assert rule.text.endswith(".")
        assert rule.clause
        assert "." in rule.id
        if rule.basis == "law":
            assert "CFR" in rule.clause or "USC" in rule.clause
    assert {rule.basis for rule in RULES.values()} == {"law", "standard", "house"}


def test_every_rule_that_refuses_is_shown_by_a_piece_of_the_museum() -> None:
    refusing = {rule.id for rule in RULES.values() if rule.weight == "blocking"}
    assert refusing == {rule for rule, _ in REFUSED.values()}


def event(**fields: Any) -> dict[str, Any]:
    sound = {
        "eventID": "https://id.example.org/e/1", "type": "ObjectEvent", "action": "OBSERVE",
        "eventTime": "2031-03-01T12:00:00Z", "eventTimeZoneOffset": "+00:00",
        "epcList": ["https://id.example.org/item/1"],
    }  # fmt: skip
    return {**sound, **fields}


def document(*events: Any, **fields: Any) -> dict[str, Any]:
    sound = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2031-06-01T00:00:00Z",
    }  # fmt: skip
    return {**sound, "epcisBody": {"eventList": list(events)}, **fields}


def rules(*events: Any, **fields: Any) -> list[str]:
    return [finding.evidence[0] for finding in judge(document(*events, **fields))]


def test_a_sound_document_has_nothing_against_it() -> None:
    assert judge(document(event())) == ()


@pytest.mark.parametrize(
    "step", ["https://id.example.org/bizstep/recovery", "urn:example:deorbiting", "shipping",
             "https://ref.gs1.org/cbv/BizStep-shipping", "urn:epcglobal:cbv:bizstep:shipping"]
)  # fmt: skip
def test_own_business_steps_as_uris_are_legal(step: str) -> None:
    assert rules(event(bizStep=step)) == []


def test_what_an_event_declared_wrong_says_is_a_note_and_its_own_faults_are_not() -> None:
    report = {"type": "Temperature", "value": -300, "uom": "CEL"}
    cold = {"sensorElementList": [{"sensorReport": [report]}]}
    declared = {"errorDeclaration": {"declarationTime": "2031-04-01T00:00:00Z", "reason": "incorrect_data"}}
    (plain,) = judge(document(event(**cold)))
    (taken_back,) = judge(document(event(**cold, **declared)))
    assert (plain.severity, taken_back.severity) == ("blocking", "note")
    wrong = {"errorDeclaration": {"declarationTime": "2031-04-01T00:00:00Z", "reason": "whim"}}
    assert judge(document(event(**wrong)))[0].severity == "blocking"


def test_a_document_whose_every_event_is_younger_has_a_stale_date_and_is_warned() -> None:
    (found,) = judge(document(event(), creationDate="2030-01-01T00:00:00Z"))
    assert (found.severity, found.evidence[0]) == ("warning", "document.stale")


def test_a_corrective_event_elsewhere_is_a_note() -> None:
    declaration = {"declarationTime": "2031-04-01T00:00:00Z", "correctiveEventIDs": ["urn:x:1"]}
    assert rules(event(errorDeclaration=declaration)) == ["error.elsewhere"]


def test_a_chain_of_corrections_that_ends_at_an_event_that_stands_is_sound() -> None:
    first, second, third = (f"https://id.example.org/e/{n}" for n in (1, 2, 3))
    told = {"declarationTime": "2031-04-01T00:00:00Z", "reason": "incorrect_data"}
    events = (
        event(eventID=first, errorDeclaration={**told, "correctiveEventIDs": [second]}),
        event(eventID=second, errorDeclaration={**told, "correctiveEventIDs": [third]}),
        event(eventID=third),
    )
    assert rules(*events) == []


def test_a_box_taken_out_may_hold_what_held_it() -> None:
    box, vial = "https://id.example.org/item/box", "https://id.example.org/item/vial"

    def act(day: int, action: str, parent: str, child: str) -> dict[str, Any]:
        fields = event(eventID=f"urn:x:{day}", type="AggregationEvent", action=action, parentID=parent)
        del fields["epcList"]
        return {**fields, "childEPCs": [child], "eventTime": f"2031-03-0{day}T12:00:00Z"}

    assert rules(act(1, "ADD", box, vial), act(2, "DELETE", box, vial), act(3, "ADD", vial, box)) == []


def test_the_finding_of_somebody_else_has_no_rule_of_the_judge() -> None:
    assert rule_of(Finding("x", "y")) is None
    assert rule_of(Finding("x", "y", evidence=("entry-1",))) is None


def test_the_word_lists_are_those_of_gs1s_schema(shared: Path) -> None:
    from downmass.disciplines.ledger.vocabulary import BIZ_STEPS, DISPOSITIONS, REASONS

    text = (shared / "data" / "real" / "quality" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    told = json.loads(text)["definitions"]
    for name, words in (("bizStep", BIZ_STEPS), ("disposition", DISPOSITIONS), ("error-reason", REASONS)):
        assert set(told[name]["anyOf"][1]["enum"]) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["epcisBody", "eventList", "type", "eventTime", "sensorElementList", "sensorReport", "uom",
                 "value", "minValue", "maxValue", "sourceList", "destinationList", "epcList", "quantityList",
                 "errorDeclaration", "correctiveEventIDs", "@context", "parentID", "childEPCs", "a:b",
                 "inputQuantityList", "outputEPCList", "eventTimeZoneOffset", "sDev", "percRank", "bizStep"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from(["", "ObjectEvent", "TransformationEvent", "AggregationEvent"]))
def test_the_judge_reads_any_json_without_falling(value: Any, kind: str) -> None:
    told = {**value, "type": kind} if isinstance(value, dict) and kind else value
    for whole in (value, {"epcisBody": {"eventList": [told, told]}}):
        assert all(finding.message and finding.evidence[0] in RULES for finding in judge(whole))


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused_with_the_way_out(data: bytes) -> None:
    remedy = "none needed"
    try:
        read_json(data)
    except InputError as refusal:
        remedy = refusal.remedy
    assert remedy
