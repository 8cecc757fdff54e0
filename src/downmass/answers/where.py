"""What should be made where, and does microgravity help at all?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.standing import outlook_of
from downmass.answers.telling import finished, major, without_basis
from downmass.answers.worth import in_orbit_weeks
from downmass.base.errors import NotFoundError
from downmass.disciplines.catalogue.catalogue import spread
from downmass.disciplines.economics.compare import Charge, Route, RouteCost, compare, exactly, iss_route
from downmass.disciplines.process.crystal import small_molecule
from downmass.disciplines.process.prediction import Prediction, read_evidence
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
    product, venture, outlook = case.campaign.product, case.campaign.venture, outlook_of(case)
    if product is None or venture is None or outlook is None:
        return without_basis(
            case,
            "where",
            "product or business case is not stated",
            "add [product], [plan] and [venture] to campaign.toml",
        )
    if product.process != "crystal":
        return without_basis(
            case,
            "where",
            f"no process model for {product.process}",
            "the flight evidence in the catalogue is all there is",
        )
    places = _places(case)
    verdicts = {place.id: _predict(case, place) for place in places}
    costs = compare(tuple(_routes(case, venture, in_orbit_weeks(outlook))), seed=case.seed)
    orbit = verdicts[places[0].id]
    return finished(
        case,
        "where",
        _headline(venture, orbit, costs),
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
                    f"{venture.currency}/kg",
                    p10=f"{c.p10:.0f}",
                    p50=f"{c.p50:.0f}",
                    p90=f"{c.p90:.0f}",
                    note=f"weakest input: {c.basis}",
                )
                for c in costs
            ),
        ),
        tables=tuple(_tables(places, verdicts, costs)),
        evidence=_evidence(case, orbit),
        assumptions=_assumptions(places, costs, orbit),
        plots=(
            Bars(
                "Median cost of a released kilogram",
                f"{venture.currency} k/kg",
                tuple((f"{c.title}, {c.regime}", round(c.p50 / 1e3, 1)) for c in reversed(costs)),
            ),
        ),
    )


def _headline(venture: Venture, orbit: Prediction, costs: tuple[RouteCost, ...]) -> str:
    survival = orbit.verdict != "supported"
    told = (
        "Flight evidence shows that the product survives orbit and return, not that microgravity improves it"
        if survival
        else "Flight evidence shows a gain from microgravity"
    )
    by_id = {cost.id: cost for cost in costs}
    parts = [
        f"{cost.title.lower()} {major(cost.p50, venture.currency)}"
        for cost in costs
        if cost.id in ("ground", "capsule")
    ]
    station = by_id.get("iss-2021")
    if station:
        parts.append(f"ISS rack at 2021 prices {major(station.p50, venture.currency)}")
    return f"{told}; a released kilogram costs, median: {', '.join(parts)}."


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
        found.append(Place(id, title, level * 1e-6 * STANDARD_GRAVITY_M_S2, row.basis, row.source))
    found.append(Place("ground", "Laboratory on Earth", STANDARD_GRAVITY_M_S2, "read", "standard gravity"))
    return tuple(found)


def _predict(case: Case, place: Place) -> Prediction:
    """Judge crystals and a vessel of class opinion; the flight hardware is not public."""
    evidence = read_evidence(case.knowledge.evidence)
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


def _routes(case: Case, venture: Venture, weeks: Spread) -> Iterator[Route]:
    one = exactly(1, "derived", "one per campaign")
    per = {
        "campaign": one,
        "kg_up": venture.launched_mass_kg,
        "week_in_orbit": weeks,
        "kg_product": venture.product_kg,
    }
    charges = tuple(
        Charge(line.title, line.amount, per[line.per]) for line in venture.lines if line.kind == "cost"
    )
    yield Route(
        "capsule", "Free-flying capsule", "this campaign", charges, venture.product_kg, venture.yield_percent
    )
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
        )
    yield Route(
        "ground",
        "Laboratory on Earth",
        "own",
        (Charge("laboratory run", GROUND_RUN, one),),
        venture.product_kg,
        venture.yield_percent,
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
        ("place", "regime", "p10", "p50", "p90", "weakest class", "largest part"),
        tuple(
            (
                c.title,
                c.regime,
                f"{c.p10:,.0f}",
                f"{c.p50:,.0f}",
                f"{c.p90:,.0f}",
                c.basis,
                f"{c.shares[0][0]} {c.shares[0][1]:.0f} %" if c.shares else "-",
            )
            for c in costs
        ),
    )
    yield Table(
        "Published evidence on small-molecule crystals",
        ("id", "what was found", "shows", "source", "class"),
        tuple(
            (p.id, p.statement, p.shows.replace("_", " "), p.source, p.basis)
            for p in verdicts[places[0].id].evidence
        ),
    )


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
    for warning in orbit.warnings:
        yield Assumption(warning, "derived", "process.crystal")
    for cost in costs:
        for assumption in cost.leans_on:
            yield Assumption(
                f"{cost.title}, {cost.regime}: {assumption.text}", assumption.basis, assumption.source
            )
