from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import ElementsError
from downmass.disciplines.orbit.elements import checksum, epoch_of, orbit_summary, parse_elements, satrec_of
from downmass.facts.flight import ElementSet

MUSEUM = Path(__file__).parents[2] / "museum" / "elements"
VANGUARD = """VANGUARD 1
1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753
2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667
"""
ISS_LINES = (
    "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927",
    "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537",
)
REFUSED_ON = {
    "character_outside_ascii": "line 2",
    "checksum_is_a_letter": "line 3",
    "checksum_missing": "line 2",
    "columns_shifted_by_one": "line 2",
    "comma_for_decimal_point": "line 3",
    "epoch_on_day_400": "line 2",
    "file_ends_after_a_name": "STATION",
    "inclination_of_200_degrees": "line 3",
    "letter_in_mean_motion": "line 3",
    "line1_without_line2": "line 2",
    "line2_torn_off_at_column_40": "line 3",
    "line2_without_line1": "line 2",
    "lines_swapped": "line 2",
    "mean_motion_of_zero": "line 3",
    "nothing": "no element set",
    "one_digit_changed": "line 3",
    "only_blank_lines": "no element set",
    "second_set_begins_inside_the_first": "line 3",
    "sign_in_eccentricity": "line 3",
    "tabs_for_blanks": "line 2",
    "two_objects_mixed": "line 3",
    "web_page_instead_of_elements": "line 2",
}
READ_BUT_NOT_FLOWN = {"deep_space", "orbit_inside_the_earth"}


def test_the_vanguard_set_of_spacetrack_report_3_revisited_is_read_as_it_stands() -> None:
    """Set and epoch as in AIAA 2006-6753, catalogue number 00005."""
    vanguard = parse_elements(VANGUARD, "AIAA 2006-6753")[0]
    assert vanguard.name == "VANGUARD 1"
    assert vanguard.line1 == VANGUARD.splitlines()[1]
    assert vanguard.line2 == VANGUARD.splitlines()[2]
    assert epoch_of(vanguard) == datetime(2000, 6, 27, 18, 50, 19, 733568, tzinfo=UTC)


def test_sets_without_names_with_zero_marks_and_with_carriage_returns_are_read() -> None:
    text = "\r\n".join((*ISS_LINES, "0 ISS (ZARYA)", *ISS_LINES, "", ""))
    plain, marked = parse_elements(text, "catalogue")
    assert plain.name == "NORAD 25544"
    assert marked.name == "ISS (ZARYA)"
    assert plain.line1 == marked.line1 == ISS_LINES[0]


def test_the_summary_of_the_station_agrees_with_its_published_orbit() -> None:
    """September 2008: 51.64 deg, about 350 km, 91.6 min (1440 / 15.7213 revolutions a day)."""
    summary = orbit_summary(parse_elements("\n".join(ISS_LINES), "catalogue")[0])
    assert summary.inclination_deg == pytest.approx(51.6416)
    assert summary.period_min == pytest.approx(1440 / 15.72125391)
    assert summary.mean_altitude_km == pytest.approx(350, abs=8)
    assert summary.perigee_km < summary.mean_altitude_km < summary.apogee_km
    assert summary.findings == ()


def test_a_perigee_under_220_km_is_told_as_a_warning() -> None:
    text = (MUSEUM / "perigee_of_190_km.tle").read_text()
    (finding,) = orbit_summary(parse_elements(text, "low.tle")[0]).findings
    assert finding.severity == "warning"
    assert "220 km" in finding.message


@pytest.mark.parametrize("exhibit", sorted(REFUSED_ON))
def test_a_damaged_file_is_refused_with_its_line_and_the_way_out(exhibit: str) -> None:
    text = (MUSEUM / f"{exhibit}.tle").read_text(encoding="utf-8")
    with pytest.raises(ElementsError, match=REFUSED_ON[exhibit]) as refusal:
        parse_elements(text, f"{exhibit}.tle")
    assert f"{exhibit}.tle" in str(refusal.value)
    assert refusal.value.remedy


@pytest.mark.parametrize("exhibit", sorted(READ_BUT_NOT_FLOWN))
def test_an_orbit_outside_the_range_of_near_earth_sgp4_is_refused(exhibit: str) -> None:
    (elements,) = parse_elements((MUSEUM / f"{exhibit}.tle").read_text(), exhibit)
    with pytest.raises(ElementsError) as refusal:
        orbit_summary(elements)
    assert refusal.value.remedy


def test_every_exhibit_of_the_museum_is_looked_at() -> None:
    shown = {path.stem for path in MUSEUM.glob("*.tle")}
    assert shown == set(REFUSED_ON) | READ_BUT_NOT_FLOWN | {"perigee_of_190_km"}


@given(line=st.integers(0, 1), column=st.integers(2, 67), digit=st.sampled_from("0123456789"))
def test_one_digit_changed_never_goes_unseen(line: int, column: int, digit: str) -> None:
    lines = list(ISS_LINES)
    old = lines[line][column]
    if not old.isdigit() or old == digit:
        return
    lines[line] = lines[line][:column] + digit + lines[line][column + 1 :]
    with pytest.raises(ElementsError):
        parse_elements("\n".join(lines), "catalogue")


@settings(max_examples=300)
@given(
    line=st.integers(0, 1),
    column=st.integers(0, 68),
    put=st.text(st.characters(codec="utf-8"), max_size=3),
    cut=st.integers(0, 3),
)
def test_no_damage_leads_to_anything_but_a_refusal_or_a_set(
    line: int, column: int, put: str, cut: int
) -> None:
    lines = list(ISS_LINES)
    lines[line] = lines[line][:column] + put + lines[line][column + cut :]
    body = lines[line][:68]
    mended = body + str(sum(int(c) if c in "0123456789" else c == "-" for c in body) % 10)
    for text in ("\n".join(lines), "\n".join((mended, lines[1 - line])[:: 1 - 2 * line])):
        with suppress(ElementsError):
            for elements in parse_elements(text, "catalogue"):
                assert isinstance(elements, ElementSet)
                epoch_of(elements)
                orbit_summary(elements)


def test_a_byte_order_mark_before_the_first_line_is_left_aside() -> None:
    assert parse_elements("\ufeff" + "\n".join(ISS_LINES), "catalogue")[0].line1 == ISS_LINES[0]
    assert parse_elements("\ufeff" + VANGUARD, "catalogue")[0].name == "VANGUARD 1"


@pytest.mark.parametrize(
    "ask", [epoch_of, satrec_of, orbit_summary], ids=["its epoch", "its record", "its orbit"]
)
def test_nothing_is_told_of_a_set_whose_epoch_is_no_number(ask: Callable[[ElementSet], object]) -> None:
    """Its checksum fits: letters count nothing."""
    line = ISS_LINES[0].replace("08264.51782528", "ABCDE.FGHIJKLM")[:68]
    garbage = ElementSet("X", f"{line}{checksum(line)}", ISS_LINES[1], "a stranger's bundle")
    with pytest.raises(ElementsError, match=r"X, line 1.*epoch"):
        ask(garbage)
