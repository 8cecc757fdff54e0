"""Regime numbers against published crossovers and the shared table of validation points."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from downmass.disciplines.process import regime

G = regime.STANDARD_GRAVITY_M_S2


@pytest.mark.parametrize(("level", "micrometres"), [(1.0, 2.4), (1e-3, 13.0), (1e-6, 75.0)])
def test_polystyrene_spheres_stop_diffusing_where_kornfeld_saw_it(level: float, micrometres: float) -> None:
    # NTRS 19850012877: "not much above several um on Earth"; polystyrene 1050 kg/m3 in water, 298 K.
    diameter = regime.brownian_crossover_diameter_m(50.0, level * G, 298.0)
    assert diameter * 1e6 == pytest.approx(micrometres, rel=0.04)


@pytest.mark.parametrize(("point", "micrometres_per_second"), [("P035", 9), ("P034", 83), ("P036", 567)])
def test_pembrolizumab_crystals_of_the_published_sizes_settle_in_minutes(
    shared: Path, point: str, micrometres_per_second: float
) -> None:
    # Sizes: Reichert et al., npj Microgravity 5:28 (2019); density difference 200 kg/m3, 2 mPa s.
    with (shared / "data" / "validation_physics.csv").open(encoding="utf-8") as table:
        rows = {row["id"]: row for row in csv.DictReader(table)}
    size_m = float(rows[point]["value"]) * 1e-6
    speed = regime.stokes_velocity_m_s(size_m, 200.0, G, 2e-3)
    assert speed * 1e6 == pytest.approx(micrometres_per_second, rel=0.03)


@pytest.mark.parametrize(("level", "number"), [(1.0, 98.0), (1e-3, 0.098), (1e-6, 9.8e-5)])
def test_convection_at_a_protein_crystal_stops_near_a_milligravity(level: float, number: float) -> None:
    # Poodt et al. (2006), point P053: about 1e-3 g was enough; 0.1 mm crystal, density change 1e-3.
    assert regime.rayleigh(1e-3, level * G, 1e-4, 1e-6, 1e-10) == pytest.approx(number, rel=0.01)
    assert (number > regime.THRESHOLDS["rayleigh"].value) == (level > 1e-3)


@pytest.mark.parametrize(("mm_per_h", "length_mm"), [(5.0, 0.72), (3.33, 1.08)])
def test_the_diffusion_length_of_tellurium_in_indium_antimonide(mm_per_h: float, length_mm: float) -> None:
    # SUBSA on the station (points P058, P059): D = 1e-9 m2/s; D/R = 0.72 and 1.08 mm.
    rate = mm_per_h * 1e-3 / 3600
    assert regime.growth_peclet(rate, length_mm * 1e-3, 1e-9) == pytest.approx(1.0, rel=0.01)


def test_the_growth_peclet_number_of_a_centimetre_of_that_melt_is_14() -> None:
    # Research note physics.md, section 4.
    assert regime.growth_peclet(5e-3 / 3600, 1e-2, 1e-9) == pytest.approx(14, rel=0.02)


@pytest.mark.parametrize(("level", "millimetres"), [(1.0, 2.2), (1e-3, 70.0)])
def test_the_capillary_length_of_a_gel(level: float, millimetres: float) -> None:
    # physics.md, section 1: surface tension 0.05 N/m, 1050 kg/m3.
    assert regime.capillary_length_m(1050.0, level * G, 0.05) * 1e3 == pytest.approx(millimetres, rel=0.01)


def test_a_gel_of_100_pascal_stands_9_7_millimetres_high() -> None:
    # physics.md, section 1: yield number one at 9.7 mm, 1050 kg/m3.
    assert regime.slump(100.0, 1050.0, G, 9.7e-3) == pytest.approx(1.0, rel=0.01)
