"""Instants in UTC and half-open windows between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from downmass.base.errors import InputError, InstantError


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; the zone is required, the result is in UTC.

    Raises
    ------
    InstantError
        If the text is no instant, or carries no zone.

    Examples
    --------
    >>> parse_instant("2024-02-21T14:40:00-07:00").isoformat()
    '2024-02-21T21:40:00+00:00'
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InstantError(
            f"{text!r} is not an instant", "write it as 2024-02-21T21:40:00Z (ISO 8601 with a zone)"
        ) from None
    return in_utc(instant)


def in_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; refuse one without a zone."""
    if instant.tzinfo is None:
        raise InstantError(
            f"{instant.isoformat()} has no time zone", "add Z for UTC or an offset such as -07:00"
        )
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InstantError(f"{instant.isoformat()} is out of range", "give a year from 2 to 9998") from None


def parse_moment(text: str) -> datetime:
    """Read an as-of moment: an instant, or a bare date that means the end of that day in UTC.

    Examples
    --------
    >>> format_instant(parse_moment("2023-09-06"))
    '2023-09-06T23:59:59Z'
    """
    day = text.strip()
    if len(day) == 10 and day.count("-") == 2:
        return parse_instant(day + "T23:59:59Z")
    return parse_instant(day)


def format_instant(instant: datetime) -> str:
    """Write an instant in UTC, with ``Z`` and with microseconds only where there are any."""
    return in_utc(instant).isoformat().replace("+00:00", "Z")


def _before(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


Instant = Annotated[
    datetime,
    BeforeValidator(_before),
    AfterValidator(in_utc),
    PlainSerializer(format_instant, when_used="json"),
]
"""A UTC instant in a fact; read with its zone, written with ``Z``."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span of time ``[opens, closes)``."""

    opens: Instant
    closes: Instant

    def __post_init__(self) -> None:
        if self.closes <= self.opens:
            raise InputError(
                f"a window closes at {format_instant(self.closes)}, "
                f"not after it opens at {format_instant(self.opens)}",
                "swap the two instants, or give the window a length",
            )


def union_length(windows: Iterable[Window]) -> timedelta:
    """Return the length of the union of windows, overlaps counted once."""
    total = timedelta()
    reached: datetime | None = None
    for window in sorted(windows):
        start = window.opens if reached is None else max(window.opens, reached)
        if window.closes > start:
            total += window.closes - start
        reached = window.closes if reached is None else max(reached, window.closes)
    return total


def days_between(start: datetime, end: datetime) -> float:
    """Return the days from ``start`` to ``end`` [d], negative if ``end`` is earlier."""
    return (end - start) / timedelta(days=1)
