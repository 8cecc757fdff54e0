"""A logger that travels with the product, out of contact, and is read out when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from downmass.base.instant import Window
from downmass.disciplines.execution.plant import Array, scatter
from downmass.facts import event as ev
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.flight.executive import last_move
from downmass.operations.flight.script import Logger
from downmass.operations.flight.segments import excursion_of, segment_of
from downmass.operations.flight.world import World
from downmass.operations.syncing import Inbox, receive

COMPARED_WITHIN_S = Decimal("0.5")
"""How well two clocks on a bench are compared [s]."""

STORAGE = "storage"
"""Phase a segment of storage belongs to; no recipe has it."""


class Recorder:
    """A logger: from the end of a phase it seals what it measures, until an act reads it out."""

    def __init__(
        self, edge: Edge, desk: Desk, ground: str, inbox: Inbox, world: World, told: Logger, source: str
    ) -> None:
        self._edge = edge
        self._desk = desk
        self._ground = ground
        self._inbox = inbox
        self._world = world
        self._told = told
        self._source = source

    def step(self, packed: bool, opened: bool) -> None:
        """Do what is due now.

        Parameters
        ----------
        packed
            Whether the phase it begins after is complete.
        opened
            Whether the act that reads it out is done.
        """
        if not packed or self._over():
            return
        told, world = self._told, self._world
        began = world.begun.setdefault(STORAGE, world.now)
        world.begun.setdefault(f"clock:{told.writer}", world.now)
        if not self._edge.state().all(ev.WriterBorn) or not self._born():
            self._edge.boot(told.software, told.clock_uncertainty_s, told.drift_bound_ppm)
        for span in self._due(began, opened):
            self._edge.record(list(self._sealed(span)))
        if opened:
            self._edge.shutdown("read out")
        if self._over():
            first = {self._edge.writer: 0}
            receive(
                self._desk, self._ground, self._inbox, self._edge.bundle(first), "cable", world.now,
                "simulated", self._source,
            )  # fmt: skip
            self._compare()

    def _compare(self) -> None:
        """Compare the logger's clock as it is read out, once."""
        known = self._desk.state().all(ev.ClockCorrelated)
        if any(e.body.writer == self._edge.writer for e in known):
            return
        now, epoch = self._world.now, self._edge.state().epochs[-1].number
        body = ev.ClockCorrelated(
            self._edge.writer,
            epoch,
            self._edge.now(),
            now,
            COMPARED_WITHIN_S,
            "side by side as it is read out",
        )
        told = Draft(ev.TYPE_OF[type(body)], body, now, self._ground, "simulated", self._source)
        self._desk.record([told])

    def next_due(self) -> Iterator[datetime]:
        """Yield when its next segment falls due, in true time."""
        began = self._world.begun.get(STORAGE)
        if began is not None and not self._over():
            yield began + (self._count() + 1) * timedelta(hours=float(self._told.seal_h))

    def _own(self, kind: type[Any]) -> list[Any]:
        return [e for e in self._edge.state().all(kind) if e.writer == self._edge.writer]

    def _born(self) -> bool:
        return bool(self._own(ev.WriterBorn))

    def _over(self) -> bool:
        return bool(self._own(ev.WriterDied))

    def _count(self) -> int:
        return len(self._own(ev.SegmentSealed))

    def _due(self, began: datetime, opened: bool) -> Iterator[Window]:
        """Yield the spans of true time that are over and not sealed; the last ends where it is opened."""
        length = timedelta(hours=float(self._told.seal_h))
        opens = began + self._count() * length
        while opens + length <= self._world.now:
            yield Window(opens, opens + length)
            opens += length
        if opened and opens < self._world.now:
            yield Window(opens, self._world.now)

    def _sealed(self, span: Window) -> Iterator[Draft]:
        told, world = self._told, self._world
        recipe = self._edge.state().recipe
        assert recipe is not None
        parameter = next(p for p in recipe.parameters if p.id == told.parameter)
        values = self._values(span)
        if not len(values):
            return
        wrong = self._edge.now() - world.now
        shown = Window(span.opens + wrong, span.closes + wrong)
        yield self._draft(segment_of(parameter, STORAGE, shown, values))
        number = len(self._own(ev.ExcursionDetected)) + 1
        out = excursion_of(parameter, shown, values, f"{told.parameter}-out-{number}", told.sample_s)
        if out is not None:
            yield self._draft(out)

    def _values(self, span: Window) -> Array:
        """Return the temperatures of a span: at rest, and warmer behind a lag while something warms it."""
        told, world = self._told, self._world
        how = world.plant(told.parameter)
        step_s = float(told.sample_s)
        at_s = np.arange(0.0, (span.closes - span.opens).total_seconds(), step_s)
        values = np.full(len(at_s), float(how.rest))
        lag_s = 60 * float(how.lag_min)
        for fault, warm in world.faults():
            if fault.kind == "thermal_excursion":
                since_s = at_s + (span.opens - warm.opens).total_seconds()
                until_s = at_s + (span.opens - warm.closes).total_seconds()
                rise = -np.expm1(-np.maximum(since_s, 0.0) / lag_s)
                fall = -np.expm1(-np.maximum(until_s, 0.0) / lag_s)
                values += float(fault.amount) * (rise - fall)
        start_s = int((span.opens - world.script.begins).total_seconds())
        noisy: Array = values + float(how.noise) * scatter(world.seed, told.parameter, start_s, len(values))
        return noisy

    def _draft(self, body: Any) -> Draft:
        now = self._edge.now()
        return Draft(
            ev.TYPE_OF[type(body)], body, now, self._edge.writer, "simulated", self._source, recorded_at=now
        )


def packed(edge: Edge, phase: str) -> bool:
    """Tell whether the phase a logger begins after is complete on the device's own log."""
    last = last_move(edge.state(), phase)
    return last is not None and last.body.state == "complete"
