"""A log as it stood when a step of a flight began, so that who is cut off does that step again.

A step that is done again must see what it saw the first time: a command that came up at its end would
else be obeyed one step early. So it is shown the log up to where that stood, and what it writes is held
against what is there already: the same bytes are on record and are not written twice, anything else is
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from types import TracebackType
from typing import Self

from downmass.base.errors import DamageError
from downmass.facts.entry import Entry
from downmass.stores.port import Store, StoredCheckpoint, stale


class Again:
    """A store that shows one campaign only as far as it stood, until it is written that far again.

    Parameters
    ----------
    stood
        Number of entries when the step began.

    Raises
    ------
    DamageError
        If the store has fewer.
    """

    def __init__(self, store: Store, campaign: str, stood: int) -> None:
        if store.head(campaign) < stood:
            raise DamageError(
                f"the log of {campaign} has {store.head(campaign)} entries, the flight had written {stood}",
                "restore the whole folder from one copy, or fly in another folder",
            )
        self._store = store
        self._campaign = campaign
        self._stood = stood
        self._there = store.head(campaign)

    def campaigns(self) -> list[str]:
        """Return the campaigns that have an entry or a checkpoint, sorted."""
        return self._store.campaigns()

    def head(self, campaign: str) -> int:
        """Return the number of entries of a campaign that are shown."""
        return self._stood if self._behind(campaign) else self._store.head(campaign)

    def _behind(self, campaign: str) -> bool:
        return campaign == self._campaign and self._stood < self._there

    def append(
        self, campaign: str, entries: Sequence[Entry], expected_size: int, checkpoint: str | None = None
    ) -> None:
        """Append entries, or find that the very same were appended before.

        Raises
        ------
        DamageError
            If others are there; nothing was written.
        """
        if not self._behind(campaign):
            self._store.append(campaign, entries, expected_size, checkpoint)
            return
        if expected_size != self._stood:
            raise stale(campaign, expected_size, self._stood)
        there = self._store.read(campaign, expected_size, expected_size + len(entries))
        for found, wanted in zip_longest(there, entries):
            if found != wanted:
                raise DamageError(
                    f"the log of {campaign} goes on otherwise from entry {(found or wanted).index} than the "
                    "flight that is taken up where it was cut off",
                    "if somebody recorded meanwhile, fly in another folder; else fly on with the version and "
                    "the documents it was begun with",
                )
        self._stood += len(entries)

    def read(self, campaign: str, start: int = 0, stop: int | None = None) -> list[Entry]:
        """Return the entries that are shown, with ``start <= index < stop``."""
        shown = self.head(campaign)
        return self._store.read(campaign, start, shown if stop is None else min(stop, shown))

    def put_checkpoint(self, campaign: str, note: str, size: int) -> None:
        """Keep a signed checkpoint."""
        self._store.put_checkpoint(campaign, note, size)

    def checkpoint(self, campaign: str) -> str | None:
        """Return the last checkpoint over what is shown, or none."""
        shown = self.checkpoints(campaign)
        return shown[-1].note if shown else None

    def checkpoints(self, campaign: str) -> list[StoredCheckpoint]:
        """Return the checkpoints over what is shown, oldest first."""
        shown = self.head(campaign)
        return [row for row in self._store.checkpoints(campaign) if row.size <= shown]

    def close(self) -> None:
        """Close the store behind it."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
