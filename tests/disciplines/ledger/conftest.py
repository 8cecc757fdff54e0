"""A little log for tests: a ground custodian and a capsule, with keys from fixed bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.seal import FIRST, content_hash, seal
from downmass.disciplines.ledger.tree import Tree
from downmass.facts import event as ev
from downmass.facts.entry import Entry

START = datetime(2023, 6, 12, 21, 35, tzinfo=UTC)


def key_of(byte: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32)


@dataclass
class Log:
    """A log that a test writes line by line; ``keys`` holds the key each writer signs with."""

    keys: dict[str, Ed25519PrivateKey] = field(
        default_factory=lambda: {"ground": key_of(1), "capsule": key_of(2)}
    )
    entries: list[Entry] = field(default_factory=list)
    _reached: dict[str, tuple[int, str]] = field(default_factory=dict)

    def enrol(self, writer: str, by: str = "ground", key: Ed25519PrivateKey | None = None) -> Log:
        text = public_key_text(key or self.keys[writer])
        kind: Any = "ground" if writer == "ground" else "capsule"
        return self.add(by, ev.WriterEnrolled(writer, "acme", kind, text))

    def add(self, writer: str, body: Any, **changes: Any) -> Log:
        index = len(self.entries)
        sequence, previous = self._reached.get(writer, (0, FIRST))
        at = START + timedelta(hours=index)
        fields: dict[str, Any] = {
            "id": f"e{index}", "campaign": "demo", "type": ev.TYPE_OF.get(type(body), "later.type"),
            "version": ev.version_of(ev.TYPE_OF.get(type(body), "")),
            "writer": writer, "sequence": sequence, "occurred_at": at,
            "uncertainty_s": Decimal(1), "recorded_at": at, "origin": "simulated", "source": "",
            "cause": (), "body": body,
        }  # fmt: skip
        event = ev.Event(**{**fields, **{k: v for k, v in changes.items() if k != "prev_hash"}})
        entry = seal(event, index, changes.get("prev_hash", previous), self.keys[writer])
        self._reached[writer] = (sequence + 1, content_hash(entry.content))
        self.entries.append(entry)
        return self

    def live(self, count: int) -> Log:
        for turn in range(count):
            self.add("capsule" if turn % 2 else "ground", ev.PhaseMoved("melt", "execute", f"turn {turn}"))
        return self

    def checkpoint(self, size: int | None = None, key: Ed25519PrivateKey | None = None) -> str:
        tree = Tree(entry.hash for entry in self.entries)
        reached = len(tree) if size is None else size
        return notes.make("demo", reached, tree.root(reached), key or self.keys["ground"])


@pytest.fixture
def key() -> Callable[[int], Ed25519PrivateKey]:
    """A private key from one repeated byte."""
    return key_of


@pytest.fixture
def empty_log() -> Log:
    """A log nobody has written to."""
    return Log()


@pytest.fixture
def log() -> Log:
    """Ground and capsule enrolled, then four turns: six entries."""
    return Log().enrol("ground").enrol("capsule").live(4)
