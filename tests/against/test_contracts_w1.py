"""The settlement of W-1, worked by hand from its public dates under three templates.

Dates (public): launch 2023-06-12 21:35Z, refusal 2023-09-06, licence 2024-02-14, landing 2024-02-21
21:40Z (FAA; SpaceNews; Rocket Lab). Price, due date 2023-07-17 and release are assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from downmass.base.instant import Window
from downmass.disciplines.contracts.outcome import Happening, Outcome
from downmass.disciplines.contracts.settle import settle
from downmass.disciplines.contracts.templates import instantiate
from downmass.facts.contract import Contract, Delay
from downmass.facts.quantity import Money

K = 100_000  # one thousand USD in cents
REFUSAL = Window(datetime(2023, 9, 6, tzinfo=UTC), datetime(2024, 2, 14, tzinfo=UTC))
HISTORY = Outcome(
    as_of=datetime(2024, 4, 30, tzinfo=UTC),
    reached={
        "signing": Happening(datetime(2023, 1, 9, 17, tzinfo=UTC), "contract"),
        "lift_off": Happening(datetime(2023, 6, 12, 21, 35, tzinfo=UTC), "launch"),
        "landing": Happening(datetime(2024, 2, 21, 21, 40, tzinfo=UTC), "landing"),
        "release": Happening(datetime(2024, 4, 1, tzinfo=UTC), "disposition"),
    },
    delays=(
        Delay("regulatory", REFUSAL, ("refusal", "licence")),
        Delay("range", REFUSAL, ("range-refusal",)),
    ),
    graded_percent=Decimal(96),
)


def contract(name: str) -> Contract:
    text = files("downmass.disciplines.catalogue").joinpath("data/contract_templates.toml").read_text("utf-8")
    return instantiate(
        text,
        name,
        id="w1-service",
        title="W-1",
        provider="varda",
        customer="pharma",
        insurer="underwriter",
        price=Money(12_000 * K, "USD"),
        due={"landing": datetime(2023, 7, 17, tzinfo=UTC), "release": datetime(2023, 10, 1, tzinfo=UTC)},
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 219.90 d late, less half of 161 d, less 28 d grace = 111.40 d: 16 weeks, capped at 10 percent.
        ("capsule-service", {"varda": 10_800 * K, "pharma": -11_400 * K, "underwriter": 600 * K}),
        # 219.90 - 28 = 191.90 d: 28 weeks, capped at 15 percent; premium 12 percent paid by the provider.
        ("provider-bears-licence", {"varda": 8_760 * K, "pharma": -10_200 * K, "underwriter": 1_440 * K}),
        ("rideshare-like", {"varda": 12_000 * K, "pharma": -12_000 * K}),
    ],
)
def test_w1_settles_to_the_hand_worked_amounts(name: str, expected: Mapping[str, int]) -> None:
    settlement = settle(contract(name), HISTORY)
    assert dict(settlement.balances) == expected
    assert sum(settlement.balances.values()) == 0
    assert all(posting.clause and posting.evidence for posting in settlement.postings)


@pytest.mark.parametrize(
    ("excused", "shared", "cap", "weeks"),
    [
        # 219.90 - 161 - 28 = 30.90 d; 219.90 - 80.5 - 28 = 111.40 d; 219.90 - 28 = 191.90 d.
        (("regulatory", "range"), (), 50, 5),
        ((), ("regulatory", "range"), 50, 16),
        ((), (), 50, 28),
    ],
)
def test_the_refusal_excused_shared_or_on_the_provider(
    excused: tuple[str, ...], shared: tuple[str, ...], cap: int, weeks: int
) -> None:
    terms = contract("capsule-service")
    late = replace(terms.damages[0], excused=excused, shared=shared, cap_percent=Decimal(cap))
    settlement = settle(replace(terms, damages=(late,)), HISTORY)
    posting = next(p for p in settlement.postings if p.clause == "late-landing")
    assert posting.amount.minor == weeks * 120 * K
    assert settlement.clocks[0].weeks == weeks


def test_as_of_the_refusal_four_started_weeks_are_owed_so_far() -> None:
    # From 2023-07-17 to the end of 2023-09-06 are 52 d less one second, less 28 d grace: 24 d, four weeks.
    asked = replace(HISTORY, as_of=datetime(2023, 9, 6, 23, 59, 59, tzinfo=UTC))
    settlement = settle(contract("capsule-service"), asked)
    # The day of the refusal itself is already shared: half of it, so 23.5 d, still four weeks.
    assert settlement.clocks[0].weeks == 4
    assert settlement.clocks[0].running
    assert [u.milestone for u in settlement.unearned] == ["landing", "release"]
