"""Where phases, commands and timers stand is read from the record, whoever wrote it and whenever."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.disciplines.execution.standing import (
    command_standings,
    due_timers,
    foreseen_state,
    phase_standings,
    runnable,
    timer_standings,
    unfinished_before,
)
from downmass.facts import event as ev

HOUR = timedelta(hours=1)


def test_nothing_may_start_before_a_control_recipe_is_frozen(kit: Any) -> None:
    adopted = kit.opened().add(ev.RecipeAdopted(kit.recipe)).campaign()
    assert runnable(adopted, kit.at(0)) == ()
    assert [phase.id for phase in runnable(kit.frozen().campaign(), kit.at(0))] == ["melt"]


def test_a_phase_may_start_once_all_it_follows_are_complete(kit: Any) -> None:
    record = kit.frozen().moved("melt", "starting", "execute", hour=1)
    assert runnable(record.campaign(), kit.at(2)) == ()
    assert unfinished_before(record.campaign(), "grow") == ("melt",)
    record.moved("melt", "completing", hour=4)
    assert runnable(record.campaign(), kit.at(4)) == ()
    record.moved("melt", "complete", hour=4)
    assert [phase.id for phase in runnable(record.campaign(), kit.at(4))] == ["grow"]


def test_a_start_under_way_is_not_sent_twice(kit: Any) -> None:
    record = kit.frozen().ran("melt", 0, 3).add(ev.CommandSent("c-1", "grow", "start", "olga", kit.at(9)), 4)
    assert [phase.id for phase in runnable(record.campaign(), kit.at(8))] == ["grow"]
    assert runnable(record.campaign(), kit.at(9)) == ()


def test_a_phase_tells_since_when_by_what_and_how_long_it_ran(kit: Any) -> None:
    """Executes from 1 to 2 and from 5 to 7; stands held from 2 to 5, the ways there and back included."""
    record = kit.frozen().moved("melt", "starting", "execute", hour=1)
    record.add(ev.PhaseMoved("melt", "holding", "furnace tripped", "inside"), 2, "capsule")
    record.moved("melt", "held", hour=2.5).moved("melt", "unholding", hour=4.5).moved(
        "melt", "execute", hour=5
    )
    melt, grow = phase_standings(record.campaign(), kit.at(7))
    assert (melt.state, melt.since, melt.runs, melt.completions) == ("execute", kit.at(5), 1, 0)
    assert (melt.executed, melt.longest_pause) == (3 * HOUR, 3 * HOUR)
    assert melt.over_hold_limit == HOUR
    assert melt.paused_since is None
    assert (grow.state, grow.since, grow.runs, grow.cause, grow.unit) == ("idle", None, 0, None, "furnace")


def test_a_pause_that_lasts_is_counted_to_the_moment_of_asking(kit: Any) -> None:
    record = kit.frozen().moved("melt", "starting", "execute", hour=1)
    record.add(ev.PhaseMoved("melt", "suspending", "no sun", "outside"), 2, "capsule")
    record.add(ev.PhaseMoved("melt", "suspended", "no sun", "outside"), 2.1, "capsule")
    for hour, over in ((3, 0), (4, 0), (5.5, 1.5)):
        melt = phase_standings(record.campaign(), kit.at(hour))[0]
        assert (melt.paused_since, melt.cause, melt.reason) == (kit.at(2), "outside", "no sun")
        assert melt.over_hold_limit == over * HOUR


def test_two_pauses_each_within_the_limit_are_within_the_limit(kit: Any) -> None:
    record = kit.frozen().moved("melt", "starting", "execute", hour=0)
    for hour in (1, 4):
        record.moved("melt", "suspending", "suspended", hour=hour)
        record.moved("melt", "unsuspending", "execute", hour=hour + 1.5)
    melt = phase_standings(record.campaign(), kit.at(6))[0]
    assert (melt.longest_pause, melt.over_hold_limit) == (1.5 * HOUR, timedelta())


def test_a_phase_that_was_reset_and_begun_again_counts_two_runs(kit: Any) -> None:
    record = kit.frozen().ran("melt", 0, 3).moved("melt", "resetting", "idle", hour=4).ran("melt", 5, 6)
    melt = phase_standings(record.campaign(), kit.at(9))[0]
    assert (melt.runs, melt.completions, melt.executed) == (2, 2, 4 * HOUR)


def test_a_record_of_before_the_acting_states_counts_one_run(kit: Any) -> None:
    record = kit.opened().add(ev.RecipeAdopted(kit.recipe))
    record.moved("melt", "execute", hour=0).moved("melt", "complete", hour=27)
    melt = phase_standings(record.campaign())[0]
    assert (melt.runs, melt.completions, melt.executed) == (1, 1, 27 * HOUR)


def test_a_command_has_three_times_and_the_delays_between_them(kit: Any) -> None:
    record = kit.frozen().add(ev.CommandSent("c-1", "melt", "start", "olga"), 1)
    assert command_standings(record.campaign())[0].outcome == "pending"
    record.add(ev.CommandAnswered("c-1", kit.at(3), kit.at(3.5), "executed"), 3.5, "capsule")
    record.add(ev.CommandAnswered("c-1", kit.at(8), None, "refused", "again"), 8, "capsule")
    (one,) = command_standings(record.campaign())
    assert (one.outcome, one.sent_at, one.underway, one.waited) == ("executed", kit.at(1), 2 * HOUR, HOUR / 2)
    assert (one.verb, one.by, one.phase) == ("start", "olga", "melt")


def test_a_command_that_moved_its_phase_was_executed_though_its_answer_is_still_on_the_way(kit: Any) -> None:
    record = kit.frozen().add(ev.CommandSent("c-1", "melt", "start", "olga"), 1)
    record.add(ev.PhaseMoved("melt", "starting", cause="command", command="c-1"), 2, "capsule")
    (one,) = command_standings(record.campaign())
    assert (one.outcome, one.executed_at, one.received_at, one.underway) == (
        "executed",
        kit.at(2),
        None,
        None,
    )


def test_a_refused_command_says_why_and_never_ran(kit: Any) -> None:
    record = kit.frozen().add(ev.CommandSent("c-1", "grow", "start", "olga"), 1)
    record.add(ev.CommandAnswered("c-1", kit.at(2), None, "refused", "melt is not complete"), 2, "capsule")
    (one,) = command_standings(record.campaign())
    assert (one.outcome, one.executed_at, one.waited) == ("refused", None, None)
    assert one.reason == "melt is not complete"


def test_commands_under_way_are_foreseen_in_order(kit: Any) -> None:
    record = kit.frozen().ran("melt", 0, 3)
    for number, verb in enumerate(("reset", "start", "hold")):
        record.add(ev.CommandSent(f"c-{number}", "melt", verb, "olga"), 4)
    assert foreseen_state(record.campaign(), "melt") == "held"
    record.add(ev.CommandAnswered("c-2", kit.at(5), None, "refused", "not now"), 5, "capsule")
    assert foreseen_state(record.campaign(), "melt") == "execute"
    record.add(ev.PhaseMoved("melt", "resetting", cause="command", command="c-0"), 5, "capsule")
    assert foreseen_state(record.campaign(), "melt") == "execute"


def timed(kit: Any) -> Any:
    record = kit.frozen()
    for name, due in (("late", 8), ("early", 2), ("never", 4)):
        record.add(ev.TimerSet(name, "melt", kit.at(due), "end of soak"), 1)
    return record.add(ev.TimerCancelled("never", "stopped"), 3)


def test_timers_are_due_in_order_from_the_moment_they_are_set_for(kit: Any) -> None:
    state = timed(kit).campaign()
    assert [[t.timer for t in due_timers(state, kit.at(h))] for h in (1.99, 2, 7.99, 9)] == [
        [], ["early"], ["early"], ["early", "late"],
    ]  # fmt: skip


def test_a_timer_that_fired_or_was_cancelled_is_never_due_again(kit: Any) -> None:
    state = timed(kit).add(ev.TimerFired("early", Decimal(0)), 2).campaign()
    assert [timer.timer for timer in due_timers(state, kit.at(900))] == ["late"]
    assert {t.timer: t.status for t in timer_standings(state)} == {
        "late": "set", "early": "fired", "never": "cancelled",
    }  # fmt: skip
    late, early, never = timer_standings(state)
    assert (late.overdue(kit.at(9)), late.overdue(kit.at(7))) == (HOUR, timedelta())
    assert (early.overdue(kit.at(9)), never.overdue(kit.at(9))) == (timedelta(), timedelta())


@given(turns=st.lists(st.sampled_from(["late", "early", "never"]), max_size=8), hours=st.integers(0, 12))
def test_a_restart_changes_nothing_that_is_due(turns: list[str], hours: int, kit: Any) -> None:
    """The standing is a fold: read in one go or read anew after every entry, it is the same."""
    record = timed(kit)
    for turn in turns:
        record.add(ev.TimerFired(turn, Decimal(0)), 8, "capsule")
    due = [timer.timer for timer in due_timers(record.campaign(), kit.at(hours))]
    again = [timer.timer for timer in due_timers(record.campaign(), kit.at(hours))]
    assert due == again
    assert not set(due) & set(turns)


@pytest.mark.parametrize("states", [("complete", "execute"), ("held",), ("aborted", "idle", "execute")])
def test_any_sequence_of_moves_has_a_standing(states: tuple[str, ...], kit: Any) -> None:
    record = kit.frozen().moved("melt", *states, hour=5, each=-1)
    standing = phase_standings(record.campaign(), kit.at(0))[0]
    assert standing.state == states[-1]
    assert standing.executed >= timedelta()


def test_without_a_recipe_nothing_stands(kit: Any) -> None:
    state = kit.opened().campaign()
    assert (phase_standings(state), unfinished_before(state, "melt")) == ((), ())
