"""Sister batches: other campaigns opened, verified, searched; earlier ones cited as proof of the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import NotFoundError, RefusedError
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.quality.validation import batches_on_record, process_stage
from downmass.facts import event as ev
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.opening import OpenCampaign
from downmass.operations.peoples_keys import ExamplePeople
from downmass.operations.promise import read_promise
from downmass.operations.sisters import cite_batches, search_sisters
from downmass.stores.memory import MemoryStore

Make = Callable[..., OpenCampaign]
LOW: dict[str, Any] = {"value": Decimal(90)}


@pytest.fixture
def made(
    museum: Path, templates: str, clock: Any, life: dict[str, Draft], promise: tuple[Draft, ...]
) -> Make:
    """Make a campaign of the little kind under another name, lived up to an act; drafts may be changed."""
    text = (museum / "sound.toml").read_text(encoding="utf-8")

    def live(name: str, until: str = "claim", product: str = "crystals", **changed: Draft) -> OpenCampaign:
        document = text.replace('id = "little"', f'id = "{name}"').replace(
            'id = "crystals"', f'id = "{product}"'
        )
        if product != "crystals":
            document = document.replace('id = "melt"', 'id = "other"')
        store = MemoryStore()
        people = ExamplePeople(name)
        desk = Desk(store, name, ExampleKeys(), clock, people)
        clock.now = life["closing"].at
        desk.record(read_promise(document, templates))

        def own(draft: Draft) -> Draft:
            """Put in the key that the person has in this campaign."""
            if not isinstance(draft.body, ev.PersonEnrolled):
                return draft
            key = public_key_text(people(draft.body.person))
            return replace(draft, body=replace(draft.body, public_key=key))

        desk.record([own(draft) for draft in promise if isinstance(draft.body, ev.PersonEnrolled)])
        for act_name, draft in life.items():
            if act_name == until:
                break
            desk.record([own(changed.get(act_name.replace(" ", "_"), draft))])
        return OpenCampaign(name, name, store, ExampleKeys())

    return live


@pytest.fixture
def asked(made: Make, act: Callable[..., Draft], life: dict[str, Draft]) -> OpenCampaign:
    """A campaign whose assay was low, with its investigation open."""
    campaign = made("little", "batch record", result=_low(life))
    (result,) = campaign.state().all(ev.ResultReported)
    campaign.record(
        [
            act(ev.NonconformityRaised("nc-1", "low assay"), 111, cause=(result.id,)),
            act(ev.InvestigationOpened("nc-1", "quinn", "why?", life["closing"].at), 111.1),
        ]
    )
    return campaign


def _low(life: dict[str, Draft]) -> Draft:
    return replace(life["result"], body=replace(life["result"].body, **LOW))


def bundle(folder: Path, campaign: OpenCampaign) -> Path:
    path = folder / f"{campaign.id}.bundle"
    path.write_bytes(campaign.bundle())
    return path


def test_the_same_fault_in_another_batch_is_found_with_the_root_of_what_was_read(
    asked: OpenCampaign, made: Make, life: dict[str, Draft], tmp_path: Path
) -> None:
    low, sound = made("little-2", "batch record", result=_low(life)), made("little-3")
    draft = search_sisters(
        asked, "nc-1", [bundle(tmp_path, low), bundle(tmp_path, sound)], at=life["batch record"].at
    )
    first, second = draft.body.batches
    assert "out of limits in assay" in draft.body.criterion
    kinds = (ev.ResultReported, ev.EquipmentAssigned, ev.MaterialCharged)
    result, *shared = (event.id for kind in kinds for event in low.state().all(kind))
    assert first.found == (result, *shared)
    assert first.root_sha256 == Tree(entry.hash for entry in low.entries()).root().hex()
    assert (second.campaign, second.lot) == ("little-3", "lot-1")
    assert len(shared) == len(second.found) == 2, "a sound batch on the same reactor, from the same lot"
    (event,) = asked.record([draft])
    assert event.type == "investigation.searched"


def test_none_exist_is_stated_on_purpose_or_not_at_all(asked: OpenCampaign, life: dict[str, Draft]) -> None:
    with pytest.raises(RefusedError, match="no sister batch is named") as refusal:
        search_sisters(asked, "nc-1", [])
    assert "--none-exist" in refusal.value.remedy
    with pytest.raises(RefusedError, match="named and said not to exist"):
        search_sisters(asked, "nc-1", ["w1"], none_exist=True)
    draft = search_sisters(asked, "nc-1", [], none_exist=True, at=life["batch record"].at)
    (event,) = asked.record([draft])
    assert (event.body.batches, event.body.none_exist) == ((), True)


def test_a_nonconformity_nobody_raised_cannot_be_searched_for(asked: OpenCampaign) -> None:
    with pytest.raises(NotFoundError, match="'nc-9' was not raised") as refusal:
        search_sisters(asked, "nc-9", ["w1"])
    assert "nc-1" in refusal.value.remedy


def test_what_cannot_be_read_or_does_not_verify_is_refused_by_name(
    asked: OpenCampaign, made: Make, tmp_path: Path
) -> None:
    sound = bundle(tmp_path, made("little-3"))
    torn = tmp_path / "torn.bundle"
    torn.write_bytes(sound.read_bytes()[:4000])
    forged = tmp_path / "forged.bundle"
    forged.write_bytes(sound.read_bytes().replace(b"99.4", b"99.9"))
    junk = tmp_path / "junk.bin"
    junk.write_bytes(b"\x00\xff")
    size = len(asked.entries())
    for place in (torn, forged, junk, tmp_path / "nowhere", tmp_path):
        with pytest.raises(RefusedError, match="cannot be searched") as refusal:
            search_sisters(asked, "nc-1", [sound, place])
        assert place.name in str(refusal.value)
        assert refusal.value.remedy
    assert len(asked.entries()) == size


def test_a_batch_is_no_sister_of_itself_nor_named_twice(
    asked: OpenCampaign, made: Make, tmp_path: Path
) -> None:
    own, other = bundle(tmp_path, asked), bundle(tmp_path, made("little-3"))
    with pytest.raises(RefusedError, match="is this campaign itself"):
        search_sisters(asked, "nc-1", [own])
    with pytest.raises(RefusedError, match="little-3, named before"):
        search_sisters(asked, "nc-1", [other, other])


def test_a_batch_that_shares_nothing_is_no_sister(asked: OpenCampaign, made: Make, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="shares neither product, recipe, equipment nor component lot"):
        search_sisters(asked, "nc-1", [bundle(tmp_path, made("glass", "drug", product="glass"))])


def test_earlier_batches_are_cited_in_the_order_they_were_begun_and_make_the_row(
    made: Make, tmp_path: Path, life: dict[str, Draft]
) -> None:
    begun = life["run begins"]
    later = made("little-1", run_begins=replace(begun, at=begun.at.replace(hour=10)))
    earlier = made("little-2")
    this = made("little")
    draft = cite_batches(this, [bundle(tmp_path, later), bundle(tmp_path, earlier)], at=life["closing"].at)
    assert [(b.campaign, b.decision, b.version) for b in draft.body.batches] == [
        ("little-2", "released", "1"),
        ("little-1", "released", "1"),
    ]
    assert draft.body.batches[0].root_sha256 == Tree(e.hash for e in earlier.entries()).root().hex()
    this.record([draft])
    assert process_stage(batches_on_record(this.state())).word == "validated"


def test_what_was_never_made_or_makes_something_else_is_not_cited(
    made: Make, tmp_path: Path, life: dict[str, Draft]
) -> None:
    this = made("little")
    for other, words in (
        (made("little-4", "launch"), "neither made nor lost"),
        (made("glass", "drug", product="glass"), "makes glass, not crystals"),
        (this, "is this campaign itself"),
    ):
        with pytest.raises(RefusedError, match=words):
            cite_batches(this, [bundle(tmp_path, other)])
    with pytest.raises(RefusedError, match="no batch is named"):
        cite_batches(this, [])
