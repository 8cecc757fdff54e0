"""Quantiles of the spreads people state, and the named streams of chance that feed them."""

from __future__ import annotations

import numpy as np

from downmass.base.canon import sha256
from downmass.base.instant import days_between
from downmass.disciplines.forecast.belief import Floats, believe, slip_at
from downmass.disciplines.forecast.gates import GateOutlook, GateStanding, Quantile, later_of
from downmass.facts.plan import Gate
from downmass.facts.quantity import Spread


def stream(seed: int, name: str, n: int) -> Floats:
    """Return ``n`` uniforms in [0, 1) that belong to a seed and a name.

    Two forecasts with one seed meet the same chance under the same name, whatever else differs
    between them (common random numbers); the name is hashed with SHA-256, never with Python's hash.

    Examples
    --------
    >>> bool((stream(7, "launch.slip", 4) == stream(7, "launch.slip", 9)[:4]).all())
    True
    """
    words = np.frombuffer(sha256(name.encode())[:16], dtype=">u4").astype(np.uint32)
    sequence = np.random.SeedSequence([seed & 0xFFFFFFFFFFFFFFFF, *(int(word) for word in words)])
    return np.random.Generator(np.random.PCG64(sequence)).random(n)


def spread_at(spread: Spread, u: Floats, longer_than: float | Floats | None = None) -> Floats:
    """Return values of a spread at probabilities ``u``, given that it exceeds something.

    Parameters
    ----------
    longer_than
        What has already passed, in the spread's unit.

    Notes
    -----
    Triangular between low and high, or one of the past values with equal chance where there are any.
    What has outlasted every value of the spread goes on for an exponential time whose mean is the
    time by which it has passed the mode (opinion: what has overrun by a week may overrun by another).
    """
    p = np.asarray(u, dtype=np.float64)
    if spread.past:
        return _past(np.sort(np.array([float(v) for v in spread.past])), p, longer_than)
    low, mode, high = float(spread.low), float(spread.mode), float(spread.high)
    if longer_than is None:
        return _triangle(low, mode, high, p)
    passed = np.broadcast_to(np.asarray(longer_than, dtype=np.float64), p.shape)
    gone = _triangle_cdf(low, mode, high, passed)
    within = _triangle(low, mode, high, gone + p * (1.0 - gone))
    return np.where(passed >= high, _overrun(passed, mode, p), np.maximum(within, passed))


def duration_quantile(spread: Spread) -> Quantile:
    """Return the quantile function of a duration."""

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        return spread_at(spread, u, longer_than_d)

    return at


def slip_quantile(spread: Spread, kind: str) -> Quantile:
    """Return the quantile function of a slip: predictive where past values are given, else triangular."""
    if not spread.past:
        return duration_quantile(spread)
    belief = believe(kind, [float(value) for value in spread.past], basis=spread.basis)

    def at(u: Floats, longer_than_d: float | Floats | None) -> Floats:
        return slip_at(belief, u, longer_than_d)

    return at


def planned_outlook(gate: Gate, standing: GateStanding | None) -> GateOutlook:
    """Return when a gate may open by the delay its plan states, given what has passed.

    Notes
    -----
    A refused or withdrawn gate opens at the later of that and of the same delay from the refusal, at
    the same chance.
    """
    delay = slip_quantile(gate.delay_d, gate.reference or "licence")
    if standing is None or standing.status not in ("refused", "withdrawn"):
        return GateOutlook(gate.planned, delay)
    note = (
        "refused; its delay in the plan runs anew from the refusal, and never ends before it would have else"
    )
    anew = later_of(delay, delay, days_between(gate.planned, standing.since))
    return GateOutlook(gate.planned, anew, (note,))


def _overrun(passed: Floats, mode: float, p: Floats) -> Floats:
    mean = np.maximum(passed - mode, 0.0)
    result: Floats = passed - mean * np.log1p(-np.minimum(p, 1.0 - 1e-12))
    return result


def _past(values: Floats, p: Floats, longer_than: float | Floats | None) -> Floats:
    if longer_than is None:
        chosen: Floats = values[np.minimum((p * len(values)).astype(np.int64), len(values) - 1)]
        return chosen
    passed = np.broadcast_to(np.asarray(longer_than, dtype=np.float64), p.shape)
    first = np.searchsorted(values, passed, side="right")
    left = len(values) - first
    index = np.minimum(first + (p * left).astype(np.int64), len(values) - 1)
    return np.where(left > 0, values[index], _overrun(passed, float(np.median(values)), p))


def _triangle(low: float, mode: float, high: float, p: Floats) -> Floats:
    if high <= low:
        return np.full(p.shape, low)
    split = (mode - low) / (high - low)
    rising = low + np.sqrt(p * (high - low) * (mode - low))
    falling = high - np.sqrt(np.maximum(1.0 - p, 0.0) * (high - low) * (high - mode))
    return np.where(p < split, rising, falling)


def _triangle_cdf(low: float, mode: float, high: float, x: Floats) -> Floats:
    if high <= low:
        return (x >= low).astype(np.float64)
    inner = np.clip(x, low, high)
    rising = (inner - low) ** 2 / max((high - low) * (mode - low), 1e-300)
    falling = 1.0 - (high - inner) ** 2 / max((high - low) * (high - mode), 1e-300)
    return np.where(inner < mode, rising, falling)
