"""Answers in the terminal: figures, tables and small plots that need neither colour nor width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from downmass.answers.answer import (
    Answer,
    Bars,
    Dots,
    Evidence,
    Gantt,
    Histogram,
    Mark,
    Plot,
    Table,
    Track,
    Value,
)
from downmass.facts.finding import Finding
from downmass.facts.quantity import Assumption
from downmass.interfaces.cli.printing import printable
from downmass.interfaces.dossier.changes import changes
from downmass.interfaces.dossier.plots import beyond, caption, own_domain
from downmass.interfaces.dossier.reading import (
    BASIS_TEXT,
    SEVERITY_ORDER,
    by_basis,
    instant_words,
    is_numeric,
    number_words,
    opinion_words,
    plain,
    spread_words,
    unit_words,
    value_words,
)
from downmass.interfaces.dossier.svg import number_ticks, seconds, time_ticks
from downmass.interfaces.nine import QUESTION_TEXT

_WIDEST = 100
_BLOCKS = " ▁▂▃▄▅▆▇█"
_HISTOGRAM_ROWS = 6
_DOTS_ROWS = 11
_STATES = {"done": "█", "planned": "░", "late": "▓", "window": "─"}
_ORDER = ("window", "late", "planned", "done")
"""What is written last stays readable where bars overlap."""
_SHAPES = "●■▲◆✚○"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EVIDENCE_SHOWN = 8
_NARROW = 16
_WHOLE = 18
"""A column of short cells with digits is kept whole up to this width."""
_PROSE, _GAP, _NARROWEST = 16, 3, 80
"""Only while that leaves this much to each other column at 80 columns, gaps counted."""
"""Longest figure that never wraps, an instant to the minute [columns]."""
_SEVERITY_STYLE = {"blocking": "bold red", "warning": "bold yellow", "note": "dim"}

Place = Callable[[float], int]


def show(answer: Answer, console: Console) -> None:
    """Print one answer: what it leans on, its headline, figures, plots, faults and grounds.

    Parameters
    ----------
    answer
        Any answer.
    console
        Where to print; plots fit its width up to 100 columns.
    """
    answer = printable(answer)
    _say(console, Text.assemble((answer.question, "bold"), "  ", (QUESTION_TEXT[answer.question], "dim")))
    opinion = opinion_words(answer.assumptions)
    if opinion:
        _say(console, Text(f"○ {opinion}"))
    console.print()
    _say(console, Text(plain(answer.headline), style="bold"))
    if answer.values:
        console.print(_value_grid(answer))
    for table in answer.tables:
        console.print(_table_grid(table))
    for plot in answer.plots:
        _show_plot(plot, answer, console)
    _show_findings(answer.findings, console)
    _show_missing(answer.missing, console)
    _show_evidence(answer.evidence, console)
    _show_assumptions(answer.assumptions, console)
    console.print()
    _say(console, Text(_repeat(answer), style="dim"))


def show_side_by_side(
    moments: Sequence[tuple[str, Answer]], console: Console, told: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Print the answers to one question at several moments: each headline, then figures by column.

    Parameters
    ----------
    moments
        Label and answer of each moment, in order of their as-of; all of one question.
    console
        Where to print.
    told
        Sentence of each entry by its id, to say why a figure moved.
    """
    if not moments:
        return
    moments, told = printable(tuple(moments)), printable(dict(told))
    first = moments[0][1]
    _say(console, Text.assemble((first.question, "bold"), "  ", (QUESTION_TEXT[first.question], "dim")))
    for label, answer in moments:
        console.print()
        _say(console, Text(f"{label}, as of {instant_words(answer.as_of)} UTC", style="dim"))
        opinion = opinion_words(answer.assumptions)
        if opinion:
            _say(console, Text(f"○ {opinion}", style="dim"), 2)
        _say(console, Text(plain(answer.headline), style="bold"), 2)
        for text in answer.missing:
            _say(console, Text(f"Missing: {plain(text)}"), 2)
    if any(answer.values for _, answer in moments):
        console.print(_moment_grid(moments))
    _show_changes(moments, console, told)
    _show_findings(moments[-1][1].findings, console)
    console.print()


def _say(console: Console, text: Text, indent: int = 0) -> None:
    console.print(Padding(text, (0, 0, 0, indent), expand=False))


def _heading(console: Console, text: str) -> None:
    console.print()
    _say(console, Text(text, style="bold"))


def _repeat(answer: Answer) -> str:
    versions = "".join(f" · {name} {version}" for name, version in answer.versions)
    return f"as of {instant_words(answer.as_of)} UTC · seed {answer.seed}{versions}"


def _grid(title: str = "") -> Grid:
    return Grid(
        box=SIMPLE_HEAD,
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        pad_edge=False,
        header_style="dim",
    )


def _value_grid(answer: Answer) -> Grid:
    """Return the figures: exact ones under the median, since there the reader looks."""
    spread = any(value.exact is None for value in answer.values)
    rows = []
    for value in answer.values:
        exact = value.exact is not None
        figures = (value_words(value.exact, answer.as_of),) if exact else spread_words(value, answer.as_of)
        cells = [_stacked(figure) for figure in figures]
        rows.append(["", *cells, ""] if spread and len(cells) == 1 else cells)
    short = all(len(line) <= _NARROW for row in rows for cell in row for line in cell.split("\n"))
    grid = _grid()
    grid.add_column("", overflow="fold")
    for heading in ("10 %", "median", "90 %") if spread else ("",):
        grid.add_column(heading, justify="right", overflow="fold", no_wrap=short)
    grid.add_column("unit", no_wrap=short)
    for value, row in zip(answer.values, rows, strict=True):
        name = Text(value.name)
        if value.note:
            name.append(f"\n{plain(value.note)}", style="dim")
        grid.add_row(name, *(Text(cell) for cell in row), Text(unit_words(value)))
    return grid


def _stacked(figure: str) -> str:
    """Return a figure with its distance from as-of, if it has one, on a line of its own."""
    return figure.replace(" (", "\n(") if figure.endswith((" d)", " h)")) else figure


def _moment_grid(moments: Sequence[tuple[str, Answer]]) -> Grid:
    grid = _grid()
    grid.add_column("", overflow="fold")
    for label, _ in moments:
        grid.add_column(Text(label), justify="right", overflow="fold")
    grid.add_column("unit")
    names: dict[str, Value] = {}
    for _, answer in reversed(moments):
        for value in answer.values:
            names.setdefault(value.name, value)
    for name, shown in names.items():
        cells = []
        for _, answer in moments:
            found = next((value for value in answer.values if value.name == name), None)
            cells.append(Text("–") if found is None else _moment_cell(found))
        grid.add_row(Text(name), *cells, Text(unit_words(shown)))
    return grid


def _moment_cell(value: Value) -> Text:
    if value.exact is not None:
        return Text(value_words(value.exact))
    low, middle, high = spread_words(value)
    cell = Text(middle)
    cell.append(f"\n{low}\nto {high}", style="dim")
    return cell


def _table_grid(table: Table) -> Grid:
    grid = _grid(table.title)
    rows = [[plain(cell) for cell in row] for row in table.rows]
    cells = [[row[index] for row in rows if index < len(row)] for index in range(len(table.columns))]
    longest = [max((len(cell) for cell in column), default=0) for column in cells]
    short = [length <= _WHOLE for length in longest]
    needed = sum(length if kept else min(length, _PROSE) for length, kept in zip(longest, short, strict=True))
    fits = needed + _GAP * len(longest) <= _NARROWEST
    for column, told, kept in zip(table.columns, cells, short, strict=True):
        numeric = is_numeric(told)
        # A figure, id or date broken over lines is misread; prose beside it may wrap.
        whole = fits and kept and any(letter.isdigit() for cell in told for letter in cell)
        justify: Literal["left", "right"] = "right" if numeric else "left"
        grid.add_column(Text(column), justify=justify, overflow="fold", no_wrap=whole)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row[: len(table.columns)]))
    return grid


def _show_changes(moments: Sequence[tuple[str, Answer]], console: Console, told: Mapping[str, str]) -> None:
    for (label, earlier), (next_label, later) in pairwise(moments):
        found = changes(earlier, later, told)
        if not (found.moved or found.because or found.gone):
            continue
        _heading(console, f"What changed: {label} → {next_label}")
        for moved in found.moved:
            by = f" ({moved.by})" if moved.by else ""
            _say(console, Text(f"{moved.name}: {moved.before} → {moved.after}{by}"), 2)
        for reason in found.because:
            _say(console, Text(f"because: {reason}"), 2)
        for text in found.gone:
            _say(console, Text(f"no longer missing: {text}"), 2)


def _show_findings(findings: Sequence[Finding], console: Console) -> None:
    if not findings:
        return
    _heading(console, "Findings")
    for finding in sorted(findings, key=lambda item: SEVERITY_ORDER.index(item.severity)):
        word = Text(f"{finding.severity.upper():<9}", style=_SEVERITY_STYLE[finding.severity])
        _say(console, word + Text(f"{plain(finding.message)} ({finding.subject})"), 2)


def _show_missing(missing: Sequence[str], console: Console) -> None:
    if not missing:
        return
    _heading(console, "What is missing, and how to supply it")
    for text in missing:
        _say(console, Text(f"- {plain(text)}"), 2)


def _show_evidence(evidence: Sequence[Evidence], console: Console) -> None:
    if not evidence:
        return
    _heading(console, "Rests on")
    for item in evidence[:_EVIDENCE_SHOWN]:
        _say(console, Text(f"{item.kind} {item.ref}: {plain(item.note)}"), 2)
    if len(evidence) > _EVIDENCE_SHOWN:
        _say(console, Text(f"and {len(evidence) - _EVIDENCE_SHOWN} more; --json or --html gives all"), 2)


def _show_assumptions(assumptions: Sequence[Assumption], console: Console) -> None:
    for basis, group in by_basis(assumptions):
        _heading(console, f"Assumptions, {basis} ({BASIS_TEXT[basis]})")
        for item in group:
            _say(console, Text.assemble(f"- {plain(item.text)} ", (f"[{item.source}]", "dim")), 2)


def _show_plot(plot: Plot, answer: Answer, console: Console) -> None:
    """Print a plot as plain lines; they are cut here, so that the terminal never wraps them."""
    width = min(console.width, _WIDEST)
    _heading(console, plot.title)
    if isinstance(plot, Histogram):
        lines = _histogram(plot, width)
    elif isinstance(plot, Gantt):
        lines = _gantt(plot, width)
    elif isinstance(plot, Dots):
        lines = _dots(plot, width)
    elif isinstance(plot, Bars):
        lines = _bars(plot, width)
    else:
        lines = _track(plot, width)
    for line in lines:
        console.print(Text(line.rstrip()[:width]), no_wrap=True)
    said = caption(plot, answer.as_of)
    tail = beyond(plot, own_domain(plot)) if isinstance(plot, Histogram) else ""
    if tail:
        _say(console, Text(f"→ {tail}."))
    if said:
        _say(console, Text(said))


def _scale(low: float, high: float, columns: int) -> Place:
    span = (high - low) or 1.0
    return lambda value: min(columns - 1, max(0, int((value - low) / span * columns)))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"


def _histogram(plot: Histogram, width: int) -> list[str]:
    if not plot.counts or not sum(plot.counts):
        return ["no futures"]
    read = seconds if plot.unit == "UTC" else float
    low, high = own_domain(plot)
    edges = [read(edge) for edge in plot.edges]
    step = (high - low) / width
    heights = [0.0] * width
    for (left, right), count in zip(pairwise(edges), plot.counts, strict=False):
        for column in range(width):
            start = low + column * step
            inside = min(right, start + step) - max(left, start)
            if inside > 0 and right > left:
                heights[column] += count * inside / (right - left)
    most = max(heights) or 1.0
    # A column that holds any future shows at least the lowest block.
    levels = [max(1, round(h / most * 8 * _HISTOGRAM_ROWS)) if h > 0 else 0 for h in heights]
    lines = [
        "".join(_BLOCKS[min(8, max(0, level - 8 * row))] for level in levels)
        for row in reversed(range(_HISTOGRAM_ROWS))
    ]
    place = _scale(low, high, width)
    ticks = time_ticks(low, high, width // 14) if plot.unit == "UTC" else number_ticks(low, high, width // 14)
    lines += _axis(place, ticks, width)
    if plot.unit != "UTC":
        lines.append(plot.unit.rjust(width))
    return lines + _mark_lines(plot.marks, lambda mark: place(read(mark.at)), width)


def _axis(place: Place, ticks: Iterable[tuple[float, str]], width: int, left: int = 0) -> list[str]:
    """Return an axis line with its ticks, and the labels under it where they fit."""
    line, labels = ["─"] * width, [" "] * (width + left)
    reached = 0
    for value, label in ticks:
        column = place(value)
        line[column] = "┴"
        start = min(max(0, left + column - len(label) // 2), left + width - len(label))
        if start >= reached:
            labels[start : start + len(label)] = label
            reached = start + len(label) + 1
    return [" " * left + "".join(line), "".join(labels)]


def _mark_lines(
    marks: Sequence[Mark], column_of: Callable[[Mark], int], width: int, left: int = 0
) -> list[str]:
    """Return a line with a letter under each mark, and what the letters mean."""
    if not marks:
        return []
    line = [" "] * width
    for letter, mark in zip(_LETTERS, marks, strict=False):
        line[column_of(mark)] = letter if line[column_of(mark)] == " " else "*"
    key = [
        f"{letter} = {mark.label}"
        + ("" if value_words(mark.at)[:10] in mark.label else f", {value_words(mark.at)}")
        for letter, mark in zip(_LETTERS, marks, strict=False)
    ]
    return [" " * left + "".join(line), *key]


def _gantt(plot: Gantt, width: int) -> list[str]:
    names = list(dict.fromkeys(bar.row for bar in plot.bars))
    left = min(24, 1 + max((len(name) for name in names), default=0))
    columns = width - left
    low, high = own_domain(plot)
    place = _scale(low, high, columns)
    rows = {name: [" "] * columns for name in names}
    for bar in sorted(plot.bars, key=lambda bar: _ORDER.index(bar.state)):
        start, end = place(seconds(bar.opens)), place(seconds(bar.closes))
        for column in range(start, max(start + 1, end)):
            rows[bar.row][column] = _STATES[bar.state]
    for mark in plot.marks:
        column = place(seconds(mark.at))
        for cells in rows.values():
            if cells[column] == " ":
                cells[column] = "┊"
    lines = [_cut(name, left - 1).ljust(left) + "".join(cells) for name, cells in rows.items()]
    lines += _axis(place, time_ticks(low, high, columns // 14), columns, left)
    lines += _mark_lines(plot.marks, lambda mark: place(seconds(mark.at)), columns, left)
    used = {bar.state for bar in plot.bars}
    return [*lines, "   ".join(f"{sign} {state}" for state, sign in _STATES.items() if state in used)]


def _bars(plot: Bars, width: int) -> list[str]:
    left = min(36, 1 + max((len(name) for name, _ in plot.rows), default=0))
    figures = [number_words(f"{amount:.4g}") for _, amount in plot.rows]
    right = max((len(figure) for figure in figures), default=0) + len(plot.unit) + 2
    columns = max(8, width - left - right)
    most = max((abs(amount) for _, amount in plot.rows), default=0.0) or 1.0
    lines = []
    for (name, amount), figure in zip(plot.rows, figures, strict=True):
        eighths = round(abs(amount) / most * columns * 8)
        bar = "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")
        lines.append(f"{_cut(name, left - 1):<{left}}{bar:<{columns}}{figure + ' ' + plot.unit:>{right}}")
    return lines


def _dots(plot: Dots, width: int) -> list[str]:
    groups = list(dict.fromkeys(group for _, _, group in plot.dots))
    levels = [level for _, level, _ in plot.dots]
    least, most = min([*levels, 0.0]), max([*levels, 0.0])
    names = [number_words(f"{most:.4g}"), number_words(f"{least:.4g}")]
    left = 1 + max(len(name) for name in names)
    columns = width - left
    low, high = own_domain(plot)
    place, up = _scale(low, high, columns), _scale(least, most, _DOTS_ROWS)
    cells = [[" "] * columns for _ in range(_DOTS_ROWS)]
    for at, level, group in plot.dots:
        row = _DOTS_ROWS - 1 - up(level)
        cells[row][place(seconds(at))] = _SHAPES[groups.index(group) % len(_SHAPES)]
    lines = [plot.unit] + [
        (names[0] if row == 0 else names[1] if row == _DOTS_ROWS - 1 else "").rjust(left - 1)
        + "│"
        + "".join(line)
        for row, line in enumerate(cells)
    ]
    lines += _axis(place, time_ticks(low, high, columns // 14), columns, left)
    lines += _mark_lines(plot.marks, lambda mark: place(seconds(mark.at)), columns, left)
    key = [f"{_SHAPES[index % len(_SHAPES)]} {group}" for index, group in enumerate(groups) if group]
    return [*lines, "   ".join(key)]


def _track(plot: Track, width: int) -> list[str]:
    columns = min(width - 2, 72)
    rows = columns // 4
    across, down = _scale(-180, 180, columns), _scale(-90, 90, rows)
    cells = [[" "] * columns for _ in range(rows)]
    for line in plot.lines:
        for longitude, latitude in line:
            wrapped = (longitude + 180) % 360 - 180
            cells[rows - 1 - down(latitude)][across(wrapped)] = "·"
    for letter, (_, longitude, latitude) in zip(_LETTERS.upper(), plot.sites, strict=False):
        cells[rows - 1 - down(latitude)][across(longitude)] = letter
    lines = [
        "┌" + "─" * columns + "┐",
        *("│" + "".join(line) + "│" for line in cells),
        "└" + "─" * columns + "┘",
    ]
    key = [
        f"{letter} = {name}, {abs(latitude):.1f} {'N' if latitude >= 0 else 'S'} "
        f"{abs(longitude):.1f} {'E' if longitude >= 0 else 'W'}"
        for letter, (name, longitude, latitude) in zip(_LETTERS.upper(), plot.sites, strict=False)
    ]
    return [*lines, *key, "the map with its coast is in --html and in the dossier"]
