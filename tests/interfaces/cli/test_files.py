"""What a command writes never destroys a record; faults of files are told with the way out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file, without what SQLite keeps beside an open ledger."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.endswith(("-wal", "-shm"))
    }


@pytest.fixture
def folder(demo: Path, tmp_path: Path) -> Path:
    """A campaign folder with its ledger."""
    shutil.copytree(demo / "w1", tmp_path / "w1")
    shutil.copy(tmp_path / "w1" / "ledger.db", tmp_path / "w1" / "kept.sqlite")
    (tmp_path / "link").symlink_to(tmp_path / "w1" / "ledger.db")
    return tmp_path / "w1"


@pytest.mark.parametrize(
    "name",
    [
        "ledger.db",
        "ledger.db-wal",
        "campaign.toml",
        "history.toml",
        "Campaign.TOML",
        "kept.sqlite",
        "../link",
    ],
)
@pytest.mark.parametrize("kind", ["bundle", "epcis"])
def test_an_export_over_a_campaigns_own_file_is_refused_and_nothing_is_lost(
    kind: str, name: str, folder: Path, refused: Run
) -> None:
    before = tree(folder.parent)
    assert "name another file; nothing was touched" in refused("export", kind, folder, folder / name).err
    assert tree(folder.parent) == before


@pytest.mark.parametrize("name", ["ledger.db", "campaign.toml"])
def test_an_answer_written_as_a_page_over_a_campaigns_own_file_is_refused(
    name: str, folder: Path, refused: Run
) -> None:
    before = tree(folder.parent)
    assert "nothing was touched" in refused("custody", folder, "--html", folder / name).err
    assert tree(folder.parent) == before


def test_a_bundle_is_not_replaced_by_a_part_of_itself(demo: Path, tmp_path: Path, refused: Run) -> None:
    bundle = tmp_path / "w1.bundle"
    shutil.copy(demo / "w1.bundle", bundle)
    before = bundle.read_bytes()
    assert "nothing was touched" in refused("export", "bundle", bundle, bundle).err
    assert bundle.read_bytes() == before


def test_an_export_replaces_an_earlier_one_whole_and_leaves_nothing_else(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "w1.bundle").write_text("an earlier one", encoding="utf-8")
    assert run("export", "bundle", folder, out / "w1.bundle").code == 0
    assert [path.name for path in out.iterdir()] == ["w1.bundle"]
    assert run("verify", out / "w1.bundle").code == 0


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from downmass.interfaces.cli.main import main
from downmass.operations import files
sys.argv = ["downmass", "export", "bundle", "{bundle}", "{out}"]
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
main()
"""


def test_a_disk_that_fills_up_leaves_the_earlier_bundle_whole(demo: Path, tmp_path: Path) -> None:
    """The kernel's limit on a file's size stands for the full disk; it stops a write midway as well."""
    out = tmp_path / "w1.bundle"
    shutil.copy(demo / "w1.bundle", out)
    before = out.read_bytes()
    script = FULL.format(bundle=demo / "w1.bundle", out=out)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 2, ran
    assert "way out: make room on the disk" in ran.stderr
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["w1.bundle"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_device_is_told_with_the_way_out(demo: Path, refused: Run) -> None:
    assert "make room on the disk" in refused("export", "bundle", demo / "w1.bundle", "/dev/full").err


def test_a_name_too_long_is_told_with_the_way_out(demo: Path, tmp_path: Path, refused: Run) -> None:
    assert "shorter name" in refused("export", "bundle", demo / "w1.bundle", tmp_path / ("n" * 300)).err
    assert "shorter name" in refused("verify", "n" * 5000).err
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_is_to_be_made_is_told_with_the_way_out(tmp_path: Path, refused: Run) -> None:
    (tmp_path / "batch").mkdir()
    (tmp_path / "batch" / "evidence").write_text("mine", encoding="utf-8")
    assert "move it away" in refused("init", tmp_path / "batch").err
    assert tree(tmp_path / "batch") == {"evidence": b"mine"}


def test_links_in_a_circle_are_told_with_the_way_out(demo: Path, tmp_path: Path, refused: Run) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    refused("init", tmp_path / "one")
    refused("check", tmp_path / "one")
    refused("export", "bundle", demo / "w1.bundle", tmp_path / "one")
    refused("export", "bundle", demo / "w1.bundle", tmp_path / "one" / "x")
