"""W-1 replayed once for all questions, and each answer computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from downmass.answers.answer import Answer
from downmass.operations.opening import OpenCampaign, open_campaign

Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def w1() -> Iterator[OpenCampaign]:
    with open_campaign("w1") as campaign:
        yield campaign


@pytest.fixture(scope="session")
def ask(w1: OpenCampaign) -> Ask:
    """Ask W-1 a question as of a moment; the same words are answered once."""
    told: dict[object, Answer] = {}

    def asked(question: str, as_of: str, **options: object) -> Answer:
        key = (question, as_of, tuple(sorted(options.items())))
        if key not in told:
            told[key] = w1.ask(question, as_of, **options)  # type: ignore[arg-type]
        return told[key]

    return asked
