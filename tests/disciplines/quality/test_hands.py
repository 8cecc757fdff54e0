"""Two sides of a hand-over: offered, accepted as found or refused; containers; seals; conditions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from downmass.disciplines.quality.custody import chain, custody_findings, stretches
from downmass.disciplines.quality.hands import holder, offers
from downmass.disciplines.quality.keeping import kept
from downmass.disciplines.quality.packing import Packing
from downmass.disciplines.quality.seals import seals_on
from downmass.facts import event as ev


def findings(world: Any, severity: str = "blocking") -> list[str]:
    return [f.message for f in custody_findings(world.campaign()) if f.severity == severity]


def offered(kit: Any, offer: str, day: float, giver: str = "maker", who: str = "ann") -> Any:
    by = kit.signed(who, day)
    return ev.CustodyOffered(offer, "capsule", giver, "lab", "somewhere", "good", "S-1", by)


def two_sided(kit: Any, found: str = "good", seal: str = "S-1", who: str = "lea") -> Any:
    """The complete batch, handed to the laboratory in two acts instead of one."""
    world = kit.complete().without("to-lab")
    world.add("offer", offered(kit, "off-1", 41.4), 41.4)
    return world.add("accept", ev.CustodyAccepted("off-1", found, seal, kit.signed(who, 41.5)), 41.5)


def test_an_accepted_offer_is_one_hand_with_both_conditions(kit: Any) -> None:
    hand = chain(two_sided(kit, found="dented").campaign())[-1]
    assert (hand.giver, hand.receiver, hand.condition, hand.found) == ("maker", "lab", "good", "dented")
    assert (hand.seal, hand.seal_found, hand.offer) == ("S-1", "S-1", "off-1")
    assert hand.entries == ("offer", "accept")
    assert hand.since == kit.at(41.5)
    assert hand.signed_by_both


def test_both_sides_in_order_leave_nothing_to_find(kit: Any) -> None:
    assert findings(two_sided(kit)) == []
    assert findings(two_sided(kit), "warning") == []
    assert chain(two_sided(kit).campaign())[-2].until == kit.at(41.5)


def test_a_condition_found_otherwise_than_given_is_a_warning_and_blanks_and_capitals_are_none(
    kit: Any,
) -> None:
    assert any("given as 'good' and found as 'wet'" in m for m in findings(two_sided(kit, "wet"), "warning"))
    assert findings(two_sided(kit, " Good "), "warning") == []


def test_a_seal_that_changed_between_the_two_sides_is_recorded_and_blocks(kit: Any) -> None:
    assert any("changed from S-1 to S-9" in message for message in findings(two_sided(kit, seal="S-9")))
    assert chain(two_sided(kit, seal="S-9").campaign())[-1].seal_found == "S-9"


def test_an_open_offer_leaves_the_item_with_the_giver_and_is_shown(kit: Any) -> None:
    world = two_sided(kit).without("accept")
    (offer,) = offers(world.campaign())
    assert (offer.state, offer.giver) == ("open", "maker")
    assert holder(world.campaign(), "capsule", kit.at(45)) == "maker"
    assert any("offer off-1 of capsule by maker is open" in m for m in findings(world, "warning"))
    assert any("lab reports on sample" in message for message in findings(world))


def test_a_refused_offer_moves_nothing_until_it_is_offered_again_and_taken(kit: Any) -> None:
    world = two_sided(kit).without("accept")
    world.add("refuse", ev.CustodyRefused("off-1", "wet", kit.signed("lea", 41.45)), 41.45)
    assert any("it stays with maker" in message for message in findings(world, "warning"))
    assert holder(world.campaign(), "capsule", kit.at(45)) == "maker"
    world.add("again", offered(kit, "off-2", 41.5), 41.5)
    world.add("taken", ev.CustodyAccepted("off-2", "good", "S-1", kit.signed("lea", 41.6)), 41.6)
    assert findings(world) == []
    assert any("offered again" in message for message in findings(world, "note"))
    assert holder(world.campaign(), "capsule", kit.at(45)) == "lab"


def test_a_person_of_another_party_accepts_for_nobody(kit: Any) -> None:
    assert any("not signed by lab" in message for message in findings(two_sided(kit, who="pad")))


def test_one_person_on_both_sides_is_found(kit: Any) -> None:
    assert any("ann signs both sides" in message for message in findings(two_sided(kit, who="ann")))


def test_an_answer_to_no_offer_and_a_second_answer_are_found_and_count_for_nothing(kit: Any) -> None:
    world = two_sided(kit)
    world.add("stray", ev.CustodyAccepted("off-7", "good", "", kit.signed("lea", 42)), 42)
    world.add("late", ev.CustodyRefused("off-1", "no", kit.signed("lea", 43)), 43)
    found = findings(world)
    assert any("off-7 is answered and was never made" in message for message in found)
    assert any("off-1 is answered twice" in message for message in found)
    assert len(chain(world.campaign())) == len(chain(two_sided(kit).campaign()))


def test_an_offer_by_a_party_that_does_not_hold_the_item_is_a_gap(kit: Any) -> None:
    world = two_sided(kit)
    world.add("offer", offered(kit, "off-1", 41.4, giver="buyer", who="cus"), 41.4)
    hand = chain(world.campaign())[-1]
    assert hand.expected_giver == "maker"
    assert hand.gap_before_d == pytest.approx(41.5 - 10.1)


def nested(kit: Any) -> Any:
    """The raw lot in vials, the vials in a pouch, the pouch in the capsule that is handed on."""
    world = kit.complete().without("loaded")
    world.add("vials", ev.ContainerPacked("vials", ("raw-1",), "V-1"), 2.5)
    world.add("pouch", ev.ContainerPacked("pouch", ("vials",)), 2.6)
    return world.add("capsule", ev.ContainerPacked("capsule", ("pouch",), "S-1"), 3)


def test_what_is_nested_travels_with_the_outermost_container(kit: Any) -> None:
    world = nested(kit)
    assert findings(world) == []
    assert chain(world.campaign())[1].expected_giver == "maker"
    assert holder(world.campaign(), "raw-1", kit.at(5)) == "rocket"
    assert holder(world.campaign(), "smp-1", kit.at(43)) == "lab"
    packing = Packing(world.campaign())
    assert packing.around("raw-1", kit.at(5)) == {"vials", "pouch", "capsule"}
    assert packing.contents("capsule", kit.at(5)) >= {"pouch", "vials", "raw-1"}


def test_the_hand_of_a_lot_ends_when_its_container_is_handed_on(kit: Any) -> None:
    hand = chain(nested(kit).campaign())[0]
    assert (hand.item, hand.until) == ("raw-1", kit.at(4))


def test_what_was_taken_out_stays_behind(kit: Any) -> None:
    world = nested(kit).add("broken", ev.SealBroken("capsule", "S-1", "late access"), 3.4)
    world.add("out", ev.ContainerUnpacked("capsule", ("pouch",)), 3.5)
    assert holder(world.campaign(), "raw-1", kit.at(5)) == "maker"
    assert any("no transfer to it" in message for message in findings(world))


def test_a_product_made_in_the_container_and_taken_out_by_name_leaves_it(kit: Any) -> None:
    world = kit.complete()
    world.add("broken", ev.SealBroken("capsule", "S-1", "unpacking"), 41.6)
    world.add("out", ev.ContainerUnpacked("capsule", ("crystals-1",)), 41.7)
    world.add("on", kit.hand("capsule", "lab", "maker", 60, ("lea", "ann"), ""), 60)
    assert holder(world.campaign(), "crystals-1", kit.at(61)) == "lab"
    assert holder(world.campaign(), "raw-1", kit.at(61)) == "maker"
    assert not any("taken out of" in message for message in findings(world))


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("two", ev.ContainerPacked("crate", ("raw-1",)), "never taken out of vials"),
        ("self", ev.ContainerPacked("vials", ("capsule",)), "packed into itself"),
        ("none", ev.ContainerUnpacked("capsule", ("gold",)), "where it was not"),
    ],
)
def test_containers_that_cannot_be_are_found(kit: Any, name: str, body: Any, words: str) -> None:
    found = findings(nested(kit).add(name, body, 3.2))
    assert any(words in message for message in found), found


def sealed(kit: Any, *lines: tuple[float, Any]) -> Any:
    world = nested(kit)
    for number, (day, body) in enumerate(lines):
        world.add(f"seal-{number}", body, day)
    return world


@pytest.mark.parametrize(
    ("day", "body", "words"),
    [
        (3.5, ev.SealChecked("capsule", "S-2", True), "changed from S-1 to S-2"),
        (3.5, ev.SealChecked("capsule", "S-1", False), "found damaged"),
        (3.5, ev.SealBroken("capsule", "S-1", " "), "no reason is given"),
        (3.5, ev.SealBroken("capsule", "S-7", "look"), "was S-7, the record knows S-1"),
        (3.5, ev.ContainerUnpacked("capsule"), "capsule was unpacked while capsule was sealed with S-1"),
        (3.5, ev.ContainerUnpacked("pouch"), "pouch was unpacked while capsule was sealed with S-1"),
        (3.5, ev.SealApplied("crate", "S-1"), "put on crate and was on capsule"),
        (3.5, ev.SealApplied("capsule", "S-3"), "changed from S-1 to S-3"),
    ],
)
def test_seals_that_do_not_agree_are_found(kit: Any, day: float, body: Any, words: str) -> None:
    found = findings(sealed(kit, (day, body)))
    assert any(words in message for message in found), found


def test_a_seal_broken_for_a_reason_and_replaced_is_in_order(kit: Any) -> None:
    world = nested(kit).without("to-rocket", "separated", "to-lab", "assay", "water")
    world.add("broken", ev.SealBroken("capsule", "S-1", "late access"), 3.5)
    world.add("new", ev.SealApplied("capsule", "S-2"), 3.6)
    world.add("read", ev.SealChecked("capsule", "S-2", True), 3.7)
    assert not any("seal" in message for message in findings(world))
    assert seals_on(world.campaign(), kit.at(3.55)) == {"vials": "V-1"}
    assert seals_on(world.campaign(), kit.at(4)) == {"vials": "V-1", "capsule": "S-2"}


def test_a_broken_seal_shown_again_is_found(kit: Any) -> None:
    world = sealed(kit, (3.5, ev.SealBroken("capsule", "S-1", "late access")))
    assert any("broken before and is shown again" in message for message in findings(world))


def test_conditions_of_each_hand_are_those_measured_in_its_time(kit: Any) -> None:
    """A logger from day 16 to 42 at 18 to 23 C; the maker held it to day 41.5, the laboratory after."""
    world = kit.complete()
    hands = chain(world.campaign())
    told = {part.hand.receiver: part for part in kept(world.campaign(), hands, kit.at(43.5))}
    assert set(told) == {"maker", "lab"}
    maker, lab = told["maker"], told["lab"]
    assert (maker.least_C, maker.mean_C, maker.most_C) == (18, 20, 23)
    assert maker.covered_percent == pytest.approx(100 * (41.5 - 16) / (41.5 - 10.1))
    assert lab.covered_percent == pytest.approx(25.0)  # half a day of two
    assert maker.shared
    assert lab.shared
    assert maker.excursions == ()


def test_measurements_that_did_not_arrive_and_excursions_are_told_by_hand(kit: Any) -> None:
    world = kit.complete()
    body, *rest = world.lines["logger"]
    world.lines["logger"] = (replace(body, received=500), *rest)
    hot = ev.ExcursionDetected(
        "hot", "logger", type(body.when)(kit.at(41.6), kit.at(41.7)), "C", Decimal(30), Decimal(31)
    )
    world.add("hot", hot, 41.8)
    told = {p.hand.receiver: p for p in kept(world.campaign(), chain(world.campaign()), kit.at(42.5))}
    assert told["lab"].excursions == ("hot",)
    assert told["maker"].excursions == ()
    assert told["lab"].covered_percent == pytest.approx(25.0)  # half the time, half the counts


def test_the_journey_counts_two_sided_hands_and_packed_containers(kit: Any) -> None:
    world = two_sided(kit).without("loaded")
    world.add("packed", ev.ContainerPacked("capsule", ("raw-1",), "S-1"), 3)
    names = {stretch.name: stretch for stretch in stretches(world.campaign())}
    assert names["loading to launch"].opens == kit.at(3)
    assert names["recovery to laboratory"].closes == kit.at(41.5)
