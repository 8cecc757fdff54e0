"""What is missing or wrong in the batch production record: the exceptions a reviewer reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from downmass.base.instant import format_instant
from downmass.disciplines.quality.procedure import frozen, without_control
from downmass.disciplines.quality.record import (
    BatchProductionRecord,
    CheckMade,
    EquipmentUsed,
    PhaseRecord,
    batch_record,
)
from downmass.disciplines.quality.storage import made_at
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import recipe_sha256
from downmass.facts.finding import Finding
from downmass.facts.recipe import MasterRecipe

Faults = Callable[[Campaign, BatchProductionRecord, MasterRecipe], Iterable[Finding]]


def record_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Return everything missing or wrong in the batch production record, most basic first.

    Returns
    -------
    tuple of Finding
        One note where no control recipe is on record: the record of such a batch is shown, but
        nothing promised what it must hold.

    References
    ----------
    21 CFR 211.188, 211.68, 211.101, 211.103, 211.105, 211.110, 211.192.
    """
    found = (
        *approval_findings(campaign),
        *completeness_findings(campaign),
        *check_findings(campaign),
        *yield_findings(campaign),
        *alarm_findings(campaign),
    )
    return tuple(dict.fromkeys(found))


def approval_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find why the control recipe is no accurate, approved reproduction of its master (211.188(a))."""
    return _of_control(campaign, _approvals)


def completeness_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find what a phase lacks: signatures, equipment in order, the formula, time held."""
    return tuple(dict.fromkeys((*_of_control(campaign, _signatures), *means_findings(campaign, at))))


def means_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find faults in what every phase, significant or not, was run with: equipment, time held, formula.

    Parameters
    ----------
    at
        Moment to which a phase that is held counts as held; the last recording where left out.
    """
    return _of_control(campaign, _means, at)


def check_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find in-process checks that were not made, or lie outside their limits (211.110)."""
    return _of_control(campaign, _checks)


def yield_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find yields that are missing, or outside the recipe's bounds (211.103, 211.192)."""
    return _of_control(campaign, _yields)


def _of_control(campaign: Campaign, faults: Faults, at: datetime | None = None) -> tuple[Finding, ...]:
    recipe = campaign.recipe
    if frozen(campaign) is None:
        return without_control(campaign)
    if recipe is None:
        text = "a control recipe is frozen, but no master recipe is adopted; adopt the version it names"
        return (Finding(campaign.id, text, "blocking"),)
    return tuple(faults(campaign, batch_record(campaign, at), recipe))


def _approvals(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    named = f"{record.recipe} version {record.version}"
    if (recipe.id, recipe.version) != (record.recipe, record.version):
        text = (
            f"the control recipe froze {named}, but {recipe.id} version {recipe.version} is adopted; "
            "adopt the version the batch ran by"
        )
        yield Finding(record.control_recipe, text, "blocking", (record.frozen_entry,))
    elif recipe_sha256(recipe) != record.recipe_sha256:
        text = f"the control recipe froze another content of {named} than is adopted; explain which one ran"
        yield Finding(record.control_recipe, text, "blocking", (record.frozen_entry,))
    signers = defaultdict(set)
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    for approval in record.approvals:
        if place.get(approval.entry, 0) < place.get(record.frozen_entry, 0):
            signers[approval.meaning].add(approval.signer)
    for meaning in ("authorship", "approval"):
        if not signers[meaning]:
            text = f"no signature of {meaning} over {named} was on record when the control recipe was frozen"
            yield Finding(record.recipe, text + "; freeze an approved version", "blocking")
    if signers["authorship"] and signers["approval"] and not signers["approval"] - signers["authorship"]:
        text = f"whoever wrote {named} also approved it; let the quality unit approve it"
        yield Finding(record.recipe, text, "blocking", tuple(a.entry for a in record.approvals))
    moves = [e for e in campaign.all(ev.PhaseMoved) if e.body.state == "execute"]
    if moves and place.get(moves[0].id, 0) < place.get(record.frozen_entry, 0):
        text = "a phase ran before the control recipe was frozen; raise a nonconformity that names this entry"
        yield Finding(record.control_recipe, text, "blocking", (record.frozen_entry, moves[0].id))


def _signatures(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    for row in record.phases:
        if row.closed is not None:
            yield from _unsigned(row)


def _means(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    cleaned = {need.unit for need in recipe.units if need.cleaned}
    control = frozen(campaign)
    named = {one.unit: one.equipment for one in control.body.control.equipment} if control else {}
    for row in (*record.phases, *record.minor_phases):
        if row.opened is None:
            continue
        yield from _equipment(row, row.unit in cleaned, named.get(row.unit))
        if row.hold_limit_h is not None and row.standing_h > row.hold_limit_h:
            text = (
                f"phase {row.title!r} stood held or suspended for {row.standing_h} h, longer than "
                f"{row.hold_limit_h} h; raise a nonconformity that names a move of it"
            )
            yield Finding(row.phase, text, "blocking", row.evidence)
    yield from _formula(campaign, record, recipe)


def _unsigned(row: PhaseRecord) -> Iterator[Finding]:
    if not row.performers and not row.automated:
        text = f"nobody signed that phase {row.title!r} was performed; record phase.signed (performed)"
        yield Finding(row.phase, text, "blocking")
    if not row.checkers:
        text = f"nobody signed that phase {row.title!r} was checked; record phase.signed (checked)"
        yield Finding(row.phase, text, "blocking")
    both = {one.signer for one in row.performers} & {one.signer for one in row.checkers}
    for checker in row.checkers:
        if checker.signer in both:
            text = f"{checker.printed_name} performed phase {row.title!r} and checked it"
            yield Finding(row.phase, text + "; let a second person check it", "blocking")
    for signed in (*row.performers, *row.checkers):
        if row.closed is not None and signed.at < row.closed:
            text = (
                f"{signed.printed_name} signed phase {row.title!r} as {signed.part} on "
                f"{format_instant(signed.at)}, before it ended on {format_instant(row.closed)}; sign again"
            )
            yield Finding(row.phase, text, "warning", (signed.entry,))


def _equipment(row: PhaseRecord, cleaned: bool, named: str | None) -> Iterator[Finding]:
    if not row.equipment:
        text = f"no equipment is on record for phase {row.title!r} on unit {row.unit}"
        yield Finding(row.phase, text + "; record equipment.assigned", "blocking")
    for used in row.equipment:
        for fault in _equipment_faults(row, used, cleaned, named):
            text = f"{fault}; raise a nonconformity that names entry {used.entry}"
            yield Finding(row.phase, text, "blocking", (used.entry,))


def _equipment_faults(
    row: PhaseRecord, used: EquipmentUsed, cleaned: bool, named: str | None
) -> Iterator[str]:
    until = row.closed or row.opened
    if until is not None and used.calibrated_until < until:
        yield (
            f"{used.equipment} was calibrated until {format_instant(used.calibrated_until)}, and phase "
            f"{row.title!r} used it until {format_instant(until)}"
        )
    if cleaned and (used.cleaned_at is None or (row.opened is not None and used.cleaned_at > row.opened)):
        yield f"{used.equipment} is not on record as cleaned before phase {row.title!r}"
    if named is not None and used.equipment != named:
        yield f"phase {row.title!r} ran on {used.equipment}, the control recipe names {named}"


def _formula(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    charged = defaultdict(list)
    for event in campaign.all(ev.MaterialCharged):
        charged[event.body.material].append(event)
    control = frozen(campaign)
    lots = defaultdict(set)
    for line in control.body.control.lots if control else ():
        lots[line.material].add(line.lot)
    begun = bool(charged) or made_at(campaign) is not None
    for material in recipe.materials if begun else ():
        events = charged.pop(material.id, [])
        entries = tuple(event.id for event in events)
        usable = [event.body.quantity for event in events if event.body.unit == material.unit]
        total = sum(usable, Decimal(0))
        if len(usable) < len(events):
            text = f"a charge of {material.title} is not in {material.unit}, as its formula is; correct it"
            yield Finding(material.id, text, "blocking", entries)
        elif total != material.quantity:
            text = f"{total} {material.unit} of {material.title} are charged, the formula takes "
            text += f"{material.quantity} {material.unit}; charge it, or assess it in a nonconformity"
            severe = total < material.quantity
            yield Finding(material.id, text, "blocking" if severe else "warning", entries)
        strange = sorted({event.body.lot for event in events} - lots[material.id])
        if lots[material.id] and strange:
            text = f"{material.title} was charged from {', '.join(strange)}, the control recipe names "
            text += f"{', '.join(sorted(lots[material.id]))}; raise a nonconformity that names the charge"
            yield Finding(material.id, text, "blocking", entries)
    for name, events in charged.items() if recipe.materials else ():
        text = f"{name} was charged, and the formula does not name it; raise a nonconformity for the charge"
        yield Finding(name, text, "blocking", tuple(event.id for event in events))


def _checks(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    known = {check.id for check in recipe.checks}
    for row in record.phases:
        for check in row.checks:
            if check.within is None and row.closed is not None:
                text = f"in-process check {check.title!r} of phase {row.title!r} is not on record"
                yield Finding(check.check, text + "; report it (check.reported)", "blocking")
            elif check.within is False:
                yield Finding(check.check, _outside(row, check), "blocking", check.entries)
    for event in campaign.all(ev.CheckReported):
        if event.body.check not in known:
            text = f"a check {event.body.check!r} is reported, which the recipe does not name"
            yield Finding(event.body.check, text, "note", (event.id,))


def _outside(row: PhaseRecord, check: CheckMade) -> str:
    values = ", ".join(f"{value} {unit}" for value, unit in check.values)
    low, high = (bound if bound is not None else "-" for bound in (check.low, check.high))
    return (
        f"in-process check {check.title!r} of phase {row.title!r} gave {values}, limits {low} to {high} "
        f"{check.unit}; raise a nonconformity that names it"
    )


def _yields(campaign: Campaign, record: BatchProductionRecord, recipe: MasterRecipe) -> Iterator[Finding]:
    low, high = recipe.yield_low_percent, recipe.yield_high_percent
    made = [(row, one) for row in record.phases for one in row.yields]
    if not made and made_at(campaign) is not None:
        text = "no yield is on record: actual and percentage of theoretical (yield.reported)"
        yield Finding("yield", text, "blocking")
    for row, one in made:
        if (low is None or one.percent >= low) and (high is None or one.percent <= high):
            continue
        text = (
            f"phase {row.title!r} gave {one.actual} of {one.theoretical} {one.unit}, {one.percent} percent; "
            f"the recipe allows {low if low is not None else '-'} to {high if high is not None else '-'} "
            "percent; raise a nonconformity that names it and investigate (21 CFR 211.192)"
        )
        yield Finding(one.lot, text, "blocking", (one.entry,))


def alarm_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find alarms nobody acknowledged, and warnings no nonconformity takes up.

    Notes
    -----
    Of the three severities the gravest, ``warning``, is an exception like an excursion: a
    nonconformity must name its entry, or the excursion of the same parameter that raised it.
    """
    named = {cause for event in campaign.all(ev.NonconformityRaised) for cause in event.cause}
    taken_up = {event.body.excursion for event in campaign.all(ev.NonconformityRaised)}
    excursions = {
        event.body.parameter
        for event in campaign.all(ev.ExcursionDetected)
        if event.body.excursion in taken_up or event.id in named
    }
    findings = []
    for event in campaign.all(ev.AlarmRaised):
        body = event.body
        if body.severity == "warning" and event.id not in named and body.parameter not in excursions:
            text = (
                f"alarm {body.alarm} ({body.text}) was a warning and no nonconformity takes it up; raise one"
            )
            findings.append(Finding(body.alarm, text, "blocking", (event.id,)))
    return (*open_alarm_findings(campaign), *findings)


def open_alarm_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find alarms nobody acknowledged."""
    seen = {event.body.alarm for event in campaign.all(ev.AlarmAcknowledged)}
    return tuple(
        Finding(
            event.body.alarm,
            f"nobody acknowledged alarm {event.body.alarm} ({event.body.text}); record alarm.acknowledged",
            "blocking",
        )
        for event in campaign.all(ev.AlarmRaised)
        if event.body.alarm not in seen
    )
