"""What still blocks release: review by exception as a table of rules over the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from downmass.base.instant import days_between, format_instant
from downmass.disciplines.quality.custody import custody_findings
from downmass.disciplines.quality.exceptions import (
    alarm_findings,
    approval_findings,
    check_findings,
    completeness_findings,
    yield_findings,
)
from downmass.disciplines.quality.excursions import excursion_findings
from downmass.disciplines.quality.investigation import (
    capa_findings,
    investigated,
    investigation_findings,
)
from downmass.disciplines.quality.lots import lots, products
from downmass.disciplines.quality.procedure import NO_CONTROL_RECIPE, frozen, without_control
from downmass.disciplines.quality.review import disposition_findings, review_findings
from downmass.disciplines.quality.samples import label_findings, laboratory_findings, plan_findings
from downmass.disciplines.quality.specification import result_findings, verdicts
from downmass.disciplines.quality.storage import made_at
from downmass.disciplines.quality.temperature import storage_verdict
from downmass.disciplines.quality.training import training_findings
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.finding import Finding
from downmass.facts.procedure import phases_of


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule is asked about: the campaign, the moment, the order entries arrived in, the conduct.

    Attributes
    ----------
    conduct
        What the discipline of execution found out of order: this one does not know the machine.
    """

    campaign: Campaign
    at: datetime | None
    arrival: tuple[str, ...] = ()
    conduct: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule of the review by exception and what stands against it.

    Attributes
    ----------
    norm
        The clause the rule comes from.
    """

    rule: str
    question: str
    norm: str
    findings: tuple[Finding, ...]

    @property
    def met(self) -> bool:
        """Whether nothing blocking stands against the rule."""
        return not any(finding.severity == "blocking" for finding in self.findings)

    @property
    def asked(self) -> bool:
        """Whether the rule applies; one about a control recipe does not to a batch without one."""
        return self.findings == () or any(one.message != NO_CONTROL_RECIPE for one in self.findings)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a batch is from release, in counts."""

    rules_met: int
    rules: int
    results_passing: int
    results_required: int
    nonconformities_open: int
    blockers: int
    samples_taken: int
    samples_required: int


def _recipe(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    adopted = campaign.all(ev.RecipeAdopted)
    if not adopted:
        text = "no master recipe is adopted, so there is no specification; adopt one"
        yield Finding(campaign.id, text, "blocking")
        return
    moves = campaign.all(ev.PhaseMoved)
    if moves and adopted[-1].recorded_at > min(move.recorded_at for move in moves):
        text = "the master recipe was adopted or changed after the process began; explain it in the review"
        yield Finding(adopted[-1].body.recipe.id, text, "warning", (adopted[-1].id,))


def _phases(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    if campaign.recipe is None:
        return
    states = {event.body.phase: event for event in campaign.all(ev.PhaseMoved)}
    for phase in phases_of(campaign.recipe):
        last = states.get(phase.id)
        if last is None:
            yield Finding(phase.id, f"phase {phase.title!r} has not run", "blocking")
        elif last.body.state != "complete":
            state = "still running" if last.body.state == "execute" else last.body.state
            text = f"phase {phase.title!r} is {state}, not complete"
            yield Finding(phase.id, text, "blocking", (last.id,))


def _conduct(context: Context) -> Iterable[Finding]:
    return context.conduct if frozen(context.campaign) is not None else without_control(context.campaign)


def _lots(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    known, made = lots(campaign), products(campaign)
    if not made:
        text = "no product lot is registered; register it with the lots it was made from"
        yield Finding(campaign.id, text, "blocking")
    for name in made:
        for source in known[name].made_from:
            if source not in known:
                text = f"lot {name} was made from {source!r}, which is not registered"
                yield Finding(name, text, "blocking", (known[name].entry,))


def _parameters(context: Context) -> Iterable[Finding]:
    return excursion_findings(context.campaign, at=context.at)


def _storage(context: Context) -> Iterable[Finding]:
    verdict = storage_verdict(context.campaign, context.at)
    return verdict.findings if verdict else ()


def _shelf_life(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    made, at = made_at(campaign), context.at
    if campaign.recipe is None or made is None or at is None:
        return
    shelf_d = float(campaign.recipe.storage.shelf_life_d)
    expires = made + timedelta(days=shelf_d)
    if at >= expires:
        text = (
            f"the shelf life of {shelf_d:g} days ended on {format_instant(expires)}, "
            f"{days_between(expires, at):.1f} days ago; support a longer one with stability results"
        )
        yield Finding(campaign.recipe.product, text, "blocking")


def _nonconformities(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    closed = {event.body.nonconformity: event for event in campaign.all(ev.NonconformityClosed)}
    for event in campaign.all(ev.NonconformityRaised):
        body, closing = event.body, closed.get(event.body.nonconformity)
        if closing is None:
            text = f"nonconformity {body.nonconformity} is open ({body.text}); investigate and close it"
            yield Finding(body.nonconformity, text, "blocking", (event.id,))
        elif closing.body.effect == "batch_lost":
            text = f"nonconformity {body.nonconformity} found the batch lost; it cannot be released"
            yield Finding(body.nonconformity, text, "blocking", (event.id, closing.id))
    for loss in campaign.all(ev.Lost):
        text = f"the batch was lost ({loss.body.text}); it cannot be released"
        yield Finding(campaign.id, text, "blocking", (loss.id,))


def _custody(context: Context) -> Iterable[Finding]:
    return custody_findings(context.campaign, context.at)


def _samples(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    if campaign.recipe is None:
        return
    taken = campaign.all(ev.SampleTaken)
    wanted, retained = campaign.recipe.samples, campaign.recipe.retention_samples
    kept = sum(event.body.purpose == "retention" for event in taken)
    if kept < retained:
        text = f"{retained - kept} of {retained} retention samples are missing; take and keep them"
        yield Finding("retention-samples", text, "blocking")
    others = sum(event.body.purpose != "retention" for event in taken)
    if others < wanted - retained:
        text = f"{others} of {wanted - retained} samples for testing are taken; follow the sample plan"
        yield Finding("samples", text, "blocking")
    labels = Counter(event.body.label for event in taken)
    for label in sorted(label for label, count in labels.items() if count > 1):
        entries = tuple(event.id for event in taken if event.body.label == label)
        yield Finding(label, f"{labels[label]} samples carry the label {label!r}", "blocking", entries)


def _results(context: Context) -> Iterable[Finding]:
    campaign = context.campaign
    made: tuple[str | None, ...] = products(campaign) or (None,)
    seen = set()
    for lot in made:
        for verdict in verdicts(campaign, lot):
            for finding in verdict.findings:
                about = f" (lot {lot})" if len(made) > 1 else ""
                placed = replace(finding, message=finding.message + about)
                if placed not in seen:
                    seen.add(placed)
                    yield placed
    yield from result_findings(campaign)
    yield from laboratory_findings(campaign)
    simulated = [e.id for e in campaign.all(ev.ResultReported) if e.origin in ("simulated", "assumed")]
    if simulated:
        text = f"{len(simulated)} results are simulated or assumed and stand for no measurement"
        yield Finding("results", text, "note", tuple(simulated))


def _whole_record(context: Context) -> Iterable[Finding]:
    estimates = {event.id for event in context.campaign.all(ev.EstimateRevised)}
    for finding in context.campaign.findings:
        if finding.severity == "warning" and finding.subject not in estimates:
            text = f"the record is not whole: {finding.message}"
            yield Finding(finding.subject, text, "blocking", finding.evidence)
        elif finding.severity != "warning":
            yield finding


def _control_recipe(context: Context) -> Iterable[Finding]:
    return approval_findings(context.campaign)


def _batch_record(context: Context) -> Iterable[Finding]:
    return completeness_findings(context.campaign, context.at)


def _in_process(context: Context) -> Iterable[Finding]:
    return check_findings(context.campaign)


def _yields(context: Context) -> Iterable[Finding]:
    return yield_findings(context.campaign)


def _alarms(context: Context) -> Iterable[Finding]:
    return alarm_findings(context.campaign)


def _labels(context: Context) -> Iterable[Finding]:
    return dict.fromkeys((*plan_findings(context.campaign), *label_findings(context.campaign)))


def _investigations(context: Context) -> Iterable[Finding]:
    if frozen(context.campaign) is None and not investigated(context.campaign):
        return without_control(context.campaign)
    return investigation_findings(context.campaign, context.at)


def _actions(context: Context) -> Iterable[Finding]:
    return capa_findings(context.campaign, context.at)


def _people(context: Context) -> Iterable[Finding]:
    return training_findings(context.campaign)


def _batch_review(context: Context) -> Iterable[Finding]:
    return review_findings(context.campaign, "batch_record", context.arrival)


def _audit_review(context: Context) -> Iterable[Finding]:
    return review_findings(context.campaign, "audit_trail", context.arrival)


def _release(context: Context) -> Iterable[Finding]:
    return disposition_findings(context.campaign, context.arrival)


RULES: Mapping[str, tuple[str, str, Callable[[Context], Iterable[Finding]]]] = MappingProxyType(
    {
        "recipe": ("Is a master recipe in force?", "21 CFR 211.186; ICH Q7 6.4", _recipe),
        "control_recipe": (
            "Is the control recipe an approved version of its master?",
            "21 CFR 211.100, 211.186, 211.188(a)",
            _control_recipe,
        ),
        "whole_record": ("Has every entry arrived?", "21 CFR 11.10(a), 211.188", _whole_record),
        "phases": ("Did every phase run to its end?", "21 CFR 211.188(b)", _phases),
        "conduct": (
            "Did the batch go only the ways its recipe and machine have?",
            "21 CFR 211.100(b), 211.188(b)",
            _conduct,
        ),
        "batch_record": (
            "Does the batch record tell who did what, with what?",
            "21 CFR 211.188(b), 211.68, 211.101",
            _batch_record,
        ),
        "in_process": ("Are the in-process checks made and in limits?", "21 CFR 211.110", _in_process),
        "yields": ("Are the yields within the recipe's bounds?", "21 CFR 211.103, 211.192", _yields),
        "alarms": ("Is every alarm seen, and every warning taken up?", "EU GMP Annex 11, 13", _alarms),
        "lots": ("Is the product lot traced to what it was made from?", "21 CFR 211.188(b)", _lots),
        "parameters": ("Did critical parameters stay in limits?", "ICH Q8; 21 CFR 211.110", _parameters),
        "storage": ("Was the product kept as it must be?", "21 CFR 211.142; USP <1079.2>", _storage),
        "shelf_life": ("Is the product within its shelf life?", "21 CFR 211.137, 211.166", _shelf_life),
        "nonconformities": ("Is every nonconformity closed?", "21 CFR 211.192", _nonconformities),
        "investigations": (
            "Is every nonconformity investigated, other batches searched?",
            "21 CFR 211.192",
            _investigations,
        ),
        "actions": ("Did corrective actions come in time, with effect?", "ICH Q10 3.2.2", _actions),
        "custody": ("Is the chain of custody unbroken?", "21 CFR 211.142; ICH Q7 10", _custody),
        "samples": ("Are the samples taken and kept?", "21 CFR 211.165, 211.170", _samples),
        "labels": (
            "Is the sample plan followed, and are labels reconciled?",
            "21 CFR 211.84, 211.125, 211.170",
            _labels,
        ),
        "results": ("Does every attribute meet its limits?", "21 CFR 211.165, 211.194", _results),
        "people": (
            "Was everybody who signed for a phase trained for it?",
            "21 CFR 211.25; 21 CFR 11.10(i)",
            _people,
        ),
        "batch_record_review": ("Is the batch record reviewed?", "21 CFR 211.192", _batch_review),
        "audit_trail_review": ("Is the audit trail reviewed?", "EU GMP Annex 11, 9", _audit_review),
        "release_signature": ("Does the release signature still stand?", "21 CFR 11.70, 211.22", _release),
    }
)
"""Rule -> question, norm, and the function that finds what stands against it."""

ASSESSABLE = frozenset(
    {
        "parameters",
        "storage",
        "custody",
        "control_recipe",
        "conduct",
        "batch_record",
        "in_process",
        "yields",
        "labels",
    }
)
"""Rules whose faults cannot be undone, only assessed in a nonconformity that names the entry."""


def review_by_exception(
    campaign: Campaign,
    at: datetime | None = None,
    arrival: Sequence[str] = (),
    conduct: Sequence[Finding] = (),
) -> tuple[RuleOutcome, ...]:
    """Judge every rule of :data:`RULES` over the record, in order.

    Parameters
    ----------
    at
        Moment of asking, for which shelf life, storage and flight are judged; the release or the last
        recording where left out.
    arrival
        Ids of all entries in order of arrival, where known; see
        :func:`downmass.disciplines.quality.review.late_entries`.
    conduct
        What the discipline of execution found out of order.

    Notes
    -----
    A fault of one of :data:`ASSESSABLE` that an entry shows cannot be undone. A nonconformity raised
    with that entry among its causes and closed with effect ``none`` or ``minor`` turns it into a warning.
    """
    context = Context(campaign, at or _moment(campaign), tuple(arrival), tuple(conduct))
    outcomes = []
    for rule, (question, norm, judge) in RULES.items():
        findings = tuple(judge(context))
        if rule in ASSESSABLE:
            findings = as_assessed(campaign, findings)
        outcomes.append(RuleOutcome(rule, question, norm, findings))
    return tuple(outcomes)


def _moment(campaign: Campaign) -> datetime | None:
    """Return the moment shelf life is judged for: the release where there is one, or the last recording."""
    released = [e for e in campaign.all(ev.DispositionDecided) if e.body.decision == "released"]
    return released[-1].occurred_at if released else campaign.recorded_until


def _assessed(campaign: Campaign) -> dict[str, str]:
    """Return entry id -> the nonconformity that names it and is closed without loss of the batch."""
    closed = {
        event.body.nonconformity
        for event in campaign.all(ev.NonconformityClosed)
        if event.body.effect in ("none", "minor")
    }
    return {
        cause: event.body.nonconformity
        for event in campaign.all(ev.NonconformityRaised)
        if event.body.nonconformity in closed
        for cause in event.cause
    }


def as_assessed(campaign: Campaign, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, those whose entry a closed nonconformity names without loss as warnings."""
    assessed = _assessed(campaign)
    return tuple(_softened(finding, assessed) for finding in findings)


def _softened(finding: Finding, assessed: Mapping[str, str]) -> Finding:
    named = [assessed[entry] for entry in finding.evidence if entry in assessed]
    if finding.severity != "blocking" or not named:
        return finding
    return replace(finding, severity="warning", message=f"{finding.message} (assessed in {named[0]})")


def blockers(
    campaign: Campaign,
    at: datetime | None = None,
    arrival: Sequence[str] = (),
    conduct: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """Return what still blocks release, each with the way out."""
    return tuple(
        finding
        for outcome in review_by_exception(campaign, at, arrival, conduct)
        for finding in outcome.findings
        if finding.severity == "blocking"
    )


def open_exceptions(
    campaign: Campaign, at: datetime | None, conduct: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Return what stands against a release decided now: every blocker but those of an earlier release."""
    return tuple(
        finding
        for outcome in review_by_exception(campaign, at, campaign.arrival, conduct)
        if outcome.rule != "release_signature"
        for finding in outcome.findings
        if finding.severity == "blocking"
    )


def readiness(
    campaign: Campaign,
    at: datetime | None = None,
    arrival: Sequence[str] = (),
    conduct: Sequence[Finding] = (),
) -> Readiness:
    """Count how far the batch is from release."""
    outcomes = review_by_exception(campaign, at, arrival, conduct)
    made: tuple[str | None, ...] = products(campaign) or (None,)
    judged = [verdict for lot in made for verdict in verdicts(campaign, lot)]
    closed = {event.body.nonconformity for event in campaign.all(ev.NonconformityClosed)}
    raised = {event.body.nonconformity for event in campaign.all(ev.NonconformityRaised)}
    return Readiness(
        rules_met=sum(outcome.met for outcome in outcomes),
        rules=len(outcomes),
        results_passing=sum(verdict.outcome == "passes" for verdict in judged),
        results_required=len(judged),
        nonconformities_open=len(raised - closed),
        blockers=sum(f.severity == "blocking" for outcome in outcomes for f in outcome.findings),
        samples_taken=len(campaign.all(ev.SampleTaken)),
        samples_required=campaign.recipe.samples if campaign.recipe else 0,
    )


def yield_percent(campaign: Campaign) -> Decimal | None:
    """Return product lots made as a percentage of what was planned, or none where units differ.

    References
    ----------
    21 CFR 211.103.
    """
    if campaign.product is None:
        return None
    made = [event.body for event in campaign.all(ev.LotRegistered) if event.body.made_from]
    if not made or any(lot.unit != campaign.product.unit for lot in made):
        return None
    total = sum((lot.quantity for lot in made), Decimal(0))
    return 100 * total / campaign.product.planned_quantity
