"""The batch production record: what 21 CFR 211.188 asks of each significant phase, from the entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from downmass.base.instant import Instant
from downmass.disciplines.quality.excursions import recorded
from downmass.disciplines.quality.procedure import frozen
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.party import Meaning, Signature
from downmass.facts.procedure import PlacedPhase, placed_phases
from downmass.facts.recipe import Check, MasterRecipe, Phase

NOT_ON_RECORD = "not on record"

AUTOMATED = frozenset({"autonomous", "supervised"})
"""Autonomy in which the equipment performs the phase and a person only checks it (21 CFR 211.68)."""

ENDED = frozenset({"complete", "stopped", "aborted"})

_DIGITS = 20
"""A percentage of more digits than this is a slip of the pen and is shown as it is."""

_STANDING = frozenset({"holding", "held", "unholding", "suspending", "suspended", "unsuspending"})
"""States in which a phase makes nothing; held for a cause inside the unit, suspended for one outside."""


@dataclass(frozen=True, slots=True)
class SignedPart:
    """Who signed what, when and with what meaning, and the entry that holds the signature."""

    part: str
    signer: str
    printed_name: str
    at: Instant
    meaning: Meaning
    entry: str


@dataclass(frozen=True, slots=True)
class EquipmentUsed:
    """A piece of equipment that took the part of the phase's unit."""

    unit: str
    equipment: str
    model: str
    calibrated_until: Instant
    cleaned_at: Instant | None
    entry: str


@dataclass(frozen=True, slots=True)
class ComponentCharged:
    """A quantity of a component lot that went in."""

    material: str
    lot: str
    quantity: Decimal
    unit: str
    entry: str
    weighed_by: str = ""
    verified_by: str = ""


@dataclass(frozen=True, slots=True)
class CheckMade:
    """An in-process check: its limits, every value reported, and whether all of them are inside.

    Attributes
    ----------
    values
        Values as reported with the unit they were reported in, in order of arrival.
    within
        None while no value is on record.
    """

    check: str
    title: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    values: tuple[tuple[Decimal, str], ...]
    within: bool | None
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterSeen:
    """Extremes of a parameter in a phase against its limits, and the share of measurements on record."""

    parameter: str
    title: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    least: Decimal | None
    most: Decimal | None
    coverage_percent: Decimal | None
    critical: bool
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YieldMade:
    """Actual yield and its percentage of the theoretical one (21 CFR 211.103)."""

    lot: str
    actual: Decimal
    theoretical: Decimal
    unit: str
    percent: Decimal
    entry: str


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """What is on record of one significant phase; an empty tuple or none is *not on record*.

    Attributes
    ----------
    state
        Last state on record.
    automated
        Whether the equipment performs it; then only a checker is asked for (21 CFR 211.68).
    performer_device
        Writer that recorded the phase running, where it is automated.
    standing_h
        Longest time it stood held or suspended without a break [h].
    deviations, alarms, nonconformities
        Ids of the planned deviations of its parameters, of its alarms, and of the nonconformities
        that follow from an entry of this phase.
    evidence
        Ids of all entries the row is made of.
    """

    phase: str
    title: str
    operation: str
    unit: str
    automated: bool
    state: str
    opened: Instant | None
    closed: Instant | None
    performer_device: str
    performers: tuple[SignedPart, ...]
    checkers: tuple[SignedPart, ...]
    equipment: tuple[EquipmentUsed, ...]
    components: tuple[ComponentCharged, ...]
    checks: tuple[CheckMade, ...]
    parameters: tuple[ParameterSeen, ...]
    yields: tuple[YieldMade, ...]
    standing_h: Decimal
    hold_limit_h: Decimal | None
    deviations: tuple[str, ...]
    alarms: tuple[str, ...]
    nonconformities: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchProductionRecord:
    """The record of one batch, computed from its entries and kept nowhere else (21 CFR 211.188).

    Attributes
    ----------
    batch, control_recipe
        Empty where no control recipe was frozen.
    recipe_sha256
        Hash of the master recipe the control recipe froze [hex].
    approvals
        Signatures over that version of the master recipe.
    minor_phases
        What is on record of the phases the recipe calls not significant; nobody need sign for them.
    """

    campaign: str
    product: str
    batch: str
    control_recipe: str
    frozen_entry: str
    recipe: str
    version: str
    recipe_sha256: str
    approvals: tuple[SignedPart, ...]
    phases: tuple[PhaseRecord, ...]
    minor_phases: tuple[PhaseRecord, ...] = ()


def batch_record(campaign: Campaign, at: datetime | None = None) -> BatchProductionRecord:
    """Return the batch production record as far as it is on record.

    Parameters
    ----------
    at
        Moment to which a phase that is held counts as held; the last recording where left out.

    Notes
    -----
    The rows are the significant phases of the recipe in its order. Nothing in them is stored: they
    are read off the entries each time, so the record cannot differ from what was recorded.

    References
    ----------
    21 CFR 211.188(a), (b)(1)-(12); 21 CFR 211.68; 21 CFR 211.103.
    """
    control, recipe = frozen(campaign), campaign.recipe
    until = at or campaign.recorded_until
    rows = [
        (placed.phase.significant, _phase_record(campaign, recipe, placed, until))
        for placed in (placed_phases(recipe) if recipe else ())
        if recipe
    ]
    body = control.body.control if control else None
    return BatchProductionRecord(
        campaign=campaign.id,
        product=campaign.product.id if campaign.product else "",
        batch=body.batch if body else "",
        control_recipe=body.id if body else "",
        frozen_entry=control.id if control else "",
        recipe=body.recipe if body else (recipe.id if recipe else ""),
        version=body.version if body else (recipe.version if recipe else ""),
        recipe_sha256=body.recipe_sha256 if body else "",
        approvals=tuple(
            _signed(event.body.signature.meaning, event.body.signature, event.id)
            for event in campaign.all(ev.RecipeSigned)
            if body is not None and event.body.recipe_sha256 == body.recipe_sha256
        ),
        phases=tuple(row for significant, row in rows if significant),
        minor_phases=tuple(row for significant, row in rows if not significant),
    )


def _signed(part: str, signature: Signature, entry: str) -> SignedPart:
    return SignedPart(part, signature.signer, signature.printed_name, signature.at, signature.meaning, entry)


def _phase_record(
    campaign: Campaign, recipe: MasterRecipe, placed: PlacedPhase, until: datetime | None
) -> PhaseRecord:
    phase = placed.phase
    moves = _of(campaign, ev.PhaseMoved, phase)
    running = [move for move in moves if move.body.state == "execute"]
    ended = [move for move in moves if move.body.state in ENDED]
    opened = running[0].occurred_at if running else None
    closed = ended[-1].occurred_at if ended and moves[-1].body.state in ENDED else None
    signatures = _of(campaign, ev.PhaseSigned, phase)
    automated = phase.autonomy in AUTOMATED
    equipment = _equipment(campaign, placed.unit, opened, closed)
    components = _of(campaign, ev.MaterialCharged, phase)
    checks = tuple(_check(campaign, phase, check) for check in recipe.checks if check.id in phase.checks)
    parameters = _parameters(campaign, recipe, phase)
    yields = _of(campaign, ev.YieldReported, phase)
    alarms = _of(campaign, ev.AlarmRaised, phase)
    own = [e.id for group in (moves, signatures, components, yields, alarms) for e in group]
    own += [entry for check in checks for entry in check.entries]
    own += [entry for parameter in parameters for entry in parameter.entries]
    raised = [e for e in campaign.all(ev.NonconformityRaised) if set(e.cause) & set(own)]
    deviations = [e for e in campaign.all(ev.DeviationPlanned) if e.body.parameter in phase.parameters]
    return PhaseRecord(
        phase=phase.id,
        title=phase.title,
        operation=placed.operation,
        unit=placed.unit,
        automated=automated,
        state=moves[-1].body.state if moves else "",
        opened=opened,
        closed=closed,
        performer_device=running[0].writer if automated and running else "",
        performers=_signers(signatures, "performed"),
        checkers=_signers(signatures, "checked"),
        equipment=equipment,
        components=tuple(
            ComponentCharged(
                e.body.material,
                e.body.lot,
                e.body.quantity,
                e.body.unit,
                e.id,
                e.body.weighed_by,
                e.body.verified_by,
            )
            for e in components
        ),
        checks=checks,
        parameters=parameters,
        yields=tuple(_yield(event) for event in yields),
        standing_h=_longest_standing_h(moves, until),
        hold_limit_h=phase.hold_limit_h,
        deviations=tuple(dict.fromkeys(e.body.deviation for e in deviations)),
        alarms=tuple(event.body.alarm for event in alarms),
        nonconformities=tuple(event.body.nonconformity for event in raised),
        evidence=tuple(
            dict.fromkeys([*own, *(used.entry for used in equipment), *(e.id for e in raised + deviations)])
        ),
    )


def _of(campaign: Campaign, kind: type[Any], phase: Phase) -> list[Event[Any]]:
    """Return the entries of a type that name a phase, in order of what happened."""
    found = [event for event in campaign.all(kind) if event.body.phase == phase.id]
    return sorted(found, key=lambda event: event.occurred_at)


def _signers(signatures: Iterable[Event[ev.PhaseSigned]], part: str) -> tuple[SignedPart, ...]:
    return tuple(
        _signed(part, event.body.signature, event.id) for event in signatures if event.body.part == part
    )


def _equipment(
    campaign: Campaign, unit: str, opened: datetime | None, closed: datetime | None
) -> tuple[EquipmentUsed, ...]:
    """Return what took the part of a unit while a phase ran: the last before it began, and every later."""
    assigned = [event for event in campaign.all(ev.EquipmentAssigned) if event.body.unit == unit]
    assigned.sort(key=lambda event: event.occurred_at)
    before = [event for event in assigned if opened is None or event.occurred_at <= opened][-1:]
    during = [
        event
        for event in assigned
        if opened is not None
        and event.occurred_at > opened
        and (closed is None or event.occurred_at < closed)
    ]
    return tuple(
        EquipmentUsed(
            event.body.unit,
            event.body.equipment,
            event.body.model,
            event.body.calibrated_until,
            event.body.cleaned_at,
            event.id,
        )
        for event in (*before, *during)
    )


def _check(campaign: Campaign, phase: Phase, check: Check) -> CheckMade:
    made = [
        event
        for event in campaign.all(ev.CheckReported)
        if event.body.phase == phase.id and event.body.check == check.id
    ]
    inside = all(
        event.body.unit == check.unit
        and (check.low is None or event.body.value >= check.low)
        and (check.high is None or event.body.value <= check.high)
        for event in made
    )
    return CheckMade(
        check.id,
        check.title,
        check.unit,
        check.low,
        check.high,
        tuple((event.body.value, event.body.unit) for event in made),
        inside if made else None,
        tuple(event.id for event in made),
    )


def _parameters(campaign: Campaign, recipe: MasterRecipe, phase: Phase) -> tuple[ParameterSeen, ...]:
    seen = []
    for parameter in recipe.parameters:
        if parameter.id not in phase.parameters:
            continue
        found = recorded(campaign, parameter, phase.id)
        excursions = tuple(event.id for event in found.excursions)
        seen.append(
            ParameterSeen(
                parameter.id,
                parameter.title,
                parameter.unit,
                parameter.low,
                parameter.high,
                found.least,
                found.most,
                percent_floor(found.coverage),
                parameter.critical,
                (*found.segments, *excursions),
            )
        )
    return tuple(seen)


def percent_floor(share: float | None) -> Decimal | None:
    """Return a share as percent with two decimals, rounded down: never more than is there."""
    return None if share is None else Decimal(int(share * 10_000 + 1e-9)) / 100


def _yield(event: Event[ev.YieldReported]) -> YieldMade:
    body = event.body
    percent = 100 * body.actual / body.theoretical
    if percent.adjusted() < _DIGITS:
        percent = percent.quantize(Decimal("0.01"))
    return YieldMade(body.lot, body.actual, body.theoretical, body.unit, percent, event.id)


def _longest_standing_h(moves: Sequence[Event[ev.PhaseMoved]], until: datetime | None) -> Decimal:
    """Return the longest time without a break in which a phase stood held or suspended [h]."""
    longest, since = timedelta(), None
    for move in moves:
        if move.body.state in _STANDING:
            since = since or move.occurred_at
        elif since is not None:
            longest, since = max(longest, move.occurred_at - since), None
    if since is not None and until is not None:
        longest = max(longest, until - since)
    return (Decimal(int(longest.total_seconds())) / 3600).quantize(Decimal("0.001"))
