"""The port every store stands behind, and the refusals all stores share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from downmass.base.errors import InputError, StaleHeadError
from downmass.disciplines.ledger.keys import SIGNATURE_BYTES
from downmass.disciplines.ledger.tree import leaf_hash
from downmass.facts.entry import Entry


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as a store keeps it.

    Attributes
    ----------
    number
        Counts the checkpoints of a campaign from 0, in the order they were put.
    size
        Number of entries it was put for.
    note
        The signed note; the store does not read it.
    """

    number: int
    size: int
    note: str


class Store(Protocol):
    """Keeps the entries of campaigns, append-only, in order of arrival.

    A store keeps bytes; it does not read them. Once ``append`` has returned, the entries are
    durable as far as the store can be. Every method is safe to call from several threads.
    """

    def campaigns(self) -> list[str]:
        """Return the campaigns that have an entry or a checkpoint, sorted."""
        ...

    def head(self, campaign: str) -> int:
        """Return the number of entries of a campaign; 0 for one never heard of."""
        ...

    def append(
        self, campaign: str, entries: Sequence[Entry], expected_size: int, checkpoint: str | None = None
    ) -> None:
        """Append entries, and the checkpoint over the log as it then stands, all or nothing.

        Parameters
        ----------
        entries
            In order, the first with index ``expected_size``; none is allowed and changes nothing.
        expected_size
            Number of entries the decision behind these was taken on.
        checkpoint
            Signed note over all entries, these included. Put in the same transaction, it cannot
            come after somebody else's, nor be missing because the program ended in between.

        Raises
        ------
        StaleHeadError
            If somebody else appended first; nothing of ours was written.
        InputError
            If the entries do not follow ``expected_size`` without a gap, an entry's hash is not
            that of its content, or a checkpoint would cover no entry.
        StoreError
            If the store could not write; nothing was written unless the message says otherwise.
        """
        ...

    def read(self, campaign: str, start: int = 0, stop: int | None = None) -> list[Entry]:
        """Return the entries with ``start <= index < stop``, in order, exactly as appended."""
        ...

    def put_checkpoint(self, campaign: str, note: str, size: int) -> None:
        """Keep a signed checkpoint; earlier ones stay.

        Raises
        ------
        InputError
            If it covers no entry, more than there are, or fewer than the one before it.
        """
        ...

    def checkpoint(self, campaign: str) -> str | None:
        """Return the checkpoint put last, or none."""
        ...

    def checkpoints(self, campaign: str) -> list[StoredCheckpoint]:
        """Return every checkpoint ever put, oldest first."""
        ...

    def close(self) -> None:
        """Let go of what is open; harmless when repeated."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def refuse_unsound(campaign: str, entries: Sequence[Entry], expected_size: int) -> None:
    """Refuse entries that do not follow each other, or that do not hold what they say.

    Raises
    ------
    InputError
        If an index leaves a gap, a hash is not that of the content, or a signature is torn.

    Notes
    -----
    A hash that was wrong when it was stored has ended public logs for good; it is cheap to look.
    """
    for index, entry in enumerate(entries, expected_size):
        if entry.index != index:
            raise InputError(
                f"entry {entry.index} of campaign {campaign} cannot stand at {index}",
                "number the entries from the expected size on, without gaps",
            )
        if leaf_hash(entry.content) != entry.hash or len(entry.signature) != SIGNATURE_BYTES:
            raise InputError(
                f"entry {index} of campaign {campaign} was altered between sealing and storing",
                "seal the event again",
            )


def refuse_checkpoint(campaign: str, size: int, last: int, head: int) -> None:
    """Refuse a checkpoint that covers nothing, more than there is, or less than the last one.

    Raises
    ------
    InputError
        In each of these cases.
    """
    if not max(1, last) <= size <= head:
        raise InputError(
            f"a checkpoint of campaign {campaign} over {size} entries does not fit: "
            f"the last one covers {last}, the log has {head}",
            "sign the log as it now stands",
        )


def stale(campaign: str, expected: int, found: int) -> StaleHeadError:
    """Return the refusal of an append that was decided on an older state."""
    return StaleHeadError(
        f"campaign {campaign} has {found} entries, not the {expected} this was decided on; "
        "nothing was written",
        "read the new entries and decide again; nothing is lost",
    )
