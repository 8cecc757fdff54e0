"""What a refusal, a plan in force and a spoilt batch do to W-1's forecast, and what it leans on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from downmass.answers.case import Case
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.when import when
from downmass.base.instant import days_between, parse_instant
from downmass.disciplines.forecast.belief import PRIOR_BASIS, Floats
from downmass.disciplines.forecast.slips import SlipRow
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.plan import Schedule
from downmass.operations.opening import OpenCampaign

PERCENTS = np.arange(1, 100)


def _outlook(case: Case) -> Outlook:
    outlook = outlook_of(case)
    assert outlook is not None
    return outlook


def _landing(outlook: Outlook) -> Floats:
    days = outlook.futures.landing
    quantiles: Floats = np.quantile(days[np.isfinite(days)], PERCENTS / 100.0)
    return quantiles


def _refused(event: ev.Event) -> bool:  # type: ignore[type-arg]
    return isinstance(event.body, ev.GateDecided) and event.body.decision == "refused"


def _never_refused(w1: OpenCampaign, as_of: str) -> Case:
    """The case with all that is on record but the refusals and what was asked again after them."""
    events = w1.events(as_of)
    first = next(e.occurred_at for e in events if _refused(e))
    kept = [
        e
        for e in events
        if not _refused(e) and not (isinstance(e.body, ev.GateApplied) and e.occurred_at >= first)
    ]
    return replace(w1.case(as_of), campaign=fold(kept))


def _as_refusals(row: SlipRow) -> SlipRow:
    return replace(row, kind="licence_refused") if row.kind == "grounding" else row


@pytest.mark.parametrize("as_of", ["2023-09-06", "2023-10-15", "2024-01-31"])
@pytest.mark.parametrize("short_waits", [False, True])
def test_a_refusal_moves_no_landing_quantile_earlier(as_of: str, short_waits: bool, w1: OpenCampaign) -> None:
    """Also where the waits after refusals were short, as they look with groundings counted among them."""
    refused, free = w1.case(as_of), _never_refused(w1, as_of)
    if short_waits:
        slips = tuple(map(_as_refusals, refused.knowledge.slips))
        refused, free = (
            replace(case, knowledge=replace(case.knowledge, slips=slips)) for case in (refused, free)
        )
    assert any(s.status == "refused" for s in _outlook(refused).situation.gates.values())
    assert not any(s.status == "refused" for s in _outlook(free).situation.gates.values())
    assert bool(np.all(_landing(_outlook(refused)) >= _landing(_outlook(free)) - 1e-9))


def test_the_day_of_the_refusal_makes_no_landing_quantile_earlier(w1: OpenCampaign) -> None:
    """At 15:00 UTC nobody knew of it; by the end of the day everybody did."""
    before, after = _outlook(w1.case("2023-09-06T15:00:00Z")), _outlook(w1.case("2023-09-06"))
    assert bool(np.all(_landing(after) >= _landing(before) - 1e-9))
    assert after.summary.chance_lost >= before.summary.chance_lost


def test_permissions_of_one_return_are_late_together_before_a_refusal_as_after_it(w1: OpenCampaign) -> None:
    for as_of in ("2023-06-12", "2023-09-05", "2023-09-06"):
        outlook = _outlook(w1.case(as_of))
        assert len({told.chance for told in outlook.gates.values()} - {""}) == 1
        licence, ground = outlook.futures.opened.values()
        order = np.argsort(licence, kind="stable")
        assert bool(np.all(np.diff(ground[order]) >= -1e-9))
        assert any(
            "early or late together" in a.text and a.basis == "opinion"
            for a in when(w1.case(as_of)).assumptions
        )


def test_the_plan_in_force_is_read(w1: OpenCampaign) -> None:
    """The plan of 2024-02-14 put 60 days later lands 60 days later, give or take an opportunity."""
    case = w1.case("2024-02-17")
    plan = case.campaign.plan
    assert plan is not None
    moved = tuple(
        replace(p, when=replace(p.when, opens=p.when.opens + _days(60), closes=p.when.closes + _days(60)))
        if p.activity == "return"
        else p
        for p in plan.placements
    )
    later = replace(case, campaign=replace(case.campaign, plan=Schedule(moved, plan.made_at, plan.made_by)))
    shift = _landing(_outlook(later)) - _landing(_outlook(case))
    assert float(np.median(shift)) == pytest.approx(60.0, abs=5.0)


def test_a_return_four_days_off_is_not_taken_to_have_slipped_since_the_gates_opened(w1: OpenCampaign) -> None:
    """Gates open on 2024-02-14, return planned from 02-18: on 02-17 nothing has slipped yet."""
    outlook = _outlook(w1.case("2024-02-17"))
    planned = days_between(outlook.futures.epoch, parse_instant("2024-02-18T20:00:00Z"))
    slip = outlook.futures.held_d["return_slip"]
    now = outlook.situation.day(outlook.situation.as_of)
    assert slip.min() >= now - planned - 1e-9
    assert float(np.mean(slip < 0.5)) > 0.2


def _days(days: int) -> timedelta:
    return timedelta(days=days)


def test_no_future_launches_before_the_planned_day(w1: OpenCampaign) -> None:
    """All 15 launches of the table came on their day or later; a rideshare does not leave early."""
    outlook = _outlook(w1.case("2023-02-15"))
    planned = outlook.situation.day(outlook.situation.basis.launch_planned)
    assert outlook.futures.starts["launch"].min() >= planned


def test_a_warm_payload_bay_comes_home(w1: OpenCampaign) -> None:
    futures = _outlook(w1.case("2023-09-06")).futures
    warm = futures.cause == futures.causes.index("thermal-excursion")
    struck = [futures.occurred[mode] for mode in ("bus-failure", "entry-failure")]
    assert bool(warm.any())
    assert np.isnan(futures.landing).tolist() == np.logical_or(*struck).tolist()


@pytest.mark.parametrize("as_of", ["2023-02-15", "2023-06-12", "2023-09-06"])
def test_each_class_of_slips_is_told_once_with_its_weakest_row_and_the_prior_as_an_opinion(
    as_of: str, w1: OpenCampaign
) -> None:
    case = w1.case(as_of)
    outlook, answer = _outlook(case), when(case)
    told = [a for a in answer.assumptions if "past slips known" in a.text]
    beliefs = [*outlook.beliefs.values(), *(g.belief for g in outlook.gates.values() if g.belief)]
    assert len(told) == len({a.text for a in told}) <= len(beliefs)
    assert not [note for note in outlook.futures.notes if "past slips" in note]
    rows = {(row.kind, row.subject): row.basis for row in case.knowledge.slips}
    order = ["opinion", "memory", "derived", "read"]
    for belief in beliefs:
        classes = [rows[(belief.kind, subject)] for subject in belief.subjects]  # type: ignore[index]
        assert belief.basis == min(classes, key=order.index)
    assert {a.basis for a in told} <= {belief.basis for belief in beliefs}
    assert PRIOR_BASIS in answer.assumptions
