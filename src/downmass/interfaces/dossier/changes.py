"""What changed between two answers to one question, and which entries it follows from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from downmass.answers.answer import Answer, Value
from downmass.base.instant import days_between
from downmass.interfaces.dossier.reading import (
    as_instant,
    number_words,
    plain,
    span_words,
    spread_words,
    value_words,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One value that moved: its name, what it was, what it is, by how much."""

    name: str
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved between two moments, and what the later answer rests on that the earlier could not know."""

    moved: tuple[Change, ...]
    because: tuple[str, ...]
    gone: tuple[str, ...]


def changes(earlier: Answer, later: Answer, told: Mapping[str, str] = MappingProxyType({})) -> Changes:
    """Compare two answers to the same question.

    Parameters
    ----------
    earlier, later
        The answers, in order of their as-of.
    told
        Sentence of each entry by its id; the note of the evidence stands in where there is none.

    Returns
    -------
    Changes
        Values whose middle figure differs; entries and findings new in the later answer; what was
        missing then and is known now.
    """
    before = {value.name: value for value in earlier.values}
    moved = []
    for value in later.values:
        old = before.get(value.name)
        if old is not None and _middle(old) != _middle(value):
            was, now = _middle(old), _middle(value)
            moved.append(Change(value.name, _shown(old), _shown(value), _distance(was, now)))
    known = {(item.kind, item.ref) for item in earlier.evidence}
    because = [
        plain(told.get(entry_id(item.ref)) or item.note or item.ref)
        for item in later.evidence
        if item.kind == "entry" and (item.kind, item.ref) not in known
    ]
    said = {finding.message for finding in earlier.findings}
    because.extend(plain(finding.message) for finding in later.findings if finding.message not in said)
    gone = tuple(plain(text) for text in earlier.missing if text not in later.missing)
    return Changes(tuple(moved), tuple(dict.fromkeys(because)), gone)


def entry_id(reference: str) -> str:
    """Return the id of the entry a piece of evidence refers to; a hash may follow it.

    Examples
    --------
    >>> entry_id("ground-000040 fc6316fbb578")
    'ground-000040'
    """
    return reference.partition(" ")[0]


def _middle(value: Value) -> str:
    return value.exact if value.exact is not None else value.p50 or ""


def _shown(value: Value) -> str:
    return value_words(value.exact) if value.exact is not None else spread_words(value)[1]


def _distance(before: str, after: str) -> str:
    start, end = as_instant(before), as_instant(after)
    if start is not None and end is not None:
        return span_words(days_between(start, end))
    try:
        step = Decimal(after) - Decimal(before)
    except InvalidOperation:
        return ""
    return ("+" if step > 0 else "") + number_words(str(step))
