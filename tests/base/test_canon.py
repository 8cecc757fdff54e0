"""Canonical bytes are those of RFC 8785, and hold no float."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.canon import canonical, sha256
from downmass.base.errors import InputError
from downmass.disciplines.ledger.seal import read_canonical

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_keys_sort_by_utf16_code_units_as_rfc_8785_section_3_2_3_shows() -> None:
    told = {
        "€": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "ö": "Latin Small Letter O With Diaeresis",
    }
    expected = [
        "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
        "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
    ]  # fmt: skip
    assert list(json.loads(canonical(told)).values()) == expected


def test_strings_are_escaped_as_rfc_8785_section_3_2_2_shows() -> None:
    told = {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    assert canonical(told) == (
        b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize("value", [1.0, float("nan"), float("inf"), {"a": [1, {"b": 0.5}]}, (1, 2.5)])
def test_a_float_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(InputError, match="float") as refusal:
        canonical(value)
    assert "decimal strings" in refusal.value.remedy


def test_the_place_of_a_float_deep_inside_is_told() -> None:
    with pytest.raises(InputError, match=r"\$\.masses\[1\]\.kg is the float 0\.5"):
        canonical({"masses": [{"kg": "1"}, {"kg": 0.5}]})


@pytest.mark.parametrize("value", [2**53, -(2**53), {1: "key"}, b"bytes", {"a": object()}, "\ud800"])
def test_what_json_cannot_hold_exactly_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        canonical(value)


@given(VALUES)
def test_canonical_bytes_read_back_to_the_same_value_and_bytes(value: Any) -> None:
    told = canonical(value)
    assert json.loads(told) == value
    assert canonical(json.loads(told)) == told
    assert read_canonical(told) == value


def test_the_digest_is_sha256_of_fips_180_4() -> None:
    # FIPS 180-4 example, one block: "abc".
    assert sha256(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
