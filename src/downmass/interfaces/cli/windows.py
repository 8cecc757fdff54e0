"""``downmass windows``: return windows from an element set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("windows", help="Return windows over sites, from an element set.")(windows)


def windows(
    elements: Annotated[
        Path, typer.Option("--elements", help="File with two-line element sets; the last counts.")
    ],
    site: Annotated[
        list[str], typer.Option("--site", help="A catalogue site or LAT,LON in degrees; repeatable.")
    ],
    start: Annotated[str, typer.Option("--from", help="First instant, with its zone.")],
    end: Annotated[str, typer.Option("--to", help="End, with its zone.")],
    corridor_km: Annotated[
        float, typer.Option("--corridor-km", help="Half-width of the corridor [km].")
    ] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the windows as JSON.")] = False,
) -> None:
    """Find every pass within the corridor."""
    from downmass.operations.windows import find_windows

    found = find_windows(elements, site, start, end, corridor_km)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, sort_keys=True))
        return
    from rich.console import Console
    from rich.table import Table

    from downmass.interfaces.cli.printing import printable

    found = printable(found)
    # The name of an object and of a site is somebody's text: it is no markup.
    console = Console(markup=False, emoji=False)
    console.print(found.headline)
    table = Table("site", "UTC", "heading", box=None, header_style="bold")
    for name in ("cross-track km", "sun deg", "+/- min"):
        table.add_column(name, justify="right")
    for row in found.rows:
        table.add_row(
            row.site,
            f"{row.at:%Y-%m-%d %H:%M:%S}",
            row.heading,
            f"{row.cross_track_km:+.1f}",
            f"{row.sun_elevation_deg:+.1f}",
            f"{row.error_min:.1f}",
        )
    console.print(table)
    for finding in found.findings:
        console.print(
            f"{finding.severity}: {finding.message}", style="bold" if finding.severity != "note" else ""
        )
