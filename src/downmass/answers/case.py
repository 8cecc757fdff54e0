"""What an answer is given: the campaign as of a moment, what is known besides, and the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from downmass.disciplines.catalogue.catalogue import Catalogue
from downmass.disciplines.forecast.slips import SlipRow
from downmass.facts.campaign import Campaign
from downmass.facts.finding import Finding


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is known besides the record: catalogue, past slips, flight evidence, contract templates."""

    catalogue: Catalogue
    slips: tuple[SlipRow, ...]
    evidence: str
    templates: str


@dataclass(frozen=True, eq=False)
class Case:
    """Everything one answer is computed from; the same case gives the same bytes.

    Attributes
    ----------
    campaign
        The fold of what was recorded by ``as_of``.
    samples
        Number of futures.
    hashes
        Entry id -> first characters of its leaf hash, for evidence.
    loose
        A finding for each person's signature that is not over the content and record it stands under.
    """

    campaign: Campaign
    knowledge: Knowledge
    as_of: datetime
    seed: int
    samples: int
    versions: tuple[tuple[str, str], ...]
    hashes: Mapping[str, str] = field(default_factory=dict)
    loose: tuple[Finding, ...] = ()
