"""The same campaign with one thing that can go wrong ruled out, to be simulated under the same chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from downmass.disciplines.forecast.gates import GateStanding
from downmass.disciplines.forecast.policy import Policy, land_first
from downmass.disciplines.forecast.simulate import simulate
from downmass.disciplines.forecast.situation import Bools, Futures, Situation
from downmass.facts.plan import Activity


@dataclass(frozen=True, slots=True, eq=False)
class RuledOut:
    """A situation in which one thing cannot go wrong.

    Attributes
    ----------
    kind, id
        ``mode``: a failure mode; ``gates``: the gates of an activity, open on their planned day or at
        the moment of the forecast; ``failed``: an activity that succeeds at once; ``expired`` and
        ``abandoned``: a product that keeps, a spacecraft that endures.
    """

    kind: Literal["mode", "gates", "failed", "expired", "abandoned"]
    id: str
    situation: Situation
    policy: Policy


def each_ruled_out(situation: Situation, futures: Futures, policy: Policy) -> Iterator[RuledOut]:
    """Yield the situation with each thing ruled out that can still go wrong in some future.

    Notes
    -----
    Gates of one activity are ruled out together: while one stays shut, opening another saves nothing.
    What two things bring about only jointly is saved by ruling out either, so savings do not add up.
    """
    for mode in situation.modes:
        if mode.id in futures.occurred:
            rest = tuple(other for other in situation.modes if other.id != mode.id)
            yield RuledOut("mode", mode.id, replace(situation, modes=rest), policy)
    for activity in situation.basis.activities:
        if any(np.any(futures.held_d.get(gate, np.zeros(1)) > 0) for gate in activity.gates):
            yield RuledOut("gates", activity.id, _open(situation, activity), policy)
        if _brings_losses(futures, f"{activity.id}.failed"):
            yield RuledOut("failed", activity.id, _sure(situation, activity), policy)
    if _brings_losses(futures, "expired"):
        yield RuledOut("expired", "expired", replace(situation, shelf_life_d=None), policy)
    if _brings_losses(futures, "abandoned"):
        yield RuledOut("abandoned", "abandoned", situation, land_first)


def lost_without(ruled: RuledOut, n: int, seed: int) -> Bools:
    """Return whether the batch is lost in each of the same futures with the thing ruled out."""
    return simulate(ruled.situation, n, seed, ruled.policy).lost


def _brings_losses(futures: Futures, cause: str) -> bool:
    return cause in futures.causes and bool(np.any(futures.cause == futures.causes.index(cause)))


def _open(situation: Situation, activity: Activity) -> Situation:
    standings = dict(situation.gates)
    for gate in situation.basis.gates:
        standing = standings.get(gate.id)
        if gate.id in activity.gates and (standing is None or standing.status != "granted"):
            standings[gate.id] = GateStanding("granted", max(situation.as_of, gate.planned))
    return replace(situation, gates=standings)


def _sure(situation: Situation, activity: Activity) -> Situation:
    activities = tuple(
        replace(other, success_percent=None) if other.id == activity.id else other
        for other in situation.basis.activities
    )
    return replace(situation, basis=replace(situation.basis, activities=activities))
