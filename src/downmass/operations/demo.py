"""The story that must always work: replay an example, ask it at three moments, keep what came of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from downmass.answers.answer import QUESTIONS, Answer
from downmass.answers.hindsight import Hindsight, hindsight, marked
from downmass.base.canon import sha256
from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.disciplines.ledger.verify import Verification
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event, Landed
from downmass.operations.files import DOCUMENTS, LEDGER, LEDGER_FILES, read_text, write_whole
from downmass.operations.history import read_history
from downmass.operations.knowledge import TEMPLATES, data_text, example_folder
from downmass.operations.opening import is_open, replay
from downmass.operations.promise import load_document, read_promise
from downmass.stores.sqlite import SqliteStore

MARK = "replay.json"
"""What a demo leaves in the folder it made, to know it again."""


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


def run_demo(example: str, out: Path, tell: Callable[[str], None]) -> Demo:
    """Replay an example into a ledger on disk and ask it the nine questions at each of its moments.

    Parameters
    ----------
    out
        Folder to write to; a folder of the example's name inside is made anew.
    tell
        Called with what is about to be done.

    Raises
    ------
    NotFoundError
        If there is no such example, or it has no history.
    RefusedError
        If the folder to be made anew holds something that is no replay of an example.
    """
    source = example_folder(example)
    if not (source / "history.toml").is_file():
        raise NotFoundError(
            f"{example} has no history to replay", f"ask it as it is: downmass when {example}"
        )
    folder = out / example
    _clear(folder, source)
    folder.mkdir(parents=True, exist_ok=True)
    for name in DOCUMENTS:
        shutil.copy(source / name, folder / name)
    tell(f"replaying {example} into {folder / LEDGER}: every entry decided, signed, appended")
    with replay(folder, SqliteStore(folder / LEDGER)) as campaign:
        _mark(folder, len(campaign.entries()))
        landed = campaign.state().last(Landed)
        actual = landed.occurred_at if landed else None
        moments: list[Moment] = []
        seen = 0
        for label, as_of in _moments(folder):
            events = campaign.events(as_of)
            answers = []
            case = campaign.case(as_of)
            judged = hindsight(case, actual) if actual else None
            for question in QUESTIONS:
                tell(f"asking as of {as_of} ({label}): {question}")
                answer = campaign.ask(question, as_of)
                answers.append(marked(answer, actual, judged) if actual else answer)
            moments.append(Moment(label, as_of, tuple(answers), events[seen:], judged))
            seen = len(events)
        tell("verifying every entry from its stored bytes")
        return Demo(
            campaign.state(), folder, tuple(moments), campaign.bundle(), campaign.epcis(), campaign.verify()
        )


def _moments(folder: Path) -> list[tuple[str, str]]:
    document = load_document(read_text(folder / "history.toml"), str(folder / "history.toml"))
    moments = [(str(row["label"]), str(row["as_of"])) for row in document.get("moments", [])]
    if not moments:
        raise InputError(f"{folder / 'history.toml'} names no moments", "add moments = [{ label, as_of }]")
    return moments


def _mark(folder: Path, entries: int) -> None:
    """Leave beside a replay what it was made from, so that a later version may make it anew."""
    told = {name: sha256((folder / name).read_bytes()).hex() for name in DOCUMENTS}
    text = json.dumps({"made by": "downmass demo", "documents": told, "entries": entries}, indent=2)
    write_whole(folder / MARK, (text + "\n").encode())


def _clear(folder: Path, source: Path) -> None:
    """Make way for a fresh replay; refuse where the folder holds anything but an untouched one."""
    if not folder.exists():
        return
    found = {path.name for path in folder.iterdir()}
    strange = found - {*DOCUMENTS, *LEDGER_FILES, MARK}
    told, entries = _marked(folder, source)
    edited = [
        name
        for name in DOCUMENTS
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
    opening = read_promise(read_text(source / "campaign.toml"), data_text(TEMPLATES))
    history = read_history(read_text(source / "history.toml"))
    return {name: sha256((source / name).read_bytes()).hex() for name in DOCUMENTS}, len(opening) + len(
        history
    )


def _recorded(folder: Path) -> int:
    if not is_open(folder):
        return 0
    with SqliteStore(folder / LEDGER) as store:
        return sum(store.head(campaign) for campaign in store.campaigns())
