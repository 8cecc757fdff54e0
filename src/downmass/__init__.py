"""Downmass: one campaign of in-space manufacturing, from order to released and settled batch.

>>> import downmass as dm
>>> with dm.open("w1") as campaign:
...     campaign.ask("custody", as_of="2023-06-12").values[0].exact
'3'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from downmass.operations.opening import OpenCampaign

__version__ = "0.1.0"


def open(place: str | Path) -> OpenCampaign:
    """Open a campaign folder, a bundle, or an example by its name, to ask it the nine questions."""
    # Imported here so that `downmass --help` does not wait for the solvers.
    from downmass.operations.opening import open_campaign

    return open_campaign(place)
