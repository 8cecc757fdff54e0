"""A nonconformity is investigated in other batches too, and actions on it come in time and have effect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from downmass.base.instant import Window
from downmass.disciplines.quality.investigation import (
    capa_findings,
    inquiries,
    investigation_findings,
    lacking_before_closing,
)
from downmass.disciplines.quality.release import review_by_exception
from downmass.facts import event as ev


def blocked(world: Any) -> set[str]:
    return {o.rule for o in review_by_exception(world.campaign()) if not o.met}


def closed(kit: Any, world: Any, effect: str = "none") -> Any:
    body = ev.NonconformityClosed(
        "nc-1", "a seal", effect, "a new seal", kit.signed("rex", 46, "approval")  # type: ignore[arg-type]
    )  # fmt: skip
    return world.add("closed", body, 46)


def raised(kit: Any, lead: str = "rex") -> Any:
    world = kit.controlled().add("nc", ev.NonconformityRaised("nc-1", "a leak"), 45)
    return world.add("opened", ev.InvestigationOpened("nc-1", lead, "why?", kit.at(48)), 45.1)


NONE = ev.SistersSearched("nc-1", "leaks of this seal", (), none_exist=True)


def test_closing_without_a_search_of_other_batches_is_an_exception(kit: Any) -> None:
    world = closed(kit, raised(kit))
    assert blocked(world) == {"investigations"}
    assert blocked(world.add("searched", NONE, 45.2)) == set()


def test_a_search_from_before_the_investigation_is_none(kit: Any) -> None:
    world = closed(kit, raised(kit)).add("searched", NONE, 45.05)
    (inquiry,) = inquiries(world.campaign())
    assert inquiry.searched == ()
    assert "no search of sister batches" in str(lacking_before_closing(inquiry))
    assert blocked(world) == {"investigations"}


def test_a_closing_that_nobody_investigated_is_an_exception(kit: Any) -> None:
    world = closed(kit, raised(kit)).without("opened")
    assert blocked(world) == {"investigations"}


def test_who_performed_a_phase_does_not_lead(kit: Any) -> None:
    world = closed(kit, raised(kit, lead="amy")).add("searched", NONE, 45.2)
    assert blocked(world) == set()
    world.add("performed", ev.PhaseSigned("grow", "performed", kit.signed("amy", 16.5)), 16.5)
    assert blocked(world) == {"investigations", "people"}, "and amy has no training in the recipe"


def test_who_performs_by_their_role_does_not_lead(kit: Any) -> None:
    world = closed(kit, raised(kit, lead="ann")).add("searched", NONE, 45.2)
    assert blocked(world) == {"investigations"}


def test_what_was_found_in_a_sister_batch_is_put_before_the_reader(kit: Any) -> None:
    sister = ev.SisterBatch("c-0", "lot-0", 40, "00", ("capsule-000004",))
    world = closed(kit, raised(kit)).add("searched", ev.SistersSearched("nc-1", "leaks", (sister,)), 45.2)
    (note,) = investigation_findings(world.campaign())
    assert (note.severity, "lot-0" in note.message) == ("note", True)


def test_a_batch_cited_for_the_process_and_not_searched_is_pointed_out(kit: Any) -> None:
    cited = ev.CitedBatch("c-0", "recipe", "1", "lot-0", "released", kit.at(0), 9, "00")
    world = raised(kit).add("searched", NONE, 45.2).add("cited", ev.ProcessCited((cited,)), 1)
    (finding,) = investigation_findings(world.campaign(), kit.at(47))
    assert (finding.severity, "lot-0 of c-0" in finding.message) == ("warning", True)


def test_an_investigation_that_is_late_is_a_finding(kit: Any) -> None:
    world = raised(kit).add("searched", NONE, 45.2)
    found = investigation_findings(world.campaign(), kit.at(48.1))
    assert ["was due on" in finding.message for finding in found] == [True]
    assert investigation_findings(world.campaign(), kit.at(47.9)) == ()


def test_in_a_live_campaign_without_control_recipe_it_is_a_warning(kit: Any) -> None:
    world = kit.complete().add("nc", ev.NonconformityRaised("nc-1", "a leak"), 45)
    found = investigation_findings(closed(kit, world).campaign())
    assert [finding.severity for finding in found] == ["warning"]


@pytest.mark.parametrize(("kind", "severity"), [("corrective", "blocking"), ("preventive", "warning")])
def test_an_overdue_action_is_a_finding_and_a_corrective_one_blocks(
    kit: Any, kind: Any, severity: str
) -> None:
    world = closed(kit, raised(kit), "minor").add("searched", NONE, 45.2)
    world.add("capa", ev.CapaOpened("capa-1", "nc-1", kind, "new seals", "ann", kit.at(60)), 46.1)
    assert [f.severity for f in capa_findings(world.campaign(), kit.at(59))] == ["note"]
    assert [f.severity for f in capa_findings(world.campaign(), kit.at(61))] == [severity]


def test_an_action_without_effect_asks_for_another(kit: Any) -> None:
    world = closed(kit, raised(kit), "minor").add("searched", NONE, 45.2)
    world.add("capa", ev.CapaOpened("capa-1", "nc-1", "corrective", "new seals", "ann", kit.at(60)), 46.1)
    done = ev.CapaClosed("capa-1", False, "leaks again", kit.signed("rex", 49))
    world.add("capa-closed", done, 49)
    assert blocked(world) == {"actions"}
    world.add("capa-2", ev.CapaOpened("capa-2", "nc-1", "corrective", "other", "ann", kit.at(90)), 49.5)
    assert blocked(world) == set()


def test_an_effect_with_no_action_wants_a_person(kit: Any) -> None:
    world = closed(kit, raised(kit), "minor").add("searched", NONE, 45.2)
    assert [f.severity for f in capa_findings(world.campaign())] == ["warning"]
    assert blocked(world) == set()


def _out_of_specification(kit: Any) -> Any:
    world = kit.controlled().add("assay", kit.result("smp-1", "assay", "97.0"), 43)
    world.add("nc", ev.NonconformityRaised("nc-1", "low assay"), 45, ("assay",))
    world.add("opened", ev.InvestigationOpened("nc-1", "rex", "why?", kit.at(60)), 45.1)
    world.add("searched", NONE, 45.2)
    return closed(kit, world)


def _authorised(kit: Any, world: Any, times: int, day: float = 45.5) -> Any:
    body = ev.RetestAuthorised(
        "nc-1", "assay", "smp-1", times, "a cracked cell", kit.signed("rex", day, "approval")
    )
    return world.add("retest-authorised", body, day)


def test_a_retest_counts_only_where_it_was_authorised_beforehand(kit: Any) -> None:
    # FDA, OOS guidance, 2022: the number of retests is fixed in advance.
    world = _out_of_specification(kit)
    world.add("retest", kit.result("smp-1", "assay", "100.0", retest=True), 45.8)
    assert blocked(world) == {"results"}
    assert blocked(_authorised(kit, world, 1, day=45.9)) == {"results"}, "authorised after it was made"
    assert blocked(_authorised(kit, world, 1)) == set()


def test_a_retest_beyond_the_number_authorised_never_counts(kit: Any) -> None:
    world = _authorised(kit, _out_of_specification(kit), 1)
    world.add("first", kit.result("smp-1", "assay", "97.5", retest=True), 45.8)
    world.add("second", kit.result("smp-1", "assay", "100.0", retest=True), 45.9)
    assert blocked(world) == {"results"}


def test_no_retest_drops_or_averages_the_first_result(kit: Any) -> None:
    world = _authorised(kit, _out_of_specification(kit), 5)
    for number in range(5):
        body = kit.result("smp-1", "assay", "102.0", retest=True)
        world.add(f"retest-{number}", body, 45.6 + number / 100)
    world.add("closed", world.lines["closed"][0].__class__(
        "nc-1", "none found", "minor", "-", kit.signed("rex", 46, "approval")
    ), 46)  # fmt: skip
    assert "results" in blocked(world), "the mean of 97 and five times 102 would pass"


def _excursion(kit: Any, worst: str = "135", closes: float = 15.6) -> Any:
    world = kit.controlled()
    world.add("furnace", kit.segment("furnace", "grow", 15, 16, ("70", "100", worst)), 16.1)
    body = ev.ExcursionDetected(
        "ex-1", "furnace", Window(kit.at(15.5), kit.at(closes)), "C", Decimal(130), Decimal(worst)
    )
    return world.add("excursion", body, 15.7)


def _deviation(
    kit: Any, day: float = 9, high: str = "140", until: float = 16, parameter: str = "furnace"
) -> Any:
    return ev.DeviationPlanned(
        "dev-1", "hotter to save a run", kit.at(until), kit.signed("rex", day, "approval"),
        parameter, Decimal(60), Decimal(high),
    )  # fmt: skip


def test_an_excursion_inside_a_planned_deviations_bounds_is_foreseen(kit: Any) -> None:
    assert blocked(_excursion(kit)) == {"parameters"}
    assert blocked(_excursion(kit).add("deviation", _deviation(kit), 9)) == set()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"high": "134"}, "it goes up to 134"),
        ({"until": 15.55}, "it ended on"),
        ({"day": 15.6}, "planned after the excursion began"),
    ],
)
def test_beyond_the_bounds_of_a_deviation_it_is_a_nonconformity(
    kit: Any, changes: dict[str, Any], words: str
) -> None:
    world = _excursion(kit).add("deviation", _deviation(kit, **changes), changes.get("day", 9))
    outcome = next(o for o in review_by_exception(world.campaign()) if o.rule == "parameters")
    assert not outcome.met
    assert any(words in finding.message for finding in outcome.findings)


def test_a_deviation_of_another_parameter_covers_nothing(kit: Any) -> None:
    world = _excursion(kit).add("deviation", _deviation(kit, parameter="pressure"), 9)
    assert blocked(world) == {"parameters"}
