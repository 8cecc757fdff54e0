"""The checker names the file, the line and the way out."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.disciplines.catalogue.check import check
from downmass.disciplines.catalogue.rows import DATA_FILES, EVIDENCE_FILES, TABLES, TOPICS, UNITS
from downmass.disciplines.catalogue.table import read_table

MUSEUM = Path(__file__).resolve().parents[2] / "museum" / "catalogue"

REFUSED = {
    "prices__row_without_source.csv": (3, "has no source", "say where it was read"),
    "prices__row_without_unit.csv": (3, "has no unit", "name the unit"),
    "prices__row_without_class.csv": (3, "has no basis", "read, derived, memory, opinion"),
    "prices__row_without_date.csv": (3, "has no valid_from", "YYYY-MM-DD"),
    "prices__bad_number.csv": (3, "'20,000' is no number", "plain number"),
    "prices__number_not_finite.csv": (3, "'inf' is no number", "plain number"),
    "prices__negative_price.csv": (3, "-10 is negative", "zero or more"),
    "prices__low_above_high.csv": (3, "not in order", "low <= mode <= high"),
    "prices__mode_outside.csv": (3, "not in order", "low <= mode <= high"),
    "prices__unknown_class.csv": (3, "'guessed' is not known", "read, derived, memory, opinion"),
    "prices__unknown_unit.csv": (3, "'furlong' is not known", "use one of kg"),
    "prices__unknown_currency.csv": (3, "'Dollar' is not known", "USD"),
    "prices__torn_line.csv": (3, "torn", "close the quotes"),
    "prices__missing_cell.csv": (3, "11 cells where the header has 13", "every comma"),
    "prices__comma_without_quotes.csv": (3, "14 cells where the header has 13", "in quotes"),
    "prices__duplicate_id.csv": (3, "stands on line 2 already", "rename"),
    "prices__overlapping_validity.csv": (3, "same days on line 2", "end the earlier row"),
    "prices__year_that_cannot_be.csv": (3, "year of '0202' cannot be", "1900"),
    "prices__month_thirteen.csv": (3, "not in the calendar", "YYYY-MM"),
    "prices__ends_before_it_begins.csv": (3, "not after it begins", "valid_to"),
    "prices__unknown_column.csv": (3, "column colour is not known", "valid_from"),
    "prices__empty.csv": (1, "empty", "header"),
    "sites__latitude_that_cannot_be.csv": (3, "-131.9 is not from -90 to 90", "south and west negative"),
    "timeline__ends_before_it_begins.csv": (3, "before it begins", "swap"),
    "facts__told_twice.csv": (3, "stands on line 2 already", "keep one"),
    "reference_slips__row_without_source.csv": (3, "no source", "say where"),
    "process_evidence__unknown_class.csv": (3, "'surely' is not known", "opinion"),
    "templates__value_without_source.toml": (3, "no source", "say where"),
    "templates__torn.toml": (3, "torn", "correct this line"),
}


def exhibit(name: str) -> dict[str, str]:
    """A museum file under the name of the table it is a broken copy of."""
    table, _, rest = name.partition("__")
    return {f"{table}.{rest.rpartition('.')[2]}": (MUSEUM / name).read_bytes().decode("utf-8")}


def test_every_data_file_of_the_package_passes(data_files: dict[str, str]) -> None:
    assert [f"{finding.subject} {finding.message}" for finding in check(data_files)] == []


def test_every_table_of_the_package_is_one_the_checker_knows(data_files: dict[str, str]) -> None:
    tables = {name for name in data_files if name.endswith(".csv")}
    assert set(DATA_FILES) <= tables <= set(DATA_FILES) | set(EVIDENCE_FILES)


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_file_is_refused_with_its_line_and_the_way_out(name: str) -> None:
    line, what, remedy = REFUSED[name]
    files = exhibit(name)
    findings = check(files)
    assert [finding.severity for finding in findings] == ["blocking"] * len(findings)
    assert findings[0].subject == f"{next(iter(files))}:{line}"
    assert what in findings[0].message
    assert remedy in findings[0].message.partition(";")[2]


def test_every_exhibit_of_the_museum_is_shown() -> None:
    assert {file.name for file in MUSEUM.iterdir()} == {*REFUSED, "prices__tolerated_bom_and_crlf.csv"}


def test_a_byte_order_mark_crlf_and_blank_lines_are_tolerated() -> None:
    files = exhibit("prices__tolerated_bom_and_crlf.csv")
    assert "\ufeff" in files["prices.csv"]
    assert "\r\n" in files["prices.csv"]
    assert check(files) == ()


def test_all_faults_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    text = exhibit("prices__row_without_source.csv")["prices.csv"]
    header, good, bad = text.splitlines()
    findings = check({"prices.csv": "\n".join([header, bad, good, bad.replace("launch.b", "launch.c")])})
    assert [finding.subject for finding in findings] == ["prices.csv:2", "prices.csv:4"]


def test_the_same_days_under_two_regimes_are_no_overlap() -> None:
    text = exhibit("prices__overlapping_validity.csv")["prices.csv"]
    assert check({"prices.csv": text.replace("2024,list", "2024,iss_nl")}) == ()


def test_a_price_may_begin_on_the_day_another_ends() -> None:
    text = exhibit("prices__overlapping_validity.csv")["prices.csv"]
    assert check({"prices.csv": text.replace("2022-07,2024", "2023,2024")}) == ()


def test_two_open_ended_prices_of_one_item_overlap() -> None:
    text = exhibit("prices__overlapping_validity.csv")["prices.csv"]
    findings = check({"prices.csv": text.replace("2022,2023", "2022,").replace("2022-07,2024", "2030,")})
    assert [finding.subject for finding in findings] == ["prices.csv:3"]


def test_a_fact_about_nobody_is_refused(data_files: dict[str, str]) -> None:
    line = data_files["facts.csv"].count("\n") + 1
    orphan = "no-such-capsule,mass,1,1,1,kg,2024,read,a page,\n"
    findings = check({**data_files, "facts.csv": data_files["facts.csv"] + orphan})
    assert [finding.subject for finding in findings] == [f"facts.csv:{line}"]
    assert "no-such-capsule" in findings[0].message


def test_an_id_belongs_to_one_table_only(data_files: dict[str, str]) -> None:
    line = data_files["vehicles.csv"].count("\n") + 1
    twin = "uttr,Twin,launcher,somebody,in service,2024,read,a page,\n"
    findings = check({**data_files, "vehicles.csv": data_files["vehicles.csv"] + twin})
    assert len(findings) == 1
    places = findings[0].subject + findings[0].message
    assert "sites.csv:2" in places
    assert f"vehicles.csv:{line}" in places


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=("Cs",))), max_size=6),
        max_size=6,
    )
)
def test_no_text_makes_the_checker_fall_over(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in rows)
    for name in ("prices.csv", "facts.csv", "reference_slips.csv"):
        assert all(finding.severity == "blocking" for finding in check({name: text}))


@given(st.lists(st.text("abc, \"'-1", min_size=1), min_size=1, max_size=5))
def test_every_row_is_read_or_reported_never_dropped(rows: list[str]) -> None:
    text = "\n".join(["id,source", *rows])
    read, torn = read_table("a.csv", text)
    assert len(read) + len(torn) == sum(1 for row in rows if row.strip())


def test_every_column_and_unit_is_told_on_the_schema_page() -> None:
    page = (MUSEUM.parents[2] / "docs" / "reference" / "catalogue.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9_A-Z]+", page))
    columns = {field.name for row in TABLES.values() for field in fields(row)}
    assert (columns | set(UNITS) | set(TOPICS)) - words == set()
    assert [name for name in (*TABLES, *EVIDENCE_FILES) if f"`{name}`" not in page] == []
