"""Worth over the futures of the forecast: break-even, weeks in orbit, insurance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from downmass.answers.answer import Answer
from downmass.answers.standing import outlook_of
from downmass.answers.worth import Business, business_of
from downmass.disciplines.economics.worth import net_value
from downmass.operations.opening import OpenCampaign

Ask = Callable[..., Answer]

each_forecast = pytest.mark.parametrize("as_of", ["2023-06-12", "2023-09-06", "2024-02-14"])


def stated(w1: OpenCampaign, as_of: str) -> Business:
    business = business_of(w1.case(as_of))
    assert business is not None
    return business


@each_forecast
def test_at_the_price_called_break_even_half_of_the_delivered_futures_pay(
    as_of: str, ask: Ask, w1: OpenCampaign
) -> None:
    answer, business = ask("worth", as_of), stated(w1, as_of)
    table = next(table for table in answer.tables if table.title.startswith("Break-even"))
    price = float(next(row for row in table.rows if row[0] == "sale")[2].replace(",", ""))
    assert f"half pay at USD {price / 1e6:,.2f} M per kg" in answer.headline
    net = net_value(
        business.venture, {**business.values, "sale": np.array([price])}, business.days, business.delivered
    )
    assert float(np.mean(net[business.delivered] > 0)) == pytest.approx(0.5, abs=0.01)


def test_a_break_even_asked_for_says_what_breaks_even_means(ask: Ask) -> None:
    headline = ask("worth", "2023-06-12", break_even="product_kg").headline
    assert "half of the futures that deliver the batch pay" in headline


@each_forecast
def test_weeks_in_orbit_are_those_of_the_futures_and_not_a_triangle(as_of: str, w1: OpenCampaign) -> None:
    business = stated(w1, as_of)
    real = business.values["weeks_in_orbit"]
    past = np.array([float(week) for week in business.weeks.past])
    assert np.median(past) == pytest.approx(np.median(real), rel=0.02)
    assert past.mean() == pytest.approx(real.mean(), rel=0.01)


def test_the_line_by_the_week_is_rolled_up_over_the_weeks_of_the_futures(ask: Ask, w1: OpenCampaign) -> None:
    business = stated(w1, "2023-06-12")
    table = next(table for table in ask("worth", "2023-06-12").tables if table.title.startswith("Lines"))
    told = float(next(row for row in table.rows if row[0] == "Flight operations")[3].replace(",", ""))
    weekly = business.values["operations"] * business.values["weeks_in_orbit"]
    assert told == pytest.approx(float(np.median(weekly)), rel=0.01)


@each_forecast
def test_an_insured_loss_brings_the_limit_less_the_deductible(as_of: str, w1: OpenCampaign) -> None:
    business = stated(w1, as_of)
    # Assumed terms of W-1: 12 MUSD insured in full, 5 percent deductible.
    assert set(np.unique(business.payout)) <= {0.0, 11_400_000.0}
    assert (business.payout > 0).any()
    assert not business.payout[business.delivered].any()


def test_launch_failures_are_paid_for_and_spoiled_batches_are_not(w1: OpenCampaign) -> None:
    # The cover names launch, in orbit and re-entry; a batch out of specification is spoiled, not lost.
    outlook, business = outlook_of(w1.case("2023-05-16")), stated(w1, "2023-05-16")
    assert outlook is not None
    futures = outlook.futures

    def paid(cause: str) -> np.ndarray:
        struck: np.ndarray = business.payout[futures.cause == futures.causes.index(cause)]
        return struck

    assert paid("launch-failure").all()
    assert not paid("expired").any()


@each_forecast
def test_the_payout_is_in_the_net_present_value_once(as_of: str, ask: Ask, w1: OpenCampaign) -> None:
    business, answer = stated(w1, as_of), ask("worth", as_of)
    bare = net_value(business.venture, business.values, business.days, business.delivered)
    added = business.net - bare
    assert ((added > 0) == (business.payout > 0)).all()
    assert (added <= business.payout).all()
    told = {value.name: value.exact for value in answer.values}
    assert told["insurance payout, mean"] == f"{business.payout.mean():.0f}"
    assert any(table.title.startswith("Insurance") for table in answer.tables)
    assert "by its product" in answer.headline


def test_after_release_no_future_is_paid_for_a_loss(w1: OpenCampaign) -> None:
    assert not stated(w1, "2024-03-30").payout.any()


def test_the_grounds_of_the_forecast_are_among_those_of_the_worth(ask: Ask) -> None:
    texts = " ".join(assumption.text for assumption in ask("worth", "2023-06-12").assumptions)
    assert "chance [percent]" in texts
    assert "weeks_in_orbit" in texts
    assert "an insurer pays" in texts
