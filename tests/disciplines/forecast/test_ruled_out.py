from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from downmass.disciplines.forecast.gates import GateOutlook, fixed
from downmass.disciplines.forecast.policy import abandon_after, land_first
from downmass.disciplines.forecast.ruled_out import each_ruled_out, lost_without
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Situation
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

N, SEED = 4000, 5

MakeMode = Callable[..., FailureMode]


def _spared(situation: Situation, policy: object = land_first) -> dict[tuple[str, str], float]:
    futures = simulate(situation, N, SEED, policy)  # type: ignore[arg-type]
    spared = {}
    for ruled in each_ruled_out(situation, futures, policy):  # type: ignore[arg-type]
        lost = lost_without(ruled, N, SEED)
        assert not bool((lost & ~futures.lost).any()), "ruling something out loses nothing else"
        spared[ruled.kind, ruled.id] = float(np.mean(futures.lost & ~lost))
    return spared


def test_ruling_out_one_of_two_independent_losses_spares_what_it_alone_brings(
    situation: Situation, mode: MakeMode
) -> None:
    """p (1 - q) for each of two independent modes of chances p and q."""
    spared = _spared(replace(situation, modes=(mode("fire", "launch", 30), mode("drop", "recovery", 20))))
    assert spared["mode", "fire"] == pytest.approx(0.3 * 0.8, abs=0.03)
    assert spared["mode", "drop"] == pytest.approx(0.2 * 0.7, abs=0.03)


def test_a_harmless_mode_spares_nothing(clockwork: Situation, mode: MakeMode) -> None:
    modes = (mode("fire", "launch", 30), mode("seed", "process", 50, "rework", 0.5))
    spared = _spared(replace(clockwork, modes=modes, shelf_life_d=300.0))
    assert spared["mode", "seed"] == 0.0


def test_what_expires_behind_late_gates_is_spared_by_the_gates_together_as_by_a_product_that_keeps(
    clockwork: Situation,
) -> None:
    late = GateOutlook(clockwork.basis.gates[0].planned, fixed(100.0))
    shut = replace(clockwork, shelf_life_d=60.0, outlooks={"licence": late, "range": late})
    assert _spared(shut) == {("gates", "reentry"): 1.0, ("expired", "expired"): 1.0}


def test_an_activity_that_fails_and_a_spacecraft_that_wears_out_are_points_too(
    clockwork: Situation, spread: Callable[[float, float, float], Spread]
) -> None:
    activities = tuple(
        replace(a, success_percent=spread(50, 50, 50)) if a.id == "recover" else a
        for a in clockwork.basis.activities
    )
    shaky = replace(clockwork, basis=replace(clockwork.basis, activities=activities))
    assert _spared(shaky)["failed", "recover"] == pytest.approx(0.5, abs=0.03)
    assert _spared(clockwork, abandon_after(20.0))["abandoned", "abandoned"] == 1.0


def test_gates_ruled_out_open_on_their_day_and_not_before_the_moment_of_the_forecast(
    clockwork: Situation,
) -> None:
    late = GateOutlook(clockwork.basis.gates[0].planned, fixed(100.0))
    for now in (0.0, 70.0):
        shut = replace(
            clockwork, as_of=clockwork.epoch + timedelta(days=now), outlooks={"licence": late, "range": late}
        )
        (ruled,) = each_ruled_out(shut, simulate(shut, 10, SEED), land_first)
        opened = simulate(ruled.situation, 10, SEED).opened["licence"]
        assert opened == pytest.approx(max(now, 20.0))
