"""W-1 from order to settlement, told as its ledger tells it.

    2023-01-09  order, recipe, contract and plan are on record                        assumed
    2023-02-01  licence and range are asked for                                       assumed
    2023-06-12  lift-off from Vandenberg on Transporter-8                             public
    2023-06-30  the run in orbit is complete                                          public
    2023-07-17  the first return date is missed; a change is asked for                public
    2023-09-06  licence and range are refused                                         public
    2023-09-08  reconsideration is asked for                                          public
    2023-09-14  the one element set                                                   public
    2024-02-14  the licence is granted                                                public
    2024-02-18  staging burns, until 02-21 the deorbit                                public
    2024-02-21  21:40 UTC: landing in Utah                                            public
    2024-03-08  laboratory results                                                    simulated
    2024-03-28  release; on the next day settlement and closing                       simulated

Dates: FAA, SpaceNews, TechCrunch, Healio, Rocket Lab and press, as named in examples/w1/history.toml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from downmass.answers.answer import Answer, Dots
from downmass.base.instant import parse_instant
from downmass.disciplines.orbit.elements import epoch_of
from downmass.disciplines.orbit.windows import find_passes
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.opening import OpenCampaign, open_campaign

LANDED = parse_instant("2024-02-21T21:40:00Z")

At = Callable[[str], Campaign]


@pytest.fixture(scope="module")
def w1() -> Iterator[OpenCampaign]:
    with open_campaign("w1") as campaign:
        yield campaign


@pytest.fixture(scope="module")
def at(w1: OpenCampaign) -> At:
    """The campaign as it was known at the end of a day."""
    return w1.state


def value(answer: Answer, name: str) -> str:
    found = next(v for v in answer.values if v.name == name)
    return found.exact or found.p50 or ""


def test_before_the_order_nothing_is_known(at: At) -> None:
    assert at("2023-01-08").stage == "empty"


def test_the_order_brings_recipe_contract_plan_parties_and_people(at: At) -> None:
    state = at("2023-01-09")
    assert state.stage == "ordered"
    assert state.product is not None
    assert state.product.name == "Ritonavir crystals, Form III"
    assert (state.recipe is not None, state.contract is not None, state.basis is not None) == (True,) * 3
    assert {"varda", "faa", "usaf-uttr", "improved-pharma"} <= set(state.parties)
    assert state.gates == {}


def test_licence_and_range_are_asked_for_and_wait(at: At) -> None:
    assert at("2023-01-31").gates == {}
    assert {gate: s.status for gate, s in at("2023-02-01").gates.items()} == {
        "reentry-licence": "waiting",
        "uttr-range": "waiting",
    }


def test_lift_off_is_known_on_the_day_and_not_before(at: At) -> None:
    assert at("2023-06-11").stage == "ordered"
    state = at("2023-06-12")
    assert state.stage == "launched"
    launch = state.last(ev.Launched)
    assert launch is not None
    assert launch.origin == "public"
    assert launch.occurred_at == parse_instant("2023-06-12T14:35:00-07:00")


def test_the_run_takes_27_hours_and_is_complete_on_30_june(at: At) -> None:
    running, complete = [e for e in at("2023-06-30").all(ev.PhaseMoved) if e.body.phase == "run"]
    assert complete.occurred_at - running.occurred_at == timedelta(hours=27)
    assert (complete.origin, complete.writer) == ("public", "capsule")
    assert at("2023-06-29").stage == "launched"
    assert at("2023-06-30").stage == "processed"


def test_the_missed_return_becomes_a_change_both_parties_accept_and_a_new_plan(at: At) -> None:
    before, after = at("2023-07-16"), at("2023-07-20")
    assert before.last(ev.ChangeRequested) is None
    assert [e.body.decision for e in after.all(ev.ChangeDecided)] == ["accepted", "accepted"]
    returns = [
        next(p.when.closes for p in state.plan.placements if p.activity == "return")
        for state in (before, after)
        if state.plan is not None
    ]
    assert [f"{day:%Y-%m-%d}" for day in returns] == ["2023-07-17", "2023-09-05"]


def test_the_refusal_is_known_on_6_september_and_not_on_the_5th(at: At, w1: OpenCampaign) -> None:
    assert {s.status for s in at("2023-09-05").gates.values()} == {"waiting"}
    assert {s.status for s in at("2023-09-06").gates.values()} == {"refused"}
    told = {day: w1.ask("when", day) for day in ("2023-09-05", "2023-09-06")}
    words = {day: str((answer.tables, answer.evidence)) for day, answer in told.items()}
    assert "refused" not in words["2023-09-05"]
    assert "refused" in words["2023-09-06"]


def test_asked_again_the_gates_wait_with_the_refusal_in_their_history(at: At) -> None:
    licence = at("2023-09-08").gates["reentry-licence"]
    assert licence.status == "waiting"
    assert [e.type for e in licence.history] == ["gate.applied", "gate.decided", "gate.applied"]


def test_the_element_set_is_unknown_before_14_september(at: At, w1: OpenCampaign) -> None:
    assert at("2023-09-13").last(ev.ElementsReceived) is None
    assert at("2023-09-14").last(ev.ElementsReceived) is not None
    dots = {
        day: [plot for plot in w1.ask("when", day).plots if isinstance(plot, Dots)]
        for day in ("2023-09-13", "2023-09-14")
    }
    assert dots["2023-09-13"] == []
    assert dots["2023-09-14"]


def test_the_windows_for_utah_include_one_within_30_minutes_of_the_landing(at: At) -> None:
    """From the single element set of 2023-09-14, 160 days old at the landing."""
    state = at("2024-02-20")
    received = state.last(ev.ElementsReceived)
    assert received is not None
    elements = received.body.elements
    assert f"{epoch_of(elements):%Y-%m-%d}" == "2023-09-14"
    assert len(state.all(ev.ElementsReceived)) == 1
    site = next(s for s in state.sites if s.id == "uttr")
    wide = type(site)(site.id, site.name, site.latitude_deg, site.longitude_deg, Decimal(1300), site.source)
    passes = find_passes(elements, [wide], LANDED - timedelta(days=1), LANDED + timedelta(days=1))
    nearest = min(passes, key=lambda p: abs(p.at - LANDED))
    assert abs(nearest.at - LANDED) <= timedelta(minutes=30)
    assert nearest.heading == "descending"


def test_as_of_the_launch_the_forecast_reaches_beyond_the_landing_on_both_sides(w1: OpenCampaign) -> None:
    answer = w1.ask("when", "2023-06-12")
    early = parse_instant(value(answer, "landing, 5 % point"))
    late = parse_instant(value(answer, "landing, 95 % point"))
    assert early < LANDED < late


def test_the_licence_opens_the_gates_and_a_second_change_moves_the_return_to_february(at: At) -> None:
    assert at("2024-02-13").gates["reentry-licence"].status == "waiting"
    state = at("2024-02-14")
    assert {s.status for s in state.gates.values()} == {"granted"}
    assert [e.body.number for e in state.all(ev.ChangeRequested)] == [1, 2]
    assert state.plan is not None
    back = next(p.when.closes for p in state.plan.placements if p.activity == "return")
    assert back == LANDED


def test_three_burns_bring_it_down_and_it_lands_254_days_after_launch(at: At) -> None:
    assert at("2024-02-20").last(ev.Landed) is None
    state = at("2024-02-21")
    assert state.stage == "landed"
    assert [e.body.purpose for e in state.all(ev.BurnPerformed)] == ["staging", "staging", "deorbit"]
    landed, launched = state.last(ev.Landed), state.last(ev.Launched)
    assert landed is not None
    assert launched is not None
    assert (landed.occurred_at, landed.body.site, landed.origin) == (LANDED, "uttr", "public")
    assert (landed.occurred_at - launched.occurred_at).days == 254


def test_the_chain_of_custody_has_no_gap_and_every_hand_over_two_signatures(w1: OpenCampaign) -> None:
    told = w1.ask("custody", "2024-03-30")
    assert value(told, "gaps") == "0"
    assert value(told, "hand-overs") == value(told, "signed by both sides") == "4"
    assert w1.state().holders == {"w1-vials": "improved-pharma"}


def test_quality_blocks_release_until_everything_is_tested_closed_and_reviewed(w1: OpenCampaign) -> None:
    days = ("2023-06-12", "2023-09-06", "2024-02-21", "2024-03-12", "2024-03-28")
    blocking = [int(value(w1.ask("quality", day), "findings that block release")) for day in days]
    assert blocking[-1] == 0
    assert all(count > 0 for count in blocking[:-1])


def test_simulated_laboratory_numbers_are_marked_so_wherever_they_are_leaned_on(w1: OpenCampaign) -> None:
    results = w1.state().all(ev.ResultReported)
    assert {e.origin for e in results} == {"simulated"}
    told = w1.ask("quality", "2024-03-30")
    leaned = [item for item in told.evidence if any(item.ref.startswith(e.id) for e in results)]
    assert len(leaned) == len(results)
    assert all(item.note.endswith("(simulated)") for item in leaned)


def test_release_is_signed_by_one_who_may_and_settlement_sums_to_zero(at: At) -> None:
    state = at("2024-03-30")
    released = state.last(ev.DispositionDecided)
    assert released is not None
    assert (released.body.decision, released.body.signature.signer) == ("released", "qa-release")
    assert ("qa-release", "release") in {(e.body.person.id, e.body.role) for e in state.all(ev.RoleAssigned)}
    settled = state.last(ev.Settled)
    assert settled is not None
    balance = dict.fromkeys(state.parties, 0)
    for posting in settled.body.postings:
        balance[posting.debtor] -= posting.amount.minor
        balance[posting.creditor] += posting.amount.minor
    assert sum(balance.values()) == 0
    assert (at("2024-03-28").stage, state.stage) == ("released", "closed")


def test_what_a_regulator_delays_is_not_counted_against_the_provider_beyond_the_contract(
    w1: OpenCampaign,
) -> None:
    told = w1.ask("pays", "2024-03-30")
    assert value(told, "sum over the parties") == "0.00"
    # The clause caps the damages at 10 percent of 12 MUSD (examples/w1, class opinion).
    damages = sum(
        p.amount.minor
        for p in w1.state().all(ev.Settled)[-1].body.postings
        if p.debtor == "varda" and p.creditor == "pharma-customer"
    )
    assert 0 < damages <= 120_000_000


def test_the_answer_on_gravity_speaks_of_survival_and_claims_no_gain(w1: OpenCampaign) -> None:
    """The ground controls made Form III too (ChemRxiv 2024-03-21): survival, not a gain."""
    headline = w1.ask("where", "2024-03-30").headline
    assert "survives" in headline
    assert re.search(r"not that\s+microgravity improves", headline)


def test_every_entry_says_how_it_came_to_be_and_what_is_not_public_says_so(w1: OpenCampaign) -> None:
    for event in w1.events():
        assert event.origin in ("public", "assumed", "simulated")
        assert event.source.strip(), event.id
    public = [event for event in w1.events() if event.origin == "public"]
    assert {e.type for e in public} >= {"flight.launched", "gate.decided", "flight.elements", "flight.landed"}
    assert not [e for e in public if e.type.startswith(("result", "contract", "disposition", "custody"))]


def test_the_record_is_whole_and_proves_itself(w1: OpenCampaign) -> None:
    found = w1.verify()
    assert (found.damage, found.size) == (None, found.covered)
    assert w1.state().findings == ()
