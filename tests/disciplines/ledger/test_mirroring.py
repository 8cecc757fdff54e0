"""What follows a log, what waits, what is known, and what contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.disciplines.ledger.mirroring import (
    keys_at_hand,
    known_of,
    known_places,
    plan,
    stretches,
)
from downmass.disciplines.ledger.sync import SyncBundle, check_sync, read_sync, write_sync
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.entry import Entry

from .conftest import START, Log, key_of


def own(log: Log, writer: str = "capsule") -> list[Entry]:
    mark = f'"writer":"{writer}"}}'.encode()
    return [entry for entry in log.entries if entry.content.endswith(mark)]


def bundle(
    entries: Sequence[Entry], announced: int = 99, writer: str = "capsule", byte: int = 2
) -> SyncBundle:
    return read_sync(write_sync("demo", writer, START, {writer: announced}, entries, key_of(byte)))


def ground_of(log: Log) -> list[Entry]:
    """What the ground has before anything of the capsule arrives."""
    return [replace(entry, index=n) for n, entry in enumerate(own(log, "ground"))]


def far_log(count: int = 12) -> Log:
    log = Log().enrol("ground").enrol("capsule")
    for turn in range(count):
        log.add("capsule", ev.PhaseMoved("melt", "execute", f"turn {turn}"), id=f"capsule-{turn:06d}")
    return log


def test_what_follows_is_appended_and_what_has_a_gap_before_it_waits() -> None:
    log = far_log()
    entries = own(log)
    made = plan(known_of(ground_of(log)), [bundle(entries[:3]), bundle(entries[5:8])], "ground")
    assert [entry.content for entry in made.fitting] == [entry.content for entry in entries[:3]]
    assert made.held == {"capsule": (ev.Stretch(5, 7),)}
    assert made.appended == {"capsule": (ev.Stretch(0, 2),)}
    assert made.aside == ()


def test_what_the_log_has_is_known_and_appended_no_second_time() -> None:
    log = far_log()
    known = known_of(log.entries)
    again = bundle(own(log)[2:6])
    made = plan(known, [again], "ground")
    assert (made.fitting, made.held, made.aside) == ((), {}, ())
    assert known_places(known, again) == {"capsule": (ev.Stretch(2, 5),)}


def test_the_order_of_lines_in_a_bundle_does_not_matter() -> None:
    log = far_log()
    made = plan(known_of(ground_of(log)), [bundle(own(log)[::-1])], "ground")
    assert [entry.content for entry in made.fitting] == [entry.content for entry in own(log)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_partition_repetition_and_order_gives_the_writers_own_chain(data: st.DataObject) -> None:
    """Every subset of entries, repeated and shuffled: once all have arrived, the chain is the device's."""
    log = far_log(8)
    entries = own(log)
    parts = data.draw(st.lists(st.lists(st.sampled_from(range(8)), unique=True, max_size=5), max_size=6))
    rest = [number for number in range(8) if not any(number in part for part in parts)]
    order = data.draw(st.permutations([*parts, rest, *parts[:2]]))
    here, waiting = ground_of(log), list[SyncBundle]()
    for part in order:
        arrived = bundle([entries[number] for number in part], 8)
        made = plan(known_of(here), [*waiting, arrived], "ground")
        assert made.aside == ()
        waiting = [one for one in (*waiting, arrived) if one.sha256 in made.waiting]
        here += [replace(entry, index=len(here) + n) for n, entry in enumerate(made.fitting)]
        assert verify(here).damage is None
    assert waiting == []
    assert [entry.content for entry in own(replace(log, entries=here))] == [e.content for e in entries]


def test_a_different_entry_at_a_known_place_is_a_fork_and_nothing_of_its_bundle_is_taken() -> None:
    log, other = far_log(4), far_log(2)
    other.add("capsule", ev.PhaseMoved("melt", "aborted", "another history"))
    other.add("capsule", ev.PhaseMoved("melt", "execute", "turn 3"))
    made = plan(known_of(log.entries[:5]), [bundle(own(other))], "ground")
    assert made.fitting == ()
    assert [reason.split(":")[0] for _, reason in made.aside] == ["FORK"]
    assert "entry 2 differs" in made.aside[0][1]


def test_a_second_history_that_begins_behind_the_log_is_a_fork_when_it_would_be_joined() -> None:
    log, other = far_log(4), far_log(1)
    other.add("capsule", ev.PhaseMoved("melt", "aborted", "another history"))
    other.add("capsule", ev.PhaseMoved("melt", "aborted", "goes on"), id="capsule-000009")
    made = plan(known_of(log.entries[:4]), [bundle(own(other)[2:])], "ground")
    assert (made.fitting, made.held) == ((), {})
    assert "FORK" in made.aside[0][1]
    assert "does not follow" in made.aside[0][1]


def test_of_two_bundles_that_contradict_each_other_the_later_one_is_put_aside() -> None:
    log, other = far_log(6), far_log(3)
    other.add("capsule", ev.PhaseMoved("melt", "aborted", "another history"))
    first, second = bundle(own(log)[2:5]), bundle(own(other)[2:4])
    made = plan(known_of(ground_of(log)), [first, second], "ground")
    assert [aside.sha256 for aside, _ in made.aside] == [second.sha256]
    assert "another bundle has a different one" in made.aside[0][1]
    assert made.held == {"capsule": (ev.Stretch(2, 4),)}


def test_a_counter_that_goes_back_to_the_start_is_a_fork() -> None:
    """A device that lost its log and counts from 0 again, with the key it had."""
    log = far_log(3)
    again = Log().enrol("ground").enrol("capsule")
    again.add("capsule", ev.PhaseMoved("melt", "idle", "as new"))
    made = plan(known_of(log.entries), [bundle(own(again))], "ground")
    assert "entry 0 differs" in made.aside[0][1]


def test_an_entry_beyond_what_its_bundle_announces_is_not_believed() -> None:
    log = far_log(4)
    made = plan(known_of(ground_of(log)), [bundle(own(log), announced=3)], "ground")
    assert "of which it announces 3" in made.aside[0][1]


def test_an_entry_of_another_campaign_of_a_strange_id_or_by_a_strange_key_is_not_taken() -> None:
    base = known_of(far_log(0).entries)
    for changes, told in (
        ({"campaign": "other"}, "of campaign 'other'"),
        ({"id": "e0"}, "two entries have the id e0"),
    ):
        log = far_log(0).add("capsule", ev.PhaseMoved("melt", "execute"), **changes)
        assert told in plan(base, [bundle(own(log))], "ground").aside[0][1]
    forged = Log(keys={"ground": key_of(1), "capsule": key_of(7)}).enrol("ground").enrol("capsule")
    forged.add("capsule", ev.PhaseMoved("melt", "execute"))
    assert "key in force" in plan(base, [bundle(own(forged))], "ground").aside[0][1]


def test_an_entry_signed_with_a_revoked_key_is_put_aside() -> None:
    log = far_log(2)
    revoking = Log().enrol("ground").enrol("capsule")
    text = known_of(log.entries).keys["capsule"]
    revoking.add("ground", ev.KeyRevoked("capsule", text, "stolen"))
    made = plan(known_of(revoking.entries), [bundle(own(log))], "ground")
    assert "e2 revoked" in made.aside[0][1]


def test_a_device_that_changes_its_own_key_is_followed_in_one_bundle_and_over_two() -> None:
    log = far_log(2)
    new = key_of(9)
    log.enrol("capsule", by="capsule", key=new)
    log.keys["capsule"] = new
    log.add("capsule", ev.PhaseMoved("melt", "execute", "with the new key"))
    entries, known = own(log), known_of(ground_of(log))
    whole = bundle(entries, byte=9)
    assert check_sync(whole, keys_at_hand(known, [whole])) is None
    assert len(plan(known, [whole], "ground").fitting) == 4
    late = bundle(entries[3:], byte=9)
    assert check_sync(late, keys_at_hand(known, [late])) is not None
    assert check_sync(late, keys_at_hand(known, [bundle(entries[:3]), late])) is None


def test_a_key_that_an_unsigned_hand_enrols_opens_nothing() -> None:
    log = far_log(1)
    thief = key_of(13)
    forged = Log(keys={"ground": key_of(1), "capsule": thief}).enrol("ground").enrol("capsule")
    forged.add("capsule", ev.PhaseMoved("melt", "execute"))
    forged.enrol("capsule", by="capsule", key=thief)
    stolen = bundle(own(forged), byte=13)
    assert check_sync(stolen, keys_at_hand(known_of(ground_of(log)), [stolen])) is not None


def test_a_device_may_not_enrol_another() -> None:
    log = far_log(0)
    log.keys["rover"] = key_of(5)
    log.enrol("rover", by="capsule")
    made = plan(known_of(ground_of(log)), [bundle(own(log))], "ground")
    assert "enrols rover, which only ground may" in made.aside[0][1]


def test_no_log_takes_entries_of_its_own_writer_from_outside() -> None:
    """A ground restored from an old copy meets its own later entries: it must not write over them."""
    log = far_log(2)
    log.add("ground", ev.PhaseMoved("melt", "execute", "after the copy was made"))
    known = known_of([entry for entry in log.entries if entry.index < 2])
    made = plan(known, [bundle(own(log, "ground"), writer="ground", byte=1)], "ground")
    assert "restored from an old copy" in made.aside[0][1]


def test_on_board_the_grounds_entries_fit_and_a_new_writer_is_enrolled_before_its_first() -> None:
    log = far_log(0)
    known = known_of(log.entries)
    log.keys["rover"] = key_of(5)
    log.enrol("rover").add("rover", ev.PhaseMoved("melt", "execute"))
    log.add("ground", ev.PhaseMoved("melt", "held"))
    data = write_sync("demo", "ground", START, {"ground": 9, "rover": 9}, log.entries[2:], key_of(1))
    made = plan(known, [read_sync(data)], "capsule")
    assert [entry.content for entry in made.fitting] == [e.content for e in log.entries[2:]]


def test_stretches_count_both_ends() -> None:
    told = stretches([("a", 4), ("a", 2), ("a", 3), ("a", 7), ("b", 0), ("a", 4)])
    assert told == {"a": (ev.Stretch(2, 4), ev.Stretch(7, 7)), "b": (ev.Stretch(0, 0),)}


def test_a_long_log_in_falling_order_is_joined() -> None:
    log = far_log(400)
    made = plan(known_of(ground_of(log)), [bundle(own(log)[::-1], 400)], "ground")
    assert len(made.fitting) == 400
