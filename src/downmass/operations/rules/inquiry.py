"""How a nonconformity comes to its end: investigated, other batches searched, actions taken, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.quality.investigation import (
    Inquiry,
    inquiries,
    investigated,
    lacking_before_closing,
)
from downmass.disciplines.quality.review import REVIEWERS, performers
from downmass.disciplines.quality.specification import within
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal, Rule
from downmass.operations.rules.signing import signed_by


def _open_inquiry(campaign: Campaign, nonconformity: str) -> Inquiry | Refusal:
    """Return the inquiry into an open nonconformity, or why there is none."""
    found = {inquiry.raised.body.nonconformity: inquiry for inquiry in inquiries(campaign)}
    if nonconformity not in found:
        known = ", ".join(found) or "(none)"
        return f"nonconformity {nonconformity!r} was not raised", f"raise it first; on record: {known}"
    closed = found[nonconformity].closed
    if closed is not None:
        return (
            f"nonconformity {nonconformity} was closed by {closed.id}",
            "raise another, or correct that entry",
        )
    return found[nonconformity]


def _raised(campaign: Campaign, body: ev.NonconformityRaised, draft: Draft) -> Refusal | None:
    if body.nonconformity in {event.body.nonconformity for event in campaign.all(ev.NonconformityRaised)}:
        return f"nonconformity {body.nonconformity} is on record", "give each nonconformity its own id"
    known = [event.body.excursion for event in campaign.all(ev.ExcursionDetected)]
    if body.excursion is not None and body.excursion not in known:
        return f"excursion {body.excursion!r} is not on record", f"use one of {', '.join(known) or '(none)'}"
    return None


def _opened(campaign: Campaign, body: ev.InvestigationOpened, draft: Draft) -> Refusal | None:
    inquiry = _open_inquiry(campaign, body.nonconformity)
    if not isinstance(inquiry, Inquiry):
        return inquiry
    if inquiry.opened is not None:
        return f"its investigation is open since {inquiry.opened.id}", "go on with that one"
    if body.lead in performers(campaign):
        return (
            f"{body.lead} performed work on this batch",
            "let a person lead who did not perform (21 CFR 211.192)",
        )
    if body.due <= draft.at:
        return f"it is due on {format_instant(body.due)}, before it begins", "give a later date"
    return may_act(campaign, body.lead, REVIEWERS, draft.at)


def _searched(campaign: Campaign, body: ev.SistersSearched, draft: Draft) -> Refusal | None:
    inquiry = _open_inquiry(campaign, body.nonconformity)
    if not isinstance(inquiry, Inquiry):
        return inquiry
    if inquiry.opened is None:
        return f"no investigation of {body.nonconformity} is open", "record investigation.opened first"
    names = [sister.campaign for sister in body.batches]
    if campaign.id in names:
        return "a batch is no sister of itself", "name other campaigns of the same product or recipe"
    if len(set(names)) < len(names):
        return "a batch is named twice", "name each batch once"
    if bool(names) == body.none_exist:
        return (
            "it names batches and says none exist" if names else "it names no batch",
            "name the batches that were searched, or state on purpose that none exist (none_exist = true)",
        )
    cited = campaign.last(ev.ProcessCited)
    if body.none_exist and cited is not None and cited.body.batches:
        named = ", ".join(batch.campaign for batch in cited.body.batches)
        return f"other batches of the process are cited: {named}", "search them: downmass investigate"
    if not body.criterion.strip():
        return "it does not say what was searched for", "write the criterion"
    return None


def _closed(campaign: Campaign, body: ev.NonconformityClosed, draft: Draft) -> Refusal | None:
    inquiry = _open_inquiry(campaign, body.nonconformity)
    if not isinstance(inquiry, Inquiry):
        return inquiry
    lacking = lacking_before_closing(inquiry) if investigated(campaign) else None
    if lacking is not None:
        return (
            lacking,
            "record investigation.opened, then investigation.searched (downmass investigate), then close it "
            "(21 CFR 211.192)",
        )
    return signed_by(campaign, draft, REVIEWERS)


def _capa_opened(campaign: Campaign, body: ev.CapaOpened, draft: Draft) -> Refusal | None:
    if body.capa in {event.body.capa for event in campaign.all(ev.CapaOpened)}:
        return f"action {body.capa} is on record", "give each action its own id"
    if body.nonconformity not in {e.body.nonconformity for e in campaign.all(ev.NonconformityRaised)}:
        return f"nonconformity {body.nonconformity!r} was not raised", "raise it first"
    if body.due <= draft.at:
        return f"it is due on {format_instant(body.due)}, before it begins", "give a later date"
    return may_act(campaign, body.owner, (), draft.at)


def _capa_closed(campaign: Campaign, body: ev.CapaClosed, draft: Draft) -> Refusal | None:
    opened = {event.body.capa: event.body for event in campaign.all(ev.CapaOpened)}
    if body.capa not in opened:
        return f"action {body.capa!r} was not opened", f"use one of {', '.join(opened) or '(none)'}"
    if body.capa in {event.body.capa for event in campaign.all(ev.CapaClosed)}:
        return f"action {body.capa} is closed", "open another where it had no effect"
    if opened[body.capa].owner in {person for person, _ in draft.sign}:
        return f"{opened[body.capa].owner} owns the action", "let another person judge whether it had effect"
    if not body.evidence.strip():
        return "it names no evidence", "say what shows whether the action had its effect"
    return signed_by(campaign, draft, REVIEWERS)


def _retest(campaign: Campaign, body: ev.RetestAuthorised, draft: Draft) -> Refusal | None:
    inquiry = _open_inquiry(campaign, body.nonconformity)
    if not isinstance(inquiry, Inquiry):
        return inquiry
    specification = campaign.recipe.specification if campaign.recipe else ()
    attribute = next((one for one in specification if one.id == body.attribute), None)
    if attribute is None:
        known = ", ".join(one.id for one in specification)
        return f"{body.attribute!r} is not in the specification", f"use one of {known}"
    if body.sample not in {event.body.sample for event in campaign.all(ev.SampleTaken)}:
        return f"sample {body.sample!r} was not taken", "record sample.taken first"
    caused = [
        event
        for event in campaign.all(ev.ResultReported)
        if event.id in inquiry.raised.cause
        and event.body.attribute == body.attribute
        and not within(attribute, event.body.value)
    ]
    if not caused:
        return (
            f"{body.nonconformity} follows from no out-of-specification result for {body.attribute}",
            "raise a nonconformity with that result among its causes",
        )
    if body.times < 1:
        return "it authorises no retest", "say how many times, fixed beforehand"
    return signed_by(campaign, draft, REVIEWERS)


def _cited(campaign: Campaign, body: ev.ProcessCited, draft: Draft) -> Refusal | None:
    names = [batch.campaign for batch in body.batches]
    if campaign.id in names:
        return "it cites this very batch", "it counts by itself; cite earlier ones"
    if len(set(names)) < len(names):
        return "a batch is cited twice", "cite each batch once, in the order they were begun"
    late = next((batch for batch in body.batches if batch.decided_at > draft.at), None)
    if late is not None:
        when = format_instant(late.decided_at)
        return (
            f"batch {late.campaign} was decided on {when}, after this entry",
            "cite what was decided by then",
        )
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.NonconformityRaised: _raised,
    ev.InvestigationOpened: _opened,
    ev.SistersSearched: _searched,
    ev.NonconformityClosed: _closed,
    ev.CapaOpened: _capa_opened,
    ev.CapaClosed: _capa_closed,
    ev.RetestAuthorised: _retest,
    ev.ProcessCited: _cited,
}
"""Entry type -> its rule."""
