"""What every store promises, as one class of tests over all of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import InputError, StaleHeadError, StoreError
from downmass.disciplines.ledger.bundle import read_bundle
from downmass.disciplines.ledger.verify import verify
from downmass.stores.memory import MemoryStore
from downmass.stores.port import Store, StoredCheckpoint
from downmass.stores.sqlite import SqliteStore

Run = Callable[..., list[Any]]
Open = Callable[[], Store]


def replaced(entries: list[Any]) -> list[Any]:
    """Put a torn entry last."""
    return [*entries[:-1], replace(entries[-1], signature=b"torn")]


class StoreContract:
    """The promises; a subclass says how its store is opened, twice for two doors to one store."""

    @pytest.fixture
    def doors(self, tmp_path: Path) -> tuple[Store, Store]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, doors: tuple[Store, Store]) -> Store:
        return doors[0]

    def test_entries_come_back_exactly_as_appended(self, store: Store, run: Run) -> None:
        store.append("w1", run(0, 3), 0)
        store.append("w1", run(3, 5), 3)
        assert store.read("w1") == run(0, 5)
        assert store.read("w1", 1, 3) == run(1, 3)
        assert store.read("w1", 4) == run(4, 5)
        assert store.read("w1", 3, 1) == store.read("w1", 9) == []
        assert store.head("w1") == 5

    def test_reading_changes_nothing(self, store: Store, run: Run) -> None:
        store.append("w1", run(0, 3), 0)
        first = store.read("w1")
        first.clear()
        assert store.read("w1") == store.read("w1") == run(0, 3)

    def test_a_campaign_never_heard_of_is_empty(self, store: Store, run: Run) -> None:
        assert (store.campaigns(), store.head("w1"), store.read("w1")) == ([], 0, [])
        assert store.checkpoint("w1") is None
        store.append("w1", [], 0)
        assert store.campaigns() == []

    def test_campaigns_do_not_touch_each_other(self, store: Store, run: Run) -> None:
        store.append("w2", run(0, 2, "b"), 0)
        store.append("w1", run(0, 1, "a"), 0)
        assert store.campaigns() == ["w1", "w2"]
        assert (store.read("w1"), store.read("w2")) == (run(0, 1, "a"), run(0, 2, "b"))

    def test_a_stale_head_is_refused_and_nothing_is_lost(self, doors: tuple[Store, Store], run: Run) -> None:
        mine, theirs = doors
        mine.append("w1", run(0, 2), 0)
        theirs.append("w1", run(2, 3, "theirs"), 2)
        with pytest.raises(StaleHeadError, match=r"3 entries, not the 2 .* nothing was written") as caught:
            mine.append("w1", run(2, 4, "mine"), 2)
        assert "decide again" in caught.value.remedy
        assert theirs.read("w1") == mine.read("w1") == [*run(0, 2), *run(2, 3, "theirs")]
        mine.append("w1", run(3, 5, "mine"), 3)
        assert theirs.head("w1") == 5

    @pytest.mark.parametrize("fault", ["gap", "repeat", "hash", "signature", "content"])
    def test_a_run_that_does_not_fit_is_refused_whole(self, store: Store, run: Run, fault: str) -> None:
        store.append("w1", run(0, 2), 0)
        entries = run(2, 5)
        changes = {
            "gap": {"index": 9},
            "repeat": {"index": 3},
            "hash": {"hash": bytes(32)},
            "signature": {"signature": b"short"},
            "content": {"content": b"{}"},
        }
        entries[2] = replace(entries[2], **changes[fault])
        with pytest.raises(InputError):
            store.append("w1", entries, 2)
        assert store.read("w1") == run(0, 2)

    def test_two_writers_racing_win_each_slot_exactly_once(
        self, doors: tuple[Store, Store], run: Run
    ) -> None:
        slots = 40

        def race(writer: int) -> int:
            store, won = doors[writer % 2], 0
            while (head := store.head("w1")) < slots:
                try:
                    store.append("w1", run(head, head + 1, f"writer {writer}"), head)
                    won += 1
                except StaleHeadError:
                    continue
            return won

        with ThreadPoolExecutor(4) as pool:
            wins = list(pool.map(race, range(4)))
        assert sum(wins) == slots
        kept = doors[0].read("w1")
        assert [entry.index for entry in kept] == list(range(slots))
        assert [sum(f"writer {w}".encode() in e.content for e in kept) for w in range(4)] == wins

    def test_the_checkpoint_put_last_is_the_one_in_force(self, store: Store, run: Run) -> None:
        store.append("w1", run(0, 3), 0)
        store.put_checkpoint("w1", "first", 2)
        store.put_checkpoint("w1", "second", 3)
        store.put_checkpoint("w1", "second, cosigned", 3)
        assert store.checkpoint("w1") == "second, cosigned"
        assert store.checkpoint("w2") is None
        for size in (0, 2, 4):
            with pytest.raises(InputError, match=f"over {size} entries"):
                store.put_checkpoint("w1", "unfit", size)
        assert store.checkpoint("w1") == "second, cosigned"

    def test_a_checkpoint_goes_in_with_its_entries_or_not_at_all(
        self, doors: tuple[Store, Store], run: Run
    ) -> None:
        mine, theirs = doors
        mine.append("w1", run(0, 2), 0, checkpoint="over two")
        theirs.append("w1", run(2, 3, "theirs"), 2, checkpoint="over three")
        with pytest.raises(StaleHeadError):
            mine.append("w1", run(2, 5, "mine"), 2, checkpoint="over five")
        with pytest.raises(InputError):
            mine.append("w2", [], 0, checkpoint="over nothing")
        mine.append("w1", [], 3, checkpoint="over three again")
        assert mine.checkpoints("w1") == [
            StoredCheckpoint(0, 2, "over two"),
            StoredCheckpoint(1, 3, "over three"),
            StoredCheckpoint(2, 3, "over three again"),
        ]
        assert (mine.checkpoints("w2"), mine.campaigns()) == ([], ["w1"])

    def test_an_append_whose_checkpoint_does_not_fit_leaves_no_entry(self, store: Store, run: Run) -> None:
        store.append("w1", run(0, 3), 0, checkpoint="over three")
        with pytest.raises(InputError):
            store.append("w1", replaced(run(3, 5)), 3, checkpoint="unfit")
        assert (store.head("w1"), store.checkpoint("w1")) == (3, "over three")

    def test_a_stored_log_verifies(self, store: Store, sound_bundle: bytes) -> None:
        bundle = read_bundle(sound_bundle)
        store.append("demo", bundle.entries, 0)
        store.put_checkpoint("demo", bundle.checkpoint, 6)
        assert verify(store.read("demo"), store.checkpoint("demo")).covered == 6

    def test_a_closed_store_refuses_clearly(self, store: Store, run: Run) -> None:
        with store:
            store.append("w1", run(0, 1), 0)
        store.close()
        for act in (
            lambda: store.head("w1"),
            lambda: store.read("w1"),
            lambda: store.append("w1", run(1, 2), 1),
            lambda: store.put_checkpoint("w1", "note", 1),
            lambda: store.checkpoint("w1"),
            lambda: store.checkpoints("w1"),
            lambda: store.campaigns(),
        ):
            with pytest.raises(StoreError) as caught:
                act()
            assert caught.value.remedy


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def doors(self, tmp_path: Path) -> tuple[Store, Store]:
        store = MemoryStore()
        return store, store


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def doors(self, tmp_path: Path) -> Any:
        with SqliteStore(tmp_path / "ledger.db") as one, SqliteStore(tmp_path / "ledger.db") as other:
            yield one, other


class TestSqliteStoreSharedByThreads(StoreContract):
    @pytest.fixture
    def doors(self, tmp_path: Path) -> Any:
        with SqliteStore(tmp_path / "ledger.db") as store:
            yield store, store
