"""What people signed, held against where it stands: each act, and the record a disposition was taken on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downmass.disciplines.ledger.acts import loose_acts
from downmass.disciplines.ledger.seal import read_canonical
from downmass.disciplines.ledger.tree import Tree
from downmass.facts.entry import Entry
from downmass.facts.finding import Finding

_MARK = b'"record_root"'
"""Canonical bytes of a disposition that names its record hold this; the others need not be read."""


def loose_findings(entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """Return a finding for every person's signature that does not hold where it stands.

    Parameters
    ----------
    entries
        Taken as verified, from the first on.
    """
    return (*loose_acts(entries), *misplaced_roots(entries))


def misplaced_roots(entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """Return a finding for every disposition whose record root is not that of the entries before it.

    Parameters
    ----------
    entries
        Taken as verified, from the first on. A disposition of before roots were named has none and
        is passed over.
    """
    named = [place for place, entry in enumerate(entries) if _MARK in entry.content]
    tree, findings, reached = Tree(), [], 0
    for place in named:
        for entry in entries[reached:place]:
            tree.append(entry.hash)
        reached = place
        value = read_canonical(entries[place].content)
        body = value["body"] if isinstance(value["body"], dict) else {}
        stated = body.get("record_root")
        if value["type"] != "disposition.decided" or not stated or stated == tree.root().hex():
            continue
        text = (
            f"the disposition {_signer(body)} signed names a record that is not the one before it; "
            "decide again on this one"
        )
        findings.append(Finding(value["id"], text, "blocking", (value["id"],)))
    return tuple(findings)


def _signer(body: Mapping[str, Any]) -> str:
    signature = body.get("signature")
    return str(signature.get("printed_name", "nobody")) if isinstance(signature, dict) else "nobody"
