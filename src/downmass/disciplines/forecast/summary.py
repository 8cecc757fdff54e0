"""Futures told in few numbers: dates at percentiles, chances, causes, and where an actual date fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from downmass.base.errors import InputError
from downmass.base.instant import days_between
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.situation import Futures

PERCENTS = (5, 10, 50, 90, 95)


@dataclass(frozen=True, slots=True)
class Counted:
    """Futures counted between instants; ``later`` is how many lie beyond the last edge."""

    edges: tuple[datetime, ...]
    counts: tuple[int, ...]
    later: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the futures say.

    Attributes
    ----------
    landing, release
        Percent -> instant, among the futures that land or release; empty where none does.
    chance_lost, chance_on_time, chance_no_landing
        Chances in [0, 1]; on time means released by the due date, so what is lost is not on time.
    lost_by
        Cause -> chance, the largest first.
    held_mean_d
        What held the campaign up -> mean days over all futures [d], the largest first.
    """

    n: int
    landing: Mapping[int, datetime]
    release: Mapping[int, datetime]
    chance_lost: float
    chance_on_time: float
    chance_no_landing: float
    lost_by: tuple[tuple[str, float], ...]
    held_mean_d: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]


def summarise(futures: Futures, due: datetime) -> Summary:
    """Return the figures an answer is made of.

    Parameters
    ----------
    due
        The date by which the released batch is wanted.
    """
    return Summary(
        n=futures.n,
        landing=instants_at(futures, futures.landing),
        release=instants_at(futures, futures.release),
        chance_lost=float(np.mean(futures.lost)),
        chance_on_time=chance_by(futures.release, days_between(futures.epoch, due)),
        chance_no_landing=float(np.mean(np.isnan(futures.landing))),
        lost_by=chance_of_loss(futures),
        held_mean_d=held_mean(futures),
        notes=futures.notes,
    )


def instants_at(futures: Futures, days: Floats, percents: Sequence[int] = PERCENTS) -> dict[int, datetime]:
    """Return the instants at percentiles of days since the epoch, NaN left out; empty if all are."""
    finite = days[np.isfinite(days)]
    if len(finite) == 0:
        return {}
    values = np.quantile(finite, np.array(percents) / 100.0)
    return {percent: futures.instant(float(value)) for percent, value in zip(percents, values, strict=True)}


def chance_by(days: Floats, day: float) -> float:
    """Return the share of futures that come by a day; NaN never comes.

    Examples
    --------
    >>> chance_by(np.array([1.0, 2.0, np.nan, 9.0]), 3.0)
    0.5
    """
    return float(np.mean(np.nan_to_num(days, nan=np.inf) <= day))


def chance_expired(futures: Futures, shelf_life_d: float | None) -> float:
    """Return the chance that the product is too old when the laboratory begins, where it gets so far.

    Parameters
    ----------
    shelf_life_d
        Days the product keeps [d]; none: it keeps, and the chance is 0.

    Notes
    -----
    Not the chance that the batch is lost to its shelf life, which is smaller: what expires may have
    been lost to something earlier.
    """
    ages = futures.age_d[np.isfinite(futures.age_d)]
    if shelf_life_d is None or len(ages) == 0:
        return 0.0
    return float(np.mean(ages > shelf_life_d))


def chance_of_loss(futures: Futures) -> tuple[tuple[str, float], ...]:
    """Return each cause of loss with its chance, the largest first."""
    chances = [(name, float(np.mean(futures.cause == index))) for index, name in enumerate(futures.causes)]
    return tuple(sorted(chances, key=lambda pair: (-pair[1], pair[0])))


def held_mean(futures: Futures) -> tuple[tuple[str, float], ...]:
    """Return what held the campaign up with its mean days [d], the largest first."""
    means = [(name, float(np.mean(days))) for name, days in futures.held_d.items()]
    return tuple(sorted(means, key=lambda pair: (-abs(pair[1]), pair[0])))


def count(futures: Futures, days: Floats, bins: int = 40, shown_percent: float = 97.5) -> Counted:
    """Count futures between instants of equal distance.

    Parameters
    ----------
    bins
        Number of spans.
    shown_percent
        The last edge is at this percentile; a heavy tail would else flatten all the rest. What lies
        beyond is counted in ``later``.
    """
    if bins < 1 or not 0.0 < shown_percent <= 100.0:
        raise InputError(
            f"{bins} spans up to the {shown_percent:g} % point cannot be counted", "use e.g. 40 and 97.5"
        )
    finite = days[np.isfinite(days)]
    if len(finite) == 0:
        return Counted((), (), 0)
    low, high = float(np.min(finite)), float(np.quantile(finite, shown_percent / 100.0))
    edges = np.linspace(low, max(high, low + 1.0 / 24.0), bins + 1)
    counts, _ = np.histogram(finite, edges)
    return Counted(
        edges=tuple(futures.instant(float(edge)) for edge in edges),
        counts=tuple(int(value) for value in counts),
        later=len(finite) - int(counts.sum()),
    )


def rank_of(futures: Futures, days: Floats, actual: datetime) -> float | None:
    """Return the percentile at which an actual date fell [percent]; none if no future has a date.

    Notes
    -----
    The share of futures that come before it, plus half of those at it, so that a certain date that
    came true stands at 50.
    """
    finite = days[np.isfinite(days)]
    if len(finite) == 0:
        return None
    day = days_between(futures.epoch, actual)
    return float(100.0 * (np.mean(finite < day) + 0.5 * np.mean(finite == day)))
