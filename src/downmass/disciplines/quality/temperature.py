"""Mean kinetic temperature of a product's storage, and the worst window around an excursion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from scipy.special import logsumexp

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.quality.excursions import gaps
from downmass.disciplines.quality.storage import storage_segments, storage_window
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, SegmentSealed
from downmass.facts.finding import Finding
from downmass.facts.recipe import Storage

ACTIVATION_J_MOL = 83_144.0
"""Heat of activation USP <1079.2> prescribes where none is measured [J/mol]."""

GAS_CONSTANT_J_MOL_K = 8.3144
"""Gas constant with the digits of USP <1079.2> [J/(mol K)]; dH/R is then 10 000 K."""

ZERO_C_IN_K = 273.15

REFRIGERATED_MKT_C = 8.0
"""Mean kinetic limit of a controlled cold temperature, judged over 24 h (USP <1079.2>)."""


def mean_kinetic_temperature_C(
    temperatures_C: Sequence[float],
    hours: Sequence[float] | None = None,
    activation_J_mol: float = ACTIVATION_J_MOL,
) -> float:
    """Return the mean kinetic temperature [deg C].

    The one constant temperature at which a first-order Arrhenius reaction would have gone as far as
    it did through the recorded ones.

    Parameters
    ----------
    temperatures_C
        Temperatures [deg C].
    hours
        How long each was held [h]; equal times where left out.
    activation_J_mol
        Heat of activation [J/mol].

    Raises
    ------
    InputError
        For no temperatures, unequal lengths, negative or no time, or a temperature at or below
        absolute zero.

    Notes
    -----
    Says nothing of frozen, biological or crystalline damage, which do not follow Arrhenius. Summed in
    the logarithm, since the naive exponentials vanish at low temperatures.

    References
    ----------
    USP <1079.2>, Mean Kinetic Temperature in the Evaluation of Temperature Excursions, official
    2025-08-01; J. D. Haynes, J. Pharm. Sci. 60 (1971) 927.

    Examples
    --------
    >>> round(mean_kinetic_temperature_C([23, 28, 30, 21], [200, 20, 8, 300]), 3)
    22.363
    """
    kelvin = np.asarray(temperatures_C, dtype=float) + ZERO_C_IN_K
    weights = np.ones_like(kelvin) if hours is None else np.asarray(hours, dtype=float)
    if kelvin.ndim != 1 or kelvin.size == 0 or kelvin.shape != weights.shape:
        raise InputError(
            f"{kelvin.size} temperatures with {weights.size} times", "give each temperature its time"
        )
    if not (np.isfinite(kelvin).all() and np.isfinite(weights).all() and activation_J_mol > 0):
        raise InputError("a temperature, time or heat of activation is not finite", "leave gaps out instead")
    if (kelvin <= 0).any():
        raise InputError("a temperature is at or below absolute zero", "give degrees Celsius")
    if (weights < 0).any() or weights.sum() <= 0:
        raise InputError("the times are negative or sum to zero", "give hours above zero")
    held = weights > 0
    if np.ptp(kelvin[held]) == 0:
        return float(kelvin[held][0] - ZERO_C_IN_K)
    ratio_K = activation_J_mol / GAS_CONSTANT_J_MOL_K
    log_mean = logsumexp(-ratio_K / kelvin[held], b=weights[held] / weights.sum())
    return float(-ratio_K / log_mean - ZERO_C_IN_K)


def segment_bounds_C(least_C: float, mean_C: float, most_C: float) -> tuple[float, float]:
    """Bound the mean kinetic temperature of a span of which only least, mean and most are kept [deg C].

    Returns
    -------
    tuple of float
        Least possible (the temperature stood at its mean) and greatest possible (it jumped between
        its extremes); nothing within the span can lie outside.

    Notes
    -----
    The rate exp(-dH/RT) is convex in T below dH/2R = 5 000 K, so Jensen's inequality gives the lower
    and the chord (Edmundson-Madansky) the upper bound.

    Examples
    --------
    >>> [round(x, 2) for x in segment_bounds_C(20.0, 22.0, 30.0)]
    [22.0, 23.02]
    """
    if not least_C <= mean_C <= most_C:
        raise InputError(f"mean {mean_C} is not between {least_C} and {most_C}", "check the sealed segment")
    if least_C == most_C:
        return mean_C, mean_C
    share = (mean_C - least_C) / (most_C - least_C)
    return mean_C, mean_kinetic_temperature_C([least_C, most_C], [1 - share, share])


Outcome = Literal["kept", "not_kept", "no_record", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Span:
    """A temperature that held for a while."""

    when: Window
    temperature_C: float


@dataclass(frozen=True, slots=True)
class WorstWindow:
    """The window with the highest mean kinetic temperature among those that contain an excursion.

    Attributes
    ----------
    covered_h
        Hours of the window with a temperature on record; the rest is a gap.
    """

    when: Window
    mean_kinetic_C: float
    covered_h: float


def worst_window(spans: Iterable[Span], excursion: Window, length: timedelta) -> WorstWindow | None:
    """Return the worst window of a given length that contains an excursion, or none without data.

    Parameters
    ----------
    spans
        Temperatures on record; gaps between them carry no weight.
    length
        Length of the window: 30 days for controlled room temperature, 24 h for refrigerated goods.

    Notes
    -----
    USP's window contains the excursion; whether it follows or precedes it is read both ways in public
    texts, so the worst is taken. An excursion longer than the window is searched within. Between two
    changes of the record the mean moves one way only, so the edges of spans are all that must be tried.
    """
    record = sorted(spans, key=lambda span: span.when)
    first, last = sorted((excursion.closes - length, excursion.opens))
    starts = {first, last}
    for span in record:
        for edge in (span.when.opens, span.when.closes):
            starts.update(start for start in (edge, edge - length) if first <= start <= last)
    found: list[WorstWindow] = []
    for start in sorted(starts):
        window = Window(start, start + length)
        hours = [_overlap_h(span.when, window) for span in record]
        if sum(hours) > 0:
            mkt_C = mean_kinetic_temperature_C([span.temperature_C for span in record], hours)
            found.append(WorstWindow(window, mkt_C, sum(hours)))
    return max(found, key=lambda worst: worst.mean_kinetic_C, default=None)


def _overlap_h(span: Window, window: Window) -> float:
    shared = min(span.closes, window.closes) - max(span.opens, window.opens)
    return max(shared / timedelta(hours=1), 0.0)


@dataclass(frozen=True, slots=True)
class StorageVerdict:
    """How the product was kept between making and laboratory.

    Attributes
    ----------
    mean_kinetic_low_C, mean_kinetic_high_C
        Bounds of the mean kinetic temperature over all the record [deg C]: segments keep only their
        extremes and mean.
    worst
        Worst window around each stay above the mean kinetic limit.
    unrecorded_d
        Days between making and sampling (or the moment of asking) without any temperature on record.
    """

    outcome: Outcome
    segments: tuple[str, ...]
    mean_kinetic_low_C: float | None
    mean_kinetic_high_C: float | None
    least_C: float | None
    most_C: float | None
    worst: tuple[WorstWindow, ...]
    unrecorded_d: float
    findings: tuple[Finding, ...]


def storage_verdict(campaign: Campaign, at: datetime | None = None) -> StorageVerdict | None:
    """Judge the storage of the product against its recipe, or none without a recipe.

    Parameters
    ----------
    at
        Moment of asking, to which a product not yet sampled is in storage; the last recording where
        left out.

    Notes
    -----
    Storage segments are those of :func:`downmass.disciplines.quality.storage.storage_segments`. Living
    and frozen products are judged by limits only: mean kinetic temperature speaks of Arrhenius
    chemistry.
    """
    if campaign.recipe is None:
        return None
    storage, product = campaign.recipe.storage, campaign.recipe.product
    segments = storage_segments(campaign)
    missing_d = _unrecorded_d(storage_window(campaign, at), segments)
    findings = list(_unrecorded(product, missing_d))
    if not segments:
        return StorageVerdict("no_record", (), None, None, None, None, (), missing_d, tuple(findings))
    ids = tuple(event.id for event in segments)
    least_C = float(min(event.body.least for event in segments))
    most_C = float(max(event.body.most for event in segments))
    findings.extend(_beyond_limits(segments, storage))
    low_C: float | None = None
    high_C: float | None = None
    worst: tuple[WorstWindow, ...] = ()
    living = campaign.product is not None and campaign.product.process == "tissue"
    applies = not living and storage.high_C > 0
    if applies:
        low_C, high_C = _record_bounds_C(segments)
        worst = _worst_windows(segments, storage)
        findings.extend(_kinetic_findings(product, float(storage.mean_kinetic_C), low_C, worst, ids))
    else:
        text = "mean kinetic temperature does not speak of living or frozen product; only limits are judged"
        findings.append(Finding(product, text, "note"))
    outcome: Outcome = "kept" if applies else "not_applicable"
    if any(finding.severity == "blocking" for finding in findings):
        outcome = "not_kept"
    return StorageVerdict(outcome, ids, low_C, high_C, least_C, most_C, worst, missing_d, tuple(findings))


def _unrecorded_d(window: Window | None, segments: Sequence[Event[SegmentSealed]]) -> float:
    if window is None:
        return 0.0
    # A device's clock read afterwards leaves gaps no longer than it may be wrong: nothing is missing there.
    doubt = timedelta(seconds=float(max((event.uncertainty_s for event in segments), default=0)))
    found = gaps("storage", (event.body.when for event in segments), (window,))
    return sum(gap.days for gap in found if gap.when.closes - gap.when.opens > doubt)


def _unrecorded(product: str, missing_d: float) -> Iterable[Finding]:
    if missing_d > 0:
        length = f"{missing_d:.1f} days" if missing_d >= 1 else f"{24 * missing_d:.1f} h"
        text = f"{length} between making and sampling have no temperature on record"
        yield Finding(product, text + "; attach the logger's segments", "warning")


def _kinetic_findings(
    product: str, limit_C: float, low_C: float, worst: Iterable[WorstWindow], ids: tuple[str, ...]
) -> Iterable[Finding]:
    for window in worst:
        if window.mean_kinetic_C > limit_C:
            text = (
                f"mean kinetic temperature may have reached {window.mean_kinetic_C:.2f} C in a window around "
                f"an excursion, above {limit_C:g} C; assess the effect on the lot"
            )
            yield Finding(product, text, "blocking", ids)
    if low_C > limit_C:
        text = f"mean kinetic temperature over the record is at least {low_C:.2f} C, above {limit_C:g} C"
        yield Finding(product, text, "blocking", ids)


def _record_bounds_C(segments: Sequence[Event[SegmentSealed]]) -> tuple[float, float]:
    hours = [(event.body.when.closes - event.body.when.opens) / timedelta(hours=1) for event in segments]
    bounds = [
        segment_bounds_C(float(event.body.least), float(event.body.mean), float(event.body.most))
        for event in segments
    ]
    low_C = mean_kinetic_temperature_C([low for low, _ in bounds], hours)
    return low_C, mean_kinetic_temperature_C([high for _, high in bounds], hours)


def _worst_windows(segments: Sequence[Event[SegmentSealed]], storage: Storage) -> tuple[WorstWindow, ...]:
    refrigerated = float(storage.mean_kinetic_C) <= REFRIGERATED_MKT_C
    length = timedelta(hours=24) if refrigerated else timedelta(days=30)
    spans = [
        Span(
            event.body.when,
            segment_bounds_C(float(event.body.least), float(event.body.mean), float(event.body.most))[1],
        )
        for event in segments
    ]
    warm = [event.body.when for event in segments if float(event.body.most) > float(storage.mean_kinetic_C)]
    found = (worst_window(spans, window, length) for window in warm)
    return tuple(worst for worst in found if worst is not None)


def _beyond_limits(segments: Sequence[Event[SegmentSealed]], storage: Storage) -> Iterable[Finding]:
    for event in segments:
        body = event.body
        if body.least < storage.low_C or body.most > storage.high_C:
            yield Finding(
                body.parameter,
                f"storage ran from {body.least} to {body.most} C, outside {storage.low_C} to "
                f"{storage.high_C} C; raise a nonconformity and assess the lot",
                "blocking",
                (event.id,),
            )
