"""What a phase may do, and what may be told of the commands, equipment and materials of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.execution.packml import accepted, command_for, completed, move_between, next_state
from downmass.disciplines.execution.recipes import governing_recipe
from downmass.disciplines.execution.standing import (
    command_standings,
    foreseen_state,
    moves_of,
    state_of,
    timer_standings,
    unfinished_before,
)
from downmass.disciplines.quality.lots import lots
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.machine import Command, MoveCause, PhaseState
from downmass.facts.party import Meaning, Role
from downmass.facts.procedure import phases_of, units_of
from downmass.facts.recipe import Phase
from downmass.operations.draft import Draft
from downmass.operations.rules import recipes
from downmass.operations.rules.custody import enough_left
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal, Rule

BY_ITSELF: Mapping[MoveCause, frozenset[Command]] = {
    "inside": frozenset({"hold", "unhold", "stop", "abort"}),
    "outside": frozenset({"suspend", "unsuspend", "stop", "abort"}),
}
"""Cause -> what a unit does for it without being told: pause, go on, or end for safety."""

HANDS: frozenset[Role] = frozenset({"operator", "crew", "supervisor", "laboratory"})
"""Roles of which the performer of a phase has one, where the phase names none."""

CHECKERS: frozenset[Role] = frozenset({"operator", "crew", "supervisor", "quality_unit"})
"""Roles of which the checker of a phase has one."""

PARTS: Mapping[str, Meaning] = {"performed": "responsibility", "checked": "review"}
"""Part a person signs for -> what their signature means (21 CFR 211.188(b)(11), 11.50)."""


def _phase(campaign: Campaign, phase: str) -> Phase | Refusal:
    """Return a phase of the batch's recipe, or why there is none of that id."""
    recipe = governing_recipe(campaign)
    if recipe is None:
        return "no recipe is adopted", "record recipe.adopted first"
    known = {one.id: one for one in phases_of(recipe)}
    if phase not in known:
        return f"{phase!r} is no phase of the recipe", f"use one of {', '.join(known)}"
    return known[phase]


def _unknown(campaign: Campaign, phase: str) -> Refusal | None:
    found = _phase(campaign, phase)
    return found if isinstance(found, tuple) else None


def _unfrozen(campaign: Campaign) -> Refusal | None:
    if campaign.last(ev.ControlRecipeFrozen) is None:
        return (
            "no control recipe is frozen",
            "record control.frozen first: a batch runs by one frozen version",
        )
    return None


def _moved(campaign: Campaign, body: ev.PhaseMoved, draft: Draft) -> Refusal | None:
    """Let a phase go only the ways the table has; a replay of what was never frozen tells what was."""
    phase = _phase(campaign, body.phase)
    if isinstance(phase, tuple):
        return phase
    unfrozen = _unfrozen(campaign)
    if unfrozen is not None:
        replayed = campaign.opened is not None and campaign.opened.mode == "replay"
        return None if replayed else unfrozen
    before = state_of(campaign, phase.id)
    way = move_between(before, body.state)
    if way is None:
        return f"phase {phase.id} is {before} and cannot go to {body.state}", _ways(before)
    missing = unfinished_before(campaign, phase.id) if way == "start" else ()
    if missing:
        return f"{phase.id} follows {', '.join(missing)}, not complete", "no phase is skipped; run that first"
    if body.command:
        return _commanded(campaign, body, draft, way)
    return None if way == "done" and body.cause != "command" else _uncommanded(campaign, phase, body, way)


def _ways(state: PhaseState) -> str:
    ways = [f"{verb} leads to {next_state(state, verb)}" for verb in accepted(state)]
    end = completed(state)
    return "; ".join([f"when done it goes to {end}", *ways] if end else ways)


def _commanded(campaign: Campaign, body: ev.PhaseMoved, draft: Draft, way: str) -> Refusal | None:
    """Move by a command that was sent for this, once, not before its time."""
    sent = {one.command: one for one in command_standings(campaign)}
    told = sent.get(body.command)
    if told is None or told.phase != body.phase:
        of_phase = [one.command for one in sent.values() if one.phase == body.phase]
        return (
            f"command {body.command!r} was not sent to {body.phase}",
            f"name one of {', '.join(of_phase) or '(none sent)'}, or say what else moved it",
        )
    if way == "done":
        return None
    if told.verb != way:
        return (
            f"command {told.command} says {told.verb}, this move is a {way}",
            "name the command that made it",
        )
    if told.outcome in ("refused", "expired"):
        return f"command {told.command} was {told.outcome}", "send it again under an id of its own"
    if any(
        e.body.command == told.command and e.body.state == body.state for e in moves_of(campaign, body.phase)
    ):
        return f"command {told.command} has moved {body.phase} already", "a command is carried out once"
    if told.not_before is not None and campaign.read_at(draft.writer, draft.at) < told.not_before:
        due = format_instant(told.not_before)
        return f"command {told.command} is for {due} and later", "wait until then, or check the clock"
    return None


def _uncommanded(campaign: Campaign, phase: Phase, body: ev.PhaseMoved, way: str) -> Refusal | None:
    """Move without a command: what a unit does by itself, or a phase nobody need command."""
    if body.cause == "command":
        return "the move names no command", "name the id of the command that made it"
    if body.cause == "done":
        return f"{way} is no ending of what {phase.id} does", "say what moved it: a command, a timer, a cause"
    if body.cause in BY_ITSELF:
        if way in BY_ITSELF[body.cause]:
            return None
        return (
            f"a cause {body.cause} the unit does not {way} {phase.id}",
            f"{command_for(body.cause)} it, and say why: held for a cause inside, suspended for one outside",
        )
    if phase.roles:
        return (
            f"{phase.id} takes a person with one of the roles {', '.join(sorted(phase.roles))} to {way} it",
            "record command.sent by that person, and name the command",
        )
    timers = [one for one in timer_standings(campaign) if one.phase == phase.id and one.status == "fired"]
    if body.cause == "timer" and not timers:
        return f"no timer of {phase.id} has fired", "record timer.fired first"
    return None


def _sent(campaign: Campaign, body: ev.CommandSent, draft: Draft) -> Refusal | None:
    phase = _phase(campaign, body.phase)
    if isinstance(phase, tuple):
        return phase
    refusal = _unfrozen(campaign) or may_act(campaign, body.by, phase.roles, draft.at)
    if refusal is not None:
        return refusal
    if any(event.body.command == body.command for event in campaign.all(ev.CommandSent)):
        return f"command {body.command} is on record", "give each command its own id"
    state, foreseen = state_of(campaign, phase.id), foreseen_state(campaign, phase.id)
    if next_state(state, body.verb) is None and next_state(foreseen, body.verb) is None:
        takes = ", ".join(dict.fromkeys((*accepted(foreseen), *accepted(state))))
        return f"phase {phase.id} is {state} and takes no {body.verb}", f"it takes {takes}"
    return None


def _answered(campaign: Campaign, body: ev.CommandAnswered, draft: Draft) -> Refusal | None:
    if not any(event.body.command == body.command for event in campaign.all(ev.CommandSent)):
        return f"command {body.command!r} was not sent", "record command.sent first, or mend the id"
    answer = next((e for e in campaign.all(ev.CommandAnswered) if e.body.command == body.command), None)
    if answer is not None:
        return (
            f"command {body.command} is answered as {answer.id}: {answer.body.outcome}",
            "a command is answered once; correct that entry",
        )
    if (body.outcome == "executed") != (body.executed_at is not None):
        return (
            f"{body.outcome}, executed at {body.executed_at}",
            "give `executed_at` where it ran, and only there",
        )
    if body.outcome != "executed" and not body.reason.strip():
        return f"the command was {body.outcome} for no reason", "say why in `reason`"
    return None


def _timer_set(campaign: Campaign, body: ev.TimerSet, draft: Draft) -> Refusal | None:
    if any(event.body.timer == body.timer for event in campaign.all(ev.TimerSet)):
        return f"timer {body.timer} is on record", "give each timer its own id"
    return _unknown(campaign, body.phase)


def _timer_ended(campaign: Campaign, body: ev.TimerFired | ev.TimerCancelled, draft: Draft) -> Refusal | None:
    timer = {one.timer: one for one in timer_standings(campaign)}.get(body.timer)
    if timer is None:
        return f"timer {body.timer!r} was not set", "record timer.set first, or mend the id"
    if timer.status != "set":
        return f"timer {body.timer} {_was(timer.status)}", "a timer ends once; set another under its own id"
    if isinstance(body, ev.TimerFired) and campaign.read_at(draft.writer, draft.at) < timer.due:
        return (
            f"timer {body.timer} is due at {format_instant(timer.due)}",
            "wait until then, or check the clock",
        )
    return None


def _was(status: str) -> str:
    return "has fired" if status == "fired" else "was cancelled"


def _equipped(campaign: Campaign, body: ev.EquipmentAssigned, draft: Draft) -> Refusal | None:
    recipe = governing_recipe(campaign)
    known = units_of(recipe) if recipe else ()
    if body.unit not in known:
        return (
            f"{body.unit!r} is no unit of the recipe",
            f"use one of {', '.join(known) or '(no recipe adopted)'}",
        )
    return None


def _charged(campaign: Campaign, body: ev.MaterialCharged, draft: Draft) -> Refusal | None:
    """Charge a component of the formula, where the recipe states one, and no more of a lot than is left."""
    refusal = _unknown(campaign, body.phase)
    if refusal is not None:
        return refusal
    recipe = governing_recipe(campaign)
    formula = {one.id: one for one in recipe.materials} if recipe else {}
    if formula and body.material not in formula:
        known = ", ".join(formula)
        return f"{body.material!r} is no material of the formula", f"use one of {known}"
    unit = formula[body.material].unit if formula else body.unit
    if body.unit != unit:
        return (
            f"{body.quantity} {body.unit} of {body.lot}: the formula is in {unit}",
            f"give the quantity in {unit}",
        )
    there = lots(campaign).get(body.lot)
    if there is not None and there.unit != unit:
        return (
            f"lot {body.lot} is counted in {there.unit}, the formula in {unit}",
            f"correct the entry that brought the lot, {there.entry}, to {unit}",
        )
    return enough_left(campaign, (ev.LotPart(body.lot, body.quantity, body.unit),))


def _checked(campaign: Campaign, body: ev.CheckReported, draft: Draft) -> Refusal | None:
    phase, recipe = _phase(campaign, body.phase), governing_recipe(campaign)
    if isinstance(phase, tuple) or recipe is None:
        return phase if isinstance(phase, tuple) else None
    described = {check.id: check for check in recipe.checks if check.id in phase.checks}
    if body.check not in described:
        known = ", ".join(described) or "(none)"
        return f"{body.check!r} is no check of phase {phase.id}", f"use one of {known}"
    unit = described[body.check].unit
    if body.unit != unit:
        return f"check {body.check} is in {unit}, not in {body.unit}", f"give the value in {unit}"
    return None


def _yielded(campaign: Campaign, body: ev.YieldReported, draft: Draft) -> Refusal | None:
    """Take a yield of a known phase; the device may report it before the ground registers the lot."""
    there = lots(campaign).get(body.lot)
    if there is not None and there.unit != body.unit:
        return f"lot {body.lot} is in {there.unit}, not in {body.unit}", f"give the yield in {there.unit}"
    return _unknown(campaign, body.phase)


def _phase_signed(campaign: Campaign, body: ev.PhaseSigned, draft: Draft) -> Refusal | None:
    """Two people sign for a significant phase: who performed it, and who checked it."""
    phase = _phase(campaign, body.phase)
    if isinstance(phase, tuple):
        return phase
    if len(draft.sign) != 1:
        return "a phase is signed by one person at a time", "name one person and the meaning of the signature"
    person, meaning = draft.sign[0]
    if meaning != PARTS[body.part]:
        return f"{body.part} is not signed for {meaning}", f"sign with meaning {PARTS[body.part]}"
    roles = (phase.roles or HANDS) if body.part == "performed" else CHECKERS
    refusal = may_act(campaign, person, roles, draft.at)
    if refusal is not None:
        return refusal
    if not moves_of(campaign, phase.id):
        return f"phase {phase.id} has not run", "sign for it once it has"
    signed = [event.body for event in campaign.all(ev.PhaseSigned) if event.body.phase == phase.id]
    for other in signed:
        if other.signature.signer == person:
            return f"{person} signed that {phase.id} was {other.part}", "performer and checker are two people"
    return None


def _alarm(campaign: Campaign, body: ev.AlarmRaised, draft: Draft) -> Refusal | None:
    if any(event.body.alarm == body.alarm for event in campaign.all(ev.AlarmRaised)):
        return f"alarm {body.alarm} is on record", "give each alarm its own id"
    recipe = governing_recipe(campaign)
    known = [parameter.id for parameter in recipe.parameters] if recipe else []
    if body.parameter and body.parameter not in known:
        use = ", ".join(known) or "(none)"
        return f"{body.parameter!r} is no parameter of the recipe", f"use one of {use}, or leave it empty"
    return _unknown(campaign, body.phase) if body.phase else None


def _acknowledged(campaign: Campaign, body: ev.AlarmAcknowledged, draft: Draft) -> Refusal | None:
    raised = [event.body.alarm for event in campaign.all(ev.AlarmRaised)]
    if body.alarm not in raised:
        return f"alarm {body.alarm!r} was not raised", f"use one of {', '.join(raised) or '(none)'}"
    if any(event.body.alarm == body.alarm for event in campaign.all(ev.AlarmAcknowledged)):
        return f"alarm {body.alarm} is acknowledged", "an alarm is acknowledged once"
    return may_act(campaign, body.person, (), draft.at)


RULES: Mapping[type[Any], Rule] = {
    **recipes.RULES,
    ev.PhaseMoved: _moved,
    ev.CommandSent: _sent,
    ev.CommandAnswered: _answered,
    ev.TimerSet: _timer_set,
    ev.TimerFired: _timer_ended,
    ev.TimerCancelled: _timer_ended,
    ev.EquipmentAssigned: _equipped,
    ev.MaterialCharged: _charged,
    ev.CheckReported: _checked,
    ev.YieldReported: _yielded,
    ev.PhaseSigned: _phase_signed,
    ev.AlarmRaised: _alarm,
    ev.AlarmAcknowledged: _acknowledged,
}
"""Entry type -> its rule."""
