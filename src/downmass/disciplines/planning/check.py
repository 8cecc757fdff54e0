"""The independent judge of a plan: every constraint once more, and no solver in sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from downmass.base.instant import format_instant
from downmass.disciplines.planning.problem import Capacity, Problem, Task, in_words
from downmass.facts.finding import Finding, Severity


def check(problem: Problem, starts: Mapping[str, int]) -> tuple[Finding, ...]:
    """Return what a plan breaks; a plan without a blocking finding keeps every constraint.

    Parameters
    ----------
    starts
        Task id -> start [step].

    Notes
    -----
    What has already happened is not judged again: a limit broken by the record alone is a
    ``warning``, since no plan can mend it.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> run = Task("run", "Run", duration=3)
    >>> problem = Problem(3600, datetime(2023, 6, 12, tzinfo=UTC), 9, (run,))
    >>> check(problem, {"run": 7})[0].message
    'Run ends at 2023-06-12T10:00:00Z, after the horizon 2023-06-12T09:00:00Z'
    """
    known = {task.id for task in problem.tasks}
    strangers = [
        Finding(task, "is placed but is no task of the problem", "blocking")
        for task in sorted(starts.keys() - known)
    ]
    missing = [Finding(task, "has no start", "blocking") for task in sorted(known - starts.keys())]
    if missing:
        return (*strangers, *missing)
    found = list(strangers)
    for task in problem.tasks:
        found.extend(_task(problem, task, starts[task.id]))
    found.extend(_lags(problem, starts))
    for capacity in problem.capacities:
        found.extend(_capacity(problem, capacity, starts))
    return tuple(found)


def blocking(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that forbid a plan."""
    return tuple(finding for finding in findings if finding.severity == "blocking")


def _at(problem: Problem, step: int) -> str:
    return format_instant(problem.grid.instant(step))


def _task(problem: Problem, task: Task, start: int) -> Iterator[Finding]:
    if task.fixed is not None:
        if start != task.fixed:
            yield Finding(
                task.id, f"{task.title} began at {_at(problem, task.fixed)} and cannot be moved", "blocking"
            )
        return
    begins, end = _at(problem, start), start + task.duration
    if start < 0:
        yield Finding(task.id, f"{task.title} starts at {begins}, before the plan begins", "blocking")
    if end > problem.horizon:
        text = f"{task.title} ends at {_at(problem, end)}, after the horizon {_at(problem, problem.horizon)}"
        yield Finding(task.id, text, "blocking")
    for limit in task.not_before:
        if start < limit.step:
            text = f"{task.title} starts at {begins}, before {_at(problem, limit.step)} ({limit.name})"
            yield Finding(task.id, text, "blocking")
    if task.starts is not None and not any(opens <= start < closes for opens, closes in task.starts.spans):
        text = f"{task.title} starts at {begins}, outside the {task.starts.name}"
        yield Finding(task.id, text, "blocking")
    if task.deadline is not None and end > task.deadline:
        text = f"{task.title} ends at {_at(problem, end)}, after its deadline {_at(problem, task.deadline)}"
        yield Finding(task.id, text, "blocking")


def _lags(problem: Problem, starts: Mapping[str, int]) -> Iterator[Finding]:
    tasks = {task.id: task for task in problem.tasks}
    for lag in problem.lags:
        before, after = tasks[lag.before], tasks[lag.after]
        gap = starts[lag.after] - (starts[lag.before] + before.duration)
        stated = in_words(problem, gap)
        severity: Severity = "blocking" if after.fixed is None else "warning"
        if lag.least is not None and gap < lag.least:
            text = f"{after.title} starts {stated} after {before.title} ends; {lag.name} asks for "
            text += in_words(problem, lag.least)
            yield Finding(lag.after, text, severity)
        if lag.most is not None and gap > lag.most:
            text = f"{after.title} starts {stated} after {before.title} ends; {lag.name} allows "
            text += in_words(problem, lag.most)
            yield Finding(lag.after, text, severity)


def _capacity(problem: Problem, capacity: Capacity, starts: Mapping[str, int]) -> Iterator[Finding]:
    """Walk the changes of use in time; those of one step count together."""
    changes: list[tuple[int, int, int]] = []
    for task in problem.tasks:
        for demand in task.demands:
            if demand.resource == capacity.resource and task.duration > 0:
                planned = demand.amount if task.fixed is None else 0
                changes.append((starts[task.id], demand.amount, planned))
                changes.append((starts[task.id] + task.duration, -demand.amount, -planned))
    used = planned_use = 0
    for step, group in groupby(sorted(changes), key=itemgetter(0)):
        for _, amount, planned in group:
            used += amount
            planned_use += planned
        if used > capacity.amount:
            severity: Severity = "blocking" if planned_use > 0 else "warning"
            text = f"{capacity.title}: {used} in use at {_at(problem, step)}, capacity {capacity.amount}"
            yield Finding(capacity.resource, text, severity)
