"""Spreads into numbers: quantiles, draws, and how weak a class is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

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


def draw(spread: Spread, rng: np.random.Generator, size: int) -> Array:
    """Draw values of a spread."""
    return at_quantile(spread, rng.random(size))


def quantiles(values: Array) -> tuple[float, float, float]:
    """Return the 10, 50 and 90 percent quantiles; infinite values count as the greatest."""
    ordered = np.sort(values)
    p10, p50, p90 = (float(ordered[int(p * (len(ordered) - 1) + 0.5)]) for p in (0.1, 0.5, 0.9))
    return p10, p50, p90
