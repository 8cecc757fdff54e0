"""The one write path: all or nothing, in order, and never what would not verify."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import DamageError, RefusedError, StaleHeadError
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.acts import loose_acts
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.operations.clocks import CLOCK_SLACK, arrivals, clock_findings
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.stores.audit import audit
from downmass.stores.memory import MemoryStore
from downmass.stores.sqlite import SqliteStore

Life = dict[str, Draft]


class Racing(SqliteStore):
    """A store on whose file somebody else appends between the look and the append."""

    rival: Callable[[], object] | None = None

    def append(self, campaign: str, entries: Any, expected_size: int, checkpoint: str | None = None) -> None:
        if self.rival is not None:
            rival, self.rival = self.rival, None
            rival()
        super().append(campaign, entries, expected_size, checkpoint)


def test_what_was_recorded_verifies_and_its_checkpoint_covers_it(
    live: Callable[[str], Desk], store: MemoryStore
) -> None:
    live("")
    entries = store.read("little")
    found = verify(entries, store.checkpoint("little"))
    assert (found.damage, found.size, found.covered) == (None, len(entries), len(entries))
    assert loose_acts(entries) == ()


def test_ids_count_each_writers_own_log(live: Callable[[str], Desk], store: MemoryStore) -> None:
    live("")
    events = [event_of(entry.content) for entry in store.read("little")]
    for writer in ("ground", "capsule", "laboratory"):
        own = [event for event in events if event.writer == writer]
        assert [event.sequence for event in own] == list(range(len(own)))
        assert [event.id for event in own] == [f"{writer}-{n:06d}" for n in range(len(own))]
    assert fold(events).findings == ()


def test_recording_nothing_writes_nothing_but_a_checkpoint(desk: Desk, store: MemoryStore) -> None:
    size = store.head("little")
    assert desk.record([]) == ()
    assert store.head("little") == size


def test_the_desk_stamps_its_own_clock_on_a_live_campaign(
    desk: Desk, clock: Any, life: Life, store: MemoryStore
) -> None:
    clock.now += timedelta(days=40)
    (event,) = desk.record([life["drug"]])
    assert event.recorded_at == clock.now
    assert event.occurred_at == life["drug"].at


def test_a_clock_that_jumped_backwards_is_refused(
    desk: Desk, clock: Any, life: Life, store: MemoryStore
) -> None:
    clock.now += timedelta(days=40)
    desk.record([life["drug"]])
    size = store.head("little")
    clock.now -= CLOCK_SLACK + timedelta(seconds=1)
    with pytest.raises(RefusedError, match="already holds an entry recorded at") as refusal:
        desk.record([life["drug loaded"]])
    assert "set the clock" in refusal.value.remedy
    assert store.head("little") == size
    clock.now += timedelta(seconds=1)
    desk.record([life["drug loaded"]])
    assert store.head("little") == size + 1


def test_a_capsules_entries_may_arrive_late_though_its_clock_stood_earlier(
    live: Callable[[str], Desk], life: Life, clock: Any, store: MemoryStore
) -> None:
    desk = live("run begins")
    late = replace(life["run begins"], recorded_at=clock.now - timedelta(days=3))
    (event,) = desk.record([late])
    assert event.recorded_at < clock.now


def test_of_two_desks_over_one_file_the_slower_is_refused_and_loses_nothing(
    tmp_path: Path, promise: tuple[Draft, ...], life: Life, clock: Any
) -> None:
    path = tmp_path / "ledger.db"
    with Racing(path) as mine, SqliteStore(path) as theirs:
        first = Desk(mine, "little", ExampleKeys(), clock)
        second = Desk(theirs, "little", ExampleKeys(), clock)
        first.record(promise)
        mine.rival = lambda: second.record([life["licence asked"]])
        with pytest.raises(StaleHeadError, match="nothing was written") as refusal:
            first.record([life["drug"], life["drug loaded"]])
        assert "decide again" in refusal.value.remedy
        assert mine.head("little") == len(promise) + 1
        first.record([life["drug"], life["drug loaded"]])
        entries = mine.read("little")
        assert [event_of(e.content).type for e in entries[-3:]] == [
            "gate.applied",
            "lot.registered",
            "lot.loaded",
        ]
        assert verify(entries, mine.checkpoint("little")).damage is None


def test_nothing_is_appended_to_a_log_with_a_changed_byte(
    tmp_path: Path, promise: tuple[Draft, ...], life: Life, clock: Any
) -> None:
    path = tmp_path / "ledger.db"
    with SqliteStore(path) as store:
        Desk(store, "little", ExampleKeys(), clock).record(promise)
    with sqlite3.connect(path) as hand:
        hand.execute("DROP TRIGGER entry_no_update")
        hand.execute(
            "UPDATE entry SET content = CAST(replace(CAST(content AS TEXT), 'Maker', 'Faker') AS BLOB) "
            'WHERE "index" = 4'
        )
    hand.close()
    with SqliteStore(path) as store:
        with pytest.raises(DamageError, match="entry 4") as refusal:
            Desk(store, "little", ExampleKeys(), clock).record([life["drug"]])
        assert "restore" in refusal.value.remedy
        assert store.head("little") == len(promise)


@pytest.mark.parametrize("key", ["", "abc", "AAAA"])
def test_an_enrolment_whose_key_cannot_be_used_is_refused_before_it_is_stored(
    key: str, desk: Desk, act: Any, store: MemoryStore
) -> None:
    size = store.head("little")
    with pytest.raises(RefusedError, match="would not verify"):
        desk.record([act(ev.WriterEnrolled("station", "maker", "station", key))])
    assert store.head("little") == size


def test_an_entry_no_json_can_hold_is_refused_before_it_is_stored(
    desk: Desk, life: Life, store: MemoryStore
) -> None:
    size = store.head("little")
    with pytest.raises(ValueError, match="canonical"):
        desk.record([replace(life["drug"], source="\ud800")])
    assert store.head("little") == size


def test_a_signature_is_bound_to_its_record_and_its_content(
    live: Callable[[str], Desk], store: MemoryStore
) -> None:
    live("plan")
    entries = store.read("little")
    place = next(e.index for e in entries if event_of(e.content).type == "custody.transferred")
    assert loose_acts(entries) == ()
    (finding, other) = loose_acts([entries[place], *entries[:place]])
    assert (finding.severity, other.severity) == ("blocking", "blocking")
    assert finding.subject == event_of(entries[place].content).id


def test_the_checkpoint_is_signed_by_the_ground_writers_key(desk: Desk, store: MemoryStore) -> None:
    note = store.checkpoint("little")
    assert note is not None
    public = ExampleKeys().key("little", "ground").public_key()
    assert notes.verify(note, notes.origin_of("little"), public)
    assert not notes.verify(
        note, notes.origin_of("little"), ExampleKeys().key("little", "capsule").public_key()
    )


class Overtaken(SqliteStore):
    """A store on whose file somebody else records between an append and the checkpoint after it."""

    rival: Callable[[], object] | None = None

    def append(self, campaign: str, entries: Any, expected_size: int, checkpoint: str | None = None) -> None:
        super().append(campaign, entries, expected_size, checkpoint)
        if self.rival is not None:
            rival, self.rival = self.rival, None
            rival()


def test_a_desk_overtaken_right_after_its_append_is_not_told_it_failed(
    tmp_path: Path, promise: tuple[Draft, ...], life: Life, clock: Any
) -> None:
    path = tmp_path / "ledger.db"
    with Overtaken(path) as mine, SqliteStore(path) as theirs:
        first = Desk(mine, "little", ExampleKeys(), clock)
        second = Desk(theirs, "little", ExampleKeys(), clock)
        first.record(promise)
        mine.rival = lambda: second.record([life["licence asked"]])
        (event,) = first.record([life["drug"]])
        entries, found = audit(mine, "little")
        assert event_of(entries[-2].content) == event
        assert (found.damage, found.covered) == (None, len(promise) + 2)
        assert [row.size for row in mine.checkpoints("little")] == [len(promise) + n for n in (0, 1, 2)]


def test_nothing_is_appended_to_a_log_whose_end_was_cut_off(
    tmp_path: Path, promise: tuple[Draft, ...], life: Life, clock: Any
) -> None:
    path = tmp_path / "ledger.db"
    with SqliteStore(path) as store:
        desk = Desk(store, "little", ExampleKeys(), clock)
        desk.record(promise)
        desk.record([life["drug"]])
    with sqlite3.connect(path) as hand:
        hand.execute("DROP TRIGGER entry_no_delete")
        hand.execute('DELETE FROM entry WHERE "index" = ?', (len(promise),))
    hand.close()
    with SqliteStore(path) as store:
        with pytest.raises(DamageError, match=f"entry {len(promise)}: it is missing") as refusal:
            Desk(store, "little", ExampleKeys(), clock).record([life["licence asked"]])
        assert "restore" in refusal.value.remedy
        assert store.head("little") == len(promise)


def test_a_recording_time_ahead_of_the_clock_is_refused_on_a_live_campaign(
    live: Callable[[str], Desk], life: Life, clock: Any, store: MemoryStore
) -> None:
    desk = live("run begins")
    size = store.head("little")
    ahead = replace(life["run begins"], recorded_at=clock.now.replace(year=2099))
    with pytest.raises(RefusedError, match="this machine's clock stands at") as refusal:
        desk.record([ahead])
    assert "leave `recorded` out" in refusal.value.remedy
    assert store.head("little") == size
    desk.record([replace(ahead, recorded_at=None)])


def test_a_ground_clock_that_jumped_once_has_a_way_back_and_hides_nothing_for_good(
    desk: Desk, clock: Any, life: Life, store: MemoryStore
) -> None:
    right = clock.now + timedelta(days=40)
    clock.now = right.replace(year=2099)
    (jumped,) = desk.record([life["drug"]])
    clock.now = right
    with pytest.raises(RefusedError, match="already holds an entry recorded at 2099") as refusal:
        desk.record([life["drug loaded"]])
    assert f"recorded = {right:%Y-%m-%dT%H:%M:%SZ}" in refusal.value.remedy
    with pytest.raises(RefusedError, match="already holds"):
        desk.record([replace(life["drug loaded"], recorded_at=right - timedelta(days=1))])
    desk.record([replace(life["drug loaded"], recorded_at=right)])
    clock.now += timedelta(days=1)
    desk.record([life["licence asked"]])
    events = [event_of(entry.content) for entry in store.read("little")]
    assert arrivals(events)[-3:] == (right, right, clock.now)
    assert [finding.subject for finding in clock_findings(events)] == [jumped.id]


TURNS = st.lists(st.tuples(st.booleans(), st.integers(0, 60)), min_size=1, max_size=12)


@given(TURNS)
def test_a_strange_clock_hides_no_ground_entry_and_what_is_known_only_grows(
    turns: list[tuple[bool, int]],
) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    ground = start
    events = []
    for on_board, days in [(False, 0), *turns]:
        ground = ground if on_board else ground + timedelta(days=days)
        at = start + timedelta(days=days) if on_board else ground
        writer = "capsule" if on_board else "ground"
        events.append(
            ev.Event(
                f"e{len(events)}", "little", "phase.moved", 1, writer, len(events), at, Decimal(0), at,
                "recorded", "", (), ev.PhaseMoved("run", "execute"),
            )
        )  # fmt: skip
    known = arrivals(events)
    assert list(known) == sorted(known)
    for event, known_at in zip(events, known, strict=True):
        assert event.writer == "capsule" or known_at == event.recorded_at
