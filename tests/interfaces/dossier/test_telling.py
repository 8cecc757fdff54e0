"""Every kind of entry can be told, and changes between moments are named with their reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from downmass.base.instant import parse_instant
from downmass.facts.event import BODIES, Event, Unknown
from downmass.facts.quantity import Assumption, Money
from downmass.interfaces.dossier.changes import changes
from downmass.interfaces.dossier.reading import (
    by_basis,
    is_numeric,
    money_words,
    number_words,
    opinion_words,
    plain,
    value_words,
)
from downmass.interfaces.dossier.telling import TELLERS, tell


def test_every_type_of_entry_has_its_sentence() -> None:
    assert set(TELLERS) == set(BODIES.values())


def test_entries_are_told_with_readable_names(world: Any) -> None:
    names = {"faa": "Federal Aviation Administration"}
    told = [tell(event, names) for group in world.campaign.events.values() for event in group]
    assert "Federal Aviation Administration: licence reentry granted. Part 450" in told
    assert all((sentence and sentence[-1] in ".)") or " " in sentence for sentence in told)


def test_an_entry_of_a_newer_version_is_said_to_be_unknown() -> None:
    at = parse_instant("2024-01-01T00:00Z")
    event: Event[Any] = Event(
        "g-1", "c", "moon.landed", 9, "g", 0, at, Decimal(0), at, "recorded", "", (), Unknown({})
    )
    assert "does not know" in tell(event, {})


def test_what_changed_names_the_new_entries_behind_it(sample_answers: Any) -> None:
    launch, refusal, end = (answers[0] for _, answers in sample_answers)
    first = changes(launch, refusal)
    landing = next(change for change in first.moved if change.name == "Landing")
    # 2023-09-06 to 2024-01-22 is 138 days on the calendar.
    assert (landing.before, landing.after, landing.by) == ("2023-09-06", "2024-01-22", "+138 d")
    assert "licence refused" in first.because
    assert "licence granted" in changes(refusal, end).because
    told = {"ground-0022": "The licence is granted."}
    assert "The licence is granted." in changes(refusal, end, told).because
    assert not changes(end, end).moved


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("1234567.5", "1,234,568"),
        ("-0.00012345678", "-0.000123457"),
        ("0", "0"),
        ("12.50", "12.50"),
        ("1e20", "1.000e+20"),
        ("not possible", "not possible"),
    ],
)
def test_numbers_are_grouped_and_cut_to_six_digits(given: str, read: str) -> None:
    assert number_words(given) == read


def test_instants_are_read_to_the_minute_with_their_distance() -> None:
    as_of = parse_instant("2024-02-01T21:40:00Z")
    assert value_words("2024-02-21T14:40:59-07:00", as_of) == "2024-02-21 21:40 (+20 d)"
    assert plain("from 2024-02-21T21:40:00Z on") == "from 2024-02-21 21:40 UTC on"


def test_yen_have_no_cents() -> None:
    # ISO 4217: JPY has no minor unit, KWD three digits, USD two.
    assert money_words(Money(1234, "JPY")) == "1,234 JPY"
    assert money_words(Money(1234, "KWD")) == "1.234 KWD"
    assert money_words(Money(1234, "USD")) == "12.34 USD"


def test_opinion_comes_first_and_is_counted_once() -> None:
    guess, fact = Assumption("a", "opinion", "ours"), Assumption("b", "read", "book")
    assert [basis for basis, _ in by_basis([fact, guess, guess])] == ["opinion", "read"]
    assert opinion_words([fact, guess, guess]).startswith("Leans on opinion: 1 of its 2 assumptions has")
    assert opinion_words([fact]) == ""


def test_a_column_is_numeric_only_if_every_cell_is() -> None:
    assert is_numeric(["1,200", "-3.5", "", "12 %", "~4"])
    assert not is_numeric(["1,200", "2024-02-21"])
    assert not is_numeric(["", ""])
