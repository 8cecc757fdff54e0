"""A demo makes its own folder anew, also one an earlier version made, and no other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from downmass.base.errors import RefusedError
from downmass.operations.demo import MARK, run_demo
from downmass.operations.knowledge import example_folder
from downmass.operations.opening import open_campaign, replay
from downmass.stores.sqlite import SqliteStore

COMMENT = "# as an earlier version shipped it\n"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """What the demo of an earlier version left: other documents, their ledger, its mark."""
    folder = tmp_path / "w1"
    folder.mkdir()
    told = {}
    for name in ("campaign.toml", "history.toml"):
        text = COMMENT + (example_folder("w1") / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
        told[name] = hashlib.sha256(text.encode()).hexdigest()
    with replay(folder, SqliteStore(folder / "ledger.db")) as campaign:
        entries = len(campaign.entries())
    (folder / MARK).write_text(json.dumps({"documents": told, "entries": entries}), encoding="utf-8")
    return folder


def silent(text: str) -> None:
    """Nobody listens."""


def test_a_replay_made_by_an_earlier_version_is_made_anew(earlier: Path) -> None:
    made = run_demo("w1", earlier.parent, silent)
    assert COMMENT not in (earlier / "campaign.toml").read_text(encoding="utf-8")
    with open_campaign(earlier) as campaign:
        assert campaign.bundle() == made.bundle


@pytest.mark.parametrize("name", ["campaign.toml", "history.toml", MARK])
def test_what_a_person_changed_in_it_is_left_alone(earlier: Path, name: str) -> None:
    (earlier / name).write_text((earlier / name).read_text(encoding="utf-8") + "\n# mine", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in earlier.iterdir() if "-" not in path.name}
    with pytest.raises(RefusedError) as refusal:
        run_demo("w1", earlier.parent, silent)
    assert "--out" in refusal.value.remedy
    assert {path.name: path.read_bytes() for path in earlier.iterdir() if "-" not in path.name} == before
