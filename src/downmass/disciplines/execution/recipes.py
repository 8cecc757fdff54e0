"""The content of a recipe as its signatures are bound to it."""

from __future__ import annotations

from pydantic import TypeAdapter

from downmass.base.canon import canonical, sha256
from downmass.facts.recipe import MasterRecipe

_RECIPE = TypeAdapter(MasterRecipe)


def recipe_sha256(recipe: MasterRecipe) -> str:
    """Return the hex SHA-256 of the canonical bytes of a recipe.

    Fields left at what they are when nothing is written are not in the bytes, so that a field a later
    version of this program adds changes no hash that was signed before.
    """
    return sha256(canonical(_RECIPE.dump_python(recipe, mode="json", exclude_defaults=True))).hex()
