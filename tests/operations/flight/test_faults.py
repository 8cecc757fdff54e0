"""Each kind of fault flown on a small furnace: what a reader of the ground's record must find of it.

The furnace is the small one, with a gas line that can stick, a neck that must stay hot while the rod is
drawn, and a way home that can slip. Times are from the scripts: contacts last an hour in every hour and a
half, the melt may go on for an hour unheard, the case may be 40 degrees warm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import InputError
from downmass.base.instant import Window, parse_instant
from downmass.disciplines.execution.standing import phase_standings
from downmass.disciplines.ledger.expected import standings
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.operations.flight.fly import Flight

FAULTS = Path(__file__).parents[2] / "museum" / "faults"
KINDS = sorted(path.stem for path in FAULTS.glob("*.toml"))
MINUTE = timedelta(minutes=1)

MORE_OF_THE_RECIPE = """
[[recipe.parameters]]
id = "gas"
title = "Water in the gas"
unit = "ppm"
high = "10"

[[recipe.parameters]]
id = "neck"
title = "Neck"
unit = "C"
low = "500"
high = "620"

[[recipe.checks]]
"""

MORE_OF_THE_WORLD = """
[[plant]]
parameter = "gas"
rest = "2000"
lag_min = "2"
noise = "0.1"
heated = false
valve = true
follows = [{ phase = "load", value = "4" }]
basis = "opinion"
source = "a test"

[[plant]]
parameter = "neck"
rest = "24"
lag_min = "4"
noise = "0.3"
same_as = "oven"
basis = "opinion"
source = "a test"

[[acts]]
id = "free-valve"
after = ["held:dry"]
only_with = "valve"
delay_h = "0.75"
type = "command.sent"
body = { command = "cmd-unhold-2", phase = "dry", verb = "unhold", by = "operator" }

[[acts]]
id = "way-home"
after = ["rod"]
at = 2026-01-07T06:00:00Z
shifts = true
type = "export.tagged"
body = { item = "rod-1", regime = "EAR", classification = "EAR99", basis = "a test" }
"""


def _patched(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def furnace(tmp_path: Path, lay_out: Callable[..., Path]) -> Path:
    """The documents of the small furnace, grown so that each kind of fault has something to touch."""
    folder = lay_out(tmp_path / "furnace")
    campaign, flight = folder / "campaign.toml", folder / "flight.toml"
    campaign.write_text(
        _patched(
            campaign.read_text(encoding="utf-8"),
            ("\n[[recipe.checks]]\n", MORE_OF_THE_RECIPE),
            ('parameters = ["oven"]\nsetpoints = [{ parameter = "oven", value = "120"',
             'parameters = ["oven", "gas"]\nsetpoints = [{ parameter = "oven", value = "120"'),
            ('parameters = ["oven"]\nhold_limit_h = "2 h"\nlatency_s',
             'parameters = ["oven", "neck"]\nhold_limit_h = "2 h"\nlatency_s'),
        ),
        encoding="utf-8",
    )  # fmt: skip
    before, _, after = flight.read_text(encoding="utf-8").partition("[[faults]]")
    acts = after[after.index("[[acts]]") :]
    own = "".join(
        (FAULTS / f"{kind}.toml").read_text(encoding="utf-8").partition("format = 1")[2] for kind in KINDS
    )
    flight.write_text(
        _patched(before, ("ends = 2026-01-08", "ends = 2026-01-10")) + own + acts + MORE_OF_THE_WORLD,
        encoding="utf-8",
    )
    return folder


class Found:
    """The ground's record of a flight with one fault, and when the fault lasted in true time."""

    def __init__(self, campaign: Campaign, lasts: Window, device: int) -> None:
        self.campaign = campaign
        self.lasts = lasts
        self.device = device

    def all(self, kind: type[Any]) -> list[Any]:
        return list(self.campaign.all(kind))

    def states(self, phase: str) -> list[str]:
        return [e.body.state for e in self.all(ev.PhaseMoved) if e.body.phase == phase]

    def reasons(self, phase: str, state: str) -> list[tuple[str, str]]:
        moves = [e.body for e in self.all(ev.PhaseMoved) if e.body.phase == phase]
        return [(body.cause, body.reason) for body in moves if body.state == state]

    def begun(self, phase: str) -> datetime:
        return next(e for e in self.all(ev.PhaseMoved) if e.body.phase == phase).occurred_at

    def acted(self, act: str) -> datetime:
        events = (event for group in self.campaign.events.values() for event in group)
        return next(event.occurred_at for event in events if event.source.endswith(f", act {act}"))


@pytest.fixture
def flown(furnace: Path, doubles: Callable[..., list[str]]) -> Callable[[str], Found]:
    """Fly with a fault script of the museum; what may stand on the record once does, and nothing is lost."""

    def fly(kind: str) -> Found:
        flight = Flight(furnace, faults=FAULTS / f"{kind}.toml")
        try:
            for _ in flight.fly():
                pass
            state = flight.desk.state()
            ((_, lasts),) = flight.faults()
            device = flight._device.heads()["rack"].sequence
        finally:
            flight.close()
        assert not doubles(_in_order(state))
        assert {one.phase.id: one.state for one in phase_standings(state)} == dict.fromkeys(
            ("load", "dry", "melt", "draw", "cool"), "complete"
        )
        assert not [one for one in standings(state) if one.missing]
        return Found(state, lasts, device)

    return fly


def _in_order(campaign: Campaign) -> list[Any]:
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    events = [event for group in campaign.events.values() for event in group]
    return sorted(events, key=lambda event: place.get(event.id, 0))


def test_the_museum_has_a_script_of_every_kind() -> None:
    assert KINDS == [
        "brown_out", "clock_jump", "contact_lost", "crew_late", "furnace_trip", "return_slip",
        "stuck_valve", "thermal_excursion",
    ]  # fmt: skip


def test_a_lost_contact_suspends_what_must_be_heard_and_nothing_is_lost(
    flown: Callable[[str], Found],
) -> None:
    found = flown("contact_lost")
    assert found.reasons("melt", "suspending") == [("outside", "no contact")]
    (suspended,) = (e for e in found.all(ev.PhaseMoved) if e.body == _suspended(found, "melt"))
    silent = suspended.occurred_at - found.lasts.opens
    assert timedelta(hours=1) <= silent <= timedelta(hours=1, minutes=61)
    opened = [e.body.when.opens for e in found.all(ev.ContactHeld)]
    assert parse_instant("2026-01-06T13:30:00Z") not in opened
    synced = [e for e in found.all(ev.SyncReceived) if e.body.writer == "rack"]
    assert not [e for e in synced if found.lasts.opens <= e.recorded_at < found.lasts.closes]
    stretches = [part for event in synced for part in event.body.appended]
    assert [part.first for part in stretches] == [0, *(part.last + 1 for part in stretches[:-1])]
    assert stretches[-1].last + 1 == found.device


def _suspended(found: Found, phase: str) -> Any:
    return next(
        e.body for e in found.all(ev.PhaseMoved) if (e.body.phase, e.body.state) == (phase, "suspending")
    )


def test_a_clock_that_jumps_is_recorded_and_every_time_after_it_is_read_right(
    flown: Callable[[str], Found],
) -> None:
    found = flown("clock_jump")
    (stepped,) = found.all(ev.ClockStepped)
    assert abs(stepped.body.after - stepped.body.before - timedelta(seconds=400)) < timedelta(seconds=1)
    assert abs(stepped.occurred_at - found.lasts.opens) < timedelta(seconds=1)
    (timer,) = (e for e in found.all(ev.TimerFired) if e.body.timer == "melt-end-1")
    began = [e.occurred_at for e in found.all(ev.PhaseMoved) if e.body.phase == "melt"][1]
    assert abs(timer.occurred_at - began - timedelta(hours=3)) < timedelta(seconds=2)
    assert found.states("melt") == ["starting", "execute", "completing", "complete"]
    later = [
        e for e in _in_order(found.campaign) if e.writer == "rack" and e.occurred_at > found.lasts.closes
    ]
    assert later
    assert all(e.uncertainty_s < 5 for e in later)
    assert all(found.campaign.retimed[e.id] is not None for e in later)


def test_a_tripped_heater_holds_the_phase_from_inside_until_a_person_sends_it_on(
    flown: Callable[[str], Found],
) -> None:
    found = flown("furnace_trip")
    assert found.reasons("draw", "holding") == [("inside", "the guard of the heater tripped")]
    assert found.states("draw")[:4] == ["starting", "execute", "holding", "held"]
    assert ("command", "by operator") in found.reasons("draw", "unholding")
    (excursion,) = {e.body.parameter for e in found.all(ev.ExcursionDetected)}
    assert excursion == "neck"
    worst = min(e.body.worst for e in found.all(ev.ExcursionDetected))
    assert worst < 500
    alarms = [e.body for e in found.all(ev.AlarmRaised)]
    assert ("", "the guard of the heater tripped") in {(body.parameter, body.text) for body in alarms}
    assert {body.alarm for body in alarms} == {e.body.alarm for e in found.all(ev.AlarmAcknowledged)}


def test_a_stuck_valve_holds_the_phase_from_inside_and_its_gas_is_out_of_limits(
    flown: Callable[[str], Found],
) -> None:
    found = flown("stuck_valve")
    assert found.reasons("dry", "holding") == [("inside", "the gas valve does not close")]
    assert ("command", "by operator") in found.reasons("dry", "unholding")
    assert {e.body.parameter for e in found.all(ev.ExcursionDetected)} == {"gas"}
    assert any(e.body.parameter == "gas" for e in found.all(ev.AlarmRaised))


def test_after_a_brown_out_the_device_tells_of_its_second_birth_and_runs_what_is_left(
    flown: Callable[[str], Found],
) -> None:
    found = flown("brown_out")
    births = [e for e in found.all(ev.WriterBorn) if e.body.writer == "rack"]
    assert [(e.body.boot, e.body.epoch) for e in births] == [(1, 0), (2, 1)]
    before = [e for e in _in_order(found.campaign) if e.writer == "rack" and e.sequence < births[1].sequence]
    assert births[1].body.entries == len(before)
    assert abs(births[1].occurred_at - found.lasts.closes) < timedelta(minutes=1, seconds=5)
    assert ("outside", "the power was off while it ran") in found.reasons("melt", "suspending")
    melt = next(one for one in phase_standings(found.campaign) if one.phase.id == "melt")
    assert abs(melt.executed - timedelta(hours=3)) < timedelta(seconds=2)
    dark = [e.body.when for e in found.all(ev.SegmentSealed) if e.writer == "rack"]
    inside = found.lasts.opens + MINUTE, found.lasts.closes - MINUTE
    assert not [when for when in dark if when.opens < inside[1] and when.closes > inside[0]]


def test_a_late_crew_begins_its_phase_late_and_everything_after_it(flown: Callable[[str], Found]) -> None:
    found = flown("crew_late")
    late = found.begun("load") - parse_instant("2026-01-06T07:00:00Z")
    assert timedelta(hours=3) - MINUTE <= late <= timedelta(hours=3, minutes=1)
    assert found.begun("dry") > found.begun("load") + timedelta(minutes=30) - MINUTE
    assert [e.body.by for e in found.all(ev.CommandSent) if e.body.phase == "load"] == ["crew-one"]


def test_a_slip_of_the_return_moves_what_hangs_on_it_by_as_much(flown: Callable[[str], Found]) -> None:
    found = flown("return_slip")
    assert found.acted("way-home") == parse_instant("2026-01-08T18:00:00Z")
    assert found.acted("open-case") < parse_instant("2026-01-07T06:00:00Z")


def test_a_warm_case_is_known_once_the_logger_is_read(flown: Callable[[str], Found]) -> None:
    found = flown("thermal_excursion")
    out = [e for e in found.all(ev.ExcursionDetected) if e.body.parameter == "case"]
    assert out
    assert max(e.body.worst for e in out) > Decimal(40)
    (read,) = (e for e in found.all(ev.SyncReceived) if e.body.writer == "box")
    assert read.recorded_at >= found.acted("open-case")
    assert min(e.body.when.opens for e in out) > found.lasts.opens
    assert not [e for e in found.all(ev.PhaseMoved) if e.body.state in ("held", "holding")]


def test_without_faults_nothing_is_held_and_no_clock_jumps(furnace: Path, tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    none.write_text("format = 1\n", encoding="utf-8")
    flight = Flight(furnace, faults=none)
    try:
        for _ in flight.fly():
            pass
        state = flight.desk.state()
    finally:
        flight.close()
    moved = {event.body.state for event in state.all(ev.PhaseMoved)}
    assert "held" not in moved
    assert not [*state.all(ev.ClockStepped), *state.all(ev.ExcursionDetected), *state.all(ev.AlarmRaised)]


FAULT = """
format = 1
[[faults]]
id = "one"
kind = "furnace_trip"
text = "a test"
phase = "melt"
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "furnace_trip"', 'kind = "gremlins"', "0.kind"),
        ('phase = "melt"', "", "fault one has neither or both of `at` and `phase`"),
        ('phase = "melt"', 'phase = "melt"\nat = 2026-01-06T12:00:00Z', "neither or both"),
        ('phase = "melt"', 'phase = "anneal"', "faults.one.phase: there is no phase 'anneal'"),
        ('phase = "melt"', 'phase = "melt"\nlasts_h = "-1"', "0.lasts_h"),
        ('phase = "melt"', 'phase = "melt"\nafter_h = "-1"', "0.after_h"),
        ('phase = "melt"', 'phase = "melt"\nlast_h = "1"', "0.last_h"),
        ('id = "one"', "", "0.id"),
        ('kind = "furnace_trip"', 'kind = "furnace_trip"\namount = "much"', "0.amount"),
        ('kind = "furnace_trip"\ntext = "a test"\nphase = "melt"',
         'kind = "crew_late"\ntext = "a test"\nat = 2026-01-06T12:00:00Z', "a crew_late is of a phase"),
        ("[[faults]]", "[[fault]]", "no section is called 'fault'"),
        ("[[faults]]", "[faults]", "faults.toml"),
        ("format = 1", "format = ", "faults.toml"),
    ],
)  # fmt: skip
def test_a_fault_script_that_does_not_fit_is_refused_by_file_and_field(
    furnace: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(_patched(FAULT, (old, new)), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        Flight(furnace, faults=path)
    assert "faults.toml" in str(refusal.value)
    assert words in str(refusal.value)
    assert refusal.value.remedy
    assert not (furnace / "ledger.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('after = ["rod"]\ndelay_h', 'after = ["stick"]\ndelay_h',
         "act open-case waits for 'stick', which is no act"),
        ('after = ["phase:cool"]', 'after = ["phase:chill"]', "acts.rod.after: there is no phase 'chill'"),
        ('after = ["held:draw"]', 'after = ["hold:draw"]',
         "acts.reset.after: there is no kind of thing to wait for"),
        ('after = ["held:draw"]', 'after = ["fault:none"]', "acts.reset.after: there is no fault 'none'"),
        ('after = ["held:draw"]', 'after = ["read:rack"]', "acts.reset.after: there is no logger 'rack'"),
        ('only_with = "trip"', 'only_with = "tripp"', "acts.reset.only_with: there is no fault 'tripp'"),
        ('"$yield:cool"', '"$yield:draw"', "acts.rod.body: there is no yield of a phase 'draw'"),
        ('phase = "load", material', 'phase = "fill", material',
         "acts.charge.body.phase: there is no phase 'fill'"),
        ('verb = "unhold", by = "operator" }\n\n[[acts]]\nid = "rod"',
         'verb = "unhold" }\n\n[[acts]]\nid = "rod"', "acts.reset"),
        ('writer = "rack"', 'writer = "rock"', "device.writer: there is no writer 'rock'"),
        ('after = "unpack"', 'after = "pack"', "device.after: there is no act 'pack'"),
        ('parameter = "case"\nbegins', 'parameter = "box"\nbegins',
         "logger.parameter: there is no parameter 'box'"),
        ('begins = "cool"', 'begins = "chill"', "logger.begins: there is no phase 'chill'"),
        ('checks = "supervisor"', 'checks = "nobody"', "roster: there is no person 'nobody'"),
        ('check = "weight"', 'check = "width"', "there is no check 'width'"),
        ('phase = "cool"\nlot', 'phase = "chill"\nlot', "there is no phase 'chill'"),
        ('parameter = "oven"\nrest', 'parameter = "stove"\nrest',
         "plant.stove: there is no parameter 'stove'"),
        ('same_as = "oven"', 'same_as = "stove"', "plant.neck.same_as: there is no parameter 'stove'"),
        ('follows = [{ phase = "load"', 'follows = [{ phase = "fill"',
         "plant.gas.follows: there is no phase 'fill'"),
        ('seal_min = "60"', 'seal_min = "0"', "device.seal_min"),
        ('every_min = "90"', 'every_min = "-90"', "contacts.0.every_min"),
        ('id = "rod"\n', 'id = "charge"\n', "two acts have the id 'charge'"),
        ('type = "lot.registered"', 'type = "lot.found"', "act rod: 'lot.found' is no entry type"),
    ],
)  # fmt: skip
def test_a_flight_script_that_does_not_fit_is_refused_before_anything_flies(
    furnace: Path, old: str, new: str, words: str
) -> None:
    path = furnace / "flight.toml"
    path.write_text(_patched(path.read_text(encoding="utf-8"), (old, new)), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        Flight(furnace)
    assert "flight.toml" in str(refusal.value)
    assert words in str(refusal.value)
    assert refusal.value.remedy
    assert not (furnace / "ledger.db").exists()


def test_a_parameter_nothing_answers_for_is_told_before_anything_flies(furnace: Path) -> None:
    path = furnace / "flight.toml"
    text = path.read_text(encoding="utf-8")
    begins = text.index('[[plant]]\nparameter = "gas"')
    path.write_text(text[:begins] + text[text.index("[[plant]]", begins + 1) :], encoding="utf-8")
    with pytest.raises(InputError, match="phase dry measures or drives 'gas'"):
        Flight(furnace)
