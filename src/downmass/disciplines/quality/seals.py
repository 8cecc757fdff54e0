"""Seals: the number each container bears, as put on, as read by every hand, and as opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from downmass.disciplines.quality.packing import Packing
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    ContainerPacked,
    ContainerUnpacked,
    CustodyAccepted,
    CustodyOffered,
    CustodyTransferred,
    Event,
    LotLoaded,
    SealApplied,
    SealBroken,
    SealChecked,
)
from downmass.facts.finding import Finding

What = Literal["loaded", "packed", "applied", "read", "given", "found", "broken", "unpacked"]


@dataclass(frozen=True, slots=True)
class SealMark:
    """A seal at a moment: put on, read, broken; empty where the reading showed none.

    Attributes
    ----------
    whole
        False where a check found it damaged.
    reason
        Why it was broken.
    """

    container: str
    what: What
    seal: str
    at: datetime
    entry: str
    whole: bool = True
    reason: str = ""


def seal_marks(campaign: Campaign) -> tuple[SealMark, ...]:
    """Return everything on record of seals, in the order of its time and, within an instant, of arrival."""
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    marks = sorted(_marks(campaign), key=lambda mark: (mark.at, place.get(mark.entry, 0)))
    return tuple(marks)


def _marks(campaign: Campaign) -> Iterator[SealMark]:
    for loaded in campaign.all(LotLoaded):
        yield _mark(loaded.body.into, "loaded", loaded.body.seal, loaded)
    for packed in campaign.all(ContainerPacked):
        yield _mark(packed.body.container, "packed", packed.body.seal, packed)
    for applied in campaign.all(SealApplied):
        yield _mark(applied.body.container, "applied", applied.body.seal, applied)
    for moved in campaign.all(CustodyTransferred):
        yield _mark(moved.body.item, "read", moved.body.seal, moved)
    items: dict[str, str] = {}
    for offered in campaign.all(CustodyOffered):
        items.setdefault(offered.body.offer, offered.body.item)
        yield _mark(offered.body.item, "given", offered.body.seal, offered)
    for accepted in campaign.all(CustodyAccepted):
        if accepted.body.offer in items:
            yield _mark(items[accepted.body.offer], "found", accepted.body.seal, accepted)
    for checked in campaign.all(SealChecked):
        body = checked.body
        yield SealMark(body.container, "read", body.seal, checked.occurred_at, checked.id, body.intact)
    for broken in campaign.all(SealBroken):
        said = broken.body
        yield SealMark(said.container, "broken", said.seal, broken.occurred_at, broken.id, reason=said.reason)
    for unpacked in campaign.all(ContainerUnpacked):
        yield _mark(unpacked.body.container, "unpacked", "", unpacked)


def _mark(container: str, what: What, seal: str, event: Event[Any]) -> SealMark:
    return SealMark(container, what, seal, event.occurred_at, event.id)


def seals_on(campaign: Campaign, at: datetime) -> dict[str, str]:
    """Return container -> the seal that must be on it at a moment by the record."""
    on: dict[str, str] = {}
    for mark in seal_marks(campaign):
        if mark.at > at:
            break
        if mark.what == "broken":
            on.pop(mark.container, None)
        elif mark.seal:
            on[mark.container] = mark.seal
    return on


def seal_findings(campaign: Campaign, packing: Packing | None = None) -> tuple[Finding, ...]:
    """Find seals that changed, are damaged, were broken without a reason, or did not hold the contents."""
    reader = _Reader(packing or Packing(campaign))
    findings: list[Finding] = []
    for mark in seal_marks(campaign):
        findings.extend(reader.read(mark))
    return tuple(findings)


class _Reader:
    """Reads the marks in order, and keeps which seal is on which container by the record."""

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        self._on: dict[str, SealMark] = {}
        self._broken: dict[tuple[str, str], SealMark] = {}
        self._container_of: dict[str, SealMark] = {}

    def read(self, mark: SealMark) -> Iterable[Finding]:
        known = self._on.get(mark.container)
        if mark.what == "unpacked":
            yield from self._opened(mark, "unpacked")
            return
        if mark.what == "packed" and known is not None and mark.seal in ("", known.seal):
            yield from self._opened(mark, "packed")
        if mark.what == "broken":
            yield from self._broke(mark, known)
            return
        yield from self._compared(mark, known)
        if mark.seal:
            yield from self._elsewhere(mark)
            self._on[mark.container] = mark

    def _opened(self, mark: SealMark, how: str) -> Iterator[Finding]:
        """Yield the seals, of the container or one around it, that are whole by the record."""
        for name in (mark.container, *sorted(self._packing.around(mark.container, mark.at))):
            known = self._on.get(name)
            if known is not None and known.entry != mark.entry:
                text = (
                    f"{mark.container} was {how} while {name} was sealed with {known.seal} by the record; "
                    "record who broke the seal, and why"
                )
                yield Finding(mark.container, text, "blocking", (known.entry, mark.entry))

    def _broke(self, mark: SealMark, known: SealMark | None) -> Iterator[Finding]:
        if not mark.reason.strip():
            text = (
                f"seal {mark.seal} of {mark.container} was broken and no reason is given; correct the entry"
            )
            yield Finding(mark.container, text, "blocking", (mark.entry,))
        if known is None:
            text = f"seal {mark.seal} of {mark.container} was broken and was not on it by the record"
            yield Finding(mark.container, text + "; record when it was put on", "warning", (mark.entry,))
        elif known.seal != mark.seal:
            text = f"the seal broken on {mark.container} was {mark.seal}, the record knows {known.seal}"
            yield Finding(
                mark.container, text + "; say who changed it", "blocking", (known.entry, mark.entry)
            )
        self._on.pop(mark.container, None)
        self._broken[(mark.container, mark.seal)] = mark

    def _compared(self, mark: SealMark, known: SealMark | None) -> Iterator[Finding]:
        item = mark.container
        if not mark.whole:
            text = f"seal {mark.seal} of {item} was found damaged; investigate who opened it"
            entries = (mark.entry,) if known is None else (known.entry, mark.entry)
            yield Finding(item, text, "blocking", entries)
        broken = self._broken.get((item, mark.seal))
        if mark.seal and broken is not None and known is None:
            text = f"seal {mark.seal} of {item} was broken before and is shown again; check its number"
            yield Finding(item, text, "blocking", (broken.entry, mark.entry))
        if known is None or known.seal == mark.seal:
            return
        if mark.seal:
            text = f"the seal of {item} changed from {known.seal} to {mark.seal}; say who opened it and why"
            yield Finding(item, text, "blocking", (known.entry, mark.entry))
        elif mark.what != "packed":
            text = f"{item} was sealed with {known.seal} and no seal is on record at this transfer"
            yield Finding(item, text, "warning", (known.entry, mark.entry))

    def _elsewhere(self, mark: SealMark) -> Iterator[Finding]:
        """Yield a number that another container bears: no two seals have one number."""
        other = self._container_of.setdefault(mark.seal, mark)
        if other.container != mark.container and mark.what in ("applied", "packed"):
            text = (
                f"seal {mark.seal} is put on {mark.container} and was on {other.container}; check the number"
            )
            yield Finding(mark.container, text, "blocking", (other.entry, mark.entry))
