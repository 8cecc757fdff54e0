"""A recipe that cannot run as written is found out; one that can is frozen by its content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.derivation import wider
from downmass.disciplines.execution.recipes import (
    approval,
    control_findings,
    derivation_findings,
    freeze,
    governing_recipe,
    predecessors,
    recipe_findings,
    recipe_sha256,
    roles_at,
)
from downmass.disciplines.execution.soundness import blocking
from downmass.facts import event as ev
from downmass.facts.codec import body_from_json, body_to_json
from downmass.facts.procedure import phases_of
from downmass.facts.recipe import MasterRecipe, MaterialLot, Setpoint, UnitEquipment, UnitNeed

Change = Callable[[Any], MasterRecipe]


def phase(kit: Any, which: str, **changes: Any) -> MasterRecipe:
    phases = [replace(p, **changes) if p.id == which else p for p in phases_of(kit.recipe)]
    return replace(kit.recipe, procedure=kit.procedure(*phases))


def first(kit: Any, part: str, **changes: Any) -> MasterRecipe:
    """The recipe with the first of a part changed."""
    one, *rest = getattr(kit.recipe, part)
    return replace(kit.recipe, **{part: (replace(one, **changes), *rest)})


def test_a_sound_recipe_has_no_finding(kit: Any) -> None:
    assert recipe_findings(kit.recipe) == ()


FAULTS: list[tuple[Change, str]] = [
    (lambda k: phase(k, "grow", after=("grow",)), "phase 'Grow' follows itself; take it out"),
    (
        lambda k: phase(k, "grow", after=("anneal",)),
        "follows 'anneal', which is no phase of the recipe; use one",
    ),
    (lambda k: phase(k, "melt", after=("grow",)), "phase 'Melt' cannot be reached: it waits for grow"),
    (
        lambda k: replace(k.recipe, procedure=k.procedure(k.melt, k.melt)),
        "2 phases are called 'melt'; give each",
    ),
    (
        lambda k: first(k, "parameters", unit=""),
        "parameter 'Oven temperature' has a limit without a unit; give",
    ),
    (lambda k: first(k, "specification", unit=" "), "attribute 'Assay' has a limit without a unit"),
    (lambda k: first(k, "checks", unit=""), "check 'Colour' has a limit without a unit"),
    (
        lambda k: first(k, "parameters", unit="", low=None, high=None),
        "sets 'oven' to 120 without a unit; give",
    ),
    (lambda k: first(k, "materials", unit=""), "the quantity of 'drug' has no unit; give it"),
    (lambda k: first(k, "sample_plan", unit=""), "the quantity of 'one' has no unit"),
    (
        lambda k: first(k, "parameters", low=Decimal(131)),
        "has its low limit 131 above its high 130; swap them",
    ),
    (
        lambda k: first(k, "parameters", high=Decimal(110)),
        "sets 'oven' to 120 C, outside 60 to 110; set it inside",
    ),
    (lambda k: phase(k, "melt", setpoints=(Setpoint("kiln", Decimal(1)),)), "'kiln', which is no parameter"),
    (
        lambda k: phase(k, "melt", parameters=("kiln",)),
        "measures 'kiln', which is no parameter of the recipe; add",
    ),
    (
        lambda k: phase(k, "melt", checks=("smell",)),
        "makes check 'smell', which the recipe does not describe",
    ),
    (
        lambda k: first(k, "checks", attribute="taste"),
        "stands for 'taste', which is not in the specification",
    ),
    (
        lambda k: replace(k.recipe, units=(UnitNeed("kiln", "Kiln"),)),
        "unit 'kiln' is used by no unit procedure",
    ),
    (lambda k: replace(k.recipe, samples=3), "`samples` says 3, the sample plan has 2; make them agree"),
    (lambda k: replace(k.recipe, retention_samples=2), "`retention_samples` says 2, the sample plan has 1"),
    (lambda k: replace(k.recipe, samples=0), "1 of 0 samples are to be retained"),
    (lambda k: first(k, "sample_plan", tests=("taste",)), "is tested for 'taste', which is not in the spec"),
    (lambda k: first(k, "sample_plan", tests=()), "no sample for release is tested for 'Assay'; plan one"),
    (lambda k: phase(k, "grow", roles=()), "is supervised and names no role that may command it; name"),
    (lambda k: phase(k, "melt", autonomy="crew"), "is crew and names no role"),
    (
        lambda k: phase(k, "grow", autonomy="telerobotic"),
        "does not say which delay it bears; give `latency_s`",
    ),
    (lambda k: replace(k.recipe, procedure=()), "has no phase; write at least one"),
    (
        lambda k: replace(k.recipe, yield_low_percent=Decimal(99), yield_high_percent=Decimal(90)),
        "swap the bounds",
    ),
    (lambda k: replace(k.recipe, coverage_percent=Decimal(101)), "cannot be reached; ask for at most 100"),
    (
        lambda k: replace(k.recipe, kind="general", derived_from="a/1"),
        "a general recipe derives from nothing",
    ),
    (
        lambda k: replace(k.recipe, kind="site"),
        "names the general recipe it derives from; give `derived_from`",
    ),
    (lambda k: replace(k.recipe, derived_from="general"), "write it as id/version"),
    (
        lambda k: replace(k.recipe, storage=replace(k.recipe.storage, low_C=Decimal(31))),
        "low limit 31 C above",
    ),
]


@pytest.mark.parametrize(("change", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_fault_of_a_recipe_blocks_it_and_says_the_way_out(change: Change, words: str, kit: Any) -> None:
    found = blocking(recipe_findings(change(kit)))
    assert any(words in finding.message for finding in found), [f.message for f in found]
    assert all("; " in finding.message for finding in found)


def test_what_is_merely_doubtful_does_not_block(kit: Any) -> None:
    for change, words in (
        (phase(kit, "melt", needs_sun=True, hold_limit_h=None), "in every eclipse"),
        (phase(kit, "melt", hold_limit_h=Decimal(9000)), "longer than the shelf life"),
        (phase(kit, "grow", checks=()), "made in no phase"),
    ):
        (finding,) = recipe_findings(change)
        assert (words in finding.message, finding.severity) == (True, "warning")


def test_a_phase_follows_the_one_before_it_where_it_names_none(kit: Any) -> None:
    assert predecessors(kit.recipe, "melt") == ()
    assert predecessors(kit.recipe, "grow") == ("melt",)
    assert predecessors(phase(kit, "grow", after=("anneal",)), "grow") == ("anneal",)


def test_phases_that_name_what_they_follow_may_stand_in_any_order(kit: Any) -> None:
    grow, melt = replace(kit.grow, after=("melt",)), replace(kit.melt, after=())
    back = replace(kit.recipe, procedure=kit.procedure(melt, grow))
    assert recipe_findings(back) == ()


@given(data=st.data())
def test_a_recipe_is_runnable_to_its_end_unless_a_finding_says_it_is_not(
    data: st.DataObject, kit: Any
) -> None:
    """Carry phases out in any order that their predecessors allow: all are reached, or it is found."""
    names = ["a", "b", "c", "d"]
    follows = [data.draw(st.lists(st.sampled_from([*names, "z"]), max_size=2, unique=True)) for _ in names]
    phases = [replace(kit.melt, id=n, after=tuple(f)) for n, f in zip(names, follows, strict=True)]
    recipe = replace(kit.recipe, procedure=kit.procedure(kit.grow, *phases))
    done: set[str] = set()
    for _ in range(5):
        done |= {p.id for p in phases_of(recipe) if set(predecessors(recipe, p.id)) <= done}
    stuck = {p.id for p in phases_of(recipe)} - done
    found = {finding.subject for finding in blocking(recipe_findings(recipe))}
    assert stuck == found


def test_the_hash_is_of_the_content_and_survives_the_record(kit: Any) -> None:
    stored = body_from_json("recipe.drafted", 1, body_to_json(ev.RecipeDrafted(kit.recipe))).recipe
    assert recipe_sha256(stored) == recipe_sha256(kit.recipe)
    assert recipe_sha256(replace(kit.recipe, version="2")) != recipe_sha256(kit.recipe)
    assert recipe_sha256(first(kit, "parameters", high=Decimal(131))) != recipe_sha256(kit.recipe)


def test_a_field_that_says_nothing_is_not_in_the_hash(kit: Any) -> None:
    """So a field that a later version adds changes no hash that was signed before."""
    told = body_to_json(ev.RecipeDrafted(kit.recipe))["recipe"]
    without = {key: value for key, value in told.items() if key not in ("training", "coverage_percent")}
    read = body_from_json("recipe.drafted", 1, {"recipe": without}).recipe
    assert recipe_sha256(read) == recipe_sha256(kit.recipe)


def signed(kit: Any) -> Any:
    record = kit.opened().add(ev.RecipeDrafted(kit.recipe))
    return record.signed("ada", "authorship").signed("rex", "review").signed("quinn", "approval")


def test_a_version_is_approved_by_three_people_over_its_content(kit: Any) -> None:
    stands = approval(signed(kit).campaign(), "crystal", "1")
    assert (stands.approved, stands.findings) == (True, ())
    assert (stands.author, stands.reviewers, stands.approver) == ("ada", ("rex",), "quinn")
    assert stands.recipe_sha256 == recipe_sha256(kit.recipe)


def test_a_version_nobody_drafted_is_not_approved(kit: Any) -> None:
    stands = approval(kit.opened().campaign(), "crystal", "1")
    assert not stands.approved
    assert "record recipe.drafted first" in stands.findings[0].message


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ((("ada", "authorship"), ("rex", "review")), "no signature of approval"),
        ((("rex", "review"), ("quinn", "approval")), "no signature of authorship"),
        ((("ada", "authorship"), ("quinn", "review"), ("quinn", "approval")), "let two people sign"),
        ((("ada", "authorship"), ("ada", "review"), ("quinn", "approval")), "for authorship and for review"),
        ((("ada", "authorship"), ("rex", "review"), ("olga", "approval")), "was not of the quality unit"),
    ],
)
def test_a_signature_that_is_missing_or_of_the_wrong_person_keeps_it_from_use(
    people: tuple[tuple[str, str], ...], words: str, kit: Any
) -> None:
    record = kit.opened().add(ev.RecipeDrafted(kit.recipe))
    for person, meaning in people:
        record.signed(person, meaning)
    stands = approval(record.campaign(), "crystal", "1")
    assert not stands.approved
    assert any(words in finding.message for finding in stands.findings)


def test_signatures_over_other_content_do_not_count_until_signed_anew(kit: Any) -> None:
    record = signed(kit)
    draft = next(event for event in record.events if event.type == "recipe.drafted")
    milder = first(kit, "parameters", high=Decimal(125))
    record.add(ev.EntryCorrected(draft.id, "typing error", body_to_json(ev.RecipeDrafted(milder))))
    stands = approval(record.campaign(), "crystal", "1")
    assert not stands.approved
    assert any("signed another content" in finding.message for finding in stands.findings)
    for person, meaning in (("ada", "authorship"), ("rex", "review"), ("quinn", "approval")):
        record.signed(person, meaning, milder)
    assert approval(record.campaign(), "crystal", "1").approved


def test_who_had_left_the_quality_unit_could_not_approve_and_who_leaves_later_could(kit: Any) -> None:
    before = (
        kit.opened().add(ev.RecipeDrafted(kit.recipe)).add(ev.RoleWithdrawn("quinn", "quality_unit", "left"))
    )
    before.signed("ada", "authorship").signed("rex", "review").signed("quinn", "approval")
    assert not approval(before.campaign(), "crystal", "1").approved
    after = signed(kit).add(ev.RoleWithdrawn("quinn", "quality_unit", "left"))
    assert approval(after.campaign(), "crystal", "1").approved
    assert roles_at(after.campaign(), "quinn", "at the end") == frozenset()


def below(kit: Any, **changes: Any) -> MasterRecipe:
    return replace(kit.recipe, **{"id": "crystal-site", "derived_from": "crystal/1", **changes})


def general(kit: Any, **changes: Any) -> MasterRecipe:
    return replace(kit.recipe, kind="general", **changes)


def test_a_recipe_may_narrow_what_it_derives_from(kit: Any) -> None:
    narrow = below(kit, parameters=(replace(kit.recipe.parameters[0], low=Decimal(80), high=Decimal(125)),))
    assert derivation_findings(general(kit), narrow) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda k: below(k, derived_from="crystal/2"), "name 'crystal/1' in `derived_from`"),
        (lambda k: below(k, kind="general"), "a general recipe does not derive from a general recipe"),
        (lambda k: below(k, product="powder"), "it makes powder"),
        (lambda k: below(k, parameters=()), "parameter 'Oven temperature' of the recipe above is left out"),
        (lambda k: below(k, parameters=(replace(k.recipe.parameters[0], high=None),)), "narrow it"),
        (lambda k: below(k, parameters=(replace(k.recipe.parameters[0], low=Decimal(59)),)), "59 to 130"),
        (lambda k: below(k, parameters=(replace(k.recipe.parameters[0], unit="K"),)), "use the same unit"),
        (
            lambda k: below(k, parameters=(replace(k.recipe.parameters[0], critical=False),)),
            "keep it critical",
        ),
        (lambda k: below(k, specification=()), "attribute 'Assay' of the recipe above is left out"),
        (lambda k: below(k, checks=()), "check 'Colour' of the recipe above is left out"),
        (lambda k: below(k, samples=1), "fewer samples"),
        (lambda k: below(k, storage=replace(k.recipe.storage, high_C=Decimal(40))), "warmer or colder"),
        (
            lambda k: below(k, storage=replace(k.recipe.storage, shelf_life_d=Decimal(201))),
            "longer than 200 d",
        ),
        (
            lambda k: below(k, procedure=k.procedure(replace(k.melt, hold_limit_h=None), k.grow)),
            "longer than 2 h",
        ),
        (
            lambda k: below(k, procedure=k.procedure(replace(k.melt, significant=False))),
            "keep it significant",
        ),
    ],
)
def test_a_recipe_may_not_widen_what_it_derives_from(change: Change, words: str, kit: Any) -> None:
    found = blocking(derivation_findings(general(kit), change(kit)))
    assert any(words in finding.message for finding in found), [f.message for f in found]


LIMIT = st.one_of(st.none(), st.integers(-5, 5).map(Decimal))


@given(LIMIT, LIMIT, LIMIT, LIMIT, st.integers(-9, 9).map(Decimal))
def test_limits_that_are_not_wider_allow_nothing_the_ones_above_refuse(
    low: Decimal | None,
    high: Decimal | None,
    low_above: Decimal | None,
    high_above: Decimal | None,
    x: Decimal,
) -> None:
    def allows(least: Decimal | None, most: Decimal | None) -> bool:
        return (least is None or x >= least) and (most is None or x <= most)

    if not wider(low, high, low_above, high_above) and allows(low, high):
        assert allows(low_above, high_above)


EQUIPMENT = (UnitEquipment("furnace", "furnace-7"),)
LOTS = (MaterialLot("drug", "drug-1"),)


def test_a_frozen_recipe_says_which_content_it_froze(kit: Any) -> None:
    control = freeze(kit.recipe, "ctl", "b1", EQUIPMENT, LOTS, (Setpoint("oven", Decimal(110)),))
    assert (control.recipe, control.version) == ("crystal", "1")
    assert control.recipe_sha256 == recipe_sha256(kit.recipe)
    assert control_findings(kit.recipe, control) == ()


@pytest.mark.parametrize(
    ("equipment", "lots", "value", "words"),
    [
        (EQUIPMENT, LOTS, Setpoint("oven", Decimal(131)), "set to 131 C, outside its limits 60 to 130"),
        (EQUIPMENT, LOTS, Setpoint("kiln", Decimal(1)), "'kiln' is no parameter of the recipe"),
        ((), LOTS, None, "unit furnace has no equipment"),
        ((*EQUIPMENT, *EQUIPMENT), LOTS, None, "more than one piece of equipment"),
        ((*EQUIPMENT, UnitEquipment("kiln", "k")), LOTS, None, "'kiln' is no unit of the recipe"),
        (EQUIPMENT, (), None, "material 'Drug substance' has no lot"),
        (EQUIPMENT, (*LOTS, MaterialLot("salt", "s")), None, "'salt' is no material of the recipe"),
    ],
)
def test_what_lies_outside_the_recipe_cannot_be_frozen(
    equipment: Any, lots: Any, value: Any, words: str, kit: Any
) -> None:
    with pytest.raises(RefusedError, match=words) as refusal:
        freeze(kit.recipe, "ctl", "b1", equipment, lots, (value,) if value else ())
    assert refusal.value.remedy


def test_a_recipe_at_fault_or_above_the_master_cannot_be_frozen(kit: Any) -> None:
    with pytest.raises(RefusedError, match="a limit without a unit"):
        freeze(first(kit, "parameters", unit=""), "ctl", "b1", EQUIPMENT, LOTS)
    with pytest.raises(RefusedError, match="general recipe"):
        freeze(general(kit), "ctl", "b1", EQUIPMENT, LOTS)


def test_a_control_recipe_of_another_content_is_found_out(kit: Any) -> None:
    other = first(kit, "parameters", high=Decimal(129))
    (finding,) = control_findings(other, kit.control)
    assert "its hash is not that of recipe crystal version 1" in finding.message


def test_the_batch_runs_by_the_version_it_froze_whatever_is_adopted_later(kit: Any) -> None:
    later = replace(kit.recipe, version="2")
    record = kit.frozen().add(ev.RecipeAdopted(later))
    assert record.campaign().recipe == later
    assert governing_recipe(record.campaign()) == kit.recipe
