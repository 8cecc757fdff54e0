"""The verifier in the page, run in a real browser, against the verifier of the ledger."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, sync_playwright

from downmass.base.instant import parse_instant
from downmass.disciplines.ledger.acts import act_bytes, loose_acts
from downmass.disciplines.ledger.bundle import verify_bundle
from downmass.disciplines.ledger.dispositions import loose_findings
from downmass.disciplines.ledger.keys import public_key_text, to_base64
from downmass.disciplines.ledger.tree import Tree
from downmass.facts import event as ev
from downmass.facts.codec import DECISIVE
from downmass.facts.event import BODIES, version_of
from downmass.facts.party import Signature
from downmass.interfaces.dossier.embed import embedded
from downmass.interfaces.dossier.render import render_dossier

CHROMIUM = os.environ.get("DOWNMASS_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if not CHROMIUM:
        pytest.skip("no chromium here (install Debian's, or set DOWNMASS_CHROMIUM to its path)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        yield page
        browser.close()


@pytest.fixture(scope="module")
def html(world: Any) -> str:
    return render_dossier(world.campaign, world.moments, world.bundle, world.verification)


@pytest.fixture
def verdict(page: Page, html: str, world: Any, tmp_path: Path) -> Callable[..., tuple[str, str]]:
    def open_with(bundle: bytes | None = None, change: Callable[[str], str] = str) -> tuple[str, str]:
        shown = html if bundle is None else html.replace(embedded(world.bundle), embedded(bundle))
        file = tmp_path / "dossier.html"
        file.write_text(change(shown), encoding="utf-8")
        page.goto(file.as_uri())
        page.wait_for_selector("#live-verdict[data-verdict]:not([data-verdict=working])")
        line = page.locator("#live-verdict")
        return line.get_attribute("data-verdict") or "", line.inner_text()

    return open_with


def test_a_sound_record_is_verified_and_nothing_is_asked_of_a_network(
    page: Page, world: Any, verdict: Callable[..., tuple[str, str]]
) -> None:
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    assert verdict() == (
        "verified",
        f"This browser verified {len(world.entries)} entries just now: every hash, chain and signature, "
        "and the root of the tree. For the rules of each field: downmass verify.",
    )
    assert all(address.startswith("file:") for address in asked)
    assert faults == []
    assert world.verification.root.hex() in page.locator("#live-detail").inner_text()


@pytest.mark.parametrize("index", [0, 1, 15, 31])
def test_a_changed_letter_in_an_entry_names_that_entry(
    world: Any, verdict: Callable[..., tuple[str, str]], index: int
) -> None:
    lines = world.bundle.split(b"\n")
    lines[1 + index] = lines[1 + index].replace(b"late-return", b"lare-return", 1)
    kind, said = verdict(b"\n".join(lines))
    assert kind == "damaged"
    assert re.search(rf"\bentry {index} \(", said)


def test_the_page_and_the_ledger_agree_on_where_a_flipped_bit_is(
    world: Any, verdict: Callable[..., tuple[str, str]]
) -> None:
    chance = random.Random(7)
    for _ in range(40):
        torn = bytearray(world.bundle)
        place = chance.randrange(len(torn))
        torn[place] ^= 1 << chance.randrange(8)
        damage = verify_bundle(bytes(torn)).damage
        assert damage is not None
        kind, said = verdict(bytes(torn))
        assert kind == "damaged", (place, said)
        named = f"entry {damage.index} " if damage.part == "entry" else damage.part
        assert named in said, (place, said, damage)


def test_cut_swapped_doubled_and_added_lines_are_found(
    world: Any, verdict: Callable[..., tuple[str, str]]
) -> None:
    lines = world.bundle.split(b"\n")
    cases = {
        "entry 31": lines[:32] + lines[33:],
        "entry 3": [*lines[:4], lines[5], lines[4], *lines[6:]],
        "entry 8": [*lines[:9], lines[8], *lines[9:]],
        "closing": [*lines[:-1], b"", b""],
    }
    for said, changed in cases.items():
        kind, words = verdict(b"\n".join(changed))
        assert kind == "damaged"
        assert said in words


def test_a_hash_altered_in_the_story_is_found(world: Any, verdict: Callable[..., tuple[str, str]]) -> None:
    printed = world.entries[5].hash.hex()[:12]
    kind, said = verdict(None, lambda page: page.replace(f">{printed}<", ">000000000000<"))
    assert kind == "damaged"
    assert "entry 5" in said


def test_text_that_is_no_base64_is_found(verdict: Callable[..., tuple[str, str]]) -> None:
    kind, said = verdict(None, lambda page: re.sub(r'(data-bytes="\d+">\n.{9}).', r"\1*", page, count=1))
    assert kind == "damaged"
    assert "base64" in said


def test_signatures_of_persons_over_something_else_are_named_as_the_ledger_names_them(
    make_world: Callable[..., Any], page: Page, verdict: Callable[..., tuple[str, str]]
) -> None:
    forged = make_world(over="9f" * 32)
    assert forged.verification.damage is None
    loose = [finding.subject for finding in loose_acts(forged.entries)]
    assert len(loose) == 3
    kind, said = verdict(forged.bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    assert kind == "loose"
    assert re.findall(r"(ground-\d+) \(", said) == loose
    assert "A. Moreno" in said
    assert "bad" in (page.locator("#written-verdict").get_attribute("class") or "")


def test_the_page_knows_every_kind_and_version_of_entry_that_persons_sign() -> None:
    script = files("downmass.interfaces.dossier").joinpath("templates", "verifier.js").read_text("utf-8")
    listed = re.search(r"const SIGNED = new Map\(Object.entries\(\{(.*?)\}\)\)", script, re.S)
    assert listed is not None
    signed = {
        name: version_of(name)
        for name, body in BODIES.items()
        if {field.name for field in fields(body)} & {"signature", "signatures"}
    }
    assert {name: int(v) for name, v in re.findall(r'"([^"]+)": (\d+)', listed.group(1))} == signed


def test_the_page_knows_every_entry_that_decides_whose_signatures_count() -> None:
    script = files("downmass.interfaces.dossier").joinpath("templates", "verifier.js").read_text("utf-8")
    listed = re.search(r"const DECISIVE = new Map\(Object.entries\(\{(.*?)\n  \}\)\)", script, re.S)
    assert listed is not None
    assert set(re.findall(r'"([^"]+)": \{', listed.group(1))) == DECISIVE


NOW = parse_instant("2024-04-02T10:00Z")
FIRST, SECOND, THIRD = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (41, 42, 43))


def _enrolled(key: Ed25519PrivateKey, person: str = "moreno") -> ev.PersonEnrolled:
    return ev.PersonEnrolled(person, public_key_text(key), "sealed_file", "keller", "passport", "letter")


def _reviewed(
    key: Ed25519PrivateKey | None, sealed: str = "", signer: str = "moreno"
) -> Callable[[Any], Any]:
    """A review to be written: signed over the log as it then stands, by a key."""

    def body(scribe: Any) -> Any:
        bare = ev.RecordReviewed(
            "batch_record", "looked", Signature("moreno", "A. Moreno", NOW, "review", "")
        )
        signed = scribe.acted(bare).signature
        if key is not None:
            by_key = to_base64(key.sign(act_bytes(signed.over_sha256)))
            signed = replace(signed, key=public_key_text(key), sealed=sealed or by_key)
        return replace(bare, signature=signed)

    return body


LOCKED = ev.AccessLocked("moreno", 5, ("keller",))
RESET = ev.AccessReset("moreno", "ada", "phone lost")
REVOKED = ev.KeyRevoked("moreno", public_key_text(FIRST), "seen in a mail")
ELSEWHERE = to_base64(FIRST.sign(b"another act"))
PEOPLE: dict[str, tuple[list[Any], list[int]]] = {
    "by the key in force": ([_enrolled(FIRST), _reviewed(FIRST)], []),
    "without a key, enrolled": ([_enrolled(FIRST), _reviewed(None)], [1]),
    "without a key, never enrolled": ([_reviewed(None)], []),
    "by a key never enrolled": ([_reviewed(FIRST)], [0]),
    "by yesterday's key": ([_enrolled(FIRST), _enrolled(SECOND), _reviewed(FIRST), _reviewed(SECOND)], [2]),
    "after a lock": ([_enrolled(FIRST), LOCKED, _reviewed(FIRST)], [2]),
    "after a reset": ([_enrolled(FIRST), RESET, _reviewed(FIRST), _reviewed(None)], [2, 3]),
    "after a revocation": ([_enrolled(FIRST), REVOKED, _reviewed(FIRST)], [2]),
    "enrolled while locked": ([_enrolled(FIRST), LOCKED, _enrolled(SECOND), _reviewed(SECOND)], [2, 3]),
    "locked, reset, enrolled": ([_enrolled(FIRST), LOCKED, RESET, _enrolled(SECOND), _reviewed(SECOND)], []),
    "a key that comes back": ([_enrolled(FIRST), RESET, _enrolled(FIRST), _reviewed(FIRST)], [2, 3]),
    "one key for two people": ([_enrolled(FIRST), _enrolled(FIRST, "keller"), _reviewed(FIRST)], [1]),
    "sealed over another act": ([_enrolled(FIRST), _reviewed(FIRST, ELSEWHERE)], [1]),
    "a seal that is no base64": ([_enrolled(FIRST), _reviewed(FIRST, "!")], [1]),
    "for another": ([_enrolled(FIRST), _enrolled(SECOND, "keller"), _reviewed(SECOND)], [2]),
}


@pytest.mark.parametrize("case", PEOPLE)
def test_the_page_and_the_ledger_name_the_same_signatures_by_no_key_in_force(
    make_log: Callable[..., Any], verdict: Callable[..., tuple[str, str]], case: str
) -> None:
    told, wrong = PEOPLE[case]
    world = make_log([("ground", body) for body in told])
    assert world.verification.damage is None
    loose = [finding.subject for finding in loose_acts(world.entries)]
    assert loose == [world.ids[place] for place in wrong]
    kind, said = verdict(world.bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    assert kind == ("loose" if wrong else "verified"), said
    assert re.findall(r"(ground-\d+) \(", said) == loose


def _decided(root: str) -> Callable[[Any], Any]:
    """A disposition to be written, rightly signed, that names a record it was taken on; "" is this one."""

    def body(scribe: Any) -> Any:
        here = Tree(entry.hash for entry in scribe.entries).root().hex()
        unsigned = Signature("keller", "B. Keller", NOW, "approval", "")
        return scribe.acted(ev.DispositionDecided("lot-1", "released", Decimal(100), unsigned, root or here))

    return body


@pytest.mark.parametrize(("root", "wrong"), [("", False), ("ab" * 32, True)])
def test_the_page_and_the_ledger_name_a_disposition_on_another_record(
    make_log: Callable[..., Any], verdict: Callable[..., tuple[str, str]], root: str, wrong: bool
) -> None:
    world = make_log([("ground", _decided(root))])
    found = loose_findings(world.entries)
    assert [finding.subject for finding in found] == (world.ids if wrong else [])
    assert all("B. Keller signed names a record that is not the one before it" in f.message for f in found)
    kind, said = verdict(world.bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    assert kind == ("loose" if wrong else "verified"), said
    assert re.findall(r"(ground-\d+) \(B\. Keller\)", said) == (world.ids if wrong else [])


def test_an_enrolment_of_a_person_by_another_writer_counts_for_neither(
    make_log: Callable[..., Any], verdict: Callable[..., tuple[str, str]]
) -> None:
    world = make_log([("lab", _enrolled(FIRST)), ("ground", _reviewed(FIRST))])
    assert [finding.subject for finding in loose_acts(world.entries)] == world.ids
    kind, said = verdict(world.bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    assert kind == "loose"
    assert re.findall(r"((?:ground|lab)-\d+) \(", said) == world.ids


LAB = public_key_text(Ed25519PrivateKey.from_private_bytes(b"l" * 32))
GROUND = public_key_text(Ed25519PrivateKey.from_private_bytes(b"g" * 32))
LOST = ("ground", ev.KeyRevoked("lab", LAB, "lost"))
NOTE = ev.EntryCorrected("nothing", "a note", {})
WRITERS: dict[str, tuple[list[tuple[str, Any]], int | None]] = {
    "revoked and silent": ([LOST], None),
    "revoked and writing": ([LOST, ("lab", NOTE)], 1),
    "revoked by itself": ([("lab", ev.KeyRevoked("lab", LAB, "opened")), ("lab", NOTE)], 1),
    "revoked by another": ([("lab", ev.KeyRevoked("ground", GROUND, "mutiny"))], 0),
    "another key revoked": ([("ground", ev.KeyRevoked("lab", GROUND, "wrong one")), ("lab", NOTE)], None),
    "the same key again": ([LOST, ("ground", ev.WriterEnrolled("lab", "lab", "laboratory", LAB))], 1),
    "a new key": (
        [LOST, ("ground", ev.WriterEnrolled("lab", "lab", "laboratory", public_key_text(THIRD)))], None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRITERS)
def test_the_page_and_the_ledger_refuse_the_same_entries_of_a_writer_whose_key_was_revoked(
    make_log: Callable[..., Any], verdict: Callable[..., tuple[str, str]], case: str
) -> None:
    told, wrong = WRITERS[case]
    world = make_log(told)
    damage = verify_bundle(world.bundle).damage
    kind, said = verdict(world.bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    if wrong is None:
        assert (damage, kind) == (None, "verified"), said
    else:
        index = len(world.entries) - len(told) + wrong
        assert damage is not None
        assert damage.index == index
        assert kind == "damaged"
        assert f"entry {index} (" in said


def _put(index: int, **changes: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda values: values[index].update(changes)


def _drop(index: int, name: str) -> Callable[[list[dict[str, Any]]], object]:
    return lambda values: values[index].pop(name)


def _enrol(index: int, **changes: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda values: values[index]["body"].update(changes)


MALFORMED: dict[str, tuple[int, Callable[[list[dict[str, Any]]], object]]] = {
    "the body is a list": (7, _put(7, body=[])),
    "the id is a number": (7, _put(7, id=7)),
    "the type is null": (7, _put(7, type=None)),
    "the version is text": (7, _put(7, version="1")),
    "no time of record": (7, _drop(7, "recorded_at")),
    "no source": (7, _drop(7, "source")),
    "a time without a zone": (7, _put(7, recorded_at="2023-06-12T21:35:00")),
    "a day no month has": (7, _put(7, occurred_at="2023-02-29T00:00:00Z")),
    "a month no year has": (7, _put(7, occurred_at="2023-13-01T00:00:00Z")),
    "a time that is none": (7, _put(7, recorded_at="yesterday")),
    "a clock that may be wrong by no number": (7, _put(7, uncertainty_s="NaN")),
    "an origin nobody knows": (7, _put(7, origin="guessed")),
    "a cause that is no list": (7, _put(7, cause="ground-0001")),
    "a cause that is a number": (7, _put(7, cause=[1])),
    "the founder enrolled in a later version": (0, _put(0, version=2)),
    "a writer enrolled in a later version": (1, _put(1, version=2)),
    "an enrolment with one field more": (1, _enrol(1, colour="red")),
    "an enrolment with a key that is a number": (1, _enrol(1, public_key=5)),
    "a person enrolled in a later version": (7, _put(7, type="person.enrolled", version=2)),
    "a person enrolled with no key": (7, _put(7, type="person.enrolled", body={"person": "moreno"})),
    "a reset in a later version": (7, _put(7, type="access.reset", version=9)),
    "a lock that counts in words": (
        7,
        _put(7, type="access.locked", body={"person": "moreno", "failures": "many", "reported_to": []}),
    ),
    "a revocation with one field more": (
        7,
        _put(7, type="key.revoked", body={"holder": "moreno", "public_key": "", "reason": "", "by": "ada"}),
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_the_page_and_the_ledger_refuse_the_same_envelopes_whoever_signed_them(
    reseal: Callable[..., bytes], verdict: Callable[..., tuple[str, str]], case: str
) -> None:
    index, change = MALFORMED[case]
    bundle = reseal(change)
    damage = verify_bundle(bundle).damage
    assert damage is not None
    assert (damage.part, damage.index) == ("entry", index)
    kind, said = verdict(bundle)
    assert kind == "damaged"
    assert re.search(rf"\bentry {index}\b", said), said


def test_entries_resealed_without_a_change_are_the_record_itself(
    world: Any, reseal: Callable[..., bytes]
) -> None:
    assert reseal(lambda values: None) == world.bundle


def test_a_word_its_field_forbids_is_left_to_downmass_verify_and_the_page_says_so(
    reseal: Callable[..., bytes], verdict: Callable[..., tuple[str, str]]
) -> None:
    bundle = reseal(lambda values: values[-1]["body"].update(outcome="forgotten"))
    damage = verify_bundle(bundle).damage
    assert damage is not None
    assert damage.index == 31
    kind, said = verdict(bundle, lambda shown: re.sub(r' data-entry="\d+"', "", shown))
    assert kind == "verified"
    assert said.endswith("For the rules of each field: downmass verify.")


def test_the_page_says_beside_its_verdict_that_its_words_are_not_covered(
    page: Page, verdict: Callable[..., tuple[str, str]]
) -> None:
    kind, _ = verdict(None, lambda shown: shown.replace("Crystal Customer", "Diamond Customer"))
    assert kind == "verified"
    assert "words and drawings of the page are not covered" in page.locator("#written-verdict").inner_text()


def test_what_the_browser_could_not_check_is_not_shown_as_good(
    page: Page, verdict: Callable[..., tuple[str, str]]
) -> None:
    kind, said = verdict(None, lambda shown: shown.replace('id="bundle"', 'id="bundles"'))
    assert kind == "unchecked"
    assert "use downmass verify" in said
    assert page.locator("#live-verdict").evaluate("line => line.parentElement.className") == "verdict"
