"""What is published of a process for which no model here speaks: the points, and what they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from downmass.disciplines.process.prediction import ProcessEvidence, Shows, about
from downmass.facts.recipe import ProcessKind

ABOUT: Mapping[ProcessKind, tuple[str, ...]] = {
    "crystal": ("small_molecule", "protein_crystal"),
    "fibre": ("zblan_fibre",),
    "melt": ("bridgman", "semiconductor_survey", "free_surface"),
    "alloy": ("containerless",),
    "droplet": ("latex_spheres", "suspension"),
    "tissue": ("bioprint",),
    "print": ("print",),
    "weld": ("weld",),
}
"""Kind of process -> the processes of the evidence table that speak of it; none where it is left out."""

SHOWN: Mapping[Shows, str] = {
    "gain": "a gain in flight",
    "survival": "that it can be done in orbit",
    "no_gain": "no gain",
    "rival": "a rival on Earth",
    "limit": "a limit",
    "claim": "a claim only",
}
"""What a point may show -> in words."""


def published(kind: ProcessKind, evidence: Iterable[ProcessEvidence]) -> tuple[ProcessEvidence, ...]:
    """Return the published points that speak of a kind of process, in the order of the table."""
    return about(evidence, *ABOUT.get(kind, ()))


def tally(points: Iterable[ProcessEvidence]) -> str:
    """Return how many points show what, in words.

    Examples
    --------
    >>> row = ProcessEvidence("P1", "x", "a thing", "1", "um", "rival", "a paper", "2024", "read", "low")
    >>> tally([row, row])
    '2 show a rival on Earth'
    """
    shown = [point.shows for point in points]
    parts = [(shown.count(word), SHOWN[word]) for word in get_args(Shows) if word in shown]
    return ", ".join(f"{count} show{'s' if count == 1 else ''} {words}" for count, words in parts)
