"""Verification names the first damaged entry, whoever did the damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downmass.disciplines.ledger.seal import seal
from downmass.disciplines.ledger.tree import EMPTY_ROOT, Tree, leaf_hash
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.entry import Entry

Key = Callable[[int], Ed25519PrivateKey]


def found(entries: list[Entry], note: str | None = None) -> tuple[str, int | None, str]:
    damage = verify(entries, note).damage
    assert damage is not None
    return damage.part, damage.index, damage.message


def test_a_sound_log_verifies_with_the_root_of_its_tree(log: Any) -> None:
    verification = verify(log.entries, log.checkpoint())
    assert verification.damage is None
    assert (verification.size, verification.covered, verification.campaign) == (6, 6, "demo")
    assert verification.root == Tree(entry.hash for entry in log.entries).root()


def test_an_empty_log_proves_nothing_and_has_no_checkpoint(log: Any) -> None:
    assert verify([]).root == EMPTY_ROOT
    assert verify([]).campaign is None
    assert found([], log.checkpoint())[0] == "checkpoint"


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_byte_flipped_in_any_part_of_an_entry_names_that_entry(log: Any, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 5))
    part = data.draw(st.sampled_from(["content", "hash", "signature"]))
    kept = bytearray(getattr(log.entries[index], part))
    place = data.draw(st.integers(0, len(kept) - 1))
    kept[place] ^= data.draw(st.integers(1, 255))
    entries = list(log.entries)
    entries[index] = replace(entries[index], **{part: bytes(kept)})
    if data.draw(st.booleans()):
        entries[index] = replace(entries[index], hash=leaf_hash(entries[index].content))
    if entries != log.entries:
        assert found(entries)[:2] == ("entry", index)


def test_damage_says_which_entry_by_id_and_how_many_hold(log: Any) -> None:
    entries = [*log.entries[:4], replace(log.entries[4], signature=bytes(64)), log.entries[5]]
    verification = verify(entries)
    assert verification.damage is not None
    assert (verification.size, verification.damage.id) == (4, "e4")
    assert verification.root == Tree(entry.hash for entry in entries[:4]).root()


def test_missing_repeated_and_swapped_entries_are_named_by_their_place(log: Any) -> None:
    a, b, c, d, e, f = log.entries
    assert found([a, b, d, e, f])[:2] == ("entry", 2)
    assert found([a, b, b, c, d, e, f])[:2] == ("entry", 2)
    assert found([a, b, c, e, d, f])[:2] == ("entry", 3)
    assert found([b, c])[:2] == ("entry", 0)


def test_renumbering_does_not_hide_a_missing_entry(log: Any) -> None:
    kept = [entry for entry in log.entries if entry.index != 3]
    assert found([replace(entry, index=place) for place, entry in enumerate(kept)])[:2] == ("entry", 4)


def test_a_tail_cut_off_is_seen_by_the_checkpoint_alone(log: Any) -> None:
    assert verify(log.entries[:4]).damage is None
    part, index, message = found(log.entries[:4], log.checkpoint())
    assert (part, index) == ("entry", 4)
    assert "missing" in message


def test_an_older_checkpoint_proves_the_log_has_only_grown(log: Any) -> None:
    older = log.checkpoint()
    log.live(3)
    assert verify(log.entries, older).covered == 6
    assert verify(log.entries).size == 9


def test_a_checkpoint_of_another_log_or_key_or_root_is_damage(log: Any, empty_log: Any, key: Key) -> None:
    assert "not signed" in found(log.entries, log.checkpoint(key=key(7)))[2]
    other = empty_log.enrol("ground").enrol("capsule").live(3).add("ground", ev.PhaseMoved("melt", "held"))
    assert "not those" in found(log.entries, other.checkpoint())[2]
    assert "read" in found(log.entries, "torn")[2]
    assert found(log.entries, log.checkpoint().replace("demo", "emod"))[0] == "checkpoint"


def test_a_writer_nobody_enrolled_is_refused(log: Any, key: Key) -> None:
    log.keys["lab"] = key(3)
    log.add("lab", ev.PhaseMoved("melt", "held"))
    assert found(log.entries)[1] == 6
    assert "lab is not enrolled" in found(log.entries)[2]


def test_a_log_begins_with_its_ground_custodians_own_enrolment(empty_log: Any) -> None:
    assert "first entry" in found(empty_log.live(1).entries)[2]
    empty_log.entries.clear()
    assert "first entry" in found(type(empty_log)().enrol("capsule", by="ground").entries)[2]
    assert "first entry" in found(type(empty_log)().enrol("capsule", by="capsule").entries)[2]


def test_a_new_key_is_in_force_from_its_enrolment_on(log: Any, key: Key) -> None:
    older = log.checkpoint()
    old, new = log.keys["ground"], key(9)
    log.enrol("ground", key=new)
    log.keys["ground"] = new
    log.live(2)
    assert verify(log.entries, log.checkpoint()).damage is None
    assert verify(log.entries, older).covered == 6
    assert "not signed" in found(log.entries, log.checkpoint(key=old))[2]
    log.keys["ground"] = old
    log.live(1)
    assert found(log.entries)[:2] == ("entry", 9)


def test_only_the_log_or_the_writer_itself_may_change_a_writers_key(log: Any, key: Key) -> None:
    log.enrol("ground", by="capsule", key=key(9))
    part, index, message = found(log.entries)
    assert (part, index) == ("entry", 6)
    assert "only ground may" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"campaign": "other"}, "campaign other"),
        ({"sequence": 9}, "counts 9 where 4 is next"),
        ({"prev_hash": ""}, "prev_hash"),
        ({"id": "e1"}, "same id"),
    ],
)
def test_a_validly_signed_entry_that_does_not_fit_is_named(log: Any, changes: Any, words: str) -> None:
    log.add("ground", ev.PhaseMoved("melt", "held"), **changes)
    part, index, message = found(log.entries)
    assert (part, index) == ("entry", 6)
    assert words in message


def test_entries_of_a_newer_version_hold_like_any_other(log: Any) -> None:
    log.add("capsule", ev.Unknown({"later": [1, {"deep": "ö😀"}]}))
    assert verify(log.entries, log.checkpoint()).damage is None


@pytest.mark.parametrize("version", [0, 2])
def test_an_enrolment_of_another_version_is_damage_for_it_decides_whose_signatures_count(
    log: Any, version: int
) -> None:
    key = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="
    body = ev.WriterEnrolled("capsule", "acme", "capsule", key)
    log.add("ground", body, version=version)
    assert found(log.entries)[:2] == ("entry", 6)
    assert f"version {version} cannot be read" in found(log.entries)[2]


def test_an_unusable_key_is_the_enrolments_fault(log: Any) -> None:
    log.add("ground", ev.WriterEnrolled("lab", "acme", "laboratory", "AAAA"))
    assert "cannot be used" in found(log.entries)[2]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "text"}, {"content": None}, {"content": b""}, {"content": b"null"}, {"content": b"[]"},
        {"content": b'"x"'}, {"content": b'{"id":{}}'}, {"signature": None}, {"signature": "x" * 64},
        {"signature": b""}, {"hash": None}, {"hash": b""}, {"index": None}, {"index": "4"}, {"index": -1},
    ],
)  # fmt: skip
def test_a_row_of_the_wrong_kind_is_damage_not_a_crash(log: Any, changes: dict[str, Any]) -> None:
    entry = replace(log.entries[4], **changes)
    if isinstance(entry.content, bytes) and "content" in changes:
        entry = replace(entry, hash=leaf_hash(entry.content))
    assert found([*log.entries[:4], entry, log.entries[5]])[:2] == ("entry", 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": 1}, {"body": []}, {"body": None}, {"type": "later.type", "body": [1]}, {"version": "1"},
        {"type": []}, {"writer": {}}, {"cause": "e1"}, {"sequence": None}, {"occurred_at": "now"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
    ],
)  # fmt: skip
def test_a_signed_content_that_is_no_event_is_damage_not_a_crash(
    log: Any, changes: dict[str, Any], key: Key
) -> None:
    from downmass.base.canon import canonical
    from downmass.disciplines.ledger.seal import read_canonical, sign

    content = canonical({**read_canonical(log.entries[5].content), **changes})
    entry = Entry(5, content, leaf_hash(content), sign(content, key(2)))
    assert found([*log.entries[:5], entry])[:2] == ("entry", 5)


def test_sealing_again_gives_the_same_bytes(log: Any, key: Key) -> None:
    from downmass.disciplines.ledger.seal import event_of

    again = seal(event_of(log.entries[3].content), 3, "", key(2))
    assert again == log.entries[3]
