"""Clocks of devices: their runs, what they were compared with, and what an instant by them was.

A device's entries belong to an **epoch** of its clock, begun by ``writer.born`` or ``clock.stepped``
in its own log. Where ``clock.correlated`` compares an epoch with a better clock, every instant by
it is read corrected: linear between two comparisons, with the offset of the nearest beyond them.
The stored bytes never change; only what is read from them does.

Notes
-----
With a clock whose rate is wrong by at most ``r``, an instant read at ``a`` seconds after one
comparison and ``b`` before the next is wrong by at most ``2 r a b / (a + b)`` more than the worse of
the two; beyond the last comparison it is ``r`` times the distance. Where two comparisons show a
greater rate than the device declared, the greater one counts.
A step of known size joins two epochs: what was compared in one holds for the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Any

from downmass.base.errors import InputError
from downmass.base.instant import Instant, Window
from downmass.facts import event as ev
from downmass.facts.event import Event
from downmass.facts.finding import Finding

INSTANTS: Mapping[type[Any], tuple[str, ...]] = {
    ev.SegmentSealed: ("when",),
    ev.ExcursionDetected: ("when",),
    ev.ContactHeld: ("when",),
    ev.CommandAnswered: ("received_at", "executed_at"),
    ev.TimerSet: ("due",),
}
"""Body -> its fields that are instants or spans by the clock of the device that wrote the entry."""

_MICROSECOND = timedelta(microseconds=1)
_MILLI = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Retimed:
    """How the instant of an entry is read.

    Attributes
    ----------
    stated
        When it happened by its writer's clock, as stored.
    uncertainty_s
        How far the instant as read may be wrong [s].
    offset_s
        What was added to the stated instant [s]; zero where the clock was never compared.
    by
        Ids of the entries the reading rests on.
    """

    stated: Instant
    uncertainty_s: Decimal
    offset_s: Decimal
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """What a device's clock showed at an instant, and what the instant was."""

    device_time: Instant
    true_time: Instant
    uncertainty_s: Decimal
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One run of a device's clock.

    Attributes
    ----------
    begun, begins
        Entry that began it, and what the clock showed then.
    clock_uncertainty_s, drift_ppm
        What the device declared of its clock as the epoch began; the rate is that of its birth.
    step
        What the clock should have shown and what it showed, where a step began the epoch.
    last, entries
        Latest instant the device stated in it, and the number of its entries.
    pairs
        Comparisons that hold for it, in order; none where it was never compared.
    rate_ppm
        Greatest rate error two of them show, beyond what they may be wrong.
    """

    writer: str
    number: int
    begun: str
    begins: Instant
    clock_uncertainty_s: Decimal
    drift_ppm: Decimal
    step: tuple[Instant, Instant] | None = None
    last: Instant | None = None
    entries: int = 0
    pairs: tuple[Pair, ...] = ()
    rate_ppm: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reading:
    """An instant as read from a device's clock: what it was, how sure, and by which entries."""

    at: Instant
    uncertainty_s: Decimal
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries with their instants as read, the epochs behind them, and what is wrong with the clocks."""

    events: Sequence[Event[Any]]
    retimed: Mapping[str, Retimed]
    epochs: tuple[Epoch, ...]
    findings: tuple[Finding, ...]


def retime(events: Sequence[Event[Any]]) -> Timeline:
    """Read the instants of every entry by what is known of its writer's clock.

    Parameters
    ----------
    events
        In order of arrival, as stored.

    Returns
    -------
    Timeline
        Writers without a birth certificate keep their instants as they stated them.
    """
    places, epochs, findings = _epochs(events)
    if not epochs:
        return Timeline(events, {}, (), ())
    epochs = _chained(_compared(events, epochs, findings))
    read: list[Event[Any]] = list(events)
    retimed: dict[str, Retimed] = {}
    for place, number in places.items():
        event, epoch = events[place], epochs[number]
        reading = read_clock(epoch, event.occurred_at, event.uncertainty_s)
        if reading.at == event.occurred_at and reading.uncertainty_s == event.uncertainty_s:
            continue
        offset = Decimal((reading.at - event.occurred_at) // _MICROSECOND).scaleb(-6)
        retimed[event.id] = Retimed(event.occurred_at, reading.uncertainty_s, offset, reading.by)
        same = event.recorded_at == event.occurred_at
        read[place] = replace(
            event,
            occurred_at=reading.at,
            uncertainty_s=reading.uncertainty_s,
            recorded_at=reading.at if same else read_clock(epoch, event.recorded_at).at,
            body=_body(event, epoch, findings) if epoch.pairs else event.body,
        )
    findings.extend(_never_compared(epochs))
    findings.extend(_out_of_order(events, places, epochs))
    return Timeline(read, retimed, tuple(epochs), tuple(findings))


def read_clock(epoch: Epoch, at: datetime, stated_s: Decimal = Decimal(0)) -> Reading:
    """Return what an instant shown by a device's clock was, and how far that may be wrong.

    Parameters
    ----------
    at
        What the clock showed.
    stated_s
        Uncertainty the device itself stated for it [s]; counts only where the clock was never compared.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> epoch = Epoch("capsule", 0, "capsule-000000", noon, Decimal(2), Decimal(10))
    >>> read_clock(epoch, noon + timedelta(days=1)).uncertainty_s
    Decimal('2.864')
    """
    if not epoch.pairs:
        grown = epoch.clock_uncertainty_s + drift_s(at - epoch.begins, epoch.drift_ppm)
        return Reading(at, max(stated_s, grown), (epoch.begun,))
    ppm = max(epoch.drift_ppm, epoch.rate_ppm)
    following = bisect_right(epoch.pairs, at, key=_shown)
    if following in (0, len(epoch.pairs)):
        near = epoch.pairs[0 if following == 0 else -1]
        unsure = near.uncertainty_s + drift_s(at - near.device_time, ppm)
        return Reading(at + (near.true_time - near.device_time), unsure, near.by)
    left, right = epoch.pairs[following - 1], epoch.pairs[following]
    gone, span = at - left.device_time, right.device_time - left.device_time
    true = (right.true_time - left.true_time) // _MICROSECOND
    whole, part = span // _MICROSECOND, gone // _MICROSECOND
    moved = timedelta(microseconds=(part * true + whole // 2) // whole)
    bow = timedelta(microseconds=2 * part * (whole - part) // whole)
    unsure = max(left.uncertainty_s, right.uncertainty_s) + drift_s(bow, ppm)
    return Reading(left.true_time + moved, unsure, (*left.by, *right.by))


def _shown(pair: Pair) -> datetime:
    return pair.device_time


def drift_s(elapsed: timedelta, ppm: Decimal) -> Decimal:
    """Return how far a clock may have drifted over a time [s], rounded up to a millisecond."""
    microseconds = abs(elapsed) // _MICROSECOND
    return (Decimal(microseconds) * ppm).scaleb(-12).quantize(_MILLI, ROUND_CEILING)


def _epochs(events: Sequence[Event[Any]]) -> tuple[dict[int, int], list[Epoch], list[Finding]]:
    """Return place of an entry -> its epoch, the epochs, and what is wrong with their count."""
    places: dict[int, int] = {}
    epochs: list[Epoch] = []
    current: dict[str, int] = {}
    findings: list[Finding] = []
    for place, event in enumerate(events):
        body = event.body
        if isinstance(body, ev.WriterBorn | ev.ClockStepped) and body.writer == event.writer:
            last = epochs[current[event.writer]] if event.writer in current else None
            if last is not None and body.epoch <= last.number:
                text = (
                    f"{event.writer} begins epoch {body.epoch} of its clock after epoch {last.number}: "
                    "no comparison can hold for it; see whether the device was restored from an old copy"
                )
                findings.append(Finding(event.id, text, "warning", (last.begun, event.id)))
            current[event.writer] = len(epochs)
            epochs.append(_begun(event, last))
        if event.writer in current:
            places[place] = current[event.writer]
    latest = [epoch.begins for epoch in epochs]
    counted = [0] * len(epochs)
    for place, number in places.items():
        counted[number] += 1
        latest[number] = max(latest[number], events[place].occurred_at)
    ended = [
        replace(epoch, last=last, entries=entries)
        for epoch, last, entries in zip(epochs, latest, counted, strict=True)
    ]
    return places, ended, findings


def _begun(event: Event[Any], last: Epoch | None) -> Epoch:
    """Return the epoch that a birth or a step begins; after a step the clock drifts as before."""
    body = event.body
    if isinstance(body, ev.WriterBorn):
        drift, step = body.drift_ppm, None
    else:
        drift, step = last.drift_ppm if last else Decimal(0), (body.before, body.after)
    return Epoch(event.writer, body.epoch, event.id, event.occurred_at, body.clock_uncertainty_s, drift, step)


def _compared(events: Sequence[Event[Any]], epochs: list[Epoch], findings: list[Finding]) -> list[Epoch]:
    """Put each comparison with the epoch it was made for; leave out those that contradict another."""
    told: defaultdict[tuple[str, int], list[Pair]] = defaultdict(list)
    for event in events:
        body = event.body
        if isinstance(body, ev.ClockCorrelated) and event.writer in (events[0].writer, body.writer):
            pair = Pair(body.device_time, body.true_time, body.uncertainty_s, (event.id,))
            told[body.writer, body.epoch].append(pair)
    counted: defaultdict[tuple[str, int], int] = defaultdict(int)
    for epoch in epochs:
        counted[epoch.writer, epoch.number] += 1
    made = []
    for epoch in epochs:
        pairs = told.get((epoch.writer, epoch.number), [])
        if counted[epoch.writer, epoch.number] > 1:
            pairs = []
        kept = _rising(epoch, pairs, findings)
        made.append(replace(epoch, pairs=kept, rate_ppm=_rate(kept)))
    return made


def _rising(epoch: Epoch, pairs: Iterable[Pair], findings: list[Finding]) -> tuple[Pair, ...]:
    """Return comparisons in which the true time rises with the device's, the surest of each instant."""
    kept: list[Pair] = []
    for pair in sorted(pairs, key=lambda p: (p.device_time, p.uncertainty_s, p.true_time, p.by)):
        if kept and pair.device_time == kept[-1].device_time:
            continue
        if kept and pair.true_time <= kept[-1].true_time:
            text = (
                f"this comparison of {epoch.writer}'s clock contradicts {kept[-1].by[0]}: the clock went on "
                "and the time did not; correct the wrong one"
            )
            findings.append(Finding(pair.by[0], text, "warning", (*kept[-1].by, *pair.by)))
            continue
        kept.append(pair)
    seen = _rate(kept)
    if seen > epoch.drift_ppm:
        text = (
            f"{epoch.writer}'s clock drifts by {seen:.0f} ppm in epoch {epoch.number}, "
            f"not by at most the {epoch.drift_ppm} ppm it declared"
        )
        findings.append(Finding(epoch.begun, text, "warning", tuple(id for pair in kept for id in pair.by)))
    return tuple(kept)


def _rate(pairs: Sequence[Pair]) -> Decimal:
    """Return the greatest rate error that comparisons show beyond what they may be wrong [ppm]."""
    seen = [Decimal(0)]
    for left, right in pairwise(pairs):
        span = (right.device_time - left.device_time) // _MICROSECOND
        off = abs((right.true_time - left.true_time) // _MICROSECOND - span)
        slack = (left.uncertainty_s + right.uncertainty_s).scaleb(6)
        seen.append(((Decimal(off) - slack) / span).scaleb(6).quantize(_MILLI, ROUND_CEILING))
    return max(seen)


def _chained(epochs: list[Epoch]) -> list[Epoch]:
    """Carry comparisons over steps of known size, first forward, then back."""
    made = list(epochs)
    for ahead in (True, False):
        order = range(len(made)) if ahead else reversed(range(len(made)))
        for place in order:
            step, earlier = made[place].step, _previous(made, place)
            if step is None or earlier is None:
                continue
            known, bare = (earlier, place) if ahead else (place, earlier)
            if not made[known].pairs or made[bare].pairs:
                continue
            here, there = step if ahead else (step[1], step[0])
            reading = read_clock(made[known], here)
            by = tuple(dict.fromkeys((*reading.by, made[place].begun)))
            made[bare] = replace(made[bare], pairs=(Pair(there, reading.at, reading.uncertainty_s, by),))
    return made


def _previous(epochs: Sequence[Epoch], place: int) -> int | None:
    writer = epochs[place].writer
    return next((n for n in reversed(range(place)) if epochs[n].writer == writer), None)


def _body(event: Event[Any], epoch: Epoch, findings: list[Finding]) -> Any:
    names = INSTANTS.get(type(event.body), ())
    try:
        changed = {name: _read(epoch, getattr(event.body, name)) for name in names}
    except InputError as fault:
        findings.append(Finding(event.id, f"its times stay as the device stated them: {fault}", "warning"))
        return event.body
    return replace(event.body, **changed) if changed else event.body


def _read(epoch: Epoch, value: Any) -> Any:
    if isinstance(value, Window):
        return Window(read_clock(epoch, value.opens).at, read_clock(epoch, value.closes).at)
    return read_clock(epoch, value).at if isinstance(value, datetime) else value


def _never_compared(epochs: Iterable[Epoch]) -> Iterable[Finding]:
    for epoch in epochs:
        if not epoch.pairs:
            worst = read_clock(epoch, epoch.last or epoch.begins).uncertainty_s
            text = (
                f"epoch {epoch.number} of {epoch.writer}'s clock was never compared with a better one: its "
                f"times may be wrong by {worst.normalize():f} s, and by more if the device misjudged its "
                "clock; record a clock.correlated of the next contact"
            )
            yield Finding(epoch.begun, text, "note", (epoch.begun,))


def _out_of_order(
    events: Sequence[Event[Any]], places: Mapping[int, int], epochs: Sequence[Epoch]
) -> Iterable[Finding]:
    """Yield the first entry of each epoch that reads earlier than the one its writer wrote before it."""
    before: dict[str, tuple[Event[Any], int]] = {}
    named: set[int] = set()
    for place, number in places.items():
        event = events[place]
        earlier, known = before.get(event.writer, (event, number))
        before[event.writer] = (event, number)
        # Reading keeps order: within an epoch only a clock that runs back can put entries out of it.
        if number in named or (known == number and event.recorded_at >= earlier.recorded_at):
            continue
        reading, prior = (
            read_clock(epochs[number], event.recorded_at),
            read_clock(epochs[known], earlier.recorded_at),
        )
        slack = timedelta(seconds=float(reading.uncertainty_s + prior.uncertainty_s))
        behind = prior.at - reading.at
        if behind > slack:
            named.add(number)
            text = (
                f"by its clock {event.writer} wrote this {behind.total_seconds():.0f} s before "
                f"{earlier.id}, which it wrote earlier: its counter counts, its times do not fit"
            )
            yield Finding(event.id, text, "warning", (earlier.id, event.id))
