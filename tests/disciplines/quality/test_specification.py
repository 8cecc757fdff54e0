"""Results against limits: no out-of-specification result is averaged or wished away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.disciplines.quality import specification
from downmass.facts import event as ev


def outcome(world: Any, attribute: str = "assay") -> str:
    found = {v.attribute.id: v for v in specification.verdicts(world.campaign())}
    return str(found[attribute].outcome)


def investigated(
    kit: Any, world: Any, entry: str, day: float, effect: Any = "none", close: bool = True
) -> Any:
    world.add(f"nc-{entry}", ev.NonconformityRaised(f"nc-{entry}", "out of specification"), day, (entry,))
    if close:
        body = ev.NonconformityClosed(
            f"nc-{entry}", "wrong dilution", effect, "train", kit.signed("rex", day + 1, "approval")
        )
        world.add(f"closed-{entry}", body, day + 1)
    return world


def test_a_value_on_the_limit_passes_and_one_beyond_it_fails(kit: Any) -> None:
    on = kit.complete().add("assay", kit.result("smp-1", "assay", "98.0"), 43)
    beyond = kit.complete().add("assay", kit.result("smp-1", "assay", "97.99"), 43)
    assert outcome(on) == "passes"
    assert outcome(beyond) == "out_of_specification"


def test_a_missing_result_is_said_with_its_method(kit: Any) -> None:
    verdict = specification.verdicts(kit.complete().without("water").campaign())[1]
    assert verdict.outcome == "missing"
    assert "Karl Fischer" in verdict.findings[0].message


def test_a_result_in_another_unit_is_not_converted_silently(kit: Any) -> None:
    world = kit.complete().add("water", kit.result("smp-1", "water", "0.002", unit="fraction"), 43.1)
    verdict = specification.verdicts(world.campaign())[1]
    assert verdict.outcome == "not_comparable"
    assert verdict.findings[0].severity == "blocking"


def test_two_passing_repeats_do_not_average_an_out_of_specification_result_away(kit: Any) -> None:
    # FDA's OOS guidance (2022): passing and failing results are not averaged to pass.
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    world.add("again", kit.result("smp-1", "assay", "100.0"), 44).add(
        "more", kit.result("smp-1", "assay", "100.0"), 44.1
    )
    assert outcome(world) == "out_of_specification"


def test_a_retest_without_an_investigation_does_not_count(kit: Any) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    world.add("retest", kit.result("smp-1", "assay", "100.0", retest=True), 45)
    verdict = specification.verdicts(world.campaign())[0]
    assert verdict.outcome == "out_of_specification"
    assert any("has no investigation" in finding.message for finding in verdict.findings)


def test_an_explained_result_gives_way_to_the_retest_and_stays_in_sight(kit: Any) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    investigated(kit, world, "assay", 44)
    world.add("retest", kit.result("smp-1", "assay", "100.0", retest=True), 46)
    verdict = specification.verdicts(world.campaign())[0]
    assert verdict.outcome == "passes"
    assert [event.id for event in verdict.explained] == ["assay"]


@pytest.mark.parametrize("effect", ["minor", "batch_lost"])
def test_an_investigation_that_confirms_the_result_leaves_it_standing(kit: Any, effect: str) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    investigated(kit, world, "assay", 44, effect)
    world.add("retest", kit.result("smp-1", "assay", "100.0", retest=True), 46)
    assert outcome(world) == "out_of_specification"


def test_an_open_investigation_explains_nothing(kit: Any) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    investigated(kit, world, "assay", 44, close=False)
    world.add("retest", kit.result("smp-1", "assay", "100.0", retest=True), 46)
    assert outcome(world) == "out_of_specification"


def test_a_failing_retest_is_out_of_specification_too(kit: Any) -> None:
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    investigated(kit, world, "assay", 44)
    world.add("retest", kit.result("smp-1", "assay", "97.5", retest=True), 46)
    assert outcome(world) == "out_of_specification"


def test_a_result_for_a_sample_nobody_took_blocks(kit: Any) -> None:
    found = specification.result_findings(kit.complete().without("sample-1").campaign())
    assert {f.severity for f in found} == {"blocking"}


def test_a_corrected_result_is_pointed_out_to_the_reviewer(kit: Any) -> None:
    fixed = {
        "sample": "smp-1", "attribute": "assay", "value": "99.0", "unit": "percent", "method": "m",
        "laboratory": "lab", "retest": False,
    }  # fmt: skip
    world = kit.complete().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    world.add("fix", ev.EntryCorrected("assay", "typing error", fixed), 44)
    assert outcome(world) == "passes"
    found = specification.result_findings(world.campaign())
    assert [(f.severity, f.evidence) for f in found] == [("warning", ("assay", "fix"))]


def test_results_of_one_lot_say_nothing_of_another(kit: Any) -> None:
    campaign = kit.complete().campaign()
    assert {v.outcome for v in specification.verdicts(campaign, "another-lot")} == {"missing"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.decimals("90", "110", places=1), min_size=1, max_size=6))
def test_an_attribute_passes_exactly_when_every_original_result_does(kit: Any, values: list[Decimal]) -> None:
    world = kit.complete().without("assay")
    for number, value in enumerate(values):
        world.add(f"r{number}", kit.result("smp-1", "assay", str(value)), 43 + number / 10)
    inside = all(Decimal("98.0") <= value <= Decimal("102.0") for value in values)
    assert outcome(world) == ("passes" if inside else "out_of_specification")
