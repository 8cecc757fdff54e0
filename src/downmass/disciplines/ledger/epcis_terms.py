"""What EPCIS 2.0 documents are written in: identifiers of our own, unit codes, words of the CBV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN = "https://id.downmass.example"
"""Root of our identifiers; CBV 2.0 allows any https URI its owner controls."""

NAMESPACE = "https://ns.downmass.example/epcis/"
PREFIX = "downmass"

UNIT_CODES: Mapping[str, str] = MappingProxyType(
    {
        "kg": "KGM", "g": "GRM", "mg": "MGM", "t": "TNE", "m": "MTR", "km": "KMT", "mm": "MMT",
        "L": "LTR", "mL": "MLT", "m3": "MTQ", "each": "EA", "h": "HUR", "min": "MIN", "s": "SEC",
        "C": "CEL", "degC": "CEL", "K": "KEL", "Pa": "PAL", "kPa": "KPA", "bar": "BAR",
        "W": "WTT", "kW": "KWT", "V": "VLT", "A": "AMP", "m/s": "MTS", "m/s2": "MSK",
    }
)  # fmt: skip
"""Unit as people write it -> common code (UN/CEFACT Recommendation 20)."""

MEASURED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "C": ("Temperature", "CEL"), "degC": ("Temperature", "CEL"), "K": ("Temperature", "KEL"),
        "Pa": ("Pressure", "PAL"), "kPa": ("Pressure", "KPA"), "bar": ("Pressure", "BAR"),
        "W": ("Power", "WTT"), "kW": ("Power", "KWT"), "V": ("Voltage", "VLT"),
        "A": ("ElectricCurrent", "AMP"), "m/s": ("Speed", "MTS"), "m/s2": ("Acceleration", "MSK"),
        "kg": ("Mass", "KGM"), "g": ("Mass", "GRM"), "mm": ("Length", "MMT"), "m": ("Length", "MTR"),
        "h": ("Time", "HUR"), "s": ("Time", "SEC"),
    }
)  # fmt: skip
"""Unit of a sealed segment -> GS1 measurement type and unit code."""

CBV_DISPOSITION: Mapping[str, str] = MappingProxyType(
    {
        "released": "conformant",
        "rejected": "non_conformant",
        "quarantined": "unavailable",
        "reprocess": "unavailable",
    }
)
"""Decision of the quality unit -> the nearest CBV word; the decision itself travels beside it."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")


def uri(kind: str, name: str) -> str:
    """Return our identifier of a thing; letters outside a slug are replaced.

    Examples
    --------
    >>> uri("place", "Vandenberg SFB")
    'https://id.downmass.example/place/vandenberg-sfb'
    """
    if _SLUG.fullmatch(name):
        return f"{OWN}/{kind}/{name}"
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-").lower()
    return f"{OWN}/{kind}/{tidy or 'unnamed'}"


def name_of(identifier: str) -> str:
    """Return the name in an identifier of ours; a stranger's identifier is its own name.

    Examples
    --------
    >>> name_of("https://id.downmass.example/item/w1-vials")
    'w1-vials'
    >>> name_of("urn:epc:id:sgln:0614141.00777.0")
    'urn:epc:id:sgln:0614141.00777.0'
    """
    if not identifier.startswith(f"{OWN}/"):
        return identifier
    return identifier.rstrip("/").rsplit("/", 1)[-1]


def number(value: Decimal) -> int | float:
    """Return a decimal as the JSON number EPCIS asks for."""
    return int(value) if value == value.to_integral_value() else float(value)
