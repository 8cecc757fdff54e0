"""Answers to the nine questions at three moments of one late return, as a reader would see them."""

from __future__ import annotations

from datetime import timedelta
from math import cos, exp, pi, sin

import pytest

from downmass.answers.answer import (
    Answer,
    Bar,
    Bars,
    Dots,
    Evidence,
    Gantt,
    Histogram,
    Mark,
    Table,
    Track,
    Value,
)
from downmass.base.instant import format_instant, parse_instant
from downmass.facts.finding import Finding
from downmass.facts.quantity import Assumption

PRESS = "press, as listed in the public record of the flight"


def _futures(peak: str, width_d: float, skew_d: float) -> tuple[tuple[str, ...], tuple[int, ...]]:
    start = parse_instant(peak)
    edges = [start + timedelta(days=7 * step) for step in range(-6, 60)]
    counts = []
    for step in range(-6, 59):
        days = 7 * step
        spread = width_d if days < 0 else skew_d
        counts.append(
            round(900 * exp(-((days / spread) ** 2) / 2) + (40 * exp(-days / 160) if days > 0 else 0))
        )
    return tuple(format_instant(edge) for edge in edges), tuple(counts)


ACTUAL = Mark("landed, 2024-02-21", "2024-02-21T21:40:00Z", "public")
SHELF = Assumption("Crystals keep for 400 d at 25 C", "opinion", "no stability data are public")
LICENCE = Assumption(
    "A first licence of its kind takes 4 to 14 months", "derived", "licence dates of other operators"
)
REST = Assumption("Landing sites other than Utah are not available", "memory", "recalled from the press")
SPEED = Assumption("The range offers 2 dates a month", "read", PRESS)


def _when(
    as_of: str, label: str, futures: tuple[tuple[str, ...], tuple[int, ...]], low: str, mid: str, high: str
) -> Answer:
    last = label == "end"
    return Answer(
        "when",
        "late-return",
        parse_instant(as_of),
        "It landed in Utah on 2024-02-21T21:40:00Z, 254 days after launch and 219 days after its first date."
        if last
        else f"The product is back between {low[:10]} and {high[:10]} with 80 % chance; "
        f"the middle of 20,000 futures is {mid[:10]}.",
        (
            Value("Launch", "UTC", exact="2023-06-12T21:35:00Z"),
            Value("Landing", "UTC", exact="2024-02-21T21:40:00Z")
            if last
            else Value("Landing", "UTC", p10=low, p50=mid, p90=high),
            Value("Released batch", "UTC", exact="2024-03-20T10:00:00Z")
            if last
            else Value("Released batch", "UTC", p10=low, p50=mid, p90=high, note="28 d after landing"),
            Value("Days in orbit", "d", exact="254")
            if last
            else Value("Days in orbit", "d", p10="32", p50="86", p90="341"),
        ),
        (
            Table(
                "Gates in front of the return",
                ("gate", "authority", "stands", "since"),
                (
                    (
                        "Re-entry licence",
                        "FAA",
                        "granted" if last else "waiting",
                        "2024-02-14T12:00:00Z" if last else "2023-06-12",
                    ),
                    ("Range slot", "UTTR", "granted" if last else "waiting", "2024-02-14"),
                ),
            ),
        ),
        (
            Finding(
                "reentry",
                "the licence was not granted when it was planned; ask for the review meeting",
                "warning",
            ),
        )
        if not last
        else (),
        (
            Evidence("entry", "ground-0024", "landed in Utah"),
            Evidence("entry", "ground-0022", "licence granted"),
        )
        if last
        else (
            (Evidence("entry", "ground-0015", "launched on Transporter-8"),)
            + ((Evidence("entry", "ground-0019", "licence refused"),) if label == "refusal" else ())
            + (Evidence("model", "forecast.simulate", "20,000 futures, common random numbers"),)
        ),
        (SHELF, LICENCE, REST, SPEED),
        seed=7,
        versions=(("downmass", "0.1.0"),),
        plots=(
            Histogram(
                "Landing in 20,000 futures",
                "UTC",
                *futures,
                (Mark(f"as of {as_of[:10]}", as_of, "model"), ACTUAL),
            ),
            _gantt(as_of, last),
        ),
    )


def _gantt(as_of: str, last: bool) -> Gantt:
    after: tuple[Bar, ...] = (
        (
            Bar("Return", "2024-02-18T10:00:00Z", "2024-02-21T21:40:00Z", "done", "landed"),
            Bar("Laboratory", "2024-02-23T15:00:00Z", "2024-03-20T10:00:00Z", "done"),
        )
        if last
        else (
            Bar("Return", "2023-09-20T00:00:00Z", "2023-09-24T00:00:00Z", "planned"),
            Bar("Return", "2023-09-24T00:00:00Z", "2024-05-20T00:00:00Z", "window", "80 % of futures"),
            Bar("Laboratory", "2023-10-01T00:00:00Z", "2023-10-27T00:00:00Z", "planned"),
        )
    )
    return Gantt(
        "Plan and what became of it",
        (
            Bar("Commissioning", "2023-06-12T21:35:00Z", "2023-06-29T20:00:00Z", "done"),
            Bar("Crystallisation, 27 h", "2023-06-29T20:00:00Z", "2023-06-30T23:00:00Z", "done"),
            Bar(
                "Re-entry licence",
                "2023-07-17T00:00:00Z",
                "2024-02-14T12:00:00Z" if last else as_of,
                "late",
                "waiting",
            ),
            *after,
        ),
        (Mark("refused", "2023-09-06T17:00:00Z", "public"), Mark("as of", as_of)),
    )


def _others(as_of: str, last: bool) -> list[Answer]:
    at = parse_instant(as_of)
    track = tuple(
        (((x * 0.9 + turn * 24 + 180) % 360) - 180, 82.5 * sin(x / 57.3 + 1))
        for turn in (0,)
        for x in range(0, 700, 3)
    )
    dots = tuple(
        (
            format_instant(parse_instant("2024-02-10T09:00Z") + timedelta(hours=12.3 * n)),
            round(180 * cos(n * pi / 3.7), 1),
            "descending" if n % 2 else "ascending",
        )
        for n in range(40)
    )
    return [
        Answer(
            "slip",
            "late-return",
            at,
            "Thirty more days in orbit cost 310,000 USD and add 4 points of risk to the batch.",
            (
                Value("Cost of 30 days", "USD", p10="210000", p50="310000", p90="560000"),
                Value("Chance that the batch keeps", "%", exact="88" if last else "92"),
            ),
            (
                Table(
                    "What each week costs",
                    ("week", "operator [USD]", "customer [USD]", "shelf life left [d]"),
                    (
                        ("1", "62,000", "18,000", "139"),
                        ("2", "124,000", "36,000", "132"),
                        ("3", "186,000", "54,000", "125"),
                    ),
                ),
            ),
            assumptions=(SHELF,),
            evidence=(Evidence("model", "forecast.slip", "20,000 futures"),),
            seed=7,
            plots=(Dots("Return windows at Utah", "km from the site", dots, (ACTUAL,)),),
        ),
        Answer(
            "quality",
            "late-return",
            at,
            "Released on 2024-03-20: 97 % of the batch is graded good."
            if last
            else "Release is blocked: no result is reported.",
            findings=()
            if last
            else (Finding("batch-1", "no result for form-iii; have the laboratory report it", "blocking"),),
            missing=()
            if last
            else ("The laboratory's results: `downmass record late-return result.reported ...`",),
            evidence=(Evidence("norm", "ICH Q6A", "acceptance criteria for solid forms"),),
        ),
        Answer(
            "custody",
            "late-return",
            at,
            "Two parties held it; one transfer lacks no signature.",
            evidence=(Evidence("entry", "ground-0026", "handed to the laboratory"),),
        ),
        Answer(
            "track",
            "late-return",
            at,
            "The capsule is in the laboratory." if last else "The capsule is in orbit.",
            plots=(Track("Ground track before the return", (track,), (("Utah", -113.0, 40.2),)),),
        ),
        Answer(
            "failures",
            "late-return",
            at,
            "The licence gate carries 61 % of the value that is lost in the futures.",
            plots=(
                Bars(
                    "Share of lost value",
                    "%",
                    (
                        ("Re-entry licence refused or late", 61.2),
                        ("Parachute fails", 14.0),
                        ("Crystals age beyond shelf life", 11.5),
                        ("Crystallisation fails", 8.1),
                    ),
                ),
            ),
            assumptions=(Assumption("A parachute fails in 2 % of returns", "opinion", "engineering guess"),),
        ),
        Answer(
            "pays",
            "late-return",
            at,
            "The operator owes 400,000 USD for lateness; everything settles to zero.",
            (Value("Liquidated damages", "USD", exact="400000"),),
            assumptions=(SHELF,),
        ),
        Answer(
            "worth",
            "late-return",
            at,
            "It does not pay below a price of 1,900 USD per gram.",
            (Value("Net present value", "USD", p10="-5200000", p50="-3100000", p90="-900000"),),
            assumptions=(Assumption("The capsule costs 2.5 million USD", "opinion", "no price is public"),),
        ),
        Answer(
            "where",
            "late-return",
            at,
            "Nothing published says that microgravity improves this crystal; on Earth form III is made too.",
            tables=(
                Table(
                    "Where it could be made",
                    ("place", "verdict", "price per g [USD]"),
                    (
                        ("free-flying capsule", "survives, no gain shown", "1,900"),
                        ("ISS rack", "possible", "2,600"),
                        ("ground", "same form made", "4"),
                    ),
                ),
            ),
        ),
    ]


def _answers() -> list[tuple[str, list[Answer]]]:
    first = _when(
        "2023-06-12T23:59:59Z",
        "launch",
        _futures("2023-07-17T00:00Z", 9, 45),
        "2023-07-14T00:00:00Z",
        "2023-09-06T00:00:00Z",
        "2024-05-20T00:00:00Z",
    )
    second = _when(
        "2023-09-06T23:59:59Z",
        "refusal",
        _futures("2023-11-20T00:00Z", 30, 60),
        "2023-10-25T00:00:00Z",
        "2024-01-22T00:00:00Z",
        "2024-06-10T00:00:00Z",
    )
    last = _when(
        "2024-04-02T23:59:59Z",
        "end",
        (("2024-02-20T00:00:00Z", "2024-02-23T00:00:00Z"), (20000,)),
        "",
        "",
        "",
    )
    return [
        ("at launch", [first, *_others("2023-06-12T23:59:59Z", False)]),
        ("at the refusal", [second, *_others("2023-09-06T23:59:59Z", False)]),
        ("at the end", [last, *_others("2024-04-02T23:59:59Z", True)]),
    ]


@pytest.fixture(scope="session")
def sample_answers() -> list[tuple[str, list[Answer]]]:
    """Label and nine answers of each moment: at launch, at the refusal, at the end."""
    return _answers()
