"""The batch production record in words: one line for each thing 21 CFR 211.188 asks, none left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from downmass.base.instant import format_instant
from downmass.disciplines.quality.record import (
    NOT_ON_RECORD,
    BatchProductionRecord,
    CheckMade,
    ParameterSeen,
    PhaseRecord,
    SignedPart,
)
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign

NONE_ASKED = "none asked by the recipe"
NONE = "none on record"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the record must tell: the clause that asks it, its name, and what is on record."""

    clause: str
    item: str
    text: str


def batch_lines(campaign: Campaign, record: BatchProductionRecord) -> tuple[Line, ...]:
    """Return what the record tells of the batch as a whole."""
    control = record.control_recipe
    made = [e.body for e in campaign.all(ev.LotRegistered) if e.body.made_from]
    return (
        Line("211.188", "batch", record.batch or f"{record.campaign} (no batch number: no control recipe)"),
        Line("211.188(a)", "master recipe", _joined((record.recipe, record.version), " version ")),
        Line("211.188(a)", "control recipe", control or NOT_ON_RECORD),
        Line("211.188(a)", "hash of the master recipe", record.recipe_sha256 or NOT_ON_RECORD),
        Line("211.186(a)", "signatures over the master recipe", _listed(map(_signature, record.approvals))),
        Line("211.188(b)(7)", "product lots", _listed(f"{x.lot} ({x.quantity} {x.unit})" for x in made)),
        Line("211.188(b)(6)", "inspection of the labelling area", _labelling(campaign, "area")),
        Line("211.188(b)(8)", "labels", _labels(campaign)),
        Line("211.188(b)(9)", "containers and closures", _containers(campaign)),
        Line("211.188(b)(10)", "samples", _samples(campaign)),
        Line("211.188(b)(12)", "investigations", _investigations(campaign)),
        Line("211.188(b)(13)", "examination of the labelled product", _labelling(campaign, "examination")),
        Line("211.188(b)(5)", "laboratory results", _results(campaign)),
        Line("211.192", "reviews", _reviews(campaign)),
    )


def phase_lines(row: PhaseRecord) -> tuple[Line, ...]:
    """Return what the record tells of one significant phase, item by item."""
    return (
        Line(
            "211.188(b)(1)", "dates", f"{_when(row.opened)} to {_when(row.closed)}, {row.state or 'not run'}"
        ),
        Line("211.188(b)(2)", "equipment", _equipment(row)),
        Line("211.188(b)(3)", "component lots", _lots(row)),
        Line("211.188(b)(4)", "weights and measures", _weights(row)),
        Line("211.188(b)(5)", "in-process checks", _listed(map(_check, row.checks), NONE_ASKED)),
        Line("211.188(b)(5)", "parameters", _listed(map(_parameter, row.parameters), NONE_ASKED)),
        Line("211.188(b)(7)", "yield", _yields(row)),
        Line("211.188(b)(11)", "performed by", performed_by(row)),
        Line("211.188(b)(11)", "checked by", _listed(map(_signature, row.checkers))),
        Line("211.111", "longest time held or suspended", _standing(row)),
        Line("211.100(b)", "planned deviations", _listed(row.deviations, NONE)),
        Line("211.68", "alarms", _listed(row.alarms, NONE)),
        Line("211.188(b)(12)", "nonconformities", _listed(row.nonconformities, NONE)),
        Line("211.188", "entries", _listed(row.evidence)),
    )


def performed_by(row: PhaseRecord) -> str:
    """Return who performed a phase: people by name, or the device of an automated one (211.68)."""
    people = [_signature(signed) for signed in row.performers]
    device = [f"{row.performer_device} (automated, 211.68)"] if row.performer_device else []
    return _listed([*people, *device])


def bounds(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    """Return limits as a person reads them."""
    if low is None and high is None:
        return "no limits"
    return f"{low if low is not None else '-'} to {high if high is not None else '-'} {unit}"


def _listed(parts: Iterable[str], none: str = NOT_ON_RECORD) -> str:
    return "; ".join(parts) or none


def _joined(parts: tuple[str, str], word: str) -> str:
    return word.join(parts) if all(parts) else NOT_ON_RECORD


def _when(instant: datetime | None) -> str:
    return format_instant(instant) if instant else NOT_ON_RECORD


def _signature(signed: SignedPart) -> str:
    return f"{signed.printed_name} ({signed.meaning}, {format_instant(signed.at)})"


def _equipment(row: PhaseRecord) -> str:
    return _listed(
        f"{used.equipment} ({used.model}, calibrated until {format_instant(used.calibrated_until)}, "
        f"cleaned {_when(used.cleaned_at)})"
        for used in row.equipment
    )


def _lots(row: PhaseRecord) -> str:
    return _listed((f"{one.material} from lot {one.lot}" for one in row.components), NONE)


def _weights(row: PhaseRecord) -> str:
    return _listed(
        (
            f"{one.quantity} {one.unit} of {one.material} (weighed by {one.weighed_by or NOT_ON_RECORD}, "
            f"verified by {one.verified_by or NOT_ON_RECORD})"
            for one in row.components
        ),
        NONE,
    )


def _check(check: CheckMade) -> str:
    values = ", ".join(f"{value} {unit}" for value, unit in check.values) or NOT_ON_RECORD
    verdict = {True: "in limits", False: "OUT OF LIMITS", None: "not made"}[check.within]
    return f"{check.title}: {values} ({bounds(check.low, check.high, check.unit)}; {verdict})"


def _parameter(seen: ParameterSeen) -> str:
    limits = bounds(seen.low, seen.high, seen.unit)
    if seen.least is None or seen.most is None:
        return f"{seen.title}: {NOT_ON_RECORD} ({limits})"
    share = f"{seen.coverage_percent} % on record" if seen.coverage_percent is not None else NOT_ON_RECORD
    return f"{seen.title}: {seen.least} to {seen.most} {seen.unit} ({limits}; {share})"


def _yields(row: PhaseRecord) -> str:
    return _listed(
        f"{y.actual} of {y.theoretical} {y.unit} ({y.percent} %) of lot {y.lot}" for y in row.yields
    )


def _standing(row: PhaseRecord) -> str:
    limit = f"limit {row.hold_limit_h} h" if row.hold_limit_h is not None else "no limit in the recipe"
    return f"{row.standing_h} h ({limit})"


def _labels(campaign: Campaign) -> str:
    reconciled = campaign.last(ev.LabelsReconciled)
    if reconciled is None:
        return NOT_ON_RECORD
    body = reconciled.body
    return (
        f"{body.issued} issued, {body.applied} applied, {body.destroyed} destroyed, {body.returned} returned"
    )


def _labelling(campaign: Campaign, what: Literal["area", "examination"]) -> str:
    """Return what was found at labelling, as told with the reconciliation of the labels."""
    reconciled = campaign.last(ev.LabelsReconciled)
    return getattr(reconciled.body, what) or NOT_ON_RECORD if reconciled else NOT_ON_RECORD


def _containers(campaign: Campaign) -> str:
    loaded = [f"{e.body.lot} into {e.body.into}" for e in campaign.all(ev.LotLoaded)]
    packed = [
        f"{', '.join(e.body.contents)} into {e.body.container}" for e in campaign.all(ev.ContainerPacked)
    ]
    return _listed([*loaded, *packed])


def _samples(campaign: Campaign) -> str:
    return _listed(
        f"{e.body.sample} of {e.body.lot} ({e.body.purpose}, label {e.body.label}, "
        f"{format_instant(e.occurred_at)})"
        for e in campaign.all(ev.SampleTaken)
    )


def _investigations(campaign: Campaign) -> str:
    closed = {e.body.nonconformity: e.body.effect for e in campaign.all(ev.NonconformityClosed)}
    raised = [event.body.nonconformity for event in campaign.all(ev.NonconformityRaised)]
    return _listed((f"{name} ({closed.get(name, 'open')})" for name in raised), NONE)


def _results(campaign: Campaign) -> str:
    return _listed(
        f"{e.body.attribute} {e.body.value} {e.body.unit} ({e.body.sample}, {e.body.method}"
        f"{', retest' if e.body.retest else ''}; {_tested(e.body)})"
        for e in campaign.all(ev.ResultReported)
    )


def _tested(result: ev.ResultReported) -> str:
    """Return by whom, on how much, how computed and from which readings a result is (21 CFR 211.194(a))."""
    told = (
        ("by", result.analyst),
        ("on", f"{result.used} {result.used_unit}" if result.used is not None else ""),
        ("calculation", result.calculation),
        ("readings", result.raw_sha256[:12]),
    )
    return ", ".join(f"{word} {what or NOT_ON_RECORD}" for word, what in told)


def _reviews(campaign: Campaign) -> str:
    return _listed(
        f"{e.body.kind.replace('_', ' ')} by {e.body.signature.printed_name}, "
        f"{format_instant(e.body.signature.at)}: {e.body.conclusion}"
        for e in campaign.all(ev.RecordReviewed)
    )
