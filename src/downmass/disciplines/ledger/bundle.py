"""Bundles: a campaign's log in one text file that proves itself, with no database and no network.

A bundle is UTF-8 text, one canonical JSON object (RFC 8785) a line, each line ended by a newline::

    {"campaign": ..., "format": "downmass-bundle", "size": ..., "version": 1}
    {"content": ..., "index": 0, "signature": ...}       one line for each entry
    {"checkpoint": ..., "sha256": ...}                   closing line

``content`` is the stored content as text, ``signature`` base64, ``checkpoint`` the signed note.
``sha256`` covers every byte before the closing line and the closing line without it. Every
version keeps two things: ``format`` and ``version`` in the first line, ``sha256`` in the last; so
a newer bundle can be told from a damaged one.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from downmass.base.canon import canonical
from downmass.base.errors import DamageError, InputError, VersionError
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.keys import SIGNATURE_BYTES, from_base64, to_base64
from downmass.disciplines.ledger.seal import event_of, read_canonical
from downmass.disciplines.ledger.tree import leaf_hash
from downmass.disciplines.ledger.verify import Damage, Verification, verify
from downmass.facts.entry import Entry

FORMAT = "downmass-bundle"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts of a bundle, whole in form; whether they prove anything is for ``verify_bundle``."""

    version: int
    campaign: str
    entries: tuple[Entry, ...]
    checkpoint: str


@dataclass(slots=True)
class _Frame:
    """What could be read of a bundle, up to the first line that is damaged in form."""

    version: int = VERSION
    campaign: str = ""
    size: int = 0
    entries: tuple[Entry, ...] = ()
    checkpoint: str | None = None
    whole: bool = False
    damage: Damage | None = None


def write_bundle(entries: Sequence[Entry], checkpoint: str) -> bytes:
    """Return the bundle of a whole log and the checkpoint over it.

    Raises
    ------
    InputError
        If there is no entry, or the checkpoint is not one over this many entries.
    """
    if not entries:
        raise InputError("a bundle of no entries proves nothing", "append an entry first")
    size = notes.parse(checkpoint).size
    if size != len(entries):
        raise InputError(
            f"the checkpoint covers {size} entries, the bundle has {len(entries)}",
            "make a checkpoint over exactly these entries",
        )
    campaign = event_of(entries[0].content).campaign
    lines = [canonical({"campaign": campaign, "format": FORMAT, "size": size, "version": VERSION})]
    lines.extend(_entry_line(entry) for entry in entries)
    before = b"".join(line + b"\n" for line in lines)
    closing = {"checkpoint": checkpoint}
    return before + canonical({**closing, "sha256": closing_digest(before, closing)}) + b"\n"


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle whose every byte is in form; chain, signatures and tree are not verified.

    Raises
    ------
    VersionError
        If a newer version wrote it.
    DamageError
        If it is torn or altered in form; the message names the line's entry, header or closing.
    """
    frame = _frame(data)
    damage = frame.damage or _header_fault(frame) or _coverage_fault(frame) or _closing_fault(frame)
    if damage is not None or frame.checkpoint is None:
        message = damage.message if damage else "the closing line is missing"
        raise DamageError(f"the bundle is damaged: {message}", "ask for another copy of the bundle")
    return Bundle(frame.version, frame.campaign, frame.entries, frame.checkpoint)


def verify_bundle(data: bytes) -> Verification:
    """Verify a bundle byte by byte and name the first damage: an entry, the header or the closing.

    Parameters
    ----------
    data
        The file as it was received.

    Returns
    -------
    Verification
        ``covered`` equals ``size`` where nothing is damaged.

    Raises
    ------
    VersionError
        If a newer version wrote it and it arrived whole.

    Notes
    -----
    A log rewritten from its first entry by the holder of the log's key is a different, sound log.
    So is a log cut off after some entry, with a checkpoint the log signed when it was that long.
    To see either, verify the entries against a checkpoint kept elsewhere
    (``verify(read_bundle(data).entries, kept)``), or ask for a witness's cosignature.
    """
    frame = _frame(data)
    if frame.damage and frame.damage.part == "header":
        return replace(verify(()), damage=frame.damage)
    checked = verify(frame.entries, None if frame.damage else frame.checkpoint)
    found = checked.damage or frame.damage
    if found and found.part == "checkpoint":
        missing = frame.size > len(frame.entries)
        found = _missing(frame) if missing else replace(found, part="closing")
    if found is None:
        found = _campaign_fault(frame, checked) or _header_fault(frame)
        found = found or _coverage_fault(frame) or _closing_fault(frame)
    return replace(checked, damage=found, covered=0 if found else checked.covered)


def _entry_line(entry: Entry) -> bytes:
    return canonical(
        {
            "content": entry.content.decode("utf-8"),
            "index": entry.index,
            "signature": to_base64(entry.signature),
        }
    )


def closing_digest(before: bytes, closing: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of all bytes before the closing line and of that line without it."""
    return sha256(before + canonical(dict(closing))).hexdigest()


def _frame(data: bytes) -> _Frame:
    """Read a bundle as far as it is in form.

    Raises
    ------
    VersionError
        If the file is whole and of a newer version.
    """
    head, newline, rest = data.partition(b"\n")
    frame = _header(head, data)
    if not newline and frame.damage is None:
        frame.damage = Damage("header", None, None, "header: its line is torn off")
    if frame.damage:
        return frame
    lines = rest.split(b"\n")
    torn = lines.pop() != b""
    closing = _closing(lines[-1], data) if lines and not torn else None
    if closing:
        frame.checkpoint, frame.whole = closing
        lines.pop()
    entries: list[Entry] = []
    for place, line in enumerate(lines):
        try:
            entries.append(_entry(line))
        except InputError as fault:
            frame.damage = _line_damage(place, frame.size, str(fault))
            break
    frame.entries = tuple(entries)
    if frame.damage is None and not closing:
        frame.damage = _missing(frame, torn) if len(entries) < frame.size else _torn_closing()
    return frame


def _header(line: bytes, data: bytes) -> _Frame:
    def damaged(message: str) -> _Frame:
        return _Frame(damage=Damage("header", None, None, f"header: {message}"))

    if not data:
        return damaged("the file is empty")
    if data.startswith(BOM_UTF8):
        return damaged(
            "a byte-order mark stands before it; use the file as it was sent, not as an editor saved it"
        )
    if line.startswith(b"{") and line.endswith(b"\r"):
        return damaged("not in canonical form: line ends became CR LF on the way; copy the file as binary")
    try:
        value = read_canonical(line)
    except InputError as fault:
        return damaged(str(fault))
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return damaged("the file does not begin as a bundle does")
    version = value.get("version")
    if type(version) is not int or version < 1:
        return damaged("the version of the format is no number from 1 on")
    if version > VERSION:
        if _sealed(data):
            raise VersionError(
                f"the bundle is of format version {version}, this program reads up to {VERSION}",
                "verify it with a newer version of Downmass",
            )
        return damaged(f"it claims version {version}, but the file is not whole")
    campaign, size = value.get("campaign"), value.get("size")
    if len(value) != 4 or not isinstance(campaign, str) or type(size) is not int or size < 1:
        return damaged("it must hold campaign, format, size and version, and nothing else")
    return _Frame(version, campaign, size)


def _sealed(data: bytes) -> bool:
    """Tell whether the last line's digest covers the file: the one rule all versions share."""
    before, gap, last = data[:-1].rpartition(b"\n")
    try:
        value = read_canonical(last)
    except InputError:
        return False
    if not isinstance(value, dict) or not data.endswith(b"\n"):
        return False
    stated = value.pop("sha256", None)
    return bool(stated == closing_digest(before + gap, value))


def _closing(line: bytes, data: bytes) -> tuple[str, bool] | None:
    """Return the checkpoint and whether the digest is right; none if this is no closing line."""
    try:
        value = read_canonical(line)
    except InputError:
        return None
    if not isinstance(value, dict) or set(value) != {"checkpoint", "sha256"}:
        return None
    checkpoint = value["checkpoint"]
    return (checkpoint, _sealed(data)) if isinstance(checkpoint, str) else None


def _entry(line: bytes) -> Entry:
    value = read_canonical(line)
    if not isinstance(value, dict) or set(value) != {"content", "index", "signature"}:
        raise InputError("this line holds no entry")
    content, index, signature = value["content"], value["index"], value["signature"]
    if not isinstance(content, str) or not isinstance(signature, str) or type(index) is not int:
        raise InputError("this line holds an entry with parts of the wrong kind")
    stored = content.encode("utf-8")
    return Entry(index, stored, leaf_hash(stored), from_base64(signature, SIGNATURE_BYTES))


def _line_damage(place: int, size: int, message: str) -> Damage:
    if place >= size:
        return Damage("closing", None, None, f"closing: after the last entry, {message}")
    return Damage("entry", place, None, f"entry {place}: {message}")


def _missing(frame: _Frame, torn: bool = False) -> Damage:
    place = len(frame.entries)
    state = "its line is torn off" if torn else "it is missing"
    return Damage("entry", place, None, f"entry {place}: {state}; the header announces {frame.size} entries")


def _torn_closing() -> Damage:
    return Damage("closing", None, None, "closing: the closing line is missing or torn")


def _campaign_fault(frame: _Frame, checked: Verification) -> Damage | None:
    if frame.campaign == checked.campaign:
        return None
    return Damage(
        "header", None, None, f"header: it names {frame.campaign!r}, the entries are of {checked.campaign!r}"
    )


def _header_fault(frame: _Frame) -> Damage | None:
    if frame.size == len(frame.entries):
        return None
    text = f"header: it announces {frame.size} entries, the file has {len(frame.entries)}"
    return Damage("header", None, None, text)


def _coverage_fault(frame: _Frame) -> Damage | None:
    """Return a finding where entries stand behind the last one the checkpoint covers."""
    try:
        covered = notes.parse(frame.checkpoint or "").size
    except InputError:
        return None  # a checkpoint that cannot be read is named by what needs to read it
    if covered == frame.size:
        return None
    text = f"closing: its checkpoint covers {covered} entries, the header announces {frame.size}"
    return Damage("closing", None, None, text)


def _closing_fault(frame: _Frame) -> Damage | None:
    if frame.checkpoint is not None and not frame.whole:
        return Damage("closing", None, None, "closing: its sha256 is not that of this file")
    return None
