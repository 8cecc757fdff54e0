"""What it costs to change an orbit for a return: burns, staging, phasing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from downmass.base.errors import InputError
from downmass.disciplines.orbit.decay import MU_KM3_S2
from downmass.disciplines.orbit.elements import EARTH_RADIUS_KM
from downmass.disciplines.orbit.secular import EARTH_RATE_RAD_MIN

J2 = 1.08262668e-3
"""Second zonal harmonic of the Earth [1] (WGS-84 / EGM96)."""
DEORBIT_PERIGEE_KM = 40.0
"""Vacuum perigee of a deorbit [km] (derived: gives entry at -1.5 deg from 500 km circular)."""


@dataclass(frozen=True, slots=True)
class Burn:
    """One impulsive, in-plane burn at an apsis.

    Attributes
    ----------
    altitude_km
        Where it is made [km].
    opposite_before_km, opposite_after_km
        Altitude of the other apsis before and after [km].
    delta_v_m_s
        Size [m/s], never negative.
    """

    altitude_km: float
    opposite_before_km: float
    opposite_after_km: float
    delta_v_m_s: float


@dataclass(frozen=True, slots=True)
class StagingBudget:
    """A return in two burns to a staging orbit and a deorbit, beside the direct deorbit.

    Attributes
    ----------
    burns
        Perigee down, apogee up, deorbit at apogee.
    total_m_s, direct_m_s
        With staging, and straight from the circular orbit [m/s].
    """

    burns: tuple[Burn, ...]
    total_m_s: float
    direct_m_s: float


@dataclass(frozen=True, slots=True)
class Phasing:
    """What a change of altitude does to the ground track.

    Attributes
    ----------
    shift_deg_per_day
        Drift of the track in longitude against the orbit left [deg/d], positive to the east.
    delta_v_m_s
        One way [m/s]; as much again to return to the old altitude.
    """

    shift_deg_per_day: float
    delta_v_m_s: float


def speed_m_s(at_km: float, opposite_km: float) -> float:
    """Return the speed at one apsis [m/s], given the altitudes of both [km].

    References
    ----------
    .. [1] Vallado, D. A., Fundamentals of Astrodynamics and Applications, the vis-viva equation.

    Examples
    --------
    >>> round(speed_m_s(500, 500))
    7613
    """
    for altitude_km in (at_km, opposite_km):
        if not -EARTH_RADIUS_KM < altitude_km < 1e6:
            raise InputError(f"an apsis at {altitude_km:g} km", "give the altitude over the equator in km")
    radius = EARTH_RADIUS_KM + at_km
    axis = EARTH_RADIUS_KM + (at_km + opposite_km) / 2.0
    return 1000.0 * math.sqrt(MU_KM3_S2 * (2.0 / radius - 1.0 / axis))


def apsis_burn(altitude_km: float, opposite_before_km: float, opposite_after_km: float) -> Burn:
    """Return the burn at one apsis that moves the other.

    Parameters
    ----------
    altitude_km
        Of the burn [km].
    opposite_before_km, opposite_after_km
        Of the other apsis before and after [km].

    Notes
    -----
    Impulsive, in plane, two-body; gravity losses of a small engine are not modelled.

    Examples
    --------
    Perigee of a 500 km circular orbit down to 300 km:

    >>> round(apsis_burn(500, 500, 300).delta_v_m_s)
    56
    """
    change = speed_m_s(altitude_km, opposite_after_km) - speed_m_s(altitude_km, opposite_before_km)
    return Burn(altitude_km, opposite_before_km, opposite_after_km, abs(change))


def hohmann_m_s(from_km: float, to_km: float) -> float:
    """Return the delta-v of a Hohmann transfer between circular orbits [m/s].

    Parameters
    ----------
    from_km, to_km
        Altitudes [km].
    """
    return apsis_burn(from_km, from_km, to_km).delta_v_m_s + apsis_burn(to_km, from_km, to_km).delta_v_m_s


def deorbit_m_s(apogee_km: float, perigee_km: float, entry_perigee_km: float = DEORBIT_PERIGEE_KM) -> float:
    """Return the delta-v that lowers perigee from an orbit to entry, burnt at apogee [m/s]."""
    return apsis_burn(apogee_km, perigee_km, entry_perigee_km).delta_v_m_s


def staging_budget(
    circular_km: float,
    staging_perigee_km: float = 300.0,
    staging_apogee_km: float = 900.0,
    entry_perigee_km: float = DEORBIT_PERIGEE_KM,
) -> StagingBudget:
    """Return what a return over an elliptic staging orbit costs, beside the direct deorbit.

    Parameters
    ----------
    circular_km
        Altitude of the orbit the work was done in [km].
    staging_perigee_km, staging_apogee_km
        Of the staging orbit [km]; the last catalogue orbits of the landed W capsules are near 300 x 900.
    entry_perigee_km
        Vacuum perigee after the deorbit burn [km].

    Notes
    -----
    Staging costs more and buys a steeper, faster entry (about -2.1 deg against -1.5 deg from 500 km) and
    with it a smaller footprint. Phasing onto the site is not in it: see :func:`phasing`.

    Examples
    --------
    >>> budget = staging_budget(500)
    >>> [round(burn.delta_v_m_s) for burn in budget.burns]
    [56, 108, 75]
    """
    burns = (
        apsis_burn(circular_km, circular_km, staging_perigee_km),
        apsis_burn(staging_perigee_km, circular_km, staging_apogee_km),
        apsis_burn(staging_apogee_km, staging_perigee_km, entry_perigee_km),
    )
    return StagingBudget(
        burns, total_delta_v_m_s(burns), deorbit_m_s(circular_km, circular_km, entry_perigee_km)
    )


def total_delta_v_m_s(burns: Sequence[Burn]) -> float:
    """Return the sum of burns [m/s]."""
    return math.fsum(burn.delta_v_m_s for burn in burns)


def phasing(altitude_km: float, change_km: float, inclination_deg: float) -> Phasing:
    """Return how a change of a circular orbit's altitude moves its ground track, and its price.

    Parameters
    ----------
    altitude_km
        Present altitude [km].
    change_km
        Up positive [km].
    inclination_deg
        [deg].

    Notes
    -----
    A lower orbit reaches the site's latitude earlier each day, when the Earth has turned less, so its
    track moves east. The period between nodes and the turning of the plane are both taken with the
    J2 secular rates.

    References
    ----------
    .. [1] Vallado, D. A., Fundamentals of Astrodynamics and Applications, J2 secular rates.

    Examples
    --------
    >>> down = phasing(500, -10, 97.45)
    >>> round(down.shift_deg_per_day, 2), round(down.delta_v_m_s, 1)
    (0.79, 5.5)
    """
    if not 0.0 <= inclination_deg <= 180.0:
        raise InputError(f"an inclination of {inclination_deg:g} deg", "give 0 to 180 deg")
    before, revs_a_day = _track_step_deg(altitude_km, inclination_deg)
    after, _ = _track_step_deg(altitude_km + change_km, inclination_deg)
    return Phasing((after - before) * revs_a_day, hohmann_m_s(altitude_km, altitude_km + change_km))


def phasing_days(longitude_deg: float, shift_deg_per_day: float) -> float:
    """Return the days a drift takes to move the track by a longitude [d].

    Raises
    ------
    InputError
        If the drift is zero, or points the other way.
    """
    if longitude_deg * shift_deg_per_day <= 0.0:
        raise InputError(
            f"a drift of {shift_deg_per_day:g} deg/d never moves the track by {longitude_deg:g} deg",
            "change altitude the other way: lower moves the track east",
        )
    return longitude_deg / shift_deg_per_day


def _track_step_deg(altitude_km: float, inclination_deg: float) -> tuple[float, float]:
    """Return the longitude between nodes one revolution apart [deg] and the revolutions in a day."""
    axis_km = EARTH_RADIUS_KM + altitude_km
    if axis_km <= EARTH_RADIUS_KM:
        raise InputError(f"an orbit at {altitude_km:g} km", "give an altitude above the ground")
    motion = math.sqrt(MU_KM3_S2 / axis_km**3) * 60.0
    flat = 1.5 * J2 * (EARTH_RADIUS_KM / axis_km) ** 2 * motion
    cosine = math.cos(math.radians(inclination_deg))
    # from node to node: the mean motion and the turning of perigee together
    nodal_rate = motion + flat * (4.0 * cosine**2 - 1.0)
    period_min = 2.0 * math.pi / nodal_rate
    step_deg = math.degrees((-flat * cosine - EARTH_RATE_RAD_MIN) * period_min)
    return step_deg, 1440.0 / period_min
