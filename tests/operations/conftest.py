"""One batch, one laboratory, one gate: a campaign opened in memory, on disk, and its every act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from downmass.facts.event import TYPE_OF
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.promise import read_promise
from downmass.stores.memory import MemoryStore

MUSEUM = Path(__file__).parents[1] / "museum" / "campaigns"
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def museum() -> Path:
    """Campaign documents, one sound and each of the others spoilt in one place."""
    return MUSEUM


@pytest.fixture(scope="session")
def templates() -> str:
    return data_text(TEMPLATES)


@pytest.fixture(scope="session")
def promise(templates: str) -> tuple[Draft, ...]:
    """The entries that open the sound campaign of the museum."""
    return read_promise((MUSEUM / "sound.toml").read_text(encoding="utf-8"), templates)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = OPENED

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as opened:
        yield opened


@pytest.fixture
def desk(store: MemoryStore, clock: Clock, promise: tuple[Draft, ...]) -> Desk:
    """The desk of the sound campaign, opened in memory."""
    made = Desk(store, "little", ExampleKeys(), clock)
    made.record(promise)
    return made


@pytest.fixture(scope="session")
def act() -> Callable[..., Draft]:
    """Make a draft of a body: ``day`` counts from opening; ``sign`` names signers with their meaning."""

    def made(body: Any, day: float = 0, writer: str = "ground", **fields: Any) -> Draft:
        type_name = fields.pop("type", None) or TYPE_OF[type(body)]
        return Draft(type_name, body, OPENED + timedelta(days=day), writer, "recorded", "", **fields)

    return made
