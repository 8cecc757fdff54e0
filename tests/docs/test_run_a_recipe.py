"""The entries shown on the page about running a recipe are entries the program reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from downmass.facts.event import BODIES
from downmass.facts.machine import MoveCause
from downmass.operations.history import read_history

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "run-a-recipe.md").read_text(encoding="utf-8")


def test_every_entry_shown_is_read() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    shown = []
    for block in blocks:
        text = block if block.startswith("format") else f"format = 1\n{block}"
        shown += [draft.type for draft in read_history(text, "run-a-recipe.md")]
    assert shown == ["recipe.signed", "control.frozen"]


def test_every_entry_type_and_cause_named_exists() -> None:
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", PAGE)) - {"campaign.toml"}
    assert named <= set(BODIES)
    assert set(re.findall(r'cause = "(\w+)"', PAGE)) <= set(get_args(MoveCause))
