"""The export of every example campaign: GS1's schema, our own judge, and read back to the same chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from downmass.disciplines.ledger.epcis_in import read_epcis
from downmass.disciplines.ledger.judge import judge
from downmass.disciplines.quality.hands import chain
from downmass.operations.opening import OpenCampaign, open_campaign

EXAMPLES = sorted(
    path.parent.name for path in (Path(__file__).resolve().parents[2] / "examples").glob("*/campaign.toml")
)


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Iterator[OpenCampaign]:
    with open_campaign(request.param) as campaign:
        yield campaign


@pytest.fixture(scope="module")
def exported(example: OpenCampaign) -> Any:
    return json.loads(example.epcis())


def test_there_is_at_least_w1() -> None:
    assert "w1" in EXAMPLES


def test_the_export_validates_against_gs1s_schema_with_formats(exported: Any, shared: Path) -> None:
    text = (shared / "data" / "real" / "quality" / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    schema = jsonschema.Draft7Validator(json.loads(text), format_checker=checker)
    assert [fault.message[:200] for fault in schema.iter_errors(exported)] == []


def test_our_own_judge_has_nothing_blocking_against_it(exported: Any) -> None:
    assert [f.message for f in judge(exported) if f.severity == "blocking"] == []


def test_it_reads_back_to_the_same_chain_of_custody(example: OpenCampaign, exported: Any) -> None:
    hands = chain(example.state())
    story = read_epcis(exported)
    assert [
        (hand.item, hand.giver, hand.receiver, hand.since, hand.place, hand.condition, hand.seal,
         hand.found or "", hand.seal_found or "")
        for hand in hands
    ] == [
        (hand.item, hand.giver, hand.receiver, hand.at, hand.place, hand.condition, hand.seal,
         hand.found, hand.seal_found)
        for hand in story.hands
    ]  # fmt: skip
    assert bool(hands) == bool(story.hands)
