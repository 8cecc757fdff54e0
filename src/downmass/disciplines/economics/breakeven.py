"""Break-even in any variable, with "never" as an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from scipy.optimize import brentq

from downmass.base.errors import InputError

# A bracket in which the value grows a thousandfold towards the sign change holds a pole, not a zero.
_POLE = 1e3


@dataclass(frozen=True, slots=True)
class Never:
    """There is no break-even, and why."""

    reason: str


def break_even(
    value_of: Callable[[float], float], low: float, high: float, *, points: int = 257
) -> float | Never:
    """Return the lowest input at which a value crosses zero, or that it never does.

    Parameters
    ----------
    value_of
        What the input is worth, such as the net present value; break-even is where it is zero.
    low, high
        Range of the input that is possible at all.
    points
        Evenly spaced inputs looked at before the crossing is refined; two crossings closer together
        than the spacing may be missed.

    Returns
    -------
    float or Never
        Where the value jumps from one side of zero to the other, the place of the jump.

    Raises
    ------
    InputError
        If the range is empty or not finite.

    Examples
    --------
    >>> break_even(lambda price: 5 * price - 100, 0, 1000)
    20.0
    >>> break_even(lambda price: -price - 1, 0, 1000).reason
    'the value stays below zero from 0 to 1,000, at best -1'
    """
    found = crossings(value_of, low, high, points=points)
    if found:
        return found[0]
    values = [value for x in np.linspace(low, high, points) if isfinite(value := _at(value_of, float(x)))]
    span = f"from {_plain(low)} to {_plain(high)}"
    if not values:
        return Never(f"there is no value at all {span}")
    if min(values) > 0:
        return Never(f"the value stays above zero {span}, at worst {_plain(min(values))}")
    if max(values) < 0:
        return Never(f"the value stays below zero {span}, at best {_plain(max(values))}")
    return Never(f"the value changes sign {span} only through infinity, without being zero anywhere")


def crossings(
    value_of: Callable[[float], float], low: float, high: float, *, points: int = 257
) -> tuple[float, ...]:
    """Return every input at which a value crosses or touches zero on a grid, in rising order.

    Notes
    -----
    Inputs at which the value is not finite, or divides by zero, are left out; a change of sign
    through a pole is none.
    """
    if not (isfinite(low) and isfinite(high) and low < high):
        raise InputError(f"{low} to {high} is no range", "give a finite low below a finite high")
    grid = [float(x) for x in np.linspace(low, high, points)]
    values = [_at(value_of, x) for x in grid]
    found = [x for x, value in zip(grid, values, strict=True) if value == 0]
    for a, b, at_a, at_b in zip(grid, grid[1:], values, values[1:], strict=False):
        if isfinite(at_a) and isfinite(at_b) and at_a * at_b < 0:
            root = _refine(value_of, a, b, max(abs(at_a), abs(at_b)))
            if root is not None:
                found.append(root)
    return tuple(sorted(found))


def _plain(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:g}"


def _at(value_of: Callable[[float], float], x: float) -> float:
    """Return the value, not a number where arithmetic gives none (a division by zero)."""
    try:
        return value_of(x)
    except ArithmeticError:
        return nan


def _refine(value_of: Callable[[float], float], a: float, b: float, scale: float) -> float | None:
    # brentq needs finite values; a pole may be met on the way, so it is led around by a large number.
    def bounded(x: float) -> float:
        value = _at(value_of, x)
        return value if isfinite(value) else scale * _POLE * _POLE

    root: float = brentq(bounded, a, b, xtol=1e-12 * max(1.0, abs(a), abs(b)), rtol=1e-14)
    near = max(abs(bounded(root - 1e-9 * (b - a))), abs(bounded(root + 1e-9 * (b - a))))
    return None if near > _POLE * scale else root
