"""A flight told by what went wrong in it: the answers before, during and after each fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from downmass.answers.answer import Answer, Question
from downmass.base.instant import Window, format_instant
from downmass.facts import event as ev
from downmass.operations.flight.script import Fault
from downmass.operations.opening import OpenCampaign

TELLING: tuple[Question, ...] = ("track", "custody", "quality")
"""The questions that a fault in flight moves first."""

MINUTE = timedelta(minutes=1)
SETTLED = timedelta(hours=12)
"""How long after a fault it is asked what became of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was known at one moment beside a fault."""

    label: str
    as_of: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class FaultTold:
    """A fault with what was known before, during and after it."""

    id: str
    text: str
    lasts: Window
    looks: tuple[Look, ...]


def tell_faults(campaign: OpenCampaign, faults: Sequence[tuple[Fault, Window]]) -> tuple[FaultTold, ...]:
    """Ask what a fault moves before, during and after each, in the order they came."""
    heard = [event.recorded_at for event in campaign.state().all(ev.SyncReceived)]
    told = []
    for fault, lasts in sorted(faults, key=lambda pair: pair[1].opens):
        moments = (
            ("before", lasts.opens - MINUTE),
            ("during", _during(fault, lasts, heard)),
            ("after", lasts.closes + SETTLED),
        )
        looks = tuple(
            Look(label, format_instant(at), tuple(campaign.ask(question, at) for question in TELLING))
            for label, at in moments
        )
        told.append(FaultTold(fault.id, fault.text, lasts, looks))
    return tuple(told)


def _during(fault: Fault, lasts: Window, heard: Sequence[datetime]) -> datetime:
    """Return when the ground could first know of a fault; its middle where no word came, or none was lost."""
    middle = lasts.opens + (lasts.closes - lasts.opens) / 2
    if fault.kind in ("contact_lost", "return_slip", "crew_late"):
        return middle
    words = [at for at in heard if lasts.opens < at <= lasts.closes + SETTLED / 2]
    return max(min(words) + MINUTE, middle) if words else middle
