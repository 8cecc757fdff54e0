"""Exposure: thousands of futures settle as each would on its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.contracts.exposure import DelayFutures, Futures, expose, outcome_of
from downmass.disciplines.contracts.settle import settle
from downmass.facts.contract import Contract, LiquidatedDamages, Milestone, QualityBand, StorageFee
from downmass.facts.quantity import Money

DAY = np.timedelta64(86_400_000_000, "us")
DUE = np.datetime64("2023-07-17T00:00:00", "us")
STAGES = ("launch", "process", "orbit", "return", "recovery", "laboratory")
CAUSES = ("provider", "customer", "weather", "regulatory", "range")


def simulated(rng: np.random.Generator, size: int) -> Futures:
    """Futures with every kind of trouble, drawn without regard to plausibility."""

    def instants(low_d: float, high_d: float, never: float) -> np.ndarray:
        at = DUE + (rng.uniform(low_d, high_d, size) * 86_400e6).astype("timedelta64[us]")
        return np.where(rng.random(size) < never, np.datetime64("NaT"), at)

    def delay(cause: str) -> DelayFutures:
        opens = instants(-90, 150, 0.3)
        return DelayFutures(cause, opens, opens + rng.integers(-20, 120, size) * DAY)

    return Futures(
        as_of=datetime(2024, 6, 1, tzinfo=UTC),
        reached={
            "signing": np.full(size, np.datetime64("2023-01-09", "us")),
            "lift_off": instants(-60, -20, 0.1),
            "landing": instants(-10, 320, 0.1),
            "release": instants(20, 360, 0.2),
        },
        delays=tuple(delay(cause) for cause in (*CAUSES, "regulatory", "weather")),
        graded_percent=np.where(rng.random(size) < 0.2, np.nan, np.round(rng.uniform(0, 100, size), 3)),
        lost_at=instants(-40, 400, 0.7),
        lost_stage=[STAGES[i] for i in rng.integers(0, len(STAGES), size)],
        lost_cause=[CAUSES[i] for i in rng.integers(0, len(CAUSES), size)],
        batch_value=Money(900_000_000, "USD"),
        owner="customer",
    )


@pytest.mark.parametrize("name", ["capsule-service", "provider-bears-licence", "rideshare-like"])
def test_every_future_settles_as_it_would_on_its_own(sign: Callable[..., Contract], name: str) -> None:
    contract = sign(name)
    futures = simulated(np.random.default_rng(7), 400)
    exposure = expose(contract, futures)
    for row in range(len(futures)):
        alone = settle(contract, outcome_of(futures, row))
        together = {party: int(net[row]) for party, net in exposure.net.items()}
        assert together == dict(alone.balances)
        moved = {clause: int(amounts[row]) for clause, amounts in exposure.by_clause.items() if amounts[row]}
        clauses = {posting.clause for posting in alone.postings}
        assert moved == {c: sum(p.amount.minor for p in alone.postings if p.clause == c) for c in clauses}


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 10**9),
    st.tuples(*[st.integers(0, 99).map(lambda n: Decimal(n) / 7)] * 4),
    st.sets(st.sampled_from(CAUSES)),
    st.sets(st.sampled_from(CAUSES)),
)
def test_exposure_agrees_with_settlement_for_any_clause(
    seed: int, price: int, numbers: tuple[Decimal, ...], excused: set[str], shared: set[str]
) -> None:
    landing = datetime(2023, 7, 17, tzinfo=UTC)
    contract = Contract(
        "any", "Any", "any", "provider", "customer", Money(price, "USD"),
        (Milestone("l", "Landing", "landing", Decimal(70), landing),
         Milestone("r", "Release", "release", Decimal(30))),
        (LiquidatedDamages("d", "Late", "l", *numbers[:3], tuple(excused), tuple(shared), numbers[3]),),
        (QualityBand("b", Decimal("33.3"), Decimal(60)),),
        StorageFee("s", "Storage", Money(price // 100, "USD")),
    )  # fmt: skip
    futures = simulated(np.random.default_rng(seed), 20)
    exposure = expose(contract, futures)
    assert all(sum(int(net[row]) for net in exposure.net.values()) == 0 for row in range(20))
    for row in range(20):
        alone = settle(contract, outcome_of(futures, row)).balances
        assert {party: int(net[row]) for party, net in exposure.net.items()} == dict(alone)


def test_futures_that_settle_alike_are_settled_once(capsule: Contract) -> None:
    at = np.full(2000, DUE)
    exposure = expose(capsule, Futures(datetime(2024, 6, 1, tzinfo=UTC), {"signing": at, "landing": at}))
    assert exposure.settlements == 1
    assert set(exposure.net["provider"].tolist()) == {720_000_000}


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="elements"):
        Futures(datetime(2024, 6, 1, tzinfo=UTC), {"signing": np.full(2, DUE), "landing": np.full(3, DUE)})
