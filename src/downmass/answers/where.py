"""What should be made where, and does microgravity help at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import day, finished, major, percent, without_basis
from downmass.answers.where_published import where_published
from downmass.answers.worth import Business, business_of, points
from downmass.base.errors import NotFoundError
from downmass.disciplines.catalogue.catalogue import spread
from downmass.disciplines.economics.compare import (
    Charge,
    Route,
    RouteCost,
    compare,
    exactly,
    iss_route,
    of_campaign,
)
from downmass.disciplines.economics.cost import inputs_of, leans_on, roll_up
from downmass.disciplines.process.crystal import small_molecule
from downmass.disciplines.process.prediction import (
    Prediction,
    ProcessEvidence,
    public_by,
    published_by,
    read_evidence,
)
from downmass.disciplines.process.regime import STANDARD_GRAVITY_M_S2
from downmass.facts.quantity import Assumption, Basis, Spread
from downmass.facts.venture import Venture


def _opinion(low: str, mode: str, high: str, source: str) -> Spread:
    return Spread(Decimal(low), Decimal(mode), Decimal(high), "opinion", source)


HARDWARE_KG = _opinion("20", "30", "50", "a locker payload with its containment; not public for this product")
CREW_H = _opinion("2", "4", "8", "install, start, stow; not public for this product")
PARTNER = _opinion(
    "500000", "1500000", "3000000", "fee of an implementation partner; no price list is public"
)
GROUND_RUN = _opinion("20000", "80000", "300000", "one controlled crystallisation campaign in a laboratory")


NOT_IN_STATION = "making and certifying the payload, insurance, lost batches"
NOT_ON_EARTH = "the laboratory's equipment, failed runs"


@dataclass(frozen=True, slots=True)
class Place:
    """A place to make the product, with its level of gravity and where that figure comes from."""

    id: str
    title: str
    g_m_s2: float
    basis: Basis
    source: str


def where(case: Case) -> Answer:
    """Answer with the verdict on gravity for each place and what a released kilogram costs there."""
    product, business, outlook = case.campaign.product, business_of(case), outlook_of(case)
    if product is None or business is None or outlook is None:
        return without_basis(
            case,
            "where",
            "product or business case is not stated",
            "add [product], [plan] and [venture] to campaign.toml",
        )
    if product.process != "crystal":
        return where_published(case, product, business, outlook)
    places = _places(case)
    evidence = public_by(read_evidence(case.knowledge.evidence), case.as_of.date())
    verdicts = {place.id: _predict(place, evidence) for place in places}
    costs = _costs(case, business, outlook)
    orbit, currency = verdicts[places[0].id], business.venture.currency
    return finished(
        case,
        "where",
        _headline(case, orbit, currency, costs),
        values=(
            Value(
                "does microgravity help",
                "verdict",
                exact=orbit.verdict,
                note=f"confidence {orbit.confidence}",
            ),
            *(
                Value(
                    f"cost of a released kilogram: {c.title}, {c.regime}",
                    f"{currency}/kg",
                    **points((c.p10, c.p50, c.p90)),
                    note=f"weakest input: {c.basis}; lost batches: {_losses(c)}",
                )
                for c in costs
            ),
        ),
        tables=tuple(_tables(places, verdicts, costs)),
        evidence=_evidence(case, orbit),
        assumptions=[*_assumptions(places, costs, orbit), *forecast_grounds(case, outlook)],
        plots=(
            Bars(
                "Median cost of a released kilogram",
                f"{currency} k/kg",
                tuple(
                    (f"{c.title}, {c.regime}", round(c.p50 / 1e3, 1))
                    for c in reversed(costs)
                    if isfinite(c.p50)
                ),
            ),
        ),
    )


def _headline(case: Case, orbit: Prediction, currency: str, costs: tuple[RouteCost, ...]) -> str:
    by_id = {cost.id: cost for cost in costs}
    elsewhere = [
        f"{title} {major(by_id[id].p50, currency)}"
        for id, title in (("ground", "laboratory on Earth"), ("iss-2021", "ISS rack at 2021 prices"))
        if id in by_id
    ]
    both = "both " if len(elsewhere) > 1 else ""
    return (
        f"{_shown(case, orbit)}; a released kilogram costs, median: {', '.join(elsewhere)}, {both}without "
        f"equipment and lost batches; free-flying capsule {_capsule_price(by_id, currency)}."
    )


def _capsule_price(by_id: Mapping[str, RouteCost], currency: str) -> str:
    capsule, delivered = by_id["capsule"], by_id.get("capsule-delivered")
    lost = percent((capsule.nothing_percent or 0.0) / 100)
    if delivered is None:
        return "no product in any future"
    if not isfinite(capsule.p50):
        return f"{major(delivered.p50, currency)} if delivered, but {lost} of futures lose the batch"
    counting = f", counting the {lost} of futures that lose the batch" if capsule.nothing_percent else ""
    return f"{major(capsule.p50, currency)}{counting}"


def _shown(case: Case, orbit: Prediction) -> str:
    """Return what flight had shown by now, as the first words of the headline."""
    dated = [point for point in orbit.evidence if published_by(point) is not None]
    if orbit.verdict == "supported":
        return "Flight evidence shows a gain from microgravity"
    if any(point.shows == "survival" for point in dated):
        return (
            "Flight evidence shows that the product survives orbit and return, not that microgravity "
            "improves it"
        )
    if orbit.verdict == "none":
        return "No gain from microgravity is expected"
    if dated:
        return "Whether microgravity helps is open: published evidence shows no gain and no batch returned"
    return (
        "Whether microgravity helps is open: no flight evidence on such crystals was public by "
        f"{day(case.as_of)}"
    )


def _places(case: Case) -> tuple[Place, ...]:
    catalogue = case.knowledge.catalogue
    found = []
    for subject, quantity, id, title in (
        ("microgravity-platforms", "free_flyer_acceleration", "capsule", "Free-flying capsule"),
        ("iss-rack", "quasi_steady_acceleration", "iss", "ISS rack"),
    ):
        try:
            row = catalogue.fact(subject, quantity)
        except NotFoundError:
            continue
        level = float(row.mode if row.mode is not None else row.high)
        found.append(
            Place(id, title, level * 1e-6 * STANDARD_GRAVITY_M_S2, row.basis, f"{row.source} ({row.date})")
        )
    found.append(Place("ground", "Laboratory on Earth", STANDARD_GRAVITY_M_S2, "read", "standard gravity"))
    return tuple(found)


def _predict(place: Place, evidence: tuple[ProcessEvidence, ...]) -> Prediction:
    """Judge crystals and a vessel of class opinion; the flight hardware is not public."""
    return small_molecule(
        crystal_diameter_m=50e-6,
        density_difference_kg_m3=200.0,
        viscosity_Pa_s=2e-3,
        temperature_K=320.0,
        vessel_length_m=0.01,
        duration_s=27 * 3600.0,
        g_m_s2=place.g_m_s2,
        evidence=evidence,
    )


def _costs(case: Case, business: Business, outlook: Outlook) -> tuple[RouteCost, ...]:
    """Return the cost of a kilogram on every route, cheapest first; the capsule as `worth` has it."""
    venture = business.venture
    costs = list(compare(tuple(_routes(case, venture, _on_the_ground(venture, outlook))), seed=case.seed))
    grounds = leans_on(inputs_of(venture, business.weeks))
    title, regime = "Free-flying capsule", "this campaign"
    costs.append(of_campaign("capsule", title, regime, business.rolled, grounds))
    if business.delivered.any():
        kept = business.if_delivered(business.values)
        rolled = roll_up(
            venture, business.weeks, seed=case.seed, size=int(business.delivered.sum()), known=kept
        )
        costs.append(
            of_campaign("capsule-delivered", title, f"{regime}, if delivered", rolled, (), "lost batches")
        )
    return tuple(sorted(costs, key=lambda cost: (cost.p50, cost.id)))


def _on_the_ground(venture: Venture, outlook: Outlook) -> tuple[Charge, ...]:
    """Return the charges every route has: what the venture pays for laboratory and release."""
    late = {a.id for a in outlook.situation.basis.activities if a.milepost in ("laboratory", "release")}
    per = {"campaign": exactly(1, "derived", "one per batch"), "kg_product": venture.product_kg}
    return tuple(
        Charge(line.title, line.amount, per[line.per])
        for line in venture.lines
        if line.kind == "cost" and line.when in late and line.per in per
    )


def _routes(case: Case, venture: Venture, on_the_ground: tuple[Charge, ...]) -> Iterator[Route]:
    up = _sum(HARDWARE_KG, venture.product_kg)
    at = case.as_of.date()
    for regime in ("2019", "2021", "iss_nl"):
        try:
            prices = {
                name: spread(
                    case.knowledge.catalogue.price(f"iss.{name}", None if regime == "2019" else at, regime)
                )
                for name in ("upmass", "downmass", "crew_time")
            }
        except NotFoundError:
            continue
        yield iss_route(
            regime,
            prices,
            mass_up_kg=up,
            mass_down_kg=venture.product_kg,
            crew_h=CREW_H,
            product_kg=venture.product_kg,
            yield_percent=venture.yield_percent,
            partner=PARTNER if regime == "iss_nl" else None,
            more=on_the_ground,
            leaves_out=NOT_IN_STATION,
        )
    once = exactly(1, "derived", "one per batch")
    yield Route(
        "ground",
        "Laboratory on Earth",
        "own",
        (Charge("laboratory run", GROUND_RUN, once), *on_the_ground),
        venture.product_kg,
        venture.yield_percent,
        NOT_ON_EARTH,
    )


def _sum(one: Spread, other: Spread) -> Spread:
    return Spread(one.low + other.low, one.mode + other.mode, one.high + other.high, "opinion", one.source)


def _tables(
    places: tuple[Place, ...], verdicts: dict[str, Prediction], costs: tuple[RouteCost, ...]
) -> Iterator[Table]:
    yield Table(
        "Does gravity matter here",
        ("place", "g", "verdict", "driver", "rival on Earth", "confidence"),
        tuple(
            (
                place.title,
                f"{place.g_m_s2 / STANDARD_GRAVITY_M_S2:.1e}",
                verdicts[place.id].verdict,
                verdicts[place.id].driver,
                verdicts[place.id].rival,
                verdicts[place.id].confidence,
            )
            for place in places
        ),
    )
    yield Table(
        "Cost of a released kilogram",
        ("place", "regime", "p10", "p50", "p90", "lost batches", "left out", "weakest class", "largest part"),
        tuple(
            (
                c.title,
                c.regime,
                *(f"{v:,.0f}" if isfinite(v) else "no product" for v in (c.p10, c.p50, c.p90)),
                _losses(c),
                c.leaves_out or "nothing of its business case",
                c.basis,
                f"{c.shares[0][0]} {c.shares[0][1]:.0f} %" if c.shares else "-",
            )
            for c in costs
        ),
    )
    known = verdicts[places[0].id].evidence
    if known:
        yield Table(
            "Published evidence on small-molecule crystals",
            ("id", "what was found", "shows", "public", "source", "class"),
            tuple((p.id, p.statement, p.shows.replace("_", " "), p.date, p.source, p.basis) for p in known),
        )


def _losses(cost: RouteCost) -> str:
    if cost.nothing_percent is None:
        return "none modelled"
    if cost.leaves_out:
        return "left out"
    return f"{percent(cost.nothing_percent / 100)} of futures, no product"


def _evidence(case: Case, orbit: Prediction) -> Iterator[Evidence]:
    for point in orbit.evidence:
        yield Evidence("catalogue", f"process_evidence: {point.id}", point.statement)
    yield Evidence("model", "process.crystal.small_molecule", orbit.statement)
    yield Evidence(
        "catalogue", "prices: iss.upmass, iss.downmass, iss.crew_time", "price lists of 2019 and 2021"
    )


def _assumptions(
    places: tuple[Place, ...], costs: tuple[RouteCost, ...], orbit: Prediction
) -> Iterator[Assumption]:
    yield Assumption(
        "crystals of 50 um, 200 kg/m3 denser than a liquor of 2 mPa s, 10 mm vessel, 27 h",
        "opinion",
        "typical values; the flight hardware is not public",
    )
    for place in places:
        yield Assumption(
            f"{place.title}: {place.g_m_s2 / STANDARD_GRAVITY_M_S2:.1e} g", place.basis, place.source
        )
    for point in orbit.evidence:
        if published_by(point) is None:
            yield Assumption(f"{point.id} carries no date; taken as public", point.basis, point.source)
    for warning in orbit.warnings:
        yield Assumption(warning, "derived", "process.crystal")
    for cost in costs:
        for assumption in cost.leans_on:
            yield Assumption(
                f"{cost.title}, {cost.regime}: {assumption.text}", assumption.basis, assumption.source
            )
