"""A person's signature bound to what was signed and to the record as it stood (21 CFR 11.70).

The hash of an act covers the body without its signatures, who signs, when and with what meaning,
and the root of the tree over every entry before it: cut out and put elsewhere, it no longer fits.
A person who enrolled a key seals that hash with it; the key must be the one in force at that place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature

from downmass.base.canon import canonical, sha256
from downmass.base.errors import InputError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.keys import SIGNATURE_BYTES, from_base64, public_key_of
from downmass.disciplines.ledger.people import Keys
from downmass.disciplines.ledger.people import signatures_of as signatures_of
from downmass.disciplines.ledger.seal import read_canonical
from downmass.disciplines.ledger.tree import Tree
from downmass.facts.codec import event_from_json
from downmass.facts.entry import Entry
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.party import Signature

ACT = b"downmass act v1\n"
"""What stands before the hash of an act where a person's key signs it: it signs nothing else."""

_MARK = re.compile(
    rb'"over_sha256"|"type":"(?:writer\.enrolled|person\.enrolled|key\.revoked|access\.(?:locked|reset))"'
)
"""Canonical bytes that hold a signature or decide whose count hold this; the others need not be read."""


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


def loose_acts(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Return a finding for every signature that does not fit what it stands under, or is by no key in force.

    The entries are taken as verified. What is hashed is the body as it is stored, letter by letter,
    so that every reader of the bytes comes to the same verdict. A signature without a key stands
    where its signer had enrolled none; enrolments that do not count are findings too.
    """
    tree, keys = Tree(), Keys()
    findings: list[Finding] = []
    for entry in entries:
        if _MARK.search(entry.content):
            value = read_canonical(entry.content)
            event = event_from_json(value)
            findings.extend(_misfits(event, value["body"], keys, tree.root))
            fault = keys.take(event)
            if fault is not None:
                findings.append(Finding(event.id, fault, "blocking", (event.id,)))
        tree.append(entry.hash)
    return tuple(findings)


def seal_fits(signature: Signature) -> bool:
    """Tell whether a signature's seal is by its own key over its hash."""
    try:
        seal = from_base64(signature.sealed, SIGNATURE_BYTES)
        public_key_of(signature.key).verify(seal, act_bytes(signature.over_sha256))
    except (InputError, ValueError, InvalidSignature):
        return False
    return True


def _misfits(
    event: Event[Any], body: Mapping[str, Any], keys: Keys, root: Callable[[], bytes]
) -> Iterator[Finding]:
    for place, signature in enumerate(signatures_of(event.body)):
        act = body["signature"] if "signature" in body else body["signatures"][place]
        misused = keys.misused(signature.signer, signature.key)
        if _over(body, act, root()) != signature.over_sha256:
            fault = "is not over this record and this content"
        elif misused is not None:
            fault = misused
        elif (signature.key or signature.sealed) and not seal_fits(signature):
            fault = "is not sealed by their key over this act"
        else:
            continue
        text = f"the signature of {signature.printed_name} {fault}"
        yield Finding(event.id, text, "blocking", (event.id,))


def _over(body: Mapping[str, Any], act: Mapping[str, Any], record_root: bytes) -> str:
    """Return the hex SHA-256 over a body without its signatures and who signs it, when and meaning what."""
    bare = {key: value for key, value in body.items() if key not in ("signature", "signatures")}
    signed = {name: act[name] for name in ("at", "meaning", "signer")}
    return sha256(canonical({**signed, "body": bare, "record_root": record_root.hex()})).hex()
