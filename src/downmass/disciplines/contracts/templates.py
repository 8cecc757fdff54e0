"""Contract templates of the catalogue, made into contracts between named parties."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from downmass.base.errors import InputError, NotFoundError
from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.disciplines.contracts.amounts import percent_of
from downmass.facts.contract import (
    Cause,
    Contract,
    CrossWaiver,
    Evidence,
    LiquidatedDamages,
    LossRule,
    Milestone,
    Policy,
    QualityBand,
    StorageFee,
)
from downmass.facts.quantity import Assumption, Basis, Money, NotNegative

FORMAT = 1

_WEAKEST: tuple[Basis, ...] = ("opinion", "memory", "derived", "read")


@fact
class Term:
    """A number of a template with its class and source."""

    value: NotNegative
    basis: Annotated[Basis, Field(alias="class")]
    source: Annotated[str, Field(min_length=1)]


@fact
class MilestoneTerms:
    """A milestone of a template."""

    id: Slug
    title: str
    evidence: Evidence
    share_percent: Term


@fact
class DamagesTerms:
    """A liquidated damages clause of a template."""

    id: Slug
    title: str
    milestone: Slug
    excused: tuple[Cause, ...]
    shared: tuple[Cause, ...]
    grace_d: Term
    rate_percent_per_week: Term
    cap_percent: Term
    shared_percent: Term


@fact
class BandTerms:
    """A quality band of a template."""

    id: Slug
    from_percent: Term
    price_percent: Term


@fact
class StorageTerms:
    """A storage fee of a template, in percent of the price."""

    id: Slug
    title: str
    percent_per_week: Term


@fact
class LossTerms:
    """A loss rule of a template."""

    id: Slug
    title: str
    refund: Literal["none", "unearned", "all"]
    basis: Annotated[Basis, Field(alias="class")]
    source: Annotated[str, Field(min_length=1)]
    reflight: bool = False


@fact
class PolicyTerms:
    """A policy of a template, in percent of the insured value."""

    id: Slug
    title: str
    insured: Literal["provider", "customer"]
    perils: tuple[Literal["launch", "in_orbit", "reentry", "third_party", "spoilage", "delay"], ...]
    limit_percent: Term
    deductible_percent: Term
    premium_percent: Term


@fact
class Template:
    """Clauses of a kind of contract, without parties, price and dates.

    Attributes
    ----------
    waiver
        Title of the cross-waiver among the parties, empty for none.
    not_carried
        Terms of such contracts for which there is no clause type; for people to read.
    """

    name: Slug
    title: str
    note: str
    milestones: tuple[MilestoneTerms, ...]
    damages: tuple[DamagesTerms, ...] = ()
    bands: tuple[BandTerms, ...] = ()
    storage: StorageTerms | None = None
    loss: LossTerms | None = None
    policies: tuple[PolicyTerms, ...] = ()
    waiver: str = ""
    not_carried: tuple[str, ...] = ()


_TEMPLATES = TypeAdapter(tuple[Template, ...])


def parse_templates(text: str) -> Mapping[str, Template]:
    """Read the templates of the catalogue.

    Parameters
    ----------
    text
        TOML with one ``[[template]]`` per contract kind; every number is
        ``{ value = "10", class = "opinion", source = "..." }``.

    Raises
    ------
    InputError
        If the text is no TOML, of a newer format, or a template lacks a number, class or source.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"the contract templates are no TOML: {fault}", "mend the line named") from None
    if document.get("format") != FORMAT:
        raise InputError(
            f"the contract templates are of format {document.get('format')!r}", f"this program reads {FORMAT}"
        )
    try:
        templates = _TEMPLATES.validate_python(document.get("template", []))
    except ValidationError as fault:
        reasons = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in fault.errors()
        )
        raise InputError(
            f"the contract templates cannot be read: {reasons}",
            'write every number as { value = "10", class = "opinion", source = "..." }',
        ) from None
    named = {template.name: template for template in templates}
    if len(named) != len(templates):
        raise InputError("two contract templates share one name", "give each its own name")
    return named


def instantiate(
    templates: str,
    name: str,
    *,
    id: str,
    title: str,
    provider: str,
    customer: str,
    price: Money,
    due: Mapping[str, datetime],
    insurer: str | None = None,
    insured_value: Money | None = None,
    waiving: tuple[str, ...] = (),
) -> Contract:
    """Make a contract between named parties from a template of the catalogue.

    Parameters
    ----------
    templates
        The catalogue's template text, see :func:`parse_templates`.
    price
        The contract price; shares, damages and storage follow from it.
    due
        Kind of happening -> date its lateness counts from; one the template does not pay for is idle.
    insurer
        Who writes the template's policies; without one the contract has no policy.
    insured_value
        What they insure; the price where not given.
    waiving
        Parties of the cross-waiver beside provider and customer.

    Returns
    -------
    Contract
        Its ``basis`` is the weakest class among the template's numbers.

    Raises
    ------
    NotFoundError, InputError
        If there is no such template; if a due date is for something that is no kind of happening.
    """
    template = _chosen(templates, name, due)
    parties = tuple(dict.fromkeys((provider, customer, *waiving)))
    return Contract(
        id=id,
        title=title,
        template=name,
        provider=provider,
        customer=customer,
        price=price,
        milestones=tuple(_milestone(stone, due.get(stone.evidence)) for stone in template.milestones),
        damages=tuple(_damages(clause) for clause in template.damages),
        bands=tuple(_band(band) for band in template.bands),
        storage_fee=_storage(template.storage, price) if template.storage else None,
        loss=_loss(template.loss) if template.loss else None,
        waiver=CrossWaiver("cross-waiver", template.waiver, parties) if template.waiver else None,
        policies=_policies(template.policies, insurer, provider, customer, insured_value or price),
        basis=terms(template)[0].basis,
        source=f"template {name} of the catalogue, its numbers each with class and source",
    )


def _chosen(templates: str, name: str, due: Mapping[str, datetime]) -> Template:
    known = parse_templates(templates)
    if name not in known:
        raise NotFoundError(f"there is no contract template {name!r}", f"use one of {', '.join(known)}")
    kinds = get_args(Evidence)
    for kind in due:
        if kind not in kinds:
            raise InputError(
                f"{kind!r} is no happening that can be due", f"use one of {', '.join(sorted(kinds))}"
            )
    return known[name]


def terms(template: Template) -> tuple[Assumption, ...]:
    """Return every number of a template as an assumption, weakest class first.

    Returns
    -------
    tuple of Assumption
        Text names clause, field and value.
    """
    found: list[Assumption] = []
    for clause in (*template.milestones, *template.damages, *template.bands, *template.policies):
        found += _numbers(clause)
    if template.storage:
        found += _numbers(template.storage)
    if template.loss:
        loss = template.loss
        found.append(Assumption(f"{loss.id}: refund {loss.refund}", loss.basis, loss.source))
    return tuple(sorted(found, key=lambda term: _WEAKEST.index(term.basis)))


def _numbers(clause: Any) -> list[Assumption]:
    return [
        Assumption(f"{clause.id}: {field.replace('_', ' ')} {term.value}", term.basis, term.source)
        for field in clause.__slots__
        if isinstance(term := getattr(clause, field), Term)
    ]


def _milestone(stone: MilestoneTerms, due: datetime | None) -> Milestone:
    return Milestone(stone.id, stone.title, stone.evidence, stone.share_percent.value, due)


def _band(band: BandTerms) -> QualityBand:
    return QualityBand(band.id, band.from_percent.value, band.price_percent.value)


def _damages(clause: DamagesTerms) -> LiquidatedDamages:
    return LiquidatedDamages(
        clause.id,
        clause.title,
        clause.milestone,
        clause.grace_d.value,
        clause.rate_percent_per_week.value,
        clause.cap_percent.value,
        clause.excused,
        clause.shared,
        clause.shared_percent.value,
    )


def _storage(fee: StorageTerms, price: Money) -> StorageFee:
    per_week = Money(percent_of(price.minor, fee.percent_per_week.value), price.currency)
    return StorageFee(fee.id, fee.title, per_week)


def _loss(rule: LossTerms) -> LossRule:
    return LossRule(rule.id, rule.title, rule.refund, rule.reflight)


def _policies(
    policies: tuple[PolicyTerms, ...], insurer: str | None, provider: str, customer: str, value: Money
) -> tuple[Policy, ...]:
    def share(term: Term) -> Money:
        return Money(percent_of(value.minor, term.value), value.currency)

    if insurer is None:
        return ()
    return tuple(
        Policy(
            id=policy.id,
            title=policy.title,
            insurer=insurer,
            insured=provider if policy.insured == "provider" else customer,
            perils=policy.perils,
            limit=share(policy.limit_percent),
            deductible=share(policy.deductible_percent),
            premium=share(policy.premium_percent),
        )
        for policy in policies
    )
