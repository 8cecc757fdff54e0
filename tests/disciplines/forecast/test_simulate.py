from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.forecast.gates import GateOutlook, GateStanding, fixed
from downmass.disciplines.forecast.policy import abandon_after, wait_out
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Done, Futures, Situation, in_order
from downmass.disciplines.forecast.spreads import spread_at
from downmass.facts.plan import Activity, Lag
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

ROOT = Path(__file__).resolve().parents[3]
N = 4000

MakeMode = Callable[..., FailureMode]
MakeSpread = Callable[[float, float, float], Spread]


def _digest(futures: Futures) -> str:
    parts = [
        futures.landing,
        futures.release,
        futures.cause,
        *futures.ends.values(),
        *futures.held_d.values(),
    ]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def _days(situation: Situation, days: float) -> object:
    return situation.epoch + timedelta(days=days)


def test_a_campaign_without_chance_runs_like_clockwork(clockwork: Situation) -> None:
    """By hand: launch 5+1, aboard 6.25, run from 9.25 to 11.25; both gates open on day 25 and 21; return
    at 25 plus a phase of the two-day spacing; re-entry 1 d, recovery 0.5 d, tests 10 d, release 2 d."""
    futures = simulate(clockwork, 50, 1)
    assert futures.starts["launch"] == pytest.approx(6.0)
    assert futures.ends["run"] == pytest.approx(11.25)
    assert futures.opened["licence"] == pytest.approx(25.0)
    assert bool(np.all((futures.starts["reentry"] >= 25.0) & (futures.starts["reentry"] < 27.0)))
    assert futures.release - futures.landing == pytest.approx(12.5)
    assert futures.age_d == pytest.approx(futures.landing + 0.5 - 11.25)
    assert not futures.lost.any()


def test_the_wait_is_booked_to_the_last_gate_to_open(clockwork: Situation) -> None:
    futures = simulate(clockwork, 10, 1)
    assert futures.held_d["licence"] == pytest.approx(25.0 - 20.0)
    assert futures.held_d["range"] == pytest.approx(0.0)


def test_listed_opportunities_are_kept_and_spacing_takes_over_beyond_them(clockwork: Situation) -> None:
    listed = replace(clockwork, return_opportunities_d=np.array([10.0, 24.9, 31.5]))
    assert simulate(listed, 10, 1).starts["reentry"] == pytest.approx(31.5)
    short = replace(clockwork, return_opportunities_d=np.array([10.0, 24.9]))
    futures = simulate(short, 10, 1)
    assert bool(np.all(futures.starts["reentry"] >= 25.0))
    assert any("beyond the listed return opportunities" in note for note in futures.notes)


def test_a_negative_slip_does_not_return_before_all_is_ready(clockwork: Situation) -> None:
    early = replace(clockwork, return_slip=fixed(-30.0), return_opportunities_d=np.arange(0.0, 99.0, 0.25))
    assert simulate(early, 10, 1).starts["reentry"] == pytest.approx(25.0)


def test_nothing_to_come_happens_before_the_moment_of_the_forecast(situation: Situation) -> None:
    late = replace(
        situation,
        as_of=situation.epoch + timedelta(days=40),
        done={"launch": Done(situation.epoch + timedelta(days=6), situation.epoch + timedelta(days=6.2))},
    )
    futures = simulate(late, N, 1)
    assert bool(np.all(futures.ends["launch"] == pytest.approx(6.2)))
    for activity in ("run", "reentry", "recover", "test", "release"):
        assert futures.starts[activity].min() >= 40.0
    assert min(opened.min() for opened in futures.opened.values()) >= 40.0


def test_what_is_under_way_lasts_at_least_what_it_has_lasted(situation: Situation) -> None:
    begun = situation.epoch + timedelta(days=10)
    running = replace(
        situation,
        as_of=begun + timedelta(days=3),
        done={"launch": Done(begun - timedelta(days=4), begun - timedelta(days=4)), "run": Done(begun)},
    )
    assert simulate(running, N, 1).ends["run"].min() >= 13.0
    overrun = replace(running, as_of=begun + timedelta(days=9))
    assert simulate(overrun, N, 1).ends["run"].min() >= 19.0


def test_a_granted_gate_holds_nobody_and_a_refused_one_runs_from_the_refusal(clockwork: Situation) -> None:
    granted = GateStanding("granted", clockwork.epoch + timedelta(days=2))
    open_now = replace(clockwork, gates={"licence": granted})
    assert simulate(open_now, 10, 1).held_d["licence"] == pytest.approx(0.0)
    as_of = clockwork.epoch + timedelta(days=22)
    refused = GateStanding("refused", as_of)
    done = {
        "launch": Done(clockwork.epoch + timedelta(days=6), clockwork.epoch + timedelta(days=6)),
        "run": Done(clockwork.epoch + timedelta(days=10), clockwork.epoch + timedelta(days=12)),
    }
    shut = replace(clockwork, as_of=as_of, done=done, gates={"licence": refused})
    assert simulate(shut, 10, 1).opened["licence"] == pytest.approx(27.0)


def test_gates_that_share_a_chance_are_late_together(situation: Situation) -> None:
    outlook = GateOutlook(
        situation.basis.gates[0].planned,
        lambda u, lasted: u * 100.0,
        chance="one act",
    )
    futures = simulate(replace(situation, outlooks={"licence": outlook, "range": outlook}), 100, 1)
    assert futures.opened["licence"].tolist() == futures.opened["range"].tolist()


def test_a_loss_on_the_way_down_leaves_no_landing_and_a_loss_in_the_laboratory_does(
    situation: Situation, mode: MakeMode
) -> None:
    modes = (mode("parachute", "return", 20, loses="vehicle"), mode("broken-vial", "laboratory", 30))
    futures = simulate(replace(situation, modes=modes), N, 1)
    down = futures.cause == futures.causes.index("parachute")
    lab = futures.cause == futures.causes.index("broken-vial")
    assert bool(np.isnan(futures.landing[down]).all())
    assert bool(np.isfinite(futures.landing[lab]).all())
    assert bool(np.isnan(futures.release[down | lab]).all())
    assert down.mean() == pytest.approx(0.2, abs=0.03)
    assert lab.mean() == pytest.approx(0.8 * 0.3, abs=0.03)


def test_what_spoils_the_batch_in_orbit_does_not_keep_the_vehicle_there(
    situation: Situation, mode: MakeMode
) -> None:
    spoilt = simulate(replace(situation, modes=(mode("warm bay", "orbit", 100),)), N, 1)
    assert bool(spoilt.lost.all())
    assert bool(np.isfinite(spoilt.landing).all())
    dead = simulate(replace(situation, modes=(mode("dead bus", "orbit", 100, loses="vehicle"),)), N, 1)
    assert bool(np.isnan(dead.landing).all())
    assert bool(np.isnan(dead.age_d).all())


def test_a_vehicle_lost_with_a_batch_that_was_spoilt_before_does_not_land_either(
    situation: Situation, mode: MakeMode
) -> None:
    modes = (mode("warm bay", "orbit", 50), mode("parachute", "return", 50, loses="vehicle"))
    futures = simulate(replace(situation, modes=modes), N, 1)
    down = futures.occurred["parachute"]
    assert bool((down & futures.occurred["warm bay"]).any())
    assert np.isnan(futures.landing).tolist() == down.tolist()


def _at_the_gate(clockwork: Situation, now: float, planned: float) -> tuple[Situation, list[Any]]:
    """All done but the return, gates open since day 25, the return placed by the plan in force."""
    day = lambda d: clockwork.epoch + timedelta(days=d)  # noqa: E731
    opened = GateStanding("granted", day(25))
    seen: list[Any] = []

    def on_time(u: Any, lasted: Any) -> Any:
        seen.append(lasted)
        return np.maximum(np.zeros(u.shape), lasted)

    standing = replace(
        clockwork,
        as_of=day(now),
        done={"launch": Done(day(6), day(6)), "run": Done(day(10), day(12))},
        gates={"licence": opened, "range": opened},
        planned={"reentry": day(planned)},
        return_slip=on_time,
        return_opportunities_d=np.arange(0.0, 99.0, 0.25),
    )
    return standing, seen


@pytest.mark.parametrize(("planned", "passed"), [(50.0, -10.0), (38.0, 2.0), (20.0, 15.0)])
def test_a_return_slips_from_the_plan_in_force_given_what_really_passed_of_it(
    clockwork: Situation, planned: float, passed: float
) -> None:
    """Day 40: a plan for day 50 has not slipped yet, one for day 38 by two days; one for day 20, before the
    gates were open, by the 15 days since they are."""
    standing, seen = _at_the_gate(clockwork, 40.0, planned)
    futures = simulate(standing, 10, 1)
    assert np.asarray(seen[0]) == pytest.approx(passed)
    assert futures.starts["reentry"] == pytest.approx(max(planned, 40.0))


def test_what_is_not_ready_says_nothing_of_its_slip(clockwork: Situation) -> None:
    standing, seen = _at_the_gate(clockwork, 22.0, 20.0)
    simulate(replace(standing, gates={}), 10, 1)
    assert bool(np.all(np.isneginf(seen[0])))


def test_a_launch_slips_from_the_plan_in_force(clockwork: Situation) -> None:
    later = replace(clockwork, planned={"launch": clockwork.epoch + timedelta(days=30)})
    assert simulate(later, 10, 1).starts["launch"] == pytest.approx(31.0)


def test_rework_runs_the_process_again_and_delays_by_its_days(clockwork: Situation, mode: MakeMode) -> None:
    redo = simulate(replace(clockwork, modes=(mode("seed", "process", 100, "rework", 1.5),)), 10, 1)
    assert redo.ends["run"] == pytest.approx(11.25 + 2.0 + 1.5)
    assert redo.held_d["seed"] == pytest.approx(3.5)


def test_a_process_that_never_succeeds_is_lost_after_three_attempts(
    clockwork: Situation, spread: MakeSpread
) -> None:
    activities = tuple(
        replace(a, success_percent=spread(0, 0, 0)) if a.id == "run" else a
        for a in clockwork.basis.activities
    )
    futures = simulate(replace(clockwork, basis=replace(clockwork.basis, activities=activities)), 10, 1)
    assert futures.ends["run"] == pytest.approx(9.25 + 3 * 2.0)
    assert futures.causes == ("run.failed",)
    assert bool(futures.lost.all())
    assert bool(np.isfinite(futures.landing).all())


def test_what_is_too_old_when_the_laboratory_begins_has_expired(clockwork: Situation) -> None:
    age = simulate(clockwork, 500, 1).age_d
    futures = simulate(replace(clockwork, shelf_life_d=float(np.median(age))), 500, 1)
    assert bool((futures.lost == (age > np.median(age))).all())
    assert futures.causes == ("expired",)


def test_a_return_after_the_deadline_is_abandoned(clockwork: Situation) -> None:
    futures = simulate(clockwork, 500, 1, abandon_after(26.0))
    assert bool((futures.lost == (futures.starts["reentry"] > 26.0)).all())
    assert bool(np.isnan(futures.landing[futures.lost]).all())
    assert futures.causes == ("abandoned",)


def test_waiting_out_an_opportunity_takes_the_next(clockwork: Situation) -> None:
    listed = replace(clockwork, return_opportunities_d=np.array([26.0, 31.5, 33.0]))
    assert simulate(listed, 5, 1, wait_out(1)).starts["reentry"] == pytest.approx(31.5)


def test_an_exceeded_maximal_lag_is_marked(clockwork: Situation) -> None:
    def limit(activity: Activity) -> Activity:
        if activity.id != "test":
            return activity
        cold = Lag("run", "cold chain", most_d=Decimal("15.5"))
        return replace(activity, lags=(*activity.lags, cold))

    basis = replace(clockwork.basis, activities=tuple(limit(a) for a in clockwork.basis.activities))
    futures = simulate(replace(clockwork, basis=basis), 200, 1)
    assert bool((futures.overdue["cold chain"] == (futures.age_d > 15.5)).all())


def test_a_campaign_without_return_has_no_landing(clockwork: Situation) -> None:
    stays = tuple(replace(a, gates=()) for a in clockwork.basis.activities if a.id in ("launch", "run"))
    futures = simulate(replace(clockwork, basis=replace(clockwork.basis, activities=stays)), 10, 1)
    assert bool(np.isnan(futures.landing).all())
    assert futures.release == pytest.approx(11.25)
    assert not futures.lost.any()


def test_a_lost_batch_stays_lost(situation: Situation) -> None:
    futures = simulate(replace(situation, lost="launch failure"), 10, 1)
    assert futures.causes[futures.cause[0]] == "launch failure"
    assert bool(np.isnan(futures.release).all())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.floats(0, 400), more=st.floats(0, 400), seed=st.integers(0, 2**63))
def test_more_delay_is_never_earlier(situation: Situation, days: float, more: float, seed: int) -> None:
    """Under the same chance a longer hold, a later gate or a later launch never lands or releases earlier."""
    gate = situation.basis.gates[0].planned
    for make in (
        lambda d: replace(situation, hold_return_by_d=d),
        lambda d: replace(situation, hold_return_until_d=d),
        lambda d: replace(situation, outlooks={"licence": GateOutlook(gate, fixed(d))}),
        lambda d: replace(situation, launch_slip=fixed(d)),
    ):
        sooner, later = simulate(make(days), 200, seed), simulate(make(days + more), 200, seed)
        assert bool(np.all(later.landing >= sooner.landing - 1e-9))
        assert bool(np.all(later.release >= sooner.release - 1e-9))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**63), percent=st.floats(0, 100), shelf=st.floats(1, 80))
def test_every_future_is_either_lost_with_one_cause_or_released(
    situation: Situation, mode: MakeMode, seed: int, percent: float, shelf: float
) -> None:
    modes = (
        mode("fire", "launch", percent),
        mode("drift", "orbit", percent),
        mode("drop", "recovery", percent),
    )
    futures = simulate(replace(situation, modes=modes, shelf_life_d=shelf), 300, seed)
    assert bool((futures.lost == (futures.cause >= 0)).all())
    assert bool((futures.lost == np.isnan(futures.release)).all())
    assert bool((futures.cause < len(futures.causes)).all())
    for activity in futures.starts:
        assert bool(np.all(futures.ends[activity] >= futures.starts[activity]))
    finite = np.isfinite(futures.landing)
    assert bool(np.all(futures.landing[finite] <= futures.ends["release"][finite]))
    assert all(held.min() >= -1e-9 for name, held in futures.held_d.items() if not name.endswith("_slip"))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(situation: Situation) -> None:
    assert _digest(simulate(situation, N, 7)) == _digest(simulate(situation, N, 7))
    assert _digest(simulate(situation, N, 7)) != _digest(simulate(situation, N, 8))


def test_two_situations_meet_the_same_chance_under_the_same_name(
    situation: Situation, mode: MakeMode
) -> None:
    plain = simulate(situation, N, 7)
    riskier = simulate(replace(situation, modes=(mode("drop", "recovery", 30),)), N, 7)
    assert plain.landing.tolist() == riskier.landing.tolist()
    kept = ~riskier.lost
    assert plain.release[kept].tolist() == riskier.release[kept].tolist()


def test_pythons_hash_seed_does_not_change_the_futures() -> None:
    code = """
import hashlib, importlib.util, sys
from downmass.disciplines.forecast.simulate import simulate
spec = importlib.util.spec_from_file_location("bench_forecast", sys.argv[1])
module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
futures = simulate(module.campaign(), 2000, 11)
told = futures.landing.tobytes() + futures.cause.tobytes() + repr((futures.causes, futures.notes)).encode()
print(hashlib.sha256(told).hexdigest())
"""
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, str(ROOT / "bench" / "forecast.py")],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "4711")
    }
    assert len(digests) == 1


def test_a_triangular_spread_has_the_mean_and_variance_of_its_law(spread: MakeSpread) -> None:
    """Mean (a+b+c)/3 and variance (a2+b2+c2-ab-ac-bc)/18 of the triangular law (textbook)."""
    a, c, b = 1.0, 2.0, 7.0
    values = spread_at(spread(a, c, b), (np.arange(200_000) + 0.5) / 200_000)
    assert values.mean() == pytest.approx((a + b + c) / 3, rel=1e-4)
    assert values.var() == pytest.approx((a * a + b * b + c * c - a * b - a * c - b * c) / 18, rel=1e-3)


def test_a_spread_given_what_has_passed_is_its_own_tail(spread: MakeSpread) -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    free = spread_at(spread(0, 2, 10), u)
    for p in (0.1, 0.5, 0.9):
        tail = float(np.quantile(free[free > 4], p))
        assert np.quantile(spread_at(spread(0, 2, 10), u, 4.0), p) == pytest.approx(tail, rel=1e-3)


def test_past_values_are_the_distribution() -> None:
    past = Spread(Decimal(1), Decimal(3), Decimal(9), "read", "a log", (Decimal(1), Decimal(3), Decimal(9)))
    u = np.array([0.0, 0.3, 0.4, 0.6, 0.7, 0.999])
    assert spread_at(past, u).tolist() == [1, 1, 3, 3, 9, 9]
    assert spread_at(past, u, 2.0).tolist() == [3, 3, 3, 9, 9, 9]
    assert spread_at(past, u, 20.0).min() >= 20.0


def test_a_circle_of_activities_is_refused(clockwork: Situation) -> None:
    one, two = clockwork.basis.activities[:2]
    with pytest.raises(InputError, match="in a circle"):
        in_order((replace(one, lags=(Lag("run", "x"),)), two))


@pytest.mark.parametrize("n", [0, -1])
def test_no_futures_are_refused(clockwork: Situation, n: int) -> None:
    with pytest.raises(InputError, match="cannot be simulated"):
        simulate(clockwork, n, 1)


def test_a_record_the_plan_does_not_know_is_refused(clockwork: Situation) -> None:
    with pytest.raises(InputError, match="not in the plan"):
        replace(clockwork, done={"repair": Done(clockwork.epoch)})
    with pytest.raises(InputError, match="ended before it started"):
        replace(clockwork, done={"run": Done(clockwork.epoch, clockwork.epoch - timedelta(days=1))})
