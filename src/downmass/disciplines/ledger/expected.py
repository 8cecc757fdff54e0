"""What of each writer's log is expected, has arrived, waits, or is missing: from the record alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from downmass.base.instant import Instant
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, Stretch


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a writer's log stands in this one.

    Attributes
    ----------
    announced
        Entries the writer is known to have written: by its bundles and certificates, and what is here.
    received
        Entries of it that are here, from its first on without holes.
    held, missing
        What has arrived but waits for earlier entries, and what has not arrived.
    born, died
        Certificates of its last session; ``died`` is none while the session goes on.
    broken
        Births of the sessions that ended without a death certificate.
    heard_at
        When its last bundle arrived, by the clock of the log.
    last_at
        When its last entry happened, as its clock is read.
    """

    writer: str
    announced: int
    received: int
    held: tuple[Stretch, ...]
    missing: tuple[Stretch, ...]
    born: Event[ev.WriterBorn] | None
    died: Event[ev.WriterDied] | None
    broken: tuple[Event[ev.WriterBorn], ...]
    heard_at: Instant | None
    last_at: Instant | None


def standings(campaign: Campaign) -> tuple[Standing, ...]:
    """Return where every device stands that was born or sent a bundle, in order of enrolment.

    Notes
    -----
    What waits is what the last ``sync.received`` of the writer said, less what has arrived since.
    """
    received: defaultdict[str, int] = defaultdict(int)
    last: dict[str, Event[object]] = {}
    for group in campaign.events.values():
        for event in group:
            received[event.writer] += 1
            if event.writer not in last or event.sequence > last[event.writer].sequence:
                last[event.writer] = event
    devices = {event.writer for event in campaign.all(ev.WriterBorn)}
    devices |= {event.body.writer for event in campaign.all(ev.SyncReceived)}
    enrolled = dict.fromkeys(event.body.writer for event in campaign.all(ev.WriterEnrolled))
    return tuple(
        _standing(campaign, writer, received[writer], last.get(writer))
        for writer in enrolled
        if writer in devices
    )


def standing_of(campaign: Campaign, writer: str) -> Standing:
    """Return where one writer stands; one never heard of has announced nothing."""
    empty = Standing(writer, 0, 0, (), (), None, None, (), None, None)
    return next((one for one in standings(campaign) if one.writer == writer), empty)


def _standing(campaign: Campaign, writer: str, received: int, last: Event[object] | None) -> Standing:
    births = [event for event in campaign.all(ev.WriterBorn) if event.writer == writer]
    deaths: Mapping[int, Event[ev.WriterDied]] = {
        event.body.boot: event for event in campaign.all(ev.WriterDied) if event.writer == writer
    }
    synced = [event for event in campaign.all(ev.SyncReceived) if event.body.writer == writer]
    announced = max(
        [
            received,
            *(event.body.announced for event in synced),
            *(event.body.entries + 1 for event in births),
            *(event.body.entries for event in deaths.values()),
        ]
    )
    held = _after(received, synced[-1].body.held if synced else ())
    born = births[-1] if births else None
    return Standing(
        writer,
        announced,
        received,
        held,
        gaps(received, announced, held),
        born,
        deaths.get(born.body.boot) if born else None,
        tuple(event for event in births[:-1] if event.body.boot not in deaths),
        synced[-1].occurred_at if synced else None,
        last.occurred_at if last else None,
    )


def _after(received: int, told: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return what is left of stretches from a counter on."""
    return tuple(Stretch(max(s.first, received), s.last) for s in told if s.last >= received)


def gaps(received: int, announced: int, held: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return the counters that were announced and are neither here nor waiting."""
    gaps, reached = [], received
    for stretch in sorted(held, key=lambda s: s.first):
        if stretch.first > reached:
            gaps.append(Stretch(reached, stretch.first - 1))
        reached = max(reached, stretch.last + 1)
    if reached < announced:
        gaps.append(Stretch(reached, announced - 1))
    return tuple(gaps)
