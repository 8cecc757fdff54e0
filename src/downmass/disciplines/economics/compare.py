"""One product made in several places: what a released kilogram costs on each route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from downmass.base.canon import sha256
from downmass.base.errors import InputError
from downmass.disciplines.economics.cost import RollUp
from downmass.disciplines.economics.draws import WEAKEST_FIRST, Array, at_quantile, quantiles, weakest
from downmass.facts.quantity import Assumption, Basis, Spread

IssRegime = Literal["iss_nl", "2019", "2021"]
"""Who pays for the ISS: the National Lab (the user pays its partner), the price lists of 2019 or 2021."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A price times a quantity, per batch.

    Attributes
    ----------
    price
        [currency, major units, per unit of the quantity].
    quantity
        How much of it a batch needs.
    """

    title: str
    price: Spread
    quantity: Spread


@dataclass(frozen=True, slots=True)
class Route:
    """A place to make a product, with everything a batch is charged there.

    Attributes
    ----------
    product_kg
        Product of a batch before release testing [kg].
    yield_percent
        Part of it that is released [percent].
    leaves_out
        What a batch needs there besides, in words; empty where nothing is known to be missing.
    """

    id: str
    title: str
    regime: str
    charges: tuple[Charge, ...]
    product_kg: Spread
    yield_percent: Spread
    leaves_out: str = ""


@dataclass(frozen=True, slots=True)
class RouteCost:
    """What a released kilogram costs on a route.

    Attributes
    ----------
    p10, p50, p90
        [major units/kg]; infinite where nothing is released.
    basis
        Class of the weakest input.
    shares
        Charge -> part of the mean cost [percent], greatest first.
    leans_on
        Every input, weakest class first.
    leaves_out
        What the figure does not hold, in words.
    nothing_percent
        Futures that release nothing and count as infinitely dear [percent]; none where no loss of a
        batch is modelled.
    """

    id: str
    title: str
    regime: str
    p10: float
    p50: float
    p90: float
    basis: Basis
    shares: tuple[tuple[str, float], ...]
    leans_on: tuple[Assumption, ...]
    leaves_out: str = ""
    nothing_percent: float | None = None


def exactly(value: float | Decimal | str, basis: Basis, source: str) -> Spread:
    """Return a spread without width, such as a list price."""
    number = Decimal(str(value))
    return Spread(number, number, number, basis, source)


def iss_route(
    regime: IssRegime,
    prices: Mapping[str, Spread],
    *,
    mass_up_kg: Spread,
    mass_down_kg: Spread,
    crew_h: Spread,
    product_kg: Spread,
    yield_percent: Spread,
    partner: Spread | None = None,
    more: tuple[Charge, ...] = (),
    leaves_out: str = "",
) -> Route:
    """Return the route by a rack of the International Space Station under a price regime.

    Parameters
    ----------
    prices
        ``upmass``, ``downmass`` [major units/kg] and ``crew_time`` [major units/h] of the regime; not
        looked at under ``iss_nl``, where the user pays no transport and no crew.
    partner
        Fee of the implementation partner per batch [major units]; needed under ``iss_nl``.
    more
        Charges besides, such as the laboratory on the ground.
    leaves_out
        What is charged nowhere here, in words.

    Raises
    ------
    InputError
        If a price the regime needs is not given.
    """
    free = exactly(0, "read", "ISS National Lab users pay no transport and no crew time")
    needed = ("upmass", "downmass", "crew_time")
    missing = [name for name in needed if name not in prices]
    if regime == "iss_nl":
        prices = dict.fromkeys(needed, free)
        missing = [] if partner else ["the partner's fee"]
    if missing:
        raise InputError(
            f"regime {regime} has no price for {', '.join(missing)}",
            "give it from the catalogue, with its date",
        )
    charges = [
        Charge("cargo up", prices["upmass"], mass_up_kg),
        Charge("cargo down", prices["downmass"], mass_down_kg),
        Charge("crew time", prices["crew_time"], crew_h),
    ]
    if partner:
        charges.append(Charge("implementation partner", partner, exactly(1, "derived", "one fee per batch")))
    return Route(
        f"iss-{regime}",
        "ISS rack",
        "as National Laboratory user" if regime == "iss_nl" else regime,
        (*charges, *more),
        product_kg,
        yield_percent,
        leaves_out,
    )


def of_campaign(
    id: str, title: str, regime: str, rolled: RollUp, leans_on: tuple[Assumption, ...], leaves_out: str = ""
) -> RouteCost:
    """Return a route whose cost is a roll-up of a whole venture over its futures, losses included.

    Parameters
    ----------
    rolled
        From :func:`~downmass.disciplines.economics.cost.roll_up`; its cost per kilogram is taken as it
        stands, so that a campaign has one price whoever asks.
    leans_on
        Its inputs as assumptions.
    """
    shares = [(line.title, line.share_percent) for line in rolled.lines if line.kind == "cost"]
    return RouteCost(
        id,
        title,
        regime,
        *rolled.cost_per_kg,
        basis=rolled.basis,
        shares=tuple(sorted(shares, key=lambda share: -share[1])),
        leans_on=leans_on,
        leaves_out=leaves_out,
        nothing_percent=rolled.nothing_released_percent,
    )


def compare(routes: Sequence[Route], *, seed: int, size: int = 4096) -> tuple[RouteCost, ...]:
    """Return what a released kilogram costs on each route, cheapest first.

    Parameters
    ----------
    seed
        Seed of the draws; inputs of one name take the same luck on every route, so that differences
        between routes are differences of the routes.
    """
    costs = [_cost(route, seed, size) for route in routes]
    return tuple(sorted(costs, key=lambda cost: (cost.p50, cost.id)))


def _cost(route: Route, seed: int, size: int) -> RouteCost:
    inputs = {"product_kg": route.product_kg, "yield_percent": route.yield_percent}
    amounts: dict[str, Array] = {}
    for charge in route.charges:
        price, quantity = f"{charge.title}, price", f"{charge.title}, quantity"
        inputs |= {price: charge.price, quantity: charge.quantity}
        amounts[charge.title] = _luck(charge.price, price, seed, size) * _luck(
            charge.quantity, quantity, seed, size
        )
    total = np.asarray(sum(amounts.values(), np.zeros(size)))
    product = _luck(route.product_kg, "product_kg", seed, size)
    released = product * _luck(route.yield_percent, "yield_percent", seed, size) / 100.0
    per_kg = np.divide(total, released, out=np.full(size, np.inf), where=released > 0)
    mean = float(total.mean())
    shares = [
        (title, 100.0 * float(amount.mean()) / mean if mean else 0.0) for title, amount in amounts.items()
    ]
    return RouteCost(
        route.id,
        route.title,
        route.regime,
        *quantiles(per_kg),
        basis=weakest(spread.basis for spread in inputs.values()),
        shares=tuple(sorted(shares, key=lambda share: -share[1])),
        leans_on=_assumptions(inputs),
        leaves_out=route.leaves_out,
    )


def _luck(spread: Spread, name: str, seed: int, size: int) -> Array:
    words = np.frombuffer(sha256(name.encode())[:16], dtype=">u4").astype(np.uint32)
    rng = np.random.default_rng([seed, *(int(word) for word in words)])
    return at_quantile(spread, rng.random(size))


def _assumptions(inputs: Mapping[str, Spread]) -> tuple[Assumption, ...]:
    ordered = sorted(inputs.items(), key=lambda item: WEAKEST_FIRST.index(item[1].basis))
    return tuple(
        Assumption(f"{name}: {spread.low:f} to {spread.high:f}", spread.basis, spread.source)
        for name, spread in ordered
    )
