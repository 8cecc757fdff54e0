"""What holds for every answer, at every moment of W-1's life."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downmass.answers.answer import QUESTIONS, Answer, answer_to_json
from downmass.base.errors import DownmassError, InputError
from downmass.base.instant import parse_instant
from downmass.operations.keys import ExampleKeys
from downmass.operations.opening import OpenCampaign, open_campaign
from downmass.stores.memory import MemoryStore

Ask = Callable[..., Answer]

BEFORE = "2023-01-08"
MOMENTS = (
    "2023-01-09", "2023-05-16", "2023-06-12", "2023-07-20", "2023-09-05", "2023-09-06", "2023-09-14",
    "2024-02-14", "2024-02-21", "2024-03-12", "2024-03-30",
)  # fmt: skip
FEW_WORDS = re.compile(r"^(No answer yet: |No listed failure mode)")

each_question = pytest.mark.parametrize("question", QUESTIONS)
each_moment = pytest.mark.parametrize("as_of", MOMENTS)


@each_question
def test_before_anything_is_on_record_an_answer_says_what_is_missing_and_how_to_supply_it(
    question: str, ask: Ask
) -> None:
    answer = ask(question, BEFORE)
    assert "nothing was on record by 2023-01-08" in answer.headline
    assert answer.headline.startswith("No answer yet: ")
    assert (answer.values, answer.tables, answer.plots) == ((), (), ())
    for line in answer.missing:
        lacking, _, supply = line.partition(": ")
        assert lacking in answer.headline
        assert len(supply.split()) >= 3


@each_question
def test_a_campaign_with_nothing_but_an_opening_is_answered(question: str, tmp_path: Path) -> None:
    museum = Path(__file__).parents[1] / "museum" / "campaigns"
    shutil.copy(museum / "minimal.toml", tmp_path / "campaign.toml")
    with open_campaign(tmp_path) as campaign:
        answer = campaign.ask(question)
    assert answer.missing or answer.evidence or question == "track"
    assert answer.headline.endswith(".")


@each_moment
@each_question
def test_a_headline_is_one_line_that_ends_with_a_full_stop_and_holds_its_number(
    question: str, as_of: str, ask: Ask
) -> None:
    headline = ask(question, as_of).headline
    assert headline.endswith(".")
    assert "\n" not in headline
    assert headline[0].isupper() or headline[0].isdigit()
    assert re.search(r"\d", headline) or FEW_WORDS.match(headline) or "no measurements" in headline
    assert not re.search(r"\bnan\b|\binf\b|None|\{|\}", headline)


@each_moment
@each_question
def test_an_answer_carries_question_moment_seed_and_versions(question: str, as_of: str, ask: Ask) -> None:
    answer = ask(question, as_of)
    assert (answer.question, answer.campaign, answer.seed) == (question, "w1", 20230612)
    assert f"{answer.as_of:%Y-%m-%d}" == as_of
    assert dict(answer.versions).keys() >= {"downmass", "numpy", "ortools", "sgp4"}


@each_moment
@each_question
def test_every_number_of_an_answer_rests_on_evidence(
    question: str, as_of: str, ask: Ask, w1: OpenCampaign
) -> None:
    answer = ask(question, as_of)
    assert answer.missing or answer.evidence
    if answer.values or answer.tables:
        assert answer.evidence
    known = {
        f"{event.id} {entry.hash.hex()[:12]}"
        for event, entry in zip(w1.events(as_of), w1.entries(as_of), strict=True)
    }
    for item in answer.evidence:
        assert item.ref
        assert item.note
        assert item.kind != "entry" or item.ref in known


@each_moment
@each_question
def test_a_value_is_exact_or_has_three_quantiles_in_order(question: str, as_of: str, ask: Ask) -> None:
    answer = ask(question, as_of)
    names = [value.name for value in answer.values]
    assert len(names) == len(set(names))
    for value in answer.values:
        quantiles = (value.p10, value.p50, value.p90)
        assert value.unit
        if value.exact is not None:
            assert quantiles == (None, None, None)
            assert value.exact.strip()
            continue
        assert None not in quantiles
        if value.unit == "UTC":
            order: list[object] = [parse_instant(str(quantile)) for quantile in quantiles]
        else:  # "no product" stands where a quantile is of no kilogram at all
            order = [float(str(quantile)) for quantile in quantiles if quantile != "no product"]
        assert order == sorted(order)  # type: ignore[type-var]


@each_moment
@each_question
def test_an_answer_is_json_without_nan_and_reads_back_the_same(question: str, as_of: str, ask: Ask) -> None:
    told = answer_to_json(ask(question, as_of))
    text = json.dumps(told, allow_nan=False, sort_keys=True)
    assert json.loads(text) == told
    assert not re.search(r'"(nan|inf|-inf|NaN|NaT|None)"', text)


@each_moment
@each_question
def test_every_assumption_has_a_source_and_the_weakest_come_first(
    question: str, as_of: str, ask: Ask
) -> None:
    answer = ask(question, as_of)
    order = ["opinion", "memory", "derived", "read"]
    classes = [order.index(assumption.basis) for assumption in answer.assumptions]
    assert classes == sorted(classes)
    assert len(set(answer.assumptions)) == len(answer.assumptions)
    for assumption in answer.assumptions:
        assert assumption.text.strip()
        assert assumption.source.strip()


@each_moment
@each_question
def test_every_table_has_a_cell_for_each_column(question: str, as_of: str, ask: Ask) -> None:
    for table in ask(question, as_of).tables:
        assert table.title
        assert table.rows
        for row in table.rows:
            assert len(row) == len(table.columns)
            assert all(isinstance(cell, str) for cell in row)


@pytest.mark.parametrize("as_of", ["2023-06-12", "2023-09-06", "2024-02-21"])
def test_what_is_recorded_later_changes_no_answer_as_of_earlier(
    as_of: str, ask: Ask, w1: OpenCampaign
) -> None:
    store = MemoryStore()
    entries = w1.entries(as_of)
    assert 0 < len(entries) < len(w1.entries())
    store.append("w1", entries, expected_size=0, checkpoint=w1.checkpoint(as_of))
    with OpenCampaign("w1", "w1", store, ExampleKeys()) as cut:
        for question in QUESTIONS:
            assert cut.ask(question, as_of) == ask(question, as_of)


@given(hours=st.integers(-100, 12_000))
@settings(max_examples=60)
def test_what_is_known_at_a_moment_is_the_head_of_the_log_recorded_by_then(
    hours: int, w1: OpenCampaign
) -> None:
    moment = w1.events()[0].recorded_at + timedelta(hours=hours)
    known = w1.events(moment)
    assert known == w1.events()[: len(known)]
    assert all(event.recorded_at <= moment for event in known)
    assert w1.state(moment).size == len(known) == len(w1.entries(moment))
    assert len(known) == len(w1.events()) or w1.events()[len(known)].recorded_at > moment


def test_the_same_seed_and_moment_give_the_same_bytes_and_another_seed_others(
    ask: Ask, w1: OpenCampaign
) -> None:
    def told(campaign: OpenCampaign, question: str, seed: int | None) -> str:
        answer = campaign.ask(question, "2023-09-06", seed)
        return json.dumps(answer_to_json(answer), sort_keys=True, ensure_ascii=False)

    with open_campaign("w1") as again:
        for question in QUESTIONS:
            assert told(again, question, None) == told(again, question, 20230612)
            assert told(again, question, None) == json.dumps(
                answer_to_json(ask(question, "2023-09-06")), sort_keys=True, ensure_ascii=False
            )
        assert told(again, "when", 1) != told(again, "when", 2)
        assert told(again, "when", 1) == told(w1, "when", 1)


@pytest.mark.parametrize(
    ("question", "hint"), [("wen", "did you mean when"), ("who", "ask when, slip"), ("", "ask when, slip")]
)
def test_an_unknown_question_is_refused_with_the_nine(question: str, hint: str, w1: OpenCampaign) -> None:
    with pytest.raises(InputError, match="not one of the nine questions") as refusal:
        w1.ask(question)
    assert hint in refusal.value.remedy


@pytest.mark.parametrize(
    ("question", "options", "reason"),
    [
        ("when", {"days": 3}, "when takes no option 'days'"),
        ("slip", {"days": 3, "until": "2024-01-01"}, "both --days and --until"),
        ("slip", {"days": -1.0}, r"a slip of -1\.0 days"),
        ("slip", {"days": float("nan")}, "a slip of nan days"),
        ("slip", {"days": 0.0}, r"a slip of 0\.0 days"),
        ("slip", {"until": "2024-01-01T00:00:00"}, "has no time zone"),
        ("worth", {"break_even": "luck"}, "no input 'luck'"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_with_the_way_out(
    question: str, options: dict[str, object], reason: str, w1: OpenCampaign
) -> None:
    with pytest.raises(DownmassError, match=reason) as refusal:
        w1.ask(question, "2023-06-12", **options)
    assert refusal.value.remedy


def test_a_negative_seed_is_refused(w1: OpenCampaign) -> None:
    with pytest.raises(InputError, match="the seed -1 is negative"):
        w1.ask("when", "2023-06-12", seed=-1)
