"""Every damaged bundle of this museum is found out, and what is damaged is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from downmass.base.errors import DamageError, VersionError
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.disciplines.ledger.checkpoint import signed_by
from downmass.disciplines.ledger.verify import verify

HERE = Path(__file__).parent

# What each exhibit was broken by is in make_museum.py; the place named follows from that alone.
DAMAGED: dict[str, tuple[str, int | None, str]] = {
    "bundle_swapped_rows": ("entry", 3, "entry 4 stands in its place"),
    "bundle_swapped_and_renumbered": ("entry", 3, "counts 1 where 0 is next"),
    "bundle_truncated_tail": ("entry", 4, "missing"),
    "bundle_truncated_tail_and_header": ("entry", 4, "missing"),
    "bundle_checkpoint_over_fewer": ("closing", None, "covers 4 entries, the header announces 6"),
    "bundle_replayed_sequence": ("entry", 5, "counts 0 where 2 is next"),
    "bundle_wrong_key": ("entry", 3, "capsule"),
    "bundle_wrong_log_key": ("closing", None, "not signed by the key of the log"),
    "bundle_rewritten_chain": ("closing", None, "not those the checkpoint was signed over"),
    "bundle_torn_line": ("entry", 4, "torn"),
    "bundle_deleted_row": ("entry", 2, "missing"),
    "bundle_duplicated_row": ("entry", 3, "entry 2 stands in its place"),
    "bundle_newer_format_claimed": ("header", None, "version 99"),
    "bundle_windows_newlines": ("header", None, "canonical"),
    "bundle_without_closing": ("closing", None, "missing"),
    "bundle_empty": ("header", None, "empty"),
    "bundle_is_a_picture": ("header", None, "no JSON"),
    "bundle_deeply_nested": ("entry", 0, "no JSON"),
    "bundle_float": ("header", None, "float"),
}
SOUND = {"bundle_sound", "bundle_cosigned"}
NEWER = {"bundle_newer_format"}
WITNESS_KEY = "e53cda31+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR"


def exhibit(name: str) -> bytes:
    return (HERE / f"{name}.jsonl").read_bytes()


def test_every_exhibit_is_judged() -> None:
    assert {path.stem for path in HERE.glob("*.jsonl")} == set(DAMAGED) | SOUND | NEWER


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_a_damaged_bundle_is_named(name: str) -> None:
    part, index, words = DAMAGED[name]
    verification = verify_bundle(exhibit(name))
    assert verification.damage is not None
    assert (verification.damage.part, verification.damage.index) == (part, index)
    assert words in verification.damage.message
    assert verification.covered == 0
    assert verification.size == (index if part == "entry" else verification.size)


@pytest.mark.parametrize("name", sorted(SOUND))
def test_a_sound_bundle_of_an_earlier_day_still_verifies(name: str) -> None:
    verification = verify_bundle(exhibit(name))
    assert verification.damage is None
    assert (verification.size, verification.covered, verification.campaign) == (6, 6, "demo")


def test_a_whole_bundle_of_a_newer_version_is_refused_with_a_way_out() -> None:
    for read in (read_bundle, verify_bundle):
        with pytest.raises(VersionError, match="version 99") as caught:
            read(exhibit("bundle_newer_format"))
        assert "newer version" in caught.value.remedy


@pytest.mark.parametrize(
    "name", ["bundle_torn_line", "bundle_empty", "bundle_is_a_picture", "bundle_without_closing"]
)
def test_reading_a_torn_file_is_a_clear_refusal(name: str) -> None:
    with pytest.raises(DamageError, match="damaged") as caught:
        read_bundle(exhibit(name))
    assert caught.value.remedy


def test_a_log_rewritten_with_all_keys_is_shown_up_by_a_checkpoint_kept_elsewhere() -> None:
    kept = read_bundle(exhibit("bundle_sound")).checkpoint
    rewritten = read_bundle(exhibit("bundle_rewritten_chain")).entries
    assert verify(rewritten).damage is None
    damage = verify(rewritten, kept).damage
    assert damage is not None
    assert damage.part == "checkpoint"


def test_a_witness_is_told_from_a_stranger() -> None:
    # Verifier keys of the fixed key bytes 03.. (witness) and 02.. (no witness) in make_museum.py.
    note = read_bundle(exhibit("bundle_cosigned")).checkpoint
    assert note.count("\n— ") == 2
    assert not signed_by(
        read_bundle(exhibit("bundle_sound")).checkpoint,
        "witness.example/customer+" + WITNESS_KEY,
    )
    assert signed_by(note, "witness.example/customer+" + WITNESS_KEY)
