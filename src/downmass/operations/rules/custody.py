"""What may be done with lots, containers, seals and hands.

What cannot be (more taken than there is, a thing in two containers) is refused. What merely should
not have been (a seal that differs, a container opened while sealed) happened all the same: it is
recorded and becomes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from downmass.disciplines.quality.hands import Offer, offers, passings
from downmass.disciplines.quality.lots import balances, lots
from downmass.disciplines.quality.packing import Packing
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import LotPart
from downmass.operations.draft import Draft
from downmass.operations.rules.people import may_act
from downmass.operations.rules.refusal import Refusal, Rule, lot_known, unknown_parties

OWN_ID = "give each lot its own id, or correct that entry"


def enough_left(campaign: Campaign, parts: Sequence[LotPart]) -> Refusal | None:
    """Refuse to take of a lot that is unknown, counted in another unit, or has not that much left."""
    known, left = lots(campaign), balances(campaign)
    wanted: dict[str, Decimal] = {}
    for part in parts:
        unknown = lot_known(campaign, part.lot)
        if unknown is not None:
            return unknown
        unit = known[part.lot].unit
        if part.unit != unit:
            return (
                f"{part.quantity} {part.unit} of lot {part.lot}, which is counted in {unit}",
                f"give the quantity in {unit}",
            )
        wanted[part.lot] = wanted.get(part.lot, Decimal(0)) + part.quantity
    for lot, quantity in wanted.items():
        there = left[lot]
        if quantity > there.left:
            return (
                f"{quantity} {there.unit} of lot {lot}, of which {there.left} {there.unit} are left",
                f"take at most {there.left} {there.unit}, or correct what was taken before",
            )
    return None


def _new_lots(campaign: Campaign, parts: Sequence[LotPart]) -> Refusal | None:
    """Refuse lots that are on record or told twice in one entry."""
    known = lots(campaign)
    for place, part in enumerate(parts):
        if part.lot in known:
            return f"lot {part.lot!r} is on record as {known[part.lot].entry}", OWN_ID
        if part.lot in {other.lot for other in parts[:place]}:
            return f"lot {part.lot!r} comes out twice", "give each lot its own id"
    return None


def _registered(campaign: Campaign, body: ev.LotRegistered, draft: Draft) -> Refusal | None:
    earlier = lots(campaign).get(body.lot)
    if earlier is not None:
        return f"lot {body.lot!r} is registered as {earlier.entry}", OWN_ID
    if body.lot in body.made_from:
        return f"lot {body.lot!r} is made from itself", "name the lots it was made from"
    return None


def _split(campaign: Campaign, body: ev.LotSplit, draft: Draft) -> Refusal | None:
    if not body.into:
        return f"lot {body.lot!r} is split into nothing", "name the sublots with their quantities"
    taken = [LotPart(body.lot, part.quantity, part.unit) for part in body.into]
    return enough_left(campaign, taken) or _new_lots(campaign, body.into)


def _transformed(campaign: Campaign, body: ev.LotTransformed, draft: Draft) -> Refusal | None:
    earlier = {event.body.transformation: event.id for event in campaign.all(ev.LotTransformed)}
    if body.transformation in earlier:
        return (
            f"transformation {body.transformation!r} is on record as {earlier[body.transformation]}",
            "give each transformation its own id",
        )
    if not body.inputs or not body.outputs:
        return "a transformation needs lots that go in and lots that come out", "name both"
    return enough_left(campaign, body.inputs) or _new_lots(campaign, body.outputs)


def _loaded(campaign: Campaign, body: ev.LotLoaded, draft: Draft) -> Refusal | None:
    return lot_known(campaign, body.lot) or _fits(campaign, Packing(campaign), body.lot, body.into, draft)


def _fits(campaign: Campaign, packing: Packing, thing: str, container: str, draft: Draft) -> Refusal | None:
    """Refuse to pack a thing into itself, or into a second container at once."""
    if thing == container or thing in packing.around(container, draft.at):
        return f"{thing} would be inside itself", "name the container it goes into"
    stays = packing.stays(thing)
    if stays and stays[-1].until is None and stays[-1].container != container:
        return (
            f"{thing} is inside {stays[-1].container} since {stays[-1].entry}",
            "record container.unpacked first, or split the lot and pack the parts",
        )
    return None


def _packed(campaign: Campaign, body: ev.ContainerPacked, draft: Draft) -> Refusal | None:
    if not body.contents:
        return f"nothing is packed into {body.container}", "name the lots, samples or containers"
    if body.container in lots(campaign):
        return f"{body.container!r} is a lot, no container", "name the container"
    packing = Packing(campaign)
    known = _things(campaign, packing)
    for place, thing in enumerate(body.contents):
        if thing not in known:
            return (
                f"{thing!r} is no lot, sample or container on record",
                "register the lot, take the sample, or pack the container first",
            )
        if thing in body.contents[:place]:
            return f"{thing} is named twice", "name each thing once"
        refusal = _fits(campaign, packing, thing, body.container, draft)
        if refusal is not None:
            return refusal
    return None


def _things(campaign: Campaign, packing: Packing) -> frozenset[str]:
    """Return what may be packed: lots, samples, and whatever held, bore a seal or changed hands."""
    return frozenset(
        {
            *lots(campaign),
            *(event.body.sample for event in campaign.all(ev.SampleTaken)),
            *packing.containers(),
            *(event.body.container for event in campaign.all(ev.SealApplied)),
            *(passing.item for passing in passings(campaign)),
        }
    )


def _unpacked(campaign: Campaign, body: ev.ContainerUnpacked, draft: Draft) -> Refusal | None:
    packing = Packing(campaign)
    inside = packing.contents(body.container, draft.at)
    if not inside:
        return f"nothing is inside {body.container} by the record", "record what was packed first"
    for thing in body.contents:
        if thing not in inside:
            listed = ", ".join(sorted(inside))
            return f"{thing} is not inside {body.container}", f"inside are {listed}"
    return None


def _applied(campaign: Campaign, body: ev.SealApplied, draft: Draft) -> Refusal | None:
    if not body.seal.strip():
        return f"the seal of {body.container} has no number", "write the number the seal bears"
    return None


def _broken(campaign: Campaign, body: ev.SealBroken, draft: Draft) -> Refusal | None:
    if not body.reason.strip():
        return f"seal {body.seal} of {body.container} is broken without a reason", "say why it was opened"
    return None


def _transfer(campaign: Campaign, body: ev.CustodyTransferred, draft: Draft) -> Refusal | None:
    return unknown_parties(campaign, {body.giver, body.receiver})


def _side(campaign: Campaign, party: str, side: str, draft: Draft) -> Refusal | None:
    """Refuse a side of a hand-over that is not signed by one person of its party."""
    if len(draft.sign) != 1:
        return f"the {side}'s side takes one signature, not {len(draft.sign)}", f"a person of {party} signs"
    signer = draft.sign[0][0]
    refusal = may_act(campaign, signer, (), draft.at, trained=False)
    if refusal is None and campaign.people[signer].party != party:
        of = campaign.people[signer].party
        return f"{signer} is of {of} and cannot sign for {party}", f"a person of {party} signs"
    return refusal


def _offered(campaign: Campaign, body: ev.CustodyOffered, draft: Draft) -> Refusal | None:
    unknown = unknown_parties(campaign, {body.giver, body.receiver})
    if unknown is not None:
        return unknown
    if body.giver == body.receiver:
        return f"{body.giver} offers {body.item} to itself", "name the two parties"
    for offer in offers(campaign):
        if offer.offer == body.offer:
            return f"offer {body.offer!r} is on record as {offer.entries[0]}", "give each offer its own id"
        if offer.item == body.item and offer.state == "open":
            return (
                f"offer {offer.offer} of {body.item} is open",
                f"let {offer.receiver} accept or refuse it first",
            )
    return _side(campaign, body.giver, "giver", draft)


def _answered(
    campaign: Campaign, body: ev.CustodyAccepted | ev.CustodyRefused, draft: Draft
) -> Refusal | None:
    offer = next((offer for offer in offers(campaign) if offer.offer == body.offer), None)
    if offer is None:
        known = ", ".join(o.offer for o in offers(campaign) if o.state == "open") or "(none)"
        return f"there is no offer {body.offer!r}", f"open offers: {known}"
    if offer.state != "open":
        return f"offer {offer.offer} was {offer.state} with {offer.entries[-1]}", "offer the item again"
    if draft.at < offer.at - timedelta(seconds=float(draft.uncertainty_s)):
        return f"offer {offer.offer} was made later than this answer", "check the instant and its zone"
    if isinstance(body, ev.CustodyRefused) and not body.reason.strip():
        return f"offer {offer.offer} is refused without a reason", "say why the item is not taken"
    return _side(campaign, offer.receiver, "receiver", draft) or _other(campaign, offer, draft)


def _other(campaign: Campaign, offer: Offer, draft: Draft) -> Refusal | None:
    """Refuse a signer who signed the other side."""
    made = next(e for e in campaign.all(ev.CustodyOffered) if e.id == offer.entries[0])
    if made.body.signature.signer == draft.sign[0][0]:
        return f"{draft.sign[0][0]} signed the giver's side", "another person signs for the receiver"
    return None


def _tagged(campaign: Campaign, body: ev.ExportTagged, draft: Draft) -> Refusal | None:
    if body.regime != "none" and not body.classification.strip():
        return f"{body.item} is tagged {body.regime} without a class", "give the USML category or the ECCN"
    if not body.basis.strip():
        return f"the tag of {body.item} has no basis", "say who classified it, and by which ruling"
    return None


RULES: Mapping[type[Any], Rule] = {
    ev.LotRegistered: _registered,
    ev.LotSplit: _split,
    ev.LotTransformed: _transformed,
    ev.LotLoaded: _loaded,
    ev.ContainerPacked: _packed,
    ev.ContainerUnpacked: _unpacked,
    ev.SealApplied: _applied,
    ev.SealBroken: _broken,
    ev.CustodyTransferred: _transfer,
    ev.CustodyOffered: _offered,
    ev.CustodyAccepted: _answered,
    ev.CustodyRefused: _answered,
    ev.ExportTagged: _tagged,
}
"""Entry type -> its rule."""
