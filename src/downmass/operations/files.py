"""Files of people: read as text, written whole or not at all, and never over a record."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from downmass.base.errors import InputError, NotFoundError, RefusedError

DOCUMENTS = ("campaign.toml", "history.toml", "flight.toml")
"""What a person wrote and no program may replace."""

LEDGER = "ledger.db"

LEDGER_FILES = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}-journal")
"""The record with what SQLite keeps beside it."""

_SQLITE = b"SQLite format 3\x00"


def read_text(path: Path, way_out: str = "name a file that is there") -> str:
    """Return the text of a file in UTF-8; a byte order mark in front, as some editors put, is left aside.

    Raises
    ------
    NotFoundError
        If there is no such file, or it cannot be read.
    InputError
        If it is not UTF-8; the message names the byte.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"{path} is not there", way_out) from None
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{path} is not UTF-8: {fault.reason} at byte {fault.start}", "save it as UTF-8"
        ) from None
    except OSError as fault:
        raise NotFoundError(f"{path}: {fault.strerror}", way_out) from None


def read_bytes(path: Path, way_out: str = "name a file that is there") -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    NotFoundError
        If there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{path} is not there", way_out) from None
    except OSError as fault:
        raise NotFoundError(f"{path}: {fault.strerror}", way_out) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at any moment its name holds the old content or the new, never a part.

    What is no regular file (a pipe, a terminal) is written to as it stands.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    part = target.parent / f".downmass-{os.getpid()}.part"
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as fault:
        with suppress(OSError):
            part.unlink()
        raise OSError(fault.errno, fault.strerror, str(path)) from None


def write_out(path: Path, content: bytes, source: str = "") -> None:
    """Write what leaves the house, whole, and never over a campaign's own files.

    Parameters
    ----------
    source
        Where the campaign was read from; that file is not replaced either.

    Raises
    ------
    RefusedError
        If the file is named as a campaign's document or ledger, is a database, or is the source.
    """
    target = Path(os.path.realpath(path))
    names = {path.name.lower(), target.name.lower()}
    own = names & {*DOCUMENTS, *LEDGER_FILES} or _is_database(target)
    if own or (target.is_file() and os.path.exists(source) and target.samefile(source)):
        raise RefusedError(
            f"{path} is a campaign's own file: writing there would destroy it",
            "name another file; nothing was touched",
        )
    write_whole(path, content)


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
