"""Whether a recipe can run as it is written: every phase reached, every limit with its unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from downmass.facts.finding import Finding, Severity
from downmass.facts.procedure import phases_of
from downmass.facts.recipe import MasterRecipe

PERCENT = Decimal(100)


def predecessors(recipe: MasterRecipe, phase: str) -> tuple[str, ...]:
    """Return the phases that must be complete before a phase may start.

    Those it names, or the one before it in the procedure where it names none.
    """
    before = ""
    for one in phases_of(recipe):
        if one.id == phase:
            return one.after or ((before,) if before else ())
        before = one.id
    return ()


def recipe_findings(recipe: MasterRecipe) -> tuple[Finding, ...]:
    """Return every fault of a recipe with the way out; a blocking one keeps it from being used.

    Examples
    --------
    >>> from downmass.facts.recipe import Storage
    >>> keep = Storage(Decimal(2), Decimal(8), Decimal(8), Decimal(90), "opinion", "an example")
    >>> empty = MasterRecipe("melt", "1", "crystals", (), (), (), keep, 0, 0)
    >>> [finding.message for finding in recipe_findings(empty)]
    ['recipe melt version 1 has no phase; write at least one']
    """
    checks = (_identities, _order, _limits, _setpoints, _references, _samples, _manning, _whole)
    return tuple(finding for check in checks for finding in check(recipe))


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that block."""
    return tuple(finding for finding in findings if finding.severity == "blocking")


def _finding(subject: str, text: str, severity: Severity = "blocking") -> Finding:
    return Finding(subject, text, severity)


def _identities(recipe: MasterRecipe) -> Iterator[Finding]:
    """Two things of one kind and one id cannot be told apart in the record."""
    kinds: dict[str, list[str]] = {
        "phases": [phase.id for phase in phases_of(recipe)],
        "operations": [o.id for procedure in recipe.procedure for o in procedure.operations],
        "unit procedures": [procedure.id for procedure in recipe.procedure],
        "parameters": [parameter.id for parameter in recipe.parameters],
        "attributes": [attribute.id for attribute in recipe.specification],
        "checks": [check.id for check in recipe.checks],
        "materials": [material.id for material in recipe.materials],
        "units": [need.unit for need in recipe.units],
        "planned samples": [sample.id for sample in recipe.sample_plan],
    }
    for kind, ids in kinds.items():
        for id, times in Counter(ids).items():
            if times > 1:
                yield _finding(id, f"{times} {kind} are called {id!r}; give each its own id")


def _order(recipe: MasterRecipe) -> Iterator[Finding]:
    """A phase that waits for itself, for one there is not, or in a circle is never reached."""
    phases = phases_of(recipe)
    known = {phase.id for phase in phases}
    waits = {phase.id: set(predecessors(recipe, phase.id)) for phase in phases}
    for phase in phases:
        if phase.id in phase.after:
            yield _finding(phase.id, f"phase {phase.title!r} follows itself; take it out of its own `after`")
        for name in sorted(set(phase.after) - known):
            text = f"phase {phase.title!r} follows {name!r}, which is no phase of the recipe"
            yield _finding(phase.id, f"{text}; use one of {', '.join(sorted(known))}")
    reached: set[str] = set()
    while more := {id for id, before in waits.items() if id not in reached and before <= reached}:
        reached |= more
    for phase in phases:
        spoken_of = phase.id in phase.after or set(phase.after) - known
        if phase.id not in reached and not spoken_of:
            missing = ", ".join(sorted(waits[phase.id] - reached))
            text = f"phase {phase.title!r} cannot be reached: it waits for {missing}, which waits for ever"
            yield _finding(phase.id, f"{text}; break the circle in `after`")


def _limits(recipe: MasterRecipe) -> Iterator[Finding]:
    limited = (
        *(("parameter", p.id, p.title, p.unit, p.low, p.high) for p in recipe.parameters),
        *(("attribute", a.id, a.title, a.unit, a.low, a.high) for a in recipe.specification),
        *(("check", c.id, c.title, c.unit, c.low, c.high) for c in recipe.checks),
    )
    for kind, id, title, unit, low, high in limited:
        if not unit.strip() and (low is not None or high is not None):
            yield _finding(
                id, f"{kind} {title!r} has a limit without a unit; give its unit ('1' for a count)"
            )
        if low is not None and high is not None and low > high:
            yield _finding(id, f"{kind} {title!r} has its low limit {low} above its high {high}; swap them")
    amounts = [(one.id, one.unit) for one in recipe.materials] + [(s.id, s.unit) for s in recipe.sample_plan]
    for id, unit in amounts:
        if not unit.strip():
            yield _finding(id, f"the quantity of {id!r} has no unit; give it")
    storage = recipe.storage
    if storage.low_C > storage.high_C:
        text = f"storage has its low limit {storage.low_C} C above its high {storage.high_C} C; swap them"
        yield _finding(recipe.id, text)


def _setpoints(recipe: MasterRecipe) -> Iterator[Finding]:
    parameters = {parameter.id: parameter for parameter in recipe.parameters}
    for phase in phases_of(recipe):
        for setpoint in phase.setpoints:
            parameter = parameters.get(setpoint.parameter)
            where = f"phase {phase.title!r} sets {setpoint.parameter!r}"
            if parameter is None:
                yield _finding(
                    phase.id, f"{where}, which is no parameter of the recipe; add it or mend the id"
                )
                continue
            if not parameter.unit.strip():
                yield _finding(phase.id, f"{where} to {setpoint.value} without a unit; give the parameter's")
            outside = (parameter.low is not None and setpoint.value < parameter.low) or (
                parameter.high is not None and setpoint.value > parameter.high
            )
            if outside:
                span = _span(parameter.low, parameter.high)
                text = f"{where} to {setpoint.value} {parameter.unit}, outside {span}"
                yield _finding(phase.id, f"{text}; set it inside, or move the limit and say why")


def _span(low: Decimal | None, high: Decimal | None) -> str:
    return f"{'no limit' if low is None else low} to {'no limit' if high is None else high}"


def _references(recipe: MasterRecipe) -> Iterator[Finding]:
    parameters = {parameter.id for parameter in recipe.parameters}
    checks = {check.id for check in recipe.checks}
    units = {procedure.unit for procedure in recipe.procedure}
    attributes = {attribute.id for attribute in recipe.specification}
    for phase in phases_of(recipe):
        for name in sorted(set(phase.parameters) - parameters):
            text = f"phase {phase.title!r} measures {name!r}, which is no parameter of the recipe"
            yield _finding(phase.id, f"{text}; add it or mend the id")
        for name in sorted(set(phase.checks) - checks):
            text = f"phase {phase.title!r} makes check {name!r}, which the recipe does not describe"
            yield _finding(phase.id, f"{text}; add it or mend the id")
    used = {name for phase in phases_of(recipe) for name in phase.checks}
    for check in recipe.checks:
        if check.attribute and check.attribute not in attributes:
            text = f"check {check.title!r} stands for {check.attribute!r}, which is not in the specification"
            yield _finding(check.id, f"{text}; add the attribute or mend the id")
        if check.id not in used:
            text = f"check {check.title!r} is made in no phase; name it in the `checks` of one"
            yield _finding(check.id, text, "warning")
    for need in recipe.units:
        if need.unit not in units:
            text = f"unit {need.unit!r} is used by no unit procedure; mend the id or take it out"
            yield _finding(need.unit, text)


def _samples(recipe: MasterRecipe) -> Iterator[Finding]:
    """The plan, where there is one, adds up to the counts, and tests what the specification asks."""
    if recipe.retention_samples > recipe.samples:
        text = (
            f"{recipe.retention_samples} of {recipe.samples} samples are to be retained; ask for more samples"
        )
        yield _finding(recipe.id, text)
    if not recipe.sample_plan:
        return
    retained = sum(sample.purpose == "retention" for sample in recipe.sample_plan)
    for name, wanted, planned in (
        ("samples", recipe.samples, len(recipe.sample_plan)),
        ("retention_samples", recipe.retention_samples, retained),
    ):
        if wanted != planned:
            text = f"`{name}` says {wanted}, the sample plan has {planned}; make them agree"
            yield _finding(recipe.id, text)
    attributes = {attribute.id: attribute for attribute in recipe.specification}
    for sample in recipe.sample_plan:
        for name in sorted(set(sample.tests) - set(attributes)):
            text = f"sample {sample.id!r} is tested for {name!r}, which is not in the specification"
            yield _finding(sample.id, f"{text}; add the attribute or mend the id")
        if sample.purpose == "release" and not sample.tests:
            yield _finding(
                sample.id, f"sample {sample.id!r} is for release and tested for nothing; name tests"
            )
    tested = {n for sample in recipe.sample_plan if sample.purpose == "release" for n in sample.tests}
    for id in sorted(set(attributes) - tested):
        text = f"no sample for release is tested for {attributes[id].title!r}; plan one"
        yield _finding(id, text)


def _manning(recipe: MasterRecipe) -> Iterator[Finding]:
    """Who minds a phase, over which delay, and how long it may stand still."""
    for phase in phases_of(recipe):
        if phase.autonomy != "autonomous" and not phase.roles:
            text = f"phase {phase.title!r} is {phase.autonomy} and names no role that may command it"
            yield _finding(phase.id, f"{text}; name its `roles`")
        if phase.autonomy == "telerobotic" and phase.latency_s is None:
            text = f"phase {phase.title!r} is telerobotic and does not say which delay it bears"
            yield _finding(phase.id, f"{text}; give `latency_s`")
        if phase.needs_sun and phase.hold_limit_h is None:
            text = f"phase {phase.title!r} stops in every eclipse and does not say how long it may stand"
            yield _finding(phase.id, f"{text}; give `hold_limit_h`", "warning")
        if phase.hold_limit_h is not None and phase.hold_limit_h > 24 * recipe.storage.shelf_life_d:
            text = (
                f"phase {phase.title!r} may stand {phase.hold_limit_h} h, longer than the shelf life of "
                f"{recipe.storage.shelf_life_d} d; shorten `hold_limit_h`"
            )
            yield _finding(phase.id, text, "warning")


def _whole(recipe: MasterRecipe) -> Iterator[Finding]:
    if not phases_of(recipe):
        yield _finding(
            recipe.id, f"recipe {recipe.id} version {recipe.version} has no phase; write at least one"
        )
    low, high = recipe.yield_low_percent, recipe.yield_high_percent
    if low is not None and high is not None and low > high:
        yield _finding(recipe.id, f"the yield is bounded from {low} to {high} percent; swap the bounds")
    if recipe.coverage_percent is not None and recipe.coverage_percent > PERCENT:
        text = f"a coverage of {recipe.coverage_percent} percent cannot be reached; ask for at most 100"
        yield _finding(recipe.id, text)
    if recipe.kind == "general" and recipe.derived_from:
        text = f"a general recipe derives from nothing, this one from {recipe.derived_from!r}"
        yield _finding(recipe.id, f"{text}; take `derived_from` out, or make it a site or master recipe")
    if recipe.kind == "site" and not recipe.derived_from:
        text = "a site recipe names the general recipe it derives from; give `derived_from` as id/version"
        yield _finding(recipe.id, text)
    if recipe.derived_from and not all(recipe.derived_from.partition("/")):
        text = f"`derived_from` is {recipe.derived_from!r}; write it as id/version"
        yield _finding(recipe.id, text)
