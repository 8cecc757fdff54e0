"""How long a person waits for ``downmass --help``, beside an interpreter that only imports Typer.

Run: ``python bench/cli.py``. Whole processes, started one after the other and in turn with the peer, so
that both meet the same machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

TURNS = 15
WANTED_S = 0.3
DOWNMASS = str(Path(sys.executable).with_name("downmass"))
TYPER = [sys.executable, "-c", "import typer"]
Row = tuple[str, float, str, float, float]


def elapsed_s(command: list[str]) -> float:
    """Return the wall time of a whole process [s]."""
    begun = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - begun


def run() -> list[Row]:
    """Return rows: what, ours, peer, peer's figure, ratio ours / peer's."""
    commands = ([DOWNMASS, "--help"], [DOWNMASS, "slip", "--help"], TYPER)
    for command in commands:
        elapsed_s(command)
    times = [[elapsed_s(command) for command in commands] for _ in range(TURNS)]
    overall, slip, typer = (median(column) for column in zip(*times, strict=True))
    return [
        (f"downmass --help [s], wanted < {WANTED_S:g}", overall, "python -c 'import typer'", typer,
         overall / typer),
        ("downmass slip --help [s]", slip, "python -c 'import typer'", typer, slip / typer),
    ]  # fmt: skip


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<40} {ours:>8.3f}   {peer:<28} {theirs:>8.3f}   x {ratio:.2f}")


if __name__ == "__main__":
    show(run())
