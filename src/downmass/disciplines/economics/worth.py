"""Net present value of a venture, per future and as a function of any one input."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.economics.cash import npv
from downmass.disciplines.economics.cost import (
    Values,
    inputs_of,
    line_amount,
    released_kg,
    values_at_mode,
)
from downmass.disciplines.economics.draws import Array
from downmass.facts.quantity import Spread
from downmass.facts.venture import Venture

DAYS_PER_YEAR = 365.25


def flows(
    venture: Venture,
    values: Values,
    days: Mapping[str, ArrayLike],
    delivered: NDArray[np.bool_] | None = None,
) -> tuple[Array, Array]:
    """Return when each line of a venture falls due and what it brings.

    Parameters
    ----------
    values
        Inputs of the venture, see :func:`~downmass.disciplines.economics.cost.inputs_of`.
    days
        Activity -> days from opening to its end [d], one or one per future; NaN where it never
        happens, and what hangs on it then never falls due. ``opening`` is day 0.
    delivered
        Whether the batch was delivered in each future.

    Returns
    -------
    years, amounts
        Lines along the first axis, futures along the second; income positive, cost negative [a, major
        units].

    Raises
    ------
    InputError
        If a line hangs on an activity for which there is no day.
    """
    if not venture.lines:
        raise InputError("the venture has no money lines", "state its costs and income")
    known = {"opening": 0.0, **days}
    released = released_kg(values, delivered)
    due, amounts = [], []
    for line in venture.lines:
        if line.when not in known:
            raise InputError(
                f"money line {line.id} falls due at {line.when!r}, for which there is no day",
                f"use one of {', '.join(sorted(known))}",
            )
        sign = 1.0 if line.kind == "income" else -1.0
        amounts.append(sign * line_amount(line, values, released))
        due.append(np.asarray(known[line.when], dtype=np.float64) / DAYS_PER_YEAR)
    size = np.broadcast_shapes(*(array.shape for array in (*due, *amounts)), (1,))
    return (
        np.stack([np.broadcast_to(array, size) for array in due]),
        np.stack([np.broadcast_to(array, size) for array in amounts]),
    )


def net_value(
    venture: Venture,
    values: Values,
    days: Mapping[str, ArrayLike],
    delivered: NDArray[np.bool_] | None = None,
) -> Array:
    """Return the net present value of a venture at its opening, per future [major units]."""
    due, amounts = flows(venture, values, days, delivered)
    return npv(values["discount_percent_per_year"], due, amounts)


def value_by(
    venture: Venture, weeks_in_orbit: Spread, days: Mapping[str, float], name: str
) -> Callable[[float], float]:
    """Return the net present value as a function of one input, all others most likely.

    Parameters
    ----------
    days
        Activity -> days from opening to its end [d].
    name
        An input of :func:`~downmass.disciplines.economics.cost.inputs_of`, or ``slip_d``: days by
        which everything but the opening is late, orbit included.

    Returns
    -------
    callable
        To be handed to :func:`~downmass.disciplines.economics.breakeven.break_even`.

    Raises
    ------
    NotFoundError
        If the venture has no such input.
    """
    modes = values_at_mode(inputs_of(venture, weeks_in_orbit))
    if name not in modes and name != "slip_d":
        raise NotFoundError(
            f"the venture has no input {name!r}", f"use one of slip_d, {', '.join(sorted(modes))}"
        )

    def value_of(x: float) -> float:
        if name != "slip_d":
            return net_value(venture, {**modes, name: np.array([x])}, days).item()
        later = {activity: day + (x if activity != "opening" else 0.0) for activity, day in days.items()}
        weeks = modes["weeks_in_orbit"] + x / 7.0
        return net_value(venture, {**modes, "weeks_in_orbit": weeks}, later).item()

    return value_of
