"""``downmass record``: entries from a file, all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downmass.base.errors import NotFoundError
from downmass.facts.event import Event
from downmass.operations.files import read_text
from downmass.operations.history import read_history
from downmass.operations.opening import is_open, open_campaign


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
    if not is_open(folder):
        raise NotFoundError(f"{folder} has no open campaign", "open it first: downmass init " + str(folder))
    text = read_text(entries, "name a TOML file with [[entry]] tables")
    with open_campaign(folder) as campaign:
        ground = campaign.events()[0].writer
        return campaign.record(read_history(text, str(entries), ground))
