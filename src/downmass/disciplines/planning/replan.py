"""A plan after a change: the least repair, the recommended plan, and a clean sheet, side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from downmass.base.errors import InputError, NoPlanError, NotFoundError
from downmass.disciplines.planning import goals as scores
from downmass.disciplines.planning.problem import NotBefore, Problem, StartWindows, Task, binds
from downmass.disciplines.planning.solve import Solution, solve


@dataclass(frozen=True, slots=True)
class Move:
    """A task that starts at another step than before."""

    task: str
    was: int
    becomes: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to go on, with its price.

    Attributes
    ----------
    solution
        None where there is none of this kind; ``reason`` then says why.
    lateness
        Weighted steps past due.
    moved, shift
        Weighted number of moved tasks, and weighted steps they moved by.
    """

    kind: Literal["local", "recommended", "clean"]
    solution: Solution | None
    reason: str = ""
    moves: tuple[Move, ...] = ()
    lateness: int = 0
    moved: int = 0
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Replans:
    """The three ways to go on after a change.

    Attributes
    ----------
    local
        Only what follows the change may move.
    recommended
        Least lateness, then fewest moved tasks (a launch or return weighs more), then least shift.
    clean
        What a plan made from nothing would be; its moves show what keeping the old plan is worth.
    """

    local: Proposal
    recommended: Proposal
    clean: Proposal


def delayed(problem: Problem, task: str, until: datetime, name: str = "") -> Problem:
    """Return the problem with one task not allowed to start before an instant.

    Parameters
    ----------
    name
        What a person calls the delay; "slip of <title>" by default.

    Raises
    ------
    NotFoundError
        If there is no such task.
    InputError
        If it has begun already.
    """
    found = next((each for each in problem.tasks if each.id == task), None)
    if found is None:
        raise NotFoundError(
            f"no task {task!r} in the plan", f"use one of {', '.join(t.id for t in problem.tasks)}"
        )
    if found.fixed is not None:
        raise InputError(f"{found.title} has begun and cannot slip", "slip an activity that is still to come")
    limit = NotBefore(name or f"slip of {found.title}", problem.grid.up(until))
    return _with(problem, {task: replace(found, not_before=(*found.not_before, limit))})


def waived(problem: Problem, name: str) -> Problem:
    """Return the problem with the most lags of one name no longer binding, as after a waiver.

    Raises
    ------
    NotFoundError
        If no lag of that name has a limit.
    """
    limited = sorted({lag.name for lag in problem.lags if lag.most is not None})
    if name not in limited:
        raise NotFoundError(f"no limit {name!r} in the plan", f"use one of {', '.join(limited) or '(none)'}")
    lags = tuple(replace(lag, most=None) if lag.name == name else lag for lag in problem.lags)
    return replace(problem, lags=lags)


def replan(
    problem: Problem,
    previous: Mapping[str, int],
    changed: Collection[str],
    *,
    effort_s: float = 10.0,
    seed: int = 1,
) -> Replans:
    """Plan again after a change, at three prices.

    Parameters
    ----------
    problem
        The problem as it now stands; what has begun is fixed in it.
    previous
        Starts of the plan in force, in the steps of ``problem`` (``basis.starts_of``).
    changed
        Tasks the change is about, such as the return that slipped.
    effort_s
        Deterministic time for each of the three [s].

    Raises
    ------
    NoPlanError
        If no plan of any kind exists, naming the constraints that forbid it.
    """
    clean = _proposal("clean", problem, previous, solve(problem, effort_s=effort_s, seed=seed))
    best = solve(problem, previous=previous, effort_s=effort_s, seed=seed)
    try:
        kept = _pinned(problem, previous, downstream(problem, changed))
        repair = solve(kept, previous=previous, effort_s=effort_s, seed=seed)
        local = _proposal("local", problem, previous, repair)
    except NoPlanError as fault:
        local = Proposal("local", None, str(fault))
    return Replans(local, _proposal("recommended", problem, previous, best), clean)


def downstream(problem: Problem, changed: Collection[str]) -> frozenset[str]:
    """Return the changed tasks and all that follow them by way of lags."""
    reached = set(changed)
    grown = True
    while grown:
        more = {lag.after for lag in binds(problem) if lag.before in reached} - reached
        reached |= more
        grown = bool(more)
    return frozenset(reached)


def _pinned(problem: Problem, previous: Mapping[str, int], movable: Collection[str]) -> Problem:
    """Return the problem with every other task held to its previous start, all rules still in force."""
    held: dict[str, Task] = {}
    for task in problem.tasks:
        was = previous.get(task.id)
        if task.fixed is None and task.id not in movable and was is not None:
            allowed = task.starts is None or any(a <= was < b for a, b in task.starts.spans)
            spans = ((was, was + 1),) if allowed else ()
            held[task.id] = replace(task, starts=StartWindows(f"previous start of {task.title}", spans))
    return _with(problem, held)


def _with(problem: Problem, changed: Mapping[str, Task]) -> Problem:
    return replace(problem, tasks=tuple(changed.get(task.id, task) for task in problem.tasks))


def _proposal(
    kind: Literal["local", "recommended", "clean"],
    problem: Problem,
    previous: Mapping[str, int],
    solution: Solution,
) -> Proposal:
    starts = solution.starts
    return Proposal(
        kind,
        solution,
        moves=tuple(
            Move(task, previous[task], starts[task]) for task in scores.moves(problem, previous, starts)
        ),
        lateness=scores.lateness(problem, starts),
        moved=scores.moved(problem, previous, starts),
        shift=scores.shift(problem, previous, starts),
    )
