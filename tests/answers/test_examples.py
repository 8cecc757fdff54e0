"""The examples that are to be flown answer all questions as soon as they are opened."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from math import pi
from pathlib import Path
from typing import Any, get_args

import pytest

from downmass.answers.answer import QUESTIONS
from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.judge import judge
from downmass.disciplines.process.prediction import read_evidence
from downmass.disciplines.process.published import ABOUT, SHOWN, published, tally
from downmass.facts import event as ev
from downmass.facts.quantity import Basis
from downmass.facts.recipe import MasterRecipe, Phase
from downmass.operations.checking import check_campaign
from downmass.operations.knowledge import EVIDENCE, data_text, example_folder
from downmass.operations.opening import OpenCampaign, init_campaign, open_campaign

EXAMPLES = ("zblan", "crystal")


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Iterator[OpenCampaign]:
    with open_campaign(request.param) as campaign:
        yield campaign


def recipe_of(example: OpenCampaign) -> MasterRecipe:
    recipe = example.state().recipe
    assert recipe is not None
    return recipe


def phases_of(recipe: MasterRecipe) -> dict[str, Phase]:
    return {
        phase.id: phase
        for procedure in recipe.procedure
        for operation in procedure.operations
        for phase in operation.phases
    }


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_example_answers_every_question_as_of_its_opening(example: OpenCampaign, question: str) -> None:
    answer = example.ask(question)
    opened = example.state().opened
    assert opened is not None
    assert answer.as_of == example.events()[0].occurred_at
    assert answer.seed == opened.seed
    assert answer.headline.endswith(".")
    assert question == "custody" or not answer.headline.startswith("No answer yet")
    for assumption in answer.assumptions:
        assert assumption.source.strip(), assumption.text
        assert assumption.basis in get_args(Basis)


def test_check_finds_nothing_that_the_document_could_have_avoided(example: OpenCampaign) -> None:
    findings, summary = check_campaign(example.place)
    assert findings == ()
    assert summary.endswith("stage ordered, 0 findings")


def test_every_entry_of_an_example_is_marked_as_made_up_and_says_why(example: OpenCampaign) -> None:
    for event in example.events():
        assert event.origin in ("assumed", "simulated"), event.id
        assert event.source.strip(), event.id


def test_every_number_with_a_spread_has_a_source_and_a_class(example: OpenCampaign) -> None:
    text = (Path(example.place) / "campaign.toml").read_text(encoding="utf-8")
    spreads = list(_spreads(tomllib.loads(text, parse_float=Decimal)))
    assert len(spreads) > 20
    for spread in spreads:
        assert spread["basis"] in get_args(Basis)
        assert len(spread["source"].split()) >= 2, spread


def _spreads(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "mode" in value and "low" in value:
            yield value
        for inner in value.values():
            yield from _spreads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spreads(inner)


def test_its_people_are_marked_as_examples_and_sign_with_published_keys(example: OpenCampaign) -> None:
    state = example.state()
    assert all(person.printed_name.endswith("(example)") for person in state.people.values())
    keys = {event.body.person: event.body for event in state.all(ev.PersonEnrolled)}
    assert set(keys) == set(state.people)
    assert {body.keeping for body in keys.values()} == {"published"}
    signed = [event.body.signature for event in state.all(ev.RecipeSigned)]
    assert [act.meaning for act in signed] == ["authorship", "review", "approval"] * 3
    assert all(act.key == keys[act.signer].public_key for act in signed)
    assert example.loose() == ()


def test_who_writes_reviews_approves_releases_and_administers_are_different_people(
    example: OpenCampaign,
) -> None:
    held: dict[str, set[str]] = {}
    for event in example.state().all(ev.RoleAssigned):
        held.setdefault(event.body.person.id, set()).add(event.body.role)
    assert all(len(roles) == 1 for roles in held.values())
    assert {"operator", "supervisor", "author", "quality_unit", "release", "administrator", "laboratory"} <= {
        role for roles in held.values() for role in roles
    }


def test_a_recipe_names_nothing_it_does_not_describe(example: OpenCampaign) -> None:
    recipe = recipe_of(example)
    phases = phases_of(recipe)
    parameters = {parameter.id: parameter for parameter in recipe.parameters}
    of_phases = {name for phase in phases.values() for name in phase.parameters}
    assert of_phases <= set(parameters)
    for name in set(parameters) - of_phases:  # what no phase holds is held in storage, within its limits
        kept, one = recipe.storage, parameters[name]
        assert (one.unit, one.low, one.high) == ("C", kept.low_C, kept.high_C), name
    assert {name for phase in phases.values() for name in phase.checks} == {c.id for c in recipe.checks}
    assert {name for phase in phases.values() for name in phase.after} <= set(phases)
    assert {procedure.unit for procedure in recipe.procedure} == {need.unit for need in recipe.units}
    tested = {name for sample in recipe.sample_plan for name in sample.tests}
    assert tested == {attribute.id for attribute in recipe.specification}
    assert recipe.samples == len(recipe.sample_plan)
    for phase in phases.values():
        assert phase.autonomy == "autonomous" or phase.roles, phase.id
        for setpoint in phase.setpoints:
            parameter = parameters[setpoint.parameter]
            assert parameter.low is None or setpoint.value >= parameter.low
            assert parameter.high is None or setpoint.value <= parameter.high


def test_the_control_recipe_has_a_lot_for_every_material_and_equipment_for_every_unit(
    example: OpenCampaign,
) -> None:
    state, recipe = example.state(), recipe_of(example)
    frozen = state.last(ev.ControlRecipeFrozen)
    assert frozen is not None
    control = frozen.body.control
    lots = {event.body.lot: event.body for event in state.all(ev.LotRegistered)}
    assert {one.material for one in control.lots} == {material.id for material in recipe.materials}
    needed = {material.id: material for material in recipe.materials}
    for one in control.lots:
        assert lots[one.lot].unit == needed[one.material].unit
        assert lots[one.lot].quantity >= needed[one.material].quantity
    assert {one.unit for one in control.equipment} == {need.unit for need in recipe.units}
    assigned = {event.body.equipment: event.body for event in state.all(ev.EquipmentAssigned)}
    assert {one.equipment for one in control.equipment} == set(assigned)
    cleaned = {need.unit for need in recipe.units if need.cleaned}
    assert all(one.cleaned_at for one in assigned.values() if one.unit in cleaned)


def test_planned_process_activities_are_phases_of_the_recipe(example: OpenCampaign) -> None:
    basis = example.state().basis
    assert basis is not None
    planned = {activity.id for activity in basis.activities if activity.milepost == "process"}
    assert planned <= set(phases_of(recipe_of(example)))


def test_training_outlasts_the_date_the_release_is_due(example: OpenCampaign) -> None:
    state = example.state()
    assert state.basis is not None
    trained = {event.body.person: event.body for event in state.all(ev.TrainingRecorded)}
    makes = {"operator", "supervisor", "quality_unit", "release", "laboratory", "crew"}
    due = {event.body.person.id for event in state.all(ev.RoleAssigned) if event.body.role in makes}
    assert due <= set(trained)
    for body in trained.values():
        assert body.until is not None
        assert body.until > state.basis.due


def test_its_custody_story_is_exported_and_the_judge_has_nothing_to_say(example: OpenCampaign) -> None:
    assert judge(json.loads(example.epcis())) == ()


def test_the_fibre_of_the_example_is_the_glass_of_its_preform() -> None:
    # Mass is kept: 12 mm by 150 mm at 4,330 kg/m3, drawn to 125 um (catalogue: 53.1 g/km of bare fibre).
    with open_campaign("zblan") as campaign:
        recipe = recipe_of(campaign)
    preform = next(material for material in recipe.materials if material.id == "preform")
    assert float(preform.quantity) == pytest.approx(4.330 * pi * 0.6**2 * 15, rel=0.001)
    assert float(preform.quantity) / 0.0531 == pytest.approx(1380, rel=0.01)
    length = next(check for check in recipe.checks if check.id == "drawn-length")
    assert length.high is not None
    assert float(length.high) > 1380
    run = phases_of(recipe)["draw-run"]
    assert float(run.duration_h) * 60 * float(run.setpoints[0].value) == 1080


def test_the_crystal_of_the_example_fills_its_ampoules_at_the_rate_of_its_growth() -> None:
    with open_campaign("crystal") as campaign:
        recipe = recipe_of(campaign)
    charge = next(material for material in recipe.materials if material.id == "charge")
    assert float(charge.quantity) == pytest.approx(6 * 5.780 * pi * 1.0**2 * 8.0, rel=0.003)
    solidify = phases_of(recipe)["solidify"]
    # SUBSA grew at 5 mm/h (Ostrogorsky et al., J. Cryst. Growth 2008; point P059)
    assert float(solidify.setpoints[0].value) == 5
    assert float(solidify.duration_h) * 5 == 80


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_without_a_process_model_lists_what_is_published_and_gives_no_verdict(name: str) -> None:
    with open_campaign(name) as campaign:
        answer = campaign.ask("where")
        product = campaign.state().product
    assert product is not None
    points = published(product.process, read_evidence(data_text(EVIDENCE)))
    (table,) = (table for table in answer.tables if table.title.startswith("Published evidence"))
    assert [row[0] for row in table.rows] == [point.id for point in points]
    assert next(value.exact for value in answer.values if value.unit == "verdict") == "open"
    assert tally(points) in answer.headline


def test_what_points_show_is_counted_in_words() -> None:
    fibre = published("fibre", read_evidence(data_text(EVIDENCE)))
    assert [point.id for point in fibre] == ["P002", "P003", "P001", "P027", "P028"]
    assert tally(()) == ""
    assert published("regolith", fibre) == ()
    assert all(words for words in (*SHOWN.values(), *ABOUT.values()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_folder_begun_from_an_example_opens_for_good(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "mine"
    init_campaign(folder, name, None)
    init_campaign(folder, name, None)
    findings, _ = check_campaign(str(folder))
    assert findings == ()
    with open_campaign(folder) as campaign:
        state = campaign.state()
        assert campaign.verify().damage is None
    assert state.opened is not None
    assert state.opened.mode == "live"
    assert state.all(ev.PersonEnrolled) == ()
    assert state.last(ev.ControlRecipeFrozen) is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_opened_twice_an_example_is_the_same_to_the_byte(name: str) -> None:
    with open_campaign(name) as one, open_campaign(example_folder(name)) as other:
        assert one.bundle() == other.bundle()


def test_a_copied_example_with_published_keys_is_asked_and_not_opened_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(example_folder("zblan") / "campaign.toml", folder)
    with open_campaign(folder) as campaign:
        assert campaign.state().stage == "ordered"
    with pytest.raises(RefusedError, match="published keys"):
        init_campaign(folder, "w1", None)
    assert [path.name for path in folder.iterdir()] == ["campaign.toml"]
    assert not (tmp_path / "home").exists()
