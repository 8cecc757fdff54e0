"""What a plan is judged by, computed from its starts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from downmass.disciplines.planning.problem import Problem

Goal = Literal["lateness", "moved", "shift", "makespan", "completion"]
"""``lateness``: weighted steps past due. ``moved``: weighted count of starts that differ from the
previous plan. ``shift``: weighted steps they differ by. ``makespan``: the last end. ``completion``:
sum of the ends."""


def lateness(problem: Problem, starts: Mapping[str, int]) -> int:
    """Return the weighted lateness of a plan [steps].

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from downmass.disciplines.planning.problem import Task
    >>> run = Task("run", "Run", duration=3, due=5, weight=2)
    >>> lateness(Problem(3600, datetime(2023, 6, 12, tzinfo=UTC), 9, (run,)), {"run": 4})
    4
    """
    return sum(
        task.weight * max(0, starts[task.id] + task.duration - task.due)
        for task in problem.tasks
        if task.due is not None
    )


def moves(problem: Problem, previous: Mapping[str, int], starts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the tasks yet to begin whose start differs from the previous plan."""
    return tuple(
        task.id
        for task in problem.tasks
        if task.fixed is None and task.id in previous and starts[task.id] != previous[task.id]
    )


def moved(problem: Problem, previous: Mapping[str, int], starts: Mapping[str, int]) -> int:
    """Return the weighted number of moved tasks."""
    weights = {task.id: task.move_weight for task in problem.tasks}
    return sum(weights[task] for task in moves(problem, previous, starts))


def shift(problem: Problem, previous: Mapping[str, int], starts: Mapping[str, int]) -> int:
    """Return the instability of a plan against the previous one: weighted sum of |shift| [steps].

    References
    ----------
    Lambrechts, Demeulemeester, Herroelen, Journal of Scheduling 11 (2008) 121-136,
    doi:10.1007/s10951-007-0021-0.
    """
    weights = {task.id: task.move_weight for task in problem.tasks}
    return sum(
        weights[task] * abs(starts[task] - previous[task]) for task in moves(problem, previous, starts)
    )


def makespan(problem: Problem, starts: Mapping[str, int]) -> int:
    """Return the step at which the last task ends."""
    return max((starts[task.id] + task.duration for task in problem.tasks), default=0)


def completion(problem: Problem, starts: Mapping[str, int]) -> int:
    """Return the sum of the end steps of the tasks yet to begin."""
    return sum(starts[task.id] + task.duration for task in problem.tasks if task.fixed is None)


def value(goal: Goal, problem: Problem, starts: Mapping[str, int], previous: Mapping[str, int]) -> int:
    """Return what a plan scores in one goal; less is better."""
    if goal == "lateness":
        return lateness(problem, starts)
    if goal == "moved":
        return moved(problem, previous, starts)
    if goal == "shift":
        return shift(problem, previous, starts)
    if goal == "makespan":
        return makespan(problem, starts)
    return completion(problem, starts)
