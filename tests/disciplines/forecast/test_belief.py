from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from downmass.base.errors import InputError
from downmass.disciplines.forecast.belief import (
    LONGEST_D,
    _student4,
    believe,
    believe_as_of,
    believe_rows,
    draw,
    slip_at,
)
from downmass.disciplines.forecast.gates import GateStanding, gate_outlook
from downmass.disciplines.forecast.slips import SlipRow

U = np.linspace(0.001, 0.999, 101)
LAUNCH = datetime(2023, 6, 12, 23, 59, 59, tzinfo=UTC)
REFUSAL = datetime(2023, 9, 6, 23, 59, 59, tzinfo=UTC)


def test_students_t_agrees_with_scipy() -> None:
    z = np.linspace(-40, 40, 401)
    np.testing.assert_allclose(_student4(z), stats.t.cdf(z, 4), atol=1e-12)


def test_many_slips_of_a_known_law_give_back_its_quantiles() -> None:
    """400 values at the even quantiles of asinh(d) ~ t4(2, 0.7); the law itself is the truth."""
    law = stats.t(4, loc=2.0, scale=0.7)
    days = np.sinh(law.ppf((np.arange(400) + 0.5) / 400))
    belief = believe("launch", list(np.round(days)))
    for p in (0.05, 0.5, 0.95):
        learned = float(np.arcsinh(slip_at(belief, np.array([p]))[0]))
        assert learned == pytest.approx(float(law.ppf(p)), abs=0.12)


def test_fewer_slips_of_one_kind_make_a_wider_spread() -> None:
    ends = np.array([0.05, 0.95])
    widths = [
        float(np.diff(np.arcsinh(slip_at(believe("launch", [1.0, 4.0] * k), ends)))[0])
        for k in (0, 1, 3, 9, 27)
    ]
    assert widths == sorted(widths, reverse=True)


def test_few_slips_are_said_to_be_few() -> None:
    assert any("no past slip" in note for note in believe("licence", []).notes)
    assert any("3 past slips known" in note for note in believe("licence", [1, 2, 3]).notes)
    assert any("fewer than" in note for note in believe("licence", [1, 2, 3]).notes)
    assert len(believe("licence", [1.0] * 9).notes) == 1


def test_waits_that_have_not_ended_lengthen_what_is_expected() -> None:
    without, with_waits = believe("licence", [5, 27, 18]), believe("licence", [5, 27, 18], [139, 359])
    late = U[U >= 0.5]
    assert bool(np.all(slip_at(with_waits, late) > slip_at(without, late)))


def test_how_early_a_gate_opened_does_not_matter() -> None:
    assert bool(np.all(slip_at(believe("licence", [-122, 5]), U) == slip_at(believe("licence", [-1, 5]), U)))
    assert not bool(
        np.all(slip_at(believe("return", [-122, 5]), U) == slip_at(believe("return", [-1, 5]), U))
    )


@settings(max_examples=20, deadline=None)
@given(
    days=st.lists(st.floats(-60, 900), max_size=12),
    lasted=st.floats(-100, 3000),
    more=st.floats(0, 500),
)
def test_given_that_it_has_lasted_it_lasts_at_least_that_and_longer_waits_last_longer(
    days: list[float], lasted: float, more: float
) -> None:
    belief = believe("return", days)
    free, given_that, longer = (
        slip_at(belief, U),
        slip_at(belief, U, lasted),
        slip_at(belief, U, lasted + more),
    )
    assert bool(np.all(given_that >= lasted))
    assert bool(np.all(given_that >= free - 1e-9))
    assert bool(np.all(longer >= given_that - 1e-9))
    assert bool(np.all(np.diff(given_that) >= 0))
    assert bool(np.all(np.abs(free) <= LONGEST_D * 1.0001))


def test_conditioning_is_truncation() -> None:
    """Draws given more than 10 d are those free draws that exceed 10 d (definition of conditioning)."""
    belief, u = believe("licence", [0, 3, 8, 20, 60, 150]), (np.arange(200_000) + 0.5) / 200_000
    free = slip_at(belief, u)
    kept, conditioned = free[free > 10.0], slip_at(belief, u, 10.0)
    for p in (0.1, 0.5, 0.9):
        assert np.quantile(conditioned, p) == pytest.approx(np.quantile(kept, p), rel=0.02)


def test_drawing_is_given_by_the_generator(rows: tuple[SlipRow, ...]) -> None:
    returns = [row for row in rows if row.kind == "return"]
    one, same = (draw(returns, 50, np.random.default_rng(3), 7.0) for _ in range(2))
    assert one.tolist() == same.tolist()
    assert one.min() >= 7.0


def test_classes_are_not_mixed(rows: tuple[SlipRow, ...]) -> None:
    with pytest.raises(InputError, match="are mixed"):
        believe_rows(rows)


def test_a_wait_beyond_the_model_is_refused() -> None:
    with pytest.raises(InputError, match="beyond"):
        slip_at(believe("licence", []), U, 4000.0)
    with pytest.raises(InputError, match="outside"):
        believe("licence", [float("nan")])


def test_a_waiting_gate_runs_from_its_planned_date(rows: tuple[SlipRow, ...]) -> None:
    planned = datetime(2023, 7, 15, tzinfo=UTC)
    outlook = gate_outlook("licence", planned, None, rows, LAUNCH, {"W-1"})
    assert outlook.clock_from == planned
    assert outlook.belief is not None
    assert outlook.belief.known == len(believe_as_of(rows, "licence", LAUNCH, {"W-1"}).subjects)


def test_a_refused_gate_runs_from_the_refusal_by_the_waits_of_others(rows: tuple[SlipRow, ...]) -> None:
    refused = GateStanding("refused", datetime(2023, 9, 6, tzinfo=UTC))
    outlook = gate_outlook("licence", datetime(2023, 7, 15, tzinfo=UTC), refused, rows, REFUSAL, {"W-1"})
    assert outlook.clock_from == refused.since
    assert outlook.belief is not None
    assert outlook.belief.kind == "licence_refused"
    assert (outlook.belief.known, outlook.belief.waiting) == (6, 2)
    assert "W-1" not in outlook.belief.subjects


def test_with_too_few_refusals_a_refused_gate_falls_back_on_its_own_class(rows: tuple[SlipRow, ...]) -> None:
    early = datetime(2019, 1, 1, tzinfo=UTC)
    planned = datetime(2018, 12, 1, tzinfo=UTC)
    outlook = gate_outlook("licence", planned, GateStanding("refused", early), rows, early)
    assert outlook.clock_from == planned
    assert any("only 1 waits after a refusal" in note for note in outlook.notes)


def test_dropping_the_campaigns_own_rows_changes_nothing_that_was_known_before_them(
    rows: tuple[SlipRow, ...],
) -> None:
    others = [row for row in rows if row.subject != "W-1"]
    for kind in ("return", "launch", "licence", "licence_refused", "range"):
        left_out = believe_as_of(rows, kind, REFUSAL, {"W-1"})  # type: ignore[arg-type]
        never_there = believe_as_of(others, kind, REFUSAL)  # type: ignore[arg-type]
        assert left_out.cdf.tolist() == never_there.cdf.tolist()
