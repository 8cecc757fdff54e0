"""`downmass trace` and `downmass judge` as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
MUSEUM = Path(__file__).resolve().parents[2] / "museum" / "epcis"


def test_a_trace_tells_both_ways_in_one_answer(run: Run) -> None:
    said = run("trace", "w1", "rtv-w1")
    assert said.code == 0
    assert said.out.startswith("rtv-w1 (product): 1 thing behind it, 3 things made of it")
    assert "rtv-api-1" in said.out


def test_a_trace_as_json_has_links_hands_and_balances_with_their_entries(run: Run) -> None:
    told = json.loads(run("trace", "w1", "rtv-w1", "--json").out)
    assert [link["source"] for link in told["back"]] == ["rtv-api-1"]
    assert {link["target"] for link in told["forward"]} == {"smp-1", "smp-2", "smp-3"}
    assert [hand["receiver"] for hand in told["hands"]] == ["spacex", "varda", "improved-pharma"]
    assert all(link["entry"] for link in told["back"] + told["forward"])


def test_a_trace_knows_only_what_was_recorded_by_then(run: Run, refused: Run) -> None:
    assert json.loads(run("trace", "w1", "rtv-api-1", "--as-of", "2023-06-12", "--json").out)["forward"] == [
        {
            "source": "rtv-api-1", "target": "w1-vials", "how": "packed", "entry": "ground-000030",
            "at": "2023-05-02T18:00:00Z", "quantity": None, "unit": "", "depth": 1,
        }
    ]  # fmt: skip
    assert "'rtv-w1' is no lot" in refused("trace", "w1", "rtv-w1", "--as-of", "2023-06-12").err


def test_our_own_export_is_judged_clean(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "w1.jsonld"
    assert run("export", "epcis", "w1", out).code == 0
    said = run("judge", out)
    assert said.code == 0, said.out
    assert "0 blocking, 0 warning" in said.out


def test_every_example_of_gs1_is_judged_with_exit_0(run: Run, shared: Path) -> None:
    folder = shared / "data" / "real" / "quality" / "epcis_examples"
    found = {path.name: run("judge", path).code for path in sorted(folder.glob("*.jsonld"))}
    assert len(found) == 24
    assert set(found.values()) == {0}


def test_a_finding_is_told_with_its_rule_its_basis_and_its_clause(run: Run) -> None:
    said = run("judge", MUSEUM / "mass-out-of-nothing.jsonld")
    assert said.code == 1
    assert "mass.made (law: 21 CFR 211.103" in said.out
    told = json.loads(run("judge", MUSEUM / "month-thirteen.jsonld", "--json").out)
    assert told["good"] is False
    (finding,) = told["findings"]
    assert (finding["rule"], finding["basis"], finding["severity"]) == ("event.time", "standard", "blocking")
    assert "RFC 3339" in finding["clause"]


def test_warnings_count_only_when_asked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "stale.jsonld"
    text = (MUSEUM / "event-after-the-document.jsonld").read_text(encoding="utf-8")
    path.write_text(text.replace("2031-06-01T00:00:00Z", "2030-06-01T00:00:00Z"), encoding="utf-8")
    assert run("judge", path).code == 0
    assert run("judge", path, "--strict").code == 1


@pytest.mark.parametrize(
    "name", ["empty", "nested-20000-deep", "not-a-number", "not-utf-8", "number-of-5000-digits",
             "torn-in-the-middle"]
)  # fmt: skip
def test_what_is_no_json_ends_with_exit_2_and_the_way_out(refused: Run, name: str) -> None:
    assert name in refused("judge", MUSEUM / f"{name}.jsonld").err


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(refused: Run, tmp_path: Path) -> None:
    assert "there is no" in refused("judge", tmp_path / "no.jsonld").err
    refused("judge", tmp_path)


def test_a_name_that_steers_a_terminal_is_spelled_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonld"
    text = (MUSEUM / "month-thirteen.jsonld").read_text(encoding="utf-8")
    path.write_text(text.replace("https://id.example.org/e/1", "urn:x:\\u001b[2J"), encoding="utf-8")
    assert "\x1b" not in run("judge", path).out
