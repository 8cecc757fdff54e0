"""What every store is tested with: runs of entries, sound in hash and length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from downmass.disciplines.ledger.tree import leaf_hash
from downmass.facts.entry import Entry

Run = Callable[..., list[Entry]]


@pytest.fixture
def run() -> Run:
    """Entries ``start <= index < stop``; a store does not read their content."""

    def made(start: int, stop: int, mark: str = "") -> list[Entry]:
        entries = []
        for index in range(start, stop):
            content = f'{{"entry":{index},"mark":"{mark}"}}'.encode()
            entries.append(Entry(index, content, leaf_hash(content), bytes(64)))
        return entries

    return made


@pytest.fixture
def sound_bundle() -> bytes:
    """The sound bundle of the museum: six signed entries and their checkpoint."""
    return (Path(__file__).parents[1] / "museum/ledger/bundle_sound.jsonl").read_bytes()
