"""Published tables of prices and thresholds, reproduced.

T1, T2: spacex.com/rideshare as read by newspaceeconomy.ca 2026-02-27; wccftech.com 2022; exbulletin.com
2021. T3: Metzger 2023, arXiv:2303.09011. T4: Starship projections quoted with the Voyager filings. T5:
fluoride fibre of CFHT OHANA 2000, density of ZBLAN 4.33 g/cm3. T6: documentation example of
numpy-financial. T7: NASA price lists of 2019 and 2021.
"""

from __future__ import annotations

import numpy_financial
import pytest

from downmass.disciplines.economics.breakeven import Never
from downmass.disciplines.economics.cash import irr
from downmass.disciplines.economics.tariffs import (
    fibre_mass_kg_per_m,
    fibre_price_usd_per_kg,
    implied_marginal_usd,
    iss_price_usd,
    metzger_2023,
    payload_fraction,
    rideshare_price_usd,
    spread_of_marginals,
)

ISS = {
    "2019": {"upmass": 3_000.0, "downmass": 6_000.0, "crew_time": 17_500.0},
    "2021": {"upmass": 20_000.0, "downmass": 40_000.0, "crew_time": 130_000.0},
}


@pytest.mark.parametrize(
    ("mass_kg", "price_usd"),
    [(10, 350_000), (50, 350_000), (100, 700_000), (200, 1.4e6), (300, 2.1e6), (500, 3.5e6)],
)
def test_t1_rideshare_list_prices_of_2026(mass_kg: float, price_usd: float) -> None:
    assert rideshare_price_usd(mass_kg) == price_usd
    assert rideshare_price_usd(mass_kg) == 350_000 + 7_000 * max(0, mass_kg - 50)


def test_t1_ten_kilograms_pay_35_000_usd_a_kilogram() -> None:
    assert rideshare_price_usd(10) / 10 == 35_000


@pytest.mark.parametrize(("per_kg_usd", "price_usd"), [(5_000, 1.0e6), (6_000, 1.2e6)])
def test_t2_two_hundred_kilograms_in_2021_and_2022(per_kg_usd: float, price_usd: float) -> None:
    assert rideshare_price_usd(200, per_kg_usd=per_kg_usd) == price_usd


@pytest.mark.parametrize(
    ("equipment", "delivery", "phi_min"),
    [(7, 0.9, 12.9), (7, 1.3, 19.4), (7, 1.4, 21.2), (7, 2.1, 34.6), (9, 2.1, 39.9), (7, 6, 195)],
)
def test_t3_metzger_threshold(equipment: float, delivery: float, phi_min: float) -> None:
    found = metzger_2023(equipment, 6, delivery, 0.10)
    assert isinstance(found, float)
    assert found == pytest.approx(phi_min, rel=5e-3)


@pytest.mark.parametrize("delivery", [10, 12, 30])
def test_t3_where_overhead_alone_exceeds_launch_the_answer_is_never(delivery: float) -> None:
    assert isinstance(metzger_2023(7, 6, delivery, 0.10), Never)


def test_t3_moon_to_gto_carries_about_48_percent() -> None:
    assert payload_fraction(2_800, 450, 10) == pytest.approx(0.478, abs=5e-4)


def test_t4_projected_starship_prices_mix_marginal_costs() -> None:
    # 600, 80 and 13 to 20 USD/kg at 1, 10 and 100 flights of a 90 MUSD vehicle carrying 150 t.
    assert implied_marginal_usd(600, 150e3, 90e6, 1) == 0
    assert implied_marginal_usd(80, 150e3, 90e6, 10) == pytest.approx(3e6)
    assert implied_marginal_usd(20, 150e3, 90e6, 100) == pytest.approx(2.1e6)
    least, greatest = spread_of_marginals({1: 600, 10: 80, 100: 13}, 150e3, 90e6)
    assert (least, greatest) == pytest.approx((0, 3e6))


def test_t5_bare_zblan_fibre_weighs_53_mg_a_metre() -> None:
    assert fibre_mass_kg_per_m(125, 4_330) * 1e6 == pytest.approx(53.1, abs=0.05)


@pytest.mark.parametrize(("usd_per_m", "musd_per_kg"), [(100, 1.88), (300, 5.65), (1_000, 18.8)])
def test_t5_zblan_price_per_kilogram(usd_per_m: float, musd_per_kg: float) -> None:
    assert fibre_price_usd_per_kg(usd_per_m) / 1e6 == pytest.approx(musd_per_kg, rel=5e-3)


def test_t6_internal_rate_of_return() -> None:
    flows = [-100, 39, 59, 55, 20]
    found = irr(range(5), flows).percent
    assert found == pytest.approx(28.095, abs=5e-4)
    assert found == pytest.approx(100 * numpy_financial.irr(flows), rel=1e-9)


def test_t7_an_iss_experiment_cost_97_000_usd_in_2019_and_700_000_in_2021() -> None:
    experiment = {"mass_up_kg": 5, "mass_down_kg": 2, "crew_h": 4}
    assert iss_price_usd(ISS["2019"], **experiment) == 97_000
    assert iss_price_usd(ISS["2021"], **experiment) == 700_000
    ratios = [ISS["2021"][item] / ISS["2019"][item] for item in ("upmass", "downmass", "crew_time")]
    assert ratios == pytest.approx([6.67, 6.67, 7.43], abs=5e-3)
