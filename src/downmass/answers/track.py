"""Where is the batch now, what ran on it, what data is missing?"""

from __future__ import annotations

from collections.abc import Iterator

from downmass.answers.answer import Answer, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.missing import (
    missing_clause,
    missing_evidence,
    missing_findings,
    missing_tables,
    missing_values,
)
from downmass.answers.running import now_running, running_findings, running_tables, running_values
from downmass.answers.telling import day, entry, finished, without_basis
from downmass.base.instant import days_between
from downmass.disciplines.quality.custody import HEARD_RULE, last_heard, stretches
from downmass.disciplines.quality.excursions import parameter_records
from downmass.disciplines.quality.hands import passings
from downmass.facts import event as ev
from downmass.facts.campaign import Stage
from downmass.facts.finding import Finding

PLACE: dict[Stage, str] = {
    "empty": "nowhere yet",
    "ordered": "on the ground, before launch",
    "launched": "in orbit",
    "processed": "in orbit, process complete",
    "landed": "on the ground at the landing site",
    "recovered": "recovered",
    "tested": "in the laboratory",
    "released": "released",
    "rejected": "rejected",
    "lost": "lost",
    "settled": "released and settled",
    "closed": "closed",
}


def track(case: Case) -> Answer:
    """Answer with place, holder, phases and the share of expected data that has arrived."""
    campaign = case.campaign
    if campaign.opened is None:
        return without_basis(case, "track", "nothing is on record", "open the campaign: downmass init FOLDER")
    received, expected = _counts(case)
    share = (
        f"{100 * received / expected:.1f} percent of the expected measurements have arrived"
        if expected
        else ("no measurements were announced yet")
    )
    where = PLACE[campaign.stage]
    holder = _holder(case)
    held = f", held by {holder}" if holder else ""
    missing = missing_clause(case)
    return finished(
        case,
        "track",
        f"The batch is {where}{held}{now_running(case)}; {share}{'; ' + missing if missing else ''}.",
        values=(*_values(case, received, expected), *missing_values(case)),
        tables=(*_tables(case), *missing_tables(case)),
        findings=(*_findings(case), *missing_findings(case)),
        evidence=(*_evidence(case), *missing_evidence(case)),
    )


def _holder(case: Case) -> str:
    hands = passings(case.campaign)
    if not hands:
        return ""
    last = hands[-1].receiver
    party = case.campaign.parties.get(last)
    return party.name if party else last


def _counts(case: Case) -> tuple[int, int]:
    """Return measurements received and expected, those of the gaps of each parameter among them."""
    segments = [event.body for event in case.campaign.all(ev.SegmentSealed)]
    unsealed = sum(r.asked - r.expected for r in parameter_records(case.campaign, case.as_of))
    return sum(s.received for s in segments), sum(s.expected for s in segments) + unsealed


def _values(case: Case, received: int, expected: int) -> Iterator[Value]:
    campaign = case.campaign
    yield Value("stage", "word", exact=campaign.stage)
    yield Value("entries on record", "1", exact=str(campaign.size))
    yield Value("measurements expected", "1", exact=str(expected))
    yield Value("measurements received", "1", exact=str(received))
    yield from running_values(case)
    heard = last_heard(campaign, case.as_of)
    if heard is not None and campaign.last(ev.Landed) is None:
        since = f"{days_between(heard, case.as_of):.1f}"
        yield Value("days since the last contact on record", "d", exact=since, note=HEARD_RULE)
    launched, landed = campaign.last(ev.Launched), campaign.last(ev.Landed)
    if launched is not None:
        end = landed.occurred_at if landed else case.as_of
        yield Value("days in flight", "d", exact=f"{days_between(launched.occurred_at, end):.1f}")
    for stretch in stretches(campaign, case.as_of):
        if stretch.name == "flight" and stretch.unattended_d is not None:
            silent = f"{stretch.unattended_d:.1f}"
            yield Value("days in flight with no contact on record", "d", exact=silent, note=HEARD_RULE)


def _tables(case: Case) -> Iterator[Table]:
    campaign = case.campaign
    yield from running_tables(case)
    records = [
        (
            record.parameter.title,
            f"{record.least}" if record.least is not None else "-",
            f"{record.mean:.1f}" if record.mean is not None else "-",
            f"{record.most}" if record.most is not None else "-",
            record.parameter.unit,
            f"{record.received:,} of {record.asked:,}" if record.expected else "none announced",
            f"{100 * record.coverage:.1f} %" if record.coverage is not None else "-",
        )
        for record in parameter_records(campaign, case.as_of)
    ]
    if records:
        yield Table(
            "Parameters on record",
            ("parameter", "least", "mean", "most", "unit", "received", "coverage"),
            tuple(records),
        )
    latest = [
        (day(event.occurred_at), event.type, event.writer, event.origin, event.source)
        for kind in campaign.events
        for event in campaign.all(kind)
    ]
    newest = sorted(latest, reverse=True)[:8]
    yield Table("Latest entries", ("date", "what", "writer", "origin", "source"), tuple(newest))


def _findings(case: Case) -> Iterator[Finding]:
    yield from running_findings(case)
    for record in parameter_records(case.campaign, case.as_of):
        for gap in record.gaps:
            since = day(gap.when.opens)
            length = f"{gap.days:.1f} days" if gap.days >= 1 else f"{24 * gap.days:.1f} h"
            text = f"nothing of {record.parameter.title} is on record for {length} from {since}"
            yield Finding(record.parameter.id, text, "warning", record.segments)


def _evidence(case: Case) -> Iterator[Evidence]:
    for kind in (
        ev.CampaignOpened,
        ev.ControlRecipeFrozen,
        ev.EquipmentAssigned,
        ev.CommandSent,
        ev.CommandAnswered,
        ev.PhaseMoved,
        ev.TimerSet,
        ev.TimerFired,
        ev.AlarmRaised,
        ev.SegmentSealed,
        ev.ContactHeld,
        ev.BurnPerformed,
        ev.LotRegistered,
        ev.LotLoaded,
    ):
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
