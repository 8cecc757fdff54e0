"""Regime numbers: does gravity matter to this process, at this size, in this fluid, at this level.

SI units in, floats out. Each number has a threshold with its source in :data:`THRESHOLDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import pi, sqrt
from types import MappingProxyType

from downmass.base.errors import InputError

BOLTZMANN_J_K = 1.380649e-23
"""Boltzmann constant, exact [J/K] (SI, 2019)."""

STANDARD_GRAVITY_M_S2 = 9.80665
"""Standard gravity, exact [m/s2] (CGPM 1901)."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The value of a regime number above which gravity (or what the number speaks of) matters."""

    name: str
    value: float
    meaning: str
    source: str


THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "gravitational_peclet": Threshold(
            "gravitational Peclet number",
            1.0,
            "particles settle faster than they diffuse over their own size",
            "definition; polystyrene crosses at 2.4 um at 1 g, as seen on Earth (NTRS 19850012877)",
        ),
        "rayleigh": Threshold(
            "solutal Rayleigh number",
            1.0,
            "buoyant flow carries solute (creeping up to about 100)",
            "Poodt et al., Cryst. Growth Des. 6 (2006) 2275: about 1e-3 g quenches convection at a crystal",
        ),
        "drift": Threshold(
            "settling distance over vessel length",
            0.1,
            "crystals leave the place they grew at during the run",
            "order of magnitude; opinion",
        ),
        "bond": Threshold(
            "Bond number",
            1.0,
            "weight deforms a free surface",
            "definition (capillary length); effects are seen from about 0.1",
        ),
        "dynamic_bond": Threshold(
            "dynamic Bond number",
            1.0,
            "buoyancy outweighs thermocapillary flow; below it, lowering gravity does not help",
            "J. Cryst. Growth (1980), simulation of Czochralski flow at low gravity",
        ),
        "growth_peclet": Threshold(
            "growth Peclet number", 1.0, "the front outruns diffusion over this length", "definition"
        ),
        "slump": Threshold(
            "yield number", 1.0, "below it a soft body slumps under its own weight", "definition"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RegimeNumber:
    """A regime number on Earth and at the platform's level, against its threshold."""

    key: str
    at_1g: float
    at_platform: float
    threshold: Threshold

    @property
    def crossed(self) -> bool:
        """Whether it is above the threshold on Earth and not above it on the platform."""
        return self.at_1g > self.threshold.value >= self.at_platform


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise InputError(f"{name} is {value}", "give a finite number above zero, in SI units")


def gravitational_peclet(
    diameter_m: float, density_difference_kg_m3: float, g_m_s2: float, temperature_K: float
) -> float:
    """Return settling against Brownian motion of a sphere over its own radius [1].

    Parameters
    ----------
    diameter_m
        Diameter of the particle [m].
    density_difference_kg_m3
        Particle minus fluid, either sign [kg/m3].
    g_m_s2
        Acceleration [m/s2].
    temperature_K
        Temperature [K].

    Notes
    -----
    Buoyant weight times radius over kT. Dilute, rigid spheres; no flow, no aggregation.

    References
    ----------
    D. M. Kornfeld, Monodisperse latex reactor, NTRS 19850012877.

    Examples
    --------
    >>> round(gravitational_peclet(2.4e-6, 50.0, 9.80665, 298.0), 1)
    1.0
    """
    _positive(diameter_m=diameter_m, temperature_K=temperature_K)
    weight_N = pi / 6 * diameter_m**3 * abs(density_difference_kg_m3) * abs(g_m_s2)
    return weight_N * diameter_m / 2 / (BOLTZMANN_J_K * temperature_K)


def brownian_crossover_diameter_m(
    density_difference_kg_m3: float, g_m_s2: float, temperature_K: float
) -> float:
    """Return the diameter at which the gravitational Peclet number is one [m]."""
    _positive(temperature_K=temperature_K)
    pull = abs(density_difference_kg_m3) * abs(g_m_s2)
    if pull == 0:
        return float("inf")
    return float((12 * BOLTZMANN_J_K * temperature_K / (pi * pull)) ** 0.25)


def stokes_velocity_m_s(
    diameter_m: float, density_difference_kg_m3: float, g_m_s2: float, viscosity_Pa_s: float
) -> float:
    """Return the settling velocity of a sphere, positive downwards [m/s].

    Notes
    -----
    Creeping flow; the particle Reynolds number must be well below one
    (:func:`particle_reynolds`). Hindered settling in dense suspensions is not modelled.

    References
    ----------
    G. G. Stokes, Trans. Cambridge Phil. Soc. 9 (1851) 8.

    Examples
    --------
    >>> round(stokes_velocity_m_s(39e-6, 200.0, 9.80665, 2e-3) * 1e6)
    83
    """
    _positive(diameter_m=diameter_m, viscosity_Pa_s=viscosity_Pa_s)
    return density_difference_kg_m3 * g_m_s2 * diameter_m**2 / (18 * viscosity_Pa_s)


def particle_reynolds(
    velocity_m_s: float, diameter_m: float, density_kg_m3: float, viscosity_Pa_s: float
) -> float:
    """Return the Reynolds number of a settling particle [1]."""
    _positive(diameter_m=diameter_m, density_kg_m3=density_kg_m3, viscosity_Pa_s=viscosity_Pa_s)
    return abs(velocity_m_s) * diameter_m * density_kg_m3 / viscosity_Pa_s


def drift(velocity_m_s: float, duration_s: float, length_m: float) -> float:
    """Return the distance settled in a run over the length of the vessel [1]."""
    _positive(length_m=length_m)
    if duration_s < 0:
        raise InputError(f"duration_s is {duration_s}", "give zero or more seconds")
    return abs(velocity_m_s) * duration_s / length_m


def grashof(
    density_change_fraction: float, g_m_s2: float, length_m: float, kinematic_viscosity_m2_s: float
) -> float:
    """Return buoyancy against viscosity, solutal or thermal [1].

    Parameters
    ----------
    density_change_fraction
        Expansion coefficient times difference of concentration or temperature [1].
    """
    _positive(length_m=length_m, kinematic_viscosity_m2_s=kinematic_viscosity_m2_s)
    return abs(density_change_fraction) * abs(g_m_s2) * length_m**3 / kinematic_viscosity_m2_s**2


def rayleigh(
    density_change_fraction: float,
    g_m_s2: float,
    length_m: float,
    kinematic_viscosity_m2_s: float,
    diffusivity_m2_s: float,
) -> float:
    """Return the Grashof number times Schmidt (solute) or Prandtl number (heat) [1].

    References
    ----------
    P. W. G. Poodt et al., Cryst. Growth Des. 6 (2006) 2275-2280.

    Examples
    --------
    >>> round(rayleigh(1e-3, 9.80665, 1e-4, 1e-6, 1e-10))
    98
    """
    _positive(diffusivity_m2_s=diffusivity_m2_s)
    schmidt = kinematic_viscosity_m2_s / diffusivity_m2_s
    return grashof(density_change_fraction, g_m_s2, length_m, kinematic_viscosity_m2_s) * schmidt


def natural_convection_sherwood(rayleigh_number: float) -> float:
    """Return the Sherwood number of a sphere in its own buoyant flow [1]; 2 without any flow.

    References
    ----------
    S. W. Churchill, Heat Exchanger Design Handbook (1983): its limit of large Schmidt number, 2 + 0.589
    Ra^(1/4); cited from memory.
    """
    if rayleigh_number < 0:
        raise InputError(f"rayleigh_number is {rayleigh_number}", "give zero or more")
    return float(2 + 0.6 * rayleigh_number**0.25)


def growth_peclet(growth_rate_m_s: float, length_m: float, diffusivity_m2_s: float) -> float:
    """Return growth against diffusion over a length [1]; D/R is the length at which it is one.

    Examples
    --------
    >>> round(growth_peclet(5e-3 / 3600, 1e-2, 1e-9))
    14
    """
    _positive(length_m=length_m, diffusivity_m2_s=diffusivity_m2_s)
    return abs(growth_rate_m_s) * length_m / diffusivity_m2_s


def bond(
    density_difference_kg_m3: float, g_m_s2: float, length_m: float, surface_tension_N_m: float
) -> float:
    """Return weight against surface tension over a length [1]."""
    _positive(length_m=length_m, surface_tension_N_m=surface_tension_N_m)
    return abs(density_difference_kg_m3) * abs(g_m_s2) * length_m**2 / surface_tension_N_m


def capillary_length_m(density_difference_kg_m3: float, g_m_s2: float, surface_tension_N_m: float) -> float:
    """Return the length at which the Bond number is one [m].

    Examples
    --------
    >>> round(capillary_length_m(1050.0, 9.80665, 0.05) * 1e3, 1)
    2.2
    """
    _positive(surface_tension_N_m=surface_tension_N_m)
    pull = abs(density_difference_kg_m3) * abs(g_m_s2)
    return float("inf") if pull == 0 else sqrt(surface_tension_N_m / pull)


def marangoni(
    tension_slope_N_m_K: float,
    temperature_difference_K: float,
    length_m: float,
    viscosity_Pa_s: float,
    diffusivity_m2_s: float,
) -> float:
    """Return thermocapillary flow against diffusion of heat [1]."""
    _positive(length_m=length_m, viscosity_Pa_s=viscosity_Pa_s, diffusivity_m2_s=diffusivity_m2_s)
    pull = abs(tension_slope_N_m_K) * abs(temperature_difference_K) * length_m
    return pull / (viscosity_Pa_s * diffusivity_m2_s)


def dynamic_bond(
    density_kg_m3: float, expansion_1_K: float, g_m_s2: float, length_m: float, tension_slope_N_m_K: float
) -> float:
    """Return buoyant against thermocapillary flow [1]; below one, lower gravity does not help."""
    _positive(density_kg_m3=density_kg_m3, length_m=length_m)
    if tension_slope_N_m_K == 0:
        return float("inf")
    return density_kg_m3 * abs(expansion_1_K) * abs(g_m_s2) * length_m**2 / abs(tension_slope_N_m_K)


def slump(yield_stress_Pa: float, density_kg_m3: float, g_m_s2: float, height_m: float) -> float:
    """Return yield stress against own weight [1]; below one a soft body slumps."""
    _positive(density_kg_m3=density_kg_m3, height_m=height_m, yield_stress_Pa=yield_stress_Pa)
    return float("inf") if g_m_s2 == 0 else yield_stress_Pa / (density_kg_m3 * abs(g_m_s2) * height_m)


def effective_acceleration_m_s2(
    quasi_steady_m_s2: float,
    vibration: Iterable[tuple[float, float]],
    length_m: float,
    diffusivity_m2_s: float,
) -> float:
    """Return the acceleration a slow process feels, from a steady part and a spectrum [m/s2].

    Parameters
    ----------
    quasi_steady_m_s2
        Steady part: drag, gravity gradient, rotation [m/s2].
    vibration
        Frequency [Hz] and root-mean-square amplitude [m/s2] of each line or band.
    length_m, diffusivity_m2_s
        Length and diffusivity of the process; their L^2/D is how slowly it answers [s].

    Notes
    -----
    Each line passes a first-order low pass with time constant L^2/D, which has the published fall of
    the response as a power of frequency above D/L^2. Phases, resonance and rectified flow
    (streaming, aggregation by jitter) are not modelled.
    """
    _positive(length_m=length_m, diffusivity_m2_s=diffusivity_m2_s)
    answer_s = length_m**2 / diffusivity_m2_s
    square = quasi_steady_m_s2**2
    for frequency_Hz, rms_m_s2 in vibration:
        square += rms_m_s2**2 / (1 + (2 * pi * frequency_Hz * answer_s) ** 2)
    return sqrt(square)
