"""Folders that take part in sync: a device's own, and the ground's with its inbox."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from downmass.base.errors import DownmassError, NotFoundError, RefusedError
from downmass.base.ident import slug
from downmass.disciplines.ledger.keys import Signer, public_key_text
from downmass.facts.event import Event, WriterEnrolled
from downmass.operations.desk import Desk
from downmass.operations.edge import Edge
from downmass.operations.files import LEDGER, read_text
from downmass.operations.history import read_history
from downmass.operations.inbox import FolderInbox
from downmass.operations.keys import FileKeys
from downmass.operations.opening import is_open, open_campaign
from downmass.operations.syncing import SyncReport, ground_bundle, receive
from downmass.stores.sqlite import SqliteStore

INBOX = "inbox"
"""Folder, in a campaign's or a device's, where bundles wait or are put aside."""

KEYS = "keys"
"""Folder of a device's folder with its one key file, which its owner alone can read."""


class DeviceKeys:
    """The one key of a device, which was made on it and never leaves it."""

    def __init__(self, folder: Path) -> None:
        self._files = FileKeys(folder, os.environ.get("DOWNMASS_PASSPHRASE"))
        self._room = folder / KEYS

    def key(self, campaign: str, writer: str) -> Signer:
        """Return what signs for the device, whatever campaign it takes part in."""
        return self._files.key(KEYS, writer)

    def make(self, writer: str) -> str:
        """Make the device's key, once, and return its public part."""
        held = self.writer()
        if held is not None and held != writer:
            raise RefusedError(f"this folder is that of {held}", "give each device a folder of its own")
        return public_key_text(self._files.create(KEYS, slug(writer)))

    def writer(self) -> str | None:
        """Return the writer whose key lies here, or none."""
        names = sorted(path.stem for path in self._room.glob("*.pem"))
        return names[0] if names else None


def make_key(folder: Path, writer: str) -> str:
    """Make a device's own key in its folder and return the public part, for the ground to enrol."""
    folder.mkdir(parents=True, exist_ok=True)
    return DeviceKeys(folder).make(writer)


def commission(folder: Path, bundle: Path, writer: str) -> int:
    """Begin a device's log from the ground's bundle; return the number of entries it starts with.

    Raises
    ------
    NotFoundError
        If there is no such bundle, or no key of the device.
    RefusedError, DamageError
        As :meth:`Edge.commission` does; nothing was written.
    """
    if not bundle.is_file():
        raise NotFoundError(f"there is no {bundle}", "write one with: downmass export bundle CAMPAIGN FILE")
    keys = DeviceKeys(folder)
    if keys.writer() is None:
        raise NotFoundError(
            f"{folder} has no key of {writer}", f"make one: downmass edge key {folder} --writer {writer}"
        )
    with SqliteStore(folder / LEDGER) as store:
        edge = Edge.commission(store, bundle.read_bytes(), writer, keys, now)
        return edge.state().size


@contextmanager
def open_device(folder: Path) -> Iterator[Edge]:
    """Open a device's folder as the device itself.

    Raises
    ------
    NotFoundError
        If it is no commissioned device's.
    """
    keys = DeviceKeys(folder)
    writer = keys.writer()
    if writer is None or not (folder / LEDGER).is_file():
        raise NotFoundError(
            f"{folder} is no commissioned device",
            "make its key with `downmass edge key`, then `downmass edge commission`",
        )
    with SqliteStore(folder / LEDGER) as store:
        held = store.campaigns()
        if not held:
            raise NotFoundError(f"{folder} was never commissioned", "run downmass edge commission")
        yield Edge(store, held[0], writer, keys, now, inbox=FolderInbox(folder / INBOX))


def record_on_device(folder: Path, entries: Path) -> tuple[Event[Any], ...]:
    """Record the entries of a file as the device's own: all of them or none."""
    text = read_text(entries, "name a TOML file with [[entry]] tables")
    with open_device(folder) as edge:
        return edge.record(read_history(text, str(entries), edge.writer))


@contextmanager
def ground_desk(folder: Path) -> Iterator[tuple[Desk, str]]:
    """Open a campaign's folder for writing; give its desk and the writer that keeps its log.

    Raises
    ------
    NotFoundError
        If the campaign is not open.
    """
    if not is_open(folder):
        raise NotFoundError(f"{folder} has no open campaign", f"open it first: downmass init {folder}")
    with open_campaign(folder) as campaign:
        ground = campaign.events()[0].writer
        id, keys = campaign.id, campaign.keys
    with SqliteStore(folder / LEDGER) as store:
        yield Desk(store, id, keys, this_second), ground


def sync_files(folder: Path, bundles: Sequence[Path], carrier: str) -> Iterator[tuple[Path, SyncReport]]:
    """Receive files in order in a campaign's folder; give each with what became of it.

    Raises
    ------
    NotFoundError
        If one of them is not there; none was received.
    """
    for path in bundles:
        if not path.is_file():
            raise NotFoundError(f"there is no {path}", "name sync bundles as they arrived")
    with ground_desk(folder) as (desk, ground):
        for path in bundles:
            try:
                report = receive(
                    desk, ground, FolderInbox(folder / INBOX), path.read_bytes(), carrier, this_second()
                )
            except DownmassError as fault:
                raise type(fault)(f"{path}: {fault}", fault.remedy) from fault
            yield path, report


def uplink(folder: Path, writer: str, first: int = 0) -> bytes:
    """Return a sync bundle of the ground's entries from a counter on, for a device to receive.

    Raises
    ------
    NotFoundError
        If the device is not enrolled.
    """
    with ground_desk(folder) as (desk, ground):
        if writer not in {event.body.writer for event in desk.state().all(WriterEnrolled)}:
            raise NotFoundError(f"{writer!r} is not enrolled in this campaign", "enrol the device first")
        return ground_bundle(desk, ground, this_second(), first={ground: first})


def now() -> datetime:
    """Return what this machine's clock shows."""
    return datetime.now(UTC)


def this_second() -> datetime:
    """Return what this machine's clock shows, to the second: an answer asked for now sees what arrived."""
    return now().replace(microsecond=0)
