"""What a device has done it does not do again; and the checks that say so can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.standing import timer_standings
from downmass.facts import event as ev
from downmass.operations import decide
from downmass.operations.draft import Draft
from downmass.operations.flight.executive import Executive
from downmass.operations.flight.fly import Flight


def stepped_twice(folder: Path, executive: type[Executive]) -> Iterator[tuple[str, int, int]]:
    """Fly with an executive that takes every step twice; yield each step's instant and its two heads."""
    flight = Flight(folder)
    flight._executive.__class__ = executive
    once, heads = flight._executive.step, []

    def twice(span: Any, sessions: int) -> None:
        for _ in range(2):
            once(span, sessions)
            heads.append(flight._device.heads()["rack"].sequence)

    flight._executive.step = twice  # type: ignore[method-assign]
    try:
        for now in flight.fly():
            if heads:
                yield f"{now:%d %H:%M}", heads[-2], heads[-1]
    finally:
        flight.close()


def test_a_step_taken_twice_writes_nothing_the_second_time(
    tmp_path: Path, lay_out: Any, ledgers: Any, undisturbed: Any
) -> None:
    folder = lay_out(tmp_path / "twice")
    grown = [(at, second - first) for at, first, second in stepped_twice(folder, Executive)]
    assert len(grown) > 40
    assert not [(at, more) for at, more in grown if more]
    assert ledgers(folder) == undisturbed


class Forgetful(Executive):
    """An executive that does not look whether a timer fired, as one would that kept them in memory."""

    def _timed(self) -> Iterator[Draft]:
        state, now = self._edge.state(), self._now()
        for timer in timer_standings(state):
            if timer.due <= now and timer.status != "cancelled":
                again = len(
                    state.all(ev.TimerFired)
                )  # else the same entry twice is refused as a second click
                yield self._draft(ev.TimerFired(timer.timer, Decimal(again)), cause=(timer.entry,))


def test_an_executive_that_ignores_its_log_is_found_out(tmp_path: Path, lay_out: Any) -> None:
    """The positive control: it fires the timer again, and the rule of the log refuses that."""
    folder = lay_out(tmp_path / "forgetful")
    with pytest.raises(RefusedError, match="timer load-end-1 has fired"):
        list(stepped_twice(folder, Forgetful))


def without_the_rule(campaign: Any, body: Any, draft: Draft) -> None:
    """Refuse nothing."""


def test_without_that_rule_the_second_step_writes_and_the_check_says_what(
    tmp_path: Path, lay_out: Any, events: Any, ledgers: Any, doubles: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(decide.RULES, ev.TimerFired, without_the_rule)
    folder = lay_out(tmp_path / "forgetful")
    grown = []
    for at, first, second in stepped_twice(folder, Forgetful):
        grown.append((at, second - first))
        if second > first:
            break
    assert grown[-1][1] > 0
    told = events(ledgers(folder)["devices/rack/ledger.db"])
    assert any("timer ended load-end-1" in line for line in doubles(told))


@pytest.mark.parametrize(
    ("kind", "keep", "told"),
    [
        (ev.TimerFired, lambda body: True, "timer ended"),
        (ev.TimerSet, lambda body: True, "timer set"),
        (ev.PhaseMoved, lambda body: body.state == "starting", "phase begun"),
        (ev.CommandAnswered, lambda body: True, "command answered"),
        (ev.SegmentSealed, lambda body: True, "segment"),
        (ev.CheckReported, lambda body: True, "check"),
        (ev.ClockStepped, lambda body: True, "clock step"),
    ],
)
def test_what_stands_on_a_log_twice_is_found(
    kind: type[Any], keep: Any, told: str, undisturbed: Any, events: Any, doubles: Any
) -> None:
    sound = events(undisturbed["devices/rack/ledger.db"])
    place, event = next((n, e) for n, e in enumerate(sound) if isinstance(e.body, kind) and keep(e.body))
    again = replace(event, id=f"{event.id}-again", recorded_at=event.recorded_at + timedelta(seconds=1))
    assert any(told in line for line in doubles([*sound[: place + 1], again, *sound[place + 1 :]]))


def test_a_phase_begun_again_after_its_end_is_found(undisturbed: Any, events: Any, doubles: Any) -> None:
    sound = events(undisturbed["devices/rack/ledger.db"])
    begun = [e for e in sound if isinstance(e.body, ev.PhaseMoved) and e.body.phase == "load"]
    found = doubles([*sound, *begun])
    assert "phase begun load: 2 times" in found
    assert "phase load went from complete to starting" in found
