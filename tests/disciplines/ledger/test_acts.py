"""A person's signature holds only over the content and the record it was given for (21 CFR 11.70)."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.instant import parse_instant
from downmass.disciplines.ledger.acts import act_hash, loose_acts, signatures_of
from downmass.disciplines.ledger.seal import content_hash
from downmass.disciplines.ledger.tree import Tree, leaf_hash
from downmass.facts import event as ev
from downmass.facts.codec import body_to_json
from downmass.facts.party import Signature

AT = parse_instant("2024-03-20T10:00Z")
UNSIGNED = Signature("moreno", "A. Moreno", AT, "approval", "")
RELEASE = ev.DispositionDecided("batch-1", "released", Decimal("97"), UNSIGNED)


def _root(log: Any) -> bytes:
    return Tree(entry.hash for entry in log.entries).root()


def _signed(log: Any, body: Any = RELEASE) -> Any:
    over = act_hash(body_to_json(body), "moreno", "approval", AT, _root(log))
    return log.add("ground", replace(body, signature=replace(UNSIGNED, over_sha256=over)))


def _stored_as(entry: Any, change: Any) -> Any:
    """The same entry with other stored content, its hash made anew; signatures of writers are not asked."""
    value = json.loads(entry.content)
    change(value["body"])
    content = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert content_hash(content) != content_hash(entry.content)
    return replace(entry, content=content, hash=leaf_hash(content))


def test_the_hash_is_of_the_canonical_bytes_a_reader_of_the_rule_writes_down(log: Any) -> None:
    """RFC 8785 by hand: sorted keys, no spaces; so another program can come to the same hash."""
    text = (
        '{"at":"2024-03-20T10:00:00Z","body":{"decision":"released","exceptions_open":0,"graded_percent":"97",'
        '"least_coverage_percent":null,"lot":"batch-1","record_root":""},"meaning":"approval","record_root":"'
        + _root(log).hex()
        + '","signer":"moreno"}'
    )
    found = act_hash(body_to_json(RELEASE), "moreno", "approval", AT, _root(log))
    assert found == sha256(text.encode()).hexdigest()


def test_a_signature_over_its_record_and_content_holds(log: Any) -> None:
    assert loose_acts(_signed(log).live(2).entries) == ()


def test_a_signature_put_over_another_record_is_loose_and_blocks(log: Any) -> None:
    over = act_hash(body_to_json(RELEASE), "moreno", "approval", AT, _root(log))
    log.live(1).add("ground", replace(RELEASE, signature=replace(UNSIGNED, over_sha256=over)))
    (finding,) = loose_acts(log.entries)
    assert (finding.subject, finding.severity, finding.evidence) == ("e7", "blocking", ("e7",))
    assert "A. Moreno" in finding.message


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(graded_percent="100"),
        lambda body: body.update(graded_percent="97.0"),
        lambda body: body["signature"].update(at="2024-03-21T10:00:00Z"),
        lambda body: body["signature"].update(at="2024-03-20T10:00:00+00:00"),
        lambda body: body["signature"].update(meaning="review"),
        lambda body: body["signature"].update(signer="keller"),
    ],
    ids=["content", "spelling", "time", "spelling of the time", "meaning", "signer"],
)
def test_what_is_signed_is_the_stored_text_letter_by_letter(log: Any, change: Any) -> None:
    _signed(log)
    entries = [*log.entries[:-1], _stored_as(log.entries[-1], change)]
    assert [finding.subject for finding in loose_acts(entries)] == ["e6"]


def test_of_two_signatures_the_loose_one_is_named(log: Any) -> None:
    body = ev.CustodyTransferred("vials", "maker", "lab", "Utah", "sealed")
    over = act_hash(body_to_json(body), "moreno", "approval", AT, _root(log))
    good = replace(UNSIGNED, over_sha256=over)
    log.add(
        "ground", replace(body, signatures=(good, replace(good, signer="keller", printed_name="B. Keller")))
    )
    (finding,) = loose_acts(log.entries)
    assert "B. Keller" in finding.message


@pytest.mark.parametrize("fields", [{"signatures": 5}, {"signature": "mine"}, {"signature": None}])
def test_an_entry_of_a_type_not_known_here_carries_no_signature_that_could_be_judged(
    log: Any, fields: dict[str, Any]
) -> None:
    log.add("ground", ev.Unknown(fields))
    assert signatures_of(ev.Unknown(fields)) == ()
    assert loose_acts(log.entries) == ()


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_signature_holds_at_the_place_it_was_given_and_at_no_other(given_at: int, put_at: int) -> None:
    roots = [sha256(bytes([place])).digest() for place in range(10)]
    body = body_to_json(RELEASE)
    one, other = (act_hash(body, "moreno", "approval", AT, roots[place]) for place in (given_at, put_at))
    assert (one == other) == (given_at == put_at)
