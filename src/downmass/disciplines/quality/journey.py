"""The journey: its stretches, who answered for the product in each, and how long nobody could look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from downmass.base.instant import days_between
from downmass.disciplines.quality.hands import Passing, passings
from downmass.disciplines.quality.silence import without_contact_d
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    ContainerPacked,
    Event,
    Landed,
    Launched,
    LotLoaded,
    Recovered,
    ResultReported,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the journey, who answered for the product in it, and how long nobody could look.

    Attributes
    ----------
    holder
        Who held the product longest in it; none where nobody is on record.
    unattended_d
        Days with no contact on record (in flight, see
        :data:`downmass.disciplines.quality.silence.HEARD_RULE`) or without anybody at hand
        (on the ground before recovery).
    """

    name: str
    opens: datetime
    closes: datetime | None
    holder: str | None
    days: float | None
    unattended_d: float | None


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
    launched = campaign.last(Launched)
    loaded = [event.occurred_at for kind in (LotLoaded, ContainerPacked) for event in campaign.all(kind)]
    landed, recovered = campaign.last(Landed), campaign.last(Recovered)
    laboratory = _laboratory_arrival(campaign, recovered.occurred_at if recovered else None)
    points = (
        ("loading to launch", min(loaded) if loaded else None, _at(launched)),
        ("flight", _at(launched), _at(landed)),
        ("landing to recovery", _at(landed), _at(recovered)),
        ("recovery to laboratory", _at(recovered), laboratory.at if laboratory else None),
    )
    found = []
    for name, opens, closes in points:
        if opens is None:
            continue
        if closes is not None and closes < opens:
            continue
        unattended = without_contact_d(campaign, opens, closes, at) if name == "flight" else None
        if name == "landing to recovery" and closes is not None:
            unattended = days_between(opens, closes)
        days = days_between(opens, closes) if closes is not None else None
        found.append(Stretch(name, opens, closes, _main_holder(campaign, opens, closes), days, unattended))
    return tuple(found)


def _at(event: Event[Any] | None) -> datetime | None:
    return event.occurred_at if event is not None else None


def _laboratory_arrival(campaign: Campaign, after: datetime | None) -> Passing | None:
    if after is None:
        return None
    laboratories = {event.body.laboratory for event in campaign.all(ResultReported)}
    laboratories |= {name for name, party in campaign.parties.items() if "laboratory" in party.kinds}
    arrived = [
        passing for passing in passings(campaign) if passing.at >= after and passing.receiver in laboratories
    ]
    return arrived[0] if arrived else None


def _main_holder(campaign: Campaign, opens: datetime, closes: datetime | None) -> str | None:
    """Return who held the product longest within a stretch, or none where nobody is on record."""
    ends = closes or max(campaign.recorded_until or opens, opens)
    told = [passing for passing in passings(campaign) if passing.at <= ends]
    held: dict[str, timedelta] = {}
    for index, passing in enumerate(told):
        until = told[index + 1].at if index + 1 < len(told) else ends
        share = max(until - max(passing.at, opens), timedelta())
        if until >= opens:
            held[passing.receiver] = held.get(passing.receiver, timedelta()) + share
    return max(held, key=lambda party: held[party]) if held else None
