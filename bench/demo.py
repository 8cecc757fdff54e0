"""Wall time and peak memory of the demo and of a flight, beside an interpreter that imports their libraries.

Run: ``python bench/demo.py``. Each side runs as one process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

WANTED_S, WANTED_MB = 60, 500
DOWNMASS = str(Path(sys.executable).with_name("downmass"))
IMPORTS = [sys.executable, "-c", "import numpy, ortools.sat.python.cp_model"]
Row = tuple[str, float, str, float, float]


def cost(command: list[str], folder: str) -> tuple[float, float]:
    """Return the wall time [s] and the peak resident memory [MB] of a whole process."""
    begun = perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    elapsed = perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with exit code {child.returncode}")
    # Linux counts in KiB, macOS in bytes.
    scale = 1.0 if sys.platform == "darwin" else 1024.0
    return elapsed, used.ru_maxrss * scale / 1e6


def run() -> list[Row]:
    """Return rows: what, ours, peer, peer's figure, ratio ours / peer's."""
    with tempfile.TemporaryDirectory() as folder:
        imports_s, imports_mb = cost(IMPORTS, folder)
        demo_s, demo_mb = cost([DOWNMASS, "demo", "w1", "--out", "told"], folder)
        fly_s, fly_mb = cost([DOWNMASS, "fly", "zblan", "--out", "flown"], folder)
    peer = "python importing numpy, ortools"
    return [
        (f"demo w1, wall time [s], wanted < {WANTED_S}", demo_s, peer, imports_s, demo_s / imports_s),
        (f"demo w1, peak memory [MB], wanted < {WANTED_MB}", demo_mb, peer, imports_mb, demo_mb / imports_mb),
        ("fly zblan, order to settlement, wall time [s]", fly_s, peer, imports_s, fly_s / imports_s),
        ("fly zblan, peak memory [MB]", fly_mb, peer, imports_mb, fly_mb / imports_mb),
    ]


def show(rows: list[Row]) -> None:
    """Print the rows as a table."""
    for what, ours, peer, theirs, ratio in rows:
        print(f"{what:<44} {ours:>8.2f}   {peer:<34} {theirs:>8.2f}   x {ratio:.1f}")


if __name__ == "__main__":
    show(run())
