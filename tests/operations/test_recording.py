"""Entries from a file: all of them or none, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.base.instant import format_instant
from downmass.facts.event import CustodyTransferred, LotRegistered
from downmass.operations.enrolling import Registrar
from downmass.operations.opening import init_campaign, open_campaign
from downmass.operations.peoples_keys import SealedFiles, sealed_files_of_this_machine
from downmass.operations.recording import record_file, sign_file
from downmass.operations.signing import Asked, Shown, SigningSession
from downmass.operations.verifying import verify_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An open live campaign with keys of its own machine."""
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOWNMASS_PASSPHRASE", raising=False)
    init_campaign(tmp_path / "batch", "w1", None)
    init_campaign(tmp_path / "batch", "w1", None)
    keys = sealed_files_of_this_machine()
    with open_campaign(tmp_path / "batch") as campaign:
        registrar = Registrar(campaign, keys, SigningSession(campaign, keys, gives))
        for person in HERE:
            registrar.enrol(person, SECRET, "qa-release", "passport seen", "letter of 2026-01-02")
    return tmp_path / "batch"


SECRET = "four words of mine"
HERE = ("customer-rep", "op-lead")


def gives(asked: Asked) -> Shown:
    """What everybody here shows when asked."""
    return Shown(SECRET, asked.person)


def signed(folder: Path, path: Path) -> tuple[Any, ...]:
    """Record a file that both sign, in one room."""
    keys: SealedFiles = sealed_files_of_this_machine()
    return sign_file(folder, path, HERE, keys, gives)


def entries(folder: Path, text: str) -> Path:
    """A file of entries beside the campaign."""
    path = folder.parent / "entries.toml"
    path.write_text("format = 1\n" + text, encoding="utf-8")
    return path


LOT = """
[[entry]]
at = 2026-05-01T10:00:00Z
type = "lot.registered"
origin = "recorded"
body = { lot = "a-1", material = "drug substance", quantity = "2", unit = "kg" }
"""
HAND_OVER = """
[[entry]]
at = 2026-05-01T10:05:00Z
type = "custody.transferred"
origin = "recorded"
sign = [
  { person = "customer-rep", meaning = "responsibility" },
  { person = "op-lead", meaning = "responsibility" },
]
body = { item = "a-1", giver = "pharma-customer", receiver = "varda", place = "plant", condition = "sealed" }
"""


def test_what_a_file_says_is_recorded_now_signed_and_needs_no_source(folder: Path) -> None:
    recorded = signed(folder, entries(folder, LOT + HAND_OVER))
    with open_campaign(folder) as campaign:
        state = campaign.state()
        assert [event.body.lot for event in state.all(LotRegistered)] == ["a-1"]
        hands = state.all(CustodyTransferred)
    assert len(hands[0].body.signatures) == 2
    assert all(act.key and act.sealed for act in hands[0].body.signatures)
    assert [act.at for act in hands[0].body.signatures] == [hands[0].recorded_at] * 2
    assert all(datetime.now(UTC) - event.recorded_at < timedelta(minutes=5) for event in recorded)
    assert format_instant(recorded[0].occurred_at) == "2026-05-01T10:00:00Z"
    assert verify_folder(folder).good


def test_the_same_file_a_second_time_adds_nothing(folder: Path) -> None:
    path = entries(folder, LOT + HAND_OVER)
    size = len(signed(folder, path))
    with open_campaign(folder) as campaign:
        before = len(campaign.entries())
    with pytest.raises(RefusedError, match="is registered as") as refusal:
        signed(folder, path)
    assert refusal.value.remedy
    with open_campaign(folder) as campaign:
        assert len(campaign.entries()) == before
    assert size == 2


def test_one_entry_that_does_not_fit_keeps_all_of_the_file_out(folder: Path) -> None:
    with open_campaign(folder) as campaign:
        before = campaign.entries()
    for spoilt, told in (
        (LOT.replace("Z\n", "\n"), "no time zone"),
        (LOT.replace('"2"', '"-2"'), "negative"),
    ):
        with pytest.raises(InputError, match=told) as refusal:
            record_file(folder, entries(folder, HAND_OVER + spoilt))
        assert "entries.toml:" in str(refusal.value)
    with open_campaign(folder) as campaign:
        assert campaign.entries() == before


def test_recording_needs_an_open_campaign_and_a_file(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no open campaign"):
        record_file(tmp_path / "nowhere", entries(folder, LOT))
    with pytest.raises(NotFoundError, match=r"missing\.toml"):
        record_file(folder, tmp_path / "missing.toml")


def test_a_campaign_made_from_an_example_opens_today_with_its_dates_kept_apart_as_they_were(
    tmp_path: Path, folder: Path
) -> None:
    with open_campaign(folder) as campaign, open_campaign("w1") as example:
        mine, theirs = campaign.state(), example.state()
    assert mine.basis is not None
    assert theirs.basis is not None
    moved = mine.basis.launch_planned - theirs.basis.launch_planned
    assert moved > timedelta(days=1000)
    assert mine.basis.due - theirs.basis.due == moved
    assert mine.basis.launch_planned > datetime.now(UTC)
