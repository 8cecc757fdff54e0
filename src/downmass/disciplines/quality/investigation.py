"""Nonconformities followed to their end: investigated, sister batches searched, actions that had effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from downmass.base.instant import format_instant
from downmass.disciplines.quality.procedure import frozen
from downmass.disciplines.quality.review import performers
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A nonconformity with everything done about it, none or empty where not on record.

    Attributes
    ----------
    searched
        Searches of sister batches recorded after the investigation was opened.
    """

    raised: Event[ev.NonconformityRaised]
    opened: Event[ev.InvestigationOpened] | None
    searched: tuple[Event[ev.SistersSearched], ...]
    closed: Event[ev.NonconformityClosed] | None
    actions: tuple[Event[ev.CapaOpened], ...]


def inquiries(campaign: Campaign) -> tuple[Inquiry, ...]:
    """Return every nonconformity with its investigation, in order of arrival."""
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    found = []
    for raised in campaign.all(ev.NonconformityRaised):
        name = raised.body.nonconformity
        opened = [e for e in campaign.all(ev.InvestigationOpened) if e.body.nonconformity == name]
        searched = [
            event
            for event in campaign.all(ev.SistersSearched)
            if event.body.nonconformity == name and opened and place[event.id] > place[opened[0].id]
        ]
        closed = [e for e in campaign.all(ev.NonconformityClosed) if e.body.nonconformity == name]
        actions = [e for e in campaign.all(ev.CapaOpened) if e.body.nonconformity == name]
        found.append(
            Inquiry(
                raised,
                opened[0] if opened else None,
                tuple(searched),
                closed[-1] if closed else None,
                tuple(actions),
            )
        )
    return tuple(found)


def investigated(campaign: Campaign) -> bool:
    """Tell whether nonconformities must be investigated by entries of their own.

    In live campaigns and wherever a control recipe is frozen; replays of public history that had
    none show what is public.
    """
    return frozen(campaign) is not None or (campaign.opened is not None and campaign.opened.mode == "live")


def lacking_before_closing(inquiry: Inquiry) -> str | None:
    """Return what an investigation lacks before its nonconformity may be closed, or none (211.192)."""
    name = inquiry.raised.body.nonconformity
    if inquiry.opened is None:
        return f"no investigation of {name} was opened"
    if not inquiry.searched:
        return f"no search of sister batches is on record since the investigation of {name} was opened"
    return None


def investigation_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find nonconformities closed without an investigation that extends to other batches, and late ones.

    Parameters
    ----------
    at
        Moment of asking, against which dates that are due are held; the last recording if left out.

    References
    ----------
    21 CFR 211.192: the investigation extends to other batches that may have been associated with
    the failure, and is written down with conclusions and follow-up.
    """
    if not investigated(campaign):
        return ()
    moment = at or campaign.recorded_until
    severity: Severity = "blocking" if frozen(campaign) is not None else "warning"
    findings: list[Finding] = []
    for inquiry in inquiries(campaign):
        findings.extend(_inquiry_findings(campaign, inquiry, severity, moment))
    return tuple(findings)


def _inquiry_findings(
    campaign: Campaign, inquiry: Inquiry, severity: Severity, moment: datetime | None
) -> Iterator[Finding]:
    name = inquiry.raised.body.nonconformity
    lacking = lacking_before_closing(inquiry)
    entries = (inquiry.raised.id, *((inquiry.closed.id,) if inquiry.closed else ()))
    if lacking is not None and inquiry.closed is not None:
        yield Finding(name, f"{lacking}, and it is closed; investigate it", severity, entries)
    elif lacking is not None:
        yield Finding(name, f"{lacking}; record it before closing", severity, entries)
    opened = inquiry.opened
    if opened is None:
        return
    if opened.body.lead in performers(campaign):
        text = f"{opened.body.lead} leads the investigation of {name} and performed work on this batch"
        yield Finding(name, text + "; let another person lead", severity, (opened.id,))
    if inquiry.closed is None and moment is not None and moment > opened.body.due:
        text = f"the investigation of {name} was due on {format_instant(opened.body.due)}; finish it"
        yield Finding(name, text, "warning", (opened.id,))
    cited = campaign.last(ev.ProcessCited)
    seen = {sister.campaign for search in inquiry.searched for sister in search.body.batches}
    for batch in cited.body.batches if cited is not None and inquiry.searched else ():
        if batch.campaign not in seen:
            text = f"batch {batch.lot} of {batch.campaign} is cited for this process and was not searched"
            yield Finding(name, f"{text} for {name}; search it too", "warning", (inquiry.searched[-1].id,))
    for search in inquiry.searched:
        for sister in search.body.batches:
            if sister.found:
                text = (
                    f"batch {sister.lot or '(no lot)'} of campaign {sister.campaign} shows what {name} was "
                    f"searched for in {len(sister.found)} entries; the conclusion must speak of it"
                )
                yield Finding(name, text, "note", (search.id,))


def capa_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find actions that are overdue, had no effect, or are missing where an effect was found.

    Parameters
    ----------
    at
        Moment of asking; the last recording where left out.

    Notes
    -----
    A corrective action that is overdue or had no effect blocks, a preventive one is for the reader:
    it is about batches to come.

    References
    ----------
    ICH Q10, 3.2.2.
    """
    moment = at or campaign.recorded_until
    closed = {event.body.capa: event for event in campaign.all(ev.CapaClosed)}
    opened = campaign.all(ev.CapaOpened)
    findings = []
    for index, event in enumerate(opened):
        body = event.body
        severity: Severity = "blocking" if body.kind == "corrective" else "warning"
        closing = closed.get(body.capa)
        if closing is None and moment is not None and moment > body.due:
            text = f"{body.kind} action {body.capa} ({body.action}) was due on {format_instant(body.due)}"
            findings.append(Finding(body.capa, f"{text}; close it, or open another", severity, (event.id,)))
        elif closing is None:
            text = f"{body.kind} action {body.capa} ({body.action}) is due on {format_instant(body.due)}"
            findings.append(Finding(body.capa, text, "note", (event.id,)))
        elif not closing.body.effective and not any(
            later.body.nonconformity == body.nonconformity for later in opened[index + 1 :]
        ):
            text = f"{body.kind} action {body.capa} had no effect, and no other was opened; open one"
            findings.append(Finding(body.capa, text, severity, (event.id, closing.id)))
    for inquiry in inquiries(campaign) if investigated(campaign) else ():
        closing_body = inquiry.closed.body if inquiry.closed else None
        if closing_body is not None and closing_body.effect != "none" and not inquiry.actions:
            text = f"nonconformity {closing_body.nonconformity} had an effect ({closing_body.effect}) and no "
            text += "corrective or preventive action follows from it; open one, or say why none is needed"
            findings.append(Finding(closing_body.nonconformity, text, "warning", (inquiry.raised.id,)))
    return tuple(findings)
