"""The ledger bundle inside a dossier: put in as base64, taken out again byte for byte."""

from __future__ import annotations

import base64
import binascii
import re

from downmass.base.errors import InputError

_WIDTH = 76
_OPENING = re.compile(rb'<script type="application/octet-stream" id="bundle" data-bytes="(\d{1,12})">')
_CLOSING = b"</script>"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WAY_OUT = "ask whoever wrote the dossier for a fresh copy, or verify the bundle it was made from"


def embedded(bundle: bytes) -> str:
    """Return the element that carries a bundle inside a dossier.

    Parameters
    ----------
    bundle
        The bundle, byte for byte.
    """
    text = base64.b64encode(bundle).decode("ascii")
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    body = "\n".join(lines)
    return (
        f'<script type="application/octet-stream" id="bundle" data-bytes="{len(bundle)}">\n{body}\n</script>'
    )


def is_page(content: bytes) -> bool:
    """Tell whether a file is a page rather than a bundle; an editor may have put a mark before it.

    Examples
    --------
    >>> is_page(b"\\xef\\xbb\\xbf<!doctype html>"), is_page(b'{"campaign":"w1"}')
    (True, False)
    """
    return content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"<"


def bundle_in(html: bytes) -> bytes:
    """Return the bundle a dossier carries, byte for byte.

    Parameters
    ----------
    html
        A dossier as read from its file.

    Raises
    ------
    InputError
        If there is no bundle, more than one, or its text is torn or not exactly as it was written.

    Notes
    -----
    Only the envelope is judged here. Whether the entries inside are sound is what verification of
    the bundle says; so a changed byte in an entry is named there, by its entry.

    Examples
    --------
    >>> bundle_in(embedded(b"a ledger").encode())
    b'a ledger'
    """
    openings = list(_OPENING.finditer(html))
    if not openings:
        raise InputError("this file carries no ledger bundle, so it is no dossier", _WAY_OUT)
    if len(openings) > 1:
        raise InputError(f"this dossier carries {len(openings)} bundles; only one can be meant", _WAY_OUT)
    start = openings[0].end()
    end = html.find(_CLOSING, start)
    if end < 0:
        raise InputError("this dossier is torn: its bundle has no end", _WAY_OUT)
    try:
        bundle = base64.b64decode(html[start:end].replace(b"\r\n", b"\n").replace(b"\n", b""), validate=True)
    except binascii.Error as fault:
        raise InputError(f"the bundle in this dossier is damaged: {fault}", _WAY_OUT) from None
    if embedded(bundle).encode() != html[openings[0].start() : end + len(_CLOSING)].replace(b"\r\n", b"\n"):
        said = int(openings[0].group(1))
        raise InputError(
            f"the bundle in this dossier is damaged: {len(bundle)} bytes where {said} were announced, "
            "or text that was not written so",
            _WAY_OUT,
        )
    return bundle
