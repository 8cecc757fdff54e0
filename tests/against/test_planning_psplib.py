"""PSPLIB instances: best known makespans are reached, and nothing false is proven of them."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from downmass.disciplines.planning.check import check
from downmass.disciplines.planning.goals import makespan
from downmass.disciplines.planning.problem import Capacity, Demand, Problem, Task, TimeLag
from downmass.disciplines.planning.solve import solve


def _numbers(text: str, title: str, skip: int) -> list[list[int]]:
    block = text.split(title)[1].split("*****")[0].strip().splitlines()[skip:]
    return [[int(word) for word in line.split()] for line in block]


def _read(file: Path) -> Problem:
    """Read a single-mode PSPLIB instance; a step stands for the instance's unit of time."""
    text = file.read_text()
    found = re.search(r"horizon\s*:\s*(\d+)", text)
    assert found
    capacities = _numbers(text, "RESOURCEAVAILABILITIES:", 1)[0]
    tasks = []
    for job, _mode, duration, *amounts in _numbers(text, "REQUESTS/DURATIONS:", 2):
        demands = tuple(Demand(f"R{i}", amount) for i, amount in enumerate(amounts) if amount)
        tasks.append(Task(str(job), str(job), duration, demands=demands))
    lags = tuple(
        TimeLag(str(job), str(follower), "order")
        for job, _modes, _count, *followers in _numbers(text, "PRECEDENCE RELATIONS:", 1)
        for follower in followers
    )
    room = tuple(Capacity(f"R{i}", f"R{i}", amount) for i, amount in enumerate(capacities))
    return Problem(3600, datetime(2000, 1, 1, tzinfo=UTC), int(found[1]), tuple(tasks), lags, room)


def _best_known(folder: Path) -> dict[str, tuple[int, int]]:
    with (folder / "best_known.csv").open() as stream:
        return {row["file"]: (int(row["best_lb"]), int(row["best_ub"])) for row in csv.DictReader(stream)}


@pytest.mark.parametrize(("name", "effort_s"), [("j3013_2.sm", 3.5), ("j3045_2.sm", 1.6)])
def test_the_optimum_of_a_closed_instance_is_reached(shared: Path, name: str, effort_s: float) -> None:
    folder = shared / "data" / "real" / "scheduling"
    lower, upper = _best_known(folder)[name]
    assert lower == upper
    problem = _read(folder / name)
    plan = solve(problem, goals=("makespan",), effort_s=effort_s)
    assert check(problem, plan.starts) == ()
    assert makespan(problem, plan.starts) == plan.objective[0] == upper
    assert plan.bound[0] <= lower


@pytest.mark.nightly
@pytest.mark.parametrize(
    "name",
    ["j609_8.sm", "j6025_1.sm", "j6013_10.sm", "j1207_2.sm", "j12049_2.sm", "j12011_1.sm", "j12038_1.sm"],
)
def test_a_larger_instance_comes_within_eight_percent_of_the_best_known(shared: Path, name: str) -> None:
    folder = shared / "data" / "real" / "scheduling"
    lower, upper = _best_known(folder)[name]
    problem = _read(folder / name)
    plan = solve(problem, goals=("makespan",), effort_s=20)
    assert check(problem, plan.starts) == ()
    assert lower <= plan.objective[0] <= 1.08 * upper
    assert plan.bound[0] <= upper
