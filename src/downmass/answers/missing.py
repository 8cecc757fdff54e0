"""What has not arrived yet, whose clock is uncertain, and which bundles were put aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from downmass.answers.answer import Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.telling import entry, minute, number
from downmass.base.instant import days_between
from downmass.disciplines.ledger.expected import Standing, standings
from downmass.facts import event as ev
from downmass.facts.clock import Epoch, read_clock
from downmass.facts.event import Stretch
from downmass.facts.finding import Finding

ASIDE_RULE = "a bundle put aside lies in the campaign's inbox/quarantine and is never deleted"


def missing_clause(case: Case) -> str:
    """Return what of the devices' logs is missing, as a clause for a headline; "" where nothing is."""
    told = [
        f"{number(_size(one.missing), 0)} of the {one.announced:,} entries {one.writer} announced have not "
        f"arrived" + (f" and {_size(one.held):,} wait for them" if one.held else "")
        for one in standings(case.campaign)
        if one.missing
    ]
    told += [
        f"{writer}'s clock was never compared, so its times may be {_seconds(_worst(epoch))} off or more"
        for writer, epoch in _latest(case).items()
        if not epoch.pairs
    ]
    return "; ".join(told)


def missing_values(case: Case) -> Iterator[Value]:
    """Yield what each device announced, what is here, what waits and what is missing."""
    for one in standings(case.campaign):
        yield Value(f"entries of {one.writer} announced", "1", exact=str(one.announced))
        yield Value(f"entries of {one.writer} received", "1", exact=str(one.received))
        if one.held:
            yield Value(f"entries of {one.writer} that wait", "1", exact=str(_size(one.held)))
        yield Value(
            f"entries of {one.writer} missing",
            "1",
            exact=str(_size(one.missing)),
            note=_told(one.missing) if one.missing else "",
        )
        if one.heard_at is not None:
            age = f"{days_between(one.heard_at, case.as_of):.1f}"
            yield Value(f"days since the last bundle of {one.writer}", "d", exact=age)
    for writer, epoch in _latest(case).items():
        note = "" if epoch.pairs else "its clock was never compared with a better one; by its own word"
        yield Value(f"uncertainty of {writer}'s clock", "s", exact=f"{_worst(epoch):f}", note=note)
    aside = len(case.campaign.all(ev.SyncQuarantined))
    if aside:
        yield Value("bundles put aside", "1", exact=str(aside), note=ASIDE_RULE)


def missing_tables(case: Case) -> Iterator[Table]:
    """Yield the devices with their counts and sessions, and the runs of their clocks."""
    rows = tuple(_row(case, one) for one in standings(case.campaign))
    if rows:
        yield Table(
            "Devices and what of their logs has arrived",
            ("device", "announced", "received", "waiting", "missing", "session", "last bundle (UTC)"),
            rows,
        )
    clocks = tuple(_clock_row(epoch) for epoch in case.campaign.epochs)
    if clocks:
        yield Table(
            "Clocks of devices",
            ("device", "epoch", "since (its clock)", "entries", "compared", "corrected by", "uncertain by"),
            clocks,
        )


def missing_findings(case: Case) -> Iterator[Finding]:
    """Yield what is missing, sessions that ended without a word, and bundles put aside."""
    for one in standings(case.campaign):
        if one.missing:
            text = (
                f"entries {_told(one.missing)} of {one.writer} have not arrived; ask for exactly these: "
                "downmass sync CAMPAIGN --missing"
            )
            evidence = (one.born.id,) if one.born else ()
            yield Finding(one.writer, text, "warning", evidence)
        for birth in one.broken:
            text = (
                f"session {birth.body.boot} of {one.writer} ended without a death certificate: it "
                "lost power, was reset or hung; what it did last is what it wrote last"
            )
            yield Finding(birth.id, text, "note", (birth.id,))
    for event in case.campaign.all(ev.SyncQuarantined):
        text = f"a bundle of {event.body.writer} was put aside: {event.body.reason}"
        yield Finding(event.id, text, "warning", (event.id,))


def missing_evidence(case: Case) -> Iterator[Evidence]:
    """Yield the entries the counts and clocks rest on."""
    for kind in (
        ev.WriterBorn,
        ev.WriterDied,
        ev.SyncReceived,
        ev.SyncQuarantined,
        ev.ClockStepped,
        ev.ClockCorrelated,
    ):
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)


def _row(case: Case, one: Standing) -> tuple[str, ...]:
    session = "none on record"
    if one.born is not None:
        state = "ended in order" if one.died else "goes on"
        session = f"{one.born.body.boot}, {state}"
    return (
        one.writer,
        f"{one.announced:,}",
        f"{one.received:,}",
        _told(one.held),
        _told(one.missing),
        session,
        minute(one.heard_at),
    )


def _clock_row(epoch: Epoch) -> tuple[str, ...]:
    reading = read_clock(epoch, epoch.last or epoch.begins)
    off = (reading.at - (epoch.last or epoch.begins)).total_seconds()
    return (
        epoch.writer,
        str(epoch.number),
        minute(epoch.begins),
        f"{epoch.entries:,}",
        f"{len(epoch.pairs)} times" if epoch.pairs else "never",
        f"{off:+.1f} s" if epoch.pairs else "-",
        _seconds(_worst(epoch)),
    )


def _latest(case: Case) -> dict[str, Epoch]:
    """Return device -> the run of its clock that began last."""
    return {epoch.writer: epoch for epoch in case.campaign.epochs}


def _worst(epoch: Epoch) -> Decimal:
    """Return how far the first or last instant of an epoch may be wrong, whichever is worse [s]."""
    ends = (epoch.begins, epoch.last or epoch.begins)
    return max(read_clock(epoch, at).uncertainty_s for at in ends)


def _seconds(value: Decimal) -> str:
    return f"{value:,.1f} s"


def _size(stretches: Sequence[Stretch]) -> int:
    return sum(stretch.last - stretch.first + 1 for stretch in stretches)


def _told(stretches: Sequence[Stretch]) -> str:
    told = [str(s.first) if s.first == s.last else f"{s.first} to {s.last}" for s in stretches]
    return ", ".join(told) or "none"
