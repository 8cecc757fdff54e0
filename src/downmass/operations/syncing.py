"""Sync: what devices bring is mirrored into the log as it is, in whatever order it arrives.

A bundle is judged, held durably where it has a gap before it, and only then written of: one atomic
append holds what the log says of it (``sync.received``) and the entries themselves, behind that.
Whatever stops the program between two of these steps, the same bundle given again goes on there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from downmass.base.errors import DamageError, InputError, VersionError
from downmass.disciplines.ledger.expected import gaps, standing_of, standings
from downmass.disciplines.ledger.mirroring import (
    Known,
    Plan,
    keys_at_hand,
    known_of,
    known_places,
    plan,
)
from downmass.disciplines.ledger.sync import SyncBundle, check_sync, claimed_writer, read_sync, write_sync
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.entry import Entry
from downmass.facts.event import Event, Origin, Stretch
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.inbox import FolderInbox as FolderInbox
from downmass.operations.inbox import Inbox as Inbox
from downmass.operations.inbox import MemoryInbox as MemoryInbox

LONGEST_REASON = 500
"""Characters of a reason that are kept: part of it may be a stranger's words."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one writer's entries when a bundle arrived, and what of it is missing now."""

    writer: str
    announced: int
    appended: tuple[Stretch, ...] = ()
    held: tuple[Stretch, ...] = ()
    known: tuple[Stretch, ...] = ()
    missing: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What became of a bundle.

    Attributes
    ----------
    bundle_sha256
        Digest of the file as it arrived.
    writer
        Who made it, as it claims.
    quarantined
        Why it was put aside; "" where it was taken.
    arrivals
        One for each writer of whom something is new; none where all of it was known.
    events
        What was added to the log: its own notes, then the entries of others.
    """

    bundle_sha256: str
    writer: str
    quarantined: str = ""
    arrivals: tuple[Arrival, ...] = ()
    events: tuple[Event[Any], ...] = ()

    @property
    def appended(self) -> int:
        """Number of entries of other writers that were added to the log."""
        return sum(s.last - s.first + 1 for arrival in self.arrivals for s in arrival.appended)


@dataclass(frozen=True, slots=True)
class Station:
    """Who receives, and how it says so in the log; a device that keeps no log of arrivals says nothing.

    Attributes
    ----------
    own
        The writer whose log it is.
    notes
        Whether arrivals are recorded: by the ground, not on board.
    """

    own: str
    carrier: str
    at: datetime
    notes: bool = True
    origin: Origin = "recorded"
    source: str = ""


def receive(
    desk: Desk,
    ground: str,
    inbox: Inbox,
    data: bytes,
    carrier: str,
    at: datetime,
    origin: Origin = "recorded",
    source: str = "",
) -> SyncReport:
    """Take a sync bundle on the ground: mirror what fits, hold what waits, put aside what cannot be true.

    Parameters
    ----------
    ground
        The writer that keeps the log.
    carrier
        What brought it: a station's downlink, a disk, a mail.
    at
        When it arrived, by the clock of the ground.

    Returns
    -------
    SyncReport
        Nothing in it is new where the same was received before; then nothing was written either.

    Raises
    ------
    VersionError
        If a newer version wrote it; nothing was written, and the bundle is to be kept by the caller.
    RefusedError, DamageError, StaleHeadError
        If the desk cannot append; nothing was written to the log, the bundle may be given again.
    OSError
        If the inbox cannot keep it; nothing was written.
    """
    return take(desk, inbox, data, Station(ground, carrier, at, True, origin, source))


def take(desk: Desk, inbox: Inbox, data: bytes, station: Station) -> SyncReport:
    """Take a sync bundle at any log, on the ground or on board."""
    digest = sha256(data).hexdigest()
    try:
        bundle = read_sync(data)
    except DamageError as fault:
        return _put_aside(desk, inbox, data, claimed_writer(data), str(fault), station)
    known = known_of(desk.entries())
    waiting, kept = _waiting(inbox, known, digest)
    at_hand = [*waiting, bundle]
    doubt = _doubt(known, bundle, at_hand)
    if doubt is not None:
        return _put_aside(desk, inbox, data, bundle.writer, doubt, station)
    made = plan(known, at_hand, station.own)
    refused = {aside.sha256: reason for aside, reason in made.aside}
    if digest in refused:
        return _put_aside(desk, inbox, data, bundle.writer, refused[digest], station)
    if digest in made.waiting:
        inbox.hold(data)
    for aside, reason in made.aside:
        _put_aside(desk, inbox, kept[aside.sha256], aside.writer, reason, station)
    state = desk.state()
    arrivals = _arrivals(state, known, made, at_hand)
    notes = [_note(arrival, digest, station) for arrival in arrivals] if station.notes else []
    events: tuple[Event[Any], ...] = ()
    if notes or made.fitting:
        events = desk.record_and_mirror(notes, made.fitting)
    for settled in {one.sha256 for one in at_hand} - made.waiting:
        inbox.release(settled)
    if any(isinstance(event.body, ev.WriterEnrolled) for event in events):
        events = (*events, *_again(desk, inbox, station))
    return SyncReport(digest, bundle.writer, "", arrivals, events)


def _waiting(inbox: Inbox, known: Known, digest: str) -> tuple[list[SyncBundle], dict[str, bytes]]:
    """Return the bundles that wait, oldest first, and their bytes."""
    kept = {name: data for name, data in inbox.held().items() if name != digest}
    found = []
    for data in kept.values():
        try:
            found.append(read_sync(data))
        except (DamageError, VersionError):
            continue  # somebody else's file: it is neither used nor touched
    bundles = sorted(found, key=lambda bundle: (bundle.made_at, bundle.sha256))
    return [bundle for bundle in bundles if bundle.campaign == known.campaign], kept


def _doubt(known: Known, bundle: SyncBundle, at_hand: Sequence[SyncBundle]) -> str | None:
    """Return why a bundle that arrived whole is not believed, or none."""
    if bundle.campaign != known.campaign:
        return f"it is of campaign {bundle.campaign!r}, this is {known.campaign!r}"
    return check_sync(bundle, keys_at_hand(known, at_hand), known.revoked)


def _arrivals(
    state: Campaign, known: Known, made: Plan, at_hand: Sequence[SyncBundle]
) -> tuple[Arrival, ...]:
    """Return what is new of each writer: entries appended, others that wait, or more that are announced."""
    bundle = at_hand[-1]
    here = known_places(known, bundle)
    # A device speaks for itself alone; the log's writer for all.
    told = {
        writer: count
        for writer, count in bundle.announced.items()
        if bundle.writer in (writer, known.log) and writer in known.keys
    }
    found = []
    for writer in sorted({*made.appended, *made.held, *told}):
        before = standing_of(state, writer)
        received = len(known.hashes.get(writer, ()))
        heard = max(before.announced, received)
        announced = max(heard, told.get(writer, 0))
        appended, held = made.appended.get(writer, ()), made.held.get(writer, ())
        if appended or held != before.held or announced > heard:
            reached = received + sum(s.last - s.first + 1 for s in appended)
            missing = gaps(reached, announced, held)
            found.append(Arrival(writer, announced, appended, held, here.get(writer, ()), missing))
    return tuple(found)


def _note(arrival: Arrival, digest: str, station: Station) -> Draft:
    body = ev.SyncReceived(
        arrival.writer,
        digest,
        station.carrier,
        arrival.announced,
        arrival.appended,
        arrival.held,
        arrival.known,
    )
    return Draft("sync.received", body, station.at, station.own, station.origin, station.source)


def _put_aside(
    desk: Desk, inbox: Inbox, data: bytes, writer: str, reason: str, station: Station
) -> SyncReport:
    """Keep a bundle for a person to judge, and say so in the log once."""
    digest = sha256(data).hexdigest()
    reason = reason[:LONGEST_REASON]
    inbox.quarantine(data, reason)
    inbox.release(digest)
    told = {(e.body.bundle_sha256, e.body.reason) for e in desk.state().all(ev.SyncQuarantined)}
    if not station.notes or (digest, reason) in told:
        return SyncReport(digest, writer, reason)
    body = ev.SyncQuarantined(writer, digest, station.carrier, reason)
    draft = Draft("sync.quarantined", body, station.at, station.own, station.origin, station.source)
    return SyncReport(digest, writer, reason, events=desk.record([draft]))


def _again(desk: Desk, inbox: Inbox, station: Station) -> Iterable[Event[Any]]:
    """Judge once more what was put aside, now that a writer has another key; what is good is taken."""
    for data in inbox.quarantined().values():
        try:
            bundle = read_sync(data)
        except (DamageError, VersionError):
            continue
        if _doubt(known_of(desk.entries()), bundle, [bundle]) is None:
            yield from take(desk, inbox, data, station).events


def ground_bundle(
    desk: Desk,
    ground: str,
    at: datetime,
    writers: Collection[str] | None = None,
    first: Mapping[str, int] | None = None,
) -> bytes:
    """Return a sync bundle of what a device is to have: commands, a new plan, keys.

    Parameters
    ----------
    writers
        Whose entries to send; the ground's alone if not given.
    first
        Writer -> counter to begin at; everything of a writer not named. What the device has already
        does no harm.
    """
    chosen = (ground,) if writers is None else tuple(writers)
    return bundle_of(desk, ground, at, chosen, first or {}, {})


def bundle_of(
    desk: Desk,
    writer: str,
    at: datetime,
    writers: Collection[str],
    first: Mapping[str, int],
    last: Mapping[str, int],
) -> bytes:
    """Return a sync bundle that a writer makes of some writers' entries, from one counter to another.

    Raises
    ------
    InputError
        If a counter is given for a writer that is not among them, or that is not in the log.
    """
    events, heads = desk.events(), desk.heads()
    for named in (*first, *last):
        if named not in writers:
            raise InputError(f"no entries of {named!r} are to go into this bundle", "name its writers")
    counts = {name: heads[name].sequence if name in heads else 0 for name in writers}
    chosen: list[Entry] = []
    seen = dict.fromkeys(counts, 0)
    for entry, event in zip(desk.entries(), events, strict=True):
        if event.writer in seen:
            number = seen[event.writer]
            seen[event.writer] += 1
            if first.get(event.writer, 0) <= number <= last.get(event.writer, number):
                chosen.append(entry)
    return write_sync(desk.campaign, writer, at, counts, chosen, desk.signer(writer))


def missing_of(campaign: Campaign) -> dict[str, dict[str, Any]]:
    """Return writer -> what of its log is announced, here, waiting and missing, as a JSON value.

    ``missing`` is what a device is asked for: pairs of first and last counter, both included.
    """
    return {
        one.writer: {
            "announced": one.announced,
            "received": one.received,
            "held": [[s.first, s.last] for s in one.held],
            "missing": [[s.first, s.last] for s in one.missing],
        }
        for one in standings(campaign)
    }


def report_to_json(report: SyncReport) -> dict[str, Any]:
    """Return what became of a bundle as a JSON value."""

    def pairs(stretches: Iterable[Stretch]) -> list[list[int]]:
        return [[stretch.first, stretch.last] for stretch in stretches]

    return {
        "bundle_sha256": report.bundle_sha256,
        "writer": report.writer,
        "quarantined": report.quarantined,
        "entries": [event.id for event in report.events],
        "arrivals": [
            {
                "writer": one.writer,
                "announced": one.announced,
                "appended": pairs(one.appended),
                "held": pairs(one.held),
                "known": pairs(one.known),
                "missing": pairs(one.missing),
            }
            for one in report.arrivals
        ],
    }
