"""Thirty days out of contact with a clock 400 s wrong, then three partial bundles in no order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from downmass.answers.answer import Answer
from downmass.base.instant import Window
from downmass.disciplines.ledger.expected import standings
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.opening import OpenCampaign
from downmass.stores.audit import audit

from .conftest import LAUNCH, World


def ask(world: World, as_of: Any = None) -> Answer:
    return OpenCampaign("little", "little", world.store, world.keys).ask("track", as_of or world.now)


def exact(answer: Answer) -> dict[str, str | None]:
    return {value.name: value.exact for value in answer.values}


def cut(world: World, *parts: tuple[int, int]) -> list[bytes]:
    return [world.edge.bundle({"capsule": first}, {"capsule": last}) for first, last in parts]


def test_the_record_reads_right_and_says_what_was_uncertain_and_what_is_missing(flown: World) -> None:
    first, second, third = cut(flown, (0, 9), (8, 21), (20, 29))
    before = flown.now

    # Before: nothing of the capsule has been heard.
    assert "capsule" not in ask(flown).headline

    # The newest part comes first, and twice: all of it waits, two thirds are missing.
    flown.now += timedelta(hours=1)
    flown.arrive(third)
    assert flown.arrive(third, "second station").events == ()
    told = ask(flown)
    assert "20 of the 30 entries capsule announced have not arrived and 10 wait for them" in told.headline
    assert exact(told)["entries of capsule missing"] == "20"
    assert any("entries 0 to 19 of capsule have not arrived" in f.message for f in told.findings)

    flown.now += timedelta(hours=1)
    between = flown.now
    flown.arrive(first)
    told = ask(flown)
    assert "10 of the 30 entries capsule announced have not arrived" in told.headline
    assert "capsule's clock was never compared" in told.headline
    assert exact(told)["entries of capsule received"] == "10"

    # The last part closes the gap: what waited is taken up, in the capsule's own order.
    flown.now += timedelta(hours=1)
    flown.arrive(second)
    assert flown.of_capsule() == flown.on_board()
    assert flown.inbox.held() == {}
    told = ask(flown)
    assert exact(told)["entries of capsule missing"] == "0"
    assert "capsule's clock was never compared" in told.headline

    # A comparison at the contact puts every instant right, and the stored bytes stay as they were.
    flown.now += timedelta(hours=1)
    flown.correlate()
    assert flown.of_capsule() == flown.on_board()
    state = flown.desk.state()
    for day, sealed in enumerate(state.all(ev.SegmentSealed), 1):
        true = LAUNCH + timedelta(days=day)
        assert sealed.occurred_at == true
        assert sealed.body.when == Window(true - timedelta(hours=1), true)
        # 1 ppm over at most 31 days is under 2.7 s, besides the 0.1 s of the comparison
        assert Decimal("0.1") < sealed.uncertainty_s < Decimal("2.8")
        assert state.retimed[sealed.id].offset_s == -400
    told = ask(flown)
    assert "never compared" not in told.headline
    assert not any("clock" in finding.message for finding in told.findings)

    # Answers as of earlier moments know what was known then, whatever the capsule's clock said.
    assert "capsule" not in ask(flown, before).headline
    assert exact(ask(flown, between))["entries of capsule received"] == "10"
    assert "never compared" in ask(flown, between).headline
    entries, found = audit(flown.store, "little")
    assert (found.damage, found.covered) == (None, len(entries))


def seen(state: Campaign) -> Any:
    """Return what the fold says of the capsule, which no order of arrival may change."""
    own = [
        (event, state.retimed.get(event.id))
        for group in state.events.values()
        for event in group
        if event.writer == "capsule"
    ]
    counted = [(one.writer, one.announced, one.received, one.held, one.missing) for one in standings(state)]
    return sorted(own, key=lambda pair: pair[0].sequence), counted, state.epochs, state.findings, state.stage


def fly(promise: Sequence[Any]) -> World:
    made = World(promise, 400)
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    for _ in range(6):
        made.now += timedelta(days=1)
        made.seal()
    made.edge.boot("flight 1.0", Decimal(5), Decimal(1))
    made.now += timedelta(days=1)
    made.seal()
    made.now += timedelta(days=1)
    return made


# Each example flies two campaigns: shrinking a failure would take minutes, its draws tell enough.
@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_every_partition_repetition_and_order_of_bundles_folds_to_the_same(
    data: st.DataObject, promise: tuple[Any, ...]
) -> None:
    straight, mixed = fly(promise), fly(promise)
    straight.arrive(straight.edge.bundle())
    cuts = sorted(data.draw(st.sets(st.integers(1, 7), max_size=4)))
    parts = [(a, b - 1) for a, b in zip([0, *cuts], [*cuts, 9], strict=True)]
    overlapping = data.draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=2))
    parts += [(min(pair), max(pair)) for pair in overlapping]
    for part in data.draw(st.permutations([*parts, *parts[:2]])):
        mixed.arrive(*cut(mixed, part))
    for world in (straight, mixed):
        world.correlate()
    assert mixed.of_capsule() == straight.of_capsule() == straight.on_board()
    assert mixed.inbox.held() == {}

    def without_place(told: Any) -> Any:
        # The comparison stands at another counter of the ground: fewer or more arrivals were noted before.
        events, *rest = told
        return [(event, retimed and retimed.offset_s) for event, retimed in events], rest[0], rest[2:]

    assert without_place(seen(mixed.desk.state())) == without_place(seen(straight.desk.state()))


@pytest.mark.parametrize("off_s", [-1_770_000_000, 2_300_000_000], ids=["in 1970", "in 2099"])
def test_a_clock_far_behind_or_ahead_hides_and_reveals_nothing_wrongly(world: Any, off_s: float) -> None:
    made = world(off_s)
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    made.now += timedelta(days=5)
    made.seal()
    made.now += timedelta(days=5)
    early = made.now - timedelta(minutes=1)
    made.arrive(made.edge.bundle())
    assert exact(ask(made)) | {"entries of capsule received": "2"} == exact(ask(made))
    assert "entries of capsule received" not in exact(ask(made, early))
    made.now += timedelta(days=1)
    made.correlate()
    (sealed,) = made.desk.state().all(ev.SegmentSealed)
    assert sealed.occurred_at == LAUNCH + timedelta(days=5)
