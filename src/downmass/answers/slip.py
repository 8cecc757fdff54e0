"""What happens if the return slips?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from downmass.answers.answer import Answer, Evidence, Mark, Plot, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.pays import exposed
from downmass.answers.planned import EFFORT_S, Planned, planned, schedule_of, when_of
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import (
    chance,
    day,
    entry,
    finished,
    histogram,
    moved,
    quantiles,
    without_basis,
)
from downmass.base.errors import InputError, NoPlanError
from downmass.base.instant import days_between, format_instant, parse_moment
from downmass.disciplines.forecast.slip_effect import SlipEffect, last_safe_return, slip_effect
from downmass.disciplines.planning.replan import Proposal, delayed, replan
from downmass.facts import event as ev
from downmass.facts.finding import Finding
from downmass.facts.plan import PlanBasis, Schedule
from downmass.facts.quantity import Assumption

DAYS = 30.0
"""Slip that is shown where none is asked for [d]."""

LONGEST_SLIP_D = 3650
"""Longest slip that is answered [d]: beyond ten years nothing the forecast knows still holds."""


@dataclass(frozen=True, eq=False)
class Priced:
    """One way to go on after the slip, with its plan."""

    proposal: Proposal
    schedule: Schedule | None


def slip(case: Case, days: float | None = None, until: str | None = None) -> Answer:
    """Answer with what a slip of the return moves, consumes and costs, on the same futures.

    Parameters
    ----------
    days
        Days the return slips by [d]; 30 where neither is given.
    until
        Earliest return instead (date or instant), after the moment asked as of.

    Raises
    ------
    InputError
        If both are given, or the slip is none or longer than ten years.
    """
    moment = _asked(case, days, until)
    outlook = outlook_of(case)
    if outlook is None:
        return without_basis(case, "slip", "no plan basis is stated", "add [plan] to campaign.toml")
    returning = next((a.id for a in outlook.situation.basis.activities if a.milepost == "return"), None)
    if returning is None:
        return without_basis(
            case, "slip", "the plan has no return", "nothing comes back, so nothing can slip"
        )
    if returning in outlook.situation.done:
        return _past(case, outlook, returning)
    if moment is not None and moment <= case.as_of:
        raise InputError(f"{until} asks for nothing: it is past already", "give a moment after --as-of")
    wanted = DAYS if days is None and moment is None else days
    effect = slip_effect(outlook.situation, case.samples, case.seed, wanted, moment, outlook.policy)
    ways, findings = _ways(case, outlook, returning, wanted, moment)
    return finished(
        case,
        "slip",
        _headline(effect, wanted, moment),
        values=_values(case, outlook, effect),
        tables=tuple(_tables(case, outlook, ways)),
        findings=findings,
        evidence=[
            *(
                entry(case, e, e.type)
                for kind in (ev.PlanAdopted, ev.ChangeRequested)
                for e in case.campaign.all(kind)
            ),
            Evidence(
                "model", "forecast.slip_effect", f"{case.samples} futures, the same chance before and after"
            ),
            Evidence("model", "planning.replan", "CP-SAT; every plan passed the independent checker"),
        ],
        assumptions=_assumptions(case, outlook),
        plots=tuple(_plots(case, effect)),
    )


def _asked(case: Case, days: float | None, until: str | None) -> datetime | None:
    """Refuse a slip nobody can mean, whether or not the return still can slip; read its moment."""
    if days is not None and until is not None:
        raise InputError("both --days and --until are given", "give one of them")
    if days is not None and not 0 < days <= LONGEST_SLIP_D:
        raise InputError(f"a slip of {days} days", f"give more than 0 and at most {LONGEST_SLIP_D} days")
    moment = parse_moment(until) if until is not None else None
    if moment is not None and days_between(case.as_of, moment) > LONGEST_SLIP_D:
        raise InputError(
            f"no return before {until} is more than {LONGEST_SLIP_D} days from {day(case.as_of)}",
            f"give a moment at most {LONGEST_SLIP_D} days after --as-of",
        )
    return moment


def _headline(effect: SlipEffect, days: float | None, until: datetime | None) -> str:
    asked = (
        f"If the return slips by {days:g} days"
        if until is None
        else f"If there is no return before {day(until)}"
    )
    if not effect.later_release_d:
        return f"{asked}, no future releases the batch that did before."
    later = {point: round(days) for point, days in effect.later_release_d.items()}
    spread = f" (median; {later[5]} to {later[95]} in 9 of 10 futures)" if later[5] != later[95] else ""
    return (
        f"{asked}, release comes {later[50]} days later{spread}; the chance that the shelf life expires "
        f"{moved(*effect.chance_expired)}, that of release on time {moved(*effect.chance_on_time)}."
    )


def _values(case: Case, outlook: Outlook, effect: SlipEffect) -> Iterator[Value]:
    shift = effect.slipped.release - effect.base.release
    yield quantiles("release later by", "d", shift, note="futures released in both")
    yield quantiles("landing later by", "d", effect.slipped.landing - effect.base.landing)
    for name, (before, after) in (
        ("chance that the shelf life expires", effect.chance_expired),
        ("chance that the batch is lost", effect.chance_lost),
        ("chance of release by the due date", effect.chance_on_time),
    ):
        yield chance(f"{name}, as it stands", before)
        yield chance(f"{name}, with the slip", after)
    life = outlook.situation.shelf_life_d
    if life is not None:
        safe = last_safe_return(effect.base, life)
        if safe is not None:
            yield Value(
                "last safe landing",
                "UTC",
                exact=format_instant(safe),
                note="keeps the shelf life in 95 of 100 futures",
            )
    contract = case.campaign.contract
    if contract is not None:
        before_net = exposed(case, outlook, effect.base).net[contract.provider]
        after_net = exposed(case, outlook, effect.slipped).net[contract.provider]
        change = (after_net - before_net) / 100
        yield Value(
            "mean change of the provider's net",
            contract.price.currency,
            exact=f"{float(np.mean(change)):.2f}",
            note="by the contract in force, slip counted against the provider",
        )


def _ways(
    case: Case, outlook: Outlook, returning: str, days: float | None, until: datetime | None
) -> tuple[list[Priced], list[Finding]]:
    """Plan again after the slip, at three prices; where nothing fits, a finding names why."""
    try:
        base = planned(case, outlook)
    except NoPlanError as fault:
        return [], [Finding(case.campaign.id, f"no plan exists even without the slip: {fault}", "warning")]
    target = until if until is not None else _slipped(base, returning, days or 0.0)
    try:
        problem = delayed(base.problem, returning, target)
        ways = replan(problem, base.previous, {returning}, effort_s=EFFORT_S)
    except NoPlanError as fault:
        text = f"no plan keeps every limit after the slip: {fault}; {fault.remedy}"
        return [], [Finding(returning, text, "warning")]
    return [Priced(p, schedule_of(case, problem, p)) for p in (ways.local, ways.recommended, ways.clean)], []


def _slipped(base: Planned, returning: str, days: float) -> datetime:
    window = when_of(base.schedule, returning)
    assert window is not None
    return window.opens + timedelta(days=days)


WORDS = {
    "local": "local repair: only what follows the return moves",
    "recommended": "recommended: least late, then fewest moved",
    "clean": "clean sheet: as if nothing was planned",
}


def _tables(case: Case, outlook: Outlook, ways: list[Priced]) -> Iterator[Table]:
    basis = outlook.situation.basis
    rows, moved = [], []
    for way in ways:
        if way.schedule is None:
            rows.append((WORDS[way.proposal.kind], "-", "-", "-", "-", way.proposal.reason))
            continue
        lands = _ends(way.schedule, basis, "return")
        releases = _ends(way.schedule, basis, "release")
        rows.append(
            (
                WORDS[way.proposal.kind],
                day(lands) if lands else "-",
                day(releases) if releases else "-",
                f"{max(0.0, days_between(basis.due, releases)):.0f}" if releases else "-",
                _age(case, way.schedule, basis),
                str(len(way.proposal.moves)),
            )
        )
        if way.proposal.kind == "recommended":
            titles = {a.id: a.title for a in basis.activities}
            for move in way.proposal.moves:
                window = when_of(way.schedule, move.task)
                before = when_of(case.campaign.plan, move.task) if case.campaign.plan else None
                moved.append(
                    (
                        titles.get(move.task, move.task),
                        day(before.opens) if before else "-",
                        day(window.opens) if window else "-",
                        ", ".join(_told(case, basis, move.task)),
                    )
                )
    if rows:
        yield Table(
            "Plans after the slip",
            ("plan", "landing", "release", "days late", "shelf life used", "moved"),
            tuple(rows),
        )
    if moved:
        yield Table(
            "What moves in the recommended plan, and who must be told",
            ("activity", "from", "to", "tell"),
            tuple(moved),
        )


def _ends(schedule: Schedule, basis: PlanBasis, milepost: str) -> datetime | None:
    ids = {a.id for a in basis.activities if a.milepost == milepost}
    return max((p.when.closes for p in schedule.placements if p.activity in ids), default=None)


def _age(case: Case, schedule: Schedule, basis: PlanBasis) -> str:
    made = _ends(schedule, basis, "process")
    tested = [a.id for a in basis.activities if a.milepost == "laboratory"]
    starts = when_of(schedule, tested[0]) if tested else None
    if made is None or starts is None:
        return "-"
    used = days_between(made, starts.opens)
    life = case.campaign.recipe.storage.shelf_life_d if case.campaign.recipe else None
    return f"{used:.0f} of {life} d" if life else f"{used:.0f} d"


def _told(case: Case, basis: PlanBasis, activity: str) -> list[str]:
    """Return who must be told when an activity moves: authorities, who carries it out, the customer."""
    found = next(a for a in basis.activities if a.id == activity)
    gates = {gate.id: gate.authority for gate in basis.gates}
    ids = [gates[gate] for gate in found.gates]
    wanted = {
        "laboratory": "laboratory",
        "recovery": "recovery",
        "launch": "launch_provider",
        "release": "customer",
    }
    kind = wanted.get(found.milepost)
    ids += [p.id for p in case.campaign.parties.values() if kind in p.kinds]
    if found.milepost == "return":
        ids += [
            p.id
            for p in case.campaign.parties.values()
            if {"customer", "bus_provider", "insurer"} & set(p.kinds)
        ]
    return [case.campaign.parties[i].name if i in case.campaign.parties else i for i in dict.fromkeys(ids)]


def _assumptions(case: Case, outlook: Outlook) -> Iterator[Assumption]:
    yield from forecast_grounds(case, outlook)
    contract = case.campaign.contract
    if contract is not None:
        yield Assumption(f"money moves by {contract.title}", contract.basis, contract.source)
    yield Assumption(
        "plans take each gate to open at the median of the futures", "derived", "answers.planned"
    )


def _plots(case: Case, effect: SlipEffect) -> Iterator[Plot]:
    now = Mark("as of", format_instant(case.as_of))
    for title, futures in (("Release as it stands", effect.base), ("Release with the slip", effect.slipped)):
        found = histogram(title, futures, futures.release, (now,))
        if found is not None:
            yield found


def _past(case: Case, outlook: Outlook, returning: str) -> Answer:
    """Answer when the return has begun: what the slip was, from first plan to landing."""
    landed = case.campaign.last(ev.Landed)
    first = next(iter(case.campaign.all(ev.PlanAdopted)), None)
    promised = when_of(first.body.schedule, returning) if first else None
    if landed is None or promised is None:
        headline = "The return is under way; it cannot slip any more."
        late = None
    else:
        late = days_between(promised.closes, landed.occurred_at)
        word = "later" if late >= 0 else "earlier"
        headline = (
            f"The return has happened: landing on {day(landed.occurred_at)}, {abs(late):.0f} days {word} "
            f"than the first plan's {day(promised.closes)}."
        )
    changes = tuple(
        (str(e.body.number), day(e.occurred_at), e.body.cause, e.body.reason, e.origin)
        for e in case.campaign.all(ev.ChangeRequested)
    )
    return finished(
        case,
        "slip",
        headline,
        values=(Value("landing later than first planned", "d", exact=f"{late:.1f}"),)
        if late is not None
        else (),
        tables=(Table("Change requests", ("no.", "date", "cause", "reason", "origin"), changes),)
        if changes
        else (),
        evidence=[
            entry(case, e, e.type)
            for kind in (ev.PlanAdopted, ev.ChangeRequested, ev.ChangeDecided, ev.GateDecided, ev.Landed)
            for e in case.campaign.all(kind)
        ],
    )
