"""What a store holds of a campaign, held against everything in it that can show it to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from downmass.base.errors import InputError
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.verify import Damage, Verification, verify
from downmass.facts.entry import Entry
from downmass.stores.port import Store, StoredCheckpoint


def audit(
    store: Store, campaign: str, also: Sequence[tuple[str, str]] = ()
) -> tuple[list[Entry], Verification]:
    """Read a campaign from a store and verify all of it.

    Parameters
    ----------
    also
        Checkpoints kept elsewhere that the log must agree with, each with its name in messages.

    Returns
    -------
    entries : list of Entry
    verification : Verification
        Without damage where the entries hold, stand under their own campaign, and agree with
        every checkpoint ever put; an empty log without checkpoints has none either.
    """
    # Checkpoints first: what is appended between the two reads is then not missed as cut off.
    checkpoints = store.checkpoints(campaign)
    entries = store.read(campaign)
    return entries, verify_stored(campaign, entries, checkpoints, also=also)


def verify_stored(
    campaign: str,
    entries: Sequence[Entry],
    checkpoints: Sequence[StoredCheckpoint],
    added: Sequence[Entry] = (),
    also: Sequence[tuple[str, str]] = (),
) -> Verification:
    """Verify stored entries, with others added to their end, against every stored checkpoint.

    Notes
    -----
    Every append brings its checkpoint, so entries without any were tampered with. Entries behind
    the last checkpoint are no damage: ``covered`` tells how many it stands for.
    """
    last = checkpoints[-1].note if checkpoints else None
    named = [(f"stored checkpoint {row.number}", row.note) for row in checkpoints[:-1]]
    found = verify([*entries, *added], last, (*named, *also))
    if found.damage is not None:
        return found
    damage = _filed_wrong(campaign, found) or _rows_fault(checkpoints)
    if damage is None and entries and last is None:
        text = "checkpoint: it is missing, so a tail that was cut off could not be seen"
        damage = Damage("checkpoint", None, None, text)
    return replace(found, damage=damage, covered=0 if damage else found.covered)


def _filed_wrong(campaign: str, found: Verification) -> Damage | None:
    if found.campaign is None or found.campaign == campaign:
        return None
    text = f"entry 0: it is of campaign {found.campaign}, but stored under {campaign}"
    return Damage("entry", 0, None, text)


def _rows_fault(checkpoints: Sequence[StoredCheckpoint]) -> Damage | None:
    """Return what is wrong with checkpoints that hold by themselves: their count, size or order."""
    reached = 1
    for place, row in enumerate(checkpoints):
        name = f"stored checkpoint {row.number}"
        try:
            size = notes.parse(row.note).size
        except InputError as fault:
            return Damage("checkpoint", None, None, f"{name} cannot be read: {fault}")
        if row.number != place:
            return Damage("checkpoint", None, None, f"stored checkpoint {place} is missing")
        if row.size != size:
            text = f"{name} is stored as over {row.size} entries, its note says {size}"
            return Damage("checkpoint", None, None, text)
        if size < reached:
            text = f"{name} covers {size} entries, the one before it {reached}"
            return Damage("checkpoint", None, None, text)
        reached = size
    return None
