"""The nine questions as commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from downmass.interfaces.nine import QUESTION_TEXT

Place = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="A campaign folder, a bundle, or an example's name.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Know only what was recorded by then (date or instant).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly the answer, as JSON.")]
AsHtml = Annotated[Path | None, typer.Option("--html", help="Also write the answer as one HTML file.")]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed of the futures; the campaign's own if not given.")
]


def register(app: typer.Typer) -> None:
    """Add one command for each question."""
    own: dict[str, Any] = {"slip": slip, "worth": worth}
    for question, text in QUESTION_TEXT.items():
        app.command(question, help=text)(own.get(question) or _command(question))


def _command(question: str) -> Any:
    def command(
        campaign: Place, as_of: AsOf = None, as_json: AsJson = False, html: AsHtml = None, seed: Seed = None
    ) -> None:
        _ask(question, campaign, as_of, as_json, html, seed)

    return command


def slip(
    campaign: Place,
    days: Annotated[float | None, typer.Option("--days", help="Days the return slips by.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Earliest return instead.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    html: AsHtml = None,
    seed: Seed = None,
) -> None:
    """Ask what happens if the return slips."""
    _ask("slip", campaign, as_of, as_json, html, seed, days=days, until=until)


def worth(
    campaign: Place,
    break_even: Annotated[str | None, typer.Option("--break-even", help="Input to solve for.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    html: AsHtml = None,
    seed: Seed = None,
) -> None:
    """Ask whether the campaign pays."""
    _ask("worth", campaign, as_of, as_json, html, seed, break_even=break_even)


def _ask(
    question: str,
    place: str,
    as_of: str | None,
    as_json: bool,
    html: Path | None,
    seed: int | None,
    **options: Any,
) -> None:
    from downmass.operations.opening import open_campaign

    with open_campaign(place) as campaign:
        answer = campaign.ask(question, as_of=as_of, seed=seed, **options)
        if html is not None:
            _write_html(html, campaign, answer)
    if as_json:
        from downmass.answers.answer import answer_to_json

        typer.echo(json.dumps(answer_to_json(answer), indent=2, sort_keys=True))
    else:
        from rich.console import Console

        from downmass.interfaces.cli.show import show

        show(answer, Console())
    if any(finding.severity == "blocking" for finding in answer.findings):
        raise typer.Exit(1)


def _write_html(path: Path, campaign: Any, answer: Any) -> None:
    from downmass.interfaces.dossier.render import render_dossier
    from downmass.operations.files import write_out

    page = render_dossier(
        campaign.state(answer.as_of),
        [(f"as of {answer.as_of:%Y-%m-%d}", [answer])],
        campaign.bundle(answer.as_of),
        campaign.verify(answer.as_of),
    )
    write_out(path, page.encode(), campaign.place)
    typer.echo(f"written: {path}", err=True)
