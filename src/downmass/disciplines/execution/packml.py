"""The unit machine of packaging and batch equipment as a table (PackML).

Seventeen states, nine commands. Of the 153 pairs of state and command 35 are accepted and 118
refused; eleven acting states end by themselves in another.

References
----------
ANSI/ISA-TR88.00.02-2015, Machine and Unit States, base state model: Hold and Suspend are taken from
Execute alone. The optional Hold from Suspended of that edition, and what the edition of 2022 adds to
it, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from downmass.facts.machine import Command, MoveCause, PhaseState

STATES: tuple[PhaseState, ...] = get_args(PhaseState)
COMMANDS: tuple[Command, ...] = get_args(Command)

FIRST: PhaseState = "idle"
"""State of a phase nothing has moved yet: its unit is ready for the start of it."""

COMPLETION: Mapping[PhaseState, PhaseState] = MappingProxyType(
    {
        "starting": "execute",
        "execute": "completing",
        "completing": "complete",
        "resetting": "idle",
        "holding": "held",
        "unholding": "execute",
        "suspending": "suspended",
        "unsuspending": "execute",
        "stopping": "stopped",
        "aborting": "aborted",
        "clearing": "stopped",
    }
)
"""Acting state -> the state it ends in when what it does is done."""

ACTING: frozenset[PhaseState] = frozenset(COMPLETION)
"""States in which the unit does something and which end by themselves."""

WAITING: frozenset[PhaseState] = frozenset(STATES) - ACTING
"""States in which the unit stands until it is told otherwise."""

PAUSED: frozenset[PhaseState] = frozenset(
    {"holding", "held", "unholding", "suspending", "suspended", "unsuspending"}
)
"""States of a phase that was begun and goes on later."""

_ABORTED: frozenset[PhaseState] = frozenset({"aborting", "aborted"})
_ENDED: frozenset[PhaseState] = frozenset({"stopping", "stopped", "aborting", "aborted", "clearing"})

TABLE: Mapping[tuple[PhaseState, Command], PhaseState] = MappingProxyType(
    {
        ("idle", "start"): "starting",
        ("execute", "hold"): "holding",
        ("held", "unhold"): "unholding",
        ("execute", "suspend"): "suspending",
        ("suspended", "unsuspend"): "unsuspending",
        ("complete", "reset"): "resetting",
        ("stopped", "reset"): "resetting",
        ("aborted", "clear"): "clearing",
        **{(state, "stop"): "stopping" for state in STATES if state not in _ENDED},
        **{(state, "abort"): "aborting" for state in STATES if state not in _ABORTED},
    }
)
"""State and command -> the state the command leads to; a pair that is not in it is refused."""

LEADS_TO: Mapping[PhaseState, Command] = MappingProxyType(
    {state: command for (_, command), state in TABLE.items()}
)
"""State that a command leads to -> that command; each command leads to one state only."""


def next_state(state: PhaseState, command: Command) -> PhaseState | None:
    """Return the state a command leads to, or none where the unit does not take it.

    Examples
    --------
    >>> next_state("idle", "start")
    'starting'
    >>> next_state("held", "start") is None
    True
    """
    return TABLE.get((state, command))


def completed(state: PhaseState) -> PhaseState | None:
    """Return the state an acting state ends in, or none for a state that waits.

    Examples
    --------
    >>> completed("starting")
    'execute'
    """
    return COMPLETION.get(state)


def accepted(state: PhaseState) -> tuple[Command, ...]:
    """Return the commands a state takes.

    Examples
    --------
    >>> accepted("held")
    ('unhold', 'stop', 'abort')
    """
    return tuple(command for command in COMMANDS if (state, command) in TABLE)


def settled(state: PhaseState) -> PhaseState:
    """Return where a unit comes to rest or to work when nothing further is told it.

    Execute is work: it lasts as long as the recipe says, and is not passed over.

    Examples
    --------
    >>> settled("resetting"), settled("unholding"), settled("completing")
    ('idle', 'execute', 'complete')
    """
    while state in ACTING and state != "execute":
        state = COMPLETION[state]
    return state


def move_between(state: PhaseState, target: PhaseState) -> Command | str | None:
    """Return what moves a unit from one state to another: a command, ``done``, or nothing can.

    Examples
    --------
    >>> move_between("idle", "starting"), move_between("starting", "execute")
    ('start', 'done')
    >>> move_between("idle", "execute") is None
    True
    """
    if COMPLETION.get(state) == target:
        return "done"
    command = LEADS_TO.get(target)
    return command if command is not None and (state, command) in TABLE else None


def command_for(cause: MoveCause) -> Command | None:
    """Return the command by which a unit pauses for a cause, or none where a cause pauses nothing.

    Held is for what lies inside the unit (a furnace that trips), suspended for what lies outside it
    (no sun, no power, no contact).

    Examples
    --------
    >>> command_for("outside")
    'suspend'
    """
    pauses: Mapping[MoveCause, Command] = {"inside": "hold", "outside": "suspend"}
    return pauses.get(cause)
