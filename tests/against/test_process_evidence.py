"""The package's table of published points against the shared validation table."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import pytest

from downmass.disciplines.process.prediction import read_evidence


def test_every_point_carries_the_value_and_unit_of_the_validation_table(shared: Path) -> None:
    folder = resources.files("downmass.disciplines.catalogue") / "data"
    points = read_evidence((folder / "process_evidence.csv").read_text(encoding="utf-8"))
    with (shared / "data" / "validation_physics.csv").open(encoding="utf-8") as table:
        rows = {row["id"]: row for row in csv.DictReader(table)}
    for point in points:
        assert float(point.value) == pytest.approx(float(rows[point.id]["value"])), point.id
        assert point.unit == rows[point.id]["unit"], point.id


def test_no_point_that_is_only_a_claim_or_a_survey_counts_as_a_gain(shared: Path) -> None:
    folder = resources.files("downmass.disciplines.catalogue") / "data"
    points = read_evidence((folder / "process_evidence.csv").read_text(encoding="utf-8"))
    with (shared / "data" / "validation_physics.csv").open(encoding="utf-8") as table:
        kinds = {row["id"]: row["kind"] for row in csv.DictReader(table)}
    gains = [point.id for point in points if point.shows == "gain"]
    assert gains
    assert {kinds[point] for point in gains} == {"experiment"}
