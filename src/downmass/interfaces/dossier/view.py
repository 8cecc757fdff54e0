"""What stands on the pages of a dossier: answers and record turned into rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from downmass.answers.answer import QUESTIONS, Answer, Evidence, Plot, Question, Table, Value
from downmass.facts.finding import Finding
from downmass.interfaces.dossier import plots
from downmass.interfaces.dossier.changes import Change, changes, entry_id
from downmass.interfaces.dossier.reading import (
    BASIS_TEXT,
    SEVERITY_ORDER,
    as_instant,
    by_basis,
    instant_words,
    is_numeric,
    opinion_words,
    plain,
    spread_words,
    unit_words,
    value_words,
)
from downmass.interfaces.nine import QUESTION_TEXT

_REASONS_SHOWN = 6

Moments = Sequence[tuple[str, Sequence[Answer]]]


@dataclass(frozen=True, slots=True)
class Moment:
    """One answer at one moment, ready to be read."""

    label: str
    as_of: str
    headline: str
    opinion: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure at one moment: its middle and its spread."""

    middle: str
    spread: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value across the moments."""

    name: str
    note: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table with the columns that align right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One plot at one moment."""

    label: str
    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Figure:
    """Plots of one title, moment under moment on one axis."""

    title: str
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """What changed from one moment to the next."""

    title: str
    moved: tuple[Change, ...]
    because: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One question with its answers at every moment."""

    question: Question
    text: str
    moments: tuple[Moment, ...]
    values: tuple[ValueRow, ...]
    figures: tuple[Figure, ...]
    tables: tuple[ShownTable, ...]
    earlier: tuple[ShownTable, ...]
    changes: tuple[ShownChange, ...]
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    ground: str
    repeat: str
    key: str
    one_headline: bool


def answer_views(
    moments: Moments, coast: plots.Coast, told: Mapping[str, str] = MappingProxyType({})
) -> list[AnswerView]:
    """Return the questions that were asked, in their order, each across the moments.

    ``told`` gives the sentence of each entry by its id, for what changed and why.
    """
    views = []
    for question in QUESTIONS:
        asked = [(label, a) for label, answers in moments for a in answers if a.question == question]
        if asked:
            views.append(_answer_view(question, asked, coast, told))
    return views


def _answer_view(
    question: Question, asked: list[tuple[str, Answer]], coast: plots.Coast, told: Mapping[str, str]
) -> AnswerView:
    last = asked[-1][1]
    tables = tuple(shown_table(table) for table in last.tables)
    earlier = tuple(
        replace(shown, title=f"{shown.title}, {label}")
        for label, answer in asked[:-1]
        for shown in (shown_table(table) for table in answer.tables)
        if shown not in tables
    )
    return AnswerView(
        question=question,
        text=QUESTION_TEXT[question],
        moments=tuple(_moment(label, answer) for label, answer in asked),
        values=_value_rows([answer for _, answer in asked]),
        figures=_figures(asked, coast),
        tables=tables,
        earlier=earlier,
        changes=_changes(asked, told),
        findings=tuple(_read(finding) for finding in sorted_findings(last.findings)),
        missing=tuple(plain(text) for text in last.missing),
        ground=ground_words(last),
        repeat=_repeat_words(asked),
        key=_key_words([value for _, answer in asked for value in answer.values]),
        one_headline=len({answer.headline for _, answer in asked}) == 1,
    )


def _moment(label: str, answer: Answer) -> Moment:
    return Moment(
        label=label,
        as_of=instant_words(answer.as_of),
        headline=plain(answer.headline),
        opinion=opinion_words(answer.assumptions),
    )


def _repeat_words(asked: list[tuple[str, Answer]]) -> str:
    """Return what anybody needs to get the same answers again; once where the moments agree."""
    said: dict[str, list[str]] = {}
    for label, answer in asked:
        versions = "".join(f", {name} {version}" for name, version in answer.versions)
        said.setdefault(f"seed {answer.seed}{versions}", []).append(label)
    if len(said) == 1:
        return next(iter(said)).capitalize() + "."
    return " ".join(f"{', '.join(labels)}: {words}." for words, labels in said.items())


def _key_words(values: Sequence[Value]) -> str:
    """Return how the figures are to be read."""
    said = []
    if any(value.exact is None for value in values):
        said.append("median, with 10 % to 90 % below it")
    if any(as_instant(value.exact or value.p50 or "") for value in values):
        said.append("days in brackets count from the as-of")
    return "; ".join(said)


def _value_rows(answers: Sequence[Answer]) -> tuple[ValueRow, ...]:
    """Return one row for each value name, in the order of the last answer."""
    names: dict[str, Value] = {}
    for answer in reversed(answers):
        for value in answer.values:
            names.setdefault(value.name, value)
    rows = []
    for name, shown in names.items():
        cells = []
        for answer in answers:
            found = next((value for value in answer.values if value.name == name), None)
            cells.append(_cell(found, answer) if found else Cell("–"))
        alike = len({cell.note for cell in cells if cell.middle != "–"}) == 1
        note = plain(shown.note) if alike else ""
        cells = [replace(cell, note="") for cell in cells] if alike else cells
        rows.append(ValueRow(name, note, unit_words(shown), tuple(cells)))
    return tuple(rows)


def _cell(value: Value, answer: Answer) -> Cell:
    if value.exact is not None:
        return Cell(value_words(value.exact, answer.as_of), note=plain(value.note))
    low, middle, high = spread_words(value, answer.as_of)
    return Cell(middle, f"{low} to {high}", plain(value.note))


def shown_table(table: Table) -> ShownTable:
    """Return a table with instants made readable and number columns found."""
    rows = tuple(tuple(plain(cell) for cell in row) for row in table.rows)
    right = tuple(
        is_numeric([row[index] for row in rows if index < len(row)]) for index in range(len(table.columns))
    )
    widest = max((len(row) for row in rows), default=0)
    return ShownTable(table.title, table.columns, rows, right + (False,) * (widest - len(right)))


def _figures(asked: list[tuple[str, Answer]], coast: plots.Coast) -> tuple[Figure, ...]:
    """Return the plots by title; those of one title share an axis, and stand once where they agree."""
    titles = dict.fromkeys(plot.title for _, answer in asked for plot in answer.plots)
    figures = []
    for title in titles:
        same = [(label, a.as_of, p) for label, a in asked for p in a.plots if p.title == title]
        domain = plots.shared_domain([plot for _, _, plot in same])
        labels: dict[Plot, list[str]] = {}
        first: dict[Plot, datetime] = {}
        for label, as_of, plot in same:
            labels.setdefault(plot, []).append(label)
            first.setdefault(plot, as_of)
        drawn = tuple(
            Drawn(
                "" if len(names) == len(asked) else " · ".join(names),
                plots.draw(plot, coast, domain),
                plots.caption(plot, first[plot]),
            )
            for plot, names in labels.items()
        )
        figures.append(Figure(title, drawn))
    return tuple(figures)


def _changes(asked: list[tuple[str, Answer]], told: Mapping[str, str]) -> tuple[ShownChange, ...]:
    shown = []
    for (label, earlier), (next_label, later) in pairwise(asked):
        found = changes(earlier, later, told)
        if found.moved or found.because:
            because, more = found.because[:_REASONS_SHOWN], len(found.because) - _REASONS_SHOWN
            shown.append(ShownChange(f"{label} → {next_label}", found.moved, because, max(0, more)))
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with the moments it was raised at."""

    severity: str
    message: str
    subject: str
    raised: str


def finding_rows(standing: Sequence[Finding], moments: Moments) -> tuple[list[FindingRow], list[FindingRow]]:
    """Return the findings that stand at the last moment, and those of earlier moments that are gone."""
    raised: dict[Finding, list[str]] = {_read(finding): [] for finding in standing}
    for label, answers in moments:
        for finding in dict.fromkeys(_read(f) for answer in answers for f in answer.findings):
            raised.setdefault(finding, []).append(label)
    last = {_read(f) for answer in (moments[-1][1] if moments else ()) for f in answer.findings}
    last |= {_read(finding) for finding in standing}
    rows: tuple[list[FindingRow], list[FindingRow]] = ([], [])
    for finding in sorted_findings(list(raised)):
        labels = ", ".join(raised[finding]) or "by the record itself"
        row = FindingRow(finding.severity, finding.message, finding.subject, labels)
        rows[0 if finding in last else 1].append(row)
    return rows


def sorted_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings once each, the most severe first."""
    return sorted(dict.fromkeys(findings), key=lambda finding: SEVERITY_ORDER.index(finding.severity))


def _read(finding: Finding) -> Finding:
    return Finding(finding.subject, plain(finding.message), finding.severity, finding.evidence)


def ground_words(answer: Answer) -> str:
    """Return in one line what an answer rests on, by kind and by class of assumption."""
    words = {
        "entry": ("entry", "entries"),
        "catalogue": ("catalogue row", "catalogue rows"),
        "model": ("model", "models"),
        "norm": ("norm", "norms"),
        "input": ("input", "inputs"),
    }
    parts = []
    for kind, (one, many) in words.items():
        count = len({item.ref for item in answer.evidence if item.kind == kind})
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    assumed = ", ".join(f"{len(group)} {basis}" for basis, group in by_basis(answer.assumptions))
    rests = f"Rests on {', '.join(parts)}." if parts else "Names no evidence."
    return f"{rests} Assumptions: {assumed}." if assumed else rests


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to an entry, with its place in the story if it stands there."""

    id: str
    anchor: str


@dataclass(frozen=True, slots=True)
class UsedRow:
    """An assumption or a piece of evidence with the questions that use it."""

    text: str
    source: str
    questions: str


@dataclass(frozen=True, slots=True)
class AssumptionGroup:
    """The assumptions of one class."""

    basis: str
    meaning: str
    rows: tuple[UsedRow, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence, linked where it is an entry."""

    entry: Link
    note: str
    questions: str


@dataclass(frozen=True, slots=True)
class EvidenceGroup:
    """The evidence of one kind."""

    title: str
    rows: tuple[EvidenceRow, ...]


def assumption_groups(answers: Sequence[Answer]) -> list[AssumptionGroup]:
    """Return every assumption of every answer once, by class, with the questions that use it."""
    everything = [item for answer in answers for item in answer.assumptions]
    groups = []
    for basis, group in by_basis(everything):
        rows = tuple(
            UsedRow(
                plain(item.text),
                item.source,
                _asked_by(answer.question for answer in answers if item in answer.assumptions),
            )
            for item in group
        )
        groups.append(AssumptionGroup(basis, BASIS_TEXT[basis], rows))
    return groups


def evidence_groups(answers: Sequence[Answer], anchors: Mapping[str, str]) -> list[EvidenceGroup]:
    """Return every piece of evidence once, by kind, with the questions that use it."""
    titles: dict[str, str] = {
        "entry": "Entries of the record",
        "catalogue": "Catalogue rows",
        "model": "Models",
        "norm": "Norms",
        "input": "Inputs",
    }
    used: dict[Evidence, list[Question]] = {}
    for answer in answers:
        for item in answer.evidence:
            used.setdefault(item, []).append(answer.question)
    groups = []
    for kind, title in titles.items():
        rows = tuple(
            EvidenceRow(
                Link(item.ref, anchors.get(entry_id(item.ref), "")), plain(item.note), _asked_by(questions)
            )
            for item, questions in used.items()
            if item.kind == kind
        )
        if rows:
            groups.append(EvidenceGroup(title, rows))
    return groups


def _asked_by(questions: Iterable[Question]) -> str:
    wanted = set(questions)
    return ", ".join(question for question in QUESTIONS if question in wanted)
