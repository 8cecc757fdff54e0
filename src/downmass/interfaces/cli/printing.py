"""Text of a record made safe for a terminal: whoever wrote an entry does not steer the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_STEERING = (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
"""Marks that turn the direction of writing, break lines or are not seen (Unicode TR 9, TR 36)."""
_SHOWN = {code: f"\\x{code:02x}" for code in _CONTROLS} | {code: f"\\u{code:04x}" for code in _STEERING}
_SHOWN |= {ord("\t"): " ", ord("\n"): " "}


def printable(value: T) -> T:
    r"""Return a value with the same fields whose every text is one line and steers no terminal.

    Parameters
    ----------
    value
        A text, or a fact, answer, finding or report; what is inside is made printable too.

    Returns
    -------
    T
        Control characters and marks of writing direction are spelled out, such as ``\x1b``; line
        ends and tabs are spaces.

    References
    ----------
    ECMA-48 (control functions); Unicode Technical Report 36, section 2.

    Examples
    --------
    >>> print(printable("bad\x1b[2Jnews"))
    bad\x1b[2Jnews
    """
    safe: Any = _printable(value)
    return safe  # type: ignore[no-any-return]


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else value.translate(_SHOWN)
    if isinstance(value, tuple | list):
        return type(value)(_printable(item) for item in value)
    if isinstance(value, Mapping):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _printable(getattr(value, f.name)) for f in fields(value) if f.init})
    return value
