"""Bodies of older versions, brought to today's shape when they are read; the stored bytes never change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Fields = Mapping[str, Any]


def upcast(type_name: str, version: int, today: int, fields: Fields) -> Fields:
    """Return the fields of a body as of today's version of its type.

    Parameters
    ----------
    version
        Version the body was written in, at most ``today``.
    """
    for step in range(version, today):
        fields = UPCASTERS[type_name, step](fields)
    return fields


def _grown(fields: Fields) -> Fields:
    """Leave fields as they are: the next version only added some, which were empty before."""
    return fields


def _phase_moved(fields: Fields) -> Fields:
    """PackML calls the running state ``execute``; nothing told by what a phase was moved."""
    states = {"running": "execute"}
    return {**fields, "state": states.get(fields.get("state", ""), fields.get("state"))}


UPCASTERS: Mapping[tuple[str, int], Callable[[Fields], Fields]] = MappingProxyType(
    {
        ("role.assigned", 1): _grown,
        ("recipe.adopted", 1): _grown,
        ("phase.moved", 1): _phase_moved,
        ("deviation.planned", 1): _grown,
        ("nonconformity.closed", 1): _grown,
        ("custody.transferred", 1): _grown,
        ("result.reported", 1): _grown,
        ("record.reviewed", 1): _grown,
        ("disposition.decided", 1): _grown,
    }
)
"""Entry type and version -> what brings its fields to the next version."""
