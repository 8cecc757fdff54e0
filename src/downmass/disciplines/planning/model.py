"""The planning problem as a CP-SAT model: one method per kind of rule, each rule separable.

A rule can be left out (to find which rules forbid a plan), be given slack (to find by how much
it would have to give), or stand behind an assumption literal. An ordinary solve does none of that and
puts windows straight into the start domains.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from ortools.sat.python import cp_model

from downmass.disciplines.planning.goals import Goal
from downmass.disciplines.planning.problem import Capacity, Problem, Span, Task

Kind = Literal["order", "most", "deadline", "not_before", "starts", "capacity", "horizon"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint a person has a name for.

    Attributes
    ----------
    index, part
        Which lag (order, most), task (deadline, not_before with its part, starts) or capacity.
    """

    kind: Kind
    index: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """How CP-SAT searches; one worker and deterministic time, so that equal input gives equal plans.

    Attributes
    ----------
    portfolio
        Take turns between the solver's strategies on the one worker, instead of the default one.
    effort_s
        Deterministic time [s], each about one to three CPU-seconds; never wall clock.
    """

    presolve: bool
    portfolio: bool
    effort_s: float
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one search came back with; ``starts`` is empty where it found no plan."""

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    starts: Mapping[str, int]
    value: int
    bound: int
    used_s: float

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")


def rules(problem: Problem) -> tuple[Rule, ...]:
    """Return every rule of a problem that still binds, in the order of the problem."""
    begun = {task.id for task in problem.tasks if task.fixed is not None}
    found: list[Rule] = []
    for index, lag in enumerate(problem.lags):
        if lag.after not in begun:
            if lag.least is not None:
                found.append(Rule("order", index))
            if lag.most is not None:
                found.append(Rule("most", index))
    for index, task in enumerate(problem.tasks):
        if task.fixed is not None:
            continue
        found.extend(Rule("not_before", index, part) for part in range(len(task.not_before)))
        if task.starts is not None:
            found.append(Rule("starts", index))
        if task.deadline is not None:
            found.append(Rule("deadline", index))
    found.extend(Rule("capacity", index) for index in range(len(problem.capacities)))
    if len(begun) < len(problem.tasks):
        found.append(Rule("horizon"))
    return tuple(found)


class Model:
    """A CP-SAT model of a problem.

    Parameters
    ----------
    without
        Rules to leave out.
    slack
        A rule that may give by :attr:`slack` steps (or units of a capacity).
    assume
        Put every rule behind a literal in :attr:`literals`, for cores of an infeasible problem.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        without: Collection[Rule] = (),
        slack: Rule | None = None,
        assume: bool = False,
    ) -> None:
        self.problem = problem
        self.cp = cp_model.CpModel()
        self.literals: dict[int, Rule] = {}
        self._limit = _limit(problem)
        self._slack_rule = slack
        self.slack = self.cp.new_int_var(0, self._limit if slack else 0, "slack")
        self._assume = assume
        self._tasks = {task.id: task for task in problem.tasks}
        kept = tuple(rule for rule in rules(problem) if rule not in set(without))
        # Rules of a lone start are cut into its domain unless something must be able to lift them.
        self._cut = set() if assume else {rule for rule in kept if rule != slack}
        self.start: dict[str, Any] = self._starts()
        table: dict[Kind, Callable[[Rule], None]] = {
            "order": self._order,
            "most": self._most,
            "deadline": self._deadline,
            "not_before": self._not_before,
            "starts": self._start_windows,
            "capacity": self._capacity,
            "horizon": self._horizon,
        }
        for rule in kept:
            table[rule.kind](rule)
        if assume:
            self.cp.add_assumptions([self.cp.get_bool_var_from_proto_index(i) for i in self.literals])

    def end(self, task: Task) -> Any:
        """Return the end of a task as a linear expression or number [step]."""
        return self.start[task.id] + task.duration

    def expression(self, goal: Goal, previous: Mapping[str, int]) -> Any:
        """Return a goal as an expression to minimise, its auxiliary variables added; 0 if empty."""
        free = [task for task in self.problem.tasks if task.fixed is None]
        known = [task for task in free if task.id in previous]
        if goal == "lateness":
            return sum(self._late(task) for task in self.problem.tasks if task.due is not None)
        if goal == "moved":
            return sum(self._moved(task, previous[task.id]) for task in known)
        if goal == "shift":
            return sum(self._shift(task, previous[task.id]) for task in known)
        if goal == "completion" or not free:
            return sum(self.end(task) for task in free)
        last = self.cp.new_int_var(0, self._limit, "makespan")
        for task in self.problem.tasks:
            self.cp.add(last >= self.end(task))
        return last

    def run(self, search: Search) -> Outcome:
        """Search for a plan with the model's present objective and hints."""
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = search.seed
        parameters.cp_model_presolve = search.presolve
        parameters.interleave_search = search.portfolio
        parameters.max_deterministic_time = search.effort_s
        status = solver.solve(self.cp)
        used_s = solver.response_proto.deterministic_time
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(f"the model is not valid: {self.cp.validate()}")
        if status == cp_model.INFEASIBLE:
            return Outcome("infeasible", {}, 0, 0, used_s)
        if status == cp_model.UNKNOWN:
            return Outcome("unknown", {}, 0, 0, used_s)
        starts = {task.id: int(solver.value(self.start[task.id])) for task in self.problem.tasks}
        value = round(solver.objective_value) if self.cp.has_objective() else 0
        bound = -int(-solver.best_objective_bound // 1) if self.cp.has_objective() else 0
        return Outcome(
            "optimal" if status == cp_model.OPTIMAL else "feasible", starts, value, min(bound, value), used_s
        )

    def core(self, search: Search) -> tuple[Rule, ...] | None:
        """Return rules that together forbid a plan, all rules if the core is not to be trusted.

        Returns
        -------
        None where the search did not prove that there is no plan.

        Notes
        -----
        A core can name a literal that was never an assumption (google/or-tools issue 5141); such a core
        is refused here, and every other one is only a start for the deletion in ``explain``.
        """
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = search.seed
        solver.parameters.cp_model_presolve = False
        solver.parameters.max_deterministic_time = search.effort_s
        if solver.solve(self.cp) != cp_model.INFEASIBLE:
            return None
        named = set(solver.sufficient_assumptions_for_infeasibility())
        if not named or not named <= self.literals.keys():
            return tuple(self.literals.values())
        return tuple(rule for index, rule in self.literals.items() if index in named)

    def _starts(self) -> dict[str, Any]:
        starts: dict[str, Any] = {}
        for index, task in enumerate(self.problem.tasks):
            if task.fixed is not None:
                starts[task.id] = self.cp.new_constant(task.fixed)
                continue
            spans = self._domain(index, task)
            if not spans:
                # An empty domain makes the model invalid; a false clause makes it infeasible.
                self.cp.add_bool_or([])
                spans = ((0, 1),)
            domain = cp_model.Domain.from_intervals([[opens, closes - 1] for opens, closes in spans])
            starts[task.id] = self.cp.new_int_var_from_domain(domain, f"start {task.id}")
        return starts

    def _domain(self, index: int, task: Task) -> tuple[Span, ...]:
        lower, upper = 0, self._limit - task.duration
        for part, limit in enumerate(task.not_before):
            if Rule("not_before", index, part) in self._cut:
                lower = max(lower, limit.step)
        if Rule("horizon") in self._cut:
            upper = min(upper, self.problem.horizon - task.duration)
        if task.deadline is not None and Rule("deadline", index) in self._cut:
            upper = min(upper, task.deadline - task.duration)
        spans: tuple[Span, ...] = ((0, self._limit + 1),)
        if task.starts is not None and Rule("starts", index) in self._cut:
            spans = task.starts.spans
        clipped = ((max(opens, lower), min(closes, upper + 1)) for opens, closes in spans)
        return tuple((opens, closes) for opens, closes in clipped if opens < closes)

    def _post(self, rule: Rule, constraint: Any) -> None:
        if self._assume:
            constraint.only_enforce_if(self._literal(rule))

    def _literal(self, rule: Rule) -> Any:
        literal = self.cp.new_bool_var(f"{rule.kind} {rule.index} {rule.part}")
        self.literals[literal.index] = rule
        return literal

    def _give(self, rule: Rule) -> Any:
        return self.slack if rule == self._slack_rule else 0

    def _order(self, rule: Rule) -> None:
        lag = self.problem.lags[rule.index]
        assert lag.least is not None
        gap = self.start[lag.after] - self.end(self._tasks[lag.before])
        self._post(rule, self.cp.add(gap + self._give(rule) >= lag.least))

    def _most(self, rule: Rule) -> None:
        lag = self.problem.lags[rule.index]
        assert lag.most is not None
        gap = self.start[lag.after] - self.end(self._tasks[lag.before])
        self._post(rule, self.cp.add(gap - self._give(rule) <= lag.most))

    def _deadline(self, rule: Rule) -> None:
        task = self.problem.tasks[rule.index]
        assert task.deadline is not None
        if rule not in self._cut:
            self._post(rule, self.cp.add(self.end(task) - self._give(rule) <= task.deadline))

    def _not_before(self, rule: Rule) -> None:
        task = self.problem.tasks[rule.index]
        if rule not in self._cut:
            earliest = task.not_before[rule.part].step
            self._post(rule, self.cp.add(self.start[task.id] + self._give(rule) >= earliest))

    def _start_windows(self, rule: Rule) -> None:
        task = self.problem.tasks[rule.index]
        assert task.starts is not None
        if rule not in self._cut:
            if not task.starts.spans:
                self._post(rule, self.cp.add_bool_or([]))
                return
            domain = cp_model.Domain.from_intervals([[a, b - 1] for a, b in task.starts.spans])
            self._post(rule, self.cp.add_linear_expression_in_domain(self.start[task.id], domain))

    def _horizon(self, rule: Rule) -> None:
        if rule in self._cut:
            return
        literal = self._literal(rule) if self._assume else None
        for task in self.problem.tasks:
            if task.fixed is None:
                constraint = self.cp.add(self.end(task) - self._give(rule) <= self.problem.horizon)
                if literal is not None:
                    constraint.only_enforce_if(literal)

    def _capacity(self, rule: Rule) -> None:
        capacity = self.problem.capacities[rule.index]
        intervals, demands = self._held(capacity)
        if not any(demands):
            return
        unary = capacity.amount < 2 * min(demands) and max(demands) <= capacity.amount
        if rule in self._cut and unary:
            self.cp.add_no_overlap(intervals)
            return
        room: Any = capacity.amount
        if self._assume:
            spare = max(0, sum(demands) - capacity.amount)
            room = capacity.amount + spare - spare * self._literal(rule)
        self.cp.add_cumulative(intervals, demands, room + self._give(rule))

    def _held(self, capacity: Capacity) -> tuple[list[Any], list[int]]:
        """Return the intervals that hold a resource: tasks to place, and the past as a clipped profile."""
        intervals: list[Any] = []
        demands: list[int] = []
        past: list[tuple[int, int]] = []
        for task in self.problem.tasks:
            amount = sum(demand.amount for demand in task.demands if demand.resource == capacity.resource)
            if amount == 0 or task.duration == 0:
                continue
            if task.fixed is not None:
                past += [(task.fixed, amount), (task.fixed + task.duration, -amount)]
                continue
            name = f"{task.id} holds {capacity.resource}"
            intervals.append(self.cp.new_fixed_size_interval_var(self.start[task.id], task.duration, name))
            demands.append(amount)
        for opens, closes, used in _profile(past):
            intervals.append(self.cp.new_fixed_size_interval_var(opens, closes - opens, "past"))
            demands.append(min(used, capacity.amount))
        return intervals, demands

    def _late(self, task: Task) -> Any:
        assert task.due is not None
        if task.fixed is not None:
            return task.weight * max(0, task.fixed + task.duration - task.due)
        late = self.cp.new_int_var(0, max(0, self._limit - min(0, task.due)), f"late {task.id}")
        self.cp.add(late >= self.end(task) - task.due)
        return task.weight * late

    def _moved(self, task: Task, was: int) -> Any:
        moved = self.cp.new_bool_var(f"moved {task.id}")
        self.cp.add(self.start[task.id] == was).only_enforce_if(~moved)
        return task.move_weight * moved

    def _shift(self, task: Task, was: int) -> Any:
        shift = self.cp.new_int_var(0, self._limit + abs(was), f"shift {task.id}")
        self.cp.add(shift >= self.start[task.id] - was)
        self.cp.add(shift >= was - self.start[task.id])
        return task.move_weight * shift


def holes(problem: Problem) -> int:
    """Return the number of holes in the start domains of a problem."""
    return sum(
        len(task.starts.spans) for task in problem.tasks if task.starts is not None and task.fixed is None
    )


def _limit(problem: Problem) -> int:
    """Return a step by which some plan ends if any plan ends at all, whatever the horizon says."""
    latest = problem.horizon
    for task in problem.tasks:
        latest = max(latest, *(limit.step for limit in task.not_before), 0)
        if task.starts is not None and task.starts.spans:
            latest = max(latest, task.starts.spans[-1][1])
        if task.fixed is not None:
            latest = max(latest, task.fixed + task.duration)
    waits = sum(abs(lag.least or 0) + max(0, lag.most or 0) for lag in problem.lags)
    return latest + sum(task.duration for task in problem.tasks) + waits + 1


def _profile(changes: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return ``(from, to, used)`` for each run of steps with a constant use above zero."""
    runs: list[tuple[int, int, int]] = []
    used, since = 0, 0
    for step, group in groupby(sorted(changes), key=itemgetter(0)):
        if used > 0 and step > since:
            runs.append((since, step, used))
        used += sum(amount for _, amount in group)
        since = step
    return runs
