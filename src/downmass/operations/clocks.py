"""When entries were known: recording times by clocks that may have stood wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from downmass.base.instant import format_instant
from downmass.facts.event import Event, SyncReceived
from downmass.facts.finding import Finding

CLOCK_SLACK = timedelta(seconds=2)
"""How far a writer's clock may stand behind the last entry before recording is refused."""


def reached(recorded: Iterable[datetime]) -> datetime | None:
    """Return where a writer's clock stands after entries recorded in this order.

    Within the slack the latest time counts; a step further back is a clock that was set right.

    Examples
    --------
    >>> from datetime import UTC
    >>> reached(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 9, 2, 3)).day
    3
    """
    stands: datetime | None = None
    for moment in recorded:
        if stands is None or moment > stands or moment + CLOCK_SLACK < stands:
            stands = moment
    return stands


def arrivals(events: Sequence[Event[Any]]) -> tuple[datetime, ...]:
    """Return when each entry was known to the log, never earlier than the entries before it.

    An entry that came in a bundle is known from when the log's writer recorded ``sync.received`` over
    it, whatever its own clock said. Any other is known from its own recording time, or from that of
    a later entry of the log's writer where that is earlier: it had arrived by then.

    Notes
    -----
    So a clock that stood ahead, on board or on the ground, hides entries only until the ground
    records the next one by a right clock. A ground clock that stood behind would make entries
    known too early; the desk refuses one.
    """
    known: list[datetime] = []
    bound: datetime | None = None
    synced = _synced(events)
    for event in reversed(events):
        if event.writer == events[0].writer and (bound is None or event.recorded_at < bound):
            bound = event.recorded_at
        told = _arrived(synced, event) or event.recorded_at
        known.append(told if bound is None else min(told, bound))
    return tuple(accumulate(reversed(known), max))


def _synced(events: Sequence[Event[Any]]) -> dict[str, list[tuple[int, int, datetime]]]:
    """Return writer -> first and last of each stretch that came in a bundle, and when it did."""
    told: defaultdict[str, list[tuple[int, int, datetime]]] = defaultdict(list)
    for event in events:
        if isinstance(event.body, SyncReceived) and event.writer == events[0].writer:
            for stretch in event.body.appended:
                told[event.body.writer].append((stretch.first, stretch.last, event.recorded_at))
    return {writer: sorted(own) for writer, own in told.items()}


def _arrived(synced: Mapping[str, list[tuple[int, int, datetime]]], event: Event[Any]) -> datetime | None:
    own = synced.get(event.writer, [])
    place = bisect_right(own, event.sequence, key=lambda stretch: stretch[0]) - 1
    return own[place][2] if place >= 0 and event.sequence <= own[place][1] else None


def clock_findings(events: Sequence[Event[Any]]) -> tuple[Finding, ...]:
    """Return a finding for each entry whose writer's clock stood ahead of when it had arrived.

    Examples
    --------
    >>> clock_findings([])
    ()
    """
    found = []
    for event, known_at in zip(events, arrivals(events), strict=True):
        if event.recorded_at > known_at + CLOCK_SLACK:
            text = (
                f"writer {event.writer}'s clock stood ahead: recorded at "
                f"{format_instant(event.recorded_at)}, yet the log had it by {format_instant(known_at)}"
            )
            found.append(Finding(event.id, text, "warning", (event.id,)))
    return tuple(found)
