"""Commands of people: their keys, training and locks, and signing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[Path, typer.Argument(metavar="CAMPAIGN", help="An open campaign's folder.")]
Who = Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person.")]
Verified = Annotated[str, typer.Option("--verified-by", help="Who saw proof of the person's identity.")]
Certified = Annotated[
    str, typer.Option("--certification", help="Where the certification of 21 CFR 11.100(c) was sent.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
Library = Annotated[
    str | None, typer.Option("--token", help="PKCS #11 library of a token that keeps the key.")
]
Label = Annotated[str, typer.Option("--token-label", help="Label of the token.")]

SECRET = "DOWNMASS_PERSON_PASSPHRASE"
"""Environment variable that answers for one person; with ``_<PERSON>`` behind it, for that person."""
NEW_SECRET = "DOWNMASS_PERSON_NEW_PASSPHRASE"

app = typer.Typer(
    help="People of a campaign: keys, training, locks.", no_args_is_help=True, rich_markup_mode=None
)


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="person")
    main.command("sign", help="Record entries of a file that people sign, each with their own key.")(sign)


def sign(
    campaign: Folder,
    entries: Annotated[Path, typer.Argument(help="TOML with [[entry]] tables that have `sign`.")],
    people: Annotated[list[str], typer.Option("--as", help="Who is here to sign; may be repeated.")],
    token: Library = None,
    token_label: Label = "downmass",
) -> None:
    """Show each act with its hash and meaning, ask its people, and record all of it or none."""
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.recording import sign_file

    one = len(set(people)) == 1
    for event in sign_file(campaign, entries, people, _keys(token, token_label), _asking(one)):
        typer.echo(printable(f"{event.id}  {event.occurred_at:%Y-%m-%d %H:%M:%S} UTC  {event.type}"))


@app.command("list", help="Who may do what: roles, key, training, locks.")
def list_people(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help="A campaign folder, a bundle, or an example's name.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """Print each person's standing, one line each."""
    import json
    from datetime import UTC, datetime

    from downmass.disciplines.ledger.people import standing
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.opening import open_campaign

    with open_campaign(campaign) as opened:
        state = opened.state()
    replayed = state.opened is not None and state.opened.mode == "replay"
    at = (state.recorded_until if replayed else None) or datetime.now(UTC)
    found = [one for one in (standing(state, person, at) for person in state.people) if one is not None]
    if as_json:
        told = [_json(one) for one in found]
        typer.echo(json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False))
        return
    for one in found:
        trained = ", ".join(f"{subject} {version}" for subject, (version, _) in one.training.items())
        words = [
            f"{one.person} ({one.printed_name}, {one.party})",
            ", ".join(sorted(one.roles)) or "no role",
            f"key {one.key[:12]}..." if one.key else "no key",
            f"trained in {trained or 'nothing on file'}",
        ]
        if one.locked_by:
            words.append(f"LOCKED OUT by {one.locked_by}")
        elif one.refused:
            words.append(f"{one.refused} refused attempts in a row")
        typer.echo(printable("; ".join(words)))


def _json(one: Any) -> dict[str, Any]:
    """Return a standing as a JSON value."""
    from downmass.base.instant import format_instant

    training = {
        subject: {"version": version, "until": format_instant(until) if until else None}
        for subject, (version, until) in one.training.items()
    }
    return {
        "person": one.person, "printed_name": one.printed_name, "party": one.party,
        "roles": sorted(one.roles), "key": one.key, "training": training,
        "locked_by": one.locked_by, "refused": one.refused,
    }  # fmt: skip


@app.command("enrol", help="Make a key for a person and put it on record.")
def enrol(
    campaign: Folder,
    person: Who,
    verified_by: Verified,
    certification: Certified,
    evidence: Annotated[str, typer.Option("--evidence", help="Which proof of identity was seen.")],
    token: Library = None,
    token_label: Label = "downmass",
) -> None:
    """Ask for a new passphrase, or the token's PIN, and enrol the key it opens."""
    with _registrar(campaign, token, token_label) as registrar:
        secret = _new_secret(person, token)
        _told(registrar.enrol(person, secret, verified_by, evidence, certification))


@app.command("rotate", help="Put a new key in the place of a person's key.")
def rotate(
    campaign: Folder,
    person: Who,
    verified_by: Verified,
    certification: Certified,
    token: Library = None,
    token_label: Label = "downmass",
) -> None:
    """Ask for the passphrase in force, then for a new one; the earlier key file stays where it is."""
    with _registrar(campaign, token, token_label) as registrar:
        secret = _new_secret(person, token)
        _told(registrar.rotate(person, secret, verified_by, certification))


@app.command("passphrase", help="Change the passphrase of a person's key; the key stays.")
def passphrase(campaign: Folder, person: Who) -> None:
    """Ask for a new passphrase and the old one; nothing is recorded."""
    with _registrar(campaign) as registrar:
        registrar.change_passphrase(person, _new_secret(person, None))
    typer.echo(f"the key of {person} is sealed by the new passphrase")


@app.command("test", help="See that a person's key or token signs as it must.")
def trial(campaign: Folder, person: Who, token: Library = None, token_label: Label = "downmass") -> None:
    """Ask for the passphrase or PIN and try the key; nothing is recorded."""
    with _registrar(campaign, token, token_label) as registrar:
        registrar.test(person)
    typer.echo(f"the key of {person} signs, and what it signs verifies")


@app.command("revoke", help="Take a key out of force at once: a person's, or a writer's.")
def revoke(
    campaign: Folder,
    holder: Annotated[str, typer.Argument(metavar="HOLDER", help="Id of the person or writer.")],
    reason: Reason,
    key: Annotated[
        str | None, typer.Option("--key", help="The public key; the one in force if not given.")
    ] = None,
) -> None:
    """Record that a key counts no more."""
    with _registrar(campaign) as registrar:
        _told(registrar.revoke(holder, reason, key))


@app.command("reset", help="Lift a lock, or take a lost key out of use; the person then enrols anew.")
def reset(
    campaign: Folder,
    person: Who,
    administrator: Annotated[str, typer.Option("--as", help="The administrator who resets.")],
    reason: Reason,
    token: Library = None,
    token_label: Label = "downmass",
) -> None:
    """Ask the administrator who they are and record the reset; it yields nothing that can sign."""
    with _registrar(campaign, token, token_label) as registrar:
        _told(registrar.reset(person, administrator, reason))


@app.command("train", help="Put training on file.")
def train(
    campaign: Folder,
    person: Who,
    subject: Annotated[str, typer.Option("--subject", help="What in; a recipe's id, or any subject.")],
    version: Annotated[str, typer.Option("--version", help="Version of it.")],
    trainer: Annotated[str, typer.Option("--trainer", help="Who trained.")],
    until: Annotated[str | None, typer.Option("--until", help="When it ends, with its zone.")] = None,
) -> None:
    """Record training, which rules ask for before the person may act."""
    with _registrar(campaign) as registrar:
        _told(registrar.train(person, subject, version, trainer, until))


@contextmanager
def _registrar(campaign: Path, token: str | None = None, label: str = "") -> Iterator[Any]:
    from downmass.base.errors import NotFoundError
    from downmass.operations.enrolling import Registrar
    from downmass.operations.opening import is_open, open_campaign
    from downmass.operations.signing import SigningSession

    if not is_open(campaign):
        raise NotFoundError(f"{campaign} has no open campaign", f"open it first: downmass init {campaign}")
    keys = _keys(token, label)
    with open_campaign(campaign) as opened:
        yield Registrar(opened, keys, SigningSession(opened, keys, _asking(True)))


def _keys(token: str | None, label: str) -> Any:
    from downmass.operations.peoples_keys import sealed_files_of_this_machine
    from downmass.operations.tokens import Token

    return Token(token, label) if token else sealed_files_of_this_machine()


def _asking(alone: bool) -> Any:
    """Return what shows a person the act and asks for what the session needs.

    Parameters
    ----------
    alone
        Whether one person signs, for whom the variable without a name answers too.
    """
    from downmass.interfaces.cli.printing import printable
    from downmass.operations.signing import Asked, Shown

    def ask(asked: Asked) -> Shown:
        if asked.what:
            hashed = f"  printed name {asked.printed_name}; SHA-256 of the act {asked.over_sha256}"
            for line in (*asked.what.splitlines(), hashed):
                typer.echo(printable(line), err=True)
        identification = asked.person
        if asked.identification and not _given(asked.person, alone):
            identification = _prompt(f"Identification ({asked.person} signs)", asked.person, False)
        return Shown(_secret(asked.person, alone), identification)

    return ask


def _secret(person: str, alone: bool) -> str:
    given = _given(person, alone)
    return given if given is not None else _prompt(f"Passphrase or PIN of {person}", person, True)


def _new_secret(person: str, token: str | None) -> str:
    if token:
        return _secret(person, True)
    given = os.environ.get(NEW_SECRET) or _given(person, True)
    return given if given is not None else _prompt(f"New passphrase of {person}", person, True, twice=True)


def _given(person: str, alone: bool) -> str | None:
    named = os.environ.get(f"{SECRET}_{person.upper().replace('-', '_').replace('.', '_')}")
    return named if named is not None or not alone else os.environ.get(SECRET)


def _prompt(text: str, person: str, hidden: bool, twice: bool = False) -> str:
    from downmass.base.errors import InputError

    if not sys.stdin.isatty():
        raise InputError(
            f"{person} cannot be asked: there is no terminal", f"sign at one, or set {SECRET} in a script"
        )
    return str(typer.prompt(text, hide_input=hidden, confirmation_prompt=twice, err=True))


def _told(event: Any) -> None:
    from downmass.interfaces.cli.printing import printable

    typer.echo(printable(f"{event.id}  {event.occurred_at:%Y-%m-%d %H:%M:%S} UTC  {event.type}"))
