"""The chain of custody: what stands against it, from hands, seals, containers and lots together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from downmass.disciplines.quality.hands import Hand as Hand
from downmass.disciplines.quality.hands import Passing, offer_findings, passings
from downmass.disciplines.quality.hands import chain as chain
from downmass.disciplines.quality.journey import Stretch as Stretch
from downmass.disciplines.quality.journey import stretches as stretches
from downmass.disciplines.quality.lots import LotBook, lot_findings
from downmass.disciplines.quality.packing import Packing
from downmass.disciplines.quality.packing import travelling_as as travelling_as
from downmass.disciplines.quality.seals import seal_findings
from downmass.disciplines.quality.silence import HEARD_RULE as HEARD_RULE
from downmass.disciplines.quality.silence import last_heard as last_heard
from downmass.facts.campaign import Campaign
from downmass.facts.event import Landed, Recovered, ResultReported
from downmass.facts.finding import Finding


def custody_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find the breaks in the chain: who gave what they did not hold, who did not sign, what was opened.

    Parameters
    ----------
    at
        Moment of asking, to which a flight under way lasts; the last recording where left out.
    """
    book = LotBook(campaign)
    packing = Packing(campaign, book)
    findings: list[Finding] = []
    for hand in chain(campaign, at, packing):
        findings.extend(_hand_findings(hand))
    findings.extend(offer_findings(campaign))
    findings.extend(_order_findings(campaign, book))
    findings.extend(seal_findings(campaign, packing))
    findings.extend(packing.findings)
    findings.extend(lot_findings(campaign, book))
    findings.extend(_laboratory_findings(campaign, packing))
    findings.extend(_stretch_findings(campaign, at))
    return tuple(dict.fromkeys(findings))


def _hand_findings(hand: Hand) -> Iterable[Finding]:
    if hand.gap_before_d is not None:
        text = (
            f"{hand.giver} gave {hand.item} to {hand.receiver}, but {hand.expected_giver} held it "
            f"by the record; {hand.gap_before_d:.1f} days have no holder: record the missing transfer"
        )
        yield Finding(hand.item, text, "blocking", hand.entries)
    unsigned = [
        name
        for name, signed in ((hand.giver, hand.signed_by_giver), (hand.receiver, hand.signed_by_receiver))
        if not signed
    ]
    if unsigned:
        text = (
            f"the transfer of {hand.item} from {hand.giver} to {hand.receiver} is not signed by "
            f"{' and '.join(unsigned)}; have it signed"
        )
        yield Finding(hand.item, text, "blocking", hand.entries)
    if hand.found is not None and _differ(hand.condition, hand.found):
        text = (
            f"{hand.item} was given as {hand.condition!r} and found as {hand.found!r}; "
            "say what happened between, in a nonconformity that names the entry"
        )
        yield Finding(hand.item, text, "warning", hand.entries)
    if hand.giver == hand.receiver:
        text = f"{hand.giver} hands {hand.item} to itself; name the two parties"
        yield Finding(hand.item, text, "warning", hand.entries)


def _differ(given: str, found: str) -> bool:
    return given.split() != found.split() and given.casefold().split() != found.casefold().split()


def _order_findings(campaign: Campaign, book: LotBook) -> Iterable[Finding]:
    known = book.lots
    last: dict[str, Passing] = {}
    for passing in passings(campaign):
        slack = timedelta(seconds=float(passing.uncertainty_s))
        if passing.recorded_at < passing.at - slack:
            text = f"the transfer of {passing.item} was recorded before it happened; check the clock"
            yield Finding(passing.item, text, "warning", (passing.entry,))
        before = last.get(passing.item)
        if before is not None:
            both = slack + timedelta(seconds=float(before.uncertainty_s))
            if passing.at - before.at <= both:
                text = f"two transfers of {passing.item} are closer in time than their clocks can tell apart"
                yield Finding(passing.item, text, "warning", (before.entry, passing.entry))
        origin = known.get(passing.item)
        if origin is not None and passing.at + slack < origin.at:
            text = f"lot {passing.item} changed hands before it was registered; correct one of the two times"
            yield Finding(passing.item, text, "blocking", (origin.entry, passing.entry))
        last[passing.item] = passing


def _laboratory_findings(campaign: Campaign, packing: Packing) -> Iterable[Finding]:
    """Yield laboratories that reported on a sample they never received."""
    received: dict[tuple[str, str], list[datetime]] = {}
    for passing in passings(campaign):
        received.setdefault((passing.item, passing.receiver), []).append(passing.at)
    told: set[tuple[str, str]] = set()
    for event in campaign.all(ResultReported):
        laboratory, sample = event.body.laboratory, event.body.sample
        if (laboratory, sample) in told:
            continue
        told.add((laboratory, sample))
        came = any(
            identity.since <= moment <= identity.until
            for identity in packing.identities(sample, event.occurred_at)
            for moment in received.get((identity.name, laboratory), ())
        )
        if not came:
            text = f"{laboratory} reports on sample {sample}, but no transfer to it is on record"
            yield Finding(sample, text, "blocking", (event.id,))


def _stretch_findings(campaign: Campaign, at: datetime | None) -> Iterable[Finding]:
    for stretch in stretches(campaign, at):
        if stretch.holder is None:
            text = f"nobody holds the product on record from {stretch.name}; record who took charge of it"
            yield Finding(stretch.name, text, "blocking")
        elif stretch.name == "flight" and stretch.unattended_d is not None:
            text = (
                f"{stretch.unattended_d:.1f} days in flight with no contact on record, in custody of "
                f"{stretch.holder} ({HEARD_RULE})"
            )
            yield Finding(stretch.name, text, "note")
            party = campaign.parties.get(stretch.holder)
            if party is not None and set(party.kinds) == {"launch_provider"}:
                text = (
                    f"{stretch.holder} still holds the product in flight; record the transfer at separation"
                )
                yield Finding(stretch.name, text, "warning")
        elif stretch.name == "landing to recovery" and stretch.days is not None:
            text = f"{stretch.days * 24:.1f} h on the ground before the recovery crew was there"
            yield Finding(stretch.name, text, "note")
    landed, recovered = campaign.last(Landed), campaign.last(Recovered)
    if landed is not None and recovered is None:
        text = "the payload landed and its recovery is not on record"
        yield Finding("landing to recovery", text, "warning", (landed.id,))
