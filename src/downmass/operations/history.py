"""``history.toml`` read into dated entries: how an example replays what really happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from downmass.base.errors import InputError
from downmass.facts.event import BODIES
from downmass.facts.party import Meaning
from downmass.operations.document import instant_of, load_document
from downmass.operations.draft import UNSIGNED as UNSIGNED
from downmass.operations.draft import Draft, body_from_document

COMPUTED = ("contract.settled",)
"""Entry types whose body the program computes from the record."""

CARRIES_SIGNATURE = {"signature", "signatures"}
"""Fields of a body that people sign in."""

KEYS = (
    "at",
    "uncertainty_s",
    "type",
    "origin",
    "source",
    "writer",
    "recorded",
    "sign",
    "cause",
    "body",
    "computed",
)
"""What an entry of a history may say."""


def read_history(text: str, name: str = "history.toml", writer: str = "ground") -> tuple[Draft, ...]:
    """Return the dated entries of a history, in the order of the file, which is the order of arrival.

    Raises
    ------
    InputError
        If an entry has no source, no instant, or a body that does not fit; names file and line.
    """
    document = load_document(text, name)
    strange = sorted(set(document) - {"format", "moments", "entry"})
    if strange:
        raise InputError(f"{name}: no section is called {strange[0]!r}", "use moments and [[entry]]")
    starts = [text.count("\n", 0, found.start()) + 1 for found in re.finditer(r"^\[\[entry\]\]", text, re.M)]
    drafts = []
    entries = document.get("entry", [])
    if not isinstance(entries, list):
        raise InputError(f"{name}: entry is no list of tables", "write [[entry]] above each")
    for number, entry in enumerate(entries):
        where = f"{name}:{starts[number]}" if number < len(starts) else name
        if not isinstance(entry, Mapping):
            raise InputError(f"{where}: an entry is {entry!r}", "write [[entry]] above each")
        drafts.append(read_entry(entry, where, writer))
    return tuple(drafts)


def read_entry(entry: Mapping[str, Any], where: str, writer: str) -> Draft:
    """Return the draft of one entry as a history writes it.

    Raises
    ------
    InputError
        If it has no source, no instant, or a body that does not fit; names where it stands.
    """
    strange = sorted(set(entry) - set(KEYS))
    if strange:
        raise InputError(f"{where}: an entry has no {strange[0]!r}", f"use {', '.join(KEYS)}")
    # What a writer records itself is its own source; everything else says where it is from.
    own = entry.get("origin") == "recorded"
    for key in ("at", "type", "origin", *(() if own else ("source",))):
        if not entry.get(key):
            raise InputError(
                f"{where}: the entry has no `{key}`", "every entry says when, what and where from"
            )
    type_name = entry["type"]
    if not isinstance(type_name, str):
        raise InputError(f"{where}: type {type_name!r} is no text", "put the entry type in quotes")
    body = None
    if not entry.get("computed"):
        if not isinstance(entry.get("body", {}), Mapping):
            raise InputError(f"{where}: the body is no table", "write body = { field = value, ... }")
        signed = {"sign", "body"} <= set(entry)
        fields = dict(entry.get("body", {}))
        if signed and not CARRIES_SIGNATURE & set(_fields_of(type_name)):
            raise InputError(f"{where}: {type_name} carries no signature", "take `sign` out")
        if signed and type_name == "custody.transferred":
            fields.setdefault("signatures", [])
        elif signed:
            fields.setdefault("signature", UNSIGNED)
        body = body_from_document(type_name, fields, where)
    elif type_name not in COMPUTED:
        raise InputError(f"{where}: {type_name} cannot be computed", f"only {', '.join(COMPUTED)} can")
    recorded = entry.get("recorded")
    return Draft(
        type=type_name,
        body=body,
        at=instant_of(entry["at"], where),
        writer=entry.get("writer", writer),
        origin=entry["origin"],
        source=entry.get("source", ""),
        uncertainty_s=_seconds(entry.get("uncertainty_s", "0"), where),
        recorded_at=instant_of(recorded, where) if recorded else None,
        sign=_signers(entry.get("sign", []), where),
        cause=_causes(entry.get("cause", []), where),
        where=where,
    )


def _fields_of(type_name: str) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(BODIES.get(type_name), "__dataclass_fields__", {"signature": None})
    return fields


def _seconds(value: Any, where: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise InputError(
            f"{where}: uncertainty_s is {value!r}", 'give a number of seconds, e.g. "60"'
        ) from None


def _causes(ids: Any, where: str) -> tuple[str, ...]:
    if not isinstance(ids, list) or any(not isinstance(entry, str) for entry in ids):
        raise InputError(f"{where}: cause is {ids!r}", 'write cause = ["ground-000012"], ids of entries')
    return tuple(ids)


def _signers(lines: Any, where: str) -> tuple[tuple[str, Meaning], ...]:
    try:
        signed = tuple((line["person"], line["meaning"]) for line in lines)
        if any(not isinstance(word, str) for line in signed for word in line):
            raise TypeError
        return signed
    except (KeyError, TypeError):
        raise InputError(
            f"{where}: a signature lacks its person or meaning",
            'write sign = [{ person = "...", meaning = "review" }]',
        ) from None
