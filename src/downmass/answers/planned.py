"""The planning problem of a case: what is done is fixed, gates open as the futures say, passes come over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from downmass.answers.case import Case
from downmass.answers.standing import Outlook, return_starts
from downmass.base.instant import Window, days_between
from downmass.disciplines.forecast.situation import Done
from downmass.disciplines.forecast.summary import instants_at
from downmass.disciplines.planning.basis import build, starts_of, to_schedule
from downmass.disciplines.planning.problem import Problem
from downmass.disciplines.planning.replan import Proposal
from downmass.disciplines.planning.solve import solve
from downmass.facts.plan import Placement, PlanBasis, Schedule

STEP_S = 900
"""Length of a planning step [s]."""

BEYOND = timedelta(days=1100)
"""How far ahead a plan looks for a return."""

EFFORT_S = 2.0
"""Deterministic solver time for each plan [s]."""


@dataclass(frozen=True, eq=False)
class Planned:
    """The problem as it stands, the starts of the plan in force, and the best plan from here on."""

    problem: Problem
    previous: dict[str, int]
    schedule: Schedule


def planned(case: Case, outlook: Outlook) -> Planned:
    """Plan the case from here on, keeping as much of the plan in force as may be.

    Raises
    ------
    NoPlanError
        If no plan exists; the message names the constraints that forbid it.
    """
    basis = outlook.situation.basis
    opportunities = {}
    if outlook.passes:
        starts = [start for start, _ in return_starts(basis, outlook.passes) if start >= case.as_of]
        starts += _beyond(case, basis, max([case.as_of, *starts]))
        opportunities["return"] = [Window(start, start + timedelta(seconds=STEP_S)) for start in starts]
    problem = build(
        basis,
        now=case.as_of,
        done={name: _placement(name, done, case.as_of) for name, done in outlook.situation.done.items()},
        opportunities=opportunities,
        gate_open=gates_open(outlook),
        step_s=STEP_S,
    )
    previous = starts_of(problem, case.campaign.plan) if case.campaign.plan else {}
    best = solve(problem, previous=previous or None, effort_s=EFFORT_S)
    schedule = to_schedule(problem, best.starts, made_at=case.as_of, made_by="planning.solve")
    return Planned(problem, previous or dict(best.starts), schedule)


def _beyond(case: Case, basis: PlanBasis, last: datetime) -> list[datetime]:
    """Return opportunities after the last pass whose track can be told, at the plan's spacing."""
    spacing = timedelta(days=float(basis.return_spacing_d.mode))
    count = int((case.as_of + BEYOND - last) / spacing)
    return [last + spacing * (index + 1) for index in range(max(count, 0))]


def _placement(name: str, done: Done, now: datetime) -> Placement:
    ends = done.ended if done.ended is not None else max(now, done.started + timedelta(seconds=1))
    return Placement(
        name, Window(done.started, max(ends, done.started + timedelta(seconds=1))), done.ended is not None
    )


def gates_open(outlook: Outlook) -> dict[str, datetime]:
    """Return when each gate is taken to open: when it did, or the median of the futures."""
    found = {}
    for gate in outlook.situation.basis.gates:
        standing = outlook.situation.gates.get(gate.id)
        if standing is not None and standing.status == "granted":
            found[gate.id] = standing.since
        elif gate.id in outlook.futures.opened:
            found[gate.id] = instants_at(outlook.futures, outlook.futures.opened[gate.id])[50]
    return found


def schedule_of(case: Case, problem: Problem, proposal: Proposal) -> Schedule | None:
    """Return a proposal as a schedule with instants, or none where it has no solution."""
    if proposal.solution is None:
        return None
    return to_schedule(
        problem, proposal.solution.starts, made_at=case.as_of, made_by=f"planning.{proposal.kind}"
    )


def when_of(schedule: Schedule, activity: str) -> Window | None:
    """Return when a schedule places an activity."""
    return next((p.when for p in schedule.placements if p.activity == activity), None)


def days_from(schedule: Schedule, one: str, other: str) -> float | None:
    """Return the days from the end of one activity to the start of another."""
    first, second = when_of(schedule, one), when_of(schedule, other)
    return days_between(first.closes, second.opens) if first and second else None
