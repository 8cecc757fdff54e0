"""Who may sign, and by which key, at each place of the record (21 CFR 11.100, 11.300).

A key comes into force only by an enrolment the log itself writes: a device, or another
organisation's writer, can enrol nobody. It goes out of force by a later enrolment of the same
person, by a revocation, a lock or a reset, whoever writes them; a key once used comes back for
nobody. None of this is changed by corrections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.party import Role, Signature
from downmass.facts.training import training_lacking

ATTEMPTS = 5
"""Attempts in a row after which a person is locked out (21 CFR 11.300(d)); the figure is of the house."""

AGED = timedelta(days=365)
"""Age at which a key is to be checked or changed (21 CFR 11.300(b)); the figure is of the house."""

TRAINED: frozenset[Role] = frozenset(
    {"operator", "supervisor", "quality_unit", "release", "laboratory", "crew"}
)
"""Roles that make, check, test or release, and so need the training a recipe names (21 CFR 211.25)."""

KEY_ENTRIES: tuple[type[Any], ...] = (
    ev.WriterEnrolled,
    ev.PersonEnrolled,
    ev.KeyRevoked,
    ev.AccessLocked,
    ev.AccessReset,
)
"""Entries that decide which key is in force for whom."""


def signatures_of(body: Any) -> Sequence[Signature]:
    """Return the signatures a body carries, in order."""
    one = getattr(body, "signature", None)
    return (one,) if isinstance(one, Signature) else tuple(getattr(body, "signatures", ()))


class Keys:
    """Which key is in force for each person, between one entry and the next."""

    def __init__(self) -> None:
        self._log = ""
        self._held: dict[str, str] = {}
        self._out: dict[str, str] = {}
        self._spent: set[str] = set()
        self._locked: dict[str, str] = {}

    def take(self, event: Event[Any]) -> str | None:
        """Take up the next entry; return why it does not count, where it is an enrolment that does not."""
        body = event.body
        if isinstance(body, ev.WriterEnrolled):
            self._log = self._log or event.writer
            self._spent.add(body.public_key)
        elif isinstance(body, ev.PersonEnrolled):
            return self._enrol(event, body)
        elif isinstance(body, ev.KeyRevoked):
            self._spent.add(body.public_key)
            if self._held.get(body.holder) == body.public_key:
                self._take_out(body.holder, f"it was revoked by {event.id}")
        elif isinstance(body, ev.AccessLocked):
            self._locked[body.person] = event.id
            self._take_out(body.person, f"{body.person} is locked out by {event.id}")
        elif isinstance(body, ev.AccessReset):
            self._locked.pop(body.person, None)
            self._take_out(body.person, f"it was reset by {event.id}")
        return None

    def in_force(self, person: str) -> str | None:
        """Return the public key in force for a person, or none."""
        return self._held.get(person)

    def had_one(self, person: str) -> bool:
        """Tell whether a key was ever in force for a person."""
        return person in self._held or person in self._out

    def locked_by(self, person: str) -> str | None:
        """Return the entry that locks a person out, or none."""
        return self._locked.get(person)

    def used(self, public_key: str) -> bool:
        """Tell whether a key is or was somebody's, or was revoked."""
        return public_key in self._spent

    def misused(self, person: str, public_key: str) -> str | None:
        """Return why a key, where one is given, is not the one a person signs with here; nothing if it is."""
        held = self._held.get(person)
        if public_key and public_key == held:
            return None
        if public_key:
            why = self._out.get(person, "it was never enrolled") if held is None else "another one is"
            return f"is by a key that is not in force for {person}: {why}"
        if self.had_one(person):
            return f"is without the key {person} enrolled"
        return None

    def _enrol(self, event: Event[Any], body: ev.PersonEnrolled) -> str | None:
        if event.writer != self._log:
            return f"writer {event.writer} enrols a key of {body.person}, which only {self._log} may"
        if body.public_key in self._spent:
            return f"the key enrolled for {body.person} is or was in use, and comes back for nobody"
        if body.person in self._locked:
            return f"{body.person} is locked out and not reset, and a key is enrolled"
        self._spent.add(body.public_key)
        self._held[body.person] = body.public_key
        return None

    def _take_out(self, person: str, why: str) -> None:
        if self._held.pop(person, None) is not None:
            self._out[person] = why


def keys_of(campaign: Campaign) -> Keys:
    """Return which keys are in force after everything on record."""
    keys = Keys()
    for event in _in_order(campaign, KEY_ENTRIES):
        keys.take(event)
    return keys


def key_in_force(campaign: Campaign, person: str) -> str | None:
    """Return the public key a person signs with now (base64), or none."""
    return keys_of(campaign).in_force(person)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is, may and has in a campaign.

    Attributes
    ----------
    key
        Public key in force (base64), or none.
    training
        What they were trained in and is still good: subject -> version and end, where there is one.
    locked_by
        The entry that locks them out, or none.
    refused
        Attempts to sign as them that failed, in a row.
    """

    person: str
    printed_name: str
    party: str
    roles: frozenset[Role]
    key: str | None
    training: Mapping[str, tuple[str, datetime | None]]
    locked_by: str | None
    refused: int


def standing(campaign: Campaign, person: str, at: datetime) -> Standing | None:
    """Return a person's standing after everything on record; none where nobody is of that name.

    Parameters
    ----------
    at
        Moment for which training must still be good.
    """
    known = campaign.people.get(person)
    if known is None:
        return None
    keys = keys_of(campaign)
    training = {
        event.body.subject: (event.body.version, event.body.until)
        for event in campaign.all(ev.TrainingRecorded)
        if event.body.person == person and (event.body.until is None or at < event.body.until)
    }
    return Standing(
        person,
        known.printed_name,
        known.party,
        campaign.roles.get(person, frozenset()),
        keys.in_force(person),
        MappingProxyType(training),
        keys.locked_by(person),
        refused_in_a_row(campaign, person),
    )


def training_owed(campaign: Campaign, person: str, at: datetime) -> tuple[str, ...]:
    """Return the training the recipe asks of a person by their roles that is not on file or has ended."""
    if not campaign.roles.get(person, frozenset()) & TRAINED:
        return ()
    return training_lacking(campaign, person, at)


def refused_in_a_row(campaign: Campaign, person: str) -> int:
    """Count the refused attempts since the person last signed, was enrolled or was reset."""
    refused = [event for event in campaign.all(ev.AccessRefused) if event.body.person == person]
    if not refused:
        return 0
    place = {id: index for index, id in enumerate(campaign.arrival)}
    begun = max((place[id] for id in _successes(campaign, person)), default=-1)
    return sum(place[event.id] > begun for event in refused)


def access_findings(campaign: Campaign, at: datetime | None = None) -> tuple[Finding, ...]:
    """Find who is locked out, attempts to sign that failed, and keys that are due to be looked at.

    Parameters
    ----------
    at
        Moment for which keys have aged; the last recording where left out.

    References
    ----------
    21 CFR 11.300(b) and (d); EU GMP Annex 11, 12.
    """
    keys = keys_of(campaign)
    findings = []
    for lock in campaign.all(ev.AccessLocked):
        person = lock.body.person
        if keys.locked_by(person) == lock.id:
            told = ", ".join(lock.body.reported_to) or "nobody, for there is nobody else"
            text = (
                f"{person} is locked out after {lock.body.failures} refused attempts to sign, reported to "
                f"{told}; find out who tried, then an administrator resets and a new key is enrolled"
            )
            findings.append(Finding(person, text, "warning", (lock.id,)))
    tried = dict.fromkeys(event.body.person for event in campaign.all(ev.AccessRefused))
    for person in tried:
        count = refused_in_a_row(campaign, person)
        if count and keys.locked_by(person) is None:
            text = (
                f"{count} attempts to sign as {person} failed since they last signed; ask whether it was them"
            )
            findings.append(Finding(person, text, "note"))
    now = at or campaign.recorded_until
    for enrolment in campaign.all(ev.PersonEnrolled):
        person, age = enrolment.body.person, (now or enrolment.recorded_at) - enrolment.recorded_at
        if age > AGED and keys.in_force(person) == enrolment.body.public_key:
            text = f"the key of {person} is {age.days} days old; check that it is theirs alone, or rotate it"
            findings.append(Finding(person, text, "note", (enrolment.id,)))
    return tuple(findings)


def _successes(campaign: Campaign, person: str) -> list[str]:
    """Return the entries a person signed with a key, and those that enrolled or reset them."""
    own = [e.id for e in campaign.all(ev.PersonEnrolled) if e.body.person == person]
    own += [e.id for e in campaign.all(ev.AccessReset) if e.body.person == person]
    for kind, events in campaign.events.items():
        if {"signature", "signatures"} & set(getattr(kind, "__dataclass_fields__", ())):
            own += [e.id for e in events if any(s.signer == person and s.key for s in signatures_of(e.body))]
    return own


def _in_order(campaign: Campaign, kinds: Sequence[type[Any]]) -> list[Event[Any]]:
    """Return the events of some types in order of arrival."""
    found = [event for kind in kinds for event in campaign.all(kind)]
    place = {id: index for index, id in enumerate(campaign.arrival)}
    return sorted(found, key=lambda event: place[event.id])
