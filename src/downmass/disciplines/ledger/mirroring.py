"""What of the entries at hand can follow those a log has: each writer's own chain, never reordered.

Entries arrive in bundles that may be partial, repeated and out of order. Each is one of:

- **known**: the log has it at that place, byte for byte;
- **fitting**: it is the next of its writer's chain, by counter, previous hash and key in force;
- **held**: entries before it have not arrived;
- a **fork**: the log, or another bundle, has a different entry at its place.

A bundle with one entry that cannot be true is put aside as a whole: half of a history that
contradicts itself proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from downmass.base.errors import InputError
from downmass.disciplines.ledger.keys import public_key_of
from downmass.disciplines.ledger.seal import FIRST, content_hash, event_of, read_canonical
from downmass.disciplines.ledger.sync import SyncBundle, key_signed
from downmass.facts.entry import Entry
from downmass.facts.event import Event, KeyRevoked, Stretch, WriterEnrolled

Place = tuple[str, int]
"""A writer and its counter."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a log has, as far as what follows must agree with it.

    Attributes
    ----------
    log
        The writer of entry 0, which keeps the log and enrols the others.
    hashes
        Writer -> content hashes of its entries, by its counter.
    keys
        Writer -> public key in force.
    revoked
        Public key -> id of the entry that revoked it.
    """

    campaign: str
    log: str
    hashes: Mapping[str, Sequence[str]]
    ids: frozenset[str]
    keys: Mapping[str, str]
    revoked: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of bundles.

    Attributes
    ----------
    fitting
        Entries to append, in this order.
    held
        Writer -> what waits for earlier entries.
    waiting
        Digests of the bundles in which some entry waits.
    aside
        Bundles that cannot be true beside the log, each with why.
    """

    fitting: tuple[Entry, ...]
    appended: Mapping[str, tuple[Stretch, ...]]
    held: Mapping[str, tuple[Stretch, ...]]
    waiting: frozenset[str]
    aside: tuple[tuple[SyncBundle, str], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """An entry at hand, where it stands and which bundle brought it first."""

    entry: Entry
    event: Event[Any]
    prev_hash: str
    hash: str
    bundle: int
    order: tuple[int, int]


class _Contradiction(Exception):
    """Why a bundle cannot be true beside the log: its place in the list, and the sentence."""

    def __init__(self, bundle: int, reason: str) -> None:
        super().__init__(reason)
        self.bundle = bundle
        self.reason = reason


@dataclass(slots=True)
class _Heads:
    """Where each writer stands while entries are joined on."""

    next: dict[str, int]
    hash: dict[str, str]
    keys: dict[str, str]
    revoked: dict[str, str] = field(default_factory=dict)


def known_of(entries: Iterable[Entry]) -> Known:
    """Return what a log has; its entries are taken as verified."""
    hashes: defaultdict[str, list[str]] = defaultdict(list)
    ids: set[str] = set()
    keys: dict[str, str] = {}
    revoked: dict[str, str] = {}
    campaign = log = ""
    for entry in entries:
        value = read_canonical(entry.content)
        campaign, log = value["campaign"], log or value["writer"]
        hashes[value["writer"]].append(content_hash(entry.content))
        ids.add(value["id"])
        if value["type"] == "writer.enrolled":
            keys[value["body"]["writer"]] = value["body"]["public_key"]
        elif value["type"] == "key.revoked":
            revoked[value["body"]["public_key"]] = value["id"]
    return Known(campaign, log, dict(hashes), frozenset(ids), keys, revoked)


def keys_at_hand(known: Known, bundles: Sequence[SyncBundle]) -> Mapping[str, tuple[str, ...]]:
    """Return writer -> keys its bundles may be signed with: in force, or changed to in entries at hand."""
    keys = {writer: [key] for writer, key in known.keys.items()}
    changes = [
        (event, entry)
        for bundle in bundles
        for entry in bundle.entries
        if b'"writer.enrolled"' in entry.content and (event := _event(entry)) is not None
    ]
    for event, entry in sorted(changes, key=lambda change: change[0].sequence):
        own = keys.get(event.writer, [])
        if not isinstance(event.body, WriterEnrolled) or event.writer not in (known.log, event.body.writer):
            continue
        if any(key_signed(key, entry.signature, entry.content) for key in own):
            keys.setdefault(event.body.writer, []).append(event.body.public_key)
    return {writer: tuple(dict.fromkeys(own)) for writer, own in keys.items()}


def plan(known: Known, bundles: Sequence[SyncBundle], own: str) -> Plan:
    """Return what can be appended now, what waits, and which bundles must be put aside.

    Parameters
    ----------
    bundles
        Those that wait already first, what has just arrived last: of two that contradict each
        other the later one is put aside.
    own
        The writer whose log this is; no entry of it is taken from outside.

    Notes
    -----
    Entries fit in the order the bundles hold them, as far as each writer's chain allows.
    """
    at_hand = list(bundles)
    aside: list[tuple[SyncBundle, str]] = []
    while True:
        try:
            pool = _pool(known, at_hand, own)
            fitting = _joined(known, pool)
        except _Contradiction as found:
            aside.append((at_hand.pop(found.bundle), found.reason))
            continue
        joined = {(piece.event.writer, piece.event.sequence) for piece in fitting}
        held = set(pool) - joined
        waiting = frozenset(
            bundle.sha256 for bundle in at_hand if any(place in held for place in places(bundle))
        )
        return Plan(
            tuple(piece.entry for piece in fitting), stretches(joined), stretches(held), waiting, tuple(aside)
        )


def places(bundle: SyncBundle) -> tuple[Place, ...]:
    """Return writer and counter of each entry of a bundle that can be read."""
    found = (_event(entry) for entry in bundle.entries)
    return tuple((event.writer, event.sequence) for event in found if event is not None)


def known_places(known: Known, bundle: SyncBundle) -> Mapping[str, tuple[Stretch, ...]]:
    """Return what of a bundle a log has already."""
    return stretches(
        {(writer, number) for writer, number in places(bundle) if 0 <= number < _count(known, writer)}
    )


def stretches(found: Iterable[Place]) -> dict[str, tuple[Stretch, ...]]:
    """Return counters as stretches without holes, writer by writer.

    Examples
    --------
    >>> [(s.first, s.last) for s in stretches([("capsule", 3), ("capsule", 1), ("capsule", 2)])["capsule"]]
    [(1, 3)]
    """
    told: defaultdict[str, list[Stretch]] = defaultdict(list)
    for writer, number in sorted(set(found)):
        own = told[writer]
        if own and own[-1].last + 1 == number:
            own[-1] = Stretch(own[-1].first, number)
        else:
            own.append(Stretch(number, number))
    return {writer: tuple(own) for writer, own in told.items()}


def _event(entry: Entry) -> Event[Any] | None:
    try:
        return event_of(entry.content)
    except InputError:
        return None


def _count(known: Known, writer: str) -> int:
    return len(known.hashes.get(writer, ()))


def _pool(known: Known, bundles: Sequence[SyncBundle], own: str) -> dict[Place, _Piece]:
    """Return the entries at hand that the log does not have, each once."""
    pool: dict[Place, _Piece] = {}
    ids: dict[str, Place] = {}
    for number, bundle in enumerate(bundles):
        for entry in bundle.entries:
            piece = _piece(known, bundle, entry, number)
            place = piece.event.writer, piece.event.sequence
            if place[1] < _count(known, place[0]):
                if known.hashes[place[0]][place[1]] != piece.hash:
                    raise _Contradiction(number, _fork(place, "the record has a different one there"))
                continue
            if place in pool:
                if pool[place].hash != piece.hash:
                    raise _Contradiction(number, _fork(place, "another bundle has a different one there"))
                continue
            _refuse_strange(known, piece, own)
            if piece.event.id in known.ids or ids.setdefault(piece.event.id, place) != place:
                raise _Contradiction(number, f"two entries have the id {piece.event.id}")
            pool[place] = piece
    return pool


def _piece(known: Known, bundle: SyncBundle, entry: Entry, number: int) -> _Piece:
    where = f"its line {entry.index + 2}"
    try:
        event = event_of(entry.content)
        previous = read_canonical(entry.content).get("prev_hash")
    except InputError as fault:
        raise _Contradiction(number, f"{where} cannot be read: {fault}") from None
    if event.campaign != known.campaign:
        raise _Contradiction(number, f"{where} is of campaign {event.campaign!r}")
    if not 0 <= event.sequence < bundle.announced.get(event.writer, 0):
        told = bundle.announced.get(event.writer, 0)
        text = f"{where} is entry {event.sequence} of {event.writer}, of which it announces {told}"
        raise _Contradiction(number, text)
    order = (number, entry.index)
    return _Piece(entry, event, str(previous), content_hash(entry.content), number, order)


def _refuse_strange(known: Known, piece: _Piece, own: str) -> None:
    """Refuse entries that this log would have written, or enrolled the writer of, itself."""
    writer = piece.event.writer
    if writer == own:
        text = (
            f"it holds entry {piece.event.sequence} of {own}, which {own} itself does not have: its log was "
            "cut off or restored from an old copy; bring the newer copy back before anything is recorded"
        )
        raise _Contradiction(piece.bundle, text)
    if own == known.log and writer not in known.keys:
        raise _Contradiction(piece.bundle, f"it holds entries of {writer!r}, which is not enrolled")


def _joined(known: Known, pool: Mapping[Place, _Piece]) -> list[_Piece]:
    """Return the pieces that follow the log, in the order of their bundles where chains allow it."""
    heads = _Heads(
        {writer: len(own) for writer, own in known.hashes.items()},
        {writer: own[-1] for writer, own in known.hashes.items() if own},
        dict(known.keys),
        dict(known.revoked),
    )
    joined: list[_Piece] = []
    while True:
        nexts = ((writer, heads.next.get(writer, 0)) for writer in heads.keys)
        ready = [pool[place] for place in nexts if place in pool]
        if not ready:
            return joined
        piece = min(ready, key=lambda piece: piece.order)
        _refuse_misfit(known, heads, piece)
        writer, body = piece.event.writer, piece.event.body
        heads.next[writer] = piece.event.sequence + 1
        heads.hash[writer] = piece.hash
        if isinstance(body, WriterEnrolled):
            heads.keys[body.writer] = body.public_key
        elif isinstance(body, KeyRevoked):
            heads.revoked[body.public_key] = piece.event.id
        joined.append(piece)


def _refuse_misfit(known: Known, heads: _Heads, piece: _Piece) -> None:
    """Refuse the next entry of a writer that does not follow it, or is not signed by its key."""
    event, key = piece.event, heads.keys[piece.event.writer]
    if piece.prev_hash != heads.hash.get(event.writer, FIRST):
        place = event.writer, event.sequence
        raise _Contradiction(piece.bundle, _fork(place, "it does not follow the entry on record before it"))
    if key in heads.revoked and key_signed(key, piece.entry.signature, piece.entry.content):
        text = f"entry {event.id} is signed with a key of {event.writer} that {heads.revoked[key]} revoked"
        raise _Contradiction(piece.bundle, text)
    if not key_signed(key, piece.entry.signature, piece.entry.content):
        text = f"entry {event.id} is not signed with {event.writer}'s key in force"
        raise _Contradiction(piece.bundle, text)
    if isinstance(event.body, WriterEnrolled):
        if event.writer not in (known.log, event.body.writer):
            text = f"entry {event.id} enrols {event.body.writer}, which only {known.log} may"
            raise _Contradiction(piece.bundle, text)
        try:
            public_key_of(event.body.public_key)
        except (InputError, ValueError):
            raise _Contradiction(piece.bundle, f"entry {event.id} enrols what is no key") from None


def _fork(place: Place, why: str) -> str:
    return (
        f"FORK: {place[0]} shows a second history, entry {place[1]} differs: {why}; two devices may hold "
        "one key, or one was restored from an old copy: find out which before anything of it is believed"
    )
