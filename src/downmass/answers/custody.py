"""Who had it, when, in what condition, and who signed?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from downmass.answers.answer import Answer, Bar, Evidence, Gantt, Table, Value
from downmass.answers.case import Case
from downmass.answers.telling import day, entry, finished, minute, number, without_basis
from downmass.answers.traced import balance_table, genealogy_table
from downmass.base.instant import format_instant
from downmass.disciplines.contracts.customs import Holding, Proof, customs_findings, customs_proofs
from downmass.disciplines.ledger.acts import signatures_of
from downmass.disciplines.quality.custody import HEARD_RULE, Hand, Stretch, chain, custody_findings, stretches
from downmass.disciplines.quality.genealogy import Trace, trace
from downmass.disciplines.quality.hands import Offer, offers
from downmass.disciplines.quality.keeping import Kept, kept
from downmass.disciplines.quality.lots import lots, products
from downmass.disciplines.quality.packing import Packing
from downmass.disciplines.quality.seals import SealMark, seal_marks
from downmass.facts import event as ev

MOST_TRACES = 3
"""Products traced in the answer; ``downmass trace`` tells of any one thing."""

EVIDENCE = (
    ev.CustodyTransferred, ev.CustodyOffered, ev.CustodyAccepted, ev.CustodyRefused, ev.LotLoaded,
    ev.ContainerPacked, ev.ContainerUnpacked, ev.SealApplied, ev.SealChecked, ev.SealBroken, ev.LotSplit,
    ev.LotTransformed, ev.MaterialCharged, ev.ExportTagged, ev.Launched, ev.ContactHeld, ev.SegmentSealed,
    ev.BurnPerformed, ev.Landed, ev.Recovered,
)  # fmt: skip
"""Entries the answer rests on, in the order they are cited."""


def custody(case: Case) -> Answer:
    """Answer with the chain of hands, the gaps in it, what is signed, and what became of the lots."""
    hands = chain(case.campaign, case.as_of)
    open_offers = [offer for offer in offers(case.campaign) if offer.state == "open"]
    if not hands and not open_offers:
        return without_basis(
            case,
            "custody",
            "no hand-over is on record",
            "record custody.offered and custody.accepted when the item changes hands, "
            "or custody.transferred signed by both",
        )
    journey = stretches(case.campaign, case.as_of)
    gaps = [hand for hand in hands if hand.gap_before_d]
    # Summed over the hands it would count twice: a lot and the container it is in fly together.
    silent_d = sum(s.unattended_d or 0.0 for s in journey if s.name == "flight")
    proofs = _proofs(case, hands)
    return finished(
        case,
        "custody",
        _headline(case, hands, open_offers, len(gaps), silent_d),
        values=(
            Value("hand-overs", "1", exact=str(len(hands))),
            Value("signed by both sides", "1", exact=str(sum(hand.signed_by_both for hand in hands))),
            Value("gaps", "1", exact=str(len(gaps))),
            Value("days in flight with no contact on record", "d", exact=f"{silent_d:.1f}", note=HEARD_RULE),
            *_more_values(case, hands, open_offers),
        ),
        tables=tuple(_tables(case, hands, journey, proofs)),
        findings=(
            *custody_findings(case.campaign, case.as_of),
            *case.loose,
            *customs_findings(case.campaign.id, proofs),
        ),
        evidence=_evidence(case),
        plots=(_gantt(case, hands),),
    )


def _headline(
    case: Case, hands: Sequence[Hand], open_offers: Sequence[Offer], gaps: int, silent_d: float
) -> str:
    signed = sum(hand.signed_by_both for hand in hands)
    text = f"{_counted(len(hands), 'hand-over')}, {signed} signed by both sides, "
    text += f"{_counted(gaps, 'gap')} in the chain"
    if hands:
        text += f"; {_name(case, hands[-1].receiver)} has it"
    if open_offers:
        last = open_offers[-1]
        text += f"; {_name(case, last.giver)} offers {last.item} to {_name(case, last.receiver)}"
        text += ", not accepted yet"
    differ = sum(_differs(hand) for hand in hands)
    if differ:
        text += f"; {differ} found otherwise than given"
    if case.loose:
        text += f"; signatures that do not fit what they stand under: {len(case.loose)}"
    if silent_d:
        text += f"; {silent_d:.0f} days in flight with no contact on record"
    return text + "."


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _differs(hand: Hand) -> bool:
    """Tell whether the receiver found another condition or seal than was given."""
    return hand.found is not None and (hand.found, hand.seal_found) != (hand.condition, hand.seal)


def _more_values(case: Case, hands: Sequence[Hand], open_offers: Sequence[Offer]) -> Iterator[Value]:
    """Yield what only campaigns with two-sided hand-overs, seals or loose signatures have."""
    told = offers(case.campaign)
    if told:
        refused = sum(offer.state == "refused" for offer in told)
        yield Value("offers open", "1", exact=str(len(open_offers)))
        yield Value("offers refused", "1", exact=str(refused))
        yield Value("found otherwise than given", "1", exact=str(sum(_differs(hand) for hand in hands)))
    if case.loose:
        yield Value("signatures that do not fit", "1", exact=str(len(case.loose)))


def _signed(hand: Hand) -> str:
    signed = (hand.signed_by_giver, hand.signed_by_receiver)
    return {(True, True): "both", (True, False): "giver", (False, True): "receiver"}.get(signed, "nobody")


def _name(case: Case, party: str) -> str:
    known = case.campaign.parties.get(party)
    return known.name if known else party


def _tables(
    case: Case, hands: tuple[Hand, ...], journey: tuple[Stretch, ...], proofs: tuple[Proof, ...]
) -> Iterator[Table]:
    yield _chain_table(case, hands)
    undone = [offer for offer in offers(case.campaign) if offer.state != "accepted"]
    if undone:
        yield Table(
            "Offers that moved nothing",
            ("offered (UTC)", "offer", "item", "giver", "receiver", "state", "reason"),
            tuple(
                (
                    minute(offer.at),
                    offer.offer,
                    offer.item,
                    _name(case, offer.giver),
                    _name(case, offer.receiver),
                    offer.state,
                    offer.reason,
                )
                for offer in undone
            ),
        )
    told = kept(case.campaign, hands, case.as_of)
    if told:
        yield _kept_table(case, told)
    if journey:
        yield _journey_table(case, journey)
    marks = [mark for mark in seal_marks(case.campaign) if mark.seal or mark.what == "unpacked"]
    if marks:
        yield _seal_table(marks)
    traces = _traces(case)
    if any(found.back or found.forward for found in traces):
        yield genealogy_table(traces)
        yield balance_table(list(dict.fromkeys(b for found in traces for b in found.balances)))
    tags = case.campaign.all(ev.ExportTagged)
    if tags:
        yield Table(
            "Export tags",
            ("date", "item", "regime", "class", "basis", "entry"),
            tuple(
                (day(t.occurred_at), t.body.item, t.body.regime, t.body.classification, t.body.basis, t.id)
                for t in tags
            ),
        )
    yield _proof_table(proofs)
    signatures = _signatures(case)
    if signatures:
        yield Table(
            "Signatures",
            ("date", "printed name", "meaning", "on", "entry", "over", "fits"),
            tuple(sorted(signatures)),
        )


def _chain_table(case: Case, hands: Sequence[Hand]) -> Table:
    two_sided = any(hand.found is not None for hand in hands)
    columns: tuple[str, ...] = (
        "from (UTC)",
        "giver",
        "receiver",
        "place",
        "condition",
        "seal",
        "signed",
        "origin",
    )
    if two_sided:
        columns = (
            "from (UTC)", "item", "giver", "receiver", "place", "as given", "as found", "seal given",
            "seal found", "signed", "origin",
        )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for hand in hands:
        who = (_name(case, hand.giver), _name(case, hand.receiver), hand.place)
        if two_sided:
            found = hand.condition if hand.found is None else hand.found
            seal = hand.seal if hand.seal_found is None else hand.seal_found
            state = (hand.condition, found, hand.seal, seal)
            rows.append((minute(hand.since), hand.item, *who, *state, _signed(hand), hand.origin))
        else:
            rows.append((minute(hand.since), *who, hand.condition, hand.seal, _signed(hand), hand.origin))
    return Table("Chain of custody", columns, tuple(rows))


def _kept_table(case: Case, told: Sequence[Kept]) -> Table:
    return Table(
        "Conditions in each hand",
        ("holder", "item", "from (UTC)", "parameter", "least C", "mean C", "most C", "covered", "excursions"),
        tuple(
            (
                _name(case, part.hand.receiver),
                part.hand.item,
                minute(part.hand.since),
                part.parameter,
                f"{part.least_C}{' *' if part.shared else ''}",
                str(part.mean_C),
                f"{part.most_C}{' *' if part.shared else ''}",
                f"{number(part.covered_percent)} %",
                ", ".join(part.excursions) or "none on record",
            )
            for part in told
        )
        + (
            (("* of a span that reaches into another hand", "", "", "", "", "", "", "", ""),)
            if any(part.shared for part in told)
            else ()
        ),
    )


def _journey_table(case: Case, journey: Sequence[Stretch]) -> Table:
    rows = [
        (
            stretch.name,
            day(stretch.opens),
            day(stretch.closes) if stretch.closes else "open",
            _name(case, stretch.holder) if stretch.holder else "nobody",
            f"{stretch.days:.1f}" if stretch.days is not None else "-",
            f"{stretch.unattended_d:.1f}" if stretch.unattended_d is not None else "-",
        )
        for stretch in journey
    ]
    columns = (
        "stretch",
        "from",
        "to",
        "who answered for it",
        "days",
        "no contact on record, or nobody there, d",
    )
    return Table("The journey", columns, tuple(rows))


def _seal_table(marks: Sequence[SealMark]) -> Table:
    return Table(
        "Seals",
        ("when (UTC)", "on", "what", "seal", "whole", "reason", "entry"),
        tuple(
            (
                minute(mark.at),
                mark.container,
                mark.what,
                mark.seal,
                "yes" if mark.whole else "no",
                mark.reason,
                mark.entry,
            )
            for mark in marks
        ),
    )


def _traces(case: Case) -> list[Trace]:
    """Return the traces of the latest products, or of the first lot while nothing is made."""
    made = products(case.campaign) or tuple(lots(case.campaign))[:1]
    return [trace(case.campaign, lot, case.as_of) for lot in made[-MOST_TRACES:]]


def _proof_table(proofs: Sequence[Proof]) -> Table:
    words = {True: "yes", False: "no", None: "open"}
    return Table(
        "What the law asks, proved from the record",
        ("predicate", "holds", "because", "entries", "norm"),
        tuple(
            (
                proof.predicate,
                words[proof.holds],
                proof.because,
                ", ".join(proof.entries[:4])
                + (f" and {len(proof.entries) - 4} more" if len(proof.entries) > 4 else ""),
                proof.norm,
            )
            for proof in proofs
        ),
    )


def _proofs(case: Case, hands: Sequence[Hand]) -> tuple[Proof, ...]:
    packing = Packing(case.campaign)
    packed = frozenset({*packing.packed(), *packing.containers()})
    holdings = []
    for hand in hands:
        names = {identity.name for identity in packing.identities(hand.item, hand.since)}
        names |= packing.contents(hand.item, hand.since)
        holdings.append(
            Holding(
                item=hand.item,
                giver=hand.giver,
                party=hand.receiver,
                since=hand.since,
                until=hand.until,
                names=frozenset(names),
                broken=hand.gap_before_d is not None,
                signed=hand.signed_by_both,
                entries=hand.entries,
                flew=not packed or bool(packed & names),
            )
        )
    return customs_proofs(case.campaign, holdings, lambda place: _country(case, place))


def _country(case: Case, place: str) -> str:
    """Return the country of a catalogue site named by id or name, or "" where it is not known."""
    return next((s.country for s in case.knowledge.catalogue.sites if place in (s.id, s.name)), "")


def _signatures(case: Case) -> list[tuple[str, ...]]:
    """Return every person's signature on record, and whether it fits what it stands under."""
    loose = {(finding.subject, finding.message) for finding in case.loose}
    told: list[tuple[str, ...]] = []
    for kind in ev.BODIES.values():
        for event in case.campaign.all(kind):
            for signature in signatures_of(event.body):
                fits = not any(
                    subject == event.id and signature.printed_name in text for subject, text in loose
                )
                told.append(
                    (
                        day(signature.at),
                        signature.printed_name,
                        signature.meaning,
                        event.type,
                        event.id,
                        signature.over_sha256[:12],
                        "yes" if fits else "NO",
                    )
                )
    return told


def _gantt(case: Case, hands: tuple[Hand, ...]) -> Gantt:
    bars = tuple(
        Bar(
            _name(case, hand.receiver),
            format_instant(hand.since),
            format_instant(hand.until or case.as_of),
            "done" if hand.signed_by_both else "late",
            hand.place,
        )
        for hand in hands
        if (hand.until or case.as_of) > hand.since
    )
    return Gantt("Who held it", bars)


def _evidence(case: Case) -> Iterator[Evidence]:
    for kind in EVIDENCE:
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
    yield Evidence(
        "norm", "21 CFR 11.50, 11.70", "printed name, time and meaning of each signature; bound to its record"
    )
    yield Evidence("norm", "EPCIS 2.0", "`downmass export epcis` writes these events for others to read")
    yield Evidence("norm", "19 USC 1484a", "articles made in space and returned directly are no importation")
