"""Who may write to the log, and what may be corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule

FIXED: frozenset[type[Any]] = frozenset(
    {
        ev.WriterEnrolled, ev.CampaignOpened, ev.EntryCorrected, ev.PersonEnrolled, ev.KeyRevoked,
        ev.AccessRefused, ev.AccessLocked, ev.AccessReset,
    }
)  # fmt: skip
"""Entries that count as they were written: keys, locks, the opening and corrections themselves."""


def _enrolled(campaign: Campaign, body: ev.WriterEnrolled, draft: Draft) -> Refusal | None:
    enrolments = campaign.all(ev.WriterEnrolled)
    if not enrolments:
        if body.writer == draft.writer and body.kind == "ground":
            return None
        return "the first writer is not the ground custodian", "let the ground writer enrol itself first"
    log = enrolments[0].writer
    known = {event.body.writer for event in enrolments}
    if draft.writer == log or (draft.writer == body.writer and body.writer in known):
        return None
    return f"{draft.writer!r} may not enrol {body.writer!r}", f"let the ground writer {log!r} enrol it"


def _corrected(campaign: Campaign, body: ev.EntryCorrected, draft: Draft) -> Refusal | None:
    kinds = {event.id: kind for kind, group in campaign.events.items() for event in group}
    if body.target not in kinds:
        return f"no entry {body.target!r}", "name the id of an entry in the record"
    if kinds[body.target] in FIXED:
        return f"{body.target} cannot be corrected", "enrol again, or open a new campaign"
    return None


def _born(campaign: Campaign, body: ev.WriterBorn, draft: Draft) -> Refusal | None:
    if draft.writer != body.writer:
        return _not_own(body.writer, draft.writer, "birth")
    boot, epoch, entries = next_session(campaign, body.writer)
    if body.boot != boot:
        return f"{body.writer} says this is boot {body.boot}; {boot} is next", "count from the record"
    return _next_epoch(body.writer, body.epoch, epoch) or _counted(body.entries, entries)


def _died(campaign: Campaign, body: ev.WriterDied, draft: Draft) -> Refusal | None:
    if draft.writer != body.writer:
        return _not_own(body.writer, draft.writer, "death")
    boot, _, entries = next_session(campaign, body.writer)
    ended = {event.body.boot for event in campaign.all(ev.WriterDied) if event.writer == body.writer}
    if body.boot != boot - 1 or body.boot in ended or body.boot == 0:
        return f"{body.writer} has no session {body.boot} that goes on", "record its birth first"
    return _counted(body.entries, entries + 1)


def _stepped(campaign: Campaign, body: ev.ClockStepped, draft: Draft) -> Refusal | None:
    if draft.writer != body.writer:
        return _not_own(body.writer, draft.writer, "clock")
    boot, epoch, _ = next_session(campaign, body.writer)
    if boot == 1:
        return f"{body.writer} has no birth certificate", "record writer.born first"
    return _next_epoch(body.writer, body.epoch, epoch)


def _correlated(campaign: Campaign, body: ev.ClockCorrelated, draft: Draft) -> Refusal | None:
    enrolments = campaign.all(ev.WriterEnrolled)
    if body.writer not in {event.body.writer for event in enrolments}:
        return f"writer {body.writer!r} is not enrolled", "name the device whose clock was compared"
    log = enrolments[0].body.writer
    if draft.writer not in (log, body.writer):
        return (
            f"{draft.writer!r} may not compare the clock of {body.writer}",
            f"let {log!r} or {body.writer!r} record it",
        )
    # The ground may know an epoch before the entry that begins it has arrived; the device may not.
    _, epoch, _ = next_session(campaign, body.writer)
    if draft.writer == body.writer and body.epoch >= epoch:
        return f"{body.writer} has begun no epoch {body.epoch}", "name the epoch of the clock that was read"
    return None


def _ground_only(campaign: Campaign, body: Any, draft: Draft) -> Refusal | None:
    log = campaign.all(ev.WriterEnrolled)[0].body.writer
    if draft.writer != log:
        return f"{draft.writer!r} does not keep the log", f"let {log!r} say what has arrived in it"
    return None


def next_session(campaign: Campaign, writer: str) -> tuple[int, int, int]:
    """Return the boot and clock epoch a device begins next, and the entries it has written."""
    boots = [event.body.boot for event in campaign.all(ev.WriterBorn) if event.writer == writer]
    begun = [epoch.number for epoch in campaign.epochs if epoch.writer == writer]
    entries = sum(event.writer == writer for group in campaign.events.values() for event in group)
    return max(boots, default=0) + 1, max(begun, default=-1) + 1, entries


def _not_own(writer: str, by: str, what: str) -> Refusal:
    return f"{by!r} may not tell of the {what} of {writer}", f"let {writer!r} record it with its own key"


def _next_epoch(writer: str, told: int, following: int) -> Refusal | None:
    if told == following:
        return None
    return f"{writer} begins epoch {told} of its clock; {following} is next", "count from the record"


def _counted(told: int, counted: int) -> Refusal | None:
    if told == counted:
        return None
    return f"it counts {told} entries; there are {counted}", "count the writer's own entries"


RULES: Mapping[type[Any], Rule] = {
    ev.WriterEnrolled: _enrolled,
    ev.EntryCorrected: _corrected,
    ev.WriterBorn: _born,
    ev.WriterDied: _died,
    ev.ClockStepped: _stepped,
    ev.ClockCorrelated: _correlated,
    ev.SyncReceived: _ground_only,
    ev.SyncQuarantined: _ground_only,
}
"""Entry type -> its rule."""
