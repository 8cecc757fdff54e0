"""The checker names every broken constraint and knows no solver."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    NotBefore,
    Problem,
    StartWindows,
    Task,
    TimeLag,
)

ORIGIN = datetime(2023, 6, 12, tzinfo=UTC)


def _world() -> Problem:
    furnace = (Demand("furnace", 1),)
    tasks = (
        Task("heat", "Heat", 2, (NotBefore("licence", 1),), demands=furnace),
        Task("hold", "Hold", 4, demands=furnace),
        Task(
            "back", "Return", 1, starts=StartWindows("return opportunities", ((8, 9), (12, 14))), deadline=14
        ),
        Task("past", "Procurement", 1, fixed=0),
    )
    lags = (
        TimeLag("heat", "hold", "no pause", 0, 1),
        TimeLag("hold", "back", "shelf life", 1, 5),
        TimeLag("past", "heat", "material first"),
    )
    return Problem(3600, ORIGIN, 20, tasks, lags, (Capacity("furnace", "Furnace", 1),))


GOOD = {"heat": 1, "hold": 3, "back": 8, "past": 0}


def test_a_plan_that_keeps_everything_has_no_finding() -> None:
    assert check(_world(), GOOD) == ()


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        ({"heat": 0}, "heat", "licence"),
        ({"hold": 5}, "hold", "no pause allows 60 min"),
        ({"hold": 2}, "furnace", "Furnace"),
        ({"back": 9}, "back", "outside the return opportunities"),
        ({"back": 13, "hold": 3}, "back", "shelf life allows 5 h"),
        ({"heat": 6, "hold": 8, "back": 12}, "back", "shelf life asks for"),
        ({"past": 1}, "past", "cannot be moved"),
        ({"heat": -1}, "heat", "before the plan begins"),
        ({"hold": 18}, "hold", "after the horizon"),
        ({"ghost": 3}, "ghost", "no task of the problem"),
    ],
)
def test_a_broken_constraint_is_named(change: dict[str, int], subject: str, words: str) -> None:
    found = blocking(check(_world(), {**GOOD, **change}))
    assert any(finding.subject == subject and words in finding.message for finding in found), found


def test_a_missing_start_is_named() -> None:
    starts = {task: step for task, step in GOOD.items() if task != "hold"}
    assert [finding.subject for finding in check(_world(), starts)] == ["hold"]


def test_a_missed_deadline_is_named() -> None:
    world = _world()
    late = replace(world, tasks=tuple(replace(t, deadline=8) if t.id == "back" else t for t in world.tasks))
    assert "deadline" in check(late, GOOD)[0].message


def test_a_limit_broken_by_history_alone_is_a_warning() -> None:
    world = _world()
    fixed = {"heat": 1, "hold": 9}
    past = replace(world, tasks=tuple(replace(t, fixed=fixed.get(t.id, t.fixed)) for t in world.tasks))
    found = check(past, {**GOOD, **fixed, "back": 14})
    assert [(f.subject, f.severity) for f in found if "no pause" in f.message] == [("hold", "warning")]


def test_judging_a_plan_loads_no_solver() -> None:
    program = "import sys, downmass.disciplines.planning.check; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
