"""``downmass fly``: a campaign flown on a simulated device."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from downmass.base.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fly", help="Fly a campaign on a simulated device, to the end or until a moment.")(fly)


def fly(
    campaign: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN", help="A folder with campaign.toml and flight.toml, or an example."
        ),
    ],
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Seed of what scatters; the campaign's own if left out."),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option("--faults", help="A fault script, in place of the flight's own faults.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Stop at this moment; called again, the flight goes on.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the folder of a flown example is made.")] = Path(
        "flights"
    ),
    fleet: Annotated[
        int | None,
        typer.Option("--fleet", help="Fly this many batches of an example, each citing those before."),
    ] = None,
    spacing: Annotated[
        int | None, typer.Option("--spacing", help="Days between the batches of a fleet; 63 if left out.")
    ] = None,
) -> None:
    """Fly on from where the folder's ledgers stand."""
    if fleet is not None:
        if faults is not None or until is not None:
            raise InputError(
                "a fleet is flown to its end with its own faults", "leave --faults and --until out"
            )
        _fly_fleet(campaign, out, fleet, seed, spacing)
        return
    if spacing is not None:
        raise InputError("--spacing is of a fleet", "say how many batches: --fleet 3")
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from downmass.base.instant import parse_moment
    from downmass.operations.flight.fly import Flight, flight_folder

    folder = flight_folder(campaign, out)
    flight = Flight(folder, seed, faults)
    try:
        begins, ends = flight.script.begins, flight.script.ends
        span_s = (ends - begins).total_seconds()
        with Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=span_s)
            for now in flight.fly(parse_moment(until) if until else None):
                done_s = (now - begins).total_seconds()
                told = f"{now:%Y-%m-%d %H:%M} UTC, {flight.entries()} entries"
                bar.update(task, completed=done_s, description=told)
        flown = flight.flown()
    finally:
        flight.close()
    typer.echo("\n".join(flown.lines()))
    typer.echo(f"ask it: downmass track {flown.folder}")


def _fly_fleet(example: str, out: Path, count: int, seed: int | None, spacing: int | None) -> None:
    from downmass.operations.flight.fleet import SPACING, fly_fleet

    apart = SPACING if spacing is None else timedelta(days=spacing)
    flown = None
    for flown in fly_fleet(example, out, count, seed, apart):
        typer.echo("\n".join(flown.lines()))
    if flown is not None:
        typer.echo(f"ask it: downmass quality {flown.folder}")
