"""The rows of the catalogue: one type for each table, and the words their cells may use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from downmass.base.errors import InputError, UnitError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import Basis, NotNegative, Number
from downmass.facts.recipe import Domain, ProcessKind

UNITS: Mapping[str, str] = {
    "kg": "kilogram",
    "t": "tonne",
    "m": "metre",
    "km": "kilometre",
    "km2": "square kilometre",
    "m3": "cubic metre",
    "h": "hour",
    "d": "day",
    "week": "week of 7 days",
    "month": "calendar month",
    "year": "calendar year",
    "kW": "kilowatt",
    "ug": "millionth of standard gravity",
    "fraction": "part of one",
    "ratio": "number without a dimension",
    "person": "crew member",
    "kg_per_km": "kilogram per kilometre of fibre",
    "kg_per_kg": "kilogram of product per kilogram of equipment",
    "kg_per_flight": "kilogram per flight",
    "flight_per_year": "flights in a year",
    "launch": "dedicated launch",
    "flight": "flight",
    "mission": "private astronaut mission",
    "person_day": "one person for one day",
    "first_50_kg": "first 50 kg of a rideshare payload",
    "kg_above_50": "kilogram above the first 50 of a rideshare payload",
    "unit": "one piece: a bus with its capsule, an implant",
    "wafer": "wafer",
}
"""Unit of a fact, or what a price buys -> its meaning."""

CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY", "AUD", "CAD", "CHF", "CNY", "NZD"})
"""ISO 4217 codes the catalogue knows; amounts are in major units."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
_DAY = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def first_day(text: str) -> date:
    """Return the first day an ISO date of year, month or day precision may mean.

    Raises
    ------
    InputError
        If the text is no such date, or its year cannot be (before 1900, after 2100).

    Examples
    --------
    >>> first_day("2022-03").isoformat()
    '2022-03-01'
    """
    match = _DAY.match(text)
    remedy = "write YYYY, YYYY-MM or YYYY-MM-DD"
    if match is None:
        raise InputError(f"{text!r} is no date", remedy)
    year, month, day = (int(part) if part else 1 for part in match.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputError(f"the year of {text!r} cannot be", f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise InputError(f"{text!r} is not in the calendar", remedy) from None


def last_day(text: str) -> date:
    """Return the last day an ISO date of year, month or day precision may mean.

    Examples
    --------
    >>> last_day("2024-02").isoformat()
    '2024-02-29'
    """
    start = first_day(text)
    if len(text) == 4:
        return date(start.year, 12, 31)
    if len(text) == 7:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return start


def _iso_date(text: str) -> str:
    first_day(text)
    return text


def _unit(text: str) -> str:
    if text not in UNITS:
        raise UnitError(f"unit {text!r} is not known", f"use one of {', '.join(UNITS)}")
    return text


def _currency(text: str) -> str:
    if text not in CURRENCIES:
        raise InputError(f"currency {text!r} is not known", f"use one of {', '.join(sorted(CURRENCIES))}")
    return text


def _fact_unit(text: str) -> str:
    currency, slash, per = text.partition("/")
    if currency in CURRENCIES and not slash:
        return text
    return f"{currency}/{_unit(per)}" if currency in CURRENCIES else _unit(text)


def _said(text: str) -> str:
    if not text.strip():
        raise InputError("the cell is blank", "fill it")
    return text


def _between(least: int, most: int) -> Any:
    def bounded(value: Decimal) -> Decimal:
        if not least <= value <= most:
            raise InputError(
                f"{value} is not from {least} to {most} deg", "give degrees, south and west negative"
            )
        return value

    return AfterValidator(bounded)


IsoDate = Annotated[str, AfterValidator(_iso_date)]
Unit = Annotated[str, AfterValidator(_unit)]
FactUnit = Annotated[str, AfterValidator(_fact_unit)]
Currency = Annotated[str, AfterValidator(_currency)]
Said = Annotated[str, AfterValidator(_said)]


def _in_order(low: Decimal, mode: Decimal | None, high: Decimal) -> None:
    middle = low if mode is None else mode
    if not low <= middle <= high:
        raise InputError(
            f"low {low}, mode {mode if mode is not None else '(none)'}, high {high} are not in order",
            "give low <= mode <= high",
        )


@fact
class PriceRow:
    """A price of an item over a span of time, under a price regime.

    Attributes
    ----------
    item
        What is bought; rows of one item make a dated series.
    low, mode, high
        Least, most likely and greatest price [currency, major units, per ``unit``]; no mode where
        the source gives only a range.
    valid_from, valid_to
        Half-open span the price was asked in; no end where none is known.
    regime
        Under whose rules it is asked: ``list``, ``iss_nl``, ``2019``, ``2021``, ``contract`` ...
    """

    id: Slug
    item: Slug
    low: NotNegative
    high: NotNegative
    unit: Unit
    currency: Currency
    valid_from: IsoDate
    regime: Slug
    basis: Basis
    source: Said
    mode: NotNegative | None = None
    valid_to: IsoDate | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _in_order(self.low, self.mode, self.high)
        if self.valid_to is not None and first_day(self.valid_to) <= first_day(self.valid_from):
            raise InputError(
                f"the price ends {self.valid_to}, not after it begins {self.valid_from}",
                "valid_to is the first day it is no longer asked; leave it blank where none is known",
            )


@fact
class FactRow:
    """A number about a subject of the catalogue, as of a date.

    Attributes
    ----------
    subject
        Id of a platform, vehicle, site, product, company or norm, or one of :data:`TOPICS`.
    quantity
        What is measured, in the field's words.
    unit
        One of :data:`UNITS`, a currency, or a currency over a unit (``USD/flight``).
    date
        When it was measured or said.
    """

    subject: Slug
    quantity: Slug
    low: Number
    high: Number
    unit: FactUnit
    date: IsoDate
    basis: Basis
    source: Said
    mode: Number | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _in_order(self.low, self.mode, self.high)


TOPICS = ("insurance", "liability", "licence", "lunar", "market", "rideshare")
"""Subjects of facts that are no row of another table."""


@fact
class PlatformRow:
    """A place where a process can run; its numbers are facts."""

    id: Slug
    name: Said
    kind: Literal["capsule", "iss_rack", "station", "free_flyer", "bus", "ground"]
    operator: Said
    status: Said
    date: IsoDate
    basis: Basis
    source: Said
    note: str = ""


@fact
class VehicleRow:
    """A launcher, or a spacecraft that carries cargo up or down; its numbers are facts."""

    id: Slug
    name: Said
    kind: Literal["launcher", "cargo", "capsule"]
    operator: Said
    status: Said
    date: IsoDate
    basis: Basis
    source: Said
    note: str = ""


@fact
class SiteRow:
    """A launch site, landing range or splash zone [deg, south and west negative]."""

    id: Slug
    name: Said
    kind: Literal["launch_site", "landing_range", "splash_zone"]
    country: Said
    latitude_deg: Annotated[Number, _between(-90, 90)]
    longitude_deg: Annotated[Number, _between(-180, 180)]
    authority: Said
    date: IsoDate
    basis: Basis
    source: Said
    note: str = ""


@fact
class ProductRow:
    """A product made, or proposed to be made, off Earth, or the commodity it competes with."""

    id: Slug
    name: Said
    process: ProcessKind
    domain: Domain | Literal["earth"]
    unit: Unit
    date: IsoDate
    basis: Basis
    source: Said
    note: str = ""


@fact
class CompanyRow:
    """A company, programme or agency of in-space manufacturing."""

    id: Slug
    name: Said
    kind: Literal["company", "programme", "agency"]
    domain: Said
    does: Said
    status: Said
    date: IsoDate
    basis: Basis
    source: Said
    country: str = ""
    seat: str = ""
    founded: IsoDate | None = None
    lead: str = ""
    platform: str = ""
    note: str = ""


@fact
class NormRow:
    """A law, standard or specification, and what it is used for here."""

    id: Slug
    title: Said
    use: Said
    date: IsoDate
    basis: Basis
    source: Said
    edition: str = ""
    note: str = ""


@fact
class TimelineRow:
    """Something that happened, or is planned, in the history of making things in space."""

    id: Slug
    date: IsoDate
    state: Literal["happened", "planned"]
    event: Said
    actor: Said
    basis: Basis
    source: Said
    date_to: IsoDate | None = None
    what: str = ""
    platform: str = ""
    why_it_matters: str = ""

    def __post_init__(self) -> None:
        if self.date_to is not None and last_day(self.date_to) < first_day(self.date):
            raise InputError(f"it ends {self.date_to}, before it begins {self.date}", "swap the two dates")


Row = (
    PriceRow | FactRow | PlatformRow | VehicleRow | SiteRow | ProductRow | CompanyRow | NormRow | TimelineRow
)

TABLES: Mapping[str, type[Any]] = {
    "platforms.csv": PlatformRow,
    "vehicles.csv": VehicleRow,
    "sites.csv": SiteRow,
    "products.csv": ProductRow,
    "companies.csv": CompanyRow,
    "norms.csv": NormRow,
    "timeline.csv": TimelineRow,
    "prices.csv": PriceRow,
    "facts.csv": FactRow,
}
"""Name of a data file -> type of its rows."""

DATA_FILES = tuple(TABLES)
"""The data files a :class:`~downmass.disciplines.catalogue.catalogue.Catalogue` is read from."""

EVIDENCE_FILES = ("process_evidence.csv", "reference_slips.csv")
"""Tables of evidence that other disciplines read; the checker asks them for source and class only."""
