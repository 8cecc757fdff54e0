"""A fleet: the same document flown three times, each batch searching and citing those before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.quality.validation import batches_on_record, process_stage
from downmass.facts import event as ev
from downmass.facts.codec import recipe_sha256
from downmass.operations.flight.fleet import fleet_folders, fly_fleet, moved
from downmass.operations.opening import open_campaign

CRYSTAL = Path(__file__).parents[3] / "examples" / "crystal"
STAGES = ("demonstrated", "repeatable", "validated")

SHORTER = (
    ('seal_min = "30"\nsample_s = "10"', 'seal_min = "720"\nsample_s = "600"'),
    ('dark_min = "36"', 'dark_min = "0"'),
    ('seal_h = "24"\nsample_s = "600"', 'seal_h = "240"\nsample_s = "3600"'),
    ('station = "Svalbard"\nfirst = 2026-03-16T22:10:00Z\nevery_min = "720"',
     'station = "Svalbard"\nfirst = 2026-03-16T22:10:00Z\nevery_min = "4320"'),
    ('lasts_h = "0.3"', 'lasts_h = "0.02"'),
)  # fmt: skip
"""Changes to the script of crystal that leave its story and its people, and fewer measurements."""


@pytest.fixture
def short(tmp_path: Path, lay_out: Callable[..., Path]) -> Path:
    """Crystal, measured seldom, always in the sun and heard every third day."""
    folder = lay_out(tmp_path / "crystal", CRYSTAL)
    script = folder / "flight.toml"
    text = script.read_text(encoding="utf-8")
    for old, new in SHORTER:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    script.write_text(text, encoding="utf-8")
    return folder


def stages_of(folders: tuple[Path, ...]) -> list[str]:
    found = []
    for folder in folders:
        with open_campaign(folder) as campaign:
            found.append(process_stage(batches_on_record(campaign.state())).word)
    return found


def test_three_batches_in_a_row_validate_the_process(short: Path, tmp_path: Path) -> None:
    out = tmp_path / "fleet"
    told = list(fly_fleet(str(short), out, 3, seed=100))
    assert [flown.campaign for flown in told] == ["crystal-1", "crystal-2", "crystal-3"]
    assert all(flown.finished for flown in told)
    folders = fleet_folders(str(short), out, 3)
    assert folders == tuple(flown.folder for flown in told)
    assert stages_of(folders) == list(STAGES)
    states = []
    for number, folder in enumerate(folders):
        with open_campaign(folder) as campaign:
            states.append((campaign.state(), Tree(entry.hash for entry in campaign.entries()).root().hex()))
        state = states[-1][0]
        assert state.stage == "closed"
        (opened,) = state.all(ev.CampaignOpened)
        assert opened.body.seed == 100 + number
        (searched,) = state.all(ev.SistersSearched)
        assert [sister.campaign for sister in searched.body.batches] == [s.id for s, _ in states[:-1]]
        assert searched.body.none_exist == (number == 0)
        cited = [batch for event in state.all(ev.ProcessCited) for batch in event.body.batches]
        assert [(b.campaign, b.entries, b.root_sha256) for b in cited] == [
            (earlier.id, earlier.size, root) for earlier, root in states[:-1]
        ]
        released = state.all(ev.DispositionDecided)[0].occurred_at
        assert all(event.occurred_at < released for event in state.all(ev.ProcessCited))


def test_batches_come_one_after_another_by_the_same_recipe(short: Path, tmp_path: Path) -> None:
    folders = fleet_folders(str(short), tmp_path / "fleet", 3, timedelta(days=70))
    states = []
    for folder in folders:
        with open_campaign(folder) as campaign:
            states.append(campaign.state())
    opened = [state.all(ev.CampaignOpened)[0].occurred_at for state in states]
    assert [later - earlier for earlier, later in pairwise(opened)] == [timedelta(days=70)] * 2
    assert len({recipe_sha256(state.recipe) for state in states if state.recipe}) == 1
    assert fleet_folders(str(short), tmp_path / "fleet", 3) == folders


def test_every_instant_of_a_document_moves_and_nothing_else() -> None:
    text = (
        'at = 2026-12-31T23:30:00Z # 2024-04-17 T\nwhen = [2026-01-01T00:00:00.5Z]\nsource = "89 FR 27473"\n'
    )
    assert moved(text, timedelta(days=1)) == (
        "at = 2027-01-01T23:30:00Z # 2024-04-17 T\nwhen = [2026-01-02T00:00:00.500000Z]\n"
        'source = "89 FR 27473"\n'
    )
    assert moved(text, timedelta()) == text


def test_a_fleet_that_cannot_be_is_refused(tmp_path: Path, short: Path) -> None:
    with pytest.raises(InputError, match="a fleet of 0"):
        fleet_folders("crystal", tmp_path, 0)
    with pytest.raises(InputError, match="-1 days apart"):
        fleet_folders("crystal", tmp_path, 2, timedelta(days=-1))
    with pytest.raises(InputError, match=r"w1 has no flight\.toml"):
        fleet_folders("w1", tmp_path, 2)
    with pytest.raises(NotFoundError):
        fleet_folders("nowhere", tmp_path, 2)


@pytest.mark.nightly
def test_the_whole_crystal_flies_three_times(tmp_path: Path) -> None:
    told = list(fly_fleet("crystal", tmp_path, 3))
    assert stages_of(tuple(flown.folder for flown in told)) == list(STAGES)
