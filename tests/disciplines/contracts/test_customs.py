"""What customs and export law ask, proved from the record: one flight, one foreign turn at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.disciplines.contracts.customs import Holding, Proof, customs_findings, customs_proofs
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.event import TYPE_OF, Event, version_of
from downmass.facts.party import Party

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
PLACES = {"Vandenberg": "US", "Mahia": "NZ", "uttr": "US", "koonibba": "AU"}
FIRST, SECOND, THIRD = (
    "launched from US customs territory on a US craft",
    "kept in space on US craft alone",
    "returned directly to US customs territory",
)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def record(*lines: tuple[str, float, Any]) -> Campaign:
    return fold(
        Event(
            id=name, campaign="c", type=TYPE_OF[type(body)], version=version_of(TYPE_OF[type(body)]),
            writer="ground", sequence=place, occurred_at=at(day), uncertainty_s=Decimal(0),
            recorded_at=at(day), origin="recorded", source="", cause=(), body=body,
        )
        for place, (name, day, body) in enumerate(lines)
    )  # fmt: skip


def tag(item: str, day: float) -> tuple[str, float, Any]:
    return (f"tag-{day:g}", day, ev.ExportTagged(item, "EAR", "EAR99", "ruling 7"))


def flown(site: str = "Vandenberg", back: str = "uttr", bus: str = "US", lab: str = "US",
          *more: tuple[str, float, Any]) -> Campaign:  # fmt: skip
    return record(
        ("maker", 0, ev.PartyJoined(Party("maker", "Maker", ("operator",), "US"))),
        ("bus", 0, ev.PartyJoined(Party("bus", "Bus", ("bus_provider",), bus))),
        ("lab", 0, ev.PartyJoined(Party("lab", "Lab", ("laboratory",), lab))),
        *more,
        ("launched", 10, ev.Launched("rocket", site, "capsule", "leo")),
        ("landed", 40, ev.Landed(back, back.title())),
    )


def holding(giver: str, party: str, day: float, until: float | None, **fields: Any) -> Holding:
    told: dict[str, Any] = {"names": frozenset({"capsule"}), "broken": False, "signed": True}
    told.update(fields)
    return Holding(
        item="capsule", giver=giver, party=party, since=at(day),
        until=at(until) if until is not None else None, entries=(f"hand-{day:g}",), **told,
    )  # fmt: skip


HANDS = (holding("bus", "maker", 5, 41), holding("maker", "lab", 41, None))


def proved(campaign: Campaign, hands: tuple[Holding, ...] = HANDS) -> dict[str, Proof]:
    found = customs_proofs(campaign, hands, lambda place: PLACES.get(place, ""))
    return {proof.predicate: proof for proof in found}


def test_a_flight_from_and_to_the_united_states_meets_the_three_conditions_by_named_entries() -> None:
    told = proved(flown())
    assert [told[name].holds for name in (FIRST, SECOND, THIRD)] == [True, True, True]
    assert told[FIRST].entries == ("launched", "maker", "bus")
    assert told[SECOND].entries == ("hand-5", "maker", "bus")
    assert told[THIRD].entries[0] == "landed"
    assert [told[name].norm for name in (FIRST, SECOND, THIRD)] == [
        "19 USC 1484a(1)", "19 USC 1484a(2)", "19 USC 1484a(3)",
    ]  # fmt: skip
    assert customs_findings("c", tuple(told.values())) == ()


@pytest.mark.parametrize(
    ("campaign", "broken", "words", "entry"),
    [
        (flown(site="Mahia"), {FIRST}, "launched from Mahia in NZ", "launched"),
        (flown(back="koonibba"), {THIRD}, "landed at Koonibba in AU", "landed"),
        (
            flown("Vandenberg", "uttr", "NZ", "US", tag("capsule", 3)),
            {FIRST, SECOND, THIRD},
            "bus of NZ owns or operates",
            "bus",
        ),
    ],
)
def test_a_broken_condition_names_the_entry_that_breaks_it(
    campaign: Campaign, broken: set[str], words: str, entry: str
) -> None:
    told = proved(campaign)
    assert {name for name, proof in told.items() if proof.holds is False} == broken
    for name in broken:
        assert words in told[name].because
        assert entry in told[name].entries
    findings = customs_findings("c", tuple(told.values()))
    assert len(findings) == len(broken)
    assert all(finding.severity == "warning" and "1484a" in finding.message for finding in findings)


def test_a_foreign_hand_in_flight_breaks_the_second_condition_alone() -> None:
    hands = (holding("bus", "maker", 5, 20), holding("maker", "lab", 20, None))
    told = proved(flown(lab="DE"), hands)
    assert told[SECOND].holds is False
    assert "lab of DE held capsule in flight" in told[SECOND].because
    assert told[SECOND].entries == ("hand-20",)


def test_a_gap_in_flight_breaks_the_second_condition_and_possession() -> None:
    hands = (holding("bus", "maker", 5, 20), holding("bus", "maker", 20, None, broken=True))
    told = proved(flown(), hands)
    assert told[SECOND].holds is False
    assert told["possession"].holds is False
    assert told["possession"].entries == ("hand-20",)


def test_what_did_not_fly_says_nothing_about_the_flight() -> None:
    elsewhere = holding("maker", "lab", 15, None, flew=False)
    told = proved(flown(lab="DE"), (HANDS[0], elsewhere))
    assert told[SECOND].holds is True


def test_before_the_launch_and_where_a_country_is_unknown_nothing_is_proved_or_broken() -> None:
    early = record(("maker", 0, ev.PartyJoined(Party("maker", "Maker", ("operator",)))))
    assert {proof.holds for proof in proved(early, ()).values()} == {None}
    unknown = proved(flown(site="a ship", back="the sea", bus=""))
    assert [unknown[name].holds for name in (FIRST, SECOND, THIRD)] == [None, None, None]
    assert "add the site" in unknown[FIRST].because


def test_an_item_that_crosses_a_border_must_be_tagged_before_it_does() -> None:
    assert proved(flown())["export tags"].holds is True  # nothing crosses
    untagged = proved(flown("Vandenberg", "uttr", "US", "DE"))["export tags"]
    assert untagged.holds is False
    assert untagged.entries == ("hand-41",)
    late = proved(flown("Vandenberg", "uttr", "US", "DE", tag("capsule", 42)))["export tags"]
    assert late.holds is False
    told = proved(flown("Vandenberg", "uttr", "US", "DE", tag("capsule", 3)))["export tags"]
    assert told.holds is True
    assert told.entries == ("hand-41", "tag-3")


def test_a_tag_on_what_is_inside_counts_for_its_container() -> None:
    inside = holding("maker", "lab", 41, None, names=frozenset({"capsule", "fibre-1"}))
    told = proved(flown("Vandenberg", "uttr", "US", "DE", tag("fibre-1", 3)), (HANDS[0], inside))
    assert told["export tags"].holds is True


def test_title_is_never_proved_by_a_hand_over() -> None:
    assert proved(flown())["ownership"].holds is None


def test_an_unsigned_hand_over_breaks_possession_and_is_left_to_the_custody_findings() -> None:
    told = proved(flown(), (HANDS[0], holding("maker", "lab", 41, None, signed=False)))
    assert told["possession"].holds is False
    assert customs_findings("c", tuple(told.values())) == ()
