"""Plans by CP-SAT: goals in strict order, equal input giving equal plans, no plan unchecked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from downmass.base.errors import NoPlanError
from downmass.disciplines.planning import goals as scores
from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.dispatch import dispatch
from downmass.disciplines.planning.explain import explain
from downmass.disciplines.planning.goals import Goal
from downmass.disciplines.planning.model import Model, Outcome, Search, holes
from downmass.disciplines.planning.problem import Problem

MANY_HOLES = 2_000
"""Start windows above which presolve costs more than it gives: 6 to 10 CPU-s before the first plan
of a fleet with about 2,000 of them, against 0.2 to 1.9 CPU-s without it (measured, 2 cores, OR-Tools
9.15)."""


FIRST_SHARE = 0.1
"""Part of a goal's effort for the search without presolve. It proves small plans best at once; on the fleet
of bench/planning.py a share of 2 to 30 percent left the same lateness, 99 percent up to a fifth more
(measured, two seeds, equal effort)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How far one goal was driven: its value, the least it could be, and whether they meet."""

    goal: Goal
    value: int
    bound: int

    @property
    def optimal(self) -> bool:
        """Whether nothing better exists, the goals before it kept."""
        return self.bound >= self.value


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan that passed the checker, and what is proven of it.

    Attributes
    ----------
    starts
        Task id -> start [step].
    stages
        The goals in their order.
    effort_s
        Deterministic time spent [s].
    """

    starts: Mapping[str, int]
    stages: tuple[Stage, ...]
    effort_s: float

    @property
    def optimal(self) -> bool:
        """Whether every goal is proven best in its turn."""
        return all(stage.optimal for stage in self.stages)

    @property
    def objective(self) -> tuple[int, ...]:
        """Values of the goals, most important first."""
        return tuple(stage.value for stage in self.stages)

    @property
    def bound(self) -> tuple[int, ...]:
        """Least possible values of the goals, each given the values before it."""
        return tuple(stage.bound for stage in self.stages)


def solve(
    problem: Problem,
    *,
    previous: Mapping[str, int] | None = None,
    goals: Sequence[Goal] | None = None,
    effort_s: float = 10.0,
    seed: int = 1,
) -> Solution:
    """Find the plan that is best in the first goal, among those in the second, and so on.

    Parameters
    ----------
    previous
        Starts of an earlier plan [step]; it hints the search and churn is counted against it.
    goals
        By default lateness, then with a previous plan the weighted number of moved tasks and how far they
        moved, then the sum of ends.
    effort_s
        Deterministic time for all goals together [s], each about one to three CPU-seconds.

    Returns
    -------
    A plan that the independent checker passed.

    Raises
    ------
    NoPlanError
        If there is none, naming the constraints that forbid it; or if none was found within the effort.

    Notes
    -----
    Without an earlier plan the search for least lateness starts from a dispatcher's. Each goal gets
    an equal share of what is left: a tenth without presolve, the rest for the solver's portfolio
    taking turns on one worker. Neither clock nor number of cores enters, so the same problem, seed
    and solver version give the same plan. A goal whose share ran out keeps its best value and says
    so in its stage. Durations are fixed; resources have no breaks.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from downmass.disciplines.planning.problem import Task, TimeLag
    >>> tasks = (Task("run", "Run", duration=27), Task("cool", "Cool-down", duration=6))
    >>> cooling = TimeLag("run", "cool", "cool-down follows")
    >>> plan = solve(Problem(3600, datetime(2023, 6, 12, tzinfo=UTC), 100, tasks, (cooling,)))
    >>> dict(plan.starts), plan.optimal
    ({'run': 0, 'cool': 27}, True)
    """
    earlier = previous or {}
    order: Sequence[Goal] = goals or (
        ("lateness", "moved", "shift", "completion") if earlier else ("lateness", "completion")
    )
    solution = _drive(problem, earlier, order, effort_s, seed)
    _judge(problem, solution.starts)
    return solution


def _drive(
    problem: Problem, earlier: Mapping[str, int], order: Sequence[Goal], effort_s: float, seed: int
) -> Solution:
    """Drive the goals in turn, each held at its value while the next is sought."""
    model = Model(problem)
    best: Mapping[str, int] = {}
    _hint(model, earlier or (dispatch(problem) if order[0] == "lateness" else {}))
    stages: list[Stage] = []
    used_s = 0.0
    for index, goal in enumerate(order):
        expression = model.expression(goal, earlier)
        model.cp.minimize(expression)
        share_s = (effort_s - used_s) / (len(order) - index)
        outcome = _race(problem, model, share_s, seed)
        used_s += outcome.used_s
        if not outcome.found and not stages:
            _refuse(problem, outcome, effort_s, seed)
        if outcome.found:
            best = outcome.starts
            _hint(model, best)
        value = scores.value(goal, problem, best, earlier)
        stages.append(Stage(goal, value, outcome.bound if outcome.found else 0))
        model.cp.add(expression <= value)
    return Solution(MappingProxyType(dict(best)), tuple(stages), used_s)


def _race(problem: Problem, model: Model, share_s: float, seed: int) -> Outcome:
    """Search without presolve, then with the portfolio unless the first proved its plan best.

    That there is no plan is believed only when both say so (google/or-tools issue 5295).
    """
    first = model.run(Search(presolve=False, portfolio=False, effort_s=share_s * FIRST_SHARE, seed=seed))
    if first.status == "optimal":
        return first
    if first.found:
        _hint(model, first.starts)
    presolve = holes(problem) <= MANY_HOLES
    rest_s = max(share_s - first.used_s, 0.0)
    second = model.run(Search(presolve=presolve, portfolio=True, effort_s=rest_s, seed=seed))
    spent_s = first.used_s + second.used_s
    if first.status == "infeasible" and second.status == "infeasible":
        return Outcome("infeasible", {}, 0, 0, spent_s)
    found = [outcome for outcome in (first, second) if outcome.found]
    if not found:
        return Outcome("unknown", {}, 0, 0, spent_s)
    winner = min(found, key=lambda outcome: outcome.value)
    bound = min(max(outcome.bound for outcome in found), winner.value)
    return Outcome(winner.status, winner.starts, winner.value, bound, spent_s)


def _hint(model: Model, starts: Mapping[str, int]) -> None:
    model.cp.clear_hints()  # type: ignore[no-untyped-call]
    for task in model.problem.tasks:
        if task.fixed is None and task.id in starts:
            model.cp.add_hint(model.start[task.id], starts[task.id])


def _refuse(problem: Problem, outcome: Outcome, effort_s: float, seed: int) -> None:
    why = explain(problem, effort_s=effort_s, seed=seed) if outcome.status == "infeasible" else None
    if why is None:
        raise NoPlanError(
            f"no plan found with an effort of {effort_s:g} s, and no proof that there is none",
            "give more effort, or loosen the limits of the plan basis",
        )
    raise NoPlanError(why.message, why.remedy)


def _judge(problem: Problem, starts: Mapping[str, int]) -> None:
    objections = blocking(check(problem, starts))
    if objections:
        raise NoPlanError(
            f"the solver's plan was refused by the checker: {objections[0].message}",
            "report it with the campaign; the plan is not shown",
        )
