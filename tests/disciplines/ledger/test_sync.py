"""Sync bundles: whole or named damage, signed by who made them, never half believed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.canon import canonical
from downmass.base.errors import DamageError, VersionError
from downmass.disciplines.ledger.keys import public_key_text, to_base64
from downmass.disciplines.ledger.sync import check_sync, claimed_writer, read_sync, write_sync
from downmass.facts.entry import Entry

from .conftest import START, Log, key_of

CAPSULE = public_key_text(key_of(2))


def bundle_of(log: Log, key: Ed25519PrivateKey | None = None, writer: str = "capsule") -> bytes:
    own = [entry for entry in log.entries if entry.content.endswith(b'"writer":"capsule"}')]
    return write_sync("demo", writer, START, {"capsule": len(own)}, own, key or key_of(2))


def resealed(lines: list[bytes], key: Ed25519PrivateKey) -> bytes:
    """Close lines as the format says, by hand: digest over all before, signed with its prefix."""
    before = b"".join(line + b"\n" for line in lines)
    digest = sha256(before).hexdigest()
    signature = to_base64(key.sign(b"downmass sync v1\n" + digest.encode()))
    return before + canonical({"sha256": digest, "signature": signature}) + b"\n"


def test_what_is_written_is_read_back_as_it_stood(log: Log) -> None:
    data = bundle_of(log)
    read = read_sync(data)
    own = [entry for entry in log.entries if entry.content.endswith(b'"writer":"capsule"}')]
    assert [(e.content, e.signature) for e in read.entries] == [(e.content, e.signature) for e in own]
    assert (read.campaign, read.writer, read.made_at) == ("demo", "capsule", START)
    assert read.announced == {"capsule": 2}
    assert read.sha256 == sha256(data).hexdigest()
    assert check_sync(read, {"capsule": [CAPSULE]}) is None


def test_a_stranger_who_follows_the_page_writes_a_bundle_that_is_read(log: Log) -> None:
    """Built by hand from docs/explanation/ledger.md, not by the code under test."""
    own = [entry for entry in log.entries if entry.content.endswith(b'"writer":"capsule"}')]
    head = {
        "announced": {"capsule": 2},
        "campaign": "demo",
        "format": "downmass-sync",
        "made_at": "2023-06-12T21:35:00Z",
        "version": 1,
        "writer": "capsule",
    }
    lines = [canonical(head)]
    lines += [canonical({"content": e.content.decode(), "signature": to_base64(e.signature)}) for e in own]
    assert resealed(lines, key_of(2)) == bundle_of(log)


def test_a_bundle_of_nothing_still_announces() -> None:
    read = read_sync(write_sync("demo", "capsule", START, {"capsule": 7}, [], key_of(2)))
    assert (read.entries, read.announced) == ((), {"capsule": 7})


def test_a_bundle_torn_at_any_byte_is_damaged_and_says_where(log: Log) -> None:
    data = bundle_of(log)
    for cut in [*range(0, len(data), 7), len(data) - 1]:
        with pytest.raises(DamageError, match=r"header|line \d+|closing") as refused:
            read_sync(data[:cut])
        assert "another copy" in refused.value.remedy


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed_unseen(place: int, flip: int) -> None:
    data = bytearray(bundle_of(Log().enrol("ground").enrol("capsule").live(4)))
    data[place % len(data)] ^= flip
    try:
        read = read_sync(bytes(data))
    except (DamageError, VersionError):
        return
    assert check_sync(read, {"capsule": [CAPSULE]}) is not None


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: b"", "the file is empty"),
        (lambda d: b"\xef\xbb\xbf" + d, "byte-order mark"),
        (lambda d: d.replace(b"\n", b"\r\n"), "CR LF"),
        (lambda d: d + b"\n", "line 6|closing|line 5"),
        (lambda d: b"not a bundle\n" + d, "header"),
        (lambda d: d.replace(b"downmass-sync", b"downmass-bundle"), "does not begin as a sync bundle"),
        (lambda d: b"\n".join([d.split(b"\n")[0], *d.split(b"\n")[2:]]), "a line was altered"),
        (lambda d: b"\n".join([*d.split(b"\n")[:2], *d.split(b"\n")[1:]]), "a line was altered"),
        (lambda d: b"\xff\xfe" + d, "header"),
    ],
)  # fmt: skip
def test_what_an_editor_or_a_link_does_to_a_bundle_is_named(
    log: Log, spoil: Callable[[bytes], bytes], told: str
) -> None:
    with pytest.raises(DamageError, match=told):
        read_sync(spoil(bundle_of(log)))


@pytest.mark.parametrize(
    "change",
    [
        {"announced": {"capsule": -1}},
        {"announced": {"capsule": "two"}},
        {"announced": [2]},
        {"announced": {"Not A Slug": 1}},
        {"made_at": "yesterday"},
        {"made_at": "2023-06-12T21:35:00"},
        {"campaign": 7},
        {"writer": "a b"},
        {"extra": 1},
        {"version": 0},
        {"version": "1"},
    ],
)
def test_a_header_that_says_what_cannot_be_is_damaged_though_it_is_signed(change: dict[str, Any]) -> None:
    head = {
        "announced": {"capsule": 2}, "campaign": "demo", "format": "downmass-sync",
        "made_at": "2023-06-12T21:35:00Z", "version": 1, "writer": "capsule",
    }  # fmt: skip
    with pytest.raises(DamageError, match="header"):
        read_sync(resealed([canonical({**head, **change})], key_of(2)))


def test_a_newer_version_is_told_from_damage_only_where_the_file_is_whole(log: Log) -> None:
    head = canonical({"format": "downmass-sync", "version": 2, "what": "ever"})
    whole = resealed([head, b'{"new":"line"}'], key_of(2))
    with pytest.raises(VersionError, match="version 2"):
        read_sync(whole)
    with pytest.raises(DamageError):
        read_sync(whole[:-5])


def test_a_makers_signature_counts_only_by_its_own_key(log: Log) -> None:
    read = read_sync(bundle_of(log, key_of(3)))
    assert "not that of capsule's key" in (check_sync(read, {"capsule": [CAPSULE]}) or "")
    assert "not enrolled" in (check_sync(read, {"ground": [CAPSULE]}) or "")
    revoked = {public_key_text(key_of(3)): "ground-000009"}
    assert "ground-000009 revoked" in (check_sync(read, {"capsule": [CAPSULE]}, revoked) or "")


def test_an_entrys_signature_is_not_a_bundles_signature(log: Log) -> None:
    """The prefix keeps apart what a key signs: an entry whose content is a digest signs no bundle."""
    data = bundle_of(log)
    digest = read_sync(data).digest
    bare = to_base64(key_of(2).sign(digest.encode()))
    lines = data.split(b"\n")[:-2]
    forged = b"\n".join([*lines, canonical({"sha256": digest, "signature": bare}), b""])
    assert check_sync(read_sync(forged), {"capsule": [CAPSULE]}) is not None


@pytest.mark.parametrize("data", [b"", b"{}", b'{"writer":7}\n', b'{"writer":"A B"}\n', b"\x00\xff"])
def test_a_claimed_writer_that_cannot_be_one_is_unknown(data: bytes) -> None:
    assert claimed_writer(data) == "unknown"


def test_a_claimed_writer_is_read_from_a_torn_bundle(log: Log) -> None:
    assert claimed_writer(bundle_of(log)[:300]) == "capsule"


def test_entries_are_numbered_by_their_place(log: Log) -> None:
    entries: tuple[Entry, ...] = read_sync(bundle_of(log)).entries
    assert [entry.index for entry in entries] == [0, 1]
