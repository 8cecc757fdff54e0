"""Regime numbers: scaling, limits and refusals."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.process import regime

SIZES = st.floats(1e-8, 1e-2)
LEVELS = st.floats(1e-8, 20.0)
DENSITIES = st.floats(1.0, 5000.0)


@given(SIZES, DENSITIES, LEVELS, st.floats(200, 2000))
def test_settling_outweighs_diffusion_with_the_fourth_power_of_size(
    size: float, density: float, g: float, temperature: float
) -> None:
    one = regime.gravitational_peclet(size, density, g, temperature)
    assert regime.gravitational_peclet(2 * size, density, g, temperature) == pytest.approx(16 * one)


@given(DENSITIES, LEVELS, st.floats(200, 2000))
def test_the_crossover_diameter_has_a_peclet_number_of_one(density: float, g: float, kelvin: float) -> None:
    diameter = regime.brownian_crossover_diameter_m(density, g, kelvin)
    assert regime.gravitational_peclet(diameter, density, g, kelvin) == pytest.approx(1.0)


@given(DENSITIES, LEVELS, st.floats(1e-3, 1.0))
def test_the_capillary_length_has_a_bond_number_of_one(density: float, g: float, tension: float) -> None:
    length = regime.capillary_length_m(density, g, tension)
    assert regime.bond(density, g, length, tension) == pytest.approx(1.0)


def test_without_gravity_nothing_settles_flows_or_slumps() -> None:
    assert regime.gravitational_peclet(1e-6, 100, 0.0, 300) == 0
    assert regime.stokes_velocity_m_s(1e-5, 200, 0.0, 1e-3) == 0
    assert regime.rayleigh(1e-3, 0.0, 1e-3, 1e-6, 1e-10) == 0
    assert regime.brownian_crossover_diameter_m(100, 0.0, 300) == inf
    assert regime.capillary_length_m(1000, 0.0, 0.07) == inf
    assert regime.slump(100, 1000, 0.0, 0.1) == inf


def test_lighter_particles_rise() -> None:
    assert regime.stokes_velocity_m_s(1e-5, -200, 9.8, 1e-3) < 0


def test_a_sphere_in_still_fluid_has_a_sherwood_number_of_two() -> None:
    # The exact limit of diffusion to a sphere (Bird, Stewart, Lightfoot).
    assert regime.natural_convection_sherwood(0.0) == 2


@given(st.floats(1e-9, 1e-3), st.floats(1e-3, 100), st.floats(1e-7, 1e-2))
def test_vibration_never_counts_for_more_than_its_amplitude(steady: float, hertz: float, rms: float) -> None:
    felt = regime.effective_acceleration_m_s2(steady, [(hertz, rms)], 1e-3, 1e-9)
    assert steady <= felt * (1 + 1e-12)
    assert felt <= (steady**2 + rms**2) ** 0.5 * (1 + 1e-12)


def test_fast_vibration_falls_off_with_frequency() -> None:
    one, ten = (regime.effective_acceleration_m_s2(0.0, [(hertz, 1e-3)], 1e-3, 1e-9) for hertz in (1.0, 10.0))
    assert one / ten == pytest.approx(10.0, rel=1e-3)


@pytest.mark.parametrize("size", [0.0, -1e-6, inf, float("nan")])
def test_sizes_that_cannot_be_are_refused(size: float) -> None:
    with pytest.raises(InputError) as refusal:
        regime.stokes_velocity_m_s(size, 200, 9.8, 1e-3)
    assert "SI" in refusal.value.remedy


def test_every_threshold_says_where_it_comes_from() -> None:
    assert all(threshold.source and threshold.meaning for threshold in regime.THRESHOLDS.values())
