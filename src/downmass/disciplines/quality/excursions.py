"""Process parameters against their limits, and how much of the record arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from downmass.base.instant import Window, days_between, format_instant, union_length
from downmass.disciplines.quality.storage import storage_parameters, storage_window
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    DeviationPlanned,
    Event,
    ExcursionDetected,
    NonconformityRaised,
    PhaseMoved,
    SegmentSealed,
)
from downmass.facts.finding import Finding
from downmass.facts.procedure import placed_phases
from downmass.facts.quantity import Assumption
from downmass.facts.recipe import Parameter

COVERAGE_REQUIRED = Decimal("0.95")
"""Least share of expected measurements of a critical parameter that release asks for."""

SHORTEST_GAP_D = 1 / 1440
"""Shortest time without a measurement that is worth a word [d]: a minute."""

COVERAGE_ASSUMPTION = Assumption(
    "Release asks for at least 95 percent of the expected measurements of each critical parameter.",
    "opinion",
    "no norm gives a figure; replace it with what the validated process needs",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nothing of a parameter is on record, though its phase ran or its series goes on."""

    parameter: str
    when: Window
    days: float


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """What is on record of one process parameter.

    Attributes
    ----------
    expected, received
        Measurements the sealed segments announced, and how many of them arrived.
    asked
        Measurements that would cover all the time asked for: ``expected`` carried on at its rate
        through the gaps.
    coverage
        Share of the measurements asked for that arrived; none where no segment was sealed.
    least, mean, most
        Extremes and count-weighted mean over all segments, in the parameter's unit.
    within
        Whether every segment stayed within the limits; none without segments.
    """

    parameter: Parameter
    expected: int
    received: int
    asked: int
    coverage: float | None
    least: Decimal | None
    mean: Decimal | None
    most: Decimal | None
    within: bool | None
    gaps: tuple[Gap, ...]
    segments: tuple[str, ...]
    excursions: tuple[Event[ExcursionDetected], ...]


def run_window(campaign: Campaign, phase: str) -> Window | None:
    """Return when a phase ran, from its first ``execute`` to its last end, or none while not known."""
    moves = [event for event in campaign.all(PhaseMoved) if event.body.phase == phase]
    opened = [event.occurred_at for event in moves if event.body.state == "execute"]
    closed = [event.occurred_at for event in moves if event.body.state in ("complete", "stopped", "aborted")]
    if not opened or not closed or max(closed) <= min(opened):
        return None
    return Window(min(opened), max(closed))


def gaps(parameter: str, seen: Iterable[Window], asked: Iterable[Window]) -> tuple[Gap, ...]:
    """Return the spans of the asked windows in which nothing was seen."""
    record = sorted(seen)
    found = []
    for window in sorted(asked):
        reached = window.opens
        for span in record:
            if span.opens > reached and reached < window.closes:
                found.append(_gap(parameter, reached, min(span.opens, window.closes)))
            reached = max(reached, span.closes)
        if reached < window.closes:
            found.append(_gap(parameter, reached, window.closes))
    return tuple(found)


def _gap(parameter: str, opens: datetime, closes: datetime) -> Gap:
    return Gap(parameter, Window(opens, closes), days_between(opens, closes))


def parameter_records(campaign: Campaign, at: datetime | None = None) -> tuple[ParameterRecord, ...]:
    """Return the record of every parameter of the adopted recipe, in the recipe's order.

    Parameters
    ----------
    at
        Moment of asking; the last recording where left out.

    Notes
    -----
    A parameter is asked for while the phases that name it ran; one of storage also from making to
    sampling, or to the moment of asking. That no segment came does not end the time it is asked for.
    """
    if campaign.recipe is None:
        return ()
    asked: dict[str, list[Window]] = {parameter.id: [] for parameter in campaign.recipe.parameters}
    for placed in placed_phases(campaign.recipe):
        window = run_window(campaign, placed.phase.id)
        for name in placed.phase.parameters:
            if window is not None and name in asked:
                asked[name].append(window)
    stored = storage_window(campaign, at)
    if stored is not None:
        for name in storage_parameters(campaign):
            asked[name].append(stored)
    segments = campaign.all(SegmentSealed)
    excursions = campaign.all(ExcursionDetected)
    return tuple(
        _record(
            parameter,
            [event for event in segments if event.body.parameter == parameter.id],
            asked[parameter.id],
            tuple(event for event in excursions if event.body.parameter == parameter.id),
        )
        for parameter in campaign.recipe.parameters
    )


def recorded(campaign: Campaign, parameter: Parameter, phase: str) -> ParameterRecord:
    """Return the record of a parameter in one phase: segments of that phase over the time it ran."""
    window = run_window(campaign, phase)
    return _record(
        parameter,
        [e for e in campaign.all(SegmentSealed) if (e.body.parameter, e.body.phase) == (parameter.id, phase)],
        [window] if window else [],
        tuple(
            event
            for event in campaign.all(ExcursionDetected)
            if event.body.parameter == parameter.id
            and window is not None
            and _overlap(event.body.when, window)
        ),
    )


def _record(
    parameter: Parameter,
    events: Sequence[Event[SegmentSealed]],
    asked: Sequence[Window],
    excursions: tuple[Event[ExcursionDetected], ...],
) -> ParameterRecord:
    seen = [event.body.when for event in events]
    # A series that begins and goes on is asked for without holes, whether or not its phase still runs.
    whole = [Window(min(w.opens for w in seen), max(w.closes for w in seen))] if seen else []
    missing = gaps(parameter.id, seen, _joined([*asked, *whole]))
    expected = sum(event.body.expected for event in events)
    received = sum(event.body.received for event in events)
    share = _share_seen(seen, missing)
    usable = [event for event in events if event.body.unit == parameter.unit]
    counts = [max(event.body.received, 1) for event in usable]
    mean = None
    if usable:
        total = sum((e.body.mean * n for e, n in zip(usable, counts, strict=True)), Decimal(0))
        mean = total / sum(counts)
    return ParameterRecord(
        parameter=parameter,
        expected=expected,
        received=received,
        asked=round(expected / share) if share else expected,
        coverage=min(received / expected, 1.0) * share if expected > 0 else None,
        least=min((event.body.least for event in usable), default=None),
        mean=mean,
        most=max((event.body.most for event in usable), default=None),
        within=all(_inside(parameter, event.body) for event in usable) if usable else None,
        gaps=missing,
        segments=tuple(event.id for event in events),
        excursions=excursions,
    )


def _share_seen(seen: Sequence[Window], missing: Sequence[Gap]) -> float:
    """Return the share of the time asked for that lies within some segment."""
    covered_d = union_length(seen).total_seconds() / 86_400
    return covered_d / (covered_d + sum(gap.days for gap in missing)) if covered_d > 0 else 0.0


def _joined(windows: Iterable[Window]) -> list[Window]:
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and window.opens <= joined[-1].closes:
            joined[-1] = Window(joined[-1].opens, max(joined[-1].closes, window.closes))
        else:
            joined.append(window)
    return joined


def _inside(parameter: Parameter, body: SegmentSealed) -> bool:
    low = parameter.low is None or body.least >= parameter.low
    high = parameter.high is None or body.most <= parameter.high
    return low and high


def coverage_required(campaign: Campaign) -> Decimal:
    """Return the least share of expected measurements of a critical parameter [1].

    That of the recipe where it gives one, else :data:`COVERAGE_REQUIRED`.
    """
    stated = campaign.recipe.coverage_percent if campaign.recipe else None
    return COVERAGE_REQUIRED if stated is None else stated / 100


def least_coverage(campaign: Campaign, at: datetime | None = None) -> float | None:
    """Return the least share of expected measurements over the critical parameters [1].

    Returns
    -------
    float or None
        Zero where nothing of one is on record; none where the recipe has no critical parameter.
    """
    shares = [r.coverage or 0.0 for r in parameter_records(campaign, at) if r.parameter.critical]
    return min(shares, default=None)


def excursion_findings(
    campaign: Campaign, required: Decimal | None = None, at: datetime | None = None
) -> tuple[Finding, ...]:
    """Find what stands against the process record: gaps, undeclared and unassessed excursions.

    Parameters
    ----------
    required
        Least share of expected measurements of a critical parameter [1]; that of
        :func:`coverage_required` where left out.
    at
        Moment of asking; the last recording where left out.
    """
    findings: list[Finding] = []
    if required is None:
        required = coverage_required(campaign)
    for record in parameter_records(campaign, at):
        findings.extend(_coverage_findings(record, required))
        findings.extend(_limit_findings(campaign, record))
    findings.extend(_unassessed(campaign))
    return tuple(findings)


def _coverage_findings(record: ParameterRecord, required: Decimal) -> Iterable[Finding]:
    name, severity = record.parameter.title, "blocking" if record.parameter.critical else "warning"
    if record.coverage is None:
        text = f"nothing is on record of {name}; fetch its segments from the writer"
        yield Finding(record.parameter.id, text, "blocking" if severity == "blocking" else "warning")
    elif Decimal(str(record.coverage)) < required:
        text = (
            f"{record.coverage:.1%} of {name} is on record ({record.received} of {record.asked} "
            f"measurements, {sum(gap.days for gap in record.gaps):.2f} days without any), "
            f"below the required {(100 * required).normalize():f}%; fetch what is missing from the writer, "
            "or assess it in a nonconformity that names a segment"
        )
        yield Finding(
            record.parameter.id, text, "blocking" if severity == "blocking" else "warning", record.segments
        )
    elif any(gap.days >= SHORTEST_GAP_D for gap in record.gaps) or record.received < record.expected:
        missing = max(record.expected - record.received, 0)
        days = sum(gap.days for gap in record.gaps)
        text = f"{missing} measurements of {name} did not arrive; {days:.2f} days have no segment"
        yield Finding(record.parameter.id, text, "note", record.segments)


def _limit_findings(campaign: Campaign, record: ParameterRecord) -> Iterable[Finding]:
    parameter = record.parameter
    for event in campaign.all(SegmentSealed):
        body = event.body
        if body.parameter != parameter.id:
            continue
        if body.unit != parameter.unit:
            text = (
                f"a segment of {parameter.title} is in {body.unit!r}, its limits are in {parameter.unit!r}; "
                "correct the entry"
            )
            yield Finding(parameter.id, text, "blocking", (event.id,))
        elif not _inside(parameter, body) and not _declared(body.when, record.excursions):
            text = (
                f"{parameter.title} ran from {body.least} to {body.most} {body.unit}, outside "
                f"{parameter.low} to {parameter.high}, and no excursion was declared; declare and assess it"
            )
            yield Finding(parameter.id, text, "blocking" if parameter.critical else "warning", (event.id,))


def _declared(when: Window, excursions: Iterable[Event[ExcursionDetected]]) -> bool:
    return any(_overlap(event.body.when, when) for event in excursions)


def _overlap(one: Window, other: Window) -> bool:
    return one.opens < other.closes and other.opens < one.closes


def _unassessed(campaign: Campaign) -> Iterable[Finding]:
    """Yield excursions that neither a nonconformity names nor a planned deviation foresaw."""
    raised = {event.body.excursion for event in campaign.all(NonconformityRaised)}
    causes = {cause for event in campaign.all(NonconformityRaised) for cause in event.cause}
    for event in campaign.all(ExcursionDetected):
        body = event.body
        if body.excursion in raised or event.id in causes:
            continue
        text = (
            f"excursion {body.excursion} of {body.parameter} reached {body.worst} {body.unit} "
            f"against a limit of {body.limit}"
        )
        planned = _planned_for(campaign, event)
        beyond = [_beyond(deviation, event) for deviation in planned]
        if not all(beyond):
            continue
        if planned:
            text += f"; deviation {planned[-1].body.deviation} does not cover it: {beyond[-1]}"
        else:
            text += " and nobody assessed it"
        yield Finding(body.parameter, text + "; raise a nonconformity", "blocking", (event.id,))


def _planned_for(campaign: Campaign, event: Event[ExcursionDetected]) -> list[Event[DeviationPlanned]]:
    """Return the planned deviations that name an excursion's parameter, or that it names as its cause."""
    return [
        deviation
        for deviation in campaign.all(DeviationPlanned)
        if deviation.id in event.cause or deviation.body.parameter == event.body.parameter
    ]


def _beyond(deviation: Event[DeviationPlanned], event: Event[ExcursionDetected]) -> str:
    """Return why a deviation did not foresee an excursion, or "" where it did: planned, and in bounds."""
    bounds, excursion = deviation.body, event.body
    if deviation.occurred_at > excursion.when.opens:
        return "it was planned after the excursion began"
    if excursion.when.closes > bounds.until:
        return f"it ended on {format_instant(bounds.until)}"
    if bounds.parameter and bounds.parameter != excursion.parameter:
        return f"it is about {bounds.parameter}"
    if bounds.low is not None and excursion.worst < bounds.low:
        return f"it goes down to {bounds.low}"
    if bounds.high is not None and excursion.worst > bounds.high:
        return f"it goes up to {bounds.high}"
    return ""
