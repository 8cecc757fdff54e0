"""Two-line element sets: reading them, refusing torn ones, and the orbit they describe."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sgp4.api import WGS72, Satrec

from downmass.base.errors import ElementsError
from downmass.facts.finding import Finding
from downmass.facts.flight import ElementSet

EARTH_RADIUS_KM = 6378.137
"""Equatorial radius of the Earth [km] (WGS-84, NIMA TR8350.2)."""
DEEP_SPACE_PERIOD_MIN = 225.0
"""Period [min] from which SGP4 changes to its deep-space branch (Spacetrack Report No. 3)."""
SIMPLIFIED_PERIGEE_KM = 220.0
"""Perigee altitude [km] under which SGP4 drops its higher drag terms (Spacetrack Report No. 3)."""

LINE_LENGTH = 69
_ANGLE = r"(?:  [0-9]| [0-9]{2}|[0-9]{3})\.[0-9]{4}"
_POWER = r"[ +-](?= *[0-9]*[ +-][0-9]$)[ 0-9]{5}[ +-][0-9]"
_NUMBER = r"(?= *[0-9A-Z][0-9]*$).{5}"
Field = tuple[int, int, str, str]
_LINE1: tuple[Field, ...] = (
    (3, 7, "catalogue number", _NUMBER),
    (8, 8, "classification", r"[A-Z ]"),
    (19, 32, "epoch", r"[ 0-9][0-9](?:  [0-9]| [0-9]{2}|[0-9]{3})\.[0-9]{8}"),
    (34, 43, "first derivative of mean motion", r"[ +-]\.[0-9]{8}"),
    (45, 52, "second derivative of mean motion", _POWER),
    (54, 61, "B* drag term", _POWER),
    (63, 63, "ephemeris type", r"[ 0-9]"),
    (65, 68, "element set number", r"[ 0-9]{4}"),
)
_LINE2: tuple[Field, ...] = (
    (3, 7, "catalogue number", _NUMBER),
    (9, 16, "inclination", _ANGLE),
    (18, 25, "right ascension of the node", _ANGLE),
    (27, 33, "eccentricity", r"[0-9]{7}"),
    (35, 42, "argument of perigee", _ANGLE),
    (44, 51, "mean anomaly", _ANGLE),
    (53, 63, "mean motion", r"[ 0-9][0-9]\.[0-9]{8}"),
    (64, 68, "revolution number", r"[ 0-9]{5}"),
)
_GAPS = {1: (2, 9, 18, 33, 44, 53, 62, 64), 2: (2, 8, 17, 26, 34, 43, 52)}
_FRESH = "copy both lines again from the source; never mend an element set by hand"


@dataclass(frozen=True, slots=True)
class OrbitSummary:
    """The mean orbit of an element set at its epoch.

    Attributes
    ----------
    perigee_km, apogee_km, mean_altitude_km
        Altitudes above the equatorial radius [km], from SGP4's mean elements.
    inclination_deg, period_min, eccentricity
        Of the mean orbit [deg], [min], [1].
    findings
        What a reader of predictions from this set must know.
    """

    name: str
    epoch: datetime
    perigee_km: float
    apogee_km: float
    mean_altitude_km: float
    inclination_deg: float
    period_min: float
    eccentricity: float
    findings: tuple[Finding, ...]


def parse_elements(text: str, source: str) -> tuple[ElementSet, ...]:
    """Read every two- or three-line element set in a text, or refuse all of it.

    Parameters
    ----------
    text
        Element sets, each two 69-column lines, with or without a name line before them.
    source
        Where the text comes from; kept with every set and named in refusals.

    Raises
    ------
    ElementsError
        Naming the line, what is wrong with it, and what to do.

    Notes
    -----
    Checked: length, line numbers, checksums, columns, catalogue numbers that agree, and ranges. A
    single digit altered to another is always caught by the checksum; two that compensate are not.

    References
    ----------
    .. [1] Hoots, F. R., Roehrich, R. L., Spacetrack Report No. 3, 1980.
    """
    pairs: list[ElementSet] = []
    name: str | None = None
    first: tuple[int, str] | None = None
    for number, line in _lines(text.removeprefix("\ufeff")):
        where = f"{source}, line {number}"
        if line.startswith("1 ") and first is None:
            _check_line(line, 1, where)
            first = number, line
        elif line.startswith("2 ") and first is not None:
            _check_line(line, 2, where)
            pairs.append(_pair(name, first[1], line, source, where))
            name, first = None, None
        elif first is not None:
            raise ElementsError(f"{where}: line 2 of the set begun on line {first[0]} is missing", _FRESH)
        elif line.startswith("2 "):
            raise ElementsError(f"{where}: a line 2 without a line 1 before it", _FRESH)
        elif name is not None:
            raise ElementsError(f"{where}: {line[:24]!r} stands where a line 1 should", _FRESH)
        else:
            name = line.removeprefix("0 ").strip()
    if first is not None:
        raise ElementsError(f"{source}, line {first[0]}: the file ends after a line 1", _FRESH)
    if name is not None:
        raise ElementsError(f"{source}: the file ends after the name {name[:24]!r}", _FRESH)
    if not pairs:
        raise ElementsError(f"{source}: no element set in it", "give a file with two-line element sets")
    return tuple(pairs)


def epoch_of(elements: ElementSet) -> datetime:
    """Return the epoch of an element set [UTC].

    Raises
    ------
    ElementsError
        If line 1 holds no epoch.

    Examples
    --------
    >>> line1 = "1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995"
    >>> line2 = "2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107"
    >>> epoch_of(ElementSet("W-1", line1, line2, "catalogue")).isoformat()
    '2023-09-14T01:54:45.453600+00:00'
    """
    _check_line(elements.line1, 1, f"{elements.name}, line 1")
    short_year = int(elements.line1[18:20])
    year = short_year + (1900 if short_year >= 57 else 2000)
    elapsed_days = Decimal(elements.line1[20:32].strip()) - 1
    microseconds = int((elapsed_days * 86_400_000_000).to_integral_value())
    return datetime(year, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def satrec_of(elements: ElementSet) -> Satrec:
    """Return the SGP4 record of a near-earth element set.

    Raises
    ------
    ElementsError
        For a torn set, a deep-space one (period of 225 min or more) or one SGP4 cannot start from.
    """
    _check_line(elements.line1, 1, f"{elements.name}, line 1")
    _check_line(elements.line2, 2, f"{elements.name}, line 2")
    record = Satrec.twoline2rv(elements.line1, elements.line2, WGS72)
    period_min = 2.0 * math.pi / record.no_kozai if record.no_kozai > 0 else math.inf
    if period_min >= DEEP_SPACE_PERIOD_MIN:
        raise ElementsError(
            f"{elements.name} goes round in {period_min:.0f} min; from {DEEP_SPACE_PERIOD_MIN:.0f} min on "
            "an orbit is deep space, which no return window is computed for",
            "give an element set of a low Earth orbit",
        )
    error, _, _ = record.sgp4_tsince(0.0)
    if error:
        raise ElementsError(
            f"{elements.name}: SGP4 refuses the set at its own epoch (code {error})",
            "the set describes no orbit above the ground; take a newer one",
        )
    return record


def orbit_summary(elements: ElementSet) -> OrbitSummary:
    """Return the altitudes, inclination and period of an element set, with warnings.

    Raises
    ------
    ElementsError
        For a deep-space set.

    Notes
    -----
    Altitudes are of Brouwer mean elements above the equatorial radius; the altitude over the ellipsoid
    varies around them by up to about 20 km along the orbit.
    """
    record = satrec_of(elements)
    axis_km = record.a * record.radiusearthkm
    perigee_km = axis_km * (1.0 - record.ecco) - EARTH_RADIUS_KM
    findings: tuple[Finding, ...] = ()
    if perigee_km < SIMPLIFIED_PERIGEE_KM:
        findings = (
            Finding(
                elements.name,
                f"perigee is at {perigee_km:.0f} km, under {SIMPLIFIED_PERIGEE_KM:.0f} km: SGP4 drops its "
                "higher drag terms and passes drift within hours; take a fresh set before relying on a time",
                "warning",
                ("Spacetrack Report No. 3",),
            ),
        )
    return OrbitSummary(
        name=elements.name,
        epoch=epoch_of(elements),
        perigee_km=perigee_km,
        apogee_km=axis_km * (1.0 + record.ecco) - EARTH_RADIUS_KM,
        mean_altitude_km=axis_km - EARTH_RADIUS_KM,
        inclination_deg=math.degrees(record.inclo),
        period_min=2.0 * math.pi / record.no_kozai,
        eccentricity=record.ecco,
        findings=findings,
    )


def checksum(line: str) -> int:
    """Return the modulo-10 checksum of the first 68 columns: digits count, a minus counts one.

    Examples
    --------
    >>> checksum("2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107")
    7
    """
    return sum(int(c) if c in "0123456789" else c == "-" for c in line[: LINE_LENGTH - 1]) % 10


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line.rstrip()


def _check_line(line: str, which: int, where: str) -> None:
    if len(line) != LINE_LENGTH:
        raise ElementsError(f"{where}: {len(line)} columns, not {LINE_LENGTH}; the line is torn", _FRESH)
    if not re.fullmatch(r"[ -~]+", line):
        raise ElementsError(f"{where}: a character outside ASCII", _FRESH)
    if not line[-1].isdigit() or checksum(line) != int(line[-1]):
        raise ElementsError(
            f"{where}: the checksum is {line[-1]!r}, the columns before it sum to {checksum(line)}", _FRESH
        )
    for opens, closes, what, pattern in _LINE1 if which == 1 else _LINE2:
        content = line[opens - 1 : closes]
        if not re.fullmatch(pattern, content):
            raise ElementsError(f"{where}: columns {opens}-{closes} ({what}) hold {content!r}", _FRESH)
    for column in _GAPS[which]:
        if line[column - 1] != " ":
            raise ElementsError(f"{where}: column {column} holds {line[column - 1]!r}, not a blank", _FRESH)
    _check_ranges(line, which, where)


def _pair(name: str | None, line1: str, line2: str, source: str, where: str) -> ElementSet:
    if line1[2:7] != line2[2:7]:
        raise ElementsError(
            f"{where}: line 2 is of {line2[2:7].strip()}, the line 1 before it of {line1[2:7].strip()}",
            "the lines of two objects are mixed; " + _FRESH,
        )
    return ElementSet(name or f"NORAD {line1[2:7].strip()}", line1, line2, source)


def _check_ranges(line: str, which: int, where: str) -> None:
    if which == 1:
        day = Decimal(line[20:32].strip())
        if not 1 <= day < 367:
            raise ElementsError(f"{where}: the epoch is day {day} of its year", _FRESH)
        return
    for opens, closes, what, pattern in _LINE2:
        limit_deg = 180.0 if what == "inclination" else 360.0
        if pattern == _ANGLE and float(line[opens - 1 : closes]) > limit_deg:
            raise ElementsError(f"{where}: {what} is beyond {limit_deg:.0f} deg", _FRESH)
    if float(line[52:63]) <= 0.0:
        raise ElementsError(f"{where}: the mean motion is zero", _FRESH)
