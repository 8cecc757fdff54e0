"""A person signs: who they say they are, what only they know, and what happens when it does not fit.

21 CFR 11.200(a)(1): a signature takes two components, an identification and a secret. The first of a
continuous session takes both, later ones the secret; a break asks for both again. 11.300(d): every
attempt that fails is on record at once, and :data:`ATTEMPTS` in a row lock the person out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.acts import ACT
from downmass.disciplines.ledger.keys import Signer, public_key_of
from downmass.disciplines.ledger.people import ATTEMPTS, keys_of, refused_in_a_row
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event
from downmass.facts.party import Role
from downmass.operations.draft import Draft
from downmass.operations.peoples_keys import PersonalKeys

IDLE = timedelta(minutes=10)
"""How long a session stays continuous without a signature; the figure is of the house."""

ALERTED: frozenset[Role] = frozenset({"administrator", "quality_unit", "supervisor"})
"""Roles told at once when somebody is locked out (21 CFR 11.300(d))."""


class Record(Protocol):
    """Where refused attempts are recorded and keys in force are read: a desk, or an open campaign."""

    def state(self) -> Campaign:
        """Return the campaign as it is on record now."""
        ...

    def record(self, drafts: Sequence[Draft], /) -> tuple[Event[Any], ...]:
        """Append drafts, all or none."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person is asked for.

    Attributes
    ----------
    what
        What is signed, in words; empty where only who they are is asked.
    over_sha256
        Hash of the act, as the signature will carry it; empty likewise.
    identification
        Whether the identification is asked for too, not the secret alone.
    """

    person: str
    printed_name: str
    what: str
    over_sha256: str
    identification: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person gave: the secret, and the identification where it was asked for."""

    secret: str
    identification: str = ""


Ask = Callable[[Asked], Shown]


class SigningSession:
    """One place where people sign, one after another, in front of one screen.

    Parameters
    ----------
    record
        Where attempts that fail are recorded, at once and whatever becomes of the act.
    keys
        Where the people's private keys are kept.
    ask
        Shows a person what they sign and returns what they gave.
    idle
        A session without a signature for longer has ended.
    """

    def __init__(
        self,
        record: Record,
        keys: PersonalKeys,
        ask: Ask,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        idle: timedelta = IDLE,
    ) -> None:
        self._record = record
        self._keys = keys
        self._ask = ask
        self._clock = clock
        self._idle = idle
        self._person = ""
        self._last: datetime | None = None

    def signer(self, person: str, what: str = "") -> Signer | None:
        """Return what asks the person and then signs one act; none for who never had a key, in a replay.

        Raises
        ------
        RefusedError
            If the person is locked out, or has no key where one is needed.
        """
        state = self._record.state()
        key = self._key(state, person)
        return None if key is None else _Act(self, person, key, what)

    def identify(self, person: str) -> Signer:
        """Have a person show who they are, by all components, and return their key opened.

        Raises
        ------
        RefusedError
            If they have no key in force, or what they gave is wrong: that is counted as an attempt.
        """
        self.log_out()
        state = self._record.state()
        key = self._key(state, person)
        if key is None:
            raise RefusedError(f"{person} has no key to show who they are by", _enrol(person))
        return self.unlock(person, key, "", "")

    def log_out(self) -> None:
        """End the session: whoever signs next shows all components."""
        self._person, self._last = "", None

    def unlock(self, person: str, key: str, what: str, over_sha256: str) -> Signer:
        """Ask a person for what the session still needs, and return what signs with their key."""
        state = self._record.state()
        whole = self._person != person or not self._continuous()
        name = state.people[person].printed_name
        shown = self._ask(Asked(person, name, what, over_sha256, whole))
        if not whole and not self._continuous():
            self.log_out()
            raise RefusedError(f"the session of {person} ended while it waited", "sign again, from the start")
        if whole and shown.identification != person:
            self._failed(person, "the identification is another's")
        signer = self._keys.unlock(state.id, person, key, shown.secret)
        if signer is None:
            self._failed(person, "the passphrase or PIN is wrong")
        self._person, self._last = person, self._clock()
        return signer

    def _continuous(self) -> bool:
        now = self._clock()
        return self._last is not None and self._last <= now <= self._last + self._idle

    def _key(self, state: Campaign, person: str) -> str | None:
        keys = keys_of(state)
        lock = keys.locked_by(person)
        if lock is not None:
            raise RefusedError(
                f"{person} is locked out by {lock}",
                "an administrator resets (downmass person reset), then a new key is enrolled",
            )
        key = keys.in_force(person)
        live = state.opened is not None and state.opened.mode == "live"
        if key is None and (live or keys.had_one(person)):
            raise RefusedError(f"{person} has no key in force", _enrol(person))
        return key

    def _failed(self, person: str, why: str) -> NoReturn:
        """Record a failed attempt, and the lock where it was one too many; always raises."""
        self.log_out()
        state, now = self._record.state(), self._clock()
        count = refused_in_a_row(state, person) + 1
        log = state.all(ev.WriterEnrolled)[0].writer
        bodies: list[Any] = [ev.AccessRefused(person, count, why)]
        told = to_alert(state, person)
        if count >= ATTEMPTS:
            bodies.append(ev.AccessLocked(person, count, told))
        self._record.record([Draft(ev.TYPE_OF[type(b)], b, now, log, "recorded", "") for b in bodies])
        if count >= ATTEMPTS:
            raise RefusedError(
                f"{why}: attempt {count}, and {person} is locked out; to be told at once: "
                f"{', '.join(told) or '(nobody else)'}",
                "an administrator resets (downmass person reset), then a new key is enrolled",
            )
        raise RefusedError(
            f"{why}: attempt {count} of {ATTEMPTS}, recorded; nothing was signed",
            "try again; all of it is asked for anew",
        )


class _Act:
    """A person's key that asks its person before it signs, and signs nothing but acts."""

    def __init__(self, session: SigningSession, person: str, key: str, what: str) -> None:
        self._session, self._person, self._key, self._what = session, person, key, what

    def public_key(self) -> Ed25519PublicKey:
        return public_key_of(self._key)

    def sign(self, data: bytes, /) -> bytes:
        if not data.startswith(ACT):
            raise RefusedError("a person's key signs acts and nothing else", "let the writer's key sign it")
        over = data.removeprefix(ACT).decode("ascii")
        return self._session.unlock(self._person, self._key, self._what, over).sign(data)


def to_alert(state: Campaign, person: str) -> tuple[str, ...]:
    """Return who must be told at once of attempts to sign as a person; everybody else, if nobody must."""
    others = sorted(set(state.people) - {person})
    alerted = tuple(other for other in others if state.roles.get(other, frozenset()) & ALERTED)
    return alerted or tuple(others)


def _enrol(person: str) -> str:
    return f"enrol one: downmass person enrol CAMPAIGN {person}"
