"""Is it a process yet: words that follow from the batches on record, in the order they were begun."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.quality.validation import (
    Made,
    batches_on_record,
    process_stage,
    rate_at_least,
    this_batch,
)
from downmass.facts import event as ev

ORDER = ["not_demonstrated", "demonstrated", "repeatable", "validated", "routine"]


def row(*outcomes: str, version: str = "1") -> list[Made]:
    return [
        Made(f"c-{n}", "recipe", version, f"lot-{n}", outcome)  # type: ignore[arg-type]
        for n, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        ((), "not_demonstrated"),
        (("undecided",), "not_demonstrated"),
        (("rejected",), "not_demonstrated"),
        (("released",), "demonstrated"),
        (("released",) * 2, "repeatable"),
        (("released",) * 3, "validated"),
        (("released",) * 4, "routine"),
        (("released", "released", "released", "undecided"), "validated"),
        (("released", "released", "rejected", "released"), "demonstrated"),
        (("released", "lost", "released", "released"), "repeatable"),
        (("released", "released", "released", "lost"), "demonstrated"),
        (("released", "undecided", "released", "released"), "repeatable"),
    ],
)
def test_only_an_unbroken_row_of_releases_earns_its_word(outcomes: tuple[str, ...], word: str) -> None:
    # Three consecutive batches: the habit of process qualification the issue asks for.
    assert process_stage(row(*outcomes)).word == word


def test_a_changed_version_begins_the_row_anew_and_says_so() -> None:
    stage = process_stage([*row("released", "released"), *row("released", version="2")])
    assert (stage.word, stage.row) == ("demonstrated", 1)
    assert stage.broken == ("batch lot-0 of c-0 ran by recipe 2, not recipe 1",)


def test_what_broke_a_row_is_named() -> None:
    stage = process_stage(row("released", "rejected", "released"))
    assert stage.broken == ("batch lot-1 of c-1 is rejected",)
    assert (stage.released, stage.attempted) == (2, 3)


def test_the_bound_is_that_of_the_success_run_theorem() -> None:
    # n of n: bound = 0.05 ** (1/n); 59 of 59 shows 95 percent, 29 of 29 shows 90 percent (success run).
    assert rate_at_least(3, 3) == pytest.approx(0.05 ** (1 / 3))
    assert rate_at_least(29, 29) > 0.90 > rate_at_least(28, 28)
    assert rate_at_least(59, 59) > 0.95
    assert rate_at_least(1, 1) == pytest.approx(0.05)
    assert rate_at_least(0, 0) == 0


@given(st.lists(st.sampled_from(["released", "rejected", "lost"]), max_size=12))
def test_a_further_release_never_lowers_the_word_and_a_failure_never_raises_it(outcomes: list[str]) -> None:
    here = ORDER.index(process_stage(row(*outcomes)).word)
    assert ORDER.index(process_stage(row(*outcomes, "released")).word) >= here
    assert ORDER.index(process_stage(row(*outcomes, "rejected")).word) <= here


@given(st.lists(st.sampled_from(["released", "rejected", "lost", "undecided"]), max_size=12))
def test_the_bound_lies_below_the_share_released(outcomes: list[str]) -> None:
    stage = process_stage(row(*outcomes))
    assert 0 <= stage.rate_at_least <= 1
    if stage.attempted:
        assert stage.rate_at_least <= stage.released / stage.attempted


@pytest.mark.parametrize(("released", "attempted"), [(-1, 0), (3, 2)])
def test_counts_that_cannot_be_are_refused(released: int, attempted: int) -> None:
    with pytest.raises(InputError, match="attempted"):
        rate_at_least(released, attempted)


def _cited(kit: Any, *decisions: str) -> ev.ProcessCited:
    return ev.ProcessCited(
        tuple(
            ev.CitedBatch(f"c-{n}", "recipe", "1", f"lot-{n}", decision, kit.at(0), 9, "00")  # type: ignore[arg-type]
            for n, decision in enumerate(decisions)
        )
    )


def test_this_batch_comes_after_those_cited_and_counts_once_it_is_decided(kit: Any) -> None:
    world = kit.complete().add("cited", _cited(kit, "released", "released"), 1)
    stage = process_stage(batches_on_record(world.campaign()))
    assert (stage.word, stage.row, stage.attempted) == ("repeatable", 2, 2)
    stage = process_stage(batches_on_record(kit.released(world).campaign()))
    assert (stage.word, stage.row) == ("validated", 3)
    assert not stage.batches[-1].batch.cited


def test_a_batch_that_was_lost_breaks_the_row_it_would_have_joined(kit: Any) -> None:
    world = kit.complete().add("cited", _cited(kit, "released", "released"), 1)
    world.add("lost", ev.Lost("return", "force_majeure", "the capsule broke up"), 39)
    stage = process_stage(batches_on_record(world.campaign()))
    assert (stage.word, stage.row, stage.attempted) == ("demonstrated", 0, 3)
    assert stage.broken == ("batch crystals-1 of c is lost",)


def test_before_anything_is_made_there_is_no_batch(kit: Any) -> None:
    assert this_batch(kit.complete().without("complete").campaign()) is None


def test_a_control_recipe_says_what_the_batch_ran_by(kit: Any) -> None:
    made = this_batch(kit.controlled().campaign())
    assert made is not None
    assert (made.recipe, made.version, made.outcome) == ("recipe", "1", "undecided")
