"""What GS1's schema lets through: a semantic judge of EPCIS 2.0 documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from downmass.disciplines.ledger.vocabulary import (
    ACTIONLESS,
    BIZ_STEPS,
    DISPOSITIONS,
    EVENT_FIELDS,
    EVENT_TYPES,
    KNOWN_PREFIXES,
    LEAST_VALUE,
    MASS_IN_KG,
    MOST_VALUE,
    REASONS,
    UNIT_MEASURES,
    UNITLESS,
)
from downmass.facts.finding import Finding

MAX_EVENTS_NAMED = 20

_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")
_MASS_TOLERANCE = 1e-9

_HUGE = 1e300
"""JSON integers know no bound; what is larger than this is no measurement."""

VALUES = ("value", "minValue", "maxValue", "meanValue", "percValue")
OTHER_VALUES = ("stringValue", "booleanValue", "hexBinaryValue", "uriValue")


def judge(document: Any) -> tuple[Finding, ...]:
    """Judge an EPCIS 2.0 document for what its schema does not see.

    Parameters
    ----------
    document
        The document as parsed from JSON; anything is accepted, nothing raises.

    Returns
    -------
    tuple of Finding
        ``blocking`` where the document says something that cannot be; ``warning`` where it is
        probably a slip; ``note`` where something could not be judged. Subjects are event ids, or
        places in the document such as ``eventList[2]``.

    Notes
    -----
    Judged are times (zone, calendar, order), vocabulary, extensions and their prefixes, fields that do
    not belong to the event type, versions, units and measured quantity, ordered statistics, absolute
    zero and other physical bounds, mass made from nothing in a transformation, custody that leaves to
    nobody or from somebody who never had it, events used before they are created, and corrections that
    point nowhere. Not judged: signatures, GS1 check digits, and master data.

    References
    ----------
    GS1, EPCIS Standard 2.0 and Core Business Vocabulary 2.0, June 2022.
    """
    if not isinstance(document, Mapping):
        return (Finding("document", "this is no JSON object, so no EPCIS document", "blocking"),)
    findings = list(_document(document))
    prefixes = KNOWN_PREFIXES | _declared(document.get("@context"))
    events = _events(document)
    if events is None:
        findings.append(Finding("epcisBody", "there is no eventList to judge", "blocking"))
        return tuple(findings)
    created = _time(document.get("creationDate"))
    for place, event in enumerate(events):
        if not isinstance(event, Mapping):
            findings.append(Finding(f"eventList[{place}]", "an event is no JSON object", "blocking"))
            continue
        name = _name(event, place)
        findings.extend(_event(event, name, prefixes | _declared(event.get("@context")), created))
    whole = [(event, _name(event, place)) for place, event in enumerate(events) if isinstance(event, Mapping)]
    findings.extend(_identities(whole))
    findings.extend(_custody(whole))
    return tuple(findings)


def _name(event: Mapping[str, Any], place: int) -> str:
    name = event.get("eventID")
    return name if isinstance(name, str) and name else f"eventList[{place}]"


def _events(document: Mapping[str, Any]) -> Sequence[Any] | None:
    found: Any = document.get("epcisBody")
    for name in ("queryResults", "resultsBody"):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
    events = found.get("eventList") if isinstance(found, Mapping) else None
    return events if isinstance(events, list) else None


def _declared(context: Any) -> frozenset[str]:
    """Return the prefixes a JSON-LD context declares."""
    parts = context if isinstance(context, list) else [context]
    return frozenset(str(name) for part in parts if isinstance(part, Mapping) for name in part)


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _TIME.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _times(where: Mapping[str, Any], names: Iterable[str], subject: str) -> Iterable[Finding]:
    for name in names:
        if name in where and _time(where[name]) is None:
            text = f"{name} is {where[name]!r}; write a real date and time with its zone (RFC 3339)"
            yield Finding(subject, text, "blocking")


def _document(document: Mapping[str, Any]) -> Iterable[Finding]:
    if document.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        text = f"type is {document.get('type')!r}; write EPCISDocument"
        yield Finding("document", text, "blocking")
    version = document.get("schemaVersion")
    if not (isinstance(version, str) and re.fullmatch(r"2\.\d+(\.\d+)?", version)):
        yield Finding("document", f"schemaVersion is {version!r}; this document is 2.0", "blocking")
    yield from _times(document, ("creationDate",), "document")


def _event(
    event: Mapping[str, Any], name: str, prefixes: frozenset[str], created: datetime | None
) -> Iterable[Finding]:
    kind = event.get("type")
    yield from _when(event, name, created)
    yield from _words(event, name)
    if isinstance(kind, str) and kind in EVENT_TYPES:
        yield from _fields(event, name, kind)
    elif not (isinstance(kind, str) and _URI.match(kind)):
        yield Finding(name, f"event type {kind!r} is neither EPCIS's nor a URI of your own", "blocking")
    yield from _extensions(event, name, prefixes)
    yield from _sensors(event, name, prefixes)
    yield from _quantities(event, name)
    if kind == "TransformationEvent":
        yield from _mass(event, name)
    if kind in ("AggregationEvent", "AssociationEvent"):
        yield from _parent(event, name)
    yield from _leaves_to_nobody(event, name)


def _when(event: Mapping[str, Any], name: str, created: datetime | None) -> Iterable[Finding]:
    if "eventTime" not in event:
        yield Finding(name, "eventTime is missing", "blocking")
    yield from _times(event, ("eventTime", "recordTime"), name)
    at, recorded = _time(event.get("eventTime")), _time(event.get("recordTime"))
    if at and recorded and recorded < at:
        yield Finding(name, "it was recorded before it happened; check the clocks", "warning")
    if at and created and at > created:
        yield Finding(name, "it happened after the document was created; check creationDate", "warning")
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, Mapping):
        yield from _times(declaration, ("declarationTime",), name)
        declared = _time(declaration.get("declarationTime"))
        if at and declared and declared < at:
            yield Finding(name, "its error was declared before it happened", "blocking")


def _words(event: Mapping[str, Any], name: str) -> Iterable[Finding]:
    words: list[tuple[str, Any, frozenset[str]]] = [
        ("bizStep", event.get("bizStep"), BIZ_STEPS),
        ("disposition", event.get("disposition"), DISPOSITIONS),
    ]
    persistent = event.get("persistentDisposition")
    if isinstance(persistent, Mapping):
        for key in ("set", "unset"):
            for value in _elements(persistent.get(key)):
                words.append((f"persistentDisposition.{key}", value, DISPOSITIONS))
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, Mapping):
        words.append(("errorDeclaration.reason", declaration.get("reason"), REASONS))
    for field, word, known in words:
        if word is None or (isinstance(word, str) and (word in known or _URI.match(word))):
            continue
        text = f"{field} {word!r} is no word of the Core Business Vocabulary; use one, or a URI of your own"
        yield Finding(name, text, "blocking")


def _fields(event: Mapping[str, Any], name: str, kind: str) -> Iterable[Finding]:
    allowed = EVENT_FIELDS[kind]
    for field in event:
        if ":" not in field and not field.startswith("@") and field not in allowed:
            text = f"{field!r} is no field of {kind}; give an extension its prefix, e.g. example:{field}"
            yield Finding(name, text, "blocking")
    action = event.get("action")
    if kind not in ACTIONLESS and action not in ("ADD", "OBSERVE", "DELETE"):
        yield Finding(name, f"action is {action!r}; use ADD, OBSERVE or DELETE", "blocking")


def _extensions(value: Any, name: str, prefixes: frozenset[str]) -> Iterable[Finding]:
    """Yield prefixes that no context declares; such terms vanish when the document is read as linked data."""
    unknown: set[str] = set()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            for key, inner in part.items():
                prefix = str(key).split(":", 1)[0]
                whole = str(key).startswith(("http:", "https:", "urn:"))
                if ":" in str(key) and not whole and prefix not in prefixes:
                    unknown.add(prefix)
                if key != "@context":
                    waiting.append(inner)
        elif isinstance(part, list):
            waiting.extend(part)
    for prefix in sorted(unknown):
        text = f"prefix {prefix!r} is declared in no @context; declare it, or the terms are lost"
        yield Finding(name, text, "blocking")


def _sensors(event: Mapping[str, Any], name: str, prefixes: frozenset[str]) -> Iterable[Finding]:
    for element in _elements(event.get("sensorElementList")):
        if not isinstance(element, Mapping):
            continue
        metadata = element.get("sensorMetadata")
        if isinstance(metadata, Mapping):
            yield from _times(metadata, ("time", "startTime", "endTime"), name)
            start, end = _time(metadata.get("startTime")), _time(metadata.get("endTime"))
            if start and end and end < start:
                yield Finding(name, "a measurement ends before it starts", "blocking")
        for report in _elements(element.get("sensorReport")):
            if isinstance(report, Mapping):
                yield from _times(report, ("time",), name)
                yield from _report(report, name)


def _report(report: Mapping[str, Any], name: str) -> Iterable[Finding]:
    measure, unit = report.get("type"), report.get("uom")
    numbers = {key: report[key] for key in VALUES if _is_number(report.get(key))}
    own = isinstance(measure, str) and bool(_URI.match(measure))
    known = isinstance(measure, str) and not own
    if numbers and unit is None and known and measure not in UNITLESS:
        yield Finding(name, f"{measure} has a value without a unit; give its uom", "blocking")
    if isinstance(unit, str) and known and unit in UNIT_MEASURES and measure not in UNIT_MEASURES[unit]:
        text = f"{measure} is given in {unit}, a unit of {', '.join(sorted(UNIT_MEASURES[unit]))}"
        yield Finding(name, text, "blocking")
    elif isinstance(unit, str) and known and unit not in UNIT_MEASURES:
        yield Finding(name, f"unit {unit!r} of {measure} is not in our table and was not judged", "note")
    others = any(key in report for key in OTHER_VALUES) or "exception" in report
    if not numbers and not others and not any(":" in str(key) for key in report):
        yield Finding(name, f"a report of {measure} carries no value", "warning")
    low, mean, high = (numbers.get(key) for key in ("minValue", "meanValue", "maxValue"))
    ordered = [value for value in (low, mean, high) if value is not None]
    if ordered != sorted(ordered):
        yield Finding(name, f"{measure}: minimum, mean and maximum are {ordered}, out of order", "blocking")
    if _is_number(report.get("sDev")) and report["sDev"] < 0:
        yield Finding(name, f"{measure}: a standard deviation of {report['sDev']} cannot be", "blocking")
    if _is_number(report.get("percRank")) and not 0 <= report["percRank"] <= 100:
        yield Finding(name, f"{measure}: a percentile rank of {report['percRank']} cannot be", "blocking")
    key = (str(measure), str(unit))
    for field, value in numbers.items():
        if value < LEAST_VALUE.get(key, LEAST_VALUE.get((str(measure), ""), float("-inf"))):
            text = f"{measure}: {field} {value} {unit or ''} is below what can be"
            yield Finding(name, text.rstrip(), "blocking")
        if value > MOST_VALUE.get(key, float("inf")):
            yield Finding(name, f"{measure}: {field} {value} {unit or ''} is above what can be", "blocking")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _HUGE


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _lists(event: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    return [
        element for name in names for element in _elements(event.get(name)) if isinstance(element, Mapping)
    ]


def _quantities(event: Mapping[str, Any], name: str) -> Iterable[Finding]:
    lists = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
    for element in _lists(event, *lists):
        quantity: Any = element.get("quantity")
        if _is_number(quantity) and quantity < 0:
            yield Finding(
                name, f"a quantity of {quantity} of {element.get('epcClass')} cannot be", "blocking"
            )
        if "uom" in element and quantity is None:
            yield Finding(name, f"{element.get('epcClass')} has a unit and no quantity", "warning")


def _mass_kg(elements: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mass of quantities [kg], or none where one of them is no mass."""
    total = 0.0
    for element in elements:
        factor = MASS_IN_KG.get(str(element.get("uom")))
        quantity: Any = element.get("quantity")
        if factor is None or not _is_number(quantity):
            return None
        total += float(quantity) * factor
    return total if elements else None


def _mass(event: Mapping[str, Any], name: str) -> Iterable[Finding]:
    if event.get("inputEPCList") or event.get("outputEPCList"):
        return
    taken = _mass_kg(_lists(event, "inputQuantityList"))
    made = _mass_kg(_lists(event, "outputQuantityList"))
    if taken is not None and made is not None and made > taken * (1 + _MASS_TOLERANCE):
        text = f"{made:g} kg came out of {taken:g} kg; name every input, or mend the quantity or its unit"
        yield Finding(name, text, "blocking")


def _parent(event: Mapping[str, Any], name: str) -> Iterable[Finding]:
    children = event.get("childEPCs")
    if isinstance(children, list) and event.get("parentID") in children:
        yield Finding(name, f"{event.get('parentID')} contains itself", "blocking")
    if event.get("action") in ("ADD", "OBSERVE") and "parentID" not in event:
        yield Finding(name, "the container (parentID) is missing", "blocking")


def _parties(event: Mapping[str, Any], side: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in _lists(event, f"{side}List"):
        found.setdefault(str(element.get("type")), []).append(str(element.get(side)))
    return found


def _leaves_to_nobody(event: Mapping[str, Any], name: str) -> Iterable[Finding]:
    source, destination = _parties(event, "source"), _parties(event, "destination")
    if "possessing_party" not in source or "possessing_party" in destination:
        return
    if "owning_party" in destination:
        text = "possession leaves a party and only an owner is named at the other end"
        yield Finding(name, text, "warning")
    else:
        yield Finding(name, "possession leaves a party and nobody receives it; name the receiver", "blocking")


def _identities(events: Sequence[tuple[Mapping[str, Any], str]]) -> Iterable[Finding]:
    """Yield ids used twice, corrections that point nowhere, and things used before they were made."""
    plain: set[str] = set()
    known = {str(event["eventID"]) for event, _ in events if isinstance(event.get("eventID"), str)}
    for event, name in events:
        declaration = event.get("errorDeclaration")
        if isinstance(event.get("eventID"), str) and not isinstance(declaration, Mapping):
            if name in plain:
                yield Finding(name, "two events carry this id", "blocking")
            plain.add(name)
        if isinstance(declaration, Mapping):
            ids = _elements(declaration.get("correctiveEventIDs"))
            missing = [str(entry) for entry in ids if str(entry) not in known]
            if missing:
                text = f"the corrective event {missing[0]} is not in this document"
                yield Finding(name, text, "note")
    yield from _used_before_made(events)


def _named(event: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    for field in ("epcList", "childEPCs", "inputEPCList"):
        names.update(value for value in _elements(event.get(field)) if isinstance(value, str))
    for element in _lists(event, "quantityList", "childQuantityList", "inputQuantityList"):
        names.add(str(element.get("epcClass")))
    return names


def _used_before_made(events: Sequence[tuple[Mapping[str, Any], str]]) -> Iterable[Finding]:
    made: dict[str, datetime] = {}
    for event, _ in events:
        at = _time(event.get("eventTime"))
        if at is None or isinstance(event.get("errorDeclaration"), Mapping):
            continue
        born: set[str] = set()
        if event.get("type") == "ObjectEvent" and event.get("action") == "ADD":
            born = _named(event)
        if event.get("type") == "TransformationEvent":
            born = {str(value) for value in _elements(event.get("outputEPCList"))}
            born |= {str(element.get("epcClass")) for element in _lists(event, "outputQuantityList")}
        for thing in born:
            made[thing] = min(made.get(thing, at), at)
    for event, name in events:
        at = _time(event.get("eventTime"))
        early = sorted(thing for thing in _named(event) if at is not None and made.get(thing, at) > at)
        for thing in early[:MAX_EVENTS_NAMED]:
            yield Finding(name, f"{thing} is used before it is made", "blocking")


def _custody(events: Sequence[tuple[Mapping[str, Any], str]]) -> Iterable[Finding]:
    """Yield transfers of possession from a party that was not the last to receive the thing."""
    timed = []
    for event, name in events:
        at = _time(event.get("eventTime"))
        if at is not None and not isinstance(event.get("errorDeclaration"), Mapping):
            timed.append((at, name, event))
    holder: dict[str, str] = {}
    for _, name, event in sorted(timed, key=lambda item: (item[0], item[1])):
        givers = _parties(event, "source").get("possessing_party", [])
        receivers = _parties(event, "destination").get("possessing_party", [])
        for thing in sorted(_named(event)):
            known = holder.get(thing)
            if givers and known is not None and known not in givers:
                text = f"{givers[0]} gives {thing}, which {known} received last; a transfer is missing"
                yield Finding(name, text, "blocking")
            if receivers:
                holder[thing] = receivers[0]
