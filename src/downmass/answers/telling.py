"""How answers put numbers into words: dates, days, money, percentages, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from downmass.answers.answer import Answer, Evidence, Histogram, Mark, Plot, Question, Table, Value
from downmass.answers.case import Case
from downmass.base.instant import format_instant, parse_instant
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.situation import Futures
from downmass.disciplines.forecast.summary import count, instants_at, rank_of
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.quantity import Assumption, Basis, Money, Spread

LANDING = "Landing date over the futures"
"""Title of the histogram a later landing is marked on."""

BINS = 96
COUNTED_PERCENT = 97.5
"""Futures are counted in bins up to this percentile; those beyond are counted as later."""

_ORDER: Sequence[Basis] = ("opinion", "memory", "derived", "read")


def day(instant: datetime) -> str:
    """Return the date in UTC."""
    return format_instant(instant)[:10]


def minute(instant: datetime | None) -> str:
    """Return an instant to the minute in UTC, or a dash."""
    return "-" if instant is None else format_instant(instant)[:16].replace("T", " ")


def number(value: float, digits: int = 1) -> str:
    """Return a number with a fixed count of decimals and a thin separator by thousands."""
    return f"{value:,.{digits}f}"


def percent(chance: float) -> str:
    """Return a chance as whole percents, with the ends kept honest."""
    if 0 < chance < 0.005:
        return "under 1 %"
    if 0.995 < chance < 1:
        return "over 99 %"
    return f"{100 * chance:.0f} %"


def money(amount: Money) -> str:
    """Return money in major units with its code."""
    return f"{amount.currency} {Decimal(amount.minor) / 100:,.2f}"


def major(value: float, currency: str) -> str:
    """Return an amount of major units, rounded for reading: thousands or millions."""
    size = abs(value)
    if size >= 1e6:
        return f"{currency} {value / 1e6:,.2f} M"
    if size >= 1e4:
        return f"{currency} {value / 1e3:,.0f} k"
    return f"{currency} {value:,.0f}"


def rounded(value: float, digits: int = 3) -> str:
    """Return a number as decimal text, rounded half to even."""
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN))


def quantiles(name: str, unit: str, values: Floats, digits: int = 1, note: str = "") -> Value:
    """Return the 10, 50 and 90 percent points of an array, NaN left out."""
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return Value(name, unit, exact="never", note=note)
    low, mid, high = (rounded(float(v), digits) for v in np.quantile(finite, (0.1, 0.5, 0.9)))
    if low == high:
        return Value(name, unit, exact=mid, note=note)
    return Value(name, unit, p10=low, p50=mid, p90=high, note=note)


def chance(name: str, share: float, note: str = "") -> Value:
    """Return a chance in [0, 1] as a value in percent."""
    return Value(name, "percent", exact=f"{100 * share:.1f}", note=note)


def moved(before: float, after: float) -> str:
    """Return how a chance moves, in words."""
    if percent(before) == percent(after):
        return f"stays at {percent(after)}"
    return f"goes from {percent(before)} to {percent(after)}"


def instants(name: str, futures: Futures, days: Floats, note: str = "") -> Value:
    """Return the 10, 50 and 90 percent points of a date."""
    at = instants_at(futures, days)
    if not at:
        return Value(name, "UTC", exact="never", note=note)
    return Value(
        name,
        "UTC",
        p10=format_instant(at[10]),
        p50=format_instant(at[50]),
        p90=format_instant(at[90]),
        note=note,
    )


def histogram(title: str, futures: Futures, days: Floats, marks: Iterable[Mark] = ()) -> Histogram | None:
    """Return futures counted over time, or none where no future has a date or all have the same."""
    counted = count(futures, days, BINS, COUNTED_PERCENT)
    if not counted.edges or sum(counted.counts) == max(counted.counts, default=0):
        return None
    edges = tuple(format_instant(edge) for edge in counted.edges)
    told = tuple(_with_share(mark, futures, days) for mark in marks)
    return Histogram(title, "UTC", edges, counted.counts, told, later=counted.later)


def _with_share(mark: Mark, futures: Futures, days: Floats) -> Mark:
    rank = rank_of(futures, days, parse_instant(mark.at))
    return mark if rank is None else replace(mark, share=round(rank / 100, 6))


def entry(case: Case, event: Event[object], note: str) -> Evidence:
    """Return an entry of the ledger as evidence: its id, leaf hash and origin."""
    return Evidence(
        "entry", f"{event.id} {case.hashes.get(event.id, '')}".strip(), f"{note} ({event.origin})"
    )


def stated(text: str, spread: Spread) -> Assumption:
    """Return a spread of the plan or business case as an assumption."""
    if spread.low == spread.high:
        return Assumption(f"{text}: {spread.mode}", spread.basis, spread.source)
    return Assumption(
        f"{text}: {spread.low} to {spread.high}, most likely {spread.mode}", spread.basis, spread.source
    )


def weakest_first(assumptions: Iterable[Assumption]) -> tuple[Assumption, ...]:
    """Return assumptions once each, opinion first."""
    return tuple(sorted(dict.fromkeys(assumptions), key=lambda a: _ORDER.index(a.basis)))


def without_basis(case: Case, question: Question, lacking: str, supply: str) -> Answer:
    """Return the answer to a question that cannot be answered yet: what is missing, how to supply it."""
    if not case.campaign.events:
        lacking = f"nothing was on record by {format_instant(case.as_of)}"
        supply = "ask as of a later moment, or open the campaign: downmass init FOLDER"
    return Answer(
        question=question,
        campaign=case.campaign.id,
        as_of=case.as_of,
        headline=f"No answer yet: {lacking}.",
        missing=(f"{lacking}: {supply}",),
        findings=case.campaign.findings,
        seed=case.seed,
        versions=case.versions,
    )


def finished(
    case: Case,
    question: Question,
    headline: str,
    *,
    findings: Iterable[Finding] = (),
    assumptions: Iterable[Assumption] = (),
    values: Iterable[Value] = (),
    evidence: Iterable[Evidence] = (),
    tables: Iterable[Table] = (),
    plots: Iterable[Plot] = (),
) -> Answer:
    """Return an answer with what every answer carries: as-of, seed, versions, the fold's findings."""
    return Answer(
        question=question,
        campaign=case.campaign.id,
        as_of=case.as_of,
        headline=headline,
        values=tuple(values),
        findings=tuple(dict.fromkeys([*findings, *case.campaign.findings])),
        evidence=tuple(dict.fromkeys(evidence)),
        assumptions=weakest_first(assumptions),
        seed=case.seed,
        versions=case.versions,
        tables=tuple(tables),
        plots=tuple(plots),
    )


def label(names: Mapping[str, str], key: str) -> str:
    """Return the title of a thing, or its id where it has none."""
    return names.get(key, key)
