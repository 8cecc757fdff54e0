"""``downmass trace``: a campaign opened, and one of its things traced both ways."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from downmass.answers.answer import Table
from downmass.answers.traced import trace_headline, trace_tables
from downmass.base.instant import format_instant
from downmass.disciplines.quality.genealogy import Link, Trace, trace
from downmass.facts.finding import Finding
from downmass.operations.opening import open_campaign


@dataclass(frozen=True, slots=True)
class TracedThing:
    """A trace as it is shown: one sentence, tables, findings."""

    campaign: str
    as_of: datetime
    headline: str
    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]
    trace: Trace

    def to_json(self) -> dict[str, Any]:
        """Return the trace as the JSON value that ``--json`` prints."""
        found = self.trace
        return {
            "campaign": self.campaign,
            "as_of": format_instant(self.as_of),
            "thing": found.thing,
            "kind": found.kind,
            "headline": self.headline,
            "back": [_link(link) for link in found.back],
            "forward": [_link(link) for link in found.forward],
            "stays": [_plain(asdict(stay)) for stay in found.stays],
            "hands": [_plain(asdict(hand)) for hand in found.hands],
            "balances": [_plain(asdict(balance)) for balance in found.balances],
            "results": [event.id for event in found.results],
            "decisions": [event.id for event in found.decisions],
            "findings": [asdict(finding) for finding in found.findings],
        }


def trace_lot(place: str, thing: str, as_of: str | None = None) -> TracedThing:
    """Trace a lot, sample, container or item of a campaign both ways.

    Raises
    ------
    NotFoundError
        If nothing of that name was on record by then.
    """
    with open_campaign(place) as campaign:
        case = campaign.case(as_of)
    found = trace(case.campaign, thing, case.as_of)
    return TracedThing(
        case.campaign.id, case.as_of, trace_headline(found), trace_tables(found), found.findings, found
    )


def _link(link: Link) -> dict[str, Any]:
    return _plain(asdict(link))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return fields as JSON tells them: instants and decimals as text."""

    def told(inner: Any) -> Any:
        if isinstance(inner, datetime):
            return format_instant(inner)
        return str(inner) if isinstance(inner, Decimal) else inner

    return {key: told(inner) for key, inner in value.items()}
