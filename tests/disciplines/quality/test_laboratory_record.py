"""The laboratory record: complete data from every test (21 CFR 211.194(a)), and what surrounds labels."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from downmass.disciplines.quality.record import NOT_ON_RECORD, batch_record
from downmass.disciplines.quality.record_lines import batch_lines, phase_lines
from downmass.disciplines.quality.samples import laboratory_findings
from downmass.facts import event as ev
from downmass.facts.codec import body_from_json, body_to_json

FULL: dict[str, Any] = {
    "analyst": "lea", "used": Decimal("0.5"), "used_unit": "g", "calculation": "area against standard",
    "raw_sha256": "ab" * 32,
}  # fmt: skip


def whole(kit: Any) -> Any:
    world = kit.controlled()
    for name, line in list(world.lines.items()):
        if isinstance(line[0], ev.ResultReported):
            world.lines[name] = (replace(line[0], **FULL), *line[1:])
    return world


def line(world: Any, clause: str, item: str) -> str:
    campaign = world.campaign()
    lines = batch_lines(campaign, batch_record(campaign))
    return next(one.text for one in lines if (one.clause, one.item) == (clause, item))


def test_a_result_with_its_analyst_quantity_calculation_and_readings_lacks_nothing(kit: Any) -> None:
    assert laboratory_findings(whole(kit).campaign()) == ()


def test_each_thing_a_result_leaves_out_is_named(kit: Any) -> None:
    words = {
        "analyst": "who tested", "used": "how much of the sample was used", "calculation": "the calculation",
        "raw_sha256": "the readings by hash",
    }  # fmt: skip
    for field, word in words.items():
        world = whole(kit)
        name, told = next((n, one) for n, one in world.lines.items() if isinstance(one[0], ev.ResultReported))
        world.lines[name] = (replace(told[0], **{field: None if field == "used" else ""}), *told[1:])
        (finding,) = laboratory_findings(world.campaign())
        assert (finding.evidence, word in finding.message) == ((name,), True)


def test_a_batch_without_control_recipe_is_not_held_to_it(kit: Any) -> None:
    assert laboratory_findings(kit.controlled().without("frozen").campaign()) == ()


def test_the_batch_record_prints_who_tested_on_how_much_and_how_it_was_computed(kit: Any) -> None:
    text = line(whole(kit), "211.188(b)(5)", "laboratory results")
    assert "by lea, on 0.5 g, calculation area against standard, readings abababababab" in text
    assert NOT_ON_RECORD not in text
    assert NOT_ON_RECORD in line(kit.controlled(), "211.188(b)(5)", "laboratory results")


def test_inspection_and_examination_of_labels_stand_in_the_record_or_are_missing_by_name(kit: Any) -> None:
    bare = kit.controlled()
    for item in ("inspection of the labelling area", "examination of the labelled product"):
        clause = "211.188(b)(6)" if "area" in item else "211.188(b)(13)"
        assert line(bare, clause, item) == NOT_ON_RECORD
    body, *rest = bare.lines["labels"]
    bare.lines["labels"] = (replace(body, area="bench clear", examination="five read, right"), *rest)
    assert line(bare, "211.188(b)(6)", "inspection of the labelling area") == "bench clear"
    assert line(bare, "211.188(b)(13)", "examination of the labelled product") == "five read, right"


def test_who_weighed_and_who_verified_a_charge_stand_in_the_row_of_its_phase(kit: Any) -> None:
    world = kit.controlled()
    body, *rest = world.lines["charge"]
    world.lines["charge"] = (replace(body, weighed_by="ann", verified_by="tim"), *rest)
    (row,) = batch_record(world.campaign()).phases
    text = next(one.text for one in phase_lines(row) if one.item == "weights and measures")
    assert text == "100 g of drug (weighed by ann, verified by tim)"


def test_a_result_of_the_first_version_reads_on_with_nothing_invented() -> None:
    old = body_to_json(ev.ResultReported("s", "assay", Decimal(99), "percent", "HPLC", "lab"))
    for name in FULL:
        del old[name]
    read = body_from_json("result.reported", 1, old)
    assert (read.analyst, read.used, read.raw_sha256) == ("", None, "")
