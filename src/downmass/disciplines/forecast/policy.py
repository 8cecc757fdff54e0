"""What is done at each return opportunity: land, wait, give up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from downmass.base.errors import InputError
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.situation import Bools


@dataclass(frozen=True, slots=True, eq=False)
class Opportunities:
    """Return opportunities as each future meets them.

    Attributes
    ----------
    listed_d
        Opportunities in rising order [d since epoch]; may be empty.
    phase, spacing_d
        Beyond the list the next one comes after ``phase`` (in [0, 1)) of the spacing [d].
    """

    listed_d: Floats
    phase: Floats
    spacing_d: Floats

    def after(self, ready: Floats, skip: int = 0) -> Floats:
        """Return the first opportunity at or after each day, or a later one [d since epoch]."""
        beyond = ready + (self.phase + skip) * self.spacing_d
        if len(self.listed_d) == 0:
            return beyond
        index = np.searchsorted(self.listed_d, ready, side="left") + skip
        last = len(self.listed_d) - 1
        listed = self.listed_d[np.minimum(index, last)]
        # Past the list the spacing takes over, but never before what the list still held.
        return np.where(index <= last, listed, np.maximum(beyond, self.listed_d[last]))


Policy = Callable[[Floats, Opportunities], tuple[Floats, Bools]]
"""From the days all is ready, the day the return starts and whether it is given up."""


def land_first(ready: Floats, opportunities: Opportunities) -> tuple[Floats, Bools]:
    """Return at the first opportunity."""
    return opportunities.after(ready), np.zeros(ready.shape, dtype=np.bool_)


def wait_out(skip: int) -> Policy:
    """Let this many opportunities pass, for margin or a better site, and take the next."""
    if skip < 0:
        raise InputError(f"cannot let {skip} opportunities pass", "give zero or more")

    def policy(ready: Floats, opportunities: Opportunities) -> tuple[Floats, Bools]:
        return opportunities.after(ready, skip), np.zeros(ready.shape, dtype=np.bool_)

    return policy


def abandon_after(deadline_d: float) -> Policy:
    """Return at the first opportunity, but give the batch up if that is after a day [d since epoch]."""

    def policy(ready: Floats, opportunities: Opportunities) -> tuple[Floats, Bools]:
        start = opportunities.after(ready)
        return start, start > deadline_d

    return policy
