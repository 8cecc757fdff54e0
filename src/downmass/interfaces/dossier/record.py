"""The record of a campaign as rows: story, custody, signatures, money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from downmass.base.instant import days_between
from downmass.disciplines.quality.hands import Passing, passings
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.quantity import Money
from downmass.interfaces.dossier.reading import instant_words, money_words, plain, span_words
from downmass.interfaces.dossier.telling import signatures_in, tell
from downmass.interfaces.dossier.view import Link

_HASH_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the story, or a divider where a question was asked."""

    anchor: str = ""
    id: str = ""
    type: str = ""
    occurred: str = ""
    late: str = ""
    what: str = ""
    writer: str = ""
    origin: str = ""
    source: str = ""
    hash: str = ""
    place: int | None = None
    corrected: str = ""
    divider: str = ""


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """One transfer of a thing between two parties."""

    when: str
    item: str
    giver: str
    receiver: str
    place: str
    condition: str
    signed: str
    entry: Link


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One signature with its meaning and what it is bound to."""

    at: str
    name: str
    party: str
    meaning: str
    what: str
    over: str
    loose: bool
    entry: Link


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One amount that moved, with its clause and its entries."""

    clause: str
    debtor: str
    creditor: str
    amount: str
    why: str
    entries: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What a party gained or paid in one currency."""

    party: str
    amount: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """Every posting, the balances and their sum."""

    sentence: str
    postings: tuple[PostingRow, ...]
    balances: tuple[BalanceRow, ...]
    totals: tuple[str, ...]


def in_order(campaign: Campaign, places: Mapping[str, int]) -> list[Event[Any]]:
    """Return every entry of a campaign in order of arrival; by time of record where that is not known."""
    events = [event for group in campaign.events.values() for event in group]
    if all(event.id in places for event in events):
        return sorted(events, key=lambda event: places[event.id])
    return sorted(events, key=lambda event: (event.recorded_at, event.writer, event.sequence))


def anchors_of(events: Sequence[Event[Any]]) -> dict[str, str]:
    """Return the place in the page of each entry, by its id."""
    return {event.id: f"entry-{index}" for index, event in enumerate(events)}


def names_of(campaign: Campaign) -> dict[str, str]:
    """Return readable names of the parties, people and sites of a campaign, by identifier."""
    names = {site.id: site.name for site in campaign.sites}
    names |= {person.id: person.printed_name for person in campaign.people.values()}
    return names | {party.id: party.name for party in campaign.parties.values()}


def story_lines(
    campaign: Campaign,
    events: Sequence[Event[Any]],
    asked: Sequence[tuple[str, datetime]],
    hashes: Mapping[str, str],
    places: Mapping[str, int],
) -> list[Line]:
    """Return the story line by line, with a divider after the last entry each moment could know."""
    names = names_of(campaign)
    anchors = anchors_of(events)
    waiting = sorted(asked, key=lambda pair: pair[1])
    lines: list[Line] = []
    for event in events:
        while waiting and event.recorded_at > waiting[0][1]:
            lines.append(_divider(*waiting.pop(0)))
        days = days_between(event.occurred_at, event.recorded_at)
        lines.append(
            Line(
                anchor=anchors[event.id],
                id=event.id,
                type=event.type,
                occurred=instant_words(event.occurred_at),
                late=f"recorded {span_words(days)}" if abs(days) >= 1 else "",
                what=plain(tell(event, names)),
                writer=event.writer,
                origin=event.origin,
                source=event.source,
                hash=hashes.get(event.id, "")[:_HASH_SHOWN],
                place=places.get(event.id),
                corrected=campaign.corrected.get(event.id, ""),
            )
        )
    lines.extend(_divider(*pair) for pair in waiting)
    return lines


def _divider(label: str, as_of: datetime) -> Line:
    return Line(divider=f"Asked here: {label}, as of {instant_words(as_of)} UTC")


def told_entries(campaign: Campaign, events: Sequence[Event[Any]]) -> dict[str, str]:
    """Return the sentence of each entry by its id."""
    names = names_of(campaign)
    return {event.id: plain(tell(event, names)) for event in events}


def custody_rows(campaign: Campaign, anchors: Mapping[str, str]) -> list[CustodyRow]:
    """Return the transfers of custody in order of occurrence, told by one entry or by offer and answer."""
    names = names_of(campaign)
    told = {
        event.id: event.body
        for kind in (ev.CustodyTransferred, ev.CustodyOffered, ev.CustodyAccepted)
        for event in campaign.all(kind)
    }
    rows = []
    for hand in passings(campaign):
        signatures = [s for entry in hand.entries for s in signatures_in(told[entry])]
        rows.append(
            CustodyRow(
                when=instant_words(hand.at),
                item=hand.item,
                giver=names.get(hand.giver, hand.giver),
                receiver=names.get(hand.receiver, hand.receiver),
                place=hand.place,
                condition=_condition(hand) or "not recorded",
                signed=", ".join(f"{s.printed_name} ({s.meaning})" for s in signatures) or "nobody",
                entry=Link(hand.entry, anchors.get(hand.entry, "")),
            )
        )
    return rows


def _condition(hand: Passing) -> str:
    """Return condition and seal as given, and as found where the receiver found another."""
    condition, seal = hand.condition, f"seal {hand.seal}" if hand.seal else ""
    if hand.found not in (None, hand.condition):
        condition += f", found {hand.found or 'not told'}"
    if hand.seal_found not in (None, hand.seal):
        seal = f"{seal or 'no seal'}, found {hand.seal_found or 'none'}"
    return "; ".join(part for part in (condition, seal) if part)


def signature_rows(
    campaign: Campaign, events: Sequence[Event[Any]], anchors: Mapping[str, str], loose: Sequence[Finding]
) -> list[SignatureRow]:
    """Return every signature in the record, in order of signing, the loose ones marked."""
    names = names_of(campaign)
    rows = []
    for event in events:
        for signature in signatures_in(event.body):
            person = campaign.people.get(signature.signer)
            row = SignatureRow(
                at=instant_words(signature.at),
                name=signature.printed_name,
                party=names.get(person.party, person.party) if person else "",
                meaning=signature.meaning,
                what=event.type,
                over=signature.over_sha256[:_HASH_SHOWN],
                loose=any(f.subject == event.id and signature.printed_name in f.message for f in loose),
                entry=Link(event.id, anchors.get(event.id, "")),
            )
            rows.append((signature.at, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def settlement(campaign: Campaign, anchors: Mapping[str, str]) -> Settlement | None:
    """Return the last settlement with balances that must sum to zero, or none."""
    last = campaign.last(ev.Settled)
    if last is None:
        return None
    names = names_of(campaign)
    balances: dict[tuple[str, str], int] = {}
    rows = []
    for posting in last.body.postings:
        money = posting.amount
        for party, sign in ((posting.debtor, -1), (posting.creditor, 1)):
            key = (party, money.currency)
            balances[key] = balances.get(key, 0) + sign * money.minor
        rows.append(
            PostingRow(
                clause=posting.clause,
                debtor=names.get(posting.debtor, posting.debtor),
                creditor=names.get(posting.creditor, posting.creditor),
                amount=money_words(money),
                why=plain(posting.why),
                entries=tuple(Link(ref, anchors.get(ref, "")) for ref in posting.evidence),
            )
        )
    shown = tuple(
        BalanceRow(names.get(party, party), money_words(Money(minor, currency)))
        for (party, currency), minor in sorted(balances.items())
    )
    totals = tuple(
        money_words(Money(sum(minor for (_, c), minor in balances.items() if c == currency), currency))
        for currency in sorted({currency for _, currency in balances})
    )
    return Settlement(_settled_words(campaign, last), tuple(rows), shown, totals)


def _settled_words(campaign: Campaign, last: Event[ev.Settled]) -> str:
    contract = campaign.contract
    terms = ""
    if contract is not None and contract.basis in ("opinion", "memory"):
        terms = " Its terms are an assumption, not public."
    title = contract.title if contract is not None else last.body.contract
    return (
        f"{title} was settled on {instant_words(last.occurred_at)} UTC by "
        f"{len(last.body.postings)} postings.{terms}"
    )
