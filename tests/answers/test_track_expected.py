"""What should have arrived counts the time of which nothing was announced."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from downmass.answers.answer import Answer

Ask = Callable[..., Answer]


def value(answer: Answer, name: str) -> float:
    return float(next(v.exact for v in answer.values if v.name == name and v.exact is not None))


def test_expected_measurements_go_on_while_no_segment_comes(ask: Ask) -> None:
    """97,200 of the reactor, and of the bay one a minute from 2023-06-30T03:00: 68.875 d are 99,180."""
    told = ask("track", "2023-09-06")
    assert value(told, "measurements expected") == pytest.approx(97_200 + 99_180, abs=2)
    assert value(told, "measurements received") == 96_714 + 44_172
    assert "71.7 percent of the expected measurements" in told.headline


def test_the_days_since_the_last_segment_are_told_as_a_gap(ask: Ask) -> None:
    """From 2023-08-01T06:00 to the end of 2023-09-06."""
    messages = [f.message for f in ask("track", "2023-09-06").findings]
    assert any("Payload bay temperature" in m and "36.7 days from 2023-08-01" in m for m in messages)


def test_a_burn_is_a_contact_on_record(ask: Ask) -> None:
    """The burn of 2024-02-20T20:00, four hours before the moment of asking."""
    assert value(ask("track", "2024-02-20"), "days since the last contact on record") == pytest.approx(0.2)
