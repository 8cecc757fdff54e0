"""What the pages tell to type, typed."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted(
    [*DOCS.rglob("*.md"), *(DOCS.parent / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
)


def test_the_tutorial_prints_what_it_says() -> None:
    # The fences are taken out, so that a page can close its blocks right under the last line.
    text = re.sub(r"^```.*$", "", (DOCS / "tutorial" / "w1.md").read_text(encoding="utf-8"), flags=re.M)
    test = doctest.DocTestParser().get_doctest(text, {}, "w1.md", "docs/tutorial/w1.md", 0)
    told: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=told.append)
    assert results.attempted > 20
    assert results.failed == 0, "".join(told)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_every_link_to_a_page_leads_somewhere(page: Path) -> None:
    targets = [found for found in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in found]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_question_has_its_page() -> None:
    from downmass.answers.answer import QUESTIONS

    assert [q for q in QUESTIONS if not (DOCS / "how-to" / f"{q}.md").is_file()] == []


def test_decisions_are_numbered_without_holes_and_say_what_they_cost() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        parts = ("**Context.**", "**Options.**", "**Outcome.**", "**Negative consequences.**")
        assert all(part in text for part in parts), page.name
