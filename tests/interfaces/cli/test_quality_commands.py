"""batch-record, investigate, cite: what a person of the quality unit types, reads and is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

LATER = "2099-01-01"
"""A moment by which everything a test recorded is known."""

FAULT = """format = 1
[[entry]]
at = 2026-05-01T10:00:00Z
type = "nonconformity.raised"
origin = "recorded"
body = { nonconformity = "nc-1", text = "a seal leaks" }

[[entry]]
at = 2026-05-01T11:00:00Z
type = "investigation.opened"
origin = "recorded"
body = { nonconformity = "nc-1", lead = "qa-reviewer", question = "which seals?", due = 2099-01-01T00:00:00Z }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """An open live campaign of the same product as W-1, with an investigation open."""
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOWNMASS_PASSPHRASE", raising=False)
    made = tmp_path / "batch"
    for _ in range(2):
        assert run("init", made).code == 0
    entries = tmp_path / "fault.toml"
    entries.write_text(FAULT, encoding="utf-8")
    assert run("record", made, entries).code == 0
    return made


def test_the_record_of_w1_prints_every_item_and_names_what_is_missing(run: Run) -> None:
    said = run("batch-record", "w1")
    assert (said.code, said.err) == (0, "")
    for clause in range(1, 14):
        assert f"211.188(b)({clause})" in said.out
    assert "control recipe: not on record" in said.out
    assert "performed by: capsule (automated, 211.68)" in said.out
    assert "no control recipe on record" in said.out


def test_the_record_is_json_too_and_knows_only_what_was_recorded_by_then(run: Run) -> None:
    said = run("batch-record", "w1", "--json", "--as-of", "2023-06-12")
    value = json.loads(said.out)
    assert [row["opened"] for row in value["record"]["phases"]] == [None, None]
    assert value["record"]["recipe"] == "ritonavir-melt-crystallisation"
    assert {one["severity"] for one in value["exceptions"]} == {"note"}
    late = json.loads(run("batch-record", "w1", "--json").out)
    assert late["record"]["phases"][0]["opened"] == "2023-06-29T00:00:00Z"


def test_a_search_names_what_was_read_and_is_recorded(run: Run, folder: Path) -> None:
    said = run("investigate", folder, "nc-1", "--sister", "w1")
    assert (said.code, said.err) == (0, "")
    assert "investigation.searched" in said.out
    assert "w1: " in said.out
    assert "entries read, found nothing of the kind" in said.out
    assert "w1 (0 found)" in " ".join(run("quality", folder, "--json", "--as-of", LATER).out.split())


def test_that_no_other_batch_exists_must_be_said(run: Run, refused: Run, folder: Path) -> None:
    assert "--none-exist" in refused("investigate", folder, "nc-1").err
    said = run("investigate", folder, "nc-1", "--none-exist")
    assert (said.code, "no other batch exists" in said.out) == (0, True)


def test_a_folder_that_is_none_is_refused_by_name(refused: Run, folder: Path, tmp_path: Path) -> None:
    assert (
        "nowhere cannot be searched"
        in refused("investigate", folder, "nc-1", "--sister", tmp_path / "nowhere").err
    )
    assert "nc-7" in refused("investigate", folder, "nc-7", "--sister", "w1").err
    assert "no search words" not in refused("cite", folder, tmp_path / "nowhere").err


def test_what_is_only_a_bundle_or_an_example_takes_no_search(refused: Run, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "w1.bundle"
    assert run("export", "bundle", "w1", path).code == 0
    assert "itself" in refused("investigate", path, "nc-1", "--sister", "w1").err


def test_an_earlier_batch_is_cited_with_how_it_ended(run: Run, folder: Path) -> None:
    said = run("cite", folder, "w1")
    assert (said.code, said.err) == (0, "")
    assert "w1: ritonavir-melt-crystallisation 1, lot rtv-w1, released" in said.out
    answer = json.loads(run("quality", folder, "--json", "--as-of", LATER).out)
    (row,) = next(t["rows"] for t in answer["tables"] if t["title"] == "Validation, batch by batch")
    assert row[0] == "w1"
    assert "the process is demonstrated" in answer["headline"]
