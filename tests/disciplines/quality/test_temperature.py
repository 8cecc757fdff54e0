"""Mean kinetic temperature: its bounds, its windows, and the storage of a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.disciplines.quality import temperature
from downmass.disciplines.quality.temperature import Span, mean_kinetic_temperature_C

T0 = datetime(2031, 1, 1, tzinfo=UTC)
TEMPERATURES = st.floats(-80, 80)
RECORDS = st.lists(st.tuples(TEMPERATURES, st.floats(0.1, 1000)), min_size=1, max_size=8)


@given(RECORDS)
def test_it_lies_between_the_mean_and_the_maximum(record: list[tuple[float, float]]) -> None:
    temperatures, hours = zip(*record, strict=True)
    mkt = mean_kinetic_temperature_C(temperatures, hours)
    mean = sum(t * h for t, h in record) / sum(hours)
    assert mean - 1e-6 <= mkt <= max(temperatures) + 1e-6


@given(RECORDS, st.floats(0.01, 100))
def test_only_the_proportion_of_times_matters(record: list[tuple[float, float]], factor: float) -> None:
    temperatures, hours = zip(*record, strict=True)
    scaled = mean_kinetic_temperature_C(temperatures, [h * factor for h in hours])
    assert scaled == pytest.approx(mean_kinetic_temperature_C(temperatures, hours), abs=1e-6)


@given(RECORDS, st.integers(0, 7), st.floats(0.1, 20))
def test_warming_any_part_never_lowers_it(
    record: list[tuple[float, float]], which: int, warmer: float
) -> None:
    temperatures, hours = (list(column) for column in zip(*record, strict=True))
    before = mean_kinetic_temperature_C(temperatures, hours)
    temperatures[which % len(temperatures)] += warmer
    assert mean_kinetic_temperature_C(temperatures, hours) >= before - 1e-9


def test_it_does_not_underflow_at_four_kelvin() -> None:
    # Naive exponentials vanish here (exp(-2500)); a constant temperature is its own mean.
    assert mean_kinetic_temperature_C([-269.15, -269.15], [1, 2]) == pytest.approx(-269.15)
    assert mean_kinetic_temperature_C([-269.15, -268.15]) < -268.15


@pytest.mark.parametrize(
    ("temperatures", "hours"),
    [([], None), ([20.0], [1.0, 2.0]), ([20.0], [0.0]), ([20.0, 21.0], [2.0, -1.0]), ([-273.15], None),
     ([float("nan")], None)],
)  # fmt: skip
def test_records_that_cannot_be_are_refused_with_a_way_out(temperatures: Any, hours: Any) -> None:
    with pytest.raises(InputError) as refusal:
        mean_kinetic_temperature_C(temperatures, hours)
    assert refusal.value.remedy


@given(st.lists(TEMPERATURES, min_size=1, max_size=20))
def test_the_bounds_of_a_sealed_segment_hold_what_was_in_it(temperatures: list[float]) -> None:
    mean = sum(temperatures) / len(temperatures)
    least, most = min(temperatures), max(temperatures)
    low, high = temperature.segment_bounds_C(least, min(max(mean, least), most), most)
    inside = mean_kinetic_temperature_C(temperatures)
    assert low - 1e-6 <= inside <= high + 1e-6


def span(opens_h: float, closes_h: float, celsius: float) -> Span:
    return Span(Window(T0 + timedelta(hours=opens_h), T0 + timedelta(hours=closes_h)), celsius)


def test_the_worst_window_contains_the_excursion_and_the_warmer_side() -> None:
    record = [span(0, 100, 5.0), span(100, 106, 14.0), span(106, 130, 7.5), span(130, 300, 3.0)]
    worst = temperature.worst_window(record, record[1].when, timedelta(hours=24))
    assert worst is not None
    assert worst.when.opens == T0 + timedelta(hours=100)
    assert worst.covered_h == pytest.approx(24)


def test_a_gap_in_the_window_is_a_value_not_a_temperature() -> None:
    record = [span(0, 6, 14.0), span(20, 24, 5.0)]
    worst = temperature.worst_window(record, record[0].when, timedelta(hours=24))
    assert worst is not None
    assert worst.covered_h < 24
    assert temperature.worst_window([], record[0].when, timedelta(hours=24)) is None


@given(
    st.lists(st.tuples(st.floats(1, 40), st.floats(0, 40)), min_size=1, max_size=6),
    st.integers(0, 5),
    st.floats(2, 100),
    st.floats(0, 1),
)
def test_no_window_around_the_excursion_is_worse_than_the_worst(
    parts: list[tuple[float, float]], which: int, length_h: float, where: float
) -> None:
    record, reached = [], 0.0
    for hours, celsius in parts:
        record.append(span(reached, reached + hours, celsius))
        reached += hours
    excursion = record[which % len(record)].when
    length = timedelta(hours=length_h)
    worst = temperature.worst_window(record, excursion, length)
    assert worst is not None
    first, last = sorted((excursion.closes - length, excursion.opens))
    start = first + (last - first) * where
    temperatures = [part.temperature_C for part in record]
    shared = [min(p.when.closes, start + length) - max(p.when.opens, start) for p in record]
    hours = [max(time / timedelta(hours=1), 0.0) for time in shared]
    if sum(hours) > 1e-3:
        assert mean_kinetic_temperature_C(temperatures, hours) <= worst.mean_kinetic_C + 1e-4


def test_good_storage_is_kept_and_has_bounds(kit: Any) -> None:
    verdict = temperature.storage_verdict(kit.complete().campaign())
    assert verdict is not None
    assert verdict.outcome == "kept"
    assert verdict.unrecorded_d == 0
    assert verdict.mean_kinetic_low_C == pytest.approx(20.0)


def test_days_without_a_temperature_are_told_as_a_number(kit: Any) -> None:
    world = kit.complete().add("logger", kit.segment("logger", "storage", 16, 30, ("18", "20", "23")), 41)
    verdict = temperature.storage_verdict(world.campaign())
    assert verdict is not None
    assert verdict.unrecorded_d == pytest.approx(12.0)
    assert "12.0 days" in verdict.findings[0].message


def test_less_than_a_day_without_a_temperature_is_told_in_hours(kit: Any) -> None:
    world = kit.complete().add("logger", kit.segment("logger", "storage", 16, 41.875, ("18", "20", "23")), 41)
    verdict = temperature.storage_verdict(world.campaign())
    assert verdict is not None
    assert verdict.findings[0].message.startswith("3.0 h between making and sampling")


def test_storage_beyond_its_limits_blocks(kit: Any) -> None:
    world = kit.complete().add("logger", kit.segment("logger", "storage", 16, 42, ("18", "26", "41")), 41)
    verdict = temperature.storage_verdict(world.campaign())
    assert verdict is not None
    assert verdict.outcome == "not_kept"
    assert any("41 C" in finding.message for finding in verdict.findings)


def test_living_product_is_not_judged_by_arrhenius(kit: Any) -> None:
    world = kit.complete()
    body, *rest = world.lines["opened"]
    tissue = replace(body, product=replace(body.product, process="tissue"))
    world.lines["opened"] = (tissue, *rest)
    verdict = temperature.storage_verdict(world.campaign())
    assert verdict is not None
    assert verdict.outcome == "not_applicable"
    assert verdict.mean_kinetic_high_C is None
