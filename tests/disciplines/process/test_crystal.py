"""Small-molecule crystals: gravity moves them, and flight has shown survival, not gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.process.crystal import small_molecule
from downmass.disciplines.process.prediction import ProcessEvidence

CASE: dict[str, Any] = {
    "crystal_diameter_m": 39e-6,
    "density_difference_kg_m3": 200.0,
    "viscosity_Pa_s": 2e-3,
    "temperature_K": 350.0,
    "g_m_s2": 1e-5,
    "duration_s": 27 * 3600.0,
    "vessel_length_m": 0.02,
}


def test_survival_in_flight_is_never_called_a_gain(evidence: Sequence[ProcessEvidence]) -> None:
    prediction = small_molecule(**CASE, evidence=evidence)
    assert prediction.verdict == "possible"
    assert "survival, not gain" in prediction.statement
    assert "ground controls made it too" in prediction.statement
    assert "not predictable" in prediction.statement
    assert prediction.tested_on == ("P057",)
    assert [point.id for point in prediction.evidence] == ["P057"]


def test_on_earth_there_is_no_gain_over_earth(evidence: Sequence[ProcessEvidence]) -> None:
    prediction = small_molecule(**{**CASE, "g_m_s2": 9.80665}, evidence=evidence)
    assert prediction.verdict == "none"
    assert prediction.driver == "none found"


def test_crystals_that_do_not_settle_on_earth_gain_nothing(evidence: Sequence[ProcessEvidence]) -> None:
    tiny = {**CASE, "crystal_diameter_m": 2e-7, "duration_s": 600.0}
    assert small_molecule(**tiny, evidence=evidence).verdict == "none"


def test_without_evidence_nothing_is_supported_and_it_is_said() -> None:
    prediction = small_molecule(**CASE, evidence=())
    assert prediction.verdict == "possible"
    assert prediction.confidence == "low"
    assert "No flight evidence" in prediction.statement


def test_a_measured_gain_would_support(evidence: Sequence[ProcessEvidence]) -> None:
    point = next(point for point in evidence if point.id == "P057")
    gain = replace(point, id="P999", shows="gain")
    assert small_molecule(**CASE, evidence=(point, gain)).verdict == "supported"


def test_the_interval_appears_only_with_a_spread_of_the_inputs(evidence: Sequence[ProcessEvidence]) -> None:
    bare = small_molecule(**CASE, evidence=evidence)
    assert bare.quantity is not None
    assert bare.quantity.low is None
    assert any("no interval" in warning for warning in bare.warnings)
    # Lognormal: 10 % in size is 20 % in speed; the 90 % interval is a factor exp(1.645 * 0.2) = 1.390.
    spread = small_molecule(**CASE, evidence=evidence, relative_sd={"crystal_diameter_m": 0.1})
    assert spread.quantity is not None
    assert spread.quantity.high == pytest.approx(spread.quantity.value * 1.390, rel=1e-3)
    assert spread.quantity.low == pytest.approx(spread.quantity.value / 1.390, rel=1e-3)


def test_what_is_out_of_range_is_never_silent(evidence: Sequence[ProcessEvidence]) -> None:
    far = {**CASE, "crystal_diameter_m": 5e-3, "temperature_K": 900.0}
    warnings = " ".join(small_molecule(**far, evidence=evidence).warnings)
    assert "outside 0.1 um to 1 mm" in warnings
    assert "outside 250 to 500 K" in warnings
    assert "Reynolds" in warnings
    assert "polymorph" in warnings


def test_a_spread_of_something_unknown_is_refused(evidence: Sequence[ProcessEvidence]) -> None:
    with pytest.raises(InputError, match="relative_sd"):
        small_molecule(**CASE, evidence=evidence, relative_sd={"colour": 0.1})


@given(
    st.floats(1e-7, 1e-3), st.floats(1, 1000), st.floats(1e-3, 100), st.floats(1e-8, 9.8), st.floats(1, 1e7)
)
def test_the_verdict_is_none_or_possible_whatever_the_numbers(
    evidence: Sequence[ProcessEvidence], size: float, density: float, viscosity: float, g: float, run: float
) -> None:
    case = {
        **CASE,
        "crystal_diameter_m": size,
        "density_difference_kg_m3": density,
        "viscosity_Pa_s": viscosity,
        "g_m_s2": g,
        "duration_s": run,
    }
    prediction = small_molecule(**case, evidence=evidence)
    assert prediction.verdict in ("none", "possible")
    assert "survival, not gain" in prediction.statement
