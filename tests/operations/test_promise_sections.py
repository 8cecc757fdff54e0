"""Sections of a campaign document in which people, recipes and what the batch runs by are told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import DownmassError, RefusedError
from downmass.disciplines.execution.recipes import recipe_sha256
from downmass.disciplines.ledger.acts import act_bytes
from downmass.disciplines.ledger.keys import from_base64, public_key_of, public_key_text
from downmass.facts import event as ev
from downmass.facts.codec import body_to_json
from downmass.facts.event import Event
from downmass.operations.copying import own_copy
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys, FileKeys
from downmass.operations.knowledge import TEMPLATES, data_text
from downmass.operations.promise import SECTIONS, read_promise
from downmass.stores.memory import MemoryStore

MUSEUM = Path(__file__).parents[1] / "museum" / "sections"
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)

SIGNING = {
    "check_without_unit": ("[recipe]", "recipe.checks.0.unit: Field required", "mend the fields"),
    "checks_told_as_words": ("[recipe] checks", "is no list of tables", "[[recipe.checks]]"),
    "control_in_a_live_campaign": (
        "[control]",
        "is not approved when the campaign opens",
        "record control.frozen",
    ),
    "control_names_its_recipe": ("[control]", "recipe is that of [recipe]", "take recipe out"),
    "control_without_batch": ("[control]", "control.batch: Field required", "mend the fields"),
    "control_without_recipe": ("[control]", "there is no [recipe]", "add [recipe]"),
    "equipment_calibrated_until_a_bare_date": (
        "[[equipment]] reactor-7",
        "calibrated_until: 2026-12-31T00:00:00 has no time",
        "add Z",
    ),
    "evidence_without_key": ("[[person]] ada", "has identity_verified_by and no key", 'key = "published"'),
    "ground_brings_its_key": (
        "[[writer]] ground public_key",
        "the first writer keeps the log",
        "leave its public_key out",
    ),
    "hold_limit_negative": ("[recipe]", "hold_limit_h: -1.5 is negative", "zero or more"),
    "identity_verified_by_nobody": ("[[person]] ada", "'mallory' is no other person", "rex, quinn"),
    "identity_verified_by_oneself": ("[[person]] ada", "'ada' is no other person", "rex, quinn"),
    "key_is_a_list": ("[[person]] ada key", "['published'] is nothing a document", "let the person enrol"),
    "key_published_in_a_live_campaign": (
        "[[person]] ada key",
        "this campaign is live",
        "let the person enrol",
    ),
    "key_secret": ("[[person]] ada key", "'secret' is nothing a document", 'key = "published"'),
    "key_without_evidence": ("[[person]] ada", "has no evidence", 'evidence = "..."'),
    "latency_in_kilograms": ("[recipe]", "'3 kg' is no quantity in second", '"1.5 second"'),
    "lot_of_negative_mass": ("[[lot]] drug-1", "quantity: -2.5 is negative", "zero or more"),
    "lot_without_id": ("", "[[lot]] number 1 has no id", "give it an id"),
    "phase_of_unknown_autonomy": ("[recipe]", "phases.1.autonomy", "mend the fields"),
    "recipe_above_told_once": ("", "recipe_above is no list of tables", "[[recipe_above]] above each"),
    "recipe_of_unknown_kind": (
        "[[recipe_above]] growth-general kind",
        "'grand' is no recipe above",
        'kind = "general"',
    ),
    "batch_run_by_a_site_recipe": ("[recipe] kind", "not by 'site'", "[[recipe_above]]"),
    "signed_by_nobody_known": ("[recipe] signed", "'mallory' is nobody", "ada, rex, quinn"),
    "signed_in_a_live_campaign": (
        "[[recipe_above]] growth-general signed",
        "cannot sign for a person",
        "once the campaign is open",
    ),
    "signed_is_a_name": ("[[recipe_above]] growth-general signed", "is no list of tables", 'person = "..."'),
    "signed_with_another_meaning": ("[recipe] signed", "meaning 'delight'", "authorship, review"),
    "signed_without_meaning": ("[recipe] signed", "a signature is {'person': 'rex'}", 'meaning = "approval"'),
    "training_is_text": ("[[person]] rex training", "is no list of tables", 'subject = "..."'),
    "training_until_in_words": (
        "[[person]] ada training",
        "until: 'next year' is not an instant",
        "ISO 8601",
    ),
    "training_without_subject": ("[[person]] rex training", "subject: Field required", "mend the fields"),
    "two_pieces_of_equipment_of_one_name": ("", "two [[equipment]] have the id 'reactor-7'", "its own id"),
    "writer_key_is_a_number": ("[[writer]] capsule public_key", "7 is no text", "in quotes"),
    "writer_key_torn": ("[[writer]] capsule public_key", "holds 24 bytes, not 32", "the whole of it"),
}

TEXT = (MUSEUM / "signing.toml").read_text(encoding="utf-8")
"""A campaign whose people sign, with every section there is beside plan, contract and venture."""


@pytest.fixture
def drafts(templates: str) -> tuple[Draft, ...]:
    return read_promise(TEXT, templates)


@pytest.fixture
def recorded(drafts: tuple[Draft, ...]) -> tuple[Event[object], ...]:
    with MemoryStore() as store:
        return Desk(store, "little", ExampleKeys()).record(drafts)


@pytest.mark.parametrize("exhibit", sorted(SIGNING))
def test_a_spoilt_section_is_refused_with_file_section_and_way_out(exhibit: str, templates: str) -> None:
    section, reason, way_out = SIGNING[exhibit]
    name = f"promise__{exhibit}.toml"
    with pytest.raises(DownmassError) as refusal:
        read_promise((MUSEUM / name).read_text(encoding="utf-8"), templates, name)
    assert str(refusal.value).startswith(f"{name} {section}" if section else name)
    assert reason in str(refusal.value)
    assert way_out in refusal.value.remedy


def test_every_exhibit_of_the_museum_is_visited() -> None:
    named = {f"promise__{name}.toml" for name in SIGNING}
    assert {path.name for path in MUSEUM.iterdir()} == named | {"signing.toml"}


def test_people_come_before_what_they_sign_and_the_control_recipe_after_its_lots_and_equipment(
    drafts: tuple[Draft, ...],
) -> None:
    kinds = list(dict.fromkeys(draft.type for draft in drafts))
    assert kinds == [
        "writer.enrolled", "campaign.opened", "party.joined", "role.assigned", "person.enrolled",
        "training.recorded", "recipe.drafted", "recipe.signed", "recipe.adopted", "lot.registered",
        "equipment.assigned", "control.frozen",
    ]  # fmt: skip
    drafted = [draft.body.recipe.kind for draft in drafts if isinstance(draft.body, ev.RecipeDrafted)]
    assert drafted == ["general", "master"]


def test_every_key_a_recipe_may_have_reaches_the_recipe_in_the_unit_of_its_field(
    drafts: tuple[Draft, ...],
) -> None:
    recipe = next(draft.body.recipe for draft in drafts if isinstance(draft.body, ev.RecipeAdopted))
    told = body_to_json(recipe)
    grow, look = told["procedure"][0]["operations"][0]["phases"]
    assert (told["kind"], told["derived_from"], told["training"]) == (
        "master",
        "growth-general/1",
        ["growth"],
    )
    assert (told["coverage_percent"], told["yield_low_percent"]) == ("95", "60")
    assert told["checks"][0]["low"] is None
    assert (told["units"][0]["cleaned"], told["sample_plan"][0]["tests"]) == (True, ["purity"])
    assert (grow["hold_limit_h"], grow["power_kW"], grow["needs_sun"]) == ("1.5", "0.3", True)
    assert grow["setpoints"] == [{"parameter": "temperature", "value": "80", "ramp_per_h": "40", "phase": ""}]
    assert (look["duration_h"], look["latency_s"], look["after"]) == ("0.25", "3", ["grow"])
    assert look["significant"] is False


def test_a_signature_of_a_recipe_names_the_hash_of_the_very_recipe_adopted(
    drafts: tuple[Draft, ...],
) -> None:
    adopted = next(draft.body.recipe for draft in drafts if isinstance(draft.body, ev.RecipeAdopted))
    frozen = next(draft.body.control for draft in drafts if isinstance(draft.body, ev.ControlRecipeFrozen))
    expected = recipe_sha256(adopted)
    signed = [draft.body.recipe_sha256 for draft in drafts if isinstance(draft.body, ev.RecipeSigned)]
    assert signed[-3:] == [expected] * 3
    assert frozen.recipe_sha256 == expected
    assert signed[0] != expected


def test_the_hash_of_a_recipe_changes_with_any_digit_of_it(templates: str) -> None:
    def hashed(text: str) -> str:
        bodies = [draft.body for draft in read_promise(text, templates)]
        return next(recipe_sha256(body.recipe) for body in bodies if isinstance(body, ev.RecipeAdopted))

    assert hashed(TEXT) == hashed(TEXT)
    assert hashed(TEXT) != hashed(TEXT.replace('low = "60", high = "90"', 'low = "60", high = "90.1"'))


def test_the_desk_puts_in_the_published_key_of_each_person_and_signs_with_it(
    recorded: tuple[Event[object], ...],
) -> None:
    keys = {e.body.person: e.body.public_key for e in recorded if isinstance(e.body, ev.PersonEnrolled)}
    assert keys == {
        person: public_key_text(ExampleKeys().person("little", person)) for person in ("ada", "rex", "quinn")
    }
    signatures = [e.body.signature for e in recorded if isinstance(e.body, ev.RecipeSigned)]
    assert [(act.signer, act.meaning) for act in signatures[-3:]] == [
        ("ada", "authorship"), ("rex", "review"), ("quinn", "approval"),
    ]  # fmt: skip
    for act in signatures:
        assert act.key == keys[act.signer]
        # raises InvalidSignature unless it is the person's own over this very hash
        public_key_of(act.key).verify(from_base64(act.sealed), act_bytes(act.over_sha256))


def test_a_device_enrolled_by_its_own_key_keeps_it_and_the_others_get_one_here(
    recorded: tuple[Event[object], ...],
) -> None:
    keys = {e.body.writer: e.body.public_key for e in recorded if isinstance(e.body, ev.WriterEnrolled)}
    assert keys["capsule"] == "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="  # RFC 8032 key of 32 zero bytes
    assert keys["ground"] == public_key_text(ExampleKeys().key("little", "ground"))


def test_published_keys_are_refused_where_keys_are_kept_in_files(
    drafts: tuple[Draft, ...], tmp_path: Path
) -> None:
    keys = FileKeys(tmp_path)
    keys.create("little", "ground")
    with MemoryStore() as store, pytest.raises(RefusedError, match="no published keys outside examples"):
        Desk(store, "little", keys).record(drafts)


def test_two_people_may_sign_the_same_at_the_same_instant_and_nobody_twice(
    drafts: tuple[Draft, ...], templates: str
) -> None:
    twice = TEXT.replace(
        '{ person = "rex", meaning = "review" },',
        '{ person = "rex", meaning = "review" },\n  { person = "rex", meaning = "review" },',
    )
    with MemoryStore() as store:
        assert len(Desk(store, "little", ExampleKeys()).record(drafts)) == len(drafts)
    with (
        MemoryStore() as store,
        pytest.raises(RefusedError, match=r"rex is the reviewer|the same entry is on record"),
    ):
        Desk(store, "little", ExampleKeys()).record(read_promise(twice, templates))


def test_a_key_of_a_person_is_no_key_of_a_writer_of_the_same_name() -> None:
    keys = ExampleKeys()
    assert public_key_text(keys.person("little", "ground")) != public_key_text(keys.key("little", "ground"))
    assert public_key_text(keys.person("a", "b")) != public_key_text(keys.person("b", "a"))


PARTS = [part.strip("\n") for part in re.split(r"\n(?=\[)", TEXT)[1:]]
WRITERS = [part for part in PARTS if part.startswith("[[writer]]")]


@given(st.permutations([part for part in PARTS if part not in WRITERS]))
def test_the_order_of_sections_in_the_document_does_not_matter(parts: list[str]) -> None:
    templates = data_text(TEMPLATES)
    expected = read_promise(TEXT, templates)
    told = read_promise("\n\n".join(["format = 1", *WRITERS, *parts]), templates)
    assert [draft.type for draft in told] == [draft.type for draft in expected]
    assert sorted(map(repr, told)) == sorted(map(repr, expected))


ODD = ("5", "true", '""', '"odd"', '["a"]', "{ a = 1 }", "[[5]]", "2026-01-01")


@pytest.mark.parametrize("odd", ODD)
def test_whatever_stands_after_an_equals_sign_of_the_new_sections_is_read_or_refused(
    odd: str, templates: str
) -> None:
    lines = TEXT.splitlines()
    refusals = []
    for place, line in enumerate(lines):
        if not re.match(r"\w+ = .*[^\[]$", line) or line.endswith("[{"):
            continue
        spoilt = [*lines[:place], f"{line.split(' = ')[0]} = {odd}", *lines[place + 1 :]]
        try:
            read_promise("\n".join(spoilt), templates, "spoilt.toml")
        except DownmassError as refusal:
            refusals.append(refusal)
    assert len(refusals) > 20
    assert [str(refusal) for refusal in refusals if not str(refusal).startswith("spoilt.toml")] == []
    assert [str(refusal) for refusal in refusals if not refusal.remedy] == []


def test_a_copy_for_a_live_campaign_is_signed_by_nobody_yet_and_keeps_the_rest(templates: str) -> None:
    copy = own_copy(TEXT, "mine", OPENED)
    kinds = [draft.type for draft in read_promise(copy, templates)]
    assert {"person.enrolled", "recipe.drafted", "recipe.signed", "control.frozen"}.isdisjoint(kinds)
    assert {"training.recorded", "recipe.adopted", "lot.registered", "equipment.assigned"} <= set(kinds)
    assert 'id = "mine"' in copy
    assert 'mode = "live"' in copy


def test_each_new_section_is_named_where_the_sections_are_listed() -> None:
    assert {"recipe_above", "lot", "equipment", "control"} <= set(SECTIONS)
