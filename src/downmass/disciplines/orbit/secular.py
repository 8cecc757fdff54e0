"""The slow part of SGP4: where the orbit plane and the phase in it are, without short periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sgp4.model import Satrec as OpenSatrec

from downmass.disciplines.orbit.propagate import Array, gmst82
from downmass.facts.flight import ElementSet

EARTH_RATE_RAD_MIN = 4.37526908801129966e-3
"""Rotation of the Earth against the stars [rad/min] (the rate SGP4 uses)."""


@dataclass(frozen=True, slots=True)
class Secular:
    """SGP4's secular coefficients; times are minutes from the epoch of the set.

    Attributes
    ----------
    phase
        Coefficients of mean anomaly plus argument of perigee [rad], powers 0..5 of time.
    perigee, node
        Coefficients of the argument of perigee and of the right ascension of the node [rad].
    eccentricity
        Coefficients of the mean eccentricity.
    inclination
        [rad].
    sidereal
        Greenwich sidereal time at the epoch [rad].
    """

    phase: tuple[float, ...]
    perigee: tuple[float, float]
    node: tuple[float, float, float]
    eccentricity: tuple[float, float]
    inclination: float
    sidereal: float


def secular_of(elements: ElementSet) -> Secular:
    """Return the secular coefficients of a near-earth element set.

    Notes
    -----
    The compiled SGP4 record hides its drag coefficients, so the readable one of the same package is
    built for them. Without the fourth and fifth powers of time the last months of a year are off by
    revolutions. Left out: the periodic parts of perigee and eccentricity that drag causes (they
    cancel in the phase) and all long- and short-period terms, together under 30 km on the ground.

    References
    ----------
    .. [1] Hoots, F. R., Roehrich, R. L., Spacetrack Report No. 3, 1980.
    .. [2] Vallado, D. A. et al., Revisiting Spacetrack Report #3, AIAA 2006-6753.
       doi:10.2514/6.2006-6753
    """
    record = OpenSatrec.twoline2rv(elements.line1, elements.line2)
    drag = (record.t2cof, record.t3cof, record.t4cof, record.t5cof)
    if record.isimp:
        drag = (record.t2cof, 0.0, 0.0, 0.0)
    epoch = np.array([record.jdsatepoch]), np.array([record.jdsatepochF])
    return Secular(
        phase=(
            record.mo + record.argpo,
            record.mdot + record.argpdot,
            *(record.no_unkozai * power for power in drag),
        ),
        perigee=(record.argpo, record.argpdot),
        node=(record.nodeo, record.nodedot, record.nodecf),
        eccentricity=(record.ecco, -record.bstar * record.cc4),
        inclination=record.inclo,
        sidereal=float(gmst82(*epoch)[0]),
    )


def phase(secular: Secular, minutes: Array) -> Array:
    """Return the mean argument of latitude, unwrapped [rad]."""
    return _polynomial(secular.phase, minutes)


def phase_rate(secular: Secular, minutes: Array) -> Array:
    """Return the rate of the mean argument of latitude [rad/min]."""
    slope = tuple(power * value for power, value in enumerate(secular.phase))[1:]
    return _polynomial(slope, minutes)


def plane_longitude(secular: Secular, minutes: Array) -> Array:
    """Return the longitude of the ascending node in the rotating Earth, unwrapped [rad]."""
    return _polynomial(secular.node, minutes) - secular.sidereal - EARTH_RATE_RAD_MIN * minutes


def mean_phase_at(secular: Secular, argument_of_latitude: Array, minutes: Array) -> Array:
    """Return the mean argument of latitude [rad] at a true one, with the ellipse of that moment.

    Notes
    -----
    Kepler's equation is used in closed form; a first-order equation of the centre is too coarse for a
    300 x 900 km staging orbit.
    """
    perigee = secular.perigee[0] + secular.perigee[1] * minutes
    eccentricity = np.clip(secular.eccentricity[0] + secular.eccentricity[1] * minutes, 1e-6, 0.99)
    anomaly = argument_of_latitude - perigee
    eccentric = 2.0 * np.arctan2(
        np.sqrt(1.0 - eccentricity) * np.sin(anomaly / 2.0),
        np.sqrt(1.0 + eccentricity) * np.cos(anomaly / 2.0),
    )
    mean: Array = eccentric - eccentricity * np.sin(eccentric) + perigee
    return mean


def minutes_at_phase(secular: Secular, wanted: Array, first_min: float, last_min: float) -> Array:
    """Return when the mean argument of latitude reaches given values [min from the epoch].

    Parameters
    ----------
    wanted
        Unwrapped phases [rad]; those outside the span are reached at the rate of its nearer end.
    """
    grid = np.linspace(first_min, last_min, max(3, int((last_min - first_min) / 360.0) + 2))
    phases = phase(secular, grid)
    inside = np.clip(wanted, phases[0], phases[-1])
    minutes: Array = np.interp(inside, phases, grid)
    for _ in range(2):
        minutes = minutes - (phase(secular, minutes) - inside) / phase_rate(secular, minutes)
        minutes = np.clip(minutes, first_min, last_min)
    return minutes + (wanted - inside) / phase_rate(secular, minutes)


def _polynomial(coefficients: tuple[float, ...], minutes: Array) -> Array:
    total = np.full_like(minutes, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * minutes + coefficient
    return total
