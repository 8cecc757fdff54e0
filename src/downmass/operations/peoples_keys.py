"""Signing keys of people: sealed by a passphrase only the person knows, or published for an example."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.base.ident import slug
from downmass.disciplines.ledger.keys import Signer, public_key_of, public_key_text

Keeping = Literal["sealed_file", "pkcs11"]

SHORTEST = 12
"""Fewest characters of a passphrase: the files can be copied, so guessing meets no lock-out."""


class PersonalKeys(Protocol):
    """Where the private keys of people are kept; each opens only to its person's secret."""

    keeping: Keeping

    def make(self, campaign: str, person: str, secret: str) -> str:
        """Make a new key and return its public part (base64); none is ever overwritten."""
        ...

    def unlock(self, campaign: str, person: str, public_key: str, secret: str) -> Signer | None:
        """Return what signs with a key, or none where the secret is wrong."""
        ...

    def discard(self, campaign: str, person: str, public_key: str) -> None:
        """Forget a key that was made and never enrolled."""
        ...


class ExamplePeople:
    """Keys of people anyone can derive, for examples: they prove nothing about anybody.

    Examples
    --------
    >>> public_key_text(ExamplePeople("w1")("op-lead")) == public_key_text(ExamplePeople("w1")("q-lead"))
    False
    """

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign

    def __call__(self, person: str) -> Ed25519PrivateKey:
        """Return the published key of an example's person."""
        text = f"downmass published example key of a person {self._campaign} {person}"
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(text.encode()).digest())


class SealedFiles:
    """One PKCS#8 file per campaign, person and key, always sealed by a passphrase.

    Parameters
    ----------
    folder
        Where the files lie; outside the campaign folder, which may be copied and mailed.
    """

    keeping: Keeping = "sealed_file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, campaign: str, person: str, secret: str) -> str:
        """Make a new key, seal it, and return its public part; earlier ones stay where they lie.

        Raises
        ------
        InputError
            If the passphrase is too short.
        """
        _refuse_weak(secret, person)
        key = Ed25519PrivateKey.generate()
        text = public_key_text(key)
        path = self._path(campaign, person, text)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(path, _sealed(key, secret))
        return text

    def unlock(self, campaign: str, person: str, public_key: str, secret: str) -> Ed25519PrivateKey | None:
        """Return a person's key from its file, or none where the passphrase is wrong.

        Raises
        ------
        NotFoundError
            If the file is not on this machine.
        RefusedError
            If it holds another key than its name says.
        """
        path = self._path(campaign, person, public_key)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"the key {person} signs with is not on this machine ({path})",
                "sign where it lies, bring its file here, or enrol a new key",
            ) from None
        try:
            key = serialization.load_pem_private_key(sealed, secret.encode())
        except (ValueError, TypeError):
            return None
        if not isinstance(key, Ed25519PrivateKey) or public_key_text(key) != public_key:
            raise RefusedError(f"{path} holds another key than {person} enrolled", "restore it from a copy")
        return key

    def discard(self, campaign: str, person: str, public_key: str) -> None:
        """Remove the file of a key that was never enrolled."""
        self._path(campaign, person, public_key).unlink(missing_ok=True)

    def reseal(self, campaign: str, person: str, key: Ed25519PrivateKey, secret: str) -> None:
        """Seal the same key by another passphrase; the old file stands until the new one is whole.

        Raises
        ------
        InputError
            If the passphrase is too short.
        """
        _refuse_weak(secret, person)
        path = self._path(campaign, person, public_key_text(key))
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        _write_new(part, _sealed(key, secret))
        part.replace(path)

    def _path(self, campaign: str, person: str, public_key: str) -> Path:
        mark = hashlib.sha256(public_key_of(public_key).public_bytes_raw()).hexdigest()[:16]
        return self.folder / slug(campaign) / slug(person) / f"{mark}.pem"


def _refuse_weak(secret: str, person: str) -> None:
    if len(secret.strip()) < SHORTEST:
        raise InputError(
            f"the passphrase of {person} is empty or too short",
            f"use at least {SHORTEST} characters, such as four words",
        )


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, readable by its owner alone, and not before it is on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sealed(key: Ed25519PrivateKey, secret: str) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(secret.encode()),
    )


def sealed_files_of_this_machine() -> SealedFiles:
    """Return the people's keys under ``DOWNMASS_HOME`` (default ``~/.downmass``)."""
    home = Path(os.environ.get("DOWNMASS_HOME", Path.home() / ".downmass"))
    return SealedFiles(home / "people")
