"""What a process model says, and the published points it leans on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Literal, cast, get_args

from downmass.base.errors import InputError
from downmass.facts.quantity import Basis

Verdict = Literal["none", "possible", "supported"]
"""Is there a gain from low gravity: none expected, possible by the regime, supported by flight evidence."""

Confidence = Literal["high", "medium", "low"]

Shows = Literal["gain", "survival", "no_gain", "rival", "claim", "limit"]
"""What a published point shows: ``rival`` is a way to the same end on Earth, ``limit`` bounds a regime."""


@dataclass(frozen=True, slots=True)
class ProcessEvidence:
    """One published point about a process, in our own words.

    Attributes
    ----------
    id
        Id of the point in the validation table (``P057``).
    shows
        What it says about making the product in orbit.
    """

    id: str
    process: str
    statement: str
    value: str
    unit: str
    shows: Shows
    source: str
    date: str
    basis: Basis
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class PredictedQuantity:
    """A number a model stands behind, with its 90 percent interval where the inputs carry a spread."""

    name: str
    unit: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a process model says about making a product at a platform's level of gravity.

    Attributes
    ----------
    statement
        The verdict as a sentence a person can read aloud.
    driver
        What low gravity would change.
    rival
        How the same may be reached on Earth.
    quantity
        A number with its interval, or none where nothing honest can be computed.
    warnings
        Inputs outside the model's range, and what is not modelled.
    tested_on
        Ids of the published points the model was tested on or leans on.
    evidence
        The published points themselves, for where the model stops.
    """

    process: str
    verdict: Verdict
    statement: str
    driver: str
    rival: str
    quantity: PredictedQuantity | None
    warnings: tuple[str, ...]
    tested_on: tuple[str, ...]
    confidence: Confidence
    evidence: tuple[ProcessEvidence, ...] = ()


UNDATED = "not dated"
"""Word in the date column of a point whose source carries no date."""

_COLUMNS = (
    "id", "process", "statement", "value", "unit", "shows", "source", "date", "class", "confidence",
)  # fmt: skip


def read_evidence(text: str) -> tuple[ProcessEvidence, ...]:
    """Read the table of published points (``process_evidence.csv``).

    Raises
    ------
    InputError
        If a column is missing, a row has no source, an id stands twice, a date is none, or a word is
        not one of its column's; the message names the line.
    """
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise InputError(
            f"the evidence table has columns {reader.fieldnames}", f"use {', '.join(_COLUMNS)} in this order"
        )
    rows: list[ProcessEvidence] = []
    seen: set[str] = set()
    for row in reader:
        where = f"evidence table, line {reader.line_num}"
        if None in row or None in row.values():
            raise InputError(f"{where}: {len(_COLUMNS)} columns are needed", "quote fields that hold a comma")
        if not row["source"].strip() or not row["id"].strip():
            raise InputError(f"{where} has no source or id", "say where the point was read")
        if row["id"] in seen:
            raise InputError(f"{where}: {row['id']} stands twice", "merge the two rows")
        seen.add(row["id"])
        for column, words in (("shows", Shows), ("class", Basis), ("confidence", Confidence)):
            if row[column] not in get_args(words):
                raise InputError(f"{where}: {column} is {row[column]!r}", f"use {', '.join(get_args(words))}")
        if not _is_date(row["date"]):
            raise InputError(
                f"{where}: date is {row['date']!r}", f"write YYYY, YYYY-MM, YYYY-MM-DD or {UNDATED}"
            )
        rows.append(
            ProcessEvidence(
                id=row["id"],
                process=row["process"],
                statement=row["statement"],
                value=row["value"],
                unit=row["unit"],
                shows=cast("Shows", row["shows"]),
                source=row["source"],
                date=row["date"],
                basis=cast("Basis", row["class"]),
                confidence=cast("Confidence", row["confidence"]),
            )
        )
    return tuple(rows)


def published_by(point: ProcessEvidence) -> date | None:
    """Return the day by which a point was surely public, none where its source carries no date.

    Notes
    -----
    A date given to the year or month counts from the last day of it: earlier is not known.

    Examples
    --------
    >>> row = ProcessEvidence("P1", "x", "a thing", "1", "um", "claim", "a paper", "2024-02", "read", "low")
    >>> str(published_by(row))
    '2024-02-29'
    """
    return None if point.date == UNDATED else _last_day(point.date)


def _last_day(text: str) -> date:
    year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
    if day:
        return date(year, month, day)
    following = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return following - timedelta(days=1)


def _is_date(text: str) -> bool:
    if re.fullmatch(r"\d{4}(-(?!00)\d\d){0,2}", text) is None:
        return text == UNDATED
    try:
        _last_day(text)
    except ValueError:
        return False
    return True


def public_by(evidence: Iterable[ProcessEvidence], day: date) -> tuple[ProcessEvidence, ...]:
    """Return the points that were public by a day; those without a date are kept, to be flagged."""
    found = []
    for point in evidence:
        at = published_by(point)
        if at is None or at <= day:
            found.append(point)
    return tuple(found)


def about(evidence: Iterable[ProcessEvidence], *processes: str) -> tuple[ProcessEvidence, ...]:
    """Return the published points about any of the processes, in the order of the table."""
    return tuple(point for point in evidence if point.process in processes)


def strongest_verdict(evidence: Iterable[ProcessEvidence]) -> Verdict:
    """Return the strongest verdict published points allow: ``supported`` takes a measured gain in flight.

    Claims, survivals and surveys allow no more than ``possible``; a process with none at all likewise,
    since its regime may still speak for it.
    """
    gains = [point for point in evidence if point.shows == "gain" and point.confidence != "low"]
    return "supported" if gains else "possible"
