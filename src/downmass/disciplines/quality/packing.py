"""What was inside what, from when to when; and under which names a thing has travelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from downmass.disciplines.quality.lots import LotBook, births
from downmass.facts.campaign import Campaign
from downmass.facts.event import ContainerPacked, ContainerUnpacked, Event, LotLoaded, SampleTaken
from downmass.facts.finding import Finding

EVER = datetime.min.replace(tzinfo=UTC)
ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stay:
    """A thing inside a container, from when it was packed to when it was taken out, if it was."""

    thing: str
    container: str
    since: datetime
    until: datetime | None
    entry: str
    out_entry: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """A name under which a thing travelled, and the span in which it did."""

    name: str
    since: datetime
    until: datetime


class Packing:
    """Everything on record of containers, folded once and asked many times.

    Attributes
    ----------
    findings
        What does not fit: packed into two containers at once, into itself, taken out of where it
        was not.

    Notes
    -----
    What is made from a lot is where the lot is, and a sample where its lot is, until it is itself
    packed or taken out by name.
    """

    def __init__(self, campaign: Campaign, book: LotBook | None = None) -> None:
        self.findings: list[Finding] = []
        self._stays: dict[str, list[Stay]] = {}
        self._inside: dict[str, list[tuple[str, int]]] = {}
        self._origins: dict[str, set[str]] = {}
        self._made: dict[str, set[str]] = {}
        self._own: dict[str, datetime] = {}
        self._born: dict[str, datetime] = {}
        for lot in book.births if book is not None else births(campaign):
            self._descends(lot.id, lot.made_from, lot.at)
        for sample in campaign.all(SampleTaken):
            self._descends(sample.body.sample, (sample.body.lot,), sample.occurred_at)
        place = {entry: index for index, entry in enumerate(campaign.arrival)}
        acts: list[Event[Any]] = [
            event for kind in (LotLoaded, ContainerPacked, ContainerUnpacked) for event in campaign.all(kind)
        ]
        for act in sorted(acts, key=lambda event: (event.occurred_at, place.get(event.id, 0))):
            body = act.body
            if isinstance(body, LotLoaded):
                self._pack(body.lot, body.into, act)
            elif isinstance(body, ContainerPacked):
                for thing in body.contents:
                    self._pack(thing, body.container, act)
            else:
                self._unpack(body, act)

    def _descends(self, name: str, sources: Sequence[str], at: datetime) -> None:
        self._born.setdefault(name, at)
        self._origins.setdefault(name, set()).update(sources)
        for source in sources:
            self._made.setdefault(source, set()).add(name)

    def _pack(self, thing: str, container: str, act: Event[Any]) -> None:
        at = act.occurred_at
        if thing == container or thing in self.around(container, at):
            text = f"{thing} is packed into itself, by way of {container}; correct the entry"
            self.findings.append(Finding(thing, text, "blocking", (act.id,)))
            return
        stays = self._stays.setdefault(thing, [])
        if stays and stays[-1].until is None:
            last = stays[-1]
            if last.container == container:
                return
            text = (
                f"{thing} is packed into {container} and was never taken out of {last.container}; "
                "record container.unpacked first"
            )
            self.findings.append(Finding(thing, text, "blocking", (last.entry, act.id)))
            stays[-1] = replace(last, until=max(at, last.since), out_entry=act.id)
        self._inside.setdefault(container, []).append((thing, len(stays)))
        stays.append(Stay(thing, container, at, None, act.id))
        self._own.setdefault(thing, at)

    def _unpack(self, body: ContainerUnpacked, act: Event[ContainerUnpacked]) -> None:
        at = act.occurred_at
        if not body.contents:
            for thing, place in self._inside.get(body.container, ()):
                stay = self._stays[thing][place]
                if stay.until is None:
                    self._stays[thing][place] = replace(stay, until=at, out_entry=act.id)
            return
        for thing in body.contents:
            last = self._stays.get(thing, [])[-1:]
            if last and last[0].until is None and last[0].container == body.container:
                self._stays[thing][-1] = replace(last[0], until=at, out_entry=act.id)
            elif body.container not in self.around(thing, at):
                text = f"{thing} is taken out of {body.container}, where it was not by the record"
                text += "; record when it was packed"
                self.findings.append(Finding(thing, text, "blocking", (act.id,)))
            self._own.setdefault(thing, at)

    def stays(self, thing: str) -> tuple[Stay, ...]:
        """Return where a thing itself was packed, in order."""
        return tuple(self._stays.get(thing, ()))

    def packed(self) -> tuple[str, ...]:
        """Return everything that was ever packed into something."""
        return tuple(self._stays)

    def containers(self) -> tuple[str, ...]:
        """Return everything anything was ever packed into."""
        return tuple(self._inside)

    def identities(self, thing: str, at: datetime) -> tuple[Identity, ...]:
        """Return every name under which a thing travelled up to a moment, with the span of each."""
        found: dict[Identity, None] = {}
        seen: set[tuple[Identity, bool]] = set()
        waiting = [(Identity(thing, EVER, at), True)]
        while waiting:
            known, named = waiting.pop()
            if known.since > known.until or (known, named) in seen:
                continue
            seen.add((known, named))
            if named:
                found[known] = None
            for stay in self._stays.get(known.name, ()):
                until = known.until if stay.until is None else min(known.until, stay.until)
                waiting.append((Identity(stay.container, max(known.since, stay.since), until), True))
            born = self._born.get(known.name, EVER)
            until = min(known.until, self._own.get(known.name, ALWAYS))
            for origin in self._origins.get(known.name, ()):
                # What is handed on under the origin's name later is no longer this thing.
                if named:
                    waiting.append((Identity(origin, known.since, min(known.until, born)), True))
                waiting.append((Identity(origin, max(known.since, born), until), False))
        return tuple(found)

    def around(self, thing: str, at: datetime) -> frozenset[str]:
        """Return the containers a thing is inside of at a moment, innermost and outermost alike."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [thing]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            held = [stay.container for stay in self._stays.get(name, ()) if _during(stay, at)]
            found.update(held)
            waiting.extend(held)
            if at < self._own.get(name, ALWAYS):
                waiting.extend(self._origins.get(name, ()))
        return frozenset(found)

    def contents(self, container: str, at: datetime) -> frozenset[str]:
        """Return what is inside a container at a moment, directly, nested, or made from what is."""
        return frozenset(self._contents(container, at)) - {container}

    def _contents(self, container: str, at: datetime) -> Iterator[str]:
        seen: set[str] = set()
        waiting = [container]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            yield name
            for thing, place in self._inside.get(name, ()):
                if _during(self._stays[thing][place], at):
                    waiting.append(thing)
            waiting.extend(made for made in self._made.get(name, ()) if at < self._own.get(made, ALWAYS))


def _during(stay: Stay, at: datetime) -> bool:
    return stay.since <= at and (stay.until is None or at < stay.until)


def travelling_as(campaign: Campaign, item: str, at: datetime) -> frozenset[str]:
    """Return every identity under which an item has travelled up to a moment.

    That is the item, the lot a sample was taken from, the lots it was made from or split off, and the
    containers any of them was in, nested, until taken out.
    """
    return frozenset(identity.name for identity in Packing(campaign).identities(item, at))
