"""What a long run counted, kept so that it can be committed: ``docs/validation/reliability.md``.

A test calls :func:`tally` with what it tried and what it found. Where ``DOWNMASS_TALLY`` names a file,
a line is added to it; ``make nightly`` does so, and writes the page from it at its end.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/validation/reliability.md"
BEGIN, END = "<!-- the last long run begins -->", "<!-- the last long run ends -->"


def tally(trial: str, **counted: int) -> None:
    """Add what a part of a trial counted; parts of one trial, run side by side, are summed."""
    target = os.environ.get("DOWNMASS_TALLY")
    if target:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"trial": trial, **counted}) + "\n")


def table(lines: list[str]) -> str:
    """Return the table of a long run from the lines of its tally."""
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        counted = json.loads(line)
        trial = counted.pop("trial")
        for name, number in counted.items():
            sums[trial][name] += number
    rows = ["| trial | counted |", "|---|---|"]
    for trial, counts in sorted(sums.items()):
        told = "; ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items())
        rows.append(f"| {trial} | {told} |")
    return "\n".join(rows)


def main(source: str) -> None:
    """Put the table of a long run in its place on the page."""
    lines = Path(source).read_text(encoding="utf-8").splitlines()
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    told = f"Run on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores."
    PAGE.write_text(f"{before}{BEGIN}\n{told}\n\n{table(lines)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
