"""Canonical contents: what is read is exactly what would be written."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.canon import canonical
from downmass.base.errors import InputError
from downmass.disciplines.ledger.keys import from_base64, private_key_of, private_key_text, public_key_text
from downmass.disciplines.ledger.seal import content_hash, event_of, heads, read_canonical

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_canonical_bytes_are_read_back_whatever_they_hold(value: Any) -> None:
    assert read_canonical(canonical(value)) == value


@given(st.binary(max_size=60))
def test_what_is_read_would_be_written_the_same(content: bytes) -> None:
    try:
        value = read_canonical(content)
    except InputError:
        return
    assert canonical(value) == content


def test_the_sorting_example_of_rfc_8785_is_canonical_and_code_point_order_is_not() -> None:
    # RFC 8785 section 3.2.3: U+1F600 sorts before U+FB33, as its UTF-16 begins with D83D.
    keys = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    texts = ['"\\r"', '"1"', '"\x80"', '"ö"', '"€"', '"😀"', '"\ufb33"']
    right = "{" + ",".join(f"{text}:0" for text in texts) + "}"
    assert list(read_canonical(right.encode())) == keys
    swapped = [*texts[:5], texts[6], texts[5]]
    with pytest.raises(InputError, match="canonical"):
        read_canonical(("{" + ",".join(f"{text}:0" for text in swapped) + "}").encode())


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'"\\u0041"',
        b'"\\/"',
        b"-0",
        b"1.0",
        b"1e3",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"\xef\xbb\xbf1",
        b'"\xff"',
        b'"\\ud800"',
        b"",
        b" 1",
        b"1\n",
        b"[" * 5000,
        b"1" * 5000,
        '"1"'.encode("utf-16"),
    ],
)
def test_any_other_spelling_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_canonical(content)


def test_a_content_carries_the_hash_of_the_same_writers_previous_one(log: Any) -> None:
    contents = [read_canonical(entry.content) for entry in log.entries]
    writers = [value["writer"] for value in contents]
    assert writers == ["ground", "ground", "ground", "capsule", "ground", "capsule"]
    assert [value["prev_hash"] == "" for value in contents] == [True, False, False, True, False, False]
    assert contents[5]["prev_hash"] == sha256(log.entries[3].content).hexdigest()


def test_heads_say_where_each_writer_goes_on(log: Any) -> None:
    reached = heads(log.entries)
    assert (reached["ground"].sequence, reached["capsule"].sequence) == (4, 2)
    assert reached["capsule"].prev_hash == content_hash(log.entries[5].content)


def test_an_event_comes_back_from_its_content(log: Any) -> None:
    event = event_of(log.entries[3].content)
    assert (event.id, event.writer, event.body.state) == ("e3", "capsule", "execute")
    with pytest.raises(InputError):
        event_of(b"[]")


def test_keys_are_written_as_rfc_8032_publishes_them() -> None:
    # RFC 8032 section 7.1, test 1.
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = private_key_of(private_key_text(private_key_of("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")))
    assert key.private_bytes_raw() == secret
    assert from_base64(public_key_text(key), 32) == public


@pytest.mark.parametrize("text", ["", "AAAA", "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B=", "ä" * 44])
def test_a_torn_private_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError) as caught:
        private_key_of(text)
    assert not text or text not in str(caught.value) + caught.value.remedy
