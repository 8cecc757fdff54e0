"""Plans are valid, best, and the same every time."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError, NoPlanError
from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.dispatch import dispatch
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    NotBefore,
    Problem,
    StartWindows,
    Task,
    TimeLag,
    fitting,
    merge,
)
from downmass.disciplines.planning.solve import solve

ORIGIN = datetime(2023, 6, 12, tzinfo=UTC)
HORIZON = 9


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to four tasks over nine steps, with every kind of constraint; many have no plan."""
    names = "abcd"[: draw(st.integers(1, 4))]
    tasks = []
    for name in names:
        steps = draw(st.none() | st.sets(st.integers(0, HORIZON), min_size=1, max_size=6))
        windows = None if steps is None else StartWindows("windows", merge((s, s + 1) for s in steps))
        demand = draw(st.integers(0, 2))
        tasks.append(
            Task(
                name,
                name.upper(),
                draw(st.integers(0, 3)),
                tuple(NotBefore("gate", s) for s in draw(st.lists(st.integers(0, 4), max_size=2))),
                windows,
                fixed=draw(st.sampled_from([None, None, None, None, 0, 2])),
                due=draw(st.none() | st.integers(0, HORIZON)),
                weight=draw(st.integers(1, 3)),
                deadline=draw(st.none() | st.integers(2, HORIZON)),
                demands=(Demand("r", demand),) if demand else (),
                move_weight=draw(st.integers(1, 3)),
            )
        )
    pairs = list(itertools.permutations(names, 2))
    lags = []
    for before, after in draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []:
        least = draw(st.none() | st.integers(-3, 3))
        most = draw(st.none() | st.integers(-1, 4))
        lags.append(TimeLag(before, after, "lag", least, most))
    capacities = (Capacity("r", "R", draw(st.integers(1, 3))),)
    return Problem(3600, ORIGIN, HORIZON, tuple(tasks), tuple(lags), capacities)


def _keeps(problem: Problem, starts: Mapping[str, int]) -> bool:
    """State every constraint a third time, by counting steps."""
    tasks = {task.id: task for task in problem.tasks}
    for task in problem.tasks:
        start, end = starts[task.id], starts[task.id] + task.duration
        if task.fixed is not None:
            continue
        windows = {s for a, b in task.starts.spans for s in range(a, b)} if task.starts else {start}
        early = any(start < limit.step for limit in task.not_before)
        late = end > (problem.horizon if task.deadline is None else min(task.deadline, problem.horizon))
        if early or late or start not in windows:
            return False
    for lag in problem.lags:
        gap = starts[lag.after] - starts[lag.before] - tasks[lag.before].duration
        short = lag.least is not None and gap < lag.least
        long = lag.most is not None and gap > lag.most
        if tasks[lag.after].fixed is None and (short or long):
            return False
    for step in range(problem.horizon + 4):
        running = [t for t in problem.tasks if t.demands and starts[t.id] <= step < starts[t.id] + t.duration]
        used = sum(task.demands[0].amount for task in running)
        if used > problem.capacities[0].amount and any(task.fixed is None for task in running):
            return False
    return True


def _score(problem: Problem, starts: Mapping[str, int], previous: Mapping[str, int]) -> tuple[int, ...]:
    late = moved = shift = ends = 0
    for task in problem.tasks:
        end = starts[task.id] + task.duration
        late += 0 if task.due is None else task.weight * max(0, end - task.due)
        if task.fixed is None:
            ends += end
            if task.id in previous:
                moved += task.move_weight * (starts[task.id] != previous[task.id])
                shift += task.move_weight * abs(starts[task.id] - previous[task.id])
    return (late, moved, shift, ends) if previous else (late, ends)


def _enumerate(problem: Problem, previous: Mapping[str, int]) -> tuple[int, ...] | None:
    """Return the best score over every assignment of starts, or none where no assignment is a plan."""
    choices = [range(problem.horizon + 1) if t.fixed is None else [t.fixed] for t in problem.tasks]
    best = None
    for combination in itertools.product(*choices):
        starts = {task.id: step for task, step in zip(problem.tasks, combination, strict=True)}
        if _keeps(problem, starts):
            score = _score(problem, starts, previous)
            best = score if best is None else min(best, score)
    return best


@settings(max_examples=300, deadline=None)
@given(problem=problems())
def test_what_a_dispatcher_places_whole_keeps_every_constraint(problem: Problem) -> None:
    starts = dispatch(problem)
    assume(len(starts) == len(problem.tasks))
    assert _keeps(problem, starts)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), previous=st.none() | st.lists(st.integers(0, 8), min_size=4, max_size=4))
def test_a_plan_is_as_good_as_the_best_of_all_assignments(
    problem: Problem, previous: list[int] | None
) -> None:
    earlier = {} if previous is None else dict(zip("abcd", previous, strict=True))
    earlier = {task.id: earlier[task.id] for task in problem.tasks if task.id in earlier}
    best = _enumerate(problem, earlier)
    if best is None:
        with pytest.raises(NoPlanError, match="no plan keeps all of these"):
            solve(problem, previous=earlier)
        return
    plan = solve(problem, previous=earlier)
    assert plan.optimal
    assert plan.objective == best
    assert blocking(check(problem, plan.starts)) == ()


@settings(max_examples=300, deadline=None)
@given(problem=problems(), steps=st.lists(st.integers(0, HORIZON), min_size=4, max_size=4))
def test_the_checker_agrees_with_counting_steps(problem: Problem, steps: list[int]) -> None:
    starts = {t.id: steps[i] if t.fixed is None else t.fixed for i, t in enumerate(problem.tasks)}
    assert (blocking(check(problem, starts)) == ()) == _keeps(problem, starts)


def _fleet(count: int) -> Problem:
    """Batches over one furnace with start windows, a run-to-return clock and due dates."""
    tasks: list[Task] = []
    lags: list[TimeLag] = []
    furnace, seats = (Demand("furnace", 1),), (Demand("seat", 1),)
    quiet = fitting([(day * 24, day * 24 + 14) for day in range(60)], 7)
    for batch in range(count):
        run, back, lab = f"run-{batch}", f"return-{batch}", f"laboratory-{batch}"
        tasks.append(
            Task(run, run, 7 + batch % 3, starts=StartWindows("quiet hours", quiet), demands=furnace)
        )
        opportunities = StartWindows("return opportunities", tuple((48 * k, 48 * k + 2) for k in range(30)))
        tasks.append(Task(back, back, 3, starts=opportunities, demands=seats, move_weight=50))
        tasks.append(
            Task(lab, lab, 30, due=150 + 20 * batch, weight=1 + batch % 2, demands=(Demand("bench", 1),))
        )
        lags += [TimeLag(run, back, "shelf life", 1, 120), TimeLag(back, lab, "cold chain", 0, 72)]
    room = (Capacity("furnace", "Furnace", 1), Capacity("seat", "Seats", 2), Capacity("bench", "Benches", 2))
    return Problem(3600, ORIGIN, 1500, tuple(tasks), tuple(lags), room)


def test_the_same_problem_gives_the_same_plan_twice() -> None:
    first, second = solve(_fleet(6), effort_s=2), solve(_fleet(6), effort_s=2)
    assert first == second
    assert first.stages[0].goal == "lateness"


def test_a_search_that_runs_out_of_effort_also_gives_the_same_plan_twice() -> None:
    first, second = solve(_fleet(16), effort_s=0.4), solve(_fleet(16), effort_s=0.4)
    assert not first.optimal
    assert first == second
    assert all(stage.bound <= stage.value for stage in first.stages)


def test_the_plan_does_not_hang_on_the_order_of_hashes() -> None:
    program = (
        "from datetime import UTC, datetime\n"
        "from downmass.disciplines.planning.problem import Capacity, Demand, Problem, Task, TimeLag\n"
        "from downmass.disciplines.planning.solve import solve\n"
        "t = tuple(Task(f't{i}', 't', 1 + i * 7 % 4, due=4, demands=(Demand('r', 1 + i % 2),))"
        " for i in range(7))\n"
        "l = tuple(TimeLag(f't{i}', f't{i + 1}', 'lag', 0, 3) for i in range(0, 6, 2))\n"
        "p = Problem(60, datetime(2023, 6, 12, tzinfo=UTC), 40, t, l, (Capacity('r', 'R', 3),))\n"
        "print(solve(p, effort_s=3))\n"
    )
    prints = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        )
        prints.add(done.stdout)
    assert len(prints) == 1


def test_a_previous_plan_that_is_still_best_is_kept_whole() -> None:
    fleet = _fleet(4)
    plan = solve(fleet, effort_s=4)
    again = solve(fleet, previous=plan.starts, effort_s=4)
    assert again.starts == plan.starts
    assert again.objective[1:3] == (0, 0)


def test_too_little_effort_is_not_taken_for_a_proof() -> None:
    with pytest.raises(NoPlanError, match="no proof") as refusal:
        solve(_fleet(12), effort_s=1e-9)
    assert "effort" in refusal.value.remedy


def test_an_empty_problem_has_an_empty_plan() -> None:
    assert solve(Problem(60, ORIGIN, 0, ())).starts == {}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=8), st.integers(0, 6))
def test_fitting_allows_exactly_the_starts_whose_whole_length_is_inside(
    runs: list[tuple[int, int]], duration: int
) -> None:
    inside = {step for opens, length in runs for step in range(opens, opens + length)}
    spans = fitting([(opens, opens + length) for opens, length in runs], duration)
    allowed = {step for opens, closes in spans for step in range(opens, closes)}
    assume(duration > 0)
    assert allowed == {s for s in range(40) if all(s + k in inside for k in range(duration))}


def test_a_problem_that_contradicts_itself_is_refused_with_a_way_out() -> None:
    task = Task("a", "A", 1)
    world = Problem(60, ORIGIN, 9, (task,))
    for wrong in (
        {"tasks": (task, task)},
        {"lags": (TimeLag("a", "b", "lag"),)},
        {"tasks": (replace(task, demands=(Demand("r", 1),)),)},
        {"step_s": 0},
    ):
        with pytest.raises(InputError) as refusal:
            replace(world, **wrong)  # type: ignore[arg-type]
        assert refusal.value.remedy
    with pytest.raises(InputError):
        Task("a", "A", -1)
    with pytest.raises(InputError):
        StartWindows("w", ((3, 5), (4, 6)))
