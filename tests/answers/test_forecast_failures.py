"""Failure points stand in the order of what ruling them out would save, and the gates stand among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from downmass.answers.answer import Answer, Table
from downmass.answers.failures import failures
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode
from downmass.operations.opening import OpenCampaign

Ask = Callable[..., Answer]

MOMENTS = pytest.mark.parametrize(
    "as_of", ["2023-01-09", "2023-06-12", "2023-09-06", "2024-02-17", "2024-03-12"]
)


def _points(answer: Answer) -> Table:
    return next(table for table in answer.tables if table.title.startswith("Failure points"))


def _column(table: Table, name: str) -> list[str]:
    return [row[table.columns.index(name)] for row in table.rows]


def _dollars(cell: str) -> float:
    """What `USD 3.06 M`, `USD 472 k`, `USD 980` and `0` say; what is past comes last."""
    if cell == "-":
        return -1.0
    match = re.fullmatch(r"(?:USD )?([\d.,]+)(?: ([kM]))?", cell)
    assert match, cell
    return float(match[1].replace(",", "")) * {"k": 1e3, "M": 1e6, None: 1.0}[match[2]]


@MOMENTS
def test_points_stand_in_the_order_of_what_ruling_them_out_saves(as_of: str, ask: Ask) -> None:
    worth = [_dollars(cell) for cell in _column(_points(ask("failures", as_of)), "worth")]
    assert worth == sorted(worth, reverse=True)
    assert all(value >= 0 or value == -1.0 for value in worth)


@MOMENTS
def test_noise_is_told_as_0(as_of: str, ask: Ask) -> None:
    table = _points(ask("failures", as_of))
    for name in ("worth", "losses spared", "Birnbaum"):
        assert not [cell for cell in _column(table, name) if re.search(r"-\s*\d|^-?0\.0+$", cell)]


def test_a_run_that_can_be_repeated_stands_below_damage_that_loses_the_batch(ask: Ask) -> None:
    """It strikes in one campaign of ten, but costs days, and days alone lose nothing as of the launch."""
    table = _points(ask("failures", "2023-06-12"))
    titles = _column(table, "failure point")
    run, damage = (
        titles.index(t) for t in ("Crystallisation run fails", "Damage or warm storage during recovery")
    )
    assert run > damage
    assert table.rows[run][table.columns.index("losses spared")] == "0"


def test_what_loses_most_at_the_refusal_has_a_row(ask: Ask) -> None:
    answer = ask("failures", "2023-09-06")
    table = _points(answer)
    titles, worth = _column(table, "failure point"), _column(table, "worth")
    largest = next(table for table in answer.tables if table.title == "What the batch is lost to").rows[0][0]
    assert largest.startswith("the shelf life expires")
    keeps = titles.index("Shelf life runs out")
    gates = next(k for k, title in enumerate(titles) if "licence" in title and "range" in title)
    assert {keeps, gates} == {0, 1}
    # What expires there does so behind the gates, so ruling out either saves nearly the same.
    assert _dollars(worth[gates]) == pytest.approx(_dollars(worth[keeps]), rel=0.05)


def test_a_mode_that_strikes_always_and_harms_nothing_does_not_lead(w1: OpenCampaign) -> None:
    case = w1.case("2023-06-12")
    always = Spread(Decimal(100), Decimal(100), Decimal(100), "opinion", "a test")
    none = Spread(Decimal(0), Decimal(0), Decimal(0), "opinion", "a test")
    harmless = FailureMode("paint", "Paint fades", "orbit", always, "delay", 10, 10, delay_d=none)
    changed = replace(case, campaign=replace(case.campaign, modes=(*case.campaign.modes, harmless)))
    table = _points(failures(changed))
    titles = _column(table, "failure point")
    assert _column(table, "worth")[titles.index("Paint fades")] == "0"
    assert titles.index("Paint fades") > titles.index("Damage or warm storage during recovery")


def test_it_says_that_savings_do_not_add_up_and_lists_what_the_forecast_leans_on(ask: Ask) -> None:
    texts = [a.text for a in ask("failures", "2023-09-06").assumptions]
    assert any("does not add up" in text for text in texts)
    assert any("prior of every class" in text for text in texts)
