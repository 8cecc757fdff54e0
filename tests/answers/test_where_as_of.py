"""Where: what was public by then, and one price for one thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from downmass.answers.answer import Answer, Table, Value

Ask = Callable[..., Answer]

each_moment = pytest.mark.parametrize("as_of", ["2023-06-12", "2023-09-06", "2024-02-14", "2024-03-30"])


def costs(answer: Answer) -> Table:
    return next(table for table in answer.tables if table.title.startswith("Cost"))


def points(value: Value) -> tuple[str | None, ...]:
    return value.exact, value.p10, value.p50, value.p90


@pytest.mark.parametrize("as_of", ["2023-06-12", "2023-09-06", "2024-02-21", "2024-03-20"])
def test_a_flight_does_not_cite_its_own_result_before_it_is_public(as_of: str, ask: Ask) -> None:
    # The preprint on the ritonavir of W-1 is of 21 March 2024.
    answer = ask("where", as_of)
    assert f"no flight evidence on such crystals was public by {as_of}" in answer.headline
    assert "survives" not in answer.headline
    assert not [item for item in answer.evidence if "P057" in item.ref or "W-1" in item.note]
    assert not [table for table in answer.tables if table.title.startswith("Published")]
    assert answer.values[0].note == "confidence low"


def test_once_public_the_flight_shows_survival_and_no_gain(ask: Ask) -> None:
    answer = ask("where", "2024-03-30")
    assert answer.headline.startswith("Flight evidence shows that the product survives")
    table = next(table for table in answer.tables if table.title.startswith("Published"))
    assert [row[0] for row in table.rows] == ["P057"]
    assert "2024-03-21" in table.rows[0]


@each_moment
def test_a_capsule_kilogram_has_one_price_in_worth_and_where(as_of: str, ask: Ask) -> None:
    here = next(v for v in ask("where", as_of).values if v.name.endswith("capsule, this campaign"))
    there = next(v for v in ask("worth", as_of).values if v.name == "cost of a released kilogram")
    assert points(here) == points(there)


@each_moment
def test_every_route_says_how_it_takes_lost_batches_and_what_it_leaves_out(as_of: str, ask: Ask) -> None:
    table = costs(ask("where", as_of))
    lost, left = table.columns.index("lost batches"), table.columns.index("left out")
    for row in table.rows:
        assert row[lost]
        assert row[left]
    by_place = {(row[0], row[1]): row for row in table.rows}
    assert by_place[("Laboratory on Earth", "own")][lost] == "none modelled"
    assert "of futures" in by_place[("Free-flying capsule", "this campaign")][lost]
    assert "insurance" in by_place[("ISS rack", "2021")][left]
    assert "without equipment and lost batches" in ask("where", as_of).headline


def test_laboratory_and_release_are_paid_on_every_route(ask: Ask) -> None:
    routes = ("Free-flying capsule", "ISS rack, 2021", "Laboratory on Earth")
    texts = [assumption.text for assumption in ask("where", "2023-06-12").assumptions]
    for route in routes:
        assert any(text.startswith(route) and "laboratory" in text.lower() for text in texts), route
    rows = [row for row in costs(ask("where", "2023-06-12")).rows if row[0] == "Laboratory on Earth"]
    # The release laboratory, 250,000 USD most likely, costs more than the run, 80,000 USD.
    assert rows[0][-1].startswith("Laboratory and release")
