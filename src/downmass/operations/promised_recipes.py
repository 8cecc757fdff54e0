"""Recipes of a campaign document, who signed them, and what the batch runs by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from downmass.base.errors import InputError
from downmass.disciplines.execution.recipes import recipe_sha256
from downmass.facts.event import RecipeAdopted
from downmass.facts.recipe import MasterRecipe
from downmass.operations.document import Promise, rows_of, signed, without
from downmass.operations.draft import UNSIGNED, Draft

SIGNED = 'write signed = [{ person = "...", meaning = "approval" }]'

LIMITED = ("parameters", "specification", "checks")
"""Parts of a recipe whose rows may leave a limit out."""


def above(promise: Promise, rows: Sequence[Mapping[str, Any]], people: Collection[str]) -> Iterator[Draft]:
    """Yield the general and site recipes, each drafted and signed.

    Raises
    ------
    InputError
        If one is no recipe, or somebody signs who is nobody of the campaign.
    """
    for row in rows:
        section = f"[[recipe_above]] {row['id']}"
        if row.get("kind") not in ("general", "site"):
            raise InputError(
                f"{promise.name} {section} kind: {row.get('kind')!r} is no recipe above a master recipe",
                'write kind = "general" or kind = "site"',
            )
        yield from _drafted(promise, row, section, people)


def master(promise: Promise, told: Mapping[str, Any], people: Collection[str]) -> Iterator[Draft]:
    """Yield the recipe of the batch: drafted and signed where it says by whom, and adopted.

    Raises
    ------
    InputError
        If it is no recipe, or somebody signs who is nobody of the campaign.
    """
    if told.get("kind", "master") != "master":
        raise InputError(
            f"{promise.name} [recipe] kind: a batch runs by a master recipe, not by {told['kind']!r}",
            "write general and site recipes as [[recipe_above]]",
        )
    if "signed" in told:
        yield from _drafted(promise, told, "[recipe]", people)
    yield promise.draft("recipe.adopted", {"recipe": _fields(promise, told, "[recipe]")}, "[recipe]", told)


def _drafted(
    promise: Promise, told: Mapping[str, Any], section: str, people: Collection[str]
) -> Iterator[Draft]:
    draft = promise.draft("recipe.drafted", {"recipe": _fields(promise, told, section)}, section, told)
    yield draft
    yield from _signatures(promise, draft.body.recipe, told, section, people)


def _signatures(
    promise: Promise, recipe: MasterRecipe, told: Mapping[str, Any], section: str, people: Collection[str]
) -> Iterator[Draft]:
    where = f"{promise.name} {section} signed"
    lines = rows_of(told.get("signed", []), where, SIGNED)
    if lines and promise.live:
        raise InputError(
            f"{where}: a document cannot sign for a person of a live campaign",
            "take `signed` out; people sign the recipe themselves once the campaign is open",
        )
    for line in lines:
        person, meaning = line.get("person"), line.get("meaning")
        if set(line) != {"person", "meaning"} or not isinstance(meaning, str):
            raise InputError(f"{where}: a signature is {line!r}", SIGNED)
        if not isinstance(person, str) or person not in people:
            raise InputError(
                f"{where}: {person!r} is nobody of the campaign",
                f"use one of {', '.join(people) or '(none)'}",
            )
        fields = {"recipe": recipe.id, "version": recipe.version, "recipe_sha256": recipe_sha256(recipe)}
        unsigned = promise.draft(
            "recipe.signed", {**fields, "signature": UNSIGNED}, f"{section} signed", told
        )
        yield signed(unsigned, person, meaning)  # type: ignore[arg-type]


def _fields(promise: Promise, told: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return the fields of a recipe, with no limit where a row leaves one out."""
    plain = without(told, "origin", "source", "signed")
    for key in LIMITED:
        if key in told or key != "checks":
            way_out = f"write [[recipe.{key}]] above each"
            rows = rows_of(told.get(key, []), f"{promise.name} {section} {key}", way_out)
            plain[key] = [{"low": None, "high": None, **row} for row in rows]
    return plain


def lots(promise: Promise, rows: Sequence[Mapping[str, Any]]) -> Iterator[Draft]:
    """Yield the lots that are there when the campaign opens."""
    for row in rows:
        fields = {"lot": row["id"], **without(row, "id", "origin", "source")}
        yield promise.draft("lot.registered", fields, f"[[lot]] {row['id']}", row)


def equipment(promise: Promise, rows: Sequence[Mapping[str, Any]]) -> Iterator[Draft]:
    """Yield the equipment that takes the parts of the recipe's units."""
    for row in rows:
        fields = {"equipment": row["id"], **without(row, "id", "origin", "source")}
        yield promise.draft("equipment.assigned", fields, f"[[equipment]] {row['id']}", row)


def control(promise: Promise, told: Mapping[str, Any], adopted: RecipeAdopted | None) -> Draft:
    """Return the control recipe of the batch, frozen over the recipe adopted.

    Raises
    ------
    InputError
        If there is no recipe to freeze, or the campaign is live: people must have approved it first.
    """
    where = f"{promise.name} [control]"
    if promise.live:
        raise InputError(
            f"{where}: the recipe of a live campaign is not approved when the campaign opens",
            "take [control] out and record control.frozen once people have signed the recipe",
        )
    if adopted is None:
        raise InputError(f"{where}: there is no [recipe] to freeze", "add [recipe], or take [control] out")
    given = next((key for key in ("recipe", "version", "recipe_sha256") if key in told), None)
    if given is not None:
        raise InputError(f"{where}: {given} is that of [recipe]", f"take {given} out")
    recipe = adopted.recipe
    fixed = {"recipe": recipe.id, "version": recipe.version, "recipe_sha256": recipe_sha256(recipe)}
    fields = {**without(told, "origin", "source"), **fixed}
    return promise.draft("control.frozen", {"control": fields}, "[control]", told)
