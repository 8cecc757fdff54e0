"""Private keys lie outside the campaign, readable by their owner alone, and are never overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from downmass.base.errors import NotFoundError, RefusedError
from downmass.disciplines.ledger.keys import public_key_text
from downmass.operations.keys import ExampleKeys, FileKeys, keys_of_this_machine


@pytest.mark.parametrize("passphrase", [None, "a long one"])
def test_a_key_file_is_readable_by_its_owner_alone_and_opens_again(
    tmp_path: Path, passphrase: str | None
) -> None:
    keys = FileKeys(tmp_path / "keys", passphrase)
    made = keys.create("little", "ground")
    path = tmp_path / "keys" / "little" / "ground.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert public_key_text(keys.key("little", "ground")) == public_key_text(made)
    assert (b"ENCRYPTED" in path.read_bytes()) == (passphrase is not None)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path)
    keys.create("little", "ground")
    path = tmp_path / "little" / "ground.pem"
    before = path.read_bytes()
    with pytest.raises(RefusedError, match="exists already") as refusal:
        keys.create("little", "ground")
    assert "choose another campaign id" in refusal.value.remedy
    assert path.read_bytes() == before


@pytest.mark.parametrize("passphrase", [None, "", "another one"])
def test_a_wrong_passphrase_is_refused_with_the_way_out(tmp_path: Path, passphrase: str | None) -> None:
    FileKeys(tmp_path, "the right one").create("little", "ground")
    with pytest.raises(RefusedError, match="cannot be opened") as refusal:
        FileKeys(tmp_path, passphrase).key("little", "ground")
    assert "DOWNMASS_PASSPHRASE" in refusal.value.remedy
    assert "right one" not in str(refusal.value)


def test_a_key_that_is_not_here_is_named_with_the_place_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no key of writer ground for campaign little") as refusal:
        FileKeys(tmp_path).key("little", "ground")
    assert "ground.pem" in refusal.value.remedy


@pytest.mark.parametrize("kind", ["torn", "another kind"])
def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path, kind: str) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "little").mkdir()
    (tmp_path / "little" / "ground.pem").write_bytes(pem[:60] if kind == "torn" else pem)
    with pytest.raises(RefusedError) as refusal:
        FileKeys(tmp_path).key("little", "ground")
    assert refusal.value.remedy


def test_example_keys_are_the_same_for_everyone_and_differ_by_campaign_and_writer() -> None:
    names = [("w1", "ground"), ("w1", "capsule"), ("w2", "ground")]
    told = [public_key_text(ExampleKeys().key(*name)) for name in names]
    assert told == [public_key_text(ExampleKeys().key(*name)) for name in names]
    assert len(set(told)) == 3


def test_the_keys_of_this_machine_lie_where_downmass_home_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path))
    monkeypatch.setenv("DOWNMASS_PASSPHRASE", "sealed")
    keys_of_this_machine().create("little", "ground")
    assert b"ENCRYPTED" in (tmp_path / "keys" / "little" / "ground.pem").read_bytes()
