"""``downmass trace`` and ``downmass judge``: a lot both ways, and other people's EPCIS documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("trace", help="Trace a lot, sample or container both ways.")(trace)
    app.command("judge", help="Judge an EPCIS 2.0 document for what GS1's schema lets through.")(judge)


def trace(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help="A campaign folder, a bundle, or an example's name.")
    ],
    lot: Annotated[str, typer.Argument(help="A lot, sublot, sample, container or item on record.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Know only what was recorded by then (date or instant).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the trace as JSON.")] = False,
) -> None:
    """Show what a lot came from and what became of it, with hands, containers and mass balance."""
    from downmass.operations.tracing import trace_lot

    found = trace_lot(campaign, lot, as_of)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, sort_keys=True))
    else:
        _show(found)
    if any(finding.severity == "blocking" for finding in found.findings):
        raise typer.Exit(1)


def judge(
    file: Annotated[Path, typer.Argument(help="An EPCIS 2.0 document in JSON-LD.")],
    strict: Annotated[
        bool, typer.Option("--strict", help="Let warnings count against it too; notes never do.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """List every finding with the rule behind it: law, standard or house policy."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.judging import judge_file

    found = judge_file(file, strict)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, sort_keys=True))
    else:
        told = printable(found.to_json())
        for finding in told["findings"]:
            typer.echo(f"{finding['severity']:<8} {finding['subject']}: {finding['message']}")
            typer.echo(f"         {finding['rule']} ({finding['basis']}: {finding['clause']})")
        counts = [
            f"{sum(f['severity'] == severity for f in told['findings'])} {severity}"
            for severity in ("blocking", "warning", "note")
        ]
        typer.echo(f"{told['target']}: {', '.join(counts)}")
    if not found.good:
        raise typer.Exit(1)


def _show(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from downmass.interfaces.cli.printing import printable

    told = printable(found)
    # Names of lots and places are somebody's text: they are no markup.
    console = Console(markup=False, emoji=False)
    console.print(told.headline, highlight=False)
    for part in told.tables:
        if not part.rows:
            continue
        table = Table(
            title=part.title, title_justify="left", title_style="bold", box=None, header_style="dim"
        )
        for name in part.columns:
            table.add_column(name)
        for row in part.rows:
            table.add_row(*row)
        console.print()
        console.print(table, highlight=False)
    for finding in told.findings:
        console.print(f"{finding.severity}: {finding.message}", highlight=False)
