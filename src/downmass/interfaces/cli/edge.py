"""Commands of a device that writes its own log, and of the ground that receives it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[
    Path, typer.Argument(metavar="DEVICE_FOLDER", help="The device's own folder: its ledger and key.")
]
Writer = Annotated[str, typer.Option("--writer", help="The device's name as a writer of the campaign.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

app = typer.Typer(
    help="Write a device's own log on board, for weeks without contact.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.command("sync", help="Receive devices' bundles, in whatever order; say what is missing.")(sync)
    main.add_typer(app, name="edge")


@app.command("key", help="Make the device's own key; print its public part for the ground to enrol.")
def key(folder: Folder, writer: Writer) -> None:
    """Make a key that never leaves the device."""
    from downmass.operations.places import make_key

    public = make_key(folder, writer)
    typer.echo(f"public_key = {json.dumps(public)}")
    typer.echo(f"enrol it on the ground: a writer.enrolled entry for {writer} with this public_key", err=True)


@app.command("commission", help="Begin the device's log from the ground's whole bundle.")
def commission(
    folder: Folder,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="From: downmass export bundle.")],
    writer: Writer,
) -> None:
    """Verify the bundle and begin the log with it."""
    from downmass.operations.places import commission as begin

    size = begin(folder, bundle, writer)
    typer.echo(f"{folder} holds {size} entries of the campaign; boot the device to write its own")


@app.command("boot", help="Begin a session of the device with its birth certificate.")
def boot(
    folder: Folder,
    software: Annotated[str, typer.Option("--software", help="What runs on the device, with version.")],
    uncertainty: Annotated[
        str, typer.Option("--clock-uncertainty-s", help="How far its clock may be wrong now [s].")
    ],
    drift: Annotated[str, typer.Option("--drift-ppm", help="How fast that may grow [ppm].")],
) -> None:
    """Record writer.born."""
    from downmass.operations.places import open_device

    unsure, rate = _number(uncertainty, "--clock-uncertainty-s"), _number(drift, "--drift-ppm")
    with open_device(folder) as edge:
        _say([edge.boot(software, unsure, rate)])


@app.command("record", help="Record the device's own entries from a file: all of them or none.")
def record(
    folder: Folder, entries: Annotated[Path, typer.Argument(help="TOML with [[entry]] tables.")]
) -> None:
    """Record entries of the device's own."""
    from downmass.operations.places import record_on_device

    _say(record_on_device(folder, entries))


@app.command("bundle", help="Write a sync bundle of the device's own entries.")
def bundle(
    folder: Folder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write.")],
    first: Annotated[int | None, typer.Option("--first", help="Counter to begin at; 0 if not given.")] = None,
    last: Annotated[
        int | None, typer.Option("--last", help="Counter to end at; the newest if not given.")
    ] = None,
) -> None:
    """Write what is to be sent."""
    from downmass.operations.files import write_out
    from downmass.operations.places import open_device

    with open_device(folder) as edge:
        limits = [None if n is None else {edge.writer: n} for n in (first, last)]
        content = edge.bundle(*limits)
    write_out(out, content)
    typer.echo(f"written: {out} ({len(content):,} bytes)")


@app.command("receive", help="Mirror the ground's entries on board from sync bundles.")
def receive(
    folder: Folder, bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE", help="In any order.")]
) -> None:
    """Take what came up."""
    from downmass.operations.files import read_bytes
    from downmass.operations.places import open_device

    reports = []
    with open_device(folder) as edge:
        for path in bundles:
            reports.append((path, edge.receive(read_bytes(path))))
    _tell(reports)


@app.command("shutdown", help="End the session with a death certificate and the count of entries.")
def shutdown(folder: Folder, reason: Annotated[str, typer.Option("--reason", help="Why.")]) -> None:
    """Record writer.died."""
    from downmass.operations.places import open_device

    with open_device(folder) as edge:
        _say([edge.shutdown(reason)])


@app.command("status", help="Tell what the device holds and how far its clock may be wrong.")
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Tell where the device stands."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.places import open_device

    with open_device(folder) as edge:
        told = edge.status()
    if as_json:
        typer.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    for name, value in told.items():
        typer.echo(printable(f"{name:<20} {value}"))


def sync(
    campaign: Annotated[Path, typer.Argument(metavar="CAMPAIGN", help="An open campaign's folder.")],
    bundles: Annotated[
        list[Path] | None, typer.Argument(metavar="BUNDLE", help="Sync bundles, in any order.")
    ] = None,
    carrier: Annotated[str, typer.Option("--carrier", help="What brought them.")] = "file",
    missing: Annotated[
        bool, typer.Option("--missing", help="Tell what has not arrived, and how to ask for it.")
    ] = False,
    uplink: Annotated[
        tuple[str, Path] | None,
        typer.Option("--uplink", metavar="WRITER OUT", help="Write the ground's entries for a device."),
    ] = None,
    first: Annotated[
        int, typer.Option("--first", help="With --uplink: the ground's counter to begin at.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Receive bundles on the ground."""
    from downmass.base.errors import InputError
    from downmass.operations.places import sync_files
    from downmass.operations.places import uplink as bundle_up

    if not (bundles or missing or uplink):
        raise InputError("sync has nothing to do", "name bundles, or give --missing or --uplink WRITER OUT")
    faults = _tell(list(sync_files(campaign, bundles, carrier)), as_json) if bundles else False
    if uplink:
        from downmass.operations.files import write_out

        content = bundle_up(campaign, uplink[0], first)
        write_out(uplink[1], content, str(campaign))
        typer.echo(f"written: {uplink[1]} ({len(content):,} bytes)")
    if missing:
        faults = _missing(campaign, as_json) or faults
    if faults:
        raise typer.Exit(1)


def _missing(campaign: Path, as_json: bool) -> bool:
    from downmass.operations.opening import open_campaign
    from downmass.operations.syncing import missing_of

    with open_campaign(campaign) as opened:
        told = missing_of(opened.state())
    if as_json:
        typer.echo(json.dumps(told, indent=2, sort_keys=True))
    for writer, one in () if as_json else told.items():
        typer.echo(
            f"{writer}: {one['received']} of {one['announced']} entries are here, "
            f"{sum(last - first + 1 for first, last in one['held'])} wait"
        )
        for first, last in one["missing"]:
            typer.echo(
                f"  ask for {first} to {last}: "
                f"downmass edge bundle DEVICE_FOLDER OUT --first {first} --last {last}"
            )
    return any(one["missing"] for one in told.values())


def _tell(reports: Iterable[tuple[Path, Any]], as_json: bool = False) -> bool:
    """Say what became of bundles; tell whether one was put aside."""
    from downmass.interfaces.cli.printing import printable

    told = list(reports)
    if as_json:
        from downmass.operations.syncing import report_to_json

        typer.echo(json.dumps([report_to_json(report) for _, report in told], indent=2, sort_keys=True))
    for path, report in () if as_json else told:
        if report.quarantined:
            typer.echo(printable(f"{path}: put aside: {report.quarantined}"))
        elif not report.arrivals:
            typer.echo(printable(f"{path}: nothing new of {report.writer}"))
        for one in report.arrivals:
            typer.echo(
                printable(
                    f"{path}: {one.writer}: {_size(one.appended)} entries appended, {_size(one.held)} wait, "
                    f"{_size(one.missing)} of {one.announced} announced are missing"
                )
            )
    return any(report.quarantined for _, report in told)


def _size(stretches: Iterable[Any]) -> int:
    return sum(stretch.last - stretch.first + 1 for stretch in stretches)


def _number(text: str, name: str) -> Decimal:
    from downmass.base.errors import InputError

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise InputError(f"{name} is {text!r}", "give a number, zero or more")
    return value


def _say(events: Iterable[Any]) -> None:
    from downmass.interfaces.cli.printing import printable

    for event in events:
        typer.echo(printable(f"{event.id}  {event.occurred_at:%Y-%m-%d %H:%M:%S} UTC  {event.type}"))
