"""The one write path: load, decide, sign, append, fold again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from downmass.answers.outcome import settlement_of
from downmass.base.errors import DamageError, InputError, RefusedError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger import checkpoint
from downmass.disciplines.ledger.acts import act_bytes, act_hash
from downmass.disciplines.ledger.keys import Signer, public_key_text, to_base64
from downmass.disciplines.ledger.seal import Head, content_hash, event_of, heads, seal
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.ledger.verify import Walk
from downmass.facts.campaign import Campaign, fold
from downmass.facts.codec import body_to_json
from downmass.facts.entry import Entry
from downmass.facts.event import (
    DispositionDecided,
    Event,
    PersonEnrolled,
    Settled,
    WriterEnrolled,
    version_of,
)
from downmass.facts.party import Meaning, Signature
from downmass.operations.clocks import CLOCK_SLACK, reached
from downmass.operations.decide import allow, decide
from downmass.operations.disposition import on_record
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys, Keyring
from downmass.stores.audit import audit
from downmass.stores.port import Store

Shown = Callable[[Draft, str, Meaning], None]

RESUMED_WITHIN = timedelta(hours=1)
"""How near to the clock a stated recording time must be to lead a log back from a clock that jumped."""


class Desk:
    """Where a campaign is written to.

    Parameters
    ----------
    keys
        Gives what signs for each writer.
    clock
        Tells when an entry is recorded; not asked for drafts that say so themselves.
    people
        Gives what signs for a person who has shown who they are; none where the person has no key.
    shown
        Told of each act as it will stand, its person and meaning, before that person signs it.
    custodian
        Whether this desk holds the log's key and signs a checkpoint with every append; the desk of a
        device does not.

    Notes
    -----
    What a desk has verified it does not read again, unless somebody else appended meanwhile; a new
    desk verifies everything.
    """

    def __init__(
        self,
        store: Store,
        campaign: str,
        keys: Keyring,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        people: Callable[[str], Signer | None] = lambda person: None,
        custodian: bool = True,
        shown: Shown = lambda draft, person, meaning: None,
    ) -> None:
        self._store = store
        self._campaign = campaign
        self._keys = keys
        self._clock = clock
        self._people = people
        self._shown = shown
        self._custodian = custodian
        self._log: _Log | None = None

    @property
    def campaign(self) -> str:
        """Which campaign is written to."""
        return self._campaign

    def state(self) -> Campaign:
        """Return the campaign as it is on record now."""
        return self._current().state()

    def events(self) -> tuple[Event[Any], ...]:
        """Return every event on record, in order of arrival, as it was written."""
        return tuple(self._current().events)

    def heads(self) -> Mapping[str, Head]:
        """Return writer -> where its own log stands."""
        return self._current().heads

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry on record, verified."""
        size = len(self._current().events)
        return tuple(self._store.read(self._campaign, 0, size))

    def signer(self, writer: str) -> Signer:
        """Return what signs for a writer at this desk."""
        return self._keys.key(self._campaign, writer)

    def record(self, drafts: Sequence[Draft]) -> tuple[Event[Any], ...]:
        """Decide on drafts in order, sign them, and append all of them or none.

        Raises
        ------
        RefusedError
            If a rule does not allow one of them, or the log would not verify with it; nothing was
            written.
        DamageError
            If the log as stored does not verify; nothing was written.
        StaleHeadError
            If somebody else appended meanwhile; nothing was written, and nothing entered is lost.
        """
        return self.record_and_mirror(drafts, ())

    def mirror(self, entries: Sequence[Entry]) -> tuple[Event[Any], ...]:
        """Append entries that another writer sealed, as they are, with this log's next places.

        Raises
        ------
        RefusedError
            If the log would not verify with them; nothing was written.
        """
        return self.record_and_mirror((), entries)

    def record_and_mirror(self, drafts: Sequence[Draft], entries: Sequence[Entry]) -> tuple[Event[Any], ...]:
        """Append what this desk has to say of entries another writer sealed, and these behind it.

        All of it or nothing: so the log never holds entries that arrived without saying that they did.

        Raises
        ------
        RefusedError, DamageError, StaleHeadError
            As :meth:`record` and :meth:`mirror` do.
        """
        log = self._current()
        self._log = None  # taken up again only once everything is written
        work = _Work(log, self._campaign, self._keys, self._clock, self._people, self._shown)
        for draft in drafts:
            work.add(draft)
        for entry in entries:
            work.take(entry)
        self._append(log, work)
        return tuple(log.events[work.begun :])

    def _append(self, log: _Log, work: _Work) -> None:
        damage = log.walk.through(work.added)
        if damage is not None:
            raise RefusedError(f"this would not verify: {damage.message}", "mend it; nothing was written")
        note = work.checkpoint() if self._custodian else None
        self._store.append(self._campaign, work.added, expected_size=work.begun, checkpoint=note)
        self._log = log

    def _current(self) -> _Log:
        """Return the verified log, read anew where somebody else appended."""
        log, self._log = self._log, None
        if log is None or self._store.head(self._campaign) != len(log.events):
            log = self._read()
        self._log = log
        return log

    def _read(self) -> _Log:
        entries, found = audit(self._store, self._campaign)
        if found.damage is not None:
            raise DamageError(
                f"campaign {self._campaign}: {found.damage.message}",
                "nothing is appended to a damaged record; restore it from a bundle or a copy",
            )
        walk = Walk()
        walk.through(entries)
        return _Log(
            [event_of(entry.content) for entry in entries],
            dict(heads(entries)),
            Tree(entry.hash for entry in entries),
            walk,
        )


@dataclass
class _Log:
    """A log as it was read and verified: its events, where each writer stands, its tree."""

    events: list[Event[Any]]
    heads: dict[str, Head]
    tree: Tree
    walk: Walk
    folded: tuple[int, Campaign] | None = None

    def state(self) -> Campaign:
        """Return the fold of the events, made once for as long as none is added."""
        if self.folded is None or self.folded[0] != len(self.events):
            self.folded = len(self.events), fold(self.events)
        return self.folded[1]


class _Work:
    """Entries being prepared on top of a log, which is good for nothing if they are not appended."""

    def __init__(
        self,
        log: _Log,
        campaign: str,
        keys: Keyring,
        clock: Callable[[], datetime],
        people: Callable[[str], Signer | None],
        shown: Shown,
    ) -> None:
        self.begun = len(log.events)
        self.added: list[Entry] = []
        self._log = log
        self._campaign = campaign
        self._keys = keys
        self._clock = clock
        self._people = people
        self._shown = shown

    def add(self, draft: Draft) -> None:
        """Decide on a draft, complete it, sign and seal it."""
        known = self._log.events
        state = self._log.state()
        recorded_at = draft.recorded_at or (draft.at if _replayed(state, draft) else self._clock())
        self._refuse_wrong_clock(known, draft, recorded_at, _replayed(state, draft))
        draft = self._completed(draft, state, recorded_at)
        decide(state, draft)
        head = self._log.heads.get(draft.writer, Head())
        event: Event[Any] = Event(
            id=f"{draft.writer}-{head.sequence:06d}",
            campaign=self._campaign,
            type=draft.type,
            version=version_of(draft.type),
            writer=draft.writer,
            sequence=head.sequence,
            occurred_at=draft.at,
            uncertainty_s=draft.uncertainty_s,
            recorded_at=recorded_at,
            origin=draft.origin,
            source=draft.source,
            cause=draft.cause,
            body=draft.body,
        )
        key = self._keys.key(self._campaign, draft.writer)
        self._grow(event, seal(event, len(known), head.prev_hash, key))

    def take(self, entry: Entry) -> None:
        """Put an entry of another writer at the next place, its bytes untouched."""
        self._grow(event_of(entry.content), replace(entry, index=len(self._log.events)))

    def _grow(self, event: Event[Any], entry: Entry) -> None:
        self._log.heads[event.writer] = Head(event.sequence + 1, content_hash(entry.content))
        self._log.tree.append(entry.hash)
        self._log.events.append(event)
        self.added.append(entry)

    def checkpoint(self) -> str:
        """Sign the head of the tree with the key of the log, the ground custodian of entry 0."""
        events, root = self._log.events, self._log.tree.root()
        return checkpoint.make(
            self._campaign, len(events), root, self._keys.key(self._campaign, events[0].writer)
        )

    def _refuse_wrong_clock(
        self, known: Sequence[Event[Any]], draft: Draft, recorded_at: datetime, replayed: bool
    ) -> None:
        """Refuse a recording time ahead of this machine's clock, or behind the log's last entry."""
        where, stated = draft.where or draft.type, format_instant(recorded_at)
        if not replayed and draft.recorded_at is not None and recorded_at > self._clock() + CLOCK_SLACK:
            raise RefusedError(
                f"{where}: recorded at {stated}, but this machine's clock stands at "
                f"{format_instant(self._clock())}",
                "leave `recorded` out, so that this machine's clock counts, or set that clock right",
            )
        if not known or draft.writer != known[0].writer:
            return
        last = reached(event.recorded_at for event in known if event.writer == draft.writer)
        if last is None or recorded_at + CLOCK_SLACK >= last:
            return
        # A log whose clock once stood ahead goes on where a person and the clock agree on the time.
        if not replayed and draft.recorded_at and abs(self._clock() - recorded_at) <= RESUMED_WITHIN:
            return
        raise RefusedError(
            f"{where}: recorded at {stated}, but the log already holds an entry recorded at "
            f"{format_instant(last)}",
            "set the clock of this machine, or order the history by when each entry became known; if "
            "this clock is right and stood ahead then, write the time it is now into the entry: "
            f"recorded = {format_instant(self._clock().replace(microsecond=0))}",
        )

    def _completed(self, draft: Draft, state: Campaign, recorded_at: datetime) -> Draft:
        """Put in what only the desk can: public keys, computed bodies, signatures over the record."""
        body = draft.body
        if isinstance(body, WriterEnrolled) and body.public_key == "-":
            body = replace(body, public_key=public_key_text(self._keys.key(self._campaign, body.writer)))
        if isinstance(body, PersonEnrolled) and body.public_key == "-":
            body = replace(body, public_key=public_key_text(self._published(body.person, draft.where)))
        if body is None:
            settlement = settlement_of(state, recorded_at)
            if state.contract is None or settlement is None:
                raise RefusedError(f"{draft.where}: nothing to settle", "record contract.signed first")
            body = Settled(state.contract.id, settlement.postings)
        if isinstance(body, DispositionDecided):
            body = on_record(body, state, self._log.tree.root(), draft.at, draft.where)
        if draft.sign:
            allow(state, replace(draft, body=body))
            # A person signs when it is recorded, whenever it happened (21 CFR 11.50(a)(2)).
            at = draft.at if _replayed(state, draft) else recorded_at
            body = self._signed(body, draft, state, at)
        return replace(draft, body=body)

    def _signed(self, body: Any, draft: Draft, state: Campaign, at: datetime) -> Any:
        root = self._log.tree.root()
        acts = []
        for person, meaning in draft.sign:
            over = act_hash(body_to_json(body), person, meaning, at, root)
            self._shown(replace(draft, body=body), person, meaning)
            signer = self._people(person) or self._by_published_key(person, state)
            key = public_key_text(signer) if signer else ""
            sealed = to_base64(signer.sign(act_bytes(over))) if signer else ""
            name = state.people[person].printed_name
            acts.append(Signature(person, name, at, meaning, over, key, sealed))
        if hasattr(body, "signatures"):
            return replace(body, signatures=tuple(acts))
        if hasattr(body, "signature") and len(acts) == 1:
            return replace(body, signature=acts[0])
        raise InputError(f"{draft.where}: {draft.type} carries no such signatures", "take the signatures out")

    def _by_published_key(self, person: str, state: Campaign) -> Signer | None:
        """Return what signs for a person whose key is published; none for one whose key is their own."""
        enrolled = [event.body for event in state.all(PersonEnrolled) if event.body.person == person]
        if not enrolled or enrolled[-1].keeping != "published" or not isinstance(self._keys, ExampleKeys):
            return None
        return self._published(person, person)

    def _published(self, person: str, where: str) -> Signer:
        if not isinstance(self._keys, ExampleKeys):
            raise RefusedError(
                f"{where}: there are no published keys outside examples",
                "let the person enrol a key of theirs",
            )
        return self._keys.person(self._campaign, person)


def _replayed(state: Campaign, draft: Draft) -> bool:
    """Tell whether a draft's own instant is when it counts as recorded: in replays of the past."""
    if state.opened is not None:
        return state.opened.mode == "replay"
    return draft.origin in ("public", "assumed", "simulated")
