"""What a device did while nobody could refuse it is judged when its entries arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.disciplines.execution.conduct import (
    charges,
    equipment_standings,
    execution_findings,
    open_alarms,
)
from downmass.facts import event as ev
from downmass.facts.codec import body_to_json
from downmass.facts.recipe import MaterialLot, Setpoint


def sound(kit: Any) -> Any:
    return kit.frozen().ran("melt", 1, 4).ran("grow", 5, 29)


def test_a_batch_run_by_its_recipe_has_no_finding(kit: Any) -> None:
    assert execution_findings(sound(kit).campaign(), kit.at(40)) == ()


def test_nothing_is_judged_where_no_control_recipe_was_frozen(kit: Any) -> None:
    record = kit.opened().add(ev.RecipeAdopted(kit.recipe)).moved("grow", "complete", "execute")
    assert execution_findings(record.campaign(), kit.at(40)) == ()


FAULTS: list[tuple[Callable[[Any], Any], str, str]] = [
    (
        lambda k: k.frozen().moved("melt", "execute"),
        "went from idle to execute, which no command",
        "blocking",
    ),
    (lambda k: k.frozen().ran("grow", 1, 4), "phase 'Grow' began before Melt was complete", "blocking"),
    (lambda k: sound(k).moved("melt", "execute", hour=30), "ran again after it was complete", "blocking"),
    (
        lambda k: sound(k).add(ev.TimerSet("t", "melt", k.at(3), "soak"), 1),
        "timer t (soak) is due since 2031-03-01T15:00:00Z and has not fired",
        "warning",
    ),
    (
        lambda k: (
            sound(k)
            .add(ev.TimerSet("t", "melt", k.at(3), "soak"), 1)
            .add(ev.TimerFired("t", Decimal(0)), 3)
            .add(ev.TimerFired("t", Decimal(0)), 4)
        ),
        "timer t fired a second time",
        "blocking",
    ),
    (
        lambda k: (
            sound(k).add(ev.TimerSet("t", "melt", k.at(3), "soak"), 1).add(ev.TimerFired("t", Decimal(0)), 2)
        ),
        "timer t fired before it was due",
        "warning",
    ),
    (
        lambda k: (
            sound(k)
            .add(ev.CommandSent("c", "melt", "start", "olga"), 9)
            .add(ev.CommandAnswered("c", k.at(8), k.at(8), "executed"), 9, "capsule")
        ),
        "command c was received before it was sent",
        "warning",
    ),
    (
        lambda k: (
            sound(k)
            .add(ev.CommandSent("c", "melt", "start", "olga", k.at(9)), 1)
            .add(ev.CommandAnswered("c", k.at(2), k.at(2), "executed"), 9, "capsule")
        ),
        "executed before the time it was given for",
        "warning",
    ),
]


@pytest.mark.parametrize(("make", "words", "severity"), FAULTS, ids=[words for _, words, _ in FAULTS])
def test_what_was_out_of_order_is_a_finding_with_its_way_out(
    make: Callable[[Any], Any], words: str, severity: str, kit: Any
) -> None:
    found = [f for f in execution_findings(make(kit).campaign(), kit.at(40)) if words in f.message]
    assert [finding.severity for finding in found] == [severity]
    assert ";" in found[0].message


def test_a_recipe_corrected_after_it_was_frozen_is_found_where_the_batch_fits_it_no_more(kit: Any) -> None:
    """That its hash is another is found with the batch record (quality)."""
    for high, words in ((Decimal(150), []), (Decimal(100), ["'Oven temperature' is set to 120 C, outside"])):
        record = kit.opened().add(ev.RecipeAdopted(kit.recipe))
        adopted = record.events[-1]
        record.add(ev.ControlRecipeFrozen(replace(kit.control, setpoints=(Setpoint("oven", Decimal(120)),))))
        changed = replace(kit.recipe, parameters=(replace(kit.recipe.parameters[0], high=high),))
        record.add(ev.EntryCorrected(adopted.id, "typing error", body_to_json(ev.RecipeAdopted(changed))))
        found = execution_findings(record.campaign(), kit.at(40))
        assert [any(word in f.message for word in words) for f in found] == [True] * len(words)
        assert all("does not fit the recipe on record" in f.message for f in found)


def test_a_command_slower_than_a_telerobotic_phase_bears_is_found(kit: Any) -> None:
    slow = replace(kit.grow, autonomy="telerobotic", latency_s=Decimal(3))
    recipe = replace(kit.recipe, procedure=kit.procedure(kit.melt, slow))
    for seconds, found in ((2, 0), (4, 1)):
        record = (
            kit.frozen().add(ev.RecipeAdopted(recipe)).add(ev.CommandSent("c", "grow", "start", "olga"), 5)
        )
        received = kit.at(5) + timedelta(seconds=seconds)
        record.add(ev.CommandAnswered("c", received, received, "executed"), 6, "capsule")
        told = [
            f.message for f in execution_findings(record.campaign(), kit.at(7)) if "are allowed" in f.message
        ]
        assert len(told) == found
        assert not found or "took 4.0 s, 3 s are allowed to grow" in told[0]


def test_equipment_tells_when_it_was_used_and_which_the_recipe_names(kit: Any) -> None:
    record = kit.frozen().ran("melt", 1, 4)
    record.add(ev.EquipmentAssigned("furnace", "furnace-8", "F8", kit.at(99), kit.at(4)), 4.5).ran(
        "grow", 5, 29
    )
    one, other = equipment_standings(record.campaign())
    assert (one.equipment, one.used_at, one.frozen) == ("furnace-7", (kit.at(1),), "furnace-7")
    assert (other.equipment, other.used_at) == ("furnace-8", (kit.at(5),))


def test_what_was_charged_stands_against_the_formula(kit: Any) -> None:
    (drug,) = charges(kit.frozen().campaign())
    assert (drug.wanted, drug.charged, drug.unit, drug.lots) == (Decimal(10), Decimal(10), "g", ("drug-1",))
    assert len(drug.entries) == 1


def test_an_alarm_is_open_until_somebody_acknowledges_it(kit: Any) -> None:
    record = kit.frozen().add(ev.AlarmRaised("a", "melt", "oven", "oven hot", "warning"), 2)
    assert [event.body.alarm for event in open_alarms(record.campaign())] == ["a"]
    record.add(ev.AlarmAcknowledged("a", "olga", "turned down"), 3)
    assert open_alarms(record.campaign()) == ()


def test_a_lot_beside_the_first_may_be_frozen_and_charged(kit: Any) -> None:
    control = replace(kit.control, lots=(*kit.control.lots, MaterialLot("drug", "drug-2")))
    record = kit.opened().add(ev.RecipeAdopted(kit.recipe)).add(ev.ControlRecipeFrozen(control))
    for lot in ("drug-1", "drug-2"):
        record.add(ev.LotRegistered(lot, "drug", Decimal(5), "g"))
        record.add(ev.MaterialCharged("melt", "drug", lot, Decimal(5), "g"))
    assert execution_findings(record.campaign(), kit.at(1)) == ()
