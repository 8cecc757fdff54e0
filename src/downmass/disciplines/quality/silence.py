"""When the spacecraft was heard in flight, and the days nobody on record heard it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from downmass.base.instant import Window, days_between, union_length
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    BurnPerformed,
    ContactHeld,
    Landed,
    Launched,
    Lost,
    SegmentSealed,
    SyncReceived,
    WriterBorn,
)

HEARD_RULE = "a UTC day of the flight with a contact, a segment received or a burn counts as heard"
"""When the spacecraft counts as heard; silence on record is no proof that nobody heard it."""


def flight_window(campaign: Campaign, at: datetime | None) -> Window | None:
    """Return the flight, from launch to landing, loss or the moment of asking; none without a launch."""
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
    flight = flight_window(campaign, at)
    if flight is None:
        return None
    ends = [event.body.when.closes for event in campaign.all(ContactHeld)] + _signs(campaign)
    return max((end for end in ends if flight.opens < end <= flight.closes), default=None)


def _signs(campaign: Campaign) -> list[datetime]:
    """Return when a segment or a bundle was received or a burn commanded.

    What a device sealed by itself was received with the bundle that brought it, not when it was sealed.
    """
    devices = {event.writer for event in campaign.all(WriterBorn)}
    received = [event.recorded_at for event in campaign.all(SegmentSealed) if event.writer not in devices]
    received += [event.recorded_at for event in campaign.all(SyncReceived) if event.body.appended]
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


def without_contact_d(
    campaign: Campaign, since: datetime, until: datetime | None, at: datetime | None
) -> float | None:
    """Return the days of a span in flight with no contact on record; none where it did not fly."""
    flight = flight_window(campaign, at)
    if flight is None:
        return None
    opens, closes = max(since, flight.opens), min(until or flight.closes, flight.closes)
    if closes <= opens:
        return None
    days = [(max(day.opens, opens), min(day.closes, closes)) for day in _heard_days(campaign, flight)]
    spoken = union_length(Window(start, end) for start, end in days if start < end)
    return days_between(opens, closes) - spoken / timedelta(days=1)
