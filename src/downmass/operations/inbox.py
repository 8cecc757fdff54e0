"""Where sync bundles wait: until earlier entries have arrived, or for a person to judge them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from downmass.operations.files import write_whole


class Inbox(Protocol):
    """Keeps bundles by the hex SHA-256 of their bytes; what is put aside is never deleted."""

    def hold(self, data: bytes) -> None:
        """Keep a bundle until its entries can be appended; once it returns, the bundle is durable."""
        ...

    def held(self) -> Mapping[str, bytes]:
        """Return what waits, by its digest."""
        ...

    def release(self, digest: str) -> None:
        """Let go of a bundle all of which is on record; harmless when repeated."""
        ...

    def quarantine(self, data: bytes, reason: str) -> None:
        """Put a bundle aside for good, with why."""
        ...

    def quarantined(self) -> Mapping[str, bytes]:
        """Return what was put aside, by its digest."""
        ...


class MemoryInbox:
    """An inbox that is gone with the process: for simulations and for logs that are kept elsewhere."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._aside: dict[str, bytes] = {}

    def hold(self, data: bytes) -> None:
        """Keep a bundle until its entries can be appended."""
        self._held[sha256(data).hexdigest()] = data

    def held(self) -> Mapping[str, bytes]:
        """Return what waits, by its digest."""
        return dict(sorted(self._held.items()))

    def release(self, digest: str) -> None:
        """Let go of a bundle all of which is on record."""
        self._held.pop(digest, None)

    def quarantine(self, data: bytes, reason: str) -> None:
        """Put a bundle aside for good, with why."""
        self._aside[sha256(data).hexdigest()] = data

    def quarantined(self) -> Mapping[str, bytes]:
        """Return what was put aside, by its digest."""
        return dict(sorted(self._aside.items()))


class FolderInbox:
    """An inbox in a folder: ``held/<digest>.sync``, ``quarantine/<digest>.sync`` and ``.txt`` with why.

    Files are written whole or not at all. A held file whose bytes no longer give its name is not
    used any more and stays where it is; the writer is asked for its entries again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def hold(self, data: bytes) -> None:
        """Keep a bundle until its entries can be appended; once it returns, the bundle is durable."""
        self._keep("held", data)

    def held(self) -> Mapping[str, bytes]:
        """Return what waits, by its digest."""
        return self._whole("held")

    def release(self, digest: str) -> None:
        """Let go of a bundle all of which is on record."""
        (self.path / "held" / f"{digest}.sync").unlink(missing_ok=True)

    def quarantine(self, data: bytes, reason: str) -> None:
        """Put a bundle aside for good, with why."""
        kept = self._keep("quarantine", data)
        write_whole(kept.with_suffix(".txt"), f"{reason}\n".encode())

    def quarantined(self) -> Mapping[str, bytes]:
        """Return what was put aside, by its digest."""
        return self._whole("quarantine")

    def _keep(self, room: str, data: bytes) -> Path:
        folder = self.path / room
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{sha256(data).hexdigest()}.sync"
        write_whole(path, data)
        return path

    def _whole(self, room: str) -> Mapping[str, bytes]:
        found = {}
        for path in sorted((self.path / room).glob("*.sync")):
            data = path.read_bytes()
            if sha256(data).hexdigest() == path.stem:
                found[path.stem] = data
        return found
