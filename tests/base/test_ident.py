"""Identifiers are short plain slugs; errors form one tree and tell the way out."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base import errors
from downmass.base.errors import DownmassError, InputError
from downmass.base.ident import slug

LETTERS = string.ascii_lowercase + string.digits


@given(st.text(LETTERS, min_size=1, max_size=1), st.text(LETTERS + "._-", max_size=63))
def test_a_slug_is_returned_as_it_is(head: str, tail: str) -> None:
    assert slug(head + tail) == head + tail


@pytest.mark.parametrize(
    "text", ["", "W1", "-w1", ".w1", "w 1", "w/1", "../w1", "w1\n", "wé", "w" * 65, "w1\x00", "ｗ1"]
)
def test_what_could_be_a_path_or_confuse_a_reader_is_no_slug(text: str) -> None:
    with pytest.raises(InputError, match="is no identifier") as refusal:
        slug(text)
    assert "a-z" in refusal.value.remedy


def test_every_refusal_is_one_tree_and_carries_a_way_out() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    kinds = [kind for kind in kinds if issubclass(kind, Exception)]
    assert len(kinds) >= 12
    for kind in kinds:
        assert issubclass(kind, DownmassError)
        assert kind.__name__ in (errors.__doc__ or "")
        assert kind("what", "way out").remedy == "way out"
