"""Routes compared: regimes, weakest class, common luck."""

from __future__ import annotations

import numpy as np
import pytest

from downmass.base.errors import InputError
from downmass.disciplines.economics.compare import Charge, Route, compare, exactly, iss_route, of_campaign
from downmass.disciplines.economics.cost import inputs_of, leans_on, roll_up
from downmass.facts.quantity import Spread
from downmass.facts.venture import Venture


def read(value: float) -> Spread:
    return exactly(value, "read", "price list")


PRICES = {
    "2019": {"upmass": read(3_000), "downmass": read(6_000), "crew_time": read(17_500)},
    "2021": {"upmass": read(20_000), "downmass": read(40_000), "crew_time": read(130_000)},
}
BATCH = {
    "mass_up_kg": read(5),
    "mass_down_kg": read(2),
    "crew_h": read(4),
    "product_kg": read(1),
    "yield_percent": read(100),
}


def test_a_change_of_price_regime_changes_only_its_own_route() -> None:
    # 5 kg up, 2 kg down, 4 h of crew: 97,000 USD in 2019, 700,000 USD in 2021 (price lists of NASA).
    ground = Route("ground", "Ground", "list", (Charge("run", read(1_000), read(1)),), read(1), read(100))
    routes = [iss_route("2021", PRICES["2021"], **BATCH), iss_route("2019", PRICES["2019"], **BATCH), ground]
    rows = compare(routes, seed=1, size=64)
    assert [(row.id, row.p50) for row in rows] == [
        ("ground", 1_000),
        ("iss-2019", 97_000),
        ("iss-2021", 700_000),
    ]
    assert rows[2].shares[0] == ("crew time", pytest.approx(100 * 520 / 700))


def test_national_lab_users_pay_their_partner_alone() -> None:
    partner = Spread(100_000, 250_000, 600_000, "opinion", "example")  # type: ignore[arg-type]
    (row,) = compare([iss_route("iss_nl", {}, **BATCH, partner=partner)], seed=1)
    assert row.shares[0] == ("implementation partner", 100)
    assert row.basis == "opinion"
    assert row.leans_on[0].basis == "opinion"
    assert 100_000 < row.p10 < row.p50 < row.p90 < 600_000


@pytest.mark.parametrize(("regime", "told"), [("iss_nl", "partner"), ("2019", "upmass")])
def test_a_regime_without_its_price_is_refused(regime: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refusal:
        iss_route(regime, {}, **BATCH)  # type: ignore[arg-type]
    assert refusal.value.remedy


def test_two_equal_routes_cost_the_same_in_every_future() -> None:
    product = Spread(1, 5, 10, "opinion", "example")  # type: ignore[arg-type]
    charge = Charge("run", Spread(1, 2, 3, "read", "example"), read(1))  # type: ignore[arg-type]
    first, second = compare(
        [Route(name, name, "list", (charge,), product, read(80)) for name in ("a", "b")], seed=3
    )
    assert (first.p10, first.p50, first.p90) == (second.p10, second.p50, second.p90)


def test_a_route_that_releases_nothing_costs_infinitely_much_a_kilogram() -> None:
    (row,) = compare([Route("x", "X", "list", (Charge("run", read(1), read(1)),), read(1), read(0))], seed=1)
    assert row.p10 == float("inf")


def test_a_campaign_has_one_price_whoever_asks(venture: Venture, weeks_in_orbit: Spread) -> None:
    half = np.arange(512) % 5 != 0
    rolled = roll_up(venture, weeks_in_orbit, seed=2, size=512, delivered=half)
    cost = of_campaign("x", "X", "this", rolled, leans_on(inputs_of(venture, weeks_in_orbit)))
    assert (cost.p10, cost.p50, cost.p90) == rolled.cost_per_kg
    assert cost.nothing_percent == pytest.approx(100 * 103 / 512)
    assert cost.shares[0][0] == "Capsule"
    assert sum(share for _, share in cost.shares) == pytest.approx(100)
    assert cost.leans_on[0].basis == "opinion"


def test_a_charge_common_to_all_routes_is_paid_under_every_price_regime() -> None:
    laboratory = Charge("laboratory", read(250_000), read(1))
    (row,) = compare(
        [iss_route("2021", PRICES["2021"], **BATCH, more=(laboratory,), leaves_out="insurance")], seed=1
    )
    # 700,000 USD from the price list of 2021 and the laboratory, for one kilogram.
    assert row.p50 == 950_000
    assert row.leaves_out == "insurance"
    assert row.nothing_percent is None
