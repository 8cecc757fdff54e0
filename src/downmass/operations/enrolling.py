"""Keys, training and locks of a campaign's people, put on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.base.errors import DownmassError, InputError, NotFoundError, RefusedError
from downmass.disciplines.ledger.keys import Signer, public_key_of
from downmass.disciplines.ledger.people import key_in_force
from downmass.facts import event as ev
from downmass.facts.event import Event
from downmass.operations.draft import Draft, body_from_document
from downmass.operations.opening import OpenCampaign
from downmass.operations.peoples_keys import PersonalKeys, SealedFiles
from downmass.operations.signing import SigningSession


class Registrar:
    """Keeps who may sign in an open campaign: every act is an entry of the ground writer.

    Parameters
    ----------
    session
        Where people show who they are.
    """

    def __init__(
        self,
        campaign: OpenCampaign,
        keys: PersonalKeys,
        session: SigningSession,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._campaign, self._keys, self._session, self._clock = campaign, keys, session, clock

    def enrol(
        self, person: str, secret: str, verified_by: str, evidence: str, certification: str
    ) -> Event[Any]:
        """Make a first key for a person, or one after a reset, and put it on record.

        Raises
        ------
        RefusedError
            If they have a key in force (rotate it), or a rule does not allow it; no key is left behind.
        """
        if key_in_force(self._campaign.state(), person) is not None:
            raise RefusedError(
                f"{person} has a key in force", f"change it with: downmass person rotate CAMPAIGN {person}"
            )
        return self._put(person, secret, verified_by, evidence, certification)

    def rotate(self, person: str, secret: str, verified_by: str, certification: str) -> Event[Any]:
        """Put a new key in the place of the one in force, which its person opens once more for it.

        Raises
        ------
        RefusedError
            If the person does not open the key in force; an attempt is counted.
        """
        self._session.identify(person)
        old = key_in_force(self._campaign.state(), person)
        return self._put(person, secret, verified_by, f"opened the key in force before, {old}", certification)

    def change_passphrase(self, person: str, secret: str) -> None:
        """Seal a person's key, which they open once more, by another passphrase; nothing is recorded.

        Raises
        ------
        InputError
            If the key is in a token, or the new passphrase is too short.
        RefusedError
            If the person does not open the key in force; an attempt is counted.
        """
        if not isinstance(self._keys, SealedFiles):
            raise InputError("a token keeps its PIN itself", "change it with the token's own program")
        key = self._session.identify(person)
        if isinstance(key, Ed25519PrivateKey):
            self._keys.reseal(self._campaign.id, person, key, secret)

    def test(self, person: str) -> None:
        """See that a person's key or token signs as it must (21 CFR 11.300(e)); nothing is recorded.

        Raises
        ------
        RefusedError
            If the person does not open it, or what it signs does not verify.
        """
        signer = self._session.identify(person)
        key = key_in_force(self._campaign.state(), person)
        _try(signer, key or "", person)

    def revoke(self, holder: str, reason: str, key: str | None = None) -> Event[Any]:
        """Take a key out of force at once: a person's or a writer's; the one in force where none is named.

        Raises
        ------
        NotFoundError
            If nothing is in force to be revoked.
        """
        state = self._campaign.state()
        writers = {event.body.writer: event.body.public_key for event in state.all(ev.WriterEnrolled)}
        found = key or key_in_force(state, holder) or writers.get(holder)
        if found is None:
            raise NotFoundError(f"{holder} has no key in force", "name the key with --key, as enrolled")
        return self._record(ev.KeyRevoked(holder, found, reason))

    def reset(self, person: str, administrator: str, reason: str) -> Event[Any]:
        """Lift a lock or take a lost key out of use; what signs afterwards is a key enrolled anew.

        Raises
        ------
        RefusedError
            If the administrator does not show who they are, or is none.
        """
        self._session.identify(administrator)
        return self._record(ev.AccessReset(person, administrator, reason))

    def train(self, person: str, subject: str, version: str, trainer: str, until: str | None) -> Event[Any]:
        """Put training on file."""
        fields = {
            "person": person,
            "subject": subject,
            "version": version,
            "trainer": trainer,
            "until": until,
        }
        return self._record(body_from_document("training.recorded", fields, "the training"))

    def _put(
        self, person: str, secret: str, verified_by: str, evidence: str, certification: str
    ) -> Event[Any]:
        key = self._keys.make(self._campaign.id, person, secret)
        fields = {
            "person": person, "public_key": key, "keeping": self._keys.keeping,
            "identity_verified_by": verified_by, "evidence": evidence, "certification": certification,
        }  # fmt: skip
        try:
            _try(self._keys.unlock(self._campaign.id, person, key, secret), key, person)
            return self._record(body_from_document("person.enrolled", fields, "the enrolment"))
        except DownmassError:
            self._keys.discard(self._campaign.id, person, key)
            raise

    def _record(self, body: Any) -> Event[Any]:
        log = self._campaign.events()[0].writer
        draft = Draft(ev.TYPE_OF[type(body)], body, self._clock(), log, "recorded", "")
        return self._campaign.record([draft])[0]


TRIAL = b"downmass trial of a person's key v1\n"
"""What a key signs to show that it works; it is no act."""


def _try(signer: Signer | None, key: str, person: str) -> None:
    try:
        if signer is None:
            raise InvalidSignature
        public_key_of(key).verify(signer.sign(TRIAL), TRIAL)
    except InvalidSignature:
        raise RefusedError(
            f"what the key of {person} signs does not verify", "take it out of use and enrol another"
        ) from None
