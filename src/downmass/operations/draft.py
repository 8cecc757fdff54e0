"""Entries to be: what a person or a file wants recorded, before it is decided and signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from downmass.base.errors import DownmassError, InputError
from downmass.base.instant import format_instant
from downmass.base.units import FIELD_UNITS, parse_quantity
from downmass.facts.codec import body_from_json
from downmass.facts.event import BODIES, Origin, version_of
from downmass.facts.party import Meaning
from downmass.facts.quantity import FIRST_YEAR, LAST_YEAR


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be recorded.

    Attributes
    ----------
    body
        The typed body; none where the program computes it (``contract.settled``).
    sign
        People who sign the body, each with the meaning of the signature.
    recorded_at
        When it became known; ``at`` where none is given.
    cause
        Ids of the entries it follows from.
    where
        File and line it came from, for messages.
    """

    type: str
    body: Any
    at: datetime
    writer: str
    origin: Origin
    source: str
    uncertainty_s: Decimal = Decimal(0)
    recorded_at: datetime | None = None
    sign: tuple[tuple[str, Meaning], ...] = ()
    cause: tuple[str, ...] = ()
    where: str = ""

    def __post_init__(self) -> None:
        where = f"{self.where}: " if self.where else ""
        if self.origin not in get_args(Origin):
            raise InputError(
                f"{where}origin {self.origin!r} is not known", f"use {', '.join(get_args(Origin))}"
            )
        if not isinstance(self.source, str) or not isinstance(self.writer, str):
            raise InputError(f"{where}writer or source is no text", "put it in quotes")
        if not self.uncertainty_s.is_finite() or self.uncertainty_s < 0:
            raise InputError(f"{where}uncertainty_s is {self.uncertainty_s}", "give zero seconds or more")
        for instant in (self.at, self.recorded_at or self.at):
            if not FIRST_YEAR <= instant.year <= LAST_YEAR:
                raise InputError(
                    f"{where}{format_instant(instant)} is no date of a campaign",
                    f"give a year from {FIRST_YEAR} to {LAST_YEAR}",
                )
        for person, meaning in self.sign:
            if meaning not in get_args(Meaning):
                raise InputError(
                    f"{where}{person} signs with meaning {meaning!r}", f"use {', '.join(get_args(Meaning))}"
                )


UNSIGNED: Mapping[str, Any] = {
    "signer": "nobody",
    "printed_name": "",
    "at": "1970-01-01T00:00:00Z",
    "meaning": "review",
    "over_sha256": "",
}
"""Stands in a draft until the person signs; an entry is never appended with it."""


def body_from_document(type_name: str, fields: Mapping[str, Any], where: str) -> Any:
    """Return the typed body of an entry written by a person; quantities may carry their unit.

    Raises
    ------
    InputError
        If the type is unknown or a field does not fit; the message names file, line and field.
    """
    if type_name not in BODIES:
        raise InputError(f"{where}: {type_name!r} is no entry type", f"use one of: {', '.join(BODIES)}")
    try:
        return body_from_json(type_name, version_of(type_name), with_units(fields))
    except DownmassError as fault:
        raise type(fault)(f"{where}: {fault}", fault.remedy) from None


def with_units(value: Any, suffix: str = "") -> Any:
    """Return a document value with every ``"27 h"`` turned into the number its field name asks for."""
    if isinstance(value, Mapping):
        inherited = dict.fromkeys(("low", "mode", "high", "past"), suffix)
        return {
            key: with_units(inner, _suffix(key) or inherited.get(key, "")) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [with_units(inner, suffix) for inner in value]
    if isinstance(value, str) and suffix and _has_unit(value):
        return parse_quantity(value, suffix)
    return value


def _suffix(key: str) -> str:
    """Return the unit suffix of a field name, the longest that fits, or ""."""
    parts = key.split("_")
    for start in range(1, len(parts)):
        candidate = "_".join(parts[start:])
        if candidate in FIELD_UNITS:
            return candidate
    return ""


def _has_unit(text: str) -> bool:
    head, _, tail = text.strip().partition(" ")
    number = head.lstrip("+-").replace(".", "", 1).replace("e", "", 1).replace("-", "", 1)
    return bool(tail) and number.isdigit()
