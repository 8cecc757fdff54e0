"""A store in one SQLite file that can be copied and mailed: ``ledger.db`` of a campaign folder.

Durability rests on write-ahead logging with ``synchronous=FULL``: one sync for each append, be it
one entry or a thousand. Triggers keep honest programs append-only, ``INSERT OR REPLACE`` and upserts
included; whoever owns the file can drop them, which is what hashes, signatures and checkpoints
are for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from downmass.base.errors import NotFoundError, StoreError, VersionError
from downmass.facts.entry import Entry
from downmass.stores.port import StoredCheckpoint, refuse_checkpoint, refuse_unsound, stale

APPLICATION_ID = 0x444D4153
"""``PRAGMA application_id`` of a ledger, the letters DMAS, so that no other database is taken for one."""

SCHEMA_VERSION = 1
"""``PRAGMA user_version`` this program writes; newer ones are refused."""

_TABLES = (
    """CREATE TABLE entry (
        campaign TEXT NOT NULL,
        "index" INTEGER NOT NULL CHECK ("index" >= 0),
        content BLOB NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        signature BLOB NOT NULL CHECK (length(signature) = 64),
        PRIMARY KEY (campaign, "index")
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE checkpoint (
        campaign TEXT NOT NULL,
        number INTEGER NOT NULL CHECK (number >= 0),
        last_index INTEGER NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (campaign, number),
        FOREIGN KEY (campaign, last_index) REFERENCES entry (campaign, "index")
    ) STRICT, WITHOUT ROWID""",
)

_PLACE = {"entry": '"index"', "checkpoint": "number"}

_GUARDS: Mapping[str, str] = {
    f"{table}_{act}": text
    for table, place in _PLACE.items()
    for act, text in (
        (
            "no_update",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'a ledger is append-only: no {table} is ever changed'); END",
        ),
        (
            "no_delete",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'a ledger is append-only: no {table} is ever deleted'); END",
        ),
        (
            "in_order",
            f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} "
            f"WHEN NEW.{place} IS NOT "
            f"(SELECT COALESCE(MAX({place}), -1) + 1 FROM {table} WHERE campaign = NEW.campaign) "
            f"BEGIN SELECT RAISE(ABORT, 'a ledger is append-only: this is not the next {table}'); END",
        ),
    )
}


class SqliteStore:
    """Entries in a SQLite file; one connection, shared by the threads of a process.

    Parameters
    ----------
    path
        The file; made if it is not there.
    read_only
        Open for reading; the file must be there.
    busy_timeout_s
        How long to wait for another writer [s].

    Raises
    ------
    NotFoundError
        If the file, opened for reading, or its folder is not there.
    VersionError
        If a newer version made it.
    StoreError
        If it is no ledger, or a setting durability rests on could not be put in force.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False, busy_timeout_s: float = 10.0) -> None:
        self._path = Path(path)
        self._lock = RLock()
        self._read_only = read_only
        if read_only and not self._path.is_file():
            raise NotFoundError(f"there is no ledger at {path}", "check the path, or begin one with init")
        if not self._path.parent.is_dir():
            raise NotFoundError(f"there is no folder {self._path.parent}", "make the folder first")
        self._busy_timeout_s = busy_timeout_s
        mode = "mode=rwc"
        if read_only:
            mode = "mode=ro" if self._readable() else "mode=ro&immutable=1"
        with self._refusals("opened"):
            self._connection = self._connect(mode)
        try:
            with self._refusals("opened"):
                self._recognise()
                self._configure(round(busy_timeout_s * 1000))
        except BaseException:
            self._connection.close()
            raise

    @property
    def read_only(self) -> bool:
        """Whether it was opened for reading."""
        return self._read_only

    def for_writing(self) -> SqliteStore:
        """Open the same file for writing, and close this one."""
        opened = SqliteStore(self._path, busy_timeout_s=self._busy_timeout_s)
        self.close()
        return opened

    def settings(self) -> dict[str, str | int]:
        """Return the settings in force, read back from the connection."""
        names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
        with self._lock, self._refusals("read"):
            return {name: self._pragma(name) for name in (*names, "query_only")}

    def campaigns(self) -> list[str]:
        """Return the campaigns that have an entry or a checkpoint, sorted."""
        # SELECT DISTINCT would walk every row; this jumps from one campaign to the next.
        query = """WITH RECURSIVE next(campaign) AS (
            SELECT MIN(campaign) FROM {table} UNION ALL
            SELECT (SELECT MIN(campaign) FROM {table} WHERE campaign > next.campaign)
            FROM next WHERE next.campaign IS NOT NULL
        ) SELECT campaign FROM next WHERE campaign IS NOT NULL"""
        with self._lock, self._refusals("read"):
            found = [self._connection.execute(query.format(table=table)).fetchall() for table in _PLACE]
        return sorted({row[0] for rows in found for row in rows})

    def head(self, campaign: str) -> int:
        """Return the number of entries of a campaign."""
        query = 'SELECT COALESCE(MAX("index"), -1) + 1 FROM entry WHERE campaign = ?'
        with self._lock, self._refusals("read"):
            size: int = self._connection.execute(query, (campaign,)).fetchone()[0]
        return size

    def append(
        self, campaign: str, entries: Sequence[Entry], expected_size: int, checkpoint: str | None = None
    ) -> None:
        """Append entries and checkpoint in one transaction with one sync; durable once this returns."""
        refuse_unsound(campaign, entries, expected_size)
        rows = [(campaign, e.index, e.content, e.hash, e.signature) for e in entries]
        with self._transaction():
            found = self.head(campaign)
            if found != expected_size:
                raise stale(campaign, expected_size, found)
            self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", rows)
            if checkpoint is not None:
                self._put(campaign, checkpoint, expected_size + len(rows))

    def read(self, campaign: str, start: int = 0, stop: int | None = None) -> list[Entry]:
        """Return the entries with ``start <= index < stop``."""
        query = (
            'SELECT "index", content, hash, signature FROM entry '
            'WHERE campaign = ? AND "index" >= ? AND "index" < ? ORDER BY "index"'
        )
        bounds = (campaign, start, 2**62 if stop is None else stop)
        with self._lock, self._refusals("read"):
            return [Entry(*row) for row in self._connection.execute(query, bounds)]

    def put_checkpoint(self, campaign: str, note: str, size: int) -> None:
        """Keep a signed checkpoint."""
        with self._transaction():
            self._put(campaign, note, size)

    def checkpoint(self, campaign: str) -> str | None:
        """Return the checkpoint put last, or none."""
        query = "SELECT note FROM checkpoint WHERE campaign = ? ORDER BY number DESC LIMIT 1"
        with self._lock, self._refusals("read"):
            row = self._connection.execute(query, (campaign,)).fetchone()
        return None if row is None else row[0]

    def checkpoints(self, campaign: str) -> list[StoredCheckpoint]:
        """Return every checkpoint ever put, oldest first."""
        query = "SELECT number, last_index + 1, note FROM checkpoint WHERE campaign = ? ORDER BY number"
        with self._lock, self._refusals("read"):
            return [StoredCheckpoint(*row) for row in self._connection.execute(query, (campaign,))]

    def close(self) -> None:
        """Close the connection; what was appended is on disk already."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, campaign: str, note: str, size: int) -> None:
        number, last = self._connection.execute(
            "SELECT COALESCE(MAX(number), -1) + 1, COALESCE(MAX(last_index), -1) + 1 "
            "FROM checkpoint WHERE campaign = ?",
            (campaign,),
        ).fetchone()
        refuse_checkpoint(campaign, size, last, self.head(campaign))
        self._connection.execute(
            "INSERT INTO checkpoint VALUES (?, ?, ?, ?)", (campaign, number, size - 1, note)
        )

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )

    def _readable(self) -> bool:
        """Tell whether SQLite can read the file as usual, which takes a lock file beside it.

        Where none can be made (a folder or disk one may only read) and no write-ahead log holds
        entries, the file is read as one that nobody changes.
        """
        log = self._path.with_name(self._path.name + "-wal")
        try:
            with suppress(FileNotFoundError):
                if log.stat().st_size:
                    return True
            with closing(self._connect("mode=ro")) as trial:
                trial.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except (sqlite3.OperationalError, PermissionError) as fault:
            return getattr(fault, "sqlite_errorcode", 0) & 0xFF not in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            )
        except sqlite3.Error:
            return True
        return True

    def _pragma(self, name: str) -> str | int:
        value: str | int = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    def _recognise(self) -> None:
        """Refuse a file that is another program's or a newer version's."""
        version = self._pragma("user_version")
        tables = self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        fresh = not tables and version == 0 and not self._read_only
        if not fresh and self._pragma("application_id") != APPLICATION_ID:
            raise StoreError(f"{self._path} is no ledger", "name the ledger.db of a campaign folder")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise VersionError(
                f"{self._path} is of ledger version {version}, this program knows up to {SCHEMA_VERSION}",
                "open it with a newer version of Downmass",
            )

    def _configure(self, busy_timeout_ms: int) -> None:
        """Put every setting in force and read it back: SQLite keeps silent where it cannot."""
        wanted: dict[str, str | int] = {
            "busy_timeout": busy_timeout_ms,
            "foreign_keys": 1,
            "recursive_triggers": 1,
            "synchronous": 2,
        }
        wanted |= {"query_only": 1} if self._read_only else {"journal_mode": "wal"}
        for name, value in wanted.items():
            self._connection.execute(f"PRAGMA {name} = {value}").fetchone()
            found = self._pragma(name)
            if found != value:
                raise StoreError(
                    f"{self._path} cannot be kept safely: {name} is {found!r}, not {value!r}",
                    "put the ledger on a local disk",
                )
        if not self._read_only:
            self._set_up()

    def _set_up(self) -> None:
        """Make the tables of a new file, and the guards where a copy has lost them."""
        if not set(_GUARDS) - self._triggers():
            return
        with self._transaction():
            if self._pragma("user_version") == 0:
                for statement in _TABLES:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            for name in sorted(set(_GUARDS) - self._triggers()):
                self._connection.execute(_GUARDS[name])

    def _triggers(self) -> set[str]:
        return {r[0] for r in self._connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the one write lock from the first look to the commit; all of it or nothing."""
        with self._lock, self._refusals("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _refusals(self, act: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
            remedies = {
                sqlite3.SQLITE_BUSY: "another program is writing; try again in a moment",
                sqlite3.SQLITE_CANTOPEN: "copy the whole folder to a place where you may write",
                sqlite3.SQLITE_FULL: "free some disk space and append again",
                sqlite3.SQLITE_READONLY: "open it for writing, or copy it to a place where you may write",
                sqlite3.SQLITE_CORRUPT: "restore the ledger from a copy or a bundle",
                sqlite3.SQLITE_NOTADB: "name the ledger.db of a campaign folder",
                sqlite3.SQLITE_IOERR: "check the disk, then read the head before appending again",
            }
            raise StoreError(
                f"{self._path} could not be {act}: {fault}",
                remedies.get(code, "open it again and read its head before appending"),
            ) from fault
