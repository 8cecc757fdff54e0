"""Crystals from solution or melt: does gravity matter, and what has flight shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, sqrt

from downmass.base.errors import InputError
from downmass.disciplines.process.prediction import (
    PredictedQuantity,
    Prediction,
    ProcessEvidence,
    Verdict,
    about,
    strongest_verdict,
)
from downmass.disciplines.process.regime import (
    STANDARD_GRAVITY_M_S2,
    THRESHOLDS,
    RegimeNumber,
    drift,
    gravitational_peclet,
    particle_reynolds,
    rayleigh,
    stokes_velocity_m_s,
)

PROCESS = "small_molecule"

NORMAL_90 = 1.6448536269514722
"""Two-sided 90 percent quantile of the normal distribution."""

TYPICAL_DENSITY_KG_M3 = 1000.0
"""Density of a mother liquor where none is given [kg/m3]; class memory."""

TYPICAL_SOLUTE_DENSITY_FRACTION = 1e-3
"""Relative change of density across a depleted layer where none is given [1]; class memory."""

TYPICAL_DIFFUSIVITY_M2_S = 5e-10
"""Diffusivity of a small drug molecule in solution where none is given [m2/s]; class memory."""

SPREADABLE = ("crystal_diameter_m", "density_difference_kg_m3", "viscosity_Pa_s")


def small_molecule_regime(
    *,
    crystal_diameter_m: float,
    density_difference_kg_m3: float,
    viscosity_Pa_s: float,
    temperature_K: float,
    g_m_s2: float,
    duration_s: float,
    vessel_length_m: float,
    density_kg_m3: float = TYPICAL_DENSITY_KG_M3,
    solute_density_fraction: float = TYPICAL_SOLUTE_DENSITY_FRACTION,
    diffusivity_m2_s: float = TYPICAL_DIFFUSIVITY_M2_S,
) -> tuple[RegimeNumber, ...]:
    """Return the regime numbers of crystals growing in a vessel, on Earth and at the platform.

    Parameters
    ----------
    crystal_diameter_m
        Size of the crystals [m].
    density_difference_kg_m3
        Crystal minus mother liquor [kg/m3].
    viscosity_Pa_s, temperature_K
        Of the mother liquor [Pa s], [K].
    g_m_s2
        Acceleration at the platform [m/s2].
    duration_s, vessel_length_m
        Length of the run [s] and of the vessel along gravity [m].
    density_kg_m3, solute_density_fraction, diffusivity_m2_s
        Of the mother liquor [kg/m3]; its relative change of density across the depleted layer [1];
        diffusivity of the solute [m2/s]. The defaults are typical of drug solutions, from memory.
    """
    kinematic_m2_s = viscosity_Pa_s / density_kg_m3
    levels = (STANDARD_GRAVITY_M_S2, g_m_s2)
    speeds = [
        stokes_velocity_m_s(crystal_diameter_m, density_difference_kg_m3, g, viscosity_Pa_s) for g in levels
    ]
    pairs = {
        "gravitational_peclet": [
            gravitational_peclet(crystal_diameter_m, density_difference_kg_m3, g, temperature_K)
            for g in levels
        ],
        "drift": [drift(speed, duration_s, vessel_length_m) for speed in speeds],
        "rayleigh": [
            rayleigh(solute_density_fraction, g, crystal_diameter_m, kinematic_m2_s, diffusivity_m2_s)
            for g in levels
        ],
    }
    return tuple(
        RegimeNumber(key, earth, platform, THRESHOLDS[key]) for key, (earth, platform) in pairs.items()
    )


def small_molecule(
    *,
    crystal_diameter_m: float,
    density_difference_kg_m3: float,
    viscosity_Pa_s: float,
    temperature_K: float,
    g_m_s2: float,
    duration_s: float,
    vessel_length_m: float,
    evidence: Iterable[ProcessEvidence],
    solute_density_fraction: float | None = None,
    diffusivity_m2_s: float | None = None,
    relative_sd: Mapping[str, float] | None = None,
) -> Prediction:
    """Say whether low gravity can help to crystallise a small-molecule drug, and what flight has shown.

    Parameters
    ----------
    evidence
        Published points, from :func:`downmass.disciplines.process.prediction.read_evidence`.
    solute_density_fraction, diffusivity_m2_s
        Typical values stand in, with a warning, where left out; the other parameters are those of
        :func:`small_molecule_regime`.
    relative_sd
        Relative standard deviation of any of ``crystal_diameter_m``, ``density_difference_kg_m3``,
        ``viscosity_Pa_s`` [1]; without it the quantity has no interval.

    Notes
    -----
    Predicted is only what gravity does to position and transport: settling, drift and buoyant flow.
    Which polymorph forms, its purity and its yield are not predicted: the interfacial energies that
    decide it are not published. Valid for dilute suspensions of compact crystals in creeping flow,
    0.1 um to 1 mm, 250 to 500 K, 1e-4 to 1e3 Pa s.

    References
    ----------
    Return of the Ritonavir, ChemRxiv, 2024-03-21 (v3), point P057; D. M. Kornfeld, NTRS 19850012877.
    """
    typical = solute_density_fraction is None or diffusivity_m2_s is None
    regime = small_molecule_regime(
        crystal_diameter_m=crystal_diameter_m,
        density_difference_kg_m3=density_difference_kg_m3,
        viscosity_Pa_s=viscosity_Pa_s,
        temperature_K=temperature_K,
        g_m_s2=g_m_s2,
        duration_s=duration_s,
        vessel_length_m=vessel_length_m,
        solute_density_fraction=_given(solute_density_fraction, TYPICAL_SOLUTE_DENSITY_FRACTION),
        diffusivity_m2_s=_given(diffusivity_m2_s, TYPICAL_DIFFUSIVITY_M2_S),
    )
    speed_m_s = stokes_velocity_m_s(
        crystal_diameter_m, density_difference_kg_m3, STANDARD_GRAVITY_M_S2, viscosity_Pa_s
    )
    warnings = _warnings(crystal_diameter_m, temperature_K, viscosity_Pa_s, relative_sd or {}, typical)
    warnings += _stokes_warning(speed_m_s, crystal_diameter_m, viscosity_Pa_s)
    quantity = _settling_speed(abs(speed_m_s), relative_sd or {})
    return _predict(regime, about(evidence, PROCESS), quantity, warnings)


def _given(value: float | None, typical: float) -> float:
    return typical if value is None else value


def _predict(
    regime: tuple[RegimeNumber, ...],
    points: tuple[ProcessEvidence, ...],
    quantity: PredictedQuantity,
    warnings: tuple[str, ...],
) -> Prediction:
    crossed = [number for number in regime if number.crossed]
    verdict: Verdict = strongest_verdict(points) if crossed else "none"
    return Prediction(
        process=PROCESS,
        verdict=verdict,
        statement=f"{_regime_sentence(regime)} {_flight_sentence(points)}",
        driver="; ".join(number.threshold.meaning for number in crossed) or "none found",
        rival="stirred or rotated vessels keep crystals suspended, gels and thin layers quench convection",
        quantity=quantity,
        warnings=warnings,
        tested_on=tuple(point.id for point in points),
        confidence="medium" if points and crossed else "low",
        evidence=points,
    )


def _regime_sentence(regime: Iterable[RegimeNumber]) -> str:
    crossed = [number for number in regime if number.crossed]
    if not crossed:
        return "No regime number crosses its threshold between Earth and this platform: no gain is expected."
    parts = [f"{n.threshold.name} falls from {n.at_1g:.3g} to {n.at_platform:.3g}" for n in crossed]
    return f"Gravity moves the crystals or their solute on Earth and not here ({'; '.join(parts)})."


def _flight_sentence(points: tuple[ProcessEvidence, ...]) -> str:
    if any(point.shows == "gain" for point in points):
        return "Flight has shown a gain; see the evidence. Which polymorph forms is not predictable."
    if any(point.shows == "survival" for point in points):
        return (
            "Published flight evidence shows survival, not gain: Form III of ritonavir was made in orbit "
            "and came back, and the ground controls made it too. Which polymorph forms is not predictable."
        )
    return "No flight evidence is at hand. Which polymorph forms is not predictable."


def _settling_speed(speed_m_s: float, relative_sd: Mapping[str, float]) -> PredictedQuantity:
    """Return the settling speed on Earth with its interval: relative errors add in the logarithm."""
    unknown = set(relative_sd) - set(SPREADABLE)
    if unknown or any(value < 0 for value in relative_sd.values()):
        raise InputError(
            f"relative_sd holds {dict(relative_sd)}", f"use {', '.join(SPREADABLE)}, each zero or more"
        )
    name, um = "settling speed at 1 g", speed_m_s * 1e6
    if not relative_sd:
        return PredictedQuantity(name, "um/s", um)
    variance = (2 * relative_sd.get("crystal_diameter_m", 0.0)) ** 2
    variance += relative_sd.get("density_difference_kg_m3", 0.0) ** 2
    variance += relative_sd.get("viscosity_Pa_s", 0.0) ** 2
    factor = exp(NORMAL_90 * sqrt(variance))
    return PredictedQuantity(name, "um/s", um, um / factor, um * factor)


def _warnings(
    diameter_m: float,
    temperature_K: float,
    viscosity_Pa_s: float,
    relative_sd: Mapping[str, float],
    typical: bool,
) -> tuple[str, ...]:
    found = ["polymorph, purity and yield are not modelled"]
    if typical:
        found.append("typical values from memory stand for the solute's density change or diffusivity")
    if not 1e-7 <= diameter_m <= 1e-3:
        found.append(f"crystals of {diameter_m * 1e6:.3g} um are outside 0.1 um to 1 mm")
    if not 250 <= temperature_K <= 500:
        found.append(f"{temperature_K:g} K is outside 250 to 500 K")
    if not 1e-4 <= viscosity_Pa_s <= 1e3:
        found.append(f"a viscosity of {viscosity_Pa_s:.2g} Pa s is outside 1e-4 to 1e3")
    if not relative_sd:
        found.append("no spread of the inputs is given, so the quantity has no interval")
    return tuple(found)


def _stokes_warning(speed_m_s: float, diameter_m: float, viscosity_Pa_s: float) -> tuple[str, ...]:
    reynolds = particle_reynolds(speed_m_s, diameter_m, TYPICAL_DENSITY_KG_M3, viscosity_Pa_s)
    if reynolds <= 0.5:
        return ()
    return (f"particle Reynolds number {reynolds:.2g} at 1 g: Stokes' law overstates the speed",)
