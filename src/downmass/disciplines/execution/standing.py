"""Where every phase, command and timer stands, read from the record alone.

Nothing is remembered beside the record: a program that was switched off and started again, or is of a
later version, comes to the same standing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from downmass.disciplines.execution.packml import COMPLETION, FIRST, PAUSED, TABLE, move_between, settled
from downmass.disciplines.execution.recipes import governing_recipe
from downmass.disciplines.execution.soundness import predecessors
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.machine import Command, MoveCause, PhaseState
from downmass.facts.procedure import phases_of, unit_of
from downmass.facts.recipe import Phase

Outcome = Literal["pending", "executed", "refused", "expired"]
TimerStatus = Literal["set", "fired", "cancelled"]

ENDS: frozenset[PhaseState] = frozenset({"complete", "stopped", "aborted"})
"""States in which a phase has ended, well or not."""


@dataclass(frozen=True, slots=True)
class PhaseStanding:
    """Where a phase stands.

    Attributes
    ----------
    since, last
        When it came into its state and the entry that says so; none where nothing has moved it.
    moved_by
        The entry that set it on its way to where it stands: not the ending of an acting state, but
        what began that.
    cause, reason
        By what it was moved there, and what was told of it.
    runs, completions
        How often it was begun and how often it came to its end.
    executed
        Time spent in execute, up to the moment asked for where it still runs.
    longest_pause
        Longest time it stood held or suspended at once, the ways there and back included.
    paused_since
        From when it has stood held or suspended; none where it does not.
    """

    phase: Phase
    unit: str
    state: PhaseState
    since: datetime | None
    last: Event[ev.PhaseMoved] | None
    moved_by: Event[ev.PhaseMoved] | None
    cause: MoveCause | None
    reason: str
    runs: int
    completions: int
    executed: timedelta
    longest_pause: timedelta
    paused_since: datetime | None

    @property
    def over_hold_limit(self) -> timedelta:
        """How much longer than its recipe allows it stood at once; zero where it did not."""
        if self.phase.hold_limit_h is None:
            return timedelta()
        return max(timedelta(), self.longest_pause - timedelta(hours=float(self.phase.hold_limit_h)))


@dataclass(frozen=True, slots=True)
class CommandStanding:
    """What became of a command, with the three times it has.

    Attributes
    ----------
    sent_at, received_at, executed_at
        By the sender's clock, and by that of the device; none while not answered.
    underway
        From sent to received: light time, and the wait for a contact.
    """

    command: str
    phase: str
    verb: Command
    by: str
    sent_at: datetime
    not_before: datetime | None
    received_at: datetime | None
    executed_at: datetime | None
    outcome: Outcome
    reason: str
    entry: str

    @property
    def underway(self) -> timedelta | None:
        """Return the time from sent to received, or none while not answered."""
        return None if self.received_at is None else self.received_at - self.sent_at

    @property
    def waited(self) -> timedelta | None:
        """Return the time from received to executed, or none where it was not executed."""
        if self.received_at is None or self.executed_at is None:
            return None
        return self.executed_at - self.received_at


@dataclass(frozen=True, slots=True)
class TimerStanding:
    """Where a timer stands; it fires once."""

    timer: str
    phase: str
    due: datetime
    purpose: str
    set_at: datetime
    status: TimerStatus
    ended_at: datetime | None
    entry: str

    def overdue(self, at: datetime) -> timedelta:
        """Return how long it has been due and not fired, zero where it is not."""
        return max(timedelta(), at - self.due) if self.status == "set" else timedelta()


def moves_of(campaign: Campaign, phase: str) -> tuple[Event[ev.PhaseMoved], ...]:
    """Return the moves of a phase in order of arrival, which is the order its device made them in."""
    return tuple(event for event in campaign.all(ev.PhaseMoved) if event.body.phase == phase)


def state_of(campaign: Campaign, phase: str) -> PhaseState:
    """Return the state a phase is in, idle where nothing has moved it."""
    moves = moves_of(campaign, phase)
    return moves[-1].body.state if moves else FIRST


def phase_standings(campaign: Campaign, at: datetime | None = None) -> tuple[PhaseStanding, ...]:
    """Return where every phase of the recipe stands, in the order of the procedure.

    Parameters
    ----------
    at
        Up to when a phase that still runs or stands is counted; up to its last move where left out.
    """
    recipe = governing_recipe(campaign)
    if recipe is None:
        return ()
    moves: dict[str, list[Event[ev.PhaseMoved]]] = {}
    for event in campaign.all(ev.PhaseMoved):
        moves.setdefault(event.body.phase, []).append(event)
    return tuple(
        _standing(phase, unit_of(recipe, phase.id) or "", moves.get(phase.id, []), at)
        for phase in phases_of(recipe)
    )


def _standing(
    phase: Phase, unit: str, moves: Sequence[Event[ev.PhaseMoved]], at: datetime | None
) -> PhaseStanding:
    last = moves[-1] if moves else None
    state: PhaseState = last.body.state if last else FIRST
    executed = timedelta()
    runs = completions = 0
    before: PhaseState = FIRST
    driver: Event[ev.PhaseMoved] | None = None
    for place, move in enumerate(moves):
        now = move.body.state
        until = moves[place + 1].occurred_at if place + 1 < len(moves) else at
        spent = max(timedelta(), until - move.occurred_at) if until else timedelta()
        executed += spent if now == "execute" else timedelta()
        runs += begins(before, now)
        completions += now == "complete"
        # what a unit does in execute has its own end; the other acting states only carry a move out
        if driver is None or before == "execute" or COMPLETION.get(before) != now:
            driver = move
        before = now
    pauses = _pauses(moves, at)
    return PhaseStanding(
        phase,
        unit,
        state,
        last.occurred_at if last else None,
        last,
        driver,
        driver.body.cause if driver else None,
        (last.body.reason if last else "") or (driver.body.reason if driver else ""),
        runs,
        completions,
        executed,
        max((end - since for since, end in pauses if end), default=timedelta()),
        pauses[-1][0] if state in PAUSED else None,
    )


def begins(before: PhaseState, now: PhaseState) -> bool:
    """Tell whether a move begins a run: into starting, or into execute where no pause goes before it.

    Examples
    --------
    >>> begins("idle", "starting"), begins("starting", "execute"), begins("unholding", "execute")
    (True, False, False)
    """
    return now == "starting" or (now == "execute" and before not in PAUSED | {"starting", "execute"})


def _pauses(
    moves: Sequence[Event[ev.PhaseMoved]], at: datetime | None
) -> list[tuple[datetime, datetime | None]]:
    """Return when a phase stood still, from and until; the last until the moment asked for."""
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for move in moves:
        if move.body.state in PAUSED:
            since = since or move.occurred_at
        elif since is not None:
            found.append((since, move.occurred_at))
            since = None
    if since is not None:
        found.append((since, at))
    return found


def unfinished_before(campaign: Campaign, phase: str) -> tuple[str, ...]:
    """Return the phases that must be complete before a phase may start and are not."""
    recipe = governing_recipe(campaign)
    if recipe is None:
        return ()
    return tuple(one for one in predecessors(recipe, phase) if state_of(campaign, one) != "complete")


def runnable(campaign: Campaign, at: datetime) -> tuple[Phase, ...]:
    """Return the phases that may start: idle, all they follow complete, no start of theirs under way.

    None may while no control recipe is frozen. A start that was sent and not answered is under way
    from its ``not_before``, or from when it was sent.
    """
    recipe = governing_recipe(campaign)
    if recipe is None or campaign.last(ev.ControlRecipeFrozen) is None:
        return ()
    started = {
        one.phase
        for one in command_standings(campaign)
        if one.verb == "start" and one.outcome == "pending" and (one.not_before or one.sent_at) <= at
    }
    return tuple(
        phase
        for phase in phases_of(recipe)
        if phase.id not in started
        and state_of(campaign, phase.id) == "idle"
        and not unfinished_before(campaign, phase.id)
    )


def command_standings(campaign: Campaign) -> tuple[CommandStanding, ...]:
    """Return what became of every command, in the order they were sent; the first answer counts.

    Where the answer has not come and a move by the command has, it was executed when that was.
    """
    answers: dict[str, ev.CommandAnswered] = {}
    for answer in campaign.all(ev.CommandAnswered):
        answers.setdefault(answer.body.command, answer.body)
    moved: dict[str, datetime] = {}
    for move in campaign.all(ev.PhaseMoved):
        if move.body.command:
            moved.setdefault(move.body.command, move.occurred_at)
    return tuple(
        _command(event, answers.get(event.body.command), moved.get(event.body.command))
        for event in campaign.all(ev.CommandSent)
    )


def _command(
    sent: Event[ev.CommandSent], told_back: ev.CommandAnswered | None, moved: datetime | None
) -> CommandStanding:
    told = sent.body
    without: Outcome = "executed" if moved else "pending"
    return CommandStanding(
        told.command,
        told.phase,
        told.verb,
        told.by,
        sent.occurred_at,
        told.not_before,
        told_back.received_at if told_back else None,
        told_back.executed_at if told_back else moved,
        told_back.outcome if told_back else without,
        told_back.reason if told_back else "",
        sent.id,
    )


def foreseen_state(campaign: Campaign, phase: str) -> PhaseState:
    """Return the state a phase will have settled in once the commands under way are carried out."""
    state = settled(state_of(campaign, phase))
    for one in command_standings(campaign):
        if one.phase == phase and one.outcome == "pending":
            state = settled(TABLE.get((state, one.verb), state))
    return state


def timer_standings(campaign: Campaign) -> tuple[TimerStanding, ...]:
    """Return where every timer stands, in the order they were set; what ended one first counts."""
    ends: dict[str, Event[Any]] = {}
    ended: list[Event[Any]] = [*campaign.all(ev.TimerFired), *campaign.all(ev.TimerCancelled)]
    place = {id: index for index, id in enumerate(campaign.arrival)}
    for event in sorted(ended, key=lambda event: place.get(event.id, len(place))):
        ends.setdefault(event.body.timer, event)
    return tuple(_timer(event, ends.get(event.body.timer)) for event in campaign.all(ev.TimerSet))


def _timer(event: Event[ev.TimerSet], end: Event[Any] | None) -> TimerStanding:
    status: TimerStatus = "set"
    if end is not None:
        status = "fired" if isinstance(end.body, ev.TimerFired) else "cancelled"
    told = event.body
    return TimerStanding(
        told.timer,
        told.phase,
        told.due,
        told.purpose,
        event.occurred_at,
        status,
        end.occurred_at if end else None,
        event.id,
    )


def due_timers(campaign: Campaign, at: datetime) -> tuple[TimerStanding, ...]:
    """Return the timers that are to fire: due by a moment, not fired and not cancelled, first due first.

    After a restart the same ones are due, and none of those that fired before it.
    """
    waiting = [timer for timer in timer_standings(campaign) if timer.status == "set" and timer.due <= at]
    return tuple(sorted(waiting, key=lambda timer: (timer.due, timer.timer)))


def lawful(before: PhaseState, now: PhaseState) -> bool:
    """Tell whether the table has a way from one state straight to another.

    Examples
    --------
    >>> lawful("idle", "starting"), lawful("idle", "complete")
    (True, False)
    """
    return move_between(before, now) is not None
