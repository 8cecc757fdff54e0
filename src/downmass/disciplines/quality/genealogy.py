"""Genealogy: what a lot was made from and what became of it, traced both ways in one answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from downmass.base.errors import NotFoundError
from downmass.disciplines.quality.hands import Hand, chain, passings
from downmass.disciplines.quality.lots import LotBalance, LotBook, lot_findings
from downmass.disciplines.quality.packing import Identity, Packing, Stay
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    DispositionDecided,
    Event,
    LotTransformed,
    MaterialCharged,
    ResultReported,
    SampleTaken,
    YieldReported,
)
from downmass.facts.finding import Finding

How = Literal["made from", "split", "transformed", "charged", "yielded", "sampled", "packed"]
Kind = Literal["lot", "sublot", "product", "sample", "container", "phase", "item"]

NEAR = 8
"""How many known names a refusal lists."""


@dataclass(frozen=True, slots=True)
class Link:
    """One edge of the genealogy: a thing became, or went into, another, by the entry that says so.

    Attributes
    ----------
    quantity, unit
        How much, where the entry says; of a transformation, the input taken of the source.
    depth
        Links from the thing the trace is about, from 1.
    """

    source: str
    target: str
    how: How
    entry: str
    at: datetime
    quantity: Decimal | None = None
    unit: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Genealogy:
    """The links by what they lead from and to."""

    after: dict[str, list[Link]]
    before: dict[str, list[Link]]
    kinds: dict[str, Kind]


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything on record of a thing, both ways.

    Attributes
    ----------
    back
        Links to what it came from, nearest first.
    forward
        Links to what became of it: sublots, products, samples, containers; nearest first.
    results, decisions
        What laboratories reported on it or on what became of it, and dispositions of those lots.
    stays
        Where it and what became of it was packed, from when to when.
    hands
        Who held it, what it came from, what became of it and the containers around, in order of time.
    balances
        Mass balance of every lot of the trace.
    findings
        What is wrong with any lot of the trace.
    """

    thing: str
    kind: Kind
    back: tuple[Link, ...]
    forward: tuple[Link, ...]
    results: tuple[Event[ResultReported], ...]
    decisions: tuple[Event[DispositionDecided], ...]
    stays: tuple[Stay, ...]
    hands: tuple[Hand, ...]
    balances: tuple[LotBalance, ...]
    findings: tuple[Finding, ...]

    @property
    def names(self) -> frozenset[str]:
        """Every lot, sample, container and phase of the trace."""
        links = (*self.back, *self.forward)
        return frozenset({self.thing}.union(*({link.source, link.target} for link in links)))


def genealogy(campaign: Campaign, book: LotBook | None = None, packing: Packing | None = None) -> Genealogy:
    """Return the graph of every lot, sublot, sample, container and phase on record.

    Parameters
    ----------
    book, packing
        The lots, and what was inside what, where they are read already.
    """
    read = book or LotBook(campaign)
    inside = packing or Packing(campaign, read)
    stays = [stay for thing in inside.packed() for stay in inside.stays(thing)]
    after: dict[str, list[Link]] = {}
    before: dict[str, list[Link]] = {}
    kinds = _kinds(read, stays)
    for link in _links(read, stays):
        after.setdefault(link.source, []).append(link)
        before.setdefault(link.target, []).append(link)
    return Genealogy(after, before, kinds)


def _kinds(book: LotBook, stays: Sequence[Stay]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for passing in passings(book.campaign):
        kinds[passing.item] = "item"
    phases = [event.body.phase for event in book.campaign.all(MaterialCharged)]
    phases += [event.body.phase for event in book.campaign.all(YieldReported)]
    kinds.update({_phase(phase): "phase" for phase in phases})
    for stay in stays:
        kinds[stay.container] = "container"
    for sample in book.campaign.all(SampleTaken):
        kinds[sample.body.sample] = "sample"
    for lot in book.lots.values():
        made: Kind = "product" if lot.made_from else "lot"
        kinds[lot.id] = "sublot" if lot.came_by == "split" else made
    return kinds


def _phase(phase: str) -> str:
    """Return the name of a phase in the graph; a lot may have the same id."""
    return f"phase {phase}"


def _links(book: LotBook, stays: Sequence[Stay]) -> Iterator[Link]:
    taken = {
        (part.lot, event.id): part
        for event in book.campaign.all(LotTransformed)
        for part in event.body.inputs
    }
    for lot in book.births:
        how: How = "made from" if lot.came_by == "registered" else lot.came_by
        for source in lot.made_from:
            part = taken.get((source, lot.entry))
            if lot.came_by == "split":
                yield Link(source, lot.id, how, lot.entry, lot.at, lot.quantity, lot.unit)
            elif part is not None:
                yield Link(source, lot.id, how, lot.entry, lot.at, part.quantity, part.unit)
            else:
                yield Link(source, lot.id, how, lot.entry, lot.at)
    for charge in book.campaign.all(MaterialCharged):
        body = charge.body
        yield Link(
            body.lot, _phase(body.phase), "charged", charge.id, charge.occurred_at, body.quantity, body.unit
        )
    for given in book.campaign.all(YieldReported):
        said = given.body
        yield Link(
            _phase(said.phase), said.lot, "yielded", given.id, given.occurred_at, said.actual, said.unit
        )
    for sample in book.campaign.all(SampleTaken):
        yield Link(sample.body.lot, sample.body.sample, "sampled", sample.id, sample.occurred_at)
    for stay in stays:
        yield Link(stay.thing, stay.container, "packed", stay.entry, stay.since)


def trace(campaign: Campaign, thing: str, at: datetime | None = None) -> Trace:
    """Trace a lot, sample, container or item both ways in one answer.

    Parameters
    ----------
    thing
        A lot, sublot, sample, container or item on record.
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.

    Raises
    ------
    NotFoundError
        If nothing of that name is on record.

    Notes
    -----
    A container leads back to what was ever packed into it and forward to what it was packed into;
    what merely lay beside a lot in one container is no kin of it.
    """
    book = LotBook(campaign)
    packing = Packing(campaign, book)
    graph = genealogy(campaign, book, packing)
    if thing not in graph.kinds:
        known = ", ".join(list(graph.kinds)[:NEAR])
        more = f" and {len(graph.kinds) - NEAR} more" if len(graph.kinds) > NEAR else ""
        raise NotFoundError(
            f"{thing!r} is no lot, sample, container or item of {campaign.id}",
            f"name one on record: {known}{more}" if known else "register a lot first",
        )
    back = tuple(_walk(thing, graph.before, lambda link: link.source))
    forward = tuple(_walk(thing, graph.after, lambda link: link.target))
    later = frozenset({thing, *(link.target for link in forward)})
    kin = later | {link.source for link in back}
    return Trace(
        thing=thing,
        kind=graph.kinds[thing],
        back=back,
        forward=forward,
        results=tuple(e for e in campaign.all(ResultReported) if e.body.sample in later),
        decisions=tuple(e for e in campaign.all(DispositionDecided) if e.body.lot in kin),
        stays=tuple(stay for name in sorted(kin) for stay in packing.stays(name)),
        hands=_hands(campaign, packing, thing, later, at),
        balances=tuple(book.balances[name] for name in sorted(kin) if name in book.balances),
        findings=tuple(finding for finding in lot_findings(campaign, book) if finding.subject in kin),
    )


def _walk(start: str, links: dict[str, list[Link]], end: Callable[[Link], str]) -> Iterator[Link]:
    """Yield each link reached from a thing once, nearest first."""
    seen = {start}
    waiting = deque([(start, 1)])
    while waiting:
        name, depth = waiting.popleft()
        for link in links.get(name, ()):
            yield Link(
                link.source, link.target, link.how, link.entry, link.at, link.quantity, link.unit, depth
            )
            reached = end(link)
            if reached not in seen:
                seen.add(reached)
                waiting.append((reached, depth + 1))


def _hands(
    campaign: Campaign, packing: Packing, thing: str, later: Iterable[str], at: datetime | None
) -> tuple[Hand, ...]:
    """Return the holdings of a thing under any name, and of what became of it."""
    hands = chain(campaign, at, packing)
    if not hands:
        return ()
    end = max(hand.since for hand in hands)
    spans: dict[str, list[Identity]] = {}
    for identity in packing.identities(thing, end):
        spans.setdefault(identity.name, []).append(identity)
    own = frozenset(later) - frozenset(packing.containers())
    return tuple(
        hand
        for hand in hands
        if hand.item in own
        or any(span.since <= hand.since <= span.until for span in spans.get(hand.item, ()))
    )
