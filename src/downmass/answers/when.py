"""When does it fly, and when is the product back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from downmass.answers.answer import Answer, Bar, Dots, Evidence, Gantt, Mark, Plot, Table, Track, Value
from downmass.answers.case import Case
from downmass.answers.standing import PLANE_CORRIDOR_KM, Outlook, outlook_of, plane_check
from downmass.answers.telling import (
    chance,
    day,
    entry,
    finished,
    histogram,
    instants,
    percent,
    stated,
    without_basis,
)
from downmass.base.instant import days_between, format_instant
from downmass.disciplines.orbit.decay import DECAY_BASIS, decay_estimate
from downmass.disciplines.orbit.elements import epoch_of, orbit_summary
from downmass.disciplines.orbit.propagate import ground_track
from downmass.disciplines.orbit.skill import PASS_TIME_ERROR_BASIS, pass_time_error_s, skill_finding
from downmass.disciplines.orbit.windows import decay_finding
from downmass.facts import event as ev
from downmass.facts.finding import Finding
from downmass.facts.flight import ElementSet, Pass
from downmass.facts.quantity import Assumption

SHOWN_PASSES = 12
AHEAD = timedelta(days=120)


def when(case: Case) -> Answer:
    """Answer with the landing and release dates: from the record where they happened, else as a spread."""
    outlook = outlook_of(case)
    if outlook is None:
        return without_basis(
            case, "when", "no plan basis is stated", "add [plan] to campaign.toml and open the campaign again"
        )
    landed = case.campaign.last(ev.Landed)
    return finished(
        case,
        "when",
        _headline(case, outlook),
        values=_values(case, outlook),
        tables=tuple(_tables(case, outlook)),
        findings=_findings(case, outlook),
        evidence=_evidence(case, outlook),
        assumptions=_assumptions(case, outlook),
        plots=tuple(_plots(case, outlook, landed.occurred_at if landed else None)),
    )


def _headline(case: Case, outlook: Outlook) -> str:
    campaign, summary = case.campaign, outlook.summary
    landed = campaign.last(ev.Landed)
    released = _released(case)
    if released is not None and landed is not None:
        due = outlook.situation.basis.due
        late = days_between(due, released)
        return (
            f"It landed on {day(landed.occurred_at)} and was released on {day(released)}, "
            f"{abs(late):.0f} days {'after' if late > 0 else 'before'} the date promised."
        )
    if landed is not None:
        back = f"It landed on {day(landed.occurred_at)}; release is expected"
        if not summary.release:
            return f"It landed on {day(landed.occurred_at)}; no future releases the batch."
        return f"{back} on {day(summary.release[50])}, between {_span(summary.release)} in 9 of 10 futures."
    if not summary.landing:
        return "The product does not come back in any future: the payload is lost."
    return (
        f"The product is expected on the ground on {day(summary.landing[50])}, "
        f"between {_span(summary.landing)} in 9 of 10 futures that land; "
        f"chance of release by {day(outlook.situation.basis.due)}: {percent(summary.chance_on_time)}."
    )


def _span(dates: object) -> str:
    assert isinstance(dates, dict)
    return f"{day(dates[5])} and {day(dates[95])}"


def _released(case: Case) -> datetime | None:
    decided = [e for e in case.campaign.all(ev.DispositionDecided) if e.body.decision == "released"]
    return decided[-1].occurred_at if decided else None


def _values(case: Case, outlook: Outlook) -> Iterator[Value]:
    futures, summary = outlook.futures, outlook.summary
    launched, landed = case.campaign.last(ev.Launched), case.campaign.last(ev.Landed)
    launch = next((a.id for a in outlook.situation.basis.activities if a.milepost == "launch"), None)
    if launched is not None:
        yield Value("launch", "UTC", exact=format_instant(launched.occurred_at), note="happened")
    elif launch is not None:
        yield instants("launch", futures, futures.starts[launch])
    if landed is not None:
        yield Value("landing", "UTC", exact=format_instant(landed.occurred_at), note="happened")
    else:
        yield instants("landing", futures, futures.landing, "futures that land")
        yield chance("chance that nothing lands", summary.chance_no_landing)
        if summary.landing:
            yield Value("landing, 5 % point", "UTC", exact=format_instant(summary.landing[5]))
            yield Value("landing, 95 % point", "UTC", exact=format_instant(summary.landing[95]))
    if landed is not None and outlook.elements is not None:
        passes = plane_check(case, landed.occurred_at, outlook.elements)
        if passes:
            apart = days_between(landed.occurred_at, nearest(passes, landed.occurred_at).at) * 1440
            yield Value(
                "nearest pass of the orbit's plane, after the landing",
                "min",
                exact=f"{apart:+.0f}",
                note=f"element set of {day(epoch_of(outlook.elements))}, corridor {PLANE_CORRIDOR_KM} km",
            )
    if landed is None and outlook.elements is not None:
        lasts = decay_estimate(outlook.elements)
        low, mid, high = (
            f"{days:.0f}" if days is not None else "over 14610"
            for days in (lasts.low_days, lasts.mid_days, lasts.high_days)
        )
        yield Value("orbit lasts from the element set's epoch", "d", p10=low, p50=mid, p90=high)
    released = _released(case)
    if released is not None:
        yield Value("release", "UTC", exact=format_instant(released), note="happened")
        return
    yield instants("release", futures, futures.release, "futures that release")
    yield chance("chance of release by the due date", summary.chance_on_time)
    yield chance("chance that the batch is lost", summary.chance_lost)


def _tables(case: Case, outlook: Outlook) -> Iterator[Table]:
    basis = outlook.situation.basis
    rows = []
    for gate in basis.gates:
        state = case.campaign.gates.get(gate.id)
        told = outlook.gates.get(gate.id)
        seen = f"{told.belief.known} past" if told and told.belief else "plan"
        open_on = "-"
        if state and state.status == "granted":
            open_on = day(state.history[-1].occurred_at)
        elif gate.id in outlook.futures.opened:
            points = instants("", outlook.futures, outlook.futures.opened[gate.id])
            open_on = f"{points.p10 or points.exact}"[:10] + " / " + f"{points.p50 or ''}"[:10]
            open_on += " / " + f"{points.p90 or ''}"[:10]
        rows.append((gate.title, state.status if state else "not asked", day(gate.planned), open_on, seen))
    if rows:
        yield Table(
            "Gates", ("gate", "status", "wanted by", "open on, or p10 / p50 / p90", "rests on"), tuple(rows)
        )
    held = [(name, f"{days:.1f}") for name, days in outlook.summary.held_mean_d if abs(days) >= 0.05]
    if held:
        yield Table("What holds the campaign up, mean over futures", ("cause", "days"), tuple(held))
    if outlook.passes:
        yield Table(
            f"Next passes over the landing corridor, of {len(outlook.passes)} in 400 days",
            ("site", "UTC", "heading", "cross-track km", "sun deg", "+/- min"),
            tuple(_pass_row(outlook, p) for p in outlook.passes[:SHOWN_PASSES]),
        )


def _pass_row(outlook: Outlook, p: Pass) -> tuple[str, ...]:
    assert outlook.elements is not None
    lead = abs(days_between(epoch_of(outlook.elements), p.at))
    return (
        p.site,
        format_instant(p.at)[:16].replace("T", " "),
        p.heading,
        f"{p.cross_track_km:+.1f}",
        f"{p.sun_elevation_deg:+.1f}",
        f"{pass_time_error_s(lead) / 60:.1f}",
    )


def _findings(case: Case, outlook: Outlook) -> Iterator[Finding]:
    for gate in outlook.situation.basis.gates:
        state = case.campaign.gates.get(gate.id)
        if state is None or state.status == "granted" or case.campaign.last(ev.Landed):
            continue
        if state.status in ("refused", "withdrawn"):
            text = f"{gate.title} is {state.status}: nothing returns before it is granted"
            yield Finding(gate.id, text, "warning", tuple(event.id for event in state.history))
        elif case.as_of > gate.planned:
            late = days_between(gate.planned, case.as_of)
            text = f"{gate.title} is {late:.0f} days later than planned"
            yield Finding(gate.id, text, "warning", tuple(event.id for event in state.history))
    if outlook.elements is None and case.campaign.last(ev.Launched) and not case.campaign.last(ev.Landed):
        text = "no element set is on record: return opportunities come from the plan, not from the orbit"
        yield Finding(case.campaign.id, text, "note")
    if outlook.elements is not None and outlook.passes:
        last = outlook.passes[-1].at
        careful = (
            *orbit_summary(outlook.elements).findings,
            skill_finding(outlook.elements, last),
            decay_finding(outlook.elements, case.as_of, last),
        )
        yield from (finding for finding in careful if finding is not None)


def _evidence(case: Case, outlook: Outlook) -> Iterator[Evidence]:
    kinds = (
        ev.Launched,
        ev.GateDecided,
        ev.PlanAdopted,
        ev.ElementsReceived,
        ev.Landed,
        ev.DispositionDecided,
    )
    for kind in kinds:
        for event in case.campaign.all(kind):
            yield entry(case, event, event.type)
    for name, belief in outlook.beliefs.items():
        yield Evidence(
            "catalogue", f"reference_slips: {name}", f"{belief.known} known: {', '.join(belief.subjects)}"
        )
    for gate, told in outlook.gates.items():
        if told.belief is not None and gate in outlook.futures.opened:
            listed = ", ".join(told.belief.subjects)
            yield Evidence("catalogue", f"reference_slips: {told.belief.kind}", f"for {gate}: {listed}")
    yield Evidence("model", "forecast.simulate", f"{case.samples} futures, seed {case.seed}")
    if outlook.elements is not None:
        yield Evidence("model", "orbit.windows", f"SGP4 from the element set of {outlook.elements.source}")


def _assumptions(case: Case, outlook: Outlook) -> Iterator[Assumption]:
    basis = outlook.situation.basis
    done = outlook.situation.done
    for activity in basis.activities:
        if activity.id not in done or done[activity.id].ended is None:
            yield stated(f"{activity.title} [d]", activity.duration_d)
    for activity in basis.activities:
        for lag in activity.lags:
            if lag.most_d is not None and activity.id not in done:
                yield Assumption(f"{lag.name}: at most {lag.most_d} d", lag.basis, lag.source or "the plan")
    for gate in basis.gates:
        if not gate.reference:
            yield stated(f"{gate.title}, delay [d]", gate.delay_d)
    for mode in case.campaign.modes:
        yield stated(f"{mode.title}, chance [percent]", mode.chance_percent)
    if outlook.elements is not None and not case.campaign.last(ev.Landed):
        yield from (*DECAY_BASIS, PASS_TIME_ERROR_BASIS)
    if not outlook.passes and not case.campaign.last(ev.Landed):
        yield stated("days between return opportunities", basis.return_spacing_d)
    for note in outlook.futures.notes:
        yield Assumption(note, "derived", "forecast.simulate")
    for told in outlook.gates.values():
        for note in told.notes:
            yield Assumption(note, "derived", "forecast.gates, reference_slips")


def _plots(case: Case, outlook: Outlook, landed: datetime | None) -> Iterable[Plot]:
    now = Mark("as of", format_instant(case.as_of))
    if landed is None:
        marks = [now, Mark("planned", format_instant(outlook.situation.basis.return_planned), "assumed")]
        counted = histogram("Landing date over the futures", outlook.futures, outlook.futures.landing, marks)
        if counted is not None:
            yield counted
    yield gantt(case, outlook)
    if landed is not None and outlook.elements is not None:
        yield from _plane_plots(case, outlook.elements, landed)
    if outlook.passes and outlook.elements is not None:
        near = [p for p in outlook.passes if p.at < case.as_of + AHEAD]
        dots = tuple((format_instant(p.at), round(p.cross_track_km, 1), p.heading) for p in near)
        yield Dots("Passes over the landing corridor, next 120 days", "km cross-track", dots, (now,))
        yield _track(case, outlook.elements, outlook.passes[0].at)


def _track(case: Case, elements: ElementSet, at: datetime) -> Track:
    track = ground_track(elements, at - timedelta(minutes=46), at + timedelta(minutes=46), 60.0)
    line = tuple(
        (round(float(x), 2), round(float(y), 2))
        for x, y in zip(track.longitude_deg, track.latitude_deg, strict=True)
    )
    sites = tuple((s.name, float(s.longitude_deg), float(s.latitude_deg)) for s in case.campaign.sites)
    when_told = format_instant(at)[:16].replace("T", " ")
    return Track(f"Ground track around the pass of {when_told} UTC", (line,), sites)


def _plane_plots(case: Case, elements: ElementSet, landed: datetime) -> Iterator[Plot]:
    passes = plane_check(case, landed, elements)
    if not passes:
        return
    dots = tuple((format_instant(p.at), round(p.cross_track_km, 1), p.heading) for p in passes)
    marks = (Mark("actual landing", format_instant(landed), "public"),)
    title = f"Passes around the landing, from the element set of {day(epoch_of(elements))}"
    yield Dots(title, "km cross-track", dots, marks)
    yield _track(case, elements, nearest(passes, landed).at)


def nearest(passes: tuple[Pass, ...], landed: datetime) -> Pass:
    """Return the pass nearest in time to the landing."""
    return min(passes, key=lambda p: abs(p.at - landed))


def gantt(case: Case, outlook: Outlook) -> Gantt:
    """Return the plan: what is done from the record, what is to come from the futures, the plan in force."""
    futures, done = outlook.futures, outlook.situation.done
    planned = {p.activity: p.when for p in case.campaign.plan.placements} if case.campaign.plan else {}
    bars = []
    for activity in outlook.situation.basis.activities:
        past = done.get(activity.id)
        if activity.id in planned:
            when_planned = planned[activity.id]
            bars.append(
                Bar(
                    activity.title,
                    format_instant(when_planned.opens),
                    format_instant(when_planned.closes),
                    "planned",
                )
            )
        if past is not None and past.ended is not None:
            closes = max(past.ended, past.started + timedelta(hours=2))
            bars.append(Bar(activity.title, format_instant(past.started), format_instant(closes), "done"))
            continue
        spread = instants("", futures, futures.ends[activity.id])
        begins = instants("", futures, futures.starts[activity.id])
        if spread.p90 is not None and (begins.p10 or begins.exact):
            bars.append(
                Bar(activity.title, begins.p10 or begins.exact or "", spread.p90, "window", "10 to 90 %")
            )
    return Gantt(
        "Plan in force, what happened, and where futures lie",
        tuple(bars),
        (Mark("as of", format_instant(case.as_of)),),
    )
