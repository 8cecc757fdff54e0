"""From a draft to what one batch runs by: content by hash, approval by signatures, the frozen recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from downmass.base.errors import RefusedError
from downmass.disciplines.execution.derivation import derivation_findings as derivation_findings
from downmass.disciplines.execution.soundness import blocking
from downmass.disciplines.execution.soundness import predecessors as predecessors
from downmass.disciplines.execution.soundness import recipe_findings as recipe_findings
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.codec import recipe_sha256 as recipe_sha256
from downmass.facts.event import Event
from downmass.facts.finding import Finding
from downmass.facts.party import Role
from downmass.facts.procedure import units_of
from downmass.facts.recipe import ControlRecipe, MasterRecipe, MaterialLot, Setpoint, UnitEquipment

APPROVERS: frozenset[Role] = frozenset({"quality_unit"})
"""Roles of which the approver of a recipe has one (21 CFR 211.100(a), 211.22(c))."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a version of a recipe stands between its draft and its use.

    Attributes
    ----------
    recipe_sha256
        Hash of the draft as it stands in the record now; empty where nothing is drafted.
    drafted
        Entry of the draft.
    author, reviewers, approver
        People who signed over this very content.
    findings
        What stands between the draft and its use; none where it is approved.
    """

    recipe: str
    version: str
    recipe_sha256: str
    drafted: str
    author: str
    reviewers: tuple[str, ...]
    approver: str
    approved_at: datetime | None
    findings: tuple[Finding, ...]

    @property
    def approved(self) -> bool:
        """Whether the version may be used."""
        return bool(self.drafted) and not self.findings


def draft_of(campaign: Campaign, recipe: str, version: str) -> Event[ev.RecipeDrafted] | None:
    """Return the entry that holds the draft of a version, the latest where there are several."""
    drafts = [
        event
        for event in campaign.all(ev.RecipeDrafted)
        if (event.body.recipe.id, event.body.recipe.version) == (recipe, version)
    ]
    return drafts[-1] if drafts else None


def approval(campaign: Campaign, recipe: str, version: str) -> Approval:
    """Return where a version of a recipe stands, computed from its draft and the signatures over it.

    Author, reviewer and approver are different people, the approver is of the quality unit, and all
    of them signed the content that is on record.

    References
    ----------
    21 CFR 211.100(a), 211.186(a) (master records prepared, dated and signed by one person and
    independently checked by another).
    """
    drafted = draft_of(campaign, recipe, version)
    if drafted is None:
        text = f"recipe {recipe} version {version} is not drafted; record recipe.drafted first"
        return Approval(recipe, version, "", "", "", (), "", None, (Finding(recipe, text, "blocking"),))
    sha = recipe_sha256(drafted.body.recipe)
    signed = [
        e for e in campaign.all(ev.RecipeSigned) if (e.body.recipe, e.body.version) == (recipe, version)
    ]
    over = [event for event in signed if event.body.recipe_sha256 == sha]
    who = {
        meaning: tuple(
            dict.fromkeys(e.body.signature.signer for e in over if e.body.signature.meaning == meaning)
        )
        for meaning in ("authorship", "review", "approval")
    }
    approvals = [event for event in over if event.body.signature.meaning == "approval"]
    findings = (*_unsigned(who, recipe, version), *_misplaced(campaign, approvals, signed, over))
    return Approval(
        recipe,
        version,
        sha,
        drafted.id,
        next(iter(who["authorship"]), ""),
        who["review"],
        next(iter(who["approval"]), ""),
        approvals[0].body.signature.at if approvals else None,
        findings,
    )


def _unsigned(who: dict[str, tuple[str, ...]], recipe: str, version: str) -> Iterator[Finding]:
    subject = f"{recipe}/{version}"
    for meaning, people in who.items():
        if not people:
            text = f"recipe {recipe} version {version} has no signature of {meaning}; record recipe.signed"
            yield Finding(subject, text, "blocking")
    pairs = (("authorship", "review"), ("authorship", "approval"), ("review", "approval"))
    for one, other in pairs:
        for person in sorted(set(who[one]) & set(who[other])):
            text = f"{person} signed recipe {recipe} version {version} for {one} and for {other}"
            yield Finding(subject, f"{text}; let two people sign", "blocking")


def _misplaced(
    campaign: Campaign,
    approvals: Sequence[Event[ev.RecipeSigned]],
    signed: Sequence[Event[ev.RecipeSigned]],
    over: Sequence[Event[ev.RecipeSigned]],
) -> Iterator[Finding]:
    counted = {(e.body.signature.signer, e.body.signature.meaning) for e in over}
    for event in signed:
        if (event.body.signature.signer, event.body.signature.meaning) not in counted:
            text = f"{event.body.signature.printed_name} signed another content of recipe {event.body.recipe}"
            yield Finding(event.id, f"{text}; sign what is on record now", "blocking", (event.id,))
    for event in approvals:
        person = event.body.signature.signer
        if not roles_at(campaign, person, event.id) & APPROVERS:
            text = f"{person} approved recipe {event.body.recipe} and was not of the quality unit"
            yield Finding(event.id, f"{text}; let the quality unit approve", "blocking", (event.id,))


def roles_at(campaign: Campaign, person: str, entry: str) -> frozenset[Role]:
    """Return the roles a person had when an entry came into the record."""
    place = {id: index for index, id in enumerate(campaign.arrival)}
    until = place.get(entry, len(place))
    changes: list[tuple[int, Role, bool]] = [
        (place.get(e.id, 0), e.body.role, True)
        for e in campaign.all(ev.RoleAssigned)
        if e.body.person.id == person
    ]
    changes += [
        (place.get(e.id, 0), e.body.role, False)
        for e in campaign.all(ev.RoleWithdrawn)
        if e.body.person == person
    ]
    held: set[Role] = set()
    for at, role, given in sorted(changes):
        if at < until:
            held = held | {role} if given else held - {role}
    return frozenset(held)


def governing_recipe(campaign: Campaign) -> MasterRecipe | None:
    """Return the recipe the batch runs by: the version its control recipe froze, else the last adopted."""
    frozen = campaign.last(ev.ControlRecipeFrozen)
    if frozen is not None:
        control = frozen.body.control
        for event in reversed(campaign.all(ev.RecipeAdopted)):
            if (event.body.recipe.id, event.body.recipe.version) == (control.recipe, control.version):
                return event.body.recipe
    return campaign.recipe


def control_findings(recipe: MasterRecipe, control: ControlRecipe) -> tuple[Finding, ...]:
    """Return what keeps a control recipe from being the one batch's copy of a master recipe."""
    return (*_copied(recipe, control), *fit_findings(recipe, control))


def fit_findings(recipe: MasterRecipe, control: ControlRecipe) -> tuple[Finding, ...]:
    """Return what of a control recipe has no place in a recipe: units, lots, values outside limits."""
    return (*_equipped(recipe, control), *_valued(recipe, control))


def _blocked(subject: str, text: str) -> Finding:
    return Finding(subject, text, "blocking")


def _copied(recipe: MasterRecipe, control: ControlRecipe) -> Iterator[Finding]:
    if recipe.kind != "master":
        yield _blocked(control.id, f"{recipe.id} is a {recipe.kind} recipe; a batch runs by a master recipe")
    if (control.recipe, control.version) != (recipe.id, recipe.version):
        text = (
            f"it names {control.recipe} version {control.version}, the recipe is {recipe.id} {recipe.version}"
        )
        yield _blocked(control.id, f"{text}; name the recipe it is frozen from")
    elif control.recipe_sha256 != recipe_sha256(recipe):
        text = f"its hash is not that of recipe {recipe.id} version {recipe.version}"
        yield _blocked(control.id, f"{text}; freeze the content that is on record: {recipe_sha256(recipe)}")


def _equipped(recipe: MasterRecipe, control: ControlRecipe) -> Iterator[Finding]:
    units, materials = units_of(recipe), {material.id for material in recipe.materials}
    given = [one.unit for one in control.equipment]
    for unit in units:
        if given.count(unit) != 1:
            number = "no equipment" if unit not in given else "more than one piece of equipment"
            yield _blocked(unit, f"unit {unit} has {number}; name one piece")
    for unit in sorted(set(given) - set(units)):
        yield _blocked(unit, f"{unit!r} is no unit of the recipe; use {', '.join(units) or '(none)'}")
    for material in recipe.materials:
        if not any(one.material == material.id for one in control.lots):
            yield _blocked(
                material.id, f"material {material.title!r} has no lot; name the lot it is taken from"
            )
    for lot in control.lots:
        if lot.material not in materials:
            known = ", ".join(sorted(materials)) or "(none)"
            yield _blocked(lot.lot, f"{lot.material!r} is no material of the recipe; use one of {known}")


def _valued(recipe: MasterRecipe, control: ControlRecipe) -> Iterator[Finding]:
    parameters = {parameter.id: parameter for parameter in recipe.parameters}
    for value in control.setpoints:
        parameter = parameters.get(value.parameter)
        if parameter is None:
            known = ", ".join(parameters) or "(none)"
            text = f"{value.parameter!r} is no parameter of the recipe; use one of {known}"
            yield _blocked(value.parameter, text)
            continue
        if not parameter.unit.strip():
            text = f"{parameter.title!r} is set to {value.value} without a unit; give the parameter its unit"
            yield _blocked(parameter.id, text)
        low, high = parameter.low, parameter.high
        if (low is not None and value.value < low) or (high is not None and value.value > high):
            text = f"{parameter.title!r} is set to {value.value} {parameter.unit}, outside its limits"
            yield _blocked(parameter.id, f"{text} {low} to {high}; choose a value inside")


def freeze(
    recipe: MasterRecipe,
    id: str,
    batch: str,
    equipment: Sequence[UnitEquipment] = (),
    lots: Sequence[MaterialLot] = (),
    setpoints: Sequence[Setpoint] = (),
) -> ControlRecipe:
    """Return the control recipe of a batch: a master recipe frozen with its units, lots and values.

    Raises
    ------
    RefusedError
        If the recipe itself is at fault, a value lies outside its limits or has no unit, or a unit or
        material has nothing to take its part.
    """
    control = ControlRecipe(
        id, batch, recipe.id, recipe.version, recipe_sha256(recipe), tuple(equipment), tuple(lots),
        tuple(setpoints),
    )  # fmt: skip
    found = blocking((*recipe_findings(recipe), *control_findings(recipe, control)))
    if found:
        told = "; ".join(finding.message.split("; ")[0] for finding in found)
        ways = "; ".join(dict.fromkeys(f.message.partition("; ")[2] for f in found))
        raise RefusedError(f"control recipe {id} cannot be frozen: {told}", ways)
    return control
