"""How a parameter of a plant answers its drive: a ramped setpoint behind a first-order lag, with scatter."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answering:
    """How one parameter answers, in the parameter's unit.

    Attributes
    ----------
    rest
        Value it falls back to undriven.
    lag_s
        Time constant of the first-order lag behind the ramped setpoint [s].
    noise
        Standard deviation of a single measurement.
    """

    rest: float
    lag_s: float
    noise: float


@dataclass(frozen=True, slots=True)
class Drive:
    """What a parameter is driven to, and how fast the setpoint may ramp [unit/s]; none: at once."""

    setpoint: float
    ramp_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a parameter stands: its value, and where its ramped setpoint has come to."""

    value: float
    target: float


def follow(
    how: Answering, drive: Drive | None, start: Reached, seconds: float, step_s: float
) -> tuple[Array, Reached]:
    """Return the noiseless course of a parameter over a span, and where it ends.

    Parameters
    ----------
    drive
        What it is driven to; it falls back to rest where there is none.
    seconds, step_s
        Length of the span and distance of the points [s]; the points are at ``step_s``, ``2 step_s`` ...,
        or one at the end of a shorter span.

    Returns
    -------
    course : array of shape (max(floor(seconds / step_s), 1),)
    reached : Reached

    Notes
    -----
    Over one step the target is held and the lag is exact: ``x + (target - x)(1 - exp(-step/lag))``. A
    ramp is thus a staircase of one step; its error is below ramp times step. Undriven, the target goes
    with the value, so that a ramp taken up again begins where the value stands. Coupling between
    parameters is not modelled.

    Examples
    --------
    >>> course, _ = follow(Answering(20.0, 600.0, 0.0), Drive(100.0), Reached(20.0, 20.0), 600, 60)
    >>> round(float(course[-1]), 2)  # one time constant: 63.2 percent of the step of 80
    70.57
    """
    if seconds <= 0:
        return np.empty(0), start
    count, step_s = max(int(seconds // step_s), 1), min(step_s, seconds)
    goal = how.rest if drive is None else drive.setpoint
    targets = np.full(count, goal)
    if drive is not None and drive.ramp_per_s is not None:
        way = np.arange(1, count + 1) * drive.ramp_per_s * step_s
        sign = 1.0 if goal >= start.target else -1.0
        targets = start.target + sign * np.minimum(way, abs(goal - start.target))
    kept = float(np.exp(-step_s / how.lag_s))
    course, _ = lfilter([1.0 - kept], [1.0, -kept], targets, zi=np.array([kept * start.value]))
    ended = float(course[-1])
    return course, Reached(ended, ended if drive is None else float(targets[-1]))


def scatter(seed: int, name: str, start_s: int, count: int) -> Array:
    """Return standard normal numbers that depend only on seed, name and the second they begin at.

    Returns
    -------
    array of shape (count,)
    """
    digest = sha256(f"{seed} {name} {start_s}".encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    return generator.standard_normal(count)
