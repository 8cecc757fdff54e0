"""Whether those who sign an act may sign it."""

from __future__ import annotations

from collections.abc import Collection

from downmass.facts.campaign import Campaign
from downmass.facts.party import Meaning, Role
from downmass.operations.draft import Draft
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal


def signed_by(
    campaign: Campaign, draft: Draft, roles: Collection[Role], meaning: Meaning | None = None
) -> Refusal | None:
    """Refuse an act nobody signs, or somebody without one of the roles, or with another meaning."""
    if not draft.sign:
        return "nobody signs it", f"a person with one of the roles {', '.join(sorted(roles))} signs"
    for person, meant in draft.sign:
        refusal = may_act(campaign, person, roles, draft.at)
        if refusal is not None:
            return refusal
        if meaning is not None and meant != meaning:
            return f"{person} signs with meaning {meant!r}", f"this act is signed with {meaning!r}"
    return None
