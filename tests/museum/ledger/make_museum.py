"""Writes the bundles of this museum: one sound log, and one file for each way of breaking it.

Run by hand, once, when an exhibit is added: ``python tests/museum/ledger/make_museum.py``. The
files are committed, so that a bundle written by an old version stays a test of every newer one.
The keys are made from fixed bytes and guard nothing.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.base.canon import canonical
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.bundle import closing_digest, write_bundle
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.seal import FIRST, content_hash, seal
from downmass.disciplines.ledger.tree import Tree
from downmass.facts import event as ev
from downmass.facts.entry import Entry
from downmass.facts.party import Party

HERE = Path(__file__).parent
LAUNCH = datetime(2023, 6, 12, 21, 35, tzinfo=UTC)
GROUND = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
CAPSULE = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
KEYS = {"ground": GROUND, "capsule": CAPSULE}

LIFE: tuple[tuple[str, Any], ...] = (
    ("ground", ev.WriterEnrolled("ground", "acme", "ground", public_key_text(GROUND))),
    ("ground", ev.PartyJoined(Party("acme", "Acme Orbital — Köln", ("operator",), "DE"))),
    ("ground", ev.WriterEnrolled("capsule", "acme", "capsule", public_key_text(CAPSULE))),
    ("capsule", ev.PhaseMoved("crystallise", "execute")),
    ("capsule", ev.PhaseMoved("crystallise", "complete")),
    ("ground", ev.Landed("uttr", "40.2 N 113 W")),
)


def event(index: int, writer: str, sequence: int, body: Any) -> ev.Event[Any]:
    """Return the event of a place in the little life."""
    at = LAUNCH + timedelta(days=index)
    return ev.Event(
        f"e{index}", "demo", ev.TYPE_OF[type(body)], 1, writer, sequence,
        at, Decimal(1), at, "simulated", "", (), body,
    )  # fmt: skip


def sealed(life: tuple[tuple[str, Any], ...], keys: dict[str, Ed25519PrivateKey]) -> list[Entry]:
    """Return the log of a life."""
    entries: list[Entry] = []
    reached: dict[str, tuple[int, str]] = {}
    for index, (writer, body) in enumerate(life):
        sequence, previous = reached.get(writer, (0, FIRST))
        entry = seal(event(index, writer, sequence, body), index, previous, keys[writer])
        reached[writer] = (sequence + 1, content_hash(entry.content))
        entries.append(entry)
    return entries


def checkpoint(entries: list[Entry], key: Ed25519PrivateKey = GROUND) -> str:
    """Return the checkpoint over a log."""
    return notes.make("demo", len(entries), Tree(e.hash for e in entries).root(), key)


def resealed(lines: list[bytes]) -> bytes:
    """Return the lines with the closing digest made to fit, as a careful forger would."""
    closing = json.loads(lines[-1])
    before = b"".join(lines[:-1])
    rest = {key: value for key, value in closing.items() if key != "sha256"}
    return before + canonical({**rest, "sha256": closing_digest(before, rest)}) + b"\n"


def exhibits() -> dict[str, bytes]:
    """Return name -> bundle."""
    log = sealed(LIFE, KEYS)
    note, early = checkpoint(log), checkpoint(log[:4])
    sound = write_bundle(log, note)
    lines = sound.splitlines(keepends=True)
    forged_life = (*LIFE[:4], ("capsule", ev.PhaseMoved("crystallise", "aborted")), LIFE[5])
    rewritten = sealed(forged_life, KEYS)
    stolen = sealed(LIFE, {**KEYS, "capsule": STRANGER})
    replay = [*log[:5], replace(log[3], index=5), replace(log[5], index=6)]
    swapped = [*log[:3], replace(log[4], index=3), replace(log[3], index=4), log[5]]
    cosigned = notes.cosign(note, "witness.example/customer", STRANGER, 1_700_000_000)
    header = lines[0].replace(b'"version":1', b'"version":99')
    return {
        "bundle_sound": sound,
        "bundle_cosigned": write_bundle(log, cosigned),
        "bundle_swapped_rows": resealed([*lines[:4], lines[5], lines[4], *lines[6:]]),
        "bundle_swapped_and_renumbered": write_bundle(swapped, checkpoint(swapped)),
        "bundle_truncated_tail": resealed([*lines[:5], lines[7]]),
        "bundle_truncated_tail_and_header": resealed(
            [lines[0].replace(b'"size":6', b'"size":4'), *lines[1:5], lines[7]]
        ),
        "bundle_checkpoint_over_fewer": resealed(
            [*lines[:7], write_bundle(log[:4], early).splitlines(True)[-1]]
        ),
        "bundle_replayed_sequence": write_bundle(replay, checkpoint(replay)),
        "bundle_wrong_key": write_bundle(stolen, checkpoint(stolen)),
        "bundle_wrong_log_key": write_bundle(log, checkpoint(log, STRANGER)),
        "bundle_rewritten_chain": resealed(
            [*write_bundle(rewritten, checkpoint(rewritten)).splitlines(keepends=True)[:-1], lines[7]]
        ),
        "bundle_torn_line": sound[: len(b"".join(lines[:5])) + 40],
        "bundle_deleted_row": resealed([*lines[:3], *lines[4:]]),
        "bundle_duplicated_row": resealed([*lines[:4], lines[3], *lines[4:]]),
        "bundle_newer_format": resealed([header, *lines[1:]]),
        "bundle_newer_format_claimed": b"".join([header, *lines[1:]]),
        "bundle_windows_newlines": sound.replace(b"\n", b"\r\n"),
        "bundle_without_closing": b"".join(lines[:-1]),
        "bundle_empty": b"",
        "bundle_is_a_picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "bundle_deeply_nested": lines[0] + b"[" * 5_000 + b"\n" + b"".join(lines[2:]),
        "bundle_float": resealed([lines[0].replace(b'"size":6', b'"size":6.0'), *lines[1:]]),
    }


if __name__ == "__main__":
    for name, content in exhibits().items():
        (HERE / f"{name}.jsonl").write_bytes(content)
