"""A plan basis becomes a problem, and starts become a schedule, without losing a limit to rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.planning.basis import build, starts_of, to_schedule
from downmass.disciplines.planning.check import check
from downmass.disciplines.planning.solve import solve
from downmass.facts.plan import Activity, Lag, Need, Placement, PlanBasis, Resource
from downmass.facts.quantity import Spread

NOW = datetime(2023, 6, 1, 9, 30, 17, tzinfo=UTC)


def _placed(basis: PlanBasis, **given_in: object) -> dict[str, Placement]:
    problem = build(basis, now=NOW, **given_in)  # type: ignore[arg-type]
    schedule = to_schedule(problem, solve(problem).starts, made_at=NOW, made_by="test")
    return {placement.activity: placement for placement in schedule.placements}


def test_a_capsule_campaign_is_placed_in_the_order_of_its_life(w1: Callable[..., PlanBasis]) -> None:
    placed = _placed(w1())
    assert placed["launch"].when.opens == datetime(2023, 6, 12, 21, 35, tzinfo=UTC)
    # By hand: 6-12 21:35 + 0.02 d + 5 d + 1.125 d, each rounded up to a minute.
    assert placed["run"].when.closes - datetime(2023, 6, 19, 1, 4, tzinfo=UTC) <= timedelta(minutes=1)
    assert placed["run"].when.closes - placed["run"].when.opens == timedelta(hours=27)
    # Gates open on 07-01 and 07-10, the return is planned for 07-15 14:00 and that is an opportunity.
    assert placed["return"].when.opens == datetime(2023, 7, 15, 14, tzinfo=UTC)
    assert placed["release"].when.closes < datetime(2023, 8, 31, tzinfo=UTC)


def test_a_late_gate_moves_the_return_to_the_next_opportunity_after_it(w1: Callable[..., PlanBasis]) -> None:
    licence = datetime(2023, 7, 20, tzinfo=UTC)
    placed = _placed(w1(), gate_open={"licence": licence})
    # Opportunities every 1.5 d from 07-15 14:00: 07-16 02:00 is no better than the licence, 07-21 14:00 is.
    expected = datetime(2023, 7, 15, 14, tzinfo=UTC)
    while expected < licence:
        expected += timedelta(days=1.5)
    assert placed["return"].when.opens == expected


def test_a_return_starts_inside_a_window_shorter_than_a_step_to_the_second(
    w1: Callable[..., PlanBasis],
) -> None:
    opens = datetime(2023, 7, 19, 21, 19, 41, tzinfo=UTC)
    placed = _placed(w1(), opportunities={"return": [Window(opens, opens + timedelta(seconds=9))]})
    assert placed["return"].when.opens == opens


def test_what_is_done_stays_where_it_happened(w1: Callable[..., PlanBasis]) -> None:
    lift_off = datetime(2023, 6, 14, 3, 7, 1, tzinfo=UTC)
    happened = Placement("launch", Window(lift_off, lift_off + timedelta(minutes=9)), done=True)
    now = datetime(2023, 6, 14, 12, tzinfo=UTC)
    problem = build(w1(), now=now, done={"launch": happened})
    plan = to_schedule(problem, solve(problem).starts, made_at=now, made_by="test")
    assert plan.placements[0] == happened
    assert all(p.when.opens >= now and not p.done for p in plan.placements[1:])


def test_a_running_activity_lasts_at_least_until_now(w1: Callable[..., PlanBasis]) -> None:
    began = datetime(2023, 6, 14, tzinfo=UTC)
    now = datetime(2023, 6, 14, 12, tzinfo=UTC)
    running = Placement("launch", Window(began, began + timedelta(minutes=29)))
    problem = build(w1(), now=now, done={"launch": running})
    plan = to_schedule(problem, solve(problem).starts, made_at=now, made_by="test")
    assert plan.placements[0].when == Window(began, now)
    assert not plan.placements[0].done


def test_an_unrecorded_activity_before_a_recorded_one_does_not_forbid_the_plan(
    w1: Callable[..., PlanBasis],
) -> None:
    began = datetime(2023, 6, 20, tzinfo=UTC)
    ended = began + timedelta(hours=27)
    done = {
        "run": Placement("run", Window(began, ended), done=True),
        "cool": Placement("cool", Window(ended, ended + timedelta(hours=12)), done=True),
    }
    problem = build(w1(), now=datetime(2023, 6, 22, tzinfo=UTC), done=done)
    found = check(problem, solve(problem).starts)
    assert {finding.severity for finding in found} == {"warning"}


def test_a_schedule_read_back_gives_the_same_starts(w1: Callable[..., PlanBasis]) -> None:
    opens = datetime(2023, 7, 19, 21, 19, 41, tzinfo=UTC)
    windows = {"return": [Window(opens, opens + timedelta(seconds=9))]}
    problem = build(w1(), now=NOW, opportunities=windows)
    starts = dict(solve(problem).starts)
    schedule = to_schedule(problem, starts, made_at=NOW, made_by="test")
    assert starts_of(problem, schedule) == starts
    later = build(w1(), now=NOW + timedelta(days=3), opportunities=windows)
    shifted = {name: step - 3 * 1440 for name, step in starts.items()}
    assert starts_of(later, schedule) == shifted


def test_fractions_of_a_resource_are_counted_exactly(w1: Callable[..., PlanBasis]) -> None:
    basis = w1()
    power = Resource("power", "Bus power", "kW", Decimal("0.3"))
    heavy = tuple(
        replace(activity, lags=(), gates=(), needs=(Need("power", Decimal(amount)),), opportunities="")
        for activity, amount in zip(
            basis.activities, ["0.1", "0.1", "0.1", "0.2", "0.2", "0.2", "0.3", "0.3"], strict=True
        )
    )
    problem = build(replace(basis, activities=heavy, resources=(power,)), now=NOW)
    assert problem.capacities[0].amount == 3
    assert [task.demands[0].amount for task in problem.tasks] == [1, 1, 1, 2, 2, 2, 3, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"done": {"luanch": Placement("luanch", Window(NOW, NOW + timedelta(1)), True)}},
        {"gate_open": {"licens": NOW}},
        {"opportunities": {"landing": []}},
        {"step_s": 7 * 60 + 1},
    ],
)
def test_a_name_or_step_that_is_not_known_is_refused(
    w1: Callable[..., PlanBasis], wrong: dict[str, object]
) -> None:
    with pytest.raises(InputError) as refusal:
        build(w1(), now=NOW, **wrong)  # type: ignore[arg-type]
    assert refusal.value.remedy


def _two(length_d: Decimal, least_d: Decimal, most_d: Decimal, spacing_d: Decimal) -> PlanBasis:
    def flat(value: Decimal) -> Spread:
        return Spread(value, value, value, "opinion", "drawn by the test")

    return PlanBasis(
        activities=(
            Activity("run", "Run", "process", flat(length_d)),
            Activity(
                "return", "Return", "return", flat(length_d), (Lag("run", "shelf life", least_d, most_d),),
                opportunities="return",
            ),
            Activity(
                "test", "Test", "laboratory", flat(length_d), (Lag("return", "cold chain", least_d, most_d),)
            ),
        ),
        gates=(),
        resources=(),
        sites=(),
        launch_planned=NOW,
        return_planned=NOW + timedelta(days=2, seconds=13),
        launch_slip_d=flat(Decimal(0)),
        return_slip_d=flat(Decimal(0)),
        return_spacing_d=flat(spacing_d),
        due=NOW + timedelta(days=9),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    length_s=st.integers(1, 200_000),
    least_s=st.integers(0, 100_000),
    room_s=st.integers(100_000, 400_000),
    spacing_s=st.integers(7_200, 90_000),
    now_s=st.integers(0, 86_400),
)
def test_exact_instants_keep_lags_that_the_steps_keep(
    length_s: int, least_s: int, room_s: int, spacing_s: int, now_s: int
) -> None:
    day = Decimal(86_400)
    basis = _two(length_s / day, least_s / day, (least_s + room_s) / day, spacing_s / day)
    now = NOW + timedelta(seconds=now_s)
    problem = build(basis, now=now)
    schedule = to_schedule(problem, solve(problem).starts, made_at=now, made_by="test")
    run, back, test = (placement.when for placement in schedule.placements)
    tolerance = timedelta(milliseconds=1)  # a day fraction of 28 digits is not a whole second
    for before, following in ((run, back), (back, test)):
        gap = following.opens - before.closes
        assert timedelta(seconds=least_s) - tolerance <= gap
        assert gap <= timedelta(seconds=least_s + room_s) + tolerance
    assert run.opens >= now
