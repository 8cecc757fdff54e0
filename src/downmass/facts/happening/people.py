"""Who may act, by which key, trained for what, and every attempt that was refused."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.party import Person, Role
from downmass.facts.quantity import Count, Date


@fact
class RoleAssigned:
    """A person may act in a role."""

    person: Person
    role: Role


@fact
class RoleWithdrawn:
    """A person may no longer act in a role."""

    person: Slug
    role: Role
    reason: str


@fact
class PersonEnrolled:
    """A person signs with this Ed25519 key (base64) from here on; an earlier key of theirs is out of use.

    Attributes
    ----------
    keeping
        How the private key is kept: sealed by a passphrase only the person knows, in a token
        (PKCS #11), or published, as in examples, where it proves nothing.
    identity_verified_by, evidence
        Who saw proof of the person's identity, and which (21 CFR 11.100(b)).
    certification
        Where the certification that electronic signatures are binding was sent (21 CFR 11.100(c)).
    """

    person: Slug
    public_key: str
    keeping: Literal["sealed_file", "pkcs11", "published"]
    identity_verified_by: Slug
    evidence: str
    certification: str


@fact
class TrainingRecorded:
    """A person was trained in a subject, such as a recipe of a version (21 CFR 11.10(i), 211.25)."""

    person: Slug
    subject: Slug
    version: str
    trainer: str
    until: Date | None = None


@fact
class AccessRefused:
    """An attempt to sign as a person failed (21 CFR 11.300(d)); ``failures`` counts those in a row."""

    person: Slug
    failures: Count
    reason: str


@fact
class AccessLocked:
    """A person can sign no more until reset; the attempts were reported at once to these people."""

    person: Slug
    failures: Count
    reported_to: tuple[Slug, ...]


@fact
class AccessReset:
    """An administrator lifts a lock or takes a lost key out of use; the person must enrol a new key."""

    person: Slug
    administrator: Slug
    reason: str
