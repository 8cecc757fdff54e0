"""``campaign.toml`` read into the entries that open a campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from downmass.base.errors import InputError
from downmass.facts.event import RecipeAdopted
from downmass.operations import promised_people, promised_recipes, promised_terms
from downmass.operations.document import Promise, instant_of, without
from downmass.operations.document import load_document as load_document
from downmass.operations.draft import Draft

SECTIONS = (
    "campaign",
    "product",
    "party",
    "person",
    "writer",
    "site",
    "recipe_above",
    "recipe",
    "contract",
    "plan",
    "failure_mode",
    "venture",
    "lot",
    "equipment",
    "control",
)
"""Sections of a campaign document, in the order they are recorded."""

LISTED = ("party", "person", "writer", "site", "recipe_above", "failure_mode", "lot", "equipment")
"""Sections of which there may be several, each with its id."""


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
    writers = document.get("writer", [])
    if not writers:
        raise InputError(f"{name} has no [[writer]]", "declare at least the ground writer")
    promise = Promise(
        name,
        instant_of(opened, f"{name} [campaign] opened"),
        writers[0]["id"],
        head.get("origin", "recorded"),
        str(head.get("source", "")),
        head.get("mode", "live") == "live",
    )
    return tuple(_drafts(document, head, promise, templates))


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


def _section(document: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    section = document.get(key)
    if not isinstance(section, dict):
        raise InputError(f"{name} has no section [{key}]", "`downmass init` writes a complete example")
    return section


def _drafts(
    document: Mapping[str, Any], head: Mapping[str, Any], promise: Promise, templates: str
) -> Iterator[Draft]:
    opening = {
        "title": head.get("title"),
        "product": _section(document, "product", promise.name),
        "mode": head.get("mode", "live"),
        "seed": head.get("seed", 0),
    }
    yield from promised_people.writers(promise, document["writer"])
    yield promise.draft("campaign.opened", opening, "[campaign]")
    for party in document.get("party", []):
        yield promise.draft("party.joined", {"party": party}, "[party]")
    yield from promised_people.people(promise, document.get("person", []))
    if document.get("site"):
        yield promise.draft("sites.designated", {"sites": document["site"]}, "[site]")
    adopted: RecipeAdopted | None = None
    people = [row["id"] for row in document.get("person", [])]
    yield from promised_recipes.above(promise, document.get("recipe_above", []), people)
    if "recipe" in document:
        for draft in promised_recipes.master(promise, document["recipe"], people):
            adopted = draft.body if isinstance(draft.body, RecipeAdopted) else adopted
            yield draft
    yield from _terms(document, promise, templates)
    yield from promised_recipes.lots(promise, document.get("lot", []))
    yield from promised_recipes.equipment(promise, document.get("equipment", []))
    if "control" in document:
        yield promised_recipes.control(promise, document["control"], adopted)


def _terms(document: Mapping[str, Any], promise: Promise, templates: str) -> Iterator[Draft]:
    if "contract" in document:
        yield promised_terms.contract(promise, document["contract"], templates)
    if "plan" in document:
        yield promised_terms.plan(promise, document["plan"])
    if document.get("failure_mode"):
        yield promise.draft("risk.modes_listed", {"modes": document["failure_mode"]}, "[failure_mode]")
    if "venture" in document:
        venture = document["venture"]
        fields = {"venture": without(venture, "origin", "source")}
        yield promise.draft("venture.stated", fields, "[venture]", venture)
