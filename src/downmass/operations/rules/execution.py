"""What a phase may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule


def _phase(campaign: Campaign, body: ev.PhaseMoved, draft: Draft) -> Refusal | None:
    if campaign.recipe is None:
        return "no recipe is adopted", "record recipe.adopted first"
    known = [
        phase.id
        for procedure in campaign.recipe.procedure
        for operation in procedure.operations
        for phase in operation.phases
    ]
    if body.phase not in known:
        return f"{body.phase!r} is no phase of the recipe", f"use one of {', '.join(known)}"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.PhaseMoved: _phase,
}
"""Entry type -> its rule."""
