"""The same campaign, written as SimPy processes by hand, must tell the same story."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from downmass.disciplines.forecast.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]
FAST_N, SLOW_N = 100_000, 12_000


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark holds both models of the campaign."""
    spec = importlib.util.spec_from_file_location("bench_forecast", ROOT / "bench" / "forecast.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _five_errors(p: float) -> float:
    """Five standard errors of the difference of two shares."""
    return 5.0 * float(np.sqrt(p * (1.0 - p) * (1.0 / FAST_N + 1.0 / SLOW_N))) + 1e-9


def test_landing_release_and_losses_agree_with_simpy_within_sampling_error(bench: ModuleType) -> None:
    ours, theirs = simulate(bench.campaign(), FAST_N, 11), bench.simpy_futures(SLOW_N, 12)
    for mine, other in ((ours.landing, theirs.landing), (ours.release, theirs.release)):
        other = np.array(other)
        missing = float(np.isnan(mine).mean())
        assert float(np.isnan(other).mean()) == pytest.approx(missing, abs=_five_errors(missing))
        mine, other = mine[np.isfinite(mine)], other[np.isfinite(other)]
        error = 5.0 * float(np.std(other) / np.sqrt(len(other)))
        assert float(np.mean(other)) == pytest.approx(float(np.mean(mine)), abs=error)
        for p in (0.05, 0.25, 0.5, 0.75, 0.95):
            day = float(np.quantile(other, p))
            # The landing lies on a grid, so a quantile may sit on a step: compare shares on both sides.
            below, at_most = float(np.mean(mine < day - 1e-6)), float(np.mean(mine <= day + 1e-6))
            assert below - _five_errors(p) <= p <= at_most + _five_errors(p)
    for index, cause in enumerate(ours.causes):
        share = float(np.mean(ours.cause == index))
        assert theirs.cause.count(cause) / SLOW_N == pytest.approx(share, abs=_five_errors(share)), cause
    assert set(theirs.cause) - {""} <= set(ours.causes)
