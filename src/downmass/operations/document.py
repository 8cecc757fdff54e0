"""Documents people write: TOML read with exact decimals, and what every section of one shares."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from downmass.base.errors import InputError, InstantError, VersionError
from downmass.base.instant import in_utc
from downmass.facts.event import Origin
from downmass.facts.party import Meaning
from downmass.operations.draft import Draft, body_from_document

FORMAT = 1
"""Version of the documents this program reads and writes."""

DEEPEST = 20
"""Levels of tables and lists in a document; the deepest a campaign needs is nine."""

UNNEST = f"nest tables and lists at most {DEEPEST} deep"

GREATEST_WHOLE = 2**53 - 1
"""Greatest whole number an entry can hold (RFC 8785, RFC 7493)."""


def load_document(text: str, name: str) -> dict[str, Any]:
    """Parse a TOML document with exact decimals and check its format number.

    Raises
    ------
    InputError
        If the text is no TOML; the message has the line.
    VersionError
        If it was written for a newer version.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{name}: {fault}", "mend the line named; strings need quotes") from None
    except RecursionError:
        raise InputError(f"{name} is nested too deep", UNNEST) from None
    except ValueError as fault:
        raise InputError(f"{name}: a number that cannot be read: {fault}", "shorten the number") from None
    _refuse_unkeepable(document, name, 0)
    written = document.get("format")
    if type(written) is not int or written < 1:
        raise InputError(f"{name} does not say its format", f"write `format = {FORMAT}` on top")
    if written > FORMAT:
        raise VersionError(
            f"{name} has format {written}; this program reads up to {FORMAT}",
            "install a newer Downmass; nothing was changed",
        )
    return document


def _refuse_unkeepable(value: Any, where: str, depth: int) -> None:
    """Refuse what no entry can hold: deep nests, and whole numbers that JSON readers would round."""
    if depth > DEEPEST:
        raise InputError(f"{where} is nested too deep", UNNEST)
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unkeepable(inner, f"{where}: {key}" if not depth else f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unkeepable(inner, where, depth + 1)
    elif isinstance(value, int) and abs(value) > GREATEST_WHOLE:
        raise InputError(
            f"{where} is {value}, beyond {GREATEST_WHOLE}", "give a smaller whole number, or put it in quotes"
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """What all entries of a campaign document share.

    Attributes
    ----------
    name
        The document, for messages.
    opened
        When the campaign opens: the instant of every entry of the document.
    ground
        Writer of the entries.
    origin, source
        Where a section that does not say so itself comes from.
    live
        Whether the campaign is lived through, and no replay or simulation.
    """

    name: str
    opened: datetime
    ground: str
    origin: Origin
    source: str
    live: bool

    def draft(
        self,
        type_name: str,
        fields: Mapping[str, Any],
        section: str,
        told: Mapping[str, Any] | None = None,
    ) -> Draft:
        """Return the entry a section asks for; ``told`` is the table that may say origin and source.

        Raises
        ------
        InputError
            If a field does not fit; the message names document, section and field.
        """
        where = f"{self.name} {section}"
        told = told or {}
        return Draft(
            type_name,
            body_from_document(type_name, fields, where),
            self.opened,
            self.ground,
            told.get("origin", self.origin),
            str(told.get("source", self.source)),
            where=where,
        )


def signed(draft: Draft, person: str, meaning: Meaning) -> Draft:
    """Return a draft that a person signs."""
    return replace(draft, sign=((person, meaning),))


def without(section: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return a table without some of its keys."""
    return {key: value for key, value in section.items() if key not in keys}


def rows_of(value: Any, where: str, example: str) -> list[dict[str, Any]]:
    """Return a list of tables.

    Raises
    ------
    InputError
        If it is anything else; ``example`` shows how to write one.
    """
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise InputError(f"{where} is no list of tables", example)
    return value


def words_of(value: Any, where: str, example: str) -> list[str]:
    """Return a list of words.

    Raises
    ------
    InputError
        If it is anything else; ``example`` shows how to write one.
    """
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f"{where}: {value!r} is no list of words", example)
    return value


def instant_of(value: Any, where: str) -> datetime:
    """Return an instant of a document in UTC.

    Raises
    ------
    InputError
        If it is no instant, or has no time zone.
    """
    if not isinstance(value, datetime):
        raise InputError(
            f"{where}: {value!r} is no instant", "write it as 2026-01-31T09:00:00Z, without quotes"
        )
    try:
        return in_utc(value)
    except InstantError as fault:
        raise InstantError(f"{where}: {fault}", fault.remedy) from None
