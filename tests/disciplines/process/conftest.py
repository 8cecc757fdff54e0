"""Published points for tests, from the package's own table."""

from __future__ import annotations

from importlib import resources

import pytest

from downmass.disciplines.process.prediction import ProcessEvidence, read_evidence


@pytest.fixture(scope="session")
def evidence_text() -> str:
    """The table of published points as it ships."""
    folder = resources.files("downmass.disciplines.catalogue") / "data"
    return (folder / "process_evidence.csv").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def evidence(evidence_text: str) -> tuple[ProcessEvidence, ...]:
    """The published points."""
    return read_evidence(evidence_text)
