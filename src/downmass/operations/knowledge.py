"""The package's own data, read from its files: catalogue, reference slips, evidence, examples."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from downmass.answers.case import Knowledge
from downmass.base.errors import NotFoundError
from downmass.disciplines.catalogue.catalogue import parse_catalogue
from downmass.disciplines.catalogue.check import check
from downmass.disciplines.catalogue.rows import DATA_FILES
from downmass.disciplines.forecast.slips import parse_slips
from downmass.facts.finding import Finding
from downmass.operations.files import read_text

SLIPS = "reference_slips.csv"
EVIDENCE = "process_evidence.csv"
TEMPLATES = "contract_templates.toml"


def data_text(name: str) -> str:
    """Return the text of one of the catalogue's data files."""
    return files("downmass.disciplines.catalogue").joinpath("data", name).read_text(encoding="utf-8")


@cache
def knowledge() -> Knowledge:
    """Return everything the answers may lean on besides the record."""
    return Knowledge(
        catalogue=parse_catalogue(_catalogue_texts()),
        slips=parse_slips(data_text(SLIPS)),
        evidence=data_text(EVIDENCE),
        templates=data_text(TEMPLATES),
    )


def _catalogue_texts() -> dict[str, str]:
    return {name: data_text(name) for name in DATA_FILES}


def catalogue_tables() -> dict[str, list[dict[str, str]]]:
    """Return every table of the catalogue as rows of text, for listing."""
    tables: dict[str, list[dict[str, str]]] = {}
    for name in sorted({*DATA_FILES, SLIPS, EVIDENCE, TEMPLATES}):
        text = data_text(name)
        stem = name.rsplit(".", 1)[0]
        if name.endswith(".toml"):
            tables[stem] = [
                {key: value for key, value in row.items() if isinstance(value, str)}
                for rows in tomllib.loads(text).values()
                if isinstance(rows, list)
                for row in rows
            ]
        else:
            tables[stem] = [dict(row) for row in csv.DictReader(text.splitlines())]
    return tables


def check_catalogue(folder: Path | None = None) -> tuple[tuple[Finding, ...], int]:
    """Check every row of the catalogue, or of a folder laid over it; count the rows looked at.

    Parameters
    ----------
    folder
        Holds data files of the same names, such as a copy of the catalogue with rows of one's own.

    Raises
    ------
    NotFoundError
        If the folder holds no file of the catalogue.
    """
    names = sorted({*DATA_FILES, SLIPS, EVIDENCE, TEMPLATES})
    texts = {name: data_text(name) for name in names}
    if folder is not None:
        own = {name: read_text(folder / name) for name in names if (folder / name).is_file()}
        if not own:
            raise NotFoundError(f"{folder} holds no catalogue file", f"name files {', '.join(names)}")
        texts |= own
    rows = sum(max(len(text.splitlines()) - 1, 0) for name, text in texts.items() if name.endswith(".csv"))
    return check(texts), rows


def examples_folder() -> Path:
    """Return where the examples lie: beside the package when installed, in the checkout else."""
    package = Path(str(files("downmass")))
    for folder in (package / "examples", package.parents[1] / "examples"):
        if folder.is_dir():
            return folder
    raise NotFoundError("the examples are not installed", "install downmass from its wheel or a checkout")


def example_folder(name: str) -> Path:
    """Return the folder of an example.

    Raises
    ------
    NotFoundError
        If there is none of that name; the remedy lists the ones there are.
    """
    known = sorted(path.name for path in examples_folder().iterdir() if (path / "campaign.toml").is_file())
    if name not in known:
        raise NotFoundError(f"no example is called {name!r}", f"use one of {', '.join(known)}")
    return examples_folder() / name
