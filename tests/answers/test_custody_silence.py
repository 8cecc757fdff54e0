"""Days in flight with no contact on record: a count of the record, not a claim that nobody was there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from downmass.answers.answer import Answer

Ask = Callable[..., Answer]

NAME = "days in flight with no contact on record"


def value(answer: Answer, name: str) -> float:
    return float(next(v.exact for v in answer.values if v.name == name and v.exact is not None))


def test_whole_flight_of_w1_is_silent_but_for_the_days_it_was_heard_on(ask: Ask) -> None:
    """Flight 2023-06-12T21:35 to 2024-02-21T21:40: 254.003 d.

    Heard on 28 June (contact), 30 June, 1 August and 1 February (segments), 18 and 20 February and
    until 21:40 on 21 February (burns): 6.903 d; 247.1 d are left.
    """
    assert value(ask("custody", "2024-03-30"), NAME) == pytest.approx(254.003 - 6.903, abs=0.06)


@pytest.mark.parametrize(("as_of", "heard_d"), [("2023-06-20", 0), ("2023-07-20", 2), ("2023-09-06", 3)])
def test_a_flight_under_way_is_counted_to_the_moment_of_asking(ask: Ask, as_of: str, heard_d: int) -> None:
    flown_d = value(ask("track", as_of), "days in flight")
    assert value(ask("custody", as_of), NAME) == pytest.approx(flown_d - heard_d, abs=0.11)


@pytest.mark.parametrize("as_of", ["2023-09-06", "2024-02-20", "2024-03-30"])
def test_custody_and_track_tell_the_same_days_with_their_rule(ask: Ask, as_of: str) -> None:
    told = [next(v for v in ask(q, as_of).values if v.name == NAME) for q in ("custody", "track")]
    assert told[0] == told[1]
    assert "a contact, a segment received or a burn" in told[0].note


def test_no_answer_claims_that_nobody_was_at_hand_in_flight(ask: Ask) -> None:
    for question in ("custody", "track", "quality"):
        told = ask(question, "2024-03-30")
        words = " ".join([told.headline, *(f.message for f in told.findings)])
        assert "nobody at hand" not in words
        assert "without contact" not in words
    assert "247 days in flight with no contact on record" in ask("custody", "2024-03-30").headline
