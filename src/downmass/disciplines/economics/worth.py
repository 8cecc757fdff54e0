"""Net present value of a venture, per future and as a function of any one input."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.economics.cash import discount_factors, npv
from downmass.disciplines.economics.cost import Values, line_amount, released_kg
from downmass.disciplines.economics.draws import Array
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
    venture: Venture, values: Values, days: Mapping[str, ArrayLike], name: str
) -> Callable[[float], float]:
    """Return the median net present value over futures as a function of one input.

    Parameters
    ----------
    values
        Inputs of the venture in every future, all but the one asked for left as they are; one value
        each, such as the most likely, gives the value at that point.
    days
        Activity -> days from opening to its end [d], one or one per future.
    name
        An input of :func:`~downmass.disciplines.economics.cost.inputs_of`, or ``slip_d``: days by
        which everything but the opening is late, orbit included.

    Returns
    -------
    callable
        To be handed to :func:`~downmass.disciplines.economics.breakeven.break_even`; where it is zero,
        half of the futures pay.

    Raises
    ------
    NotFoundError
        If the venture has no such input.

    Notes
    -----
    With every input at its mode most futures of a skewed venture may still lose money at the
    break-even; the median has half of them on either side.
    """
    if name not in values and name != "slip_d":
        raise NotFoundError(
            f"the venture has no input {name!r}", f"use one of slip_d, {', '.join(sorted(values))}"
        )
    if name == "slip_d":
        return lambda x: _median_late(venture, values, days, x)
    if name == "discount_percent_per_year":
        return lambda x: _median(net_value(venture, {**values, name: np.array([x])}, days))
    due, _ = flows(venture, values, days)
    # Nothing else moves a due date, so the discounting is the same at every value of the input.
    factors = discount_factors(values["discount_percent_per_year"], due)

    def value_of(x: float) -> float:
        _, amounts = flows(venture, {**values, name: np.array([x])}, days)
        return _median((amounts * factors).sum(axis=0))

    return value_of


def _median_late(venture: Venture, values: Values, days: Mapping[str, ArrayLike], late_d: float) -> float:
    later = {
        activity: np.asarray(day, dtype=np.float64) + (late_d if activity != "opening" else 0.0)
        for activity, day in days.items()
    }
    weeks = values["weeks_in_orbit"] + late_d / 7.0
    return _median(net_value(venture, {**values, "weeks_in_orbit": weeks}, later))


def _median(values: Array) -> float:
    return float(np.median(values))
