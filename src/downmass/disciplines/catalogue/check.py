"""The catalogue's checker: what is wrong with a row, on which line, and the way out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from itertools import combinations, groupby
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from downmass.base.errors import DownmassError
from downmass.disciplines.catalogue.rows import (
    TABLES,
    TOPICS,
    FactRow,
    PriceRow,
    Row,
    first_day,
)
from downmass.disciplines.catalogue.table import Line, read_table
from downmass.facts.finding import Finding
from downmass.facts.quantity import Basis

CLASSES: tuple[str, ...] = get_args(Basis)

REMEDIES: Mapping[str, str] = {
    "source": "say where it was read: page with its date, paper, law",
    "unit": "name the unit, or what the price buys",
    "basis": f"give its class, one of {', '.join(CLASSES)}",
    "date": "say when it was measured or said (YYYY, YYYY-MM or YYYY-MM-DD)",
    "valid_from": "say from when the price was asked (YYYY, YYYY-MM or YYYY-MM-DD)",
    "currency": "give the ISO 4217 code, such as USD",
    "regime": "say under whose rules the price is asked: list, contract, iss_nl ...",
}
"""Column -> the way out where its cell is blank."""


def check(files: Mapping[str, str]) -> tuple[Finding, ...]:
    """Say what is wrong with catalogue files.

    Parameters
    ----------
    files
        File name -> content. Files of :data:`~downmass.disciplines.catalogue.rows.TABLES` are held
        to their row type; any other CSV to a source and a class on every row; TOML to a source and
        a class beside every ``value``; others are passed by.

    Returns
    -------
    findings
        In the order of files and lines; subject is ``file:line``. Every one is blocking.

    Examples
    --------
    >>> text = "subject,quantity,low,high,unit,date,basis,source\\nmarket,size,1,1,kg,2024,read,\\n"
    >>> print(check({"facts.csv": text})[0].message)
    facts row has no source; say where it was read: page with its date, paper, law
    """
    return read(files)[1]


def read(files: Mapping[str, str]) -> tuple[dict[str, list[tuple[Line, Row]]], tuple[Finding, ...]]:
    """Read catalogue files into typed rows with their lines, and say what is wrong with them."""
    found: list[Finding] = []
    lines: dict[str, tuple[Line, ...]] = {}
    tables: dict[str, list[tuple[Line, Row]]] = {}
    for name in sorted(files):
        if name.endswith(".toml"):
            found += _unsourced_values(name, files[name])
        if not name.endswith(".csv"):
            continue
        lines[name], torn = read_table(name, files[name])
        found += torn
        if name in TABLES:
            tables[name] = list(_typed(name, lines[name], found))
            found += _twice(lines[name], _KEYS.get(TABLES[name], ("id",)))
        else:
            found += _unsourced(lines[name])
            found += _twice(lines[name], ("id",))
    whole = all(name in lines for name in _SUBJECTS) and not any(_place(one)[0] in _SUBJECTS for one in found)
    found += _shared_ids(lines)
    found += _overlaps(tables.get("prices.csv", []))
    if whole:
        found += _unknown_subjects(lines)
    return tables, tuple(sorted(found, key=_place))


def _place(finding: Finding) -> tuple[str, int]:
    file, _, line = finding.subject.rpartition(":")
    return file, int(line)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(TABLES[name])


def _typed(name: str, lines: tuple[Line, ...], found: list[Finding]) -> Iterator[tuple[Line, Row]]:
    for line in lines:
        try:
            yield line, _adapter(name).validate_python(dict(line.cells))
        except ValidationError as fault:
            found += [_wrong(line, error) for error in fault.errors(include_url=False)]


def _wrong(line: Line, error: Any) -> Finding:
    column = str(error["loc"][0]) if error["loc"] else ""
    table = line.file.removesuffix(".csv")
    value = line.cells.get(column, "")
    if error["type"] == "missing":
        return _blocking(line, f"{table} row has no {column}", REMEDIES.get(column, f"fill {column}"))
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = ", ".join(field.name for field in fields(TABLES[line.file]))
        return _blocking(line, f"column {column} is not known", f"use {known}")
    if error["type"] == "literal_error":
        allowed = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return _blocking(line, f"{column} {value!r} is not known", f"use one of {allowed}")
    if error["type"] in ("decimal_parsing", "finite_number", "decimal_type"):
        return _blocking(line, f"{column} {value!r} is no number", "write a plain number such as 1250.5")
    cause = error.get("ctx", {}).get("error")
    remedy = cause.remedy if isinstance(cause, DownmassError) else "correct it"
    where = f"{column}: " if column else ""
    return _blocking(line, f"{where}{cause or error['msg']}", remedy)


def _blocking(line: Line, what: str, remedy: str) -> Finding:
    return Finding(subject=line.place, message=f"{what}; {remedy}", severity="blocking")


def _unsourced(lines: tuple[Line, ...]) -> Iterator[Finding]:
    for line in lines:
        if "source" not in line.cells:
            yield _blocking(line, "the row has no source", REMEDIES["source"])
        basis = line.cells.get("basis", line.cells.get("class"))
        if basis is None:
            yield _blocking(line, "the row has no class", REMEDIES["basis"])
        elif basis not in CLASSES:
            yield _blocking(line, f"class {basis!r} is not known", f"use one of {', '.join(CLASSES)}")


_FIGURE = re.compile(r"^[\w.-]+\s*=\s*\{.*\bvalue\s*=")


def _unsourced_values(name: str, text: str) -> Iterator[Finding]:
    if fault := _torn_toml(text):
        where = re.search(r"line (\d+)", fault)
        number = int(where[1]) if where else text.count("\n") + 1
        yield _blocking(Line(name, number, {}), f"the file is torn ({fault})", "correct this line")
        return
    for number, written in enumerate(text.split("\n"), 1):
        if not _FIGURE.match(written.strip()):
            continue
        if fault := _torn_toml(written):
            what = f"a value and its source stand on several lines ({fault})"
            yield _blocking(Line(name, number, {}), what, "write its table on one line")
            continue
        for figure in tomllib.loads(written).values():
            cells = {key: str(word) for key, word in figure.items() if str(word).strip()}
            yield from _unsourced((Line(name, number, cells),))


def _torn_toml(text: str) -> str:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return str(fault)
    return ""


def _twice(lines: tuple[Line, ...], key: tuple[str, ...]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], Line] = {}
    for line in lines:
        if not all(column in line.cells for column in key):
            continue
        words = tuple(line.cells[column] for column in key)
        if words in seen:
            named = ", ".join(words)
            yield _blocking(
                line, f"{named} stands on line {seen[words].number} already", "keep one, or rename it"
            )
        else:
            seen[words] = line


_KEYS: Mapping[type[Any], tuple[str, ...]] = {FactRow: ("subject", "quantity", "date")}
_SUBJECTS = ("platforms.csv", "vehicles.csv", "sites.csv", "products.csv", "companies.csv", "norms.csv")


def _shared_ids(lines: Mapping[str, tuple[Line, ...]]) -> Iterator[Finding]:
    seen: dict[str, Line] = {}
    for line in _subject_lines(lines):
        other = seen.setdefault(line.cells["id"], line)
        if other.file != line.file:
            yield _blocking(line, f"id {line.cells['id']} is taken by {other.place}", "rename one of them")


def _subject_lines(lines: Mapping[str, tuple[Line, ...]]) -> Iterator[Line]:
    for name in _SUBJECTS:
        yield from (line for line in lines.get(name, ()) if "id" in line.cells)


def _overlaps(rows: list[tuple[Line, Row]]) -> Iterator[Finding]:
    prices = [(line, row) for line, row in rows if isinstance(row, PriceRow)]

    def series(pair: tuple[Line, PriceRow]) -> tuple[str, str, str]:
        return pair[1].item, pair[1].regime, pair[1].currency

    for (item, regime, _), group in groupby(sorted(prices, key=series), key=series):
        for (one, early), (two, late) in combinations(group, 2):
            if _begins_before_end(early, late) and _begins_before_end(late, early):
                later = max(one, two, key=lambda line: line.number)
                earlier = min(one, two, key=lambda line: line.number)
                yield _blocking(
                    later,
                    f"{item} in regime {regime} has a price for the same days on line {earlier.number}",
                    "end the earlier row where the later begins, or give them different regimes",
                )


def _begins_before_end(one: PriceRow, other: PriceRow) -> bool:
    return other.valid_to is None or first_day(one.valid_from) < first_day(other.valid_to)


def _unknown_subjects(lines: Mapping[str, tuple[Line, ...]]) -> Iterator[Finding]:
    known = {line.cells["id"] for line in _subject_lines(lines)} | set(TOPICS)
    for line in lines.get("facts.csv", ()):
        subject = line.cells.get("subject", "")
        if subject and subject not in known:
            yield _blocking(
                line,
                f"subject {subject} is no platform, vehicle, site, product, company or norm",
                f"add its row there, or use one of {', '.join(TOPICS)}",
            )
