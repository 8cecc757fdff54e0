"""Where are the failure points, ranked, and what guards them?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from downmass.answers.answer import Answer, Bars, Evidence, Table, Value
from downmass.answers.case import Case
from downmass.answers.standing import Outlook, outlook_of
from downmass.answers.telling import chance, entry, finished, major, percent, stated, without_basis
from downmass.disciplines.forecast.belief import Floats
from downmass.disciplines.risk.fmea import RankedMode, find_gaps, rank_modes
from downmass.facts import event as ev
from downmass.facts.quantity import Assumption


def failures(case: Case) -> Answer:
    """Answer with the failure modes in order of what they take away in the forecast."""
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
    ranked = rank_modes(case.campaign.modes, futures.occurred, futures.lost, lost_value)
    live = [mode for mode in ranked if mode.importance is not None and mode.importance.chance > 0]
    return finished(
        case,
        "failures",
        _headline(case, outlook),
        values=(
            chance("chance that the batch is lost from here on", outlook.summary.chance_lost),
            Value("failure modes that can still strike", "1", exact=str(len(live))),
        ),
        tables=(_table(case, ranked), *_losses(case, outlook)),
        findings=find_gaps(case.campaign.modes),
        evidence=[
            *(entry(case, e, e.type) for e in case.campaign.all(ev.FailureModesListed)),
            Evidence("model", "forecast.simulate", f"{case.samples} futures, seed {case.seed}"),
            Evidence(
                "norm", "IEC 60812", "failure modes and effects analysis; ranked by lost value, not by RPN"
            ),
        ],
        assumptions=_assumptions(case),
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


def _table(case: Case, ranked: tuple[RankedMode, ...]) -> Table:
    rows = []
    for mode in ranked:
        found = mode.importance
        saved = "-"
        if found is not None:
            saved = (
                major(found.value_saved, case.campaign.venture.currency)
                if case.campaign.venture
                else f"{found.value_saved:.3f}"
            )
        rows.append(
            (
                str(mode.rank),
                mode.mode.title,
                mode.mode.stage,
                percent(found.chance) if found else "past",
                percent(found.fussell_vesely) if found else "-",
                f"{found.birnbaum:.2f}" if found and found.birnbaum is not None else "-",
                saved,
                str(mode.priority),
                "; ".join(mode.mode.guards) or "nothing",
                mode.mode.leaves,
            )
        )
    return Table(
        "Failure points, by contribution to lost value",
        (
            "#",
            "mode",
            "stage",
            "chance",
            "in losses",
            "Birnbaum",
            "worth ruling out",
            "RPN",
            "guards",
            "what they leave",
        ),
        tuple(rows),
    )


def _losses(case: Case, outlook: Outlook) -> Iterator[Table]:
    rows = tuple(
        (_cause(case, outlook, name), percent(chance))
        for name, chance in outlook.summary.lost_by
        if chance > 0
    )
    if rows:
        yield Table("What the batch is lost to", ("cause", "of futures"), rows)


def _assumptions(case: Case) -> Iterator[Assumption]:
    for mode in case.campaign.modes:
        yield stated(f"{mode.title}, chance [percent]", mode.chance_percent)
    if case.campaign.venture is not None:
        yield Assumption(
            "the batch is worth its stated value; a delay loses none of it here",
            "opinion",
            case.campaign.venture.note,
        )
