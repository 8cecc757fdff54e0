"""How numbers, instants and spans are written for people, on paper and in the terminal alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from downmass.answers.answer import Value
from downmass.base.errors import InstantError
from downmass.base.instant import days_between, parse_instant
from downmass.facts.event import Origin
from downmass.facts.finding import Severity
from downmass.facts.quantity import Assumption, Basis, Money

BASIS_ORDER: tuple[Basis, ...] = ("opinion", "memory", "derived", "read")
"""Weakest ground first: what a reader must doubt stands before what can be looked up."""

BASIS_TEXT: dict[Basis, str] = {
    "opinion": "our own assumption; nothing public says so",
    "memory": "recalled, not looked up",
    "derived": "computed from published figures",
    "read": "read in the named source",
}

SEVERITY_ORDER: tuple[Severity, ...] = ("blocking", "warning", "note")

ORIGIN_TEXT: dict[Origin, tuple[str, str, str]] = {
    "public": ("●", "public fact", "dated and sourced in public"),
    "recorded": ("■", "recorded", "written by its device or organisation as it happened"),
    "simulated": ("◆", "simulated", "made by the simulator"),
    "assumed": ("○", "assumed", "our assumption, no public source"),
}

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})")
_NUMBER = re.compile(r"[+\-−±<>≤≥~]?\s?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?\s?%?")
_DIGITS = 6
_COARSE_D = 4.0
"""Spread of instants from which on only their dates are shown [d]."""
_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


def instant_words(instant: datetime) -> str:
    """Return an instant in UTC to the minute, without its zone: ``2024-02-21 21:40``."""
    return instant.strftime("%Y-%m-%d %H:%M")


def as_instant(text: str) -> datetime | None:
    """Return the instant a text holds, or none where it is something else."""
    if not _INSTANT.fullmatch(text.strip()):
        return None
    try:
        return parse_instant(text)
    except InstantError:
        return None


def plain(text: str) -> str:
    """Return a text with every ISO instant in it written to the minute.

    Examples
    --------
    >>> plain("landed 2024-02-21T21:40:00Z in Utah")
    'landed 2024-02-21 21:40 UTC in Utah'
    """

    def minute(match: re.Match[str]) -> str:
        instant = as_instant(match.group())
        return match.group() if instant is None else instant_words(instant) + " UTC"

    return _INSTANT.sub(minute, text)


def number_words(text: str) -> str:
    """Return decimal text grouped by thousands and cut to six digits; other text as it is.

    Examples
    --------
    >>> number_words("1234567.891"), number_words("0.123456789"), number_words("none")
    ('1,234,568', '0.123457', 'none')
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not value.is_finite():
        return text
    if value and not -7 < value.adjusted() < 12:
        return f"{value:.3e}"
    decimals = -int(value.as_tuple().exponent)
    room = max(0, _DIGITS - max(value.adjusted() + 1, 0))
    if value and value.adjusted() < 0:
        room = _DIGITS - value.adjusted() - 1
    return f"{value:,.{max(0, min(decimals, room))}f}"


def span_words(days: float) -> str:
    """Return a signed span in days, or in hours below two days.

    Examples
    --------
    >>> span_words(168.2), span_words(-0.5)
    ('+168 d', '-12 h')
    """
    if abs(days) < 2:
        return f"{days * 24:+.0f} h"
    return f"{days:+,.0f} d"


def value_words(text: str | None, as_of: datetime | None = None) -> str:
    """Return one figure of a value: an instant with its distance from as-of, a number, or text."""
    if text is None:
        return ""
    instant = as_instant(text)
    if instant is None:
        return plain(number_words(text))
    if as_of is None:
        return instant_words(instant)
    return f"{instant_words(instant)} ({span_words(days_between(as_of, instant))})"


def spread_words(value: Value, as_of: datetime | None = None) -> tuple[str, str, str]:
    """Return the 10, 50 and 90 percent quantiles of a value, the middle with its distance from as-of.

    Instants that spread over days are given as dates: a minute would claim what nobody knows.

    Examples
    --------
    >>> spread_words(Value("landing", "UTC", p10="2024-02-01T10:20:00Z", p50="2024-02-09T00:10:00Z",
    ...                    p90="2024-03-01T12:00:00Z"))
    ('2024-02-01', '2024-02-09', '2024-03-01')
    """
    low, middle, high = (value_words(text, None) for text in (value.p10, value.p50, value.p90))
    first, median, last = (as_instant(text or "") for text in (value.p10, value.p50, value.p90))
    if first is not None and last is not None and abs(days_between(first, last)) >= _COARSE_D:
        low, middle, high = low[:10], middle[:10], high[:10]
    if median is not None and as_of is not None:
        middle += f" ({span_words(days_between(as_of, median))})"
    return low, middle, high


def unit_words(value: Value) -> str:
    """Return the unit of a value, ``UTC`` for instants that name none."""
    if value.unit:
        return "" if value.unit == "1" else value.unit
    return "UTC" if as_instant(value.exact or value.p50 or "") else ""


def is_numeric(texts: Sequence[str]) -> bool:
    """Say whether every text that is not empty reads as a number, so that a column aligns right."""
    filled = [text.strip() for text in texts if text.strip() not in ("", "-", "–", "—", "never")]
    return bool(filled) and all(_NUMBER.fullmatch(text) for text in filled)


def money_words(money: Money) -> str:
    """Return an amount in major units with its currency.

    Examples
    --------
    >>> money_words(Money(minor=-123456, currency="USD"))
    '-1,234.56 USD'
    """
    digits = _MINOR_DIGITS.get(money.currency, 2)
    return f"{Decimal(money.minor).scaleb(-digits):,.{digits}f} {money.currency}"


def by_basis(assumptions: Sequence[Assumption]) -> list[tuple[Basis, list[Assumption]]]:
    """Return the assumptions under their classes, weakest first, each once, empty classes left out."""
    groups = []
    for basis in BASIS_ORDER:
        group = list(dict.fromkeys(item for item in assumptions if item.basis == basis))
        if group:
            groups.append((basis, group))
    return groups


def opinion_words(assumptions: Sequence[Assumption]) -> str:
    """Return the sentence that must come before the numbers where an answer leans on opinion."""
    count, of = len({item for item in assumptions if item.basis == "opinion"}), len(set(assumptions))
    if not count:
        return ""
    if count == of:
        which = "its only assumption has" if of == 1 else f"all {of} of its assumptions have"
    else:
        which = f"{count} of its {of} assumptions {'has' if count == 1 else 'have'}"
    return f"Leans on opinion: {which} no public source."
