"""The unit machine is that of ISA TR88.00.02-2015, every one of its 153 pairs of state and command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.disciplines.execution.packml import (
    ACTING,
    COMMANDS,
    STATES,
    WAITING,
    accepted,
    command_for,
    completed,
    move_between,
    next_state,
    settled,
)
from downmass.facts.machine import Command, PhaseState

# The base state model of ISA TR88.00.02-2015 (also figure 15 of OPC 30050, PackML companion
# specification 1.01, its dashed extensions left out), read state by state.
DRAWN: dict[PhaseState, str] = {
    "stopped": "reset abort",
    "starting": "stop abort",
    "idle": "start stop abort",
    "suspended": "unsuspend stop abort",
    "execute": "hold suspend stop abort",
    "stopping": "abort",
    "aborting": "",
    "aborted": "clear",
    "holding": "stop abort",
    "held": "unhold stop abort",
    "unholding": "stop abort",
    "suspending": "stop abort",
    "unsuspending": "stop abort",
    "resetting": "stop abort",
    "completing": "stop abort",
    "complete": "reset stop abort",
    "clearing": "abort",
}

ENDS: dict[PhaseState, PhaseState] = {
    "starting": "execute", "execute": "completing", "completing": "complete", "resetting": "idle",
    "holding": "held", "unholding": "execute", "suspending": "suspended", "unsuspending": "execute",
    "stopping": "stopped", "aborting": "aborted", "clearing": "stopped",
}  # fmt: skip

LEADS: dict[Command, PhaseState] = {
    "start": "starting", "hold": "holding", "unhold": "unholding", "suspend": "suspending",
    "unsuspend": "unsuspending", "reset": "resetting", "stop": "stopping", "abort": "aborting",
    "clear": "clearing",
}  # fmt: skip


def test_there_are_seventeen_states_and_nine_commands() -> None:
    assert (len(set(STATES)), len(set(COMMANDS))) == (17, 9)
    assert set(STATES) == set(DRAWN)


def test_of_153_pairs_35_are_accepted_and_118_refused() -> None:
    taken = [(state, command) for state in STATES for command in COMMANDS if next_state(state, command)]
    assert (len(taken), len(STATES) * len(COMMANDS) - len(taken)) == (35, 118)


@pytest.mark.parametrize("state", STATES)
def test_a_state_takes_the_commands_the_standard_draws_and_no_other(state: PhaseState) -> None:
    assert set(accepted(state)) == set(DRAWN[state].split())
    for command in COMMANDS:
        expected = LEADS[command] if command in DRAWN[state].split() else None
        assert next_state(state, command) == expected


@pytest.mark.parametrize("state", STATES)
def test_eleven_acting_states_end_by_themselves_and_six_wait(state: PhaseState) -> None:
    assert completed(state) == ENDS.get(state)
    assert (len(ACTING), len(WAITING)) == (11, 6)
    assert (state in ACTING) != (state in WAITING)


def test_held_is_for_a_cause_inside_and_suspended_for_one_outside() -> None:
    assert (command_for("inside"), command_for("outside")) == ("hold", "suspend")
    assert [command_for(cause) for cause in ("told", "command", "done", "timer")] == [None] * 4


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_one_thing_at_most_moves_a_unit_from_one_state_to_another(one: PhaseState, other: PhaseState) -> None:
    ways = {command for command in COMMANDS if next_state(one, command) == other}
    if completed(one) == other:
        assert (ways, move_between(one, other)) == (set(), "done")
    else:
        assert ways == ({move_between(one, other)} - {None})


@given(st.lists(st.sampled_from((*COMMANDS, "done")), max_size=40))
def test_a_unit_never_runs_again_after_it_was_complete_without_a_reset(turns: list[str]) -> None:
    state: PhaseState = "idle"
    must_reset = False
    for turn in turns:
        after = completed(state) if turn == "done" else next_state(state, turn)  # type: ignore[arg-type]
        if after is None:
            continue
        assert not (must_reset and after in ("starting", "execute"))
        must_reset = (must_reset or after == "complete") and after != "resetting"
        state = after


@given(st.sampled_from(STATES))
def test_a_unit_comes_to_rest_or_to_work(state: PhaseState) -> None:
    assert settled(state) in WAITING | {"execute"}
    assert settled(settled(state)) == settled(state)
