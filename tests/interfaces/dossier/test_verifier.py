"""The verifier in the page, run in a real browser, against the verifier of the ledger."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from downmass.disciplines.ledger.bundle import verify_bundle
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
        "and the root of the tree.",
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
