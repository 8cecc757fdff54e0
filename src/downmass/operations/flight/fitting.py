"""A flight script held against the campaign it is for, before anything flies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from downmass.base.errors import DownmassError, InputError
from downmass.facts import event as ev
from downmass.facts.procedure import phases_of
from downmass.facts.recipe import MasterRecipe
from downmass.operations.draft import Draft
from downmass.operations.flight.script import Act, Fault, Script
from downmass.operations.history import read_entry

FILLED = "$yield:"
"""What stands in a body for what a phase gave."""

WAITS = ("phase", "held", "fault", "read")
NAMES = ("excursions", "held", "segments", "outside", "alarms")
NEEDS_PHASE = frozenset({"crew_late"})
"""Faults that only a phase can have."""


class Known:
    """What a script may name: taken from the entries that open its campaign."""

    def __init__(self, opening: Sequence[Draft]) -> None:
        recipe: MasterRecipe | None = None
        self.people: set[str] = set()
        self.writers: set[str] = set()
        for draft in opening:
            if isinstance(draft.body, ev.RecipeAdopted):
                recipe = draft.body.recipe
            elif isinstance(draft.body, ev.RoleAssigned):
                self.people.add(draft.body.person.id)
            elif isinstance(draft.body, ev.WriterEnrolled):
                self.writers.add(draft.body.writer)
        self.phases = {phase.id: phase for phase in phases_of(recipe)} if recipe else {}
        self.parameters = {parameter.id for parameter in recipe.parameters} if recipe else set()
        self.checks = {check.id for check in recipe.checks} if recipe else set()


def fit_script(script: Script, opening: Sequence[Draft], name: str = "flight.toml") -> None:
    """Refuse a script that names what its campaign does not have.

    Raises
    ------
    InputError
        If an act, fault, logger or plant names a phase, parameter, check, person, writer, act or fault
        that is not there, or an act's body does not fit its type; the message names file and field.
    """
    known = Known(opening)
    for where, kind, named, there in _named(script, known):
        if named not in there:
            use = ", ".join(sorted(there)) or "(none)"
            raise InputError(f"{name}: {where}: there is no {kind} {named!r}", f"use one of {use}")
    fit_faults(script.faults, opening, name)
    answering = {how.parameter for how in script.plant}
    for phase in known.phases.values():
        driven = {setpoint.parameter for setpoint in phase.setpoints}
        silent = sorted({*phase.parameters, *driven} - answering)
        if silent:
            raise InputError(
                f"{name}: plant: phase {phase.id} measures or drives {silent[0]!r}, and no [[plant]] answers",
                "say how it answers",
            )
    ground = opening[0].writer
    for act in script.acts:
        _fit_body(act, script, ground, f"{name}: acts.{act.id}")


def fit_faults(faults: Sequence[Fault], opening: Sequence[Draft], name: str) -> None:
    """Refuse faults of phases the recipe does not have.

    Raises
    ------
    InputError
        If there is one; the message names file and fault.
    """
    phases = Known(opening).phases
    for fault in faults:
        where = f"{name}: faults.{fault.id}"
        if fault.phase and fault.phase not in phases:
            raise InputError(
                f"{where}.phase: there is no phase {fault.phase!r}", f"use one of {', '.join(phases)}"
            )
        if fault.kind in NEEDS_PHASE and not fault.phase:
            raise InputError(f"{where}: a {fault.kind} is of a phase", "name the phase that begins late")


Named = tuple[str, str, str, Collection[str]]


def _named(script: Script, known: Known) -> Iterator[Named]:
    """Yield every name a script uses: where, what kind of thing, the name, and those there are."""
    acts = {act.id for act in script.acts}
    yield "device.writer", "writer", script.device.writer, known.writers
    yield "device.after", "act", script.device.after, acts
    if script.logger is not None:
        yield "logger.writer", "writer", script.logger.writer, known.writers
        yield "logger.parameter", "parameter", script.logger.parameter, known.parameters
        yield "logger.begins", "phase", script.logger.begins, known.phases
        yield "logger.ends", "act", script.logger.ends, acts
    for person in (script.roster.checks, script.roster.alarms, *script.roster.minds.values()):
        yield "roster", "person", person, known.people
    for how in script.plant:
        yield f"plant.{how.parameter}", "parameter", how.parameter, known.parameters
        if how.same_as:
            yield f"plant.{how.parameter}.same_as", "parameter", how.same_as, known.parameters
        for follows in how.follows:
            yield f"plant.{how.parameter}.follows", "phase", follows.phase, known.phases
    for check in script.checks:
        yield f"checks.{check.check}", "check", check.check, known.checks
    for given in script.yields:
        yield f"yields.{given.phase}", "phase", given.phase, known.phases
    for act in script.acts:
        yield from _named_by(act, script, known)


def _named_by(act: Act, script: Script, known: Known) -> Iterator[Named]:
    where = f"acts.{act.id}"
    faults = {fault.id for fault in script.faults}
    loggers = {script.logger.writer} if script.logger else set()
    if act.only_with:
        yield f"{where}.only_with", "fault", act.only_with, faults
    if act.writer:
        yield f"{where}.writer", "writer", act.writer, known.writers
    for signer in act.sign:
        yield f"{where}.sign", "person", signer.person, known.people
    for name in act.after:
        kind, _, id = name.rpartition(":")
        if kind:
            there = {"fault": faults, "read": loggers}.get(kind, set(known.phases))
            yield f"{where}.after", "kind of thing to wait for", kind, WAITS
            yield f"{where}.after", {"fault": "fault", "read": "logger"}.get(kind, "phase"), id, there
    acts = {other.id for other in script.acts}
    for name in act.cause:
        kind, _, id = name.rpartition(":")
        if not kind:
            yield f"{where}.cause", "act", id, acts
            continue
        yield f"{where}.cause", "kind of thing to follow from", kind, NAMES
        of_phase = kind in ("held", "alarms")
        there = set(known.phases) if of_phase else known.parameters
        yield f"{where}.cause", "phase" if of_phase else "parameter", id, there
    body: Mapping[str, Any] = act.body or {}
    if body.get("phase"):
        yield f"{where}.body.phase", "phase", str(body["phase"]), known.phases
    if body.get("parameter"):
        yield f"{where}.body.parameter", "parameter", str(body["parameter"]), known.parameters
    for value in body.values():
        if isinstance(value, str) and value.startswith(FILLED):
            yield (
                f"{where}.body",
                "yield of a phase",
                value.removeprefix(FILLED),
                {given.phase for given in script.yields},
            )


def _fit_body(act: Act, script: Script, ground: str, where: str) -> None:
    if act.body is None:
        return
    body = {
        key: "1" if isinstance(value, str) and value.startswith(FILLED) else value
        for key, value in act.body.items()
    }
    entry: dict[str, Any] = {
        "at": script.begins, "type": act.type, "origin": "simulated", "source": script.source, "body": body,
    }  # fmt: skip
    if act.sign:
        entry["sign"] = [{"person": signer.person, "meaning": signer.meaning} for signer in act.sign]
    try:
        read_entry(entry, where, ground)
    except DownmassError as fault:
        raise InputError(str(fault), fault.remedy) from None
