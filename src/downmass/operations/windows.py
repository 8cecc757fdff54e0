"""Return windows from a file of element sets, for ``downmass windows``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from downmass.base.errors import InputError
from downmass.base.instant import Window, days_between, format_instant, parse_instant
from downmass.disciplines.catalogue.catalogue import landing_site
from downmass.disciplines.orbit.elements import epoch_of, orbit_summary, parse_elements
from downmass.disciplines.orbit.skill import pass_time_error_s, skill_finding
from downmass.disciplines.orbit.windows import GREATEST_AGE_D, decay_finding, find_passes
from downmass.facts.finding import Finding
from downmass.facts.flight import Site
from downmass.operations.files import read_text
from downmass.operations.knowledge import knowledge


@dataclass(frozen=True, slots=True)
class Row:
    """A pass with the expected error of its time [min]."""

    site: str
    at: datetime
    heading: str
    cross_track_km: float
    sun_elevation_deg: float
    error_min: float


@dataclass(frozen=True, slots=True)
class Found:
    """Every pass found, with what to be careful about."""

    headline: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "windows": [
                {
                    "site": row.site,
                    "at": format_instant(row.at),
                    "heading": row.heading,
                    "cross_track_km": round(row.cross_track_km, 3),
                    "sun_elevation_deg": round(row.sun_elevation_deg, 2),
                    "time_error_min": round(row.error_min, 2),
                }
                for row in self.rows
            ],
            "findings": [{"severity": f.severity, "message": f.message} for f in self.findings],
        }


def find_windows(path: Path, places: Sequence[str], start: str, end: str, corridor_km: float) -> Found:
    """Find the passes of the last element set of a file over sites.

    Raises
    ------
    NotFoundError
        If the file or a site is not there.
    InputError
        If the span ends before it begins, a place is no place, or the element set is torn.
    """
    text = read_text(path, "name a file with two-line element sets")
    elements = parse_elements(text, str(path))[-1]
    span = Window(parse_instant(start), parse_instant(end))
    for instant in (span.opens, span.closes):
        if abs(days_between(epoch_of(elements), instant)) > GREATEST_AGE_D:
            raise InputError(
                f"{format_instant(instant)} is more than {GREATEST_AGE_D / 365.25:.0f} years from the epoch "
                f"of the element set, {format_instant(epoch_of(elements))[:10]}",
                "no pass can be told so far from it; take a set from nearer that time",
            )
    sites = [_site(place, corridor_km) for place in places]
    passes = find_passes(elements, sites, span.opens, span.closes)
    epoch = epoch_of(elements)
    rows = tuple(
        Row(
            p.site,
            p.at,
            p.heading,
            p.cross_track_km,
            p.sun_elevation_deg,
            pass_time_error_s(abs(days_between(epoch, p.at))) / 60,
        )
        for p in passes
    )
    summary = orbit_summary(elements)
    days = days_between(span.opens, span.closes)
    headline = (
        f"{len(rows)} windows within {corridor_km:g} km of {', '.join(site.name for site in sites)} "
        f"in {days:.1f} days; "
        f"{elements.name or 'object'} at {summary.perigee_km:.0f} x {summary.apogee_km:.0f} km, "
        f"{summary.inclination_deg:.1f} deg"
    )
    careful = [
        *summary.findings,
        skill_finding(elements, span.closes),
        decay_finding(elements, span.opens, span.closes),
    ]
    return Found(headline, rows, tuple(finding for finding in careful if finding is not None))


def _site(place: str, corridor_km: float) -> Site:
    if not 0 < corridor_km <= 5000:
        raise InputError(f"a corridor of {corridor_km} km", "give a half-width between 0 and 5000 km")
    width = Decimal(repr(corridor_km))
    if "," not in place:
        return landing_site(knowledge().catalogue.site(place.lower()), width)
    try:
        latitude, longitude = (Decimal(part.strip()) for part in place.split(","))
    except (InvalidOperation, ValueError):
        raise InputError(
            f"{place!r} is no place", "give a catalogue site, or LAT,LON in degrees: 40.2,-113"
        ) from None
    if not (latitude.is_finite() and longitude.is_finite()) or abs(latitude) > 90 or abs(longitude) > 360:
        raise InputError(f"{place!r} is off the Earth", "latitude within 90, longitude within 360 degrees")
    return Site("point", f"{latitude}, {longitude}", latitude, longitude, width, "given on the command line")
