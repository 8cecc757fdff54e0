"""Sister batches: what kind of fault a nonconformity is about, and where another batch shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from downmass.disciplines.quality.specification import within
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event


@dataclass(frozen=True, slots=True)
class Fault:
    """What other batches are searched for.

    Attributes
    ----------
    parameters
        Parameters that left their limits or raised an alarm.
    attributes
        Quality attributes and in-process checks out of their limits.
    equipment, lots
        Equipment the batch ran on and component lots that went into it: another batch that shares
        them may share the cause.
    """

    parameters: frozenset[str]
    attributes: frozenset[str]
    equipment: frozenset[str]
    lots: frozenset[str]

    @property
    def criterion(self) -> str:
        """What is searched for, in a sentence."""
        named = (
            ("excursion, limit or alarm of", self.parameters),
            ("out of limits in", self.attributes),
            ("made on", self.equipment),
            ("made from lot", self.lots),
        )
        return "; ".join(f"{words} {', '.join(sorted(found))}" for words, found in named if found)


def fault_of(campaign: Campaign, nonconformity: str) -> Fault:
    """Return the kind of fault a nonconformity is about, from its excursion and the entries it names.

    Raises
    ------
    KeyError
        If no such nonconformity was raised.
    """
    raised = {event.body.nonconformity: event for event in campaign.all(ev.NonconformityRaised)}
    event = raised[nonconformity]
    causes = [e for group in campaign.events.values() for e in group if e.id in event.cause]
    excursions = [e for e in campaign.all(ev.ExcursionDetected) if e.body.excursion == event.body.excursion]
    parameters, attributes = set[str](), set[str]()
    for cause in (*causes, *excursions):
        parameters.update(name for name in (getattr(cause.body, "parameter", ""),) if name)
        attributes.update(
            name for name in (getattr(cause.body, "attribute", ""), getattr(cause.body, "check", "")) if name
        )
    return Fault(
        frozenset(parameters), frozenset(attributes), equipment_of(campaign), components_of(campaign)
    )


def equipment_of(campaign: Campaign) -> frozenset[str]:
    """Return the equipment a batch ran on."""
    return frozenset(event.body.equipment for event in campaign.all(ev.EquipmentAssigned))


def components_of(campaign: Campaign) -> frozenset[str]:
    """Return the component lots that went into a batch."""
    return frozenset(event.body.lot for event in campaign.all(ev.MaterialCharged))


def same_fault(fault: Fault, sister: Campaign) -> tuple[str, ...]:
    """Return the entries of another batch that show the same fault, or share equipment or lots."""
    return tuple(dict.fromkeys(event.id for event in _showing(fault, sister)))


def _showing(fault: Fault, sister: Campaign) -> Iterator[Event[Any]]:
    for excursion in sister.all(ev.ExcursionDetected):
        if excursion.body.parameter in fault.parameters:
            yield excursion
    yield from _out_of_limits(fault, sister)
    for alarm in sister.all(ev.AlarmRaised):
        if alarm.body.parameter in fault.parameters:
            yield alarm
    for assigned in sister.all(ev.EquipmentAssigned):
        if assigned.body.equipment in fault.equipment:
            yield assigned
    for charged in sister.all(ev.MaterialCharged):
        if charged.body.lot in fault.lots:
            yield charged


def _out_of_limits(fault: Fault, sister: Campaign) -> Iterator[Event[Any]]:
    """Yield segments, results and checks of the searched kind that lie outside the sister's own limits."""
    recipe = sister.recipe
    if recipe is None:
        return
    parameters = {one.id: one for one in recipe.parameters if one.id in fault.parameters}
    for segment in sister.all(ev.SegmentSealed):
        parameter = parameters.get(segment.body.parameter)
        if parameter is None or parameter.unit != segment.body.unit:
            continue
        low = parameter.low is not None and segment.body.least < parameter.low
        high = parameter.high is not None and segment.body.most > parameter.high
        if low or high:
            yield segment
    attributes = {one.id: one for one in recipe.specification if one.id in fault.attributes}
    for result in sister.all(ev.ResultReported):
        attribute = attributes.get(result.body.attribute)
        if attribute is not None and not within(attribute, result.body.value):
            yield result
    checks = {one.id: one for one in recipe.checks if one.id in fault.attributes}
    for made in sister.all(ev.CheckReported):
        check = checks.get(made.body.check)
        if check is not None and not within(check, made.body.value):
            yield made


def associated(campaign: Campaign, other: Campaign) -> bool:
    """Tell whether another batch may be associated with a failure of this one (21 CFR 211.192).

    It is of the same product or recipe, or shares equipment or a component lot.
    """
    if campaign.product and other.product and campaign.product.id == other.product.id:
        return True
    if campaign.recipe and other.recipe and campaign.recipe.id == other.recipe.id:
        return True
    return bool(
        equipment_of(campaign) & equipment_of(other) or components_of(campaign) & components_of(other)
    )
