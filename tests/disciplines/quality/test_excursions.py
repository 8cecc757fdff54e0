"""Process parameters: limits, gaps, and how much arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.instant import Window, union_length
from downmass.disciplines.quality import excursions, release
from downmass.facts import event as ev
from downmass.facts.recipe import Parameter


def furnace(world: Any) -> excursions.ParameterRecord:
    return excursions.parameter_records(world.campaign())[0]


def blocking(world: Any) -> list[str]:
    return [f.message for f in excursions.excursion_findings(world.campaign()) if f.severity == "blocking"]


def test_a_full_record_within_limits_has_no_findings(kit: Any) -> None:
    record = furnace(kit.complete())
    assert (record.coverage, record.within, record.gaps) == (1.0, True, ())
    assert excursions.excursion_findings(kit.complete().campaign()) == ()


def test_a_parameter_without_any_record_blocks(kit: Any) -> None:
    assert furnace(kit.complete().without("furnace")).coverage is None
    assert blocking(kit.complete().without("furnace"))


def test_time_in_which_the_phase_ran_without_a_segment_is_a_gap(kit: Any) -> None:
    world = kit.complete().add(
        "furnace", kit.segment("furnace", "grow", 15, 15.75, ("70", "100", "120")), 16.1
    )
    record = furnace(world)
    assert record.gaps[0].days == pytest.approx(0.25)
    assert record.coverage == pytest.approx(0.75)
    assert any("75.0%" in message for message in blocking(world))


def test_missing_measurements_below_the_requirement_block_and_above_it_are_a_note(kit: Any) -> None:
    few = kit.segment("furnace", "grow", 15, 16, ("70", "100", "120"), counts=(1000, 940))
    many = kit.segment("furnace", "grow", 15, 16, ("70", "100", "120"), counts=(1000, 960))
    assert blocking(kit.complete().add("furnace", few, 16.1))
    world = kit.complete().add("furnace", many, 16.1)
    assert blocking(world) == []
    found = excursions.excursion_findings(world.campaign())
    assert [f.severity for f in found] == ["note"]
    assert "40 measurements" in found[0].message


def test_the_requirement_is_an_argument(kit: Any) -> None:
    many = kit.segment("furnace", "grow", 15, 16, ("70", "100", "120"), counts=(1000, 960))
    campaign = kit.complete().add("furnace", many, 16.1).campaign()
    strict = excursions.excursion_findings(campaign, required=Decimal("0.99"))
    assert [f.severity for f in strict] == ["blocking"]


def test_a_segment_beyond_limits_without_a_declared_excursion_blocks(kit: Any) -> None:
    world = kit.complete().add("furnace", kit.segment("furnace", "grow", 15, 16, ("70", "100", "131")), 16.1)
    assert any("no excursion was declared" in message for message in blocking(world))


def excursion(kit: Any, world: Any, cause: tuple[str, ...] = ()) -> Any:
    world.add("furnace", kit.segment("furnace", "grow", 15, 16, ("70", "100", "131")), 16.1)
    when = Window(kit.at(15.2), kit.at(15.3))
    body = ev.ExcursionDetected("exc-1", "furnace", when, "C", Decimal(130), Decimal(131))
    return world.add("excursion", body, 16.15, cause)


def test_a_declared_excursion_blocks_until_a_nonconformity_names_it(kit: Any) -> None:
    world = excursion(kit, kit.complete())
    assert any("nobody assessed it" in message for message in blocking(world))
    world.add("nc", ev.NonconformityRaised("nc-1", "hot", "exc-1"), 17)
    assert blocking(world) == []


def test_a_deviation_planned_beforehand_covers_its_excursion(kit: Any) -> None:
    world = kit.complete()
    body = ev.DeviationPlanned(
        "dev-1", "overshoot while heating", kit.at(16), kit.signed("rex", 9, "approval")
    )
    world.add("deviation", body, 9)
    assert blocking(excursion(kit, world, ("deviation",))) == []


def test_a_deviation_that_ran_out_covers_nothing(kit: Any) -> None:
    world = kit.complete()
    body = ev.DeviationPlanned("dev-1", "overshoot", kit.at(15.1), kit.signed("rex", 9, "approval"))
    world.add("deviation", body, 9)
    assert blocking(excursion(kit, world, ("deviation",)))


def test_a_segment_in_another_unit_is_not_compared(kit: Any) -> None:
    kelvin = kit.segment("furnace", "grow", 15, 16, ("343", "373", "393"), unit="K")
    world = kit.complete().add("furnace", kelvin, 16.1)
    assert furnace(world).within is None
    assert any("'K'" in message for message in blocking(world))


def stored(kit: Any, opens: float, closes: float, phase: str = "storage") -> Any:
    """The batch with a bay thermometer (limits of storage) in its recipe, on record from day to day."""
    world = kit.complete().without("logger")
    bay = Parameter("bay", "Payload bay temperature", "C", Decimal(2), Decimal(30))
    recipe = kit.recipe()
    world.add("recipe", ev.RecipeAdopted(replace(recipe, parameters=(*recipe.parameters, bay))), 0.1)
    return world.add("bay", kit.segment("bay", phase, opens, closes, ("18", "20", "23")), closes)


def bay(world: Any, at: Any = None) -> excursions.ParameterRecord:
    return next(r for r in excursions.parameter_records(world.campaign(), at) if r.parameter.id == "bay")


@pytest.mark.parametrize("phase", ["storage", "grow"])
def test_a_storage_parameter_is_asked_for_from_making_to_sampling(kit: Any, phase: str) -> None:
    """Made on day 16, sampled on day 42: a record that stops on day 29 covers half of it."""
    record = bay(stored(kit, 16, 29, phase))
    assert record.coverage == pytest.approx(0.5)
    assert [gap.days for gap in record.gaps] == pytest.approx([13.0])
    assert (record.received, record.expected, record.asked) == (1000, 1000, 2000)
    assert any("50.0% of Payload bay temperature" in m for m in blocking(stored(kit, 16, 29, phase)))
    whole = stored(kit, 16, 42, phase)
    assert bay(whole).coverage == 1.0
    assert blocking(whole) == []


def test_a_parameter_that_keeps_storage_limits_is_asked_for_though_it_went_silent_at_making(kit: Any) -> None:
    assert bay(stored(kit, 15, 16, "grow")).coverage == pytest.approx(1 / 27)


def test_other_limits_are_asked_for_in_storage_once_a_segment_of_it_tells_of_storage(kit: Any) -> None:
    world = stored(kit, 16, 29)
    recipe = world.lines["recipe"][0].recipe
    narrow = tuple(replace(p, high=Decimal(25)) if p.id == "bay" else p for p in recipe.parameters)
    world.add("recipe", ev.RecipeAdopted(replace(recipe, parameters=narrow)), 0.1)
    assert bay(world).coverage == pytest.approx(0.5)


def test_a_product_not_sampled_is_asked_for_to_the_moment_of_asking(kit: Any) -> None:
    world = stored(kit, 16, 29)
    flying = type(world)({name: line for name, line in world.lines.items() if line[1] < 30})
    assert bay(flying, kit.at(29)).coverage == 1.0
    assert bay(flying, kit.at(42)).coverage == pytest.approx(0.5)


def test_what_is_lost_is_asked_for_no_longer(kit: Any) -> None:
    world = stored(kit, 16, 29)
    flying = type(world)({name: line for name, line in world.lines.items() if line[1] < 30})
    flying.add("lost", ev.Lost("orbit", "equipment", "the bus fell silent"), 29)
    assert bay(flying, kit.at(42)).coverage == 1.0


@given(st.floats(16.5, 42), st.floats(0, 26))
def test_coverage_never_exceeds_the_share_of_the_storage_on_record(
    kit: Any, closes: float, later: float
) -> None:
    world = stored(kit, 16, closes).without("sample-1", "sample-2")
    asked_d = max(closes, 16 + later) - 16
    assert bay(world, kit.at(max(closes, 16 + later))).coverage == pytest.approx((closes - 16) / asked_d)


def test_a_gap_in_storage_assessed_in_a_nonconformity_blocks_no_longer(kit: Any) -> None:
    world = stored(kit, 16, 29)
    rules = {o.rule: o for o in release.review_by_exception(world.campaign())}
    assert not rules["parameters"].met
    world.add("nc", ev.NonconformityRaised("nc-1", "the logger stopped"), 43, ("bay",))
    signature = kit.signed("rex", 45, "approval")
    world.add("nc-closed", ev.NonconformityClosed("nc-1", "battery", "none", "new cell", signature), 45)
    rules = {o.rule: o for o in release.review_by_exception(world.campaign())}
    assert rules["parameters"].met
    assert any("assessed in nc-1" in finding.message for finding in rules["parameters"].findings)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=8))
def test_gaps_and_record_together_fill_what_was_asked(kit: Any, spans: list[tuple[int, int]]) -> None:
    asked = Window(kit.at(0), kit.at(100))
    seen = [Window(kit.at(start), kit.at(start + length)) for start, length in spans]
    missing = [gap.when for gap in excursions.gaps("p", seen, [asked])]
    clipped = [
        Window(max(w.opens, asked.opens), min(w.closes, asked.closes)) for w in seen if w.opens < asked.closes
    ]
    assert union_length([*missing, *clipped]) == timedelta(days=100)
    assert union_length(missing) + union_length(clipped) == timedelta(days=100)
