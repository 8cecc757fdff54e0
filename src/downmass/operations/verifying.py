"""``downmass verify``: bundles and campaign folders, offline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from downmass.base.errors import NotFoundError
from downmass.disciplines.ledger.acts import loose_acts
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.disciplines.ledger.verify import Damage, Verification, verify
from downmass.facts.entry import Entry
from downmass.facts.finding import Finding
from downmass.stores.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found, as text and as JSON."""

    target: str
    verification: Verification
    loose: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        return self.verification.damage is None and not self.loose

    @property
    def text(self) -> str:
        found = self.verification
        if found.damage is not None:
            return f"DAMAGED: {self.target}: {found.damage.message}\n{found.size} entries before it hold"
        lines = [
            f"verified: {self.target}: {found.size} entries of campaign {found.campaign}",
            f"every hash, writer's chain, signature and the tree recomputed; root {found.root.hex()[:16]}...",
            f"a signed checkpoint covers {found.covered} of them",
        ]
        lines += [f"LOOSE SIGNATURE: {finding.subject}: {finding.message}" for finding in self.loose]
        if not self.loose:
            lines.append("every person's signature is over the content and the record it stands under")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        found = self.verification
        damage = found.damage
        return {
            "target": self.target,
            "good": self.good,
            "campaign": found.campaign,
            "size": found.size,
            "covered": found.covered,
            "root": found.root.hex(),
            "damage": None
            if damage is None
            else {"part": damage.part, "index": damage.index, "id": damage.id, "message": damage.message},
            "loose_signatures": [finding.subject for finding in self.loose],
        }


def verify_bytes(name: str, data: bytes) -> Report:
    """Verify a bundle byte by byte, then every person's signature in it."""
    verification = verify_bundle(data)
    entries = read_bundle(data).entries if verification.damage is None else ()
    return Report(name, verification, loose_acts(entries))


def verify_folder(folder: Path) -> Report:
    """Verify the ledger of a campaign folder.

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
        reports = [_verify_log(str(folder), store.read(c), store.checkpoint(c)) for c in campaigns]
    return next((report for report in reports if not report.good), reports[0])


def _verify_log(target: str, entries: list[Entry], note: str | None) -> Report:
    verification = verify(entries, note)
    if verification.damage is None and note is None:
        text = "checkpoint: it is missing, so a tail that was cut off could not be seen"
        verification = replace(verification, damage=Damage("checkpoint", None, None, text))
    return Report(target, verification, loose_acts(entries) if verification.damage is None else ())
