"""Whether a batch runs by a control recipe, and the note where it does not."""

from __future__ import annotations

from downmass.facts.campaign import Campaign
from downmass.facts.event import ControlRecipeFrozen, Event
from downmass.facts.finding import Finding

NO_CONTROL_RECIPE = "no control recipe on record: rules that ask for one do not apply to this batch"


def frozen(campaign: Campaign) -> Event[ControlRecipeFrozen] | None:
    """Return the control recipe the batch runs by, or none where none was frozen."""
    return campaign.last(ControlRecipeFrozen)


def without_control(campaign: Campaign) -> tuple[Finding, ...]:
    """Return the note that a batch has no control recipe, so that a rule asking for one is not silent."""
    return (Finding(campaign.id, NO_CONTROL_RECIPE, "note"),)
