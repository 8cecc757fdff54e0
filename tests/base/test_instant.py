"""Instants carry their zone, windows have a length, overlaps count once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError, InstantError
from downmass.base.instant import (
    Window,
    days_between,
    format_instant,
    in_utc,
    parse_instant,
    parse_moment,
    union_length,
)

START = datetime(2023, 6, 12, tzinfo=UTC)
HOURS = st.integers(0, 2000)
WINDOWS = st.lists(st.tuples(HOURS, st.integers(1, 400)), max_size=30).map(
    lambda spans: [
        Window(START + timedelta(hours=begin), START + timedelta(hours=begin + length))
        for begin, length in spans
    ]
)


@pytest.mark.parametrize("text", ["2024-02-21T21:40:00", "2024-02-21", "2024-02-21 21:40"])
def test_a_time_without_a_zone_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(InstantError, match="has no time zone") as refusal:
        parse_instant(text)
    assert "add Z for UTC" in refusal.value.remedy


@pytest.mark.parametrize("text", ["", "yesterday", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "21:40Z"])
def test_text_that_is_no_time_is_refused_with_an_example_of_one(text: str) -> None:
    with pytest.raises(InstantError, match="is not an instant") as refusal:
        parse_instant(text)
    assert "2024-02-21T21:40:00Z" in refusal.value.remedy


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_whose_utc_leaves_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InstantError, match="out of range"):
        parse_instant(text)


def test_the_hour_summer_time_repeats_is_told_apart_by_its_offset() -> None:
    # Mountain time 2023-11-05 (15 USC 260a): 01:30 came twice, an hour apart.
    first = parse_instant("2023-11-05T01:30:00-06:00")
    second = parse_instant("2023-11-05T01:30:00-07:00")
    assert second - first == timedelta(hours=1)


def test_one_landing_written_in_three_zones_is_one_instant() -> None:
    told = ("2024-02-21T21:40:00Z", "2024-02-21T14:40:00-07:00", "2024-02-22T03:10:00+05:30")
    assert {parse_instant(text) for text in told} == {datetime(2024, 2, 21, 21, 40, tzinfo=UTC)}


def test_a_bare_date_as_of_moment_is_the_end_of_that_day_in_utc() -> None:
    assert format_instant(parse_moment(" 2023-09-06 ")) == "2023-09-06T23:59:59Z"
    assert parse_moment("2023-09-06T00:00:00Z") == datetime(2023, 9, 6, tzinfo=UTC)


@given(
    st.datetimes(
        datetime(2, 1, 2),  # noqa: DTZ001
        datetime(9998, 12, 30),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_an_instant_survives_being_written_and_read(instant: datetime) -> None:
    told = format_instant(instant)
    assert told.endswith("Z")
    assert parse_instant(told) == in_utc(instant)


@pytest.mark.parametrize("length_s", [0, -1, -86400])
def test_a_window_that_closes_before_it_opens_is_refused(length_s: int) -> None:
    with pytest.raises(InputError, match="not after it opens") as refusal:
        Window(START, START + timedelta(seconds=length_s))
    assert "swap the two instants" in refusal.value.remedy


def test_windows_that_only_touch_share_no_time() -> None:
    first = Window(START, START + timedelta(days=1))
    second = Window(first.closes, first.closes + timedelta(days=1))
    assert union_length([second, first]) == timedelta(days=2)


@given(WINDOWS)
def test_the_length_of_a_union_counts_each_hour_once(windows: list[Window]) -> None:
    hours = {
        hour
        for window in windows
        for hour in range(
            int((window.opens - START) / timedelta(hours=1)),
            int((window.closes - START) / timedelta(hours=1)),
        )
    }
    assert union_length(windows) == timedelta(hours=len(hours))


@given(WINDOWS, st.randoms(use_true_random=False))
def test_a_union_does_not_depend_on_the_order_of_its_windows(windows: list[Window], order: object) -> None:
    shuffled = list(windows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert union_length(shuffled + windows) == union_length(windows)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-4000, 4000))
def test_days_between_are_signed_and_undo_each_other(day: date, days: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert days_between(start, start + timedelta(days=days)) == days
    assert days_between(start + timedelta(days=days), start) == -days
