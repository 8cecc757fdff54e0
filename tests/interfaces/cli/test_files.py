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


def test_a_promise_that_is_not_utf8_is_a_finding_beside_its_record(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "batch"
    run("init", folder)
    run("init", folder)
    with (folder / "campaign.toml").open("ab") as file:
        file.write(b"# caf\xe9\n")
    said = run("check", folder)
    assert said.code == 1
    assert "is not UTF-8" in said.out
    assert "save it as UTF-8" in said.out


def test_a_catalogue_file_that_is_not_utf8_is_refused(tmp_path: Path, refused: Run) -> None:
    (tmp_path / "prices.csv").write_bytes(b"id,caf\xe9\n")
    assert "prices.csv is not UTF-8" in refused("catalogue", "check", tmp_path).err


MARK = b"\xef\xbb\xbf"
"""The byte order mark that some editors put in front of UTF-8."""


def test_documents_with_a_byte_order_mark_are_read(tmp_path: Path, run: Run) -> None:
    folder, entries = tmp_path / "batch", tmp_path / "entries.toml"
    run("init", folder)
    text = (folder / "campaign.toml").read_bytes()
    (folder / "campaign.toml").write_bytes(MARK + text.replace(b"\n", b"\r\n"))
    opened = run("init", folder)
    assert (opened.code, opened.err) == (0, "")
    entries.write_bytes(
        MARK + b'format = 1\r\n[[entry]]\r\nat = 2026-01-06T09:00:00Z\r\ntype = "lot.registered"\r\n'
        b'origin = "recorded"\r\nbody = { lot = "lot-7", material = "drug", quantity = "2", unit = "kg" }\r\n'
    )
    assert run("record", folder, entries).code == 0


def test_an_element_set_with_a_byte_order_mark_is_read(tmp_path: Path, run: Run) -> None:
    """Set of NORAD 56959 of 2023-09-14."""
    (tmp_path / "w1.tle").write_bytes(
        MARK + b"1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995\r\n"
        b"2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107\r\n"
    )
    span = ("--from", "2023-09-15T00:00:00Z", "--to", "2023-09-16T00:00:00Z")
    said = run("windows", "--elements", tmp_path / "w1.tle", "--site", "uttr", *span)
    assert (said.code, said.err) == (0, "")
