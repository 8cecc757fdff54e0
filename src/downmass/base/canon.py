"""Canonical bytes (RFC 8785) and their SHA-256."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from downmass.base.errors import InputError


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value that holds no float.

    Raises
    ------
    InputError
        If a float, an integer beyond 2**53 - 1 or a value JSON cannot hold is inside: quantities
        travel as decimal strings with the unit in the field name, money as integer minor units.
    """
    _refuse_floats(value, "$")
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as fault:
        raise InputError(f"no canonical bytes: {fault}", "use strings, integers, lists and objects") from None


def _refuse_floats(value: Any, path: str) -> None:
    if isinstance(value, float):
        raise InputError(f"{path} is the float {value!r}", 'write quantities as decimal strings, e.g. "90.5"')
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_floats(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _refuse_floats(inner, f"{path}[{index}]")


def sha256(content: bytes) -> bytes:
    """Return the SHA-256 digest [32 bytes]."""
    return hashlib.sha256(content).digest()
