"""The tables of the answer on quality: exceptions, record, checks, results, investigations, samples, row."""

from __future__ import annotations

from collections.abc import Iterator

from downmass.answers.answer import Table
from downmass.answers.case import Case
from downmass.answers.telling import day
from downmass.disciplines.quality.excursions import coverage_required, parameter_records
from downmass.disciplines.quality.investigation import Inquiry, inquiries
from downmass.disciplines.quality.procedure import frozen
from downmass.disciplines.quality.record import NOT_ON_RECORD, PhaseRecord, batch_record
from downmass.disciplines.quality.record_lines import bounds, performed_by
from downmass.disciplines.quality.release import RuleOutcome
from downmass.disciplines.quality.specification import limits_text, verdicts
from downmass.disciplines.quality.validation import ProcessStage
from downmass.facts import event as ev


def tables(case: Case, outcomes: tuple[RuleOutcome, ...], stage: ProcessStage) -> Iterator[Table]:
    """Yield the tables that have something to tell, the exceptions first."""
    rows = batch_record(case.campaign).phases
    yield _exceptions(outcomes)
    yield _phases(rows)
    told = (
        _checks(rows),
        _yields(rows),
        _specification(case),
        _parameters(case),
        _inquiries(case),
        _samples(case),
        _row(stage),
    )
    yield from (table for table in told if table.rows)


def _exceptions(outcomes: tuple[RuleOutcome, ...]) -> Table:
    return Table(
        "Review by exception",
        ("question", "norm", "met", "against it"),
        tuple(
            (
                o.question,
                o.norm,
                ("yes" if o.met else "no") if o.asked else "not asked",
                str(len(o.findings)) if o.findings else "-",
            )
            for o in outcomes
        ),
    )


def _phases(rows: tuple[PhaseRecord, ...]) -> Table:
    return Table(
        "Batch record",
        ("phase", "ran", "state", "equipment", "performed by", "checked by"),
        tuple(
            (
                row.title,
                f"{day(row.opened)} to {day(row.closed)}" if row.opened and row.closed else NOT_ON_RECORD,
                row.state or "not run",
                ", ".join(used.equipment for used in row.equipment) or NOT_ON_RECORD,
                performed_by(row),
                ", ".join(signed.printed_name for signed in row.checkers) or NOT_ON_RECORD,
            )
            for row in rows
        ),
    )


def _checks(rows: tuple[PhaseRecord, ...]) -> Table:
    verdict = {True: "in limits", False: "out of limits", None: NOT_ON_RECORD}
    return Table(
        "In-process checks",
        ("phase", "check", "limits", "values", "verdict"),
        tuple(
            (
                row.title,
                check.title,
                bounds(check.low, check.high, check.unit),
                ", ".join(f"{value} {unit}" for value, unit in check.values) or "-",
                verdict[check.within],
            )
            for row in rows
            for check in row.checks
        ),
    )


def _yields(rows: tuple[PhaseRecord, ...]) -> Table:
    return Table(
        "Yields",
        ("phase", "lot", "actual", "theoretical", "percent"),
        tuple(
            (
                row.title,
                one.lot,
                f"{one.actual} {one.unit}",
                f"{one.theoretical} {one.unit}",
                f"{one.percent}",
            )
            for row in rows
            for one in row.yields
        ),
    )


def _specification(case: Case) -> Table:
    rows = []
    for verdict in verdicts(case.campaign):
        results = ", ".join(f"{r.body.value} ({r.origin})" for r in verdict.results)
        rows.append(
            (
                verdict.attribute.title,
                limits_text(verdict.attribute),
                results or "-",
                verdict.outcome.replace("_", " "),
            )
        )
    return Table("Specification and results", ("attribute", "limits", "results", "verdict"), tuple(rows))


def _parameters(case: Case) -> Table:
    required = f"{100 * coverage_required(case.campaign):.0f} %"
    covered = [
        (
            r.parameter.title,
            f"{100 * r.coverage:.1f} %" if r.coverage is not None else "none",
            required,
            {True: "yes", False: "no", None: "-"}[r.within],
        )
        for r in parameter_records(case.campaign, case.as_of)
    ]
    return Table("Process parameters", ("parameter", "coverage", "required", "within limits"), tuple(covered))


def _inquiries(case: Case) -> Table:
    effective = {e.body.capa: e.body.effective for e in case.campaign.all(ev.CapaClosed)}
    return Table(
        "Investigations and actions",
        ("nonconformity", "lead", "batches searched", "effect", "actions"),
        tuple(
            (
                inquiry.raised.body.nonconformity,
                inquiry.opened.body.lead if inquiry.opened else NOT_ON_RECORD,
                _searched(inquiry),
                inquiry.closed.body.effect.replace("_", " ") if inquiry.closed else "open",
                ", ".join(f"{e.body.capa} ({_effect(effective.get(e.body.capa))})" for e in inquiry.actions)
                or "-",
            )
            for inquiry in inquiries(case.campaign)
        ),
    )


def _effect(effective: bool | None) -> str:
    return {None: "open", True: "had its effect", False: "had no effect"}[effective]


def _searched(inquiry: Inquiry) -> str:
    if not inquiry.searched:
        return NOT_ON_RECORD
    last = inquiry.searched[-1].body
    if last.none_exist:
        return "none exist"
    return ", ".join(f"{sister.campaign} ({len(sister.found)} found)" for sister in last.batches)


def _samples(case: Case) -> Table:
    campaign = case.campaign
    taken = {event.body.sample: event.body for event in campaign.all(ev.SampleTaken)}
    planned = campaign.recipe.sample_plan if campaign.recipe and frozen(campaign) else ()
    rows: list[tuple[str, str, str, str]] = []
    for plan in planned:
        sample = taken.pop(plan.id, None)
        amount = f"{plan.quantity} {plan.unit}"
        rows.append((plan.id, plan.purpose, amount, sample.label if sample else NOT_ON_RECORD))
    rows += [(sample.sample, sample.purpose, "-", sample.label) for sample in taken.values()]
    reconciled = campaign.last(ev.LabelsReconciled)
    if reconciled is not None:
        body = reconciled.body
        counts = f"{body.applied} applied, {body.destroyed} destroyed, {body.returned} returned"
        rows.append(("labels", "reconciliation", f"{body.issued} issued", counts))
    return Table("Samples and labels", ("sample", "purpose", "planned", "label"), tuple(rows))


def _row(stage: ProcessStage) -> Table:
    return Table(
        "Validation, batch by batch",
        ("campaign", "recipe", "lot", "outcome", "in a row", "the row"),
        tuple(
            (
                placed.batch.campaign if placed.batch.cited else f"{placed.batch.campaign} (this one)",
                f"{placed.batch.recipe} {placed.batch.version}",
                placed.batch.lot or "-",
                placed.batch.outcome,
                str(placed.row),
                f"ended: {placed.why}" if placed.why else "goes on",
            )
            for placed in stage.batches
        ),
    )
