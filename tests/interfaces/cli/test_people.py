"""Enrolling, signing, rotating, locking and resetting, as people type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from downmass.base.instant import format_instant
from downmass.facts import event as ev
from downmass.operations.opening import open_campaign

Run = Callable[..., Any]
SEEN = ("--verified-by", "qa-release", "--certification", "letter of 2026-01-02")
PASSPORT = (*SEEN, "--evidence", "passport seen")
SECRET = "DOWNMASS_PERSON_PASSPHRASE"
ADMINISTRATOR = """
[[entry]]
at = 2026-05-01T09:00:00Z
type = "role.assigned"
origin = "recorded"
body = { person = { id = "ada", printed_name = "A. Admin", party = "varda" }, role = "administrator" }
"""
LOT = """
[[entry]]
at = 2026-05-01T10:00:00Z
type = "lot.registered"
origin = "recorded"
body = { lot = "a-1", material = "drug substance", quantity = "2", unit = "kg" }
"""
REVIEW = """
[[entry]]
at = 2026-05-01T10:05:00Z
type = "record.reviewed"
origin = "recorded"
sign = [{ person = "qa-reviewer", meaning = "review" }]
body = { kind = "batch_record", conclusion = "complete" }
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


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SECRET, "DOWNMASS_PERSON_NEW_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    """An open live campaign."""
    for _ in range(2):
        assert run("init", tmp_path / "batch").code == 0
    return tmp_path / "batch"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set what a script gives for the passphrase."""
    return lambda text: monkeypatch.setenv(SECRET, text)


@pytest.fixture
def enrolled(folder: Path, run: Run, secret: Any) -> Path:
    """The same with keys of three people."""
    secret("four words of mine")
    for person in ("qa-reviewer", "customer-rep", "op-lead"):
        said = run("person", "enrol", folder, person, *PASSPORT)
        assert said.code == 0, said.err
    return folder


def entries(folder: Path, text: str) -> Path:
    path = folder.parent / "entries.toml"
    path.write_text("format = 1\n" + text, encoding="utf-8")
    return path


def all_of(folder: Path, kind: type[Any]) -> Any:
    with open_campaign(folder) as campaign:
        return campaign.state().all(kind)


def size(folder: Path) -> int:
    with open_campaign(folder) as campaign:
        return len(campaign.entries())


def test_a_person_signs_after_seeing_what_with_which_meaning_and_hash(enrolled: Path, run: Run) -> None:
    said = run("sign", enrolled, entries(enrolled, LOT + REVIEW), "--as", "qa-reviewer")
    assert said.code == 0, said.err
    (review,) = all_of(enrolled, ev.RecordReviewed)
    for shown in (
        "record.reviewed of 2026-05-01T10:05:00Z", 'conclusion: "complete"', "meaning review",
        "Q. Reviewer (example)", review.body.signature.over_sha256,
    ):  # fmt: skip
        assert shown in said.err
    assert review.body.signature.sealed
    assert run("verify", enrolled).code == 0


def test_record_leads_to_sign(enrolled: Path, refused: Run) -> None:
    before = size(enrolled)
    said = refused("record", enrolled, entries(enrolled, REVIEW))
    assert "downmass sign CAMPAIGN ENTRIES.toml --as qa-reviewer" in said.err
    assert size(enrolled) == before


def test_nobody_signs_without_a_key_and_is_told_how_to_get_one(
    folder: Path, refused: Run, secret: Any
) -> None:
    secret("four words of mine")
    said = refused("sign", folder, entries(folder, REVIEW), "--as", "qa-reviewer")
    assert "downmass person enrol CAMPAIGN qa-reviewer" in said.err


def test_two_people_sign_one_hand_over_each_with_their_own_secret(
    folder: Path, run: Run, refused: Run, secret: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in ("customer-rep", "op-lead"):
        secret(f"four words of {person}")
        assert run("person", "enrol", folder, person, *PASSPORT).code == 0
    file = entries(folder, LOT + HAND_OVER)
    assert "asks for a signature of op-lead" in refused("sign", folder, file, "--as", "customer-rep").err
    both = ("--as", "customer-rep", "--as", "op-lead")
    assert "no terminal" in refused("sign", folder, file, *both).err, "one secret answers for one person"
    monkeypatch.setenv(f"{SECRET}_CUSTOMER_REP", "four words of customer-rep")
    monkeypatch.setenv(f"{SECRET}_OP_LEAD", "four words of op-lead")
    said = run("sign", folder, file, *both)
    assert said.code == 0, said.err
    (hands,) = all_of(folder, ev.CustodyTransferred)
    assert len({act.key for act in hands.body.signatures}) == 2
    assert run("verify", folder).code == 0


def test_who_has_nothing_to_sign_is_not_taken_along(enrolled: Path, refused: Run) -> None:
    file = entries(enrolled, REVIEW)
    said = refused("sign", enrolled, file, "--as", "qa-reviewer", "--as", "op-lead")
    assert "no signature of op-lead" in said.err
    assert "downmass record" in refused("sign", enrolled, entries(enrolled, LOT), "--as", "op-lead").err


def test_five_wrong_passphrases_lock_and_only_a_reset_and_a_new_key_lead_back(
    enrolled: Path, run: Run, refused: Run, secret: Any
) -> None:
    assert run("record", enrolled, entries(enrolled, ADMINISTRATOR)).code == 0
    secret("words of the administrator")
    assert run("person", "enrol", enrolled, "ada", *PASSPORT).code == 0
    file = entries(enrolled, REVIEW)
    secret("guess after guess")
    for attempt in range(1, 5):
        assert f"attempt {attempt} of 5" in refused("sign", enrolled, file, "--as", "qa-reviewer").err
    assert "to be told at once: ada" in refused("sign", enrolled, file, "--as", "qa-reviewer").err
    checked = run("check", enrolled)
    assert checked.code == 1
    assert "qa-reviewer is locked out after 5 refused attempts to sign, reported to ada" in checked.out
    # an answer counts whole seconds, and the lock may be of this very one
    (lock,) = all_of(enrolled, ev.AccessLocked)
    after = format_instant(lock.recorded_at + timedelta(seconds=1))
    assert "qa-reviewer is locked out" in run("quality", enrolled, "--json", "--as-of", after).out
    secret("four words of mine")
    assert "is locked out by" in refused("sign", enrolled, file, "--as", "qa-reviewer").err
    assert "LOCKED OUT" in run("person", "list", enrolled).out
    reset = ("person", "reset", enrolled, "qa-reviewer", "--reason", "guessed at", "--as")
    assert "none of the roles administrator" in refused(*reset, "op-lead").err
    assert "attempt 1 of 5" in refused(*reset, "ada").err
    secret("words of the administrator")
    assert run(*reset, "ada").code == 0
    assert "no key in force" in refused("sign", enrolled, file, "--as", "qa-reviewer").err
    secret("a fresh set of words")
    assert run("person", "enrol", enrolled, "qa-reviewer", *PASSPORT).code == 0
    assert run("sign", enrolled, file, "--as", "qa-reviewer").code == 0
    assert "locked out" not in run("check", enrolled).out


def test_a_rotated_key_needs_the_old_passphrase_and_the_old_file_signs_no_more(
    enrolled: Path, run: Run, refused: Run, secret: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNMASS_PERSON_NEW_PASSPHRASE", "a fresh set of words")
    secret("not mine at all")
    assert "attempt 1 of 5" in refused("person", "rotate", enrolled, "op-lead", *SEEN).err
    secret("four words of mine")
    assert run("person", "rotate", enrolled, "op-lead", *SEEN).code == 0
    assert len(list((home / "people" / "batch" / "op-lead").glob("*.pem"))) == 2
    assert "attempt 1 of 5" in refused("person", "passphrase", enrolled, "op-lead").err
    secret("a fresh set of words")
    monkeypatch.setenv("DOWNMASS_PERSON_NEW_PASSPHRASE", "yet another set of words")
    assert run("person", "passphrase", enrolled, "op-lead").code == 0
    secret("yet another set of words")
    assert run("person", "rotate", enrolled, "op-lead", *SEEN).code == 0


def test_a_refused_enrolment_leaves_no_key_behind(
    folder: Path, refused: Run, secret: Any, home: Path
) -> None:
    secret("four words of mine")
    own = ("--verified-by", "op-lead", "--certification", "letter", "--evidence", "passport")
    assert "vouches for their own identity" in refused("person", "enrol", folder, "op-lead", *own).err
    assert list(home.rglob("op-lead/*.pem")) == []
    secret("short")
    assert "too short" in refused("person", "enrol", folder, "op-lead", *PASSPORT).err
    secret("four words of mine")
    assert "nobody of this campaign" in refused("person", "enrol", folder, "zoe", *PASSPORT).err
    assert "no identifier" in refused("person", "enrol", folder, "../zoe", *PASSPORT).err


def test_a_key_is_tried_without_a_trace_in_the_record(
    enrolled: Path, run: Run, refused: Run, secret: Any
) -> None:
    """21 CFR 11.300(e)."""
    before = size(enrolled)
    assert "what it signs verifies" in run("person", "test", enrolled, "op-lead").out
    assert size(enrolled) == before
    secret("not mine at all")
    assert "attempt 1 of 5" in refused("person", "test", enrolled, "op-lead").err


def test_a_second_enrolment_is_a_rotation(enrolled: Path, refused: Run) -> None:
    assert "person rotate" in refused("person", "enrol", enrolled, "op-lead", *PASSPORT).err


def test_a_revoked_key_signs_no_more(enrolled: Path, run: Run, refused: Run) -> None:
    assert run("person", "revoke", enrolled, "qa-reviewer", "--reason", "seen in a mail").code == 0
    said = refused("sign", enrolled, entries(enrolled, REVIEW), "--as", "qa-reviewer")
    assert "qa-reviewer has no key in force" in said.err
    assert "no key in force" in refused("person", "revoke", enrolled, "qa-reviewer", "--reason", "again").err


def test_training_goes_on_file_and_into_the_list(enrolled: Path, run: Run, refused: Run) -> None:
    told = ("person", "train", enrolled, "op-lead", "--subject", "gowning", "--version", "3")
    assert run(*told, "--trainer", "qa-release", "--until", "2099-01-01T00:00Z").code == 0
    listed = run("person", "list", enrolled)
    assert "trained in gowning 3" in listed.out
    found = {one["person"]: one for one in json.loads(run("person", "list", enrolled, "--json").out)}
    assert found["op-lead"]["training"] == {"gowning": {"until": "2099-01-01T00:00:00Z", "version": "3"}}
    assert found["op-lead"]["key"] is not None
    assert found["qa-release"]["key"] is None
    assert "trained themself" in refused(*told, "--trainer", "op-lead").err
    assert "until" in refused(*told, "--trainer", "qa-release", "--until", "next year").err


def test_an_example_lists_its_people_without_keys(run: Run) -> None:
    said = run("person", "list", "w1")
    assert said.code == 0
    assert "op-lead (O. Lead (example), varda); operator; no key" in said.out


def test_people_of_a_campaign_that_is_not_open_are_nobodys(refused: Run, tmp_path: Path) -> None:
    assert "no open campaign" in refused("person", "enrol", tmp_path, "op-lead", *PASSPORT).err
    assert "no open campaign" in refused("sign", tmp_path, tmp_path / "x.toml", "--as", "op-lead").err


def test_no_secret_is_ever_printed_or_written(enrolled: Path, run: Run, home: Path) -> None:
    said = run("sign", enrolled, entries(enrolled, REVIEW), "--as", "qa-reviewer")
    assert said.code == 0
    assert "four words of mine" not in said.out + said.err
    for path in [*home.rglob("*"), *enrolled.rglob("*")]:
        if path.is_file():
            assert b"four words of mine" not in path.read_bytes()
