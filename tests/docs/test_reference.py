"""The reference pages and the README's headlines are what the code says."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import downmass as dm
from downmass.facts.event import BODIES

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_pages_and_headlines_are_those_the_code_writes() -> None:
    """If this fails, run ``make docs`` and read what changed."""
    found = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr


def test_every_entry_type_and_every_command_has_its_section() -> None:
    events = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    assert [name for name in BODIES if f"\n## `{name}`\n" not in events] == []
    commands = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [
        word
        for word in ("demo", "init", "check", "verify", "export")
        if f"## `downmass {word}`" not in commands
    ] == []


def test_the_picture_shows_the_landing_in_both_forecasts() -> None:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    with dm.open(ROOT / "examples" / "w1") as campaign:
        drawn = generate.picture(campaign)
    assert drawn.count(">actual landing<") == len(generate.MOMENTS)
