"""The planning problem in whole steps of time: tasks, time lags, capacities, and no solver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from downmass.base.errors import InputError
from downmass.base.instant import Window, in_utc

Span = tuple[int, int]
"""Half-open run of steps ``[from, to)``."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps of equal length in time.

    Attributes
    ----------
    origin
        The instant of step 0.
    step_s
        Length of a step [s].
    """

    origin: datetime
    step_s: int

    def __post_init__(self) -> None:
        if self.step_s <= 0:
            raise InputError(f"a step of {self.step_s} s has no length", "give a positive whole number")
        in_utc(self.origin)

    def instant(self, step: int) -> datetime:
        """Return the instant at which a step begins."""
        return self.origin + timedelta(seconds=step * self.step_s)

    def down(self, instant: datetime) -> int:
        """Return the step an instant lies in."""
        return (in_utc(instant) - self.origin) // timedelta(seconds=self.step_s)

    def up(self, instant: datetime) -> int:
        """Return the first step that begins no earlier than an instant."""
        return -((self.origin - in_utc(instant)) // timedelta(seconds=self.step_s))

    def past_s(self, instant: datetime) -> Decimal:
        """Return how long before an instant its step began [s]."""
        past = (in_utc(instant) - self.origin) % timedelta(seconds=self.step_s)
        return Decimal(past // timedelta(microseconds=1)) / 1_000_000


@dataclass(frozen=True, slots=True)
class NotBefore:
    """A named earliest start: a gate that opens, a planned launch, the present moment."""

    name: str
    step: int


@dataclass(frozen=True, slots=True)
class StartWindows:
    """The only steps a task may start at.

    Attributes
    ----------
    name
        What a person calls them, such as "return opportunities".
    spans
        Sorted, disjoint half-open spans of steps; none at all forbids every start.
    exact
        The windows the spans were rounded from; a schedule starts inside them to the second.
    """

    name: str
    spans: tuple[Span, ...]
    exact: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        reached = None
        for opens, closes in self.spans:
            if closes <= opens or (reached is not None and opens <= reached):
                raise InputError(
                    f"the start windows {self.name!r} are empty, unsorted or overlap at step {opens}",
                    "join them with problem.merge before handing them in",
                )
            reached = closes


@dataclass(frozen=True, slots=True)
class Demand:
    """An amount of a resource that a task holds from its start to its end."""

    resource: str
    amount: int


@dataclass(frozen=True, slots=True)
class Task:
    """Something of fixed duration to be placed in time.

    Attributes
    ----------
    duration
        Length [steps].
    fixed
        Start step of a task that has happened or has begun; history is not judged again.
    due, weight
        End step after which each step of lateness costs ``weight``.
    deadline
        End step that must be kept.
    move_weight
        What it costs to move this task from a previous plan, against 1 for an ordinary one.
    duration_s
        Exact length [s] where ``duration`` was rounded up.
    recorded, ended
        When a fixed task happened, exactly, and whether it is over.
    """

    id: str
    title: str
    duration: int
    not_before: tuple[NotBefore, ...] = ()
    starts: StartWindows | None = None
    fixed: int | None = None
    due: int | None = None
    weight: int = 1
    deadline: int | None = None
    demands: tuple[Demand, ...] = ()
    move_weight: int = 1
    duration_s: int | None = None
    recorded: Window | None = None
    ended: bool = False

    def __post_init__(self) -> None:
        if self.duration < 0 or self.weight < 0 or self.move_weight < 0:
            raise InputError(
                f"task {self.id} has a negative duration or weight", "give zero or more whole steps"
            )
        if any(demand.amount <= 0 for demand in self.demands):
            raise InputError(f"task {self.id} demands nothing of a resource", "leave such a demand out")


@dataclass(frozen=True, slots=True)
class TimeLag:
    """``least <= start of after - end of before <= most`` [steps]; ``most`` is a clock that runs out."""

    before: str
    after: str
    name: str
    least: int | None = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of a resource there is at every step, in the integer unit of the demands."""

    resource: str
    title: str
    amount: int
    per_unit: int = 1
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Tasks to place between ``origin`` and the horizon.

    Attributes
    ----------
    step_s
        Length of a step [s].
    origin
        The instant of step 0.
    horizon
        Step by which every task that has not happened must end.
    """

    step_s: int
    origin: datetime
    horizon: int
    tasks: tuple[Task, ...]
    lags: tuple[TimeLag, ...] = ()
    capacities: tuple[Capacity, ...] = ()

    def __post_init__(self) -> None:
        if self.horizon < 0:
            raise InputError(f"the horizon {self.horizon} lies before the origin", "end the plan later")
        Grid(self.origin, self.step_s)
        known = {task.id for task in self.tasks}
        if len(known) != len(self.tasks):
            raise InputError("two tasks share one id", "give each task its own id")
        for lag in self.lags:
            if lag.before not in known or lag.after not in known or lag.before == lag.after:
                raise InputError(
                    f"the lag {lag.name!r} joins {lag.before} and {lag.after}",
                    "name two different tasks of this problem",
                )
        resources = {capacity.resource for capacity in self.capacities}
        if len(resources) != len(self.capacities):
            raise InputError("two capacities share one resource", "state each resource once")
        for task in self.tasks:
            for demand in task.demands:
                if demand.resource not in resources:
                    raise InputError(
                        f"task {task.id} demands {demand.resource!r}, which has no capacity",
                        "state its capacity",
                    )

    @property
    def grid(self) -> Grid:
        """The steps of this problem in time."""
        return Grid(self.origin, self.step_s)


def binds(problem: Problem) -> tuple[TimeLag, ...]:
    """Return the lags that still bind: those into a task that has not begun."""
    begun = {task.id for task in problem.tasks if task.fixed is not None}
    return tuple(lag for lag in problem.lags if lag.after not in begun)


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the union of half-open spans, sorted and disjoint.

    Examples
    --------
    >>> merge([(5, 7), (0, 2), (1, 3), (7, 8)])
    ((0, 3), (5, 8))
    """
    joined: list[Span] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        elif closes > opens:
            joined.append((opens, closes))
    return tuple(joined)


def fitting(spans: Iterable[Span], duration: int) -> tuple[Span, ...]:
    """Return the start spans of a task that must both start and end inside one span.

    Parameters
    ----------
    spans
        Working hours, passes, quiet windows [steps].
    duration
        Length of the task [steps].

    Notes
    -----
    A windowed task of fixed duration is a start domain with holes; one optional literal per window
    says the same and does not solve (5 campaigns: no solution against 1.9 CPU-s).

    Examples
    --------
    >>> fitting([(0, 4), (10, 11)], 3)
    ((0, 2),)
    """
    return merge(
        (opens, closes - duration + 1) for opens, closes in merge(spans) if closes - opens >= duration
    )


def in_words(problem: Problem, steps: int) -> str:
    """Write a length of time in the largest of d, h, min, s that keeps it readable.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> in_words(Problem(60, datetime(2023, 6, 12, tzinfo=UTC), 9, ()), 1620)
    '27 h'
    """
    length_s = steps * problem.step_s
    for size_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(length_s) >= 2 * size_s:
            return f"{round(length_s / size_s, 2):g} {unit}"
    return f"{length_s} s"
