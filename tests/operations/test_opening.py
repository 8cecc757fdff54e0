"""Folders, bundles and examples open; damaged or strange ones are refused and left as they are."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from downmass.base.errors import (
    DamageError,
    DownmassError,
    InputError,
    NotFoundError,
    RefusedError,
    StaleHeadError,
    StoreError,
    VersionError,
)
from downmass.disciplines.ledger import checkpoint as notes
from downmass.disciplines.ledger.bundle import read_bundle, verify_bundle
from downmass.facts import event as ev
from downmass.facts.codec import body_to_json
from downmass.operations.demo import run_demo
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys, FileKeys
from downmass.operations.knowledge import example_folder
from downmass.operations.opening import init_campaign, open_campaign, replay
from downmass.operations.recording import record_file
from downmass.operations.verifying import outside, verify_bytes, verify_folder
from downmass.stores.sqlite import SqliteStore


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of its own for each test's keys."""
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOWNMASS_PASSPHRASE", raising=False)
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path, museum: Path) -> Path:
    """A folder with a sound promise, not opened yet."""
    made = tmp_path / "little"
    made.mkdir()
    shutil.copy(museum / "sound.toml", made / "campaign.toml")
    return made


def tree(folder: Path) -> dict[str, bytes]:
    """Every file, without what SQLite keeps beside an open ledger."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.endswith(("-wal", "-shm"))
    }


def test_init_makes_a_folder_then_opens_it_then_refuses(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "my-batch"
    init_campaign(folder, "w1", None)
    assert 'id = "my-batch"' in (folder / "campaign.toml").read_text(encoding="utf-8")
    assert not (folder / "ledger.db").exists()
    assert not home.exists()
    init_campaign(folder, "w1", None)
    assert {path.name for path in (home / "keys" / "my-batch").iterdir()} == {
        "ground.pem",
        "capsule.pem",
        "laboratory.pem",
    }
    assert verify_folder(folder).good
    before = tree(folder)
    with pytest.raises(RefusedError, match="open already") as refusal:
        init_campaign(folder, "w1", None)
    assert "another folder" in refusal.value.remedy
    assert tree(folder) == before


def test_an_opening_cut_off_after_its_keys_were_made_is_given_again_and_uses_them(
    folder: Path, home: Path
) -> None:
    """As left by a kill between the making of keys and the first entry."""
    keys = FileKeys(home / "keys")
    SqliteStore(folder / "ledger.db").close()
    keys.create("little", "ground")
    (home / "keys" / "little" / "capsule.pem").touch()
    made = (home / "keys" / "little" / "ground.pem").read_bytes()
    init_campaign(folder, "w1", None)
    assert verify_folder(folder).good
    assert (home / "keys" / "little" / "ground.pem").read_bytes() == made
    assert (home / "keys" / "little" / "capsule.pem").read_bytes()
    with pytest.raises(RefusedError, match="open already"):
        init_campaign(folder, "w1", None)


def test_nothing_is_recorded_into_a_campaign_whose_opening_was_cut_off(folder: Path, tmp_path: Path) -> None:
    SqliteStore(folder / "ledger.db").close()
    (tmp_path / "entries.toml").write_text("format = 1\n", encoding="utf-8")
    with pytest.raises(NotFoundError, match="no open campaign"):
        record_file(folder, tmp_path / "entries.toml")


def test_a_key_of_another_campaign_stops_an_opening_before_anything_is_made(folder: Path, home: Path) -> None:
    FileKeys(home / "keys").create("little", "capsule")
    before, keys = tree(folder), tree(home)
    for _ in range(2):
        with pytest.raises(RefusedError, match=r"a key of writer capsule .* exists already") as refusal:
            init_campaign(folder, "w1", None)
        assert "choose another campaign id" in refusal.value.remedy
    assert tree(folder) == before
    assert tree(home) == keys


def test_a_ledger_that_cannot_be_made_leaves_no_key_behind(folder: Path, home: Path) -> None:
    (folder / "ledger.db").symlink_to(folder / "no such folder" / "ledger.db")
    with pytest.raises(StoreError):
        init_campaign(folder, "w1", None)
    assert not home.exists()


@pytest.mark.parametrize("name", ["My Batch", "../x", ""])
def test_init_refuses_an_id_that_is_no_identifier_and_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        init_campaign(tmp_path / "Some Folder", "w1", name or None)
    assert not (tmp_path / "Some Folder").exists()


def test_init_of_an_unknown_example_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as refusal:
        init_campaign(tmp_path / "x", "w99", None)
    assert "w1" in refusal.value.remedy
    assert not (tmp_path / "x").exists()


def test_a_promise_that_is_refused_opens_nothing_and_makes_no_key(
    folder: Path, museum: Path, home: Path
) -> None:
    shutil.copy(museum / "promise__negative_mass.toml", folder / "campaign.toml")
    before = tree(folder)
    with pytest.raises(InputError, match="below 0"):
        init_campaign(folder, "w1", None)
    assert tree(folder) == before
    assert not home.exists()


def test_a_folder_not_opened_yet_can_be_asked_and_nothing_is_signed_for_good(
    folder: Path, home: Path
) -> None:
    before = tree(folder)
    with open_campaign(folder) as campaign:
        assert campaign.state().stage == "ordered"
        assert "No answer yet" in campaign.ask("custody").headline
    assert tree(folder) == before
    assert not home.exists()


def test_an_opened_campaign_is_written_to_and_found_again(folder: Path, life: dict[str, Draft]) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        campaign.record([life["licence asked"], life["drug"]])
        assert campaign.state().all(ev.LotRegistered)
    with open_campaign(folder) as campaign:
        assert campaign.events()[-1].type == "lot.registered"
    assert verify_folder(folder).verification.covered == verify_folder(folder).verification.size


def test_two_people_who_opened_one_folder_do_not_overwrite_each_other(
    folder: Path, life: dict[str, Draft]
) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as one, open_campaign(folder) as other:
        size = len(one.entries())
        one.record([life["drug"]])
        other.record([life["licence asked"]])
        assert len(other.entries()) == size + 2
        stale = one.store.read(one.id)
        with pytest.raises(StaleHeadError):
            one.store.append(one.id, [], expected_size=size)
        assert one.store.read(one.id) == stale


def test_a_bundle_is_opened_with_the_same_answers_as_its_folder(folder: Path, tmp_path: Path) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        (tmp_path / "little.bundle").write_bytes(campaign.bundle())
        moment = campaign.events()[-1].recorded_at
        told = campaign.ask("pays", moment)
    with open_campaign(tmp_path / "little.bundle") as again:
        assert again.ask("pays", moment) == told
        assert again.bundle() == (tmp_path / "little.bundle").read_bytes()


def test_only_the_keyholder_can_sign_a_part_of_a_log(
    folder: Path, tmp_path: Path, life: dict[str, Draft], home: Path
) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        early = campaign.events()[-1].recorded_at
        later = campaign.record([life["drug"]])[-1].recorded_at
        bundle = campaign.bundle()
    assert later > early
    (tmp_path / "little.bundle").write_bytes(bundle)
    with open_campaign(folder) as campaign:
        assert verify_bundle(campaign.bundle(early)).damage is None
    with (
        open_campaign(tmp_path / "little.bundle") as campaign,
        pytest.raises(RefusedError, match="only the holder of the log's key"),
    ):
        campaign.bundle(early)


@pytest.mark.parametrize("place", ["nowhere", "no/such/folder", "."])
def test_a_place_without_a_campaign_says_how_to_make_one(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError) as refusal:
        open_campaign(place)
    assert "downmass init" in refusal.value.remedy or "w1" in refusal.value.remedy


def test_a_campaign_from_a_newer_version_is_refused_and_left_alone(folder: Path, museum: Path) -> None:
    shutil.copy(museum / "promise__newer_format.toml", folder / "campaign.toml")
    before = tree(folder)
    with pytest.raises(VersionError, match="this program reads up to 1"):
        open_campaign(folder)
    assert tree(folder) == before


def test_a_ledger_from_a_newer_version_is_refused_and_left_alone(folder: Path) -> None:
    init_campaign(folder, "w1", None)
    with sqlite3.connect(folder / "ledger.db") as hand:
        hand.execute("PRAGMA user_version = 99")
    hand.close()
    with pytest.raises(VersionError, match="99"):
        open_campaign(folder)


def test_a_promise_that_is_not_utf8_is_refused_with_the_byte(folder: Path) -> None:
    (folder / "campaign.toml").write_bytes(b"format = 1\n# caf\xe9\n")
    with pytest.raises(InputError, match="not UTF-8") as refusal:
        open_campaign(folder)
    assert "save it as UTF-8" in refusal.value.remedy


def test_an_id_that_is_no_identifier_is_refused_with_the_file(folder: Path) -> None:
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    (folder / "campaign.toml").write_text(text.replace('id = "little"', 'id = "W 1"', 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"campaign\.toml \[campaign\] id: 'W 1'"):
        open_campaign(folder)


def spoil(folder: Path, statement: str) -> None:
    """Edit a ledger by hand, as its owner can: triggers dropped first."""
    with sqlite3.connect(folder / "ledger.db") as hand:
        for (name,) in hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            hand.execute(f"DROP TRIGGER {name}")
        hand.execute("PRAGMA foreign_keys = 0")
        hand.execute(statement)
    hand.close()


SPOILT = {
    "one byte of a content": (
        'UPDATE entry SET content = CAST(replace(CAST(content AS TEXT), "Buyer", "Bayer") AS BLOB) '
        'WHERE "index" = 5',
        "entry 5",
    ),
    "one byte of a hash": ('UPDATE entry SET hash = zeroblob(32) WHERE "index" = 7', "entry 7"),
    "one signature": ('UPDATE entry SET signature = zeroblob(64) WHERE "index" = 2', "entry 2"),
    "an entry taken out": ('DELETE FROM entry WHERE "index" = 9', "entry 9"),
    "the last entry taken out": ('DELETE FROM entry WHERE "index" = 19', "entry 19"),
    "the checkpoint taken out": ("DELETE FROM checkpoint", "checkpoint"),
    "a torn checkpoint": ("UPDATE checkpoint SET note = 'torn'", "checkpoint"),
    "a forged checkpoint that is not the last": (
        "UPDATE checkpoint SET note = replace(note, char(10) || '20', char(10) || '19') WHERE number = 0",
        "stored checkpoint 0",
    ),
    "an earlier checkpoint taken out": ("DELETE FROM checkpoint WHERE number = 0", "checkpoint 0 is missing"),
    "a checkpoint said to cover fewer": ("UPDATE checkpoint SET last_index = 4 WHERE number = 0", "over 5"),
    "every entry taken out": ("DELETE FROM entry", "no entry the checkpoint could stand for"),
    "an entry of another campaign": (
        'INSERT INTO entry SELECT \'zzz\', "index", content, hash, signature FROM entry WHERE "index" = 3',
        "entry 0",
    ),
}


@pytest.mark.parametrize("how", sorted(SPOILT))
def test_a_ledger_edited_by_hand_is_found_and_the_entry_named(folder: Path, how: str) -> None:
    statement, named = SPOILT[how]
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        campaign.record([])
    assert verify_folder(folder).good
    spoil(folder, statement)
    report = verify_folder(folder)
    assert not report.good
    assert named in report.text
    assert report.to_json()["good"] is False


@pytest.mark.parametrize("how", sorted(set(SPOILT) - {"an entry of another campaign"}))
def test_nothing_is_answered_or_exported_from_a_damaged_ledger(folder: Path, how: str) -> None:
    statement, named = SPOILT[how]
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        campaign.record([])
    spoil(folder, statement)
    with open_campaign(folder) as campaign:
        for act in (lambda: campaign.ask("track"), campaign.bundle, campaign.verify):
            with pytest.raises(DamageError, match=named) as refusal:
                act()
            assert "restore" in refusal.value.remedy


def test_a_log_renamed_in_the_ledger_is_found_and_not_opened(folder: Path) -> None:
    init_campaign(folder, "w1", None)
    spoil(folder, "UPDATE entry SET campaign = 'other'")
    spoil(folder, "UPDATE checkpoint SET campaign = 'other'")
    report = verify_folder(folder)
    assert not report.good
    assert "it is of campaign little, but stored under other" in report.text
    with pytest.raises(DamageError, match="holds campaigns other") as refusal:
        open_campaign(folder)
    assert refusal.value.remedy


def test_a_second_log_in_a_ledger_answers_for_nobody_and_is_reported(folder: Path, tmp_path: Path) -> None:
    init_campaign(folder, "w1", None)
    example = open_campaign("w1")
    with SqliteStore(folder / "ledger.db") as store:
        store.append("a1", example.store.read("w1"), 0, checkpoint=example.store.checkpoint("w1"))
    report = verify_folder(folder)
    assert not report.good
    assert [other["campaign"] for other in report.to_json()["others"]] == ["little"]
    with pytest.raises(DamageError, match="holds campaigns a1, little"):
        open_campaign(folder)


def test_a_cut_off_end_shows_against_what_somebody_else_kept(
    folder: Path, tmp_path: Path, life: dict[str, Draft]
) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        size = len(campaign.entries())
        early = campaign.bundle()
        campaign.record([life["drug"]])
        whole = campaign.bundle()
    held = outside("kept.bundle", whole, ())
    assert verify_bytes("early", early).good
    assert "cut off after this checkpoint" in verify_bytes("early", early).text
    cut = verify_bytes("early", early, held)
    assert not cut.good
    assert f"entry {size}: it is missing; the kept checkpoint covers {size + 1} entries" in cut.text
    grown = verify_bytes("whole", whole, outside("note", read_bundle(early).checkpoint.encode(), ()))
    assert grown.good
    assert f"made when it had {size} entries" in grown.text
    assert verify_folder(folder, held).good
    spoil(folder, f'DELETE FROM entry WHERE "index" = {size}')
    spoil(folder, "DELETE FROM checkpoint WHERE number = 1")
    assert verify_folder(folder).good
    assert not verify_folder(folder, held).good


def test_a_witness_must_have_signed(folder: Path) -> None:
    init_campaign(folder, "w1", None)
    witness = ExampleKeys().key("little", "witness")
    key = notes.verifier_key("witness.example", witness.public_key(), notes.WITNESS)
    with open_campaign(folder) as campaign:
        data = campaign.bundle()
        cosigned = notes.cosign(read_bundle(data).checkpoint, "witness.example", witness, 1_700_000_000)
    absent = verify_bytes("little", data, outside(None, None, (key,)))
    assert not absent.good
    assert "NOT SIGNED by witness witness.example" in absent.text
    signed = verify_bytes("little", data, outside("kept", cosigned.encode(), (key,)))
    assert signed.good
    assert signed.to_json()["witnesses"] == {"witness.example": signed.verification.size}


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xfe", b"not a note\n"])
def test_what_is_no_kept_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="is no checkpoint") as refusal:
        outside("kept.txt", content, ())
    assert "signed note" in refusal.value.remedy


def test_a_key_that_is_no_verifier_key_is_refused() -> None:
    with pytest.raises(InputError, match="no verifier key"):
        outside(None, None, ("witness",))


def test_only_what_a_stored_checkpoint_covers_is_signed_anew(folder: Path, life: dict[str, Draft]) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        campaign.record([life["drug"]])
    spoil(folder, "DELETE FROM checkpoint WHERE number = 1")
    with open_campaign(folder) as campaign:
        with pytest.raises(RefusedError, match="no signed checkpoint covers") as refusal:
            campaign.bundle()
        assert "record an entry" in refusal.value.remedy
        campaign.record([life["licence asked"]])
        assert verify_bundle(campaign.bundle()).damage is None


def test_asking_a_campaign_leaves_its_ledger_as_it_is(folder: Path) -> None:
    init_campaign(folder, "w1", None)
    spoil(folder, "SELECT 1")
    before = (folder / "ledger.db").read_bytes()
    with open_campaign(folder) as campaign:
        campaign.ask("track")
        campaign.bundle()
    assert (folder / "ledger.db").read_bytes() == before


def test_a_damaged_bundle_is_refused_with_the_entry(folder: Path, tmp_path: Path) -> None:
    init_campaign(folder, "w1", None)
    with open_campaign(folder) as campaign:
        data = campaign.bundle()
    spoilt = data.replace(b"O. Operator", b"O. Impostor", 1)
    assert spoilt != data
    (tmp_path / "spoilt.bundle").write_bytes(spoilt)
    report = verify_bytes("spoilt.bundle", spoilt)
    assert report.verification.damage is not None
    assert report.verification.damage.index is not None
    with pytest.raises(DownmassError) as refusal, open_campaign(tmp_path / "spoilt.bundle") as campaign:
        campaign.ask("track")
    assert refusal.value.remedy


def test_a_demo_into_a_folder_with_strange_files_is_refused_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "w1").mkdir()
    (tmp_path / "w1" / "thesis.txt").write_text("years of work", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(RefusedError, match="holds more than a replay") as refusal:
        run_demo("w1", tmp_path, lambda text: None)
    assert "nothing was touched" in refusal.value.remedy
    assert tree(tmp_path) == before


def test_a_demo_into_a_live_campaigns_folder_is_refused_and_touches_nothing(tmp_path: Path) -> None:
    live = tmp_path / "w1"
    init_campaign(live, "w1", None)
    init_campaign(live, "w1", None)
    before = tree(live)
    with pytest.raises(RefusedError):
        run_demo("w1", tmp_path, lambda text: None)
    assert tree(live) == before


@pytest.mark.parametrize(
    "touched", ["campaign.toml", "history.toml", "ledger.db.bak", "ledger.db-notes", "notes.toml"]
)
def test_a_second_demo_never_touches_what_a_person_put_into_the_first(touched: str, tmp_path: Path) -> None:
    source = example_folder("w1")
    folder = tmp_path / "w1"
    folder.mkdir()
    for name in ("campaign.toml", "history.toml"):
        shutil.copy(source / name, folder / name)
    SqliteStore(folder / "ledger.db").close()
    with (folder / touched).open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    before = tree(folder)
    with pytest.raises(RefusedError, match="holds more than a replay"):
        run_demo("w1", tmp_path, lambda text: None)
    assert tree(folder) == before


def test_a_second_demo_never_takes_away_what_was_recorded_in_the_first(
    tmp_path: Path, act: Callable[..., Draft]
) -> None:
    source = example_folder("w1")
    folder = tmp_path / "w1"
    folder.mkdir()
    for name in ("campaign.toml", "history.toml"):
        shutil.copy(source / name, folder / name)
    with replay(folder, SqliteStore(folder / "ledger.db")) as campaign:
        landed = campaign.state().last(ev.Landed)
        assert landed is not None
        body = ev.EntryCorrected(landed.id, "misread", {**body_to_json(landed.body), "place": "Utah desert"})
        last = campaign.events()[-1].recorded_at
        campaign.record([replace(act(body), at=last, recorded_at=last)])
    before = tree(folder)
    with pytest.raises(RefusedError, match="holds more than a replay"):
        run_demo("w1", tmp_path, lambda text: None)
    assert tree(folder) == before
