"""The nine questions from the command line: exit codes, refusals, and the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from downmass.answers.answer import QUESTIONS, answer_to_json
from downmass.operations.opening import open_campaign

Run = Callable[..., Any]


@pytest.mark.parametrize("question", QUESTIONS)
def test_json_prints_exactly_the_answer(question: str, run: Run) -> None:
    said = run(question, "w1", "--as-of", "2023-09-06", "--json")
    with open_campaign("w1") as campaign:
        told = answer_to_json(campaign.ask(question, "2023-09-06"))
    assert json.loads(said.out) == told
    assert said.err == ""
    blocking = [finding for finding in told["findings"] if finding["severity"] == "blocking"]
    assert said.code == (1 if blocking else 0)


def test_findings_that_block_end_with_1_and_none_with_0(run: Run) -> None:
    assert run("quality", "w1", "--as-of", "2023-09-06").code == 1
    assert run("quality", "w1").code == 0
    assert run("check", "w1").code == 0


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_readable_in_the_terminal(question: str, run: Run) -> None:
    said = run(question, "w1", "--as-of", "2024-03-30")
    assert said.code == 0
    assert "as of 2024-03-30" in said.out


HASHED = """
import sys
from downmass.interfaces.cli.main import main
from downmass.answers.answer import QUESTIONS
for question in QUESTIONS:
    sys.argv = ["downmass", question, "w1", "--as-of", "2023-09-06", "--json"]
    try:
        main()
    except SystemExit:
        pass
"""


def test_json_is_byte_identical_whatever_the_hash_seed() -> None:
    told = set()
    for seed in ("0", "1", "random"):
        ran = subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert ran.stderr == b""
        told.add(ran.stdout)
    assert len(told) == 1
    assert told.pop().count(b'"headline"') == len(QUESTIONS)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("whither", "w1"), "'whither' is no question"),
        (("wen", "w1"), "'wen' is no question"),
        (("when", "nowhere"), "no example is called 'nowhere'"),
        (("when", "no/such/folder"), "no campaign at no/such/folder"),
        (("when", "w1", "--as-of", "2023-06-12T00:00:00"), "has no time zone"),
        (("when", "w1", "--as-of", "last summer"), "is not an instant"),
        (("when", "w1", "--seed", "-1"), "the seed -1 is negative"),
        (("slip", "w1", "--days", "3", "--until", "2024-01-01"), "both --days and --until"),
        (("slip", "w1", "--days", "-3"), "a slip of -3.0 days"),
        (("slip", "w1", "--days", "nan"), "a slip of nan days"),
        (("slip", "w1", "--as-of", "2023-06-12", "--until", "2024-01-01T12:00"), "has no time zone"),
        (("slip", "w1", "--as-of", "2023-06-12", "--until", ""), "is not an instant"),
        (("slip", "w1", "--as-of", "2023-06-12", "--until", "9999-12-31"), "more than 3650 days"),
        (("slip", "w1", "--as-of", "2023-06-12", "--until", "2023-06-01"), "asks for nothing"),
        (("slip", "w1", "--as-of", "2024-03-30", "--until", "x"), "is not an instant"),
        (("slip", "w1", "--as-of", "2024-03-30", "--until", "9999-12-31"), "more than 3650 days"),
        (("worth", "w1", "--break-even", "luck"), "no input 'luck'"),
        (("custody", "w1", "--html", "no/such/folder/x.html"), "no/such/folder/x.html"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    words: tuple[str, ...], reason: str, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in refused(*words).err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("when",), ("slip", "w1", "--days", "soon"), ("when", "w1", "--colour"), ("demo", "w1", "x")]
)
def test_wrong_use_ends_with_2_and_says_so_on_standard_error(words: tuple[str, ...], run: Run) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert "--help" in said.err


def test_html_writes_a_page_that_verifies(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "custody.html"
    said = run("custody", "w1", "--as-of", "2024-03-30", "--json", "--html", page)
    assert said.code == 0
    assert json.loads(said.out)["question"] == "custody"
    assert f"written: {page}" in said.err
    assert run("verify", page).code == 0


@pytest.mark.parametrize(
    ("words", "name", "moved"),
    [(("--days", "45"), "slip", "45 days"), (("--until", "2024-01-01"), "slip", "before 2024-01-01")],
)
def test_a_slip_is_asked_in_days_or_until_a_date(
    words: tuple[str, ...], name: str, moved: str, run: Run
) -> None:
    said = run(name, "w1", "--as-of", "2023-09-06", "--json", *words)
    assert moved in json.loads(said.out)["headline"]


def test_an_unexpected_fault_still_speaks_to_a_person(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    monkeypatch.delenv("DOWNMASS_DEBUG", raising=False)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    said = run("verify", tmp_path / "loop")
    assert said.code == 2
    assert "Traceback" not in said.err
