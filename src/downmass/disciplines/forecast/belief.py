"""The predictive distribution of a slip, given the few past ones that were known.

``asinh(days)`` is Student-t with 4 degrees of freedom, location and scale unknown; a grid of 46 by 22
values carries their posterior, and the predictive averages over it, so what is not known of location
and scale widens it. asinh is linear within a day and logarithmic beyond, and keeps the sign. Days are
intervals of half a day to each side; waits that have not ended enter as "at least". The prior (class
opinion): location normal 1.5 +- 2.5, logarithm of the scale normal log 1.5 +- 0.5, that is a median of
two days and a central 90 % from four weeks early to eleven months late.

Slips are taken as exchangeable within a class: a crewed return stands beside a capsule's, a first
licence beside a tenth; that slips are reported more than what came on the day is not corrected.
Truncated at ten years to each side.

References
----------
Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), sections 3.2 and 8.7 (censoring).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from downmass.base.errors import InputError
from downmass.disciplines.forecast.slips import OpenSlip, SlipKind, SlipRow, slips_known, slips_open
from downmass.facts.quantity import Assumption, Basis

Floats = npt.NDArray[np.float64]

LONGEST_D = 3650.0
"""Slips beyond ten years are outside the model: by then a campaign is given up [d]."""

EARLY_IS_IN_TIME = frozenset({"licence", "licence_refused", "grounding", "range", "launch"})
"""Classes whose early arrival says only that it was not late: how early a permission comes depends on the
applicant, and a launch on the day it shares with others."""

FEW_ROWS = 8
"""Below this many known slips the note asks for more."""

_PRIOR_MU, _PRIOR_MU_SD = 1.5, 2.5
_PRIOR_LOG_SIGMA, _PRIOR_LOG_SIGMA_SD = float(np.log(1.5)), 0.5
PRIOR_BASIS = Assumption(
    "prior of every class of slips: without a row a median of 2 days, and 9 of 10 between 26 days early and "
    "325 days late",
    "opinion",
    "forecast.belief, chosen with the table in view; it weighs less the more slips are known",
)
"""What every belief leans on besides its rows; it carries most of the 95 % point where rows are few."""

_WEAKEST_FIRST: tuple[Basis, ...] = ("opinion", "memory", "derived", "read")

_MU = np.linspace(-6.0, 9.0, 46)
_SIGMA = np.exp(np.linspace(np.log(0.15), np.log(6.0), 22))
_Y = np.linspace(-float(np.arcsinh(LONGEST_D)), float(np.arcsinh(LONGEST_D)), 801)


@dataclass(frozen=True, slots=True, eq=False)
class SlipBelief:
    """What past slips of a class say of the next one.

    Attributes
    ----------
    kind
        The class of slip.
    known, waiting
        Number of slips it rests on, and of waits that had not ended.
    subjects
        Their subjects, for the evidence.
    asinh_days, cdf
        The predictive distribution: chance that ``asinh(slip in days)`` is at most each point.
    notes
        What a reader must know, one line: how many rows, how weak the weakest, whether they are few.
    basis
        Weakest class among its rows and waits; opinion where there is none, since then it is the prior.
    """

    kind: str
    known: int
    waiting: int
    subjects: tuple[str, ...]
    asinh_days: Floats
    cdf: Floats
    notes: tuple[str, ...] = field(default=())
    basis: Basis = "opinion"


def believe(
    kind: str,
    days: Sequence[float],
    lasted: Sequence[float] = (),
    subjects: tuple[str, ...] = (),
    basis: Basis = "opinion",
) -> SlipBelief:
    """Return the predictive distribution of the next slip from past ones.

    Parameters
    ----------
    kind
        Class of slip; for the classes in :data:`EARLY_IS_IN_TIME` a value at or below zero counts as
        "not late".
    days
        Past slips, known to the day [d].
    lasted
        Waits that had lasted this long and not ended [d].
    basis
        Weakest class of the slips and waits; with none of them it is the prior, an opinion.

    Returns
    -------
    SlipBelief
        Wider the fewer the slips; with none it is the prior.

    Notes
    -----
    The model is set out at the head of this module.

    Examples
    --------
    >>> wide, narrow = believe("return", [1.0]), believe("return", [1.0] * 20)
    >>> bool(slip_at(wide, np.array([0.95]))[0] > slip_at(narrow, np.array([0.95]))[0])
    True
    """
    for value in (*days, *lasted):
        if not np.isfinite(value) or abs(value) > LONGEST_D:
            raise InputError(f"a slip of {value} d is outside +-{LONGEST_D:g} d", "leave it out")
    early = kind in EARLY_IS_IN_TIME
    weakest = basis if days or lasted else "opinion"
    low = np.array([-np.inf if early and d <= 0 else d - 0.5 for d in days] + list(lasted))
    high = np.array([(max(d, 0.0) if early else d) + 0.5 for d in days] + [np.inf] * len(lasted))
    weights = _posterior(np.arcsinh(low), np.arcsinh(high))
    mu, sigma = np.meshgrid(_MU, _SIGMA, indexing="ij")
    z = (_Y[:, None] - mu.ravel()) / sigma.ravel()
    cdf: Floats = _student4(z) @ weights.ravel()
    cdf = (cdf - cdf[0]) / (cdf[-1] - cdf[0])
    return SlipBelief(
        kind=kind,
        known=len(days),
        waiting=len(lasted),
        subjects=subjects,
        asinh_days=_Y,
        cdf=cdf,
        notes=(_note(kind, len(days), len(lasted), weakest),),
        basis=weakest,
    )


def believe_rows(rows: Sequence[SlipRow], open_slips: Sequence[OpenSlip] = ()) -> SlipBelief:
    """Return the predictive distribution from rows of one class."""
    kinds = {row.kind for row in rows} | {wait.kind for wait in open_slips}
    if len(kinds) > 1:
        raise InputError(f"slips of classes {', '.join(sorted(kinds))} are mixed", "choose one class")
    return believe(
        kinds.pop() if kinds else "none",
        [float(row.slip_d) for row in rows],
        [float(wait.lasted_d) for wait in open_slips],
        tuple(row.subject for row in rows) + tuple(wait.subject for wait in open_slips),
        _weakest([row.basis for row in rows] + [wait.basis for wait in open_slips]),
    )


def believe_as_of(
    rows: Sequence[SlipRow], kind: SlipKind, as_of: datetime, without: Collection[str] = ()
) -> SlipBelief:
    """Return what was to be expected of a class of slips at a moment, some subjects left out."""
    known = slips_known(rows, kind, as_of, without)
    waiting = slips_open(rows, kind, as_of, without)
    return believe(
        kind,
        [float(row.slip_d) for row in known],
        [float(wait.lasted_d) for wait in waiting],
        tuple(row.subject for row in known) + tuple(wait.subject for wait in waiting),
        _weakest([row.basis for row in known] + [wait.basis for wait in waiting]),
    )


def _weakest(classes: Sequence[Basis]) -> Basis:
    return min(classes, key=_WEAKEST_FIRST.index, default="opinion")


def slip_at(belief: SlipBelief, u: Floats, longer_than_d: float | Floats | None = None) -> Floats:
    """Return slips [d] at probabilities ``u``, given that the wait has already lasted some days.

    Parameters
    ----------
    u
        Probabilities in [0, 1].
    longer_than_d
        Days the wait has lasted, one or one for each ``u``; ``-inf`` or none for no such knowledge.

    Returns
    -------
    array
        Slips [d], each at least ``longer_than_d``; rising in ``u`` and in ``longer_than_d``.

    Raises
    ------
    InputError
        If the wait has lasted beyond the range of the model.
    """
    p = np.asarray(u, dtype=np.float64)
    if longer_than_d is None:
        return np.sinh(np.interp(p, belief.cdf, belief.asinh_days))
    lasted = np.broadcast_to(np.asarray(longer_than_d, dtype=np.float64), p.shape)
    if bool(np.any(lasted >= LONGEST_D)):
        raise InputError(
            f"a wait of {float(np.max(lasted)):.0f} d is beyond the {LONGEST_D:g} d of the model",
            "revise the planned date of what is waited for",
        )
    gone = np.interp(np.arcsinh(lasted), belief.asinh_days, belief.cdf, left=0.0)
    return np.maximum(np.sinh(np.interp(gone + p * (1.0 - gone), belief.cdf, belief.asinh_days)), lasted)


def draw(
    rows: Sequence[SlipRow], n: int, rng: np.random.Generator, longer_than_d: float | None = None
) -> Floats:
    """Draw ``n`` slips [d] from what past rows of one class say."""
    return slip_at(believe_rows(rows), rng.random(n), longer_than_d)


def _posterior(low: Floats, high: Floats) -> Floats:
    mu, sigma = np.meshgrid(_MU, _SIGMA, indexing="ij")
    logp = -0.5 * ((mu - _PRIOR_MU) / _PRIOR_MU_SD) ** 2
    logp -= 0.5 * ((np.log(sigma) - _PRIOR_LOG_SIGMA) / _PRIOR_LOG_SIGMA_SD) ** 2
    for below, above in zip(low, high, strict=True):
        # The upper tail is taken as the lower tail of the mirror image, which keeps its digits.
        if below > 0:
            chance = _student4((mu - below) / sigma) - _student4((mu - above) / sigma)
        else:
            chance = _student4((above - mu) / sigma) - _student4((below - mu) / sigma)
        logp += np.log(np.maximum(chance, 1e-300))
    weights: Floats = np.exp(logp - logp.max())
    weights /= weights.sum()
    return weights


def _student4(z: Floats) -> Floats:
    """Return the distribution function of Student's t with 4 degrees of freedom (closed form)."""
    clipped = np.clip(z, -1e6, 1e6)
    c = clipped / np.sqrt(4.0 + clipped**2)
    result: Floats = 0.5 + 0.75 * (c - c**3 / 3.0)
    return result


def _note(kind: str, known: int, waiting: int, weakest: Basis) -> str:
    if known + waiting == 0:
        return f"{kind}: no past slip was known; the spread is the prior alone"
    counted = f"{kind}: {known} past slips known, {waiting} waits not ended, the weakest of class {weakest}"
    if known < FEW_ROWS:
        return f"{counted}; fewer than {FEW_ROWS} past slips, and the spread is wide for that reason"
    return counted
