"""Instants by a device's clock, read by what it was compared with; figures worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.instant import Window
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.clock import Epoch, Pair, drift_s, read_clock, retime
from downmass.facts.codec import event_from_json, event_to_json

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def told(
    body: Any, at: datetime, sequence: int, writer: str = "capsule", uncertainty: str = "0"
) -> ev.Event[Any]:
    return ev.Event(
        f"{writer}-{sequence:06d}", "demo", ev.TYPE_OF[type(body)], 1, writer, sequence,
        at, Decimal(uncertainty), at, "recorded", "", (), body,
    )  # fmt: skip


def born(epoch: int = 0, boot: int = 1, unsure: str = "2", drift: str = "10") -> ev.WriterBorn:
    return ev.WriterBorn("capsule", boot, epoch, 0, Decimal(unsure), Decimal(drift), "flight 1.0")


def compared(
    device: datetime, true: datetime, epoch: int = 0, unsure: str = "0.5", writer: str = "capsule"
) -> ev.ClockCorrelated:
    return ev.ClockCorrelated(writer, epoch, device, true, Decimal(unsure), "two-way")


def ground(*bodies: Any) -> list[ev.Event[Any]]:
    enrolled = ev.WriterEnrolled("ground", "maker", "ground", KEY)
    return [told(body, NOON, n, "ground") for n, body in enumerate((enrolled, *bodies))]


def capsule(*lines: tuple[Any, datetime]) -> list[ev.Event[Any]]:
    return [told(body, at, n) for n, (body, at) in enumerate(lines)]


MOVED = ev.PhaseMoved("run", "execute")
EPOCH = Epoch("capsule", 0, "capsule-000000", NOON, Decimal(2), Decimal(10))


def pairs(*rows: tuple[float, float, str]) -> tuple[Pair, ...]:
    return tuple(Pair(NOON + s(d), NOON + s(t), Decimal(u), (f"p{n}",)) for n, (d, t, u) in enumerate(rows))


def test_a_clock_never_compared_is_as_wrong_as_it_said_and_its_drift_makes_it() -> None:
    """10 ppm over 100 000 s is 1 s; on top of the 2 s it declared."""
    reading = read_clock(EPOCH, NOON + s(100_000))
    assert (reading.at, reading.uncertainty_s) == (NOON + s(100_000), Decimal(3))
    assert read_clock(EPOCH, NOON + s(100_000), Decimal(60)).uncertainty_s == Decimal(60)


def test_between_two_comparisons_an_instant_is_read_on_the_line_through_them() -> None:
    """The clock gained 2 s in 200 000 s, 10 ppm; half way it is 401 s fast."""
    epoch = replace(EPOCH, pairs=pairs((0, -400, "0.5"), (200_000, 199_598, "0.25")))
    reading = read_clock(epoch, NOON + s(100_000))
    assert reading.at == NOON + s(100_000 - 401)
    # worse of the two, and 2 * 1e5 * 1e5 / 2e5 s at 10 ppm
    assert reading.uncertainty_s == Decimal("0.5") + Decimal(1)
    assert reading.by == ("p0", "p1")


def test_beyond_the_comparisons_the_nearest_offset_counts_and_the_drift_grows_from_there() -> None:
    epoch = replace(EPOCH, pairs=pairs((0, -400, "0.5"), (200_000, 199_600, "0.25")))
    after, before = read_clock(epoch, NOON + s(300_000)), read_clock(epoch, NOON - s(50_000))
    assert (after.at, after.uncertainty_s) == (NOON + s(299_600), Decimal("1.25"))
    assert (before.at, before.uncertainty_s) == (NOON - s(50_400), Decimal(1))
    assert (after.by, before.by) == (("p1",), ("p0",))


def test_drift_is_rounded_up_so_that_no_bound_is_understated() -> None:
    assert drift_s(s(1), Decimal(1)) == Decimal("0.001")
    assert drift_s(s(-100_000), Decimal(10)) == Decimal(1)
    assert drift_s(s(0), Decimal(10)) == 0


@given(
    offset=st.integers(-400_000, 400_000),
    ppm=st.integers(-50, 50),
    marks=st.lists(st.integers(0, 2_600_000), min_size=1, max_size=5, unique=True),
    at=st.integers(0, 2_600_000),
)
def test_a_reading_holds_the_truth_within_its_uncertainty(
    offset: int, ppm: int, marks: list[int], at: int
) -> None:
    """A clock off by an offset and a rate no greater than declared, compared exactly."""

    def shown(true: int) -> timedelta:
        return s(true) + s(offset) + timedelta(microseconds=true * ppm)

    rows = tuple(Pair(NOON + shown(m), NOON + s(m), Decimal(0), ("p",)) for m in sorted(marks))
    epoch = replace(EPOCH, drift_ppm=Decimal(51), pairs=rows)
    reading = read_clock(epoch, NOON + shown(at))
    assert abs(reading.at - (NOON + s(at))) <= s(float(reading.uncertainty_s)) + timedelta(microseconds=1)


def test_reading_keeps_the_order_of_instants() -> None:
    epoch = replace(EPOCH, pairs=pairs((0, -400, "0"), (1000, 900, "0"), (5000, 4100, "0")))
    read = [read_clock(epoch, NOON + s(x)).at for x in range(-1000, 7000, 10)]
    assert read == sorted(read)


def test_the_fold_reads_every_instant_of_the_device_corrected_and_says_how() -> None:
    shown = NOON + s(400)
    when = Window(shown, shown + s(60))
    lines = [
        (born(), shown),
        (ev.SegmentSealed("oven", "run", when, "C", 1, 1, Decimal(1), Decimal(1), Decimal(1), "ab"), shown),
        (ev.ExcursionDetected("exc-1", "oven", when, "C", Decimal(1), Decimal(2)), shown),
        (ev.CommandAnswered("cmd-1", shown, shown + s(1), "executed"), shown),
        (ev.CommandAnswered("cmd-2", shown, None, "refused", "late"), shown),
        (ev.TimerSet("t-1", "run", shown + s(3600), "soak"), shown),
        (ev.ContactHeld("station", when, 1, 1), shown),
    ]
    events = [*ground(compared(shown, NOON)), *capsule(*lines)]
    state = fold(events)
    true = Window(NOON, NOON + s(60))
    assert state.all(ev.SegmentSealed)[0].body.when == true
    assert state.all(ev.ExcursionDetected)[0].body.when == true
    assert state.all(ev.ContactHeld)[0].body.when == true
    first, second = (event.body for event in state.all(ev.CommandAnswered))
    assert (first.received_at, first.executed_at) == (NOON, NOON + s(1))
    assert (second.received_at, second.executed_at) == (NOON, None)
    assert state.all(ev.TimerSet)[0].body.due == NOON + s(3600)
    for event in state.all(ev.SegmentSealed):
        assert (event.occurred_at, event.recorded_at, event.uncertainty_s) == (NOON, NOON, Decimal("0.5"))
    retimed = state.retimed["capsule-000001"]
    assert (retimed.stated, retimed.offset_s, retimed.by) == (shown, Decimal(-400), ("ground-000001",))
    assert len(state.retimed) == len(lines)
    assert state.findings == ()


def test_the_events_given_are_left_as_they_are() -> None:
    events = [*ground(compared(NOON + s(400), NOON)), *capsule((born(), NOON + s(400)))]
    before = [event_to_json(event) for event in events]
    fold(events)
    assert [event_to_json(event) for event in events] == before
    assert [event_from_json(value) for value in before] == events


def test_a_writer_without_a_birth_keeps_its_instants() -> None:
    events = [*ground(compared(NOON + s(400), NOON)), *capsule((MOVED, NOON + s(400)))]
    state = fold(events)
    assert (state.retimed, state.epochs) == ({}, ())
    assert state.all(ev.PhaseMoved)[0].occurred_at == NOON + s(400)


def test_a_comparison_holds_for_its_epoch_alone() -> None:
    lines = [(born(), NOON), (MOVED, NOON + s(10)), (born(1, 2), NOON + s(20)), (MOVED, NOON + s(30))]
    state = fold([*ground(compared(NOON, NOON - s(400))), *capsule(*lines)])
    first, second = state.all(ev.PhaseMoved)
    assert first.occurred_at == NOON + s(10 - 400)
    assert second.occurred_at == NOON + s(30)
    assert [bool(epoch.pairs) for epoch in state.epochs] == [True, False]


def test_a_comparison_that_arrived_before_its_epoch_waits_for_it() -> None:
    early = ground(compared(NOON + s(400), NOON))
    assert fold(early).findings == ()
    late = fold([*early, *capsule((born(), NOON + s(400)))])
    assert late.all(ev.WriterBorn)[0].occurred_at == NOON


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_step_of_known_size_carries_a_comparison_to_the_other_epoch(epoch: int) -> None:
    """The clock was right, then jumped 90 s ahead; either side compared, both read right."""
    stepped = ev.ClockStepped("capsule", 1, NOON + s(100), NOON + s(190), Decimal(92))
    lines = [
        (born(drift="0"), NOON), (MOVED, NOON + s(50)), (stepped, NOON + s(190)), (MOVED, NOON + s(240)),
    ]  # fmt: skip
    pair = compared(NOON, NOON) if epoch == 0 else compared(NOON + s(390), NOON + s(300), 1)
    state = fold([*ground(pair), *capsule(*lines)])
    assert [event.occurred_at for event in state.all(ev.PhaseMoved)] == [NOON + s(50), NOON + s(150)]
    assert state.findings == ()
    assert set(state.retimed["capsule-000003" if epoch == 0 else "capsule-000001"].by) == {
        "ground-000001", "capsule-000002",
    }  # fmt: skip


def findings_of(events: Sequence[ev.Event[Any]]) -> list[str]:
    return [finding.message for finding in retime(events).findings]


def test_an_epoch_never_compared_is_noted_with_how_wrong_it_may_be() -> None:
    (told_,) = findings_of([*ground(), *capsule((born(), NOON), (MOVED, NOON + s(100_000)))])
    assert "epoch 0 of capsule's clock was never compared" in told_
    assert "wrong by 3 s" in told_


def test_a_device_that_stands_out_of_order_after_correction_is_named() -> None:
    """Two epochs, each compared; by that the second began an hour before the first ended."""
    lines = [(born(), NOON), (MOVED, NOON + s(7200)), (born(1, 2), NOON + s(7300))]
    pair = compared(NOON + s(7300), NOON + s(3600), 1)
    (message,) = findings_of([*ground(compared(NOON, NOON), pair), *capsule(*lines)])
    assert "capsule wrote this 3600 s before capsule-000001" in message


def test_a_clock_that_drifts_more_than_it_declared_is_named_and_not_believed() -> None:
    """100 s gained in 100 000 s is 1000 ppm, not 10; beyond, the greater rate counts."""
    rows = (compared(NOON, NOON, unsure="0"), compared(NOON + s(100_000), NOON + s(99_900), unsure="0"))
    events = [*ground(*rows), *capsule((born(), NOON), (MOVED, NOON + s(200_000)))]
    timeline = retime(events)
    assert any("drifts by 1000 ppm" in f.message for f in timeline.findings)
    assert timeline.retimed["capsule-000001"].uncertainty_s == Decimal(100)


def test_comparisons_that_contradict_each_other_do_not_turn_time_round() -> None:
    rows = (compared(NOON, NOON), compared(NOON + s(100), NOON - s(100)))
    timeline = retime([*ground(*rows), *capsule((born(drift="0"), NOON), (MOVED, NOON + s(50)))])
    assert any("contradicts ground-000001" in f.message for f in timeline.findings)
    assert timeline.events[-1].occurred_at == NOON + s(50)


def test_of_two_comparisons_at_one_instant_the_surer_counts() -> None:
    rows = (compared(NOON, NOON - s(9), unsure="5"), compared(NOON, NOON - s(8), unsure="1"))
    timeline = retime([*ground(*rows), *capsule((born(), NOON))])
    assert timeline.events[-1].occurred_at == NOON - s(8)


def test_an_epoch_told_twice_is_corrected_by_nothing() -> None:
    events = [*ground(compared(NOON, NOON - s(400))), *capsule((born(), NOON), (born(0, 2), NOON + s(10)))]
    timeline = retime(events)
    assert any("restored from an old copy" in f.message for f in timeline.findings)
    assert [event.occurred_at for event in timeline.events[-2:]] == [NOON, NOON + s(10)]


def test_a_comparison_by_a_third_party_counts_for_nothing() -> None:
    third = replace(told(compared(NOON, NOON - s(400)), NOON, 0, "laboratory"), id="laboratory-000000")
    timeline = retime([*ground(), third, *capsule((born(), NOON))])
    assert timeline.events[-1].occurred_at == NOON


def test_a_clock_at_1970_or_in_2099_is_read_right_once_compared() -> None:
    for shown in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)):
        timeline = retime([*ground(compared(shown, NOON)), *capsule((born(), shown), (MOVED, shown + s(60)))])
        assert timeline.events[-1].occurred_at == NOON + s(60)


def test_a_corrected_body_is_read_as_it_was_put() -> None:
    shown = NOON + s(400)
    fixed = {"timer": "t-1", "phase": "run", "due": "2026-06-01T13:00:00Z", "purpose": "soak"}
    lines = [(born(), shown), (ev.TimerSet("t-1", "run", shown, "soak"), shown)]
    fix = ev.EntryCorrected("capsule-000001", "mistyped", fixed)
    events = [*ground(compared(shown, NOON)), *capsule(*lines), told(fix, NOON, 2, "ground")]
    state = fold(events)
    assert state.all(ev.TimerSet)[0].body.due == NOON + s(3600)


def test_the_fold_of_a_log_with_arrivals_is_recorded_until_by_the_grounds_clock() -> None:
    synced = ev.SyncReceived("capsule", "ab", "relay", 1, (ev.Stretch(0, 0),))
    events = [*ground(synced), *capsule((born(), datetime(2099, 1, 1, tzinfo=UTC)))]
    assert fold(events).recorded_until == NOON
    assert fold([]).recorded_until is None
