"""Identifiers: short slugs for campaigns and things, GS1 URNs where the record leaves the house."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from downmass.base.errors import InputError

_SLUG = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")


def slug(text: str) -> str:
    """Return the identifier if it is a slug (a-z, 0-9, dot, dash, underscore; at most 64).

    Raises
    ------
    InputError
        Otherwise.
    """
    if not _SLUG.fullmatch(text):
        raise InputError(
            f"{text!r} is no identifier",
            "use a-z, 0-9, '.', '-', '_'; begin with a letter or digit; at most 64",
        )
    return text


Slug = Annotated[str, AfterValidator(slug)]
"""An identifier of a campaign, party, person, lot, site or any other thing."""
