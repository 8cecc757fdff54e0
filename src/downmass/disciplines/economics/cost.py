"""Cost roll-up of a venture: its lines as numbers, cost per kilogram, and which line is how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from downmass.base.errors import InputError
from downmass.disciplines.economics.draws import WEAKEST_FIRST, Array, draw, quantiles, weakest
from downmass.facts.quantity import Assumption, Basis, Spread
from downmass.facts.venture import MoneyLine, Venture

VENTURE_INPUTS = ("launched_mass_kg", "product_kg", "yield_percent", "discount_percent_per_year")
"""Inputs of a venture besides its lines and the weeks in orbit."""

Values = Mapping[str, Array]
"""Name of an input -> its value in every future; length 1 or one per future."""


@dataclass(frozen=True, slots=True)
class LineShare:
    """One line of a venture, rolled up.

    Attributes
    ----------
    p10, p50, p90
        Amount per campaign [major units].
    share_percent
        Part of the mean of all cost, or of all income [percent].
    """

    id: str
    title: str
    kind: str
    basis: Basis
    source: str
    p10: float
    p50: float
    p90: float
    share_percent: float


@dataclass(frozen=True, slots=True)
class RollUp:
    """What a campaign costs and earns, undiscounted, over its futures.

    Attributes
    ----------
    lines
        Weakest class first, greatest share first within a class.
    cost, income, product_kg, cost_per_kg
        10, 50 and 90 percent quantiles; cost per released kilogram is infinite where nothing is
        released.
    long_run_per_kg
        Mean cost over mean released product: what a kilogram costs over many campaigns.
    nothing_released_percent
        Part of the futures with no product at all [percent].
    """

    currency: str
    lines: tuple[LineShare, ...]
    cost: tuple[float, float, float]
    income: tuple[float, float, float]
    product_kg: tuple[float, float, float]
    cost_per_kg: tuple[float, float, float]
    long_run_per_kg: float
    nothing_released_percent: float
    basis: Basis


def inputs_of(venture: Venture, weeks_in_orbit: Spread) -> Mapping[str, Spread]:
    """Return every uncertain input of a venture by name.

    Returns
    -------
    mapping
        Line ids, ``launched_mass_kg``, ``product_kg``, ``yield_percent``,
        ``discount_percent_per_year`` and ``weeks_in_orbit``.

    Raises
    ------
    InputError
        If a line has the name of one of the others, or two lines share one.
    """
    inputs = {name: getattr(venture, name) for name in VENTURE_INPUTS} | {"weeks_in_orbit": weeks_in_orbit}
    for line in venture.lines:
        if line.id in inputs:
            raise InputError(
                f"money line {line.id!r} has the name of another input", "give the line an id of its own"
            )
        inputs[line.id] = line.amount
    return MappingProxyType(inputs)


def values_at_mode(inputs: Mapping[str, Spread]) -> Values:
    """Return every input at its most likely value."""
    return MappingProxyType({name: np.array([float(spread.mode)]) for name, spread in inputs.items()})


def draw_values(inputs: Mapping[str, Spread], rng: np.random.Generator, size: int) -> Values:
    """Draw every input, independently, in the order of the names."""
    return MappingProxyType({name: draw(inputs[name], rng, size) for name in sorted(inputs)})


def released_kg(values: Values, delivered: NDArray[np.bool_] | None = None) -> Array:
    """Return the released product [kg]; none where the batch was not delivered."""
    released = values["product_kg"] * values["yield_percent"] / 100.0
    return released if delivered is None else np.where(delivered, released, 0.0)


def line_amount(line: MoneyLine, values: Values, released: Array) -> Array:
    """Return what a line comes to [major units], positive whether cost or income."""
    factors: Mapping[str, Array] = {
        "campaign": np.ones(1),
        "kg_product": released,
        "kg_up": values["launched_mass_kg"],
        "week_in_orbit": values["weeks_in_orbit"],
    }
    return values[line.id] * factors[line.per]


def total(venture: Venture, values: Values, kind: str, delivered: NDArray[np.bool_] | None = None) -> Array:
    """Return the sum of all lines of one kind, ``cost`` or ``income`` [major units]."""
    released = released_kg(values, delivered)
    amounts = [line_amount(line, values, released) for line in venture.lines if line.kind == kind]
    return np.asarray(sum(amounts, np.zeros_like(released)))


def cost_per_kg(venture: Venture, values: Values, delivered: NDArray[np.bool_] | None = None) -> Array:
    """Return the cost of a released kilogram [major units/kg]; infinite where nothing is released."""
    cost, released = np.broadcast_arrays(
        total(venture, values, "cost", delivered), released_kg(values, delivered)
    )
    per_kg: Array = np.divide(cost, released, out=np.full(cost.shape, np.inf), where=released > 0)
    return per_kg


def roll_up(
    venture: Venture,
    weeks_in_orbit: Spread,
    *,
    seed: int,
    size: int = 4096,
    known: Values | None = None,
    delivered: NDArray[np.bool_] | None = None,
) -> RollUp:
    """Roll the lines of a venture up over its spreads.

    Parameters
    ----------
    weeks_in_orbit
        Weeks from launch to landing.
    seed
        Seed of the draws.
    size
        Futures drawn.
    known
        Inputs already drawn elsewhere, such as ``weeks_in_orbit`` of the forecast, ``size`` long.
    delivered
        Whether the batch was delivered in each future; all are where not given.

    Notes
    -----
    Inputs are drawn independently of each other; a common cause, such as a slip that also raises the
    cost of operations, enters only through ``known``.
    """
    inputs = inputs_of(venture, weeks_in_orbit)
    values = dict(draw_values(inputs, np.random.default_rng(seed), size)) | dict(known or {})
    released = np.broadcast_to(released_kg(values, delivered), (size,))
    totals = {
        kind: np.broadcast_to(total(venture, values, kind, delivered), (size,)) for kind in ("cost", "income")
    }
    mean_kg = float(released.mean())
    return RollUp(
        currency=venture.currency,
        lines=_shares(venture, values, released, {kind: float(of.mean()) for kind, of in totals.items()}),
        cost=quantiles(totals["cost"]),
        income=quantiles(totals["income"]),
        product_kg=quantiles(released),
        cost_per_kg=quantiles(np.broadcast_to(cost_per_kg(venture, values, delivered), (size,))),
        long_run_per_kg=float(totals["cost"].mean()) / mean_kg if mean_kg else float("inf"),
        nothing_released_percent=100.0 * float((released <= 0).mean()),
        basis=weakest(spread.basis for spread in inputs.values()),
    )


def leans_on(inputs: Mapping[str, Spread]) -> tuple[Assumption, ...]:
    """Return the inputs as assumptions, weakest class first, so that opinion is read before fact."""
    return tuple(
        Assumption(
            f"{name}: {spread.low:f} to {spread.high:f}, {'median' if spread.past else 'most likely'} "
            f"{spread.mode:f}",
            spread.basis,
            spread.source,
        )
        for name, spread in sorted(inputs.items(), key=lambda item: WEAKEST_FIRST.index(item[1].basis))
    )


def _shares(
    venture: Venture, values: Values, released: Array, means: Mapping[str, float]
) -> tuple[LineShare, ...]:
    shares = []
    for line in venture.lines:
        amount = np.broadcast_to(line_amount(line, values, released), released.shape)
        whole = means[line.kind]
        shares.append(
            LineShare(
                line.id,
                line.title,
                line.kind,
                line.amount.basis,
                line.amount.source,
                *quantiles(amount),
                100.0 * float(amount.mean()) / whole if whole else 0.0,
            )
        )
    return tuple(sorted(shares, key=lambda share: (WEAKEST_FIRST.index(share.basis), -share.share_percent)))
