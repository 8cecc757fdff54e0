"""Dated cash flows: net present value, rates of return, payback, learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from downmass.base.errors import InputError
from downmass.disciplines.economics.draws import Array


@dataclass(frozen=True, slots=True)
class ReturnRate:
    """An internal rate of return, or why there is none.

    Attributes
    ----------
    percent
        Rate [percent per year], none where it does not exist or is not unique.
    reason
        Empty where there is a rate.
    """

    percent: float | None
    reason: str = ""


def years_between(start: datetime, end: datetime) -> float:
    """Return the years from ``start`` to ``end`` [a], whole at every anniversary.

    Notes
    -----
    Between anniversaries the fraction is days over the days of that year, so that flows on the same
    date of each year are exactly one year apart, leap year or not. A start on 29 February has its
    anniversary on 1 March of other years.

    Examples
    --------
    >>> from datetime import UTC
    >>> years_between(datetime(2023, 6, 12, tzinfo=UTC), datetime(2025, 6, 12, tzinfo=UTC))
    2.0
    """
    if end < start:
        return -years_between(end, start)
    whole = end.year - start.year
    if _anniversary(start, whole) > end:
        whole -= 1
    last, following = _anniversary(start, whole), _anniversary(start, whole + 1)
    return whole + (end - last) / (following - last)


def npv(rate_percent: ArrayLike, years: ArrayLike, amounts: ArrayLike) -> Array:
    """Return the net present value of flows at time zero.

    Parameters
    ----------
    rate_percent
        Discount rate [percent per year], above -100; one, or one per future.
    years
        When each flow falls due [a]; flows along the first axis, futures along the second.
    amounts
        Flows, positive when received; NaN where the flow never falls due.

    Examples
    --------
    >>> round(float(npv(10, [0, 1], [-100, 121])), 9)
    10.0
    """
    flows = np.asarray(amounts, dtype=np.float64)
    factors = discount_factors(rate_percent, years)
    total: Array = np.asarray((np.where(np.isnan(flows), 0.0, flows) * factors).sum(axis=0))
    return total


def discount_factors(rate_percent: ArrayLike, years: ArrayLike) -> Array:
    """Return what a unit of money due later is worth at time zero; nothing where it never falls due.

    Parameters
    ----------
    rate_percent, years
        As for :func:`npv`.

    Raises
    ------
    InputError
        If a rate is -100 percent or less.

    Examples
    --------
    >>> discount_factors(25, [0, 1, float("nan")]).tolist()
    [1.0, 0.8, 0.0]
    """
    growth = 1.0 + np.asarray(rate_percent, dtype=np.float64) / 100.0
    if np.any(growth <= 0):
        raise InputError(
            f"a discount rate of {float(np.min(rate_percent)):g} percent is -100 or less",
            "use one above -100",
        )
    times = np.asarray(years, dtype=np.float64)
    never = np.isnan(times)
    return np.where(never, 0.0, growth ** -np.where(never, 0.0, times))


def sign_changes(amounts: Sequence[float]) -> int:
    """Return how often a series of flows changes its sign, zeros left out.

    Examples
    --------
    >>> sign_changes([-100, 0, 230, -132])
    2
    """
    signs = [amount > 0 for amount in amounts if amount]
    return sum(a != b for a, b in pairwise(signs))


def irr(years: Sequence[float], amounts: Sequence[float]) -> ReturnRate:
    """Return the internal rate of return of dated flows.

    Parameters
    ----------
    years
        When each flow falls due [a].
    amounts
        Flows, positive when received.

    Notes
    -----
    With one change of sign in order of time the rate exists above -100 percent and is unique. With
    none there is no rate, and with several there may be several; both are said, not guessed.
    A rate beyond a millionfold a year either way is reported as none.

    Examples
    --------
    >>> round(irr([0, 1, 2, 3, 4], [-100, 39, 59, 55, 20]).percent, 3)
    28.095
    """
    pairs = sorted(zip(years, amounts, strict=True))
    times = np.array([time for time, _ in pairs]) - pairs[0][0]
    flows = np.array([amount for _, amount in pairs], dtype=np.float64)
    changes = sign_changes(flows.tolist())
    if changes == 0:
        side = "comes in" if flows.sum() > 0 else "goes out"
        return ReturnRate(None, f"money only {side}, so no rate of return balances it")

    def value(log_growth: float) -> float:
        return float((flows * np.exp(-log_growth * times)).sum())

    if changes > 1:
        return ReturnRate(
            None,
            f"the flow changes sign {changes} times, so a rate of return need not be unique"
            f"{_candidates(value)}; read the modified rate or the value at a stated discount rate",
        )
    limit = np.log(1e6)
    if value(-limit) * value(limit) > 0:
        return ReturnRate(None, "the rate that balances the flow is beyond a millionfold a year")
    root: float = brentq(value, -limit, limit, xtol=1e-14, rtol=1e-14)
    return ReturnRate(float(np.expm1(root)) * 100.0)


def mirr(
    years: Sequence[float], amounts: Sequence[float], finance_percent: float, reinvest_percent: float
) -> ReturnRate:
    """Return the modified internal rate of return.

    Parameters
    ----------
    finance_percent
        Rate paid on what is spent [percent per year].
    reinvest_percent
        Rate earned on what is received until the last flow [percent per year].
    """
    times = np.asarray(years, dtype=np.float64) - min(years)
    flows = np.asarray(amounts, dtype=np.float64)
    span = float(times.max())
    spent = float(-np.where(flows < 0, flows, 0.0) @ (1 + finance_percent / 100) ** -times)
    earned = float(np.where(flows > 0, flows, 0.0) @ (1 + reinvest_percent / 100) ** (span - times))
    if spent == 0 or earned == 0 or span == 0:
        return ReturnRate(None, "a modified rate needs money out, money in, and time between")
    return ReturnRate(((earned / spent) ** (1 / span) - 1) * 100.0)


def payback_years(
    years: Sequence[float], amounts: Sequence[float], rate_percent: float = 0.0
) -> float | None:
    """Return when what was spent is back for good [a], or none if it never is.

    Parameters
    ----------
    rate_percent
        Discount rate [percent per year]; zero for the plain payback time.

    Notes
    -----
    Flows are lumps, so the answer is the time of a flow; a later flow that puts the sum below zero
    again moves it.
    """
    pairs = sorted(zip(years, amounts, strict=True))
    total, back = 0.0, None
    for time, amount in pairs:
        total += amount * (1 + rate_percent / 100) ** -time
        if total < 0:
            back = None
        elif back is None:
            back = time
    return back


def wright_1936(first_unit: float, unit: ArrayLike, learning_percent: ArrayLike) -> Array:
    """Return the cumulative average cost of the first units.

    Parameters
    ----------
    first_unit
        Cost of unit 1.
    unit
        How many units, from 1.
    learning_percent
        What a doubling of the number leaves of the average [percent], 100 for no learning.

    References
    ----------
    T. P. Wright, Factors affecting the cost of airplanes, 1936, doi:10.2514/8.155.

    Examples
    --------
    >>> float(wright_1936(10.0, 4, 80.0).round(6))
    6.4
    """
    slope = np.log2(np.asarray(learning_percent, dtype=np.float64) / 100.0)
    return first_unit * np.asarray(unit, dtype=np.float64) ** slope


def crawford_unit(first_unit: float, unit: ArrayLike, learning_percent: ArrayLike) -> Array:
    """Return the cost of one unit where each doubling leaves ``learning_percent`` of the unit cost.

    Notes
    -----
    The same curve as :func:`wright_1936` read as unit cost (Crawford), not as average; aerospace
    estimates quote 85 to 95 percent.
    """
    return wright_1936(first_unit, unit, learning_percent)


def _anniversary(start: datetime, years: int) -> datetime:
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=2, day=28) + timedelta(days=1)


def _candidates(value: Callable[[float], float]) -> str:
    grid = np.log(np.linspace(0.05, 11.0, 2000))
    values = [value(point) for point in grid]
    roots = [
        np.expm1(brentq(value, a, b)) * 100
        for a, b, fa, fb in zip(grid, grid[1:], values, values[1:], strict=False)
        if fa * fb < 0
    ]
    if not roots:
        return ""
    return f" (it balances at {', '.join(f'{root:.2f}' for root in roots)} percent)"
