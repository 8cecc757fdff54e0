"""How fast events fold into state, beside grouping with a plain loop and reading the same bytes.

Run: ``python bench/fold.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.codec import event_from_json, event_to_json

EVENTS = 50_000
Row = tuple[str, float, str, float, float]


def best(act: Callable[[], Any], turns: int = 5) -> float:
    """Return the shortest time of several turns [s]."""
    times = []
    for _ in range(turns):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return min(times)


def life(count: int) -> list[ev.Event[Any]]:
    """Return a long campaign: phases, contacts, sealed segments, custody, by two writers."""
    start = datetime(2023, 6, 12, tzinfo=UTC)
    bodies: tuple[Any, ...] = (
        ev.PhaseMoved("crystallise", "execute"),
        ev.LotLoaded("lot-1", "capsule"),
        ev.CustodyTransferred("lot-1", "acme", "lab", "Utah", "sealed"),
        ev.Recovered("Utah", "whole"),
    )
    events = []
    for n in range(count):
        body = bodies[n % len(bodies)]
        at = start + timedelta(minutes=n)
        writer = ("ground", "capsule")[n % 2]
        events.append(
            ev.Event(f"e{n}", "w1", ev.TYPE_OF[type(body)], 1, writer, n // 2,
                     at, Decimal(1), at, "simulated", "", (), body)
        )  # fmt: skip
    return events


def grouped(events: list[ev.Event[Any]]) -> dict[type[Any], list[ev.Event[Any]]]:
    """Group events by type: the least any fold must do."""
    groups: dict[type[Any], list[ev.Event[Any]]] = {}
    for event in events:
        groups.setdefault(type(event.body), []).append(event)
    return groups


def run() -> list[Row]:
    """Return rows: what, our rate, peer, peer's rate [1/s], ratio."""
    events = life(EVENTS)
    lines = [json.dumps(event_to_json(event)) for event in events[:5_000]]
    ours = EVENTS / best(lambda: fold(events))
    plain = EVENTS / best(lambda: grouped(events))
    reading = len(lines) / best(lambda: [event_from_json(json.loads(line)) for line in lines], 3)
    parsing = len(lines) / best(lambda: [json.loads(line) for line in lines], 3)
    return [
        ("fold events [1/s]", ours, "group by type in a plain loop", plain, ours / plain),
        ("fold events [1/s]", ours, "json.loads of the same events", parsing, ours / parsing),
        ("read events from JSON [1/s]", reading, "json.loads alone", parsing, reading / parsing),
    ]


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<44} {ours:>12,.0f}   {peer:<40} {theirs:>12,.0f}   x {ratio:.2f}")


if __name__ == "__main__":
    show(run())
