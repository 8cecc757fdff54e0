"""A dispatcher's plan: job after job by due date, and nothing where that does not work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from downmass.disciplines.planning.check import blocking, check
from downmass.disciplines.planning.dispatch import dispatch
from downmass.disciplines.planning.goals import lateness
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

ORIGIN = datetime(2030, 1, 1, tzinfo=UTC)
FURNACE = (Capacity("furnace", "Furnace", 1),)
HOLDS = (Demand("furnace", 1),)


def problem(*tasks: Task, lags: tuple[TimeLag, ...] = (), horizon: int = 100) -> Problem:
    """A furnace and what is to be done with it [h]."""
    return Problem(3600, ORIGIN, horizon, tasks, lags, FURNACE)


def test_what_is_due_first_goes_first() -> None:
    late, soon, free = (
        Task(name, name, 5, due=due, demands=HOLDS) for name, due in (("a", 20), ("b", 9), ("c", None))
    )
    assert dispatch(problem(late, soon, free)) == {"b": 0, "a": 5, "c": 10}


def test_a_job_begins_later_when_its_clock_would_run_out() -> None:
    back = Task("back", "Return", 2, starts=StartWindows("returns", ((50, 52), (80, 82))))
    run = Task("run", "Run", 10, demands=HOLDS)
    lags = (TimeLag("run", "back", "shelf life", 1, 12),)
    busy = Task("busy", "Busy", 30, fixed=20, demands=HOLDS)
    # Ending by 38 would keep the shelf life to 50, but the furnace is held until 50.
    assert dispatch(problem(run, back, busy, lags=lags)) == {"busy": 20, "run": 58, "back": 80}


@pytest.mark.parametrize(
    ("tasks", "lags"),
    [
        pytest.param(
            (Task("x", "X", 1, fixed=0), Task("y", "Y", 1, (NotBefore("gate", 30),))),
            (TimeLag("x", "y", "clock", 0, 5),),
            id="a clock that runs from the record",
        ),
        pytest.param(
            (Task("x", "X", 1), Task("y", "Y", 1)),
            (TimeLag("x", "y", "there", 0, None), TimeLag("y", "x", "and back", -9, None)),
            id="tasks that wait for each other",
        ),
        pytest.param(
            (Task("y", "Y", 1, deadline=4, not_before=(NotBefore("gate", 4),)),), (), id="a deadline"
        ),
        pytest.param((Task("y", "Y", 1, demands=(Demand("furnace", 2),)),), (), id="more than there is"),
        pytest.param((Task("y", "Y", 1, starts=StartWindows("none", ())),), (), id="no window"),
    ],
)
def test_a_job_that_does_not_fit_is_left_out_whole_and_the_others_are_placed(
    tasks: tuple[Task, ...], lags: tuple[TimeLag, ...]
) -> None:
    other = Task("other", "Other", 3, due=50, demands=HOLDS)
    placed = dispatch(problem(*tasks, other, lags=lags))
    assert "y" not in placed
    assert placed["other"] == 0


def test_a_fleet_is_planned_no_worse_than_by_its_dispatcher() -> None:
    tasks: list[Task] = []
    lags: list[TimeLag] = []
    returns = StartWindows("returns", tuple((60 * k, 60 * k + 2) for k in range(20)))
    for b in range(10):
        run, back = Task(f"run-{b}", "Run", 9 + b % 4, demands=HOLDS), f"back-{b}"
        tasks += [run, Task(back, "Return", 4, starts=returns, due=100 + 17 * (b * 7 % 10), weight=1 + b % 3)]
        lags.append(TimeLag(run.id, back, "shelf life", 2, 120))
    fleet = problem(*tasks, lags=tuple(lags), horizon=1200)
    placed = dispatch(fleet)
    assert not blocking(check(fleet, placed))
    assert solve(fleet, goals=("lateness",), effort_s=0.05).objective[0] <= lateness(fleet, placed)
