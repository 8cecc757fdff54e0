"""Measurements sealed: what a device keeps of a span, and what in it lay outside the limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np

from downmass.base.canon import canonical, sha256
from downmass.base.instant import Window
from downmass.disciplines.execution.plant import Array
from downmass.facts import event as ev
from downmass.facts.recipe import Parameter

DIGITS = 3
"""Digits behind the point of a measurement."""


def segment_of(parameter: Parameter, phase: str, span: Window, values: Array) -> ev.SegmentSealed:
    """Return the sealed segment of a span: count, extremes, mean, and the hash of its values.

    Notes
    -----
    The hash is SHA-256 over the canonical bytes (RFC 8785) of the list of values as decimal text.
    """
    told = [f"{value:.{DIGITS}f}" for value in values]
    return ev.SegmentSealed(
        parameter=parameter.id,
        phase=phase,
        when=span,
        unit=parameter.unit,
        expected=len(values),
        received=len(values),
        least=_decimal(values.min()),
        mean=_decimal(values.mean()),
        most=_decimal(values.max()),
        sha256=sha256(canonical(told)).hex(),
    )


def excursion_of(
    parameter: Parameter, span: Window, values: Array, name: str, sample_s: Decimal
) -> ev.ExcursionDetected | None:
    """Return the excursion from the first measurement outside the limits to the last, or none."""
    low = float("-inf") if parameter.low is None else float(parameter.low)
    high = float("inf") if parameter.high is None else float(parameter.high)
    beyond = np.maximum(values - high, low - values)
    places = np.flatnonzero(beyond > 0)
    if not len(places):
        return None
    worst = int(beyond.argmax())
    limit = parameter.high if values[worst] > high else parameter.low
    assert limit is not None
    step = timedelta(seconds=float(sample_s))
    when = Window(span.opens + int(places[0]) * step, span.opens + (int(places[-1]) + 1) * step)
    return ev.ExcursionDetected(name, parameter.id, when, parameter.unit, limit, _decimal(values[worst]))


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.{DIGITS}f}")
