"""Does it pay at all, and what would have to be true?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.outcome import happenings, settlement_of
from downmass.answers.pays import exposed
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import (
    chance,
    entry,
    finished,
    major,
    money,
    percent,
    quantiles,
    without_basis,
)
from downmass.base.instant import days_between
from downmass.disciplines.economics.breakeven import Never
from downmass.disciplines.economics.breakeven import break_even as solve_for_zero
from downmass.disciplines.economics.cash import discount_factors
from downmass.disciplines.economics.cost import RollUp, Values, draw_values, inputs_of, leans_on, roll_up
from downmass.disciplines.economics.draws import Array, of_values
from downmass.disciplines.economics.sensitivity import influences
from downmass.disciplines.economics.worth import DAYS_PER_YEAR, net_value, value_by
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.situation import Bools
from downmass.facts import event as ev
from downmass.facts.quantity import Assumption, Spread
from downmass.facts.venture import Venture

RANGES: Mapping[str, tuple[float, float]] = {
    "yield_percent": (0.0, 100.0),
    "discount_percent_per_year": (0.0, 300.0),
    "slip_d": (0.0, 3650.0),
    "product_kg": (0.0, 1000.0),
    "launched_mass_kg": (0.0, 10_000.0),
    "weeks_in_orbit": (0.0, 520.0),
}
"""Range searched for a break-even; money lines are searched up to a hundred times their highest value."""


@dataclass(frozen=True, eq=False)
class Business:
    """The business case over the futures of the forecast: one draw, from which every figure comes.

    Attributes
    ----------
    weeks
        Weeks from launch to landing over the futures.
    values
        Inputs of the venture in every future.
    days
        Activity -> days from opening to its end [d]; NaN where a lost future never gets there.
    delivered
        Whether the batch was delivered.
    payout
        What policies of the contract pay the provider and the customer [major units].
    net
        Net present value, payouts included [major units].
    rolled
        Cost and income, undiscounted, payouts left out.
    """

    venture: Venture
    weeks: Spread
    values: Values
    days: Mapping[str, Floats]
    delivered: Bools
    payout: Floats
    net: Array
    rolled: RollUp

    def if_delivered(self, named: Mapping[str, Array]) -> dict[str, Array]:
        """Return values by name in the futures that deliver the batch."""
        return {name: np.broadcast_to(of, self.delivered.shape)[self.delivered] for name, of in named.items()}


def worth(case: Case, break_even: str | None = None) -> Answer:
    """Answer with net present value, cost per kilogram, break-evens, and what dominates.

    Parameters
    ----------
    break_even
        Input to solve for; the usual ones where none is named.
    """
    business, outlook = business_of(case), outlook_of(case)
    if business is None or outlook is None:
        return without_basis(
            case, "worth", "no business case is stated", "add [venture] and [plan] to campaign.toml"
        )
    names = (break_even,) if break_even else _usual(business.venture)
    evens = tuple(_even(business, name) for name in names)
    return finished(
        case,
        "worth",
        _headline(business, evens, bool(break_even)),
        values=_values(business),
        tables=tuple(_tables(case, business, evens)),
        evidence=[
            *(entry(case, e, e.type) for e in case.campaign.all(ev.VentureStated)),
            *(entry(case, e, "policies that pay for a loss") for e in case.campaign.all(ev.ContractSigned)),
            Evidence(
                "model", "economics.worth", f"net present value by day count over {case.samples} futures"
            ),
            Evidence(
                "model",
                "forecast.simulate",
                f"weeks in orbit and loss from the same futures, seed {case.seed}",
            ),
        ],
        assumptions=[
            *leans_on(inputs_of(business.venture, business.weeks)),
            *_insurance_grounds(case, business),
            *forecast_grounds(case, outlook),
        ],
        plots=(_influence(case, business),) if business.delivered.any() else (),
    )


@lru_cache(maxsize=32)
def business_of(case: Case) -> Business | None:
    """Return the business case over the futures, or none where it or the plan is not stated."""
    venture, outlook = case.campaign.venture, outlook_of(case)
    if venture is None or outlook is None:
        return None
    in_orbit = _weeks(outlook)
    weeks = _as_spread(in_orbit)
    drawn = draw_values(inputs_of(venture, weeks), np.random.default_rng(case.seed), case.samples)
    values = {**drawn, "weeks_in_orbit": in_orbit}
    days, delivered = _days(case, outlook), ~outlook.futures.lost
    payout = _payouts(case, outlook)
    paid_in_years = _insurer_pays_d(case, outlook) / DAYS_PER_YEAR
    insured = payout * discount_factors(values["discount_percent_per_year"], paid_in_years)
    return Business(
        venture=venture,
        weeks=weeks,
        values=values,
        days=days,
        delivered=delivered,
        payout=payout,
        net=net_value(venture, values, days, delivered) + insured,
        rolled=roll_up(venture, weeks, seed=case.seed, size=case.samples, known=values, delivered=delivered),
    )


def _weeks(outlook: Outlook) -> Floats:
    futures = outlook.futures
    launch = next((a.id for a in outlook.situation.basis.activities if a.milepost == "launch"), None)
    lands = next((a.id for a in outlook.situation.basis.activities if a.milepost == "return"), None)
    if launch is None or lands is None:
        return np.zeros(futures.n)
    landing = np.where(np.isfinite(futures.landing), futures.landing, futures.ends[lands])
    return np.maximum(landing - futures.starts[launch], 0.0) / 7.0


def _as_spread(weeks: Floats) -> Spread:
    return of_values(weeks, "derived", "weeks from launch to landing over the futures of the forecast")


def _payouts(case: Case, outlook: Outlook) -> Floats:
    """Return what policies pay the provider and the customer in each future [major units]."""
    contract, venture = case.campaign.contract, case.campaign.venture
    nothing = np.zeros(outlook.futures.n)
    if contract is None or venture is None or contract.price.currency != venture.currency:
        return nothing
    insurers = {policy.insurer for policy in contract.policies}
    if case.campaign.last(ev.Lost) is not None:
        settled = settlement_of(case.campaign, case.as_of)
        paid = [p.amount.minor for p in settled.postings if p.debtor in insurers] if settled else []
        return nothing + sum(paid) / 100
    if not insurers:
        return nothing
    moved = exposed(case, outlook, outlook.futures).by_clause
    # A policy's clause moves its premium on signing as well, which the money lines already hold.
    signed = "signing" in happenings(case.campaign)
    for policy in contract.policies:
        if policy.id in moved:
            nothing = nothing + (moved[policy.id] - signed * policy.premium.minor) / 100
    return nothing


def _insurer_pays_d(case: Case, outlook: Outlook) -> Floats:
    """Return the days from opening to when the cover ends and a loss is paid: recovery, had it come."""
    futures = outlook.futures
    recovery = next((a.id for a in outlook.situation.basis.activities if a.milepost == "recovery"), None)
    last = recovery or outlook.situation.basis.activities[-1].id
    return np.asarray(futures.ends[last] + _lead_d(case, outlook))


def _insurance_grounds(case: Case, business: Business) -> Iterator[Assumption]:
    contract = case.campaign.contract
    if contract is None or not contract.policies:
        yield Assumption("no policy is on record, so no loss is paid for", "derived", "the contract in force")
        return
    if contract.price.currency != business.venture.currency:
        text = f"policies in {contract.price.currency} are left out of a case in {business.venture.currency}"
        yield Assumption(text, "derived", "the contract in force")
        return
    for policy in contract.policies:
        yield Assumption(
            f"{policy.title}: up to {money(policy.limit)} above {money(policy.deductible)}; its premium is "
            "what the money lines say",
            contract.basis,
            contract.source or "the contract in force",
        )
    text = "an insurer pays a loss when the recovery would have ended; what it pays for is the batch value"
    yield Assumption(text, "opinion", "no claim of a returned product is public")


def _lead_d(case: Case, outlook: Outlook) -> float:
    epoch = outlook.futures.epoch
    opened = next((e.occurred_at for e in case.campaign.all(ev.CampaignOpened)), epoch)
    return days_between(opened, epoch)


def _days(case: Case, outlook: Outlook) -> dict[str, Floats]:
    """Return the days from opening to the end of each activity; NaN where a lost future never gets there."""
    futures = outlook.futures
    lead = _lead_d(case, outlook)
    never_back = np.isnan(futures.landing)
    days = {}
    for activity in outlook.situation.basis.activities:
        end = futures.ends[activity.id] + lead
        after_landing = activity.milepost in ("recovery", "laboratory", "release")
        days[activity.id] = np.where(never_back, np.nan, end) if after_landing else end
    return days


def _usual(venture: Venture) -> tuple[str, ...]:
    income = tuple(line.id for line in venture.lines if line.kind == "income")
    costs = [line for line in venture.lines if line.kind == "cost"]
    largest = max(costs, key=lambda line: line.amount.mode, default=None)
    launch = tuple(line.id for line in costs if line.per == "kg_up")
    return (*income, "product_kg", "yield_percent", *((largest.id,) if largest else ()), *launch, "slip_d")


Even = tuple[str, float | Never]


def _even(business: Business, name: str) -> Even:
    """Return where half of the futures that deliver the batch pay, as one input moves alone."""
    value_of = value_by(
        business.venture, business.if_delivered(business.values), business.if_delivered(business.days), name
    )
    if not business.delivered.any():
        return name, Never("no future delivers the batch")
    lines = {line.id: line for line in business.venture.lines}
    low, high = RANGES.get(name, (0.0, 0.0))
    if name in lines:
        high = 100.0 * max(float(lines[name].amount.high), 1.0)
    return name, solve_for_zero(value_of, low, high)


def _headline(business: Business, evens: tuple[Even, ...], asked: bool) -> str:
    venture = business.venture
    if asked:
        name, found = evens[0]
        if isinstance(found, Never):
            return f"It never breaks even in {name}: {found.reason}."
        return (
            f"It breaks even at {_named(venture, name, found)}: there half of the futures that deliver the "
            "batch pay."
        )
    low, mid, high = (float(v) for v in np.quantile(business.net, (0.1, 0.5, 0.9)))
    pays, currency = business.net > 0, venture.currency
    by_insurance = float(np.mean(pays & ~business.delivered))
    more = f" and in {percent(by_insurance)} more by insurance alone" if by_insurance else ""
    text = (
        f"It pays in {percent(float(np.mean(pays & business.delivered)))} of futures by its product{more}; "
        f"net present value {major(mid, currency)} ({major(low, currency)} to {major(high, currency)} in "
        "8 of 10)"
    )
    first = next(((n, f) for n, f in evens if isinstance(f, float)), None)
    if first is not None:
        text += f"; of the futures that deliver the batch, half pay at {_named(venture, *first)}"
    elif evens:
        text += f"; it never breaks even in {evens[0][0]}"
    return text + "."


PER = {
    "campaign": "",
    "kg_product": " per kg",
    "kg_up": " per kg launched",
    "week_in_orbit": " per week in orbit",
}


def _named(venture: Venture, name: str, found: float) -> str:
    """Return an input and its value in words: a money line by its title, with what it is paid for."""
    line = next((line for line in venture.lines if line.id == name), None)
    if line is None:
        return f"{name} = {found:,.1f}"
    return f"{major(found, venture.currency)}{PER[line.per]} for: {line.title.lower()}"


def _values(business: Business) -> Iterator[Value]:
    currency, rolled, pays = business.venture.currency, business.rolled, business.net > 0
    yield quantiles("net present value", currency, business.net, 0)
    yield chance("chance that it pays", float(np.mean(pays)), "by its product or by insurance")
    yield chance("chance that it pays by its product", float(np.mean(pays & business.delivered)))
    yield chance("chance that insurance pays for a loss", float(np.mean(business.payout > 0)))
    yield Value("insurance payout, mean", currency, exact=f"{business.payout.mean():.0f}")
    yield Value("cost of the campaign", currency, **points(rolled.cost))
    yield Value(
        "cost of a released kilogram",
        f"{currency}/kg",
        **points(rolled.cost_per_kg),
        note="among all futures",
    )
    if np.isfinite(rolled.long_run_per_kg):
        yield Value(
            "cost of a kilogram over many campaigns", f"{currency}/kg", exact=f"{rolled.long_run_per_kg:.0f}"
        )
    yield Value("futures without product", "percent", exact=f"{rolled.nothing_released_percent:.1f}")


def points(values: tuple[float, float, float]) -> dict[str, str]:
    """Return 10, 50 and 90 percent points as fields of a value; ``no product`` where they are infinite."""
    texts = [f"{v:.0f}" if np.isfinite(v) else "no product" for v in values]
    return (
        {"exact": texts[0]} if len(set(texts)) == 1 else dict(zip(("p10", "p50", "p90"), texts, strict=True))
    )


def _tables(case: Case, business: Business, evens: tuple[Even, ...]) -> Iterator[Table]:
    yield Table(
        "Lines over all futures, weakest class first",
        ("line", "kind", "p10", "p50", "p90", "share %", "class"),
        tuple(
            (
                share.title,
                share.kind,
                f"{share.p10:,.0f}",
                f"{share.p50:,.0f}",
                f"{share.p90:,.0f}",
                f"{share.share_percent:.0f}",
                share.basis,
            )
            for share in business.rolled.lines
        ),
    )
    yield from _insurance(case, business)
    kept = business.if_delivered(business.values)
    rows = []
    for name, found in evens:
        now = f"{np.median(kept[name]):,.2f}" if name in kept and len(kept[name]) else "0"
        rows.append(
            (
                name,
                now,
                "never" if isinstance(found, Never) else f"{found:,.2f}",
                found.reason if isinstance(found, Never) else "",
            )
        )
    yield Table(
        "Break-even of one input: half of the futures that deliver the batch pay, all else as drawn",
        ("input", "median", "break-even", "why never"),
        tuple(rows),
    )


def _insurance(case: Case, business: Business) -> Iterator[Table]:
    contract = case.campaign.contract
    if contract is None or not contract.policies:
        return
    yield Table(
        "Insurance: paid for a lost batch, counted as income",
        ("policy", "perils", "limit", "deductible", "all policies pay in", "mean over the futures"),
        tuple(
            (
                policy.title,
                ", ".join(peril.replace("_", " ") for peril in policy.perils),
                money(policy.limit),
                money(policy.deductible),
                f"{percent(float(np.mean(business.payout > 0)))} of futures",
                f"{business.payout.mean():,.0f}",
            )
            for policy in contract.policies
        ),
    )


def _influence(case: Case, business: Business) -> Bars:
    """Return what the value depends on if delivered; the days of the payments stay at their medians."""
    venture = business.venture
    in_orbit = business.if_delivered({"weeks_in_orbit": business.values["weeks_in_orbit"]})["weeks_in_orbit"]
    inputs = inputs_of(venture, _as_spread(in_orbit))
    days = {name: float(np.median(of)) for name, of in business.if_delivered(business.days).items()}

    def model(values: Values) -> Array:
        return net_value(venture, values, days)

    ranked = influences(model, inputs, seed=case.seed, log2_size=10)
    rows = tuple((f"{row.name} ({row.basis})", round(100 * row.total, 1)) for row in ranked[:8])
    return Bars(
        "What the net present value depends on, if delivered: total-order Sobol share", "percent", rows
    )
