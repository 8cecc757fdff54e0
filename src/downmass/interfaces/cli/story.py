"""The demo as it is told in the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from os.path import relpath
from pathlib import Path
from shutil import which

from rich.console import Console
from rich.table import Table
from rich.text import Text

from downmass.answers.answer import Answer, Value
from downmass.base.instant import format_instant, parse_moment
from downmass.facts.event import Settled
from downmass.interfaces.cli.printing import printable
from downmass.interfaces.dossier.render import render_dossier
from downmass.operations.demo import Demo, Moment, run_demo
from downmass.operations.files import write_out
from downmass.operations.flight.told import FaultTold

BESIDE = (
    ("when", "landing", "landing, if any"),
    ("when", "landing, 5 % point", "  earliest 5 %"),
    ("when", "landing, 95 % point", "  latest 5 %"),
    ("when", "release", "release, if any"),
    ("when", "chance of release by the due date", "chance of release on time"),
    ("when", "chance that the batch is lost", "chance that the batch is lost"),
    ("quality", "findings that block release", "findings that block release"),
    ("custody", "hand-overs", "hand-overs"),
    ("track", "measurements received", "measurements received"),
    ("worth", "net present value", "net present value, USD"),
)
"""Question, value and label of what is put side by side."""


def tell(example: str, out: Path) -> None:
    """Tell an example from order to settlement and write its dossier, bundle and EPCIS events."""
    console = Console(markup=False, emoji=False)
    with console.status("starting") as status:

        def step(text: str) -> None:
            if console.is_terminal:
                status.update(text)
            elif not text.startswith("asking as of") or text.endswith(": when"):
                console.print(f"... {text}", highlight=False)

        demo = run_demo(example, out, step)
        step("writing the dossier")
        paths = _write(demo, example, out)
    parts: list[tuple[datetime, Callable[[], None]]] = [
        *((parse_moment(moment.as_of), partial(_moment, console, moment)) for moment in demo.moments),
        *((fault.lasts.opens, partial(_fault, console, fault)) for fault in demo.faults),
    ]
    for _, say in sorted(parts, key=lambda part: part[0]):
        say()
    _beside(console, demo)
    _settlement(console, demo)
    _closing(console, demo, paths)


def _write(demo: Demo, example: str, out: Path) -> dict[str, Path]:
    paths = {
        "dossier": out / f"{example}-dossier.html",
        "bundle": out / f"{example}.bundle",
        "EPCIS events": out / f"{example}-epcis.jsonld",
    }
    moments = [(moment.label, moment.answers) for moment in demo.moments]
    page = render_dossier(demo.campaign, moments, demo.bundle, demo.verification)
    for name, content in (("dossier", page.encode()), ("bundle", demo.bundle), ("EPCIS events", demo.epcis)):
        write_out(paths[name], content)
    return paths


def _moment(console: Console, moment: Moment) -> None:
    console.print()
    console.rule(Text.assemble((moment.label, "bold"), f", as of {moment.as_of}"), align="left")
    told = [
        e for e in moment.news if e.origin in ("public", "simulated") or e.type.startswith(("gate", "change"))
    ]
    if told and len(moment.news) < 60:
        console.print("What became known:", style="dim")
        for event in told[-9:]:
            when = format_instant(event.occurred_at)[:10]
            text = printable(f"  {when}  {event.type:<20} {event.origin:<9} {event.source}")
            console.print(text, style="dim", highlight=False, overflow="ellipsis", no_wrap=True)
        console.print()
    for answer in moment.answers:
        line = Table.grid(padding=(0, 1), pad_edge=False)
        line.add_column(style="bold", min_width=9, no_wrap=True)
        line.add_row(answer.question, printable(answer.headline))
        console.print(line, highlight=False)
    if moment.hindsight is not None:
        found = moment.hindsight
        where = "inside" if found.inside else "outside"
        console.print(
            f"hindsight: the landing fell at the {found.rank_percent:.0f} % point of this forecast, "
            f"{where} its central 90 %; one landing proves no spread (docs/validation/forecast.md)",
            style="dim",
            highlight=False,
        )


def _fault(console: Console, fault: FaultTold) -> None:
    """Tell a fault: what was known of the batch before, during and after it."""
    console.print()
    title = Text.assemble((f"{fault.id}: ", "bold"), printable(fault.text))
    console.rule(title, align="left")
    opens, closes = (f"{at:%Y-%m-%d %H:%M}" for at in (fault.lasts.opens, fault.lasts.closes))
    console.print(
        f"It lasted from {opens} to {closes} UTC; what follows is what the ground knew.", style="dim"
    )
    for look in fault.looks:
        console.print(f"{look.label}, as of {look.as_of[:16].replace('T', ' ')} UTC", style="bold")
        for answer in look.answers:
            line = Table.grid(padding=(0, 1), pad_edge=False)
            line.add_column(min_width=9, no_wrap=True)
            line.add_row(answer.question, printable(answer.headline))
            console.print(line, highlight=False)


def _beside(console: Console, demo: Demo) -> None:
    table = Table(
        title="The numbers side by side",
        title_justify="left",
        title_style="bold",
        box=None,
        header_style="dim",
    )
    table.add_column("")
    for moment in demo.moments:
        table.add_column(f"{moment.label}\n{moment.as_of[:10]}", justify="right")
    for question, name, label in BESIDE:
        cells = [_cell(moment.answers, question, name) for moment in demo.moments]
        if any(cells):
            table.add_row(label, *(cell or "-" for cell in cells))
    console.print()
    console.print(table)
    console.print(
        "Medians: landing over the futures that land, release over the fewer that release the batch;"
        " where a late landing loses the batch, release can stand before landing.",
        style="dim",
        highlight=False,
    )


def _cell(answers: tuple[Answer, ...], question: str, name: str) -> str:
    for answer in answers:
        for value in answer.values:
            if answer.question == question and value.name == name:
                return _short(value)
    return ""


def _short(value: Value) -> str:
    text = value.exact if value.exact is not None else value.p50 or ""
    if value.unit == "UTC":
        return text[:10]
    if value.unit == "percent":
        return f"{float(text):.0f} %"
    try:
        return f"{float(text):,.0f}"
    except ValueError:
        return text


def _settlement(console: Console, demo: Demo) -> None:
    settled = demo.campaign.last(Settled)
    if settled is None:
        return
    table = Table(title="Settlement", title_justify="left", title_style="bold", box=None, header_style="dim")
    for name in ("from", "to"):
        table.add_column(name, no_wrap=True)
    currencies = {posting.amount.currency for posting in settled.body.postings}
    table.add_column(printable(", ".join(sorted(currencies))), justify="right", no_wrap=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("entries")
    balances: Counter[str] = Counter()
    for posting in printable(settled.body.postings):
        first, more = posting.evidence[0], len(posting.evidence) - 1
        told = f"{first} and {more} more" if more else first
        amount = f"{posting.amount.minor / 100:,.2f}"
        table.add_row(posting.debtor, posting.creditor, amount, posting.clause, told)
        balances[posting.debtor] -= posting.amount.minor
        balances[posting.creditor] += posting.amount.minor
    console.print()
    console.print(table)
    nets = ", ".join(f"{party} {net / 100:+,.2f}" for party, net in balances.items())
    console.print(
        f"Net: {nets}; sum {sum(balances.values()) / 100:,.2f}. `downmass pays` gives the arithmetic."
    )
    console.print(
        "Laboratory numbers, release and contract terms are simulated or assumed and marked so.", style="dim"
    )


def _closing(console: Console, demo: Demo, paths: dict[str, Path]) -> None:
    found = demo.verification
    console.print()
    if found.damage is None:
        console.print(
            f"{found.size} entries verified from their stored bytes; checkpoint covers {found.covered}."
        )
    else:
        console.print(f"DAMAGED: {found.damage.message}")
    for name, path in paths.items():
        console.print(f"{name:<13} {path}", highlight=False)
    console.print(f"{'campaign':<13} {demo.folder}", highlight=False)
    program = "downmass" if which("downmass") else relpath(sys.argv[0])
    asked = demo.moments[len(demo.moments) // 2].as_of[:10]
    console.print(f"\nNow try:  {program} verify {paths['bundle']}", highlight=False)
    console.print(f"          {program} slip {demo.folder} --days 45 --as-of {asked}", highlight=False)
