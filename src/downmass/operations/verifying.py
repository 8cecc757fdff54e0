"""``downmass verify``: bundles and campaign folders, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from downmass.base.errors import DamageError, InputError, NotFoundError
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.disciplines.ledger.dispositions import loose_findings
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.verify import Damage, Verification, verify
from downmass.facts.entry import Entry
from downmass.facts.finding import Finding
from downmass.operations.clocks import clock_findings
from downmass.operations.opening import strangers
from downmass.stores.audit import audit
from downmass.stores.sqlite import SqliteStore

KEPT = "the kept checkpoint"


@dataclass(frozen=True, slots=True)
class Outside:
    """What the person who verifies holds that the log's owner could not change.

    Attributes
    ----------
    kept
        A checkpoint of the log put aside earlier; the log must still agree with it.
    witnesses
        Verifier keys (``name+id+base64``) that must have signed the log's checkpoint or the kept one.
    """

    kept: str | None = None
    witnesses: tuple[str, ...] = ()

    @property
    def also(self) -> tuple[tuple[str, str], ...]:
        """The kept checkpoint with its name in messages."""
        return () if self.kept is None else ((KEPT, self.kept),)

    def witnessed(self, note: str | None) -> tuple[tuple[str, int], ...]:
        """Return each witness's name and how many entries it signed for; 0 where it signed neither."""
        held = [one for one in (note, self.kept) if one is not None]
        return tuple(
            (
                key.partition("+")[0],
                max((notes.parse(one).size for one in held if notes.signed_by(one, key)), default=0),
            )
            for key in self.witnesses
        )


def outside(name: str | None, content: bytes | None, witnesses: Sequence[str]) -> Outside:
    """Read what a person holds from outside: a kept checkpoint, or the one in a kept bundle.

    Raises
    ------
    InputError
        If it is neither, or a witness's key cannot be read.
    """
    kept = None
    if content is not None:
        try:
            kept = read_bundle(content).checkpoint if content[:1] == b"{" else content.decode("utf-8")
            notes.parse(kept)
        except (InputError, DamageError, UnicodeDecodeError) as fault:
            raise InputError(
                f"{name} is no checkpoint: {fault}", "give a signed note, or a bundle kept from earlier"
            ) from None
    for key in witnesses:
        notes.signed_by(kept or "", key)
    return Outside(kept, tuple(witnesses))


NOTHING = Outside()


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found, as text and as JSON.

    Attributes
    ----------
    loose
        Signatures of people that do not fit where they stand.
    notes
        What is strange and no damage: clocks that stood ahead.
    witnessed
        Witnesses that should have signed, and for how many entries they did.
    outside
        What the log was held against from outside.
    others
        Reports on further logs in the same ledger, where there should be one.
    """

    target: str
    verification: Verification
    loose: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    witnessed: tuple[tuple[str, int], ...] = ()
    outside: Outside = NOTHING
    others: tuple[Report, ...] = ()

    @property
    def good(self) -> bool:
        alone = self.verification.damage is None and not self.loose
        return (
            alone and all(size for _, size in self.witnessed) and all(report.good for report in self.others)
        )

    @property
    def text(self) -> str:
        return "\n".join([*self._lines(), *(line for report in self.others for line in report._lines())])

    def _lines(self) -> list[str]:
        found = self.verification
        if found.damage is not None:
            before = f"{found.size} entries before it hold"
            if found.damage.part != "entry":
                before = f"{found.size} entries hold by themselves"
            return [f"DAMAGED: {self.target}: {found.damage.message}", before]
        head = "verified" if self.good else "NOT VERIFIED"
        lines = [
            f"{head}: {self.target}: {found.size} entries of campaign {found.campaign}",
            f"every hash, writer's chain, signature and the tree recomputed; root {found.root.hex()[:16]}...",
            f"a signed checkpoint covers {found.covered} of them",
            *self._kept_lines(),
        ]
        lines += [f"LOOSE SIGNATURE: {finding.subject}: {finding.message}" for finding in self.loose]
        if not self.loose:
            lines.append(
                "every person's signature is over the content and the record it stands under, and by the key "
                "in force for them where they enrolled one"
            )
        return lines + [f"note: {finding.subject}: {finding.message}" for finding in self.notes]

    def _kept_lines(self) -> list[str]:
        lines = []
        if self.outside.kept is None:
            lines.append(
                "entries cut off after this checkpoint, or a rewriting with the log's key, show only "
                "against one kept elsewhere: --checkpoint FILE"
            )
        else:
            size = notes.parse(self.outside.kept).size
            lines.append(f"it agrees with the kept checkpoint, made when it had {size} entries")
        for name, signed in self.witnessed:
            lines.append(
                f"witness {name} signed for {signed} entries" if signed else f"NOT SIGNED by witness {name}"
            )
        return lines

    def to_json(self) -> dict[str, Any]:
        found = self.verification
        damage = found.damage
        kept = self.outside.kept
        return {
            "target": self.target,
            "good": self.good,
            "campaign": found.campaign,
            "size": found.size,
            "covered": found.covered,
            "kept_size": None if kept is None else notes.parse(kept).size,
            "root": found.root.hex(),
            "damage": None
            if damage is None
            else {"part": damage.part, "index": damage.index, "id": damage.id, "message": damage.message},
            "loose_signatures": [finding.subject for finding in self.loose],
            "clocks_ahead": [finding.subject for finding in self.notes],
            "witnesses": dict(self.witnessed),
            "others": [report.to_json() for report in self.others],
        }


def verify_bytes(name: str, data: bytes, held: Outside = NOTHING) -> Report:
    """Verify a bundle byte by byte, then every person's signature in it."""
    verification = verify_bundle(data)
    if verification.damage is not None:
        return Report(name, verification, (), outside=held)
    bundle = read_bundle(data)
    if held.kept is not None:
        verification = verify(bundle.entries, bundle.checkpoint, held.also)
    return _report(name, bundle.entries, verification, bundle.checkpoint, held)


def verify_folder(folder: Path, held: Outside = NOTHING) -> Report:
    """Verify the ledger of a campaign folder: every log in it, and that there is only its own.

    Raises
    ------
    NotFoundError
        If the folder has no ledger, or nothing stands in it.
    """
    path = folder / "ledger.db"
    if not path.is_file():
        raise NotFoundError(
            f"{folder} has no ledger.db",
            "verify a bundle or dossier, or open the campaign with `downmass init`",
        )
    with SqliteStore(path, read_only=True) as store:
        campaigns = store.campaigns()
        if not campaigns:
            raise NotFoundError(f"{path} holds no entry", "open the campaign with `downmass init`")
        reports = []
        for campaign in campaigns:
            entries, verification = audit(store, campaign, held.also)
            reports.append(_report(str(folder), entries, verification, store.checkpoint(campaign), held))
        strange = strangers(store, folder)
    worst = sorted(reports, key=lambda report: report.good)
    first = replace(worst[0], others=tuple(worst[1:]))
    if strange is None or first.verification.damage is not None:
        return first
    damaged = replace(first.verification, damage=Damage("header", None, None, strange), covered=0)
    return replace(first, verification=damaged)


def _report(
    target: str, entries: Sequence[Entry], verification: Verification, note: str | None, held: Outside
) -> Report:
    if verification.damage is not None:
        return Report(target, verification, (), outside=held)
    events = [event_of(entry.content) for entry in entries]
    return Report(
        target, verification, loose_findings(entries), clock_findings(events), held.witnessed(note), held
    )
