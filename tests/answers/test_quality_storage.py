"""The payload bay of W-1 is asked for from making to sampling, not to the last segment that came."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from downmass.answers.answer import Answer

Ask = Callable[..., Answer]


def covered(answer: Answer, title: str, column: str) -> Decimal:
    table = next(t for t in answer.tables if t.title == title)
    row = next(r for r in table.rows if r[0] == "Payload bay temperature")
    return Decimal(row[table.columns.index(column)].removesuffix(" %"))


def rule(answer: Answer, question: str) -> str:
    table = next(t for t in answer.tables if t.title == "Review by exception")
    return next(row[2] for row in table.rows if row[0] == question)


IN_LIMITS = "Did critical parameters stay in limits?"


def test_as_of_the_refusal_the_36_days_since_the_last_segment_count_against_the_bay(ask: Ask) -> None:
    """Asked for from cool-down, 2023-06-30T03:00, to the end of 2023-09-06: 68.875 d at one a minute.

    That is 99,180 measurements, of which 44,172 arrived: 44.5 percent.
    """
    told = ask("quality", "2023-09-06")
    assert abs(covered(told, "Process parameters", "coverage") - Decimal("44.5")) <= Decimal("0.1")
    assert rule(told, IN_LIMITS) == "no"


def test_as_of_the_landing_nothing_since_february_has_arrived_and_the_rule_is_not_met(ask: Ask) -> None:
    """To the end of 2024-02-21 it is 236.875 d or 341,100 measurements; 295,884 arrived: 86.7 percent."""
    told = ask("quality", "2024-02-21")
    assert abs(covered(told, "Process parameters", "coverage") - Decimal("86.7")) <= Decimal("0.1")
    assert rule(told, IN_LIMITS) == "no"


def test_the_logger_read_out_at_the_laboratory_carries_the_release(ask: Ask) -> None:
    """From 2023-06-30T03:00 to sampling on 2024-02-27T15:00 it is 242.5 d or 349,200 measurements.

    44,172 + 251,712 + 37,214 = 333,098 arrived: 95.4 percent, of the 95 asked for.
    """
    told = ask("quality", "2024-03-30")
    assert abs(covered(told, "Process parameters", "coverage") - Decimal("95.4")) <= Decimal("0.1")
    assert rule(told, IN_LIMITS) == "yes"
    assert not [f for f in told.findings if f.severity == "blocking"]
