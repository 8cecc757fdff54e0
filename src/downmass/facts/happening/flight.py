"""Launch, orbit, contact, landing, recovery, loss."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.contract import Cause
from downmass.facts.flight import ElementSet
from downmass.facts.quantity import NotNegative, Span


@fact
class Launched:
    """The vehicle lifts off with the payload."""

    vehicle: str
    site: str
    spacecraft: str
    orbit: str


@fact
class ElementsReceived:
    """An element set of the spacecraft is received."""

    elements: ElementSet


@fact
class ContactHeld:
    """A ground contact took place; entries and frames expected against received."""

    station: str
    when: Span
    expected: int
    received: int


@fact
class BurnPerformed:
    """The spacecraft changes its orbit."""

    purpose: Literal["commissioning", "phasing", "staging", "deorbit"]
    orbit: str
    delta_v_m_s: NotNegative


@fact
class Landed:
    """The payload is back on the ground."""

    site: Slug
    place: str


@fact
class Recovered:
    """The recovery crew has the payload in hand."""

    place: str
    condition: str


@fact
class Lost:
    """The payload or the batch is lost."""

    stage: Literal["launch", "process", "orbit", "return", "recovery", "laboratory"]
    cause: Cause
    text: str
