"""Commands of the quality unit: the batch record, the search of sister batches, the batches cited."""

from __future__ import annotations

import json
from typing import Annotated

import typer

Place = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="A campaign folder, a bundle, or an example's name.")
]
Open = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="An open campaign's folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("batch-record", help="Print the batch production record, item by item (21 CFR 211.188).")(
        batch_record
    )
    app.command("investigate", help="Search sister batches for a nonconformity's fault and record it.")(
        investigate
    )
    app.command("cite", help="Record the earlier batches the validation of the process rests on.")(cite)


def batch_record(
    campaign: Place,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Know only what was recorded by then (date or instant).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Print the record of the batch and the exceptions in it; exit code 1 while one of them blocks."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.batch_record import read_record

    read = read_record(campaign, as_of)
    if as_json:
        typer.echo(json.dumps(read.to_json(), indent=2, sort_keys=True))
    else:
        for line in read.text:
            typer.echo(printable(line))
    if any(finding.severity == "blocking" for finding in read.findings):
        raise typer.Exit(1)


def investigate(
    campaign: Open,
    nonconformity: Annotated[str, typer.Argument(help="Id of the nonconformity under investigation.")],
    sister: Annotated[
        list[str] | None,
        typer.Option("--sister", help="Folder or bundle of a batch to search; may be repeated."),
    ] = None,
    none_exist: Annotated[
        bool, typer.Option("--none-exist", help="State on purpose that there is no other batch.")
    ] = False,
) -> None:
    """Open and verify the batches named, search them, and record what was found."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.opening import open_campaign
    from downmass.operations.sisters import search_sisters

    with open_campaign(campaign) as opened:
        (event,) = opened.record([search_sisters(opened, nonconformity, sister or [], none_exist=none_exist)])
    typer.echo(printable(f"{event.id}  {event.type}: {event.body.criterion}"))
    for batch in event.body.batches:
        found = ", ".join(batch.found) or "nothing of the kind"
        typer.echo(printable(f"  {batch.campaign}: {batch.entries} entries read, found {found}"))
    if event.body.none_exist:
        typer.echo("  stated: no other batch exists")


def cite(
    campaign: Open,
    batches: Annotated[
        list[str], typer.Argument(metavar="FOLDER", help="Folders or bundles of earlier batches.")
    ],
) -> None:
    """Open and verify earlier batches, and record how each ended."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.opening import open_campaign
    from downmass.operations.sisters import cite_batches

    with open_campaign(campaign) as opened:
        (event,) = opened.record([cite_batches(opened, batches)])
    typer.echo(printable(f"{event.id}  {event.type}"))
    for batch in event.body.batches:
        typer.echo(
            printable(
                f"  {batch.campaign}: {batch.recipe} {batch.version}, lot {batch.lot}, {batch.decision}"
            )
        )
