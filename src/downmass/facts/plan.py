"""What a plan is made from, and the plan itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.quantity import (
    LONGEST_D,
    Basis,
    Date,
    Days,
    Positive,
    PositiveDays,
    Span,
    Spread,
    refuse_outside,
)

Milepost = Literal["launch", "process", "return", "recovery", "laboratory", "release", "other"]
"""Which part of a campaign's life an activity is; the record's events are matched by it."""

GateKind = Literal["licence", "range", "waiver", "weather"]


@fact
class Lag:
    """A precedence: start at least ``least_d`` and at most ``most_d`` after the end of another activity.

    A ``most_d`` is a shelf life, an endurance, a cold-chain or a late-load limit; ``name`` is what a
    person is told when it cannot be kept, ``basis`` and ``source`` say where the limit comes from.
    """

    after: Slug
    name: str
    least_d: Days = Decimal(0)
    most_d: PositiveDays | None = None
    basis: Basis = "opinion"
    source: str = ""


@fact
class Need:
    """A demand of an activity on a resource, in the resource's own unit."""

    resource: Slug
    amount: Positive


@fact
class Resource:
    """Something shared and limited: a furnace, power, crew minutes, operator attention, seats."""

    id: Slug
    title: str
    unit: str
    capacity: Positive


@fact
class Activity:
    """Something that takes time in a campaign's plan.

    Attributes
    ----------
    opportunities
        ``launch`` or ``return`` where the activity may start only at such an opportunity.
    success_percent
        Chance that it succeeds once started [percent], with its class and source.
    """

    id: Slug
    title: str
    milepost: Milepost
    duration_d: Spread
    lags: tuple[Lag, ...] = ()
    needs: tuple[Need, ...] = ()
    gates: tuple[Slug, ...] = ()
    opportunities: Literal["", "launch", "return"] = ""
    success_percent: Spread | None = None

    def __post_init__(self) -> None:
        refuse_outside(f"duration_d of {self.id}", self.duration_d, 0, LONGEST_D)
        if self.success_percent is not None:
            refuse_outside(f"success_percent of {self.id}", self.success_percent, 0, 100)


@fact
class Gate:
    """A permission or condition outside the team's hands that must be open before an activity starts.

    Attributes
    ----------
    delay_d
        Days from the date the gate was planned to open until it does; past values are other
        campaigns' gates, never this one's.
    reference
        Name of the reference class in the catalogue the past values come from.
    """

    id: Slug
    title: str
    kind: GateKind
    authority: Slug
    planned: Date
    delay_d: Spread
    reference: str = ""

    def __post_init__(self) -> None:
        refuse_outside(f"delay_d of {self.id}", self.delay_d, -LONGEST_D, LONGEST_D)


@fact
class PlanBasis:
    """Everything a plan and its futures are computed from.

    Attributes
    ----------
    launch_planned
        The first launch date the plan counts on.
    launch_slip_d, return_slip_d
        Slips of launch and of return for causes other than the gates [d]; may be negative.
    return_spacing_d
        Days between return opportunities the operator would use, where no element set is known [d].
    due
        The date by which the customer wants the released batch.
    """

    activities: tuple[Activity, ...]
    gates: tuple[Gate, ...]
    resources: tuple[Resource, ...]
    sites: tuple[Slug, ...]
    launch_planned: Date
    return_planned: Date
    launch_slip_d: Spread
    return_slip_d: Spread
    return_spacing_d: Spread
    due: Date

    def __post_init__(self) -> None:
        known = {activity.id for activity in self.activities}
        if len(known) != len(self.activities):
            raise InputError("two activities share one id", "give each activity its own id")
        gates = {gate.id for gate in self.gates}
        resources = {resource.id for resource in self.resources}
        for activity in self.activities:
            for lag in activity.lags:
                if lag.after not in known:
                    raise InputError(
                        f"activity {activity.id} follows {lag.after!r}, which is not in the plan",
                        f"use one of {', '.join(sorted(known))}",
                    )
            for gate in activity.gates:
                if gate not in gates:
                    raise InputError(
                        f"activity {activity.id} waits for gate {gate!r}, which is not in the plan",
                        f"use one of {', '.join(sorted(gates)) or '(none declared)'}",
                    )
            for need in activity.needs:
                if need.resource not in resources:
                    raise InputError(
                        f"activity {activity.id} needs {need.resource!r}, which is not in the plan",
                        f"use one of {', '.join(sorted(resources)) or '(none declared)'}",
                    )
        _refuse_circle(self.activities)
        if self.return_spacing_d.low <= 0:
            raise InputError(f"return_spacing_d of {self.return_spacing_d.low}", "give more than 0 days")
        refuse_outside("return_spacing_d", self.return_spacing_d, 0, LONGEST_D)
        refuse_outside("launch_slip_d", self.launch_slip_d, -LONGEST_D, LONGEST_D)
        refuse_outside("return_slip_d", self.return_slip_d, -LONGEST_D, LONGEST_D)


def _refuse_circle(activities: tuple[Activity, ...]) -> None:
    """Refuse activities that, by their lags, would each have to follow themselves."""
    waiting = {activity.id: {lag.after for lag in activity.lags} for activity in activities}
    while waiting:
        free = {id for id, after in waiting.items() if not after & set(waiting)}
        if not free:
            raise InputError(
                f"activities {', '.join(sorted(waiting))} can never begin: what they follow runs in a circle",
                "take out one `after`",
            )
        waiting = {id: after for id, after in waiting.items() if id not in free}


@fact
class Placement:
    """When one activity is planned, or was carried out."""

    activity: Slug
    when: Span
    done: bool = False


@fact
class Schedule:
    """A plan: one placement for each activity."""

    placements: tuple[Placement, ...]
    made_at: Date
    made_by: str
