"""What the orbit says of a site: passes to come, and after a landing whether the plane was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from downmass.answers.answer import Dots, Mark, Plot, Table, Track, Value
from downmass.answers.case import Case
from downmass.answers.standing import PLANE_CORRIDOR_KM, Outlook, plane_check, plane_crossing
from downmass.answers.telling import day, minute
from downmass.base.instant import days_between, format_instant
from downmass.disciplines.orbit.decay import DECAY_BASIS, decay_estimate
from downmass.disciplines.orbit.elements import epoch_of, orbit_summary
from downmass.disciplines.orbit.propagate import ground_track
from downmass.disciplines.orbit.skill import PASS_TIME_ERROR_BASIS, pass_time_error_s
from downmass.disciplines.orbit.windows import decay_finding
from downmass.facts import event as ev
from downmass.facts.finding import Finding
from downmass.facts.flight import ElementSet, Pass
from downmass.facts.quantity import Assumption

SHOWN = 12
AHEAD = timedelta(days=120)


def orbit_values(case: Case, outlook: Outlook) -> Iterator[Value]:
    """Yield how long the orbit lasts; after a landing how near the orbit's plane and a pass were to it."""
    elements = outlook.elements
    if elements is None:
        return
    told = f"element set of {day(epoch_of(elements))}"
    landed = case.campaign.last(ev.Landed)
    if landed is None:
        lasts = decay_estimate(elements)
        low, mid, high = (
            f"{days:.0f}" if days is not None else "over 14610"
            for days in (lasts.low_days, lasts.mid_days, lasts.high_days)
        )
        yield Value("orbit lasts from the element set's epoch", "d", p10=low, p50=mid, p90=high)
        return
    passes = plane_check(case, landed.occurred_at, elements)
    crossed = plane_crossing(passes, landed.occurred_at)
    if crossed is not None:
        apart = days_between(landed.occurred_at, crossed) * 1440
        yield Value("orbit's plane over the site, after the landing", "min", exact=f"{apart:+.0f}", note=told)
    if passes:
        pass_ = nearest(passes, landed.occurred_at)
        apart = days_between(landed.occurred_at, pass_.at) * 1440
        aside = f"{told}; {abs(pass_.cross_track_km):.0f} km beside the site, so it tells the plane only"
        yield Value("nearest pass, after the landing", "min", exact=f"{apart:+.0f}", note=aside)


def orbit_table(outlook: Outlook) -> Iterator[Table]:
    """Yield the next passes, as far ahead as their track can be told."""
    if not outlook.passes or outlook.elements is None:
        return
    epoch = epoch_of(outlook.elements)
    yield Table(
        f"Next of {len(outlook.passes)} passes over the corridor until {day(outlook.passes[-1].at)}",
        ("site", "UTC", "heading", "cross-track km", "sun deg", "+/- min"),
        tuple(
            (
                p.site,
                minute(p.at),
                p.heading,
                f"{p.cross_track_km:+.0f}",
                f"{p.sun_elevation_deg:+.0f}",
                f"{pass_time_error_s(abs(days_between(epoch, p.at))) / 60:.1f}",
            )
            for p in outlook.passes[:SHOWN]
        ),
    )


def orbit_findings(case: Case, outlook: Outlook) -> Iterator[Finding]:
    """Yield what must be known of the element set, and of return opportunities that are not in it."""
    if case.campaign.last(ev.Landed) is not None or case.campaign.last(ev.Launched) is None:
        return
    if outlook.elements is None:
        text = "no element set is on record: return opportunities come from the plan, not from the orbit"
        yield Finding(case.campaign.id, text, "note")
        return
    yield from orbit_summary(outlook.elements).findings
    ending = decay_finding(outlook.elements, case.as_of, case.as_of + AHEAD)
    if ending is not None:
        yield ending
    age = days_between(epoch_of(outlook.elements), case.as_of)
    until = f"until {day(outlook.passes[-1].at)}" if outlook.passes else "no longer"
    text = f"the element set is {age:.0f} days old: which pass meets the corridor can be told {until}"
    yield Finding(outlook.elements.name, text, "note" if outlook.passes else "warning")


def orbit_grounds(case: Case, outlook: Outlook) -> Iterator[Assumption]:
    """Yield what decay and pass times lean on, while the spacecraft is up."""
    if outlook.elements is not None and case.campaign.last(ev.Landed) is None:
        yield from (*DECAY_BASIS, PASS_TIME_ERROR_BASIS)


def orbit_plots(case: Case, outlook: Outlook) -> Iterator[Plot]:
    """Yield passes and the ground track: those to come, or those around the landing."""
    elements = outlook.elements
    if elements is None:
        return
    landed = case.campaign.last(ev.Landed)
    if landed is not None:
        passes = plane_check(case, landed.occurred_at, elements)
        mark = Mark("actual landing", format_instant(landed.occurred_at), "public")
        told = day(epoch_of(elements))
        title = f"Passes within {PLANE_CORRIDOR_KM} km around the landing, element set of {told}"
        middle = nearest(passes, landed.occurred_at).at if passes else None
    else:
        passes = tuple(p for p in outlook.passes if p.at < case.as_of + AHEAD)
        mark = Mark("as of", format_instant(case.as_of))
        title, middle = "Passes over the landing corridor", passes[0].at if passes else None
    if middle is None:
        return
    dots = tuple((format_instant(p.at), round(p.cross_track_km, 1), p.heading) for p in passes)
    yield Dots(title, "km cross-track", dots, (mark,))
    yield _track(case, elements, middle)


def _track(case: Case, elements: ElementSet, at: datetime) -> Track:
    track = ground_track(elements, at - timedelta(minutes=46), at + timedelta(minutes=46), 60.0)
    line = tuple(
        (round(float(x), 2), round(float(y), 2))
        for x, y in zip(track.longitude_deg, track.latitude_deg, strict=True)
    )
    sites = tuple((s.name, float(s.longitude_deg), float(s.latitude_deg)) for s in case.campaign.sites)
    told = minute(at)
    return Track(f"Ground track around the pass of {told} UTC", (line,), sites)


def nearest(passes: tuple[Pass, ...], landed: datetime) -> Pass:
    """Return the pass nearest in time to the landing."""
    return min(passes, key=lambda p: abs(p.at - landed))
