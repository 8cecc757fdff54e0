"""The simulated plant as an executive sees it, by the clock of its device."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from downmass.disciplines.execution.plant import Array, Drive, scatter
from downmass.facts.quantity import Number
from downmass.facts.recipe import Check, Phase
from downmass.operations.flight.world import World


class SimulatedPlant:
    """Sensors, actuators and surroundings of a simulated flight."""

    def __init__(self, world: World) -> None:
        self._world = world

    def outside(self, phase: Phase) -> str:
        """Return what outside the unit keeps a phase from running, or ""."""
        world = self._world
        begins = world.script.device.phases_from
        if begins is not None and world.now < begins:
            return "the sequence on board has not begun"
        if phase.needs_sun and not world.lit():
            return "no sun"
        if phase.power_kW > world.script.supply_kW:
            return "no power"
        if phase.autonomy == "telerobotic" and world.contact() is None:
            return "no contact"
        if phase.autonomy == "supervised" and world.silent_h() > world.script.device.silence_limit_h:
            return "no contact"
        return ""

    def inside(self, phase: Phase) -> str:
        """Return what inside the unit keeps a phase from running, or ""."""
        for kind in ("furnace_trip", "stuck_valve"):
            fault = self._world.trouble(kind)
            if fault is not None and self._touches(kind, phase):
                return fault.text
        return ""

    def _touches(self, kind: str, phase: Phase) -> bool:
        hows = [self._world.plant(name) for name in phase.parameters]
        return any(how.heated if kind == "furnace_trip" else how.valve for how in hows)

    def measured(self, parameter: str) -> Array:
        """Return what was measured since the last step."""
        return self._world.measured(parameter)

    def drive(self, parameter: str, drive: Drive) -> None:
        """Drive a parameter to a setpoint."""
        self._world.drive(parameter, drive)

    def reading(self, check: Check) -> tuple[Number, str] | None:
        """Return what an in-process check reads and by which instrument; none if nobody can read it."""
        for model in self._world.script.checks:
            if model.check == check.id:
                return self._world.reading(model), model.instrument
        return None

    def yielded(self, phase: Phase, held_h: float) -> tuple[str, Decimal, Decimal, str] | None:
        """Return lot, actual and theoretical yield and unit of a phase, or none."""
        for model in self._world.script.yields:
            if model.phase == phase.id:
                drawn = float(scatter(self._world.seed, f"yield {phase.id}", 0, 1)[0])
                percent = float(model.share_percent) + float(model.spread_percent) * drawn
                percent -= float(model.lost_percent_per_held_h) * held_h
                actual = Decimal(f"{float(model.theoretical) * max(percent, 0.0) / 100:.1f}")
                return model.lot, actual, model.theoretical, model.unit
        return None

    def crew_ready(self, phase: Phase) -> bool:
        """Tell whether the crew can begin a phase now: in its working hours, and not kept elsewhere."""
        world = self._world
        world.begun.setdefault(f"crew:{phase.id}", world.now)
        if any(
            f.kind == "crew_late" and f.phase == phase.id and w.closes > world.now for f, w in world.faults()
        ):
            return False
        hour = (world.now - world.now.replace(hour=0, minute=0, second=0)) / timedelta(hours=1)
        roster = world.script.roster
        return float(roster.crew_from_h) <= hour < float(roster.crew_until_h)

    def began(self, phase: str) -> None:
        """Learn that a phase runs."""
        self._world.start(phase)
