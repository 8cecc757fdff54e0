"""A person's signature bound to what was signed and to the record as it stood (21 CFR 11.70).

The hash of an act covers the body without its signatures, who signs, when and with what meaning,
and the root of the tree over every entry before it: cut out and put elsewhere, it no longer fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from downmass.base.canon import canonical, sha256
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.seal import read_canonical
from downmass.disciplines.ledger.tree import Tree
from downmass.facts.codec import event_from_json
from downmass.facts.entry import Entry
from downmass.facts.finding import Finding
from downmass.facts.party import Signature

ACT = b"downmass act v1\n"
"""What stands before the hash of an act where a person's key signs it: it signs nothing else."""

_MARK = b'"over_sha256"'
"""Canonical bytes that hold a signature hold this; the others need not be read."""


def act_hash(body: Mapping[str, Any], signer: str, meaning: str, at: datetime, record_root: bytes) -> str:
    """Return the hex SHA-256 a signature is over.

    Parameters
    ----------
    body
        JSON value of the body; its signatures are left out.
    record_root
        Root of the tree over all entries before this one [32 bytes].
    """
    return _over(body, {"at": format_instant(at), "meaning": meaning, "signer": signer}, record_root)


def act_bytes(over_sha256: str) -> bytes:
    """Return the bytes a person's key signs for an act."""
    return ACT + over_sha256.encode("ascii")


def signatures_of(body: Any) -> Sequence[Signature]:
    """Return the signatures a body carries, in order."""
    one = getattr(body, "signature", None)
    return (one,) if isinstance(one, Signature) else tuple(getattr(body, "signatures", ()))


def loose_acts(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Return a finding for every signature that does not fit what it stands under.

    The entries are taken as verified. What is hashed is the body as it is stored, letter by letter,
    so that every reader of the bytes comes to the same verdict.
    """
    tree = Tree()
    findings: list[Finding] = []
    for entry in entries:
        if _MARK in entry.content:
            findings.extend(_misfits(read_canonical(entry.content), tree.root()))
        tree.append(entry.hash)
    return tuple(findings)


def _misfits(value: Mapping[str, Any], record_root: bytes) -> Iterator[Finding]:
    event, body = event_from_json(value), value["body"]
    for place, signature in enumerate(signatures_of(event.body)):
        act = body["signature"] if "signature" in body else body["signatures"][place]
        if _over(body, act, record_root) != signature.over_sha256:
            text = f"the signature of {signature.printed_name} is not over this record and this content"
            yield Finding(event.id, text, "blocking", (event.id,))


def _over(body: Mapping[str, Any], act: Mapping[str, Any], record_root: bytes) -> str:
    """Return the hex SHA-256 over a body without its signatures and who signs it, when and meaning what."""
    bare = {key: value for key, value in body.items() if key not in ("signature", "signatures")}
    signed = {name: act[name] for name in ("at", "meaning", "signer")}
    return sha256(canonical({**signed, "body": bare, "record_root": record_root.hex()})).hex()
