"""What the forecast leans on, for every answer that shows a number from it."""

from __future__ import annotations

from collections.abc import Iterator

from downmass.answers.case import Case
from downmass.answers.standing import Outlook
from downmass.answers.telling import stated
from downmass.disciplines.forecast.belief import PRIOR_BASIS
from downmass.disciplines.forecast.gates import REFUSED_BASIS
from downmass.facts import event as ev
from downmass.facts.plan import Milepost
from downmass.facts.quantity import Assumption
from downmass.facts.venture import Stage

PAST: dict[Stage, Milepost] = {
    "launch": "launch",
    "process": "process",
    "orbit": "return",
    "return": "return",
    "recovery": "recovery",
    "laboratory": "laboratory",
}
"""Stage of a failure mode -> the part of the plan after whose end it can strike no more."""


def forecast_grounds(case: Case, outlook: Outlook) -> Iterator[Assumption]:
    """Yield the assumptions of the forecast that still matter: nothing about what has happened."""
    basis, done = outlook.situation.basis, outlook.situation.done
    over = {name for name, span in done.items() if span.ended is not None}
    if all(activity.id in over for activity in basis.activities):
        return
    for activity in basis.activities:
        if activity.id not in over:
            yield stated(f"{activity.title} [d]", activity.duration_d)
            for lag in activity.lags:
                if lag.most_d is not None:
                    yield Assumption(
                        f"{lag.name}: at most {lag.most_d} d", lag.basis, lag.source or "the plan"
                    )
    yield from _gates(outlook)
    yield from _modes(case, over, outlook)
    if case.campaign.recipe is not None and case.campaign.last(ev.ResultReported) is None:
        storage = case.campaign.recipe.storage
        yield Assumption(f"shelf life {storage.shelf_life_d} d", storage.basis, storage.source)
    if not outlook.passes and case.campaign.last(ev.Landed) is None:
        yield stated("days between return opportunities", basis.return_spacing_d)
    for note in outlook.futures.notes:
        yield Assumption(note, "derived", "forecast.simulate")


def _gates(outlook: Outlook) -> Iterator[Assumption]:
    """Yield how gates and slips not yet past were taken, each class with the weakest of its rows."""
    leaning = False
    for gate in outlook.situation.basis.gates:
        standing = outlook.situation.gates.get(gate.id)
        if gate.id not in outlook.futures.opened or (standing and standing.status == "granted"):
            continue
        told = outlook.gates.get(gate.id)
        learned = told.belief if told else None
        leaning = leaning or learned is not None
        if learned is None:
            yield stated(f"{gate.title}, delay [d]", gate.delay_d)
        for note in told.notes if told else ():
            basis = learned.basis if learned else gate.delay_d.basis
            yield Assumption(f"{gate.title}: {note}", basis, "reference_slips of the catalogue")
        if told and told.chance:
            text = f"{gate.title} is early or late together with the other gates of the same return"
            yield Assumption(text, "opinion", "decision 8")
        refused = standing is not None and standing.status in ("refused", "withdrawn")
        if refused and (learned is None or learned.kind == "licence_refused"):
            yield REFUSED_BASIS
    for kind, belief in outlook.beliefs.items():
        if kind == "launch" and "launch_slip" not in outlook.futures.held_d:
            continue
        if kind == "return" and "return_slip" not in outlook.futures.held_d:
            continue
        leaning = True
        for note in belief.notes:
            yield Assumption(f"{kind} slip: {note}", belief.basis, "reference_slips of the catalogue")
    if leaning:
        yield PRIOR_BASIS


def _modes(case: Case, over: set[str], outlook: Outlook) -> Iterator[Assumption]:
    mileposts = {
        activity.milepost for activity in outlook.situation.basis.activities if activity.id not in over
    }
    for mode in case.campaign.modes:
        if PAST[mode.stage] in mileposts:
            yield stated(f"{mode.title}, chance [percent]", mode.chance_percent)
