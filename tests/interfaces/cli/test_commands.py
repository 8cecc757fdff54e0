"""demo, init, check, verify, export, windows, catalogue: what they print, refuse and leave behind."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from downmass.answers.answer import QUESTIONS
from downmass.interfaces.cli.main import app
from downmass.interfaces.dossier.embed import bundle_in, embedded

Run = Callable[..., Any]
ELEMENTS = """W-1
1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995
2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107
"""


def commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [path, *(found for name, sub in inner.items() for found in commands(sub, (*path, name)))]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("path", commands(get_command(app)), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], run: Run) -> None:
    said = run(*path, "--help")
    assert (said.code, said.err) == (0, "")
    assert "Usage: downmass" in said.out


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.startswith("downmass 0.")


def test_the_demo_tells_nine_headlines_at_three_moments_and_where_the_dossier_lies(demo: Path) -> None:
    told = (demo / "said.txt").read_text(encoding="utf-8")
    for question in QUESTIONS:
        lines = [line for line in told.splitlines() if line.startswith(f"{question} ")]
        assert len(lines) == 3
        assert all(len(line) <= 120 for line in lines)
    for moment in ("2023-06-12", "2023-09-06", "2024-03-30"):
        assert f"as of {moment}" in told
    assert str(demo / "w1-dossier.html") in told
    assert "hindsight: the landing fell at the" in told
    assert "entries verified from their stored bytes" in told


def test_the_demo_leaves_a_dossier_a_bundle_and_events_that_check(demo: Path, run: Run) -> None:
    for name in ("w1-dossier.html", "w1.bundle", "w1"):
        said = run("verify", demo / name)
        assert said.code == 0, said
        assert "verified" in said.out
    assert bundle_in((demo / "w1-dossier.html").read_bytes()) == (demo / "w1.bundle").read_bytes()
    assert json.loads((demo / "w1-epcis.jsonld").read_bytes())["schemaVersion"] == "2.0"


def test_a_second_demo_into_the_same_folder_works_and_leaves_the_same_bundle(
    demo: Path, run: Run, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    shutil.copytree(demo, again)
    assert run("demo", "w1", "--out", again).code == 0
    assert (again / "w1.bundle").read_bytes() == (demo / "w1.bundle").read_bytes()


def test_a_demo_into_a_folder_with_strange_files_touches_nothing(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "out" / "w1").mkdir(parents=True)
    (tmp_path / "out" / "w1" / "thesis.txt").write_text("years of work", encoding="utf-8")
    before = tree(tmp_path)
    assert "nothing was touched" in refused("demo", "w1", "--out", tmp_path / "out").err
    assert tree(tmp_path) == before


def test_a_demo_into_a_file_or_of_an_unknown_example_is_refused(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    refused("demo", "w1", "--out", tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    said = refused("demo", "w99", "--out", tmp_path / "out").err
    assert "use one of crystal, w1, zblan" in said
    assert not (tmp_path / "out").exists()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_any_byte_flipped_in_a_bundle_is_found_and_named(demo: Path, run: Run, tmp_path: Path) -> None:
    data = (demo / "w1.bundle").read_bytes()
    lines = data.split(b"\n")
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines) - 1)]
    chance = random.Random(56959)
    places = [*sorted(chance.sample(range(len(data)), 40)), 0, len(data) - 1]
    for place in places:
        spoilt = tmp_path / "spoilt.bundle"
        spoilt.write_bytes(flipped(data, place))
        said = run("verify", spoilt)
        assert said.code == 1, f"byte {place} flipped unseen"
        line = sum(start <= place for start in starts) - 1
        if 0 < line < len(starts) - 1 and data[place : place + 1] != b"\n":
            assert f"entry {line - 1}" in said.out
        else:
            assert "DAMAGED" in said.out


def test_any_byte_flipped_in_the_record_of_a_dossier_is_found(demo: Path, run: Run, tmp_path: Path) -> None:
    page = (demo / "w1-dossier.html").read_bytes()
    bundle = bundle_in(page)
    spoilt = tmp_path / "spoilt.html"
    for place in random.Random(1).sample(range(len(bundle)), 8):
        spoilt.write_bytes(page.replace(embedded(bundle).encode(), embedded(flipped(bundle, place)).encode()))
        said = run("verify", spoilt)
        assert said.code == 1
        assert "DAMAGED" in said.out
    start = page.index(embedded(bundle).encode()) + 200
    for place in random.Random(2).sample(range(start, start + len(bundle)), 8):
        spoilt.write_bytes(flipped(page, place))
        said = run("verify", spoilt)
        assert said.code in (1, 2)
        assert "damaged" in (said.out + said.err).lower()


def test_a_ledger_edited_by_hand_is_found_and_the_entry_named(demo: Path, run: Run, tmp_path: Path) -> None:
    for index in (0, 7, 40):
        folder = tmp_path / f"edited-{index}"
        shutil.copytree(demo / "w1", folder)
        with sqlite3.connect(folder / "ledger.db") as hand:
            for (name,) in hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                hand.execute(f"DROP TRIGGER {name}")
            (content,) = hand.execute('SELECT content FROM entry WHERE "index" = ?', (index,)).fetchone()
            place = content.index(b'"source":"') + 9
            edited = (flipped(content, place), index)
            hand.execute('UPDATE entry SET content = ? WHERE "index" = ?', edited)
        hand.close()
        said = run("verify", folder)
        assert said.code == 1
        assert f"entry {index}" in said.out
        told = run("verify", folder, "--json")
        assert told.code == 1
        assert json.loads(told.out)["damage"]["index"] == index
        asked = run("when", folder)
        assert asked.code == 2
        assert f"entry {index}" in asked.err
        assert asked.out == ""


@pytest.mark.parametrize("target", ["nothing-here", "."])
def test_there_must_be_something_to_verify(
    target: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "way out: " in refused("verify", target).err


@pytest.mark.parametrize("content", [b"", b"hello", b"<html></html>", b"\x00\xff\xfe", b"[]", b"{}\n"])
def test_what_is_no_bundle_is_never_called_verified(content: bytes, run: Run, tmp_path: Path) -> None:
    (tmp_path / "thing").write_bytes(content)
    said = run("verify", tmp_path / "thing")
    assert said.code in (1, 2)
    assert "verified:" not in said.out
    assert "Traceback" not in said.err


def test_init_makes_opens_and_then_refuses(run: Run, refused: Run, tmp_path: Path) -> None:
    folder = tmp_path / "batch-7"
    assert "downmass init" in run("init", folder).out
    opened = run("init", folder)
    assert (opened.code, opened.err) == (0, "")
    assert "campaign batch-7 is open" in opened.out
    assert run("verify", folder).code == 0
    assert "open already" in refused("init", folder).err


def test_a_changed_promise_is_a_finding_and_the_record_counts(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "batch-8"
    run("init", folder)
    run("init", folder)
    path = folder / "campaign.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('shelf_life_d = "365 d"', 'shelf_life_d = "400 d"'), encoding="utf-8")
    said = run("check", folder)
    assert said.code == 1
    assert "[recipe] differs from what was signed" in said.out


ENTRIES = """format = 1

[[entry]]
at = 2026-01-06T09:00:00Z
type = "lot.registered"
origin = "recorded"
body = { lot = "lot-7", material = "drug", quantity = "2", unit = "kg" }

[[entry]]
at = 2026-01-06T10:00:00Z
type = "lot.loaded"
origin = "recorded"
body = { lot = "lot-7", into = "vials" }
"""


def test_entries_of_a_file_are_recorded_all_or_none(run: Run, refused: Run, tmp_path: Path) -> None:
    folder, entries = tmp_path / "batch-9", tmp_path / "entries.toml"
    run("init", folder)
    entries.write_text(ENTRIES, encoding="utf-8")
    assert "downmass init" in refused("record", folder, entries).err
    run("init", folder)
    entries.write_text(ENTRIES.replace('lot = "lot-7", into', 'lot = "lot-8", into'), encoding="utf-8")
    before = json.loads(run("verify", folder, "--json").out)["size"]
    told = refused("record", folder, entries).err
    assert f"{entries}:9: lot.loaded: lot 'lot-8' is not registered" in told
    assert json.loads(run("verify", folder, "--json").out)["size"] == before
    entries.write_text(ENTRIES, encoding="utf-8")
    said = run("record", folder, entries)
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 2)
    assert "lot.loaded" in said.out
    assert json.loads(run("verify", folder, "--json").out)["size"] == before + 2
    entries.write_bytes(b"# caf\xe9\n")
    refused("record", folder, entries)
    refused("record", folder, tmp_path / "nothing.toml")


@pytest.mark.parametrize("kind", ["bundle", "dossier", "epcis"])
def test_what_is_exported_is_the_same_twice(kind: str, run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        said = run("export", kind, "w1", tmp_path / name, "--as-of", "2024-03-30")
        assert said.code == 0, said
        assert f"written: {tmp_path / name}" in said.out
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    if kind != "epcis":
        assert run("verify", tmp_path / "one").code == 0


def test_an_export_as_of_earlier_holds_only_what_was_known(run: Run, tmp_path: Path) -> None:
    run("export", "bundle", "w1", tmp_path / "early", "--as-of", "2023-06-12")
    told = json.loads(run("verify", tmp_path / "early", "--json").out)
    assert told["good"]
    assert told["size"] == told["covered"] < 50
    assert b"flight.landed" not in (tmp_path / "early").read_bytes()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("picture", "w1", "x"), "'picture' cannot be exported"),
        (("bundle", "w1", "no/such/folder/x"), "no/such/folder/x"),
        (("bundle", "w1", "x", "--as-of", "2000-01-01"), "has no entries"),
        (("bundle", "nowhere", "x"), "no example is called 'nowhere'"),
    ],
)
def test_an_export_that_cannot_be_is_refused_and_writes_nothing(
    words: tuple[str, ...], reason: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in refused("export", *words).err
    assert list(tmp_path.iterdir()) == []


def span(folder: Path, text: str = ELEMENTS, **changes: str) -> list[object]:
    (folder / "w1.tle").write_bytes(text.encode("latin-1"))
    told = {
        "--elements": str(folder / "w1.tle"),
        "--site": "uttr",
        "--from": "2024-02-20T00:00:00Z",
        "--to": "2024-02-23T00:00:00Z",
        "--corridor-km": "1300",
        **{f"--{key.replace('_', '-')}": value for key, value in changes.items()},
    }
    return ["windows", *(word for pair in told.items() for word in pair)]


def test_windows_are_found_for_a_site_and_for_a_place(run: Run, tmp_path: Path) -> None:
    by_name = json.loads(run(*span(tmp_path), "--json").out)
    by_place = json.loads(run(*span(tmp_path, site="40.2,-113.0"), "--json").out)
    assert by_name["windows"]
    assert len(by_name["windows"]) == len(by_place["windows"])
    assert "windows within 1300 km" in by_name["headline"]
    assert by_name["windows"][0]["at"][:10] in run(*span(tmp_path)).out


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"from": "2024-02-20T00:00:00"}, "has no time zone"),
        ({"to": "2024-02-23T00:00:00"}, "has no time zone"),
        ({"from": "2024-02-25T00:00:00Z"}, "not after it opens"),
        ({"site": "atlantis"}, "atlantis"),
        ({"site": "north,south"}, "is no place"),
        ({"site": "99,0"}, "off the Earth"),
        ({"site": "nan,0"}, "off the Earth"),
        ({"corridor_km": "-5"}, "a corridor of -5"),
        ({"corridor_km": "nan"}, "a corridor of nan"),
        ({"from": "9998-01-01T00:00:00Z", "to": "9998-02-01T00:00:00Z"}, "more than 10 years"),
        ({"from": "1950-01-01T00:00:00Z"}, "more than 10 years"),
        ({"elements": "nothing.tle"}, "nothing.tle"),
        ({"elements": "."}, "."),
    ],
)
def test_windows_asked_for_in_a_way_that_cannot_be_are_refused(
    changes: dict[str, str], reason: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in refused(*span(tmp_path, **changes)).err


@pytest.mark.parametrize(
    "text",
    [ELEMENTS[:90], ELEMENTS.replace("14107", "14108"), "", "W-1\n", ELEMENTS.replace("W-1", "W\xe9-1")],
    ids=["torn", "checksum", "empty", "name only", "not UTF-8"],
)
def test_windows_from_a_torn_element_set_are_refused(text: str, refused: Run, tmp_path: Path) -> None:
    assert "w1.tle" in refused(*span(tmp_path, text)).err


def test_the_catalogue_lists_shows_and_checks(run: Run, refused: Run) -> None:
    tables = run("catalogue", "list").out
    assert "prices" in tables
    assert "reference_slips" in tables
    assert "uttr" in run("catalogue", "list", "sites").out
    assert "source" in run("catalogue", "show", "uttr").out
    checked = run("catalogue", "check")
    assert (checked.code, checked.err) == (0, "")
    assert "0 findings" in checked.out
    assert "use one of" in refused("catalogue", "list", "wishes").err
    assert "catalogue list" in refused("catalogue", "show", "philosophers-stone").err
