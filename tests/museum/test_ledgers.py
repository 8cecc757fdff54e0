"""Ledgers of earlier formats verify, fold and answer in every later version.

``ledgers/w1-format1.bundle`` was written before there were control recipes, commands and personal
keys: 81 entries, all of version 1, phases ``running`` where they are in execute today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from downmass.answers.answer import QUESTIONS
from downmass.disciplines.execution.standing import phase_standings
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.disciplines.ledger.seal import event_of, heads, seal
from downmass.disciplines.ledger.verify import verify
from downmass.facts.campaign import fold
from downmass.facts.entry import Entry
from downmass.facts.event import Event, Unknown
from downmass.operations.keys import ExampleKeys
from downmass.operations.opening import OpenCampaign, open_campaign

FORMAT_1 = Path(__file__).parent / "ledgers" / "w1-format1.bundle"


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return list(read_bundle(FORMAT_1.read_bytes()).entries)


@pytest.fixture(scope="module")
def events(entries: list[Entry]) -> list[Event[Any]]:
    return [event_of(entry.content) for entry in entries]


@pytest.fixture(scope="module")
def w1() -> Iterator[OpenCampaign]:
    with open_campaign(FORMAT_1) as campaign:
        yield campaign


def test_the_ledger_still_verifies_to_the_byte(entries: list[Entry]) -> None:
    assert verify_bundle(FORMAT_1.read_bytes()).damage is None
    assert len(entries) == 81


def test_it_is_of_the_first_format(entries: list[Entry]) -> None:
    told = [json.loads(entry.content) for entry in entries]
    assert {value["version"] for value in told} == {1}
    states = [value["body"]["state"] for value in told if value["type"] == "phase.moved"]
    assert states == ["running", "complete", "running", "complete"]


def test_it_folds_without_a_finding_and_nothing_is_lost(events: list[Event[Any]]) -> None:
    state = fold(events)
    assert (state.id, state.stage, state.size) == ("w1", "closed", 81)
    assert (state.findings, state.unknown) == ((), ())
    assert fold(events) == state


def test_running_reads_as_execute_moved_by_what_nobody_told(events: list[Event[Any]]) -> None:
    moves = [event for event in events if event.type == "phase.moved"]
    assert [event.body.state for event in moves] == ["execute", "complete", "execute", "complete"]
    assert {(event.version, event.body.cause, event.body.command) for event in moves} == {(1, "told", "")}


def test_its_two_phases_ran_once_each_for_the_27_hours_that_were_reported(events: list[Event[Any]]) -> None:
    """CNBC, 2023-08-31: the run lasted 27 hours; completed on 2023-06-30."""
    standings = phase_standings(fold(events))
    assert [(s.phase.id, s.state, s.runs, s.completions) for s in standings] == [
        ("run", "complete", 1, 1), ("cool-down", "complete", 1, 1)
    ]  # fmt: skip
    assert standings[0].executed.total_seconds() == 27 * 3600


@pytest.mark.parametrize(
    ("as_of", "place"),
    [("2023-06-12", "in orbit"), ("2023-09-06", "process complete"), ("2024-03-30", "closed")],
)
def test_all_nine_questions_are_answered_from_it_at_its_three_moments(
    as_of: str, place: str, w1: OpenCampaign
) -> None:
    answers = {answer.question: answer for answer in w1.ask_all(as_of)}
    assert set(answers) == set(QUESTIONS)
    for answer in answers.values():
        assert answer.missing == (), answer.question
        assert answer.headline
    assert place in answers["track"].headline


def later(event: Event[Any], **changes: Any) -> Event[Any]:
    """An entry as a later version of the program might write it after the last one."""
    fields = {"body": Unknown({"note": "of a later time"}), "type": "later.kind", "version": 1, **changes}
    return replace(event, **fields)


@pytest.mark.parametrize(("kind", "version"), [("later.kind", 1), ("phase.moved", 99), ("control.frozen", 2)])
def test_an_entry_of_a_newer_type_or_version_is_kept_verified_and_told(
    kind: str, version: int, entries: list[Entry], events: list[Event[Any]]
) -> None:
    head = heads(entries)["ground"]
    new = later(
        events[-1], id=f"ground-{head.sequence:06d}", sequence=head.sequence, type=kind, version=version
    )
    log = [*entries, seal(new, len(entries), head.prev_hash, ExampleKeys().key("w1", "ground"))]
    assert verify(log).damage is None
    state = fold(event_of(entry.content) for entry in log)
    assert [(event.type, event.body.fields["note"]) for event in state.unknown] == [(kind, "of a later time")]
    assert state.stage == "closed"
    assert [finding.severity for finding in state.findings] == ["note"]
