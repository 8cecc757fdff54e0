"""The table of published points, and what it lets a model say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from downmass.base.errors import InputError
from downmass.disciplines.process.prediction import (
    ProcessEvidence,
    about,
    public_by,
    published_by,
    read_evidence,
    strongest_verdict,
)

HEAD = "id,process,statement,value,unit,shows,source,date,class,confidence\n"
ROW = "P1,x,a thing was seen,1,um,gain,a paper,2020,read,high\n"


def test_the_table_that_ships_reads_and_every_point_has_a_source(evidence: Sequence[ProcessEvidence]) -> None:
    assert len(evidence) > 20
    assert all(point.source and point.date and point.statement for point in evidence)


def test_only_a_measured_gain_in_flight_supports(evidence: Sequence[ProcessEvidence]) -> None:
    assert strongest_verdict(about(evidence, "small_molecule")) == "possible"
    assert strongest_verdict(about(evidence, "protein_crystal")) == "supported"
    assert strongest_verdict(about(evidence, "print")) == "possible"
    assert strongest_verdict(read_evidence(HEAD + ROW.replace("high", "low"))) == "possible"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,process\nP1,x\n", "columns"),
        (HEAD + ROW + ROW, "twice"),
        (HEAD + ROW.replace("a paper", ""), "no source"),
        (HEAD + ROW.replace("gain", "miracle"), "shows"),
        (HEAD + ROW.replace("read", "guess"), "class"),
        (HEAD + ROW.replace("2020", "lately"), "date"),
        (HEAD + ROW.replace("2020", "2020-13"), "date"),
        (HEAD + ROW.replace("2020", "2020-02-30"), "date"),
        (HEAD + ROW.replace("2020", "2020-00"), "date"),
        (HEAD + "P1,x,too,few\n", "columns"),
        (HEAD + ROW.rstrip() + ",extra\n", "columns"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line_and_a_way_out(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        read_evidence(text)
    assert refusal.value.remedy


def test_what_was_published_later_is_not_known_yet(evidence: Sequence[ProcessEvidence]) -> None:
    # The ritonavir preprint is of 21 March 2024 (ChemRxiv, v3).
    assert about(public_by(evidence, date(2024, 3, 20)), "small_molecule") == ()
    assert [p.id for p in about(public_by(evidence, date(2024, 3, 21)), "small_molecule")] == ["P057"]


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("2020", "2020-12-31"),
        ("2020-02", "2020-02-29"),
        ("2021-12", "2021-12-31"),
        ("2020-02-03", "2020-02-03"),
    ],
)
def test_a_date_to_the_year_or_month_counts_from_its_last_day(written: str, last: str) -> None:
    (point,) = read_evidence(HEAD + ROW.replace("2020", written))
    day = date.fromisoformat(last)
    assert published_by(point) == day
    assert public_by([point], day) == (point,)
    assert public_by([point], day.replace(day=day.day - 1)) == ()


def test_a_point_without_a_date_is_kept(evidence: Sequence[ProcessEvidence]) -> None:
    undated = [point for point in evidence if published_by(point) is None]
    assert undated
    assert public_by(undated, date(1900, 1, 1)) == tuple(undated)
