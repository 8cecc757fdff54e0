"""Who may act: by role, trained for it, not locked out; and by which key a person signs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from downmass.base.errors import InputError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.acts import seal_fits
from downmass.disciplines.ledger.keys import public_key_of
from downmass.disciplines.ledger.people import (
    ATTEMPTS,
    keys_of,
    refused_in_a_row,
    signatures_of,
    training_owed,
)
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.party import Role, Signature
from downmass.operations.draft import Draft
from downmass.operations.rules.refusal import Refusal, Rule

ADMINISTRATORS: frozenset[Role] = frozenset({"administrator"})


HANDS: tuple[type[Any], ...] = (
    ev.CustodyTransferred, ev.CustodyOffered, ev.CustodyAccepted, ev.CustodyRefused,
)  # fmt: skip
"""Acts of carrying: who hands over a sealed case need not be trained in the recipe."""


def may_act(
    campaign: Campaign, person: str, roles: Collection[Role], at: datetime, trained: bool = True
) -> Refusal | None:
    """Refuse a person who is unknown, locked out, without the role an act takes, or not trained.

    Parameters
    ----------
    roles
        Roles of which the person must have one; any person of the campaign where empty.
    at
        When they act: training must still be good then.
    trained
        Whether the act takes the training the recipe asks for.

    Notes
    -----
    An administrator acts in no way on the product; only acts that take the role itself are open to
    them (EU GMP Annex 11, 12.1; data integrity guidance of the MHRA, 6.16).
    """
    if person not in campaign.people:
        return f"{person!r} may not sign or act: nobody of this campaign", "assign the person a role first"
    held = campaign.roles.get(person, frozenset())
    lock = keys_of(campaign).locked_by(person)
    if lock is not None:
        return f"{person} is locked out by {lock}", "an administrator resets, then a new key is enrolled"
    if "administrator" in held and "administrator" not in roles:
        return (
            f"{person} is an administrator, who may not sign or act on the product",
            "let a person act who administers nothing",
        )
    if not held:
        return f"{person} has no role any more", "assign the person a role, or let another act"
    if roles and not held & frozenset(roles):
        return f"{person} has none of the roles {', '.join(sorted(roles))}", "let a person with one act"
    lacking = training_owed(campaign, person, at) if trained else ()
    if lacking:
        return (
            f"{person} has no training on file in {', '.join(lacking)} that is good at {format_instant(at)}",
            "record training.recorded, or let a trained person act",
        )
    return None


def may_sign(campaign: Campaign, draft: Draft) -> Refusal | None:
    """Refuse those who are to sign and may not, and what was signed elsewhere, before anybody is asked."""
    if not draft.sign and any(signature.over_sha256 for signature in signatures_of(draft.body)):
        return "it brings a signature that nobody gives here", SIGN
    for person, _ in draft.sign:
        refusal = may_act(campaign, person, (), draft.at, trained=not isinstance(draft.body, HANDS))
        if refusal is not None:
            return refusal
    return None


def signed_well(campaign: Campaign, draft: Draft) -> Refusal | None:
    """Refuse signatures that are missing, or by no key in force."""
    if not draft.sign:
        return ("nobody signs it", SIGN) if hasattr(draft.body, "signature") else None
    return next(filter(None, (_by_key(campaign, one) for one in signatures_of(draft.body))), None)


SIGN = 'name who signs now: sign = [{ person = "...", meaning = "..." }]'


def _by_key(campaign: Campaign, signature: Signature) -> Refusal | None:
    person, keys = signature.signer, keys_of(campaign)
    misused = keys.misused(person, signature.key)
    if misused is not None:
        return f"the signature of {person} {misused}", _to_sign(campaign, person)
    if signature.key and not seal_fits(signature):
        return f"the signature of {person} is not sealed by their key", "sign again with the key enrolled"
    if not signature.key and campaign.opened is not None and campaign.opened.mode == "live":
        return f"{person} has no key, and in a live campaign people sign with their own", _to_sign(
            campaign, person
        )
    return None


def _to_sign(campaign: Campaign, person: str) -> str:
    if keys_of(campaign).in_force(person):
        return f"let {person} sign with the key in force: downmass sign CAMPAIGN ENTRIES.toml --as {person}"
    return f"enrol a key first (downmass person enrol CAMPAIGN {person}), then downmass sign"


def _by_the_log(campaign: Campaign, draft: Draft) -> Refusal | None:
    """Refuse entries about people and keys from another writer than the one that keeps the log."""
    log = campaign.all(ev.WriterEnrolled)[0].writer
    if draft.writer != log:
        return f"writer {draft.writer!r} may not decide who signs", f"let the ground writer {log!r} record it"
    return None


def _person(campaign: Campaign, person: str) -> Refusal | None:
    if person not in campaign.people:
        known = ", ".join(sorted(campaign.people)) or "(nobody)"
        return f"{person!r} is nobody of this campaign", f"assign a role first; known: {known}"
    return None


def _enrolled(campaign: Campaign, body: ev.PersonEnrolled, draft: Draft) -> Refusal | None:
    refusal = _by_the_log(campaign, draft) or _person(campaign, body.person)
    if refusal is not None:
        return refusal
    keys = keys_of(campaign)
    lock = keys.locked_by(body.person)
    if lock is not None:
        return f"{body.person} is locked out by {lock}", "let an administrator reset them first"
    try:
        public_key_of(body.public_key)
    except InputError as fault:
        return f"the key of {body.person} cannot be used: {fault}", fault.remedy
    if keys.used(body.public_key):
        return (
            f"this key of {body.person} is or was in use",
            "make a new one: a key is one person's, and comes back for nobody",
        )
    if body.identity_verified_by == body.person:
        return f"{body.person} vouches for their own identity", "let another person see proof of it"
    refusal = _person(campaign, body.identity_verified_by)
    if refusal is not None or campaign.opened is None or campaign.opened.mode != "live":
        return refusal
    if not body.evidence.strip() or not body.certification.strip():
        missing = "evidence" if not body.evidence.strip() else "certification"
        return f"the enrolment of {body.person} has no {missing}", (
            "say which proof of identity was seen, and where the certification was sent (21 CFR 11.100)"
        )
    if body.keeping == "published":
        return "a published key proves nothing", "keep it sealed by a passphrase, or in a token"
    return None


def _revoked(campaign: Campaign, body: ev.KeyRevoked, draft: Draft) -> Refusal | None:
    founder = campaign.all(ev.WriterEnrolled)[0]
    in_force = {event.body.writer: event.body.public_key for event in campaign.all(ev.WriterEnrolled)}
    writer = body.holder in in_force
    if draft.writer != founder.writer and not (writer and draft.writer == body.holder):
        return f"writer {draft.writer!r} may not revoke keys of {body.holder!r}", (
            f"let the ground writer {founder.writer!r} record it"
        )
    if body.holder == founder.writer and in_force[founder.writer] == body.public_key:
        return (
            "the key of the log itself is in force: revoked, nothing could be written any more",
            "enrol a new key of the ground writer; that takes the old one out of use",
        )
    held = {e.body.public_key for e in campaign.all(ev.WriterEnrolled) if e.body.writer == body.holder}
    held |= {e.body.public_key for e in campaign.all(ev.PersonEnrolled) if e.body.person == body.holder}
    if body.public_key not in held:
        return f"no such key was ever enrolled for {body.holder!r}", "name the key as its enrolment has it"
    if body.public_key in {e.body.public_key for e in campaign.all(ev.KeyRevoked)}:
        return f"that key of {body.holder} is revoked already", "nothing is to be done"
    return None


def _trained(campaign: Campaign, body: ev.TrainingRecorded, draft: Draft) -> Refusal | None:
    refusal = _by_the_log(campaign, draft) or _person(campaign, body.person)
    if refusal is not None:
        return refusal
    own = {body.person, campaign.people[body.person].printed_name.casefold()}
    if body.trainer.strip().casefold() in own:
        return f"{body.person} trained themself", "let another person train and attest it"
    if not body.trainer.strip() or not body.version.strip():
        return "the training has no trainer or version", "say who trained, and in which version"
    if body.until is not None and body.until <= draft.at:
        return f"the training ended on {format_instant(body.until)}, before it was given", "mend the date"
    return None


def _assigned(campaign: Campaign, body: ev.RoleAssigned, draft: Draft) -> Refusal | None:
    id = body.person.id
    known = campaign.people.get(id)
    if known is not None and known != body.person:
        return (
            f"{id!r} is {known.printed_name} of {known.party}, and is reassigned to nobody",
            "give the other person an id of their own",
        )
    others = campaign.roles.get(id, frozenset()) - {body.role}
    if body.role == "administrator" and others:
        return (
            f"{id} is {', '.join(sorted(others))} and would administer too",
            "let somebody administer who does nothing else",
        )
    if body.role != "administrator" and "administrator" in others:
        return f"{id} administers and would be {body.role} too", "let another person take the role"
    if body.role == "administrator" and _signed_anything(campaign, id):
        return f"{id} signed in this campaign and would administer it", "let somebody else administer"
    return None


def _signed_anything(campaign: Campaign, person: str) -> bool:
    return any(
        signature.signer == person
        for kind, events in campaign.events.items()
        if {"signature", "signatures"} & set(getattr(kind, "__dataclass_fields__", ()))
        for event in events
        for signature in signatures_of(event.body)
    )


def _withdrawn(campaign: Campaign, body: ev.RoleWithdrawn, draft: Draft) -> Refusal | None:
    refusal = _by_the_log(campaign, draft) or _person(campaign, body.person)
    held = campaign.roles.get(body.person, frozenset())
    if refusal is None and body.role not in held:
        return f"{body.person} has no role {body.role}", f"theirs: {', '.join(sorted(held)) or '(none)'}"
    return refusal


def _refused(campaign: Campaign, body: ev.AccessRefused, draft: Draft) -> Refusal | None:
    due = refused_in_a_row(campaign, body.person) + 1
    if body.failures != due:
        return f"this is refused attempt {due} in a row, not {body.failures}", f"write failures = {due}"
    return _person(campaign, body.person)


def _locked(campaign: Campaign, body: ev.AccessLocked, draft: Draft) -> Refusal | None:
    refusal = _person(campaign, body.person)
    if refusal is not None:
        return refusal
    lock = keys_of(campaign).locked_by(body.person)
    if lock is not None:
        return f"{body.person} is locked out by {lock} already", "nothing is to be done"
    failed = refused_in_a_row(campaign, body.person)
    if failed < ATTEMPTS or body.failures != failed:
        return (
            f"{body.failures} refused attempts are told, {failed} in a row are on record",
            f"lock at {ATTEMPTS} on record; to take a key out at once, revoke it",
        )
    strange = sorted({*body.reported_to} - set(campaign.people))
    if strange or body.person in body.reported_to:
        return (
            f"it is reported to {strange[0] if strange else body.person!r}",
            "name other people of the campaign",
        )
    if not body.reported_to and len(campaign.people) > 1:
        return "it is reported to nobody", "report it at once to those who must know (21 CFR 11.300(d))"
    return None


def _reset(campaign: Campaign, body: ev.AccessReset, draft: Draft) -> Refusal | None:
    refusal = _by_the_log(campaign, draft) or _person(campaign, body.person)
    if refusal is not None:
        return refusal
    if body.administrator == body.person:
        return f"{body.person} resets themself", "let another administrator reset"
    return may_act(campaign, body.administrator, ADMINISTRATORS, draft.at)


RULES: Mapping[type[Any], Rule] = {
    ev.RoleAssigned: _assigned,
    ev.RoleWithdrawn: _withdrawn,
    ev.PersonEnrolled: _enrolled,
    ev.KeyRevoked: _revoked,
    ev.TrainingRecorded: _trained,
    ev.AccessRefused: _refused,
    ev.AccessLocked: _locked,
    ev.AccessReset: _reset,
}
"""Entry type -> its rule."""
