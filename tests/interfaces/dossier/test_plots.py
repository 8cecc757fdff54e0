"""Drawings are well-formed, complete for those who cannot see them, and honest about their marks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.answers.answer import Bar, Bars, Dots, Gantt, Histogram, Mark, Track
from downmass.base.instant import format_instant
from downmass.interfaces.dossier.plots import beyond, caption, draw, own_domain, share_below, shared_domain
from downmass.interfaces.dossier.svg import number_ticks, rows_for, time_ticks, width_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('&\"]]>')</script>\x00\x0b"
START = datetime(2023, 6, 12, tzinfo=UTC)


def _at(days: float) -> str:
    return format_instant(START + timedelta(days=days))


def _futures(counts: tuple[int, ...], *marks: Mark) -> Histogram:
    return Histogram("Landing", "UTC", tuple(_at(30 * n) for n in range(len(counts) + 1)), counts, marks)


EMPTY = [
    Histogram("", "", (), ()),
    Histogram("none", "UTC", (_at(0), _at(1)), (0,)),
    Histogram("point", "d", ("5", "5"), (3,)),
    Gantt("", ()),
    Gantt("instant", (Bar("row", _at(0), _at(0), "done"),)),
    Bars("", "", ()),
    Bars("nil", "USD", (("a", 0.0),)),
    Bars("debts", "USD", (("a", -5.0), ("b", -1.5))),
    Track("", (), ()),
    Dots("", "", ()),
    Dots("one", "km", ((_at(0), 0.0, ""),)),
]


@pytest.mark.parametrize("plot", EMPTY)
def test_a_plot_of_nothing_is_still_a_drawing(plot: Any) -> None:
    assert ElementTree.fromstring(draw(plot)).tag == f"{SVG}svg"


def test_every_drawing_of_every_answer_is_well_formed_and_told_in_words(sample_answers: Any) -> None:
    for _, answers in sample_answers:
        for plot in (plot for answer in answers for plot in answer.plots):
            root = ElementTree.fromstring(draw(plot, [[(0, 0), (10, 10)]]))
            assert root.get("viewBox", "").split()[2] == "720"
            assert root.findtext(f"{SVG}title") == plot.title
            assert root.findtext(f"{SVG}desc")
            assert "nan" not in draw(plot)
            assert not re.search(r'\b(?:fill|stroke)="', draw(plot))


def test_hostile_labels_stay_labels() -> None:
    plots = [
        _futures((1, 2), Mark(HOSTILE, _at(3))),
        Gantt(HOSTILE, (Bar(HOSTILE, _at(0), _at(9), "late", HOSTILE),), (Mark(HOSTILE, _at(1)),)),
        Bars(HOSTILE, HOSTILE, ((HOSTILE, 3.0),)),
        Track(HOSTILE, (((0.0, 0.0), (1.0, 1.0)),), ((HOSTILE, 0.0, 0.0),)),
        Dots(HOSTILE, HOSTILE, ((_at(0), 1.0, HOSTILE), (_at(1), 2.0, "b"))),
    ]
    for plot in plots:
        root = ElementTree.fromstring(draw(plot))
        assert not list(root.iter(f"{SVG}script"))


def test_a_mark_says_how_many_futures_lie_before_it() -> None:
    # By hand: 25 of 100 lie in the first month, half of the second month's 50 before its middle.
    plot = _futures((25, 50, 25), Mark("landed", _at(45), "public"))
    assert share_below(plot, _at(45)) == pytest.approx(0.5)
    assert caption(plot) == "Landed (2023-07-27 00:00): 50 % of the futures lie before it."


def test_a_mark_outside_the_futures_is_said_to_be_outside() -> None:
    assert caption(_futures((5,), Mark("landed", _at(-3)))).endswith("every future lies after it.")
    assert caption(_futures((5,), Mark("landed", _at(99)))).endswith("every future lies before it.")


def test_a_thin_tail_is_cut_from_the_drawing_and_said_in_words() -> None:
    # 96 of 100 lie in the first month; the rest is spread over the four years after it.
    plot = _futures((96,) + (0,) * 46 + (4,))
    domain = own_domain(plot)
    assert domain[1] < (START + timedelta(days=40)).timestamp()
    assert beyond(plot, domain) == "4 % of the futures lie further right than is drawn"
    assert "4 % of the futures" in draw(plot)
    assert beyond(_futures((50, 50)), own_domain(_futures((50, 50)))) == ""


def test_what_had_happened_by_the_as_of_is_no_future() -> None:
    plot = _futures((5,), Mark("landed", _at(10), "public"))
    assert caption(plot, START + timedelta(days=11)) == ""


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12), st.floats(-50, 500), st.floats(-50, 500))
def test_the_share_before_a_mark_grows_from_none_to_all(counts: list[int], one: float, other: float) -> None:
    plot = _futures(tuple(counts))
    early, late = (share_below(plot, _at(days)) for days in sorted((one, other)))
    if sum(counts) == 0:
        assert early is late is None
    else:
        assert early is not None
        assert late is not None
        assert -1e-9 <= early <= late + 1e-9 <= 1 + 1e-6


@given(st.lists(st.tuples(st.floats(0, 720), st.text("abc", min_size=1, max_size=30)), max_size=12))
def test_labels_of_marks_never_overlap(labels: list[tuple[float, str]]) -> None:
    spans: dict[int, list[tuple[float, float]]] = {}
    for (x, text), (row, turned) in zip(labels, rows_for(labels), strict=True):
        span = (x - 6 - width_of(text), x + 6) if turned else (x - 6, x + 6 + width_of(text))
        assert all(span[1] <= a or b <= span[0] for a, b in spans.get(row, []))
        spans.setdefault(row, []).append(span)


@given(st.integers(0, 4_000_000_000), st.integers(3600, 3_000_000_000), st.integers(2, 8))
def test_a_calendar_axis_has_few_ticks_in_order_inside_its_span(low: int, span: int, most: int) -> None:
    ticks = [value for value, _ in time_ticks(low, low + span, most)]
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= low + span for tick in ticks)
    assert len(ticks) <= most + 2


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_a_number_axis_has_few_ticks_in_order(low: float, span: float) -> None:
    ticks = [value for value, _ in number_ticks(low, low + span)]
    assert ticks == sorted(ticks)
    assert len(ticks) <= 8


def test_plots_of_three_moments_share_one_axis() -> None:
    first, second = _futures((1, 2, 3)), _futures((1,))
    assert shared_domain([first, second]) == shared_domain([first])
    assert shared_domain([first, Histogram("mass", "kg", ("1", "2"), (1,))]) is None


def test_a_track_that_leaves_the_map_comes_in_at_the_other_side() -> None:
    root = ElementTree.fromstring(draw(Track("t", (((170.0, 0.0), (-170.0, 20.0)),), ())))
    pieces = [line.get("points", "") for line in root.iter(f"{SVG}polyline")]
    # The crossing lies half way, at 10 deg north: y = (90 - 10) * 2 px.
    assert pieces == ["700.0,180.0 720.0,160.0", "0.0,160.0 20.0,140.0"]


def test_states_differ_by_more_than_colour() -> None:
    bars = tuple(Bar(state, _at(0), _at(9), state) for state in ("planned", "done", "late", "window"))  # type: ignore[arg-type]
    svg = draw(Gantt("plan", bars))
    for state in ("planned", "done", "late", "window"):
        assert f">{state}</text>" in svg
    assert 'class="hatch"' in svg
