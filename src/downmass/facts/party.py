"""Organisations, people, and the meaning of their signatures."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import Date

PartyKind = Literal[
    "customer",
    "operator",
    "bus_provider",
    "launch_provider",
    "platform",
    "regulator",
    "range",
    "recovery",
    "carrier",
    "laboratory",
    "insurer",
    "quality_unit",
]

Role = Literal[
    "operator", "supervisor", "quality_unit", "release", "laboratory", "customer", "auditor",
    "crew", "author", "administrator",
]  # fmt: skip

Meaning = Literal["authorship", "review", "approval", "responsibility"]
"""What a signature says (21 CFR 11.50)."""


@fact
class Party:
    """An organisation that takes part in a campaign."""

    id: Slug
    name: str
    kinds: tuple[PartyKind, ...]
    country: str = ""


@fact
class Person:
    """A person who may act in a campaign."""

    id: Slug
    printed_name: str
    party: Slug


@fact
class Signature:
    """A signature by a person, bound to what was signed by its SHA-256 (21 CFR 11.50, 11.70).

    Attributes
    ----------
    over_sha256
        Hash over content, signer, time, meaning and the record before it [hex].
    key, sealed
        The person's public key and their Ed25519 signature of the hash, both in base64; empty in
        entries of before people had keys of their own.
    """

    signer: Slug
    printed_name: str
    at: Date
    meaning: Meaning
    over_sha256: str
    key: str = ""
    sealed: str = ""
