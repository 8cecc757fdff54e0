"""Who had it, when, in what condition, and who signed?"""

from __future__ import annotations

from collections.abc import Iterator

from downmass.answers.answer import Answer, Bar, Evidence, Gantt, Table, Value
from downmass.answers.case import Case
from downmass.answers.telling import day, entry, finished, without_basis
from downmass.base.instant import format_instant
from downmass.disciplines.quality.custody import HEARD_RULE, Hand, Stretch, chain, custody_findings, stretches
from downmass.facts import event as ev


def custody(case: Case) -> Answer:
    """Answer with the chain of hands, the gaps in it, and what is signed."""
    hands = chain(case.campaign, case.as_of)
    if not hands:
        return without_basis(
            case,
            "custody",
            "no hand-over is on record",
            "record custody.transferred when the item changes hands",
        )
    journey = stretches(case.campaign, case.as_of)
    signed = sum(hand.signed_by_both for hand in hands)
    gaps = [hand for hand in hands if hand.gap_before_d]
    # Summed over the hands it would count twice: a lot and the container it is in fly together.
    silent_d = sum(s.unattended_d or 0.0 for s in journey if s.name == "flight")
    last = hands[-1]
    holder = _name(case, last.receiver)
    text = f"{len(hands)} hand-overs, {signed} signed by both sides, {len(gaps) or 'no'} gaps in the chain"
    text += f"; {holder} has it"
    if silent_d:
        text += f"; {silent_d:.0f} days in flight with no contact on record"
    return finished(
        case,
        "custody",
        text + ".",
        values=(
            Value("hand-overs", "1", exact=str(len(hands))),
            Value("signed by both sides", "1", exact=str(signed)),
            Value("gaps", "1", exact=str(len(gaps))),
            Value("days in flight with no contact on record", "d", exact=f"{silent_d:.1f}", note=HEARD_RULE),
        ),
        tables=tuple(_tables(case, hands, journey)),
        findings=custody_findings(case.campaign, case.as_of),
        evidence=_evidence(case),
        plots=(_gantt(case, hands),),
    )


def _signed(hand: Hand) -> str:
    signed = (hand.signed_by_giver, hand.signed_by_receiver)
    return {(True, True): "both", (True, False): "giver", (False, True): "receiver"}.get(signed, "nobody")


def _name(case: Case, party: str) -> str:
    known = case.campaign.parties.get(party)
    return known.name if known else party


def _tables(case: Case, hands: tuple[Hand, ...], journey: tuple[Stretch, ...]) -> Iterator[Table]:
    yield Table(
        "Chain of custody",
        ("from (UTC)", "giver", "receiver", "place", "condition", "seal", "signed", "origin"),
        tuple(
            (
                format_instant(hand.since)[:16].replace("T", " "),
                _name(case, hand.giver),
                _name(case, hand.receiver),
                hand.place,
                hand.condition,
                hand.seal,
                _signed(hand),
                hand.origin,
            )
            for hand in hands
        ),
    )
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
    if rows:
        yield Table(
            "The journey",
            (
                "stretch",
                "from",
                "to",
                "who answered for it",
                "days",
                "no contact on record, or nobody there, d",
            ),
            tuple(rows),
        )
    signatures = [
        (day(s.at), s.printed_name, s.meaning, event.type, event.id, s.over_sha256[:12])
        for kind in (ev.CustodyTransferred, ev.NonconformityClosed, ev.RecordReviewed, ev.DispositionDecided)
        for event in case.campaign.all(kind)
        for s in (getattr(event.body, "signatures", None) or (getattr(event.body, "signature", None),))
        if s is not None
    ]
    if signatures:
        yield Table(
            "Signatures",
            ("date", "printed name", "meaning", "on", "entry", "over"),
            tuple(sorted(signatures)),
        )


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
    kinds = (
        ev.CustodyTransferred,
        ev.LotLoaded,
        ev.Launched,
        ev.ContactHeld,
        ev.SegmentSealed,
        ev.BurnPerformed,
        ev.Landed,
        ev.Recovered,
    )
    for kind in kinds:
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
    yield Evidence(
        "norm", "21 CFR 11.50, 11.70", "printed name, time and meaning of each signature; bound to its record"
    )
    yield Evidence("norm", "EPCIS 2.0", "`downmass export epcis` writes these events for others to read")
