"""Where the sun stands over a site."""

from __future__ import annotations

import numpy as np

from downmass.disciplines.orbit.propagate import Array, Micros, gmst82, julian


def sun_elevation_deg(times_us: Micros, latitude_deg: Array | float, longitude_deg: Array | float) -> Array:
    """Return the geometric elevation of the sun's centre over the horizon [deg].

    Parameters
    ----------
    times_us
        Microseconds since 1970-01-01 UTC, shape (n,).
    latitude_deg, longitude_deg
        Of the site [deg], scalars or shape (n,).

    Notes
    -----
    Good to about 0.01 deg from 1950 to 2050. Refraction (0.5 deg at the horizon), parallax (0.002 deg)
    and terrain are not modelled.

    References
    ----------
    .. [1] The Astronomical Almanac, section C, low-precision formulas for the Sun.
    .. [2] Michalsky, J. J., The Astronomical Almanac's algorithm for approximate solar position,
       Solar Energy 40, 1988. doi:10.1016/0038-092X(88)90045-X

    Examples
    --------
    Local noon of the June solstice on the tropic of Cancer, nearly overhead:

    >>> noon_us = np.array([1718884800000000])
    >>> bool(sun_elevation_deg(noon_us, 23.44, 0.4)[0] > 89.5)
    True
    """
    whole_jd, fraction = julian(0, times_us.astype(np.float64) / 1e6)
    days = (whole_jd - 2451545.0) + fraction
    mean_longitude = np.radians((280.460 + 0.9856474 * days) % 360.0)
    anomaly = np.radians((357.528 + 0.9856003 * days) % 360.0)
    ecliptic = mean_longitude + np.radians(1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    obliquity = np.radians(23.439 - 4.0e-7 * days)
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    hour_angle = gmst82(whole_jd, fraction) + np.radians(longitude_deg) - ascension
    latitude = np.radians(latitude_deg)
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    elevation: Array = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return elevation
