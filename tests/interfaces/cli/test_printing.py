"""What somebody wrote into a record is shown as text; it steers no terminal and is no markup."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from downmass.answers.answer import Table, Value
from downmass.disciplines.ledger import checkpoint
from downmass.disciplines.ledger.bundle import read_bundle, write_bundle
from downmass.disciplines.ledger.seal import content_of, event_of, heads, sign
from downmass.disciplines.ledger.tree import Tree, leaf_hash
from downmass.facts.entry import Entry
from downmass.facts.event import Unknown
from downmass.facts.finding import Finding
from downmass.interfaces.cli.printing import printable
from downmass.interfaces.cli.show import show, show_side_by_side
from downmass.operations.keys import ExampleKeys

Run = Callable[..., Any]
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202efdp.exe"
LINES = (
    "1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995",
    "2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107",
)


def steers(text: str) -> bool:
    return any(
        unicodedata.category(letter) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(letter) in BIDI
        for letter in text.replace("\n", "")
    )


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Explicit formatting characters of the Unicode bidirectional algorithm (UAX 9, table 4)."""


def _with_hostile_entry(demo: Path, signer: str) -> bytes:
    """W-1 with one entry more, of a type and id that would clear the screen."""
    entries = list(read_bundle((demo / "w1.bundle").read_bytes()).entries)
    last = event_of(entries[-1].content)
    head = heads(entries)[last.writer]
    event = replace(
        last, id=f"{HOSTILE}\nverified: all", type=f"news.{HOSTILE}", sequence=head.sequence, body=Unknown({})
    )
    content = content_of(event, head.prev_hash)
    key = ExampleKeys().key("w1", last.writer)
    entries.append(
        Entry(len(entries), content, leaf_hash(content), sign(content, ExampleKeys().key("w1", signer)))
    )
    note = checkpoint.make("w1", len(entries), Tree(entry.hash for entry in entries).root(), key)
    return write_bundle(entries, note)


def test_a_strangers_entry_is_listed_with_its_control_characters_spelled_out(
    demo: Path, run: Run, tmp_path: Path
) -> None:
    hostile = tmp_path / "w1.bundle"
    hostile.write_bytes(_with_hostile_entry(demo, "ground"))
    said = run("check", hostile)
    assert r"\x1b[2J\x1b]0;owned\x07\x9b31m\u202efdp.exe verified: all: entry type" in said.out
    assert not steers(said.out)


@pytest.mark.parametrize("command", ["verify", "check", "when"])
def test_a_damaged_entry_is_named_on_one_line_that_steers_nothing(
    command: str, demo: Path, tmp_path: Path, run: Run
) -> None:
    forged = tmp_path / "forged.bundle"
    forged.write_bytes(_with_hostile_entry(demo, "somebody-else"))
    said = run(command, forged)
    assert said.code in (1, 2)
    text = said.out + said.err
    assert r"\x1b[2J" in text
    assert not steers(text)
    assert not any(line.startswith("verified") for line in text.splitlines())


@given(st.text())
def test_a_printable_text_is_one_line_and_stays_as_it_is_when_made_so_again(text: str) -> None:
    shown = printable(text)
    assert not steers(shown)
    assert "\n" not in shown
    assert printable(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_shown_as_it_was_written(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("word", ["[/red]", "[bold]", ":warning:", HOSTILE])
def test_an_answer_shows_the_words_of_the_record_as_they_are(word: str, sample_answers: Any) -> None:
    answer = replace(
        sample_answers[0][1][0],
        headline=f"It {word} is.",
        values=(Value(f"name {word}", "kg", exact="1", note=f"note {word}"),),
        tables=(Table(f"title {word}", ("column", f"c {word}"), (("a", f"cell {word}"),)),),
        findings=(Finding(f"subject {word}", f"message {word}", "blocking"),),
        missing=(f"missing {word}",),
    )
    page = StringIO()
    console = Console(file=page, width=200, color_system=None)
    show(answer, console)
    show_side_by_side((("then", answer), (f"now {word}", answer)), console, {"ground-0001": word})
    text = page.getvalue()
    assert not steers(text)
    for place in ("name", "note", "title", "c", "cell", "subject", "message", "missing", "now"):
        assert f"{place} {printable(word)}" in text


@pytest.mark.parametrize("name", ["[/red]", "[bold]X", ":warning:", "SAT\x1b[2J"])
def test_windows_of_an_object_with_any_name_are_told(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "sat.tle").write_text("\n".join((name, *LINES, "")), encoding="utf-8")
    span = ("--from", "2023-09-15T00:00:00Z", "--to", "2023-09-17T00:00:00Z")
    said = run("windows", "--elements", tmp_path / "sat.tle", "--site", "40.2,-113", *span)
    assert said.code == 0, said.err
    assert printable(name) in said.out
    assert not steers(said.out)


def test_of_a_page_the_record_inside_is_verified_and_its_words_are_said_not_to_be(
    demo: Path, run: Run, tmp_path: Path
) -> None:
    page = tmp_path / "changed.html"
    words = (demo / "w1-dossier.html").read_text(encoding="utf-8").replace("ritonavir", "aspirin")
    page.write_text(words, encoding="utf-8")
    said = run("verify", page)
    assert said.code == 0
    assert said.out.startswith(f"verified: the record inside {page}: ")
    assert "the words of the page are not covered" in said.out
    assert json.loads(run("verify", page, "--json").out)["page_words"] == "not covered"
    assert "words of the page" not in run("verify", demo / "w1.bundle").out


def test_a_page_saved_with_a_byte_order_mark_is_read_as_a_page(demo: Path, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "marked.html"
    page.write_bytes(b"\xef\xbb\xbf" + (demo / "w1-dossier.html").read_bytes().replace(b"\n", b"\r\n"))
    said = run("verify", page)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("verified: the record inside")
