"""Quantities people write become the unit the field's name asks for, or are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError, UnitError
from downmass.base.units import FIELD_UNITS, parse_quantity


@pytest.mark.parametrize(
    ("text", "suffix", "magnitude"),
    [
        ("27 h", "d", "1.125"),
        ("1 lb", "kg", "0.45359237"),  # international pound, NIST SP 811 appendix B
        ("1 inch", "m", "0.0254"),
        ("1 nautical_mile", "km", "1.852"),  # BIPM SI brochure, table 8
        ("98.6 degF", "C", "37"),
        ("0 degC", "K", "273.15"),
        ("56 m/s", "m_s", "56"),
        ("1 cP", "Pa_s", "0.001"),
        ("72 dyne/cm", "N_m", "0.072"),
    ],
)
def test_a_quantity_is_converted_exactly(text: str, suffix: str, magnitude: str) -> None:
    assert parse_quantity(text, suffix) == Decimal(magnitude).normalize()


@pytest.mark.parametrize("text", ["27 blorbs", "3 kilogrammm"])
def test_an_unknown_unit_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnitError, match=text.split()[1]) as refusal:
        parse_quantity(text, "h")
    assert "hour" in refusal.value.remedy


@pytest.mark.parametrize(
    ("text", "suffix"), [("27 kg", "h"), ("27 furlong", "h"), ("5 s", "kg"), ("5", "kg"), ("3 m", "m_s")]
)
def test_a_unit_of_another_dimension_is_refused(text: str, suffix: str) -> None:
    with pytest.raises(UnitError) as refusal:
        parse_quantity(text, suffix)
    assert refusal.value.remedy


@pytest.mark.parametrize("text", ["nan kg", "inf kg", "-inf kg", "NaN kilogram"])
def test_what_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse_quantity(text, "kg")


@pytest.mark.parametrize(
    "text", ["", "kg", "5 kg kg", "5 * kg +", "__import__('os')", "5 kg; 6 kg", "1e kg", "5 kg *"]
)
def test_text_that_is_no_quantity_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(InputError):
        parse_quantity(text, "kg")


@pytest.mark.parametrize("suffix", sorted(FIELD_UNITS))
def test_every_field_suffix_reads_its_own_unit_unchanged(suffix: str) -> None:
    assert parse_quantity(f"12.5 {FIELD_UNITS[suffix]}", suffix) == Decimal("12.5")


@given(st.decimals(-1000000, 1000000, places=4, allow_nan=False))
def test_a_number_survives_a_change_of_unit_and_back(number: Decimal) -> None:
    in_hours = parse_quantity(f"{number} day", "h")
    assert in_hours == number * 24
    assert parse_quantity(f"{in_hours} h", "d") == number
