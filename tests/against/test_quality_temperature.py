"""Mean kinetic temperature against published worked examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from downmass.base.instant import Window
from downmass.disciplines.quality.temperature import Span, mean_kinetic_temperature_C, worst_window


def test_the_public_example_of_four_periods_gives_22_36() -> None:
    # 23/28/30/21 C for 200/20/8/300 h: vendors' worked example, 22.36 C; 22.363 recomputed by hand.
    assert mean_kinetic_temperature_C([23, 28, 30, 21], [200, 20, 8, 300]) == pytest.approx(22.363, abs=5e-4)


def test_dropping_the_hours_of_that_example_gives_another_number() -> None:
    # The same example with equal weights: 26.18 C (research note, section 2.6).
    assert mean_kinetic_temperature_C([23, 28, 30, 21]) == pytest.approx(26.18, abs=5e-3)


def test_a_refrigerated_day_with_six_hours_at_fourteen_fails_its_own_day_and_passes_a_month() -> None:
    # 24 h: 8.29 C, above 8 C; diluted over 30 days: 5.13 C (research note, section 2.6), base 5 C.
    assert mean_kinetic_temperature_C([5, 14], [18, 6]) == pytest.approx(8.29, abs=5e-3)
    assert mean_kinetic_temperature_C([5, 14], [30 * 24 - 6, 6]) == pytest.approx(5.13, abs=5e-3)


def test_the_worst_24_h_window_finds_the_failing_day() -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    spans = [
        Span(Window(start, start + timedelta(days=10)), 5.0),
        Span(Window(start + timedelta(days=10), start + timedelta(days=10, hours=6)), 14.0),
        Span(Window(start + timedelta(days=10, hours=6), start + timedelta(days=30)), 5.0),
    ]
    worst = worst_window(spans, spans[1].when, timedelta(hours=24))
    assert worst is not None
    assert worst.mean_kinetic_C == pytest.approx(8.29, abs=5e-3)
