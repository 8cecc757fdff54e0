"""A fleet: one document flown several times, each batch later than the one before and citing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from downmass.base.errors import InputError
from downmass.base.instant import format_instant, parse_instant
from downmass.facts.event import CampaignOpened
from downmass.operations.files import read_text, write_whole
from downmass.operations.flight.fly import SCRIPT, Flight, Flown
from downmass.operations.knowledge import TEMPLATES, data_text, example_folder
from downmass.operations.promise import read_promise

CAMPAIGN = "campaign.toml"

SPACING = timedelta(days=63)
"""How much later each batch of a fleet is than the one before, unless told otherwise."""

INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
OWN_ID = re.compile(r'^(\[campaign\]\n(?:(?!\[).*\n)*?id = ")([^"]*)"', re.MULTILINE)


def fleet_folders(example: str, out: Path, count: int, spacing: timedelta = SPACING) -> tuple[Path, ...]:
    """Make the folders of a fleet from one example: each with its own id, every date moved.

    Parameters
    ----------
    spacing
        How much later each batch is than the one before: every instant in both documents moves.

    Returns
    -------
    tuple of Path
        ``out/EXAMPLE-1`` and on; one that is there already stays as it is.

    Raises
    ------
    InputError
        If the count is less than one, or the example has no flight script.
    """
    if count < 1:
        raise InputError(f"a fleet of {count}", "fly at least one")
    if spacing < timedelta():
        raise InputError(f"batches {spacing.days} days apart", "let each come after the one before")
    source = Path(example) if Path(example).is_dir() else example_folder(example)
    if not (source / SCRIPT).is_file():
        raise InputError(f"{example} has no {SCRIPT}", "fly an example that has one: crystal, zblan")
    made = []
    for number in range(1, count + 1):
        folder = out / f"{source.name}-{number}"
        later = (number - 1) * spacing
        if not (folder / CAMPAIGN).exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / SCRIPT, moved(read_text(source / SCRIPT), later).encode())
            own = moved(read_text(source / CAMPAIGN), later)
            named, found = OWN_ID.subn(rf'\g<1>\g<2>-{number}"', own)
            if found != 1:
                raise InputError(f"{source / CAMPAIGN}: the [campaign] has no plain id", 'write id = "..."')
            write_whole(folder / CAMPAIGN, named.encode())
        made.append(folder)
    return tuple(made)


def moved(text: str, later: timedelta) -> str:
    """Return a document with every instant in it later by a span.

    Examples
    --------
    >>> moved("opened = 2026-02-27T09:00:00Z", timedelta(days=2))
    'opened = 2026-03-01T09:00:00Z'
    """
    if not later:
        return text
    return INSTANT.sub(lambda found: format_instant(parse_instant(found.group()) + later), text)


def fly_fleet(
    example: str, out: Path, count: int, seed: int | None = None, spacing: timedelta = SPACING
) -> Iterator[Flown]:
    """Fly the batches of a fleet one after another, yielding what came of each.

    Parameters
    ----------
    seed
        Seed of the first batch; the n-th is flown with n - 1 more. The example's own where left out.

    Notes
    -----
    Each batch is flown to its end before the next begins. From the second on, the acts of the script
    that search sister batches and cite earlier ones do so over the folders flown before; what those
    hold is read as it is then, and its root recorded.
    """
    folders = fleet_folders(example, out, count, spacing)
    first = _seed(folders[0]) if seed is None else seed
    for number, folder in enumerate(folders):
        flight = Flight(folder, first + number, earlier=folders[:number])
        try:
            for _ in flight.fly():
                pass
            yield flight.flown()
        finally:
            flight.close()


def _seed(folder: Path) -> int:
    drafts = read_promise(read_text(folder / CAMPAIGN), data_text(TEMPLATES), str(folder / CAMPAIGN))
    return next(draft.body.seed for draft in drafts if isinstance(draft.body, CampaignOpened))
