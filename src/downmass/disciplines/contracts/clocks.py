"""Lateness clocks: run from the due date, stopped by excused time, counted in started weeks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from downmass.base.instant import Window, union_length
from downmass.disciplines.contracts.amounts import write_percent
from downmass.facts.contract import Cause, Delay, LiquidatedDamages

WEEK_US = 7 * 86_400 * 1_000_000
"""A week [us]."""

_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Lateness:
    """The reading of a lateness clock, with its working.

    Attributes
    ----------
    clause
        Id of the liquidated damages clause.
    due, until
        Between which instants the clock was looked at; ``until`` is when the milestone was
        reached, the batch was lost, or the moment of asking.
    running
        Whether the milestone is still open, so that the clock goes on.
    late
        Calendar time from due to until, zero if not late.
    excused, shared
        Union of the excused intervals, and of the shared ones outside it.
    counted_us
        Lateness that counts against the provider before grace [us].
    weeks
        Started weeks beyond grace.
    percent
        Damages [percent of the contract price], capped.
    evidence
        Entries that show the delays taken into account.
    """

    clause: str
    due: datetime
    until: datetime
    running: bool
    late: timedelta
    excused: timedelta
    shared: timedelta
    counted_us: Fraction
    weeks: int
    percent: Fraction
    evidence: tuple[str, ...]


def read_clock(
    clause: LiquidatedDamages,
    due: datetime,
    until: datetime,
    delays: Sequence[Delay],
    *,
    running: bool = False,
) -> Lateness:
    """Read the lateness clock of a liquidated damages clause.

    Parameters
    ----------
    clause
        Rate, grace, cap, and which causes are excused or shared.
    due
        When the milestone was due.
    until
        When it was reached; or, where it was not, the moment of asking.
    delays
        Spans of delay with their cause, in any order, overlapping or not.
    running
        Whether the milestone is still open at ``until``.

    Notes
    -----
    Excused time moves the due date day for day, whether it fell before or after it: an excused
    launch slip of four weeks makes a landing four weeks later no later at all. Time covered by
    several excused delays is excused once. Time covered both by an excused delay and by another is
    excused; time covered by a shared delay and not by an excused one counts at
    ``clause.shared_percent``; all other time counts in full. Nothing after ``until`` is looked at.
    Whether a delay before the due date was absorbed by slack is not tested: record as a delay only
    what really held the campaign up.
    """
    late = max(until - due, timedelta())
    excused, shared = spans(clause, delays, until)
    relevant = set(clause.excused) | set(clause.shared)
    evidence = dict.fromkeys(
        entry
        for delay in delays
        if delay.cause in relevant and delay.when.opens < until
        for entry in delay.evidence
    )
    counted = counted_us(clause, late // _US, excused // _US, shared // _US)
    weeks = started_weeks(clause, counted)
    percent = damages_percent(clause, weeks)
    return Lateness(
        clause.id, due, until, running, late, excused, shared, counted, weeks, percent, tuple(evidence)
    )


def spans(clause: LiquidatedDamages, delays: Iterable[Delay], until: datetime) -> tuple[timedelta, timedelta]:
    """Return the excused time and the shared time outside it, each counted once."""
    before = list(delays)
    excused = cause_windows(before, clause.excused, until)
    shared = cause_windows(before, clause.shared, until)
    only_excused = union_length(excused)
    return only_excused, union_length([*excused, *shared]) - only_excused


def cause_windows(delays: Iterable[Delay], causes: Sequence[Cause], until: datetime) -> list[Window]:
    """Return the windows of the delays with one of these causes, cut off at ``until``."""
    return [
        Window(delay.when.opens, min(delay.when.closes, until))
        for delay in delays
        if delay.cause in causes and delay.when.opens < until
    ]


def counted_us(clause: LiquidatedDamages, late_us: int, excused_us: int, shared_us: int) -> Fraction:
    """Return the lateness that counts against the provider [us], before grace."""
    forgiven = _forgiven_percent(clause) / 100 * shared_us
    return max(Fraction(late_us - excused_us) - forgiven, Fraction(0))


def _forgiven_percent(clause: LiquidatedDamages) -> Fraction:
    return max(100 - Fraction(clause.shared_percent), Fraction(0))


def started_weeks(clause: LiquidatedDamages, counted: Fraction) -> int:
    """Return the weeks begun beyond grace; a week begun is a week.

    Parameters
    ----------
    counted
        Lateness that counts against the provider [us], before grace.
    """
    return weeks_begun(counted - Fraction(clause.grace_d) * WEEK_US / 7)


def weeks_begun(span_us: Fraction | int) -> int:
    """Return the number of weeks a span [us] has begun.

    Examples
    --------
    >>> weeks_begun(0), weeks_begun(1), weeks_begun(WEEK_US), weeks_begun(WEEK_US + 1)
    (0, 1, 1, 2)
    """
    return max(0, -(-span_us // WEEK_US))


def damages_percent(clause: LiquidatedDamages, weeks: int) -> Fraction:
    """Return the damages for started weeks, capped [percent of the contract price]."""
    return min(Fraction(clause.rate_percent_per_week) * weeks, Fraction(clause.cap_percent))


def explain(clause: LiquidatedDamages, reading: Lateness) -> str:
    """Write the arithmetic of a clock reading as one clause of a sentence."""
    parts = [f"{write_days(reading.late)} d after the due date"]
    if reading.excused:
        parts.append(f"less {write_days(reading.excused)} d excused")
    if reading.shared:
        parts.append(
            f"less {write_percent(_forgiven_percent(clause))} percent of "
            f"{write_days(reading.shared)} d shared"
        )
    if clause.grace_d:
        parts.append(f"less {write_percent(clause.grace_d)} d grace")
    uncapped = Fraction(clause.rate_percent_per_week) * reading.weeks
    text = (
        f"{', '.join(parts)}: {reading.weeks} started weeks x "
        f"{write_percent(clause.rate_percent_per_week)} percent = {write_percent(uncapped)} percent"
    )
    if uncapped > reading.percent:
        text += f", capped at {write_percent(reading.percent)} percent"
    return text


def write_days(span: timedelta) -> str:
    """Write a span in days to two decimals."""
    return f"{span / timedelta(days=1):.2f}"
