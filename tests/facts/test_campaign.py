"""The fold takes any sequence, loses nothing, and says what does not fit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.quantity import Spread

LIFE = (
    (ev.CampaignOpened, "ordered"),
    (ev.Launched, "launched"),
    (ev.PhaseMoved, "processed"),
    (ev.Landed, "landed"),
    (ev.Recovered, "recovered"),
    (ev.ResultReported, "tested"),
    (ev.DispositionDecided, "released"),
    (ev.Settled, "settled"),
    (ev.CampaignClosed, "closed"),
)


@pytest.fixture(scope="session")
def log(bodies: tuple[Any, ...], tell: Any) -> list[ev.Event[Any]]:
    """Every entry type once, in the order of a campaign's life."""
    return [tell(body, number) for number, body in enumerate(bodies)]


def messages(events: list[ev.Event[Any]]) -> str:
    return "\n".join(finding.message for finding in fold(events).findings)


def test_nothing_folds_to_an_empty_campaign() -> None:
    state = fold([])
    assert (state.stage, state.size, state.recorded_until, state.findings) == ("empty", 0, None, ())


@given(data=st.data())
def test_any_sequence_gives_a_state_that_keeps_every_entry(
    data: st.DataObject, log: list[ev.Event[Any]]
) -> None:
    events = data.draw(st.lists(st.sampled_from(log), max_size=60))
    state = fold(events)
    assert state.size == len(events)
    assert state.arrival == tuple(event.id for event in events)
    assert sum(len(group) for group in state.events.values()) == len(events)
    assert fold(events) == state


def test_a_whole_counter_leaves_no_finding(log: list[ev.Event[Any]], tell: Any) -> None:
    assert "arrived" not in messages(log[:20])
    assert "counts back" not in messages(log[:20])


def test_a_missing_entry_is_found_and_counted(log: list[ev.Event[Any]]) -> None:
    assert "3 entries of writer ground have not arrived, from 5 on" in messages([*log[:5], *log[8:20]])


def test_an_entry_told_twice_is_found(log: list[ev.Event[Any]]) -> None:
    assert "writer ground counts back to 4; 5 was next" in messages([*log[:5], log[4], *log[5:20]])


def test_writers_count_each_for_himself(tell: Any) -> None:
    moved = ev.PhaseMoved("run", "execute")
    events = [tell(moved, 0), tell(moved, 0, "capsule"), tell(moved, 1), tell(moved, 1, "capsule")]
    assert fold(events).findings == ()


def test_the_stage_follows_the_campaigns_life(bodies: tuple[Any, ...], tell: Any) -> None:
    by_type = {type(body): body for body in bodies}
    by_type[ev.PhaseMoved] = ev.PhaseMoved("run", "complete")
    events: list[ev.Event[Any]] = []
    for number, (kind, stage) in enumerate(LIFE):
        events.append(tell(by_type[kind], number))
        assert fold(events).stage == stage


@pytest.mark.parametrize(("decision", "stage"), [("rejected", "rejected"), ("quarantined", "tested")])
def test_only_release_and_rejection_end_the_tests(
    decision: str, stage: str, bodies: tuple[Any, ...], tell: Any
) -> None:
    by_type = {type(body): body for body in bodies}
    decided = replace(by_type[ev.DispositionDecided], decision=decision)
    assert fold([tell(by_type[ev.ResultReported], 0), tell(decided, 1)]).stage == stage


def test_a_lost_batch_is_lost_whatever_came_before(log: list[ev.Event[Any]]) -> None:
    assert fold([e for e in log if e.type not in ("contract.settled", "campaign.closed")]).stage == "lost"


def test_a_correction_replaces_the_body_and_keeps_the_entry(tell: Any) -> None:
    wrong = tell(ev.LotRegistered("lot-1", "drug", Decimal("50"), "kg"), 0)
    fields = {"lot": "lot-1", "material": "drug", "quantity": "5", "unit": "kg", "made_from": []}
    state = fold([wrong, tell(ev.EntryCorrected(wrong.id, "a digit too many", fields), 1)])
    (lot,) = state.all(ev.LotRegistered)
    assert (lot.id, lot.body.quantity) == (wrong.id, Decimal("5"))
    assert state.corrected == {wrong.id: "ground-000001"}
    assert state.size == 2


@pytest.mark.parametrize(
    ("target", "fields", "reason"),
    [
        ("ground-000099", {}, "is not in the record"),
        ("ground-000000", {"lot": "lot-1"}, "does not fit"),
        ("ground-000000", {"colour": "red"}, "does not fit"),
    ],
)
def test_a_correction_that_does_not_fit_changes_nothing_and_is_found(
    target: str, fields: dict[str, Any], reason: str, tell: Any
) -> None:
    lot = tell(ev.LotRegistered("lot-1", "drug", Decimal("50"), "kg"), 0)
    state = fold([lot, tell(ev.EntryCorrected(target, "no", fields), 1)])
    assert state.all(ev.LotRegistered) == (lot,)
    assert state.corrected == {}
    assert reason in state.findings[0].message


def test_a_gate_asked_for_again_waits_and_keeps_its_history(tell: Any) -> None:
    refused = ev.GateDecided("licence", "licence", "agency", "refused", "no")
    asked = ev.GateApplied("licence", "licence", "agency")
    events = [tell(asked, 0), tell(refused, 1)]
    assert fold(events).gates["licence"].status == "refused"
    again = [*events, tell(asked, 2)]
    assert fold(again).gates["licence"].status == "waiting"
    granted = [*again, tell(replace(refused, decision="granted"), 3)]
    assert fold(granted).gates["licence"].status == "granted"
    assert len(fold(granted).gates["licence"].history) == 4


@pytest.mark.parametrize(
    "target", ["run", "licence", "launch_slip_d", "return_slip_d", "return_spacing_d", "lunch"]
)
def test_a_revised_estimate_takes_the_old_ones_place(target: str, bodies: tuple[Any, ...], tell: Any) -> None:
    stated = next(body for body in bodies if isinstance(body, ev.PlanBasisStated))
    later = Spread(Decimal(5), Decimal(6), Decimal(7), "read", "measured")
    state = fold([tell(stated, 0), tell(ev.EstimateRevised(target, later, "measured"), 1)])
    assert state.basis is not None
    found = {a.id: a.duration_d for a in state.basis.activities} | {
        g.id: g.delay_d for g in state.basis.gates
    }
    known = found.get(target, getattr(state.basis, target, None))
    assert known == (None if target == "lunch" else later)
    assert bool(state.findings) == (target == "lunch")


def test_a_revision_that_cannot_be_true_is_a_finding_and_not_a_crash(
    bodies: tuple[Any, ...], tell: Any
) -> None:
    stated = next(body for body in bodies if isinstance(body, ev.PlanBasisStated))
    less = Spread(Decimal(-5), Decimal(0), Decimal(7), "read", "measured")
    state = fold([tell(stated, 0), tell(ev.EstimateRevised("run", less, "no"), 1)])
    assert state.basis == stated.basis
    assert "below 0" in state.findings[0].message


def test_who_holds_a_thing_is_who_received_it_last(tell: Any) -> None:
    hand = ev.CustodyTransferred("vials", "maker", "carrier", "pad", "sealed")
    back = replace(hand, giver="carrier", receiver="lab")
    assert fold([tell(hand, 0), tell(back, 1)]).holders == {"vials": "lab"}
