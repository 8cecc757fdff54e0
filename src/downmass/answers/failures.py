"""Where are the failure points, ranked, and what guards them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.grounds import forecast_grounds
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import chance, entry, finished, major, percent, without_basis
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.forecast.ruled_out import RuledOut, each_ruled_out, lost_without
from downmass.disciplines.forecast.situation import Ints
from downmass.disciplines.forecast.summary import chance_expired
from downmass.disciplines.risk.fmea import RankedMode, find_gaps, rank_modes
from downmass.disciplines.risk.importance import beyond_noise
from downmass.facts import event as ev
from downmass.facts.quantity import Assumption


@dataclass(frozen=True, slots=True)
class Point:
    """A point of failure: a failure mode, or what holds or outlasts the campaign.

    Attributes
    ----------
    worth
        Mean lost value that ruling it out saves, 0 where that is not told from noise; none where it
        is past.
    cells
        Title, stage and chance, then Birnbaum importance, priority number, guards and what they leave.
    """

    worth: float | None
    priority: int
    cells: tuple[str, ...]


def failures(case: Case) -> Answer:
    """Answer with the points of failure in order of what ruling each out would save in the forecast."""
    outlook = outlook_of(case)
    if outlook is None or not case.campaign.modes:
        return without_basis(
            case,
            "failures",
            "no failure modes are listed",
            "add [[failure_mode]] and [plan] to campaign.toml",
        )
    futures = outlook.futures
    value = float(case.campaign.venture.batch_value.minor) / 100 if case.campaign.venture else 1.0
    lost_value: Floats = np.where(futures.lost, value, 0.0)
    without = {
        (ruled.kind, ruled.id): (ruled, np.where(lost_without(ruled, case.samples, case.seed), value, 0.0))
        for ruled in each_ruled_out(outlook.situation, futures, outlook.policy)
    }
    modes = {id: spared for (kind, id), (_, spared) in without.items() if kind == "mode"}
    ranked = rank_modes(case.campaign.modes, futures.occurred, futures.lost, lost_value, modes)
    points = [
        *(_mode_point(mode) for mode in ranked),
        *(
            _other_point(case, outlook, ruled, lost_value - spared)
            for ruled, spared in without.values()
            if ruled.kind != "mode"
        ),
    ]
    live = [mode for mode in ranked if mode.importance is not None and mode.importance.chance > 0]
    return finished(
        case,
        "failures",
        _headline(case, outlook),
        values=(
            chance("chance that the batch is lost from here on", outlook.summary.chance_lost),
            Value("failure modes that can still strike", "1", exact=str(len(live))),
        ),
        tables=(*_tables(case, points, float(np.mean(lost_value))), *_losses(case, outlook)),
        findings=find_gaps(case.campaign.modes),
        evidence=[
            *(entry(case, e, e.type) for e in case.campaign.all(ev.FailureModesListed)),
            Evidence("model", "forecast.simulate", f"{case.samples} futures, seed {case.seed}"),
            Evidence(
                "norm", "IEC 60812", "failure modes and effects analysis; ranked by value saved, not by RPN"
            ),
        ],
        assumptions=_assumptions(case, outlook),
        plots=_plots(case, outlook),
    )


def _headline(case: Case, outlook: Outlook) -> str:
    released = [e for e in case.campaign.all(ev.DispositionDecided) if e.body.decision == "released"]
    if released:
        return f"The batch is released; none of {len(case.campaign.modes)} failure modes can strike any more."
    lost = percent(outlook.summary.chance_lost)
    causes = [(name, chance) for name, chance in outlook.summary.lost_by if chance > 0]
    if not causes:
        return f"No listed failure mode can strike from here on; chance of loss {lost}."
    name, share = causes[0]
    part = percent(share / outlook.summary.chance_lost)
    return (
        f"The batch is lost in {lost} of futures from here on; {part} of the losses are put down to: "
        f"{_cause(case, outlook, name)}."
    )


def _cause(case: Case, outlook: Outlook, name: str) -> str:
    """Return a cause of loss in words."""
    titles = {mode.id: mode.title.lower() for mode in case.campaign.modes}
    if name == "expired":
        late = next(
            (gate for gate, days in outlook.summary.held_mean_d if gate in outlook.gates and days > 0), ""
        )
        gates = {gate.id: gate.title for gate in outlook.situation.basis.gates}
        return (
            f"the shelf life expires, mostly while waiting for: {gates[late]}"
            if late
            else "the shelf life expires"
        )
    if name == "abandoned":
        return "given up: no return before the spacecraft's endurance ends"
    return titles.get(name, name.replace(".", " "))


def _plots(case: Case, outlook: Outlook) -> tuple[Bars, ...]:
    rows = tuple(
        (_cause(case, outlook, name), round(100 * chance, 1))
        for name, chance in outlook.summary.lost_by
        if chance > 0
    )
    return (Bars("What the batch is lost to, of all futures", "percent", rows),) if rows else ()


def _mode_point(ranked: RankedMode) -> Point:
    mode, found = ranked.mode, ranked.importance
    birnbaum = "-"
    if found is not None and found.birnbaum is not None:
        told = beyond_noise(found.birnbaum, found.birnbaum_error or 0.0)
        birnbaum = f"{told:.2f}" if told else "0"
    return Point(
        found.worth if found else None,
        ranked.priority,
        (
            mode.title,
            mode.stage,
            percent(found.chance) if found else "past",
            birnbaum,
            str(ranked.priority),
            "; ".join(mode.guards) or "nothing",
            mode.leaves,
        ),
    )


def _other_point(case: Case, outlook: Outlook, ruled: RuledOut, saved: Floats) -> Point:
    """Return what is no failure mode: gates that open late, an activity that fails, time that runs out."""
    futures, basis = outlook.futures, outlook.situation.basis
    activity = next((a for a in basis.activities if a.id == ruled.id), None)
    gates = [gate for gate in basis.gates if activity is not None and gate.id in activity.gates]
    life = outlook.situation.shelf_life_d
    if ruled.kind == "gates":
        shut: Floats = sum((futures.held_d.get(gate.id, np.zeros(futures.n)) for gate in gates), np.zeros(1))
        title, share = " and ".join(gate.title for gate in gates) + " late", float(np.mean(shut > 0))
    elif ruled.kind == "failed" and activity is not None:
        title, share = f"{activity.title} fails", _share(futures.causes, futures.cause, f"{ruled.id}.failed")
    elif ruled.kind == "expired":
        title, share = "Shelf life runs out", chance_expired(futures, life)
    else:
        title, share = "Spacecraft's endurance runs out", _share(futures.causes, futures.cause, ruled.id)
    stage = activity.milepost if activity else "laboratory" if ruled.kind == "expired" else "return"
    error = float(saved.std() / np.sqrt(len(saved)))
    return Point(
        beyond_noise(float(saved.mean()), error), 0, (title, stage, percent(share), "-", "-", "-", "")
    )


def _share(causes: tuple[str, ...], cause: Ints, name: str) -> float:
    return float(np.mean(cause == causes.index(name)))


def _tables(case: Case, points: list[Point], lost: float) -> Iterator[Table]:
    """Yield the points, the one most worth ruling out first, then what guards each; the past comes last."""
    order = sorted(points, key=lambda p: (p.worth is None, -(p.worth or 0.0), -p.priority, p.cells[0]))
    rows, guarded = [], []
    for rank, point in enumerate(order, start=1):
        title, stage, share, birnbaum, priority, guards, leaves = point.cells
        spared = "-" if point.worth is None else percent(point.worth / lost) if point.worth else "0"
        saved = "-" if point.worth is None else _worth(case, point.worth)
        rows.append((str(rank), title, share, spared, saved, birnbaum, priority))
        guarded.append((title, stage, guards, leaves))
    yield Table(
        "Failure points, by what ruling each out would save",
        ("#", "failure point", "chance", "losses spared", "worth", "Birnbaum", "RPN"),
        tuple(rows),
    )
    yield Table(
        "What guards them, and what the guards leave",
        ("failure point", "stage", "guards", "what they leave"),
        tuple(guarded),
    )


def _worth(case: Case, worth: float) -> str:
    if not worth:
        return "0"
    return major(worth, case.campaign.venture.currency) if case.campaign.venture else f"{worth:.3f}"


def _losses(case: Case, outlook: Outlook) -> Iterator[Table]:
    rows = tuple(
        (_cause(case, outlook, name), percent(chance))
        for name, chance in outlook.summary.lost_by
        if chance > 0
    )
    if rows:
        yield Table("What the batch is lost to", ("cause", "of futures"), rows)


def _assumptions(case: Case, outlook: Outlook) -> Iterator[Assumption]:
    yield from forecast_grounds(case, outlook)
    yield Assumption(
        "what a point is worth is the value lost to it in the same futures, under the same chance; what "
        "points lose only jointly each of them counts, so the column does not add up; 0 is within two "
        "standard errors of nothing",
        "derived",
        "forecast.ruled_out, risk.importance",
    )
    if case.campaign.venture is not None:
        yield Assumption(
            "the batch is worth its stated value; a delay loses none of it here",
            "opinion",
            case.campaign.venture.note,
        )
