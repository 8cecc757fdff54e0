"""``downmass record`` and ``downmass sign``: entries from a file, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.base.instant import format_instant
from downmass.facts.codec import body_to_json
from downmass.facts.event import Event
from downmass.facts.party import Meaning
from downmass.operations.draft import Draft
from downmass.operations.files import read_text
from downmass.operations.history import read_history
from downmass.operations.opening import is_open, open_campaign
from downmass.operations.peoples_keys import PersonalKeys
from downmass.operations.signing import Ask, SigningSession


def record_file(folder: Path, entries: Path) -> tuple[Event[Any], ...]:
    """Record the entries of a file in an open campaign.

    Raises
    ------
    NotFoundError
        If the campaign is not open, or there is no such file.
    InputError
        If an entry does not fit; the message names file and line, and nothing was written.
    RefusedError
        If a rule does not allow one of them; nothing was written.
    """
    drafts = _drafts(folder, entries)
    with open_campaign(folder) as campaign:
        return campaign.record(drafts)


def sign_file(
    folder: Path, entries: Path, people: Sequence[str], keys: PersonalKeys, ask: Ask
) -> tuple[Event[Any], ...]:
    """Record the entries of a file, each act signed by its people, who are all here.

    Parameters
    ----------
    people
        Who is here to sign; everybody the file asks for, and nobody else.
    ask
        Shows a person what they sign, and returns what they gave.

    Raises
    ------
    RefusedError
        If a person the file asks for is not here, or what somebody gave is wrong (the attempt is then
        on record); nothing of the file was written.
    """
    drafts = _drafts(folder, entries)
    asked = dict.fromkeys(person for draft in drafts for person, _ in draft.sign)
    if not asked:
        raise InputError(f"{entries} asks for no signature", f"record it: downmass record {folder} {entries}")
    absent = [person for person in asked if person not in people]
    if absent:
        raise RefusedError(
            f"{entries} asks for a signature of {absent[0]}, who is not here",
            f"sign together (--as {' --as '.join(asked)}), or each their own entries: a hand-over as "
            "custody.offered and custody.accepted",
        )
    strange = [person for person in people if person not in asked]
    if strange:
        raise InputError(f"{entries} asks for no signature of {strange[0]}", f"leave out --as {strange[0]}")
    told: dict[str, str] = {}

    def shown(draft: Draft, person: str, meaning: Meaning) -> None:
        told[person] = told_act(draft, person, meaning)

    with open_campaign(folder) as campaign:
        session = SigningSession(campaign, keys, ask)
        return campaign.record(drafts, lambda person: session.signer(person, told[person]), shown)


def told_act(draft: Draft, person: str, meaning: Meaning) -> str:
    """Return what a person is about to sign, every field of it, and what the signature says."""
    body = {
        key: value
        for key, value in body_to_json(draft.body).items()
        if key not in ("signature", "signatures")
    }
    fields = "\n".join(f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in body.items())
    return f"{draft.type} of {format_instant(draft.at)}\n{fields}\n  signed by {person}, meaning {meaning}"


def _drafts(folder: Path, entries: Path) -> tuple[Draft, ...]:
    if not is_open(folder):
        raise NotFoundError(f"{folder} has no open campaign", "open it first: downmass init " + str(folder))
    text = read_text(entries, "name a TOML file with [[entry]] tables")
    with open_campaign(folder) as campaign:
        return read_history(text, str(entries), campaign.events()[0].writer)
