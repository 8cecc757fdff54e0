"""Futures per second of the vectorised forecast, and of the same campaign written in SimPy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import simpy

from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Situation
from downmass.facts.plan import Activity, Gate, Lag, PlanBasis
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
GRID_D = np.arange(0.0, 400.0, 2.5)
SHELF_LIFE_D = 50.0

DAYS = {
    "launch": (0.1, 0.2, 0.4), "commission": (5, 10, 16), "run": (1.1, 1.2, 3), "reentry": (0.1, 0.5, 1),
    "recover": (0.2, 0.5, 1), "test": (10, 20, 30), "release": (2, 3, 7),
    "licence": (0, 10, 60), "range": (0, 2, 20), "launch slip": (0, 1, 5), "return slip": (-3, 0, 6),
    "drag": (2, 5, 9), "retest": (1, 2, 4), "spacing": (2.5, 2.5, 2.5),
}  # fmt: skip
"""Triangular spreads of the campaign [d]."""

PERCENT = {"run succeeds": 90.0, "dead bus": 3.0, "warm bay": 4.0, "drag": 10.0, "drop": 2.0, "retest": 8.0}
"""Chances of the campaign [percent]."""


@dataclass(slots=True)
class Told:
    """What SimPy tells of its futures."""

    landing: list[float] = field(default_factory=list)
    release: list[float] = field(default_factory=list)
    cause: list[str] = field(default_factory=list)


def _spread(low: float, mode: float, high: float) -> Spread:
    return Spread(Decimal(str(low)), Decimal(str(mode)), Decimal(str(high)), "opinion", "benchmark")


def _percent(name: str) -> Spread:
    return _spread(PERCENT[name], PERCENT[name], PERCENT[name])


def campaign() -> Situation:
    """The campaign as the forecast reads it."""

    def activity(name: str, milepost: Any, after: str = "", least: float = 0.0, **more: Any) -> Activity:
        lags = (Lag(after, f"after {after}", Decimal(str(least))),) if after else ()
        return Activity(name, name, milepost, _spread(*DAYS[name]), lags, **more)

    def gate(name: str, kind: Any) -> Gate:
        return Gate(name, name, kind, name, EPOCH + timedelta(days=30), _spread(*DAYS[name]))

    def mode(name: str, stage: Any, effect: Any, delay: str = "", loses: Any = "batch") -> FailureMode:
        days = _spread(*DAYS[delay]) if delay else None
        return FailureMode(name, name, stage, _percent(name), effect, 8, 4, delay_d=days, loses=loses)

    basis = PlanBasis(
        activities=(
            activity("launch", "launch", opportunities="launch"),
            activity("commission", "other", "launch"),
            activity("run", "process", "commission", success_percent=_percent("run succeeds")),
            activity("reentry", "return", "run", 1.0, gates=("licence", "range"), opportunities="return"),
            activity("recover", "recovery", "reentry"),
            activity("test", "laboratory", "recover"),
            activity("release", "release", "test"),
        ),
        gates=(gate("licence", "licence"), gate("range", "range")),
        resources=(), sites=(),
        launch_planned=EPOCH + timedelta(days=5), return_planned=EPOCH + timedelta(days=32),
        launch_slip_d=_spread(*DAYS["launch slip"]), return_slip_d=_spread(*DAYS["return slip"]),
        return_spacing_d=_spread(*DAYS["spacing"]), due=EPOCH + timedelta(days=90),
    )  # fmt: skip
    modes = (
        mode("dead bus", "orbit", "loss", loses="vehicle"),
        mode("warm bay", "orbit", "loss"),
        mode("drag", "orbit", "delay", "drag"),
        mode("drop", "recovery", "loss"),
        mode("retest", "laboratory", "rework", "retest"),
    )
    return replace(
        Situation(basis=basis, as_of=EPOCH, epoch=EPOCH, modes=modes),
        return_opportunities_d=GRID_D,
        shelf_life_d=SHELF_LIFE_D,
    )


def simpy_futures(n: int, seed: int) -> Told:
    """Simulate the same campaign with SimPy, one process of events per future."""
    rng, told = np.random.default_rng(seed), Told()

    def days(name: str) -> float:
        low, mode, high = DAYS[name]
        return float(rng.triangular(low, mode, high)) if high > low else float(low)

    def strikes(name: str) -> bool:
        return float(rng.random()) * 100.0 < PERCENT[name]

    for _ in range(n):
        env = simpy.Environment()
        env.process(_life(env, days, strikes, told))
        env.run()
    return told


def _life(
    env: simpy.Environment, days: Callable[[str], float], strikes: Callable[[str], bool], told: Told
) -> Generator[simpy.Event, Any, None]:
    gates = [env.timeout(30.0 + days(name)) for name in ("licence", "range")]
    cause, landing = "", math.nan
    yield env.timeout(5.0 + days("launch slip") + days("launch"))
    yield env.timeout(days("commission"))
    tries, made = 0, False
    while tries < 3 and not made:
        yield env.timeout(days("run"))
        tries, made = tries + 1, strikes("run succeeds")
    cause, finished = ("" if made else "run.failed"), env.now
    yield env.timeout(1.0)
    dead = strikes("dead bus")
    if dead:
        cause = cause or "dead bus"
    if strikes("warm bay"):
        cause = cause or "warm bay"
    if strikes("drag"):
        yield env.timeout(days("drag"))
    yield simpy.AllOf(env, gates)
    ready = env.now
    target = max(max(32.0, ready) + days("return slip"), ready)
    chosen = next(float(day) for day in GRID_D if day >= target)
    yield env.timeout(chosen - env.now)
    yield env.timeout(days("reentry"))
    landing = math.nan if dead else env.now
    yield env.timeout(days("recover"))
    if strikes("drop"):
        cause = cause or "drop"
    if env.now - finished > SHELF_LIFE_D:
        cause = cause or "expired"
    yield env.timeout(days("test"))
    if strikes("retest"):
        yield env.timeout(days("retest") + days("test"))
    yield env.timeout(days("release"))
    told.landing.append(landing)
    told.release.append(math.nan if cause else env.now)
    told.cause.append(cause)


def main() -> None:
    """Print futures per second of both and their ratio."""
    situation = campaign()
    simulate(situation, 1000, 1)
    fast_n, slow_n = 200_000, 5_000
    began = time.perf_counter()
    simulate(situation, fast_n, 1)
    fast = fast_n / (time.perf_counter() - began)
    began = time.perf_counter()
    simpy_futures(slow_n, 1)
    slow = slow_n / (time.perf_counter() - began)
    print(f"forecast {fast:,.0f} futures/s; SimPy {simpy.__version__} {slow:,.0f}; {fast / slow:.0f} x")


if __name__ == "__main__":
    main()
