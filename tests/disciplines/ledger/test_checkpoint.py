"""Checkpoints and signed notes against other programs' notes and keys."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.ledger import checkpoint as notes

Key = Callable[[int], Ed25519PrivateKey]
ROOT = bytes(range(32))


def public(verifier: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(b64decode(verifier.split("+", 2)[2])[1:])


# golang.org/x/mod/sumdb/note: the key of its documentation; the Go checksum database's own key.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SUM = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
NEUMANN_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"


@pytest.mark.parametrize("verifier", [NEUMANN, GO_SUM])
def test_key_ids_are_those_the_go_tools_print(verifier: str) -> None:
    name, identity, _ = verifier.split("+", 2)
    assert notes.key_id(name, public(verifier)).hex() == identity
    assert notes.verifier_key(name, public(verifier)) == verifier


def test_a_signature_made_as_ours_is_the_one_the_go_tools_make() -> None:
    # Ed25519 is deterministic: key, text and signature of the note package's documentation.
    first = "If you think cryptography is the answer to your problem,"
    text = f"{first}\nthen you don't know what your problem is.\n"
    stated = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    secret = Ed25519PrivateKey.from_private_bytes(b64decode(NEUMANN_SECRET.split("+", 4)[4])[1:])
    made = notes.key_id("PeterNeumann", secret.public_key()) + secret.sign(text.encode())
    assert made == b64decode(stated)


def test_the_example_of_the_specification_is_read() -> None:
    # C2SP tlog-cosignature: a checkpoint with the log's and a witness's signature.
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
        "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJs"
        "X3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    checkpoint = notes.parse(note)
    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20852163
    assert [len(s.signature) for s in checkpoint.signatures] == [64, 72]
    # The specification states the cosignature's time.
    assert int.from_bytes(checkpoint.signatures[1].signature[:8], "big") == 1679315147


def test_a_checkpoint_verifies_with_its_key_and_name_only(key: Key) -> None:
    note = notes.make("w1", 5, ROOT, key(1))
    assert notes.verify(note, "downmass/w1", key(1).public_key())
    assert not notes.verify(note, "downmass/w1", key(2).public_key())
    assert not notes.verify(note, "downmass/w2", key(1).public_key())
    checkpoint = notes.parse(note)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("downmass/w1", 5, ROOT)


def test_a_cosignature_stands_beside_the_logs_and_binds_its_time(key: Key) -> None:
    note = notes.make("w1", 5, ROOT, key(1))
    both = notes.cosign(note, "insurer.example", key(2), 1_700_000_000)
    witness = notes.verifier_key("insurer.example", key(2).public_key(), notes.WITNESS)
    assert notes.verify(both, "downmass/w1", key(1).public_key())
    assert notes.signed_by(both, witness)
    assert not notes.signed_by(note, witness)
    # The same key as a plain note key has another id and has signed nothing.
    assert not notes.signed_by(both, notes.verifier_key("insurer.example", key(2).public_key()))


@given(st.integers(0, 400), st.characters(codec="utf-8"))
def test_a_note_with_any_character_changed_is_not_signed(place: int, character: str) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    note = notes.make("w1", 5, ROOT, secret)
    place %= len(note)
    changed = note[:place] + character + note[place + 1 :]
    assert notes.verify(changed, "downmass/w1", secret.public_key()) is (changed == note)


@given(st.text(max_size=200))
def test_text_that_is_no_checkpoint_is_signed_by_nobody(text: str) -> None:
    assert notes.signed_by(text, NEUMANN) is False


@pytest.mark.parametrize(
    "lines",
    [
        "o\n05\n{r}\n\n{s}", "o\n-5\n{r}\n\n{s}", "o\n٣\n{r}\n\n{s}", "o\n5\n{r}\n{s}", "o\n5\n\n{s}",
        "o\n5\nAA==\n\n{s}", "o\n5\n{r}\n\n— a\n", "o\n5\n{r}\n\n— a AAAA\n", "o\n5\n{r}\n\n", "", "\n\n",
        "o\n5\n{r}\n\n{s}{s}x", "o\t\n5\n{r}\n\n{s}", "o\n" + "9" * 5000 + "\n{r}\n\n{s}",
    ],
)  # fmt: skip
def test_a_checkpoint_not_in_form_is_refused(lines: str) -> None:
    root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    with pytest.raises(InputError):
        notes.parse(lines.format(r=root, s="— a AAAAAAAA\n"))


@pytest.mark.parametrize(
    "verifier", ["", "a+b", NEUMANN.replace("c74f", "c74e"), NEUMANN[:-4], "a b" + NEUMANN]
)
def test_a_verifier_key_whose_parts_disagree_is_refused(verifier: str) -> None:
    with pytest.raises(InputError):
        notes.signed_by("", verifier)


def test_an_empty_log_has_no_checkpoint_and_a_name_has_no_spaces(key: Key) -> None:
    with pytest.raises(InputError):
        notes.make("w1", 0, ROOT, key(1))
    with pytest.raises(InputError):
        notes.cosign(notes.make("w1", 1, ROOT, key(1)), "two words", key(1), 0)
    with pytest.raises(InputError):
        notes.cosign(notes.make("w1", 1, ROOT, key(1)), "a", key(1), -1)
