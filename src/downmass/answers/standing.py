"""Where the campaign stands for planning and forecast: what is done, what waits, what comes over the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from math import cos, radians

import numpy as np

from downmass.answers.case import Case
from downmass.answers.outcome import process_done
from downmass.base.instant import days_between
from downmass.disciplines.forecast.belief import SlipBelief, believe_as_of
from downmass.disciplines.forecast.gates import (
    GateOutlook,
    GateStanding,
    gate_outlook,
    quantile_in_time,
    quantile_of,
)
from downmass.disciplines.forecast.policy import Policy, abandon_after, land_first
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Done, Futures, Situation, first_of
from downmass.disciplines.forecast.spreads import planned_outlook
from downmass.disciplines.forecast.summary import Summary, summarise
from downmass.disciplines.orbit.elements import epoch_of
from downmass.disciplines.orbit.skill import pass_time_error_s
from downmass.disciplines.orbit.windows import find_passes
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, GateState
from downmass.facts.flight import ElementSet, Pass, Site
from downmass.facts.plan import Activity, Gate, GateKind, PlanBasis

EARTH_TURN_KM_S = 0.4651
"""Speed of the turning ground at the equator [km/s]: circumference 40,075 km in a sidereal day."""

HORIZON = timedelta(days=400)
"""How far ahead return opportunities are searched."""

ENOUGH_SLIPS = 4
"""From this many known past slips on, they are the distribution; below, the plan's own spread is."""


PLANE_CORRIDOR_KM = Decimal(1300)
"""Corridor half-width of the plane check [km]: half the spacing of neighbouring tracks at the equator."""

PLANE_SPAN = timedelta(days=5)

PERMISSIONS: frozenset[GateKind] = frozenset({"licence", "waiver", "range"})
"""Gates that authorities open, each looking at what the others do; weather looks at nobody."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """The forecast of a case with all it was computed from."""

    situation: Situation
    policy: Policy
    futures: Futures
    summary: Summary
    gates: Mapping[str, GateOutlook]
    beliefs: Mapping[str, SlipBelief]
    passes: tuple[Pass, ...]
    elements: ElementSet | None


@lru_cache(maxsize=32)
def outlook_of(case: Case) -> Outlook | None:
    """Return the forecast of a case, or none where no plan basis is stated."""
    basis = case.campaign.basis
    if basis is None:
        return None
    beliefs = {}
    for kind in ("launch", "return"):
        belief = believe_as_of(case.knowledge.slips, kind, case.as_of, own_names(case))
        if belief.known >= ENOUGH_SLIPS:
            beliefs[kind] = belief
    elements = latest_elements(case.campaign)
    passes = passes_of(case, elements)
    gates = _gate_outlooks(case, basis)
    situation = _situation(case, basis, gates, beliefs, passes)
    policy = policy_of(situation)
    futures = simulate(situation, case.samples, case.seed, policy)
    return Outlook(
        situation, policy, futures, summarise(futures, basis.due), gates, beliefs, passes, elements
    )


def policy_of(situation: Situation) -> Policy:
    """Return what is done at return opportunities: land at the first, give up when endurance has run out.

    The endurance is a greatest lag of the plan from the launch to the start of the return.
    """
    launch = first_of(situation.basis.activities, "launch")
    returning = first_of(situation.basis.activities, "return")
    for activity in situation.basis.activities:
        for lag in activity.lags:
            if activity.id == returning and lag.after == launch and lag.most_d is not None:
                flown = situation.done.get(lag.after)
                ended = flown.ended if flown and flown.ended else situation.basis.launch_planned
                return abandon_after(situation.day(ended) + float(lag.most_d))
    return land_first


def own_names(case: Case) -> tuple[str, ...]:
    """Return the subjects of past slips that are this campaign itself: they are left out."""
    plain = _plain(case.campaign.id)
    return tuple(sorted({row.subject for row in case.knowledge.slips if _plain(row.subject) == plain}))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def latest_elements(campaign: Campaign) -> ElementSet | None:
    """Return the last element set received, or none."""
    received = campaign.last(ev.ElementsReceived)
    return received.body.elements if received else None


def passes_of(case: Case, elements: ElementSet | None) -> tuple[Pass, ...]:
    """Return the passes over the designated sites from now on, as far ahead as their track can be told.

    A pass that comes late by some minutes crosses the site's latitude that much further west; beyond
    the corridor's half-width nobody can say which revolution passes over the site.
    """
    if elements is None or case.campaign.last(ev.Landed) is not None:
        return ()
    epoch = epoch_of(elements)
    sites = {site.id: site for site in case.campaign.sites}
    found = find_passes(elements, case.campaign.sites, case.as_of, case.as_of + HORIZON)
    return tuple(p for p in found if _track_known(sites[p.site], abs(days_between(epoch, p.at))))


def _track_known(site: Site, lead_days: float) -> bool:
    drift_km = pass_time_error_s(lead_days) * EARTH_TURN_KM_S * cos(radians(float(site.latitude_deg)))
    return drift_km <= float(site.corridor_km)


def plane_check(case: Case, landed: datetime, elements: ElementSet) -> tuple[Pass, ...]:
    """Return the passes within a wide corridor of the landing site in the days around the landing.

    Months after its epoch an element set still tells when the orbit's plane crosses the site, though
    not where along the plane the spacecraft then is.
    """
    sites = [replace(site, corridor_km=PLANE_CORRIDOR_KM) for site in case.campaign.sites]
    return find_passes(elements, sites, landed - PLANE_SPAN, landed + PLANE_SPAN)


def plane_crossing(passes: Sequence[Pass], landed: datetime) -> datetime | None:
    """Return when the orbit's plane crossed the site, of all crossings the nearest to the landing.

    Between two neighbouring passes of one heading, on either side of the site, the moment at which the
    track would have gone through it.
    """
    found = []
    for heading in ("ascending", "descending"):
        ones = [p for p in passes if p.heading == heading]
        for one, other in pairwise(ones):
            near = other.at - one.at < timedelta(hours=3)
            if near and one.site == other.site and (one.cross_track_km > 0) != (other.cross_track_km > 0):
                share = one.cross_track_km / (one.cross_track_km - other.cross_track_km)
                found.append(one.at + share * (other.at - one.at))
    return min(found, key=lambda at: abs(at - landed), default=None)


def _gate_outlooks(case: Case, basis: PlanBasis) -> dict[str, GateOutlook]:
    """Return when each gate may open; the permissions one activity still waits for share one chance.

    They do so before a refusal as after it. Were they independent until they are refused together,
    the refusal alone would make the later of them come sooner.
    """
    found = {gate.id: _gate_outlook(case, gate) for gate in basis.gates}
    for activity in basis.activities:
        waiting = [gate for gate in basis.gates if gate.id in activity.gates and _awaited(case, gate)]
        if len(waiting) > 1:
            for gate in waiting:
                found[gate.id] = replace(found[gate.id], chance=f"permissions of {activity.id}")
    return found


def _awaited(case: Case, gate: Gate) -> bool:
    standing = gate_standing(case.campaign.gates.get(gate.id))
    return gate.kind in PERMISSIONS and (standing is None or standing.status != "granted")


def _gate_outlook(case: Case, gate: Gate) -> GateOutlook:
    standing = gate_standing(case.campaign.gates.get(gate.id))
    if not gate.reference:
        return planned_outlook(gate, standing)
    return gate_outlook(gate.kind, gate.planned, standing, case.knowledge.slips, case.as_of, own_names(case))


def gate_standing(state: GateState | None) -> GateStanding | None:
    """Return where a gate stands; one refused and asked for again counts from the refusal."""
    if state is None:
        return None
    decided = [event for event in state.history if isinstance(event.body, ev.GateDecided)]
    if decided:
        return GateStanding(decided[-1].body.decision, decided[-1].occurred_at)
    return GateStanding("waiting", state.history[-1].occurred_at)


def _situation(
    case: Case,
    basis: PlanBasis,
    gates: Mapping[str, GateOutlook],
    beliefs: Mapping[str, SlipBelief],
    passes: tuple[Pass, ...],
) -> Situation:
    campaign = case.campaign
    standings = {gate.id: gate_standing(campaign.gates.get(gate.id)) for gate in basis.gates}
    starts = [start for start, _ in return_starts(basis, passes)]
    storage = campaign.recipe.storage if campaign.recipe else None
    lost = campaign.last(ev.Lost)
    return Situation(
        basis=basis,
        as_of=case.as_of,
        epoch=basis.launch_planned,
        modes=campaign.modes,
        done=done_activities(campaign),
        gates={gate: standing for gate, standing in standings.items() if standing is not None},
        outlooks=gates,
        planned={p.activity: p.when.opens for p in campaign.plan.placements} if campaign.plan else {},
        launch_slip=quantile_in_time(beliefs["launch"]) if "launch" in beliefs else None,
        return_slip=quantile_of(beliefs["return"]) if "return" in beliefs else None,
        return_opportunities_d=np.array([days_between(basis.launch_planned, start) for start in starts]),
        shelf_life_d=float(storage.shelf_life_d) if storage else None,
        lost=lost.body.stage if lost else "",
    )


def return_starts(basis: PlanBasis, passes: tuple[Pass, ...]) -> list[tuple[datetime, Pass]]:
    """Return when the return would have to start for each pass: its most likely length before it."""
    returning = next((a for a in basis.activities if a.milepost == "return"), None)
    length = timedelta(days=float(returning.duration_d.mode)) if returning else timedelta()
    return [(p.at - length, p) for p in passes]


def done_activities(campaign: Campaign) -> dict[str, Done]:
    """Return what the record shows of each activity: begun and, where it is so, ended.

    Process activities are the phases of the recipe with the same id. An activity no entry speaks of
    is done when one that follows it has begun.
    """
    if campaign.basis is None:
        return {}
    found: dict[str, Done] = {}
    for activity in campaign.basis.activities:
        span = _from_record(campaign, activity)
        if span is not None:
            found[activity.id] = span
    for activity in reversed(campaign.basis.activities):
        if activity.id in found:
            continue
        after = [
            found[other.id].started
            for other in campaign.basis.activities
            if other.id in found and any(lag.after == activity.id for lag in other.lags)
        ]
        if after:
            before = [found[lag.after].ended for lag in activity.lags if lag.after in found]
            begun = max((end for end in before if end is not None), default=min(after))
            found[activity.id] = Done(min(begun, min(after)), min(after))
    return found


def _from_record(campaign: Campaign, activity: Activity) -> Done | None:
    if activity.milepost == "launch":
        launched = campaign.last(ev.Launched)
        return Done(launched.occurred_at, launched.occurred_at) if launched else None
    if activity.milepost == "process":
        return _phase(campaign, activity.id)
    landed = campaign.last(ev.Landed)
    if activity.milepost == "return":
        burns = [
            b.occurred_at for b in campaign.all(ev.BurnPerformed) if b.body.purpose in ("staging", "deorbit")
        ]
        if landed:
            return Done(min([*burns, landed.occurred_at]), landed.occurred_at)
        return Done(min(burns)) if burns else None
    if activity.milepost == "recovery":
        recovered = campaign.last(ev.Recovered)
        return Done(landed.occurred_at, recovered.occurred_at) if recovered and landed else None
    if activity.milepost == "laboratory":
        return _laboratory(campaign)
    if activity.milepost == "release":
        return _release(campaign)
    return None


def _phase(campaign: Campaign, phase: str) -> Done | None:
    moves = [event for event in campaign.all(ev.PhaseMoved) if event.body.phase == phase]
    if not moves:
        return None
    running = [event.occurred_at for event in moves if event.body.state == "execute"]
    complete = [event.occurred_at for event in moves if event.body.state == "complete"]
    if complete:
        earlier = [e.occurred_at for e in campaign.all(ev.PhaseMoved) if e.occurred_at < complete[-1]]
        return Done(running[0] if running else max(earlier, default=complete[-1]), complete[-1])
    return Done(running[0]) if running else None


def _laboratory(campaign: Campaign) -> Done | None:
    samples = campaign.all(ev.SampleTaken)
    if not samples or campaign.recipe is None:
        return None
    results = campaign.all(ev.ResultReported)
    missing = {a.id for a in campaign.recipe.specification} - {r.body.attribute for r in results}
    return Done(samples[0].occurred_at, None if missing else results[-1].occurred_at)


def _release(campaign: Campaign) -> Done | None:
    decided = [e for e in campaign.all(ev.DispositionDecided) if e.body.decision in ("released", "rejected")]
    reviews = campaign.all(ev.RecordReviewed)
    if decided:
        started = min([*(review.occurred_at for review in reviews), decided[-1].occurred_at])
        return Done(started, decided[-1].occurred_at)
    return Done(reviews[0].occurred_at) if reviews else None


def made_at(campaign: Campaign) -> datetime | None:
    """Return when the product was made: the end of the last phase of the recipe."""
    done = process_done(campaign)
    return done.occurred_at if done else None
