"""Track says which phase runs or stands still, since when and why, and what is on its way to the device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.answers.answer import Answer
from downmass.answers.case import Case
from downmass.answers.track import track
from downmass.disciplines.execution.recipes import freeze
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.event import TYPE_OF, Event, version_of
from downmass.facts.party import Signature
from downmass.facts.recipe import (
    MasterRecipe,
    Operation,
    Phase,
    Product,
    Storage,
    UnitEquipment,
    UnitProcedure,
)
from downmass.operations.knowledge import knowledge

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
PRODUCT = Product("crystals", "Crystals", "crystal", "space-for-earth", "g", Decimal(9), "opinion", "t")
PHASES = (
    Phase("melt", "Melt", Decimal(3), "autonomous", hold_limit_h=Decimal(2)),
    Phase("grow", "Grow", Decimal(24), "supervised", roles=("operator",)),
)
RECIPE = MasterRecipe(
    "crystal", "1", "crystals",
    (UnitProcedure("make", "Make", "furnace", (Operation("batch", "Batch", PHASES),)),), (), (),
    Storage(Decimal(2), Decimal(30), Decimal(25), Decimal(200), "opinion", "made up"), 0, 0,
)  # fmt: skip
CONTROL = freeze(RECIPE, "ctl-1", "batch-1", (UnitEquipment("furnace", "furnace-7"),))


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def move(
    phase: str, state: Any, hour: float, cause: Any = "done", reason: str = "", command: str = ""
) -> Any:
    return ev.PhaseMoved(phase, state, reason, cause, command), hour


LIFE: list[tuple[Any, float]] = [
    (ev.CampaignOpened("A batch", PRODUCT, "live", 1), 0),
    (ev.RecipeAdopted(RECIPE), 0),
    (ev.ControlRecipeFrozen(CONTROL), 0),
    (ev.EquipmentAssigned("furnace", "furnace-7", "F7", at(900)), 0),
    (ev.Launched("Rocket", "Coast", "Capsule", "510 km"), 1),
    (ev.CommandSent("c-1", "melt", "start", "olga"), 2),
    (ev.CommandAnswered("c-1", at(2.5), at(2.6), "executed"), 2.6),
    move("melt", "starting", 2.6, "command", "", "c-1"),
    move("melt", "execute", 2.6),
    (ev.TimerSet("soak", "melt", at(5), "end of soak"), 2.6),
    move("melt", "holding", 4, "inside", "furnace tripped"),
    move("melt", "held", 4.1),
    (ev.AlarmRaised("trip", "melt", "", "furnace tripped", "warning"), 4.1),
    (ev.CommandSent("c-2", "melt", "unhold", "olga"), 5),
    move("melt", "unholding", 7, "inside", "furnace warm"),
    move("melt", "execute", 7),
    move("melt", "completing", 8),
    move("melt", "complete", 8),
    move("grow", "starting", 9, "told"),
    move("grow", "execute", 9),
    move("grow", "suspending", 10, "outside", "no sun"),
    move("grow", "suspended", 10),
]


def asked(hour: float, *more: tuple[Any, float], cause: tuple[str, ...] = ()) -> Answer:
    """Track as of an hour: what was recorded by then, by one writer; a nonconformity names a cause."""
    known = [(body, when) for body, when in (*LIFE, *more) if when <= hour]
    events: list[Event[Any]] = [
        Event(
            id=f"ground-{place:06d}", campaign="c", type=TYPE_OF[type(body)],
            version=version_of(TYPE_OF[type(body)]), writer="ground", sequence=place, occurred_at=at(when),
            uncertainty_s=Decimal(0), recorded_at=at(when), origin="recorded", source="", body=body,
            cause=cause if isinstance(body, ev.NonconformityRaised) else (),
        )
        for place, (body, when) in enumerate(known)
    ]  # fmt: skip
    return track(Case(fold(events), knowledge(), at(hour), 1, 10, ()))


def table(answer: Answer, title: str) -> list[dict[str, str]]:
    found = next(one for one in answer.tables if one.title == title)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def value(answer: Answer, name: str) -> str | None:
    return next(one.exact for one in answer.values if one.name == name)


@pytest.mark.parametrize(
    ("hour", "clause"),
    [
        (1.5, "The batch is in orbit; no measurements"),
        (3, "; Melt has been running since 2031-03-01 14:36 UTC; "),
        (4, "; Melt has been holding since 2031-03-01 16:00 UTC (furnace tripped, inside the unit); "),
        (6, "; Melt has been held since 2031-03-01 16:00 UTC (furnace tripped, inside the unit); "),
        (7.5, "; Melt has been running since 2031-03-01 19:00 UTC; "),
        (8.5, "The batch is in orbit; no measurements"),
        (11, "; Grow has been suspended since 2031-03-01 22:00 UTC (no sun, outside the unit); "),
    ],
)
def test_the_headline_names_the_phase_that_runs_or_stands_still_since_when_and_why(
    hour: float, clause: str
) -> None:
    headline = asked(hour).headline
    assert clause in headline
    assert headline.count(".") == 1


def test_a_phase_says_what_moved_it_and_how_long_it_ran() -> None:
    melt, grow = table(asked(3.6), "Phases of the control recipe")
    assert (melt["state"], melt["moved by"], melt["ran"]) == ("execute", "start by olga (c-1)", "60.0 min")
    assert (grow["state"], grow["moved by"], grow["ran"]) == ("idle", "-", "-")
    melt, grow = table(asked(11), "Phases of the control recipe")
    assert (melt["state"], melt["moved by"], melt["ran"]) == ("complete", "its own end", "2.4 h")
    assert (grow["state"], grow["moved by"]) == ("suspended", "a cause outside the unit: no sun")


def test_the_first_phase_done_is_not_the_process_done() -> None:
    assert value(asked(8.5), "stage") == "launched"
    assert value(asked(8.5), "phases complete") == "1"


def test_commands_tell_sent_received_executed_and_the_delays_between() -> None:
    one, other = table(asked(6), "Commands")
    assert (one["sent (UTC)"], one["received"], one["executed"]) == (
        "2031-03-01 14:00", "2031-03-01 14:30", "2031-03-01 14:36",
    )  # fmt: skip
    assert (one["under way"], one["waited"], one["outcome"]) == ("30.0 min", "6.0 min", "executed")
    assert (other["received"], other["outcome"]) == ("-", "pending")
    assert value(asked(6), "commands not answered") == "1"


def test_a_timer_that_should_have_fired_is_overdue_in_table_and_findings() -> None:
    (soak,) = table(asked(7), "Timers")
    assert (soak["state"], soak["overdue"]) == ("open", "2.0 h")
    assert any("timer soak (end of soak) is due since" in f.message for f in asked(7).findings)
    assert table(asked(4.5), "Timers")[0]["overdue"] == "-"


def test_a_pause_that_was_assessed_blocks_no_more() -> None:
    held = f"ground-{LIFE.index(move('melt', 'held', 4.1)):06d}"
    signature = Signature("quinn", "Q. Unit", at(11), "approval", "")
    assessed = (
        (ev.NonconformityRaised("nc-1", "held too long"), 10.5),
        (ev.NonconformityClosed("nc-1", "a trip", "none", "a new guard", signature), 11),
    )
    for more, severity in (((), "blocking"), (assessed, "warning")):
        found = [f for f in asked(12, *more, cause=(held,)).findings if "stood held" in f.message]
        assert [finding.severity for finding in found] == [severity]
    assert "(assessed in nc-1)" in found[0].message


def test_an_open_alarm_and_a_pause_beyond_its_limit_are_findings() -> None:
    found = [finding.message for finding in asked(6.5).findings]
    assert any("nobody acknowledged alarm trip (furnace tripped)" in message for message in found)
    assert any("phase 'Melt' stood held or suspended for 2.500 h, longer than 2 h" in m for m in found)
    assert not any("stood held" in finding.message for finding in asked(5.5).findings)
    (trip,) = table(asked(6.5), "Alarms")
    assert (trip["severity"], trip["acknowledged by"]) == ("warning", "open")


def test_the_equipment_says_until_when_it_is_calibrated_and_what_began_on_it() -> None:
    (furnace,) = table(asked(11), "Equipment")
    assert furnace["equipment"] == "furnace-7 (F7)"
    assert furnace["runs begun on it"] == "2031-03-01 14:36, 2031-03-01 21:00"


def test_a_replay_without_a_control_recipe_shows_its_phases_and_no_more(ask: Any) -> None:
    answer = ask("track", "2023-09-06")
    assert [row["state"] for row in table(answer, "Phases of the control recipe")] == ["complete", "complete"]
    assert not {one.title for one in answer.tables} & {"Commands", "Timers", "Alarms", "Equipment"}
    assert "phases complete" not in {one.name for one in answer.values}
