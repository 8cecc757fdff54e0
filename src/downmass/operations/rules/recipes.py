"""How a recipe comes into use: drafted, signed by three people, adopted, frozen for the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downmass.disciplines.execution.recipes import (
    approval,
    control_findings,
    derivation_findings,
    draft_of,
    recipe_findings,
    recipe_sha256,
)
from downmass.disciplines.execution.soundness import blocking
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.finding import Finding
from downmass.facts.party import Meaning, Role
from downmass.facts.recipe import MasterRecipe
from downmass.operations.draft import Draft
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal, Rule, lot_known

SIGNERS: Mapping[Meaning, frozenset[Role]] = {
    "authorship": frozenset({"author"}),
    "review": frozenset({"author", "supervisor", "laboratory", "quality_unit"}),
    "approval": frozenset({"quality_unit"}),
}
"""Meaning of a signature under a recipe -> roles of which its signer has one (21 CFR 211.100(a))."""


def _blocked(findings: Sequence[Finding], what: str) -> Refusal | None:
    """Refuse for findings that block: the first three, and the way out of each."""
    found = blocking(findings)
    if not found:
        return None
    told = [finding.message.partition("; ") for finding in found[:3]]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return f"{what}: {'; '.join(part[0] for part in told)}{more}", "; ".join(
        dict.fromkeys(part[2] or part[0] for part in told)
    )


def _drafted(campaign: Campaign, body: ev.RecipeDrafted, draft: Draft) -> Refusal | None:
    recipe = body.recipe
    earlier = draft_of(campaign, recipe.id, recipe.version)
    if earlier is not None:
        return (
            f"recipe {recipe.id} version {recipe.version} is drafted as {earlier.id}",
            "a version is written once; draft the next version",
        )
    return None


def _signed(campaign: Campaign, body: ev.RecipeSigned, draft: Draft) -> Refusal | None:
    drafted = draft_of(campaign, body.recipe, body.version)
    if drafted is None:
        return f"recipe {body.recipe} version {body.version} is not drafted", "record recipe.drafted first"
    sha = recipe_sha256(drafted.body.recipe)
    if body.recipe_sha256 != sha:
        return "the hash is not that of the draft on record", f"read the draft, then sign over {sha}"
    if len(draft.sign) != 1:
        return (
            "a recipe is signed by one person at a time",
            "name one person and the meaning of the signature",
        )
    person, meaning = draft.sign[0]
    if meaning not in SIGNERS:
        return f"a recipe is not signed for {meaning}", f"use one of {', '.join(SIGNERS)}"
    refusal = may_act(campaign, person, SIGNERS[meaning], draft.at)
    if refusal is not None:
        return refusal
    stands = approval(campaign, body.recipe, body.version)
    own = {
        stands.author: "author",
        stands.approver: "approver",
        **dict.fromkeys(stands.reviewers, "reviewer"),
    }
    if person in own:
        return (
            f"{person} is the {own[person]} of this version",
            "author, reviewer and approver are three people",
        )
    if meaning == "authorship" and stands.author:
        return f"{stands.author} is the author of this version", "sign for review, or draft the next version"
    return (
        _approved(campaign, drafted.body.recipe, stands.author, stands.reviewers)
        if meaning == "approval"
        else None
    )


def _approved(
    campaign: Campaign, recipe: MasterRecipe, author: str, reviewers: tuple[str, ...]
) -> Refusal | None:
    """Approve last, and only what is without fault."""
    if not author or not reviewers:
        missing = "its author" if not author else "a reviewer"
        return (
            f"{missing} has not signed",
            "approval is the last signature; have author and reviewer sign first",
        )
    return _blocked((*recipe_findings(recipe), *_derived(campaign, recipe)), "the recipe is at fault")


def _derived(campaign: Campaign, recipe: MasterRecipe) -> tuple[Finding, ...]:
    """Hold a recipe against the one it derives from, where this record has that one."""
    id, _, version = recipe.derived_from.partition("/")
    above = draft_of(campaign, id, version)
    if above is None:
        return ()
    if not approval(campaign, id, version).approved:
        text = f"it derives from {recipe.derived_from}, which is not approved; have that approved first"
        return (Finding(recipe.id, text, "blocking"),)
    return derivation_findings(above.body.recipe, recipe)


def _adopted(campaign: Campaign, body: ev.RecipeAdopted, draft: Draft) -> Refusal | None:
    recipe = body.recipe
    frozen = campaign.last(ev.ControlRecipeFrozen)
    if frozen is not None:
        control = frozen.body.control
        return (
            f"the batch runs by {control.recipe} version {control.version}, frozen as {frozen.id}",
            "plan a deviation for this batch; adopt the new version in the campaign of the next",
        )
    if recipe.kind != "master":
        return (
            f"{recipe.id} is a {recipe.kind} recipe, a batch is governed by a master recipe",
            "draft and approve it, derive a master recipe from it, and adopt that",
        )
    refusal = _blocked((*recipe_findings(recipe), *_derived(campaign, recipe)), "the recipe is at fault")
    return refusal or _unapproved(campaign, recipe)


def _unapproved(campaign: Campaign, recipe: MasterRecipe) -> Refusal | None:
    """Refuse a version that was drafted here and is not approved, or is another content than approved."""
    drafted = draft_of(campaign, recipe.id, recipe.version)
    if drafted is None:
        return None
    if recipe_sha256(drafted.body.recipe) != recipe_sha256(recipe):
        return f"it differs from the draft {drafted.id} of this version", "use the draft as it was approved"
    return _blocked(approval(campaign, recipe.id, recipe.version).findings, "it is not approved")


def _frozen(campaign: Campaign, body: ev.ControlRecipeFrozen, draft: Draft) -> Refusal | None:
    control = body.control
    earlier = campaign.last(ev.ControlRecipeFrozen)
    if earlier is not None:
        return (
            f"a control recipe is frozen as {earlier.id}",
            "a batch has one; plan a deviation from it instead",
        )
    adopted = [
        e.body.recipe
        for e in campaign.all(ev.RecipeAdopted)
        if (e.body.recipe.id, e.body.recipe.version) == (control.recipe, control.version)
    ]
    if not adopted:
        return f"{control.recipe} version {control.version} is not adopted", "record recipe.adopted first"
    found = (*recipe_findings(adopted[-1]), *control_findings(adopted[-1], control))
    refusal = _blocked(found, "it cannot be frozen") or _unapproved(campaign, adopted[-1])
    unknown = (lot_known(campaign, one.lot) for one in control.lots)
    return refusal or next((one for one in unknown if one is not None), None)


RULES: Mapping[type[Any], Rule] = {
    ev.RecipeDrafted: _drafted,
    ev.RecipeSigned: _signed,
    ev.RecipeAdopted: _adopted,
    ev.ControlRecipeFrozen: _frozen,
}
"""Entry type -> its rule."""
