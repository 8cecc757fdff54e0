"""A kilometre of fibre drawn on the station, flown by the simulator: three faults, told as the ground knows.

    2025-09-15  preform loaded; purged, dried, heated, the first fibre pulled
    2025-09-16  the draw; an hour in, the relay is gone for three hours, so the rack suspends the draw;
                then the heater trips, the rack holds the draw, and a person sends the restart
    2025-10-08  the departure slips by nine days; the parties decide on a change of the plan
    2025-10-19  splashdown; custody ends in the laboratory
    2025-11-19  released, with every rule met

Every moment below is read from the record and the fault script, not from a run that was taken for right.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from downmass.answers.answer import Answer
from downmass.base.instant import Window, format_instant
from downmass.facts import event as ev
from downmass.operations.flight.fly import Flight
from downmass.operations.opening import OpenCampaign, open_campaign

ZBLAN = Path(__file__).parents[2] / "examples" / "zblan"

Ask = Callable[[str, datetime], Answer]


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Window]]:
    """The flight from its first moment to its last, and when each of its faults lasted, in true time."""
    folder = tmp_path_factory.mktemp("flights") / "zblan"
    folder.mkdir()
    for name in ("campaign.toml", "flight.toml"):
        shutil.copy(ZBLAN / name, folder / name)
    flight = Flight(folder)
    try:
        for _ in flight.fly():
            pass
        return folder, {fault.id: lasts for fault, lasts in flight.faults()}
    finally:
        flight.close()


@pytest.fixture(scope="module")
def zblan(flown: tuple[Path, dict[str, Window]]) -> Iterator[OpenCampaign]:
    with open_campaign(str(flown[0])) as campaign:
        yield campaign


@pytest.fixture(scope="module")
def fault(flown: tuple[Path, dict[str, Window]]) -> Callable[[str], Window]:
    return lambda name: flown[1][name]


@pytest.fixture(scope="module")
def ask(zblan: OpenCampaign) -> Ask:
    return lambda question, at: zblan.ask(question, format_instant(at))


def value(answer: Answer, name: str) -> str:
    found = next(v for v in answer.values if v.name == name)
    return found.exact or found.p50 or ""


def found(answer: Answer, severity: str = "blocking") -> list[str]:
    return [f"{one.subject}: {one.message}" for one in answer.findings if one.severity == severity]


MINUTE = timedelta(minutes=1)


def test_all_three_faults_came(fault: Callable[[str], Window]) -> None:
    assert fault("relay-lost").closes - fault("relay-lost").opens == timedelta(hours=3)
    assert fault("heater-trip").opens > fault("relay-lost").closes
    assert f"{fault('late-return').opens:%Y-%m-%d}" == "2025-10-08"


def test_before_the_relay_is_lost_the_draw_runs(ask: Ask, fault: Callable[[str], Window]) -> None:
    at = fault("relay-lost").opens - 10 * MINUTE
    told = ask("track", at)
    assert "held by International Space Station, payload rack" in told.headline
    assert "Draw, coat and spool has been running since 2025-09-15" in told.headline
    assert value(told, "commands not answered") == "0"
    assert "no gaps in the chain" in ask("custody", at).headline


def test_while_the_relay_is_lost_the_ground_tells_what_it_last_knew(
    ask: Ask, zblan: OpenCampaign, fault: Callable[[str], Window]
) -> None:
    """The rack suspends the draw an hour into the silence; the ground cannot know, and says how old it is."""
    before = zblan.state(format_instant(fault("relay-lost").opens))
    at = fault("relay-lost").closes - 10 * MINUTE
    during = zblan.state(format_instant(at))
    told = ask("track", at)
    assert "suspended" not in told.headline
    assert len(during.all(ev.SegmentSealed)) == len(before.all(ev.SegmentSealed))
    assert value(told, "days since the last bundle of station-rack") == "0.1"
    assert not during.all(ev.NonconformityRaised)


def test_once_the_ground_knows_it_reads_of_the_suspension_and_why(
    ask: Ask, zblan: OpenCampaign, fault: Callable[[str], Window]
) -> None:
    at = fault("relay-lost").closes + 5 * MINUTE
    moves = [e for e in zblan.state(format_instant(at)).all(ev.PhaseMoved) if e.body.phase == "draw-run"]
    stood = next(e for e in moves if e.body.state == "suspending")
    # The recipe's executive goes on for an hour without a contact, and looks at least every half hour.
    silent = stood.occurred_at - fault("relay-lost").opens
    assert timedelta(hours=1) <= silent <= timedelta(hours=1.5)
    assert (stood.body.reason, stood.body.cause) == ("no contact", "outside")
    assert any("draw-run" in line and "held or suspended" in line for line in found(ask("track", at)))
    blocked = found(ask("quality", at))
    assert any("longer than 0.25 h; raise a nonconformity" in line for line in blocked)


def test_when_the_heater_trips_the_draw_is_held_with_its_cause(
    ask: Ask, fault: Callable[[str], Window]
) -> None:
    trip = fault("heater-trip")
    before, during = ask("track", trip.opens - 5 * MINUTE), ask("track", trip.opens + 5 * MINUTE)
    assert "running" in before.headline
    # The suspension outlasted the longest hold of the phase: its timer fired and raised an alarm of its own.
    assert value(before, "alarms open") == "1"
    assert f"Draw, coat and spool has been held since {trip.opens:%Y-%m-%d %H:%M}" in during.headline
    assert "the over-temperature guard of the heater tripped, inside the unit" in during.headline
    assert value(during, "alarms open") == "2"
    assert any("alarm" in line for line in found(ask("quality", trip.opens + 5 * MINUTE)))


def test_after_the_trip_a_person_has_sent_the_restart(
    ask: Ask, zblan: OpenCampaign, fault: Callable[[str], Window]
) -> None:
    at = fault("heater-trip").opens + timedelta(hours=1)
    told = ask("track", at)
    assert "Draw, coat and spool has been running since 2025-09-16" in told.headline
    state = zblan.state(format_instant(at))
    (sent,) = [e.body for e in state.all(ev.CommandSent) if e.body.verb == "unhold"]
    assert sent.by == "draw-operator"
    (answer,) = [e.body for e in state.all(ev.CommandAnswered) if e.body.command == sent.command]
    assert answer.outcome == "executed"
    assert any("neck" in line.lower() for line in found(ask("quality", at)))


def test_the_slip_is_decided_by_both_parties_and_custody_waits_with_the_carrier(
    ask: Ask, zblan: OpenCampaign, fault: Callable[[str], Window]
) -> None:
    slip = fault("late-return")
    before, after = (zblan.state(format_instant(slip.opens + timedelta(days=n))) for n in (-1, 3))
    assert not before.all(ev.ChangeRequested)
    assert {(e.body.party, e.body.decision) for e in after.all(ev.ChangeDecided)} == {
        ("fibre-maker", "accepted"), ("laser-house", "accepted"),
    }  # fmt: skip
    told = ask("custody", slip.opens + timedelta(days=3))
    assert "no gaps in the chain" in told.headline
    assert "Cargo carrier to the station and back (example) has it" in told.headline
    landed = zblan.state().last(ev.Landed)
    assert landed is not None
    assert landed.occurred_at > slip.closes


def test_it_is_released_with_every_rule_met(ask: Ask, zblan: OpenCampaign) -> None:
    released = zblan.state().last(ev.DispositionDecided)
    assert released is not None
    day_before, day_after = (released.recorded_at + timedelta(days=n) for n in (-2, 1))
    assert "still block release" in ask("quality", day_before).headline
    told = ask("quality", day_after)
    assert "The batch is released at 97 percent; 24 of 24 rules are met" in told.headline
    assert not found(told)
    assert "released, held by Photonics laboratory (example)" in ask("track", day_after).headline
    custody = ask("custody", day_after)
    assert value(custody, "hand-overs") == value(custody, "signed by both sides") == "5"
    assert value(custody, "gaps") == "0"


def test_no_phase_ran_twice_and_no_timer_ended_twice(zblan: OpenCampaign) -> None:
    state = zblan.state()
    begun = [e.body.phase for e in state.all(ev.PhaseMoved) if e.body.state == "starting"]
    assert len(begun) == len(set(begun)) == 10
    ended = [e.body.timer for kind in (ev.TimerFired, ev.TimerCancelled) for e in state.all(kind)]
    assert len(ended) == len(set(ended)) == len(state.all(ev.TimerSet))
    answered = [e.body.command for e in state.all(ev.CommandAnswered)]
    assert sorted(answered) == sorted(e.body.command for e in state.all(ev.CommandSent))
    assert zblan.verify().damage is None
