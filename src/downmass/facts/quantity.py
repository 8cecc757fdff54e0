"""Numbers with a spread, a source and a class; money in integer minor units."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.instant import Instant, Window, format_instant

Basis = Literal["read", "derived", "memory", "opinion"]
"""Class of a number: read in a public source, derived from such, recalled, or somebody's opinion."""


GREATEST = Decimal(10) ** 15
"""Greatest size of any number of a campaign, in whatever unit: beyond it somebody mistyped."""

LONGEST_D = 100_000
"""Longest duration of a campaign [d], some 270 years."""

FIRST_YEAR, LAST_YEAR = 1957, 2200
"""Years a date of a campaign may fall in: from the first satellite on."""


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise InputError(f"{value} is not finite", "give a finite decimal number")
    if abs(value) > GREATEST:
        raise InputError(f"{value:.6g} is beyond {GREATEST:f}", "check the number and its unit")
    return value


def _not_negative(value: Decimal) -> Decimal:
    if _finite(value) < 0:
        raise InputError(f"{value} is negative", "give zero or more")
    return value


def _positive(value: Decimal) -> Decimal:
    if _finite(value) <= 0:
        raise InputError(f"{value} is not above zero", "give a number above zero")
    return value


def _days(value: Decimal) -> Decimal:
    if _not_negative(value) > LONGEST_D:
        raise InputError(f"{value} days are beyond {LONGEST_D}", f"give at most {LONGEST_D} days")
    return value


def _in_space_age(instant: datetime) -> datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise InputError(
            f"{format_instant(instant)} is no date of a campaign",
            f"give a year from {FIRST_YEAR} to {LAST_YEAR}",
        )
    return instant


def _span_in_space_age(window: Window) -> Window:
    _in_space_age(window.opens)
    _in_space_age(window.closes)
    return window


def _count(value: int) -> int:
    if value < 0:
        raise InputError(f"{value} is no count", "give zero or a whole number above it")
    return value


Count = Annotated[int, AfterValidator(_count)]
"""A count: a whole number, zero or more."""
Number = Annotated[Decimal, AfterValidator(_finite)]
NotNegative = Annotated[Decimal, AfterValidator(_not_negative)]
Positive = Annotated[Decimal, AfterValidator(_positive)]
Days = Annotated[Decimal, AfterValidator(_days)]
"""A duration [d], zero or more."""
PositiveDays = Annotated[Decimal, AfterValidator(_positive), AfterValidator(_days)]
"""A duration [d] above zero."""
Date = Annotated[Instant, AfterValidator(_in_space_age)]
"""An instant of a campaign [UTC]."""
Span = Annotated[Window, AfterValidator(_span_in_space_age)]
"""A half-open span of a campaign's time [UTC]."""


@fact
class Spread:
    """An uncertain quantity: triangular between low and high, or drawn from past values.

    Attributes
    ----------
    low, mode, high
        Least, most likely and greatest value, in the unit of the field that holds the spread.
    basis, source
        Class of the numbers and where they come from.
    past
        Past realisations in the same unit; where given, they are the distribution and ``low``,
        ``mode``, ``high`` only bound it for readers.
    """

    low: Number
    mode: Number
    high: Number
    basis: Basis
    source: str
    past: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high:
            raise InputError(
                f"a spread with low {self.low}, mode {self.mode}, high {self.high} is not in order",
                "give low <= mode <= high",
            )
        if not self.source:
            raise InputError("a spread has no source", "say where the numbers come from")


def refuse_outside(name: str, spread: Spread, least: int | None, most: int | None = None) -> None:
    """Refuse a spread that reaches beyond what its quantity can be.

    Raises
    ------
    InputError
        If a bound or a past value lies below ``least`` or above ``most``.
    """
    for value in (spread.low, spread.high, *spread.past):
        if least is not None and value < least:
            raise InputError(f"{name} of {value} is below {least}", f"give {least} or more")
        if most is not None and value > most:
            raise InputError(f"{name} of {value} is above {most}", f"give {most} or less")


def refuse_no_currency(code: str) -> None:
    """Refuse what is no ISO 4217 code.

    Raises
    ------
    InputError
        If it is not three capital letters A to Z.
    """
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise InputError(f"{code!r} is no ISO 4217 code", "write USD, EUR, GBP ...")


@fact
class Money:
    """An amount in integer minor units of an ISO 4217 currency (cents for USD)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        refuse_no_currency(self.currency)


@fact
class Assumption:
    """A statement an answer leans on, with its class and source."""

    text: str
    basis: Basis
    source: str
