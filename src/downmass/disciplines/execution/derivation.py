"""General, site and master recipe: what the one below may change of the one above (ISA-88)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import get_args

from downmass.facts.finding import Finding
from downmass.facts.procedure import phases_of
from downmass.facts.recipe import Attribute, Check, MasterRecipe, Parameter, RecipeKind

KINDS: tuple[RecipeKind, ...] = get_args(RecipeKind)
"""Kinds of recipe, from the top."""


def derivation_findings(above: MasterRecipe, below: MasterRecipe) -> tuple[Finding, ...]:
    """Return where a recipe widens what the one it derives from allows; narrowing is free.

    References
    ----------
    IEC 61512-1 (ISA-88.01), recipe types: each is derived from the one above it.
    """
    checks = (_lineage, _limits, _storage, _evidence, _pauses)
    return tuple(finding for check in checks for finding in check(above, below))


def wider(
    low: Decimal | None, high: Decimal | None, low_above: Decimal | None, high_above: Decimal | None
) -> bool:
    """Tell whether limits allow something the limits above them do not.

    Examples
    --------
    >>> wider(Decimal(70), Decimal(120), Decimal(60), Decimal(130))
    False
    >>> wider(None, Decimal(120), Decimal(60), Decimal(130))
    True
    """
    below = low_above is not None and (low is None or low < low_above)
    beyond = high_above is not None and (high is None or high > high_above)
    return below or beyond


def _blocked(subject: str, text: str) -> Finding:
    return Finding(subject, text, "blocking")


def _lineage(above: MasterRecipe, below: MasterRecipe) -> Iterator[Finding]:
    wanted = f"{above.id}/{above.version}"
    if below.derived_from != wanted:
        text = f"it derives from {below.derived_from or 'nothing'!r}; name {wanted!r} in `derived_from`"
        yield _blocked(below.id, text)
    if KINDS.index(below.kind) <= KINDS.index(above.kind):
        text = f"a {below.kind} recipe does not derive from a {above.kind} recipe; {' > '.join(KINDS)}"
        yield _blocked(below.id, text)
    if below.product != above.product:
        yield _blocked(below.id, f"it makes {below.product}, the recipe above {above.product}; make the same")


def _limits(above: MasterRecipe, below: MasterRecipe) -> Iterator[Finding]:
    yield from _within("parameter", _named(above.parameters), _named(below.parameters))
    yield from _within("attribute", _named(above.specification), _named(below.specification))
    yield from _within("check", _named(above.checks), _named(below.checks))
    critical = {parameter.id for parameter in below.parameters if parameter.critical}
    for parameter in above.parameters:
        if parameter.critical and parameter.id not in critical and parameter.id in _named(below.parameters):
            yield _blocked(parameter.id, f"parameter {parameter.title!r} is critical above; keep it critical")


Limited = Parameter | Attribute | Check


def _named(limited: tuple[Limited, ...]) -> dict[str, Limited]:
    return {one.id: one for one in limited}


def _within(kind: str, above: Mapping[str, Limited], below: Mapping[str, Limited]) -> Iterator[Finding]:
    for id, one in above.items():
        other = below.get(id)
        if other is None:
            yield _blocked(id, f"{kind} {one.title!r} of the recipe above is left out; take it over")
        elif other.unit != one.unit:
            text = f"{kind} {one.title!r} is in {other.unit!r}, above in {one.unit!r}; use the same unit"
            yield _blocked(id, text)
        elif wider(other.low, other.high, one.low, one.high):
            text = (
                f"{kind} {one.title!r} may be {_span(other)}, above {_span(one)} {one.unit}; "
                "narrow it, or change the recipe above"
            )
            yield _blocked(id, text)


def _span(one: Limited) -> str:
    return f"{'any' if one.low is None else one.low} to {'any' if one.high is None else one.high}"


def _storage(above: MasterRecipe, below: MasterRecipe) -> Iterator[Finding]:
    keep, keeps = above.storage, below.storage
    if wider(keeps.low_C, keeps.high_C, keep.low_C, keep.high_C):
        yield _blocked(below.id, "storage is allowed warmer or colder than above; narrow it")
    if keeps.mean_kinetic_C > keep.mean_kinetic_C:
        yield _blocked(below.id, "the mean kinetic temperature may be higher than above; lower it")
    if keeps.shelf_life_d > keep.shelf_life_d:
        yield _blocked(below.id, f"the shelf life is longer than {keep.shelf_life_d} d above; shorten it")


def _evidence(above: MasterRecipe, below: MasterRecipe) -> Iterator[Finding]:
    if below.samples < above.samples or below.retention_samples < above.retention_samples:
        yield _blocked(below.id, "fewer samples are taken or kept than above; take as many")
    if wider(below.coverage_percent, None, above.coverage_percent, None):
        yield _blocked(below.id, f"less coverage than {above.coverage_percent} percent is asked; ask as much")
    bounds = (below.yield_low_percent, below.yield_high_percent)
    if wider(*bounds, above.yield_low_percent, above.yield_high_percent):
        yield _blocked(below.id, "the yield is bounded wider than above; narrow it")
    left = sorted(set(above.training) - set(below.training))
    if left:
        yield _blocked(below.id, f"training in {', '.join(left)} is left out; ask for it as above")


def _pauses(above: MasterRecipe, below: MasterRecipe) -> Iterator[Finding]:
    phases = {phase.id: phase for phase in phases_of(below)}
    for phase in phases_of(above):
        other = phases.get(phase.id)
        if other is None:
            continue
        if wider(None, other.hold_limit_h, None, phase.hold_limit_h):
            text = f"phase {phase.title!r} may stand longer than {phase.hold_limit_h} h above; shorten it"
            yield _blocked(phase.id, text)
        if wider(None, other.latency_s, None, phase.latency_s):
            text = f"phase {phase.title!r} bears a longer delay than {phase.latency_s} s above; shorten it"
            yield _blocked(phase.id, text)
        if phase.significant and not other.significant:
            yield _blocked(phase.id, f"phase {phase.title!r} is significant above; keep it significant")
