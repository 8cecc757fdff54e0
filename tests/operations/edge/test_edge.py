"""A device's own desk: sessions, its clock, what it sends and what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.base.errors import DamageError, InputError, RefusedError
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.sync import read_sync
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.event import TYPE_OF
from downmass.facts.machine import Command
from downmass.facts.party import Signature
from downmass.facts.recipe import ControlRecipe
from downmass.operations.draft import Draft
from downmass.operations.edge import Edge
from downmass.operations.keys import ExampleKeys
from downmass.operations.syncing import ground_bundle
from downmass.stores.audit import audit
from downmass.stores.memory import MemoryStore

World = Any
Make = Callable[..., World]


class OtherKeys(ExampleKeys):
    """The capsule's key here is not the one that was enrolled."""

    def key(self, campaign: str, writer: str) -> Any:
        return super().key(campaign, f"{writer}-other")


def boot(world: World, unsure: str = "2", drift: str = "10") -> Any:
    return world.edge.boot("flight 1.0", Decimal(unsure), Decimal(drift))


def test_a_device_begins_with_the_grounds_log_and_signs_no_checkpoint(world: Make) -> None:
    made = world()
    boot(made)
    entries, found = audit(made.board, "little")
    assert found.damage is None
    assert [e.content for e in entries[:-1]] == [e.content for e in made.store.read("little")]
    assert len(made.board.checkpoints("little")) == 1


def test_a_device_that_is_not_enrolled_with_its_key_is_not_commissioned(world: Make) -> None:
    made = world()
    for writer, keys, told in (
        ("rover", ExampleKeys(), "not enrolled"),
        ("capsule", OtherKeys(), "another key"),
    ):
        board = MemoryStore()
        with pytest.raises(RefusedError, match=told) as refused:
            Edge.commission(board, made.whole(), writer, keys, made.device_time)
        assert public_key_text(keys.key("little", writer)) in refused.value.remedy
        assert board.campaigns() == []


def test_a_device_is_commissioned_once_and_by_a_sound_bundle(world: Make) -> None:
    made = world()
    with pytest.raises(RefusedError, match="already"):
        Edge.commission(made.board, made.whole(), "capsule", made.keys, made.device_time)
    with pytest.raises(DamageError):
        Edge.commission(MemoryStore(), made.whole()[:-9], "capsule", made.keys, made.device_time)


def test_boots_epochs_and_entries_are_counted_from_the_log(world: Make) -> None:
    made = world()
    first = boot(made).body
    made.seal()
    second = boot(made).body
    death = made.edge.shutdown("power saved").body
    third = boot(made).body
    assert [(b.boot, b.epoch, b.entries) for b in (first, second, third)] == [(1, 0, 0), (2, 1, 2), (3, 2, 4)]
    assert (death.boot, death.entries) == (2, 4)
    assert len(made.on_board()) == 5


def test_nothing_is_recorded_before_birth_or_after_death(world: Make) -> None:
    made = world()
    with pytest.raises(RefusedError, match="no session"):
        made.seal()
    boot(made)
    made.edge.shutdown("end")
    for act in (made.seal, lambda: made.edge.shutdown("again"), lambda: made.edge.uncertainty_s(made.now)):
        with pytest.raises(RefusedError, match="no session"):
            act()
    assert len(made.on_board()) == 2


def test_a_device_writes_no_other_writers_entries(world: Make) -> None:
    made = world()
    boot(made)
    draft = replace(made.draft(ev.PhaseMoved("run", "execute")), writer="ground")
    with pytest.raises(RefusedError, match="does not write here"):
        made.edge.record([draft])


def test_each_entry_says_how_wrong_its_clock_may_be_by_then(world: Make) -> None:
    """10 ppm over ten days is 8.64 s, on top of the 2 s at boot."""
    made = world()
    boot(made)
    made.now += timedelta(days=10)
    (event,) = made.seal()
    assert event.uncertainty_s == Decimal("10.640")
    assert made.edge.uncertainty_s(made.device_time()) == Decimal("10.640")


def test_after_a_comparison_known_on_board_the_uncertainty_covers_the_offset_found(world: Make) -> None:
    made = world(400)
    boot(made, drift="0")
    made.correlate(uncertainty_s="0.5")
    report = made.edge.receive(ground_bundle(made.desk, "ground", made.now))
    assert report.quarantined == ""
    assert made.edge.uncertainty_s(made.device_time()) == Decimal("400.5")
    reading = made.edge.read(made.device_time())
    assert (reading.at, reading.uncertainty_s) == (made.now, Decimal("0.5"))


@pytest.mark.parametrize("jump", [-400, 90, 86_400])
def test_a_clock_that_jumps_against_the_counter_begins_a_new_epoch_and_says_so(
    world: Make, jump: float
) -> None:
    made = world()
    boot(made, drift="0")
    made.now += timedelta(hours=1)
    made.off_s += jump
    stepped, sealed = made.seal()
    assert (stepped.type, stepped.body.epoch) == ("clock.stepped", 1)
    assert stepped.body.after - stepped.body.before == timedelta(seconds=jump)
    assert stepped.body.clock_uncertainty_s == 2 + abs(jump)
    assert sealed.uncertainty_s == 2 + abs(jump)
    made.now += timedelta(hours=1)
    assert [event.type for event in made.seal()] == ["segment.sealed"]


def test_a_clock_that_only_drifts_as_declared_has_not_stepped(world: Make) -> None:
    made = world()
    boot(made, drift="20")
    made.rate = 1.00002
    made.now += timedelta(days=30)  # some 52 s off by then
    assert [event.type for event in made.seal()] == ["segment.sealed"]


def test_a_program_started_again_sees_a_clock_that_was_set_back(world: Make) -> None:
    made = world()
    boot(made)
    made.now += timedelta(days=1)
    made.seal()
    made.off_s = -7200
    made.edge = Edge(made.board, "little", "capsule", made.keys, made.device_time, lambda: 0.0)
    assert [event.type for event in made.seal()] == ["clock.stepped", "segment.sealed"]


def test_a_step_before_the_death_is_told_and_counted(world: Make) -> None:
    made = world()
    boot(made)
    made.off_s = 500
    death = made.edge.shutdown("end")
    assert (death.body.entries, len(made.on_board())) == (3, 3)


def test_a_bundle_is_of_its_own_entries_from_one_counter_to_another(flown: World) -> None:
    read = read_sync(flown.edge.bundle({"capsule": 4}, {"capsule": 6}))
    assert [e.content for e in read.entries] == flown.on_board()[4:7]
    assert read.announced == {"capsule": 30}
    assert (read.writer, read.made_at) == ("capsule", flown.device_time())
    with pytest.raises(InputError, match="ground"):
        flown.edge.bundle({"ground": 4})


def test_commands_go_up_in_partial_repeated_bundles_and_are_mirrored_as_they_are(
    world: Make, control: ControlRecipe
) -> None:
    made = world()
    boot(made)

    def send(body: Any) -> None:
        made.desk.record([Draft(TYPE_OF[type(body)], body, made.now, "ground", "recorded", "")])

    send(ev.ControlRecipeFrozen(control))
    start = len(made.store.read("little"))
    verbs: tuple[Command, ...] = ("start", "hold", "unhold", "stop")
    for number, verb in enumerate(verbs):
        send(ev.CommandSent(f"c-{number}", "run", verb, "olga"))
    late = ground_bundle(made.desk, "ground", made.now, first={"ground": start + 2})
    report = made.edge.receive(late)
    assert report.arrivals[0].held == (ev.Stretch(start + 2, start + 3),)
    made.seal()
    made.edge.receive(ground_bundle(made.desk, "ground", made.now, first={"ground": start - 3}))
    made.edge.receive(late)
    ground = [e.content for e in made.store.read("little")]
    mirrored = [e.content for e in made.board.read("little") if e.content in set(ground)]
    assert mirrored == ground
    assert verify(made.board.read("little")).damage is None
    assert [event.body.verb for event in made.edge.state().all(ev.CommandSent)] == list(verbs)


def test_a_device_takes_no_signature_of_a_person(world: Make) -> None:
    made = world()
    boot(made)
    size = made.board.head("little")
    unsigned = Signature("nobody", "", made.now, "review", "")
    draft = replace(made.draft(ev.PhaseSigned("run", "checked", unsigned)), sign=(("olga", "review"),))
    with pytest.raises(RefusedError, match="olga cannot sign on capsule") as refusal:
        made.edge.record([draft])
    assert "at the desk of 'ground'" in refusal.value.remedy
    assert made.board.head("little") == size


def test_on_board_nothing_is_written_of_arrivals_or_of_what_is_put_aside(world: Make) -> None:
    made = world()
    boot(made)
    size = made.board.head("little")
    report = made.edge.receive(ground_bundle(made.desk, "ground", made.now)[:-20])
    assert "damaged" in report.quarantined
    assert made.board.head("little") == size


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_device_whose_clock_stands_in_another_age_still_records(world: Make, year: int) -> None:
    made = world()
    made.off_s = (datetime(year, 1, 1, tzinfo=UTC) - made.now).total_seconds()
    boot(made)
    made.now += timedelta(hours=1)
    (event,) = made.seal()
    assert event.recorded_at.year == year
    status = made.edge.status()
    assert (status["entries"], status["session"]) == (2, "goes on")


def test_what_a_simulated_device_says_is_marked_so(world: Make) -> None:
    made = world()
    edge = Edge(
        made.board, "little", "capsule", made.keys, made.device_time, made.counter, None, "simulated", "fly"
    )
    event = edge.boot("sim", Decimal(1), Decimal(1))
    assert (event.origin, event.source) == ("simulated", "fly")
