"""The answer to `track` says what has not arrived, whose clock is uncertain, and what was put aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from downmass.answers.case import Case
from downmass.answers.missing import (
    missing_clause,
    missing_evidence,
    missing_findings,
    missing_tables,
    missing_values,
)
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.operations.opening import OpenCampaign

START = datetime(2026, 6, 1, tzinfo=UTC)
Ask = Callable[[Sequence[tuple[str, Any]]], Case]


@pytest.fixture
def case(w1: OpenCampaign) -> Ask:
    """Make a case of a few bodies, each with its writer, an hour apart."""

    def made(lines: Sequence[tuple[str, Any]]) -> Case:
        counts: dict[str, int] = {}
        events = []
        enrolled = [("ground", ev.WriterEnrolled(w, "maker", "ground", "k")) for w in ("ground", "capsule")]
        for hour, (writer, body) in enumerate([*enrolled, *lines]):
            number = counts.get(writer, 0)
            counts[writer] = number + 1
            at = START + timedelta(hours=hour)
            events.append(
                ev.Event(
                    f"{writer}-{number:06d}", "demo", ev.TYPE_OF[type(body)], 1, writer, number,
                    at, Decimal(0), at, "recorded", "", (), body,
                )
            )  # fmt: skip
        return Case(fold(events), w1.case().knowledge, START + timedelta(days=4), 0, 10, ())

    return made


BORN = ("capsule", ev.WriterBorn("capsule", 1, 0, 0, Decimal(2), Decimal(10), "flight 1.0"))


def synced(announced: int, held: tuple[ev.Stretch, ...] = ()) -> tuple[str, Any]:
    return "ground", ev.SyncReceived("capsule", "ab", "relay", announced, (), held)


def test_a_campaign_without_devices_is_told_nothing_of_them(w1: OpenCampaign) -> None:
    case = w1.case()
    assert missing_clause(case) == ""
    for part in (missing_values, missing_tables, missing_findings, missing_evidence):
        assert list(part(case)) == []


def test_what_is_missing_is_what_was_announced_less_what_is_here_or_waits(case: Ask) -> None:
    asked = case([BORN, synced(40, (ev.Stretch(11, 20), ev.Stretch(30, 30)))])
    values = {value.name: value.exact for value in missing_values(asked)}
    assert values["entries of capsule announced"] == "40"
    assert values["entries of capsule received"] == "1"
    assert values["entries of capsule that wait"] == "11"
    assert values["entries of capsule missing"] == "28"
    assert values["days since the last bundle of capsule"] == "3.9"
    (finding,) = missing_findings(asked)
    assert "1 to 10, 21 to 29, 31 to 39" in finding.message
    assert "downmass sync CAMPAIGN --missing" in finding.message


def test_the_clause_tells_what_is_missing_and_how_wrong_a_clock_may_be(case: Ask) -> None:
    told = missing_clause(case([BORN, synced(40)]))
    assert told.startswith("39 of the 40 entries capsule announced have not arrived")
    assert "capsule's clock was never compared, so its times may be 2.0 s off or more" in told


def test_a_clock_that_was_compared_and_a_log_that_is_whole_are_no_clause(case: Ask) -> None:
    pair = ev.ClockCorrelated("capsule", 0, START + timedelta(hours=2), START, Decimal("0.5"), "two-way")
    asked = case([BORN, synced(1), ("ground", pair)])
    assert missing_clause(asked) == ""
    clocks = next(table for table in missing_tables(asked) if table.title == "Clocks of devices")
    assert clocks.rows[0][4:] == ("1 times", "-7200.0 s", "0.5 s")


def test_a_bundle_put_aside_and_a_session_cut_short_are_findings(case: Ask) -> None:
    again = ("capsule", ev.WriterBorn("capsule", 2, 1, 1, Decimal(2), Decimal(10), "flight 1.0"))
    aside = ("ground", ev.SyncQuarantined("capsule", "cd", "relay", "FORK: a second history"))
    asked = case([BORN, again, aside])
    messages = [finding.message for finding in missing_findings(asked)]
    assert any("session 1 of capsule ended without a death certificate" in text for text in messages)
    assert any("was put aside: FORK" in text for text in messages)
    assert "bundles put aside" in {value.name for value in missing_values(asked)}
    notes = [evidence.note for evidence in missing_evidence(asked)]
    assert len(notes) == 3


def test_a_session_that_ended_in_order_is_told_so(case: Ask) -> None:
    asked = case([BORN, ("capsule", ev.WriterDied("capsule", 1, 2))])
    devices = next(iter(missing_tables(asked)))
    assert devices.rows[0] == ("capsule", "2", "2", "none", "none", "1, ended in order", "-")
