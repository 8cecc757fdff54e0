"""Sync bundles: entries of some writers on their way from one log to another, over any carrier.

A sync bundle is UTF-8 text, one canonical JSON object (RFC 8785) a line, each ended by a newline::

    {"announced": {writer: count}, "campaign": ..., "format": "downmass-sync", "made_at": ...,
     "version": 1, "writer": ...}                        first line
    {"content": ..., "signature": ...}                   one line for each entry, as it is stored
    {"sha256": ..., "signature": ...}                    closing line

``sha256`` is the hex digest of every byte before the closing line; ``signature`` is that of the
writer who made the bundle, over :data:`SYNC` and the digest in hex. ``announced`` says how many
entries of each writer the maker had, so that what is on its way can be counted. Every version
keeps ``format`` and ``version`` in the first line and ``sha256`` in the last.

The other half is what becomes of them: :func:`plan` tells which entries follow those a log has,
which wait for earlier ones, which are known, and which bundles must be put aside.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature

from downmass.base.canon import canonical
from downmass.base.errors import DamageError, InputError, VersionError
from downmass.base.ident import slug
from downmass.base.instant import format_instant, parse_instant
from downmass.disciplines.ledger.keys import SIGNATURE_BYTES, Signer, from_base64, public_key_of, to_base64
from downmass.disciplines.ledger.seal import read_canonical
from downmass.disciplines.ledger.tree import leaf_hash
from downmass.facts.entry import Entry

FORMAT = "downmass-sync"
VERSION = 1

SYNC = b"downmass sync v1\n"
"""What stands before the digest of a sync bundle where its maker signs it: the key signs no entry so."""


@dataclass(frozen=True, slots=True)
class SyncBundle:
    """A sync bundle that arrived whole; who made it is for :func:`check_sync`.

    Attributes
    ----------
    writer, made_at
        Who made it, and when by that writer's clock.
    announced
        Writer -> number of entries the maker had of it.
    entries
        Numbered by their place in the bundle, from 0.
    digest, signature
        What the maker signed [hex], and its signature [64 bytes].
    sha256
        Digest of the whole file [hex]: what it is called by.
    """

    version: int
    campaign: str
    writer: str
    made_at: datetime
    announced: Mapping[str, int]
    entries: tuple[Entry, ...]
    digest: str
    signature: bytes
    sha256: str


def write_sync(
    campaign: str,
    writer: str,
    made_at: datetime,
    announced: Mapping[str, int],
    entries: Sequence[Entry],
    signer: Signer,
) -> bytes:
    """Return the sync bundle of some entries, signed by the writer that makes it.

    Parameters
    ----------
    announced
        Writer -> number of entries the maker has of it, sent here or not.
    entries
        In the order they stand in the maker's log; none is allowed: then it only announces.
    """
    head = {
        "announced": dict(announced),
        "campaign": campaign,
        "format": FORMAT,
        "made_at": format_instant(made_at),
        "version": VERSION,
        "writer": writer,
    }
    lines = [canonical(head), *(_entry_line(entry) for entry in entries)]
    before = b"".join(line + b"\n" for line in lines)
    digest = sha256(before).hexdigest()
    closing = {"sha256": digest, "signature": to_base64(signer.sign(sync_bytes(digest)))}
    return before + canonical(closing) + b"\n"


def sync_bytes(digest: str) -> bytes:
    """Return the bytes a writer signs for a sync bundle with this digest [hex]."""
    return SYNC + digest.encode("ascii")


def read_sync(data: bytes) -> SyncBundle:
    """Read a sync bundle whose every byte arrived; signatures and chains are not verified.

    Raises
    ------
    VersionError
        If a newer version wrote it and it arrived whole.
    DamageError
        If it is torn or altered; the message names the line.
    """
    if not data:
        raise _damaged("header: the file is empty")
    if data.startswith(BOM_UTF8):
        raise _damaged("header: a byte-order mark stands before it; use the file as it was sent")
    lines = data.split(b"\n")
    if lines[0].startswith(b"{") and lines[0].endswith(b"\r"):
        raise _damaged("header: line ends became CR LF on the way; copy the file as binary")
    head = _line(lines[0], "header")
    if head.get("format") != FORMAT:
        raise _damaged("header: the file does not begin as a sync bundle does")
    digest, signature = _closing(lines, data, head.get("version"))
    if head["version"] > VERSION:
        raise VersionError(
            f"the sync bundle is of format version {head['version']}, this program reads up to {VERSION}",
            "receive it with a newer version of Downmass; nothing in it is lost",
        )
    campaign, writer, made_at, announced = _header(head)
    entries = tuple(_entry(place, line) for place, line in enumerate(lines[1:-2]))
    whole = sha256(data).hexdigest()
    return SyncBundle(VERSION, campaign, writer, made_at, announced, entries, digest, signature, whole)


def claimed_writer(data: bytes) -> str:
    """Return the writer a bundle names in its first line, "unknown" where that cannot be read."""
    try:
        value = read_canonical(data.partition(b"\n")[0])
        return slug(value["writer"])
    except (InputError, KeyError, TypeError):
        return "unknown"


def check_sync(
    bundle: SyncBundle, keys: Mapping[str, Sequence[str]], revoked: Mapping[str, str] | None = None
) -> str | None:
    """Return why a bundle's maker cannot be believed, or none.

    Parameters
    ----------
    keys
        Writer -> public keys [base64] it may have signed with: the one in force, and those it
        changes to in entries at hand.
    revoked
        Public key -> id of the entry that revoked it.
    """
    if bundle.writer not in keys:
        return f"it is from {bundle.writer!r}, a device that is not enrolled"
    told = sync_bytes(bundle.digest)
    for key, entry in (revoked or {}).items():
        if key_signed(key, bundle.signature, told):
            return f"it is signed with a key of {bundle.writer} that {entry} revoked"
    if any(key_signed(key, bundle.signature, told) for key in keys[bundle.writer]):
        return None
    return f"its signature is not that of {bundle.writer}'s key in force"


def key_signed(key: str, signature: bytes, content: bytes) -> bool:
    """Tell whether a public key [base64] made a signature over a content."""
    try:
        public_key_of(key).verify(signature, content)
    except (InputError, ValueError, InvalidSignature):
        return False
    return True


def _damaged(message: str) -> DamageError:
    return DamageError(f"the sync bundle is damaged: {message}", "ask its writer for another copy")


def _line(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = read_canonical(line)
    except InputError as fault:
        raise _damaged(f"{where}: {fault}") from None
    if not isinstance(value, dict):
        raise _damaged(f"{where}: it is no JSON object")
    return value


def _closing(lines: Sequence[bytes], data: bytes, version: object) -> tuple[str, bytes]:
    """Return digest and signature of the closing line, which must cover the file as it is."""
    if type(version) is not int or version < 1:
        raise _damaged("header: the version of the format is no number from 1 on")
    if len(lines) < 3 or lines[-1] != b"":
        raise _damaged(f"line {len(lines)}: it is torn off; the closing line is missing")
    try:
        value = read_canonical(lines[-2])
    except InputError:
        value = None
    if not isinstance(value, dict) or "sha256" not in value:
        raise _damaged(f"line {len(lines) - 1}: this is no closing line; the end is missing or altered")
    digest = sha256(data[: -len(lines[-2]) - 1]).hexdigest()
    if value["sha256"] != digest:
        raise _damaged("closing: its sha256 is not that of the lines before it; a line was altered")
    if version > VERSION:
        return digest, b""
    if set(value) != {"sha256", "signature"} or not isinstance(value["signature"], str):
        raise _damaged("closing: it must hold sha256 and signature, and nothing else")
    try:
        return digest, from_base64(value["signature"], SIGNATURE_BYTES)
    except InputError as fault:
        raise _damaged(f"closing: {fault}") from None


def _header(head: Mapping[str, Any]) -> tuple[str, str, datetime, dict[str, int]]:
    if set(head) != {"announced", "campaign", "format", "made_at", "version", "writer"}:
        raise _damaged("header: it must hold announced, campaign, format, made_at, version and writer")
    announced = head["announced"]
    try:
        campaign, writer, made_at = (
            slug(head["campaign"]),
            slug(head["writer"]),
            parse_instant(head["made_at"]),
        )
        counts = {slug(name): count for name, count in announced.items()}
    except (InputError, TypeError, AttributeError) as fault:
        raise _damaged(f"header: {fault}") from None
    if any(type(count) is not int or count < 0 for count in counts.values()):
        raise _damaged("header: what it announces is no count from 0 on")
    return campaign, writer, made_at, counts


def _entry_line(entry: Entry) -> bytes:
    content = entry.content.decode("utf-8")
    return canonical({"content": content, "signature": to_base64(entry.signature)})


def _entry(place: int, line: bytes) -> Entry:
    where = f"line {place + 2}"
    value = _line(line, where)
    if set(value) != {"content", "signature"} or not all(isinstance(v, str) for v in value.values()):
        raise _damaged(f"{where}: it holds no entry")
    content = value["content"].encode("utf-8")
    try:
        return Entry(place, content, leaf_hash(content), from_base64(value["signature"], SIGNATURE_BYTES))
    except InputError as fault:
        raise _damaged(f"{where}: {fault}") from None
