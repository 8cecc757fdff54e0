"""The words of the unit machine: states, commands and causes (ISA TR88.00.02, PackML)."""

from __future__ import annotations

from typing import Literal

PhaseState = Literal[
    "stopped", "starting", "idle", "suspended", "execute", "stopping", "aborting", "aborted",
    "holding", "held", "unholding", "suspending", "unsuspending", "resetting", "completing",
    "complete", "clearing",
]  # fmt: skip
"""The 17 states."""

Command = Literal["start", "hold", "unhold", "suspend", "unsuspend", "reset", "stop", "abort", "clear"]
"""The nine commands."""

MoveCause = Literal["told", "command", "done", "inside", "outside", "timer"]
"""Why a phase moved: told by a person or by the recipe itself, a command, its acting state done, a cause
inside the unit, one outside it (no sun, no power, no contact), a timer."""
