"""A campaign as an EPCIS 2.0 document: what, where, when, why and how, for other people's systems."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from downmass.base.instant import format_instant
from downmass.disciplines.ledger.epcis_events import TELLERS, Emitted, Scene
from downmass.disciplines.ledger.epcis_terms import CONTEXT, NAMESPACE, PREFIX, uri
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.event import Event


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
    Told are lots and what became of them, containers, seals, hand-overs, flight, measurements, samples,
    results, export tags and dispositions. An offer that was accepted is told once, by its acceptance.
    Money, plans, gates, commands and reviews are not visibility events. The CBV disposition is not the
    quality disposition, which travels as ``downmass:decision``.
    """
    first = list(recorded)
    originals = {event.id: event for event in first}
    scene = Scene(campaign)
    before = Scene(fold(event for event in first if not isinstance(event.body, ev.EntryCorrected)))
    told: list[tuple[datetime, int, Emitted]] = []
    events = _visible(campaign)
    for place, event in enumerate(events):
        correction = _correction(scene, event)
        if correction is None:
            told.append((event.occurred_at, place, _told(scene, event, event.id, owner)))
            continue
        fresh = _told(scene, event, correction, owner)
        fresh[f"{PREFIX}:corrects"] = uri("entry", event.id)
        told.append((event.occurred_at, place, fresh))
        if event.id in originals:
            wrong = _told(before, originals[event.id], event.id, owner)
            wrong["errorDeclaration"] = _declaration(campaign, correction)
            told.append((event.occurred_at, place, wrong))
    known = [at for event in events for at in (event.recorded_at, event.occurred_at)]
    made = max([*known, campaign.recorded_until] if campaign.recorded_until else known, default=None)
    return {
        "@context": [CONTEXT, {PREFIX: NAMESPACE}],
        "id": uri("campaign", campaign.id) + "/epcis",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": format_instant(made) if made else "1970-01-01T00:00:00Z",
        "epcisBody": {"eventList": [emitted for _, _, emitted in sorted(told, key=lambda item: item[:2])]},
    }


def _visible(campaign: Campaign) -> list[Event[Any]]:
    """Return the entries that are told, in order; an accepted offer is told by its acceptance."""
    taken = {event.body.offer for event in campaign.all(ev.CustodyAccepted)}
    events = [
        event
        for kind in TELLERS
        for event in campaign.all(kind)
        if not (isinstance(event.body, ev.CustodyOffered) and event.body.offer in taken)
    ]
    return sorted(events, key=lambda event: (event.occurred_at, event.recorded_at, event.id))


def _correction(scene: Scene, event: Event[Any]) -> str | None:
    """Return the entry that corrects one, or the offer it answers; none where nothing does."""
    found = scene.campaign.corrected.get(event.id)
    if found is None and isinstance(event.body, ev.CustodyAccepted):
        offer = scene.offers.get(event.body.offer)
        found = scene.campaign.corrected.get(offer.id) if offer is not None else None
    return found


def _told(scene: Scene, event: Event[Any], entry: str, owner: str | None) -> Emitted:
    emitted = {**_envelope(event, entry), **TELLERS[type(event.body)](scene, event)}
    if owner is not None and "sourceList" in emitted:
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
