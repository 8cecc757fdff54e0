"""A device and its ground from the command line: key, commission, boot, record, bundle, sync, uplink."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SOUND = Path(__file__).parents[2] / "museum" / "campaigns" / "sound.toml"


@pytest.fixture
def folders(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A campaign open on the ground and a commissioned device whose key the ground never saw."""
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    ground, device = tmp_path / "little", tmp_path / "capsule"
    public = run("edge", "key", device, "--writer", "capsule").out.strip()
    ground.mkdir()
    text = SOUND.read_text(encoding="utf-8")
    today = datetime.now(UTC).replace(microsecond=0)
    text = text.replace('kind = "capsule"', f'kind = "capsule"\n{public}')
    text = text.replace("opened = 2026-01-05T09:00:00Z", f"opened = {today:%Y-%m-%dT%H:%M:%SZ}")
    (ground / "campaign.toml").write_text(text, encoding="utf-8")
    assert run("init", ground).code == 0
    assert run("export", "bundle", ground, tmp_path / "start.jsonl").code == 0
    said = run("edge", "commission", device, tmp_path / "start.jsonl", "--writer", "capsule")
    assert said.code == 0, said
    return ground, device


def boot(run: Run, device: Path) -> None:
    said = run(
        "edge", "boot", device, "--software", "flight 1.0", "--clock-uncertainty-s", "2", "--drift-ppm", "1"
    )
    assert (said.code, "writer.born" in said.out) == (0, True), said


def entry(path: Path, alarm: str) -> Path:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    path.write_text(
        f'format = 1\n[[entry]]\nat = {at:%Y-%m-%dT%H:%M:%SZ}\ntype = "alarm.raised"\norigin = "recorded"\n'
        f'[entry.body]\nalarm = "{alarm}"\nphase = "run"\nparameter = ""\n'
        'text = "door ajar"\nseverity = "caution"\n',
        encoding="utf-8",
    )
    return path


def test_a_device_writes_sends_and_is_told_what_is_missing(
    folders: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    ground, device = folders
    boot(run, device)
    for number in range(3):
        assert run("edge", "record", device, entry(tmp_path / "e.toml", f"try-{number}")).code == 0
    late, early = tmp_path / "late.sync", tmp_path / "early.sync"
    assert run("edge", "bundle", device, late, "--first", "2").code == 0
    assert run("edge", "bundle", device, early, "--last", "1").code == 0

    said = run("sync", ground, late, "--carrier", "relay")
    assert (said.code, "2 wait, 2 of 4 announced are missing" in said.out) == (0, True), said
    said = run("sync", ground, "--missing")
    assert (said.code, "--first 0 --last 1" in said.out) == (1, True), said
    told = json.loads(run("sync", ground, "--missing", "--json").out)
    assert told["capsule"] == {"announced": 4, "received": 0, "held": [[2, 3]], "missing": [[0, 1]]}
    assert "2 of the 4 entries capsule announced" in " ".join(run("track", ground).out.split())

    said = run("sync", ground, early, late, "--json")
    first, second = json.loads(said.out)
    assert (said.code, first["arrivals"][0]["appended"]) == (0, [[0, 3]])
    assert second["arrivals"] == []
    assert run("sync", ground, "--missing").code == 0
    assert run("verify", ground).code == 0


def test_commands_go_up_and_the_device_tells_where_it_stands(
    folders: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    ground, device = folders
    boot(run, device)
    assert run("record", ground, entry(tmp_path / "e.toml", "from-the-ground")).code == 0
    up = tmp_path / "up.sync"
    assert run("sync", ground, "--uplink", "capsule", up).code == 0
    said = run("edge", "receive", device, up, up)
    assert (said.code, "1 entries appended" in said.out, "nothing new" in said.out) == (0, True, True), said
    assert run("edge", "shutdown", device, "--reason", "end").code == 0
    status = json.loads(run("edge", "status", device, "--json").out)
    assert (status["entries"], status["boot"], status["session"]) == (2, 1, "none")
    assert "session              none" in run("edge", "status", device).out


def test_the_devices_key_stays_on_the_device_for_its_owner_alone(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    _, device = folders
    (key,) = (device / "keys").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert list((tmp_path / "home").rglob("capsule.pem")) == []
    assert {path.name for path in device.iterdir()} - {"ledger.db-wal", "ledger.db-shm"} == {
        "keys", "ledger.db",
    }  # fmt: skip


def test_a_torn_bundle_is_put_aside_with_exit_1_and_kept(
    folders: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    ground, device = folders
    boot(run, device)
    torn = tmp_path / "torn.sync"
    run("edge", "bundle", device, torn)
    torn.write_bytes(torn.read_bytes()[:-40])
    said = run("sync", ground, torn)
    assert (said.code, "put aside: the sync bundle is damaged" in said.out) == (1, True), said
    (kept,) = (ground / "inbox" / "quarantine").glob("*.sync")
    assert kept.read_bytes() == torn.read_bytes()


def test_wrong_use_is_refused_with_the_way_out(
    folders: tuple[Path, Path], tmp_path: Path, refused: Run
) -> None:
    ground, device = folders
    boots = ("edge", "boot", device, "--software", "x", "--clock-uncertainty-s")
    assert "nothing to do" in refused("sync", ground).err
    assert "there is no" in refused("sync", ground, tmp_path / "none.sync").err
    assert "no open campaign" in refused("sync", tmp_path, "--uplink", "capsule", tmp_path / "x").err
    assert "not enrolled" in refused("sync", ground, "--uplink", "rover", tmp_path / "x").err
    assert "no commissioned device" in refused("edge", "status", tmp_path).err
    assert "is '-1'" in refused(*boots, "-1", "--drift-ppm", "1").err
    assert "is 'two'" in refused(*boots, "two", "--drift-ppm", "1").err
    assert "exists already" in refused("edge", "key", device, "--writer", "capsule").err
    assert "that of capsule" in refused("edge", "key", device, "--writer", "rover").err
    assert "is no identifier" in refused("edge", "key", tmp_path / "new", "--writer", "../x").err
    assert "no session" in refused("edge", "shutdown", device, "--reason", "x").err
    assert "is not there" in refused("edge", "receive", device, tmp_path / "none").err
    assert "no key of" in refused("edge", "commission", tmp_path / "n2", SOUND, "--writer", "capsule").err
