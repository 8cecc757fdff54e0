"""The content of a recipe as its signatures are bound to it."""

from __future__ import annotations

from downmass.base.canon import canonical, sha256
from downmass.facts.codec import body_to_json
from downmass.facts.recipe import MasterRecipe


def recipe_sha256(recipe: MasterRecipe) -> str:
    """Return the hex SHA-256 of the canonical bytes of a recipe: what its signatures are over."""
    return sha256(canonical(body_to_json(recipe))).hex()
