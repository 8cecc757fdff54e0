"""How fast 10,000 lots are traced both ways, beside a graph library doing the least of it.

Run: ``python bench/genealogy.py``. The peer, networkx, builds its graph from the same events and asks
for ancestors and descendants; it keeps no entries, times, containers, hands or mass balance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import networkx

from downmass.disciplines.quality.genealogy import trace
from downmass.disciplines.quality.lots import lots
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.event import LotPart

LOTS = 10_000
Row = tuple[str, float, str, float, float]


def best(act: Callable[[], Any], turns: int = 3) -> float:
    """Return the shortest time of several turns [s]."""
    times = []
    for _ in range(turns):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return min(times)


def bodies(count: int) -> list[Any]:
    """Return raw lots that are split, joined two by two, packed, handed over and sampled, again and again."""
    made: list[Any] = [ev.LotRegistered("lot-0", "glass", Decimal(10**9), "mg")]
    number, kilo = 1, Decimal(1000)
    while number < count:
        source = f"lot-{(number - 1) // 4}"
        first, second, joined = (f"lot-{number + step}" for step in range(3))
        parts = (LotPart(first, kilo, "mg"), LotPart(second, kilo, "mg"))
        made.append(ev.LotSplit(source, parts))
        made.append(ev.LotTransformed(f"run-{number}", "fibre", parts, (LotPart(joined, 2 * kilo, "mg"),)))
        if number % 10 == 1:
            box = f"box-{number}"
            made.append(ev.ContainerPacked(box, (joined,)))
            made.append(ev.CustodyTransferred(box, "maker", "carrier", "dock", "dry"))
            made.append(ev.SampleTaken(f"sample-{number}", joined, "release", f"L-{number}"))
        number += 3
    return made


def record(count: int) -> Campaign:
    """Return the campaign those bodies fold to."""
    start = datetime(2031, 3, 1, tzinfo=UTC)
    events = []
    for place, body in enumerate(bodies(count)):
        at = start + timedelta(minutes=place)
        events.append(
            ev.Event(f"e{place}", "c", ev.TYPE_OF[type(body)], 1, "ground", place,
                     at, Decimal(1), at, "simulated", "", (), body)
        )  # fmt: skip
    return fold(events)


def by_networkx(campaign: Campaign, thing: str) -> tuple[set[str], set[str]]:
    """Build the peer's graph from the same events, and return ancestors and descendants."""
    graph = networkx.DiGraph()
    for split in campaign.all(ev.LotSplit):
        graph.add_edges_from((split.body.lot, part.lot) for part in split.body.into)
    for run in campaign.all(ev.LotTransformed):
        graph.add_edges_from((a.lot, b.lot) for a in run.body.inputs for b in run.body.outputs)
    for packed in campaign.all(ev.ContainerPacked):
        graph.add_edges_from((thing, packed.body.container) for thing in packed.body.contents)
    for sample in campaign.all(ev.SampleTaken):
        graph.add_edge(sample.body.lot, sample.body.sample)
    return networkx.ancestors(graph, thing), networkx.descendants(graph, thing)


def run() -> list[Row]:
    """Return rows: what, our time, peer, peer's time [s], ratio."""
    campaign = record(LOTS)
    middle = f"lot-{LOTS // 3 // 3 * 3 + 3}"
    rows = []
    for what, thing in (("of the first", "lot-0"), ("of one in the middle", middle)):
        found = trace(campaign, thing)
        before, after = by_networkx(campaign, thing)
        if {link.source for link in found.back} != before or {link.target for link in found.forward} != after:
            raise SystemExit(f"the two do not agree on {thing}")
        ours = best(lambda thing=thing: trace(campaign, thing))
        peer = best(lambda thing=thing: by_networkx(campaign, thing))
        what = f"trace {what} of {len(lots(campaign)):,} lots both ways [s]"
        rows.append((what, ours, "networkx, links alone", peer, ours / peer))
    return rows


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<56} {ours:>8.3f}   {peer:<24} {theirs:>8.3f}   x {ratio:.2f}")


if __name__ == "__main__":
    show(run())
