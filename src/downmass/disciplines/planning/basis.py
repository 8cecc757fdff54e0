"""From a campaign's plan basis to a planning problem in steps, and from starts back to a schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType

from downmass.base.errors import InputError
from downmass.base.instant import Window, in_utc
from downmass.disciplines.planning.problem import (
    Capacity,
    Demand,
    Grid,
    NotBefore,
    Problem,
    Span,
    StartWindows,
    Task,
    TimeLag,
    merge,
)
from downmass.facts.plan import Activity, Placement, PlanBasis, Schedule
from downmass.facts.plan import Lag as StatedLag

DAY_S = 86_400
FLIGHT_MOVE_WEIGHT = 50
"""What it costs to move a launch or return against 1 for any other activity. Class opinion: the ratio
1000 to 20 that kept 3 to 21 % of a simulated fleet's activities moving after a slip."""

ROOM = timedelta(days=366)
"""Room left after the last known instant, so that the horizon is not what forbids a late plan."""


@dataclass(frozen=True, slots=True)
class _Rounded:
    """A task with what rounding to steps hid.

    Attributes
    ----------
    late_s
        How much later than its step it may truly start [s].
    spare_s
        How much earlier than its last step it may truly end [s].
    """

    task: Task
    late_s: Decimal
    spare_s: Decimal


@dataclass(frozen=True, slots=True)
class _Frame:
    """Everything the parts of a problem are built from."""

    basis: PlanBasis
    now: datetime
    done: Mapping[str, Placement]
    opportunities: Mapping[str, Sequence[Window]]
    gate_open: Mapping[str, datetime]
    grid: Grid
    until: datetime


def build(
    basis: PlanBasis,
    *,
    now: datetime,
    done: Mapping[str, Placement] = MappingProxyType({}),
    opportunities: Mapping[str, Sequence[Window]] = MappingProxyType({}),
    gate_open: Mapping[str, datetime] = MappingProxyType({}),
    step_s: int = 60,
    until: datetime | None = None,
) -> Problem:
    """Build the planning problem of a campaign as it stands at a moment.

    Parameters
    ----------
    now
        Nothing that has not begun may start before it.
    done
        Activity id -> when it happened; a placement that is not ``done`` began at its opening and runs for
        its most likely duration, at least until ``now``.
    opportunities
        ``"launch"`` and ``"return"`` -> windows within which such an activity may start. Without an
        entry, a launch may start at any time from ``launch_planned``, and a return at
        ``return_planned`` and every most likely ``return_spacing_d`` after it.
    gate_open
        Gate id -> instant it is assumed to open; its planned date where there is no entry.
    step_s
        Length of a step [s]; a divisor of a day keeps the steps of two problems aligned.
    until
        End of the horizon; a year after the last known instant and all durations by default.

    Raises
    ------
    InputError
        If a done activity, an opportunity kind or a gate is not in the basis, or the step does not
        divide a day.

    Notes
    -----
    Durations are the most likely ones. All rounding is to the safe side: durations and least lags up, most
    lags down, so that the schedule's exact instants keep every limit; a most lag loses under
    three steps by it. A launch or return does not start before the date planned for it. The due
    date binds activities of milepost ``release``, or else those nothing follows.
    """
    frame = _frame(basis, now, done, opportunities, gate_open, step_s, until)
    rounded = [_task(frame, activity) for activity in basis.activities]
    by_id = {each.task.id: each for each in rounded}
    lags = tuple(
        _lag(step_s, by_id, activity.id, lag) for activity in basis.activities for lag in activity.lags
    )
    scale = _scales(basis)
    capacities = tuple(
        Capacity(r.id, r.title, int(r.capacity * scale[r.id]), scale[r.id], r.unit) for r in basis.resources
    )
    tasks = tuple(each.task for each in rounded)
    return Problem(step_s, frame.grid.origin, frame.grid.down(frame.until), tasks, lags, capacities)


def to_schedule(problem: Problem, starts: Mapping[str, int], *, made_at: datetime, made_by: str) -> Schedule:
    """Return a plan as a schedule with exact instants.

    Parameters
    ----------
    starts
        Task id -> start [step], as ``solve`` returns them.

    Notes
    -----
    A start inside a window that opens within the step is put to the window's opening, to the second. A task
    of no length is shown as one second, since a window has a length.
    """
    placements = tuple(
        Placement(task.id, _exact(problem, task, starts[task.id]), task.ended) for task in problem.tasks
    )
    return Schedule(placements, in_utc(made_at), made_by)


def starts_of(problem: Problem, schedule: Schedule) -> dict[str, int]:
    """Return the starts of an earlier schedule in the steps of a problem, as far as both know the task."""
    known = {task.id for task in problem.tasks}
    return {
        placement.activity: problem.grid.down(placement.when.opens)
        for placement in schedule.placements
        if placement.activity in known
    }


def _frame(
    basis: PlanBasis,
    now: datetime,
    done: Mapping[str, Placement],
    opportunities: Mapping[str, Sequence[Window]],
    gate_open: Mapping[str, datetime],
    step_s: int,
    until: datetime | None,
) -> _Frame:
    if step_s <= 0 or DAY_S % step_s:
        raise InputError(f"a step of {step_s} s does not divide a day", "use 60, 300, 900, 3600 ...")
    known = {activity.id for activity in basis.activities}
    _known("done activity", done, known)
    _known("opportunity", opportunities, {"launch", "return"})
    _known("gate", gate_open, {gate.id for gate in basis.gates})
    moments = [in_utc(now), *(placement.when.opens for placement in done.values())]
    origin = min(moments).replace(hour=0, minute=0, second=0, microsecond=0)
    if until is None:
        dates = [*moments, basis.due, basis.launch_planned, basis.return_planned]
        dates += [gate.planned for gate in basis.gates] + [in_utc(opens) for opens in gate_open.values()]
        dates += [window.closes for windows in opportunities.values() for window in windows]
        lengths_d = sum((activity.duration_d.mode for activity in basis.activities), Decimal(0))
        lengths_d += sum((lag.least_d for each in basis.activities for lag in each.lags), Decimal(0))
        until = max(dates) + timedelta(days=float(lengths_d)) + ROOM
    return _Frame(basis, in_utc(now), done, opportunities, gate_open, Grid(origin, step_s), in_utc(until))


def _known(what: str, named: Mapping[str, object], known: set[str]) -> None:
    strangers = sorted(named.keys() - known)
    if strangers:
        raise InputError(
            f"{what} {strangers[0]!r} is not in the plan basis",
            f"use one of {', '.join(sorted(known)) or '(none declared)'}",
        )


def _task(frame: _Frame, activity: Activity) -> _Rounded:
    length_s = _seconds(activity.duration_d.mode)
    placement = frame.done.get(activity.id)
    scale = _scales(frame.basis)
    demands = tuple(
        Demand(need.resource, _whole(need.amount * scale[need.resource])) for need in activity.needs
    )
    flight = any(activity.id in _flights(frame.basis, kind) for kind in ("launch", "return"))
    weight = FLIGHT_MOVE_WEIGHT if flight else 1
    due = frame.grid.down(frame.basis.due) if activity.id in _due(frame.basis) else None
    if placement is not None:
        opens, closes = placement.when.opens, placement.when.closes
        if not placement.done:
            closes = max(opens + timedelta(seconds=max(length_s, 1)), frame.now)
        start, end = frame.grid.down(opens), frame.grid.up(closes)
        recorded = Window(opens, closes)
        task = Task(
            activity.id, activity.title, end - start, fixed=start, due=due, demands=demands,
            move_weight=weight, recorded=recorded, ended=placement.done,
        )  # fmt: skip
        spare_s = (frame.grid.step_s - frame.grid.past_s(closes)) % frame.grid.step_s
        return _Rounded(task, frame.grid.past_s(opens), spare_s)
    windows = _windows(frame, activity)
    late_s = (
        max((frame.grid.past_s(window.opens) for window in windows.exact), default=Decimal(0))
        if windows
        else Decimal(0)
    )
    steps = max(1, _whole((length_s + late_s) / frame.grid.step_s))
    task = Task(
        activity.id, activity.title, steps, _not_before(frame, activity), windows, due=due, demands=demands,
        move_weight=weight, duration_s=length_s,
    )  # fmt: skip
    return _Rounded(task, late_s, Decimal(steps * frame.grid.step_s - length_s))


def _not_before(frame: _Frame, activity: Activity) -> tuple[NotBefore, ...]:
    limits = [NotBefore("the present", frame.grid.up(frame.now))]
    for gate in frame.basis.gates:
        if gate.id in activity.gates:
            opens = frame.gate_open.get(gate.id, gate.planned)
            limits.append(NotBefore(gate.title, frame.grid.up(opens)))
    if activity.id in _flights(frame.basis, "launch"):
        limits.append(NotBefore("planned launch date", frame.grid.up(frame.basis.launch_planned)))
    if activity.id in _flights(frame.basis, "return"):
        limits.append(NotBefore("planned return date", frame.grid.up(frame.basis.return_planned)))
    # A limit that has passed forbids nothing; leaving it out keeps explanations short.
    return (limits[0], *(limit for limit in limits[1:] if limit.step > limits[0].step))


def _windows(frame: _Frame, activity: Activity) -> StartWindows | None:
    kind = activity.opportunities
    if not kind or (kind == "launch" and kind not in frame.opportunities):
        return None
    given = frame.opportunities.get(kind)
    if given is None:
        spacing_s = _seconds(frame.basis.return_spacing_d.mode)
        if spacing_s <= frame.grid.step_s:
            return None
        given = _series(frame, spacing_s)
    exact = tuple(sorted(window for window in given if window.closes > frame.now))
    spans: tuple[Span, ...] = merge(
        (frame.grid.down(window.opens), frame.grid.up(window.closes)) for window in exact
    )
    return StartWindows(f"{kind} opportunities", spans, exact)


def _series(frame: _Frame, spacing_s: int) -> list[Window]:
    """Return one-step windows from the planned return on, at the spacing the operator would use."""
    first = frame.basis.return_planned
    count = max(0, (frame.until - first) // timedelta(seconds=spacing_s))
    opens = [first + timedelta(seconds=spacing_s * index) for index in range(count + 1)]
    return [Window(each, each + timedelta(seconds=frame.grid.step_s)) for each in opens]


def _lag(step_s: int, by_id: Mapping[str, _Rounded], after: str, lag: StatedLag) -> TimeLag:
    least = _whole(_seconds_exact(lag.least_d) / step_s)
    if lag.most_d is None:
        return TimeLag(lag.after, after, lag.name, least)
    hidden_s = by_id[after].late_s + by_id[lag.after].spare_s
    most = int(((_seconds_exact(lag.most_d) - hidden_s) / step_s).to_integral_value(ROUND_FLOOR))
    # Rounding alone must not forbid a plan: a lag of one exact length keeps one step it can be met at.
    return TimeLag(lag.after, after, lag.name, least, max(most, least) if lag.most_d >= lag.least_d else most)


def _flights(basis: PlanBasis, kind: str) -> frozenset[str]:
    """Return the activities that are the launch or the return themselves."""
    chosen = {activity.id for activity in basis.activities if activity.opportunities == kind}
    by_milepost = {activity.id for activity in basis.activities if activity.milepost == kind}
    return frozenset(chosen or by_milepost)


def _due(basis: PlanBasis) -> frozenset[str]:
    releases = {activity.id for activity in basis.activities if activity.milepost == "release"}
    followed = {lag.after for activity in basis.activities for lag in activity.lags}
    return frozenset(releases or {activity.id for activity in basis.activities} - followed)


def _scales(basis: PlanBasis) -> dict[str, int]:
    """Return resource -> how many integer units its own unit is divided into."""
    amounts: dict[str, list[Decimal]] = {resource.id: [resource.capacity] for resource in basis.resources}
    for activity in basis.activities:
        for need in activity.needs:
            amounts[need.resource].append(need.amount)
    return {name: 10 ** max(map(_places, values)) for name, values in amounts.items()}


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _seconds_exact(days: Decimal) -> Decimal:
    return days * DAY_S


def _seconds(days: Decimal) -> int:
    return _whole(_seconds_exact(days))


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))


def _exact(problem: Problem, task: Task, start: int) -> Window:
    if task.recorded is not None:
        return task.recorded
    opens = problem.grid.instant(start)
    if task.starts is not None:
        step = timedelta(seconds=problem.step_s)
        inside = [w for w in task.starts.exact if w.opens < opens + step and w.closes > opens]
        opens = max(opens, min((window.opens for window in inside), default=opens))
    length_s = task.duration * problem.step_s if task.duration_s is None else task.duration_s
    return Window(opens, opens + timedelta(seconds=max(length_s, 1)))
