"""The ground takes bundles: hostile ones are put aside, nothing is lost, and a kill harms nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from downmass.base.canon import canonical
from downmass.base.errors import VersionError
from downmass.disciplines.ledger.expected import standing_of
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.sync import read_sync, write_sync
from downmass.facts import event as ev
from downmass.facts.entry import Entry
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.inbox import FolderInbox, MemoryInbox
from downmass.operations.keys import ExampleKeys
from downmass.operations.syncing import missing_of, receive, report_to_json
from downmass.stores.audit import audit
from downmass.stores.memory import MemoryStore

from .conftest import World

Make = Callable[..., World]


def put_aside(world: World, data: bytes, told: str) -> None:
    """Receive what must be put aside, twice: it says so once, keeps the bytes, and mirrors nothing."""
    size = world.store.head("little")
    report = world.arrive(data)
    assert told in report.quarantined
    assert world.store.head("little") == size + 1
    (event,) = report.events
    assert (event.type, event.body.bundle_sha256) == ("sync.quarantined", sha256(data).hexdigest())
    assert told in event.body.reason
    assert world.inbox.quarantined()[event.body.bundle_sha256] == data
    assert world.arrive(data).events == ()
    assert audit(world.store, "little")[1].damage is None


def test_a_bundle_from_an_unknown_device_is_put_aside(flown: World) -> None:
    entries = read_sync(flown.edge.bundle()).entries
    key = ExampleKeys().key("little", "rover")
    data = write_sync("little", "rover", flown.now, {"rover": 30}, entries, key)
    put_aside(flown, data, "'rover', a device that is not enrolled")


def test_a_bundle_signed_with_another_key_is_put_aside(flown: World) -> None:
    read = read_sync(flown.edge.bundle())
    key = ExampleKeys().key("little", "rover")
    data = write_sync("little", "capsule", flown.now, read.announced, read.entries, key)
    put_aside(flown, data, "not that of capsule's key in force")


def test_a_bundle_by_a_revoked_key_is_put_aside_though_it_waited_before(flown: World) -> None:
    flown.arrive(flown.edge.bundle({"capsule": 20}))
    key = public_key_text(ExampleKeys().key("little", "capsule"))
    body = ev.KeyRevoked("capsule", key, "the capsule was opened by strangers")
    flown.desk.record([Draft("key.revoked", body, flown.now, "ground", "recorded", "")])
    put_aside(flown, flown.edge.bundle(), "revoked")
    assert flown.of_capsule() == []
    assert len(flown.inbox.held()) == 1


def test_a_bundle_of_another_campaign_is_put_aside(flown: World) -> None:
    key = ExampleKeys().key("little", "capsule")
    data = write_sync("other", "capsule", flown.now, {"capsule": 0}, (), key)
    put_aside(flown, data, "of campaign 'other'")


def test_a_second_history_is_put_aside_loudly(flown: World, world: Make) -> None:
    flown.arrive(flown.edge.bundle(None, {"capsule": 9}))
    twin = world(400)
    twin.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    twin.now += timedelta(days=1)
    twin.seal(hours=2)
    put_aside(flown, twin.edge.bundle(), "FORK: capsule shows a second history, entry 1 differs")
    assert flown.of_capsule() == flown.on_board()[:10]


@pytest.mark.parametrize("cut", [1, 50, 300, 700, 5_000, 20_000, -2, -100])
def test_a_torn_bundle_is_put_aside_and_a_whole_copy_is_taken_after_all(flown: World, cut: int) -> None:
    data = flown.edge.bundle()
    put_aside(flown, data[:cut], "damaged")
    flown.arrive(data)
    assert flown.of_capsule() == flown.on_board()


def test_a_bundle_of_a_newer_version_is_refused_and_nothing_is_written(flown: World) -> None:
    head = canonical({"format": "downmass-sync", "version": 2}) + b"\n"
    closing = canonical({"sha256": sha256(head).hexdigest()}) + b"\n"
    size = flown.store.head("little")
    with pytest.raises(VersionError, match="format version 2"):
        flown.arrive(head + closing)
    assert flown.store.head("little") == size


def test_a_device_cannot_announce_for_another(flown: World) -> None:
    key = ExampleKeys().key("little", "capsule")
    data = write_sync("little", "capsule", flown.now, {"laboratory": 10**9}, (), key)
    assert flown.arrive(data).arrivals == ()
    assert "laboratory" not in missing_of(flown.desk.state())


def test_the_same_bundle_twice_and_an_older_announcement_add_nothing(flown: World) -> None:
    old = flown.edge.bundle()
    flown.now += timedelta(hours=1)
    flown.seal()
    flown.arrive(flown.edge.bundle())
    size = flown.store.head("little")
    for data in (old, flown.edge.bundle(), flown.edge.bundle({"capsule": 3}, {"capsule": 4})):
        report = flown.arrive(data)
        assert (report.quarantined, report.arrivals, report.events) == ("", (), ())
    assert flown.store.head("little") == size


def test_a_bundle_that_only_announces_makes_the_ground_know_what_is_missing(flown: World) -> None:
    flown.arrive(flown.edge.bundle({"capsule": 30}))
    assert missing_of(flown.desk.state())["capsule"] == {
        "announced": 30, "received": 0, "held": [], "missing": [[0, 29]],
    }  # fmt: skip


def test_the_note_of_an_arrival_stands_before_what_arrived(flown: World) -> None:
    report = flown.arrive(flown.edge.bundle())
    note, *mirrored = report.events
    assert (note.type, note.writer, note.body.carrier) == ("sync.received", "ground", "relay")
    assert note.body.appended == (ev.Stretch(0, 29),)
    assert [event.sequence for event in mirrored] == list(range(30))
    assert report_to_json(report)["arrivals"][0]["appended"] == [[0, 29]]
    assert report.appended == 30


def test_what_a_device_brings_after_the_campaign_closed_is_taken(flown: World) -> None:
    body = ev.CampaignClosed("abandoned")
    flown.desk.record([Draft("campaign.closed", body, flown.now, "ground", "recorded", "")])
    flown.arrive(flown.edge.bundle())
    flown.correlate()
    assert flown.of_capsule() == flown.on_board()


class Killed(Exception):
    """The process ended here."""


class Dying(MemoryInbox):
    """An inbox, beside a store, in a process that is killed before or after its n-th step."""

    left = 10**9

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def hold(self, data: bytes) -> None:
        self.step()
        super().hold(data)
        self.step()

    def release(self, digest: str) -> None:
        self.step()
        super().release(digest)

    def quarantine(self, data: bytes, reason: str) -> None:
        self.step()
        super().quarantine(data, reason)
        self.step()


class DyingStore(MemoryStore):
    """A store in the same process."""

    inbox: Dying

    def append(self, campaign: str, entries: Any, expected_size: int, checkpoint: str | None = None) -> None:
        self.inbox.step()
        super().append(campaign, entries, expected_size, checkpoint)
        self.inbox.step()


@pytest.mark.parametrize("step", range(14))
def test_a_kill_between_any_two_steps_loses_and_doubles_nothing(flown: World, step: int) -> None:
    bundles = [
        flown.edge.bundle({"capsule": 20}),
        flown.edge.bundle()[:-30],
        flown.edge.bundle({"capsule": 5}, {"capsule": 25}),
        flown.edge.bundle(None, {"capsule": 6}),
    ]
    store, inbox = DyingStore(), Dying()
    store.inbox = inbox
    store.append("little", flown.store.read("little"), 0, flown.store.checkpoint("little"))
    inbox.left = step

    def through() -> None:
        desk = Desk(store, "little", ExampleKeys(), lambda: flown.now)
        for data in bundles:
            receive(desk, "ground", inbox, data, "relay", flown.now)

    with pytest.raises(Killed):
        through()
    inbox.left = 10**9
    through()
    entries, found = audit(store, "little")
    assert (found.damage, found.covered) == (None, len(entries))
    assert _capsule(entries) == flown.on_board()
    assert (len(inbox.held()), len(inbox.quarantined())) == (0, 1)
    state = Desk(store, "little", ExampleKeys()).state()
    assert len(state.all(ev.SyncQuarantined)) == 1
    assert standing_of(state, "capsule").missing == ()


def _capsule(entries: list[Entry]) -> list[bytes]:
    return [entry.content for entry in entries if entry.content[-19:] == b'"writer":"capsule"}']


def test_a_full_disk_while_holding_leaves_nothing_half(
    flown: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flown.inbox = FolderInbox(tmp_path / "inbox")
    size = flown.store.head("little")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    data = flown.edge.bundle({"capsule": 20})
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        for bad in (data, data[:-9]):
            with pytest.raises(OSError, match="No space"):
                flown.arrive(bad)
    assert flown.store.head("little") == size
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    flown.arrive(data)
    flown.arrive(flown.edge.bundle(None, {"capsule": 19}))
    assert flown.of_capsule() == flown.on_board()


def test_an_inbox_in_a_folder_keeps_what_it_is_given_under_its_digest(tmp_path: Path) -> None:
    inbox = FolderInbox(tmp_path / "inbox")
    assert (dict(inbox.held()), dict(inbox.quarantined())) == ({}, {})
    inbox.hold(b"one")
    inbox.hold(b"one")
    inbox.quarantine(b"two", "because")
    digest = sha256(b"one").hexdigest()
    assert dict(inbox.held()) == {digest: b"one"}
    aside = tmp_path / "inbox" / "quarantine" / f"{sha256(b'two').hexdigest()}.txt"
    assert aside.read_text(encoding="utf-8") == "because\n"
    inbox.release(digest)
    inbox.release(digest)
    assert dict(inbox.held()) == {}


def test_a_held_file_that_rotted_is_not_used_and_its_entries_are_missing_again(
    flown: World, tmp_path: Path
) -> None:
    flown.inbox = FolderInbox(tmp_path / "inbox")
    flown.arrive(flown.edge.bundle({"capsule": 20}))
    (held,) = (tmp_path / "inbox" / "held").iterdir()
    held.write_bytes(held.read_bytes()[:-1] + b" ")
    flown.arrive(flown.edge.bundle(None, {"capsule": 9}))
    assert missing_of(flown.desk.state())["capsule"]["missing"] == [[10, 29]]
    flown.arrive(flown.edge.bundle({"capsule": 10}))
    assert flown.of_capsule() == flown.on_board()


def test_a_strange_file_in_the_inbox_is_neither_used_nor_touched(flown: World) -> None:
    flown.inbox.hold(b"not a bundle")
    flown.arrive(flown.edge.bundle())
    assert flown.of_capsule() == flown.on_board()
    assert list(flown.inbox.held().values()) == [b"not a bundle"]


class ChangingKeys(ExampleKeys):
    """The capsule's key, and the one it takes after it has changed it."""

    changed = False

    def key(self, campaign: str, writer: str) -> Any:
        return super().key(campaign, "capsule-2" if writer == "capsule" and self.changed else writer)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_device_that_changed_its_own_key_is_believed_in_either_order(
    world: Make, newest_first: bool
) -> None:
    keys = ChangingKeys()
    made = world(0, keys)
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    text = public_key_text(ExampleKeys().key("little", "capsule-2"))
    made.edge.record([made.draft(ev.WriterEnrolled("capsule", "maker", "capsule", text))])
    old = made.edge.bundle()
    keys.changed = True
    made.now += timedelta(days=1)
    made.seal()
    new = made.edge.bundle({"capsule": 2})
    for data in (new, old) if newest_first else (old, new):
        made.arrive(data)
    assert made.of_capsule() == made.on_board()
    assert len(made.inbox.quarantined()) == int(newest_first)
