from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from downmass.base.errors import InputError
from downmass.disciplines.forecast.belief import (
    LONGEST_D,
    PRIOR_BASIS,
    _student4,
    believe,
    believe_as_of,
    believe_rows,
    draw,
    slip_at,
)
from downmass.disciplines.forecast.gates import GateStanding, gate_outlook, quantile_in_time
from downmass.disciplines.forecast.slips import OpenSlip, SlipRow
from downmass.disciplines.forecast.spreads import planned_outlook
from downmass.facts.plan import Gate
from downmass.facts.quantity import Basis, Spread

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
    assert all(len(believe("licence", [1.0] * k).notes) == 1 for k in (0, 1, 3, 9))


def _row(slip_d: int, basis: Basis, kind: str = "licence", year: int = 2020) -> SlipRow:
    planned = date(year, 1, 1)
    actual = planned + timedelta(days=slip_d)
    return SlipRow(kind, f"{kind} {year} {slip_d}", planned, actual, slip_d, actual, "c", basis, "s")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("classes", "weakest"),
    [
        (("read", "read"), "read"),
        (("read", "derived"), "derived"),
        (("derived", "memory", "read"), "memory"),
        (("memory", "opinion"), "opinion"),
        ((), "opinion"),
    ],
)
def test_a_belief_is_as_weak_as_the_weakest_of_its_rows(classes: tuple[Basis, ...], weakest: Basis) -> None:
    belief = believe_rows([_row(k, basis) for k, basis in enumerate(classes)])
    assert belief.basis == weakest
    if classes:
        assert f"class {weakest}" in belief.notes[0]


def test_a_wait_that_has_not_ended_can_be_the_weakest() -> None:
    belief = believe_rows([_row(3, "read")], [OpenSlip("licence", "x", 40, "memory")])
    assert belief.basis == "memory"


def test_the_prior_is_an_opinion_and_its_figures_are_those_of_no_row_at_all() -> None:
    low, median, high = slip_at(believe("licence", []), np.array([0.05, 0.5, 0.95]))
    assert PRIOR_BASIS.basis == "opinion"
    for told in (f"{median:.0f} days,", f"{-low:.0f} days early", f"{high:.0f} days late"):
        assert told in PRIOR_BASIS.text


def test_a_launch_is_late_or_on_its_day_and_how_early_a_row_was_does_not_matter(
    rows: tuple[SlipRow, ...],
) -> None:
    """All 15 launches of the table came on the planned day or later."""
    launches = [row for row in rows if row.kind == "launch"]
    assert min(row.slip_d for row in launches) >= 0
    slips = quantile_in_time(believe_rows(launches))(U, None)
    assert slips.min() == 0.0
    assert bool(np.all(slip_at(believe("launch", [-9, 5]), U) == slip_at(believe("launch", [0, 5]), U)))


def test_before_its_day_a_launch_that_has_not_come_is_no_news(rows: tuple[SlipRow, ...]) -> None:
    at = quantile_in_time(believe_rows([row for row in rows if row.kind == "launch"]))
    assert at(U, -30.0).tolist() == at(U, None).tolist()
    assert bool(np.all(at(U, 3.0) >= 3.0))


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


@settings(max_examples=30, deadline=None)
@given(
    own=st.lists(st.integers(-60, 500), max_size=8),
    after=st.lists(st.integers(0, 400), max_size=8),
    waited=st.integers(-200, 900),
    since=st.integers(0, 300),
)
def test_a_refusal_never_brings_a_gate_forward(
    own: list[int], after: list[int], waited: int, since: int
) -> None:
    """However short others waited after theirs: the same gate, refused or not, at the same chance."""
    table = [_row(d, "read") for d in own] + [_row(d, "read", "licence_refused", 2019) for d in after]
    refused = datetime(2024, 1, 1, tzinfo=UTC)
    planned, now = refused - timedelta(days=waited), refused + timedelta(days=since)
    free = gate_outlook("licence", planned, None, table, now)
    shut = gate_outlook("licence", planned, GateStanding("refused", refused), table, now)
    openings = [
        (outlook.clock_from - planned).days + outlook.delay(U, float((now - outlook.clock_from).days))
        for outlook in (free, shut)
    ]
    assert bool(np.all(openings[1] >= openings[0] - 1e-9))
    assert bool(np.all(openings[1] >= waited + since - 1e-9))


@settings(max_examples=30, deadline=None)
@given(low=st.integers(-40, 0), width=st.integers(0, 200), waited=st.integers(-200, 900))
def test_nor_does_it_where_the_plan_alone_tells_the_delay(low: int, width: int, waited: int) -> None:
    refused = datetime(2024, 1, 1, tzinfo=UTC)
    planned = refused - timedelta(days=waited)
    delay = Spread(low, low + width // 4, low + width, "opinion", "a test")  # type: ignore[arg-type]
    gate = Gate("g", "gate", "licence", "faa", planned, delay)
    free, shut = planned_outlook(gate, None), planned_outlook(gate, GateStanding("refused", refused))
    assert bool(np.all(shut.delay(U, float(waited)) >= free.delay(U, float(waited)) - 1e-9))


def test_a_refused_gate_waits_anew_once_enough_others_have(rows: tuple[SlipRow, ...]) -> None:
    """Twelve refusals of 300 days or so: a gate waited for two days and then refused opens about then."""
    table = [row for row in rows if row.kind == "licence"]
    table += [_row(d, "read", "licence_refused", 2018) for d in (280, 290, 310, 320) * 3]
    refused = GateStanding("refused", datetime(2023, 9, 6, tzinfo=UTC))
    planned = datetime(2023, 9, 4, tzinfo=UTC)
    outlook = gate_outlook("licence", planned, refused, table, REFUSAL, {"W-1"})
    assert outlook.belief is not None
    assert outlook.belief.kind == "licence_refused"
    assert float(np.median(outlook.delay(U, 3.0))) == pytest.approx(2 + 300, rel=0.1)


def test_with_too_few_refusals_a_refused_gate_goes_on_waiting_by_its_own_class(
    rows: tuple[SlipRow, ...],
) -> None:
    """As of W-1's refusal only SpaceBEE's and Vigoride's were known; what it had waited is not forgotten."""
    planned = datetime(2023, 7, 10, tzinfo=UTC)
    refused = GateStanding("refused", datetime(2023, 9, 6, tzinfo=UTC))
    free = gate_outlook("licence", planned, None, rows, REFUSAL, {"W-1"})
    shut = gate_outlook("licence", planned, refused, rows, REFUSAL, {"W-1"})
    assert shut.clock_from == planned
    assert shut.delay(U, 58.0).tolist() == free.delay(U, 58.0).tolist()
    assert any("only 2 waits after a refusal" in note for note in shut.notes)
    assert shut.belief is not None
    assert "W-1" not in shut.belief.subjects


def test_dropping_the_campaigns_own_rows_changes_nothing_that_was_known_before_them(
    rows: tuple[SlipRow, ...],
) -> None:
    others = [row for row in rows if row.subject != "W-1"]
    for kind in ("return", "launch", "licence", "licence_refused", "grounding", "range"):
        left_out = believe_as_of(rows, kind, REFUSAL, {"W-1"})  # type: ignore[arg-type]
        never_there = believe_as_of(others, kind, REFUSAL)  # type: ignore[arg-type]
        assert left_out.cdf.tolist() == never_there.cdf.tolist()
