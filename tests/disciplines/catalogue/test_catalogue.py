"""Look-ups: the right price of the year and regime, near names where a name is wrong."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.catalogue.catalogue import Catalogue, landing_site, parse_catalogue, spread
from downmass.disciplines.catalogue.rows import PriceRow, first_day, last_day

LAUNCH = date(2023, 6, 12)


@pytest.mark.parametrize(
    ("year", "usd_per_kg"),
    [(2019, 5000), (2021, 5000), (2022, 6000), (2024, 6000), (2025, 6500), (2026, 7000), (2029, 7000)],
)
def test_the_rideshare_tariff_is_that_of_the_year(catalogue: Catalogue, year: int, usd_per_kg: int) -> None:
    # research note on economics, table T2: the list price to sun-synchronous orbit rises
    assert catalogue.price("launch.rideshare.marginal", date(year, 7, 1)).mode == usd_per_kg


def test_a_price_ends_on_the_day_the_next_begins(catalogue: Catalogue) -> None:
    # NASA raised its ISS prices on 2021-02-25, the day it said so (Parabolic Arc, 2021-03-05)
    before = catalogue.price("iss.upmass", date(2021, 2, 24), regime="2019")
    after = catalogue.price("iss.upmass", date(2021, 2, 25), regime="2021")
    assert (before.mode, after.mode) == (3000, 20000)
    with pytest.raises(NotFoundError, match="2021-02-25"):
        catalogue.price("iss.upmass", date(2021, 2, 25), regime="2019")


@pytest.mark.parametrize(
    ("item", "ratio"), [("iss.upmass", "6.67"), ("iss.downmass", "6.67"), ("iss.crew_time", "7.43")]
)
def test_the_iss_price_rise_has_the_published_ratio(catalogue: Catalogue, item: str, ratio: str) -> None:
    # research note on economics, table T7
    old = catalogue.price(item, regime="2019").high
    new = catalogue.price(item, regime="2021").high
    assert (new / old).quantize(Decimal("0.01")) == Decimal(ratio)


def test_a_small_iss_experiment_costs_97_and_700_thousand(catalogue: Catalogue) -> None:
    # table T7: 5 kg up, 2 kg down, 4 crew hours, under the price lists of 2019 and 2021
    amounts = {"iss.upmass": 5, "iss.downmass": 2, "iss.crew_time": 4}
    totals = [
        sum(catalogue.price(item, regime=regime).high * amount for item, amount in amounts.items())
        for regime in ("2019", "2021")
    ]
    assert totals == [97000, 700000]


def test_a_day_with_several_regimes_wants_one_named(catalogue: Catalogue) -> None:
    with pytest.raises(InputError) as refusal:
        catalogue.price("iss.upmass", LAUNCH)
    assert "iss_nl" in refusal.value.remedy
    assert catalogue.price("iss.upmass", LAUNCH, regime="iss_nl").high == 0


def test_a_moment_counts_as_its_day(catalogue: Catalogue) -> None:
    moment = datetime(2023, 6, 12, 21, 35, tzinfo=UTC)
    assert catalogue.price("launch.rideshare.marginal", moment).id == "launch.rideshare.marginal.2022"


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (lambda c: c.site("utr"), "uttr"),
        (lambda c: c.platform("varda-w"), "varda-w-series"),
        (lambda c: c.vehicle("falcon9"), "falcon-9"),
        (lambda c: c.product("zblan"), "zblan-fibre"),
        (lambda c: c.company("vardo"), "varda"),
        (lambda c: c.norm("21cfr11"), "21-cfr-11"),
        (lambda c: c.price("iss.upmas", LAUNCH), "iss.upmass"),
        (lambda c: c.price("iss.upmass", LAUNCH, "2020"), "2021"),
        (lambda c: c.price("iss.upmass", LAUNCH, "2019"), "2019-06 to 2021-02-25"),
        (lambda c: c.fact("varda-w-series", "capsule_mas"), "capsule_mass"),
        (lambda c: c.fact("varda-w-serie", "capsule_mass"), "varda-w-series"),
    ],
)
def test_a_wrong_name_is_answered_with_near_ones(catalogue: Catalogue, ask, near: str) -> None:
    with pytest.raises(NotFoundError) as refusal:
        ask(catalogue)
    assert near in refusal.value.remedy


def test_a_fact_is_seen_only_from_its_date_on(catalogue: Catalogue) -> None:
    # 120 kg was planned in 2021 (SpaceNews); W-1's capsule weighed less than 90 kg (SpaceNews 2024-02-21)
    assert catalogue.fact("varda-w-series", "capsule_mass", LAUNCH).high == 120
    assert catalogue.fact("varda-w-series", "capsule_mass", date(2024, 2, 21)).high == 90
    assert all(first_day(row.date) <= LAUNCH for row in catalogue.facts_of("varda-w-series", LAUNCH))
    with pytest.raises(NotFoundError, match="by 2023-06-12"):
        catalogue.fact("licence", "first_reentry_delay", LAUNCH)


def test_the_sites_of_w1_and_koonibba_are_where_they_are(catalogue: Catalogue) -> None:
    # Utah: about 40.2 N 113 W (press on W-1); Koonibba pad: 31.885558 S 133.448686 E (knowpia.com)
    utah = catalogue.site("uttr")
    assert (utah.latitude_deg, utah.longitude_deg) == (Decimal("40.2"), Decimal("-113.0"))
    pad = landing_site(catalogue.site("koonibba"), Decimal(50))
    assert float(pad.latitude_deg) == pytest.approx(-31.885558, abs=1e-3)
    assert float(pad.longitude_deg) == pytest.approx(133.448686, abs=1e-3)
    assert pad.corridor_km == 50


def test_a_splash_zone_is_the_middle_of_its_corners(catalogue: Catalogue) -> None:
    # corners of the Tampa zone in degrees, minutes, seconds: 33 CFR 165.T07-0806(a)(4)
    zone = catalogue.site("splash-tampa")
    north, south = 28 + 17 / 60 + 27 / 3600, 27 + 54 / 60 + 32 / 3600
    east, west = -(83 + 41 / 60 + 2 / 3600), -(84 + 6 / 60 + 57 / 3600)
    assert float(zone.latitude_deg) == pytest.approx((north + south) / 2, abs=1e-3)
    assert float(zone.longitude_deg) == pytest.approx((east + west) / 2, abs=1e-3)


def test_zblan_price_by_mass_follows_from_price_by_length(catalogue: Catalogue) -> None:
    # research note on economics, table T5: 53.1 mg of glass in a metre of bare 125 um fibre
    grams_per_metre = catalogue.fact("zblan-fibre", "linear_density").high
    by_mass = catalogue.price("product.zblan.price_per_kg")
    for usd_per_metre, told in ((100, by_mass.low), (300, by_mass.mode), (1000, by_mass.high)):
        assert float(usd_per_metre / grams_per_metre * 1000) == pytest.approx(float(told), rel=0.02)


def test_a_range_without_a_likely_value_is_not_given_one(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="without a most likely value"):
        spread(catalogue.price("product.recombinant_pharma"))
    kept = spread(catalogue.price("platform.bus_plus_capsule_cost", LAUNCH))
    assert (kept.low, kept.mode, kept.high, kept.basis) == (4_000_000, 8_000_000, 20_000_000, "opinion")


def test_opinion_and_memory_say_who_needs_them_or_what_to_do(catalogue: Catalogue) -> None:
    rows = [row for row in (*catalogue.prices, *catalogue.facts) if row.basis in ("memory", "opinion")]
    assert rows
    assert all("W-1" in row.note or "check before quoting" in row.note for row in rows)


def test_a_missing_file_and_a_faulty_line_are_refused_with_the_place(data_files: dict[str, str]) -> None:
    with pytest.raises(NotFoundError, match=r"prices\.csv"):
        parse_catalogue({name: text for name, text in data_files.items() if name != "prices.csv"})
    torn = {**data_files, "sites.csv": data_files["sites.csv"].replace("40.2", "north")}
    with pytest.raises(InputError, match=r"sites\.csv:2: .*'north' is no number"):
        parse_catalogue(torn)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_of_any_precision_holds_its_days(day: date) -> None:
    for text in (f"{day:%Y}", f"{day:%Y-%m}", day.isoformat()):
        assert first_day(text) <= day <= last_day(text)
        if last_day(text) < date(2100, 12, 31):
            following = last_day(text) + timedelta(days=1)
            assert first_day(following.isoformat()[: len(text)]) > last_day(text)


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=2, max_size=8, unique=True),
    st.dates(date(1999, 1, 1), date(2041, 1, 1)),
)
def test_a_series_without_gaps_has_one_price_on_every_day_from_its_first(
    starts: list[date], day: date
) -> None:
    starts = sorted(starts)
    ends = [*(start.isoformat() for start in starts[1:]), None]
    rows = tuple(
        PriceRow(
            id=f"p{index}",
            item="launch.a",
            low=Decimal(1),
            high=Decimal(1),
            unit="kg",
            currency="USD",
            valid_from=start.isoformat(),
            valid_to=end,
            regime="list",
            basis="opinion",
            source="made for this test",
        )
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    if day < starts[0]:
        with pytest.raises(NotFoundError):
            Catalogue(prices=rows).price("launch.a", day)
    else:
        latest = max(index for index, start in enumerate(starts) if start <= day)
        assert Catalogue(prices=rows).price("launch.a", day).id == f"p{latest}"


ELSEWHERE = {
    "launch.rideshare.cadence": ("rideshare", "cadence"),
    "launch.rideshare.rebooking_fee": ("rideshare", "rebooking_fee"),
    "cargo.dragon.upmass": ("dragon-2-cargo", "upmass"),
    "cargo.dragon.downmass": ("dragon-2-cargo", "downmass"),
    "cargo.dragon1.avg_pressurised": ("dragon-1", "average_pressurised"),
    "cargo.cygnus.avg_pressurised": ("cygnus", "average_pressurised"),
    "cargo.crs2.required_insurance": ("liability", "crs2_required_insurance"),
    "platform.varda.capsule_mass": ("varda-w-series", "capsule_mass"),
    "platform.varda.product_return": ("varda-w-series", "product_return"),
    "platform.varda.flights_per_year": ("varda-w-series", "flights"),
    "platform.varda.time_in_orbit": ("varda-w-series", "time_in_orbit"),
    "platform.vigoride": ("vigoride", "cargo_mass"),
    "platform.haven1": ("haven-1", "pressurised_volume"),
    "platform.starlab.devcost": ("starlab", "development_cost"),
    "platform.iss.ops": ("iss-rack", "operations_cost"),
    "insurance.launch_plus_1y.falcon9": ("insurance", "launch_first_year_falcon9"),
    "insurance.launch_plus_1y.ariane5": ("insurance", "launch_first_year_ariane5"),
    "insurance.launch_plus_1y.unreliable": ("insurance", "launch_first_year_unreliable"),
    "insurance.market_event": ("insurance", "claims_over_premiums"),
    "liability.mpl.third_party_2016": ("liability", "mpl_third_party"),
    "liability.us_indemnity_cap": ("liability", "us_indemnity_cap"),
    "licence.reentry.mpl_time": ("licence", "mpl_determination"),
    "licence.reentry.coverage_duration": ("licence", "cover_after_reentry"),
    "licence.reentry.first_time_delay": ("licence", "first_reentry_delay"),
    "product.retina_layers_award": ("artificial-retina", "award"),
    "market.ism_2030": ("market", "in_space_manufacturing_2030"),
    "market.ism_2024": ("market", "in_space_manufacturing_2024"),
    "lunar.G_gear_ratio": ("lunar", "gear_ratio_on_cost"),
    "lunar.phi_tent": ("lunar", "production_mass_ratio_tent"),
    "lunar.phi_strip": ("lunar", "production_mass_ratio_strip"),
}
"""Cost inputs that are facts, not prices: their subject and quantity."""

LEFT_OUT = {
    ("launch.falcon9.dedicated_price", "70"): "a guess for 2026, by its own note",
    ("launch.electron.price", "8.4"): "memory, by its own note",
    ("launch.rideshare.cadence", "5"): "memory: the sources say every four months and name three flights",
    ("platform.iss.ops", "4.1"): "memory, by its own note",
    ("platform.varda.time_in_orbit", "6"): "44 days of W-2 are 6.3 weeks",
    ("platform.varda.time_in_orbit", "35"): "254 days of W-1 are 36.3 weeks",
    ("iss.trash", "3000"): "memory, by its own class",
}
"""Values of a mixed row that are not read, and why."""


def test_every_read_or_derived_cost_input_is_in_the_catalogue(catalogue: Catalogue, shared: Path) -> None:
    with (shared / "data" / "cost_inputs.csv").open(encoding="utf-8", newline="") as file:
        inputs = [row for row in csv.DictReader(file) if row["class"].startswith(("READ", "DERIVED"))]
    assert len(inputs) > 50
    missing = []
    for row in inputs:
        item = row["item"]
        subject, quantity = ELSEWHERE.get(item, ("", ""))
        held = [
            value
            for kept in (*catalogue.prices, *catalogue.facts)
            if (isinstance(kept, PriceRow) and kept.item == item)
            or (not isinstance(kept, PriceRow) and (kept.subject, kept.quantity) == (subject, quantity))
            for value in (kept.low, kept.mode, kept.high)
        ]
        scale = {"M": 10**6, "B": 10**9}.get(row["unit"][0], 1) if row["unit"][1:4] == "USD" else 1
        for column in ("value_low", "value_mode", "value_high"):
            told = row[column]
            if told and (item, told) not in LEFT_OUT and Decimal(told) * scale not in held:
                missing.append((item, told))
    assert missing == []


def test_every_found_company_of_the_directory_is_in_the_catalogue(catalogue: Catalogue, shared: Path) -> None:
    with (shared / "data" / "directory.csv").open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if "no public record" not in row["status"]]
    names = " | ".join(row.name for row in catalogue.companies).lower()
    first_words = [row["name"].split(" (")[0].split(" / ")[-1].lower() for row in found]
    assert [word for word in first_words if word.split()[0] not in names] == []
    assert len(catalogue.companies) == len(found)
    assert "asko" not in names
