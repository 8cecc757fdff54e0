"""Each visible entry of a campaign as the EPCIS 2.0 event that tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.ledger.epcis_terms import (
    CBV_DISPOSITION,
    MEASURED,
    PREFIX,
    UNIT_CODES,
    number,
    uri,
)
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event

Emitted = dict[str, Any]


def _element(lot: str, quantity: Any, unit: str) -> Emitted:
    element: Emitted = {"epcClass": uri("lot", lot), "quantity": number(quantity)}
    if unit in UNIT_CODES and unit != "each":
        element["uom"] = UNIT_CODES[unit]
    return element


class Scene:
    """A campaign as it is told: which names are lots, with their quantity, and which are samples."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.lots: dict[str, Emitted] = {}
        for made in campaign.all(ev.LotTransformed):
            self.lots.update({p.lot: _element(p.lot, p.quantity, p.unit) for p in made.body.outputs})
        for split in campaign.all(ev.LotSplit):
            self.lots.update({p.lot: _element(p.lot, p.quantity, p.unit) for p in split.body.into})
        for registered in campaign.all(ev.LotRegistered):
            body = registered.body
            self.lots[body.lot] = _element(body.lot, body.quantity, body.unit)
        self.samples = frozenset(event.body.sample for event in campaign.all(ev.SampleTaken))
        self.offers: dict[str, Event[ev.CustodyOffered]] = {}
        for offered in campaign.all(ev.CustodyOffered):
            self.offers.setdefault(offered.body.offer, offered)
        self.payload = _payload(self)


def _lot(scene: Scene, name: str) -> Emitted:
    return scene.lots.get(name, {"epcClass": uri("lot", name)})


def _item(scene: Scene, name: str) -> Emitted:
    """Return the what-dimension of a thing: a quantity of a lot, or an instance."""
    if name in scene.lots:
        return {"quantityList": [scene.lots[name]]}
    return {"epcList": [uri("sample" if name in scene.samples else "item", name)]}


def _children(scene: Scene, names: Iterable[str]) -> Emitted:
    """Return things as what an aggregation holds."""
    told: Emitted = {}
    for what in (_item(scene, name) for name in names):
        if "quantityList" in what:
            told.setdefault("childQuantityList", []).extend(what["quantityList"])
        else:
            told.setdefault("childEPCs", []).extend(what["epcList"])
    return told


def _payload(scene: Scene) -> Emitted:
    """Return what flies: the outermost containers anything was packed into, or the lots themselves."""
    loads = [(event.body.lot, event.body.into) for event in scene.campaign.all(ev.LotLoaded)]
    for event in scene.campaign.all(ev.ContainerPacked):
        loads.extend((thing, event.body.container) for thing in event.body.contents)
    inner = {thing for thing, _ in loads}
    outer = list(dict.fromkeys(container for _, container in loads if container not in inner))
    if outer:
        return {"epcList": [uri("item", name) for name in outer]}
    lots = [event.body.lot for event in scene.campaign.all(ev.LotRegistered) if not event.body.made_from]
    return {"quantityList": [_lot(scene, name) for name in lots], "epcList": []}


def _registered(scene: Scene, event: Event[ev.LotRegistered]) -> Emitted:
    body = event.body
    common: Emitted = {"bizStep": "commissioning", f"{PREFIX}:material": body.material}
    if body.unit not in UNIT_CODES:
        common[f"{PREFIX}:unit"] = body.unit
    if not body.made_from:
        return {
            "type": "ObjectEvent",
            "action": "ADD",
            "quantityList": [_element(body.lot, body.quantity, body.unit)],
            "disposition": "active",
            **common,
        }
    order = {"type": "prodorder", "bizTransaction": uri("campaign", scene.campaign.id)}
    return {
        "type": "TransformationEvent",
        "inputQuantityList": [_lot(scene, name) for name in body.made_from],
        "outputQuantityList": [_element(body.lot, body.quantity, body.unit)],
        "transformationID": uri("campaign", scene.campaign.id) + "/run",
        "disposition": "in_progress",
        "bizTransactionList": [order],
        **common,
    }


def _loaded(scene: Scene, event: Event[ev.LotLoaded]) -> Emitted:
    emitted: Emitted = {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": uri("item", event.body.into),
        "bizStep": "loading",
        "disposition": "in_progress",
    }
    emitted.update(_children(scene, (event.body.lot,)))
    if event.body.seal:
        emitted[f"{PREFIX}:seal"] = event.body.seal
    return emitted


def _converted(scene: Scene, inputs: list[Emitted], outputs: list[Emitted], step: str) -> Emitted:
    emitted: Emitted = {
        "type": "TransformationEvent",
        "inputQuantityList": inputs,
        "bizStep": step,
        "disposition": "in_progress",
        "bizTransactionList": [{"type": "prodorder", "bizTransaction": uri("campaign", scene.campaign.id)}],
    }
    if outputs:
        emitted["outputQuantityList"] = outputs
    return emitted


def _split(scene: Scene, event: Event[ev.LotSplit]) -> Emitted:
    """Tell a split as what went in of the lot and the sublots that came out."""
    parts = event.body.into
    totals: dict[str, Any] = {}
    for part in parts:
        totals[part.unit] = totals.get(part.unit, 0) + part.quantity
    inputs = [_element(event.body.lot, total, unit) for unit, total in totals.items()]
    outputs = [_element(part.lot, part.quantity, part.unit) for part in parts]
    return _converted(scene, inputs, outputs, uri("bizstep", "splitting"))


def _transformed(scene: Scene, event: Event[ev.LotTransformed]) -> Emitted:
    body = event.body
    inputs = [_element(part.lot, part.quantity, part.unit) for part in body.inputs]
    outputs = [_element(part.lot, part.quantity, part.unit) for part in body.outputs]
    emitted = _converted(scene, inputs, outputs, "commissioning")
    emitted["transformationID"] = uri("transformation", body.transformation)
    emitted[f"{PREFIX}:material"] = body.material
    return emitted


def _charged(scene: Scene, event: Event[ev.MaterialCharged]) -> Emitted:
    """Tell a charge as an input of the campaign's run, whose outputs are told when they are made."""
    body = event.body
    inputs = [_element(body.lot, body.quantity, body.unit)]
    emitted = _converted(scene, inputs, [], uri("bizstep", "charging"))
    emitted["transformationID"] = uri("campaign", scene.campaign.id) + "/run"
    emitted[f"{PREFIX}:phase"] = body.phase
    return emitted


def _packed(scene: Scene, event: Event[ev.ContainerPacked]) -> Emitted:
    emitted: Emitted = {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": uri("item", event.body.container),
        "bizStep": "packing",
        "disposition": "container_closed" if event.body.seal else "in_progress",
        **_children(scene, event.body.contents),
    }
    if event.body.seal:
        emitted[f"{PREFIX}:seal"] = event.body.seal
    return emitted


def _unpacked(scene: Scene, event: Event[ev.ContainerUnpacked]) -> Emitted:
    body = event.body
    contents = body.contents or tuple(_inside(scene, body.container, event))
    if not contents:
        what = {"epcList": [uri("item", body.container)]}
        return _observed(scene, what, "unpacking", None, disposition="container_open")
    return {
        "type": "AggregationEvent",
        "action": "DELETE",
        "parentID": uri("item", body.container),
        "bizStep": "unpacking",
        "disposition": "container_open",
        **_children(scene, contents),
    }


def _inside(scene: Scene, container: str, until: Event[Any]) -> dict[str, None]:
    """Return what lay directly in a container just before an entry; EPCIS lists what it takes out."""
    place = {entry: index for index, entry in enumerate(scene.campaign.arrival)}
    kinds = (ev.LotLoaded, ev.ContainerPacked, ev.ContainerUnpacked)
    acts: list[Event[Any]] = [event for kind in kinds for event in scene.campaign.all(kind)]
    inside: dict[str, None] = {}
    for act in sorted(acts, key=lambda event: (event.occurred_at, place.get(event.id, 0))):
        if act.id == until.id:
            break
        body = act.body
        if isinstance(body, ev.LotLoaded):
            if body.into == container:
                inside[body.lot] = None
        elif body.container == container:
            if isinstance(body, ev.ContainerPacked):
                inside.update(dict.fromkeys(body.contents))
            else:
                gone = body.contents or tuple(inside)
                inside = {thing: None for thing in inside if thing not in gone}
    return inside


def _seal(scene: Scene, container: str, seal: str, step: str, **more: Any) -> Emitted:
    what = {"epcList": [uri("item", container)]}
    return _observed(scene, what, step, None, **{f"{PREFIX}:seal": seal, **more})


def _applied(scene: Scene, event: Event[ev.SealApplied]) -> Emitted:
    step = uri("bizstep", "sealing")
    return _seal(scene, event.body.container, event.body.seal, step, disposition="container_closed")


def _checked(scene: Scene, event: Event[ev.SealChecked]) -> Emitted:
    intact = {f"{PREFIX}:intact": "true" if event.body.intact else "false"}
    return _seal(scene, event.body.container, event.body.seal, "inspecting", **intact)


def _broken(scene: Scene, event: Event[ev.SealBroken]) -> Emitted:
    step = uri("bizstep", "seal-breaking")
    why = {f"{PREFIX}:reason": event.body.reason}
    return _seal(scene, event.body.container, event.body.seal, step, disposition="container_open", **why)


def _observed(scene: Scene, what: Emitted, step: str, place: str | None, **more: Any) -> Emitted:
    where = {"readPoint": {"id": uri("place", place)}} if place else {}
    return {"type": "ObjectEvent", "action": "OBSERVE", **what, "bizStep": step, **where, **more}


def _launched(scene: Scene, event: Event[ev.Launched]) -> Emitted:
    return _observed(
        scene, scene.payload, "departing", event.body.site, disposition="in_transit",
        **{f"{PREFIX}:vehicle": event.body.vehicle, f"{PREFIX}:spacecraft": event.body.spacecraft},
    )  # fmt: skip


def _burned(scene: Scene, event: Event[ev.BurnPerformed]) -> Emitted:
    step = uri("bizstep", "deorbiting" if event.body.purpose == "deorbit" else "manoeuvring")
    more = {f"{PREFIX}:orbit": event.body.orbit}
    return _observed(scene, scene.payload, step, None, disposition="in_transit", **more)


def _landed(scene: Scene, event: Event[ev.Landed]) -> Emitted:
    return _observed(scene, scene.payload, "arriving", event.body.site, disposition="in_progress")


def _recovered(scene: Scene, event: Event[ev.Recovered]) -> Emitted:
    more = {f"{PREFIX}:condition": event.body.condition}
    step = uri("bizstep", "recovery")
    return _observed(scene, scene.payload, step, event.body.place, disposition="in_progress", **more)


def _moved(scene: Scene, item: str, giver: str, receiver: str, place: str) -> Emitted:
    return _observed(
        scene, _item(scene, item), "accepting", place, disposition="in_progress",
        sourceList=[{"type": "possessing_party", "source": uri("party", giver)}],
        destinationList=[{"type": "possessing_party", "destination": uri("party", receiver)}],
        **{f"{PREFIX}:place": place},
    )  # fmt: skip


def _transferred(scene: Scene, event: Event[ev.CustodyTransferred]) -> Emitted:
    body = event.body
    emitted = _moved(scene, body.item, body.giver, body.receiver, body.place)
    emitted[f"{PREFIX}:condition"] = body.condition
    if body.seal:
        emitted[f"{PREFIX}:seal"] = body.seal
    emitted[f"{PREFIX}:signedBy"] = [uri("person", signature.signer) for signature in body.signatures]
    return emitted


def _accepted(scene: Scene, event: Event[ev.CustodyAccepted]) -> Emitted:
    """Tell both sides of a hand-over as the one event that moved the item."""
    found = event.body
    told = {
        f"{PREFIX}:offer": found.offer,
        f"{PREFIX}:conditionFound": found.condition,
        f"{PREFIX}:sealFound": found.seal,
    }
    offer = scene.offers.get(found.offer)
    if offer is None:
        what = {"epcList": [uri("offer", found.offer)]}
        return _observed(scene, what, "accepting", None, **told)
    given = offer.body
    return {
        **_moved(scene, given.item, given.giver, given.receiver, given.place),
        **told,
        f"{PREFIX}:condition": given.condition,
        **({f"{PREFIX}:seal": given.seal} if given.seal else {}),
        f"{PREFIX}:offeredAt": format_instant(offer.occurred_at),
        f"{PREFIX}:signedBy": [
            uri("person", signature.signer) for signature in (given.signature, found.signature)
        ],
    }


def _offered(scene: Scene, event: Event[ev.CustodyOffered]) -> Emitted:
    """Tell an offer that moved nothing; possession stays, so no source and destination are named."""
    body = event.body
    more = {
        f"{PREFIX}:offer": body.offer,
        f"{PREFIX}:giver": uri("party", body.giver),
        f"{PREFIX}:receiver": uri("party", body.receiver),
        f"{PREFIX}:condition": body.condition,
        f"{PREFIX}:signedBy": [uri("person", body.signature.signer)],
    }
    step = uri("bizstep", "offering")
    return _observed(scene, _item(scene, body.item), step, body.place, **more)


def _refused(scene: Scene, event: Event[ev.CustodyRefused]) -> Emitted:
    body = event.body
    offer = scene.offers.get(body.offer)
    what = _item(scene, offer.body.item) if offer else {"epcList": [uri("offer", body.offer)]}
    more = {
        f"{PREFIX}:offer": body.offer,
        f"{PREFIX}:reason": body.reason,
        f"{PREFIX}:signedBy": [uri("person", body.signature.signer)],
    }
    return _observed(scene, what, uri("bizstep", "refusing"), None, **more)


def _tagged(scene: Scene, event: Event[ev.ExportTagged]) -> Emitted:
    body = event.body
    more = {
        f"{PREFIX}:exportRegime": body.regime,
        f"{PREFIX}:exportClass": body.classification,
        f"{PREFIX}:basis": body.basis,
    }
    return _observed(scene, _item(scene, body.item), uri("bizstep", "classifying"), None, **more)


def _sealed(scene: Scene, event: Event[ev.SegmentSealed]) -> Emitted:
    body = event.body
    measured = MEASURED.get(body.unit)
    report: Emitted = {
        "type": measured[0] if measured else uri("measurement", body.parameter),
        "minValue": number(body.least),
        "meanValue": number(body.mean),
        "maxValue": number(body.most),
        f"{PREFIX}:parameter": body.parameter,
        f"{PREFIX}:expected": str(body.expected),
        f"{PREFIX}:received": str(body.received),
        f"{PREFIX}:sha256": body.sha256,
    }
    if measured:
        report["uom"] = measured[1]
    else:
        report[f"{PREFIX}:unit"] = body.unit
    if scene.campaign.corrected.get(event.id) is None and _excursion(scene, body):
        report["exception"] = "ALARM_CONDITION"
    element = {
        "sensorMetadata": {
            "startTime": format_instant(body.when.opens),
            "endTime": format_instant(body.when.closes),
        },
        "sensorReport": [report],
    }
    return _observed(scene, scene.payload, "sensor_reporting", None, sensorElementList=[element])


def _excursion(scene: Scene, segment: ev.SegmentSealed) -> bool:
    return any(
        event.body.parameter == segment.parameter
        and event.body.when.opens < segment.when.closes
        and segment.when.opens < event.body.when.closes
        for event in scene.campaign.all(ev.ExcursionDetected)
    )


def _sampled(scene: Scene, event: Event[ev.SampleTaken]) -> Emitted:
    body = event.body
    return {
        "type": "ObjectEvent",
        "action": "ADD",
        "epcList": [uri("sample", body.sample)],
        "bizStep": "sampling",
        "disposition": "active",
        f"{PREFIX}:lot": uri("lot", body.lot),
        f"{PREFIX}:purpose": body.purpose,
        f"{PREFIX}:label": body.label,
    }


def _reported(scene: Scene, event: Event[ev.ResultReported]) -> Emitted:
    body = event.body
    result = {
        f"{PREFIX}:attribute": body.attribute,
        f"{PREFIX}:value": str(body.value),
        f"{PREFIX}:unit": body.unit,
        f"{PREFIX}:method": body.method,
        f"{PREFIX}:laboratory": uri("party", body.laboratory),
    }
    what = {"epcList": [uri("sample", body.sample)]}
    return _observed(scene, what, "inspecting", None, disposition="in_progress", **result)


def _decided(scene: Scene, event: Event[ev.DispositionDecided]) -> Emitted:
    body = event.body
    more = {
        f"{PREFIX}:decision": body.decision,
        f"{PREFIX}:signedBy": uri("person", body.signature.signer),
    }
    what = {"quantityList": [_lot(scene, body.lot)]}
    return _observed(scene, what, "inspecting", None, disposition=CBV_DISPOSITION[body.decision], **more)


TELLERS: Mapping[type[Any], Callable[[Scene, Event[Any]], Emitted]] = MappingProxyType(
    {
        ev.LotRegistered: _registered,
        ev.LotSplit: _split,
        ev.LotTransformed: _transformed,
        ev.MaterialCharged: _charged,
        ev.LotLoaded: _loaded,
        ev.ContainerPacked: _packed,
        ev.ContainerUnpacked: _unpacked,
        ev.SealApplied: _applied,
        ev.SealChecked: _checked,
        ev.SealBroken: _broken,
        ev.ExportTagged: _tagged,
        ev.Launched: _launched,
        ev.BurnPerformed: _burned,
        ev.Landed: _landed,
        ev.Recovered: _recovered,
        ev.CustodyTransferred: _transferred,
        ev.CustodyOffered: _offered,
        ev.CustodyAccepted: _accepted,
        ev.CustodyRefused: _refused,
        ev.SegmentSealed: _sealed,
        ev.SampleTaken: _sampled,
        ev.ResultReported: _reported,
        ev.DispositionDecided: _decided,
    }
)
"""Body of an entry -> the function that tells it as an EPCIS event."""
