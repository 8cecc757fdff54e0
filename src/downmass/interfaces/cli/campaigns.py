"""Commands on whole campaigns: demo, init, check, verify, export."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

Place = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="A campaign folder, a bundle, or an example's name.")
]

PAGE_WORDS = (
    "the words of the page are not covered: only the hashes printed in its story, which it checks itself"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("demo", help="Replay or fly an example and ask it the nine questions at its moments.")(demo)
    app.command("init", help="Make a campaign folder from an example; then, edited, open it.")(init)
    app.command("record", help="Record what happened, from a file of entries: all of them or none.")(record)
    app.command("check", help="Check a campaign's documents and record.")(check)
    app.command("verify", help="Verify a bundle, a dossier or a campaign folder, offline.")(verify)
    app.command("export", help="Write a bundle, a dossier or EPCIS events.")(export)


def demo(
    example: Annotated[str, typer.Argument(help="Name of an example.")] = "w1",
    out: Annotated[Path, typer.Option("--out", help="Folder for the dossier and the bundle.")] = Path("demo"),
) -> None:
    """Replay an example from order to settlement."""
    from downmass.interfaces.cli.story import tell

    tell(example, out)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    example: Annotated[str, typer.Option("--from", help="Example to start from.")] = "w1",
    name: Annotated[
        str | None, typer.Option("--id", help="Id of the campaign; the folder's name if not given.")
    ] = None,
) -> None:
    """Make a folder with a campaign.toml to edit; on a folder that has one, open the campaign."""
    from downmass.operations.opening import init_campaign

    for line in init_campaign(folder, example, name):
        typer.echo(line)


def record(
    campaign: Annotated[Path, typer.Argument(metavar="CAMPAIGN", help="An open campaign's folder.")],
    entries: Annotated[
        Path, typer.Argument(help="TOML with [[entry]] tables, as in an example's history.toml.")
    ],
) -> None:
    """Decide on the entries of a file, sign them and append them."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.recording import record_file

    for event in record_file(campaign, entries):
        typer.echo(printable(f"{event.id}  {event.occurred_at:%Y-%m-%d %H:%M:%S} UTC  {event.type}"))


def check(campaign: Place) -> None:
    """Read everything, fold the record, list every finding."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.checking import check_campaign

    findings, summary = check_campaign(campaign)
    for finding in findings:
        typer.echo(printable(f"{finding.severity:<8} {finding.subject}: {finding.message}"))
    typer.echo(printable(summary))
    if any(finding.severity != "note" for finding in findings):
        raise typer.Exit(1)


def verify(
    target: Annotated[str, typer.Argument(help="A bundle, a dossier, or a campaign folder.")],
    kept: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="A checkpoint or bundle kept elsewhere; the log must agree."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", help="Key name+id+base64 that must have signed; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute every hash, chain, signature and proof from the stored bytes."""
    from downmass.base.errors import NotFoundError
    from downmass.interfaces.dossier.embed import bundle_in, is_page
    from downmass.operations.verifying import outside, verify_bytes, verify_folder

    path, page = Path(target), False
    if kept is not None and not kept.is_file():
        raise NotFoundError(f"there is no {kept}", "name a checkpoint, or a bundle kept from earlier")
    held = outside(str(kept), kept.read_bytes() if kept else None, witness or ())
    if path.is_dir():
        report = verify_folder(path, held)
    elif path.is_file():
        data = path.read_bytes()
        page = is_page(data)
        report = verify_bytes(target, bundle_in(data) if page else data, held)
    else:
        raise NotFoundError(f"there is no {target}", "name a bundle, a dossier or a campaign folder")
    if as_json:
        said = {**report.to_json(), **({"page_words": "not covered"} if page else {})}
        typer.echo(json.dumps(said, indent=2, sort_keys=True))
    else:
        shown = _shown(report)
        typer.echo(replace(shown, target=f"the record inside {shown.target}").text if page else shown.text)
        if page:
            typer.echo(PAGE_WORDS)
    if not report.good:
        raise typer.Exit(1)


def _shown(report: Any) -> Any:
    """Return a report with every text of it printable; what it was held against stays as it is."""
    from downmass.interfaces.cli.printing import printable

    told = ("target", "verification", "loose", "notes", "witnessed")
    others = tuple(_shown(other) for other in report.others)
    return replace(report, others=others, **{name: printable(getattr(report, name)) for name in told})


def export(
    kind: Annotated[str, typer.Argument(help="bundle, dossier or epcis.")],
    campaign: Place,
    out: Annotated[Path, typer.Argument(help="File to write.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only what was recorded by then.")] = None,
) -> None:
    """Write what leaves the house."""
    from downmass.base.errors import InputError
    from downmass.operations.files import write_out
    from downmass.operations.opening import open_campaign

    if kind not in ("bundle", "dossier", "epcis"):
        raise InputError(f"{kind!r} cannot be exported", "use bundle, dossier or epcis")
    with open_campaign(campaign) as opened:
        if kind == "bundle":
            content = opened.bundle(as_of)
        elif kind == "epcis":
            content = opened.epcis(as_of)
        else:
            from downmass.interfaces.dossier.render import render_dossier

            answers = opened.ask_all(as_of)
            moment = f"as of {answers[0].as_of:%Y-%m-%d}"
            content = render_dossier(
                opened.state(as_of), [(moment, answers)], opened.bundle(as_of), opened.verify(as_of)
            ).encode()
    write_out(out, content, campaign)
    typer.echo(f"written: {out} ({len(content):,} bytes)")
