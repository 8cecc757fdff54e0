"""When does it fly, and when is the product back?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from downmass.answers.answer import Answer, Bar, Evidence, Gantt, Mark, Plot, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.overflight import (
    orbit_findings,
    orbit_grounds,
    orbit_plots,
    orbit_table,
    orbit_values,
)
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import (
    LANDING,
    chance,
    day,
    entry,
    finished,
    histogram,
    instants,
    percent,
    without_basis,
)
from downmass.base.instant import days_between, format_instant
from downmass.facts import event as ev
from downmass.facts.finding import Finding


def when(case: Case) -> Answer:
    """Answer with the landing and release dates: from the record where they happened, else as a spread."""
    outlook = outlook_of(case)
    if outlook is None:
        return without_basis(
            case, "when", "no plan basis is stated", "add [plan] to campaign.toml and open the campaign again"
        )
    return finished(
        case,
        "when",
        _headline(case, outlook),
        values=_values(case, outlook),
        tables=_tables(case, outlook),
        findings=_findings(case, outlook),
        evidence=_evidence(case, outlook),
        assumptions=[*forecast_grounds(case, outlook), *orbit_grounds(case, outlook)],
        plots=_plots(case, outlook),
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
        return "The payload does not come back in any future."
    return (
        f"The payload is expected on the ground on {day(summary.landing[50])}, "
        f"between {_span(summary.landing)} in 9 of 10 futures that land; chance of a usable batch "
        f"{percent(1 - summary.chance_lost)}, of release by {day(outlook.situation.basis.due)} "
        f"{percent(summary.chance_on_time)}."
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
        yield instants("landing", futures, futures.landing, "futures that land, usable or not")
        yield chance("chance that nothing lands", summary.chance_no_landing)
        if summary.landing:
            yield Value("landing, 5 % point", "UTC", exact=format_instant(summary.landing[5]))
            yield Value("landing, 95 % point", "UTC", exact=format_instant(summary.landing[95]))
    yield from orbit_values(case, outlook)
    released = _released(case)
    if released is not None:
        yield Value("release", "UTC", exact=format_instant(released), note="happened")
        return
    yield instants("release", futures, futures.release, "futures that release the batch")
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
    yield from orbit_table(outlook)


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
    yield from orbit_findings(case, outlook)


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
    if _released(case) is None:
        for name, belief in outlook.beliefs.items():
            if f"{name}_slip" in outlook.futures.held_d:
                told = f"{belief.known} known: {', '.join(belief.subjects)}"
                yield Evidence("catalogue", f"reference_slips: {name}", told)
        for gate, told_gate in outlook.gates.items():
            standing = outlook.situation.gates.get(gate)
            waiting = standing is None or standing.status != "granted"
            if told_gate.belief is not None and waiting:
                listed = ", ".join(told_gate.belief.subjects)
                ref = f"reference_slips: {told_gate.belief.kind}"
                yield Evidence("catalogue", ref, f"for {gate}: {listed}")
        yield Evidence("model", "forecast.simulate", f"{case.samples} futures, seed {case.seed}")
    if outlook.elements is not None:
        yield Evidence("model", "orbit.windows", f"SGP4 from the element set of {outlook.elements.source}")


def _plots(case: Case, outlook: Outlook) -> Iterable[Plot]:
    if case.campaign.last(ev.Landed) is None:
        marks = [Mark("as of", format_instant(case.as_of))]
        planned = _planned_landing(case, outlook)
        if planned is not None:
            marks.append(Mark("planned", format_instant(planned), "assumed"))
        counted = histogram(LANDING, outlook.futures, outlook.futures.landing, marks)
        if counted is not None:
            yield counted
    yield gantt(case, outlook)
    yield from orbit_plots(case, outlook)


def _planned_landing(case: Case, outlook: Outlook) -> datetime | None:
    """Return when the plan in force has the payload land."""
    ids = {a.id for a in outlook.situation.basis.activities if a.milepost == "return"}
    placed = case.campaign.plan.placements if case.campaign.plan else ()
    return next((placement.when.closes for placement in placed if placement.activity in ids), None)


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
