"""How an item was kept in each hand: what the storage measurements of that time say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from downmass.base.instant import Window, union_length
from downmass.disciplines.quality.hands import Hand
from downmass.disciplines.quality.storage import storage_parameters, storage_segments
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, ExcursionDetected, SegmentSealed


@dataclass(frozen=True, slots=True)
class Kept:
    """The temperature on record over one holding, by one parameter.

    Attributes
    ----------
    least_C, mean_C, most_C
        Bounds and mean over the segments that overlap the holding [deg C]; the mean is weighted by
        the time of the overlap and the measurements received.
    covered_percent
        Share of the holding that measurements cover: time under segments, times received over
        expected.
    shared
        Whether a segment reaches beyond the holding, so that its extremes may belong to another hand.
    excursions
        Excursions of the parameter that overlap the holding.
    """

    hand: Hand
    parameter: str
    least_C: Decimal
    mean_C: Decimal
    most_C: Decimal
    covered_percent: float
    shared: bool
    excursions: tuple[str, ...]
    entries: tuple[str, ...]


def kept(campaign: Campaign, hands: Sequence[Hand], at: datetime) -> tuple[Kept, ...]:
    """Return how each hand kept the product, where a storage measurement tells of it.

    Parameters
    ----------
    at
        Moment of asking, to which an open holding lasts.

    Notes
    -----
    A segment says what a parameter was, not of which item: where two hands held different items at
    one time, it is told for both.
    """
    segments = storage_segments(campaign)
    wanted = storage_parameters(campaign) | {event.body.parameter for event in segments}
    found = []
    for hand in hands:
        until = hand.until or at
        if until <= hand.since:
            continue
        span = Window(hand.since, until)
        for parameter in sorted(wanted):
            within = [s for s in segments if s.body.parameter == parameter and _overlap(s.body.when, span)]
            if within:
                found.append(_kept(hand, span, parameter, within, campaign.all(ExcursionDetected)))
    return tuple(found)


def _overlap(one: Window, other: Window) -> Window | None:
    opens, closes = max(one.opens, other.opens), min(one.closes, other.closes)
    return Window(opens, closes) if opens < closes else None


def _kept(
    hand: Hand,
    span: Window,
    parameter: str,
    segments: Sequence[Event[SegmentSealed]],
    excursions: Iterable[Event[ExcursionDetected]],
) -> Kept:
    shares = [_overlap(event.body.when, span) for event in segments]
    lengths = [union_length([share]) for share in shares if share is not None]
    received = [
        min(1.0, event.body.received / event.body.expected) if event.body.expected > 0 else 0.0
        for event in segments
    ]
    total = sum(lengths, timedelta())
    covered = union_length(share for share in shares if share is not None) / (span.closes - span.opens)
    whole = sum(length / total * share for length, share in zip(lengths, received, strict=True))
    weights = [Decimal(repr(length / total * share)) for length, share in zip(lengths, received, strict=True)]
    if not any(weights):
        weights = [Decimal(1)] * len(segments)
    mean = sum(
        (event.body.mean * weight for event, weight in zip(segments, weights, strict=True)), Decimal(0)
    )
    return Kept(
        hand=hand,
        parameter=parameter,
        least_C=min(event.body.least for event in segments),
        mean_C=(mean / sum(weights, Decimal(0))).quantize(Decimal("0.01")),
        most_C=max(event.body.most for event in segments),
        covered_percent=100 * covered * whole,
        shared=any(
            event.body.when.opens < span.opens or event.body.when.closes > span.closes for event in segments
        ),
        excursions=tuple(
            event.body.excursion
            for event in excursions
            if event.body.parameter == parameter and _overlap(event.body.when, span)
        ),
        entries=tuple(event.id for event in segments),
    )
