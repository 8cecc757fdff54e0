"""A trace told in tables: what a thing came from, what became of it, where it was and who held it."""

from __future__ import annotations

from collections.abc import Sequence

from downmass.answers.answer import Table
from downmass.base.instant import format_instant
from downmass.disciplines.quality.genealogy import Link, Trace
from downmass.disciplines.quality.lots import LotBalance

MOST_ROWS = 40
"""Rows of a genealogy on one screen; the rest is counted."""


def trace_headline(trace: Trace) -> str:
    """Return a trace in one sentence with its numbers."""
    before = {link.source for link in trace.back}
    after = {link.target for link in trace.forward}
    held = {hand.receiver for hand in trace.hands}
    left = next((balance for balance in trace.balances if balance.lot == trace.thing), None)
    text = (
        f"{trace.thing} ({trace.kind}): {_count(len(before), 'thing')} behind it, "
        f"{_count(len(after), 'thing')} made of it or around it, {_count(len(trace.results), 'result')}, "
        f"{_count(len(trace.hands), 'hand-over')} between {_count(len(held), 'holder')}"
    )
    return text + (f"; {left.left} of {left.there} {left.unit} left." if left is not None else ".")


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def genealogy_table(traces: Sequence[Trace], most: int = MOST_ROWS) -> Table:
    """Return the links of traces, both ways, as one table."""
    rows: list[tuple[str, ...]] = []
    for trace in traces:
        told = [("from", link) for link in reversed(trace.back)] + [("to", link) for link in trace.forward]
        rows.extend((trace.thing, way, *_row(link)) for way, link in told)
    rows = list(dict.fromkeys(rows))
    if len(rows) > most:
        more = f"and {len(rows) - most} more: downmass trace"
        rows = [*rows[:most], ("", "", more, "", "", "", "", "")]
    return Table(
        "Genealogy",
        ("of", "way", "source", "became or went into", "how", "quantity", "date (UTC)", "entry"),
        tuple(rows),
    )


def _row(link: Link) -> tuple[str, str, str, str, str, str]:
    quantity = f"{link.quantity} {link.unit}" if link.quantity is not None else ""
    return link.source, link.target, link.how, quantity, format_instant(link.at)[:10], link.entry


def balance_table(balances: Sequence[LotBalance], most: int = MOST_ROWS) -> Table:
    """Return the mass balance of lots."""
    rows = [
        (
            balance.lot,
            f"{balance.there} {balance.unit}",
            str(balance.split_off),
            str(balance.charged),
            str(balance.transformed),
            str(balance.samples),
            str(balance.left),
        )
        for balance in balances[:most]
    ]
    if len(balances) > most:
        rows.append((f"and {len(balances) - most} more", "", "", "", "", "", ""))
    return Table(
        "Mass balance of the lots",
        ("lot", "there was", "split off", "charged", "transformed", "samples", "left by the record"),
        tuple(rows),
    )


def trace_tables(trace: Trace) -> tuple[Table, ...]:
    """Return a trace as tables: genealogy, balance, containers, hands, results and decisions."""
    stays = tuple(
        (
            stay.thing,
            stay.container,
            format_instant(stay.since),
            format_instant(stay.until) if stay.until else "still inside",
            stay.entry,
        )
        for stay in trace.stays
    )
    hands = tuple(
        (
            hand.item,
            format_instant(hand.since),
            hand.giver,
            hand.receiver,
            hand.condition if hand.found is None else f"{hand.condition}; found: {hand.found}",
            hand.entry,
        )
        for hand in trace.hands
    )
    results = [
        (event.body.sample, event.body.attribute, f"{event.body.value} {event.body.unit}",
         event.body.laboratory, event.id)
        for event in trace.results
    ]  # fmt: skip
    results += [
        (event.body.lot, "disposition", event.body.decision, event.body.signature.printed_name, event.id)
        for event in trace.decisions
    ]
    return (
        genealogy_table([trace], most=10_000),
        balance_table(trace.balances, most=10_000),
        Table("Containers", ("thing", "in", "from (UTC)", "to (UTC)", "entry"), stays),
        Table("Hands", ("item", "from (UTC)", "giver", "receiver", "condition", "entry"), hands),
        Table("Results and decisions", ("of", "what", "value", "by", "entry"), tuple(results)),
    )
