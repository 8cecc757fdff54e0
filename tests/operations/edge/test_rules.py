"""Who may say what of writers, clocks and arrivals, and in which count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.expected import standing_of
from downmass.facts import event as ev
from downmass.operations.draft import Draft

from .conftest import LAUNCH, World

Make = Callable[..., World]


def born(writer: str = "capsule", boot: int = 1, epoch: int = 0, entries: int = 0) -> ev.WriterBorn:
    return ev.WriterBorn(writer, boot, epoch, entries, Decimal(2), Decimal(1), "flight 1.0")


def compared(writer: str = "capsule", epoch: int = 0) -> ev.ClockCorrelated:
    return ev.ClockCorrelated(writer, epoch, LAUNCH, LAUNCH, Decimal(1), "two-way")


@pytest.mark.parametrize(
    ("writer", "body", "told"),
    [
        ("ground", born(), "may not tell of the birth of capsule"),
        ("capsule", born(boot=2), "this is boot 2; 1 is next"),
        ("capsule", born(epoch=3), "epoch 3 of its clock; 0 is next"),
        ("capsule", born(entries=5), "it counts 5 entries; there are 0"),
        ("capsule", ev.WriterDied("capsule", 1, 1), "no session 1 that goes on"),
        ("capsule", ev.WriterDied("capsule", 0, 1), "no session 0 that goes on"),
        ("ground", ev.WriterDied("capsule", 1, 1), "may not tell of the death of capsule"),
        ("capsule", ev.ClockStepped("capsule", 0, LAUNCH, LAUNCH, Decimal(1)), "no birth certificate"),
        ("ground", ev.ClockStepped("capsule", 0, LAUNCH, LAUNCH, Decimal(1)), "the clock of capsule"),
        ("capsule", compared(), "has begun no epoch 0"),
        ("laboratory", compared(), "may not compare the clock of capsule"),
        ("ground", compared("rover"), "'rover' is not enrolled"),
        ("capsule", ev.SyncReceived("capsule", "ab", "relay", 1), "'capsule' does not keep the log"),
        ("laboratory", ev.SyncQuarantined("x", "ab", "relay", "torn"), "does not keep the log"),
    ],
)
def test_what_is_not_anybodys_to_say_is_refused(world: Make, writer: str, body: Any, told: str) -> None:
    made = world()
    draft = Draft(ev.TYPE_OF[type(body)], body, LAUNCH, writer, "recorded", "")
    with pytest.raises(RefusedError, match=told) as refused:
        made.desk.record([draft])
    assert refused.value.remedy


def test_the_ground_may_compare_a_clock_before_the_birth_of_its_epoch_has_arrived(world: Make) -> None:
    made = world()
    made.correlate(epoch=4)
    assert len(made.desk.state().all(ev.ClockCorrelated)) == 1


def test_a_session_that_ended_without_a_word_is_told_from_one_that_ended_in_order(world: Make) -> None:
    made = world()
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    made.edge.shutdown("end")
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    made.now += timedelta(days=2)
    made.arrive(made.edge.bundle())
    standing = standing_of(made.desk.state(), "capsule")
    assert [birth.body.boot for birth in standing.broken] == [1]
    assert standing.born is not None
    assert (standing.born.body.boot, standing.died, standing.heard_at) == (3, None, made.now)
    assert (standing.announced, standing.received) == (4, 4)


def test_a_death_that_waits_is_not_yet_told_and_one_that_arrived_is(world: Make) -> None:
    made = world()
    made.edge.boot("flight 1.0", Decimal(2), Decimal(1))
    made.edge.shutdown("end")
    made.arrive(made.edge.bundle({"capsule": 1}))
    assert standing_of(made.desk.state(), "capsule").died is None
    made.arrive(made.edge.bundle(None, {"capsule": 0}))
    standing = standing_of(made.desk.state(), "capsule")
    assert standing.died is not None
    assert standing.died.body.entries == standing.announced == 2


def test_a_writer_never_heard_of_has_announced_nothing(world: Make) -> None:
    standing = standing_of(world().desk.state(), "capsule")
    assert (standing.announced, standing.received, standing.missing, standing.heard_at) == (0, 0, (), None)
