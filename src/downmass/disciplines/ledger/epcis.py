"""A campaign as an EPCIS 2.0 document: what, where, when, why and how, for other people's systems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from downmass.base.instant import format_instant
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign
from downmass.facts.event import Event

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN = "https://id.downmass.example"
"""Root of our identifiers; CBV 2.0 allows any https URI its owner controls."""

NAMESPACE = "https://ns.downmass.example/epcis/"
PREFIX = "downmass"

UNIT_CODES: Mapping[str, str] = MappingProxyType(
    {
        "kg": "KGM", "g": "GRM", "mg": "MGM", "t": "TNE", "m": "MTR", "km": "KMT", "mm": "MMT",
        "L": "LTR", "mL": "MLT", "m3": "MTQ", "each": "EA", "h": "HUR", "min": "MIN", "s": "SEC",
        "C": "CEL", "degC": "CEL", "K": "KEL", "Pa": "PAL", "kPa": "KPA", "bar": "BAR",
        "W": "WTT", "kW": "KWT", "V": "VLT", "A": "AMP", "m/s": "MTS", "m/s2": "MSK",
    }
)  # fmt: skip
"""Unit as people write it -> common code (UN/CEFACT Recommendation 20)."""

MEASURED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "C": ("Temperature", "CEL"), "degC": ("Temperature", "CEL"), "K": ("Temperature", "KEL"),
        "Pa": ("Pressure", "PAL"), "kPa": ("Pressure", "KPA"), "bar": ("Pressure", "BAR"),
        "W": ("Power", "WTT"), "kW": ("Power", "KWT"), "V": ("Voltage", "VLT"),
        "A": ("ElectricCurrent", "AMP"), "m/s": ("Speed", "MTS"), "m/s2": ("Acceleration", "MSK"),
        "kg": ("Mass", "KGM"), "g": ("Mass", "GRM"), "mm": ("Length", "MMT"), "m": ("Length", "MTR"),
        "h": ("Time", "HUR"), "s": ("Time", "SEC"),
    }
)  # fmt: skip
"""Unit of a sealed segment -> GS1 measurement type and unit code."""

CBV_DISPOSITION: Mapping[str, str] = MappingProxyType(
    {
        "released": "conformant",
        "rejected": "non_conformant",
        "quarantined": "unavailable",
        "reprocess": "unavailable",
    }
)
"""Decision of the quality unit -> the nearest CBV word; the decision itself travels beside it."""

Emitted = dict[str, Any]


def uri(kind: str, name: str) -> str:
    """Return our identifier of a thing; letters outside a slug are replaced.

    Examples
    --------
    >>> uri("place", "Vandenberg SFB")
    'https://id.downmass.example/place/vandenberg-sfb'
    """
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-").lower()
    return f"{OWN}/{kind}/{tidy or 'unnamed'}"


def epcis_document(
    campaign: Campaign, recorded: Iterable[Event[Any]] = (), owner: str | None = None
) -> dict[str, Any]:
    """Return the EPCIS 2.0 JSON-LD document of a campaign.

    Parameters
    ----------
    recorded
        The entries as first recorded. With them, a corrected entry is told twice: as it was, with an
        errorDeclaration that points at the corrective event, and as it should have been.
    owner
        Party that holds title throughout, where the contract says so; transfers of possession then
        carry it as owning party on both sides.

    Returns
    -------
    dict
        A JSON value; the same campaign gives the same document. Valid under GS1's JSON schema 2.0.

    Notes
    -----
    Told are lots, loadings, flight, measurements, transfers, samples, results and dispositions. Money,
    plans, gates and reviews are not visibility events. The CBV disposition is not the quality
    disposition, which travels as ``downmass:decision``.
    """
    originals = {event.id: event for event in recorded}
    told: list[tuple[datetime, int, Emitted]] = []
    events = [event for kind in TELLERS for event in campaign.all(kind)]
    for place, event in enumerate(sorted(events, key=lambda e: (e.occurred_at, e.recorded_at, e.id))):
        correction = campaign.corrected.get(event.id)
        if correction is None:
            told.append((event.occurred_at, place, _told(campaign, event, event.id, owner)))
            continue
        fresh = _told(campaign, event, correction, owner)
        fresh[f"{PREFIX}:corrects"] = uri("entry", event.id)
        told.append((event.occurred_at, place, fresh))
        if event.id in originals:
            wrong = _told(campaign, originals[event.id], event.id, owner)
            wrong["errorDeclaration"] = _declaration(campaign, correction)
            told.append((event.occurred_at, place, wrong))
    known = [event.recorded_at for event in events]
    made = max([*known, campaign.recorded_until] if campaign.recorded_until else known, default=None)
    return {
        "@context": [CONTEXT, {PREFIX: NAMESPACE}],
        "id": uri("campaign", campaign.id) + "/epcis",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": format_instant(made) if made else "1970-01-01T00:00:00Z",
        "epcisBody": {"eventList": [emitted for _, _, emitted in sorted(told, key=lambda item: item[:2])]},
    }


def _told(campaign: Campaign, event: Event[Any], entry: str, owner: str | None) -> Emitted:
    emitted = {**_envelope(event, entry), **TELLERS[type(event.body)](campaign, event)}
    if owner is not None and isinstance(event.body, ev.CustodyTransferred):
        emitted["sourceList"].append({"type": "owning_party", "source": uri("party", owner)})
        emitted["destinationList"].append({"type": "owning_party", "destination": uri("party", owner)})
    return emitted


def _envelope(event: Event[Any], entry: str) -> Emitted:
    return {
        "eventID": uri("entry", entry),
        "eventTime": format_instant(event.occurred_at),
        "eventTimeZoneOffset": "+00:00",
        f"{PREFIX}:recordedAt": format_instant(event.recorded_at),
        f"{PREFIX}:uncertaintySeconds": str(event.uncertainty_s),
        f"{PREFIX}:origin": event.origin,
    }


def _declaration(campaign: Campaign, correction: str) -> Emitted:
    declared = [event for event in campaign.all(ev.EntryCorrected) if event.id == correction]
    at = declared[0].recorded_at if declared else campaign.recorded_until
    return {
        "declarationTime": format_instant(at) if at else "1970-01-01T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": [uri("entry", correction)],
        **({f"{PREFIX}:why": declared[0].body.reason} if declared else {}),
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _quantity(lot: ev.LotRegistered) -> Emitted:
    element: Emitted = {"epcClass": uri("lot", lot.lot), "quantity": _number(lot.quantity)}
    if lot.unit in UNIT_CODES and lot.unit != "each":
        element["uom"] = UNIT_CODES[lot.unit]
    return element


def _lot(campaign: Campaign, name: str) -> Emitted:
    known = [event.body for event in campaign.all(ev.LotRegistered) if event.body.lot == name]
    return _quantity(known[-1]) if known else {"epcClass": uri("lot", name)}


def _item(campaign: Campaign, name: str) -> Emitted:
    """Return the what-dimension of a thing: a quantity of a lot, or an instance."""
    if any(event.body.lot == name for event in campaign.all(ev.LotRegistered)):
        return {"quantityList": [_lot(campaign, name)]}
    if any(event.body.sample == name for event in campaign.all(ev.SampleTaken)):
        return {"epcList": [uri("sample", name)]}
    return {"epcList": [uri("item", name)]}


def _payload(campaign: Campaign) -> Emitted:
    """Return what flies: the outermost containers lots were loaded into, or the lots themselves."""
    loads = [event.body for event in campaign.all(ev.LotLoaded)]
    inner = {load.lot for load in loads}
    outer = list(dict.fromkeys(load.into for load in loads if load.into not in inner))
    if outer:
        return {"epcList": [uri("item", name) for name in outer]}
    lots = [event.body.lot for event in campaign.all(ev.LotRegistered) if not event.body.made_from]
    return {"quantityList": [_lot(campaign, name) for name in lots], "epcList": []}


def _registered(campaign: Campaign, event: Event[ev.LotRegistered]) -> Emitted:
    body = event.body
    common: Emitted = {"bizStep": "commissioning", f"{PREFIX}:material": body.material}
    if body.unit not in UNIT_CODES:
        common[f"{PREFIX}:unit"] = body.unit
    if not body.made_from:
        return {
            "type": "ObjectEvent",
            "action": "ADD",
            "quantityList": [_quantity(body)],
            "disposition": "active",
            **common,
        }
    order = {"type": "prodorder", "bizTransaction": uri("campaign", campaign.id)}
    return {
        "type": "TransformationEvent",
        "inputQuantityList": [_lot(campaign, name) for name in body.made_from],
        "outputQuantityList": [_quantity(body)],
        "transformationID": uri("campaign", campaign.id) + "/run",
        "disposition": "in_progress",
        "bizTransactionList": [order],
        **common,
    }


def _loaded(campaign: Campaign, event: Event[ev.LotLoaded]) -> Emitted:
    emitted: Emitted = {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": uri("item", event.body.into),
        "bizStep": "loading",
        "disposition": "in_progress",
    }
    what = _item(campaign, event.body.lot)
    if "quantityList" in what:
        emitted["childQuantityList"] = what["quantityList"]
    else:
        emitted["childEPCs"] = what["epcList"]
    if event.body.seal:
        emitted[f"{PREFIX}:seal"] = event.body.seal
    return emitted


def _observed(campaign: Campaign, what: Emitted, step: str, place: str | None, **more: Any) -> Emitted:
    where = {"readPoint": {"id": uri("place", place)}} if place else {}
    return {"type": "ObjectEvent", "action": "OBSERVE", **what, "bizStep": step, **where, **more}


def _launched(campaign: Campaign, event: Event[ev.Launched]) -> Emitted:
    return _observed(
        campaign, _payload(campaign), "departing", event.body.site, disposition="in_transit",
        **{f"{PREFIX}:vehicle": event.body.vehicle, f"{PREFIX}:spacecraft": event.body.spacecraft},
    )  # fmt: skip


def _burned(campaign: Campaign, event: Event[ev.BurnPerformed]) -> Emitted:
    step = uri("bizstep", "deorbiting" if event.body.purpose == "deorbit" else "manoeuvring")
    more = {f"{PREFIX}:orbit": event.body.orbit}
    return _observed(campaign, _payload(campaign), step, None, disposition="in_transit", **more)


def _landed(campaign: Campaign, event: Event[ev.Landed]) -> Emitted:
    return _observed(campaign, _payload(campaign), "arriving", event.body.site, disposition="in_progress")


def _recovered(campaign: Campaign, event: Event[ev.Recovered]) -> Emitted:
    more = {f"{PREFIX}:condition": event.body.condition}
    step = uri("bizstep", "recovery")
    return _observed(campaign, _payload(campaign), step, event.body.place, disposition="in_progress", **more)


def _transferred(campaign: Campaign, event: Event[ev.CustodyTransferred]) -> Emitted:
    body = event.body
    emitted = _observed(
        campaign, _item(campaign, body.item), "accepting", body.place, disposition="in_progress",
        sourceList=[{"type": "possessing_party", "source": uri("party", body.giver)}],
        destinationList=[{"type": "possessing_party", "destination": uri("party", body.receiver)}],
        **{f"{PREFIX}:condition": body.condition},
    )  # fmt: skip
    if body.seal:
        emitted[f"{PREFIX}:seal"] = body.seal
    emitted[f"{PREFIX}:signedBy"] = [uri("person", signature.signer) for signature in body.signatures]
    return emitted


def _sealed(campaign: Campaign, event: Event[ev.SegmentSealed]) -> Emitted:
    body = event.body
    measured = MEASURED.get(body.unit)
    report: Emitted = {
        "type": measured[0] if measured else uri("measurement", body.parameter),
        "minValue": _number(body.least),
        "meanValue": _number(body.mean),
        "maxValue": _number(body.most),
        f"{PREFIX}:parameter": body.parameter,
        f"{PREFIX}:expected": str(body.expected),
        f"{PREFIX}:received": str(body.received),
        f"{PREFIX}:sha256": body.sha256,
    }
    if measured:
        report["uom"] = measured[1]
    else:
        report[f"{PREFIX}:unit"] = body.unit
    if campaign.corrected.get(event.id) is None and _excursion(campaign, body):
        report["exception"] = "ALARM_CONDITION"
    element = {
        "sensorMetadata": {
            "startTime": format_instant(body.when.opens),
            "endTime": format_instant(body.when.closes),
        },
        "sensorReport": [report],
    }
    return _observed(campaign, _payload(campaign), "sensor_reporting", None, sensorElementList=[element])


def _excursion(campaign: Campaign, segment: ev.SegmentSealed) -> bool:
    return any(
        event.body.parameter == segment.parameter
        and event.body.when.opens < segment.when.closes
        and segment.when.opens < event.body.when.closes
        for event in campaign.all(ev.ExcursionDetected)
    )


def _sampled(campaign: Campaign, event: Event[ev.SampleTaken]) -> Emitted:
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


def _reported(campaign: Campaign, event: Event[ev.ResultReported]) -> Emitted:
    body = event.body
    result = {
        f"{PREFIX}:attribute": body.attribute,
        f"{PREFIX}:value": str(body.value),
        f"{PREFIX}:unit": body.unit,
        f"{PREFIX}:method": body.method,
        f"{PREFIX}:laboratory": uri("party", body.laboratory),
    }
    what = {"epcList": [uri("sample", body.sample)]}
    return _observed(campaign, what, "inspecting", None, disposition="in_progress", **result)


def _decided(campaign: Campaign, event: Event[ev.DispositionDecided]) -> Emitted:
    body = event.body
    more = {
        f"{PREFIX}:decision": body.decision,
        f"{PREFIX}:signedBy": uri("person", body.signature.signer),
    }
    what = {"quantityList": [_lot(campaign, body.lot)]}
    return _observed(campaign, what, "inspecting", None, disposition=CBV_DISPOSITION[body.decision], **more)


TELLERS: Mapping[type[Any], Callable[[Campaign, Event[Any]], Emitted]] = MappingProxyType(
    {
        ev.LotRegistered: _registered,
        ev.LotLoaded: _loaded,
        ev.Launched: _launched,
        ev.BurnPerformed: _burned,
        ev.Landed: _landed,
        ev.Recovered: _recovered,
        ev.CustodyTransferred: _transferred,
        ev.SegmentSealed: _sealed,
        ev.SampleTaken: _sampled,
        ev.ResultReported: _reported,
        ev.DispositionDecided: _decided,
    }
)
"""Body of an entry -> the function that tells it as an EPCIS event."""
