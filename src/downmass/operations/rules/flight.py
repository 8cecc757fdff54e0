"""What may happen in flight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.errors import ElementsError
from downmass.disciplines.orbit.elements import parse_elements
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule


def _elements(campaign: Campaign, body: ev.ElementsReceived, draft: Draft) -> Refusal | None:
    told = body.elements
    try:
        parse_elements(f"{told.line1}\n{told.line2}\n", told.name or "elements")
    except ElementsError as fault:
        return str(fault), fault.remedy
    return None


def _launched(campaign: Campaign, body: ev.Launched, draft: Draft) -> Refusal | None:
    earlier = campaign.last(ev.Launched)
    if earlier is not None:
        return f"the launch is on record as {earlier.id}", "correct that entry if it is wrong"
    return None


def _landed(campaign: Campaign, body: ev.Landed, draft: Draft) -> Refusal | None:
    launch = campaign.last(ev.Launched)
    if launch is None:
        return "nothing was launched", "record flight.launched first"
    if draft.at < launch.occurred_at:
        return "the landing would precede the launch", "check the instant and its zone"
    if body.site not in {site.id for site in campaign.sites}:
        known = ", ".join(site.id for site in campaign.sites)
        return f"{body.site!r} is no designated site", f"use one of {known}"
    return None


def _recovered(campaign: Campaign, body: ev.Recovered, draft: Draft) -> Refusal | None:
    if campaign.last(ev.Landed) is None:
        return "nothing has landed", "record flight.landed first"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.Launched: _launched,
    ev.ElementsReceived: _elements,
    ev.Landed: _landed,
    ev.Recovered: _recovered,
}
"""Entry type -> its rule."""
