from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from downmass.base.errors import InputError
from downmass.disciplines.forecast.gates import fixed
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Done, Situation
from downmass.disciplines.forecast.slip_effect import last_safe_return, slip_effect
from downmass.disciplines.forecast.summary import chance_expired, count, instants_at, rank_of, summarise
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

N = 4000


def test_chances_add_up(situation: Situation, mode: Callable[..., FailureMode]) -> None:
    modes = (mode("fire", "launch", 10), mode("drop", "recovery", 10))
    futures = simulate(replace(situation, modes=modes, shelf_life_d=30.0), N, 3)
    summary = summarise(futures, situation.basis.due)
    assert summary.chance_lost == pytest.approx(sum(chance for _, chance in summary.lost_by))
    for chance in (summary.chance_lost, summary.chance_on_time, summary.chance_no_landing):
        assert 0.0 <= chance <= 1.0
    assert summary.chance_on_time <= 1.0 - summary.chance_lost
    assert list(summary.landing) == [5, 10, 50, 90, 95]
    assert list(summary.landing.values()) == sorted(summary.landing.values())


def test_percentiles_and_ranks_undo_each_other(situation: Situation) -> None:
    futures = simulate(situation, N, 3)
    for percent, instant in instants_at(futures, futures.landing).items():
        assert rank_of(futures, futures.landing, instant) == pytest.approx(percent, abs=0.1)


def test_a_certain_date_that_came_true_stands_in_the_middle(clockwork: Situation) -> None:
    futures = simulate(clockwork, 10, 3)
    actual = futures.instant(float(futures.ends["run"][0]))
    assert rank_of(futures, futures.ends["run"], actual) == pytest.approx(50.0)
    assert rank_of(futures, np.full(10, np.nan), actual) is None


def test_every_future_that_comes_is_counted_once(
    situation: Situation, mode: Callable[..., FailureMode]
) -> None:
    futures = simulate(replace(situation, modes=(mode("fire", "launch", 25),)), N, 3)
    counted = count(futures, futures.landing, bins=12)
    assert sum(counted.counts) + counted.later == int(np.isfinite(futures.landing).sum())
    assert len(counted.edges) == 13
    assert count(futures, np.full(5, np.nan)).counts == ()


def test_a_slip_costs_its_days_and_expires_what_it_makes_too_old(situation: Situation) -> None:
    certain = replace(situation, return_opportunities_d=np.arange(0.0, 400.0, 0.001), shelf_life_d=40.0)
    effect = slip_effect(certain, N, 3, days=25.0)
    assert effect.later_landing_d[50] == pytest.approx(25.0, abs=0.01)
    assert effect.later_release_d[50] == pytest.approx(25.0, abs=0.01)
    assert effect.chance_expired[1] > effect.chance_expired[0]
    assert effect.chance_on_time[1] <= effect.chance_on_time[0]


def test_what_else_loses_the_batch_does_not_make_its_shelf_life_last(
    situation: Situation, mode: Callable[..., FailureMode]
) -> None:
    """The chance that it expires is that of its age at the laboratory, whatever came before."""
    plain = replace(situation, shelf_life_d=20.0)
    spoilt = replace(plain, modes=(mode("warm bay", "orbit", 60), mode("drop", "recovery", 30)))
    whole, lost = slip_effect(plain, N, 3, days=5.0), slip_effect(spoilt, N, 3, days=5.0)
    assert lost.chance_expired == whole.chance_expired
    age = simulate(spoilt, N, 3).age_d
    assert lost.chance_expired[0] == pytest.approx(float(np.mean(age > 20.0)))
    assert 0.1 < lost.chance_expired[0] < lost.chance_expired[1]


def test_only_what_comes_back_can_expire_on_the_way_to_the_laboratory(
    situation: Situation, mode: Callable[..., FailureMode]
) -> None:
    dead = replace(situation, shelf_life_d=20.0, modes=(mode("dead bus", "orbit", 50, loses="vehicle"),))
    futures = simulate(dead, N, 3)
    assert np.isnan(futures.age_d).tolist() == np.isnan(futures.landing).tolist()
    age = futures.age_d[np.isfinite(futures.age_d)]
    assert chance_expired(futures, 20.0) == pytest.approx(float(np.mean(age > 20.0)))
    assert chance_expired(futures, None) == 0.0


def test_no_slip_changes_nothing(situation: Situation) -> None:
    effect = slip_effect(situation, N, 3, days=0.0)
    assert effect.base.release.tolist() == effect.slipped.release.tolist()


def test_waiting_until_a_moment_waits_until_it(situation: Situation) -> None:
    effect = slip_effect(situation, N, 3, until=situation.epoch + timedelta(days=200))
    assert effect.slipped.starts["reentry"].min() >= 200.0


@pytest.mark.parametrize("chance", [0.5, 0.9, 0.99])
def test_landing_on_the_last_safe_day_keeps_the_shelf_life_that_often(
    situation: Situation, spread: Callable[[float, float, float], Spread], chance: float
) -> None:
    """A return forced onto the last safe landing must keep the shelf life with about the asked chance.

    All that varies after the landing is the recovery, and what varies before it is the end of the run.
    """
    shelf = 40.0
    last = last_safe_return(simulate(situation, 20_000, 3), shelf, chance)
    assert last is not None
    land_on = situation.day(last)
    at_once = spread(0, 0, 0)
    activities = tuple(
        replace(a, gates=(), duration_d=at_once) if a.id == "reentry" else a
        for a in situation.basis.activities
    )
    forced = replace(
        situation,
        basis=replace(situation.basis, activities=activities),
        return_slip=fixed(-99.0),
        return_opportunities_d=np.array([land_on]),
        hold_return_until_d=land_on,
        shelf_life_d=shelf,
    )
    assert 1.0 - simulate(forced, 20_000, 4).lost.mean() == pytest.approx(chance, abs=0.02)


def test_a_slip_must_be_said_once(situation: Situation) -> None:
    for faulty in ({}, {"days": 1.0, "until": situation.epoch}):
        with pytest.raises(InputError, match="how far"):
            slip_effect(situation, 10, 1, **faulty)  # type: ignore[arg-type]


def test_a_return_under_way_cannot_slip(situation: Situation) -> None:
    days = [situation.epoch + timedelta(days=d) for d in (6, 7, 10, 12, 30, 31)]
    done = {"launch": Done(days[0], days[1]), "run": Done(days[2], days[3]), "reentry": Done(days[4])}
    with pytest.raises(InputError, match="has begun"):
        slip_effect(replace(situation, as_of=days[5], done=done), 10, 1, days=3.0)
