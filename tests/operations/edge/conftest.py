"""A ground desk and a capsule whose clock is wrong, with everything that passes between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.instant import Window
from downmass.disciplines.ledger.bundle import write_bundle
from downmass.disciplines.ledger.seal import event_of
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF, Event
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.inbox import Inbox, MemoryInbox
from downmass.operations.keys import ExampleKeys, Keyring
from downmass.operations.syncing import SyncReport, receive
from downmass.stores.memory import MemoryStore

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
LAUNCH = datetime(2026, 3, 1, tzinfo=UTC)


class World:
    """True time, a ground whose clock shows it, and a capsule whose clock is off by some seconds."""

    def __init__(self, promise: Sequence[Draft], off_s: float = 0, keys: Keyring | None = None) -> None:
        self.now = OPENED
        self.off_s = off_s
        self.rate = 1.0
        self.began = LAUNCH
        self.keys = keys or ExampleKeys()
        self.store = MemoryStore()
        self.desk = Desk(self.store, "little", self.keys, lambda: self.now)
        self.desk.record(promise)
        self.inbox: Inbox = MemoryInbox()
        self.board = MemoryStore()
        self.now = LAUNCH
        self.edge = Edge.commission(
            self.board, self.whole(), "capsule", self.keys, self.device_time, self.counter
        )

    def device_time(self) -> datetime:
        return self.now + timedelta(seconds=self.off_s) + (self.now - self.began) * (self.rate - 1)

    def counter(self) -> float:
        return (self.now - self.began).total_seconds()

    def whole(self) -> bytes:
        return write_bundle(self.store.read("little"), self.store.checkpoint("little") or "")

    def draft(self, body: Any) -> Draft:
        return Draft(TYPE_OF[type(body)], body, self.device_time(), "capsule", "recorded", "")

    def seal(self, hours: float = 1) -> tuple[Event[Any], ...]:
        """Record the temperature of the last hours, by the capsule's clock."""
        shown = self.device_time()
        when = Window(shown - timedelta(hours=hours), shown)
        body = ev.SegmentSealed(
            "oven", "run", when, "C", 60, 60, Decimal(88), Decimal(90), Decimal(92), "ab" * 32
        )
        return self.edge.record([self.draft(body)])

    def arrive(self, data: bytes, carrier: str = "relay") -> SyncReport:
        return receive(self.desk, "ground", self.inbox, data, carrier, self.now)

    def correlate(self, epoch: int = 0, uncertainty_s: str = "0.1") -> Event[Any]:
        """Compare the capsule's clock with the ground's, at a contact."""
        body = ev.ClockCorrelated(
            "capsule", epoch, self.device_time(), self.now, Decimal(uncertainty_s), "two-way"
        )
        (event,) = self.desk.record([Draft("clock.correlated", body, self.now, "ground", "recorded", "")])
        return event

    def of_capsule(self) -> list[bytes]:
        """Return what the ground has of the capsule, byte for byte, in its order there."""
        return _of_capsule(self.store)

    def on_board(self) -> list[bytes]:
        return _of_capsule(self.board)


def _of_capsule(store: MemoryStore) -> list[bytes]:
    return [e.content for e in store.read("little") if event_of(e.content).writer == "capsule"]


@pytest.fixture
def world(promise: tuple[Draft, ...]) -> Callable[..., World]:
    """Make a world whose capsule's clock is off by some seconds."""

    def made(off_s: float = 0, keys: Keyring | None = None) -> World:
        return World(promise, off_s, keys)

    return made


@pytest.fixture
def flown(world: Callable[..., World]) -> World:
    """A capsule that wrote 30 entries in 30 days out of contact, its clock 400 s fast."""
    made = world(400)
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    for _ in range(29):
        made.now += timedelta(days=1)
        made.seal()
    made.now += timedelta(days=1)
    return made
