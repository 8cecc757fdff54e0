"""A disposition stands on the record it names, at its own place and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from downmass.disciplines.ledger.dispositions import misplaced_roots
from downmass.disciplines.ledger.tree import Tree
from downmass.facts import event as ev
from downmass.facts.party import Signature

SIGNED = Signature("una", "Una Release", datetime(2023, 7, 1, tzinfo=UTC), "approval", "00")


def decided(root: str) -> ev.DispositionDecided:
    return ev.DispositionDecided("lot-1", "released", Decimal(100), SIGNED, root, 0, Decimal(99))


def sealed(log: Any, root: str | None = None) -> Any:
    """Decide on the record as it stands, or on another."""
    here = Tree(entry.hash for entry in log.entries).root().hex()
    return log.add("ground", decided(here if root is None else root))


def test_the_root_of_the_entries_before_it_stands(log: Any) -> None:
    assert misplaced_roots(sealed(sealed(log)).entries) == ()


def test_a_disposition_on_another_record_is_a_finding_that_blocks(log: Any) -> None:
    (finding,) = misplaced_roots(sealed(log, "ab" * 32).entries)
    assert finding.severity == "blocking"
    assert "decide again" in finding.message


def test_a_disposition_put_after_an_entry_it_did_not_see_is_a_finding(log: Any) -> None:
    here = Tree(entry.hash for entry in log.entries).root().hex()
    log.add("ground", ev.Recovered("a desert", "whole"))
    (finding,) = misplaced_roots(sealed(log, here).entries)
    assert finding.subject == f"e{len(log.entries) - 1}"


def test_a_disposition_of_before_roots_were_named_is_passed_over(log: Any) -> None:
    assert misplaced_roots(sealed(log, "").entries) == ()


def test_a_text_that_speaks_of_record_roots_is_no_disposition(log: Any) -> None:
    log.add("ground", ev.Recovered('a "record_root"', "whole"))
    assert misplaced_roots(log.entries) == ()
