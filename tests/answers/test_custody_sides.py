"""The custody answer of a small campaign whose box is refused once, taken, and opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.answers.answer import Answer
from downmass.answers.case import Case
from downmass.answers.custody import custody
from downmass.answers.track import track
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.event import TYPE_OF, Event, LotPart, version_of
from downmass.facts.finding import Finding
from downmass.facts.party import Party, Person, Signature
from downmass.facts.recipe import Product
from downmass.operations.knowledge import knowledge

START = datetime(2031, 3, 1, 12, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def signed(person: str, day: float) -> Signature:
    return Signature(person, person.title(), at(day), "responsibility", f"{day:g}")


def kilograms(lot: str, quantity: int) -> LotPart:
    return LotPart(lot, Decimal(quantity), "kg")


LIFE: tuple[tuple[float, Any], ...] = (
    (0, ev.PartyJoined(Party("maker", "Fibre Works", ("operator",), "US"))),
    (0, ev.PartyJoined(Party("lab", "Glass Lab", ("laboratory",), "DE"))),
    (0, ev.RoleAssigned(Person("ann", "Ann", "maker"), "operator")),
    (0, ev.RoleAssigned(Person("lea", "Lea", "lab"), "laboratory")),
    (1, ev.LotRegistered("glass", "preform", Decimal(3), "kg")),
    (2, ev.LotSplit("glass", (kilograms("glass-a", 2),))),
    (3, ev.LotTransformed("draw-1", "fibre", (kilograms("glass-a", 2),), (kilograms("fibre", 1),))),
    (3.5, ev.ExportTagged("fibre", "EAR", "EAR99", "ruling 7")),
    (4, ev.ContainerPacked("spool", ("fibre",), "S-1")),
    (5, ev.CustodyOffered("off-1", "spool", "maker", "lab", "dock", "dry", "S-1", signed("ann", 5))),
    (5.1, ev.CustodyRefused("off-1", "no papers", signed("lea", 5.1))),
    (6, ev.CustodyOffered("off-2", "spool", "maker", "lab", "dock", "dry", "S-1", signed("ann", 6))),
    (6.1, ev.CustodyAccepted("off-2", "scratched", "S-1", signed("lea", 6.1))),
    (7, ev.SealBroken("spool", "S-1", "sampling")),
    (7.1, ev.ContainerUnpacked("spool", ("fibre",))),
    (8, ev.SampleTaken("smp-1", "fibre", "release", "L-1")),
)


def case(until: float = 9, loose: tuple[Finding, ...] = ()) -> Case:
    events = [
        Event(
            id=f"e-{place}", campaign="c", type=TYPE_OF[type(body)],
            version=version_of(TYPE_OF[type(body)]), writer="ground", sequence=place, occurred_at=at(day),
            uncertainty_s=Decimal(0), recorded_at=at(day), origin="recorded", source="", cause=(), body=body,
        )
        for place, (day, body) in enumerate(LIFE)
        if day <= until
    ]  # fmt: skip
    return Case(fold(events), knowledge(), at(until), 1, 10, (), loose=loose)


@pytest.fixture(scope="module")
def told() -> Answer:
    return custody(case())


def rows(answer: Answer, title: str) -> tuple[tuple[str, ...], ...]:
    return next((table.rows for table in answer.tables if table.title == title), ())


def test_the_headline_is_one_sentence_with_who_has_it_and_what_differs(told: Answer) -> None:
    assert told.headline == (
        "1 hand-over, 1 signed by both sides, no gaps in the chain; Glass Lab has it; "
        "1 found otherwise than given."
    )


def test_the_chain_shows_both_sides(told: Answer) -> None:
    ((_, item, giver, receiver, place, given, found, seal, seal_found, sides, _),) = rows(
        told, "Chain of custody"
    )
    assert (item, giver, receiver, place) == ("spool", "Fibre Works", "Glass Lab", "dock")
    assert (given, found, seal, seal_found, sides) == ("dry", "scratched", "S-1", "S-1", "both")


def test_track_names_who_took_an_item_by_offer_and_acceptance() -> None:
    product = Product("fibre", "Fibre", "fibre", "space-for-earth", "kg", Decimal(1), "opinion", "made up")
    opened = ev.CampaignOpened("A spool", product, "live", 1)

    def headline(until: float) -> str:
        told = case(until)
        return track(replace(told, campaign=replace(told.campaign, opened=opened))).headline

    assert ", held by Glass Lab;" in headline(9)
    assert "held by" not in headline(6), "an offer moves nothing"


def test_an_offer_under_way_is_told_in_the_headline_and_moves_nothing() -> None:
    answer = custody(case(until=6))
    assert "Fibre Works offers spool to Glass Lab, not accepted yet" in answer.headline
    assert [row[5] for row in rows(answer, "Offers that moved nothing")] == ["refused", "open"]
    assert rows(answer, "Chain of custody") == ()


def test_genealogy_runs_both_ways_with_the_mass_balance_beside_it(told: Answer) -> None:
    links = [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows(told, "Genealogy")]
    assert links == [
        ("fibre", "from", "glass", "glass-a", "split", "2 kg"),
        ("fibre", "from", "glass-a", "fibre", "transformed", "2 kg"),
        ("fibre", "to", "fibre", "smp-1", "sampled", ""),
        ("fibre", "to", "fibre", "spool", "packed", ""),
    ]
    left = {row[0]: row[-1] for row in rows(told, "Mass balance of the lots")}
    assert left == {"glass": "1", "glass-a": "0", "fibre": "1"}


def test_seals_export_tags_and_proofs_are_shown_with_their_entries(told: Answer) -> None:
    assert [row[2] for row in rows(told, "Seals")] == [
        "packed",
        "given",
        "given",
        "found",
        "broken",
        "unpacked",
    ]
    assert rows(told, "Export tags")[0][1:4] == ("fibre", "EAR", "EAR99")
    proofs = {row[0]: row for row in rows(told, "What the law asks, proved from the record")}
    assert proofs["export tags"][1] == "yes"
    assert "e-7" in proofs["export tags"][3]
    assert proofs["returned directly to US customs territory"][1] == "open"


def test_a_loose_signature_is_marked_counted_and_found() -> None:
    loose = Finding("e-12", "the signature of Lea is not over this record", "blocking", ("e-12",))
    answer = custody(case(loose=(loose,)))
    marked = {row[4]: row[6] for row in rows(answer, "Signatures")}
    assert marked["e-12"] == "NO"
    assert marked["e-11"] == "yes"
    assert loose in answer.findings
    assert "signatures that do not fit what they stand under: 1" in answer.headline


def test_without_any_hand_the_answer_says_what_to_record() -> None:
    answer = custody(case(until=4))
    assert answer.missing
    assert "custody.offered" in answer.missing[0]


def test_the_same_case_gives_the_same_answer(told: Answer) -> None:
    assert custody(case()) == told
    assert replace(told, headline="") != told
