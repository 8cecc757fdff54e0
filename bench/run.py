"""Run every benchmark here and write ``bench/results.md``: each figure beside a peer on the same work.

Run: ``python bench/run.py [NAME ...]`` (``make bench``); with names, only those are run and printed.
A benchmark is a module in this folder with ``run()``, which returns rows of what was measured, our
figure, the peer, the peer's figure and their ratio, or with ``main()``, which prints its own table.
"""

from __future__ import annotations

import io
import os
import platform
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
ORDER = ("cli", "demo", "fold", "ledger", "genealogy", "windows", "planning", "forecast")
PACKAGES = (
    "downmass",
    "numpy",
    "scipy",
    "ortools",
    "pyjobshop",
    "sgp4",
    "simpy",
    "networkx",
    "cryptography",
    "pydantic",
)


def names() -> list[str]:
    """Return the benchmarks in this folder, the known ones in their order, new ones after them."""
    found = {path.stem for path in HERE.glob("*.py")} - {"run"}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def figure(value: float) -> str:
    """Return a number with the digits a reader can use."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def section(name: str) -> str:
    """Run a benchmark and return its section."""
    module = import_module(name)
    title = (module.__doc__ or name).strip().partition("\n\n")[0].replace("\n", " ")
    if hasattr(module, "run"):
        rows = [
            f"| {what} | {figure(ours)} | {peer} | {figure(theirs)} | {f'{ratio:.2f}' if theirs else '-'} |"
            for what, ours, peer, theirs, ratio in module.run()
        ]
        body = "| what | ours | peer | peer's | ours / peer's |\n|---|---:|---|---:|---:|\n" + "\n".join(rows)
    else:
        told = io.StringIO()
        with redirect_stdout(told):
            module.main()
        body = f"```text\n{told.getvalue().rstrip()}\n```"
    return f"## {name}\n\n{title}\n\n{body}"


def machine() -> str:
    """Return what the figures depend on besides the code: processor, load, versions."""
    model = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.is_file():
        models = [line for line in told.read_text(encoding="utf-8").splitlines() if "model name" in line]
        model = models[0].partition(":")[2].strip() if models else model
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"- {model}, {os.cpu_count()} cores; load of the last 1, 5, 15 min at the start: {load}\n"
        f"- Python {platform.python_version()}, {platform.system()}; {packages}"
    )


def main(asked: list[str]) -> int:
    """Run the benchmarks asked for, or all of them and write the results."""
    known = names()
    strange = sorted(set(asked) - set(known))
    if strange:
        print(f"no benchmark {strange[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    begun, where, sections = datetime.now(UTC), machine(), []
    for name in asked or known:
        print(f"... {name}", file=sys.stderr, flush=True)
        start = perf_counter()
        sections.append(f"{section(name)}\n\n({perf_counter() - start:.0f} s)")
    note = (
        "Read the ratios: each peer ran on the same work in the same run. Absolute figures hold for this "
        "machine under this load; under load work on large arrays and on the disk loses more than the rest, "
        "so that ratios of windows, forecast and appends move by two or more. For times, memory and "
        "lateness a lower figure is better, for rates ([1/s]) a higher one."
    )
    text = "\n\n".join(
        ["# Benchmarks", f"Written by `make bench` on {begun:%Y-%m-%d}. {note}", where, *sections]
    )
    if asked:
        print(text)
    else:
        (HERE / "results.md").write_text(text + "\n", encoding="utf-8")
        print(f"written: bench/{(HERE / 'results.md').name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
