"""How wrong the time of a predicted pass is, from real element sets against later ones."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import numpy as np

from downmass.base.errors import InputError
from downmass.base.instant import days_between, format_instant
from downmass.disciplines.orbit.elements import epoch_of
from downmass.facts.finding import Finding
from downmass.facts.flight import ElementSet
from downmass.facts.quantity import Assumption

_LEAD_DAYS = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0, 45.0, 60.0, 80.0, 100.0, 130.0)
_RMS_S = (0.1, 0.3, 0.8, 2.4, 4.8, 11.0, 24.0, 70.0, 161.0, 187.0, 534.0, 742.0, 936.0, 2998.0)
_P90_S = (0.2, 0.5, 1.2, 3.6, 7.7, 18.0, 36.0, 103.0, 270.0, 282.0, 709.0, 1223.0, 1598.0, 4773.0)
_TOLD_FROM_S = 60.0

PASS_TIME_ERROR_BASIS = Assumption(
    "The time of a pass grows wrong as between the element sets of ForgeStar-1: 490-508 km, no burns, 2026",
    "derived",
    "233 public element sets of NORAD 64546, 2026-03 to 2026-08, each against every later one",
)
"""What the table of pass-time errors rests on."""


def pass_time_error_s(lead_days: float, quantile: Literal["rms", "p90"] = "rms") -> float:
    """Return how wrong the time of a pass is, so many days from the epoch of its element set [s].

    Parameters
    ----------
    lead_days
        Days between epoch and pass [d]; the sign does not matter.
    quantile
        Root mean square, or the 90 % quantile of the error.

    Raises
    ------
    InputError
        For a lead that is no number.

    Notes
    -----
    Interpolated in logarithms; held at its value of one day below that, and grown with the square of
    the lead beyond 130 days (derived: a constant error in drag). One satellite near 500 km and one
    half-year of solar activity stand behind it: at 300 km errors are 50 to 150 times larger, and any
    burn voids it.

    Examples
    --------
    >>> pass_time_error_s(14)
    24.0
    """
    if not np.isfinite(lead_days):
        raise InputError(f"a lead of {lead_days} days", "give the days between epoch and pass")
    table = _RMS_S if quantile == "rms" else _P90_S
    lead = max(abs(lead_days), _LEAD_DAYS[0])
    if lead > _LEAD_DAYS[-1]:
        return table[-1] * (lead / _LEAD_DAYS[-1]) ** 2
    return round(float(np.exp(np.interp(np.log(lead), np.log(_LEAD_DAYS), np.log(table)))), 6)


def skill_finding(elements: ElementSet, end: datetime) -> Finding | None:
    """Return a warning where passes up to ``end`` are off by more than a minute, else nothing."""
    lead_days = days_between(epoch_of(elements), end)
    error_s = pass_time_error_s(lead_days)
    if error_s < _TOLD_FROM_S:
        return None
    return Finding(
        elements.name,
        f"passes near {format_instant(end)} lie {abs(lead_days):.0f} days from the epoch of the element set "
        f"and are off by about {error_s / 60.0:.0f} min (rms): read them as a rate per month, and search "
        "again with a fresh set",
        "warning",
        (PASS_TIME_ERROR_BASIS.source,),
    )
