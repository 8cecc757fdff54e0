"""The chain of custody: continuous, signed on both sides, and honest about flight."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from downmass.disciplines.quality import custody
from downmass.facts import event as ev


def findings(world: Any, severity: str = "blocking") -> list[str]:
    return [f.message for f in custody.custody_findings(world.campaign()) if f.severity == severity]


def test_a_whole_chain_is_told_in_order_with_both_signatures(kit: Any) -> None:
    hands = custody.chain(kit.complete().campaign())
    assert [(hand.giver, hand.receiver) for hand in hands] == [
        ("buyer", "maker"),
        ("maker", "rocket"),
        ("rocket", "maker"),
        ("maker", "lab"),
    ]
    assert all(hand.signed_by_both for hand in hands)
    assert findings(kit.complete()) == []


def test_a_lot_travels_with_the_container_it_is_loaded_into(kit: Any) -> None:
    hands = custody.chain(kit.complete().campaign())
    assert hands[1].item == "capsule"
    assert hands[1].expected_giver == "maker"  # who held raw-1 when it was loaded
    assert hands[1].gap_before_d is None


def test_a_giver_who_was_not_the_last_receiver_is_a_gap_in_days(kit: Any) -> None:
    world = kit.complete().without("separated")
    last = custody.chain(world.campaign())[-1]
    assert last.expected_giver == "rocket"
    assert last.gap_before_d == pytest.approx(41.5 - 4)
    assert any("37.5 days have no holder" in message for message in findings(world))


@pytest.mark.parametrize("missing", ["maker", "lab"])
def test_a_missing_signature_names_the_party_that_did_not_sign(kit: Any, missing: str) -> None:
    world = kit.complete()
    body, *rest = world.lines["to-lab"]
    kept = tuple(s for s in body.signatures if (s.signer == "ann") != (missing == "maker"))
    world.lines["to-lab"] = (replace(body, signatures=kept), *rest)
    assert any(f"not signed by {missing}" in message for message in findings(world))


def test_a_signature_of_a_third_party_signs_for_nobody(kit: Any) -> None:
    world = kit.complete().add("to-lab", kit.hand("capsule", "maker", "lab", 41.5, ("cus", "cus")), 41.5)
    assert any("maker and lab" in message for message in findings(world))


def test_a_changed_seal_is_found_and_a_forgotten_one_is_a_warning(kit: Any) -> None:
    changed = kit.complete().add(
        "to-lab", kit.hand("capsule", "maker", "lab", 41.5, ("ann", "lea"), seal="S-2"), 41.5
    )
    assert any("changed from S-1 to S-2" in message for message in findings(changed))
    forgotten = kit.complete().add(
        "to-lab", kit.hand("capsule", "maker", "lab", 41.5, ("ann", "lea"), seal=""), 41.5
    )
    assert findings(forgotten) == []
    assert any("no seal is on record" in message for message in findings(forgotten, "warning"))


def test_a_laboratory_that_never_received_the_sample_cannot_report_on_it(kit: Any) -> None:
    assert any("no transfer to it" in m for m in findings(kit.complete().without("to-lab")))


def test_a_transfer_before_the_lot_was_registered_is_backwards(kit: Any) -> None:
    world = kit.complete().add("to-maker", kit.hand("raw-1", "buyer", "maker", 0.5, ("cus", "ann"), ""), 0.5)
    assert any("before it was registered" in message for message in findings(world))


def test_two_transfers_closer_than_their_clocks_are_a_warning(kit: Any) -> None:
    world = kit.complete()
    world.add("back", kit.hand("capsule", "lab", "maker", 41.5, ("lea", "ann")), 41.5)
    assert any("closer in time" in message for message in findings(world, "warning"))


def silent_d(world: Any, at: Any = None) -> float | None:
    flight = next(s for s in custody.stretches(world.campaign(), at) if s.name == "flight")
    return flight.unattended_d


def test_flight_is_custody_with_days_of_silence_on_record(kit: Any) -> None:
    """Thirty days of flight; a contact on 13 March and a segment received on 17 March 2031 (UTC)."""
    world = kit.complete()
    flight = next(s for s in custody.stretches(world.campaign()) if s.name == "flight")
    assert flight.days == pytest.approx(30.0)
    assert flight.unattended_d == pytest.approx(28.0)
    assert flight.holder == "maker"
    assert any("28.0 days in flight with no contact on record" in m for m in findings(world, "note"))


def test_a_contact_a_segment_received_and_a_burn_each_take_their_day_from_the_silence(kit: Any) -> None:
    burn = ev.BurnPerformed("staging", "lower", Decimal(50))
    quiet = kit.complete().without("contact", "furnace")
    assert silent_d(quiet) == pytest.approx(30.0)
    assert silent_d(kit.complete().without("furnace")) == pytest.approx(29.0)
    assert silent_d(kit.complete().without("contact")) == pytest.approx(29.0)
    assert silent_d(quiet.add("burn", burn, 38)) == pytest.approx(29.0)
    # A second burn on the same day takes nothing more.
    assert silent_d(quiet.add("again", burn, 38.1)) == pytest.approx(29.0)


def test_what_is_heard_before_launch_or_after_landing_takes_nothing_from_the_silence(kit: Any) -> None:
    world = kit.complete().without("contact", "furnace")
    world.add("on-the-pad", kit.segment("furnace", "test", 9, 9.5, ("70", "100", "120")), 9.9)
    world.add("read-out", kit.segment("logger", "storage", 16, 40, ("18", "20", "23")), 40.1)
    assert silent_d(world) == pytest.approx(30.0)


def test_a_flight_under_way_is_silent_to_the_moment_of_asking_not_to_the_last_entry(kit: Any) -> None:
    world = kit.complete()
    flying = type(world)({name: line for name, line in world.lines.items() if line[1] < 30})
    assert silent_d(flying, kit.at(35)) == pytest.approx(25 - 2)
    assert custody.last_heard(flying.campaign(), kit.at(35)) == kit.at(16.1)


def test_a_launch_provider_that_holds_the_product_through_the_flight_is_a_warning(kit: Any) -> None:
    messages = findings(kit.complete().without("separated"), "warning")
    assert any("rocket still holds the product in flight" in message for message in messages)


def test_overlapping_contacts_are_counted_once(kit: Any) -> None:
    world = kit.complete()
    body, *rest = world.lines["contact"]
    world.lines["second"] = (replace(body, station="other"), *rest)
    assert silent_d(world) == pytest.approx(28.0)


def test_the_hours_before_recovery_are_told(kit: Any) -> None:
    ground = next(s for s in custody.stretches(kit.complete().campaign()) if s.name == "landing to recovery")
    assert ground.unattended_d == pytest.approx(0.25)


def test_a_landing_without_recovery_is_a_warning(kit: Any) -> None:
    assert any(
        "recovery is not on record" in m for m in findings(kit.complete().without("recovered"), "warning")
    )


def test_a_product_nobody_ever_took_charge_of_blocks(kit: Any) -> None:
    world = kit.complete().without("to-maker", "to-rocket", "separated", "to-lab")
    assert any("nobody holds the product" in message for message in findings(world))


def test_a_campaign_that_never_flies_has_no_flight(kit: Any) -> None:
    world = kit.complete().without("launched", "landed", "recovered")
    names = [stretch.name for stretch in custody.stretches(world.campaign())]
    assert names == ["loading to launch"]


def test_a_sample_travels_as_its_lot_the_lots_behind_it_and_their_container(kit: Any) -> None:
    campaign = kit.complete().campaign()
    assert custody.travelling_as(campaign, "smp-1", kit.at(43)) == {"smp-1", "crystals-1", "raw-1", "capsule"}
    assert custody.travelling_as(campaign, "raw-1", kit.at(2)) == {"raw-1"}


def test_a_lot_made_from_itself_does_not_hang_the_chain(kit: Any) -> None:
    world = kit.complete()
    body, *rest = world.lines["product"]
    world.lines["product"] = (replace(body, made_from=("crystals-1", "raw-1")), *rest)
    assert isinstance(body, ev.LotRegistered)
    assert custody.travelling_as(world.campaign(), "crystals-1", kit.at(43)) >= {"raw-1"}
