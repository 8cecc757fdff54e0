"""Lots: how each came to be, what was taken of it, and what must be left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    Event,
    LotRegistered,
    LotSplit,
    LotTransformed,
    MaterialCharged,
    SampleTaken,
    YieldReported,
)
from downmass.facts.finding import Finding

Taking = Literal["split off", "transformed", "charged"]


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot or sublot as it came to be: registered, split off another, or an output of a transformation."""

    id: str
    material: str
    quantity: Decimal
    unit: str
    came_by: Literal["registered", "split", "transformed"]
    made_from: tuple[str, ...]
    entry: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LotTaken:
    """A quantity taken of a lot, by the entry that says so."""

    lot: str
    how: Taking
    quantity: Decimal
    unit: str
    entry: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LotBalance:
    """What a lot held when it came to be, what was taken of it since, and what must be left.

    Attributes
    ----------
    samples
        Samples taken of the lot; they are counted, for no entry says what they weigh.
    left
        Below zero where more is on record as taken than there was.
    """

    lot: str
    unit: str
    there: Decimal
    split_off: Decimal
    transformed: Decimal
    charged: Decimal
    samples: int
    left: Decimal


def births(campaign: Campaign) -> Iterator[Lot]:
    """Yield every coming to be of a lot, type by type in order of arrival; one told twice comes twice."""
    for event in campaign.all(LotRegistered):
        body = event.body
        yield Lot(
            body.lot, body.material, body.quantity, body.unit, "registered", body.made_from,
            event.id, event.occurred_at,
        )  # fmt: skip
    materials = {event.body.lot: event.body.material for event in campaign.all(LotRegistered)}
    later: list[Event[Any]] = [*campaign.all(LotSplit), *campaign.all(LotTransformed)]
    for act in sorted(later, key=lambda event: event.occurred_at):
        told = act.body
        split = isinstance(told, LotSplit)
        material = materials.get(told.lot, "") if split else told.material
        sources = (told.lot,) if split else tuple(dict.fromkeys(part.lot for part in told.inputs))
        for part in told.into if split else told.outputs:
            materials.setdefault(part.lot, material)
            yield Lot(
                part.lot, material, part.quantity, part.unit, "split" if split else "transformed", sources,
                act.id, act.occurred_at,
            )  # fmt: skip


class LotBook:
    """The lots of a campaign, read once and asked many times.

    Attributes
    ----------
    births
        Every coming to be of a lot; one told twice is here twice.
    lots
        Every lot and sublot by id; of one told twice, the first.
    takings
        Every quantity taken of a lot.
    """

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.births = tuple(births(campaign))
        known: dict[str, Lot] = {}
        for lot in self.births:
            known.setdefault(lot.id, lot)
        self.lots: Mapping[str, Lot] = MappingProxyType(known)
        self.takings = tuple(takings(campaign))
        self.balances = _balances(self)


def lots(campaign: Campaign) -> Mapping[str, Lot]:
    """Return every lot and sublot on record; of one told twice, the first."""
    known: dict[str, Lot] = {}
    for lot in births(campaign):
        known.setdefault(lot.id, lot)
    return MappingProxyType(known)


def products(campaign: Campaign) -> tuple[str, ...]:
    """Return the lots the batch is judged by: registered with what they were made from.

    Where no lot was registered so, those that transformations gave and none took further.
    """
    registered = [lot.id for lot in lots(campaign).values() if lot.made_from and lot.came_by == "registered"]
    if registered:
        return tuple(registered)
    taken = {part.lot for made in campaign.all(LotTransformed) for part in made.body.inputs}
    made = [lot.id for lot in lots(campaign).values() if lot.made_from and lot.came_by == "transformed"]
    return tuple(lot for lot in made if lot not in taken)


def takings(campaign: Campaign) -> Iterator[LotTaken]:
    """Yield every quantity taken of a lot: split off, transformed, charged into the batch."""
    for split in campaign.all(LotSplit):
        for part in split.body.into:
            yield LotTaken(split.body.lot, "split off", part.quantity, part.unit, split.id, split.occurred_at)
    for made in campaign.all(LotTransformed):
        for part in made.body.inputs:
            yield LotTaken(part.lot, "transformed", part.quantity, part.unit, made.id, made.occurred_at)
    for charge in campaign.all(MaterialCharged):
        body = charge.body
        yield LotTaken(body.lot, "charged", body.quantity, body.unit, charge.id, charge.occurred_at)


def balances(campaign: Campaign) -> Mapping[str, LotBalance]:
    """Return the mass balance of every lot; what is told in another unit is left to a finding.

    Notes
    -----
    ``made_from`` of a registered lot says nothing of quantities and takes nothing here; charge the
    lot or transform it to have it counted.
    """
    return LotBook(campaign).balances


def _balances(book: LotBook) -> Mapping[str, LotBalance]:
    taken: dict[str, dict[str, Decimal]] = {}
    for taking in book.takings:
        lot = book.lots.get(taking.lot)
        if lot is not None and lot.unit == taking.unit:
            sums = taken.setdefault(taking.lot, {})
            sums[taking.how] = sums.get(taking.how, Decimal(0)) + taking.quantity
    sampled = Counter(event.body.lot for event in book.campaign.all(SampleTaken))
    return MappingProxyType(
        {lot.id: _balance(lot, taken.get(lot.id, {}), sampled.get(lot.id, 0)) for lot in book.lots.values()}
    )


def _balance(lot: Lot, taken: Mapping[str, Decimal], samples: int) -> LotBalance:
    zero = Decimal(0)
    return LotBalance(
        lot=lot.id,
        unit=lot.unit,
        there=lot.quantity,
        split_off=taken.get("split off", zero),
        transformed=taken.get("transformed", zero),
        charged=taken.get("charged", zero),
        samples=samples,
        left=lot.quantity - sum(taken.values(), zero),
    )


def lot_findings(campaign: Campaign, book: LotBook | None = None) -> tuple[Finding, ...]:
    """Find lots used twice, told twice, never registered, in another unit, or made from themselves.

    Parameters
    ----------
    book
        The lots, where they are read already.
    """
    read = book or LotBook(campaign)
    return (
        *_told_twice(read),
        *_taken_wrongly(read),
        *_made_of_nothing(campaign),
        *_made_from_itself(read),
        *_charged_unnamed(read),
        *_yielded_unknown(read),
    )


def _told_twice(book: LotBook) -> Iterable[Finding]:
    first: dict[str, Lot] = {}
    for lot in book.births:
        known = first.setdefault(lot.id, lot)
        if known is not lot:
            text = (
                f"lot {lot.id} came to be twice, {known.came_by} and {lot.came_by}; "
                "give each lot its own id, and correct one of the two entries"
            )
            yield Finding(lot.id, text, "blocking", (known.entry, lot.entry))


def _taken_wrongly(book: LotBook) -> Iterable[Finding]:
    known = book.lots
    entries: dict[str, list[str]] = {}
    for taking in book.takings:
        lot = known.get(taking.lot)
        if lot is None:
            text = f"lot {taking.lot} was {taking.how} and is not registered; register it"
            yield Finding(taking.lot, text, "blocking", (taking.entry,))
            continue
        if lot.unit != taking.unit:
            text = (
                f"{taking.quantity} {taking.unit} of lot {lot.id} were {taking.how}, which is counted in "
                f"{lot.unit}; correct the entry to {lot.unit}"
            )
            yield Finding(lot.id, text, "blocking", (lot.entry, taking.entry))
        if taking.at < lot.at:
            text = f"lot {lot.id} was {taking.how} before it was there; correct one of the two times"
            yield Finding(lot.id, text, "blocking", (lot.entry, taking.entry))
        entries.setdefault(lot.id, []).append(taking.entry)
    for balance in book.balances.values():
        if balance.left < 0:
            used = balance.there - balance.left
            text = (
                f"{used} {balance.unit} of lot {balance.lot} were taken and there were {balance.there} "
                f"{balance.unit}: it is used twice, or a quantity is wrong; correct the entry"
            )
            said = dict.fromkeys([known[balance.lot].entry, *entries[balance.lot]])
            yield Finding(balance.lot, text, "blocking", tuple(said))


def _made_of_nothing(campaign: Campaign) -> Iterable[Finding]:
    """Yield transformations whose outputs are more than their inputs, where one unit counts both."""
    for event in campaign.all(LotTransformed):
        body = event.body
        units = {part.unit for part in (*body.inputs, *body.outputs)}
        if len(units) != 1 or not body.inputs:
            continue
        taken = sum(part.quantity for part in body.inputs)
        made = sum(part.quantity for part in body.outputs)
        if made > taken:
            text = (
                f"transformation {body.transformation} made {made} {min(units)} out of {taken} {min(units)}; "
                "name every input, or correct the quantity"
            )
            yield Finding(body.transformation, text, "blocking", (event.id,))


def _made_from_itself(book: LotBook) -> Iterable[Finding]:
    """Yield lots that are among their own ancestors, one finding for each such circle."""
    known = book.lots
    done: set[str] = set()
    for start in known:
        path: dict[str, Iterator[str]] = {}
        waiting = [start]
        while waiting:
            name = waiting[-1]
            if name in done:
                waiting.pop()
                continue
            if name not in path:
                path[name] = iter(known[name].made_from if name in known else ())
            source = next(path[name], None)
            if source is None:
                done.add(name)
                path.pop(name)
                waiting.pop()
            elif source in path:
                text = f"lot {source} is made from itself, by way of {name}; correct what it was made from"
                yield Finding(source, text, "blocking", (known[name].entry,))
            else:
                waiting.append(source)


def _with_parents(known: Mapping[str, Lot], name: str) -> set[str]:
    """Return a lot and the lots it was split off, one from another."""
    found = {name}
    while name in known and known[name].came_by == "split" and known[name].made_from[0] not in found:
        name = known[name].made_from[0]
        found.add(name)
    return found


def _yielded_unknown(book: LotBook) -> Iterable[Finding]:
    """Yield what phases gave that nobody registered, or registered in another unit.

    A device may report a yield weeks before the ground has the lot in hand, so no yield is refused for it.
    """
    for event in book.campaign.all(YieldReported):
        body, lot = event.body, book.lots.get(event.body.lot)
        if lot is None:
            text = f"phase {body.phase} gave lot {body.lot}, which is not registered; register it"
            yield Finding(body.lot, text, "blocking", (event.id,))
        elif lot.unit != body.unit:
            text = (
                f"phase {body.phase} gave {body.actual} {body.unit} of lot {lot.id}, which is counted in "
                f"{lot.unit}; correct the entry to {lot.unit}"
            )
            yield Finding(lot.id, text, "blocking", (lot.entry, event.id))


def _charged_unnamed(book: LotBook) -> Iterable[Finding]:
    """Yield lots that went into the batch and that no product names, nor what it was made from."""
    known = book.lots
    made = [lot.id for lot in known.values() if lot.made_from and lot.came_by != "split"]
    if not made:
        return
    behind: set[str] = set()
    waiting = list(made)
    while waiting:
        lot = known.get(waiting.pop())
        for source in lot.made_from if lot else ():
            if source not in behind:
                behind.add(source)
                waiting.append(source)
    yielding = {event.body.phase for event in book.campaign.all(YieldReported)}
    for charge in book.campaign.all(MaterialCharged):
        lot_id = charge.body.lot
        if charge.body.phase in yielding or lot_id not in known:
            continue
        if not behind & _with_parents(known, lot_id):
            text = f"lot {lot_id} went into the batch and no product names it; correct what it was made from"
            yield Finding(lot_id, text, "warning", (charge.id,))
