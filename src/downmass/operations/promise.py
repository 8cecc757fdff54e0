"""``campaign.toml`` read into the entries that open a campaign."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from downmass.base.errors import InputError, InstantError, NotFoundError, VersionError
from downmass.base.instant import in_utc
from downmass.disciplines.contracts.templates import instantiate
from downmass.facts.codec import body_to_json
from downmass.facts.event import ContractSigned, Origin
from downmass.facts.quantity import Money
from downmass.operations.draft import Draft, body_from_document

FORMAT = 1
"""Version of the documents this program reads and writes."""

DEEPEST = 20
"""Levels of tables and lists in a document; the deepest a campaign needs is nine."""

UNNEST = f"nest tables and lists at most {DEEPEST} deep"

GREATEST_WHOLE = 2**53 - 1
"""Greatest whole number an entry can hold (RFC 8785, RFC 7493)."""

SECTIONS = (
    "campaign",
    "product",
    "party",
    "person",
    "writer",
    "site",
    "recipe",
    "contract",
    "plan",
    "failure_mode",
    "venture",
)
"""Sections of a campaign document, in the order they are recorded."""

LISTED = ("party", "person", "writer", "site", "failure_mode")
"""Sections of which there may be several, each with its id."""


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


def read_promise(text: str, templates: str, name: str = "campaign.toml") -> tuple[Draft, ...]:
    """Return the entries that open a campaign, in the order they are recorded.

    Parameters
    ----------
    text
        The campaign document.
    templates
        The catalogue's contract templates.

    Raises
    ------
    InputError
        If a section is missing or does not fit; the message names file, section and field.
    """
    document = load_document(text, name)
    unknown = sorted(set(document) - {"format", *SECTIONS})
    if unknown:
        raise InputError(f"{name}: no section is called {unknown[0]!r}", f"use {', '.join(SECTIONS)}")
    for key, section in document.items():
        _refuse_shape(key, section, name)
    head = _section(document, "campaign", name)
    opened = head.get("opened")
    if not isinstance(opened, datetime):
        raise InputError(f"{name}: [campaign] opened is no instant", "write opened = 2026-01-31T09:00:00Z")
    return tuple(_drafts(document, head, _in_utc(opened, f"{name} [campaign] opened"), templates, name))


def _refuse_shape(key: str, section: Any, name: str) -> None:
    """Refuse a section that is a table where a list of tables belongs, or the other way round."""
    if key == "format":
        return
    if key in LISTED:
        if not isinstance(section, list) or not all(isinstance(row, dict) for row in section):
            raise InputError(f"{name}: {key} is no list of tables", f"write [[{key}]] above each")
        for number, row in enumerate(section, 1):
            if not isinstance(row.get("id"), str):
                raise InputError(f"{name}: [[{key}]] number {number} has no id", 'give it an id = "..."')
        ids = [row["id"] for row in section]
        for id in ids:
            if ids.count(id) > 1:
                raise InputError(f"{name}: two [[{key}]] have the id {id!r}", "give each its own id")
    elif not isinstance(section, dict):
        raise InputError(f"{name}: {key} is no table", f"write [{key}] once")


def _in_utc(value: Any, where: str) -> datetime:
    if not isinstance(value, datetime):
        raise InputError(f"{where}: {value!r} is no instant", "write it as 2026-01-31T09:00:00Z")
    try:
        return in_utc(value)
    except InstantError as fault:
        raise InstantError(f"{where}: {fault}", fault.remedy) from None


def _section(document: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    section = document.get(key)
    if not isinstance(section, dict):
        raise InputError(f"{name} has no section [{key}]", "`downmass init` writes a complete example")
    return section


def _drafts(
    document: Mapping[str, Any], head: Mapping[str, Any], opened: datetime, templates: str, name: str
) -> Iterator[Draft]:
    writers = document.get("writer", [])
    if not writers:
        raise InputError(f"{name} has no [[writer]]", "declare at least the ground writer")
    ground = writers[0]["id"]
    origin: Origin = head.get("origin", "recorded")
    source = str(head.get("source", ""))

    def draft(
        type_name: str, fields: Mapping[str, Any], section: str, told: Mapping[str, Any] = head
    ) -> Draft:
        body = body_from_document(type_name, fields, f"{name} [{section}]")
        return Draft(
            type_name,
            body,
            opened,
            ground,
            told.get("origin", origin),
            str(told.get("source", source)),
            where=f"{name} [{section}]",
        )

    product = _section(document, "product", name)
    opening = {
        "title": head.get("title"),
        "product": product,
        "mode": head.get("mode", "live"),
        "seed": head.get("seed", 0),
    }
    for writer in writers:
        # "-": the key is made here when the entry is written; a device may give the public part of its own.
        yield draft(
            "writer.enrolled", {"public_key": "-", "writer": writer["id"], **_without(writer, "id")}, "writer"
        )
    yield draft("campaign.opened", opening, "campaign")
    for party in document.get("party", []):
        yield draft("party.joined", {"party": party}, "party")
    for person in document.get("person", []):
        for role in _texts(person.get("roles", []), f"{name} [[person]] {person['id']} roles"):
            yield draft("role.assigned", {"person": _without(person, "roles"), "role": role}, "person")
    if document.get("site"):
        yield draft("sites.designated", {"sites": document["site"]}, "site")
    if "recipe" in document:
        recipe = document["recipe"]
        yield draft(
            "recipe.adopted", {"recipe": _normal_recipe(recipe, f"{name} [recipe]")}, "recipe", recipe
        )
    if "contract" in document:
        told = document["contract"]
        yield _contract(told, templates, opened, ground, origin, name)
    if "plan" in document:
        plan = document["plan"]
        yield draft("plan.basis_stated", {"basis": _normal_plan(plan)}, "plan", plan)
    if document.get("failure_mode"):
        yield draft("risk.modes_listed", {"modes": document["failure_mode"]}, "failure_mode")
    if "venture" in document:
        venture = document["venture"]
        yield draft("venture.stated", {"venture": _without(venture, "origin", "source")}, "venture", venture)


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f"{where}: {value!r} is no list of words", 'write roles = ["operator"]')
    return value


def _without(section: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key not in keys}


def _normal_recipe(recipe: Mapping[str, Any], where: str) -> dict[str, Any]:
    plain = _without(recipe, "origin", "source")
    for key in ("parameters", "specification"):
        rows = recipe.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{where} {key} is no list of tables", f"write [[recipe.{key}]] above each")
        plain[key] = [{"low": None, "high": None, **row} for row in recipe.get(key, [])]
    return plain


def _normal_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {"gates": [], "resources": [], "sites": [], **_without(plan, "origin", "source")}


def _contract(
    told: Mapping[str, Any], templates: str, opened: datetime, ground: str, origin: Origin, name: str
) -> Draft:
    where = f"{name} [contract]"
    told_origin: Origin = told.get("origin", origin)
    fields = _without(told, "origin", "source")
    if "milestones" in fields:
        body = body_from_document(
            "contract.signed", {"contract": {**fields, "source": str(told.get("source", ""))}}, where
        )
        return Draft(
            "contract.signed", body, opened, ground, told_origin, str(told.get("source", "")), where=where
        )
    for key in ("template", "id", "title", "provider", "customer", "insurer"):
        if not isinstance(fields.get(key, ""), str):
            raise InputError(f"{where} {key}: {fields[key]!r} is no text", "put it in quotes")
    try:
        contract = instantiate(
            templates,
            fields["template"],
            id=fields["id"],
            title=fields["title"],
            provider=fields["provider"],
            customer=fields["customer"],
            insurer=fields.get("insurer"),
            price=_price(fields["price"], where),
            due={
                "landing": _in_utc(fields["landing_due"], f"{where} landing_due"),
                "release": _in_utc(fields["release_due"], f"{where} release_due"),
            },
        )
    except KeyError as fault:
        raise InputError(f"{where}: {fault} is missing", "give the terms a template asks for") from None
    except (InputError, NotFoundError) as fault:
        if str(fault).startswith(where):
            raise
        raise type(fault)(f"{where}: {fault}", fault.remedy) from None
    # a template puts names in unread: reading the contract back holds them to the rules of any other
    body = body_from_document("contract.signed", body_to_json(ContractSigned(contract)), where)
    return Draft(
        "contract.signed", body, opened, ground, told_origin, str(told.get("source", "")), where=where
    )


def _price(value: Any, where: str) -> Money:
    if not isinstance(value, dict) or set(value) != {"minor", "currency"} or type(value["minor"]) is not int:
        raise InputError(
            f"{where}: price is {value!r}",
            'write price = { minor = 1200000000, currency = "USD" }, minor units (cents) as a whole number',
        )
    return Money(**value)
