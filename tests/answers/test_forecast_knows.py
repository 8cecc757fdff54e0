"""The forecast leans on slips of others that were known by then, and on nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from downmass.answers.answer import Answer
from downmass.answers.case import Case
from downmass.answers.hindsight import hindsight, marked
from downmass.answers.standing import outlook_of
from downmass.answers.when import when
from downmass.base.instant import parse_instant
from downmass.disciplines.forecast.slips import SlipRow
from downmass.operations.opening import OpenCampaign

LANDED = parse_instant("2024-02-21T21:40:00Z")  # press, as listed in W-1's public record
BOTH = pytest.mark.parametrize("as_of", ["2023-06-12", "2023-09-06"])


def with_slips(case: Case, change: Callable[[SlipRow], SlipRow | None]) -> Answer:
    """Answer `when` with the table of past slips changed row by row."""
    rows = tuple(row for row in map(change, case.knowledge.slips) if row is not None)
    return when(replace(case, knowledge=replace(case.knowledge, slips=rows)))


@BOTH
def test_slips_that_became_known_later_do_not_matter(as_of: str, w1: OpenCampaign) -> None:
    case = w1.case(as_of)
    day = case.as_of.date()
    later = [row for row in case.knowledge.slips if row.known_on > day]
    assert len(later) >= 3

    def worse(row: SlipRow) -> SlipRow:
        if row.known_on <= day:
            return row
        actual = max(row.actual, day) + timedelta(days=2000)
        return replace(row, actual=actual, slip_d=(actual - row.planned).days, known_on=actual)

    assert with_slips(case, worse) == when(case)


@BOTH
def test_w1s_own_slips_do_not_matter(as_of: str, w1: OpenCampaign) -> None:
    case = w1.case(as_of)
    own = [row for row in case.knowledge.slips if row.subject.lower().replace("-", "") == "w1"]
    assert own, "the table holds W-1 itself, for the campaigns after it"
    assert with_slips(case, lambda row: None if row in own else row) == when(case)


@BOTH
def test_slips_of_others_known_by_then_do_matter(as_of: str, w1: OpenCampaign) -> None:
    case = w1.case(as_of)
    day = case.as_of.date()

    def doubled(row: SlipRow) -> SlipRow:
        if row.known_on > day or row.slip_d <= 0:
            return row
        return replace(row, slip_d=2 * row.slip_d, planned=row.planned - timedelta(days=row.slip_d))

    assert with_slips(case, doubled).values != when(case).values


@BOTH
def test_the_evidence_names_no_subject_that_was_not_known(as_of: str, w1: OpenCampaign) -> None:
    case = w1.case(as_of)
    outlook = outlook_of(case)
    assert outlook is not None
    beliefs = [*outlook.beliefs.values(), *(g.belief for g in outlook.gates.values() if g.belief)]
    assert beliefs
    known: dict[str, date] = {}
    for row in case.knowledge.slips:
        # A wait that had begun and not ended is known as such from the day it began.
        known[row.subject] = min(row.planned, known.get(row.subject, row.planned))
    for belief in beliefs:
        assert belief.known + belief.waiting > 0
        for subject in belief.subjects:
            assert subject.lower().replace("-", "") != "w1"
            assert known[subject] < case.as_of.date()


def test_the_central_nine_tenths_are_wide_at_launch_and_say_where_the_landing_fell(w1: OpenCampaign) -> None:
    judged = hindsight(w1.case("2023-06-12"), LANDED)
    assert judged is not None
    # 254 days passed from launch to landing; a band narrower than that would be a boast.
    assert judged.high - judged.low > timedelta(days=254)
    assert 0 <= judged.rank_percent <= 100
    assert judged.inside == (5 <= judged.rank_percent <= 95)


def test_the_forecast_has_learned_of_the_refusal_by_the_evening_of_that_day(
    ask: Callable[..., Answer],
) -> None:
    before, after = ask("when", "2023-09-05"), ask("when", "2023-09-06")
    assert before.values != after.values
    refused = [item for item in after.evidence if item.note.startswith("gate.decided")]
    assert len(refused) == 2
    assert not [item for item in before.evidence if item.note.startswith("gate.decided")]


def test_nothing_is_forecast_once_it_has_happened(w1: OpenCampaign, ask: Callable[..., Answer]) -> None:
    assert hindsight(w1.case("2024-02-21"), LANDED) is None
    landing = next(v for v in ask("when", "2024-02-21").values if v.name == "landing")
    assert landing.exact == "2024-02-21T21:40:00Z"


def test_hindsight_marks_the_landing_and_changes_no_number(
    w1: OpenCampaign, ask: Callable[..., Answer]
) -> None:
    told, judged = ask("when", "2023-06-12"), hindsight(w1.case("2023-06-12"), LANDED)
    assert judged is not None
    shown = marked(told, LANDED, judged)
    assert replace(shown, plots=told.plots) == told
    marks = [m for plot in shown.plots for m in getattr(plot, "marks", ()) if m.label == "actual landing"]
    assert [(m.at, m.origin, m.share) for m in marks] == [
        ("2024-02-21T21:40:00Z", "public", judged.rank_percent / 100)
    ]


def test_where_nothing_was_forecast_nothing_is_marked(ask: Callable[..., Answer]) -> None:
    told = ask("when", "2024-02-21")
    assert marked(told, LANDED, None) == told
