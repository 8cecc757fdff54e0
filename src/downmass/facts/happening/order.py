"""What is ordered, promised, planned and changed."""

from __future__ import annotations

from typing import Literal

from downmass.base.errors import InputError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.contract import Cause, Contract
from downmass.facts.flight import Site
from downmass.facts.party import Party
from downmass.facts.plan import GateKind, PlanBasis, Schedule
from downmass.facts.quantity import Spread
from downmass.facts.recipe import MasterRecipe, Product
from downmass.facts.venture import FailureMode, Venture


@fact
class CampaignOpened:
    """A campaign begins."""

    title: str
    product: Product
    mode: Literal["live", "replay"]
    seed: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}", "give zero or a whole number above it")


@fact
class PartyJoined:
    """An organisation takes part."""

    party: Party


@fact
class RecipeAdopted:
    """A master recipe, with its specification, governs the batch."""

    recipe: MasterRecipe


@fact
class ContractSigned:
    """The parties are bound by a contract."""

    contract: Contract


@fact
class PlanBasisStated:
    """Activities, gates, resources and spreads that plans and forecasts are computed from."""

    basis: PlanBasis


@fact
class SitesDesignated:
    """Landing sites the campaign may use."""

    sites: tuple[Site, ...]


@fact
class FailureModesListed:
    """The failure mode and effects analysis in force."""

    modes: tuple[FailureMode, ...]


@fact
class VentureStated:
    """The business case in force."""

    venture: Venture


@fact
class GateApplied:
    """A licence, range slot or waiver is asked for."""

    gate: Slug
    kind: GateKind
    authority: Slug


@fact
class GateDecided:
    """An authority decides on a licence, range slot or waiver."""

    gate: Slug
    kind: GateKind
    authority: Slug
    decision: Literal["granted", "refused", "withdrawn"]
    reason: str


@fact
class PlanAdopted:
    """A plan is in force; after the first, only by way of a change request."""

    schedule: Schedule
    change: int | None = None


@fact
class ChangeRequested:
    """A numbered request to change the plan, with the parties that must decide."""

    number: int
    reason: str
    cause: Cause
    proposal: Schedule
    parties: tuple[Slug, ...]


@fact
class ChangeDecided:
    """One party decides on a change request."""

    number: int
    party: Slug
    decision: Literal["accepted", "rejected"]
    note: str = ""


@fact
class EstimateRevised:
    """A spread of the plan basis is replaced, in the open: duration, gate delay or slip."""

    target: str
    spread: Spread
    reason: str


@fact
class CampaignClosed:
    """The campaign is over."""

    outcome: Literal["released", "rejected", "lost", "abandoned"]
