"""A bundle comes out of a dossier as it went in, or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.interfaces.dossier.embed import bundle_in, embedded

BEFORE, AFTER = b"<!doctype html><body>", b"<script>1</script></body>"
BUNDLE = bytes(range(256)) * 3


def _page(bundle: bytes = BUNDLE) -> bytes:
    return BEFORE + embedded(bundle).encode() + AFTER


@given(st.binary(max_size=400))
def test_any_bundle_comes_out_byte_for_byte(bundle: bytes) -> None:
    assert bundle_in(_page(bundle)) == bundle


def test_a_mail_gateway_that_changes_line_ends_does_no_harm() -> None:
    assert bundle_in(_page().replace(b"\n", b"\r\n")) == BUNDLE


@given(st.integers(0, len(embedded(BUNDLE)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_reaches_verification(place: int, flip: int) -> None:
    page = bytearray(_page())
    page[len(BEFORE) + place] ^= flip
    with suppress(InputError):
        assert bundle_in(bytes(page)) != BUNDLE


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"<!doctype html><p>a web page</p>", "no dossier"),
        (_page() + _page(), "2 bundles"),
        (_page()[: len(BEFORE) + 300], "torn"),
        (_page().replace(b"AAECAw", b"AA*CAw"), "damaged"),
        (_page().replace(b"AAECAw", b"AAECA"), "damaged"),
        (_page().replace(b'data-bytes="768"', b'data-bytes="769"'), "769"),
    ],
)
def test_a_file_that_cannot_be_a_whole_dossier_is_refused_with_the_way_out(page: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("*", r"\*")) as refused:
        bundle_in(page)
    assert "fresh copy" in refused.value.remedy
