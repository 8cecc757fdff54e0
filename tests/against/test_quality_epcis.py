"""EPCIS documents against GS1's own JSON schema and examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from downmass.disciplines.ledger.judge import judge
from downmass.operations.opening import open_campaign

MUSEUM = Path(__file__).resolve().parents[1] / "museum" / "epcis"

NOT_WHOLE = {
    "WithFullCombinationOfFields__object_event_all_possible_fields.jsonld",
    "WithFullCombinationOfFields__aggregation_event_all_possible_fields.jsonld",
    "WithFullCombinationOfFields__transformation_event_all_possible_fields.jsonld",
}
"""GS1's examples of syntax alone: their means lie outside their extremes."""


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


def test_the_judge_blocks_no_example_of_gs1_but_those_with_impossible_numbers(
    examples: dict[str, Any],
) -> None:
    blocked = {
        name: [finding.message for finding in judge(document) if finding.severity == "blocking"]
        for name, document in examples.items()
    }
    assert {name for name, messages in blocked.items() if messages} <= NOT_WHOLE
    for name in NOT_WHOLE & examples.keys():
        assert all("out of order" in message for message in blocked[name])


def test_most_of_the_museum_passes_the_schema_and_none_of_it_the_judge(
    schema: jsonschema.Draft7Validator,
) -> None:
    pieces = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in MUSEUM.glob("*.jsonld")}
    through = {name for name, document in pieces.items() if not list(schema.iter_errors(document))}
    assert all(any(f.severity == "blocking" for f in judge(document)) for document in pieces.values())
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
    } <= through
