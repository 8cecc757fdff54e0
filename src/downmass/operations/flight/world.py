"""The world a simulated flight meets: true time, light, power, contacts, plant, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from downmass.base.canon import sha256
from downmass.base.errors import InputError
from downmass.base.instant import Window, format_instant, parse_instant
from downmass.disciplines.execution.plant import Answering, Array, Drive, Reached, follow, scatter
from downmass.operations.files import read_text, write_whole
from downmass.operations.flight.script import CheckModel, Fault, FaultKind, PlantParameter, Script, windows


@dataclass
class World:
    """What is true in a simulated flight; everything in it follows from script, seed and what was driven.

    Attributes
    ----------
    now
        True time.
    values, drives
        Where each physical parameter stands, and what it is driven to.
    begun
        Phase -> when it first ran; ``crew:PHASE`` -> when the crew could first have begun it.
    """

    script: Script
    seed: int
    now: datetime
    values: dict[str, Reached]
    drives: dict[str, Drive]
    begun: dict[str, datetime] = field(default_factory=dict)
    span: Window | None = None
    _course: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def at_beginning(cls, script: Script, seed: int) -> World:
        """Return the world as it is when the flight begins: everything at rest."""
        rest = {p.parameter: Reached(float(p.rest), float(p.rest)) for p in script.plant if not p.same_as}
        return cls(script, seed, script.begins, rest, {})

    def save(self, path: Path, ahead: datetime | None, stood: Mapping[str, int]) -> None:
        """Keep the world in a file, whole or not at all.

        Parameters
        ----------
        ahead
            The moment of the step it goes on to; none where it came to rest behind one.
        stood
            Writer -> number of entries in the log it keeps, before that step.
        """
        told = {
            "ahead": format_instant(ahead) if ahead else None,
            "stood": dict(stood),
            "script": _digest(self.script),
            "now": format_instant(self.now),
            "seed": self.seed,
            "values": {name: [r.value, r.target] for name, r in self.values.items()},
            "drives": {name: [d.setpoint, d.ramp_per_s] for name, d in self.drives.items()},
            "begun": {name: format_instant(at) for name, at in self.begun.items()},
        }
        write_whole(path, (json.dumps(told, indent=1, sort_keys=True) + "\n").encode())

    @classmethod
    def load(cls, script: Script, seed: int, path: Path) -> tuple[World, datetime | None, dict[str, int]]:
        """Take up the world where it was saved, with the moment it goes on to and where the logs stood.

        Raises
        ------
        InputError
            If the file is torn, or of a flight with another seed, script or faults.
        """
        try:
            told: Mapping[str, Any] = json.loads(read_text(path))
            if told["seed"] != seed:
                raise InputError(
                    f"{path} is of a flight with seed {told['seed']}, not {seed}",
                    "fly with that seed, or in another folder",
                )
            if told["script"] != _digest(script):
                raise InputError(
                    f"{path} is of a flight with another flight.toml or other faults",
                    "fly on with those it was begun with, or in another folder",
                )
            world = cls(
                script,
                seed,
                parse_instant(told["now"]),
                {name: Reached(*pair) for name, pair in told["values"].items()},
                {name: Drive(*pair) for name, pair in told["drives"].items()},
                {name: parse_instant(at) for name, at in told["begun"].items()},
            )
            ahead = parse_instant(told["ahead"]) if told["ahead"] else None
            stood = {writer: int(size) for writer, size in told["stood"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            if isinstance(fault, InputError):
                raise
            raise InputError(f"{path} is not as it was written", "fly in another folder") from None
        return world, ahead, stood

    def advance(self, to: datetime) -> None:
        """Let time pass: the plant follows its drives, and what is measured on the way is kept."""
        self.span, self._course = None, {}
        if to <= self.now:
            return
        self.span = Window(self.now, to)
        for how in self.script.plant:
            if how.same_as:
                continue
            step_s = float(self.script.device.sample_s)
            course, reached = follow(
                _answering(how), self._drive(how), self.values[how.parameter], self._seconds, step_s
            )
            self.values[how.parameter] = reached
            self._course[how.parameter] = course
        self.now = to

    @property
    def _seconds(self) -> float:
        assert self.span is not None
        return (self.span.closes - self.span.opens).total_seconds()

    def measured(self, parameter: str) -> Array:
        """Return what was measured of a parameter since the last step, one value each ``sample_s``."""
        how = self.plant(parameter)
        course = self._course.get(how.same_as or parameter)
        if course is None or self.span is None:
            return np.empty(0)
        start_s = int((self.span.opens - self.script.begins).total_seconds())
        noise: Array = course + float(how.noise) * scatter(self.seed, parameter, start_s, len(course))
        return noise

    def plant(self, parameter: str) -> PlantParameter:
        """Return how a parameter answers.

        Raises
        ------
        InputError
            If the script does not say.
        """
        for how in self.script.plant:
            if how.parameter == parameter:
                return how
        raise InputError(f"flight.toml has no [[plant]] for {parameter!r}", "say how it answers")

    def drive(self, parameter: str, drive: Drive) -> None:
        """Drive a parameter to a setpoint, from now on."""
        how = self.plant(parameter)
        self.drives[how.same_as or parameter] = drive

    def _drive(self, how: PlantParameter) -> Drive | None:
        """Return what a parameter is really driven to in the span ahead of the last step."""
        assert self.span is not None
        middle = self.span.opens + (self.span.closes - self.span.opens) / 2
        off = how.heated and (self._during("furnace_trip", middle) or self._during("brown_out", middle))
        if off or (how.valve and self._during("stuck_valve", middle)):
            return None
        return self.drives.get(how.parameter)

    def reading(self, check: CheckModel) -> Decimal:
        """Return what an in-process check reads."""
        drawn = float(scatter(self.seed, f"check {check.check}", 0, 1)[0])
        value = float(check.mean) + float(check.spread) * drawn
        return Decimal(f"{value:.{check.digits}f}")

    def faults(self) -> Iterator[tuple[Fault, Window]]:
        """Yield the faults whose time is known, each with when it lasts; a moment lasts a second."""
        for fault in self.script.faults:
            start = fault.at
            if start is None and fault.phase in self.begun:
                start = self.begun[fault.phase] + timedelta(hours=float(fault.after_h))
            if fault.kind == "crew_late":
                start = self.begun.get(f"crew:{fault.phase}", start)
            if start is not None:
                lasts = timedelta(hours=float(fault.lasts_h)) or timedelta(seconds=1)
                yield fault, Window(start, start + lasts)

    def _during(self, kind: FaultKind, moment: datetime) -> Fault | None:
        return next((f for f, w in self.faults() if f.kind == kind and w.opens <= moment < w.closes), None)

    def start(self, phase: str) -> None:
        """Note when a phase first ran; parameters that follow it do so from then on."""
        if phase in self.begun:
            return
        self.begun[phase] = self.now
        for how in self.script.plant:
            for follows in how.follows:
                if follows.phase == phase:
                    self.drive(how.parameter, Drive(float(follows.value)))

    def silent_h(self) -> float:
        """Return the hours since the last contact was held."""
        ended = [
            min(closes, self.now)
            for contacts in self.script.contacts
            for opens, closes in windows(contacts)
            if opens <= self.now
        ]
        lost = self.trouble("contact_lost")
        if lost is not None:
            since = next(w.opens for f, w in self.faults() if f.id == lost.id)
            ended = [min(end, since) for end in ended]
        return (self.now - max(ended, default=self.script.begins)) / timedelta(hours=1)

    def trouble(self, kind: FaultKind) -> Fault | None:
        """Return the fault of a kind that lasts now, if one does."""
        return self._during(kind, self.now)

    def power_sessions(self) -> int:
        """Return how often the device has been switched on by now: once, and after each brown-out."""
        return 1 + sum(f.kind == "brown_out" and w.closes <= self.now for f, w in self.faults())

    def lit(self) -> bool:
        """Tell whether the sun shines on the vehicle."""
        sun = self.script.sun
        if sun is None:
            return True
        minutes = (self.now - sun.first_light).total_seconds() / 60 % float(sun.period_min)
        return minutes < float(sun.period_min - sun.dark_min)

    def hears_again(self) -> bool:
        """Tell whether a contact lies ahead, or lasts."""
        scripted = self.script.contacts
        return any(closes > self.now for contacts in scripted for _, closes in windows(contacts))

    def contact(self) -> tuple[str, Window] | None:
        """Return the station and span of the contact that is held now, if one is."""
        if self.trouble("contact_lost"):
            return None
        for contacts in self.script.contacts:
            for opens, closes in windows(contacts):
                if opens <= self.now < closes:
                    return contacts.station, Window(opens, closes)
        return None

    def edges(self) -> Iterator[datetime]:
        """Yield every moment at which something begins or ends by itself."""
        if self.script.device.phases_from is not None:
            yield self.script.device.phases_from
        for contacts in self.script.contacts:
            for opens, closes in windows(contacts):
                yield opens
                yield closes
        for _, lasts in self.faults():
            yield lasts.opens
            yield lasts.closes

    def next_shadow_edge(self) -> datetime | None:
        """Return when light next turns to shadow or shadow to light."""
        sun = self.script.sun
        if sun is None:
            return None
        period, dark = float(sun.period_min), float(sun.dark_min)
        minutes = (self.now - sun.first_light).total_seconds() / 60 % period
        left = period - dark - minutes if minutes < period - dark else period - minutes
        return self.now + timedelta(minutes=left)

    def clock(self, name: str, error_s: Decimal, drift_ppm: Decimal, jumps: bool) -> datetime:
        """Return what a clock shows that was wrong by an error when it was set, and drifts since."""
        since = self.begun.get(f"clock:{name}", self.now)
        elapsed_s = (self.now - since).total_seconds()
        wrong_s = float(error_s) + elapsed_s * float(drift_ppm) * 1e-6
        if jumps:
            wrong_s += sum(
                float(f.amount) for f, w in self.faults() if f.kind == "clock_jump" and w.opens <= self.now
            )
        return self.now + timedelta(seconds=round(wrong_s, 3))

    def elapsed_s(self) -> float:
        """Return the seconds a counter that never jumps has counted since the flight began."""
        return (self.now - self.script.begins).total_seconds()

    def slip(self) -> timedelta:
        """Return how much later the return is than the script has it."""
        days = sum(
            float(f.amount) for f, w in self.faults() if f.kind == "return_slip" and w.opens <= self.now
        )
        return timedelta(days=days)


def _digest(script: Script) -> str:
    return sha256(repr(script).encode()).hex()


def _answering(how: PlantParameter) -> Answering:
    return Answering(float(how.rest), 60 * float(how.lag_min), float(how.noise))
