"""A person's signature bound to what was signed and to the record as it stood (21 CFR 11.70).

The hash of an act covers the body without its signatures, who signs, when and with what meaning,
and the root of the tree over every entry before it: cut out and put elsewhere, it no longer fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from downmass.base.canon import canonical, sha256
from downmass.base.instant import format_instant
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.tree import Tree
from downmass.facts.codec import body_to_json
from downmass.facts.entry import Entry
from downmass.facts.finding import Finding
from downmass.facts.party import Signature


def act_hash(body: Mapping[str, Any], signer: str, meaning: str, at: datetime, record_root: bytes) -> str:
    """Return the hex SHA-256 a signature is over.

    Parameters
    ----------
    body
        JSON value of the body; its signatures are left out.
    record_root
        Root of the tree over all entries before this one [32 bytes].
    """
    return sha256(
        canonical(
            {
                "at": format_instant(at),
                "body": {key: value for key, value in body.items() if key not in ("signature", "signatures")},
                "meaning": meaning,
                "record_root": record_root.hex(),
                "signer": signer,
            }
        )
    ).hex()


def signatures_of(body: Any) -> Sequence[Signature]:
    """Return the signatures a body carries, in order."""
    one = getattr(body, "signature", None)
    return (one,) if isinstance(one, Signature) else tuple(getattr(body, "signatures", ()))


def loose_acts(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Return a finding for every signature that does not fit what it stands under.

    The entries are taken as verified.
    """
    tree = Tree()
    findings = []
    for entry in entries:
        event = event_of(entry.content)
        for signature in signatures_of(event.body):
            due = act_hash(
                body_to_json(event.body), signature.signer, signature.meaning, signature.at, tree.root()
            )
            if due != signature.over_sha256:
                text = f"the signature of {signature.printed_name} is not over this record and this content"
                findings.append(Finding(event.id, text, "blocking", (event.id,)))
        tree.append(entry.hash)
    return tuple(findings)
