"""Past slips of launches, licences, ranges and returns, and which of them were known when."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast, get_args

from downmass.base.errors import InputError
from downmass.base.instant import in_utc
from downmass.facts.quantity import Basis

SlipKind = Literal[
    "return", "launch", "licence", "licence_refused", "grounding", "range", "recovery", "laboratory"
]

COLUMNS = ("class", "subject", "planned", "actual", "slip_d", "known_on", "cause", "basis", "source")


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One dated slip: what was planned, what came, and since when it is known.

    Attributes
    ----------
    planned
        Day the thing was planned or wanted; for ``licence_refused`` the day of the refusal, for
        ``grounding`` that of the mishap, or of the launch withheld.
    actual
        Day it came.
    slip_d
        ``actual - planned`` [d]; negative where it came early.
    known_on
        Day from which the slip is known; answers as of an earlier day do not use it.
    """

    kind: SlipKind
    subject: str
    planned: date
    actual: date
    slip_d: int
    known_on: date
    cause: str
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class OpenSlip:
    """A wait that had begun and not ended at a moment: at least this long [d]."""

    kind: SlipKind
    subject: str
    lasted_d: int
    basis: Basis


def parse_slips(text: str, name: str = "reference_slips.csv") -> tuple[SlipRow, ...]:
    """Read a table of past slips.

    Parameters
    ----------
    text
        CSV with the columns of :data:`COLUMNS`.
    name
        Name of the table, for messages.

    Raises
    ------
    InputError
        If a column is missing, a date or class is unknown, a row has no source, or the slip is not
        the difference of its dates.

    Examples
    --------
    >>> rows = parse_slips('''class,subject,planned,actual,slip_d,known_on,cause,basis,source
    ... return,CRS-4,2014-10-21,2014-10-25,4,2014-10-25,sea state,read,Spaceflight Now''')
    >>> rows[0].slip_d
    4
    """
    reader = csv.DictReader(io.StringIO(text.strip()))
    absent = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if absent:
        raise InputError(f"{name} has no column {', '.join(absent)}", f"give the columns {','.join(COLUMNS)}")
    return tuple(_row(cells, f"{name} line {reader.line_num}") for cells in reader)


def _row(cells: dict[str, str], where: str) -> SlipRow:
    if None in cells or any(value is None for value in cells.values()):
        raise InputError(f"{where} has not {len(COLUMNS)} cells", "put quotes around cells with commas")
    try:
        planned, actual, known_on = (
            date.fromisoformat(cells[column]) for column in ("planned", "actual", "known_on")
        )
        slip_d = int(cells["slip_d"])
    except ValueError as fault:
        raise InputError(f"{where}: {fault}", "write days as 2024-02-21 and slips as whole days") from None
    if cells["class"] not in get_args(SlipKind):
        raise InputError(f"{where}: unknown class {cells['class']!r}", f"use {', '.join(get_args(SlipKind))}")
    if cells["basis"] not in get_args(Basis):
        raise InputError(f"{where}: unknown basis {cells['basis']!r}", f"use {', '.join(get_args(Basis))}")
    if not cells["source"].strip():
        raise InputError(f"{where} has no source", "say where the dates come from")
    if slip_d != (actual - planned).days:
        raise InputError(
            f"{where}: slip_d is {slip_d}, the dates are {(actual - planned).days} days apart",
            "mend the slip or a date",
        )
    if known_on < actual:
        raise InputError(f"{where}: known before it came", "known_on is the day it came, or later")
    return SlipRow(
        kind=cast(SlipKind, cells["class"]),
        subject=cells["subject"],
        planned=planned,
        actual=actual,
        slip_d=slip_d,
        known_on=known_on,
        cause=cells["cause"],
        basis=cast(Basis, cells["basis"]),
        source=cells["source"],
    )


def slips_known(
    rows: Sequence[SlipRow], kind: SlipKind, as_of: datetime, without: Collection[str] = ()
) -> tuple[SlipRow, ...]:
    """Return the slips of a class that were known at a moment, some subjects left out.

    Parameters
    ----------
    without
        Subjects to leave out: the campaign that is forecast must never be among its own references.
    """
    day = in_utc(as_of).date()
    return tuple(
        row for row in rows if row.kind == kind and row.known_on <= day and row.subject not in without
    )


def slips_open(
    rows: Sequence[SlipRow], kind: SlipKind, as_of: datetime, without: Collection[str] = ()
) -> tuple[OpenSlip, ...]:
    """Return the waits of a class that had begun and not yet ended at a moment.

    Only how long they had lasted by then is used, never how they ended. Leaving them out would make
    the past look faster than it was, because the long waits are the last to be known.
    """
    day = in_utc(as_of).date()
    return tuple(
        OpenSlip(row.kind, row.subject, (day - row.planned).days, row.basis)
        for row in rows
        if row.kind == kind and row.planned < day < row.known_on and row.subject not in without
    )
