"""Recipes approved and frozen, commands, phases, timers, checks and what was measured."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.machine import Command, MoveCause, PhaseState
from downmass.facts.party import Signature
from downmass.facts.quantity import Date, NotNegative, Number, Positive, Span
from downmass.facts.recipe import ControlRecipe, MasterRecipe


@fact
class PhaseMoved:
    """A phase of the control recipe changes state; ``command`` names the command that made it."""

    phase: Slug
    state: PhaseState
    reason: str = ""
    cause: MoveCause = "told"
    command: str = ""


@fact
class SegmentSealed:
    """A span of measurements of one parameter is sealed: counts, extremes, mean and hash."""

    parameter: Slug
    phase: Slug
    when: Span
    unit: str
    expected: int
    received: int
    least: Number
    mean: Number
    most: Number
    sha256: str


@fact
class ExcursionDetected:
    """A parameter left its limits."""

    excursion: Slug
    parameter: Slug
    when: Span
    unit: str
    limit: Number
    worst: Number


@fact
class RecipeDrafted:
    """A version of a general, site or master recipe is written; it may be used once it is approved."""

    recipe: MasterRecipe


@fact
class RecipeSigned:
    """A person signs a version of a recipe as its author, reviewer or approver, over its content."""

    recipe: Slug
    version: str
    recipe_sha256: str
    signature: Signature


@fact
class ControlRecipeFrozen:
    """The control recipe of the batch: one version of the master recipe, with units, lots and values."""

    control: ControlRecipe


@fact
class EquipmentAssigned:
    """A piece of equipment takes the part of a unit (21 CFR 211.105, 211.67, 211.68)."""

    unit: Slug
    equipment: Slug
    model: str
    calibrated_until: Date
    cleaned_at: Date | None = None


@fact
class MaterialCharged:
    """A quantity of a component lot goes into the batch (21 CFR 211.101, 211.188(b)(3)).

    ``weighed_by`` measured it out and ``verified_by``, another person, saw it go in.
    """

    phase: Slug
    material: Slug
    lot: Slug
    quantity: Positive
    unit: str
    weighed_by: str = ""
    verified_by: str = ""


@fact
class CommandSent:
    """A command to a phase leaves the ground; ``occurred_at`` is when it was sent."""

    command: Slug
    phase: Slug
    verb: Command
    by: str
    not_before: Date | None = None


@fact
class CommandAnswered:
    """A device tells what became of a command: when it came, when it ran, or why it was refused."""

    command: Slug
    received_at: Date
    executed_at: Date | None
    outcome: Literal["executed", "refused", "expired"]
    reason: str = ""


@fact
class TimerSet:
    """A timer runs: at ``due`` it fires, once."""

    timer: Slug
    phase: Slug
    due: Date
    purpose: str


@fact
class TimerFired:
    """A timer fired, ``late_s`` after it was due (the device was off, or busy)."""

    timer: Slug
    late_s: NotNegative


@fact
class TimerCancelled:
    """A timer will not fire."""

    timer: Slug
    reason: str


@fact
class CheckReported:
    """An in-process check of the recipe was made (21 CFR 211.110)."""

    phase: Slug
    check: Slug
    value: Number
    unit: str
    instrument: str


@fact
class YieldReported:
    """What a phase gave against what it could have given (21 CFR 211.103)."""

    phase: Slug
    lot: Slug
    actual: NotNegative
    theoretical: Positive
    unit: str


@fact
class PhaseSigned:
    """A person signs that a phase was performed, or that they checked it (21 CFR 211.188(b)(11))."""

    phase: Slug
    part: Literal["performed", "checked"]
    signature: Signature


@fact
class AlarmRaised:
    """An alarm, with the measurement that raised it where one did."""

    alarm: Slug
    phase: str
    parameter: str
    text: str
    severity: Literal["advisory", "caution", "warning"]


@fact
class AlarmAcknowledged:
    """A person saw an alarm, and says what was done."""

    alarm: Slug
    person: Slug
    action: str
