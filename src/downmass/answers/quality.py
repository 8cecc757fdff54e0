"""How is quality verified, and what still blocks release? Is it a process yet, or a one-off?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from downmass.answers.answer import Answer, Evidence, Value
from downmass.answers.case import Case
from downmass.answers.quality_tables import tables
from downmass.answers.telling import entry, finished, without_basis
from downmass.disciplines.execution.conduct import execution_findings
from downmass.disciplines.ledger.people import access_findings
from downmass.disciplines.quality.excursions import COVERAGE_ASSUMPTION
from downmass.disciplines.quality.investigation import capa_findings
from downmass.disciplines.quality.release import Readiness, RuleOutcome, readiness, review_by_exception
from downmass.disciplines.quality.temperature import storage_verdict
from downmass.disciplines.quality.validation import (
    BOUND_ASSUMPTION,
    STAGE_ASSUMPTION,
    ProcessStage,
    batches_on_record,
    process_stage,
)
from downmass.facts import event as ev
from downmass.facts.finding import Finding
from downmass.facts.quantity import Assumption

_SIGNED = "release_signature"
"""Rule that a signature stays linked to what was signed."""


def quality(case: Case) -> Answer:
    """Answer with the rules met, what blocks release, and how far the process is validated."""
    campaign = case.campaign
    if campaign.recipe is None:
        return without_basis(
            case, "quality", "no recipe is adopted", "add [recipe] with its specification to campaign.toml"
        )
    # After a release, shelf life is judged for the release, not for the moment of asking.
    at = None if campaign.stage in ("released", "settled", "closed") else case.as_of
    conduct = execution_findings(campaign, case.as_of if at is None else at)
    outcomes = _with_loose(case, review_by_exception(campaign, at, campaign.arrival, conduct))
    met = sum(outcome.met for outcome in outcomes)
    ready = readiness(campaign, at, campaign.arrival, conduct)
    blocking = ready.blockers + len(case.loose)
    stage = process_stage(batches_on_record(campaign))
    return finished(
        case,
        "quality",
        f"{_state(case, blocking)}; {met} of {ready.rules} rules are met, {ready.results_passing} of "
        f"{ready.results_required} attributes pass; the process is {_word(stage)}.",
        values=tuple(_values(case, ready, met, blocking, stage)),
        tables=tuple(tables(case, outcomes, stage)),
        findings=[
            *access_findings(campaign, case.as_of),
            *(finding for outcome in outcomes for finding in outcome.findings),
            *_since_release(case),
        ],
        evidence=_evidence(case, outcomes),
        assumptions=_assumptions(case),
    )


def _since_release(case: Case) -> Iterator[Finding]:
    """Yield actions that fell due after the release: they are owed, and undo no decision."""
    if case.campaign.stage in ("released", "settled", "closed"):
        for finding in capa_findings(case.campaign, case.as_of):
            yield replace(finding, severity="warning" if finding.severity == "blocking" else finding.severity)


def _word(stage: ProcessStage) -> str:
    return stage.word.replace("_", " ")


def _state(case: Case, blocking: int) -> str:
    """Return where the batch stands, in words."""
    decided = case.campaign.last(ev.DispositionDecided)
    if decided is not None:
        state = f"The batch is {decided.body.decision} at {decided.body.graded_percent} percent"
        if blocking and decided.body.decision == "released":
            state += f", and {blocking} findings now stand against it"
    elif blocking:
        state = f"{blocking} findings still block release"
    else:
        state = "Nothing blocks release; the quality unit has not decided"
    if case.loose:
        named = ", ".join(dict.fromkeys(finding.subject for finding in case.loose))
        state = f"Signatures in {named} do not hold where they stand. {state}"
    return state


def _with_loose(case: Case, outcomes: tuple[RuleOutcome, ...]) -> tuple[RuleOutcome, ...]:
    """Return the outcomes with loose signatures standing against the rule of 21 CFR 11.70."""
    return tuple(
        replace(outcome, findings=(*outcome.findings, *case.loose)) if outcome.rule == _SIGNED else outcome
        for outcome in outcomes
    )


def _values(case: Case, ready: Readiness, met: int, blocking: int, stage: ProcessStage) -> Iterator[Value]:
    yield Value("rules met", "1", exact=str(met), note=f"of {ready.rules}")
    yield Value(
        "attributes passing", "1", exact=str(ready.results_passing), note=f"of {ready.results_required}"
    )
    yield Value("findings that block release", "1", exact=str(blocking))
    yield Value("nonconformities open", "1", exact=str(ready.nonconformities_open))
    yield Value(
        "validation stage",
        "word",
        exact=_word(stage),
        note=f"{stage.released} of {stage.attempted} batches released, {stage.row} in an unbroken row",
    )
    yield Value(
        "chance of release, at least",
        "percent",
        exact=f"{100 * stage.rate_at_least:.1f}",
        note="one-sided 95 percent bound from all batches, taken as alike and independent",
    )
    decided = case.campaign.last(ev.DispositionDecided)
    if decided is not None and decided.body.least_coverage_percent is not None:
        yield Value(
            "least coverage at disposition",
            "percent",
            exact=f"{decided.body.least_coverage_percent}",
            note="share of the measurements asked for of the critical parameter with fewest on record",
        )
    verdict = storage_verdict(case.campaign, case.as_of)
    if (
        verdict is not None
        and verdict.mean_kinetic_low_C is not None
        and verdict.mean_kinetic_high_C is not None
    ):
        text = f"{verdict.mean_kinetic_low_C:.1f} to {verdict.mean_kinetic_high_C:.1f}"
        yield Value(
            "mean kinetic temperature, bounds", "C", exact=text, note="segments keep extremes and mean only"
        )


def _evidence(case: Case, outcomes: tuple[RuleOutcome, ...]) -> Iterator[Evidence]:
    kinds = (
        ev.RecipeAdopted,
        ev.ControlRecipeFrozen,
        ev.ProcessCited,
        ev.PhaseSigned,
        ev.CheckReported,
        ev.YieldReported,
        ev.SegmentSealed,
        ev.ExcursionDetected,
        ev.NonconformityRaised,
        ev.InvestigationOpened,
        ev.SistersSearched,
        ev.NonconformityClosed,
        ev.CapaOpened,
        ev.CapaClosed,
        ev.SampleTaken,
        ev.LabelsReconciled,
        ev.RetestAuthorised,
        ev.ResultReported,
        ev.RecordReviewed,
        ev.DispositionDecided,
    )
    for kind in kinds:
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
    for outcome in outcomes:
        yield Evidence("norm", outcome.norm, outcome.question)


def _assumptions(case: Case) -> Iterator[Assumption]:
    recipe = case.campaign.recipe
    assert recipe is not None
    storage = recipe.storage
    yield Assumption(f"shelf life {storage.shelf_life_d} d", storage.basis, storage.source)
    if recipe.coverage_percent is None:
        yield COVERAGE_ASSUMPTION
    yield STAGE_ASSUMPTION
    yield BOUND_ASSUMPTION
    simulated = [e for e in case.campaign.all(ev.ResultReported) if e.origin == "simulated"]
    if simulated:
        text = f"{len(simulated)} laboratory results are simulated: they stand for no measurement"
        yield Assumption(text, "opinion", simulated[0].source)
    adopted = case.campaign.last(ev.RecipeAdopted)
    if adopted is not None and adopted.origin == "assumed":
        yield Assumption("recipe limits and specification are assumed", "opinion", adopted.source)
