"""Nouns refuse what cannot be true: negative masses, spreads out of order, plans that cannot begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.facts import event as ev
from downmass.facts.contract import Milestone, Posting
from downmass.facts.plan import Lag
from downmass.facts.quantity import Money, Spread

NUMBERS = st.decimals(-1000, 1000, places=3, allow_nan=False)


@pytest.fixture
def basis(bodies: tuple[Any, ...]) -> Any:
    return next(body.basis for body in bodies if isinstance(body, ev.PlanBasisStated))


def spread(low: str, mode: str, high: str) -> Spread:
    return Spread(Decimal(low), Decimal(mode), Decimal(high), "opinion", "a guess")


def test_a_fact_cannot_be_changed(body: Any) -> None:
    name = next(iter(type(body).__dataclass_fields__))
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        setattr(body, name, "changed")


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_spread_is_in_order_or_refused(low: Decimal, mode: Decimal, high: Decimal) -> None:
    if low <= mode <= high:
        assert Spread(low, mode, high, "opinion", "a guess").high >= low
    else:
        with pytest.raises(InputError, match="not in order"):
            Spread(low, mode, high, "opinion", "a guess")


def test_a_spread_without_a_source_is_refused() -> None:
    with pytest.raises(InputError, match="no source") as refusal:
        Spread(Decimal(1), Decimal(1), Decimal(1), "opinion", "")
    assert "where the numbers come from" in refusal.value.remedy


@pytest.mark.parametrize("code", ["usd", "US", "DOLLAR", ""])
def test_a_currency_is_three_capitals(code: str) -> None:
    with pytest.raises(InputError, match="ISO 4217"):
        Money(1, code)


def test_a_posting_never_moves_a_negative_amount() -> None:
    with pytest.raises(InputError, match="moves -1") as refusal:
        Posting("a", "b", Money(-1, "USD"), "clause", (), "why")
    assert "swap debtor and creditor" in refusal.value.remedy


def test_milestones_that_do_not_share_the_whole_price_are_refused(bodies: tuple[Any, ...]) -> None:
    contract = next(body.contract for body in bodies if isinstance(body, ev.ContractSigned))
    short = (Milestone("sign", "Signing", "signing", Decimal("99.5")),)
    with pytest.raises(InputError, match=r"share 99\.5 percent") as refusal:
        replace(contract, milestones=short, damages=())
    assert "sum to 100" in refusal.value.remedy


def test_damages_for_a_milestone_that_is_not_there_are_refused(bodies: tuple[Any, ...]) -> None:
    contract = next(body.contract for body in bodies if isinstance(body, ev.ContractSigned))
    whole = (Milestone("sign", "Signing", "signing", Decimal(100)),)
    with pytest.raises(InputError, match="'land', no milestone"):
        replace(contract, milestones=whole)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda b: replace(b, activities=(*b.activities, b.activities[0])), "share one id"),
        (lambda b: replace(b, activities=(replace(b.activities[0], lags=(Lag("lunch", "x"),)),)), "'lunch'"),
        (lambda b: replace(b, gates=()), "waits for gate 'licence'"),
        (lambda b: replace(b, resources=()), "needs 'crew'"),
        (
            lambda b: replace(
                b, activities=(replace(b.activities[0], lags=(Lag("run", "x"),)), b.activities[1])
            ),
            "launch, run can never begin",
        ),
        (lambda b: replace(b, return_spacing_d=spread("0", "1", "2")), "return_spacing_d"),
    ],
)
def test_a_plan_that_names_what_is_not_there_or_cannot_begin_is_refused(
    basis: Any, change: Callable[[Any], Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as refusal:
        change(basis)
    assert refusal.value.remedy


def test_a_negative_duration_is_refused(basis: Any) -> None:
    with pytest.raises(InputError, match="duration_d of launch of -1 is below 0"):
        replace(basis.activities[0], duration_d=spread("-1", "0", "1"))


@pytest.mark.parametrize("field", ["launched_mass_kg", "product_kg", "yield_percent"])
def test_a_negative_mass_or_yield_is_refused(bodies: tuple[Any, ...], field: str) -> None:
    venture = next(body.venture for body in bodies if isinstance(body, ev.VentureStated))
    with pytest.raises(InputError, match=f"{field} of -3 is below 0"):
        replace(venture, **{field: spread("-3", "0", "1")})


def test_a_chance_above_certainty_is_refused(bodies: tuple[Any, ...]) -> None:
    mode = next(body.modes[0] for body in bodies if isinstance(body, ev.FailureModesListed))
    with pytest.raises(InputError, match="of 101 is above 100"):
        replace(mode, chance_percent=spread("0", "1", "101"))


def test_a_site_off_the_earth_is_refused(bodies: tuple[Any, ...]) -> None:
    site = next(body.sites[0] for body in bodies if isinstance(body, ev.SitesDesignated))
    with pytest.raises(InputError, match="off the Earth"):
        replace(site, latitude_deg=Decimal("90.1"))
