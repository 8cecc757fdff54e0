"""Verification: recompute everything from the stored bytes and name the first damaged entry.

What holds a log together, each recomputed here and none believed:

- the place of every entry, the hash of its content and its canonical form;
- each writer's own chain, counter and previous hash, from its first entry on;
- each signature, by the key in force for its writer at that place;
- one campaign throughout, no id twice;
- the tree over all entries, and the log's signature over its root.

The first entry enrols the ground custodian, who signs it with the key it enrols; that writer is
the log, and signs the checkpoints. A writer is enrolled by the log; it may change its key itself.
The log may revoke any writer's key and a writer its own; after that the writer's entries are refused
until the log enrols another key of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from downmass.base.errors import InputError
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.keys import SIGNATURE_BYTES, public_key_of, public_key_text
from downmass.disciplines.ledger.seal import FIRST, read_canonical
from downmass.disciplines.ledger.tree import EMPTY_ROOT, node_hash
from downmass.facts.codec import event_from_json
from downmass.facts.entry import Entry
from downmass.facts.event import Event, KeyRevoked, WriterEnrolled

Part = Literal["header", "entry", "checkpoint", "closing"]


@dataclass(frozen=True, slots=True)
class Damage:
    """The first thing that does not prove what it claims.

    Attributes
    ----------
    part
        What is damaged: an entry, the checkpoint, or the header or closing line of a bundle.
    index
        Place of the damaged entry in the log, from 0; none where the part is no entry.
    id
        Id of the damaged entry, where it can still be read.
    message
        What is wrong, in one sentence.
    """

    part: Part
    index: int | None
    id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a log proves.

    Attributes
    ----------
    size, root
        Number of entries that hold, counted from the first, and root of the tree over them
        [32 bytes]; all entries where there is no damage.
    damage
        The first damage, or none.
    campaign
        The campaign the entries belong to; none where no entry holds.
    covered
        Number of entries the verified checkpoint covers; 0 without one. Only these are safe
        from having been cut off or rewritten by the owners of the writers' keys.
    """

    size: int
    root: bytes
    damage: Damage | None
    campaign: str | None
    covered: int = 0


class _Fault(Exception):
    """What is wrong with the entry at hand, in one sentence."""


def verify(
    entries: Sequence[Entry], checkpoint: str | None = None, also: Sequence[tuple[str, str]] = ()
) -> Verification:
    """Recompute a log from its stored bytes, up to the first damage.

    Parameters
    ----------
    entries
        The whole log, from index 0, as stored.
    checkpoint
        The log's signed checkpoint. An older one than the entries is good too: it then proves
        that the log it was made for has only grown since.
    also
        Further checkpoints the log must agree with, earlier ones or one kept elsewhere, each with
        the name it has in a message.

    Returns
    -------
    Verification
        With the first damage named; never an exception for what the bytes hold.

    Notes
    -----
    Without a checkpoint a tail that was cut off cannot be seen, and with the log's own key its
    owner can rewrite all of it; only a checkpoint somebody else keeps or cosigned shows that.
    Corrections are entries like others here: they change no key and no chain.

    References
    ----------
    RFC 8785, RFC 8032, RFC 9162 section 2.1; C2SP tlog-checkpoint.
    """
    own = [] if checkpoint is None else [_Claim.of("the checkpoint", checkpoint)]
    claims = [*own, *(_Claim.of(name, note) for name, note in also)]
    walk = Walk({claim.read.size for claim in claims if claim.read})
    damage = walk.through(entries)
    for claim in claims:
        damage = damage or walk.against(claim)
    covered = own[0].read.size if own and own[0].read and damage is None else 0
    return Verification(walk.size, walk.root(), damage, walk.campaign, covered)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A checkpoint to hold a log against: its name in messages, what it says, or why it says nothing."""

    name: str
    note: str
    read: notes.Checkpoint | None
    fault: str

    @classmethod
    def of(cls, name: str, note: str) -> _Claim:
        try:
            return cls(name, note, notes.parse(note), "")
        except InputError as fault:
            return cls(name, note, None, f"{name} cannot be read: {fault}")


class Walk:
    """The state of a verification between one entry and the next; it can go on where it stopped.

    Parameters
    ----------
    marked
        Sizes at which the root is to be remembered.
    """

    def __init__(self, marked: Collection[int] = ()) -> None:
        self.size = 0
        self.campaign: str | None = None
        self._log = ""
        self._log_keys: list[tuple[int, Ed25519PublicKey]] = []
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._revoked: dict[str, str] = {}
        self._heads: dict[str, tuple[int, str]] = {}
        self._ids: set[str] = set()
        self._frontier: list[tuple[int, bytes]] = []
        self._marked = marked
        self._marked_roots: dict[int, bytes] = {}

    def through(self, entries: Sequence[Entry]) -> Damage | None:
        """Verify further entries; return the first damage."""
        for entry in entries:
            identity: list[str] = []
            try:
                self._step(entry, identity)
            except _Fault as fault:
                where = f"entry {self.size}" + (f" ({identity[0]})" if identity else "")
                return Damage("entry", self.size, identity[0] if identity else None, f"{where}: {fault}")
        return None

    def root(self) -> bytes:
        """Return the root over the entries seen, folded from the complete subtrees."""
        if not self._frontier:
            return EMPTY_ROOT
        reached = self._frontier[-1][1]
        for _, left in self._frontier[-2::-1]:
            reached = node_hash(left, reached)
        return reached

    def against(self, claim: _Claim) -> Damage | None:
        """Return what a checkpoint shows to be wrong with entries that hold by themselves."""
        claimed, name = claim.read, claim.name
        if claimed is None:
            return Damage("checkpoint", None, None, claim.fault)
        if not self.campaign:
            return Damage("checkpoint", None, None, f"there is no entry {name} could stand for")
        origin = notes.origin_of(self.campaign)
        key = next((key for index, key in reversed(self._log_keys) if index < claimed.size), None)
        if claimed.origin != origin:
            text = f"{name} is of {claimed.origin!r}, not of {origin!r}"
        elif key is None or not notes.verify(claim.note, origin, key):
            text = f"{name} is not signed by the key of the log's writer {self._log}"
        elif claimed.size > self.size:
            text = f"entry {self.size}: it is missing; {name} covers {claimed.size} entries"
            return Damage("entry", self.size, None, text)
        elif claimed.root != self._marked_roots.get(claimed.size):
            text = f"the first {claimed.size} entries are not those {name} was signed over"
        else:
            return None
        return Damage("checkpoint", None, None, text)

    def _step(self, entry: Entry, identity: list[str]) -> None:
        content = self._stored(entry)
        try:
            value = read_canonical(content)
            if isinstance(value, dict) and isinstance(value.get("id"), str):
                identity.append(value["id"])
            event = event_from_json(value)
            previous = value.get("prev_hash")
            if not isinstance(value["body"], dict):
                raise InputError("the body is no JSON object")
        except (InputError, TypeError, AttributeError, OverflowError) as fault:
            raise _Fault(f"its content cannot be read: {fault}") from None
        self._signed(event, content, entry.signature)
        self._chained(event, previous)
        if isinstance(event.body, WriterEnrolled):
            self._enrol(event)
        elif isinstance(event.body, KeyRevoked):
            self._revoke(event)
        self._ids.add(event.id)
        self._heads[event.writer] = (event.sequence + 1, sha256(content).hexdigest())
        self._grow(entry.hash)

    def _stored(self, entry: Entry) -> bytes:
        if type(entry.index) is not int or entry.index != self.size:
            if isinstance(entry.index, int) and entry.index > self.size:
                raise _Fault(f"it is missing; entry {entry.index} stands in its place")
            raise _Fault(f"entry {entry.index} stands in its place")
        if not isinstance(entry.content, bytes):
            raise _Fault("its content is not stored as bytes")
        if sha256(b"\x00" + entry.content).digest() != entry.hash:
            raise _Fault("its content is not the one its stored hash was made from")
        if not isinstance(entry.signature, bytes) or len(entry.signature) != SIGNATURE_BYTES:
            raise _Fault(f"its signature is not {SIGNATURE_BYTES} bytes")
        return entry.content

    def _signed(self, event: Event[Any], content: bytes, signature: bytes) -> None:
        if self.size == 0:
            key = self._founder(event)
        elif event.writer in self._keys:
            key = self._keys[event.writer]
        elif event.writer in self._revoked.values():
            raise _Fault(f"the key of its writer {event.writer} was revoked and no other is enrolled since")
        else:
            raise _Fault(f"its writer {event.writer} is not enrolled by any earlier entry")
        try:
            key.verify(signature, content)
        except InvalidSignature:
            raise _Fault(
                f"its signature is not that of writer {event.writer}'s key in force over this content"
            ) from None

    def _founder(self, event: Event[Any]) -> Ed25519PublicKey:
        body = event.body
        if not isinstance(body, WriterEnrolled) or body.writer != event.writer or body.kind != "ground":
            raise _Fault("the first entry of a log must be its ground custodian's enrolment by itself")
        self._log = event.writer
        return _enrolled_key(body)

    def _chained(self, event: Event[Any], previous: object) -> None:
        if self.size and event.campaign != self.campaign:
            raise _Fault(f"it is of campaign {event.campaign}, the log of {self.campaign}")
        sequence, prev_hash = self._heads.get(event.writer, (0, FIRST))
        if event.sequence != sequence:
            raise _Fault(f"writer {event.writer} counts {event.sequence} where {sequence} is next")
        if previous != prev_hash:
            raise _Fault(f"it does not follow writer {event.writer}'s previous entry: prev_hash differs")
        if event.id in self._ids:
            raise _Fault("an earlier entry has the same id")
        self.campaign = event.campaign

    def _enrol(self, event: Event[WriterEnrolled]) -> None:
        body = event.body
        if event.writer not in (self._log, body.writer):
            raise _Fault(f"writer {event.writer} enrols {body.writer}, which only {self._log} may")
        if body.public_key in self._revoked:
            raise _Fault(f"the key it enrols for {body.writer} was revoked")
        key = _enrolled_key(body)
        self._keys[body.writer] = key
        if body.writer == self._log:
            self._log_keys.append((self.size, key))

    def _revoke(self, event: Event[KeyRevoked]) -> None:
        """Take a writer's key out of force; people's keys are left to :mod:`acts`."""
        body = event.body
        if body.holder not in self._keys:
            return
        if event.writer not in (self._log, body.holder):
            raise _Fault(f"writer {event.writer} revokes a key of {body.holder}, which only {self._log} may")
        self._revoked[body.public_key] = body.holder
        if public_key_text(self._keys[body.holder]) == body.public_key:
            del self._keys[body.holder]

    def _grow(self, leaf: bytes) -> None:
        frontier = self._frontier
        height, node = 0, leaf
        while frontier and frontier[-1][0] == height:
            node = node_hash(frontier.pop()[1], node)
            height += 1
        frontier.append((height, node))
        self.size += 1
        if self.size in self._marked:
            self._marked_roots[self.size] = self.root()


def _enrolled_key(body: WriterEnrolled) -> Ed25519PublicKey:
    try:
        return public_key_of(body.public_key)
    except (InputError, ValueError) as fault:
        raise _Fault(f"the key it enrols for {body.writer} cannot be used: {fault}") from None
