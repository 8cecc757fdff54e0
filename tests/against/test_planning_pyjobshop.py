"""PyJobShop as a second model of the same problems: two models must agree on the optimum."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pyjobshop
import pytest

from downmass.base.errors import NoPlanError
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    NotBefore,
    Problem,
    StartWindows,
    Task,
    TimeLag,
)
from downmass.disciplines.planning.solve import solve

HORIZON = 200


def _instance(seed: int) -> Problem:
    """Twelve tasks with two shared resources, precedences, some shelf lives, releases and deadlines."""
    draw = random.Random(seed)
    tasks = []
    for i in range(12):
        demands = tuple(Demand(f"R{r}", draw.randint(1, 3)) for r in range(2) if draw.random() < 0.7)
        limits = (NotBefore("gate", draw.randint(0, 15)),) if draw.random() < 0.4 else ()
        deadline = draw.randint(30, 70) if draw.random() < 0.2 else None
        tasks.append(Task(f"t{i}", f"T{i}", draw.randint(1, 7), limits, deadline=deadline, demands=demands))
    lags = []
    for i in range(12):
        for j in draw.sample(range(i + 1, 12), min(draw.randint(0, 2), 11 - i)):
            most = draw.randint(4, 14) if draw.random() < 0.3 else None
            lags.append(TimeLag(f"t{i}", f"t{j}", "lag", draw.randint(0, 3), most))
    room = (Capacity("R0", "R0", 4), Capacity("R1", "R1", 3))
    return Problem(3600, datetime(2000, 1, 1, tzinfo=UTC), HORIZON, tuple(tasks), tuple(lags), room)


def _second_opinion(problem: Problem) -> int | None:
    """Return the optimal makespan by PyJobShop's own model, or none where it proves there is no plan."""
    model = pyjobshop.Model()
    resources = {c.resource: model.add_renewable(c.amount) for c in problem.capacities}
    tasks = {}
    for task in problem.tasks:
        tasks[task.id] = model.add_task(
            earliest_start=max((limit.step for limit in task.not_before), default=0),
            latest_end=HORIZON if task.deadline is None else task.deadline,
        )
        model.add_mode(
            tasks[task.id],
            [resources[demand.resource] for demand in task.demands],
            task.duration,
            demands=[demand.amount for demand in task.demands],
        )
    for lag in problem.lags:
        assert lag.least is not None
        model.add_end_before_start(tasks[lag.before], tasks[lag.after], lag.least)
        if lag.most is not None:
            model.add_start_before_end(tasks[lag.after], tasks[lag.before], -lag.most)
    result = model.solve(solver="ortools", time_limit=30, display=False, num_workers=1)
    if result.status.value == "Infeasible":
        return None
    assert result.status.value == "Optimal"
    return round(result.objective)


@pytest.mark.parametrize("seed", range(14))
def test_two_models_agree_on_the_shortest_plan_or_that_there_is_none(seed: int) -> None:
    problem = _instance(seed)
    second = _second_opinion(problem)
    if second is None:
        with pytest.raises(NoPlanError):
            solve(problem, goals=("makespan",))
        return
    plan = solve(problem, goals=("makespan",))
    assert plan.optimal
    assert plan.objective == (second,)


def test_two_models_agree_with_start_windows_written_as_breaks() -> None:
    """PyJobShop knows calendars as breaks of a resource; ours are start domains with holes."""
    hours = [(day * 24 + 8, day * 24 + 20) for day in range(6)]
    night = [(0, 8)] + [(day * 24 + 20, day * 24 + 32) for day in range(6)]
    lengths = [5, 7, 6, 4, 9, 3]
    model = pyjobshop.Model()
    crew = model.add_machine(breaks=night)
    for length in lengths:
        model.add_mode(model.add_task(latest_end=164), crew, length)
    result = model.solve(solver="ortools", time_limit=30, display=False, num_workers=1)
    assert result.status.value == "Optimal"
    tasks = tuple(
        Task(
            f"t{i}", f"T{i}", length, demands=(Demand("crew", 1),),
            starts=StartWindows("working hours", tuple((a, b - length + 1) for a, b in hours)),
        )
        for i, length in enumerate(lengths)
    )  # fmt: skip
    problem = Problem(3600, datetime(2000, 1, 1, tzinfo=UTC), 164, tasks, (), (Capacity("crew", "Crew", 1),))
    assert solve(problem, goals=("makespan",)).objective == (round(result.objective),)
