"""Training on file: what a recipe asks of those who work by it, held against what is on record."""

from __future__ import annotations

from datetime import datetime

from downmass.facts.campaign import Campaign
from downmass.facts.event import TrainingRecorded


def training_lacking(campaign: Campaign, person: str, at: datetime) -> tuple[str, ...]:
    """Return the subjects the adopted recipe asks for that a person was not trained in, or no longer is.

    A subject that is the recipe itself must be of the recipe's version.

    Parameters
    ----------
    at
        When the person acts: training given later, or ended by then, does not count.

    References
    ----------
    21 CFR 11.10(i), 211.25.
    """
    recipe = campaign.recipe
    if recipe is None:
        return ()
    good = {
        (event.body.subject, event.body.version)
        for event in campaign.all(TrainingRecorded)
        if event.body.person == person
        and event.occurred_at <= at
        and (event.body.until is None or at < event.body.until)
    }
    subjects = {subject for subject, _ in good}
    own = (recipe.id, recipe.version)
    return tuple(s for s in recipe.training if (own not in good if s == recipe.id else s not in subjects))
