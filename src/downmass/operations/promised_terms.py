"""Contract and plan of a campaign document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.contracts.templates import instantiate
from downmass.facts.codec import body_to_json
from downmass.facts.contract import Contract
from downmass.facts.event import ContractSigned
from downmass.facts.quantity import Money
from downmass.operations.document import Promise, instant_of, without
from downmass.operations.draft import Draft


def plan(promise: Promise, told: Mapping[str, Any]) -> Draft:
    """Return the plan basis, with no gate, resource or site where it names none."""
    basis = {"gates": [], "resources": [], "sites": [], **without(told, "origin", "source")}
    return promise.draft("plan.basis_stated", {"basis": basis}, "[plan]", told)


def contract(promise: Promise, told: Mapping[str, Any], templates: str) -> Draft:
    """Return the contract, written out or made from a template of the catalogue.

    Raises
    ------
    InputError, NotFoundError
        If a term is missing or does not fit, or there is no such template.
    """
    fields = without(told, "origin", "source")
    if "milestones" in fields:
        body: dict[str, Any] = {"contract": {**fields, "source": str(told.get("source", ""))}}
    else:
        # A template puts names in unread: what it gives is held to the rules of any other contract.
        body = body_to_json(ContractSigned(_from_template(fields, templates, f"{promise.name} [contract]")))
    return promise.draft("contract.signed", body, "[contract]", told)


def _from_template(fields: Mapping[str, Any], templates: str, where: str) -> Contract:
    for key in ("template", "id", "title", "provider", "customer", "insurer"):
        if not isinstance(fields.get(key, ""), str):
            raise InputError(f"{where} {key}: {fields[key]!r} is no text", "put it in quotes")
    try:
        return instantiate(
            templates,
            fields["template"],
            id=fields["id"],
            title=fields["title"],
            provider=fields["provider"],
            customer=fields["customer"],
            insurer=fields.get("insurer"),
            price=_price(fields["price"], where),
            due={
                "landing": instant_of(fields["landing_due"], f"{where} landing_due"),
                "release": instant_of(fields["release_due"], f"{where} release_due"),
            },
        )
    except KeyError as fault:
        raise InputError(f"{where}: {fault} is missing", "give the terms a template asks for") from None
    except (InputError, NotFoundError) as fault:
        if str(fault).startswith(where):
            raise
        raise type(fault)(f"{where}: {fault}", fault.remedy) from None


def _price(value: Any, where: str) -> Money:
    if not isinstance(value, dict) or set(value) != {"minor", "currency"} or type(value["minor"]) is not int:
        raise InputError(
            f"{where}: price is {value!r}",
            'write price = { minor = 1200000000, currency = "USD" }, minor units (cents) as a whole number',
        )
    return Money(**value)
