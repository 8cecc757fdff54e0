"""Customs and export as predicates proved from the record: each names the entries that prove or break it.

Every function takes the campaign and who held what, and returns proofs; a proof that cannot be given
yet says what is missing. This is a reading of public texts for planning, not legal advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from downmass.facts.campaign import Campaign
from downmass.facts.event import ContractSigned, ExportTagged, Landed, Launched, PartyJoined
from downmass.facts.finding import Finding

US = "US"
CRAFT = frozenset({"operator", "bus_provider", "platform"})
"""Kinds of party that own or operate the spacecraft."""

ARTICLES = "19 USC 1484a"
EXPORTS = "22 CFR 120.50; 15 CFR 734.13; 51 USC 50919(f)"


@dataclass(frozen=True, slots=True)
class Holding:
    """Who held an item from when to when, as the chain of custody has it.

    Attributes
    ----------
    names
        Every name the item and what was in it bore when it was handed over.
    broken
        Whether the giver was not who held it last.
    signed
        Whether both sides signed.
    flew
        Whether the item, or what was in it, went up.
    """

    item: str
    giver: str
    party: str
    since: datetime
    until: datetime | None
    names: frozenset[str]
    broken: bool
    signed: bool
    entries: tuple[str, ...]
    flew: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """A predicate of law and what the record says of it.

    Attributes
    ----------
    holds
        Proved, broken, or none while the record does not tell.
    because
        One sentence: what proves or breaks it, or what is missing.
    entries
        The entries that do.
    """

    predicate: str
    text: str
    holds: bool | None
    because: str
    norm: str
    entries: tuple[str, ...] = ()


def customs_proofs(
    campaign: Campaign, holdings: Sequence[Holding], country_of: Callable[[str], str]
) -> tuple[Proof, ...]:
    """Prove what customs and export law ask, from launch, landing, parties, tags and hands.

    Parameters
    ----------
    holdings
        The chain of custody, in order of time.
    country_of
        Country of a launch or landing site by its id or name, "" where it is not known.

    References
    ----------
    19 USC 1484a (articles returned from space); 51 USC 50919(f) (launch and re-entry as such are no
    export and no import); 22 CFR 120.50 and 15 CFR 734.13 (what an export is).
    """
    return (
        _launched_from_home(campaign, country_of),
        _kept_on_home_craft(campaign, holdings),
        _returned_directly(campaign, country_of),
        _tagged(campaign, holdings),
        _possession(holdings),
        _ownership(campaign, holdings),
    )


def customs_findings(subject: str, proofs: Sequence[Proof]) -> tuple[Finding, ...]:
    """Return a finding for every predicate the record breaks."""
    return tuple(
        Finding(subject, f"{proof.because} ({proof.norm})", "warning", proof.entries)
        for proof in proofs
        if proof.holds is False and proof.predicate != "possession"
    )


def _party_entries(campaign: Campaign, names: frozenset[str] | set[str]) -> tuple[str, ...]:
    return tuple(event.id for event in campaign.all(PartyJoined) if event.body.party.id in names)


def _craft(campaign: Campaign) -> tuple[bool | None, str, tuple[str, ...]]:
    """Tell whether every party that owns or operates the craft is of the United States."""
    owners = {name: party for name, party in campaign.parties.items() if CRAFT & set(party.kinds)}
    entries = _party_entries(campaign, frozenset(owners))
    if not owners:
        return None, "no owner or operator of the craft is on record; let the party join", ()
    strange = sorted(name for name, party in owners.items() if party.country not in ("", US))
    if strange:
        return False, f"{strange[0]} of {owners[strange[0]].country} owns or operates the craft", entries
    unknown = sorted(name for name, party in owners.items() if not party.country)
    if unknown:
        return None, f"the country of {unknown[0]} is not on record; state it", entries
    return True, f"{', '.join(sorted(owners))} of US own and operate the craft", entries


def _launched_from_home(campaign: Campaign, country_of: Callable[[str], str]) -> Proof:
    name = "launched from US customs territory on a US craft"
    text = "launched from the customs territory of the United States on a craft US persons own and operate"
    launched = campaign.last(Launched)
    if launched is None:
        return Proof(name, text, None, "nothing is launched yet", f"{ARTICLES}(1)")
    country = country_of(launched.body.site)
    holds, because, entries = _craft(campaign)
    entries = (launched.id, *entries)
    if not country:
        because = f"the country of launch site {launched.body.site!r} is not in the catalogue; add the site"
        return Proof(name, text, None, because, f"{ARTICLES}(1)", entries)
    if country != US:
        because = f"launched from {launched.body.site} in {country}"
        return Proof(name, text, False, because, f"{ARTICLES}(1)", (launched.id,))
    because = f"launched from {launched.body.site}; {because}"
    return Proof(name, text, holds, because, f"{ARTICLES}(1)", entries)


def _kept_on_home_craft(campaign: Campaign, holdings: Sequence[Holding]) -> Proof:
    name = "kept in space on US craft alone"
    text = "kept or used in space solely on board such craft"
    launched, landed = campaign.last(Launched), campaign.last(Landed)
    norm = f"{ARTICLES}(2)"
    if launched is None:
        return Proof(name, text, None, "nothing is launched yet", norm)
    closes = landed.occurred_at if landed is not None else None
    flown = [
        holding
        for holding in holdings
        if holding.flew
        and (closes is None or holding.since < closes)
        and (holding.until is None or holding.until > launched.occurred_at)
    ]
    if not flown:
        return Proof(name, text, None, "no hand is on record for the flight; record who held it", norm)
    entries = tuple(entry for holding in flown for entry in holding.entries)
    for holding in flown:
        if holding.broken and holding.since > launched.occurred_at:
            because = f"nobody answers for {holding.item} before {holding.giver} gave it in flight"
            return Proof(name, text, False, because, norm, holding.entries)
        party = campaign.parties.get(holding.party)
        if party is not None and party.country not in ("", US):
            because = f"{holding.party} of {party.country} held {holding.item} in flight"
            return Proof(name, text, False, because, norm, holding.entries)
        if party is None or not party.country:
            because = f"the country of {holding.party}, who held it in flight, is not on record; state it"
            return Proof(name, text, None, because, norm, holding.entries)
    holds, because, more = _craft(campaign)
    if holds and landed is None:
        return Proof(name, text, None, "still in flight, so far on US craft alone", norm, (*entries, *more))
    return Proof(name, text, holds, because, norm, (*entries, *more))


def _returned_directly(campaign: Campaign, country_of: Callable[[str], str]) -> Proof:
    name = "returned directly to US customs territory"
    text = "returned to the customs territory directly from space on such craft"
    norm = f"{ARTICLES}(3)"
    landings = campaign.all(Landed)
    if not landings:
        return Proof(name, text, None, "nothing has landed yet", norm)
    for landed in sorted(landings, key=lambda event: event.occurred_at):
        country = country_of(landed.body.site)
        if not country:
            because = (
                f"the country of landing site {landed.body.site!r} is not in the catalogue; add the site"
            )
            return Proof(name, text, None, because, norm, (landed.id,))
        if country != US:
            because = f"landed at {landed.body.place} in {country}: an entry is due and duty may be"
            return Proof(name, text, False, because, norm, (landed.id,))
    entries = tuple(event.id for event in landings)
    holds, because, more = _craft(campaign)
    because = f"landed at {landings[-1].body.place}; {because}"
    return Proof(name, text, holds, because, norm, (*entries, *more))


def _tagged(campaign: Campaign, holdings: Sequence[Holding]) -> Proof:
    name = "export tags"
    text = "every item that passes to a party of another country is classified before it does"
    if not holdings:
        return Proof(name, text, None, "no hand-over is on record", EXPORTS)
    crossing, unknown = [], []
    for holding in holdings:
        countries = [_country(campaign, party) for party in (holding.giver, holding.party)]
        if "" in countries:
            unknown.append(holding)
        elif countries[0] != countries[1]:
            crossing.append(holding)
    for holding in crossing:
        if not any(_classified(campaign, holding)):
            because = (
                f"{holding.item} passed from {holding.giver} to {holding.party}, over a border, and is not "
                "tagged for export; record export.tagged"
            )
            return Proof(name, text, False, because, EXPORTS, holding.entries)
    if unknown:
        because = f"the country of {unknown[0].giver} or {unknown[0].party} is not on record; state it"
        return Proof(name, text, None, because, EXPORTS, unknown[0].entries)
    entries = tuple(
        dict.fromkeys(
            entry for holding in crossing for entry in (*holding.entries, *_classified(campaign, holding))
        )
    )
    if not crossing:
        every = tuple(entry for holding in holdings for entry in holding.entries)
        return Proof(name, text, True, "no hand-over crosses a border", EXPORTS, every)
    because = f"{len(crossing)} hand-overs cross a border, each of a tagged item"
    return Proof(name, text, True, because, EXPORTS, entries)


def _classified(campaign: Campaign, holding: Holding) -> Iterator[str]:
    """Yield the tags that were on record of an item, or of what was in it, when it passed."""
    for tag in campaign.all(ExportTagged):
        if tag.body.item in holding.names and tag.occurred_at <= holding.since:
            yield tag.id


def _country(campaign: Campaign, party: str) -> str:
    known = campaign.parties.get(party)
    return known.country if known is not None else ""


def _possession(holdings: Sequence[Holding]) -> Proof:
    name = "possession"
    text = "somebody answers for the item at every moment, and both sides of every hand-over signed"
    norm = "21 CFR 211.142, 211.196"
    if not holdings:
        return Proof(name, text, None, "no hand-over is on record", norm)
    broken = [holding for holding in holdings if holding.broken or not holding.signed]
    if broken:
        first = broken[0]
        fault = "came from a party that did not hold it" if first.broken else "is not signed by both"
        because = f"the hand-over of {first.item} to {first.party} {fault}"
        return Proof(name, text, False, because, norm, first.entries)
    entries = tuple(entry for holding in holdings for entry in holding.entries)
    return Proof(
        name, text, True, f"{len(holdings)} hand-overs without a gap, each signed twice", norm, entries
    )


def _ownership(campaign: Campaign, holdings: Sequence[Holding]) -> Proof:
    """Say what the record tells of title: a hand-over moves possession, never title by itself."""
    name = "ownership"
    text = "title is where the contract puts it; a hand-over moves possession alone"
    norm = "UCC 2-401"
    signed = campaign.last(ContractSigned)
    if signed is None:
        return Proof(name, text, None, "no contract is on record that says who owns it", norm)
    terms = signed.body.contract
    last = holdings[-1].party if holdings else "nobody on record"
    because = (
        f"contract {terms.id} binds {terms.provider} and {terms.customer} and has no entry that passes "
        f"title; possession is with {last}"
    )
    return Proof(name, text, None, because, norm, (signed.id,))
