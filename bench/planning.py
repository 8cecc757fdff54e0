"""Our planning layer beside CP-SAT written by hand, PyJobShop and an earliest-due-date planner.

Run: ``python bench/planning.py``. One fleet, one instance: batches share a furnace, return seats and
laboratory benches; runs start in quiet hours, returns at opportunities, and shelf lives run out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pyjobshop
from ortools.sat.python import cp_model
from pyjobshop.solvers.ortools.CPModel import CPModel

from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.explain import explain
from downmass.disciplines.planning.goals import lateness
from downmass.disciplines.planning.model import Model, Search
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    Problem,
    StartWindows,
    Task,
    TimeLag,
    fitting,
)
from downmass.disciplines.planning.replan import delayed, replan
from downmass.disciplines.planning.solve import solve

BATCHES = 24
EFFORT_S = 5.0
Row = tuple[str, float, str, float, float]


def fleet(batches: int) -> Problem:
    """Return batches of heat, run, cool, return and laboratory over 120 days [h]."""
    quiet = fitting([(day * 24 + 1, day * 24 + 22) for day in range(120)], 9)
    returns = StartWindows("return opportunities", tuple((60 * k, 60 * k + 2) for k in range(48)))
    tasks: list[Task] = []
    lags: list[TimeLag] = []
    furnace = (Demand("furnace", 1), Demand("power", 2))
    for b in range(batches):
        heat, run, cool, back, lab = (f"{what}-{b}" for what in ("heat", "run", "cool", "back", "lab"))
        tasks += [
            Task(heat, heat, 3, demands=(Demand("power", 3),)),
            Task(run, run, 7 + b % 3, starts=StartWindows("quiet hours", quiet), demands=furnace),
            Task(cool, cool, 6, demands=(Demand("furnace", 1),)),
            Task(back, back, 4, starts=returns, demands=(Demand("seat", 1),), move_weight=50),
            Task(lab, lab, 60 + 12 * (b % 4), due=190 + 30 * (b * 7 % 24), weight=1 + b % 3,
                 demands=(Demand("bench", 1),)),
        ]  # fmt: skip
        lags += [
            TimeLag(heat, run, "run while hot", 0, 12),
            TimeLag(run, cool, "cool at once", 0, 1),
            TimeLag(cool, back, f"shelf life {b}", 2, 240),
            TimeLag(back, lab, f"cold chain {b}", 5, 96),
        ]
    room = (
        Capacity("furnace", "Furnace", 1),
        Capacity("power", "Power", 4),
        Capacity("seat", "Seats", 2),
        Capacity("bench", "Benches", 2),
    )
    return Problem(3600, datetime(2030, 1, 1, tzinfo=UTC), 2880, tuple(tasks), tuple(lags), room)


def by_hand(problem: Problem) -> tuple[cp_model.CpModel, dict[str, Any]]:
    """Write the same model directly in CP-SAT, nothing separable, nothing named."""
    model = cp_model.CpModel()
    start: dict[str, Any] = {}
    ends: dict[str, Any] = {}
    held: dict[str, list[tuple[Any, int]]] = {c.resource: [] for c in problem.capacities}
    late = []
    for task in problem.tasks:
        latest = problem.horizon - task.duration
        spans = task.starts.spans if task.starts else ((0, latest + 1),)
        domain = cp_model.Domain.from_intervals([[a, min(b - 1, latest)] for a, b in spans if a <= latest])
        start[task.id] = model.new_int_var_from_domain(domain, "")
        ends[task.id] = start[task.id] + task.duration
        interval = model.new_fixed_size_interval_var(start[task.id], task.duration, "")
        for demand in task.demands:
            held[demand.resource].append((interval, demand.amount))
        if task.due is not None:
            late.append((model.new_int_var(0, problem.horizon, ""), task.weight))
            model.add(late[-1][0] >= ends[task.id] - task.due)
    for lag in problem.lags:
        model.add(start[lag.after] >= ends[lag.before] + (lag.least or 0))
        if lag.most is not None:
            model.add(start[lag.after] <= ends[lag.before] + lag.most)
    for capacity in problem.capacities:
        intervals, demands = zip(*held[capacity.resource], strict=True)
        if capacity.amount == 1:
            model.add_no_overlap(intervals)
        else:
            model.add_cumulative(intervals, demands, capacity.amount)
    model.minimize(sum(weight * variable for variable, weight in late))
    return model, start


def second_model(problem: Problem) -> pyjobshop.Model:
    """Write the problem in PyJobShop, its start windows left out (it has no holes in start domains)."""
    model = pyjobshop.Model()
    resources = {c.resource: model.add_renewable(c.amount) for c in problem.capacities}
    tasks = {task.id: model.add_task(latest_end=problem.horizon) for task in problem.tasks}
    for task in problem.tasks:
        needs = [resources[demand.resource] for demand in task.demands]
        model.add_mode(tasks[task.id], needs, task.duration, demands=[d.amount for d in task.demands])
    for lag in problem.lags:
        model.add_end_before_start(tasks[lag.before], tasks[lag.after], lag.least or 0)
        if lag.most is not None:
            model.add_start_before_end(tasks[lag.after], tasks[lag.before], -lag.most)
    return model


def earliest_due_date(problem: Problem) -> Mapping[str, int]:
    """Place batch after batch by due date, each task at its first fit: what a spreadsheet does.

    A batch whose clock runs out begins again one hour later.
    """
    order = sorted(range(len(problem.tasks) // 5), key=lambda b: problem.tasks[5 * b + 4].due or 0)
    used = {c.resource: [0] * (problem.horizon + 1) for c in problem.capacities}
    room = {c.resource: c.amount for c in problem.capacities}
    starts: dict[str, int] = {}

    def fits(task: Task, step: int) -> bool:
        inside = task.starts is None or any(a <= step < b for a, b in task.starts.spans)
        return inside and all(
            used[d.resource][s] + d.amount <= room[d.resource]
            for d in task.demands
            for s in range(step, step + task.duration)
        )

    for b in order:
        chain, lags = problem.tasks[5 * b : 5 * b + 5], problem.lags[4 * b : 4 * b + 4]
        begin = 0
        while True:
            placed = _chain(chain, lags, begin, fits)
            if placed is not None:
                break
            begin += 1
        for task in chain:
            starts[task.id] = placed[task.id]
            for demand in task.demands:
                for s in range(placed[task.id], placed[task.id] + task.duration):
                    used[demand.resource][s] += demand.amount
    return starts


def _chain(
    chain: tuple[Task, ...], lags: tuple[TimeLag, ...], begin: int, fits: Callable[[Task, int], bool]
) -> dict[str, int] | None:
    placed: dict[str, int] = {}
    earliest, latest = begin, begin
    for index, task in enumerate(chain):
        step = next((s for s in range(earliest, latest + 1) if fits(task, s)), None)
        if step is None:
            return None
        placed[task.id] = step
        if index < len(lags):
            end = step + task.duration
            earliest, latest = end + (lags[index].least or 0), end + (lags[index].most or 0)
    return placed


def best(act: Callable[[], Any], turns: int = 7) -> float:
    """Return the shortest time of several turns [s]."""
    times = []
    for _ in range(turns):
        begun = perf_counter()
        act()
        times.append(perf_counter() - begun)
    return min(times)


def run() -> list[Row]:
    """Return rows: what, ours, peer, peer's figure, ratio ours / peer's."""
    problem = fleet(BATCHES)

    def ours() -> None:
        model = Model(problem)
        model.cp.minimize(model.expression("lateness", {}))

    build_s, hand_s, second_s = (
        best(ours),
        best(lambda: by_hand(problem)),
        best(lambda: CPModel(second_model(problem).data())),
    )
    plan = solve(problem, goals=("lateness",), effort_s=EFFORT_S)
    raw, _ = by_hand(problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = EFFORT_S
    solver.solve(raw)
    spreadsheet = earliest_due_date(problem)
    assert not blocking(check(problem, spreadsheet))
    late, late_hand, late_edd = plan.objective[0], solver.objective_value, lateness(problem, spreadsheet)
    rows = [
        ("build the model [ms]", build_s * 1e3, "CP-SAT by hand", hand_s * 1e3, build_s / hand_s),
        ("build the model [ms]", build_s * 1e3, "PyJobShop (no windows)", second_s * 1e3, build_s / second_s),
        ("weighted lateness [h]", late, "CP-SAT by hand, same effort", late_hand, late / max(late_hand, 1)),
        ("lower bound [h]", plan.bound[0], "CP-SAT by hand, same effort", solver.best_objective_bound,
         plan.bound[0] / max(solver.best_objective_bound, 1)),
        ("weighted lateness [h]", late, "earliest due date, first fit", late_edd, late / max(late_edd, 1)),
    ]  # fmt: skip
    return rows + _after_a_slip(problem, plan.starts)


def _after_a_slip(problem: Problem, starts: Mapping[str, int]) -> list[Row]:
    """Return what a nine-day slip of one return costs, and how long saying why not takes."""
    returns = sorted(
        (task.id for task in problem.tasks if task.id.startswith("back")), key=starts.__getitem__
    )
    middle = returns[len(returns) // 2]
    slipped = delayed(problem, middle, problem.grid.instant(starts[middle] + 9 * 24))
    found = replan(slipped, starts, {middle}, effort_s=EFFORT_S)
    forbidden = delayed(problem, middle, problem.grid.instant(problem.horizon - 20), "slip to the end")
    begun = perf_counter()
    why = explain(forbidden)
    explain_s = perf_counter() - begun
    begun = perf_counter()
    bare = Model(forbidden).run(Search(presolve=True, portfolio=False, effort_s=EFFORT_S, seed=1))
    bare_s = perf_counter() - begun
    assert bare.status == "infeasible"
    assert why is not None
    assert why.verified
    recommended, clean = found.recommended, found.clean
    moved, naive = len(recommended.moves), len(clean.moves)
    return [
        ("tasks moved by a 9-day slip", moved, "clean sheet", naive, moved / max(naive, 1)),
        ("weighted lateness after it [h]", recommended.lateness, "clean sheet", clean.lateness,
         recommended.lateness / max(clean.lateness, 1)),
        ("say why a slip is too far [ms]", explain_s * 1e3, "say only that it is", bare_s * 1e3,
         explain_s / bare_s),
    ]  # fmt: skip


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<34} {ours:>10,.2f}   {peer:<36} {theirs:>10,.2f}   x {ratio:.2f}")


if __name__ == "__main__":
    show(run())
