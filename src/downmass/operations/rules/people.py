"""Who may act: by role, trained for it, not locked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from downmass.disciplines.quality.review import roles as roles_of
from downmass.facts.campaign import Campaign
from downmass.facts.party import Role
from downmass.operations.rules.refusal import Refusal, Rule


def may_act(campaign: Campaign, person: str, roles: Collection[Role], at: datetime) -> Refusal | None:
    """Refuse a person who is unknown, or has none of the roles an act takes.

    Parameters
    ----------
    roles
        Roles of which the person must have one; any person of the campaign where empty.
    """
    if person not in campaign.people:
        return f"{person!r} is nobody of this campaign", "assign the person a role first"
    if roles and not roles_of(campaign, person) & frozenset(roles):
        return f"{person} has none of the roles {', '.join(sorted(roles))}", "let a person with one act"
    return None


RULES: Mapping[type[Any], Rule] = {}
"""Entry type -> its rule."""
