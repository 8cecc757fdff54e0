"""The command line as a person uses it: words in; text, complaints and an exit code out."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from downmass.interfaces.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def say(*words: object) -> Said:
    out, err, code = io.StringIO(), io.StringIO(), 0
    before = sys.argv
    sys.argv = ["downmass", *(str(word) for word in words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv = before
    return Said(code, out.getvalue(), err.getvalue())


Run = Callable[..., Said]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command in this process."""
    return say


@pytest.fixture(scope="session")
def refused(run: Run) -> Run:
    """Run a command that must be refused: exit 2, nothing on standard output, the way out on error."""

    def tried(*words: object) -> Said:
        said = run(*words)
        assert said.code == 2, said
        assert said.out == ""
        assert "way out: " in said.err
        assert "Traceback" not in said.err
        assert "unexpected" not in said.err
        return said

    return tried


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The folder a demo of W-1 left behind; tests read it and copy from it."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as terminal:
        terminal.setenv("COLUMNS", "120")
        said = run("demo", "w1", "--out", folder)
    assert said.code == 0, said.err
    (folder / "said.txt").write_text(said.out, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of its own for each test's keys."""
    monkeypatch.setenv("DOWNMASS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOWNMASS_PASSPHRASE", raising=False)
    return tmp_path / "home"
