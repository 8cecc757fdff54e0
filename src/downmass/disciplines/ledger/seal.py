"""Sealing: from an event to the bytes that are stored, hashed and signed, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from downmass.base.canon import canonical
from downmass.base.errors import InputError
from downmass.disciplines.ledger.keys import Signer
from downmass.disciplines.ledger.tree import leaf_hash
from downmass.facts.codec import event_from_json, event_to_json
from downmass.facts.entry import Entry
from downmass.facts.event import Event

FIRST = ""
"""``prev_hash`` of a writer's first entry."""

_GREATEST = 2**53 - 1
_ASTRAL = re.compile(rb"[\xf0-\xff]")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a writer's own log stands: its next counter and the hash its next entry must carry."""

    sequence: int = 0
    prev_hash: str = FIRST


def content_hash(content: bytes) -> str:
    """Return the hex SHA-256 of a content, the ``prev_hash`` of the same writer's next entry."""
    return sha256(content).hexdigest()


def content_of(event: Event[Any], prev_hash: str) -> bytes:
    """Return the canonical bytes of an event with the hash of its writer's previous content.

    Raises
    ------
    InputError
        If the event holds what canonical bytes cannot.
    """
    return canonical({**event_to_json(event), "prev_hash": prev_hash})


def sign(content: bytes, private_key: Signer) -> bytes:
    """Return the Ed25519 signature of a content [64 bytes]."""
    return private_key.sign(content)


def seal(event: Event[Any], index: int, prev_hash: str, private_key: Signer) -> Entry:
    """Return the entry of an event at a place in the campaign's log, hashed and signed.

    Parameters
    ----------
    index
        Place in the campaign's log, from 0.
    prev_hash
        :func:`content_hash` of the same writer's previous content, :data:`FIRST` for its first.
    private_key
        Key enrolled for the event's writer; not checked here but by ``verify``.
    """
    content = content_of(event, prev_hash)
    return Entry(index, content, leaf_hash(content), sign(content, private_key))


def event_of(content: bytes) -> Event[Any]:
    """Read the event of a stored content.

    Raises
    ------
    InputError
        If the bytes are not canonical, or hold no event.
    """
    return event_from_json(_object(content))


def heads(entries: Iterable[Entry]) -> dict[str, Head]:
    """Return writer -> where its own log stands after these entries, which are taken as verified."""
    reached: dict[str, Head] = {}
    for entry in entries:
        value = _object(entry.content)
        reached[value["writer"]] = Head(value["sequence"] + 1, content_hash(entry.content))
    return reached


def read_canonical(content: bytes) -> Any:
    """Read a JSON value from bytes that must be their own canonical form (RFC 8785).

    Raises
    ------
    InputError
        If the bytes are no UTF-8, no JSON, not in canonical form, or hold a float or an integer
        beyond 2**53 - 1.

    Notes
    -----
    Without floats, and without characters beyond U+FFFF whose order in keys differs between
    UTF-16 and code points, the encoder of the standard library writes RFC 8785 and is some five
    times as fast; everything else goes through :func:`downmass.base.canon.canonical`.

    Examples
    --------
    >>> read_canonical(b'{"a":1}')
    {'a': 1}
    """
    try:
        value = _decode(content.decode("utf-8"))
        plain = content.isascii() or _ASTRAL.search(content) is None
        again = _encode(value).encode("utf-8") if plain else canonical(value)
    except InputError:
        raise
    except (ValueError, RecursionError) as fault:
        raise InputError(f"these bytes are no JSON: {fault}", "restore the file from a copy") from None
    if again != content:
        raise InputError("these bytes are not in canonical form", "restore the file from a copy")
    return value


def _object(content: bytes) -> Mapping[str, Any]:
    value = read_canonical(content)
    if not isinstance(value, dict):
        raise InputError("an entry is no JSON object", "restore the file from a copy")
    return value


def _integer(text: str) -> int:
    value = int(text)
    if not -_GREATEST <= value <= _GREATEST:
        raise InputError(f"the integer {text[:24]} is beyond 2**53 - 1", "write it as a decimal string")
    return value


def _no_float(text: str) -> NoReturn:
    raise InputError(f"{text[:24]} is a float", 'write quantities as decimal strings, e.g. "90.5"')


_decode = json.JSONDecoder(parse_int=_integer, parse_float=_no_float, parse_constant=_no_float).decode
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
