"""The edge writer: a device that writes its own log for weeks without contact, and sends it when it can.

Its store is a mirror of the campaign in the device's own order: what the ground's bundle held when
the device was commissioned, then its own entries and whatever of the ground's has reached it. It
signs its own entries and no checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from downmass.base.errors import DamageError, RefusedError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.mirroring import known_of
from downmass.disciplines.ledger.seal import Head, event_of
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.clock import Epoch, Reading, drift_s, read_clock
from downmass.facts.event import TYPE_OF, Event, Origin
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.inbox import Inbox, MemoryInbox
from downmass.operations.keys import Keyring
from downmass.operations.rules.writers import next_session
from downmass.operations.syncing import Station, SyncReport, bundle_of, take
from downmass.stores.port import Store

STEP_S = Decimal(1)
"""How far clock and monotone counter may disagree, besides the drift, before the clock has stepped [s]."""


class Edge:
    """A device's own desk.

    Parameters
    ----------
    store
        Holds the device's log, begun by :meth:`commission`.
    writer
        The device, enrolled with the key that ``keys`` gives for it.
    clock
        The device's clock, which may be wrong.
    monotonic
        A counter of seconds that never steps [s]; compared with the clock between entries.
    inbox
        Where the ground's entries wait for earlier ones; in memory if not given.
    origin, source
        How what the device itself says came to be: ``simulated`` on a simulated flight.
    """

    def __init__(
        self,
        store: Store,
        campaign: str,
        writer: str,
        keys: Keyring,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        inbox: Inbox | None = None,
        origin: Origin = "recorded",
        source: str = "",
    ) -> None:
        self.writer = writer
        self._desk = Desk(store, campaign, keys, clock, custodian=False)
        self._clock = clock
        self._monotonic = monotonic
        self._inbox = inbox or MemoryInbox()
        self._origin: Origin = origin
        self._source = source
        self._seen: tuple[datetime, float] | None = None

    @classmethod
    def commission(
        cls,
        store: Store,
        bundle: bytes,
        writer: str,
        keys: Keyring,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        inbox: Inbox | None = None,
        origin: Origin = "recorded",
        source: str = "",
    ) -> Self:
        """Begin a device's log with the ground's whole bundle.

        Raises
        ------
        DamageError
            If the bundle does not verify; nothing was written.
        RefusedError
            If the store holds a log already, or the device is not enrolled with the key that is here.
        """
        found = verify_bundle(bundle)
        if found.damage is not None:
            raise DamageError(f"the bundle is damaged: {found.damage.message}", "ask for another copy")
        whole = read_bundle(bundle)
        if store.campaigns():
            raise RefusedError(
                f"this device holds the log of {', '.join(store.campaigns())} already",
                "go on with it, or commission into an empty folder",
            )
        known = known_of(whole.entries)
        own = public_key_text(keys.key(whole.campaign, writer))
        enrolled = known.keys.get(writer)
        if enrolled != own or own in known.revoked:
            why = "is not enrolled" if enrolled is None else "is enrolled with another key, or it was revoked"
            raise RefusedError(
                f"writer {writer} {why} in campaign {whole.campaign}",
                f"let the ground enrol {writer} with public_key {own}, then export its bundle again",
            )
        store.append(whole.campaign, whole.entries, expected_size=0, checkpoint=whole.checkpoint)
        return cls(store, whole.campaign, writer, keys, clock, monotonic, inbox, origin, source)

    def state(self) -> Campaign:
        """Return the campaign as it is known on board."""
        return self._desk.state()

    def boot(self, software: str, clock_uncertainty_s: Decimal, drift_ppm: Decimal) -> Event[Any]:
        """Begin a session with a birth certificate: boot, clock epoch and entries counted from the log."""
        boot, epoch, entries = next_session(self.state(), self.writer)
        body = ev.WriterBorn(self.writer, boot, epoch, entries, clock_uncertainty_s, drift_ppm, software)
        (event,) = self._append([self._draft(body, self._clock(), clock_uncertainty_s)])
        return event

    def record(self, drafts: Sequence[Draft]) -> tuple[Event[Any], ...]:
        """Record entries of the device's own, each with how far its clock may be wrong by now.

        Where the clock and the monotone counter disagree by more than :data:`STEP_S` and the drift
        since the last entry, ``clock.stepped`` comes first and is among what is returned.

        Raises
        ------
        RefusedError
            If no session goes on, a draft is another writer's or takes a person's signature, or a rule
            refuses one; nothing was written.
        """
        state = self.state()
        epoch = self._epoch(state)
        for draft in drafts:
            if draft.writer != self.writer:
                raise RefusedError(
                    f"{draft.where or draft.type}: {draft.writer!r} does not write here",
                    f"let {self.writer!r} record it, or record it at the desk of {draft.writer!r}",
                )
            if draft.sign:
                log = state.all(ev.WriterEnrolled)[0].writer
                raise RefusedError(
                    f"{draft.where or draft.type}: {draft.sign[0][0]} cannot sign on {self.writer}: a "
                    "signature of a person is bound to the root of the campaign's log, which is not here",
                    f"record it at the desk of {log!r} in a contact, or let {self.writer!r} record what was "
                    "done and the person sign it later",
                )
        stepped = self._stepped(state, epoch)
        own = []
        for draft in drafts:
            unsure = stepped.uncertainty_s if stepped else _unsure(epoch, draft.at)
            own.append(replace(draft, uncertainty_s=max(draft.uncertainty_s, unsure)))
        return self._append([stepped, *own] if stepped else own)

    def watch(self) -> tuple[Event[Any], ...]:
        """Compare clock and monotone counter, and record a step of the clock if there was one.

        Raises
        ------
        RefusedError
            If no session goes on.
        """
        state = self.state()
        stepped = self._stepped(state, self._epoch(state))
        if stepped is not None:
            return self._append([stepped])
        self._seen = (self._clock(), self._monotonic())
        return ()

    def keep_time(self) -> None:
        """Note where clock and counter stand now; a step after this is seen, one before it is not."""
        self._seen = (self._clock(), self._monotonic())

    def now(self) -> datetime:
        """Return what the device's clock shows."""
        return self._clock()

    def heads(self) -> Mapping[str, Head]:
        """Return writer -> where its log stands on board."""
        return self._desk.heads()

    def bundle(self, first: Mapping[str, int] | None = None, last: Mapping[str, int] | None = None) -> bytes:
        """Return a sync bundle of the device's own entries from one counter to another, both included."""
        return bundle_of(self._desk, self.writer, self._clock(), (self.writer,), first or {}, last or {})

    def receive(self, data: bytes) -> SyncReport:
        """Mirror the ground's entries on board; what has a gap before it waits in the inbox."""
        station = Station(self.writer, "uplink", self._clock(), notes=False)
        return take(self._desk, self._inbox, data, station)

    def shutdown(self, reason: str) -> Event[Any]:
        """End the session with a death certificate, which counts every entry up to itself."""
        state = self.state()
        epoch = self._epoch(state)
        stepped = self._stepped(state, epoch)
        boot, _, entries = next_session(state, self.writer)
        at = self._clock()
        unsure = stepped.uncertainty_s if stepped else _unsure(epoch, at)
        body = ev.WriterDied(self.writer, boot - 1, entries + (2 if stepped else 1), reason)
        death = self._draft(body, at, unsure)
        return self._append([stepped, death] if stepped else [death])[-1]

    def uncertainty_s(self, at: datetime) -> Decimal:
        """Return how far the device's clock may be wrong at an instant it shows [s].

        It grows with the drift from boot, step or the last comparison known on board; after a
        comparison it covers the offset that was found, for the clock itself is not set by it.
        """
        return _unsure(self._epoch(self.state()), at)

    def read(self, at: datetime) -> Reading:
        """Return what an instant shown by the device's clock was, by what is known on board.

        ``state()`` tells instants of this device so read; compare them with ``read(clock()).at``.
        """
        return read_clock(self._epoch(self.state()), at)

    def status(self) -> dict[str, Any]:
        """Return where the device stands, as a JSON value: counts, session, clock."""
        state = self.state()
        counts: dict[str, int] = {}
        for group in state.events.values():
            for event in group:
                counts[event.writer] = counts.get(event.writer, 0) + 1
        boot, epoch, own = next_session(state, self.writer)
        ended = any(e.writer == self.writer and e.body.boot == boot - 1 for e in state.all(ev.WriterDied))
        goes_on = boot > 1 and not ended
        now = self._clock()
        return {
            "campaign": state.id,
            "writer": self.writer,
            "entries": own,
            "held_of": dict(sorted(counts.items())),
            "boot": boot - 1,
            "session": "goes on" if goes_on else "none",
            "epoch": epoch - 1 if boot > 1 else None,
            "clock": format_instant(now),
            "clock_uncertainty_s": f"{self.uncertainty_s(now):f}" if goes_on else None,
        }

    def _epoch(self, state: Campaign) -> Epoch:
        """Return the run of the clock that goes on; refuse where no session does."""
        own = [epoch for epoch in state.epochs if epoch.writer == self.writer]
        boot, _, _ = next_session(state, self.writer)
        ended = any(
            event.writer == self.writer and event.body.boot == boot - 1 for event in state.all(ev.WriterDied)
        )
        if not own or ended:
            raise RefusedError(f"no session of {self.writer} goes on", "boot the device first")
        return own[-1]

    def _stepped(self, state: Campaign, epoch: Epoch) -> Draft | None:
        """Return the entry that tells of a step of the clock since the last entry, if there was one."""
        now = self._clock()
        expected, bound = now, timedelta(seconds=float(STEP_S))
        if self._seen is not None:
            gone = timedelta(seconds=self._monotonic() - self._seen[1])
            expected = self._seen[0] + gone
            bound += timedelta(seconds=float(drift_s(gone, epoch.drift_ppm)))
        else:
            # The counter was not kept over the restart of the program: only a clock set back is seen.
            expected = max(now, self._last_recorded())
        if abs(now - expected) <= bound:
            return None
        unsure = _unsure(epoch, expected) + _seconds(now - expected)
        _, number, _ = next_session(state, self.writer)
        return self._draft(ev.ClockStepped(self.writer, number, expected, now, unsure), now, unsure)

    def _last_recorded(self) -> datetime:
        """Return what the clock showed at the device's last entry, as stored."""
        events = (event_of(entry.content) for entry in reversed(self._desk.entries()))
        return next(event.recorded_at for event in events if event.writer == self.writer)

    def _draft(self, body: Any, at: datetime, unsure: Decimal) -> Draft:
        return Draft(TYPE_OF[type(body)], body, at, self.writer, self._origin, self._source, unsure)

    def _append(self, drafts: Sequence[Draft]) -> tuple[Event[Any], ...]:
        events = self._desk.record(drafts)
        self._seen = (self._clock(), self._monotonic())
        return events


def _unsure(epoch: Epoch, at: datetime) -> Decimal:
    reading = read_clock(epoch, at)
    return reading.uncertainty_s + _seconds(reading.at - at)


def _seconds(span: timedelta) -> Decimal:
    return Decimal(abs(span) // timedelta(microseconds=1)).scaleb(-6)
