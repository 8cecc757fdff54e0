"""``history.toml`` read into dated entries: how an example replays what really happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from downmass.base.errors import DownmassError, InputError
from downmass.base.instant import in_utc
from downmass.operations.draft import Draft, body_from_document
from downmass.operations.promise import load_document

COMPUTED = ("contract.settled",)
"""Entry types whose body the program computes from the record."""


def read_history(text: str, name: str = "history.toml", writer: str = "ground") -> tuple[Draft, ...]:
    """Return the dated entries of a history, in the order of the file, which is the order of arrival.

    Raises
    ------
    InputError
        If an entry has no source, no instant, or a body that does not fit; names file and line.
    """
    document = load_document(text, name)
    starts = [text.count("\n", 0, found.start()) + 1 for found in re.finditer(r"^\[\[entry\]\]", text, re.M)]
    drafts = []
    for number, entry in enumerate(document.get("entry", [])):
        where = f"{name}:{starts[number]}" if number < len(starts) else name
        drafts.append(_draft(entry, where, writer))
    return tuple(drafts)


def _draft(entry: Mapping[str, Any], where: str, writer: str) -> Draft:
    for key in ("at", "type", "origin", "source"):
        if not entry.get(key):
            raise InputError(
                f"{where}: the entry has no `{key}`", "every entry says when, what and where from"
            )
    type_name = entry["type"]
    body = None
    if not entry.get("computed"):
        signed = {"sign", "body"} <= set(entry)
        fields = dict(entry.get("body", {}))
        if signed and type_name == "custody.transferred":
            fields.setdefault("signatures", [])
        elif signed:
            fields.setdefault("signature", UNSIGNED)
        body = body_from_document(type_name, fields, where)
    elif type_name not in COMPUTED:
        raise InputError(f"{where}: {type_name} cannot be computed", f"only {', '.join(COMPUTED)} can")
    try:
        recorded = entry.get("recorded")
        return Draft(
            type=type_name,
            body=body,
            at=in_utc(_instant(entry["at"])),
            writer=entry.get("writer", writer),
            origin=entry["origin"],
            source=entry["source"],
            uncertainty_s=Decimal(str(entry.get("uncertainty_s", "0"))),
            recorded_at=in_utc(_instant(recorded)) if recorded else None,
            sign=tuple((line["person"], line["meaning"]) for line in entry.get("sign", [])),
            where=where,
        )
    except DownmassError as fault:
        raise type(fault)(f"{where}: {fault}", fault.remedy) from None
    except (KeyError, InvalidOperation) as fault:
        raise InputError(
            f"{where}: {fault!r}", "give person and meaning of each signature, seconds as a number"
        ) from None


UNSIGNED: Mapping[str, Any] = {
    "signer": "nobody",
    "printed_name": "",
    "at": "1970-01-01T00:00:00Z",
    "meaning": "review",
    "over_sha256": "",
}
"""Stands in a draft until the person signs; an entry is never appended with it."""


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise InputError(f"{value!r} is no instant", "write at = 2024-02-21T21:40:00Z")
    return value
