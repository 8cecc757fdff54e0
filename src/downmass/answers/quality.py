"""How is quality verified, and what still blocks release? Is it a process yet, or a one-off?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from downmass.answers.answer import Answer, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.standing import made_at
from downmass.answers.telling import entry, finished, without_basis
from downmass.disciplines.ledger.people import access_findings
from downmass.disciplines.quality.excursions import COVERAGE_ASSUMPTION, COVERAGE_REQUIRED, parameter_records
from downmass.disciplines.quality.release import RuleOutcome, readiness, review_by_exception
from downmass.disciplines.quality.specification import limits_text, verdicts
from downmass.disciplines.quality.temperature import storage_verdict
from downmass.disciplines.quality.validation import validation_stage
from downmass.facts import event as ev
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
    outcomes = _with_loose(case, review_by_exception(campaign, at, campaign.arrival))
    met = sum(outcome.met for outcome in outcomes)
    ready = readiness(campaign, at, campaign.arrival)
    blocking = ready.blockers + len(case.loose)
    decided = campaign.last(ev.DispositionDecided)
    released = sum(e.body.decision == "released" for e in campaign.all(ev.DispositionDecided))
    made = made_at(campaign) is not None
    stage = validation_stage(released, max(released, int(made)))
    if decided is not None:
        state = f"The batch is {decided.body.decision} at {decided.body.graded_percent} percent"
    elif blocking:
        state = f"{blocking} findings still block release"
    else:
        state = "Nothing blocks release; the quality unit has not decided"
    if case.loose:
        named = ", ".join(dict.fromkeys(finding.subject for finding in case.loose))
        state = f"Signatures in {named} do not hold where they stand. {state}"
    return finished(
        case,
        "quality",
        f"{state}; {met} of {ready.rules} rules are met, {ready.results_passing} of "
        f"{ready.results_required} attributes pass; the process is {stage.word.replace('_', ' ')}.",
        values=(
            Value("rules met", "1", exact=str(met), note=f"of {ready.rules}"),
            Value(
                "attributes passing",
                "1",
                exact=str(ready.results_passing),
                note=f"of {ready.results_required}",
            ),
            Value("findings that block release", "1", exact=str(blocking)),
            Value("nonconformities open", "1", exact=str(ready.nonconformities_open)),
            Value(
                "validation stage",
                "word",
                exact=stage.word.replace("_", " "),
                note=f"{stage.released} of {stage.attempted} batches released",
            ),
            *_temperature(case),
        ),
        tables=tuple(_tables(case, outcomes)),
        findings=[
            *access_findings(campaign, case.as_of),
            *(finding for outcome in outcomes for finding in outcome.findings),
        ],
        evidence=_evidence(case, outcomes),
        assumptions=_assumptions(case),
    )


def _with_loose(case: Case, outcomes: tuple[RuleOutcome, ...]) -> tuple[RuleOutcome, ...]:
    """Return the outcomes with loose signatures standing against the rule of 21 CFR 11.70."""
    return tuple(
        replace(outcome, findings=(*outcome.findings, *case.loose)) if outcome.rule == _SIGNED else outcome
        for outcome in outcomes
    )


def _temperature(case: Case) -> Iterator[Value]:
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


def _tables(case: Case, outcomes: tuple[RuleOutcome, ...]) -> Iterator[Table]:
    yield Table(
        "Review by exception",
        ("question", "norm", "met", "against it"),
        tuple(
            (o.question, o.norm, "yes" if o.met else "no", str(len(o.findings)) if o.findings else "-")
            for o in outcomes
        ),
    )
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
    yield Table("Specification and results", ("attribute", "limits", "results", "verdict"), tuple(rows))
    covered = [
        (
            r.parameter.title,
            f"{100 * r.coverage:.1f} %" if r.coverage is not None else "none",
            f"{100 * COVERAGE_REQUIRED:.0f} %",
            {True: "yes", False: "no", None: "-"}[r.within],
        )
        for r in parameter_records(case.campaign, case.as_of)
    ]
    yield Table("Process parameters", ("parameter", "coverage", "required", "within limits"), tuple(covered))


def _evidence(case: Case, outcomes: tuple[RuleOutcome, ...]) -> Iterator[Evidence]:
    kinds = (
        ev.RecipeAdopted,
        ev.SegmentSealed,
        ev.ExcursionDetected,
        ev.NonconformityRaised,
        ev.NonconformityClosed,
        ev.SampleTaken,
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
    yield COVERAGE_ASSUMPTION
    simulated = [e for e in case.campaign.all(ev.ResultReported) if e.origin == "simulated"]
    if simulated:
        text = f"{len(simulated)} laboratory results are simulated: they stand for no measurement"
        yield Assumption(text, "opinion", simulated[0].source)
    adopted = case.campaign.last(ev.RecipeAdopted)
    if adopted is not None and adopted.origin == "assumed":
        yield Assumption("recipe limits and specification are assumed", "opinion", adopted.source)
