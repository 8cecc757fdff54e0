"""What the desk puts into a disposition: the record it is taken on, what is open, what was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.conduct import execution_findings
from downmass.disciplines.quality.excursions import least_coverage
from downmass.disciplines.quality.record import percent_floor
from downmass.disciplines.quality.release import open_exceptions
from downmass.facts.campaign import Campaign
from downmass.facts.event import DispositionDecided


def on_record(
    body: DispositionDecided, campaign: Campaign, root: bytes, at: datetime, where: str = ""
) -> DispositionDecided:
    """Return a disposition over the record as it stands: its root, open exceptions, least coverage.

    Parameters
    ----------
    root
        Root of the tree over every entry before the disposition [32 bytes].
    at
        When it is decided, for which shelf life and storage are judged.

    Raises
    ------
    RefusedError
        If the person named the record they read, and it has moved since.
    """
    if body.record_root and body.record_root != root.hex():
        raise RefusedError(
            f"{where}: the record moved since it was read: its root is {root.hex()[:16]}..., "
            f"not {body.record_root[:16]}...",
            "read what came in, and decide on the record as it is now",
        )
    return replace(
        body,
        record_root=root.hex(),
        exceptions_open=len(open_exceptions(campaign, at, execution_findings(campaign, at))),
        least_coverage_percent=percent_floor(least_coverage(campaign, at)),
    )
