"""The chain of custody: who held what, from when to when, in what condition, and who signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from downmass.base.instant import Window, days_between, union_length
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    BurnPerformed,
    ContactHeld,
    CustodyTransferred,
    Event,
    Landed,
    Launched,
    Lost,
    LotLoaded,
    LotRegistered,
    Origin,
    Recovered,
    ResultReported,
    SampleTaken,
    SegmentSealed,
)
from downmass.facts.finding import Finding

HEARD_RULE = "a UTC day of the flight with a contact, a segment received or a burn counts as heard"
"""When the spacecraft counts as heard; silence on record is no proof that nobody heard it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One holding of an item: from the transfer that began it to the one that ended it.

    Attributes
    ----------
    since, until
        When the receiver took it and gave it on; ``until`` is none while it still holds it.
    expected_giver
        Who held the item before by the record; none where it first appears.
    gap_before_d
        Days for which nobody answers: from the last recorded hand to this one, where the giver is not
        who received it last; none where there is no gap.
    without_contact_d
        Days of this holding in flight with no contact on record (see :data:`HEARD_RULE`); none where
        it did not fly.
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

    @property
    def signed_by_both(self) -> bool:
        """Whether giver and receiver both signed."""
        return self.signed_by_giver and self.signed_by_receiver


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the journey, who answered for the product in it, and how long nobody could look.

    Attributes
    ----------
    holder
        Who held the product longest in it; none where nobody is on record.
    unattended_d
        Days with no contact on record (in flight, see :data:`HEARD_RULE`) or without anybody at hand
        (on the ground before recovery).
    """

    name: str
    opens: datetime
    closes: datetime | None
    holder: str | None
    days: float | None
    unattended_d: float | None


def chain(campaign: Campaign, at: datetime | None = None) -> tuple[Hand, ...]:
    """Return every holding in the order it began.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.

    Notes
    -----
    A lot travels with the container it was loaded into, and a product lot with the lots it was made
    from: a giver is checked against the last receiver of any of them.
    """
    transfers = _in_time(campaign)
    return tuple(_hand(campaign, transfers, index, at) for index in range(len(transfers)))


def _in_time(campaign: Campaign) -> list[Event[CustodyTransferred]]:
    return sorted(campaign.all(CustodyTransferred), key=lambda event: event.occurred_at)


def _hand(
    campaign: Campaign, transfers: Sequence[Event[CustodyTransferred]], index: int, at: datetime | None
) -> Hand:
    event = transfers[index]
    body = event.body
    before = _last_before(campaign, body.item, event.occurred_at, transfers[:index])
    after = [later for later in transfers[index + 1 :] if later.body.item == body.item]
    gap = None
    if before is not None and before.body.receiver != body.giver:
        gap = days_between(before.occurred_at, event.occurred_at)
    until = after[0].occurred_at if after else None
    parties = {
        campaign.people[signature.signer].party
        for signature in body.signatures
        if signature.signer in campaign.people
    }
    return Hand(
        item=body.item,
        giver=body.giver,
        receiver=body.receiver,
        since=event.occurred_at,
        until=until,
        place=body.place,
        condition=body.condition,
        seal=body.seal,
        signed_by_giver=body.giver in parties,
        signed_by_receiver=body.receiver in parties,
        expected_giver=before.body.receiver if before is not None else None,
        gap_before_d=gap,
        without_contact_d=_without_contact_d(campaign, event.occurred_at, until, at),
        entry=event.id,
        origin=event.origin,
    )


def _last_before(
    campaign: Campaign, item: str, at: datetime, earlier: Sequence[Event[CustodyTransferred]]
) -> Event[CustodyTransferred] | None:
    """Return the last transfer of the item, or of what it travelled in or was made from."""
    group = travelling_as(campaign, item, at)
    own = [event for event in earlier if event.body.item in group]
    if own:
        return own[-1]
    inside = {event.body.lot for event in campaign.all(LotLoaded) if event.body.into in group}
    carried = [event for event in earlier if event.body.item in inside]
    return carried[-1] if carried else None


def travelling_as(campaign: Campaign, item: str, at: datetime) -> frozenset[str]:
    """Return every identity under which an item has travelled up to a moment.

    That is the item, the lot a sample was taken from, the lots it was made from, and the containers
    any of them was loaded into.
    """
    origins: dict[str, set[str]] = {}
    for sample in campaign.all(SampleTaken):
        origins.setdefault(sample.body.sample, set()).add(sample.body.lot)
    for lot in campaign.all(LotRegistered):
        origins.setdefault(lot.body.lot, set()).update(lot.body.made_from)
    for loading in campaign.all(LotLoaded):
        if loading.occurred_at <= at:
            origins.setdefault(loading.body.lot, set()).add(loading.body.into)
    reached, waiting = {item}, [item]
    while waiting:
        for name in origins.get(waiting.pop(), ()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return frozenset(reached)


def _flight(campaign: Campaign, at: datetime | None) -> Window | None:
    launched = campaign.last(Launched)
    if launched is None:
        return None
    ends = [event.occurred_at for kind in (Landed, Lost) for event in campaign.all(kind)]
    later = [end for end in ends if end > launched.occurred_at]
    closes = min(later) if later else at or campaign.recorded_until
    if closes is None or closes <= launched.occurred_at:
        return None
    return Window(launched.occurred_at, closes)


def last_heard(campaign: Campaign, at: datetime | None = None) -> datetime | None:
    """Return when in flight the spacecraft was last heard by the record, or none; see :data:`HEARD_RULE`.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.
    """
    flight = _flight(campaign, at)
    if flight is None:
        return None
    ends = [event.body.when.closes for event in campaign.all(ContactHeld)] + _signs(campaign)
    return max((end for end in ends if flight.opens < end <= flight.closes), default=None)


def _signs(campaign: Campaign) -> list[datetime]:
    """Return when a segment was received or a burn commanded."""
    received = [event.recorded_at for event in campaign.all(SegmentSealed)]
    return received + [event.occurred_at for event in campaign.all(BurnPerformed)]


def _heard_days(campaign: Campaign, flight: Window) -> Iterable[Window]:
    """Yield, for whatever was heard in flight, the UTC days it fell on."""
    for event in campaign.all(ContactHeld):
        opens, closes = max(event.body.when.opens, flight.opens), min(event.body.when.closes, flight.closes)
        if opens < closes:
            last = _midnight(closes - timedelta(microseconds=1))
            yield Window(_midnight(opens), last + timedelta(days=1))
    for moment in _signs(campaign):
        if flight.opens <= moment <= flight.closes:
            yield Window(_midnight(moment), _midnight(moment) + timedelta(days=1))


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), moment.tzinfo)


def _without_contact_d(
    campaign: Campaign, since: datetime, until: datetime | None, at: datetime | None
) -> float | None:
    flight = _flight(campaign, at)
    if flight is None:
        return None
    opens, closes = max(since, flight.opens), min(until or flight.closes, flight.closes)
    if closes <= opens:
        return None
    days = [(max(day.opens, opens), min(day.closes, closes)) for day in _heard_days(campaign, flight)]
    spoken = union_length(Window(start, end) for start, end in days if start < end)
    return days_between(opens, closes) - spoken / timedelta(days=1)


def stretches(campaign: Campaign, at: datetime | None = None) -> tuple[Stretch, ...]:
    """Return loading to launch, flight, landing to recovery, and recovery to laboratory.

    Only stretches that began are returned; one still under way has no ``closes``. In an unmanned flight
    the product is in the custody of the spacecraft's operator: the days with no contact on record are
    the value of that gap, not a fault.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.
    """
    loaded, launched = campaign.all(LotLoaded), campaign.last(Launched)
    landed, recovered = campaign.last(Landed), campaign.last(Recovered)
    laboratory = _laboratory_arrival(campaign, recovered.occurred_at if recovered else None)
    points = (
        ("loading to launch", loaded[0].occurred_at if loaded else None, launched),
        ("flight", launched.occurred_at if launched else None, landed),
        ("landing to recovery", landed.occurred_at if landed else None, recovered),
        ("recovery to laboratory", recovered.occurred_at if recovered else None, laboratory),
    )
    found = []
    for name, opens, closing in points:
        if opens is None:
            continue
        closes = closing.occurred_at if closing is not None else None
        if closes is not None and closes < opens:
            continue
        unattended = _without_contact_d(campaign, opens, closes, at) if name == "flight" else None
        if name == "landing to recovery" and closes is not None:
            unattended = days_between(opens, closes)
        days = days_between(opens, closes) if closes is not None else None
        found.append(Stretch(name, opens, closes, _main_holder(campaign, opens, closes), days, unattended))
    return tuple(found)


def _laboratory_arrival(campaign: Campaign, after: datetime | None) -> Event[CustodyTransferred] | None:
    if after is None:
        return None
    laboratories = {event.body.laboratory for event in campaign.all(ResultReported)}
    laboratories |= {name for name, party in campaign.parties.items() if "laboratory" in party.kinds}
    arrived = [
        event
        for event in _in_time(campaign)
        if event.occurred_at >= after and event.body.receiver in laboratories
    ]
    return arrived[0] if arrived else None


def _main_holder(campaign: Campaign, opens: datetime, closes: datetime | None) -> str | None:
    """Return who held the product longest within a stretch, or none where nobody is on record."""
    ends = closes or max(campaign.recorded_until or opens, opens)
    transfers = [event for event in _in_time(campaign) if event.occurred_at <= ends]
    held: dict[str, timedelta] = {}
    for index, event in enumerate(transfers):
        until = transfers[index + 1].occurred_at if index + 1 < len(transfers) else ends
        share = max(until - max(event.occurred_at, opens), timedelta())
        if until >= opens:
            held[event.body.receiver] = held.get(event.body.receiver, timedelta()) + share
    return max(held, key=lambda party: held[party]) if held else None


def custody_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find the breaks in the chain: who gave what they did not hold, who did not sign, what was opened.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.
    """
    hands = chain(campaign, at)
    findings: list[Finding] = []
    for hand in hands:
        findings.extend(_hand_findings(hand))
    findings.extend(_order_findings(campaign))
    findings.extend(_seal_findings(campaign))
    findings.extend(_laboratory_findings(campaign))
    findings.extend(_stretch_findings(campaign, at))
    return tuple(findings)


def _hand_findings(hand: Hand) -> Iterable[Finding]:
    if hand.gap_before_d is not None:
        text = (
            f"{hand.giver} gave {hand.item} to {hand.receiver}, but {hand.expected_giver} held it "
            f"by the record; {hand.gap_before_d:.1f} days have no holder: record the missing transfer"
        )
        yield Finding(hand.item, text, "blocking", (hand.entry,))
    unsigned = [
        name
        for name, signed in ((hand.giver, hand.signed_by_giver), (hand.receiver, hand.signed_by_receiver))
        if not signed
    ]
    if unsigned:
        text = (
            f"the transfer of {hand.item} from {hand.giver} to {hand.receiver} is not signed by "
            f"{' and '.join(unsigned)}; have it signed"
        )
        yield Finding(hand.item, text, "blocking", (hand.entry,))
    if hand.giver == hand.receiver:
        text = f"{hand.giver} hands {hand.item} to itself; name the two parties"
        yield Finding(hand.item, text, "warning", (hand.entry,))


def _order_findings(campaign: Campaign) -> Iterable[Finding]:
    registered = {event.body.lot: event for event in campaign.all(LotRegistered)}
    last: dict[str, Event[CustodyTransferred]] = {}
    for event in _in_time(campaign):
        body = event.body
        slack = timedelta(seconds=float(event.uncertainty_s))
        if event.recorded_at < event.occurred_at - slack:
            text = f"the transfer of {body.item} was recorded before it happened; check the clock"
            yield Finding(body.item, text, "warning", (event.id,))
        before = last.get(body.item)
        if before is not None:
            both = slack + timedelta(seconds=float(before.uncertainty_s))
            if event.occurred_at - before.occurred_at <= both:
                text = f"two transfers of {body.item} are closer in time than their clocks can tell apart"
                yield Finding(body.item, text, "warning", (before.id, event.id))
        origin = registered.get(body.item)
        if origin is not None and event.occurred_at + slack < origin.occurred_at:
            text = f"lot {body.item} changed hands before it was registered; correct one of the two times"
            yield Finding(body.item, text, "blocking", (origin.id, event.id))
        last[body.item] = event


def _seal_findings(campaign: Campaign) -> Iterable[Finding]:
    marks = [(e.occurred_at, e.body.into, e.body.seal, e.id) for e in campaign.all(LotLoaded)]
    marks += [(e.occurred_at, e.body.item, e.body.seal, e.id) for e in campaign.all(CustodyTransferred)]
    last: dict[str, tuple[str, str]] = {}
    for _, item, seal, entry in sorted(marks):
        known = last.get(item)
        if known is not None and seal != known[0]:
            if seal:
                text = f"the seal of {item} changed from {known[0]} to {seal}; say who opened it and why"
                yield Finding(item, text, "blocking", (known[1], entry))
            else:
                text = f"{item} was sealed with {known[0]} and no seal is on record at this transfer"
                yield Finding(item, text, "warning", (known[1], entry))
        if seal:
            last[item] = (seal, entry)


def _laboratory_findings(campaign: Campaign) -> Iterable[Finding]:
    """Yield laboratories that reported on a sample they never received."""
    told: set[tuple[str, str]] = set()
    for event in campaign.all(ResultReported):
        pair = (event.body.laboratory, event.body.sample)
        if pair in told:
            continue
        told.add(pair)
        group = travelling_as(campaign, event.body.sample, event.occurred_at)
        holders = {
            transfer.body.receiver
            for transfer in campaign.all(CustodyTransferred)
            if transfer.body.item in group and transfer.occurred_at <= event.occurred_at
        }
        if event.body.laboratory not in holders:
            text = (
                f"{event.body.laboratory} reports on sample {event.body.sample}, "
                "but no transfer to it is on record"
            )
            yield Finding(event.body.sample, text, "blocking", (event.id,))


def _stretch_findings(campaign: Campaign, at: datetime | None) -> Iterable[Finding]:
    for stretch in stretches(campaign, at):
        if stretch.holder is None:
            text = f"nobody holds the product on record from {stretch.name}; record who took charge of it"
            yield Finding(stretch.name, text, "blocking")
        elif stretch.name == "flight" and stretch.unattended_d is not None:
            text = (
                f"{stretch.unattended_d:.1f} days in flight with no contact on record, in custody of "
                f"{stretch.holder} ({HEARD_RULE})"
            )
            yield Finding(stretch.name, text, "note")
            party = campaign.parties.get(stretch.holder)
            if party is not None and set(party.kinds) == {"launch_provider"}:
                text = (
                    f"{stretch.holder} still holds the product in flight; record the transfer at separation"
                )
                yield Finding(stretch.name, text, "warning")
        elif stretch.name == "landing to recovery" and stretch.days is not None:
            text = f"{stretch.days * 24:.1f} h on the ground before the recovery crew was there"
            yield Finding(stretch.name, text, "note")
    landed, recovered = campaign.last(Landed), campaign.last(Recovered)
    if landed is not None and recovered is None:
        text = "the payload landed and its recovery is not on record"
        yield Finding("landing to recovery", text, "warning", (landed.id,))
