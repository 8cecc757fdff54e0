"""Futures of one campaign: slips, gates, failures, opportunities and shelf life, all at once in numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from downmass.base.errors import InputError
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.gates import Quantile
from downmass.disciplines.forecast.policy import Opportunities, Policy, land_first
from downmass.disciplines.forecast.situation import (
    Bools,
    Done,
    Futures,
    Ints,
    Situation,
    first_of,
    in_order,
    last_of,
)
from downmass.disciplines.forecast.spreads import (
    duration_quantile,
    planned_outlook,
    slip_quantile,
    spread_at,
    stream,
)
from downmass.facts.plan import Activity, Gate, Milepost
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

ATTEMPTS = 3
"""A process or test that fails is carried out again, at most this often in all (opinion)."""

REPEATABLE = frozenset({"process", "laboratory", "release", "other"})
"""Parts of a campaign's life that can be carried out again; launch, return and recovery cannot."""

VEHICLE_PARTS = frozenset({"launch", "return"})
"""Parts of a campaign's life whose failure takes the vehicle; a failure mode says so itself."""


@dataclass(slots=True, eq=False)
class _Run:
    """The futures while they are being worked out."""

    situation: Situation
    order: tuple[Activity, ...]
    n: int
    seed: int
    policy: Policy
    starts: dict[str, Floats] = field(default_factory=dict)
    ends: dict[str, Floats] = field(default_factory=dict)
    opened: dict[str, Floats] = field(default_factory=dict)
    held_d: dict[str, Floats] = field(default_factory=dict)
    occurred: dict[str, Bools] = field(default_factory=dict)
    overdue: dict[str, Bools] = field(default_factory=dict)
    losses: list[tuple[str, bool, Bools]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    age_d: Floats = field(default_factory=lambda: np.empty(0))

    def uniform(self, name: str) -> Floats:
        return stream(self.seed, name, self.n)

    def every(self, value: float) -> Floats:
        return np.full(self.n, value)

    def hold(self, name: str, days: Floats) -> None:
        before = self.held_d.get(name)
        self.held_d[name] = days if before is None else before + days

    def lose(self, cause: str, struck: Bools, vehicle: bool) -> None:
        self.losses.append((cause, vehicle, struck))

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def simulate(situation: Situation, n: int, seed: int, policy: Policy = land_first) -> Futures:
    """Simulate ``n`` futures of a campaign from what is known of it.

    Parameters
    ----------
    situation
        What is known.
    n
        Number of futures.
    seed
        Origin of all chance; the same seed gives the same bytes, and the same chance under the same
        names to another situation, so that differences between two situations are theirs.
    policy
        What is done at return opportunities.

    Returns
    -------
    Futures

    Raises
    ------
    InputError
        If ``n`` or the seed is out of range, or the activities follow one another in a circle.

    Notes
    -----
    An activity starts when all it follows has ended with its least lag, all its gates are open, and the
    moment of the forecast is past. Launch waits for its planned date and slip; return for its planned
    date, then its slip (which may be negative, but never before all is ready), then for an opportunity.
    The planned dates are those of the plan in force; of a slip only that counts as passed which passed
    since the later of the planned date and the day all was ready. Failure modes strike at the end of
    the last activity of their stage, those of orbit before the return; what is past strikes no more,
    what is under way keeps its whole chance. The earliest cause in the order of the plan counts as the
    cause of a loss. Gates are drawn independently unless their outlooks share a chance. Not modelled:
    limited resources (planning does that), sites, propellant, a change of plan under way.
    """
    if n < 1:
        raise InputError(f"{n} futures cannot be simulated", "ask for at least one")
    if seed < 0:
        raise InputError(f"the seed {seed} is negative", "give zero or more")
    run = _Run(situation, in_order(situation.basis.activities), n, seed, policy)
    for gate in situation.basis.gates:
        run.opened[gate.id] = _opening(run, gate)
    for activity in run.order:
        _advance(run, activity)
    return _gather(run)


def _opening(run: _Run, gate: Gate) -> Floats:
    """Return when a gate opens [d since epoch]."""
    situation = run.situation
    standing = situation.gates.get(gate.id)
    if standing is not None and standing.status == "granted":
        return run.every(situation.day(standing.since))
    outlook = situation.outlooks.get(gate.id) or planned_outlook(gate, standing)
    clock = situation.day(outlook.clock_from)
    lasted = situation.day(situation.as_of) - clock
    return clock + outlook.delay(run.uniform(f"gate.{outlook.chance or gate.id}"), lasted)


def _advance(run: _Run, activity: Activity) -> None:
    done = run.situation.done.get(activity.id)
    if done is not None:
        run.starts[activity.id] = run.every(run.situation.day(done.started))
    else:
        run.starts[activity.id] = _start(run, activity)
    for lag in activity.lags:
        if lag.most_d is not None:
            waited = run.starts[activity.id] - run.ends[lag.after]
            run.overdue[lag.name] = waited > float(lag.most_d)
    if activity.id == _ageing_ends(run.order):
        _expire(run, activity)
    if done is not None and done.ended is not None:
        run.ends[activity.id] = run.every(run.situation.day(done.ended))
        return
    run.ends[activity.id] = run.starts[activity.id] + _duration(run, activity, done)
    _attempt(run, activity)
    if activity.id == last_of(run.order, activity.milepost):
        for mode in run.situation.modes:
            if mode.stage == activity.milepost:
                _strike_after(run, mode, activity)


def _start(run: _Run, activity: Activity) -> Floats:
    """Return when an activity that has not begun starts [d since epoch]."""
    now = run.every(run.situation.day(run.situation.as_of))
    ready = run.every(-np.inf)
    for lag in activity.lags:
        ready = np.maximum(ready, run.ends[lag.after] + float(lag.least_d))
    if activity.id == first_of(run.order, "launch"):
        return _launch(run, activity, ready)
    if activity.id == first_of(run.order, "return"):
        return _return(run, activity, ready)
    return _through_gates(run, activity, np.maximum(ready, now))


def _through_gates(run: _Run, activity: Activity, ready: Floats) -> Floats:
    """Return when all is ready and all gates are open; book the wait to the last gate to open."""
    if not activity.gates:
        return ready
    opened = np.stack([run.opened[gate] for gate in activity.gates])
    last = np.argmax(opened, axis=0)
    waited: Floats = np.maximum(opened.max(axis=0) - ready, 0.0)
    for index, gate in enumerate(activity.gates):
        run.hold(gate, np.where(last == index, waited, 0.0))
    return ready + waited


def _gated(run: _Run, activity: Activity, ready: Floats, planned: Floats) -> Floats:
    """Return when all is ready and all gates are open, which may be before the planned day."""
    # A gate shut until before the planned day holds nobody up, so it is booked against that day.
    now = run.situation.day(run.situation.as_of)
    _through_gates(run, activity, np.maximum(np.maximum(ready, planned), now))
    for gate in activity.gates:
        ready = np.maximum(ready, run.opened[gate])
    return ready


def _slipped(run: _Run, name: str, quantile: Quantile, planned: Floats, ready: Floats) -> Floats:
    """Return the planned day with its slip, never before ready or now, given what has passed of it."""
    now = run.situation.day(run.situation.as_of)
    base = np.maximum(planned, ready)
    # What was ready and has not come is known not to have come earlier than now; of what is not ready
    # nothing is known, however long ago its planned day was.
    lasted = np.where(ready < now, now - base, -np.inf)
    target = np.maximum(np.maximum(base + quantile(run.uniform(name), lasted), ready), now)
    run.hold(name.replace(".", "_"), target - base)
    return target


def _launch(run: _Run, activity: Activity, ready: Floats) -> Floats:
    situation = run.situation
    planned = run.every(situation.day(situation.planned.get(activity.id, situation.basis.launch_planned)))
    ready = _gated(run, activity, ready, planned)
    quantile = situation.launch_slip or slip_quantile(situation.basis.launch_slip_d, "launch")
    target = _slipped(run, "launch.slip", quantile, planned, ready)
    listed = situation.launch_opportunities_d
    if len(listed) == 0:
        return target
    index = np.searchsorted(listed, target, side="left")
    if bool(np.any(index >= len(listed))):
        run.note("launch opportunities end before some futures are ready; beyond them any time will do")
    return np.where(index < len(listed), listed[np.minimum(index, len(listed) - 1)], target)


def _return(run: _Run, activity: Activity, ready: Floats) -> Floats:
    situation = run.situation
    for mode in situation.modes:
        if mode.stage == "orbit":
            ready = ready + _strike_before(run, mode)
    planned = run.every(situation.day(situation.planned.get(activity.id, situation.basis.return_planned)))
    ready = _gated(run, activity, ready, planned)
    quantile = situation.return_slip or slip_quantile(situation.basis.return_slip_d, "return")
    target = _slipped(run, "return.slip", quantile, planned, ready)
    later = target + situation.hold_return_by_d
    if situation.hold_return_until_d is not None:
        later = np.maximum(later, situation.hold_return_until_d)
    run.hold("hold", later - target)
    spacing = spread_at(situation.basis.return_spacing_d, run.uniform("return.spacing"))
    opportunities = Opportunities(
        situation.return_opportunities_d, run.uniform("return.phase"), np.maximum(spacing, 0.0)
    )
    if len(situation.return_opportunities_d) == 0:
        run.note("no return opportunities were listed; their spacing in the plan basis stands for them")
    elif bool(np.any(later > situation.return_opportunities_d[-1])):
        run.note("beyond the listed return opportunities the spacing in the plan basis stands for them")
    start, abandoned = run.policy(later, opportunities)
    run.hold("opportunity", start - later)
    if bool(np.any(abandoned)):
        run.lose("abandoned", abandoned, vehicle=True)
    return start


def _duration(run: _Run, activity: Activity, done: Done | None, again: str = "") -> Floats:
    situation = run.situation
    lasted = None if done is None else situation.day(situation.as_of) - situation.day(done.started)
    quantile = duration_quantile(activity.duration_d)
    return np.maximum(quantile(run.uniform(f"activity.{activity.id}.duration{again}"), lasted), 0.0)


def _chance(run: _Run, spread: Spread, name: str) -> Floats:
    """Return a chance in [0, 1] for each future; what is not known of it differs between futures."""
    return np.clip(spread_at(spread, run.uniform(f"{name}.chance")) / 100.0, 0.0, 1.0)


def _attempt(run: _Run, activity: Activity) -> None:
    """Let an activity fail by its chance of success; what can be carried out again is."""
    if activity.success_percent is None:
        return
    chance = _chance(run, activity.success_percent, f"activity.{activity.id}.success")
    attempts = ATTEMPTS if activity.milepost in REPEATABLE else 1
    failing = np.ones(run.n, dtype=np.bool_)
    for attempt in range(attempts):
        if attempt > 0:
            extra = np.where(failing, _duration(run, activity, None, f".{attempt}"), 0.0)
            run.ends[activity.id] = run.ends[activity.id] + extra
            run.hold(f"{activity.id}.repeated", extra)
        failing = failing & (run.uniform(f"activity.{activity.id}.success.{attempt}") >= chance)
    run.lose(f"{activity.id}.failed", failing, vehicle=activity.milepost in VEHICLE_PARTS)


def _strike(run: _Run, mode: FailureMode) -> tuple[Bools, Floats]:
    """Return where a mode strikes, and the days it costs there [d]; a loss is booked at once."""
    struck = run.uniform(f"mode.{mode.id}") < _chance(run, mode.chance_percent, f"mode.{mode.id}")
    run.occurred[mode.id] = struck
    if mode.effect == "loss":
        run.lose(mode.id, struck, vehicle=mode.loses == "vehicle")
        return struck, np.zeros(run.n)
    if mode.delay_d is None:
        return struck, np.zeros(run.n)
    days = np.maximum(spread_at(mode.delay_d, run.uniform(f"mode.{mode.id}.delay")), 0.0)
    return struck, np.where(struck, days, 0.0)


def _strike_before(run: _Run, mode: FailureMode) -> Floats:
    _, days = _strike(run, mode)
    run.hold(mode.id, days)
    return days


def _strike_after(run: _Run, mode: FailureMode, activity: Activity) -> None:
    struck, days = _strike(run, mode)
    if mode.effect == "rework":
        again = _duration(run, activity, None, f".rework.{mode.id}")
        days = days + np.where(struck, again, 0.0)
    run.hold(mode.id, days)
    run.ends[activity.id] = run.ends[activity.id] + days


def _ageing_ends(order: tuple[Activity, ...]) -> str | None:
    """Return the activity whose start ends the ageing of the product: the first test, or the release."""
    tests = [a.id for a in order if a.milepost == "laboratory"] or [
        a.id for a in order if a.milepost == "release"
    ]
    return tests[0] if tests else None


def _expire(run: _Run, activity: Activity) -> None:
    made = last_of(run.order, "process")
    if made is None or made not in run.ends:
        return
    run.age_d = run.starts[activity.id] - run.ends[made]
    if run.situation.shelf_life_d is not None:
        run.lose("expired", run.age_d > run.situation.shelf_life_d, vehicle=False)


def _gather(run: _Run) -> Futures:
    situation, n = run.situation, run.n
    names: list[str] = []
    cause: Ints = np.full(n, -1, dtype=np.int16)
    grounded = np.zeros(n, dtype=np.bool_)
    if situation.lost:
        names.append(situation.lost)
        cause[:] = 0
    for name, vehicle, struck in run.losses:
        if name not in names:
            names.append(name)
        fresh = struck & (cause < 0)
        cause[fresh] = names.index(name)
        if vehicle:
            grounded |= struck
    lost = cause >= 0
    landed = last_of(run.order, "return")
    landing = np.full(n, math.nan) if landed is None else run.ends[landed].copy()
    age_d = run.age_d.copy() if len(run.age_d) else np.full(n, math.nan)
    if landed is None or not _is_over(situation, landed):
        for days in (landing, age_d):
            days[grounded | bool(situation.lost)] = math.nan
    released = last_of(run.order, "release")
    ends = [run.ends[released]] if released else list(run.ends.values())
    release = np.maximum.reduce(ends) if ends else np.full(n, math.nan)
    _note_undrawn(run)
    return Futures(
        epoch=situation.epoch,
        as_of=situation.as_of,
        n=n,
        seed=run.seed,
        starts=run.starts,
        ends=run.ends,
        landing=landing,
        release=np.where(lost, math.nan, release),
        lost=lost,
        cause=cause,
        causes=tuple(names),
        occurred=run.occurred,
        held_d=run.held_d,
        opened=run.opened,
        age_d=age_d,
        overdue=run.overdue,
        notes=tuple(run.notes),
    )


def _is_over(situation: Situation, activity: str) -> bool:
    done = situation.done.get(activity)
    return done is not None and done.ended is not None


def _note_undrawn(run: _Run) -> None:
    mileposts: set[Milepost] = {activity.milepost for activity in run.order}
    for mode in run.situation.modes:
        at = "return" if mode.stage == "orbit" else mode.stage
        if mode.id not in run.occurred and at not in mileposts:
            run.note(f"failure mode {mode.id} strikes at {mode.stage}, which the plan does not have")
