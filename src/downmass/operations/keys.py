"""Signing keys of writers: files on this machine, or the published keys of an example."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.base.errors import NotFoundError, RefusedError
from downmass.disciplines.ledger.keys import Signer


class Keyring(Protocol):
    """Where a writer's private key comes from."""

    def key(self, campaign: str, writer: str) -> Signer:
        """Return what signs for the writer."""
        ...


class ExampleKeys:
    """Keys anyone can derive, for replays and simulations: they prove order, not authorship."""

    def key(self, campaign: str, writer: str) -> Ed25519PrivateKey:
        """Return the published key of an example's writer."""
        return _derived(f"downmass published example key {campaign} {writer}")

    def person(self, campaign: str, person: str) -> Ed25519PrivateKey:
        """Return the published key of an example's person, which is no writer's key."""
        return _derived(f"downmass published example person {campaign} {person}")


def _derived(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


class FileKeys:
    """One PKCS#8 file per campaign and writer, readable by its owner alone.

    Parameters
    ----------
    folder
        Where the files lie; outside the campaign folder, which may be copied and mailed.
    passphrase
        Seals the files where given.
    """

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self.folder = folder
        self._passphrase = passphrase.encode() if passphrase else None

    def key(self, campaign: str, writer: str) -> Ed25519PrivateKey:
        """Return the writer's key from its file."""
        path = self._path(campaign, writer)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"no key of writer {writer} for campaign {campaign} on this machine",
                f"copy the key file to {path}, or record from the machine that holds it",
            ) from None
        try:
            key = serialization.load_pem_private_key(sealed, self._passphrase)
        except (ValueError, TypeError):
            raise RefusedError(
                f"the key file of writer {writer} cannot be opened",
                "set DOWNMASS_PASSPHRASE to its passphrase",
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise RefusedError(f"the key of writer {writer} is not Ed25519", "enrol an Ed25519 key")
        return key

    def has(self, campaign: str, writer: str) -> bool:
        """Tell whether the writer's key lies here; a file left empty when its making was cut off is none."""
        path = self._path(campaign, writer)
        return path.exists() and path.stat().st_size > 0

    def refuse_existing(self, campaign: str, writers: Sequence[str]) -> None:
        """Refuse writers of whom one has a key already, before any is made.

        Raises
        ------
        RefusedError
            Naming the first of them and its file.
        """
        for writer in writers:
            if self.has(campaign, writer):
                raise self._exists(campaign, writer)

    def create(self, campaign: str, writer: str) -> Ed25519PrivateKey:
        """Make a new key and keep it; an existing one is never overwritten."""
        path = self._path(campaign, writer)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.is_file() and not self.has(campaign, writer):
            path.unlink()
        key = Ed25519PrivateKey.generate()
        seal = (
            serialization.BestAvailableEncryption(self._passphrase)
            if self._passphrase
            else serialization.NoEncryption()
        )
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, seal)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise self._exists(campaign, writer) from None
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        return key

    def _exists(self, campaign: str, writer: str) -> RefusedError:
        return RefusedError(
            f"a key of writer {writer} for campaign {campaign} exists already",
            f"choose another campaign id, or move {self._path(campaign, writer)} away "
            "if that campaign is gone",
        )

    def _path(self, campaign: str, writer: str) -> Path:
        return self.folder / campaign / f"{writer}.pem"


def keys_of_this_machine() -> FileKeys:
    """Return the keyring under ``DOWNMASS_HOME`` (default ``~/.downmass``)."""
    home = Path(os.environ.get("DOWNMASS_HOME", Path.home() / ".downmass"))
    return FileKeys(home / "keys", os.environ.get("DOWNMASS_PASSPHRASE"))
