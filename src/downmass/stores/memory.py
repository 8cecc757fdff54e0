"""A store in memory: for tests, questions of the kind "what if", and verification."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from downmass.base.errors import StoreError
from downmass.facts.entry import Entry
from downmass.stores.port import StoredCheckpoint, refuse_checkpoint, refuse_unsound, stale


class MemoryStore:
    """Entries in lists; gone with the process, otherwise as strict as any store."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self._checkpoints: dict[str, list[tuple[int, str]]] = {}
        self._lock = Lock()
        self._closed = False

    def campaigns(self) -> list[str]:
        """Return the campaigns that have an entry or a checkpoint, sorted."""
        self._refuse_closed()
        return sorted(self._entries)

    def head(self, campaign: str) -> int:
        """Return the number of entries of a campaign."""
        self._refuse_closed()
        return len(self._entries.get(campaign, ()))

    def append(
        self, campaign: str, entries: Sequence[Entry], expected_size: int, checkpoint: str | None = None
    ) -> None:
        """Append entries and the checkpoint over them, all or nothing."""
        refuse_unsound(campaign, entries, expected_size)
        with self._lock:
            found = self.head(campaign)
            if found != expected_size:
                raise stale(campaign, expected_size, found)
            size = expected_size + len(entries)
            if checkpoint is not None:
                refuse_checkpoint(campaign, size, self._covered(campaign), size)
            if entries:
                self._entries.setdefault(campaign, []).extend(entries)
            if checkpoint is not None:
                self._checkpoints.setdefault(campaign, []).append((size, checkpoint))

    def read(self, campaign: str, start: int = 0, stop: int | None = None) -> list[Entry]:
        """Return the entries with ``start <= index < stop``."""
        self._refuse_closed()
        with self._lock:
            kept = self._entries.get(campaign, [])
            return kept[max(start, 0) : len(kept) if stop is None else max(stop, 0)]

    def put_checkpoint(self, campaign: str, note: str, size: int) -> None:
        """Keep a signed checkpoint."""
        with self._lock:
            refuse_checkpoint(campaign, size, self._covered(campaign), self.head(campaign))
            self._checkpoints.setdefault(campaign, []).append((size, note))

    def checkpoint(self, campaign: str) -> str | None:
        """Return the checkpoint put last, or none."""
        self._refuse_closed()
        kept = self._checkpoints.get(campaign)
        return kept[-1][1] if kept else None

    def checkpoints(self, campaign: str) -> list[StoredCheckpoint]:
        """Return every checkpoint ever put, oldest first."""
        self._refuse_closed()
        with self._lock:
            kept = list(self._checkpoints.get(campaign, ()))
        return [StoredCheckpoint(number, size, note) for number, (size, note) in enumerate(kept)]

    def close(self) -> None:
        """Refuse everything from here on, as a store on disk would."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _covered(self, campaign: str) -> int:
        kept = self._checkpoints.get(campaign)
        return kept[-1][0] if kept else 0

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("this store is closed", "open it again")
