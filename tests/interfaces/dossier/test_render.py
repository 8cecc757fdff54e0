"""The dossier holds everything, loads nothing and keeps hostile text harmless."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from downmass.base.instant import parse_instant
from downmass.disciplines.ledger.bundle import verify_bundle
from downmass.disciplines.ledger.seal import event_of
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.party import Signature
from downmass.interfaces.dossier.embed import bundle_in
from downmass.interfaces.dossier.reading import plain
from downmass.interfaces.dossier.record import custody_rows
from downmass.interfaces.dossier.render import coast_lines, render_dossier

EMBEDDED_TYPE = "application/octet-stream"


class Page(HTMLParser):
    """What a browser would see: elements with attributes, running scripts, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.elements.append((tag, named))
        self._inside = tag
        if tag == "script" and named.get("type") != EMBEDDED_TYPE:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script" and self.scripts:
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


def _render(world: Any, **changed: Any) -> str:
    given = {
        "campaign": world.campaign,
        "moments": world.moments,
        "bundle": world.bundle,
        "verification": world.verification,
    }
    return render_dossier(**{**given, **changed})


@pytest.fixture(scope="module")
def html(world: Any) -> str:
    return _render(world)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(html: str, page: Page) -> None:
    for tag, attributes in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|http-equiv=.refresh", html)


def test_only_the_verifier_may_run_and_it_is_the_one_the_policy_names(page: Page) -> None:
    assert len(page.scripts) == 1
    digest = base64.b64encode(sha256(page.scripts[0].encode()).digest()).decode()
    policy = next(
        a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_every_entry_stands_in_the_story_with_its_hash(world: Any, page: Page) -> None:
    rows = [a for tag, a in page.elements if tag == "tr" and "data-entry" in a]
    assert [int(a["data-entry"] or "") for a in rows] == list(range(len(world.entries)))
    for group in world.campaign.events.values():
        for event in group:
            assert event.id in page.text
            assert event.source in page.text
    for entry in world.entries:
        assert entry.hash.hex()[:12] in page.text


def test_every_answer_assumption_finding_and_piece_of_evidence_is_there(world: Any, page: Page) -> None:
    for label, answers in world.moments:
        assert label in page.text
        for answer in answers:
            assert plain(answer.headline) in page.text
            stated = [item.text for item in answer.assumptions] + [item.source for item in answer.assumptions]
            faults = [finding.message for finding in answer.findings]
            grounds = [item.ref for item in answer.evidence] + [item.note for item in answer.evidence]
            titles = [plot.title for plot in answer.plots] + [table.title for table in answer.tables]
            for text in stated + faults + grounds + titles:
                assert text in page.text


def test_opinion_is_named_before_the_numbers(world: Any) -> None:
    html = _render(world, moments=world.moments[-1:])
    section = html[html.index('<section class="answer" id="when"') :]
    assert section.index("Leans on opinion") < section.index("In figures")
    assert html.index("<caption>Opinion") < html.index("<caption>Derived") < html.index("<caption>Read")


def test_the_money_sums_to_zero_and_names_clause_and_entry(page: Page) -> None:
    # 4,000,000 in three milestones less 400,000 of damages.
    assert "Sum over the parties0.00 USD" in page.text.replace("parties ", "parties")
    assert "-3,600,000.00 USD" in page.text
    assert "m-return" in page.text
    assert "ground-0024" in page.text


def test_signatures_carry_name_time_and_meaning(page: Page) -> None:
    # 21 CFR 11.50: printed name, date and time, meaning.
    for text in ("A. Moreno", "2024-03-20 10:00", "approval"):
        assert text in page.text


def test_findings_of_an_earlier_moment_are_told_apart_from_those_that_stand(page: Page) -> None:
    standing, gone = page.text.split("Raised at an earlier moment, gone since")
    fault = "no result for form-iii; have the laboratory report it"
    assert fault not in standing.split("Findings")[-1]
    assert fault in gone


def test_the_bundle_comes_out_byte_for_byte(world: Any, html: str) -> None:
    assert bundle_in(html.encode()) == world.bundle


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' --> ]]> \x00"


def test_hostile_text_stays_text(make_world: Callable[..., Any]) -> None:
    world = make_world(extra=HOSTILE)
    label, answers = world.moments[-1]
    hostile = [replace(answers[0], headline=HOSTILE, missing=(HOSTILE,)), *answers[1:]]
    html = _render(world, moments=[(HOSTILE + label, hostile)])
    page = Page(html)
    assert len(page.scripts) == 1
    assert not any(tag == "img" for tag, _ in page.elements)
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in page.text
    assert bundle_in(html.encode()) == world.bundle


def test_the_same_record_gives_the_same_dossier(world: Any, html: str) -> None:
    assert _render(world) == html


def test_a_signature_over_something_else_is_said_first_marked_and_a_finding(
    make_world: Callable[..., Any],
) -> None:
    forged = make_world(over="9f" * 32)
    page = Page(_render(forged))
    (verdict,) = [attributes for _, attributes in page.elements if attributes.get("id") == "written-verdict"]
    assert verdict["class"] == "verdict bad"
    assert "not every signature of a person" in page.text
    assert "Verified when this dossier was written" not in page.text
    assert page.text.count("not over this record and content") == 3
    assert "blocking the signature of A. Moreno is not over this record" in page.text


def test_a_hand_over_by_offer_and_acceptance_is_one_row_with_both_sides(make_log: Callable[..., Any]) -> None:
    unsigned = Signature("moreno", "A. Moreno", parse_instant("2024-04-02T10:00Z"), "responsibility", "")
    offered = ev.CustodyOffered("off-1", "spool", "operator", "lab", "dock", "dry", "S-1", unsigned)
    taken = replace(unsigned, signer="keller", printed_name="B. Keller")
    accepted = ev.CustodyAccepted("off-1", "scratched", "", taken)
    told = make_log([("ground", offered), ("ground", accepted)])
    campaign = fold([event_of(entry.content) for entry in told.entries])
    row = custody_rows(campaign, {})[-1]
    assert (row.item, row.giver, row.receiver) == ("spool", "Capsule Operator Inc.", "Contract Laboratory")
    assert row.condition == "dry, found scratched; seal S-1, found none"
    assert row.signed == "A. Moreno (responsibility), B. Keller (responsibility)"
    assert row.entry.id == told.ids[-1]


def test_a_sound_record_has_no_signature_marked(page: Page) -> None:
    assert "Verified when this dossier was written" in page.text
    assert "not over this record" not in page.text


def test_damage_is_shown_first_and_named(world: Any) -> None:
    torn = world.bundle.replace(b"Vandenberg", b"Vandenburg")
    verification = verify_bundle(torn)
    assert verification.damage is not None
    html = _render(world, bundle=torn, verification=verification)
    page = Page(html)
    assert "The record is damaged. Entry " in page.text
    assert "ground-0015" in page.text.split("Nine answers")[0]
    assert 'class="verdict bad"' in html


def test_a_campaign_without_answers_or_settlement_still_has_a_dossier(world: Any) -> None:
    opening = [event for group in world.campaign.events.values() for event in group][:3]
    page = Page(_render(world, campaign=fold(opening), moments=[]))
    assert "Nothing is settled yet" in page.text
    assert "Nobody has signed yet" in page.text


def test_headings_tables_and_drawings_can_be_read_aloud(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert drawings
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in drawings)
    assert any(attributes.get("lang") == "en" for tag, attributes in page.elements if tag == "html")
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    targets = {(a["href"] or "")[1:] for tag, a in page.elements if tag == "a"}
    assert targets <= set(identities)


def test_the_packaged_coast_lies_on_the_earth() -> None:
    lines = coast_lines()
    assert lines
    assert all(-180 <= point[0] <= 180 and -90 <= point[1] <= 90 for line in lines for point in line)
