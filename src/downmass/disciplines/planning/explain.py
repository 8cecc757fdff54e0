"""Why there is no plan: the fewest named constraints that forbid one, and how far each must give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from downmass.base.instant import format_instant
from downmass.disciplines.planning.model import Kind, Model, Rule, Search, rules
from downmass.disciplines.planning.problem import Problem, Task, TimeLag, in_words


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the constraints that cannot all be kept.

    Attributes
    ----------
    name
        What people call it: "shelf life", "licence", "return opportunities".
    text
        The constraint in one clause.
    tasks
        Ids of the tasks it binds.
    """

    kind: Kind
    name: str
    text: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change of one constraint, all others kept, after which a plan exists.

    Attributes
    ----------
    amount
        Steps, or units of the capacity, by which it must give; for start windows, the first step at
        which a further opportunity would do.
    proven
        Whether nothing smaller suffices.
    """

    kind: Kind
    name: str
    amount: int
    text: str
    proven: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Constraints of which each one is needed to forbid a plan, and the ways out.

    Attributes
    ----------
    minimal
        Whether leaving out any one reason was shown to leave the others keepable.
    verified
        Whether a second configuration of the solver agrees that they cannot all be kept.
    """

    reasons: tuple[Reason, ...]
    relaxations: tuple[Relaxation, ...]
    minimal: bool
    verified: bool

    @property
    def message(self) -> str:
        """What cannot be kept together, in one sentence."""
        limits = [reason.text for reason in self.reasons if reason.kind != "order"]
        order = [reason.text for reason in self.reasons if reason.kind == "order"]
        text = "no plan keeps all of these: " + "; ".join(limits or order)
        return text + (f" (given that {', '.join(order)})" if limits and order else "")

    @property
    def remedy(self) -> str:
        """The ways out, one of which is enough."""
        if not self.relaxations:
            return "loosen two or more of these together; none alone is enough"
        return "one of these is enough: " + "; ".join(item.text for item in self.relaxations)


def explain(problem: Problem, *, effort_s: float = 10.0, seed: int = 1) -> Explanation | None:
    """Name a minimal set of constraints that forbids every plan, and the smallest way out of each.

    Parameters
    ----------
    effort_s
        Deterministic time for each single question put to the solver [s].

    Returns
    -------
    None where a plan exists, or where it was not proven that there is none.

    Notes
    -----
    An unsatisfiable core (one worker, no presolve) is shrunk by deletion: each rule is left out in turn
    and stays out if the rest still forbids a plan. The result is proven again with presolve. There may
    be other minimal sets; a way out listed here was shown to open a plan against all of them.
    """
    plain = Search(presolve=False, portfolio=False, effort_s=effort_s, seed=seed)
    presolved = Search(presolve=True, portfolio=False, effort_s=effort_s, seed=seed)
    everything = rules(problem)
    core = Model(problem, assume=True).core(plain)
    if core is None:
        return None
    if not _forbids(problem, core, everything, plain):
        core = everything
    kept, minimal = _shrink(problem, core, everything, plain)
    if not _forbids(problem, kept, everything, presolved):
        if not _forbids(problem, everything, everything, presolved):
            return None
        return Explanation(_reasons(problem, kept), (), False, False)
    relaxations = tuple(
        found for rule in kept if (found := _relaxation(problem, rule, presolved)) is not None
    )
    return Explanation(_reasons(problem, kept), relaxations, minimal, True)


def _forbids(problem: Problem, kept: Collection[Rule], everything: Collection[Rule], search: Search) -> bool:
    return Model(problem, without=set(everything) - set(kept)).run(search).status == "infeasible"


def _shrink(
    problem: Problem, core: tuple[Rule, ...], everything: tuple[Rule, ...], search: Search
) -> tuple[tuple[Rule, ...], bool]:
    """Delete rules one by one, those a person can least do anything about first."""
    first_out: tuple[Kind, ...] = (
        "horizon", "capacity", "order", "not_before", "starts", "deadline", "most",
    )  # fmt: skip
    kept = list(core)
    minimal = True
    for rule in sorted(core, key=lambda rule: first_out.index(rule.kind)):
        trial = [other for other in kept if other != rule]
        status = Model(problem, without=set(everything) - set(trial)).run(search).status
        if status == "infeasible":
            kept = trial
        elif status == "unknown":
            minimal = False
    return tuple(kept), minimal


def _reasons(problem: Problem, kept: tuple[Rule, ...]) -> tuple[Reason, ...]:
    return tuple(_reason(problem, rule) for rule in kept)


def _reason(problem: Problem, rule: Rule) -> Reason:
    if rule.kind in ("order", "most"):
        lag = problem.lags[rule.index]
        return Reason(rule.kind, lag.name, _lag_text(problem, rule, lag), (lag.before, lag.after))
    if rule.kind == "capacity":
        capacity = problem.capacities[rule.index]
        users = tuple(
            task.id
            for task in problem.tasks
            if any(demand.resource == capacity.resource for demand in task.demands)
        )
        has = f"{capacity.amount / capacity.per_unit:g} {capacity.unit}".strip()
        return Reason(rule.kind, capacity.title, f"{capacity.title} has room for {has}", users)
    if rule.kind == "horizon":
        text = f"everything ends by {_at(problem, problem.horizon)}, where the plan's horizon ends"
        return Reason(rule.kind, "horizon", text, ())
    task = problem.tasks[rule.index]
    name, text = _task_text(problem, rule, task)
    return Reason(rule.kind, name, text, (task.id,))


def _lag_text(problem: Problem, rule: Rule, lag: TimeLag) -> str:
    titles = {task.id: task.title for task in problem.tasks}
    before, after = titles[lag.before], titles[lag.after]
    if rule.kind == "most":
        assert lag.most is not None
        text = f"{lag.name} lets {after} start at most {in_words(problem, lag.most)} after {before} ends"
        return f"{lag.name} ({text.removeprefix(lag.name + ' ')})"
    if not lag.least:
        return f"{after} follows {before}"
    return f"{after} starts at least {in_words(problem, lag.least)} after {before} ends ({lag.name})"


def _task_text(problem: Problem, rule: Rule, task: Task) -> tuple[str, str]:
    if rule.kind == "not_before":
        limit = task.not_before[rule.part]
        return limit.name, f"{limit.name} ({task.title} no earlier than {_at(problem, limit.step)})"
    if rule.kind == "deadline":
        assert task.deadline is not None
        return f"deadline of {task.title}", f"{task.title} ends by its deadline {_at(problem, task.deadline)}"
    assert task.starts is not None
    spans = task.starts.spans
    if not spans:
        return task.starts.name, f"{task.starts.name} (there is none for {task.title})"
    first, last = _at(problem, spans[0][0]), _at(problem, spans[-1][1])
    text = f"{task.starts.name} ({task.title} at one of {len(spans)}, from {first} to {last})"
    return task.starts.name, text


def _relaxation(problem: Problem, rule: Rule, search: Search) -> Relaxation | None:
    if rule.kind == "order":
        return None
    if rule.kind == "starts":
        return _further_window(problem, rule, search)
    model = Model(problem, slack=rule)
    model.cp.minimize(model.slack)
    outcome = model.run(search)
    if not outcome.found:
        return None
    reason = _reason(problem, rule)
    by = in_words(problem, outcome.value)
    text = f"{reason.name} longer by {by}"
    if rule.kind == "not_before":
        text = f"{reason.name} earlier by {by}"
    elif rule.kind in ("deadline", "horizon"):
        text = f"{reason.name} later by {by}"
    elif rule.kind == "capacity":
        capacity = problem.capacities[rule.index]
        more = f"{outcome.value / capacity.per_unit:g} {capacity.unit}".strip()
        text = f"{more} more of {reason.name}"
    return Relaxation(rule.kind, reason.name, outcome.value, text, outcome.bound >= outcome.value)


def _further_window(problem: Problem, rule: Rule, search: Search) -> Relaxation | None:
    """Say between which instants one more start window would open a plan."""
    task = problem.tasks[rule.index]
    model = Model(problem, without=(rule,))
    model.cp.minimize(model.start[task.id])
    first = model.run(search)
    if not first.found:
        return None
    model.cp.maximize(model.start[task.id])
    last = model.run(search)
    name = _reason(problem, rule).name
    text = f"{name} for {task.title} no earlier than {_at(problem, first.value)}"
    if last.found:
        text = f"{name} for {task.title} between {_at(problem, first.value)} and {_at(problem, last.value)}"
    return Relaxation(rule.kind, name, first.value, text, first.bound >= first.value)


def _at(problem: Problem, step: int) -> str:
    return format_instant(problem.grid.instant(step))
