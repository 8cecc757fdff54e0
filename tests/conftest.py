"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# No test asserts a time: a busy machine is no fault of the program.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("DOWNMASS_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the shared data folder is not here (set DOWNMASS_SHARED to its path)")
    return folder
