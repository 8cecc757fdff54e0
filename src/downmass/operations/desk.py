"""The one write path: load, decide, sign, append, fold again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from downmass.answers.outcome import settlement_of
from downmass.base.errors import DamageError, InputError, RefusedError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger import checkpoint
from downmass.disciplines.ledger.acts import act_hash
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.seal import Head, content_hash, event_of, heads, seal
from downmass.disciplines.ledger.tree import Tree
from downmass.facts.campaign import Campaign, fold
from downmass.facts.codec import body_to_json
from downmass.facts.entry import Entry
from downmass.facts.event import VERSION, Event, Settled, WriterEnrolled
from downmass.facts.party import Signature
from downmass.operations.clocks import CLOCK_SLACK, reached
from downmass.operations.decide import decide
from downmass.operations.draft import Draft
from downmass.operations.keys import Keyring
from downmass.stores.audit import verify_stored
from downmass.stores.port import Store, StoredCheckpoint

RESUMED_WITHIN = timedelta(hours=1)
"""How near to the clock a stated recording time must be to lead a log back from a clock that jumped."""


class Desk:
    """Where a campaign is written to.

    Parameters
    ----------
    keys
        Gives each writer's signing key.
    clock
        Tells when an entry is recorded; not asked for drafts that say so themselves.
    """

    def __init__(
        self,
        store: Store,
        campaign: str,
        keys: Keyring,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._campaign = campaign
        self._keys = keys
        self._clock = clock

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
        checkpoints = self._store.checkpoints(self._campaign)
        entries = self._store.read(self._campaign)
        work = _Work(entries, self._campaign, self._keys, self._clock)
        for draft in drafts:
            work.add(draft)
        self._refuse_unverifiable(entries, checkpoints, work.added)
        self._store.append(
            self._campaign, work.added, expected_size=len(entries), checkpoint=work.checkpoint()
        )
        return tuple(work.events[len(entries) :])

    def _refuse_unverifiable(
        self, entries: Sequence[Entry], checkpoints: Sequence[StoredCheckpoint], added: Sequence[Entry]
    ) -> None:
        """Refuse to append to a damaged log, or to append what verification would call damage."""
        damage = verify_stored(self._campaign, entries, checkpoints, added).damage
        if damage is None:
            return
        if damage.index is None or damage.index < len(entries) or not added:
            raise DamageError(
                f"campaign {self._campaign}: {damage.message}",
                "nothing is appended to a damaged record; restore it from a bundle or a copy",
            )
        raise RefusedError(f"this would not verify: {damage.message}", "mend it; nothing was written")


class _Work:
    """Entries being prepared on top of the stored ones."""

    def __init__(
        self, entries: Sequence[Entry], campaign: str, keys: Keyring, clock: Callable[[], datetime]
    ) -> None:
        self.events = [event_of(entry.content) for entry in entries]
        self.added: list[Entry] = []
        self._campaign = campaign
        self._keys = keys
        self._clock = clock
        self._heads = dict(heads(entries))
        self._tree = Tree(entry.hash for entry in entries)

    @property
    def size(self) -> int:
        return len(self.events)

    def add(self, draft: Draft) -> None:
        state = fold(self.events)
        recorded_at = draft.recorded_at or (draft.at if _replayed(state, draft) else self._clock())
        self._refuse_wrong_clock(draft, recorded_at, _replayed(state, draft))
        draft = self._completed(draft, state, recorded_at)
        decide(state, draft)
        head = self._heads.get(draft.writer, Head())
        event: Event[Any] = Event(
            id=f"{draft.writer}-{head.sequence:06d}",
            campaign=self._campaign,
            type=draft.type,
            version=VERSION,
            writer=draft.writer,
            sequence=head.sequence,
            occurred_at=draft.at,
            uncertainty_s=draft.uncertainty_s,
            recorded_at=recorded_at,
            origin=draft.origin,
            source=draft.source,
            cause=(),
            body=draft.body,
        )
        entry = seal(event, self.size, head.prev_hash, self._keys.key(self._campaign, draft.writer))
        self._heads[draft.writer] = Head(head.sequence + 1, content_hash(entry.content))
        self._tree.append(entry.hash)
        self.events.append(event)
        self.added.append(entry)

    def checkpoint(self) -> str:
        """Sign the head of the tree with the key of the log, the ground custodian of entry 0."""
        log_key = self._keys.key(self._campaign, self.events[0].writer)
        return checkpoint.make(self._campaign, self.size, self._tree.root(), log_key)

    def _refuse_wrong_clock(self, draft: Draft, recorded_at: datetime, replayed: bool) -> None:
        """Refuse a recording time ahead of this machine's clock, or behind the log's last entry."""
        where, stated = draft.where or draft.type, format_instant(recorded_at)
        if not replayed and draft.recorded_at is not None and recorded_at > self._clock() + CLOCK_SLACK:
            raise RefusedError(
                f"{where}: recorded at {stated}, but this machine's clock stands at "
                f"{format_instant(self._clock())}",
                "leave `recorded` out, so that this machine's clock counts, or set that clock right",
            )
        if not self.events or draft.writer != self.events[0].writer:
            return
        last = reached(event.recorded_at for event in self.events if event.writer == draft.writer)
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
        if body is None:
            settlement = settlement_of(state, recorded_at)
            if state.contract is None or settlement is None:
                raise RefusedError(f"{draft.where}: nothing to settle", "record contract.signed first")
            body = Settled(state.contract.id, settlement.postings)
        if draft.sign:
            body = self._signed(body, draft, state)
        return replace(draft, body=body)

    def _signed(self, body: Any, draft: Draft, state: Campaign) -> Any:
        root = self._tree.root()
        acts = []
        for person, meaning in draft.sign:
            if person not in state.people:
                raise RefusedError(
                    f"{draft.where}: {person!r} may not sign", "assign the person a role first"
                )
            over = act_hash(body_to_json(body), person, meaning, draft.at, root)
            acts.append(Signature(person, state.people[person].printed_name, draft.at, meaning, over))
        if hasattr(body, "signatures"):
            return replace(body, signatures=tuple(acts))
        if hasattr(body, "signature") and len(acts) == 1:
            return replace(body, signature=acts[0])
        raise InputError(f"{draft.where}: {draft.type} carries no such signatures", "take the signatures out")


def _replayed(state: Campaign, draft: Draft) -> bool:
    """Tell whether a draft's own instant is when it counts as recorded: in replays of the past."""
    if state.opened is not None:
        return state.opened.mode == "replay"
    return draft.origin in ("public", "assumed", "simulated")
