"""What every question returns: a headline, values with their spread, evidence, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from downmass.base.instant import Instant
from downmass.facts.finding import Finding
from downmass.facts.quantity import Assumption

Question = Literal["when", "slip", "quality", "custody", "track", "failures", "pays", "worth", "where"]
QUESTIONS: tuple[Question, ...] = (
    "when",
    "slip",
    "quality",
    "custody",
    "track",
    "failures",
    "pays",
    "worth",
    "where",
)


@dataclass(frozen=True, slots=True)
class Value:
    """A number an answer gives: exact, or with its 10, 50 and 90 percent quantiles.

    Attributes
    ----------
    exact, p10, p50, p90
        Decimal text, ISO instant, or plain text; either ``exact`` or all three quantiles are given.
    """

    name: str
    unit: str
    exact: str | None = None
    p10: str | None = None
    p50: str | None = None
    p90: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows an answer shows; every cell is text, numbers already rounded for reading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a part of an answer rests on: an entry, a catalogue row, a model, a norm, an input."""

    kind: Literal["entry", "catalogue", "model", "norm", "input"]
    ref: str
    note: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled instant or number on a plot; ``origin`` as of an entry, or ``model``.

    Attributes
    ----------
    share
        On a histogram: share of its futures that lie before the mark, in [0, 1], counted one by one.
    """

    label: str
    at: str
    origin: str = "model"
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of futures between edges; edges are ISO instants where ``unit`` is ``UTC``.

    Attributes
    ----------
    later
        Futures beyond the last edge; they count in every share.
    """

    title: str
    unit: str
    edges: tuple[str, ...]
    counts: tuple[int, ...]
    marks: tuple[Mark, ...] = ()
    later: int = 0
    kind: Literal["histogram"] = "histogram"


@dataclass(frozen=True, slots=True)
class Bar:
    """A span on a Gantt row: planned, done, or an uncertain tail."""

    row: str
    opens: str
    closes: str
    state: Literal["planned", "done", "late", "window"]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Gantt:
    """Activities over time, with marks such as as-of, refusal or landing."""

    title: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...] = ()
    kind: Literal["gantt"] = "gantt"


@dataclass(frozen=True, slots=True)
class Bars:
    """Named amounts beside each other, largest first."""

    title: str
    unit: str
    rows: tuple[tuple[str, float], ...]
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True, slots=True)
class Track:
    """Ground tracks [(longitude, latitude) in deg] and sites over a coastline."""

    title: str
    lines: tuple[tuple[tuple[float, float], ...], ...]
    sites: tuple[tuple[str, float, float], ...]
    kind: Literal["track"] = "track"


@dataclass(frozen=True, slots=True)
class Dots:
    """Points over time against a number, such as windows by cross-track distance.

    Attributes
    ----------
    dots
        ``(ISO instant, y, group)``.
    """

    title: str
    unit: str
    dots: tuple[tuple[str, float, str], ...]
    marks: tuple[Mark, ...] = ()
    kind: Literal["dots"] = "dots"


Plot = Histogram | Gantt | Bars | Track | Dots


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one of the nine questions, as of a moment.

    Attributes
    ----------
    headline
        One plain sentence with its number, to be read aloud.
    missing
        What was not known and how to supply it; an answer without a basis has only this.
    """

    question: Question
    campaign: str
    as_of: Instant
    headline: str
    values: tuple[Value, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    missing: tuple[str, ...] = ()
    seed: int = 0
    versions: tuple[tuple[str, str], ...] = ()
    plots: tuple[Plot, ...] = ()


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as the JSON value that ``--json`` prints and pages render."""
    value: dict[str, Any] = TypeAdapter(Answer).dump_python(answer, mode="json")
    return value
