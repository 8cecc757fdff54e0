"""A simulated flight killed at hundreds of moments ends with the ledgers of one that never was."""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import DamageError
from downmass.operations.flight.fly import Flight
from downmass.stores.sqlite import SqliteStore

KILLS = 50
"""Kills in each flight; four flights make the two hundred."""

WIDEST = 14
"""Most write boundaries between two kills: so that fifty of them are spread over a whole flight."""

KINDS = (
    "before an append", "inside an append", "after an append",
    "before the world is kept", "world written, not in place", "after the world is kept",
)  # fmt: skip

Boundary = Callable[[str], None]


def at_boundaries(boundary: Boundary) -> None:
    """Have every durable write of this process tell of itself; only ever called in a child."""
    append, put, replace, save = SqliteStore.append, SqliteStore._put, Path.replace, os.fsync

    def appending(self: SqliteStore, *told: Any, **named: Any) -> None:
        boundary("before an append")
        append(self, *told, **named)
        boundary("after an append")

    def putting(self: SqliteStore, *told: Any) -> None:
        boundary("inside an append")
        put(self, *told)

    def replacing(self: Path, target: Path) -> Path:
        boundary("world written, not in place")
        moved = replace(self, target)
        boundary("after the world is kept")
        return moved

    def syncing(file: int) -> None:
        boundary("before the world is kept")
        save(file)

    SqliteStore.append = appending  # type: ignore[method-assign]
    SqliteStore._put = putting  # type: ignore[method-assign]
    Path.replace = replacing  # type: ignore[method-assign, assignment]
    os.fsync = syncing


def killed_at(place: int, tell: int) -> Boundary:
    """Return what kills this very process at the n-th boundary, having told a pipe of which kind it was."""
    left = place

    def boundary(kind: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.write(tell, kind.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    return boundary


def flown_by_child(
    folder: Path, place: int | None, after_s: float | None = None, spoil: Callable[[], None] = lambda: None
) -> str | None:
    """Fly on in a child until it is killed; return where it was, or none if it came to the end."""
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            spoil()
            if place is not None:
                at_boundaries(killed_at(place, tell))
            flight = Flight(folder)
            for _ in flight.fly():
                pass
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(tell)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(hear, "rb") as pipe:
        kind = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return kind or "at some moment"
    assert os.WEXITSTATUS(status) == 0, "the flight could not be taken up; its own words are above"
    return None


def checked(folder: Path, ledgers: Any, events: Any, doubles: Any, whole: Any, told: str) -> None:
    """Assert that a flight ended as the one that never was killed, and nothing in it twice."""
    found = ledgers(folder)
    for name in whole:
        assert not doubles(events(found[name])), told
        assert found[name] == whole[name], told


def killed(
    folder: Path, seed: int, kills: int, spoil: Callable[[], None] = lambda: None, widest: int = WIDEST
) -> Counter[str]:
    """Fly a flight to its end through many kills; return how many there were of each kind."""
    rng, kinds = random.Random(seed), Counter[str]()
    while True:
        place = rng.randint(1, widest) if kinds.total() < kills else None
        kind = flown_by_child(folder, place, spoil=spoil)
        if kind is None:
            return kinds
        kinds[kind] += 1


@pytest.mark.parametrize("seed", range(4))
def test_a_flight_killed_fifty_times_is_the_flight_that_never_was(
    seed: int, tmp_path: Path, lay_out: Any, ledgers: Any, events: Any, doubles: Any, undisturbed: Any
) -> None:
    folder = lay_out(tmp_path / "killed")
    kinds = killed(folder, seed, KILLS)
    told = f"seed {seed}, killed at {dict(kinds)}"
    assert kinds.total() == KILLS, told
    assert set(kinds) == set(KINDS), told
    checked(folder, ledgers, events, doubles, undisturbed, told)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4, 40))
def test_kills_of_other_seeds_change_nothing_either(
    seed: int, tmp_path: Path, lay_out: Any, ledgers: Any, events: Any, doubles: Any, undisturbed: Any
) -> None:
    folder = lay_out(tmp_path / "killed")
    kinds = killed(folder, seed, KILLS)
    checked(folder, ledgers, events, doubles, undisturbed, f"seed {seed}, killed at {dict(kinds)}")


@pytest.mark.nightly
@pytest.mark.parametrize("example", ["zblan", "crystal"])
def test_an_example_killed_fifty_times_is_the_example_that_never_was(
    example: str, tmp_path: Path, lay_out: Any, fly: Any, ledgers: Any, events: Any, doubles: Any
) -> None:
    source = Path(__file__).parents[3] / "examples" / example
    whole, folder = lay_out(tmp_path / "whole", source), lay_out(tmp_path / "killed", source)
    fly(whole)
    kinds = killed(folder, 0, KILLS, widest=60)
    checked(folder, ledgers, events, doubles, ledgers(whole), f"killed at {dict(kinds)}")


def test_a_flight_killed_by_the_clock_goes_on_too(
    tmp_path: Path, lay_out: Any, ledgers: Any, events: Any, doubles: Any, undisturbed: Any
) -> None:
    """No boundary is chosen here: the parent kills after some milliseconds, wherever the child is."""
    folder, rng = lay_out(tmp_path / "killed"), random.Random(1)
    for _ in range(20):
        if flown_by_child(folder, None, rng.uniform(0.02, 0.25)) is None:
            break
    assert flown_by_child(folder, None) is None
    checked(folder, ledgers, events, doubles, undisturbed, "killed by the clock")


def test_an_older_copy_of_the_world_will_do(
    tmp_path: Path, lay_out: Any, ledgers: Any, undisturbed: Any
) -> None:
    """A disk that lost the newest world.json and not the ledgers: the steps between are done again."""
    folder = lay_out(tmp_path / "older")
    flight = Flight(folder)
    kept = b""
    for place, _ in enumerate(flight.fly()):
        if place == 20:
            kept = (folder / "devices" / "world.json").read_bytes()
        if place == 30:
            break
    flight.close()
    (folder / "devices" / "world.json").write_bytes(kept)
    assert flown_by_child(folder, None) is None
    assert ledgers(folder) == undisturbed


def test_a_log_that_goes_on_otherwise_is_told_and_left_as_it_is(
    tmp_path: Path, lay_out: Any, ledgers: Any
) -> None:
    """Two flights of other seeds, the world of one beside the ledgers of the other."""
    one = lay_out(tmp_path / "one")
    flight = Flight(one)
    for place, _ in enumerate(flight.fly()):
        if place == 20:
            break
    flight.close()
    world = one / "devices" / "world.json"
    world.write_text(world.read_text().replace('"oven": [', '"oven": [1.0, 1.0], "other": ['))
    before = ledgers(one)
    flight = Flight(one)
    with pytest.raises(DamageError, match="goes on otherwise from entry"):
        list(flight.fly())
    flight.close()
    assert ledgers(one) == before


def test_a_ledger_shorter_than_the_flight_had_written_is_refused(tmp_path: Path, lay_out: Any) -> None:
    folder = lay_out(tmp_path / "short")
    flight = Flight(folder)
    next(flight.fly())
    flight.close()
    world = folder / "devices" / "world.json"
    world.write_text(world.read_text().replace('"ground": ', '"ground": 9'))
    with pytest.raises(DamageError, match="the flight had written 9"):
        Flight(folder)


def without_the_logs_as_they_stood() -> None:
    """Have a step that is done again see the logs as they are, with what it wrote before it was cut off."""
    Flight._as_it_stood = lambda self, store, writer: store  # type: ignore[method-assign]


def test_kills_do_change_a_flight_whose_steps_see_what_they_wrote_before(
    tmp_path: Path, lay_out: Any, ledgers: Any, undisturbed: Any
) -> None:
    """The positive control: the comparison of bytes fails where a step is not taken up as it began."""
    folder = lay_out(tmp_path / "spoilt")
    killed(folder, 0, KILLS, without_the_logs_as_they_stood)
    assert ledgers(folder) != undisturbed
