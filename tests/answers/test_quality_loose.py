"""A signature that is not over what it stands under blocks release, whoever's key sealed the entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from downmass.answers.answer import Answer
from downmass.base.canon import canonical
from downmass.disciplines.ledger import checkpoint
from downmass.disciplines.ledger.bundle import write_bundle
from downmass.disciplines.ledger.seal import content_hash, sign
from downmass.disciplines.ledger.tree import Tree, leaf_hash
from downmass.facts.entry import Entry
from downmass.operations.keys import ExampleKeys
from downmass.operations.opening import OpenCampaign, open_campaign


@pytest.fixture(scope="module")
def regraded(w1: OpenCampaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """W-1 whose holder of the keys graded the batch at 55 percent under the signature given for 100."""
    entries: list[Entry] = []
    heads: dict[str, str] = {}
    for old in w1.entries():
        value: dict[str, Any] = json.loads(old.content)
        if value["type"] == "disposition.decided":
            value["body"]["graded_percent"] = "55"
        writer = value["writer"]
        content = canonical({**value, "prev_hash": heads.get(writer, "")})
        heads[writer] = content_hash(content)
        signature = sign(content, ExampleKeys().key("w1", writer))
        entries.append(Entry(old.index, content, leaf_hash(content), signature))
    log = json.loads(entries[0].content)["writer"]
    root = Tree(entry.hash for entry in entries).root()
    path = tmp_path_factory.mktemp("regraded") / "w1.bundle"
    path.write_bytes(
        write_bundle(entries, checkpoint.make("w1", len(entries), root, ExampleKeys().key("w1", log)))
    )
    return path


@pytest.fixture(scope="module")
def told(regraded: Path) -> Answer:
    with open_campaign(regraded) as campaign:
        return campaign.ask("quality")


def _value(answer: Answer, name: str) -> str | None:
    return next(value.exact for value in answer.values if value.name == name)


def test_the_loose_signature_is_a_finding_that_blocks(regraded: Path, told: Answer) -> None:
    with open_campaign(regraded) as campaign:
        loose = campaign.loose()
        decided = next(event for event in campaign.events() if event.type == "disposition.decided")
    assert [(finding.subject, finding.severity) for finding in loose] == [(decided.id, "blocking")]
    assert loose[0] in told.findings
    assert decided.id in told.headline


def test_it_stands_against_the_rule_that_links_signatures_to_records(told: Answer, w1: OpenCampaign) -> None:
    sound = w1.ask("quality")
    (rule,) = [row for table in told.tables for row in table.rows if "21 CFR 11.70" in row[1]]
    assert rule[2:] == ("no", "1")
    for name, step in (("rules met", -1), ("findings that block release", 1)):
        assert int(_value(told, name) or 0) == int(_value(sound, name) or 0) + step


def test_a_sound_record_has_no_loose_signature_at_any_moment(w1: OpenCampaign) -> None:
    assert w1.loose() == ()
    assert w1.loose("2023-09-06") == ()


def test_before_the_decision_was_recorded_its_signature_is_not_known(regraded: Path) -> None:
    with open_campaign(regraded) as campaign:
        assert campaign.loose("2024-01-01") == ()
        assert "not over what they stand under" not in campaign.ask("quality", "2024-01-01").headline
