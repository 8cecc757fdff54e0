"""Opening a campaign: a folder, a bundle, a dossier, or an example's name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from os.path import realpath
from pathlib import Path
from types import TracebackType
from typing import Any

from downmass.answers.answer import QUESTIONS, Answer
from downmass.answers.ask import answer_question
from downmass.answers.case import Case
from downmass.base.errors import DamageError, DownmassError, InputError, NotFoundError, RefusedError
from downmass.base.ident import slug
from downmass.base.instant import parse_moment
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.bundle import read_bundle, write_bundle
from downmass.disciplines.ledger.dispositions import loose_findings
from downmass.disciplines.ledger.epcis import epcis_document
from downmass.disciplines.ledger.keys import Signer, public_key_text
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.ledger.verify import Verification, verify
from downmass.facts.campaign import Campaign, fold
from downmass.facts.entry import Entry
from downmass.facts.event import CampaignOpened, Event, PersonEnrolled, WriterEnrolled
from downmass.facts.finding import Finding
from downmass.operations.clocks import arrivals
from downmass.operations.copying import own_copy
from downmass.operations.desk import Desk, Shown
from downmass.operations.draft import Draft
from downmass.operations.files import LEDGER as LEDGER
from downmass.operations.files import read_text, write_whole
from downmass.operations.history import read_history
from downmass.operations.keys import ExampleKeys, Keyring, keys_of_this_machine
from downmass.operations.knowledge import TEMPLATES, data_text, example_folder, knowledge
from downmass.operations.promise import load_document, read_promise
from downmass.operations.promised_people import UNKNOWN_KEY
from downmass.stores.audit import audit
from downmass.stores.memory import MemoryStore
from downmass.stores.port import Store
from downmass.stores.sqlite import SqliteStore

FLOWN = "devices/world.json"
"""What a simulated flight leaves in its folder."""

SAMPLES = 10_000
"""Futures an answer is computed from."""


@dataclass
class OpenCampaign:
    """A campaign that can be asked, exported and written to.

    Examples
    --------
    >>> with open_campaign("w1") as campaign:
    ...     campaign.state("2023-06-12").stage
    'launched'
    """

    id: str
    place: str
    store: Store
    keys: Keyring
    kept: bool = True
    _read: tuple[tuple[Entry, ...], tuple[Event[Any], ...]] | None = field(default=None, repr=False)
    _cases: dict[tuple[datetime, int | None, int], Case] = field(default_factory=dict, repr=False)

    def __enter__(self) -> OpenCampaign:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def entries(self, as_of: datetime | str | None = None) -> tuple[Entry, ...]:
        """Return the entries known by a moment: the longest part of the log recorded by then."""
        return self._known(as_of)[0]

    def events(self, as_of: datetime | str | None = None) -> tuple[Event[Any], ...]:
        """Return the events known by a moment, in order of arrival."""
        return self._known(as_of)[1]

    def state(self, as_of: datetime | str | None = None) -> Campaign:
        """Return the campaign as it was known at a moment."""
        return fold(self.events(as_of))

    def ask(
        self, question: str, as_of: datetime | str | None = None, seed: int | None = None, **options: Any
    ) -> Answer:
        """Ask one of the nine questions as of a moment.

        Raises
        ------
        InputError
            If there is no such question, or the moment is no moment.
        """
        return answer_question(question, self.case(as_of, seed), options)

    def ask_all(self, as_of: datetime | str | None = None, seed: int | None = None) -> list[Answer]:
        """Ask all nine questions as of a moment."""
        case = self.case(as_of, seed)
        return [answer_question(question, case, {}) for question in QUESTIONS]

    def record(
        self,
        drafts: Sequence[Draft],
        people: Callable[[str], Signer | None] = lambda person: None,
        shown: Shown = lambda draft, person, meaning: None,
    ) -> tuple[Event[Any], ...]:
        """Decide on drafts, sign them and append all of them or none.

        Parameters
        ----------
        people
            Gives what signs for a person; nothing does where left out.
        shown
            Told of each act, its person and meaning, before that person signs it.

        Raises
        ------
        RefusedError
            If the campaign was opened from a bundle or is not open yet: nothing would be kept.
        """
        if not self.kept:
            raise RefusedError(
                f"the campaign in {self.place} is not open: what is recorded here would be lost",
                f"open it first: downmass init {self.place}",
            )
        if Path(self.place).is_file():
            raise RefusedError(
                f"{self.place} is a bundle: what is recorded here would be lost",
                "record in the campaign's folder",
            )
        if isinstance(self.store, SqliteStore) and self.store.read_only:
            self.store = self.store.for_writing()
        events = Desk(self.store, self.id, self.keys, people=people, shown=shown).record(drafts)
        self._read = None
        return events

    def checkpoint(self, as_of: datetime | str | None = None) -> str | None:
        """Return the log's signed checkpoint over what was known by a moment.

        The stored checkpoint covers the whole log. For a part of it the one put when the log was
        that long is taken, or a new one is signed, which only the holder of the log's key can do.

        Raises
        ------
        DamageError
            If the log does not agree with its stored checkpoints; nothing is signed.
        RefusedError
            If a new one is needed and the key is not here, or no stored one reaches that far.
        """
        entries = self.entries(as_of)
        if not entries:
            return None
        stored = self.store.checkpoints(self.id)
        for row in reversed(stored):
            if row.size == len(entries):
                return row.note
        covered = max((row.size for row in stored), default=0)
        if len(entries) > covered:
            # Signing these here would vouch for whatever is left of a log whose end was cut off.
            raise RefusedError(
                f"no signed checkpoint covers the entries of campaign {self.id} from {covered} on",
                "record an entry where the log's key is: its checkpoint covers all before it",
            )
        founding = event_of(entries[0].content)
        key = self.keys.key(self.id, founding.writer)
        if public_key_text(key) not in {
            event.body.public_key for event in self.events(as_of) if isinstance(event.body, WriterEnrolled)
        }:
            raise RefusedError(
                f"only the holder of the log's key can sign a part of campaign {self.id}",
                "take the whole of it, or ask the folder on the machine that keeps the key",
            )
        return notes.make(self.id, len(entries), Tree(entry.hash for entry in entries).root(), key)

    def bundle(self, as_of: datetime | str | None = None) -> bytes:
        """Return the bundle of what was known by a moment."""
        note = self.checkpoint(as_of)
        if note is None:
            raise NotFoundError(f"campaign {self.id} has no entries", "record something first")
        return write_bundle(self.entries(as_of), note)

    def verify(self, as_of: datetime | str | None = None) -> Verification:
        """Recompute everything known by a moment from its stored bytes."""
        return verify(self.entries(as_of), self.checkpoint(as_of))

    def loose(self, as_of: datetime | str | None = None) -> tuple[Finding, ...]:
        """Return a finding for every person's signature known by a moment that does not fit its place."""
        return loose_findings(self.entries(as_of))

    def epcis(self, as_of: datetime | str | None = None) -> bytes:
        """Return the custody story as an EPCIS 2.0 document."""
        return json.dumps(
            epcis_document(self.state(as_of), recorded=self.events(as_of)), indent=2, ensure_ascii=False
        ).encode()

    def _all(self) -> tuple[tuple[Entry, ...], tuple[Event[Any], ...]]:
        if self._read is None:
            entries, found = audit(self.store, self.id)
            if found.damage is not None:
                raise DamageError(
                    f"{self.place}: {found.damage.message}",
                    "nothing is answered from a damaged record; restore it from a bundle or a copy",
                )
            self._read = tuple(entries), tuple(event_of(entry.content) for entry in entries)
        return self._read

    def _known(self, as_of: datetime | str | None) -> tuple[tuple[Entry, ...], tuple[Event[Any], ...]]:
        entries, events = self._all()
        if as_of is None:
            return entries, events
        moment = parse_moment(as_of) if isinstance(as_of, str) else as_of
        known_at = arrivals(events)
        size = next((n for n, at in enumerate(known_at) if at > moment), len(events))
        return entries[:size], events[:size]

    def case(self, as_of: datetime | str | None = None, seed: int | None = None) -> Case:
        """Return what an answer as of a moment is computed from."""
        moment = self._moment(as_of)
        entries, events = self._known(moment)
        key = (moment, seed, len(entries))
        if key in self._cases:
            return self._cases[key]
        campaign = fold(events)
        self._cases[key] = case = Case(
            campaign=campaign,
            knowledge=knowledge(),
            as_of=moment,
            seed=seed if seed is not None else (campaign.opened.seed if campaign.opened else 0),
            samples=SAMPLES,
            versions=(*((name, version(name)) for name in ("downmass", "numpy", "ortools", "sgp4")),),
            loose=loose_findings(entries),
            hashes={event.id: entry.hash.hex()[:12] for entry, event in zip(entries, events, strict=True)},
        )
        return case

    def _moment(self, as_of: datetime | str | None) -> datetime:
        if isinstance(as_of, str):
            return parse_moment(as_of)
        if as_of is not None:
            return as_of
        _, events = self._all()
        opened = next((e.body for e in events if e.type == "campaign.opened"), None)
        if opened is not None and getattr(opened, "mode", "live") == "replay":
            return arrivals(events)[-1]
        return datetime.now(UTC).replace(microsecond=0)


def open_campaign(place: str | Path) -> OpenCampaign:
    """Open a campaign folder, a bundle, a dossier, or an example by name.

    A folder with a ``ledger.db`` is opened on it. A folder with a ``history.toml`` and no ledger
    is replayed into memory with published example keys. A folder with a ``campaign.toml`` alone
    is held in memory, to be asked before it is opened for good by :func:`init_campaign`.

    Raises
    ------
    NotFoundError
        If there is nothing of that name.
    DamageError
        If a bundle or dossier is damaged.
    """
    path = Path(place)
    if path.is_file():
        return _open_file(path)
    if not path.is_dir():
        if re.fullmatch(r"[a-z0-9_-]+", str(place)):
            return open_campaign(example_folder(str(place)))
        raise NotFoundError(f"no campaign at {place}", "`downmass init FOLDER` makes one")
    if (path / LEDGER).is_file():
        store = SqliteStore(path / LEDGER, read_only=True)
        try:
            id = _campaign_in(store, path)
        except BaseException:
            store.close()
            raise
        if id is not None:
            return OpenCampaign(id, str(place), store, _keys(path))
        store.close()
    if not (path / "campaign.toml").is_file():
        raise NotFoundError(f"{path} has no campaign.toml", "`downmass init FOLDER` makes a complete one")
    if (path / "history.toml").is_file():
        return replay(path)
    return _preview(path)


def _campaign_in(store: Store, path: Path) -> str | None:
    """Return the one campaign of a folder's ledger, none where it is empty; refuse any other."""
    strange = strangers(store, path)
    if strange is not None:
        raise DamageError(strange, "take the ledger.db this folder had, from a copy")
    return next(iter(store.campaigns()), None)


def strangers(store: Store, path: Path) -> str | None:
    """Tell what a folder's ledger holds that is not of the campaign its document names, if anything."""
    held = store.campaigns()
    try:
        own = campaign_id(path)
    except DownmassError:
        own = held[0] if held else ""  # without a document that can be read, the record counts alone
    if not held or held == [own]:
        return None
    return f"{path / LEDGER} holds campaigns {', '.join(held)}; a folder holds one, and this one is of {own}"


def _keys(path: Path) -> Keyring:
    """Return the keys of a folder: published ones where it was replayed or flown, else this machine's."""
    simulated = (path / "history.toml").is_file() or (path / FLOWN).is_file()
    return ExampleKeys() if simulated else keys_of_this_machine()


def replay(path: Path, store: Store | None = None) -> OpenCampaign:
    """Replay a dated history on top of its promise, into memory or a store, with published keys."""
    opening = read_promise(_text(path / "campaign.toml"), data_text(TEMPLATES), str(path / "campaign.toml"))
    history = read_history(_text(path / "history.toml"), str(path / "history.toml"), opening[0].writer)
    id = campaign_id(path)
    campaign = OpenCampaign(id, str(path), store or MemoryStore(), ExampleKeys())
    campaign.record([*opening, *history])
    return campaign


def _preview(path: Path) -> OpenCampaign:
    """Hold a folder that was not opened yet in memory: it can be asked, nothing is signed for good."""
    campaign = OpenCampaign(campaign_id(path), str(path), MemoryStore(), ExampleKeys())
    campaign.record(_opening_now(path))
    campaign.kept = False
    return campaign


def _opening_now(path: Path) -> list[Draft]:
    """Return the opening entries, recorded now; those of a replay count as recorded when they say."""
    now = datetime.now(UTC).replace(microsecond=0)
    opening = read_promise(_text(path / "campaign.toml"), data_text(TEMPLATES), str(path / "campaign.toml"))
    if any(isinstance(draft.body, CampaignOpened) and draft.body.mode == "replay" for draft in opening):
        return list(opening)
    return [replace(draft, recorded_at=now, at=min(draft.at, now)) for draft in opening]


def campaign_id(path: Path) -> str:
    """Return the id a campaign folder's document gives."""
    name = str(path / "campaign.toml")
    head = load_document(_text(path / "campaign.toml"), name).get("campaign")
    try:
        return slug(str(head.get("id", "")) if isinstance(head, dict) else "")
    except InputError as fault:
        raise InputError(f"{name} [campaign] id: {fault}", fault.remedy) from None


def _open_file(path: Path) -> OpenCampaign:
    data = path.read_bytes()
    if data.lstrip()[:1] == b"<":
        raise InputError(
            f"{path} is a dossier", "`downmass verify` reads it; questions take its bundle or folder"
        )
    bundle = read_bundle(data)
    store = MemoryStore()
    store.append(bundle.campaign, list(bundle.entries), expected_size=0)
    store.put_checkpoint(bundle.campaign, bundle.checkpoint, len(bundle.entries))
    return OpenCampaign(bundle.campaign, str(path), store, ExampleKeys())


def _text(path: Path) -> str:
    return read_text(path, "`downmass init FOLDER` makes a complete folder")


def init_campaign(folder: Path, example: str, id: str | None) -> list[str]:
    """Make a campaign folder from an example; a second time, open it: make keys and sign the promise.

    Returns
    -------
    list of str
        What was done and what to do next.

    Raises
    ------
    RefusedError
        If the folder's campaign is open already; nothing is overwritten.

    Notes
    -----
    A campaign is open once its ledger has an entry. Whatever stops an opening before that, the
    command can be given again: keys made for the empty ledger are used.
    """
    if is_open(folder):
        raise RefusedError(f"the campaign in {folder} is open already", "choose another folder")
    if (folder / "campaign.toml").exists():
        return _open_for_good(folder)
    source = example_folder(example)
    name = slug(id or Path(realpath(folder)).name.lower())
    text = own_copy(_text(source / "campaign.toml"), name, datetime.now(UTC))
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    write_whole(folder / "campaign.toml", text.encode())
    return [
        f"made {folder / 'campaign.toml'} from the example {example}: edit what is promised",
        f"downmass check {folder}    reads it and names what does not fit",
        f"downmass init {folder}     then opens the campaign: keys are made, the promise is signed",
    ]


def is_open(folder: Path) -> bool:
    """Tell whether a folder's campaign is open: its ledger has an entry."""
    path = folder / LEDGER
    if not path.is_file() or not path.stat().st_size:
        return False
    with SqliteStore(path) as store:
        return bool(store.campaigns())


def _refuse_published_keys(folder: Path, opening: Sequence[Draft]) -> None:
    """Refuse, before anything is made, to keep a record whose people sign with keys anyone can derive."""
    if any(isinstance(draft.body, PersonEnrolled) for draft in opening):
        raise RefusedError(
            f"people of {folder} sign with published keys, which only an example has",
            f"ask it as it is (downmass when {folder}); for a campaign of your own take the keys, signatures "
            'and [control] out and write mode = "live"',
        )


def _open_for_good(folder: Path) -> list[str]:
    opening = _opening_now(folder)
    _refuse_published_keys(folder, opening)
    name = campaign_id(folder)
    keys = keys_of_this_machine()
    OpenCampaign(name, str(folder), MemoryStore(), ExampleKeys()).record(opening)
    enrolled = [draft.body for draft in opening if isinstance(draft.body, WriterEnrolled)]
    writers = [body.writer for body in enrolled if body.public_key == UNKNOWN_KEY]
    begun = (folder / LEDGER).exists()
    if not begun:
        keys.refuse_existing(name, writers)
    with OpenCampaign(name, str(folder), SqliteStore(folder / LEDGER), keys) as campaign:
        for writer in writers:
            if not (begun and keys.has(name, writer)):
                keys.create(name, writer)
        events = campaign.record(opening)
    return [
        f"campaign {name} is open: {len(events)} entries signed into {folder / LEDGER}",
        f"keys of its writers lie in {keys.folder}; they are not in the campaign folder",
    ]
