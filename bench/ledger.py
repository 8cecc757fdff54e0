"""How fast a ledger verifies, proves and appends, beside the bare library doing the least of it.

Run: ``python bench/ledger.py``. Appends are durable (WAL, synchronous FULL) in the system's folder
for temporary files; what a sync costs there is for its disk to decide, so read the ratio.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.bundle import verify_bundle, write_bundle
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.seal import FIRST, content_hash, seal
from downmass.disciplines.ledger.tree import Tree, verify_inclusion
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.entry import Entry
from downmass.stores.sqlite import SqliteStore

ENTRIES = 5_000
LEAVES = 100_000
Row = tuple[str, float, str, float, float]
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)


def best(act: Callable[[], Any], turns: int = 3) -> float:
    """Return the shortest time of several turns [s]."""
    times = []
    for _ in range(turns):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return min(times)


def log(count: int) -> list[Entry]:
    """Return a sealed log of one writer."""
    start = datetime(2023, 6, 12, tzinfo=UTC)
    entries: list[Entry] = []
    previous = FIRST
    for n in range(count):
        body: Any = ev.PhaseMoved("crystallise", "execute", "the furnace has reached its set point")
        if n == 0:
            body = ev.WriterEnrolled("ground", "acme", "ground", public_key_text(KEY))
        at = start + timedelta(minutes=n)
        event = ev.Event(
            f"e{n}", "w1", ev.TYPE_OF[type(body)], 1, "ground", n,
            at, Decimal(1), at, "simulated", "", (), body,
        )  # fmt: skip
        entries.append(seal(event, n, previous, KEY))
        previous = content_hash(entries[-1].content)
    return entries


def verification(entries: list[Entry]) -> list[Row]:
    """Return the rates of verification beside bare signature checks."""
    note = notes.make("w1", len(entries), Tree(e.hash for e in entries).root(), KEY)
    bundle = write_bundle(entries, note)
    public = KEY.public_key()
    if verify(entries, note).damage or verify_bundle(bundle).damage:
        raise SystemExit("the log of this benchmark is damaged")
    ours = len(entries) / best(lambda: verify(entries, note))
    sealed = len(entries) / best(lambda: verify_bundle(bundle))
    bare = len(entries) / best(lambda: [public.verify(e.signature, e.content) for e in entries])
    return [
        ("verify entries, signatures included [1/s]", ours, "Ed25519 verify alone", bare, ours / bare),
        ("verify a bundle of them [1/s]", sealed, "Ed25519 verify alone", bare, sealed / bare),
    ]  # fmt: skip


def sealing(count: int) -> list[Row]:
    """Return the rate of sealing beside bare signing."""
    contents = [entry.content for entry in log(count)]
    ours = count / best(lambda: log(count))
    bare = count / best(lambda: [KEY.sign(content) for content in contents])
    return [("seal events [1/s]", ours, "Ed25519 sign alone", bare, ours / bare)]


def proofs() -> list[Row]:
    """Return the rates of proofs at the size of a long campaign, beside one plain root."""
    from hashlib import sha256

    leaves = [sha256(n.to_bytes(4, "big")).digest() for n in range(LEAVES)]
    grow = LEAVES / best(lambda: Tree(leaves))
    hashes = LEAVES / best(lambda: [sha256(b"\x01" + leaf + leaf).digest() for leaf in leaves])
    tree = Tree(leaves)
    places = range(0, LEAVES, 97)
    root = tree.root()
    made = [tree.inclusion_proof(n) for n in places]
    prove = len(places) / best(lambda: [tree.inclusion_proof(n) for n in places])
    check = len(places) / best(
        lambda: [verify_inclusion(leaves[n], n, LEAVES, p, root) for n, p in zip(places, made, strict=True)]
    )
    return [
        ("append to the tree [1/s]", grow, "one SHA-256 each", hashes, grow / hashes),
        ("inclusion proofs at 100,000 [1/s]", prove, "verifying them", check, prove / check),
    ]


def appends(entries: list[Entry], batch: int, commits: int) -> Row:
    """Return the rate of durable appends beside bare inserts in the same journal mode."""
    runs = [entries[n * batch : (n + 1) * batch] for n in range(commits)]
    total = sum(len(run) for run in runs)
    with tempfile.TemporaryDirectory() as folder:
        rates_ours, rates_bare = [], []
        for turn in range(3):
            with SqliteStore(Path(folder, f"ours{turn}.db")) as store:
                start = perf_counter()
                for run in runs:
                    store.append("w1", run, run[0].index)
                rates_ours.append(total / (perf_counter() - start))
            with closing(sqlite3.connect(Path(folder, f"bare{turn}.db"), isolation_level=None)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
                raw.execute("PRAGMA synchronous = FULL")
                raw.execute(
                    "CREATE TABLE entry (i INTEGER PRIMARY KEY, content BLOB, hash BLOB, signature BLOB)"
                )
                start = perf_counter()
                for run in runs:
                    raw.execute("BEGIN IMMEDIATE")
                    rows = [(e.index, e.content, e.hash, e.signature) for e in run]
                    raw.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", rows)
                    raw.execute("COMMIT")
                rates_bare.append(total / (perf_counter() - start))
    ours, bare = max(rates_ours), max(rates_bare)
    return (f"append durably, {batch} a commit [1/s]", ours, "bare insert, WAL and FULL", bare, ours / bare)


def run() -> list[Row]:
    """Return rows: what, our rate, peer, peer's rate [1/s], ratio."""
    entries = log(ENTRIES)
    return [
        *verification(entries),
        *sealing(2_000),
        *proofs(),
        appends(entries, 1, 500),
        appends(entries, 100, 50),
    ]


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<44} {ours:>12,.0f}   {peer:<40} {theirs:>12,.0f}   x {ratio:.2f}")


if __name__ == "__main__":
    show(run())
