"""The same seed gives the same ledgers to the byte, on the ground and on every device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ZBLAN = Path(__file__).parents[3] / "examples" / "zblan"

Fly = Callable[..., None]
Read = Callable[[Path], dict[str, list[tuple[bytes, bytes]]]]


def test_the_same_seed_gives_the_same_bytes(
    tmp_path: Path, lay_out: Callable[..., Path], fly: Fly, ledgers: Read, undisturbed: Any
) -> None:
    folder = lay_out(tmp_path / "again")
    fly(folder)
    assert sorted(undisturbed) == ["devices/box/ledger.db", "devices/rack/ledger.db", "ledger.db"]
    assert ledgers(folder) == undisturbed


def test_another_seed_gives_other_measurements(
    tmp_path: Path, lay_out: Callable[..., Path], fly: Fly, ledgers: Read, undisturbed: Any
) -> None:
    folder = lay_out(tmp_path / "other")
    fly(folder, 8)
    found = ledgers(folder)
    assert all(found[name] != undisturbed[name] for name in undisturbed)


def test_the_small_flight_meets_what_it_is_meant_to(undisturbed: Any, events: Any, doubles: Any) -> None:
    """Five ways to mind a phase, a clock set back, a contact lost, a heater tripped, a rack switched off."""
    told = events(undisturbed["devices/rack/ledger.db"])
    moved = {(e.body.phase, e.body.state) for e in told if e.type == "phase.moved"}
    assert {(phase, "complete") for phase in ("load", "dry", "melt", "draw", "cool")} <= moved
    assert {("dry", "suspended"), ("melt", "suspended"), ("draw", "held")} <= moved
    kinds = [event.type for event in told]
    assert (kinds.count("clock.stepped"), kinds.count("writer.born")) == (1, 2)
    assert kinds.count("timer.cancelled") >= 4
    assert not doubles(told)
    assert not doubles(events(undisturbed["ledger.db"]))


@pytest.mark.nightly
def test_the_whole_zblan_flight_gives_the_same_bytes_twice(
    tmp_path: Path, lay_out: Callable[..., Path], fly: Fly, ledgers: Read
) -> None:
    one, two = lay_out(tmp_path / "one", ZBLAN), lay_out(tmp_path / "two", ZBLAN)
    fly(one)
    fly(two)
    assert ledgers(one) == ledgers(two)
