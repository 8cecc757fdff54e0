"""The table of published points, and what it lets a model say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from downmass.base.errors import InputError
from downmass.disciplines.process.prediction import (
    ProcessEvidence,
    about,
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
        (HEAD + "P1,x,too,few\n", "columns"),
        (HEAD + ROW.rstrip() + ",extra\n", "columns"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line_and_a_way_out(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        read_evidence(text)
    assert refusal.value.remedy
