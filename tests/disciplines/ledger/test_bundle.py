"""A bundle cannot be changed anywhere without the place being named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downmass.base.canon import canonical
from downmass.base.errors import DamageError, DownmassError, InputError, VersionError
from downmass.disciplines.ledger.bundle import closing_digest, read_bundle, verify_bundle, write_bundle

quietly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def bundle(log: Any) -> bytes:
    """Six entries and their checkpoint."""
    return write_bundle(log.entries, log.checkpoint())


def place_of(bundle: bytes, offset: int) -> tuple[str, int | None]:
    """Part and entry a byte belongs to, by counting lines."""
    line = bundle.count(b"\n", 0, offset)
    last = bundle.count(b"\n") - 1
    if line in (0, last):
        return ("header" if line == 0 else "closing"), None
    return "entry", line - 1


def named(bundle: bytes) -> tuple[str, int | None]:
    damage = verify_bundle(bundle).damage
    assert damage is not None
    return damage.part, damage.index


def test_what_is_written_is_read_back_and_verifies(log: Any, bundle: bytes) -> None:
    read = read_bundle(bundle)
    assert list(read.entries) == log.entries
    assert (read.version, read.campaign, read.checkpoint) == (1, "demo", log.checkpoint())
    assert verify_bundle(bundle).covered == 6
    assert write_bundle(read.entries, read.checkpoint) == bundle


def test_one_bit_flipped_at_every_byte_names_its_line(bundle: bytes) -> None:
    for offset in range(len(bundle)):
        changed = bytearray(bundle)
        changed[offset] ^= 1 << (offset * 5 % 8)
        assert named(bytes(changed)) == place_of(bundle, offset), offset


@pytest.mark.nightly
def test_every_bit_flipped_names_its_line(bundle: bytes) -> None:
    for offset in range(len(bundle)):
        for bit in range(8):
            changed = bytearray(bundle)
            changed[offset] ^= 1 << bit
            assert named(bytes(changed)) == place_of(bundle, offset), (offset, bit)


@given(st.data())
@quietly
def test_any_byte_changed_to_any_other_names_its_line(bundle: bytes, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(bundle) - 1))
    changed = bytearray(bundle)
    changed[offset] ^= data.draw(st.integers(1, 255))
    assert named(bytes(changed)) == place_of(bundle, offset)


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda content: b"\xef\xbb\xbf" + content, "byte-order mark"),
        (lambda content: content.replace(b"\n", b"\r\n"), "CR LF"),
    ],
)
def test_what_an_editor_or_a_mail_does_to_a_bundle_is_named(
    bundle: bytes, spoil: Callable[[bytes], bytes], cause: str
) -> None:
    found = verify_bundle(spoil(bundle)).damage
    assert found is not None
    assert found.part == "header"
    assert cause in found.message


def test_a_bundle_cut_anywhere_names_what_is_missing_first(bundle: bytes) -> None:
    for length in range(len(bundle)):
        part, index = place_of(bundle, length)
        assert named(bundle[:length]) == (part, index), length


@given(st.data())
@quietly
def test_lines_deleted_repeated_or_swapped_are_found_out(bundle: bytes, data: st.DataObject) -> None:
    lines = bundle.splitlines(keepends=True)
    a, b = data.draw(st.tuples(st.integers(0, 7), st.integers(0, 7)))
    match data.draw(st.sampled_from(["delete", "repeat", "swap"])):
        case "delete":
            del lines[a]
        case "repeat":
            lines.insert(b, lines[a])
        case _:
            lines[a], lines[b] = lines[b], lines[a]
    if b"".join(lines) != bundle:
        assert verify_bundle(b"".join(lines)).damage is not None


@given(st.data())
@quietly
def test_a_stretch_cut_out_or_put_in_is_found_out(bundle: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(bundle)))
    stop = data.draw(st.integers(start, len(bundle)))
    changed = bundle[:start] + data.draw(st.binary(max_size=5)) + bundle[stop:]
    if changed != bundle:
        assert verify_bundle(changed).damage is not None


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_damage_or_a_newer_version(content: bytes) -> None:
    assert verify_bundle(content).damage is not None
    with pytest.raises((DamageError, VersionError)) as caught:
        read_bundle(content)
    assert isinstance(caught.value, DownmassError)
    assert caught.value.remedy


def test_a_bundle_is_not_written_over_too_few_or_no_entries(log: Any) -> None:
    with pytest.raises(InputError, match="no entries"):
        write_bundle([], log.checkpoint())
    with pytest.raises(InputError, match="covers 4"):
        write_bundle(log.entries, log.checkpoint(4))


def test_a_bundle_whose_checkpoint_covers_fewer_entries_is_not_read_either(log: Any) -> None:
    whole, early = write_bundle(log.entries, log.checkpoint()), log.checkpoint(4)
    before, _, _ = whole[:-1].rpartition(b"\n")
    closing = canonical(
        {"checkpoint": early, "sha256": closing_digest(before + b"\n", {"checkpoint": early})}
    )
    short = before + b"\n" + closing + b"\n"
    assert named(short) == ("closing", None)
    with pytest.raises(DamageError, match="covers 4 entries"):
        read_bundle(short)
