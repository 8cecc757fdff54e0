"""The device's executive: it runs the control recipe by its own log, and remembers nothing besides.

Each step reads the log, looks at the plant, and records what is due; done twice, the second does nothing.
So a device that was cut off at any point goes on where its log stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from downmass.base.instant import Window
from downmass.disciplines.execution.packml import PAUSED, completed, next_state
from downmass.disciplines.execution.plant import Array, Drive
from downmass.disciplines.execution.recipes import governing_recipe
from downmass.disciplines.execution.standing import (
    PhaseStanding,
    TimerStanding,
    due_timers,
    moves_of,
    phase_standings,
    runnable,
    state_of,
    timer_standings,
    unfinished_before,
)
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.machine import Command, MoveCause, PhaseState
from downmass.facts.procedure import phases_of
from downmass.facts.quantity import Number
from downmass.facts.recipe import Check, Parameter, Phase
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.flight.segments import excursion_of, segment_of

END, LIMIT = "end of the phase", "longest hold of the phase"
"""What the timers of a phase are for."""

ENDED = frozenset({"complete", "stopped", "aborted"})


class Plant(Protocol):
    """What an executive sees and drives: a real plant, or a simulated one."""

    def outside(self, phase: Phase) -> str:
        """Return what outside the unit keeps a phase from running (no sun, no power, no contact), or ""."""
        ...

    def inside(self, phase: Phase) -> str:
        """Return what inside the unit keeps a phase from running (a tripped heater), or ""."""
        ...

    def measured(self, parameter: str) -> Array:
        """Return what was measured since the last step, one value each sample time."""
        ...

    def drive(self, parameter: str, drive: Drive) -> None:
        """Drive a parameter to a setpoint."""
        ...

    def reading(self, check: Check) -> tuple[Number, str] | None:
        """Return what an in-process check reads and by which instrument; none if nobody can read it."""
        ...

    def yielded(self, phase: Phase, held_h: float) -> tuple[str, Decimal, Decimal, str] | None:
        """Return lot, actual and theoretical yield and unit of a phase, or none."""
        ...

    def crew_ready(self, phase: Phase) -> bool:
        """Tell whether the crew can begin a phase now."""
        ...

    def began(self, phase: str) -> None:
        """Learn that a phase runs."""
        ...


@dataclass(frozen=True, slots=True)
class Orders:
    """What the executive is told besides the recipe.

    Attributes
    ----------
    crew
        Who commands crew phases on board.
    """

    software: str
    clock_uncertainty_s: Decimal
    drift_bound_ppm: Decimal
    sample_s: Decimal
    crew: str
    source: str


class Executive:
    """Runs the phases of a control recipe on a device."""

    def __init__(self, edge: Edge, plant: Plant, orders: Orders) -> None:
        self._edge = edge
        self._plant = plant
        self._orders = orders

    def step(self, span: Window | None, sessions: int) -> None:
        """Do what is due now.

        Parameters
        ----------
        span
            Time since the last step, by the device's clock, for which there are measurements.
        sessions
            How often the device has been switched on.
        """
        edge, orders = self._edge, self._orders
        writer = edge.writer
        if sum(e.body.writer == writer for e in edge.state().all(ev.WriterBorn)) < sessions:
            edge.boot(orders.software, orders.clock_uncertainty_s, orders.drift_bound_ppm)
        edge.watch()
        self._record(self._measured(span))
        self._record(self._cut_off())
        for phase in self._phases():
            self._record(self._troubled(phase))
        self._record(self._timed())
        for command in self._pending():
            self._record(self._obeyed(command))
        for phase in self._phases():
            self._record(self._begun(phase))
        # What a command set going against no sun or no contact is not left to run until the next step.
        for phase in self._phases():
            self._record(self._troubled(phase))
        self._drive()

    def timers(self) -> list[timedelta]:
        """Return how far off the timers that run are, by the device's clock."""
        return [timer.due - self._now() for timer in running_timers(self._edge.state())]

    def wants_sun(self) -> bool:
        """Tell whether a phase that stands or runs, or may begin, takes the sun."""
        campaign = self._edge.state()
        return any(p.needs_sun and state_of(campaign, p.id) not in ENDED for p in self._phases())

    def active(self) -> bool:
        """Tell whether a phase runs, stands, or is commanded."""
        standings = phase_standings(self._edge.state())
        return any(one.state not in {"idle", *ENDED} for one in standings) or bool(self._pending())

    def looks_in(self) -> timedelta | None:
        """Return how soon the device looks at the commands on board, or none where none waits.

        With its next measurement, and in half the time a phase allows a command to take.
        """
        waiting = {event.body.phase for event in self._pending()}
        if not waiting:
            return None
        allowed = [phase.latency_s for phase in self._phases() if phase.id in waiting and phase.latency_s]
        return timedelta(seconds=float(min([self._orders.sample_s, *(one / 2 for one in allowed)])))

    def waiting(self) -> bool:
        """Tell whether a phase may begin, and waits for people, sun, power or a contact."""
        return bool(runnable(self._edge.state(), self._edge.now()))

    def _record(self, drafts: Iterator[Draft]) -> None:
        told = list(drafts)
        if told:
            self._edge.record(told)

    def _draft(self, body: Any, at: datetime | None = None, cause: Sequence[str] = ()) -> Draft:
        """Return an entry stamped by the device's own clock, right or wrong: the log corrects it."""
        now = self._edge.now()
        return Draft(
            ev.TYPE_OF[type(body)], body, at or now, self._edge.writer, "simulated", self._orders.source,
            recorded_at=now, cause=tuple(cause),
        )  # fmt: skip

    def _now(self) -> datetime:
        """Return the time as the device's log reads its clock, to be compared with instants in the log."""
        return self._edge.read(self._edge.now()).at

    def _phases(self) -> tuple[Phase, ...]:
        return phases_in_force(self._edge.state())

    def _standing(self, phase: Phase) -> PhaseStanding:
        standings = phase_standings(self._edge.state(), self._now())
        return next(one for one in standings if one.phase.id == phase.id)

    def _move(self, phase: str, state: PhaseState, why: str, cause: MoveCause, command: str = "") -> Draft:
        return self._draft(ev.PhaseMoved(phase, state, why, cause, command))

    def _through(
        self, phase: Phase, state: PhaseState, verb: Command, why: str, cause: MoveCause, command: str = ""
    ) -> Iterator[Draft]:
        """Yield the acting state a command leads to and the waiting one it ends in, with their timers."""
        acting = next_state(state, verb)
        assert acting is not None
        yield self._move(phase.id, acting, why, cause, command)
        ends = completed(acting)
        if ends is None:
            return
        yield self._move(phase.id, ends, "", "done")
        yield from self._no_timer(phase, why)
        if ends == "execute":
            left = timedelta(hours=float(phase.duration_h)) - self._standing(phase).executed
            yield self._timer(phase, "end", left, END)
        elif ends in PAUSED and phase.hold_limit_h is not None:
            yield self._timer(phase, "limit", timedelta(hours=float(phase.hold_limit_h)), LIMIT)

    def _timer(self, phase: Phase, name: str, length: timedelta, purpose: str) -> Draft:
        number = sum(e.body.phase == phase.id for e in self._edge.state().all(ev.TimerSet)) + 1
        due = self._edge.now() + max(length, timedelta())
        return self._draft(ev.TimerSet(f"{phase.id}-{name}-{number}", phase.id, due, purpose))

    def _no_timer(self, phase: Phase, why: str) -> Iterator[Draft]:
        for timer in running_timers(self._edge.state()):
            if timer.phase == phase.id:
                yield self._draft(ev.TimerCancelled(timer.timer, why), cause=(timer.entry,))

    def _measured(self, span: Window | None) -> Iterator[Draft]:
        """Yield a segment for each parameter of a phase that ran, and any excursion from its limits."""
        if span is None or self._plant_was_off():
            return
        campaign = self._edge.state()
        assert campaign.recipe is not None
        known = {parameter.id: parameter for parameter in campaign.recipe.parameters}
        sealed = {(e.body.parameter, e.body.when.opens) for e in campaign.all(ev.SegmentSealed)}
        opens, closes = self._edge.read(span.opens).at, self._edge.read(span.closes).at
        for name, phase in _watched(campaign, closes).items():
            values = self._plant.measured(name)
            if (name, opens) not in sealed and len(values):
                yield from self._sealed(known[name], phase, span, values)

    def _plant_was_off(self) -> bool:
        born = [e for e in self._edge.state().all(ev.WriterBorn) if e.body.writer == self._edge.writer]
        return not born or born[-1].occurred_at == self._now()

    def _sealed(self, parameter: Parameter, phase: Phase, span: Window, values: Array) -> Iterator[Draft]:
        stands = self._alarm_stands(parameter)
        yield self._draft(segment_of(parameter, phase.id, span, values), at=span.closes)
        number = len(self._edge.state().all(ev.ExcursionDetected)) + 1
        excursion = excursion_of(
            parameter, span, values, f"{parameter.id}-out-{number}", self._orders.sample_s
        )
        if excursion is None:
            return
        yield self._draft(excursion, at=excursion.when.closes)
        if not stands:
            text = f"{parameter.title} at {excursion.worst} {parameter.unit}, limit {excursion.limit}"
            alarms = len(self._edge.state().all(ev.AlarmRaised)) + 1
            yield self._draft(
                ev.AlarmRaised(f"alarm-{number}-{alarms}", phase.id, parameter.id, text, "warning")
            )

    def _alarm_stands(self, parameter: Parameter) -> bool:
        """Tell whether the last segment lay outside the limits: its alarm stands until one lies inside."""
        segments = [
            e.body for e in self._edge.state().all(ev.SegmentSealed) if e.body.parameter == parameter.id
        ]
        if not segments:
            return False
        low, high = parameter.low, parameter.high
        least, most = segments[-1].least, segments[-1].most
        return (low is not None and least < low) or (high is not None and most > high)

    def _cut_off(self) -> Iterator[Draft]:
        """Yield the suspension of phases that ran when the power went: the first thing after a restart.

        Nobody saw when it went. It is told from the last entry before, the last moment the phase is known
        to have run: what follows is not counted as run, and is done again.
        """
        campaign = self._edge.state()
        own = [e for group in campaign.events.values() for e in group if e.writer == self._edge.writer]
        born = max(e.sequence for e in own if isinstance(e.body, ev.WriterBorn))
        seen = max((e.occurred_at for e in own if e.sequence < born), default=None)
        for phase in phases_in_force(campaign):
            last = last_move(campaign, phase.id)
            if seen is None or last is None or last.body.state != "execute" or last.sequence > born:
                continue
            dark = max(self._now() - seen, timedelta())
            why = "the power was off while it ran"
            first, *rest = self._through(phase, "execute", "suspend", why, "outside")
            yield replace(first, at=first.at - dark, uncertainty_s=Decimal(str(dark.total_seconds())))
            yield from rest

    def _troubled(self, phase: Phase) -> Iterator[Draft]:
        """Yield a hold or suspension where something stands against a running phase, and its end."""
        state = state_of(self._edge.state(), phase.id)
        outside, inside = self._plant.outside(phase), self._plant.inside(phase)
        if state == "execute" and inside:
            yield from self._through(phase, state, "hold", inside, "inside")
            number = len(self._edge.state().all(ev.AlarmRaised)) + 1
            yield self._draft(ev.AlarmRaised(f"alarm-{number}", phase.id, "", inside, "warning"))
        elif state == "execute" and outside:
            yield from self._through(phase, state, "suspend", outside, "outside")
        elif state == "suspended" and not outside and not inside:
            yield from self._through(
                phase, state, "unsuspend", "nothing outside stands against it", "outside"
            )

    def _timed(self) -> Iterator[Draft]:
        """Yield the timers that are due, and the end of the phases they are for."""
        campaign, now = self._edge.state(), self._now()
        for timer in due_timers(campaign, now):
            late = Decimal(str(round((now - timer.due).total_seconds(), 3)))
            yield self._draft(ev.TimerFired(timer.timer, late), cause=(timer.entry,))
            phase = next(phase for phase in self._phases() if phase.id == timer.phase)
            if timer.purpose == LIMIT:
                text = f"{phase.title} has stood as long as its recipe allows, {phase.hold_limit_h} h"
                yield self._draft(ev.AlarmRaised(f"{timer.timer}-alarm", phase.id, "", text, "caution"))
            else:
                yield from self._ended(campaign, phase)

    def _ended(self, campaign: Campaign, phase: Phase) -> Iterator[Draft]:
        yield self._move(phase.id, "completing", "its time is over", "timer")
        assert campaign.recipe is not None
        for check in campaign.recipe.checks:
            reading = self._plant.reading(check) if check.id in phase.checks else None
            if reading is not None:
                yield self._draft(ev.CheckReported(phase.id, check.id, reading[0], check.unit, reading[1]))
        stood_h = self._standing(phase).longest_pause / timedelta(hours=1)
        given = self._plant.yielded(phase, stood_h)
        if given is not None:
            lot, actual, theoretical, unit = given
            yield self._draft(ev.YieldReported(phase.id, lot, actual, theoretical, unit))
        yield self._move(phase.id, "complete", "", "done")

    def _pending(self) -> list[Event[ev.CommandSent]]:
        campaign = self._edge.state()
        answered = {e.body.command for e in campaign.all(ev.CommandAnswered)}
        return [e for e in campaign.all(ev.CommandSent) if e.body.command not in answered]

    def _obeyed(self, sent: Event[ev.CommandSent]) -> Iterator[Draft]:
        """Yield the answer to a command, and what it does."""
        campaign, now = self._edge.state(), self._edge.now()
        phase = next((phase for phase in self._phases() if phase.id == sent.body.phase), None)
        state = state_of(campaign, sent.body.phase)
        why = ""
        if phase is None:
            why = f"the control recipe has no phase {sent.body.phase}"
        elif next_state(state, sent.body.verb) is None:
            why = f"{sent.body.verb} is not accepted while {sent.body.phase} is {state}"
        elif sent.body.verb == "start" and unfinished_before(campaign, phase.id):
            why = f"not complete before {phase.id}: {', '.join(unfinished_before(campaign, phase.id))}"
        elif sent.body.verb == "unhold" and self._plant.inside(phase):
            why = self._plant.inside(phase)
        if why:
            yield self._draft(
                ev.CommandAnswered(sent.body.command, now, None, "refused", why), cause=(sent.id,)
            )
            return
        assert phase is not None
        answer = ev.CommandAnswered(sent.body.command, now, now, "executed")
        yield self._draft(answer, cause=(sent.id,))
        told = f"by {sent.body.by}" if sent.body.by else "by the ground"
        yield from self._through(phase, state, sent.body.verb, told, "command", sent.body.command)

    def _begun(self, phase: Phase) -> Iterator[Draft]:
        """Yield the start of a phase that begins by itself, or by the crew on board."""
        campaign = self._edge.state()
        if phase not in runnable(campaign, self._now()):
            return
        if self._plant.outside(phase) or self._plant.inside(phase):
            return
        if phase.autonomy == "autonomous":
            yield from self._through(phase, "idle", "start", "the recipe goes on by itself", "told")
        elif phase.autonomy == "crew" and self._plant.crew_ready(phase):
            number = len(campaign.all(ev.CommandSent)) + 1
            command = f"{self._edge.writer}-crew-{number}"
            now = self._edge.now()
            yield self._draft(ev.CommandSent(command, phase.id, "start", self._orders.crew))
            yield self._draft(ev.CommandAnswered(command, now, now, "executed"))
            yield from self._through(phase, "idle", "start", "by the crew", "command", command)

    def _drive(self) -> None:
        """Drive what the running phases drive; said anew each step, so that a restart changes nothing."""
        campaign = self._edge.state()
        control = campaign.last(ev.ControlRecipeFrozen)
        chosen = {(s.phase, s.parameter): s for s in control.body.control.setpoints} if control else {}
        for phase in phases_in_force(campaign):
            state = state_of(campaign, phase.id)
            if state not in ("execute", "held", "suspended"):
                continue
            self._plant.began(phase.id)
            for setpoint in phase.setpoints:
                told = chosen.get((phase.id, setpoint.parameter), setpoint)
                ramp = None if told.ramp_per_h is None else float(told.ramp_per_h) / 3600
                if ramp is not None and state != "execute":
                    ramp = 0.0  # a ramp waits where it has come to while its phase stands still
                self._plant.drive(told.parameter, Drive(float(told.value), ramp))


def _watched(campaign: Campaign, until: datetime) -> dict[str, Phase]:
    """Return the parameters to be measured, each with the phase it is measured for.

    That is a phase that had begun by then and has not ended; between two phases that name a parameter,
    the one before.
    """
    watched: dict[str, Phase] = {}
    waiting: dict[str, Phase] = {}
    for phase in phases_in_force(campaign):
        moves = moves_of(campaign, phase.id)
        begun = bool(moves) and moves[0].occurred_at < until
        ended = begun and moves[-1].body.state in ENDED
        for name in phase.parameters:
            if begun and not ended:
                watched.setdefault(name, phase)
            elif ended:
                waiting[name] = phase
            elif name in waiting:
                watched.setdefault(name, waiting[name])
    return watched


def phases_in_force(campaign: Campaign) -> tuple[Phase, ...]:
    """Return the phases of the recipe the batch runs by, in the order of its procedure."""
    recipe = governing_recipe(campaign)
    return phases_of(recipe) if recipe is not None else ()


def last_move(campaign: Campaign, phase: str) -> Event[ev.PhaseMoved] | None:
    """Return the latest move of a phase, or none."""
    moves = moves_of(campaign, phase)
    return moves[-1] if moves else None


def running_timers(campaign: Campaign) -> tuple[TimerStanding, ...]:
    """Return the timers that neither fired nor were cancelled, in the order they were set."""
    return tuple(timer for timer in timer_standings(campaign) if timer.status == "set")
