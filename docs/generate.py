"""Write the reference pages, the nine headlines and the picture of the README from the program itself.

Run: ``python docs/generate.py`` (``make docs``). With ``--check`` nothing is written; the exit code is 1
if a page on disk is not what the program would write now.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from typer.main import get_command

import downmass as dm
from downmass.answers import answer as answers
from downmass.answers.answer import QUESTIONS, Answer, Histogram
from downmass.answers.hindsight import hindsight, marked
from downmass.facts import contract, event, finding, flight, machine, party, plan, quantity, recipe, venture
from downmass.facts.event import Landed
from downmass.facts.happening import custody, writers
from downmass.facts.happening import quality as happened_quality
from downmass.interfaces.cli.main import app
from downmass.interfaces.dossier import plots

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
WIDTH = 96
MOMENTS = (("as of the launch", "2023-06-12"), ("as of the refusal", "2023-09-06"))
REFUSAL = MOMENTS[1][1]
WRITTEN = "Written by `make docs` from the code; do not edit."
HEADLINES = re.compile(r"(?<=<!-- headlines -->\n).*?(?=<!-- end -->)", re.DOTALL)


def page(title: str, *parts: str) -> str:
    """Return a page of Markdown with one empty line between its parts."""
    return "\n\n".join([f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def cli_page() -> str:
    """Return every command with the help it prints, at a fixed width."""
    root = get_command(app)
    context = root.context_class(root, info_name="downmass", terminal_width=WIDTH, max_content_width=WIDTH)
    parts = [
        f"## `{path}`\n\n```text\n{told.rstrip()}\n```" for path, told in helps(root, context, "downmass")
    ]
    codes = "Exit codes: 0 good, 1 findings (blocking ones for a question), 2 wrong use."
    return page("Commands", f"{WRITTEN} {codes}", *parts)


def helps(command: Any, context: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield a command's path and help, then those of the commands inside it."""
    yield path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    for name, inner in getattr(command, "commands", {}).items():
        within = inner.context_class(
            inner, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
        )
        yield from helps(inner, within, f"{path} {name}")


def events_page() -> str:
    """Return every entry type with its fields and what they mean, in the order of a campaign's life."""
    envelope = f"## The envelope\n\n{told(event.Event)}"
    types = [
        f"## `{name}`\n\nVersion {event.version_of(name)}. {told(body)}"
        for name, body in event.BODIES.items()
    ]
    version = "Older versions are read for ever. Types a field names are in [nouns](nouns.md)."
    return page("Entry types", f"{WRITTEN} {version}", envelope, *types)


def nouns_page() -> str:
    """Return the immutable nouns that entries and documents are made of."""
    told_of = (custody, happened_quality, writers)
    modules = (quantity, party, machine, recipe, contract, plan, flight, venture, finding, *told_of)
    parts = [part for module in modules for part in described(module)]
    return page("Nouns", f"{WRITTEN} Sections of `campaign.toml` hold these fields.", *parts)


def answer_page() -> str:
    """Return the parts of an answer, as Python objects and as the keys of ``--json``."""
    use = "`--json` prints an `Answer` with these keys; Python's `ask` returns one."
    return page("Answer", f"{WRITTEN} {use}", *described(answers))


def described(module: ModuleType) -> list[str]:
    """Return a section for each dataclass a module defines, in the order of its source."""
    found = [
        item
        for _, item in inspect.getmembers(module, dataclasses.is_dataclass)
        if isinstance(item, type) and item.__module__ == module.__name__ and item not in event.TYPE_OF
    ]
    found.sort(key=lambda item: inspect.getsourcelines(item)[1])
    return [f"## {item.__name__}\n\n{told(item)}" for item in found]


def told(item: type[Any]) -> str:
    """Return a dataclass in words: its docstring, and a table of its fields."""
    doc, _, attributes = (inspect.getdoc(item) or "").partition("\nAttributes\n----------\n")
    meanings = attribute_meanings(attributes)
    table = [("field", "type", "default", "meaning")]
    for field in dataclasses.fields(item):
        kind = str(field.type).replace("|", "\\|")
        default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
        table.append((f"`{field.name}`", f"`{kind}`", default, meanings.get(field.name, "")))
    kept = [number for number, column in enumerate(zip(*table[1:], strict=True)) if any(column)]
    lines = ["| " + " | ".join(row[number] for number in kept) + " |" for row in table]
    lines.insert(1, "|" + "---|" * len(kept))
    return doc.strip().replace("``", "`") + "\n\n" + "\n".join(lines)


def attribute_meanings(text: str) -> dict[str, str]:
    """Return field name -> its meaning, from the Attributes section of a docstring."""
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            for name in names:
                meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip().replace("``", "`")
    return {name: text.replace("|", "\\|") for name, text in meanings.items()}


def headlines(asked: list[Answer]) -> str:
    """Return the nine headlines as a table."""
    rows = "\n".join(f"| `{answer.question}` | {answer.headline} |" for answer in asked)
    return f"| question | answer |\n|---|---|\n{rows}\n"


def readme(text: str, asked: list[Answer]) -> str:
    """Return the README with the headlines the program gives now."""
    if not HEADLINES.search(text):
        raise SystemExit("README.md has no place for the headlines: <!-- headlines --> ... <!-- end -->")
    return HEADLINES.sub(lambda _: headlines(asked), text)


def picture(campaign: Any) -> str:
    """Return the landing forecasts of two moments as one SVG, with the landing that came marked."""
    landed = campaign.state().last(Landed).occurred_at
    drawn = []
    for _, as_of in MOMENTS:
        judged = hindsight(campaign.case(as_of), landed)
        found = marked(campaign.ask("when", as_of=as_of), landed, judged).plots
        drawn.append(next(plot for plot in found if isinstance(plot, Histogram)))
    domain = plots.shared_domain(drawn)
    css = (ROOT / "src/downmass/interfaces/dossier/templates/plots.css").read_text(encoding="utf-8")
    quiet = "font-family: system-ui, sans-serif; font-size: 13px; fill: var(--quiet);"
    top, parts = 8.0, []
    for (label, as_of), plot in zip(MOMENTS, drawn, strict=True):
        svg = plots.draw(plot, domain=domain)
        height = float(svg.partition('height="')[2].partition('"')[0])
        parts.append(f'<text x="8" y="{top + 12}" style="{quiet}">Landing, {label}, {as_of}</text>')
        parts.append(svg.replace("<svg ", f'<svg y="{top + 18}" ', 1))
        top += height + 34
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {top:g}" width="720" height="{top:g}">\n'
        f"<title>Forecast landing of W-1 at two moments, and the landing of 2024-02-21</title>\n"
        f"<style>{css}</style>\n"
        f'<rect width="720" height="{top:g}" style="fill: var(--paper)"/>\n'
        f'<g style="font-family: system-ui, sans-serif">\n{body}\n</g>\n</svg>\n'
    )


def pages(asked: list[Answer]) -> dict[Path, str]:
    """Return path -> what it should hold now."""
    reference = DOCS / "reference"
    return {
        reference / "cli.md": cli_page(),
        reference / "events.md": events_page(),
        reference / "nouns.md": nouns_page(),
        reference / "answer.md": answer_page(),
        ROOT / "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8"), asked),
    }


def main() -> int:
    """Write the pages, or name those that are not what the program would write."""
    parser = argparse.ArgumentParser(description="Write the reference pages from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page differs")
    check = parser.parse_args().check
    with dm.open(ROOT / "examples" / "w1") as campaign:
        made = pages([campaign.ask(question, as_of=REFUSAL) for question in QUESTIONS])
        drawn = "" if check else picture(campaign)
    stale = [p for p, text in made.items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
    if check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} differs from the code; run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    made[DOCS / "pictures" / "w1-landing.svg"] = drawn
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
