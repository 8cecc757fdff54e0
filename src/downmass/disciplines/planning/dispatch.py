"""A first plan as a dispatcher makes it, job after job by due date: what the solver starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from downmass.disciplines.planning.problem import Problem, Task, TimeLag

RESTARTS = 1_000
"""Times a job may begin again because a clock ran out, before it is left to the solver."""


class _Board:
    """What is placed, and what each resource is held for: (start, end, amount)."""

    def __init__(self, problem: Problem) -> None:
        self.room = {capacity.resource: capacity.amount for capacity in problem.capacities}
        self.held: dict[str, list[tuple[int, int, int]]] = {resource: [] for resource in self.room}
        self.horizon = problem.horizon

    def hold(self, task: Task, start: int) -> None:
        for demand in task.demands:
            self.held[demand.resource].append((start, start + task.duration, demand.amount))

    def release(self, tasks: Mapping[str, Task], starts: Mapping[str, int]) -> None:
        for name, start in starts.items():
            for demand in tasks[name].demands:
                self.held[demand.resource].remove((start, start + tasks[name].duration, demand.amount))

    def first_fit(self, task: Task, earliest: int) -> int | None:
        """Return the first start from ``earliest`` that keeps the task's own limits and the capacities."""
        limit = self.horizon if task.deadline is None else min(self.horizon, task.deadline)
        earliest = max(earliest, *(bound.step for bound in task.not_before), 0)
        spans = ((0, limit + 1),) if task.starts is None else task.starts.spans
        freed = {end for demand in task.demands for _, end, _ in self.held[demand.resource]}
        steps = {earliest, *freed, *(opens for opens, _ in spans)}
        for step in sorted(step for step in steps if earliest <= step <= limit - task.duration):
            if any(opens <= step < closes for opens, closes in spans) and self._has_room(task, step):
                return step
        return None

    def _has_room(self, task: Task, start: int) -> bool:
        end = start + task.duration
        for demand in task.demands:
            across = [held for held in self.held[demand.resource] if held[0] < end and held[1] > start]
            for peak in (start, *(begins for begins, _, _ in across if begins > start)):
                used = sum(amount for begins, ends, amount in across if begins <= peak < ends)
                if used + demand.amount > self.room[demand.resource]:
                    return False
        return True


def dispatch(problem: Problem) -> Mapping[str, int]:
    """Place job after job, earliest due date first, each task at its first fit.

    A job is a set of tasks joined by time lags. Where a clock runs out, the task it runs from is
    moved later and the job begins again.

    Returns
    -------
    Task id -> start [step]; jobs that could not be placed so are missing, which proves nothing.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from downmass.disciplines.planning.problem import StartWindows
    >>> back = Task("back", "Return", 4, starts=StartWindows("return opportunities", ((60, 62),)))
    >>> tasks, fresh = (Task("run", "Run", 27), back), (TimeLag("run", "back", "shelf life", 0, 10),)
    >>> dispatch(Problem(3600, datetime(2023, 6, 12, tzinfo=UTC), 100, tasks, fresh))
    {'run': 23, 'back': 60}
    """
    board = _Board(problem)
    placed = {task.id: task.fixed for task in problem.tasks if task.fixed is not None}
    begun = {task.id: task.fixed + task.duration for task in problem.tasks if task.fixed is not None}
    into: dict[str, list[TimeLag]] = {task.id: [] for task in problem.tasks}
    for lag in problem.lags:
        into[lag.after].append(lag)
    for task in problem.tasks:
        if task.fixed is not None:
            board.hold(task, task.fixed)
    for job in sorted(_jobs(problem), key=_due):
        placed.update(_place(board, job, into, begun))
    return placed


def _due(job: tuple[Task, ...]) -> float:
    return min((task.due for task in job if task.due is not None), default=float("inf"))


def _jobs(problem: Problem) -> Iterator[tuple[Task, ...]]:
    """Give the tasks still to be placed, job by job, each after those it waits for."""
    tasks = {task.id: task for task in problem.tasks if task.fixed is None}
    joined: dict[str, set[str]] = {name: {name} for name in tasks}
    waits: dict[str, set[str]] = {name: set() for name in tasks}
    for lag in problem.lags:
        if lag.before in tasks and lag.after in tasks:
            waits[lag.after].add(lag.before)
            both = joined[lag.before] | joined[lag.after]
            joined.update(dict.fromkeys(both, both))
    for name in tasks:
        job = joined[name]
        if name == min(job):
            try:
                order = TopologicalSorter({task: sorted(waits[task]) for task in sorted(job)}).static_order()
                yield tuple(tasks[task] for task in order)
            except CycleError:
                continue


def _place(
    board: _Board, job: tuple[Task, ...], into: Mapping[str, list[TimeLag]], begun: Mapping[str, int]
) -> dict[str, int]:
    """Return the starts of a whole job and hold its resources, or nothing."""
    tasks = {task.id: task for task in job}
    floor = dict.fromkeys(tasks, 0)
    for _ in range(RESTARTS):
        starts: dict[str, int] = {}
        ends = dict(begun)
        for task in job:
            lags = into[task.id]
            ready = (ends[lag.before] + lag.least for lag in lags if lag.least is not None)
            start = board.first_fit(task, max(floor[task.id], *ready, 0))
            spent = [] if start is None else [lag for lag in lags if _spent(lag, start - ends[lag.before])]
            if start is None or any(lag.before in begun for lag in spent):
                board.release(tasks, starts)
                return {}
            if spent:
                for lag in spent:
                    asked = start - (lag.most or 0) - tasks[lag.before].duration
                    floor[lag.before] = max(floor[lag.before], asked)
                break
            board.hold(task, start)
            starts[task.id], ends[task.id] = start, start + task.duration
        else:
            return starts
        board.release(tasks, starts)
    return {}


def _spent(lag: TimeLag, gap: int) -> bool:
    return lag.most is not None and gap > lag.most
