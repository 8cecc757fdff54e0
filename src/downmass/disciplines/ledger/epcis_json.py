"""The bytes of an EPCIS document read as JSON, strictly, with what is odd about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from downmass.base.errors import InputError
from downmass.disciplines.ledger.judge_rules import fault
from downmass.facts.finding import Finding

MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""

MOST_DEPTH = 64
MOST_BYTES = 256 * 1024 * 1024


def read_json(data: bytes, where: str = "the document") -> tuple[Any, tuple[Finding, ...]]:
    """Return the JSON value of some bytes, and findings on how it is written.

    Parameters
    ----------
    data
        The bytes, in UTF-8.
    where
        What the messages call them: a file name.

    Raises
    ------
    InputError
        If the bytes are no JSON text: not UTF-8, torn, with NaN or Infinity, or nested beyond what
        can be read.
    """
    findings = []
    if len(data) > MOST_BYTES:
        raise InputError(f"{where} has {len(data):,} bytes", "split it into documents of at most 256 MiB")
    if data.startswith(MARK):
        text = "a byte order mark stands before the document, which many readers refuse; take it out"
        findings.append(fault("json.mark", where, text))
    twice: dict[str, None] = {}
    value = _parsed(data.removeprefix(MARK), where, twice)
    for key in twice:
        findings.append(fault("json.key-twice", where, f"an object has {key[:60]!r} twice; keep one"))
    if _deeper(value, MOST_DEPTH):
        text = f"values nest deeper than {MOST_DEPTH}; flatten the extension that does"
        findings.append(fault("json.depth", where, text))
    return value, tuple(findings)


def _parsed(data: bytes, where: str, twice: dict[str, None]) -> Any:
    """Return the value of a JSON text, and gather the names an object has twice."""

    def paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key, inner in pairs:
            if key in value:
                twice[key] = None
            value[key] = inner
        return value

    def refuse(word: str) -> NoReturn:
        raise InputError(f"{where}: {word} is no JSON number", "leave the value out, or give a number")

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=paired, parse_constant=refuse)
    except UnicodeDecodeError as fault_:
        raise InputError(
            f"{where} is not UTF-8: {fault_.reason} at byte {fault_.start}", "save it as UTF-8"
        ) from None
    except json.JSONDecodeError as fault_:
        raise InputError(
            f"{where}:{fault_.lineno}: no JSON text: {fault_.msg} at column {fault_.colno}",
            "the file is torn or was edited; get it whole from its sender",
        ) from None
    except RecursionError:
        raise InputError(
            f"{where} nests deeper than can be read", f"nest values at most {MOST_DEPTH} deep"
        ) from None
    except InputError:
        raise
    except ValueError as fault_:
        raise InputError(f"{where}: {fault_}", "write numbers of a size something can have") from None


def _deeper(value: Any, most: int) -> bool:
    layer = [value]
    for _ in range(most):
        inner: list[Any] = []
        for part in layer:
            if isinstance(part, Mapping):
                inner.extend(part.values())
            elif isinstance(part, list):
                inner.extend(part)
        layer = [part for part in inner if isinstance(part, Mapping | list)]
        if not layer:
            return False
    return True
