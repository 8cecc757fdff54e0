"""After a slip people see three plans and what each one costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.planning.basis import build, starts_of, to_schedule
from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.problem import Capacity, Demand, Problem, StartWindows, Task, TimeLag
from downmass.disciplines.planning.replan import delayed, downstream, replan, waived
from downmass.disciplines.planning.solve import solve
from downmass.facts.plan import PlanBasis

ORIGIN = datetime(2023, 6, 12, tzinfo=UTC)
NOW = datetime(2023, 6, 1, tzinfo=UTC)


def _three_batches() -> Problem:
    """Three batches share a furnace and a return with two seats every two days."""
    tasks: list[Task] = []
    lags: list[TimeLag] = []
    returns = StartWindows("return opportunities", tuple((48 * k, 48 * k + 1) for k in range(20)))
    for batch in "abc":
        tasks.append(Task(f"run-{batch}", f"Run {batch}", 27, demands=(Demand("furnace", 1),)))
        tasks.append(
            Task(
                f"back-{batch}", f"Return {batch}", 3, starts=returns, demands=(Demand("seat", 1),),
                due=110 + 48 * "abc".index(batch), move_weight=50,
            )
        )  # fmt: skip
        lags.append(TimeLag(f"run-{batch}", f"back-{batch}", f"shelf life {batch}", 1, 200))
    room = (Capacity("furnace", "Furnace", 1), Capacity("seat", "Seats", 2))
    return Problem(3600, ORIGIN, 960, tuple(tasks), tuple(lags), room)


def test_a_slip_moves_only_what_it_must() -> None:
    problem = _three_batches()
    plan = solve(problem)
    slipped = delayed(problem, "back-c", problem.grid.instant(plan.starts["back-c"] + 24))
    proposals = replan(slipped, plan.starts, {"back-c"})
    assert [move.task for move in proposals.local.moves] == ["back-c"]
    assert [move.task for move in proposals.recommended.moves] == ["back-c"]
    assert proposals.recommended.moves[0].becomes - plan.starts["back-c"] == 48
    assert proposals.clean.solution is not None
    assert proposals.recommended.lateness == proposals.clean.lateness


def test_a_local_repair_that_cannot_be_says_why(w1: Callable[..., PlanBasis]) -> None:
    problem = build(w1("40"), now=NOW)
    plan = solve(problem)
    # The run was planned for June; a September return breaks 40 days of shelf life unless it moves too.
    slipped = delayed(problem, "return", datetime(2023, 9, 13, tzinfo=UTC), "licence refused")
    proposals = replan(slipped, plan.starts, {"return"})
    assert proposals.local.solution is None
    assert "shelf life" in proposals.local.reason
    assert "previous start of" in proposals.local.reason
    assert "run" in {move.task for move in proposals.recommended.moves}
    assert proposals.recommended.lateness == proposals.clean.lateness > 0


def test_the_recommended_plan_survives_a_round_through_a_schedule(w1: Callable[..., PlanBasis]) -> None:
    problem = build(w1(), now=NOW)
    schedule = to_schedule(problem, solve(problem).starts, made_at=NOW, made_by="test")
    later = build(w1(), now=NOW + timedelta(days=2))
    kept = replan(later, starts_of(later, schedule), ())
    assert kept.recommended.moves == ()
    assert kept.local.moves == ()


def test_a_waiver_lifts_only_the_limit_it_names() -> None:
    problem = _three_batches()
    lifted = waived(problem, "shelf life b")
    assert [lag.most for lag in lifted.lags] == [200, None, 200]
    with pytest.raises(NotFoundError, match="half life"):
        waived(problem, "half life")


def test_only_something_still_to_come_can_slip() -> None:
    problem = _three_batches()
    with pytest.raises(NotFoundError) as unknown:
        delayed(problem, "back-z", ORIGIN)
    assert "back-a" in unknown.value.remedy
    begun = replace(problem, tasks=(replace(problem.tasks[0], fixed=0), *problem.tasks[1:]))
    with pytest.raises(InputError):
        delayed(begun, "run-a", ORIGIN)


def test_downstream_follows_lags_and_stops_at_what_has_begun() -> None:
    tasks = tuple(Task(name, name, 1) for name in "abcd")
    lags = (TimeLag("a", "b", "x"), TimeLag("b", "c", "x"), TimeLag("d", "c", "x"))
    problem = Problem(60, ORIGIN, 9, tasks, lags)
    assert downstream(problem, {"a"}) == {"a", "b", "c"}
    begun = replace(problem, tasks=(tasks[0], replace(tasks[1], fixed=1), *tasks[2:]))
    assert downstream(begun, {"a"}) == {"a"}


@settings(max_examples=15, deadline=None)
@given(batch=st.sampled_from("abc"), slip=st.integers(1, 200), kind=st.sampled_from(["run", "back"]))
def test_whatever_slips_every_proposal_is_valid_and_the_recommended_one_is_no_later_than_a_clean_sheet(
    batch: str, slip: int, kind: str
) -> None:
    problem = _three_batches()
    plan = solve(problem)
    task = f"{kind}-{batch}"
    slipped = delayed(problem, task, problem.grid.instant(plan.starts[task] + slip))
    proposals = replan(slipped, plan.starts, {task})
    for proposal in (proposals.local, proposals.recommended, proposals.clean):
        if proposal.solution is not None:
            assert blocking(check(slipped, proposal.solution.starts)) == ()
    best = proposals.recommended
    assert best.lateness == proposals.clean.lateness
    assert best.moved <= proposals.clean.moved
    if proposals.local.solution is not None:
        assert best.lateness <= proposals.local.lateness
        outside = {move.task for move in proposals.local.moves} - downstream(slipped, {task})
        assert not outside
