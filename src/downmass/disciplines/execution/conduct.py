"""What was used in the batch, and whether it went the ways its recipe and its machine have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.execution.packml import FIRST
from downmass.disciplines.execution.recipes import fit_findings, governing_recipe
from downmass.disciplines.execution.soundness import predecessors
from downmass.disciplines.execution.standing import (
    begins,
    command_standings,
    lawful,
    phase_standings,
    timer_standings,
)
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.machine import PhaseState
from downmass.facts.procedure import phases_of

CLOCK_MARGIN = timedelta(seconds=1)
"""How far a command's received time may lie before its sent time without a word: two clocks."""


@dataclass(frozen=True, slots=True)
class EquipmentStanding:
    """A piece of equipment in the part of a unit, and the phases it was used in.

    Attributes
    ----------
    frozen
        Equipment the control recipe names for the unit; empty where it names none.
    """

    unit: str
    equipment: str
    model: str
    calibrated_until: datetime
    cleaned_at: datetime | None
    used_at: tuple[datetime, ...]
    frozen: str
    entry: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A component of the formula against what was charged of it, in the unit of the formula."""

    material: str
    title: str
    unit: str
    wanted: Decimal
    charged: Decimal
    lots: tuple[str, ...]
    entries: tuple[str, ...]


def charges(campaign: Campaign) -> tuple[Charge, ...]:
    """Return every component of the formula with what was charged of it."""
    recipe = governing_recipe(campaign)
    if recipe is None:
        return ()
    found = []
    for material in recipe.materials:
        own = [e for e in campaign.all(ev.MaterialCharged) if e.body.material == material.id]
        total = sum((e.body.quantity for e in own if e.body.unit == material.unit), Decimal(0))
        lots = tuple(dict.fromkeys(event.body.lot for event in own))
        entries = tuple(event.id for event in own)
        found.append(
            Charge(material.id, material.title, material.unit, material.quantity, total, lots, entries)
        )
    return tuple(found)


def equipment_standings(campaign: Campaign) -> tuple[EquipmentStanding, ...]:
    """Return every piece of equipment assigned, with when its unit began to run while it was."""
    assigned = campaign.all(ev.EquipmentAssigned)
    frozen = campaign.last(ev.ControlRecipeFrozen)
    named = {one.unit: one.equipment for one in frozen.body.control.equipment} if frozen else {}
    used: dict[str, list[datetime]] = {event.id: [] for event in assigned}
    for unit, at in _starts(campaign):
        before = [e for e in assigned if e.body.unit == unit and e.occurred_at <= at]
        if before:
            used[max(before, key=lambda e: e.occurred_at).id].append(at)
    return tuple(
        EquipmentStanding(
            event.body.unit,
            event.body.equipment,
            event.body.model,
            event.body.calibrated_until,
            event.body.cleaned_at,
            tuple(used[event.id]),
            named.get(event.body.unit, ""),
            event.id,
        )
        for event in assigned
    )


def _starts(campaign: Campaign) -> Iterator[tuple[str, datetime]]:
    """Yield the unit and the moment of every run that was begun."""
    units = {standing.phase.id: standing.unit for standing in phase_standings(campaign)}
    states: dict[str, PhaseState] = {}
    for event in campaign.all(ev.PhaseMoved):
        body = event.body
        if begins(states.get(body.phase, FIRST), body.state) and body.phase in units:
            yield units[body.phase], event.occurred_at
        states[body.phase] = body.state


def open_alarms(campaign: Campaign) -> tuple[Event[ev.AlarmRaised], ...]:
    """Return the alarms nobody has acknowledged, in order of arrival."""
    seen = {event.body.alarm for event in campaign.all(ev.AlarmAcknowledged)}
    return tuple(event for event in campaign.all(ev.AlarmRaised) if event.body.alarm not in seen)


def execution_findings(campaign: Campaign, at: datetime) -> tuple[Finding, ...]:
    """Return what was out of order in the execution of the batch, as it stood at a moment.

    Entries a device made while nobody could refuse them are judged here: moves the table does not
    have, a phase begun before its time or twice, timers, commands. Nothing is judged where no control
    recipe was frozen. Pauses, equipment, materials and alarms are judged with the batch record, by
    the discipline of quality.
    """
    if campaign.last(ev.ControlRecipeFrozen) is None:
        return ()
    return (
        *_frozen(campaign),
        *_moves(campaign),
        *_timers(campaign, at),
        *_commands(campaign),
    )


def _frozen(campaign: Campaign) -> Iterator[Finding]:
    """Hold the recipe on record against what was frozen: a correction may have changed it since.

    That its hash is another is found with the batch record; here, what no longer fits.
    """
    recipe, frozen = governing_recipe(campaign), campaign.last(ev.ControlRecipeFrozen)
    if recipe is None or frozen is None:
        return
    for finding in fit_findings(recipe, frozen.body.control):
        text = f"the control recipe does not fit the recipe on record: {finding.message}"
        yield Finding(frozen.id, text, finding.severity, (frozen.id,))


def _moves(campaign: Campaign) -> Iterator[Finding]:
    recipe = governing_recipe(campaign)
    titles = {phase.id: phase.title for phase in phases_of(recipe)} if recipe else {}
    states: dict[str, PhaseState] = {}
    ended: set[str] = set()
    for event in campaign.all(ev.PhaseMoved):
        phase, now = event.body.phase, event.body.state
        before, title = states.get(phase, FIRST), titles.get(phase, phase)
        if not lawful(before, now):
            text = f"phase {title!r} went from {before} to {now}, which no command and no ending does"
            yield Finding(event.id, f"{text}; {_way_out(event)}", "blocking", (event.id,))
        if begins(before, now):
            if phase in ended:
                text = f"phase {title!r} ran again after it was complete, with no reset on record"
                yield Finding(event.id, f"{text}; {_way_out(event)}", "blocking", (event.id,))
            missing = [
                titles.get(one, one)
                for one in (predecessors(recipe, phase) if recipe else ())
                if states.get(one, FIRST) != "complete"
            ]
            if missing:
                text = f"phase {title!r} began before {', '.join(missing)} was complete"
                yield Finding(event.id, f"{text}; {_way_out(event)}", "blocking", (event.id,))
        ended = ended | {phase} if now == "complete" else ended - {phase} if now == "resetting" else ended
        states[phase] = now


def _way_out(event: Event[Any]) -> str:
    return f"correct the entry, or raise a nonconformity that names {event.id}"


def _timers(campaign: Campaign, at: datetime) -> Iterator[Finding]:
    standings = timer_standings(campaign)
    due = {timer.timer: timer.due for timer in standings}
    fired: set[str] = set()
    for event in campaign.all(ev.TimerFired):
        timer = event.body.timer
        if timer in fired:
            text = f"timer {timer} fired a second time; {_way_out(event)}"
            yield Finding(event.id, text, "blocking", (event.id,))
        fired.add(timer)
        # Set in one epoch of the clock and fired in another, both are read as well as they are known.
        latest = event.occurred_at + timedelta(seconds=float(event.uncertainty_s))
        if timer in due and latest < due[timer]:
            text = f"timer {timer} fired before it was due; check the device's clock"
            yield Finding(event.id, text, "warning", (event.id,))
    for one in standings:
        if one.overdue(at):
            text = (
                f"timer {one.timer} ({one.purpose}) is due since {format_instant(one.due)} and has not fired"
            )
            yield Finding(
                one.entry, f"{text}; ask the device, or wait for its entries", "warning", (one.entry,)
            )


def _commands(campaign: Campaign) -> Iterator[Finding]:
    recipe = governing_recipe(campaign)
    bears = {phase.id: phase.latency_s for phase in phases_of(recipe)} if recipe else {}
    for one in command_standings(campaign):
        most = bears.get(one.phase)
        if most is not None and one.underway is not None and one.underway > timedelta(seconds=float(most)):
            text = f"command {one.command} took {one.underway.total_seconds():.1f} s, {most} s are allowed"
            text += f" to {one.phase}; let the device act by itself, or wait for a better link"
            yield Finding(one.entry, text, "warning", (one.entry,))
        underway, waited = one.underway, one.waited
        if (underway is not None and underway < -CLOCK_MARGIN) or (
            waited is not None and waited < timedelta()
        ):
            text = (
                f"command {one.command} was received before it was sent, or executed before it was received"
            )
            yield Finding(one.entry, f"{text}; correlate the device's clock", "warning", (one.entry,))
        early = one.executed_at and one.not_before and one.executed_at < one.not_before
        if early:
            text = f"command {one.command} was executed before the time it was given for"
            yield Finding(one.entry, f"{text}; correlate the device's clock", "warning", (one.entry,))
