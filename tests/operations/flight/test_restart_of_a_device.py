"""A device cut off in the middle of a phase goes on by its log: timers end once, phases begin once."""

from __future__ import annotations

import copy
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.plant import Array, Drive
from downmass.disciplines.execution.standing import due_timers, phase_standings, timer_standings
from downmass.disciplines.ledger.bundle import write_bundle
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF, Event
from downmass.facts.quantity import Number
from downmass.facts.recipe import Check, Phase
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.flight.executive import Executive, Orders
from downmass.operations.inbox import FolderInbox
from downmass.operations.keys import ExampleKeys
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.promise import read_promise
from downmass.operations.syncing import ground_bundle
from downmass.stores.sqlite import SqliteStore

OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
BEGUN = datetime(2026, 1, 6, 8, tzinfo=UTC)
ORDERS = Orders("rack executive 1", Decimal(2), Decimal(5), Decimal(60), "crew-one", "a test")


class Bench:
    """A plant on a bench: nothing outside or inside stands against a phase but what is said."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble

    def outside(self, phase: Phase) -> str:
        return ""

    def inside(self, phase: Phase) -> str:
        return self.trouble

    def measured(self, parameter: str) -> Array:
        return np.empty(0)

    def drive(self, parameter: str, drive: Drive) -> None:
        pass

    def reading(self, check: Check) -> tuple[Number, str] | None:
        return Decimal(98), "balance-1"

    def yielded(self, phase: Phase, held_h: float) -> tuple[str, Decimal, Decimal, str] | None:
        return None

    def crew_ready(self, phase: Phase) -> bool:
        return True

    def began(self, phase: str) -> None:
        pass


class Device:
    """A device's folder, and the program on it, which is switched on and off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board: SqliteStore | None = None
        self.keys = ExampleKeys()
        text = (Path(__file__).parent / "small" / "campaign.toml").read_text(encoding="utf-8")
        self.ground = Desk(SqliteStore(folder / "ground.db"), "small", self.keys, lambda: self.now)
        self.now = OPENED
        self.ground.record(read_promise(text, data_text(TEMPLATES), "campaign.toml"))
        whole = SqliteStore(folder / "ground.db")
        bundle = write_bundle(whole.read("small"), whole.checkpoint("small") or "")
        self.now = BEGUN
        with SqliteStore(folder / "ledger.db") as store:
            Edge.commission(store, bundle, "rack", self.keys, lambda: self.now)

    def on(self, at: datetime, plant: Bench | None = None, sessions: int = 1) -> Edge:
        """Start the program anew at a moment, and let it take one step."""
        self.now = at
        edge = self.edge()
        Executive(edge, plant or Bench(), ORDERS).step(None, sessions)
        return edge

    def edge(self) -> Edge:
        self.off()
        self.board = SqliteStore(self.folder / "ledger.db")
        return Edge(
            self.board, "small", "rack", self.keys, lambda: self.now,
            lambda: (self.now - BEGUN).total_seconds(), FolderInbox(self.folder / "inbox"),
        )  # fmt: skip

    def off(self) -> None:
        """End the program in good order."""
        if self.board is not None:
            self.board.close()

    def as_it_is(self, folder: Path) -> Device:
        """Return another device with the same log, in a folder of its own."""
        self.off()
        folder.mkdir()
        shutil.copy(self.folder / "ledger.db", folder / "ledger.db")
        other = copy.copy(self)
        other.folder, other.board = folder, None
        return other

    def killed(self, append: int, act: Callable[[], object]) -> bool:
        """Do something in a child killed before (odd) or after (even) an append; tell whether it was."""
        child = os.fork()
        if child == 0:
            left, write = append, SqliteStore.append

            def boundary() -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            def appending(self: SqliteStore, *told: Any, **named: Any) -> None:
                boundary()
                write(self, *told, **named)
                boundary()

            SqliteStore.append = appending  # type: ignore[method-assign]
            try:
                act()
            except BaseException:  # noqa: BLE001
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)

    def command(self, id: str, phase: str, verb: str) -> None:
        """Send a command up; what the device has already does no harm."""
        body = ev.CommandSent(id, phase, verb, "operator")  # type: ignore[arg-type]
        self.ground.record([Draft("command.sent", body, self.now, "ground", "recorded", "a test")])
        self.edge().receive(ground_bundle(self.ground, "ground", self.now))


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def own(edge: Edge) -> list[Event[Any]]:
    """Return the device's own entries, as they were written, in order."""
    return [event for event in edge._desk.events() if event.writer == "rack"]


def bodies(edge: Edge, kind: type[Any]) -> list[Any]:
    return [event.body for event in own(edge) if isinstance(event.body, kind)]


def after(hours: float) -> datetime:
    return BEGUN + timedelta(hours=hours)


def test_a_timer_due_while_the_program_was_off_fires_once_and_late(device: Device, doubles: Any) -> None:
    device.on(after(0))
    edge = device.on(after(2))
    (fired,) = bodies(edge, ev.TimerFired)
    assert (fired.timer, fired.late_s) == ("load-end-1", Decimal(5400))  # due after 0.5 h, looked at after 2
    for hours in (2, 2.1, 2.2):
        edge = device.on(after(hours))
    assert [body.timer for body in bodies(edge, ev.TimerFired)] == ["load-end-1"]
    assert not doubles(own(edge))


def test_a_phase_that_ran_when_the_power_went_is_suspended_and_has_its_whole_time(
    device: Device, doubles: Any
) -> None:
    """Loading takes half an hour; the power went some time after it began and came back two hours later."""
    device.on(after(0))
    edge = device.on(after(2), sessions=2)
    born = bodies(edge, ev.WriterBorn)
    assert [(body.boot, body.epoch) for body in born] == [(1, 0), (2, 1)]
    assert not bodies(edge, ev.TimerFired)
    assert [body.timer for body in bodies(edge, ev.TimerCancelled)] == ["load-end-1"]
    edge = device.on(after(2.4), sessions=2)
    assert not bodies(edge, ev.TimerFired)
    edge = device.on(after(2.5), sessions=2)
    assert [body.timer for body in bodies(edge, ev.TimerFired)] == ["load-end-2"]
    load = next(one for one in phase_standings(edge.state()) if one.phase.id == "load")
    assert (load.state, load.runs, load.completions) == ("complete", 1, 1)
    assert (load.executed, load.longest_pause) == (timedelta(hours=0.5), timedelta(hours=2))
    assert not doubles(own(edge))


def test_a_timer_that_was_cancelled_never_fires(device: Device) -> None:
    device.on(after(0))
    device.on(after(0.2), Bench("the guard of the heater tripped"))
    for sessions, hours in ((1, 0.6), (2, 3), (2, 30)):
        edge = device.on(after(hours), Bench("the guard of the heater tripped"), sessions)
    assert [timer.status for timer in timer_standings(edge.state())] == ["cancelled"]
    assert not due_timers(edge.state(), after(30))
    late = ev.TimerFired("load-end-1", Decimal(0))
    with pytest.raises(RefusedError, match="timer load-end-1 was cancelled"):
        edge.record([Draft(TYPE_OF[type(late)], late, device.now, "rack", "recorded", "a test")])


def test_a_command_answered_before_the_power_went_is_not_carried_out_again(device: Device) -> None:
    for hours in (0, 0.5, 2.5):  # load by the crew, dry by itself
        device.on(after(hours))
    device.command("cmd-1", "melt", "start")
    device.on(after(2.6))
    device.command("cmd-2", "melt", "hold")
    edge = device.on(after(2.7))
    assert [(b.command, b.outcome) for b in bodies(edge, ev.CommandAnswered)][-2:] == [
        ("cmd-1", "executed"), ("cmd-2", "executed"),
    ]  # fmt: skip
    before = len(own(edge))
    edge = device.on(after(40), sessions=2)
    edge.receive(ground_bundle(device.ground, "ground", device.now))  # the ground sends all of it once more
    edge = device.on(after(41), sessions=2)
    # The longest hold of the phase ran out while it was dark: that timer fires once, late, with its alarm.
    assert [event.type for event in own(edge)[before:]] == ["writer.born", "timer.fired", "alarm.raised"]
    melt = next(one for one in phase_standings(edge.state()) if one.phase.id == "melt")
    assert (melt.state, melt.runs) == ("held", 1)


@pytest.mark.parametrize("sessions", [1, 2])
def test_a_step_cut_off_at_any_append_is_finished_by_the_next(
    device: Device, doubles: Any, sessions: int
) -> None:
    """The step in which one phase ends by its timer and the next begins, then both ways to come back."""
    device.on(after(0))
    cut = 0
    for append in range(1, 40):
        other = device.as_it_is(device.folder / str(append))
        if not other.killed(append, partial(other.on, after(0.5))):
            break
        cut += 1
        for hours in (0.6, 0.7, 1.2):
            edge = other.on(after(hours), sessions=sessions)
        told = own(edge)
        assert not doubles(told), f"killed at boundary {append}"
        state = {one.phase.id: (one.state, one.runs) for one in phase_standings(edge.state())}
        assert state["load"] == ("complete", 1), f"killed at boundary {append}"
        assert state["dry"] == ("execute", 1), f"killed at boundary {append}"
    assert cut >= 4
