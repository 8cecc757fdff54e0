"""What is known of a campaign at the moment of a forecast, and the futures that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

import numpy as np
import numpy.typing as npt

from downmass.base.errors import InputError
from downmass.base.instant import days_between
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.gates import GateOutlook, GateStanding, Quantile
from downmass.facts.plan import Activity, Milepost, PlanBasis
from downmass.facts.venture import FailureMode

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Done:
    """An activity that has begun, and when it ended if it has."""

    started: datetime
    ended: datetime | None = None


def _no_floats() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Everything a forecast starts from.

    Attributes
    ----------
    basis, modes
        The plan basis and the failure modes in force.
    as_of
        The moment of the forecast; nothing still to come happens before it.
    epoch
        Instant from which all days of the futures are counted.
    done
        Activity id -> what has been carried out of it.
    gates
        Gate id -> where it stands; absent gates wait.
    outlooks
        Gate id -> when it may open; absent gates use the ``delay_d`` of the plan basis.
    planned
        Activity id -> start in the plan in force; launch and return slip from it, or from the dates of
        the plan basis where it does not place them.
    launch_slip, return_slip
        Quantiles of the slips; the spreads of the plan basis where none.
    return_opportunities_d, launch_opportunities_d
        Opportunities in rising order [d since epoch]; beyond the last, or where empty, the spacing of
        the plan basis stands for those of the return, and a launch may start at any time.
    shelf_life_d
        Days the product keeps between the end of the process and the laboratory [d]; none: it keeps.
    hold_return_until_d, hold_return_by_d
        Do not return before this day [d since epoch]; return this many days later than one would [d].
    lost
        What the batch was already lost to; empty while it is not.
    """

    basis: PlanBasis
    as_of: datetime
    epoch: datetime
    modes: tuple[FailureMode, ...] = ()
    done: Mapping[str, Done] = field(default_factory=dict)
    gates: Mapping[str, GateStanding] = field(default_factory=dict)
    outlooks: Mapping[str, GateOutlook] = field(default_factory=dict)
    planned: Mapping[str, datetime] = field(default_factory=dict)
    launch_slip: Quantile | None = None
    return_slip: Quantile | None = None
    return_opportunities_d: Floats = field(default_factory=_no_floats)
    launch_opportunities_d: Floats = field(default_factory=_no_floats)
    shelf_life_d: float | None = None
    hold_return_until_d: float | None = None
    hold_return_by_d: float = 0.0
    lost: str = ""

    def __post_init__(self) -> None:
        known = {activity.id for activity in self.basis.activities}
        for activity, done in self.done.items():
            if activity not in known:
                raise InputError(
                    f"{activity!r} is recorded as done but not in the plan",
                    f"use one of {', '.join(sorted(known))}",
                )
            if done.ended is not None and done.ended < done.started:
                raise InputError(f"{activity!r} ended before it started", "correct one of the two instants")
        for name in ("return_opportunities_d", "launch_opportunities_d"):
            days = getattr(self, name)
            if not np.all(np.isfinite(days)) or bool(np.any(np.diff(days) < 0)):
                raise InputError(f"{name} are not finite and in rising order", "sort them")
        if self.hold_return_by_d < 0:
            raise InputError("a return cannot be held by a negative number of days", "give zero or more")

    def day(self, instant: datetime) -> float:
        """Return an instant as days since the epoch [d]."""
        return days_between(self.epoch, instant)


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """What became of a campaign in each of ``n`` simulated futures.

    Attributes
    ----------
    epoch, as_of, n, seed
        Origin of all days, moment and size of the forecast, and the seed that gives it again.
    starts, ends
        Activity id -> start and end [d since epoch], also of what was lost on the way.
    landing, release
        Days since epoch; NaN where the vehicle, or the batch, was lost or given up before.
    lost, cause
        Whether the batch was lost or given up, and the index of the cause in ``causes`` (-1: none).
    causes
        Failure mode ids, ``<activity>.failed``, ``expired``, ``abandoned``.
    occurred
        Failure mode id -> whether it struck.
    held_d
        Gate, mode, ``<activity>.repeated``, ``launch_slip``, ``return_slip``, ``opportunity`` or
        ``hold`` -> days it held the campaign up [d]. A wait for several gates is booked to the last
        of them to open, from the day all else was ready; slips may be negative.
    opened
        Gate id -> day it opened [d since epoch].
    age_d
        Age of the product when the laboratory begins [d]; NaN where nothing lands or no such point
        exists.
    overdue
        Name of a maximal lag of the plan -> whether it was exceeded.
    notes
        What a reader must know.
    """

    epoch: datetime
    as_of: datetime
    n: int
    seed: int
    starts: Mapping[str, Floats]
    ends: Mapping[str, Floats]
    landing: Floats
    release: Floats
    lost: Bools
    cause: Ints
    causes: tuple[str, ...]
    occurred: Mapping[str, Bools]
    held_d: Mapping[str, Floats]
    opened: Mapping[str, Floats]
    age_d: Floats
    overdue: Mapping[str, Bools]
    notes: tuple[str, ...]

    def instant(self, day: float) -> datetime:
        """Return days since the epoch as an instant, to the second."""
        return self.epoch + timedelta(seconds=round(day * 86400.0))


def in_order(activities: Sequence[Activity]) -> tuple[Activity, ...]:
    """Return activities so that each comes after all it follows; otherwise in the order stated.

    Raises
    ------
    InputError
        If activities follow one another in a circle.
    """
    waiting = list(activities)
    placed: dict[str, Activity] = {}
    while waiting:
        ready = next((a for a in waiting if all(lag.after in placed for lag in a.lags)), None)
        if ready is None:
            raise InputError(
                f"activities {', '.join(a.id for a in waiting)} follow one another in a circle",
                "take one of their lags out",
            )
        placed[ready.id] = ready
        waiting.remove(ready)
    return tuple(placed.values())


def first_of(activities: Sequence[Activity], milepost: Milepost) -> str | None:
    """Return the activity a slip and its opportunities act on: the one that waits for them, or the first."""
    if milepost not in ("launch", "return"):
        raise InputError(f"{milepost} has no opportunities", "use launch or return")
    of_kind = [a for a in activities if a.milepost == milepost]
    marked = [a for a in of_kind if a.opportunities == milepost]
    chosen = marked or of_kind
    return chosen[0].id if chosen else None


def last_of(activities: Sequence[Activity], milepost: Milepost) -> str | None:
    """Return the last activity of a milepost, or none."""
    if milepost not in get_args(Milepost):
        raise InputError(f"{milepost!r} is no milepost", f"use {', '.join(get_args(Milepost))}")
    return next((a.id for a in reversed(activities) if a.milepost == milepost), None)
