"""Does it pay at all, and what would have to be true?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import (
    chance,
    entry,
    finished,
    major,
    percent,
    quantiles,
    rounded,
    without_basis,
)
from downmass.base.instant import days_between
from downmass.disciplines.economics.breakeven import Never
from downmass.disciplines.economics.breakeven import break_even as solve_for_zero
from downmass.disciplines.economics.cost import (
    Values,
    draw_values,
    inputs_of,
    leans_on,
    roll_up,
    values_at_mode,
)
from downmass.disciplines.economics.draws import Array
from downmass.disciplines.economics.sensitivity import influences
from downmass.disciplines.economics.worth import net_value, value_by
from downmass.disciplines.forecast.belief import Floats
from downmass.facts import event as ev
from downmass.facts.quantity import Spread
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

DRAWS = 4096


def worth(case: Case, break_even: str | None = None) -> Answer:
    """Answer with net present value, cost per kilogram, break-evens, and what dominates.

    Parameters
    ----------
    break_even
        Input to solve for; the usual ones where none is named.
    """
    venture = case.campaign.venture
    outlook = outlook_of(case)
    if venture is None or outlook is None:
        return without_basis(
            case, "worth", "no business case is stated", "add [venture] and [plan] to campaign.toml"
        )
    weeks = _weeks(outlook)
    delivered = ~outlook.futures.lost
    values = {
        **draw_values(inputs_of(venture, _as_spread(weeks)), np.random.default_rng(case.seed), case.samples),
        "weeks_in_orbit": weeks,
    }
    days = _days(case, outlook)
    net = net_value(venture, values, days, delivered)
    rolled = roll_up(
        venture,
        _as_spread(weeks),
        seed=case.seed,
        size=case.samples,
        known={"weeks_in_orbit": weeks},
        delivered=delivered,
    )
    typical = _typical_days(outlook, days)
    names = (break_even,) if break_even else _usual(venture)
    evens = tuple(_even(venture, weeks, typical, name) for name in names)
    return finished(
        case,
        "worth",
        _headline(venture, net, evens, bool(break_even)),
        values=_values(
            venture,
            net,
            rolled.cost_per_kg,
            rolled.cost,
            rolled.long_run_per_kg,
            rolled.nothing_released_percent,
        ),
        tables=tuple(_tables(case, venture, weeks, typical, evens)),
        evidence=[
            *(entry(case, e, e.type) for e in case.campaign.all(ev.VentureStated)),
            Evidence(
                "model", "economics.worth", f"net present value by day count over {case.samples} futures"
            ),
            Evidence(
                "model",
                "forecast.simulate",
                f"weeks in orbit and loss from the same futures, seed {case.seed}",
            ),
        ],
        assumptions=leans_on(inputs_of(venture, _as_spread(weeks))),
        plots=(_influence(case, venture, weeks, typical),),
    )


def _weeks(outlook: Outlook) -> Floats:
    futures = outlook.futures
    launch = next((a.id for a in outlook.situation.basis.activities if a.milepost == "launch"), None)
    lands = next((a.id for a in outlook.situation.basis.activities if a.milepost == "return"), None)
    if launch is None or lands is None:
        return np.zeros(futures.n)
    landing = np.where(np.isfinite(futures.landing), futures.landing, futures.ends[lands])
    return np.maximum(landing - futures.starts[launch], 0.0) / 7.0


def in_orbit_weeks(outlook: Outlook) -> Spread:
    """Return the weeks from launch to landing over the futures."""
    return _as_spread(_weeks(outlook))


def _as_spread(weeks: Floats) -> Spread:
    low, mid, high = (Decimal(rounded(float(v), 4)) for v in np.quantile(weeks, (0.05, 0.5, 0.95)))
    return Spread(low, mid, high, "derived", "5, 50 and 95 percent points of the forecast")


def _days(case: Case, outlook: Outlook) -> dict[str, Floats]:
    """Return the days from opening to the end of each activity; NaN where a lost future never gets there."""
    futures = outlook.futures
    opened = next((e.occurred_at for e in case.campaign.all(ev.CampaignOpened)), futures.epoch)
    lead = days_between(opened, futures.epoch)
    never_back = np.isnan(futures.landing)
    days = {}
    for activity in outlook.situation.basis.activities:
        end = futures.ends[activity.id] + lead
        after_landing = activity.milepost in ("recovery", "laboratory", "release")
        days[activity.id] = np.where(never_back, np.nan, end) if after_landing else end
    return days


def _typical_days(outlook: Outlook, days: Mapping[str, Floats]) -> dict[str, float]:
    kept = ~outlook.futures.lost
    if not kept.any():
        kept = np.ones_like(kept)
    return {name: float(np.nanmedian(values[kept])) for name, values in days.items()}


def _usual(venture: Venture) -> tuple[str, ...]:
    income = tuple(line.id for line in venture.lines if line.kind == "income")
    costs = [line for line in venture.lines if line.kind == "cost"]
    largest = max(costs, key=lambda line: line.amount.mode, default=None)
    launch = tuple(line.id for line in costs if line.per == "kg_up")
    return (*income, "product_kg", "yield_percent", *((largest.id,) if largest else ()), *launch, "slip_d")


Even = tuple[str, float | Never]


def _even(venture: Venture, weeks: Floats, days: Mapping[str, float], name: str) -> Even:
    value_of = value_by(venture, _as_spread(weeks), days, name)
    lines = {line.id: line for line in venture.lines}
    low, high = RANGES.get(name, (0.0, 0.0))
    if name in lines:
        high = 100.0 * max(float(lines[name].amount.high), 1.0)
    return name, solve_for_zero(value_of, low, high)


def _headline(venture: Venture, net: Array, evens: tuple[Even, ...], asked: bool) -> str:
    if asked:
        name, found = evens[0]
        if isinstance(found, Never):
            return f"It never breaks even in {name}: {found.reason}."
        return (
            f"It breaks even at {_named(venture, name, found)}, all else most likely and the batch delivered."
        )
    low, mid, high = (float(v) for v in np.quantile(net, (0.1, 0.5, 0.9)))
    chance = float(np.mean(net > 0))
    currency = venture.currency
    text = (
        f"It pays in {percent(chance)} of futures; net present value {major(mid, currency)} "
        f"({major(low, currency)} to {major(high, currency)} in 8 of 10)"
    )
    first = next(((n, f) for n, f in evens if isinstance(f, float)), None)
    if first is not None:
        text += f"; if the batch is delivered it breaks even at {_named(venture, *first)}"
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


def _values(
    venture: Venture,
    net: Array,
    per_kg: tuple[float, float, float],
    cost: tuple[float, float, float],
    long_run: float,
    nothing: float,
) -> Iterator[Value]:
    currency = venture.currency
    yield quantiles("net present value", currency, net, 0)
    yield chance("chance that it pays", float(np.mean(net > 0)))
    yield Value("cost of the campaign", currency, **_points(cost))
    yield Value("cost of a released kilogram", f"{currency}/kg", **_points(per_kg), note="among all futures")
    if np.isfinite(long_run):
        yield Value("cost of a kilogram over many campaigns", f"{currency}/kg", exact=f"{long_run:.0f}")
    yield Value("futures without product", "percent", exact=f"{nothing:.1f}")


def _points(values: tuple[float, float, float]) -> dict[str, str]:
    texts = [f"{v:.0f}" if np.isfinite(v) else "no product" for v in values]
    return (
        {"exact": texts[0]} if len(set(texts)) == 1 else dict(zip(("p10", "p50", "p90"), texts, strict=True))
    )


def _tables(
    case: Case, venture: Venture, weeks: Floats, days: Mapping[str, float], evens: tuple[Even, ...]
) -> Iterator[Table]:
    rolled = roll_up(venture, _as_spread(weeks), seed=case.seed, size=DRAWS)
    yield Table(
        "Lines, weakest class first",
        ("line", "kind", "p10", "p50", "p90", "share %", "class", "source"),
        tuple(
            (
                share.title,
                share.kind,
                f"{share.p10:,.0f}",
                f"{share.p50:,.0f}",
                f"{share.p90:,.0f}",
                f"{share.share_percent:.0f}",
                share.basis,
                share.source,
            )
            for share in rolled.lines
        ),
    )
    modes = values_at_mode(inputs_of(venture, _as_spread(weeks)))
    rows = []
    for name, found in evens:
        now = f"{modes[name].item():,.2f}" if name in modes else "0"
        rows.append(
            (
                name,
                now,
                "never" if isinstance(found, Never) else f"{found:,.2f}",
                found.reason if isinstance(found, Never) else "",
            )
        )
    yield Table(
        "Break-even of one input, all others most likely, batch delivered",
        ("input", "most likely", "break-even", "why never"),
        tuple(rows),
    )


def _influence(case: Case, venture: Venture, weeks: Floats, days: Mapping[str, float]) -> Bars:
    inputs = inputs_of(venture, _as_spread(weeks))

    def model(values: Values) -> Array:
        return net_value(venture, values, days)

    ranked = influences(model, inputs, seed=case.seed, log2_size=10)
    rows = tuple((f"{row.name} ({row.basis})", round(100 * row.total, 1)) for row in ranked[:8])
    return Bars(
        "What the net present value depends on, if delivered: total-order Sobol share", "percent", rows
    )
