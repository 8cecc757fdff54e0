"""EPCIS documents against GS1's own JSON schema and examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from downmass.base.errors import InputError
from downmass.disciplines.ledger.epcis_json import read_json
from downmass.disciplines.ledger.judge import judge
from downmass.operations.opening import open_campaign

MUSEUM = Path(__file__).resolve().parents[1] / "museum" / "epcis"


@pytest.fixture(scope="module")
def schema(shared: Path) -> jsonschema.Draft7Validator:
    """GS1's schema, with formats checked."""
    text = (shared / "data" / "real" / "quality" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft7Validator(
        json.loads(text), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )


@pytest.fixture(scope="module")
def examples(shared: Path) -> dict[str, Any]:
    """GS1's example documents by file name."""
    folder = shared / "data" / "real" / "quality" / "epcis_examples"
    return {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.jsonld"))
    }


def test_every_example_of_gs1_passes_its_schema(
    schema: jsonschema.Draft7Validator, examples: dict[str, Any]
) -> None:
    assert len(examples) >= 20
    assert [name for name, document in examples.items() if list(schema.iter_errors(document))] == []


@pytest.mark.parametrize("name", ["zblan", "crystal"])
def test_the_export_of_an_example_just_opened_passes_the_schema(
    schema: jsonschema.Draft7Validator, name: str
) -> None:
    with open_campaign(name) as campaign:
        document = json.loads(campaign.epcis())
    assert document["epcisBody"]["eventList"]
    assert list(schema.iter_errors(document)) == []


def test_the_judge_blocks_no_example_of_gs1(examples: dict[str, Any]) -> None:
    """Three of them say 13.2 is the mean of 26 to 26.2 degC, in events that declare themselves wrong."""
    blocked = {
        name: [finding.message for finding in judge(document) if finding.severity == "blocking"]
        for name, document in examples.items()
    }
    assert {name: messages for name, messages in blocked.items() if messages} == {}


@pytest.fixture(scope="module")
def let_through(schema: jsonschema.Draft7Validator) -> dict[str, str]:
    """Piece of the museum that passes the schema -> the rule of the judge that refuses it."""
    through = {}
    for path in sorted(MUSEUM.glob("*.jsonld")):
        try:
            document, written = read_json(path.read_bytes(), path.stem)
        except InputError:
            continue
        if not list(schema.iter_errors(document)):
            refusing = [f for f in (*written, *judge(document)) if f.severity == "blocking"]
            through[path.stem] = refusing[0].evidence[0] if refusing else ""
    return through


def test_what_the_schema_lets_through_the_judge_refuses(let_through: dict[str, str]) -> None:
    assert "" not in let_through.values()
    # The schema is blind to these even with its formats checked.
    assert {
        "extension-with-undeclared-prefix",
        "schema-version-1-2",
        "value-without-unit",
        "kilograms-as-temperature",
        "minimum-above-maximum",
        "mean-outside-its-extremes",
        "measurement-ends-before-it-starts",
        "colder-than-absolute-zero",
        "mass-out-of-nothing",
        "grams-in-kilograms-out",
        "custody-leaves-to-nobody",
        "giver-never-received",
        "negative-quantity",
        "container-contains-itself",
        "used-before-it-is-made",
        "two-events-with-one-id",
        "error-declared-before-the-event",
        "humidity-of-140-percent",
        "event-after-the-document",
        "corrections-in-a-circle",
        "container-inside-its-contents",
        "seen-after-it-was-destroyed",
        "infinite-value",
        "nested-70-deep",
        "name-told-twice",
        "byte-order-mark",
    } <= let_through.keys()


def test_the_page_on_validation_counts_what_was_measured(
    let_through: dict[str, str], examples: dict[str, Any]
) -> None:
    pieces = len(list(MUSEUM.glob("*.jsonld")))
    stale = sum(any(f.evidence[0] == "document.stale" for f in judge(d)) for d in examples.values())
    page = (MUSEUM.parents[2] / "docs" / "validation" / "ledger.md").read_text(encoding="utf-8")
    assert f"{len(let_through)} of {pieces} wrong documents" in page
    assert f"In {stale} of the {len(examples)} every event is younger" in page
