"""When a product is in storage, from making to sampling, and what on the record tells of it."""

from __future__ import annotations

from datetime import datetime

from downmass.base.instant import Window
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, Lost, PhaseMoved, SampleTaken, SegmentSealed
from downmass.facts.procedure import placed_phases
from downmass.facts.recipe import MasterRecipe

CELSIUS = ("C", "degC")
"""Units of temperature segments that are judged; others are left aside."""


def phase_ids(recipe: MasterRecipe) -> frozenset[str]:
    """Return the ids of all phases of a recipe."""
    return frozenset(placed.phase.id for placed in placed_phases(recipe))


def made_at(campaign: Campaign) -> datetime | None:
    """Return when the last phase of the recipe ended, or none while one has not."""
    if campaign.recipe is None:
        return None
    wanted = phase_ids(campaign.recipe)
    ended = {
        event.body.phase: event.occurred_at
        for event in campaign.all(PhaseMoved)
        if event.body.phase in wanted and event.body.state == "complete"
    }
    return max(ended.values()) if ended and wanted <= ended.keys() else None


def storage_window(campaign: Campaign, at: datetime | None = None) -> Window | None:
    """Return when the product was in storage, or none while it is not made.

    From making to the first sample taken of it afterwards, or to its loss; while neither is on record,
    to the moment of asking.

    Parameters
    ----------
    at
        Moment of asking; the last recording where left out.
    """
    made = made_at(campaign)
    if made is None:
        return None
    ends = [e.occurred_at for kind in (SampleTaken, Lost) for e in campaign.all(kind) if e.occurred_at > made]
    asked = at or campaign.recorded_until
    closes = min(ends) if ends else asked
    return Window(made, closes) if closes is not None and closes > made else None


def storage_segments(campaign: Campaign) -> tuple[Event[SegmentSealed], ...]:
    """Return the segments in degrees Celsius that tell of storage, in order of arrival.

    They open when the product is made, or belong to a phase the recipe does not have (such as
    ``storage``).
    """
    phases = phase_ids(campaign.recipe) if campaign.recipe else frozenset()
    made = made_at(campaign)
    return tuple(
        event
        for event in campaign.all(SegmentSealed)
        if event.body.unit in CELSIUS
        and (event.body.phase not in phases or (made is not None and event.body.when.opens >= made))
    )


def storage_parameters(campaign: Campaign) -> frozenset[str]:
    """Return the parameters of the recipe that must be on record for as long as the product is stored.

    A temperature whose limits are those of storage, and any parameter with a storage segment: who
    measures on after making is asked for it until sampling.
    """
    if campaign.recipe is None:
        return frozenset()
    storage = campaign.recipe.storage
    told = {event.body.parameter for event in storage_segments(campaign)}
    return frozenset(
        parameter.id
        for parameter in campaign.recipe.parameters
        if parameter.id in told
        or (parameter.unit in CELSIUS and parameter.low == storage.low_C and parameter.high == storage.high_C)
    )
