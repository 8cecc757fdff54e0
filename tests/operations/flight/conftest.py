"""A small flight of a second, its ledgers byte for byte, and what must not be in them twice."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from downmass.disciplines.execution.standing import lawful
from downmass.disciplines.ledger.seal import event_of
from downmass.facts import event as ev
from downmass.facts.event import Event
from downmass.operations.flight.fly import Flight
from downmass.stores.sqlite import SqliteStore

SMALL = Path(__file__).parent / "small"

Ledgers = dict[str, list[tuple[bytes, bytes]]]


def laid_out(folder: Path, source: Path = SMALL) -> Path:
    """Return a folder with the documents of a flight and nothing else."""
    folder.mkdir(parents=True)
    for name in ("campaign.toml", "flight.toml"):
        shutil.copy(source / name, folder / name)
    return folder


def ledgers_of(folder: Path) -> Ledgers:
    """Return ledger -> content and signature of each of its entries, of the ground and of every device."""
    found = {}
    for path in sorted(folder.rglob("ledger.db")):
        with SqliteStore(path, read_only=True) as store:
            (campaign,) = store.campaigns()
            entries = store.read(campaign)
        found[str(path.relative_to(folder))] = [(entry.content, entry.signature) for entry in entries]
    return found


def doubled(events: Iterable[Event[Any]]) -> list[str]:
    """Return what stands on a log more than once, or in an order no device makes, and may not."""
    told = list(events)
    found = []

    def once(what: str, names: Iterable[object]) -> None:
        found.extend(f"{what} {name}: {count} times" for name, count in Counter(names).items() if count > 1)

    def bodies(kind: type[Any]) -> list[Any]:
        return [event.body for event in told if isinstance(event.body, kind)]

    stands: dict[str, str] = {}
    begun = []
    for move in bodies(ev.PhaseMoved):
        before, stands[move.phase] = stands.get(move.phase, "idle"), move.state
        if not lawful(before, move.state):
            found.append(f"phase {move.phase} went from {before} to {move.state}")
        if move.state == "starting" or (move.state == "execute" and before == "idle"):
            begun.append(move.phase)
    once("phase begun", begun)
    once("timer set", (body.timer for body in bodies(ev.TimerSet)))
    ends = [*bodies(ev.TimerFired), *bodies(ev.TimerCancelled)]
    once("timer ended", (body.timer for body in ends))
    once("command sent", (body.command for body in bodies(ev.CommandSent)))
    once("command answered", (body.command for body in bodies(ev.CommandAnswered)))
    once("check", ((body.phase, body.check) for body in bodies(ev.CheckReported)))
    once("segment", ((b.parameter, b.phase, b.when.opens) for b in bodies(ev.SegmentSealed)))
    once("alarm", (body.alarm for body in bodies(ev.AlarmRaised)))
    once("contact", (body.when.opens for body in bodies(ev.ContactHeld)))
    once("signature", ((body.phase, body.part) for body in bodies(ev.PhaseSigned)))
    once("clock step", (e.occurred_at for e in told if isinstance(e.body, ev.ClockStepped)))
    once("act", (event.source for event in told if ", act " in event.source))
    return found


@pytest.fixture(scope="session")
def lay_out() -> Callable[..., Path]:
    """Lay out the documents of a flight in a folder; the small one's if no other is named."""
    return laid_out


@pytest.fixture(scope="session")
def ledgers() -> Callable[[Path], Ledgers]:
    """Read every ledger of a folder."""
    return ledgers_of


@pytest.fixture(scope="session")
def doubles() -> Callable[[Iterable[Event[Any]]], list[str]]:
    """Check a log for what may stand there once."""
    return doubled


@pytest.fixture(scope="session")
def events() -> Callable[[Sequence[tuple[bytes, bytes]]], list[Event[Any]]]:
    """Read the entries of a ledger as events."""
    return lambda ledger: [event_of(content) for content, _ in ledger]


@pytest.fixture(scope="session")
def fly() -> Callable[..., None]:
    """Fly in a folder to the end."""

    def flown(folder: Path, seed: int | None = None) -> None:
        flight = Flight(folder, seed)
        try:
            for _ in flight.fly():
                pass
        finally:
            flight.close()

    return flown


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, fly: Callable[..., None]) -> Ledgers:
    """The ledgers of the small flight, flown in one go."""
    folder = laid_out(tmp_path_factory.mktemp("flights") / "undisturbed")
    fly(folder)
    return ledgers_of(folder)
