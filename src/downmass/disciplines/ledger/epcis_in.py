"""An EPCIS 2.0 document, ours or a stranger's, read back: hands, contents, lots, measurements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from downmass.base.errors import InputError
from downmass.disciplines.ledger.epcis_terms import PREFIX, name_of
from downmass.disciplines.ledger.judge import events_of, judge
from downmass.disciplines.ledger.judge_event import elements, is_number, objects_in, parties, time_of
from downmass.facts.finding import Finding


@dataclass(frozen=True, slots=True)
class EpcisHand:
    """Possession of a thing passed from one party to another.

    Attributes
    ----------
    giver, receiver
        Names of ours, or a stranger's identifiers; empty where the event does not say.
    condition, seal, found, seal_found
        As given and as found, in documents of ours; empty in a stranger's.
    """

    item: str
    giver: str
    receiver: str
    at: datetime
    place: str
    condition: str
    seal: str
    found: str
    seal_found: str
    signed_by: tuple[str, ...]
    event: str


@dataclass(frozen=True, slots=True)
class EpcisPart:
    """A thing, with its quantity and unit code where it is counted."""

    thing: str
    quantity: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class EpcisAggregation:
    """Things put into a container (ADD), seen there (OBSERVE) or taken out (DELETE)."""

    action: str
    container: str
    contents: tuple[EpcisPart, ...]
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class EpcisTransformation:
    """What went in and what came out."""

    transformation: str
    inputs: tuple[EpcisPart, ...]
    outputs: tuple[EpcisPart, ...]
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class EpcisReport:
    """A measurement: of what, in which unit, over which span, and its numbers by name."""

    measure: str
    unit: str
    opens: datetime | None
    closes: datetime | None
    numbers: tuple[tuple[str, Decimal], ...]
    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class EpcisCorrection:
    """An event declared wrong, and the events that correct it."""

    event: str
    declared_at: datetime | None
    reason: str
    corrected_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpcisStory:
    """What an EPCIS document tells, in the order of its events' times.

    Attributes
    ----------
    corrections
        Events declared wrong; what they say is in no other part of the story.
    untold
        Events that stand and tell none of the above.
    findings
        What the judge finds in the document.
    """

    hands: tuple[EpcisHand, ...]
    aggregations: tuple[EpcisAggregation, ...]
    transformations: tuple[EpcisTransformation, ...]
    reports: tuple[EpcisReport, ...]
    corrections: tuple[EpcisCorrection, ...]
    untold: tuple[str, ...]
    findings: tuple[Finding, ...]


def read_epcis(document: Any) -> EpcisStory:
    """Read an EPCIS 2.0 document back into what happened.

    Parameters
    ----------
    document
        The document as parsed from JSON.

    Raises
    ------
    InputError
        If it is no EPCIS document at all. What is wrong inside of one is a finding, and what can be
        read of it is read.

    Notes
    -----
    An event without a readable time is left out, as a finding says. Several things handed over in
    one event are as many hands.

    Examples
    --------
    >>> read_epcis({"epcisBody": {"eventList": []}}).hands
    ()
    """
    events = events_of(document) if isinstance(document, Mapping) else None
    if events is None:
        raise InputError("this is no EPCIS document", "give an EPCIS 2.0 document in JSON-LD")
    whole = [event for event in events if isinstance(event, Mapping)]
    wrong = {_id(event) for event in whole if isinstance(event.get("errorDeclaration"), Mapping)} - {""}
    standing = []
    for event in whole:
        at = time_of(event.get("eventTime"))
        if at is not None and "errorDeclaration" not in event and _id(event) not in wrong:
            standing.append((at, event))
    standing.sort(key=lambda item: item[0])
    hands = tuple(hand for at, event in standing for hand in _hands(event, at))
    aggregations = tuple(
        _aggregation(event, at) for at, event in standing if event.get("type") == "AggregationEvent"
    )
    transformations = tuple(
        _transformation(event, at) for at, event in standing if event.get("type") == "TransformationEvent"
    )
    reports = tuple(report for at, event in standing for report in _reports(event, at))
    told = {part.event for group in (hands, aggregations, transformations, reports) for part in group}
    return EpcisStory(
        hands=hands,
        aggregations=aggregations,
        transformations=transformations,
        reports=reports,
        corrections=tuple(_corrections(whole)),
        untold=tuple(_id(event) for _, event in standing if _id(event) not in told),
        findings=judge(document),
    )


def _id(event: Mapping[str, Any]) -> str:
    return _text(event.get("eventID"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _own(event: Mapping[str, Any], field: str) -> str:
    return _text(event.get(f"{PREFIX}:{field}"))


def _parts(event: Mapping[str, Any], things: str, quantities: str) -> tuple[EpcisPart, ...]:
    single = [
        EpcisPart(name_of(thing), None, "") for thing in elements(event.get(things)) if isinstance(thing, str)
    ]
    counted = [
        EpcisPart(name_of(_text(element.get("epcClass"))), _decimal(element.get("quantity")),
                  _text(element.get("uom")))
        for element in objects_in(event, quantities)
    ]  # fmt: skip
    return (*single, *counted)


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if is_number(value) else None


def _hands(event: Mapping[str, Any], at: datetime) -> Iterator[EpcisHand]:
    givers = parties(event, "source").get("possessing_party", [])
    receivers = parties(event, "destination").get("possessing_party", [])
    if not givers and not receivers:
        return
    where = event.get("readPoint")
    point = _text(where.get("id")) if isinstance(where, Mapping) else ""
    container = event.get("parentID")
    things = [name_of(container)] if isinstance(container, str) else []
    if not things:
        things = [part.thing for part in _parts(event, "epcList", "quantityList")]
    for thing in things:
        yield EpcisHand(
            item=thing,
            giver=name_of(givers[0]) if givers else "",
            receiver=name_of(receivers[0]) if receivers else "",
            at=at,
            place=_own(event, "place") or name_of(point),
            condition=_own(event, "condition"),
            seal=_own(event, "seal"),
            found=_own(event, "conditionFound"),
            seal_found=_own(event, "sealFound"),
            signed_by=tuple(
                name_of(signer)
                for signer in elements(event.get(f"{PREFIX}:signedBy"))
                if isinstance(signer, str)
            ),
            event=_id(event),
        )


def _aggregation(event: Mapping[str, Any], at: datetime) -> EpcisAggregation:
    return EpcisAggregation(
        action=_text(event.get("action")),
        container=name_of(_text(event.get("parentID"))),
        contents=_parts(event, "childEPCs", "childQuantityList"),
        at=at,
        event=_id(event),
    )


def _transformation(event: Mapping[str, Any], at: datetime) -> EpcisTransformation:
    return EpcisTransformation(
        transformation=name_of(_text(event.get("transformationID"))),
        inputs=_parts(event, "inputEPCList", "inputQuantityList"),
        outputs=_parts(event, "outputEPCList", "outputQuantityList"),
        at=at,
        event=_id(event),
    )


def _reports(event: Mapping[str, Any], at: datetime) -> Iterator[EpcisReport]:
    for element in objects_in(event, "sensorElementList"):
        told = element.get("sensorMetadata")
        metadata: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        for report in objects_in(element, "sensorReport"):
            numbers = [
                (str(field), Decimal(str(value)))
                for field, value in report.items()
                if is_number(value) and ":" not in str(field)
            ]
            yield EpcisReport(
                measure=_own(report, "parameter") or _text(report.get("type")),
                unit=_text(report.get("uom")) or _own(report, "unit"),
                opens=time_of(metadata.get("startTime")),
                closes=time_of(metadata.get("endTime")),
                numbers=tuple(numbers),
                at=at,
                event=_id(event),
            )


def _corrections(events: list[Mapping[str, Any]]) -> Iterator[EpcisCorrection]:
    for event in events:
        declaration = event.get("errorDeclaration")
        if isinstance(declaration, Mapping):
            ids = elements(declaration.get("correctiveEventIDs"))
            yield EpcisCorrection(
                event=_id(event),
                declared_at=time_of(declaration.get("declarationTime")),
                reason=_text(declaration.get("reason")),
                corrected_by=tuple(entry for entry in ids if isinstance(entry, str)),
            )
