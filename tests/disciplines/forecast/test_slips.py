from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from downmass.base.errors import InputError
from downmass.disciplines.forecast.slips import SlipRow, parse_slips, slips_known, slips_open

LAUNCH = datetime(2023, 6, 12, 23, 59, 59, tzinfo=UTC)
REFUSAL = datetime(2023, 9, 6, 23, 59, 59, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)

HEAD = "class,subject,planned,actual,slip_d,known_on,cause,basis,source\n"


def test_the_shipped_table_has_eight_returns_licences_and_launches(rows: tuple[SlipRow, ...]) -> None:
    counted = Counter(row.kind for row in rows)
    assert min(counted["return"], counted["licence"], counted["launch"]) >= 8
    assert counted["grounding"] >= 8
    assert counted["range"] >= 8


def test_a_launch_withheld_after_a_mishap_is_no_refusal_of_a_licence(rows: tuple[SlipRow, ...]) -> None:
    """Applications refused: SpaceBEE (FCC 2017), Vigoride (FAA review 2021), W-1 (FAA 2023)."""
    refused = [row for row in rows if row.kind == "licence_refused"]
    assert {row.subject for row in refused} == {"Swarm SpaceBEE", "Momentus Vigoride", "W-1"}
    assert all(row.cause.startswith("refused") for row in refused)
    held = [row for row in rows if row.kind == "grounding"]
    assert all(row.cause.startswith(("grounded", "withheld")) for row in held)


def test_every_shipped_row_says_where_it_is_from(rows: tuple[SlipRow, ...]) -> None:
    assert all(len(row.source) > 3 and row.cause for row in rows)
    recalled = [row for row in rows if row.source.startswith("recalled")]
    assert recalled
    assert all(row.basis == "memory" for row in recalled)


def test_real_returns_stand_as_their_record_says(rows: tuple[SlipRow, ...]) -> None:
    """Slips as in the shared record of returns: CRS-4 +4, CRS-14 +3, CRS-31 +11, CRS-32 +1, Foton-M4 -14."""
    slips = {row.subject: row.slip_d for row in rows if row.kind == "return"}
    expected = {"CRS-4": 4, "CRS-14": 3, "CRS-31": 11, "CRS-32": 1, "Foton-M4": -14, "Foton-M3": 0, "W-2": 0}
    assert {subject: slips[subject] for subject in expected} == expected


def test_what_came_later_is_not_known_yet(rows: tuple[SlipRow, ...]) -> None:
    early, late = (slips_known(rows, "licence", moment) for moment in (LAUNCH, END))
    assert {row.subject for row in early} < {row.subject for row in late}
    assert all(row.known_on <= LAUNCH.date() for row in early)


def test_the_campaign_that_is_forecast_is_left_out(rows: tuple[SlipRow, ...]) -> None:
    for kind in ("return", "licence", "licence_refused", "range"):
        assert "W-1" in {row.subject for row in slips_known(rows, kind, END)}  # type: ignore[arg-type]
        assert "W-1" not in {row.subject for row in slips_known(rows, kind, END, {"W-1"})}  # type: ignore[arg-type]
    assert "W-1" not in {wait.subject for wait in slips_open(rows, "licence", REFUSAL, {"W-1"})}


def test_a_wait_that_has_not_ended_counts_with_what_it_has_lasted(rows: tuple[SlipRow, ...]) -> None:
    """Starship was grounded on 2023-04-20 and New Shepard on 2022-09-12; both waited on 2023-09-06."""
    waits = {wait.subject: wait.lasted_d for wait in slips_open(rows, "grounding", REFUSAL, {"W-1"})}
    assert waits == {"Starship flight 1 mishap": 139, "New Shepard 23": 359}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("return,A,2020-01-01,2020-01-03,5,2020-01-03,c,read,s", "2 days apart"),
        ("return,A,2020-01-01,2020-01-03,2,2020-01-02,c,read,s", "known before it came"),
        ("return,A,2020-01-01,2020-13-03,2,2020-01-03,c,read,s", "line 2"),
        ("orbit,A,2020-01-01,2020-01-03,2,2020-01-03,c,read,s", "unknown class 'orbit'"),
        ("return,A,2020-01-01,2020-01-03,2,2020-01-03,c,guess,s", "unknown basis 'guess'"),
        ("return,A,2020-01-01,2020-01-03,2,2020-01-03,c,read,", "no source"),
        ("return,A,2020-01-01,2020-01-03,2,2020-01-03,c", "cells"),
        ("return,A,2020-01-01,2020-01-03,2,2020-01-03,rain, wind,read,s", "cells"),
    ],
)
def test_a_faulty_row_is_refused_with_its_line_and_a_way_out(row: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        parse_slips(HEAD + row)
    assert refused.value.remedy


def test_a_table_without_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="no column source"):
        parse_slips("class,subject,planned,actual,slip_d,known_on,cause,basis\n")
