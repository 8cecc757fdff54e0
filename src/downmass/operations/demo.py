"""The story that must always work: replay or fly an example, ask it at moments, keep what came of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from downmass.answers.answer import QUESTIONS, Answer
from downmass.answers.hindsight import Hindsight, hindsight, marked
from downmass.base.canon import sha256
from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.verify import Verification
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, Landed, Launched, PhaseMoved
from downmass.operations.files import DOCUMENTS, LEDGER, LEDGER_FILES, read_text, write_whole
from downmass.operations.flight.fly import SCRIPT, Flight
from downmass.operations.flight.told import FaultTold, tell_faults
from downmass.operations.history import read_history
from downmass.operations.knowledge import TEMPLATES, data_text, example_folder
from downmass.operations.opening import OpenCampaign, is_open, open_campaign, replay
from downmass.operations.promise import load_document, read_promise
from downmass.stores.sqlite import SqliteStore

MARK = "replay.json"
"""What a demo leaves in the folder it made, to know it again."""

FLOWN_FOLDERS = ("devices", "inbox")
"""What a flight keeps beside its ledger."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of the story: its answers, and the entries that became known since the one before."""

    label: str
    as_of: str
    answers: tuple[Answer, ...]
    news: tuple[Event[object], ...]
    hindsight: Hindsight | None


@dataclass(frozen=True, slots=True)
class Demo:
    """A told story and what it left behind."""

    campaign: Campaign
    folder: Path
    moments: tuple[Moment, ...]
    bundle: bytes
    epcis: bytes
    verification: Verification
    faults: tuple[FaultTold, ...] = ()


def run_demo(example: str, out: Path, tell: Callable[[str], None]) -> Demo:
    """Replay or fly an example into a ledger on disk and ask it the nine questions at its moments.

    Parameters
    ----------
    out
        Folder to write to; a folder of the example's name inside is made anew.
    tell
        Called with what is about to be done.

    Raises
    ------
    NotFoundError
        If there is no such example, or it has neither history nor flight.
    RefusedError
        If the folder to be made anew holds something that is no replay or flight of an example.
    """
    source = example_folder(example)
    flown = (source / SCRIPT).is_file()
    if not flown and not (source / "history.toml").is_file():
        raise NotFoundError(
            f"{example} has no history to replay and no flight", f"ask it as it is: downmass when {example}"
        )
    folder = out / example
    _clear(folder, source)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _documents(source):
        shutil.copy(source / name, folder / name)
    return _flown(example, folder, tell) if flown else _replayed(example, folder, tell)


def _replayed(example: str, folder: Path, tell: Callable[[str], None]) -> Demo:
    tell(f"replaying {example} into {folder / LEDGER}: every entry decided, signed, appended")
    with replay(folder, SqliteStore(folder / LEDGER)) as campaign:
        _mark(folder, len(campaign.entries()))
        landed = campaign.state().last(Landed)
        moments = _asked(campaign, _moments(folder), landed.occurred_at if landed else None, tell)
        return _told(campaign, folder, moments, (), tell)


def _flown(example: str, folder: Path, tell: Callable[[str], None]) -> Demo:
    tell(f"flying {example} into {folder / LEDGER}: executive on board, control on the ground")
    flight = Flight(folder)
    try:
        for _ in flight.fly():
            pass
        faults = flight.faults()
    finally:
        flight.close()
    with open_campaign(folder) as campaign:
        _mark(folder, len(campaign.entries()))
        told: list[FaultTold] = []
        for fault, lasts in faults:
            tell(f"asking before, during and after: {fault.text}")
            told.extend(tell_faults(campaign, [(fault, lasts)]))
        moments = _asked(campaign, _stages(campaign), None, tell)
        return _told(campaign, folder, moments, tuple(told), tell)


def _stages(campaign: OpenCampaign) -> list[tuple[str, str]]:
    """Return the moments a flown campaign is asked at: launch, the product made, the end."""
    state = campaign.state()
    ends = state.recorded_until
    made = [e.occurred_at for e in state.all(PhaseMoved) if e.body.state == "complete"]
    launched = state.last(Launched)
    told = (
        ("launch", launched.occurred_at if launched else None),
        ("the product made", max(made) + timedelta(days=1) if made else None),
        ("the end", ends + timedelta(seconds=1) if ends else None),
    )
    return [(label, format_instant(at.replace(microsecond=0))) for label, at in told if at is not None]


def _asked(
    campaign: OpenCampaign,
    stages: Sequence[tuple[str, str]],
    actual: datetime | None,
    tell: Callable[[str], None],
) -> tuple[Moment, ...]:
    moments: list[Moment] = []
    seen = 0
    for label, as_of in stages:
        events = campaign.events(as_of)
        answers = []
        judged = hindsight(campaign.case(as_of), actual) if actual else None
        for question in QUESTIONS:
            tell(f"asking as of {as_of} ({label}): {question}")
            answer = campaign.ask(question, as_of)
            answers.append(marked(answer, actual, judged) if actual else answer)
        moments.append(Moment(label, as_of, tuple(answers), events[seen:], judged))
        seen = len(events)
    return tuple(moments)


def _told(
    campaign: OpenCampaign,
    folder: Path,
    moments: tuple[Moment, ...],
    faults: tuple[FaultTold, ...],
    tell: Callable[[str], None],
) -> Demo:
    tell("verifying every entry from its stored bytes")
    return Demo(
        campaign.state(), folder, moments, campaign.bundle(), campaign.epcis(), campaign.verify(), faults
    )


def _documents(source: Path) -> list[str]:
    return [name for name in DOCUMENTS if (source / name).is_file()]


def _moments(folder: Path) -> list[tuple[str, str]]:
    document = load_document(read_text(folder / "history.toml"), str(folder / "history.toml"))
    moments = [(str(row["label"]), str(row["as_of"])) for row in document.get("moments", [])]
    if not moments:
        raise InputError(f"{folder / 'history.toml'} names no moments", "add moments = [{ label, as_of }]")
    return moments


def _mark(folder: Path, entries: int) -> None:
    """Leave beside a replay what it was made from, so that a later version may make it anew."""
    told = {name: sha256((folder / name).read_bytes()).hex() for name in _documents(folder)}
    text = json.dumps({"made by": "downmass demo", "documents": told, "entries": entries}, indent=2)
    write_whole(folder / MARK, (text + "\n").encode())


def _clear(folder: Path, source: Path) -> None:
    """Make way for a fresh replay; refuse where the folder holds anything but an untouched one."""
    if not folder.exists():
        return
    found = {path.name for path in folder.iterdir()}
    strange = found - {*DOCUMENTS, *LEDGER_FILES, *FLOWN_FOLDERS, MARK}
    told, entries = _marked(folder, source)
    edited = [
        name
        for name in {*_documents(source), *(found & set(DOCUMENTS))}
        if (name in found or LEDGER in found)
        and (name not in found or sha256((folder / name).read_bytes()).hex() != told.get(name))
    ]
    if strange or edited or _recorded(folder) > entries:
        raise RefusedError(
            f"{folder} holds more than a replay of an example",
            "name another folder with --out; nothing was touched",
        )
    for name in LEDGER_FILES:
        (folder / name).unlink(missing_ok=True)
    for name in FLOWN_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)


def _marked(folder: Path, source: Path) -> tuple[dict[str, str], int]:
    """Return the digests of a replay's documents and its number of entries, as its mark has them.

    Without a mark, as where the replay was cut off, the example as it is now is the measure.
    """
    if (folder / MARK).is_file():
        try:
            mark = json.loads(read_text(folder / MARK))
            return dict(mark["documents"]), int(mark["entries"])
        except (ValueError, KeyError, TypeError):
            raise RefusedError(
                f"{folder / MARK} is not as it was written", "name another folder with --out"
            ) from None
    told = {name: sha256((source / name).read_bytes()).hex() for name in _documents(source)}
    if (source / SCRIPT).is_file():
        return told, sys.maxsize  # a flight that was cut off may stand anywhere
    opening = read_promise(read_text(source / "campaign.toml"), data_text(TEMPLATES))
    return told, len(opening) + len(read_history(read_text(source / "history.toml")))


def _recorded(folder: Path) -> int:
    if not is_open(folder):
        return 0
    with SqliteStore(folder / LEDGER) as store:
        return sum(store.head(campaign) for campaign in store.campaigns())
