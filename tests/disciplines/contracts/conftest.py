"""A capsule service of 12 MUSD between a provider and a customer, landing due 2023-07-17."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from downmass.disciplines.contracts.templates import instantiate
from downmass.facts.contract import Contract
from downmass.facts.quantity import Money

DUE = {"landing": datetime(2023, 7, 17, tzinfo=UTC), "release": datetime(2023, 10, 1, tzinfo=UTC)}


@pytest.fixture(scope="session")
def templates() -> str:
    return files("downmass.disciplines.catalogue").joinpath("data/contract_templates.toml").read_text("utf-8")


@pytest.fixture(scope="session")
def sign(templates: str) -> Callable[..., Contract]:
    """Sign a contract of a template; with an insurer unless told otherwise."""

    def signed(name: str, insurer: str | None = "insurer", **terms: object) -> Contract:
        return instantiate(
            templates,
            name,
            **{
                "id": "case",
                "title": "A case",
                "provider": "provider",
                "customer": "customer",
                "price": Money(1_200_000_000, "USD"),
                "due": DUE,
                "insurer": insurer,
                **terms,
            },
        )

    return signed


@pytest.fixture(scope="session")
def capsule(sign: Callable[..., Contract]) -> Contract:
    return sign("capsule-service")
