"""``downmass catalogue``: what is known, with its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="What the program knows, every number with its source and class.", no_args_is_help=True
)


@app.command("list")
def list_(
    table: Annotated[str | None, typer.Argument(help="One table; all of them if not given.")] = None,
) -> None:
    """List the tables, or the rows of one."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.knowledge import catalogue_tables

    tables = catalogue_tables()
    if table is None:
        for name, rows in tables.items():
            typer.echo(f"{name:<20} {len(rows):>5} rows")
        return
    for row in _table(tables, table):
        typer.echo(printable("  ".join(value for value in row.values() if value)))


@app.command("show")
def show(item: Annotated[str, typer.Argument(help="An id, or part of one.")]) -> None:
    """Show every row that names an item, whole, with file and line."""
    from downmass.base.errors import NotFoundError
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.knowledge import catalogue_tables

    found = 0
    for name, rows in catalogue_tables().items():
        for row in rows:
            if any(item.lower() in value.lower() for value in list(row.values())[:2]):
                found += 1
                typer.echo(f"[{name}]")
                for key, value in row.items():
                    if value:
                        typer.echo(printable(f"  {key:<12} {value}"))
    if not found:
        raise NotFoundError(
            f"nothing in the catalogue is called {item!r}", "`downmass catalogue list` names the tables"
        )


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with data files of one's own, laid over the package's.")
    ] = None,
) -> None:
    """Refuse every row without unit, source, date or class."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.knowledge import check_catalogue

    findings, rows = check_catalogue(folder)
    for finding in findings:
        typer.echo(printable(f"{finding.subject}: {finding.message}"))
    typer.echo(f"{rows} rows checked, {len(findings)} findings")
    if findings:
        raise typer.Exit(1)


def _table(tables: dict[str, list[dict[str, str]]], name: str) -> list[dict[str, str]]:
    from downmass.base.errors import NotFoundError

    if name not in tables:
        raise NotFoundError(f"no table {name!r}", f"use one of {', '.join(tables)}")
    return tables[name]
