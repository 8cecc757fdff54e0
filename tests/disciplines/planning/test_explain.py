"""When there is no plan, people are told which constraints forbid it and what would be enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import NoPlanError
from downmass.base.instant import Window
from downmass.disciplines.planning.basis import build
from downmass.disciplines.planning.explain import Explanation, explain
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    NotBefore,
    Problem,
    StartWindows,
    Task,
    TimeLag,
)
from downmass.disciplines.planning.replan import delayed, waived
from downmass.disciplines.planning.solve import solve
from downmass.facts.plan import PlanBasis

ORIGIN = datetime(2023, 6, 12, tzinfo=UTC)
NOW = datetime(2023, 6, 1, tzinfo=UTC)


def _explained(problem: Problem) -> Explanation:
    found = explain(problem)
    assert found is not None
    assert found.verified
    assert found.minimal
    return found


def test_a_plan_that_exists_needs_no_explanation(w1: Callable[..., PlanBasis]) -> None:
    assert explain(build(w1(), now=NOW)) is None


def test_a_return_slip_beyond_the_shelf_life_names_the_shelf_life(w1: Callable[..., PlanBasis]) -> None:
    ran = datetime(2023, 6, 30, tzinfo=UTC)
    problem = build(w1("60"), now=NOW)
    done = {"launch", "commission", "run", "cool"}
    past = replace(
        problem,
        tasks=tuple(
            replace(t, fixed=problem.grid.down(ran) - 4000 + 1000 * i) if t.id in done else t
            for i, t in enumerate(problem.tasks)
        ),
    )
    solve(past)
    slipped = delayed(past, "return", ran + timedelta(days=90))
    with pytest.raises(NoPlanError, match="shelf life") as refusal:
        solve(slipped)
    assert "shelf life longer by" in refusal.value.remedy
    found = _explained(slipped)
    names = {reason.name for reason in found.reasons if reason.kind != "order"}
    assert names == {"shelf life", "slip of Return", "return opportunities"} or names == {
        "shelf life",
        "slip of Return",
    }
    assert solve(waived(slipped, "shelf life")).starts["return"] >= slipped.grid.up(ran + timedelta(days=90))


def test_the_relaxation_named_is_enough_and_nothing_less_is() -> None:
    tasks = (Task("run", "Run", 27, fixed=0), Task("lab", "Laboratory", 5, (NotBefore("licence", 90),)))
    problem = Problem(3600, ORIGIN, 200, tasks, (TimeLag("run", "lab", "shelf life", 0, 48),))
    found = _explained(problem)
    # By hand: the laboratory starts at 90 h, the run ended at 27 h, so 63 h are needed and 48 allowed.
    assert {item.name: item.amount for item in found.relaxations} == {"shelf life": 15, "licence": 15}
    for amount, plannable in ((15, True), (14, False)):
        longer = replace(problem, lags=(replace(problem.lags[0], most=48 + amount),))
        assert (explain(longer) is None) == plannable


def test_seats_that_are_too_few_are_named_with_how_many_are_missing() -> None:
    seat = (Demand("seat", 1),)
    tasks = tuple(
        Task(f"c{i}", f"Return of c{i}", 2, starts=StartWindows("return 14", ((10, 11),)), demands=seat)
        for i in range(3)
    )
    problem = Problem(3600, ORIGIN, 40, tasks, (), (Capacity("seat", "Seats of return 14", 2, 1, "seats"),))
    found = _explained(problem)
    assert {reason.name for reason in found.reasons} == {"Seats of return 14", "return 14"}
    assert "1 seats more of Seats of return 14" in [item.text for item in found.relaxations]


def test_no_opportunity_at_all_says_when_one_would_do(w1: Callable[..., PlanBasis]) -> None:
    problem = build(w1(), now=NOW, opportunities={"return": []})
    found = _explained(problem)
    assert [reason.name for reason in found.reasons] == ["return opportunities"]
    assert found.relaxations[0].text.startswith(
        "return opportunities for Return between 2023-07-15T14:00:00Z and"
    )


def test_an_opportunity_before_the_cargo_is_ready_names_what_holds_it(w1: Callable[..., PlanBasis]) -> None:
    early = datetime(2023, 6, 14, tzinfo=UTC)
    windows = {"return": [Window(early, early + timedelta(minutes=5))]}
    with pytest.raises(NoPlanError, match="return opportunities"):
        solve(build(w1(), now=NOW, opportunities=windows))


def test_a_horizon_too_short_is_named() -> None:
    tasks = (Task("a", "A", 5), Task("b", "B", 5))
    found = _explained(Problem(3600, ORIGIN, 8, tasks, (TimeLag("a", "b", "then"),)))
    assert {reason.kind for reason in found.reasons} == {"horizon", "order"}
    assert found.relaxations[0].amount == 2


def test_a_deadline_that_cannot_be_met_is_named_with_its_lateness() -> None:
    tasks = (Task("a", "A", 5, deadline=3),)
    found = _explained(Problem(3600, ORIGIN, 8, tasks))
    assert [(item.kind, item.amount) for item in found.relaxations] == [("deadline", 2)]


def test_when_no_single_relaxation_is_enough_that_is_said() -> None:
    tasks = (Task("a", "A", 2), Task("b", "B", 2))
    circle = (TimeLag("a", "b", "b after a"), TimeLag("b", "a", "a after b"))
    found = _explained(Problem(3600, ORIGIN, 20, tasks, circle))
    assert found.relaxations == ()
    assert "none alone is enough" in found.remedy
    assert {reason.name for reason in found.reasons} == {"b after a", "a after b"}


@settings(max_examples=25, deadline=None)
@given(
    lags=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4), st.integers(0, 5)),
        min_size=2, max_size=6,
    ),
    deadlines=st.lists(st.none() | st.integers(2, 9), min_size=4, max_size=4),
)  # fmt: skip
def test_leaving_out_any_one_lag_of_a_minimal_reason_leaves_the_others_keepable(
    lags: list[tuple[int, int, int, int]], deadlines: list[int | None]
) -> None:
    tasks = tuple(Task(f"t{i}", f"T{i}", 1 + i, deadline=deadlines[i]) for i in range(4))
    joined = tuple(
        TimeLag(f"t{a}", f"t{b}", f"lag {n}", least, least + more - 2)
        for n, (a, b, least, more) in enumerate(lags)
        if a != b
    )
    problem = Problem(3600, ORIGIN, 30, tasks, joined)
    found = explain(problem)
    if found is None:
        solve(problem)
        return
    assert found.verified
    named = {(reason.kind, reason.name) for reason in found.reasons}

    def only(keep: set[tuple[str, str]]) -> Problem:
        """The problem with no rule but these (and a horizon that binds only if it was named)."""
        kept_lags = tuple(
            replace(
                lag,
                least=lag.least if ("order", lag.name) in keep else None,
                most=lag.most if ("most", lag.name) in keep else None,
            )
            for lag in joined
        )
        kept_tasks = tuple(
            replace(
                task, deadline=task.deadline if ("deadline", f"deadline of {task.title}") in keep else None
            )
            for task in tasks
        )
        horizon = 30 if ("horizon", "horizon") in keep else 300
        return replace(problem, tasks=kept_tasks, lags=kept_lags, horizon=horizon)

    assert explain(only(named)) is not None
    for reason in named:
        solve(only(named - {reason}))
