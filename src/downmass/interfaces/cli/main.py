"""The ``downmass`` command: nine questions, and what it takes to ask them.

Heavy imports stand inside the commands, so that ``downmass --help`` answers at once.
Exit codes: 0 good, 1 findings, 2 wrong use.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperGroup

from downmass.base.errors import DownmassError, InputError
from downmass.interfaces.cli import (
    campaigns,
    catalogue,
    custody,
    edge,
    flight,
    people,
    quality,
    questions,
    windows,
)
from downmass.interfaces.cli.printing import printable

ROOM = "make room on the disk, then run it again"
WRITABLE = "name a file in a folder that is there and may be written"
WAYS_OUT: Mapping[int, str] = {
    errno.ENOENT: WRITABLE,
    errno.ENOTDIR: WRITABLE,
    errno.EISDIR: WRITABLE,
    errno.EACCES: WRITABLE,
    errno.EPERM: WRITABLE,
    errno.EROFS: WRITABLE,
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "the symbolic links run in a circle; name the file itself",
    errno.EEXIST: "something else of that name lies there: move it away, or name another folder",
    errno.EMFILE: "close other programs' files, then run it again",
}
"""What a person can do about a fault of files, by its number (POSIX errno)."""
SEE_TO_IT = "see to the file or disk named, then run it again"


class Words(TyperGroup):
    """The command group; a word it does not know is refused with the words it does."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in self.commands:
            near = get_close_matches(word, self.commands, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError(
                f"{word!r} is no question and no command", f"{hint}use {', '.join(self.commands)}"
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="downmass",
    cls=Words,
    help="The operations stack for in-space manufacturing: nine questions about one campaign.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
campaigns.register(app)
questions.register(app)
quality.register(app)
windows.register(app)
people.register(app)
flight.register(app)
custody.register(app)
edge.register(app)
app.add_typer(catalogue.app, name="catalogue")


@app.callback(invoke_without_command=True)
def about(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        from downmass import __version__

        typer.echo(f"downmass {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; every refusal goes to standard error with the way out."""
    try:
        app()
    except DownmassError as refusal:
        typer.echo(printable(f"error: {refusal}"), err=True)
        if refusal.remedy:
            typer.echo(printable(f"  way out: {refusal.remedy}"), err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as fault:
        what = f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault)
        typer.echo(printable(f"error: {what}"), err=True)
        typer.echo(f"  way out: {WAYS_OUT.get(fault.errno or 0, SEE_TO_IT)}", err=True)
        sys.exit(2)
    except Exception as fault:
        if os.environ.get("DOWNMASS_DEBUG"):
            raise
        typer.echo(printable(f"error: unexpected {type(fault).__name__}: {fault}"), err=True)
        typer.echo("  way out: run again with DOWNMASS_DEBUG=1 and report what it prints", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
