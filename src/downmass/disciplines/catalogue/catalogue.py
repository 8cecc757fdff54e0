"""The catalogue as one immutable value, with its look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar, cast

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.catalogue.check import read
from downmass.disciplines.catalogue.rows import (
    DATA_FILES,
    CompanyRow,
    FactRow,
    NormRow,
    PlatformRow,
    PriceRow,
    ProductRow,
    SiteRow,
    TimelineRow,
    VehicleRow,
    first_day,
)
from downmass.facts.flight import Site
from downmass.facts.quantity import Spread


class _Named(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Named)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the catalogue says, each row with source and class.

    Examples
    --------
    >>> row = PriceRow(id="a", item="launch.x", low=Decimal(1), high=Decimal(1), unit="kg", currency="USD",
    ...     valid_from="2024", regime="list", basis="read", source="tariff of 2024")
    >>> Catalogue(prices=(row,)).price("launch.x", date(2024, 6, 1)).id
    'a'
    """

    platforms: tuple[PlatformRow, ...] = ()
    vehicles: tuple[VehicleRow, ...] = ()
    sites: tuple[SiteRow, ...] = ()
    products: tuple[ProductRow, ...] = ()
    companies: tuple[CompanyRow, ...] = ()
    norms: tuple[NormRow, ...] = ()
    timeline: tuple[TimelineRow, ...] = ()
    prices: tuple[PriceRow, ...] = ()
    facts: tuple[FactRow, ...] = ()

    def platform(self, id: str) -> PlatformRow:
        """Return the platform of that id, or refuse with the nearest ids."""
        return _named("platform", id, self.platforms)

    def vehicle(self, id: str) -> VehicleRow:
        """Return the vehicle of that id, or refuse with the nearest ids."""
        return _named("vehicle", id, self.vehicles)

    def site(self, id: str) -> SiteRow:
        """Return the site of that id, or refuse with the nearest ids."""
        return _named("site", id, self.sites)

    def product(self, id: str) -> ProductRow:
        """Return the product of that id, or refuse with the nearest ids."""
        return _named("product", id, self.products)

    def company(self, id: str) -> CompanyRow:
        """Return the company or programme of that id, or refuse with the nearest ids."""
        return _named("company", id, self.companies)

    def norm(self, id: str) -> NormRow:
        """Return the norm of that id, or refuse with the nearest ids."""
        return _named("norm", id, self.norms)

    def facts_of(self, subject: str, at: date | None = None) -> tuple[FactRow, ...]:
        """Return the facts about a subject, dated no later than ``at`` where it is given."""
        return tuple(row for row in self.facts if row.subject == subject and _dated_by(row, at))

    def fact(self, subject: str, quantity: str, at: date | None = None) -> FactRow:
        """Return the latest fact about a quantity of a subject.

        Parameters
        ----------
        at
            See only what is dated by this day; a fact dated to the year or month counts from its
            first day.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        rows = [row for row in self.facts_of(subject, at) if row.quantity == quantity]
        if not rows:
            told = sorted({row.quantity for row in self.facts_of(subject)})
            by = f" by {at}" if at else ""
            raise NotFoundError(
                f"the catalogue has no {quantity} of {subject}{by}",
                _nearest(quantity, told) if told else _nearest(subject, {row.subject for row in self.facts}),
            )
        return max(rows, key=lambda row: first_day(row.date))

    def price(self, item: str, at: date | None = None, regime: str | None = None) -> PriceRow:
        """Return the price of an item on a day.

        Parameters
        ----------
        item
            What is bought.
        at
            The day; without it the latest price of the item (and regime).
        regime
            Under whose rules; needed where several ask on that day.

        Raises
        ------
        NotFoundError
            If the item, the regime or a price on that day is not there; the remedy names near ones.
        InputError
            If several regimes ask a price on that day and none was named.
        """
        series = [row for row in self.prices if row.item == item]
        if not series:
            raise NotFoundError(
                f"the catalogue has no price of {item!r}", _nearest(item, {row.item for row in self.prices})
            )
        regimes = sorted({row.regime for row in series})
        wanted = [row for row in series if regime is None or row.regime == regime]
        if not wanted:
            raise NotFoundError(f"{item} has no price in regime {regime!r}", f"use {', '.join(regimes)}")
        asked = [row for row in wanted if at is None or _asked_on(row, _day(at))]
        if not asked:
            spans = ", ".join(f"{row.regime} {row.valid_from} to {row.valid_to or 'open'}" for row in wanted)
            raise NotFoundError(f"{item} has no price on {at}", f"ask within {spans}")
        if len({row.regime for row in asked}) > 1:
            named = ", ".join(sorted({row.regime for row in asked}))
            raise InputError(f"{item} has prices in several regimes", f"name one of the regimes {named}")
        return max(asked, key=lambda row: first_day(row.valid_from))


def parse_catalogue(files: Mapping[str, str]) -> Catalogue:
    """Read the catalogue from the text of its data files.

    Parameters
    ----------
    files
        Content of every file of :data:`~downmass.disciplines.catalogue.rows.DATA_FILES`; further
        files are passed by.

    Raises
    ------
    NotFoundError
        If a data file is missing.
    InputError
        If the checker finds a fault; the message holds the first and the number of all.
    """
    for name in DATA_FILES:
        if name not in files:
            raise NotFoundError(
                f"the catalogue file {name} is missing", f"give all of {', '.join(DATA_FILES)}"
            )
    tables, faults = read({name: files[name] for name in DATA_FILES})
    if faults:
        raise InputError(
            f"{faults[0].subject}: {faults[0].message} ({len(faults)} fault(s) in the catalogue)",
            "correct the line; `downmass catalogue check` lists them all",
        )
    rows = {name.removesuffix(".csv"): tuple(row for _, row in found) for name, found in tables.items()}
    return Catalogue(**cast(dict[str, Any], rows))


def spread(row: PriceRow | FactRow) -> Spread:
    """Return the row's range as a spread, its source and class kept.

    Raises
    ------
    InputError
        If the row is a range without a most likely value: the catalogue does not make one up.
    """
    if row.mode is None:
        name = row.item if isinstance(row, PriceRow) else f"{row.subject} {row.quantity}"
        raise InputError(
            f"{name} is a range from {row.low} to {row.high} without a most likely value",
            "state the value you count on in the campaign, with its class",
        )
    return Spread(low=row.low, mode=row.mode, high=row.high, basis=row.basis, source=row.source)


def landing_site(row: SiteRow, corridor_km: Decimal) -> Site:
    """Return a site of the catalogue as the campaign's landing site, with its corridor half-width [km]."""
    return Site(
        id=row.id,
        name=row.name,
        latitude_deg=row.latitude_deg,
        longitude_deg=row.longitude_deg,
        corridor_km=corridor_km,
        source=row.source,
    )


def _named(what: str, id: str, rows: tuple[R, ...]) -> R:
    for row in rows:
        if row.id == id:
            return row
    raise NotFoundError(f"the catalogue has no {what} {id!r}", _nearest(id, {row.id for row in rows}))


def _nearest(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(word, names, n=3, cutoff=0.4) or names[:5]
    return f"did you mean {', '.join(near)}?" if near else "add a row for it"


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _dated_by(row: FactRow, at: date | None) -> bool:
    return at is None or first_day(row.date) <= _day(at)


def _asked_on(row: PriceRow, day: date) -> bool:
    begun = first_day(row.valid_from) <= day
    return begun and (row.valid_to is None or day < first_day(row.valid_to))
