"""What blocks release, and that evidence takes blocks away one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.disciplines.quality import release
from downmass.facts import event as ev
from downmass.facts.campaign import fold


def blocked(world: Any, **more: Any) -> set[str]:
    outcomes = release.review_by_exception(world.campaign(), **more)
    return {outcome.rule for outcome in outcomes if not outcome.met}


def test_a_complete_batch_has_nothing_left_that_blocks(kit: Any) -> None:
    assert blocked(kit.complete()) == set()
    assert blocked(kit.released(kit.complete())) == set()


def test_an_empty_record_is_told_what_it_lacks_and_does_not_raise() -> None:
    messages = [finding.message for finding in release.blockers(fold([]))]
    assert any("no master recipe" in message for message in messages)
    assert any("batch record is not reviewed" in message for message in messages)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("recipe", "recipe"),
        ("complete", "phases"),
        ("product", "lots"),
        ("raw", "lots"),
        ("furnace", "parameters"),
        ("separated", "custody"),
        ("to-lab", "custody"),
        ("sample-2", "samples"),
        ("assay", "results"),
        ("batch-review", "batch_record_review"),
        ("audit-review", "audit_trail_review"),
    ],
)
def test_leaving_one_line_out_blocks_by_its_own_rule(kit: Any, line: str, rule: str) -> None:
    assert rule in blocked(kit.complete().without(line))


def test_every_blocker_says_what_to_do_or_what_happened(kit: Any) -> None:
    world = kit.complete().without("assay", "furnace", "to-lab", "sample-2", "batch-review")
    for finding in release.blockers(world.campaign()):
        assert finding.subject
        assert len(finding.message) > 20


def test_a_late_entry_makes_reviews_and_release_stale(kit: Any) -> None:
    world = kit.released(kit.complete())
    world.add("late", kit.segment("furnace", "grow", 15, 16, ("70", "100", "120")), 16, recorded=60)
    assert blocked(world) == {"batch_record_review", "audit_trail_review", "release_signature"}


def test_an_entry_recorded_aboard_but_received_late_is_late_by_order_of_arrival(kit: Any) -> None:
    world = kit.released(kit.complete())
    world.add("aboard", kit.segment("furnace", "grow", 15, 16, ("70", "100", "120")), 16, recorded=17)
    arrival = [name for name in world.lines if name != "aboard"] + ["aboard"]
    assert blocked(world) == set()
    assert "release_signature" in blocked(world, arrival=arrival)


def test_money_after_the_release_does_not_make_it_stale(kit: Any) -> None:
    world = kit.released(kit.complete())
    world.add("closed", ev.CampaignClosed("released"), 60)
    assert blocked(world) == set()


@pytest.mark.parametrize("person", ["rex", "ann", "cus"])
def test_who_reviewed_or_performed_or_has_no_such_role_cannot_release(kit: Any, person: str) -> None:
    assert blocked(kit.released(kit.complete(), by=person)) == {"release_signature"}


def test_who_performed_cannot_review(kit: Any) -> None:
    body = ev.RecordReviewed("batch_record", "fine", kit.signed("ann", 50, "review"))
    world = kit.complete().add("batch-review", body, 50)
    assert blocked(world) == {"batch_record_review"}


def test_a_review_signed_with_another_meaning_is_no_review(kit: Any) -> None:
    body = ev.RecordReviewed("audit_trail", "fine", kit.signed("rex", 50.1, "authorship"))
    assert blocked(kit.complete().add("audit-review", body, 50.1)) == {"audit_trail_review"}


def test_shelf_life_blocks_from_the_day_it_ends(kit: Any) -> None:
    world = kit.complete()
    assert blocked(world, at=kit.at(16 + 199.9)) == set()
    assert blocked(world, at=kit.at(16 + 200)) == {"shelf_life"}


def test_a_nonconformity_blocks_until_it_is_closed_and_for_good_if_the_batch_is_lost(kit: Any) -> None:
    world = kit.complete().add("nc", ev.NonconformityRaised("nc-1", "a leak"), 20)
    assert blocked(world) == {"nonconformities"}
    for effect, expected in (("minor", set()), ("batch_lost", {"nonconformities"})):
        closing = ev.NonconformityClosed(
            "nc-1", "a seal", effect, "replace", kit.signed("rex", 45, "approval")  # type: ignore[arg-type]
        )  # fmt: skip
        assert blocked(world.add("nc-closed", closing, 45)) == expected


def test_a_custody_gap_can_be_assessed_but_never_disappears(kit: Any) -> None:
    world = kit.complete().without("separated")
    assert blocked(world) == {"custody"}
    world.add("nc", ev.NonconformityRaised("nc-1", "no hand-over at separation"), 44, ("to-lab",))
    closing = ev.NonconformityClosed("nc-1", "form lost", "none", "a list", kit.signed("rex", 45, "approval"))
    world.add("nc-closed", closing, 45)
    assert blocked(world) == set()
    custody = next(o for o in release.review_by_exception(world.campaign()) if o.rule == "custody")
    assert any("assessed in nc-1" in finding.message for finding in custody.findings)


def test_a_hole_in_a_writers_counter_blocks(kit: Any) -> None:
    events = kit.complete().events()
    outcomes = release.review_by_exception(fold(events[:5] + events[6:]))
    assert "whole_record" in {outcome.rule for outcome in outcomes if not outcome.met}


def test_two_samples_with_one_label_block(kit: Any) -> None:
    world = kit.complete().add("sample-3", ev.SampleTaken("smp-3", "crystals-1", "release", "L-1"), 42.2)
    assert blocked(world) == {"samples"}


def test_simulated_results_are_marked_and_do_not_block(kit: Any) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "99.5"), 43, origin="simulated")
    results = next(o for o in release.review_by_exception(world.campaign()) if o.rule == "results")
    assert results.met
    assert [finding.severity for finding in results.findings] == ["note"]


def test_readiness_counts_what_is_there_and_what_is_asked(kit: Any) -> None:
    ready = release.readiness(kit.complete().campaign())
    assert (ready.rules_met, ready.results_passing, ready.results_required) == (ready.rules, 2, 2)
    early = release.readiness(kit.complete().without("assay", "batch-review").campaign())
    assert early.results_passing == 1
    assert early.rules - early.rules_met == 2


def test_yield_is_made_over_planned(kit: Any) -> None:
    # 90 g made of 100 g planned: 90 percent (21 CFR 211.103).
    assert release.yield_percent(kit.complete().campaign()) == Decimal(90)


OPTIONAL = (
    "furnace", "sample-2", "assay", "water", "logger", "complete", "recovered",
    "audit-review", "batch-review",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(OPTIONAL)), st.sampled_from(OPTIONAL))
def test_evidence_never_adds_a_blocked_rule(kit: Any, missing: set[str], found: str) -> None:
    # A transfer or a result can reveal that a transfer before it is missing, so transfers are all there;
    # what a rule cannot judge yet (shelf life before making) is not in play: the shelf life is long.
    poorer = kit.complete().without(*(missing | {found}))
    richer = kit.complete().without(*(missing - {found}))
    assert blocked(richer) <= blocked(poorer)


@settings(max_examples=30, deadline=None)
@given(st.permutations(OPTIONAL))
def test_blocked_rules_shrink_to_none_as_evidence_comes_in(kit: Any, order: list[str]) -> None:
    missing = set(OPTIONAL)
    before = blocked(kit.complete().without(*missing))
    for name in order:
        missing.remove(name)
        after = blocked(kit.complete().without(*missing))
        assert after <= before
        before = after
    assert before == set()
