"""How often the central 90 % holds what really happened, each return forecast from the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files

import numpy as np
import pytest
from scipy import stats

from downmass.disciplines.forecast.belief import believe_as_of, believe_rows, slip_at
from downmass.disciplines.forecast.slips import SlipRow, parse_slips

BAND = np.array([0.05, 0.95])


@pytest.fixture(scope="module")
def rows() -> tuple[SlipRow, ...]:
    table = files("downmass.disciplines.catalogue") / "data" / "reference_slips.csv"
    return parse_slips(table.read_text(encoding="utf-8"))


def _held(row: SlipRow, others: list[SlipRow]) -> bool:
    low, high = slip_at(believe_rows(others), BAND)
    return bool(low - 0.5 <= row.slip_d <= high + 0.5)


def _within_chance(held: int, of: int) -> bool:
    """A share of 90 % is not refuted: neither tail of the binomial is below 1 %."""
    law = stats.binom(of, 0.9)
    return bool(law.cdf(held) >= 0.01 and law.sf(held - 1) >= 0.01)


@pytest.mark.parametrize("kind", ["return", "grounding"])
def test_the_central_90_percent_holds_nine_in_ten_left_out_slips(
    rows: tuple[SlipRow, ...], kind: str, record_property: Callable[[str, object], None]
) -> None:
    of_kind = [row for row in rows if row.kind == kind]
    held = sum(_held(row, [other for other in of_kind if other is not row]) for row in of_kind)
    record_property(f"coverage_{kind}", f"{held} of {len(of_kind)}")
    assert _within_chance(held, len(of_kind)), f"{held} of {len(of_kind)}"


def test_w1s_own_seven_months_are_outside_what_returns_alone_would_have_said(
    rows: tuple[SlipRow, ...],
) -> None:
    """Returns slip by weather; W-1 slipped by a licence, which is why a gate is drawn by its own class."""
    w1 = next(row for row in rows if row.kind == "return" and row.subject == "W-1")
    before = datetime(2023, 6, 12, tzinfo=UTC)
    assert slip_at(believe_as_of(rows, "return", before, {"W-1"}), BAND)[1] < w1.slip_d


def test_as_of_each_return_the_band_held_nine_in_ten_of_them(
    rows: tuple[SlipRow, ...], record_property: Callable[[str, object], None]
) -> None:
    """Each return from the sixth on, forecast on the eve of its planned day from what was known then."""
    returns = sorted((row for row in rows if row.kind == "return"), key=lambda row: row.planned)[5:]
    held = 0
    for row in returns:
        eve = datetime.combine(row.planned - timedelta(days=1), time(), UTC)
        low, high = slip_at(believe_as_of(rows, "return", eve, {row.subject}), BAND)
        held += bool(low - 0.5 <= row.slip_d <= high + 0.5)
    record_property("coverage_as_of", f"{held} of {len(returns)}")
    assert _within_chance(held, len(returns)), f"{held} of {len(returns)}"


@pytest.mark.parametrize("kind", ["licence", "launch"])
def test_what_was_late_lies_below_the_upper_end_nineteen_times_in_twenty(
    rows: tuple[SlipRow, ...], kind: str, record_property: Callable[[str, object], None]
) -> None:
    """What came early is only known not to be late, so the upper 95 % point is what can be judged."""
    of_kind = [row for row in rows if row.kind == kind]
    above = 0
    for row in of_kind:
        others = [other for other in of_kind if other is not row]
        above += bool(row.slip_d > slip_at(believe_rows(others), BAND)[1] + 0.5)
    record_property(f"above_{kind}", f"{above} of {len(of_kind)}")
    assert stats.binom(len(of_kind), 0.05).sf(above - 1) >= 0.01, f"{above} of {len(of_kind)}"
