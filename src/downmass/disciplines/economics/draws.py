"""Spreads into numbers: quantiles, draws, and how weak a class is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from downmass.base.errors import InputError
from downmass.facts.quantity import Basis, Spread

Array = NDArray[np.float64]

WEAKEST_FIRST: tuple[Basis, ...] = ("opinion", "memory", "derived", "read")
"""Classes of a number, the weakest first."""


def weakest(bases: Iterable[Basis]) -> Basis:
    """Return the weakest class among numbers; a result is no better than its weakest input.

    Examples
    --------
    >>> weakest(["read", "opinion", "derived"])
    'opinion'
    """
    return min(bases, key=WEAKEST_FIRST.index)


def at_quantile(spread: Spread, u: Array) -> Array:
    """Return the values of a spread at probabilities.

    Parameters
    ----------
    spread
        Past values where given (each as likely as the other), else triangular.
    u
        Probabilities in [0, 1].

    Examples
    --------
    >>> from decimal import Decimal
    >>> s = Spread(Decimal(0), Decimal(0), Decimal(1), "opinion", "example")
    >>> at_quantile(s, np.array([0.0, 0.75, 1.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    if spread.past:
        values = np.sort(np.array([float(value) for value in spread.past]))
        index = np.minimum((u * len(values)).astype(np.int64), len(values) - 1)
        chosen: Array = values[index]
        return chosen
    low, mode, high = float(spread.low), float(spread.mode), float(spread.high)
    if high == low:
        return np.full(np.shape(u), low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < (mode - low) / (high - low), rising, falling)


PARTS = 101
"""Equal parts that futures are kept in; odd, so that the middle part is about the median."""


def of_values(values: Array, basis: Basis, source: str) -> Spread:
    """Return the spread of values simulated elsewhere, such as weeks in orbit of a forecast.

    Parameters
    ----------
    values
        One per future, in the unit of the quantity; finite.

    Returns
    -------
    Spread
        With the mean of each of up to :data:`PARTS` equal parts of the ordered values as its past, so
        that the mean is kept and the quantiles nearly; the mode shown is the median.

    Raises
    ------
    InputError
        If there are no values, or one is not finite.

    Examples
    --------
    >>> weeks = of_values(np.array([5.0, 6.0, 40.0]), "derived", "forecast")
    >>> (weeks.low, weeks.mode, weeks.high) == (5, 6, 40)
    True
    """
    if len(values) == 0 or not np.isfinite(values).all():
        raise InputError("a spread of no values, or of values that are not finite", "give finite values")
    parts = np.array_split(np.sort(values), min(PARTS, len(values)))
    past = tuple(Decimal(f"{part.mean():.4f}") for part in parts)
    middle = past[len(past) // 2]
    if past[0] == past[-1]:
        return Spread(middle, middle, middle, basis, source)
    return Spread(past[0], middle, past[-1], basis, source, past)


def draw(spread: Spread, rng: np.random.Generator, size: int) -> Array:
    """Draw values of a spread."""
    return at_quantile(spread, rng.random(size))


def quantiles(values: Array) -> tuple[float, float, float]:
    """Return the 10, 50 and 90 percent quantiles; infinite values count as the greatest."""
    ordered = np.sort(values)
    p10, p50, p90 = (float(ordered[int(p * (len(ordered) - 1) + 0.5)]) for p in (0.1, 0.5, 0.9))
    return p10, p50, p90
