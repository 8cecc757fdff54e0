"""Decay against a lifetime table, against small satellites that came down, and against ForgeStar-1."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest

from downmass.disciplines.orbit.decay import ballistic_from_rate, decay, decay_estimate
from downmass.disciplines.orbit.elements import checksum, epoch_of, orbit_summary, parse_elements
from downmass.facts.flight import ElementSet

MEAN_GROUND_KM = 6367.5
"""Mean radius of the ground under a 97.5 deg orbit: 6378.137 (1 - sin2 i / 2 / 298.257)."""
# (CdA/m m2/kg, F10.7): years from 350, 400, 450, 500, 550 km circular to 150 km; an own study with
# MSIS 2.1 averaged over the globe, 2026-11 (class derived), checked there against catalogue decays
LIFETIMES_Y = {
    (0.01, 70): (0.94, 3.1, 9.1),
    (0.01, 140): (0.33, 0.88, 2.1, 4.9, 10.7),
    (0.01, 220): (0.17, 0.39, 0.84, 1.7, 3.4),
    (0.02, 140): (0.17, 0.44, 1.06, 2.4, 5.3),
}


def _circular(altitude_km: float) -> ElementSet:
    """A circular 97.5 deg orbit whose mean height above the ground is the one given."""
    revs = math.sqrt(398600.4418 / (MEAN_GROUND_KM + altitude_km) ** 3) * 86400 / (2 * math.pi)
    lines = (
        "1 99001U 26001A   26100.50000000  .00005000  00000+0  28000-3 0    1",
        f"2 99001  97.5000   0.0000 0000100   0.0000   0.0000 {revs:11.8f}    1",
    )
    return parse_elements("\n".join(line + str(checksum(line)) for line in lines), "synthetic")[0]


@pytest.mark.parametrize(
    ("ballistic", "f107", "altitude_km", "years"),
    [
        (ballistic, f107, altitude, years)
        for (ballistic, f107), row in LIFETIMES_Y.items()
        for altitude, years in zip((350, 400, 450, 500, 550), row, strict=False)
    ],
)
def test_lifetimes_agree_with_the_table_to_a_fifth(
    ballistic: float, f107: float, altitude_km: float, years: float
) -> None:
    days = decay(_circular(altitude_km), ballistic_m2_kg=ballistic, f107=f107, ap=15).days
    assert days is not None
    assert days / 365.25 == pytest.approx(years, rel=0.2)


def test_small_satellites_of_june_2023_lived_as_long_as_their_kind_of_drag_allows() -> None:
    """SpaceBEE, Lemur-2 and MISR objects left about 520 km on 2023-06-12 and decayed from 2024-10 to
    2024-12 (public catalogue), 1.3-1.5 years at F10.7 near 200. CubeSats have 0.01 to 0.04 m2/kg
    (opinion)."""
    slim = decay(_circular(520), ballistic_m2_kg=0.01, f107=200, ap=15).days
    wide = decay(_circular(520), ballistic_m2_kg=0.04, f107=200, ap=15).days
    assert slim is not None
    assert wide is not None
    assert wide / 365.25 < 1.3
    assert slim / 365.25 > 1.5


def test_the_drag_of_forgestar_read_from_its_sets_is_that_of_a_long_fit(shared: Path) -> None:
    """Fitted over 163 days: 0.0201 m2/kg, segments of 8-60 days 0.013-0.029. F10.7 of spring 2026 is
    taken as 130 sfu (opinion; 110 to 150 moves the coefficient by a factor of two)."""
    text = (shared / "data/real/orbit/forgestar1_64546_until_20260507.tle").read_text()
    sets = parse_elements(text, "forgestar1")
    read = median(ballistic_from_rate(each, 130, 15) for each in sets[1::6] if " -" not in each.line1[52:55])
    assert read == pytest.approx(0.0201, rel=0.35)


def test_the_fall_of_forgestar_over_seven_weeks_is_foreseen_to_a_third(shared: Path) -> None:
    text = (shared / "data/real/orbit/forgestar1_64546_until_20260507.tle").read_text()
    sets = [s for s in parse_elements(text, "forgestar1") if s.line1[18:20] == "26"]
    early = [s for s in sets if epoch_of(s) - epoch_of(sets[0]) < timedelta(days=10)]
    ballistic = median(ballistic_from_rate(s, 130, 15) for s in early)
    days = (epoch_of(sets[-1]) - epoch_of(sets[0])) / timedelta(days=1)
    fall = decay(sets[0], ballistic_m2_kg=ballistic, f107=130, ap=15, max_days=days)
    foreseen = (fall.perigee_km[0] + fall.apogee_km[0] - fall.perigee_km[-1] - fall.apogee_km[-1]) / 2
    fallen = orbit_summary(sets[0]).mean_altitude_km - orbit_summary(sets[-1]).mean_altitude_km
    assert foreseen == pytest.approx(fallen, rel=1 / 3)


def test_the_estimate_for_w1_spans_the_254_days_it_was_up(shared: Path) -> None:
    """W-1 was still near 500 km when it left for its staging orbit in 2024-02."""
    text = (shared / "data/real/orbit/varda_w1_56959.tle").read_text()
    estimate = decay_estimate(parse_elements(text, "varda_w1_56959.tle")[0])
    assert estimate.low_days is not None
    assert estimate.low_days > 160  # epoch 2023-09-14 to the burns of 2024-02-18, not decayed
