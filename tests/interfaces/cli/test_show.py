"""An answer in a terminal of 80 columns can be read without colour and without scrolling sideways."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from downmass.answers.answer import Answer, Bars, Dots, Gantt, Histogram, Track, Value
from downmass.base.instant import parse_instant
from downmass.interfaces.cli.show import show, show_side_by_side
from downmass.interfaces.dossier.reading import plain


def _console(width: int = 80) -> tuple[Console, StringIO]:
    page = StringIO()
    return Console(file=page, width=width, color_system=None, force_terminal=False), page


def _shown(answer: Answer, width: int = 80) -> str:
    console, page = _console(width)
    show(answer, console)
    return page.getvalue()


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_headline_figures_and_units_fit_into_80_columns(sample_answers: Any) -> None:
    for _, answers in sample_answers:
        for answer in answers:
            text = _shown(answer)
            assert max(len(line) for line in text.splitlines()) <= 80
            assert plain(answer.headline) in _flat(text)
            for value in answer.values:
                assert value.unit in text
            for item in answer.assumptions:
                assert item.text in _flat(text)
            for finding in answer.findings:
                assert finding.severity.upper() in text
                assert finding.message in _flat(text)


def test_spreads_stand_in_three_columns_with_grouped_digits(sample_answers: Any) -> None:
    slip = sample_answers[0][1][1]
    line = next(line for line in _shown(slip).splitlines() if "Cost of 30 days" in line)
    assert line.split()[-4:] == ["210,000", "310,000", "560,000", "USD"]


def test_opinion_is_said_before_the_headline_and_its_assumptions_come_first(sample_answers: Any) -> None:
    text = _shown(sample_answers[0][1][0])
    assert text.index("Leans on opinion") < text.index("The product is back")
    assert (
        text.index("Assumptions, opinion")
        < text.index("Assumptions, derived")
        < text.index("Assumptions, read")
    )


def test_an_answer_without_a_basis_says_what_is_missing_and_how_to_supply_it() -> None:
    answer = Answer(
        "when",
        "new",
        parse_instant("2026-01-01T00:00Z"),
        "Nothing can be said yet.",
        missing=("A plan basis: `downmass record new plan.basis_stated FILE`",),
    )
    text = _shown(answer)
    assert "What is missing, and how to supply it" in text
    assert "downmass record new plan.basis_stated FILE" in text


def test_the_last_line_lets_anybody_repeat_the_answer(sample_answers: Any) -> None:
    text = _shown(sample_answers[1][1][0])
    assert text.splitlines()[-1].strip() == "as of 2023-09-06 23:59 UTC · seed 7 · downmass 0.1.0"


def test_where_the_landing_fell_is_said_in_words(sample_answers: Any) -> None:
    assert "% of the futures lie before it" in _shown(sample_answers[0][1][0])


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_plots_follow_the_width(sample_answers: Any, width: int) -> None:
    for answer in sample_answers[-1][1]:
        assert max(len(line) for line in _shown(answer, width).splitlines()) <= width


@pytest.mark.parametrize(
    "plot",
    [
        Histogram("empty", "UTC", (), ()),
        Gantt("empty", ()),
        Bars("empty", "USD", ()),
        Dots("empty", "km", ()),
        Track("empty", (), ()),
    ],
)
def test_a_plot_of_nothing_is_shown_without_fault(sample_answers: Any, plot: Any) -> None:
    assert "empty" in _shown(replace(sample_answers[0][1][0], plots=(plot,)))


def test_square_brackets_in_what_people_wrote_are_no_markup() -> None:
    answer = Answer(
        "pays",
        "c",
        parse_instant("2026-01-01T00:00Z"),
        "Owes [bold]nothing[/bold] [/]",
        (Value("[red]x", "USD", "1"),),
    )
    text = _shown(answer)
    assert "Owes [bold]nothing[/bold] [/]" in text
    assert "[red]x" in text


def test_three_moments_stand_side_by_side_with_what_changed_and_why(sample_answers: Any) -> None:
    console, page = _console()
    show_side_by_side([(label, answers[0]) for label, answers in sample_answers], console)
    text = page.getvalue()
    assert max(len(line) for line in text.splitlines()) <= 80
    header = next(line for line in text.splitlines() if "unit" in line)
    assert header.index("at launch") < header.index("at the refusal") < header.index("at the end")
    for _, answers in sample_answers:
        assert plain(answers[0].headline) in _flat(text)
    assert "Landing: 2023-09-06 → 2024-01-22 (+138 d)" in text
    assert "because: licence refused" in text
