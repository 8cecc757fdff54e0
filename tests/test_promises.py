"""What the program can do is written down where a newcomer looks, and every number says where it is from."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from downmass.answers.answer import QUESTIONS, Answer
from downmass.disciplines.catalogue.check import check
from downmass.facts.event import BODIES, Event
from downmass.interfaces.cli.main import app
from downmass.operations.decide import RULES
from downmass.operations.demo import example_folder
from downmass.operations.history import KEYS
from downmass.operations.opening import open_campaign
from downmass.operations.promise import SECTIONS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
DATA = ROOT / "src" / "downmass" / "disciplines" / "catalogue" / "data"
DISCIPLINES = sorted((ROOT / "src" / "downmass" / "disciplines").rglob("*.py"))


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def paths(command: Any, path: str = "downmass") -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    return [(path, command), *(p for name, sub in inner.items() for p in paths(sub, f"{path} {name}"))]


COMMANDS = paths(get_command(app))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_is_documented_with_all_its_options(path: str, command: Any) -> None:
    text = page("cli.md")
    assert f"## `{path}`" in text
    part = text.split(f"## `{path}`", 1)[1].split("\n## ", 1)[0]
    for parameter in command.params:
        argument = parameter.param_type_name == "argument"
        shown = [parameter.metavar] if argument and parameter.metavar else parameter.opts
        for option in shown:
            assert re.search(rf"\s{re.escape(option)}\b", part), option
        told = getattr(parameter, "help", None)
        assert told or parameter.name in ("help", "version"), f"{path} {parameter.name} explains nothing"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_a_command_and_has_its_how_to_page(question: str) -> None:
    assert f"downmass {question}" in dict(COMMANDS)
    told = (ROOT / "docs" / "how-to" / f"{question}.md").read_text(encoding="utf-8")
    assert f"downmass {question} " in told


@pytest.mark.parametrize("name", BODIES)
def test_every_entry_type_is_documented_field_by_field(name: str) -> None:
    text = page("events.md")
    assert f"`{name}`" in text
    part = text.split(f"## `{name}`", 1)[1].split("\n## ", 1)[0]
    for field in BODIES[name].__dataclass_fields__:
        assert f"`{field}`" in part, field


def test_the_envelope_of_an_entry_and_the_parts_of_an_answer_are_documented() -> None:
    for kind, name in ((Event, "events.md"), (Answer, "answer.md")):
        text = page(name)
        for field in kind.__dataclass_fields__:
            assert f"`{field}`" in text, field


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda p: p.name)
def test_every_table_of_the_catalogue_is_documented(path: Path) -> None:
    assert f"`{path.name}`" in page("catalogue.md")


def test_the_words_of_the_house_are_in_the_nomenclature() -> None:
    words = (
        "Lot", "Batch", "Phase", "MasterRecipe", "Disposition", "Excursion", "Nonconformity", "Signature",
        "Window", "Milestone", "LiquidatedDamages", "CrossWaiver", "Posting", "FailureMode", "Finding",
    )  # fmt: skip
    text = page("nomenclature.md")
    assert [word for word in words if f"`{word}" not in text] == []


def test_every_row_of_the_catalogue_has_source_unit_class_and_date() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(DATA.iterdir())}
    assert check(texts) == ()


@pytest.mark.parametrize("name", ["w1", "zblan", "crystal"])
def test_every_line_of_an_example_says_where_it_is_from(name: str) -> None:
    with open_campaign(name) as campaign:
        for event in campaign.events():
            assert event.source.strip(), event.id


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_a_promise_is_shown_by_an_example(section: str) -> None:
    text = (example_folder("zblan") / "campaign.toml").read_text(encoding="utf-8")
    assert re.search(rf"^\[\[?{section}\]", text, re.MULTILINE)


def test_every_key_of_a_history_is_shown_by_the_example() -> None:
    text = (example_folder("w1") / "history.toml").read_text(encoding="utf-8")
    for key in set(KEYS) - {"recorded"}:
        assert re.search(rf"^({key} = |\[entry\.{key})", text, re.MULTILINE), key
    assert "recorded" in text


def test_rules_are_about_entry_types_there_are() -> None:
    assert set(RULES) <= set(BODIES.values())


@pytest.mark.parametrize("path", DISCIPLINES, ids=lambda p: str(p.relative_to(p.parents[2])))
def test_every_public_thing_of_a_discipline_says_in_a_sentence_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = [("the module", ast.get_docstring(tree))]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            told.append((node.name, ast.get_docstring(node)))
    for name, text in told:
        assert text, f"{name} says nothing"
        first = text.split("\n\n")[0].replace("\n", " ").strip()
        assert first[0].isupper() or not first[0].isalpha(), f"{name}: {first}"
        assert first[-1] in ".:", f"{name}: {first}"


@pytest.mark.parametrize("path", DISCIPLINES, ids=lambda p: str(p.relative_to(p.parents[2])))
def test_a_parameter_that_is_described_exists(path: Path) -> None:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    for name, thing in vars(module).items():
        if name.startswith("_") or not inspect.isfunction(thing) or thing.__module__ != module.__name__:
            continue
        text = inspect.getdoc(thing) or ""
        if "Parameters\n-----" not in text:
            continue
        block = text.split("Parameters\n", 1)[1].split("\n\n", 1)[0]
        lines = re.findall(r"^([*\w][\w, *]*)(?: :.*)?$", block, re.MULTILINE)
        named = [word for line in lines for word in re.split(r",\s*", line)]
        taken = set(inspect.signature(inspect.unwrap(thing)).parameters)
        strange = {word.strip("* ") for word in named} - taken
        assert not strange, f"{name} describes {strange}"
