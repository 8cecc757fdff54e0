"""Lateness clocks: what stops them, what is shared, when a week begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.instant import Window
from downmass.disciplines.contracts.clocks import read_clock
from downmass.facts.contract import Delay, LiquidatedDamages

DUE = datetime(2023, 7, 17, tzinfo=UTC)
DAY = timedelta(days=1)
CLAUSE = LiquidatedDamages(
    "late",
    "Late landing",
    "landing",
    Decimal(28),
    Decimal(1),
    Decimal(10),
    ("weather", "customer"),
    ("regulatory",),
    Decimal(50),
)


def delay(cause: str, first: float, last: float, entry: str = "e1") -> Delay:
    return Delay(cause, Window(DUE + first * DAY, DUE + last * DAY), (entry,))


@pytest.mark.parametrize(
    ("late", "weeks"),
    [
        (timedelta(days=28), 0),
        (timedelta(days=28, seconds=1), 1),
        (timedelta(days=35), 1),
        (timedelta(days=35, seconds=1), 2),
        (timedelta(days=-3), 0),
    ],
)
def test_one_second_into_a_week_beyond_grace_is_a_week(late: timedelta, weeks: int) -> None:
    assert read_clock(CLAUSE, DUE, DUE + late, ()).weeks == weeks


def test_the_overlap_of_two_excused_delays_is_excused_once() -> None:
    # Days 0-10 and 5-15 together excuse 15 days, not 20: 60 - 15 - 28 = 17 d, three started weeks.
    reading = read_clock(
        CLAUSE, DUE, DUE + 60 * DAY, (delay("weather", 0, 10), delay("customer", 5, 15, "e2"))
    )
    assert reading.excused == 15 * DAY
    assert reading.weeks == 3
    assert reading.evidence == ("e1", "e2")


def test_time_both_excused_and_shared_is_excused() -> None:
    # Shared days 0-20, excused days 10-30: 20 d excused, 10 d shared at half.
    # 70 - 20 - 5 - 28 = 17 d, three started weeks.
    reading = read_clock(CLAUSE, DUE, DUE + 70 * DAY, (delay("regulatory", 0, 20), delay("weather", 10, 30)))
    assert (reading.excused, reading.shared) == (20 * DAY, 10 * DAY)
    assert reading.counted_us == Fraction(45 * 86_400_000_000)
    assert reading.weeks == 3


def test_an_excused_launch_slip_before_the_due_date_moves_the_due_date() -> None:
    assert read_clock(CLAUSE, DUE, DUE + 40 * DAY, (delay("weather", -60, -20),)).counted_us == 0


def test_delay_after_the_milestone_excuses_nothing() -> None:
    reading = read_clock(CLAUSE, DUE, DUE + 40 * DAY, (delay("weather", 30, 90),))
    assert reading.excused == 10 * DAY


def test_damages_stop_at_the_cap() -> None:
    assert read_clock(CLAUSE, DUE, DUE + 400 * DAY, ()).percent == 10


def test_a_cause_that_is_neither_excused_nor_shared_counts_in_full() -> None:
    plain = read_clock(CLAUSE, DUE, DUE + 50 * DAY, ())
    assert read_clock(CLAUSE, DUE, DUE + 50 * DAY, (delay("provider", 0, 50),)).weeks == plain.weeks == 4


spans = st.tuples(
    st.sampled_from(["weather", "customer", "regulatory", "provider", "range"]),
    st.integers(-50, 200),
    st.integers(1, 100),
)


@given(st.lists(spans, max_size=6), st.integers(0, 300))
def test_no_hour_is_counted_twice_or_forgiven_twice(delays: list[tuple[str, int, int]], late_d: int) -> None:
    # Day by day, without unions: a day is excused, else shared, else counted in full.
    told = [delay(cause, first, first + length) for cause, first, length in delays]
    reading = read_clock(CLAUSE, DUE, DUE + late_d * DAY, told)
    excused = shared = 0
    for day in range(-50, late_d):
        causes = {cause for cause, first, length in delays if first <= day < first + length}
        if causes & set(CLAUSE.excused):
            excused += 1
        elif causes & set(CLAUSE.shared):
            shared += 1
    assert (reading.excused, reading.shared) == (excused * DAY, shared * DAY)
    counted = max(Fraction(late_d - excused) - Fraction(shared, 2), Fraction(0))
    assert reading.counted_us == counted * 86_400_000_000
