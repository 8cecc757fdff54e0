"""Where to make a product no process model here speaks of: what is published, what this campaign costs."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from downmass.answers.answer import Answer, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.standing import Outlook
from downmass.answers.telling import finished, major, percent
from downmass.answers.worth import Business, points
from downmass.disciplines.economics.compare import RouteCost, of_campaign
from downmass.disciplines.economics.cost import inputs_of, leans_on
from downmass.disciplines.process.prediction import (
    ProcessEvidence,
    public_by,
    published_by,
    read_evidence,
)
from downmass.disciplines.process.published import published, tally
from downmass.facts.quantity import Assumption
from downmass.facts.recipe import Product


def where_published(case: Case, product: Product, business: Business, outlook: Outlook) -> Answer:
    """Answer with the published points on the process and the cost of this campaign, and no verdict."""
    known = public_by(read_evidence(case.knowledge.evidence), case.as_of.date())
    found = published(product.process, known)
    cost = of_campaign(
        "campaign",
        "This campaign",
        "its own",
        business.rolled,
        leans_on(inputs_of(business.venture, business.weeks)),
    )
    currency = business.venture.currency
    return finished(
        case,
        "where",
        f"{_shown(product, found)}; a released kilogram costs {_price(cost, currency)}.",
        values=(
            Value(
                "does microgravity help", "verdict", exact="open", note=f"no model of {product.process} here"
            ),
            Value(
                "cost of a released kilogram: this campaign",
                f"{currency}/kg",
                **points((cost.p10, cost.p50, cost.p90)),
                note=f"weakest input: {cost.basis}",
            ),
        ),
        tables=tuple(_tables(product, found)),
        evidence=tuple(
            Evidence("catalogue", f"process_evidence: {point.id}", point.statement) for point in found
        ),
        assumptions=[*_assumptions(product, found, cost), *forecast_grounds(case, outlook)],
    )


def _shown(product: Product, found: tuple[ProcessEvidence, ...]) -> str:
    if not found:
        return f"Whether microgravity helps is open: nothing on {product.process} was public"
    listed = "1 published point" if len(found) == 1 else f"{len(found)} published points"
    return (
        f"Whether microgravity helps is open: no model of {product.process} here; of {listed} {tally(found)}"
    )


def _price(cost: RouteCost, currency: str) -> str:
    if not isfinite(cost.p50):
        return "more than can be said: half the futures release nothing"
    lost = percent((cost.nothing_percent or 0.0) / 100)
    counting = f", counting the {lost} of futures that release nothing" if cost.nothing_percent else ""
    return f"{major(cost.p50, currency)} in this campaign, median{counting}"


def _tables(product: Product, found: tuple[ProcessEvidence, ...]) -> Iterator[Table]:
    if found:
        yield Table(
            f"Published evidence on {product.process}",
            ("id", "what was found", "shows", "public", "source", "class"),
            tuple((p.id, p.statement, p.shows.replace("_", " "), p.date, p.source, p.basis) for p in found),
        )


def _assumptions(
    product: Product, found: tuple[ProcessEvidence, ...], cost: RouteCost
) -> Iterator[Assumption]:
    yield Assumption(
        f"other places are not priced: hardware and runs of {product.process} are not public",
        "opinion",
        "the project's own",
    )
    for point in found:
        if published_by(point) is None:
            yield Assumption(f"{point.id} carries no date; taken as public", point.basis, point.source)
    yield from cost.leans_on
