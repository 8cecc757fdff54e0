"""An example's campaign document made into one's own: live, opened today, signed by nobody yet."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from downmass.base.instant import format_instant, parse_instant

OF_AN_EXAMPLE = (
    r'^(key|identity_verified_by|evidence|certification) = ".*"\n',
    r"^signed = \[(.+\]|\n(  .*\n)*\])\n",
    r"^\[control\]\n(.+\n)*",
    r"^\[\[recipe_above\]\]\n(.+\n)*",
    r'^derived_from = ".*"\n',
)
"""What only an example can hold: published keys, signatures in a document and what rests on them."""


def own_copy(text: str, name: str, today: datetime) -> str:
    """Return an example's document as that of a live campaign of this name that opens today.

    Every date moves by the same whole days. What the people of the example did falls away: published
    keys, their signatures, and the recipes that rest on these: those above the master recipe, and the
    control recipe.
    """
    text = re.sub(r'^id = "[^"]*"', f'id = "{name}"', text, count=1, flags=re.M)
    text = text.replace('mode = "replay"', 'mode = "live"', 1)
    for pattern in OF_AN_EXAMPLE:
        text = re.sub(pattern, "", text, flags=re.M)
    return _moved_to(text, today)


def _moved_to(text: str, today: datetime) -> str:
    """Move every date of a document by whole days, so that the campaign opens today."""
    opened = re.search(r"^opened = (\S+)", text, re.M)
    if opened is None:
        return text
    days = (today.date() - parse_instant(opened.group(1)).date()).days

    def later(found: re.Match[str]) -> str:
        return found.group(1) + format_instant(parse_instant(found.group(2)) + timedelta(days=days))

    return re.sub(r"(= )(\d{4}-\d\d-\d\dT[0-9:]+Z)", later, text)
