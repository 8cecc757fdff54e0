"""Orbits, sites and return opportunities."""

from __future__ import annotations

from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.base.instant import Instant
from downmass.facts.quantity import NotNegative, Number

Heading = Literal["ascending", "descending"]


@fact
class ElementSet:
    """A two-line element set as received, never reformatted."""

    name: str
    line1: str
    line2: str
    source: str

    def __post_init__(self) -> None:
        for number, line in (("1", self.line1), ("2", self.line2)):
            if not _whole(number, line):
                raise InputError(
                    f"line {number} of the element set of {self.name} is torn",
                    "copy both lines again from the source; never mend an element set by hand",
                )


def _whole(number: str, line: str) -> bool:
    """Tell whether a line has its 69 columns, its number in front and its checksum at the end."""
    if len(line) != 69 or not line.isascii() or not line.startswith(f"{number} "):
        return False
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
    return line[68] == str(total % 10)


@fact
class Site:
    """A landing site with the half-width of its corridor [km]."""

    id: Slug
    name: str
    latitude_deg: Number
    longitude_deg: Number
    corridor_km: NotNegative
    source: str

    def __post_init__(self) -> None:
        if abs(self.latitude_deg) > 90 or abs(self.longitude_deg) > 360:
            raise InputError(
                f"site {self.id} at {self.latitude_deg}, {self.longitude_deg} is off the Earth",
                "latitude within 90, longitude within 360 degrees",
            )


@fact
class Pass:
    """A return opportunity: closest approach of the ground track to a site.

    Attributes
    ----------
    at
        Time of closest approach [UTC].
    heading
        Northbound (ascending) or southbound (descending).
    cross_track_km
        Least distance of the ground track from the site [km], positive to the right of the track.
    sun_elevation_deg
        Elevation of the sun at the site [deg].
    """

    at: Instant
    site: Slug
    heading: Heading
    cross_track_km: float
    sun_elevation_deg: float
