"""What a rule says: why an act is refused and the way out, or nothing; and what many rules ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from downmass.disciplines.quality.lots import lots
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft

Refusal = tuple[str, str]
"""Why, and the way out."""

Rule = Callable[[Campaign, Any, Draft], Refusal | None]


def unknown_parties(campaign: Campaign, named: set[str]) -> Refusal | None:
    """Refuse parties the campaign does not have."""
    missing = sorted(named - set(campaign.parties))
    if missing:
        return f"{missing[0]!r} is no party of the campaign", f"use one of {', '.join(campaign.parties)}"
    return None


def lot_known(campaign: Campaign, lot: str) -> Refusal | None:
    """Refuse a lot that is not registered, nor came to be by a split or a transformation."""
    known = lots(campaign)
    if lot not in known:
        return f"lot {lot!r} is not registered", f"register it first; known: {', '.join(known) or '(none)'}"
    return None
