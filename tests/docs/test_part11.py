"""The clause tables name every clause, and only tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "validation" / "part11.md"
CLAUSES = {
    *(f"11.10({letter})" for letter in "abcdefghij"), "11.10(k)(1)", "11.10(k)(2)", "11.30",
    "11.50(a)(1)", "11.50(a)(2)", "11.50(a)(3)", "11.50(b)", "11.70",
    "11.100(a)", "11.100(b)", "11.100(c)(1)", "11.100(c)(2)",
    "11.200(a)(1)", "11.200(a)(1)(i)", "11.200(a)(1)(ii)", "11.200(a)(2)", "11.200(a)(3)", "11.200(b)",
    *(f"11.300({letter})" for letter in "abcde"),
}  # fmt: skip
"""Clauses of 21 CFR Part 11 with a demand of their own, as of its text of 1997, still in force."""
BATCH_RECORD = {
    "211.188(a)", "211.188(b)", *(f"211.188(b)({number})" for number in range(1, 14)), "211.192",
    *(f"211.194(a)({number})" for number in range(1, 9)),
}  # fmt: skip
"""Clauses of 21 CFR Part 211 on the batch and laboratory record."""
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NOT_APPLICABLE = "none: does not apply"


def rows(page: Path) -> list[list[str]]:
    """The rows of a page's clause table: clause, asks for, the program, yours, tests."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = [line.strip()[1:-1].split("|") for line in lines if re.match(r"\| \d+\.\d+", line)]
    assert found, page
    return [[cell.strip() for cell in row] for row in found]


def test_no_clause_of_part_11_is_missing_or_told_twice() -> None:
    told = [row[0] for row in rows(PAGE) if row[0].startswith("11.")]
    assert set(told) == CLAUSES
    assert len(told) == len(CLAUSES)


def test_no_clause_of_the_batch_record_is_missing() -> None:
    assert {row[0] for row in rows(PAGE)} >= BATCH_RECORD


def test_every_row_has_its_five_cells_and_tests_or_says_that_it_does_not_apply() -> None:
    for row in rows(PAGE):
        assert len(row) == 5, row[0]
        assert all(row[place] for place in (0, 1, 2)), row[0]
        assert NAMED.search(row[4]) or row[4] == NOT_APPLICABLE, row[0]


def test_every_test_the_page_names_exists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(NAMED.findall(text))
    assert len(named) == len(set(re.findall(r"`tests/[^`]*::[^`]*`", text)))
    files = {file: _tests_in(ROOT / file) for file, _ in named}
    assert sorted(f"{file}::{name}" for file, name in named if name not in files[file]) == []


def _tests_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
