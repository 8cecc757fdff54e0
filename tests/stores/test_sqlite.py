"""What the SQLite store promises beyond the port: durability, guards, and clear refusals."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import NotFoundError, StoreError, VersionError
from downmass.disciplines.ledger.bundle import read_bundle
from downmass.disciplines.ledger.verify import verify
from downmass.stores.sqlite import SqliteStore

Run = Callable[..., list[Any]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger of a test lies."""
    return tmp_path / "ledger.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An open ledger."""
    with SqliteStore(path) as opened:
        yield opened


def by_hand(path: Path, *statements: str, guards_off: bool = False) -> None:
    """Change the file as its owner could, with any SQLite program."""
    with closing(sqlite3.connect(path)) as raw:
        if guards_off:
            names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def test_the_settings_durability_rests_on_are_in_force(store: SqliteStore) -> None:
    # sqlite.org/pragma.html: synchronous 2 is FULL.
    assert store.settings() == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": 10_000,
        "query_only": 0,
    }


def test_a_ledger_that_cannot_be_kept_safely_is_refused(path: Path, run: Run) -> None:
    # Another connection in the middle of a read keeps SQLite from leaving the rollback journal.
    by_hand(path, "CREATE TABLE t (x)", "DROP TABLE t", "PRAGMA application_id = 0x444D4153")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        with pytest.raises(StoreError) as caught:
            SqliteStore(path, busy_timeout_s=0.05)
        assert caught.value.remedy


def test_entries_outlive_the_program_that_appended_them(path: Path, run: Run) -> None:
    with SqliteStore(path) as first:
        first.append("w1", run(0, 3), 0)
        first.put_checkpoint("w1", "note", 3)
    with SqliteStore(path) as again:
        assert again.read("w1") == run(0, 3)
        assert again.checkpoint("w1") == "note"
        again.append("w1", run(3, 4), 3)
    with SqliteStore(path, read_only=True) as reader:
        assert reader.head("w1") == 4


WRITER = """
import sys
from downmass.disciplines.ledger.tree import leaf_hash
from downmass.facts.entry import Entry
from downmass.stores.sqlite import SqliteStore
with SqliteStore(sys.argv[1]) as store:
    head = store.head("w1")
    while True:
        contents = [b"entry %d" % (head + n) for n in range(3)]
        run = [Entry(head + n, c, leaf_hash(c), bytes(64)) for n, c in enumerate(contents)]
        store.append("w1", run, head)
        head += 3
        print(head, flush=True)
"""


def test_kill_9_in_the_middle_of_appending_loses_no_acknowledged_entry(path: Path) -> None:
    acknowledged = 0
    for turns in (1, 7, 23, 40):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer.stdout as lines:
            for _ in range(turns):
                acknowledged = int(next(lines))
            writer.send_signal(signal.SIGKILL)
            for line in lines:
                acknowledged = int(line)
        assert writer.wait() == -signal.SIGKILL
        with SqliteStore(path) as store:
            kept = store.read("w1")
        assert len(kept) >= acknowledged
        assert len(kept) % 3 == 0
        assert [e.content for e in kept] == [b"entry %d" % n for n in range(len(kept))]


ATTACKS = [
    "UPDATE entry SET signature = zeroblob(64)",
    "UPDATE entry SET campaign = 'w2'",
    "DELETE FROM entry",
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET note = 'forged'",
    "INSERT OR REPLACE INTO entry VALUES ('w1', 0, x'00', zeroblob(32), zeroblob(64))",
    "REPLACE INTO entry VALUES ('w1', 1, x'00', zeroblob(32), zeroblob(64))",
    "INSERT OR REPLACE INTO checkpoint VALUES ('w1', 0, 0, 'forged')",
    "INSERT INTO entry VALUES ('w1', 0, x'00', zeroblob(32), zeroblob(64)) "
    "ON CONFLICT (campaign, \"index\") DO UPDATE SET content = x'00'",
    "INSERT OR IGNORE INTO entry VALUES ('w1', 7, x'00', zeroblob(32), zeroblob(64))",
    "INSERT INTO entry VALUES ('w2', 1, x'00', zeroblob(32), zeroblob(64))",
    "INSERT INTO entry VALUES ('w1', -1, x'00', zeroblob(32), zeroblob(64))",
    "INSERT INTO entry VALUES ('w1', 2, x'00', zeroblob(31), zeroblob(64))",
    "INSERT INTO entry VALUES ('w1', 2, 'text', zeroblob(32), zeroblob(64))",
]


@pytest.mark.parametrize("recursive", ["OFF", "ON"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_file_itself_stops_other_programs_from_rewriting(
    path: Path, store: SqliteStore, run: Run, attack: str, recursive: str
) -> None:
    store.append("w1", run(0, 2), 0)
    store.put_checkpoint("w1", "note", 2)
    with pytest.raises(sqlite3.IntegrityError):
        by_hand(path, f"PRAGMA recursive_triggers = {recursive}", attack)
    assert store.read("w1") == run(0, 2)
    assert store.checkpoint("w1") == "note"


CHANGED = "CAST(replace(content, '{}', '{}') AS BLOB)"
EDITS = [
    (f'UPDATE entry SET content = {CHANGED.format("running", "aborted")} WHERE "index" = 3', 3),
    (f'UPDATE entry SET content = {CHANGED.format("e4", "e9")} WHERE "index" = 4', 4),
    ('UPDATE entry SET signature = zeroblob(64) WHERE "index" = 2', 2),
    ('UPDATE entry SET hash = zeroblob(32) WHERE "index" = 5', 5),
    ('DELETE FROM entry WHERE "index" = 1', 1),
    ('DELETE FROM entry WHERE "index" >= 4', 4),
    ('UPDATE entry SET "index" = "index" + 10 WHERE "index" >= 3', 3),
]


@pytest.mark.parametrize(("edit", "index"), EDITS)
def test_an_edit_by_hand_with_the_guards_dropped_is_named_by_verify(
    path: Path, sound_bundle: bytes, edit: str, index: int
) -> None:
    bundle = read_bundle(sound_bundle)
    with SqliteStore(path) as store:
        store.append("demo", bundle.entries, 0)
        store.put_checkpoint("demo", bundle.checkpoint, 6)
    by_hand(path, edit, guards_off=True)
    with SqliteStore(path) as store:
        damage = verify(store.read("demo"), store.checkpoint("demo")).damage
    assert damage is not None
    assert (damage.part, damage.index) == ("entry", index)


def test_guards_a_copy_has_lost_are_put_back(path: Path, run: Run) -> None:
    with SqliteStore(path) as store:
        store.append("w1", run(0, 2), 0)
    by_hand(path, guards_off=True)
    with SqliteStore(path), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        by_hand(path, "DELETE FROM entry")


def test_a_missing_ledger_is_not_found_when_only_read(path: Path) -> None:
    with pytest.raises(NotFoundError, match="no ledger") as caught:
        SqliteStore(path, read_only=True)
    assert caught.value.remedy
    assert not path.exists()
    with pytest.raises(NotFoundError, match="no folder"):
        SqliteStore(path / "deeper" / "ledger.db")


def test_a_ledger_opened_for_reading_cannot_be_appended_to(path: Path, run: Run) -> None:
    SqliteStore(path).close()
    with SqliteStore(path, read_only=True) as reader:
        assert reader.settings()["query_only"] == 1
        with pytest.raises(StoreError) as caught:
            reader.append("w1", run(0, 1), 0)
        assert "writing" in caught.value.remedy


def test_a_ledger_of_a_newer_version_is_refused_with_a_way_out(path: Path) -> None:
    SqliteStore(path).close()
    by_hand(path, "PRAGMA user_version = 99")
    for read_only in (False, True):
        with pytest.raises(VersionError, match="version 99") as caught:
            SqliteStore(path, read_only=read_only)
        assert "newer version" in caught.value.remedy


def test_another_programs_file_is_refused_and_left_alone(path: Path) -> None:
    by_hand(path, "CREATE TABLE address (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="no ledger"):
        SqliteStore(path)
    assert path.read_bytes() == before
    path.write_bytes(b"%PDF-1.7 " * 1000)
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert "ledger.db" in caught.value.remedy


def test_a_busy_ledger_is_refused_with_nothing_written(path: Path, store: SqliteStore, run: Run) -> None:
    with SqliteStore(path, busy_timeout_s=0.05) as impatient, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked") as caught:
            impatient.append("w1", run(0, 1), 0)
        assert "try again" in caught.value.remedy
        other.rollback()
        impatient.append("w1", run(0, 1), 0)
    assert store.head("w1") == 1


def test_a_damaged_file_is_a_clear_refusal(path: Path, run: Run) -> None:
    with SqliteStore(path) as store:
        store.append("w1", run(0, 500), 0)
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xa5" * (4096 * 4)
    path.write_bytes(content)
    with SqliteStore(path) as store, pytest.raises(StoreError) as caught:
        store.read("w1")
    assert "restore" in caught.value.remedy


def test_a_copied_file_is_the_whole_ledger_once_closed(path: Path, tmp_path: Path, run: Run) -> None:
    with SqliteStore(path) as store:
        store.append("w1", run(0, 10), 0)
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    with SqliteStore(copy, read_only=True) as store:
        assert store.read("w1") == run(0, 10)


@pytest.fixture
def shut(run: Run) -> Iterator[Path]:
    """A folder with a ledger that this process may only read; back to full rights afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="shut-"))
    with SqliteStore(folder / "ledger.db") as store:
        store.append("w1", run(0, 3), 0, checkpoint="note")
    (folder / "ledger.db").chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_copy_one_may_only_read_is_read(shut: Path, run: Run) -> None:
    with pytest.raises(PermissionError):
        (shut / "new").touch()
    with SqliteStore(shut / "ledger.db", read_only=True) as store:
        assert store.read("w1") == run(0, 3)
        assert (store.campaigns(), store.checkpoint("w1")) == (["w1"], "note")
    with pytest.raises(StoreError) as caught, SqliteStore(shut / "ledger.db") as store:
        store.append("w1", run(3, 4), 3)
    assert "where you may write" in caught.value.remedy


def test_a_reader_goes_on_to_write_where_it_may(path: Path, run: Run) -> None:
    with SqliteStore(path) as store:
        store.append("w1", run(0, 1), 0)
    reader = SqliteStore(path, read_only=True)
    assert reader.read_only
    with reader.for_writing() as writer:
        writer.append("w1", run(1, 2), 1)
        assert writer.head("w1") == 2
    with pytest.raises(StoreError):
        reader.head("w1")
