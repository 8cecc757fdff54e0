"""The envelope of everything that happens: who recorded it, when, how sure, and where from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from downmass.base.fact import fact
from downmass.facts.quantity import Date, Number

Origin = Literal["recorded", "public", "simulated", "assumed"]
"""How an entry came to be: recorded by its writer, public fact, made by the simulator, assumption."""

B_co = TypeVar("B_co", covariant=True)


@fact
class Event(Generic[B_co]):
    """One thing that happened, as its writer recorded it.

    Attributes
    ----------
    sequence
        Counter of the writer's own log, from 0 without holes.
    occurred_at, uncertainty_s
        When it happened, and how far the clock that says so may be wrong [s].
    recorded_at
        When the writer recorded it; answers as of an earlier moment do not see it.
    origin, source
        How the entry came to be and, for public facts and assumptions, where from.
    cause
        Ids of the entries this one follows from.
    """

    id: str
    campaign: str
    type: str
    version: int
    writer: str
    sequence: int
    occurred_at: Date
    uncertainty_s: Number
    recorded_at: Date
    origin: Origin
    source: str
    cause: tuple[str, ...]
    body: B_co


@fact
class Unknown:
    """The body of an event type this version does not know: kept and reported, never dropped."""

    fields: Mapping[str, Any]
