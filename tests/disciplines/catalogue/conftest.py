"""The catalogue's own data files, read as the program reads them."""

from __future__ import annotations

from importlib import resources

import pytest

from downmass.disciplines.catalogue.catalogue import Catalogue, parse_catalogue


@pytest.fixture(scope="session")
def data_files() -> dict[str, str]:
    """Every file in the package's data folder, by name."""
    folder = resources.files("downmass.disciplines.catalogue") / "data"
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}


@pytest.fixture(scope="session")
def catalogue(data_files: dict[str, str]) -> Catalogue:
    """The catalogue that ships."""
    return parse_catalogue(data_files)
