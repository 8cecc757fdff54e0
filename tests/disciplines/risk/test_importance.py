from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.risk.fmea import find_gaps, occurrence_rank, priority_number, rank_modes
from downmass.disciplines.risk.importance import beyond_noise, importance
from downmass.facts.quantity import Spread
from downmass.facts.venture import FailureMode

N = 400_000
CHANCES = {"engine": 0.02, "parachute": 0.05, "valve": 0.2}


def _spread(value: float) -> Spread:
    number = Decimal(str(value))
    return Spread(number, number, number, "opinion", "a test")


def _mode(name: str, percent: float, severity: int = 8, detection: int = 4, **more: Any) -> FailureMode:
    return FailureMode(name, name, "return", _spread(percent), "loss", severity, detection, **more)


@pytest.fixture(scope="module")
def struck() -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
    rng = np.random.default_rng(5)
    return {name: rng.random(N) < p for name, p in CHANCES.items()}


def test_an_or_tree_gives_its_exact_importances(struck: dict[str, Any]) -> None:
    """Independent OR: P = 1 - prod(1 - p); Fussell-Vesely p/P; Birnbaum prod of the other 1 - p.

    Closed forms of fault tree analysis, e.g. NUREG-0492.
    """
    lost = struck["engine"] | struck["parachute"] | struck["valve"]
    survive = float(np.prod([1 - p for p in CHANCES.values()]))
    for item in importance(struck, lost):
        p = CHANCES[item.mode]
        exact_birnbaum = survive / (1 - p)
        assert item.fussell_vesely == pytest.approx(p / (1 - survive), abs=0.005)
        assert item.birnbaum is not None
        assert item.birnbaum_error is not None
        assert item.birnbaum == pytest.approx(exact_birnbaum, abs=5 * item.birnbaum_error + 1e-12)


def test_an_and_gate_gives_its_exact_birnbaum_importance(struck: dict[str, Any]) -> None:
    """AND of two independent events: the Birnbaum importance of one is the chance of the other."""
    lost = struck["parachute"] & struck["valve"]
    found = {item.mode: item for item in importance(struck, lost)}
    for one, other in (("parachute", "valve"), ("valve", "parachute")):
        assert found[one].fussell_vesely == 1.0
        assert found[one].birnbaum == pytest.approx(CHANCES[other], abs=0.005)
    assert found["engine"].birnbaum == pytest.approx(0.0, abs=5 * (found["engine"].birnbaum_error or 0))


def test_lost_value_puts_a_costly_rare_mode_first(struck: dict[str, Any]) -> None:
    value = 100.0 * struck["engine"] + 1.0 * struck["valve"]
    lost = struck["engine"] | struck["valve"]
    first, *_ = importance(struck, lost, value)
    assert first.mode == "engine"
    assert importance(struck, lost)[0].mode == "valve"
    assert first.value_saved == pytest.approx(100.0 * CHANCES["engine"], rel=0.05)


def test_a_harmless_mode_is_worth_nothing_however_often_it_strikes(struck: dict[str, Any]) -> None:
    """`scratch` strikes in most losses by chance alone; ruling it out spares none of them."""
    scratch = np.random.default_rng(6).random(N) < 0.9
    occurred = {"engine": struck["engine"], "scratch": scratch}
    for ruled_out in (None, {"engine": np.zeros(N), "scratch": struck["engine"].astype(float)}):
        engine, harmless = importance(occurred, struck["engine"], None, ruled_out)
        assert (engine.mode, harmless.mode) == ("engine", "scratch")
        assert harmless.fussell_vesely == pytest.approx(0.9, abs=0.02)
        assert harmless.worth == 0.0
        assert engine.worth == pytest.approx(CHANCES["engine"], rel=0.05)


def test_what_is_saved_is_the_difference_to_the_same_futures_without_it(struck: dict[str, Any]) -> None:
    """Two of an OR tree: ruling one out spares p (1 - q)."""
    lost = struck["parachute"] | struck["valve"]
    ruled_out = {"parachute": struck["valve"].astype(float), "valve": struck["parachute"].astype(float)}
    found = {item.mode: item for item in importance({m: struck[m] for m in ruled_out}, lost, None, ruled_out)}
    assert found["parachute"].value_saved == pytest.approx(
        0.05 * 0.8, abs=5 * found["parachute"].value_saved_error
    )
    assert found["valve"].value_saved == pytest.approx(0.2 * 0.95, abs=5 * found["valve"].value_saved_error)
    # Independent modes: the futures in which one did not strike tell the same, less precisely.
    for item in importance({m: struck[m] for m in ruled_out}, lost):
        assert item.value_saved == pytest.approx(found[item.mode].value_saved, abs=5 * item.value_saved_error)


@pytest.mark.parametrize(
    ("value", "error", "told"), [(-0.01, 0.01, 0.0), (0.03, 0.01, 0.03), (-3.0, 1.0, -3.0)]
)
def test_what_lies_within_two_standard_errors_is_0(value: float, error: float, told: float) -> None:
    assert beyond_noise(value, error) == told


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_shares_and_chances_stay_between_zero_and_one(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 30))
    flags = st.lists(st.booleans(), min_size=n, max_size=n).map(np.array)
    occurred = {name: data.draw(flags) for name in ("a", "b")}
    for item in importance(occurred, data.draw(flags)):
        for share in (item.chance, item.fussell_vesely, item.value_share):
            assert 0.0 <= share <= 1.0
        assert item.birnbaum is None or -1.0 <= item.birnbaum <= 1.0


def test_what_never_or_always_struck_has_no_birnbaum_importance() -> None:
    found = importance(
        {"never": np.zeros(4, bool), "always": np.ones(4, bool)}, np.array([True] * 2 + [False] * 2)
    )
    assert all(item.birnbaum is None for item in found)


@pytest.mark.parametrize(
    ("occurred", "lost", "value"),
    [
        ({"a": np.zeros(3, bool)}, np.zeros(4, bool), None),
        ({}, np.zeros(0, bool), None),
        ({"a": np.zeros(2, bool)}, np.zeros(2, bool), np.array([1.0, -1.0])),
        ({"a": np.zeros(2, bool)}, np.zeros(2, bool), np.array([1.0, np.nan])),
    ],
)
def test_arrays_that_do_not_fit_are_refused(occurred: Any, lost: Any, value: Any) -> None:
    with pytest.raises(InputError):
        importance(occurred, lost, value)


@pytest.mark.parametrize(
    ("percent", "rank"), [(0.0, 1), (0.001, 1), (0.05, 3), (0.4, 6), (1.0, 7), (12.0, 10)]
)
def test_a_chance_has_the_rank_of_the_table(percent: float, rank: int) -> None:
    """Per thousand: 0.01 -> 1, 0.5 -> 3, 5 -> 6, 10 -> 7, 100 and more -> 10 (IEC 60812:2006, recalled)."""
    assert occurrence_rank(percent) == rank


def test_a_chance_beyond_certainty_is_refused() -> None:
    with pytest.raises(InputError, match="101 % is none"):
        occurrence_rank(101.0)


def test_modes_rank_by_their_contribution_and_undrawn_ones_come_last(struck: dict[str, Any]) -> None:
    modes = [_mode("engine", 2), _mode("valve", 20), _mode("past", 50, severity=10, detection=10)]
    lost = struck["engine"] | struck["valve"]
    ranked = rank_modes(modes, struck, lost)
    assert [line.mode.id for line in ranked] == ["valve", "engine", "past"]
    assert [line.rank for line in ranked] == [1, 2, 3]
    assert ranked[-1].importance is None
    assert ranked[0].priority == 8 * 10 * 4 == priority_number(modes[1])


def test_a_frequent_harmless_mode_ranks_below_a_rare_costly_one(struck: dict[str, Any]) -> None:
    modes = [_mode("scratch", 90, severity=10, detection=10), _mode("engine", 2, severity=1, detection=1)]
    occurred = {"engine": struck["engine"], "scratch": np.random.default_rng(6).random(N) < 0.9}
    ranked = rank_modes(modes, occurred, struck["engine"])
    assert [line.mode.id for line in ranked] == ["engine", "scratch"]


def test_a_mode_without_a_guard_is_a_finding_and_so_is_what_guards_leave_open() -> None:
    bare = _mode("bare", 1, severity=9, detection=9)
    guarded = _mode("guarded", 1, guards=("two parachutes",), leaves="both tangled")
    odd = _mode("odd", 1, severity=11, guards=("a check",))
    findings = find_gaps([bare, guarded, odd])
    told = {(finding.subject, finding.severity) for finding in findings}
    assert ("bare", "warning") in told
    assert ("guarded", "note") in told
    assert any("severity 11 is no rank" in finding.message for finding in findings)
    assert any("unlikely to be seen" in finding.message for finding in findings)
