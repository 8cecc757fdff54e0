"""CSV text into numbered rows, and what is torn about it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from downmass.facts.finding import Finding


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table with its place: cells by column, blank cells left out."""

    file: str
    number: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """``file:line``, as a person finds it."""
        return f"{self.file}:{self.number}"


def read_table(file: str, text: str) -> tuple[tuple[Line, ...], tuple[Finding, ...]]:
    """Split CSV text into its rows.

    Parameters
    ----------
    file
        Name of the file, for findings.
    text
        Its content: a header line, then one row on each line; a byte-order mark, CRLF line ends and
        blank lines are tolerated.

    Returns
    -------
    rows, findings
        The rows that could be read, and a blocking finding for each line that is torn.

    Notes
    -----
    A cell holds no line break, so an unclosed quote is found on its own line.

    Examples
    --------
    >>> rows, _ = read_table("sites.csv", "id,name\\nuttr,Utah\\n")
    >>> rows[0].place, rows[0].cells["name"]
    ('sites.csv:2', 'Utah')
    """
    header: list[str] = []
    rows: list[Line] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
        except csv.Error as fault:
            findings.append(
                _torn(file, number, f"the line is torn ({fault})", "close the quotes on this line")
            )
            continue
        if not header:
            header = cells
            twice = sorted({name for name in header if header.count(name) > 1})
            if twice:
                findings.append(
                    _torn(file, number, f"columns {', '.join(twice)} come twice", "name each once")
                )
        elif len(cells) != len(header):
            what = f"the line has {len(cells)} cells where the header has {len(header)}"
            remedy = "put text with a comma in quotes, and keep every comma between columns"
            findings.append(_torn(file, number, what, remedy))
        else:
            filled = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
            rows.append(Line(file, number, filled))
    if not header:
        findings.append(_torn(file, 1, "the file is empty", "restore its header and rows"))
    return tuple(rows), tuple(findings)


def _torn(file: str, number: int, what: str, remedy: str) -> Finding:
    return Finding(subject=f"{file}:{number}", message=f"{what}; {remedy}", severity="blocking")
