"""Lots and what becomes of them: a small tree of lots traced both ways, and ledgers that do not add up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import NotFoundError
from downmass.disciplines.quality.genealogy import trace
from downmass.disciplines.quality.lots import balances, lot_findings, lots, products
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.event import LotPart

KG = "kg"


def part(lot: str, quantity: str, unit: str = KG) -> LotPart:
    return LotPart(lot, Decimal(quantity), unit)


def registered(lot: str, quantity: str, *made_from: str, unit: str = KG) -> ev.LotRegistered:
    return ev.LotRegistered(lot, "stuff", Decimal(quantity), unit, made_from)


def tree(kit: Any) -> Any:
    """10 kg of raw, split in two; 6 kg of it with 2 kg of salt become 7 kg, put in vials, in a capsule."""
    world = kit.empty()
    world.add("raw", registered("raw", "10"), 1)
    world.add("salt", registered("salt", "2"), 1)
    world.add("to-maker", kit.hand("raw", "buyer", "maker", 1.5, ("cus", "ann"), ""), 1.5)
    world.add("split", ev.LotSplit("raw", (part("raw-a", "6"), part("raw-b", "3"))), 2)
    melt = ev.LotTransformed(
        "melt-1", "glass", (part("raw-a", "6"), part("salt", "2")), (part("glass", "7"), part("slag", "1"))
    )
    world.add("melt", melt, 3)
    world.add("charged", ev.MaterialCharged("draw", "raw", "raw-b", Decimal(1), KG), 4)
    world.add("yield", ev.YieldReported("draw", "glass", Decimal(7), Decimal(8), KG), 4.1)
    world.add("vials", ev.ContainerPacked("vials", ("glass",), "V-1"), 5)
    world.add("capsule", ev.ContainerPacked("capsule", ("vials",)), 5.1)
    world.add("to-rocket", kit.hand("capsule", "maker", "rocket", 6, ("ann", "pad"), ""), 6)
    world.add("back", kit.hand("capsule", "rocket", "lab", 20, ("pad", "lea"), ""), 20)
    world.add("out", ev.ContainerUnpacked("capsule"), 21)
    world.add("open", ev.SealBroken("vials", "V-1", "sampling"), 21.1)
    world.add("sample", ev.SampleTaken("smp", "glass", "release", "L-1"), 22)
    world.add("result", ev.ResultReported("smp", "assay", Decimal(99), "percent", "HPLC", "lab"), 23)
    return world


def test_a_raw_lot_leads_through_split_transformation_container_and_return_in_one_answer(kit: Any) -> None:
    found = trace(tree(kit).campaign(), "raw")
    reached = {link.target for link in found.forward}
    assert reached == {"raw-a", "raw-b", "glass", "slag", "phase draw", "vials", "capsule", "smp"}
    assert [event.id for event in found.results] == ["result"]
    assert [hand.receiver for hand in found.hands] == ["maker"]  # the capsule is the glass's hand
    assert found.back == ()
    assert found.kind == "lot"


def test_a_sample_leads_back_to_every_lot_it_was_made_of_nearest_first(kit: Any) -> None:
    found = trace(tree(kit).campaign(), "smp")
    assert [(link.source, link.depth) for link in found.back] == [
        ("glass", 1), ("raw-a", 2), ("salt", 2), ("phase draw", 2), ("raw", 3), ("raw-b", 3), ("raw", 4),
    ]  # fmt: skip
    assert [hand.receiver for hand in found.hands] == ["maker", "rocket", "lab"]
    assert found.forward == ()


def test_every_link_names_its_entry_its_time_and_how_much(kit: Any) -> None:
    links = trace(tree(kit).campaign(), "raw").forward
    told = {(link.source, link.target): (link.how, link.entry, link.quantity) for link in links}
    assert told[("raw", "raw-a")] == ("split", "split", Decimal(6))
    assert told[("raw-a", "glass")] == ("transformed", "melt", Decimal(6))
    assert told[("raw-b", "phase draw")] == ("charged", "charged", Decimal(1))
    assert told[("glass", "vials")] == ("packed", "vials", None)
    assert all(isinstance(link.at, datetime) and link.entry for link in links)


def test_what_lay_beside_a_lot_in_its_container_is_no_kin_of_it(kit: Any) -> None:
    world = tree(kit)
    world.add("other", registered("stranger", "1"), 1)
    world.add("beside", ev.ContainerPacked("capsule", ("stranger",)), 5.2)
    assert "stranger" not in trace(world.campaign(), "glass").names
    assert "stranger" in trace(world.campaign(), "capsule").names


def test_a_product_taken_out_and_made_in_orbit_is_where_its_raw_lot_is(kit: Any) -> None:
    found = trace(kit.complete().campaign(), "crystals-1")
    assert [hand.item for hand in found.hands] == ["raw-1", "capsule", "capsule", "capsule"]


def test_the_balance_of_a_lot_is_what_was_there_less_what_was_taken(kit: Any) -> None:
    found = balances(tree(kit).campaign())
    raw, glass = found["raw"], found["glass"]
    assert (raw.there, raw.split_off, raw.left) == (10, 9, 1)
    assert (found["raw-b"].charged, found["raw-b"].left) == (1, 2)
    assert (found["raw-a"].transformed, found["raw-a"].left) == (6, 0)
    assert (glass.there, glass.samples, glass.left) == (7, 1, 7)
    assert lot_findings(tree(kit).campaign()) == ()
    assert set(products(tree(kit).campaign())) == {"glass", "slag"}


def blocking(world: Any) -> list[str]:
    return [finding.message for finding in lot_findings(world.campaign()) if finding.severity == "blocking"]


def test_a_lot_transformed_whole_twice_is_found_with_both_entries(kit: Any) -> None:
    world = tree(kit)
    again = ev.LotTransformed("melt-2", "glass", (part("raw-a", "6"),), (part("glass-2", "6"),))
    world.add("again", again, 3.5)
    (finding,) = [f for f in lot_findings(world.campaign()) if f.severity == "blocking"]
    assert "12 kg of lot raw-a were taken and there were 6 kg" in finding.message
    assert finding.evidence == ("split", "melt", "again")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("more", ev.LotSplit("raw", (part("raw-c", "1.5"),)), "10.5 kg of lot raw were taken"),
        ("ghost", ev.LotSplit("ghost", (part("raw-c", "1"),)), "lot ghost was split off and is not"),
        ("grams", ev.LotSplit("raw", (part("raw-c", "5", "g"),)), "counted in kg"),
        ("twice", registered("glass", "7"), "came to be twice, registered and transformed"),
        ("circle", registered("loop", "1", "loop"), "made from itself"),
        ("charge", ev.MaterialCharged("draw", "salt", "salt", Decimal(3), KG), "5 kg of lot salt were taken"),
        ("given", ev.YieldReported("draw", "mist", Decimal(1), Decimal(1), KG),
         "gave lot mist, which is not registered; register it"),
        ("weighed", ev.YieldReported("draw", "glass", Decimal(7), Decimal(8), "g"),
         "gave 7 g of lot glass, which is counted in kg"),
        ("yield", ev.LotTransformed("m", "x", (part("slag", "1"),), (part("gold", "1.1"),)),
         "made 1.1 kg out of 1 kg"),
    ],
)  # fmt: skip
def test_a_ledger_that_does_not_add_up_is_found(kit: Any, name: str, body: Any, words: str) -> None:
    found = blocking(tree(kit).add(name, body, 4.5))
    assert any(words in message for message in found), found


def test_a_lot_taken_before_it_was_there_is_found(kit: Any) -> None:
    world = tree(kit)
    body, *_ = world.lines["split"]
    world.add("split", body, 0.5)
    assert any("before it was there" in message for message in blocking(world))


def test_a_lot_charged_that_no_product_names_is_a_warning(kit: Any) -> None:
    world = tree(kit).add("dope", registered("dope", "1"), 1)
    world.add("in", ev.MaterialCharged("coat", "dope", "dope", Decimal(1), KG), 4.2)
    found = [f for f in lot_findings(world.campaign()) if f.severity == "warning"]
    assert [f.subject for f in found] == ["dope"]


def test_two_lots_made_from_each_other_hang_nothing_and_are_found(kit: Any) -> None:
    world = kit.empty()
    world.add("a", registered("a", "1", "b"), 1)
    world.add("b", registered("b", "1", "a"), 2)
    assert any("made from itself" in message for message in blocking(world))
    assert {link.source for link in trace(world.campaign(), "a").back} == {"a", "b"}


def test_a_thing_not_on_record_is_refused_with_what_is(kit: Any) -> None:
    with pytest.raises(NotFoundError, match="'gold' is no lot") as refusal:
        trace(tree(kit).campaign(), "gold")
    assert "capsule" in refusal.value.remedy or "raw" in refusal.value.remedy
    with pytest.raises(NotFoundError) as empty:
        trace(fold([]), "gold")
    assert "register a lot" in empty.value.remedy


SPLITS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 40)), max_size=20
)  # of which lot so far, how many hundredths of a kilogram


@settings(max_examples=60, deadline=None)
@given(SPLITS)
def test_mass_is_conserved_by_any_splits_and_a_negative_rest_is_always_found(kit: Any, splits: Any) -> None:
    world = kit.empty().add("first", registered("lot-0", "1"), 1)
    for number, (source, hundredths) in enumerate(splits, 1):
        body = ev.LotSplit(f"lot-{source % number}", (part(f"lot-{number}", str(Decimal(hundredths) / 100)),))
        world.add(f"split-{number}", body, 1 + number)
    campaign = world.campaign()
    assert sum(balance.left for balance in balances(campaign).values()) == 1
    over = {name for name, balance in balances(campaign).items() if balance.left < 0}
    assert over == {f.subject for f in lot_findings(campaign) if "used twice" in f.message}
    found = trace(campaign, "lot-0")
    assert {link.target for link in found.forward} == set(lots(campaign)) - {"lot-0"}
    for name in lots(campaign):
        assert {link.source for link in trace(campaign, name).back} >= ({"lot-0"} - {name})
