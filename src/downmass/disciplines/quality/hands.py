"""Hands: who gave what to whom, what both sides said of it, and who signed.

A hand-over is two acts, an offer and its acceptance, or the one entry ``custody.transferred`` that both
sides sign. An offer that is open or refused moves nothing: the item stays with the giver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from downmass.base.instant import days_between
from downmass.disciplines.quality.packing import Packing
from downmass.disciplines.quality.silence import without_contact_d
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    CustodyAccepted,
    CustodyOffered,
    CustodyRefused,
    CustodyTransferred,
    Event,
    Origin,
)
from downmass.facts.finding import Finding


@dataclass(frozen=True, slots=True)
class Passing:
    """An item passed from one party to another, however it was told.

    Attributes
    ----------
    condition, seal
        As given.
    found, seal_found
        As found by the receiver; none where one entry tells for both.
    entries
        The entries that tell of it; the last is the one that moved the item.
    """

    item: str
    giver: str
    receiver: str
    at: datetime
    recorded_at: datetime
    uncertainty_s: Decimal
    place: str
    condition: str
    seal: str
    found: str | None
    seal_found: str | None
    giver_signers: tuple[str, ...]
    receiver_signers: tuple[str, ...]
    offer: str
    entries: tuple[str, ...]
    origin: Origin

    @property
    def entry(self) -> str:
        """The entry that moved the item."""
        return self.entries[-1]


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer and what became of it."""

    offer: str
    item: str
    giver: str
    receiver: str
    at: datetime
    state: Literal["open", "accepted", "refused"]
    reason: str
    decided_at: datetime | None
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hand:
    """One holding of an item: from the hand-over that began it to the one that ended it.

    Attributes
    ----------
    since, until
        When the receiver took it and gave it on, or what it is inside of; ``until`` is none while it
        still holds it.
    condition, seal
        As given.
    found, seal_found
        As the receiver found them; none where one entry tells for both sides.
    offer
        The offer that was accepted; empty for a transfer told in one entry.
    expected_giver
        Who held the item before by the record; none where it first appears.
    gap_before_d
        Days for which nobody answers: from the last recorded hand to this one, where the giver is not
        who received it last; none where there is no gap.
    without_contact_d
        Days of this holding in flight with no contact on record (see
        :data:`downmass.disciplines.quality.silence.HEARD_RULE`); none where it did not fly.
    entry, entries
        The entry that moved the item, and all that tell of the hand-over.
    """

    item: str
    giver: str
    receiver: str
    since: datetime
    until: datetime | None
    place: str
    condition: str
    seal: str
    signed_by_giver: bool
    signed_by_receiver: bool
    expected_giver: str | None
    gap_before_d: float | None
    without_contact_d: float | None
    entry: str
    origin: Origin
    found: str | None = None
    seal_found: str | None = None
    offer: str = ""
    entries: tuple[str, ...] = ()

    @property
    def signed_by_both(self) -> bool:
        """Whether giver and receiver both signed."""
        return self.signed_by_giver and self.signed_by_receiver


def passings(campaign: Campaign) -> tuple[Passing, ...]:
    """Return every hand-over that took place, in the order of its time."""
    told = [*_transferred(campaign), *_accepted(campaign)]
    return tuple(sorted(told, key=lambda passing: passing.at))


def _transferred(campaign: Campaign) -> Iterator[Passing]:
    for event in campaign.all(CustodyTransferred):
        body = event.body
        signers = tuple(signature.signer for signature in body.signatures)
        yield Passing(
            body.item, body.giver, body.receiver, event.occurred_at, event.recorded_at, event.uncertainty_s,
            body.place, body.condition, body.seal, None, None, signers, signers, "", (event.id,),
            event.origin,
        )  # fmt: skip


def _accepted(campaign: Campaign) -> Iterator[Passing]:
    offered = {event.body.offer: event for event in reversed(campaign.all(CustodyOffered))}
    for event in _decisions(campaign).values():
        if not isinstance(event.body, CustodyAccepted):
            continue
        offer, body = offered[event.body.offer], event.body
        given = offer.body
        yield Passing(
            given.item, given.giver, given.receiver, event.occurred_at, event.recorded_at,
            event.uncertainty_s, given.place, given.condition, given.seal, body.condition, body.seal,
            (given.signature.signer,), (body.signature.signer,), body.offer, (offer.id, event.id),
            event.origin,
        )  # fmt: skip


def _decisions(campaign: Campaign) -> dict[str, Event[Any]]:
    """Return offer -> the first entry that accepts or refuses it, in order of arrival."""
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    offered = {event.body.offer for event in campaign.all(CustodyOffered)}
    told: list[Event[Any]] = [*campaign.all(CustodyAccepted), *campaign.all(CustodyRefused)]
    decided: dict[str, Event[Any]] = {}
    for event in sorted(told, key=lambda event: place.get(event.id, 0)):
        if event.body.offer in offered:
            decided.setdefault(event.body.offer, event)
    return decided


def offers(campaign: Campaign) -> tuple[Offer, ...]:
    """Return every offer and whether it is open, accepted or refused; of an id used twice, the first."""
    decided = _decisions(campaign)
    found: dict[str, Offer] = {}
    for event in campaign.all(CustodyOffered):
        body, answer = event.body, decided.get(event.body.offer)
        refused = answer is not None and isinstance(answer.body, CustodyRefused)
        state: Literal["open", "accepted", "refused"] = "open"
        if answer is not None:
            state = "refused" if refused else "accepted"
        offer = Offer(
            offer=body.offer,
            item=body.item,
            giver=body.giver,
            receiver=body.receiver,
            at=event.occurred_at,
            state=state,
            reason=answer.body.reason if answer is not None and refused else "",
            decided_at=answer.occurred_at if answer is not None else None,
            entries=(event.id,) if answer is None else (event.id, answer.id),
        )
        found.setdefault(body.offer, offer)
    return tuple(found.values())


def chain(campaign: Campaign, at: datetime | None = None, packing: Packing | None = None) -> tuple[Hand, ...]:
    """Return every holding in the order it began.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.
    packing
        What was inside what, where it is folded already.

    Notes
    -----
    A thing travels with the container it is in, nested, until it is taken out, and a product lot with
    the lots it was made from: a giver is checked against the last receiver of any of them, and a
    holding ends when what the thing is in is handed on.
    """
    told = passings(campaign)
    book = _Book(campaign, told, packing or Packing(campaign))
    return tuple(book.hand(index, at) for index in range(len(told)))


def holder(campaign: Campaign, item: str, at: datetime) -> str | None:
    """Return the party that held an item at a moment by the record, or none."""
    book = _Book(campaign, passings(campaign), Packing(campaign))
    last = book.last(item, at, None)
    return last.receiver if last is not None else None


class _Book:
    """The hand-overs by item, with what was inside what."""

    def __init__(self, campaign: Campaign, told: Sequence[Passing], packing: Packing) -> None:
        self._campaign = campaign
        self._told = told
        self._packing = packing
        self._by_item: dict[str, list[int]] = {}
        for index, passing in enumerate(told):
            self._by_item.setdefault(passing.item, []).append(index)
        self._end = max((passing.at for passing in told), default=None)

    def last(self, item: str, at: datetime, before: int | None) -> Passing | None:
        """Return the last hand-over up to a moment of an item or of what it travelled in."""
        most = len(self._told) if before is None else before
        found = -1
        for identity in self._packing.identities(item, at):
            for index in self._by_item.get(identity.name, ()):
                moment = self._told[index].at
                if index < most and identity.since <= moment <= identity.until:
                    found = max(found, index)
        if found >= 0:
            return self._told[found]
        for thing in self._packing.contents(item, at):
            for index in self._by_item.get(thing, ()):
                if index < most and self._told[index].at <= at:
                    found = max(found, index)
        return self._told[found] if found >= 0 else None

    def _next(self, item: str, index: int) -> Passing | None:
        """Return the hand-over that ends a holding."""
        assert self._end is not None
        found = len(self._told)
        for identity in self._packing.identities(item, self._end):
            for later in self._by_item.get(identity.name, ()):
                moment = self._told[later].at
                inside = identity.name == item or identity.since <= moment <= identity.until
                if index < later < found and inside:
                    found = later
        return self._told[found] if found < len(self._told) else None

    def hand(self, index: int, at: datetime | None) -> Hand:
        """Return the holding that a hand-over began."""
        told = self._told[index]
        before = self.last(told.item, told.at, index)
        after = self._next(told.item, index)
        gap = None
        if before is not None and before.receiver != told.giver:
            gap = days_between(before.at, told.at)
        until = after.at if after is not None else None
        return Hand(
            item=told.item,
            giver=told.giver,
            receiver=told.receiver,
            since=told.at,
            until=until,
            place=told.place,
            condition=told.condition,
            seal=told.seal,
            signed_by_giver=told.giver in _parties(self._campaign, told.giver_signers),
            signed_by_receiver=told.receiver in _parties(self._campaign, told.receiver_signers),
            expected_giver=before.receiver if before is not None else None,
            gap_before_d=gap,
            without_contact_d=without_contact_d(self._campaign, told.at, until, at),
            entry=told.entry,
            origin=told.origin,
            found=told.found,
            seal_found=told.seal_found,
            offer=told.offer,
            entries=told.entries,
        )


def _parties(campaign: Campaign, signers: Iterable[str]) -> frozenset[str]:
    return frozenset(campaign.people[signer].party for signer in signers if signer in campaign.people)


def offer_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find offers left open or refused, answered twice, out of time or by nobody's leave."""
    states = {offer.offer: offer for offer in offers(campaign)}
    return (
        *(finding for offer in states.values() for finding in _undone(offer, states)),
        *_answers(campaign, states),
    )


def _undone(offer: Offer, states: Mapping[str, Offer]) -> Iterator[Finding]:
    if offer.state == "open":
        text = (
            f"offer {offer.offer} of {offer.item} by {offer.giver} is open: the item stays with "
            f"{offer.giver} until {offer.receiver} accepts or refuses it"
        )
        yield Finding(offer.item, text, "warning", offer.entries)
    if offer.state == "refused":
        again = [o for o in states.values() if o.item == offer.item and o.at > offer.at]
        mended = any(later.state == "accepted" for later in again)
        text = f"{offer.receiver} refused {offer.item} ({offer.reason or 'no reason given'}); "
        text += "it was offered again" if mended else f"it stays with {offer.giver}: mend it and offer again"
        yield Finding(offer.item, text, "note" if mended else "warning", offer.entries)


def _answers(campaign: Campaign, states: Mapping[str, Offer]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for event in campaign.all(CustodyOffered):
        first = seen.setdefault(event.body.offer, event.id)
        if first != event.id:
            text = f"offer {event.body.offer} is made twice; the first counts: give each offer its own id"
            yield Finding(event.body.item, text, "blocking", (first, event.id))
    told: list[Event[Any]] = [*campaign.all(CustodyAccepted), *campaign.all(CustodyRefused)]
    for event in told:
        offer = states.get(event.body.offer)
        if offer is None:
            text = f"offer {event.body.offer} is answered and was never made; record the giver's side"
            yield Finding(event.body.offer, text, "blocking", (event.id,))
            continue
        if event.id not in offer.entries:
            text = f"offer {offer.offer} is answered twice; the first answer counts"
            yield Finding(offer.item, text, "blocking", (*offer.entries, event.id))
        elif event.occurred_at < offer.at:
            text = f"offer {offer.offer} is answered before it was made; correct one of the two times"
            yield Finding(offer.item, text, "warning", offer.entries)
        giver = next(
            e.body.signature.signer for e in campaign.all(CustodyOffered) if e.id == offer.entries[0]
        )
        if giver == event.body.signature.signer:
            text = f"{giver} signs both sides of the hand-over of {offer.item}; a person of each party signs"
            yield Finding(offer.item, text, "blocking", (*offer.entries, event.id))
