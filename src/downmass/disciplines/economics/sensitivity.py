"""Which inputs dominate: one at a time (tornado) and by share of variance (Sobol)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from downmass.base.errors import InputError
from downmass.disciplines.economics.draws import WEAKEST_FIRST, Array, at_quantile
from downmass.facts.quantity import Basis, Spread

Model = Callable[[Mapping[str, Array]], Array]
"""Inputs by name, one value per future -> one result per future."""


@dataclass(frozen=True, slots=True)
class Influence:
    """How much one input has to say about a result.

    Attributes
    ----------
    first, total
        First-order and total-order Sobol index: share of the variance due to the input alone, and
        with all its interactions.
    at_low, at_high
        Result with this input at its 10 and 90 percent quantile and all others at their median.
    """

    name: str
    basis: Basis
    first: float
    total: float
    at_low: float
    at_high: float


def influences(
    model: Model, inputs: Mapping[str, Spread], *, seed: int, log2_size: int = 12
) -> tuple[Influence, ...]:
    """Rank the inputs of a model by their share of the variance of its result.

    Parameters
    ----------
    model
        Vectorised over futures.
    inputs
        Name -> spread; an input without width has no influence.
    seed
        Seed of the scrambled Sobol sequence.
    log2_size
        Base sample of 2**log2_size points; the model is run (k + 2) times that for k inputs.

    Returns
    -------
    tuple of Influence
        Greatest total index first.

    Raises
    ------
    InputError
        If the model gives no finite result somewhere.

    Notes
    -----
    Inputs are independent; with correlated inputs the indices mislead. Indices carry sampling noise
    of about 0.01 at 4096 points, so a small one may come out slightly negative.
    """
    names = sorted(inputs)
    first, total = sobol_indices(
        lambda u: model({name: at_quantile(inputs[name], u[:, i]) for i, name in enumerate(names)}),
        len(names),
        seed=seed,
        log2_size=log2_size,
    )
    middle = {name: at_quantile(inputs[name], np.array([0.5])) for name in names}
    rows = []
    for index, name in enumerate(names):
        ends = at_quantile(inputs[name], np.array([0.1, 0.9]))
        low, high = (model({**middle, name: ends[end : end + 1]}).item() for end in (0, 1))
        rows.append(Influence(name, inputs[name].basis, float(first[index]), float(total[index]), low, high))
    return tuple(sorted(rows, key=lambda row: -row.total))


def opinions_first(rows: tuple[Influence, ...]) -> tuple[Influence, ...]:
    """Return influences weakest class first, the greatest first within a class."""
    return tuple(sorted(rows, key=lambda row: (WEAKEST_FIRST.index(row.basis), -row.total)))


def sobol_indices(
    model: Callable[[Array], Array], dimensions: int, *, seed: int, log2_size: int = 12
) -> tuple[Array, Array]:
    """Return first-order and total-order Sobol indices of a model on the unit cube.

    Parameters
    ----------
    model
        Points of shape (n, dimensions) in (0, 1) -> n results.

    References
    ----------
    A. Saltelli et al., Comput. Phys. Commun. 181 (2010) 259, doi:10.1016/j.cpc.2009.09.018 (first
    order); M. J. W. Jansen, Comput. Phys. Commun. 117 (1999) 35, doi:10.1016/S0010-4655(98)00154-4
    (total order).
    """
    sampler = qmc.Sobol(2 * dimensions, scramble=True, rng=np.random.default_rng(seed))
    points = np.clip(sampler.random_base2(log2_size), 1e-12, 1.0 - 1e-12)
    a, b = points[:, :dimensions], points[:, dimensions:]
    at_a, at_b = model(a), model(b)
    results = np.concatenate([at_a, at_b])
    if not np.isfinite(results).all():
        raise InputError("the model gives no finite result somewhere", "narrow the inputs that make it so")
    variance = float(results.var())
    first, total = np.zeros(dimensions), np.zeros(dimensions)
    if variance == 0.0:
        return first, total
    for index in range(dimensions):
        mixed = a.copy()
        mixed[:, index] = b[:, index]
        at_mixed = model(mixed)
        first[index] = np.mean((at_b - results.mean()) * (at_mixed - at_a)) / variance
        total[index] = np.mean((at_a - at_mixed) ** 2) / (2.0 * variance)
    return first, total
