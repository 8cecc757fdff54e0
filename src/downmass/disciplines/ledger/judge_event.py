"""One EPCIS event judged by itself: when, what words, which fields, what was measured, who holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from downmass.disciplines.ledger.judge_rules import fault, rule_of
from downmass.disciplines.ledger.vocabulary import (
    ACTIONLESS,
    BIZ_STEPS,
    DISPOSITIONS,
    EVENT_FIELDS,
    EVENT_TYPES,
    LEAST_VALUE,
    MASS_IN_KG,
    MEASURE_ROOTS,
    MOST_VALUE,
    REASONS,
    UNIT_MEASURES,
    UNITLESS,
    WORD_ROOTS,
)
from downmass.facts.finding import Finding

_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$", re.ASCII)
_OFFSET = re.compile(r"^([+-])(\d{2}):([0-5]\d)$", re.ASCII)
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")
_MASS_TOLERANCE = 1e-9
_LEAST_OFFSET, _MOST_OFFSET = -12 * 60, 14 * 60
"""Offsets from UTC in civil use [min]."""

_HUGE = 1e30
"""JSON knows no bound; what is larger than this, in whatever unit, is no measurement."""

VALUES = ("value", "minValue", "maxValue", "meanValue", "percValue")
OTHER_VALUES = ("stringValue", "booleanValue", "hexBinaryValue", "uriValue")


def time_of(text: Any) -> datetime | None:
    """Return the instant a text tells, or none where it is no real date and time with its zone."""
    if not isinstance(text, str) or not _TIME.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def elements(value: Any) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def objects_in(event: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """Return the objects in the named lists of an event."""
    return [inner for name in names for inner in elements(event.get(name)) if isinstance(inner, Mapping)]


def parties(event: Mapping[str, Any], side: str) -> dict[str, list[str]]:
    """Return the parties of one side, ``source`` or ``destination``, by what each is.

    The standard's short words and its full URIs read the same.
    """
    found: dict[str, list[str]] = {}
    for element in objects_in(event, f"{side}List"):
        kind = re.split(r"SDT-|:sdt:", str(element.get("type")))[-1]
        found.setdefault(kind, []).append(str(element.get(side)))
    return found


def judge_times(where: Mapping[str, Any], names: Iterable[str], subject: str, rule: str) -> Iterator[Finding]:
    """Yield the named times that are no real instants."""
    for name in names:
        if name in where and time_of(where[name]) is None:
            text = f"{name} is {shortened(where[name])}; write a real date and time with its zone (RFC 3339)"
            yield fault(rule, subject, text)


def shortened(value: Any) -> str:
    """Return a value as a person can read it in a sentence."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _HUGE:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, Mapping | list):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def judge_event(event: Mapping[str, Any], name: str, prefixes: frozenset[str]) -> Iterator[Finding]:
    """Yield what is wrong with one event; what an event declared wrong says of the world is a note."""
    declared = isinstance(event.get("errorDeclaration"), Mapping)
    for finding in _faults(event, name, prefixes):
        rule = rule_of(finding)
        if declared and rule is not None and rule.content:
            text = f"{finding.message} (the event declares itself wrong)"
            yield replace(finding, severity="note", message=text)
        else:
            yield finding


def _faults(event: Mapping[str, Any], name: str, prefixes: frozenset[str]) -> Iterator[Finding]:
    kind = event.get("type")
    yield from _when(event, name)
    yield from _words(event, name)
    if isinstance(kind, str) and kind in EVENT_TYPES:
        yield from _fields(event, name, kind)
    elif not (isinstance(kind, str) and _URI.match(kind)):
        text = f"event type {shortened(kind)} is neither EPCIS's nor a URI of your own"
        yield fault("event.kind", name, text)
    yield from _extensions(event, name, prefixes)
    yield from _sensors(event, name)
    yield from _quantities(event, name)
    if kind == "TransformationEvent":
        yield from _transformation(event, name)
    if kind in ("AggregationEvent", "AssociationEvent"):
        yield from _parent(event, name)
    yield from _possession(event, name)


def _when(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    if "eventTime" not in event:
        yield fault("event.time-missing", name, "eventTime is missing; say when it happened")
    yield from judge_times(event, ("eventTime", "recordTime"), name, "event.time")
    if not _offset_is_real(event.get("eventTimeZoneOffset")):
        told = shortened(event.get("eventTimeZoneOffset"))
        text = f"eventTimeZoneOffset is {told}; write the offset in force there, such as +00:00"
        yield fault("event.offset", name, text)
    at, recorded = time_of(event.get("eventTime")), time_of(event.get("recordTime"))
    if at and recorded and recorded < at:
        yield fault("event.recorded-before", name, "it was recorded before it happened; check the clocks")
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, Mapping):
        yield from judge_times(declaration, ("declarationTime",), name, "event.time")
        declared = time_of(declaration.get("declarationTime"))
        if at and declared and declared < at:
            yield fault("error.early", name, "its error was declared before it happened; check the times")


def _offset_is_real(offset: Any) -> bool:
    found = _OFFSET.match(offset) if isinstance(offset, str) else None
    if found is None:
        return False
    minutes = int(found[2]) * 60 + int(found[3])
    return _LEAST_OFFSET <= (minutes if found[1] == "+" else -minutes) <= _MOST_OFFSET


def _words(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    words: list[tuple[str, Any, str, frozenset[str]]] = [
        ("bizStep", event.get("bizStep"), "bizStep", BIZ_STEPS),
        ("disposition", event.get("disposition"), "disposition", DISPOSITIONS),
    ]
    persistent = event.get("persistentDisposition")
    if isinstance(persistent, Mapping):
        for key in ("set", "unset"):
            for value in elements(persistent.get(key)):
                words.append((f"persistentDisposition.{key}", value, "disposition", DISPOSITIONS))
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, Mapping):
        words.append(("errorDeclaration.reason", declaration.get("reason"), "reason", REASONS))
    for field, word, kind, known in words:
        if word is None or _is_word(word, kind, known):
            continue
        text = f"{field} {shortened(word)} is no word of the Core Business Vocabulary; "
        yield fault("event.word", name, text + "use one, or a URI of your own")


def _is_word(word: Any, kind: str, known: frozenset[str]) -> bool:
    """Tell whether a word is GS1's, short or under a root of GS1's, or somebody's own URI."""
    if not isinstance(word, str):
        return False
    for root in WORD_ROOTS[kind]:
        if word.startswith(root):
            return word.removeprefix(root) in known
    return word in known or bool(_URI.match(word))


def _fields(event: Mapping[str, Any], name: str, kind: str) -> Iterator[Finding]:
    allowed = EVENT_FIELDS[kind]
    for field in map(str, event):
        if ":" not in field and not field.startswith("@") and field not in allowed:
            text = f"{shortened(field)} is no field of {kind}; give an extension its prefix"
            yield fault("event.field", name, f"{text}, e.g. example:{field[:40]}")
    action = event.get("action")
    if kind not in ACTIONLESS and action not in ("ADD", "OBSERVE", "DELETE"):
        yield fault("event.action", name, f"action is {shortened(action)}; use ADD, OBSERVE or DELETE")


def _extensions(value: Any, name: str, prefixes: frozenset[str]) -> Iterator[Finding]:
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
        text = f"prefix {shortened(prefix)} is declared in no @context; declare it, or the terms are lost"
        yield fault("event.prefix", name, text)


def _sensors(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    for element in objects_in(event, "sensorElementList"):
        metadata = element.get("sensorMetadata")
        if isinstance(metadata, Mapping):
            yield from judge_times(metadata, ("time", "startTime", "endTime"), name, "event.time")
            start, end = time_of(metadata.get("startTime")), time_of(metadata.get("endTime"))
            if start and end and end < start:
                yield fault("sensor.end", name, "a measurement ends before it starts; check the two times")
        for report in objects_in(element, "sensorReport"):
            yield from judge_times(report, ("time",), name, "event.time")
            yield from _report(report, name)


def _report(report: Mapping[str, Any], name: str) -> Iterator[Finding]:
    measure, known = _measure(report.get("type"))
    unit = report.get("uom")
    yield from _sizes(report, (*VALUES, "sDev", "percRank"), measure, name)
    numbers = {key: report[key] for key in VALUES if is_number(report.get(key))}
    yield from _unit(measure, unit, bool(numbers), known, name)
    others = any(key in report for key in (*VALUES, *OTHER_VALUES, "exception"))
    if not others and not any(":" in str(key) for key in report):
        yield fault("sensor.no-value", name, f"a report of {measure} carries no value")
    ordered = [numbers[key] for key in ("minValue", "meanValue", "maxValue") if key in numbers]
    if ordered != sorted(ordered):
        text = f"{measure}: minimum, mean and maximum are {ordered}, out of order"
        yield fault("sensor.order", name, text)
    spread: Any = report.get("sDev")
    rank: Any = report.get("percRank")
    if is_number(spread) and spread < 0:
        yield fault("sensor.spread", name, f"{measure}: a standard deviation of {spread} cannot be")
    if is_number(rank) and not 0 <= rank <= 100:
        yield fault("sensor.rank", name, f"{measure}: a percentile rank of {rank} cannot be")
    least = LEAST_VALUE.get((measure, str(unit)), LEAST_VALUE.get((measure, ""), float("-inf")))
    most = MOST_VALUE.get((measure, str(unit)), float("inf"))
    for field, value in numbers.items():
        if not least <= value <= most:
            side = "below" if value < least else "above"
            told = f"{measure}: {field} {value} {unit or ''}".rstrip()
            yield fault("sensor.bound", name, f"{told} is {side} what can be")


def _measure(told: Any) -> tuple[str, bool]:
    """Return what a report is of, and whether that is a word of GS1."""
    word = str(told)
    for root in MEASURE_ROOTS:
        if word.startswith(root):
            return word.removeprefix(root), True
    return word, isinstance(told, str) and not _URI.match(word)


def _unit(measure: str, unit: Any, numbers: bool, known: bool, name: str) -> Iterator[Finding]:
    if not known:
        return
    if unit is None:
        if numbers and measure not in UNITLESS:
            yield fault("sensor.unit-missing", name, f"{measure} has a value without a unit; give its uom")
    elif not isinstance(unit, str) or unit not in UNIT_MEASURES:
        text = f"unit {shortened(unit)} of {measure} is not in our table and was not judged"
        yield fault("sensor.unit-unknown", name, text)
    elif measure not in UNIT_MEASURES[unit]:
        text = f"{measure} is given in {unit}, a unit of {', '.join(sorted(UNIT_MEASURES[unit]))}"
        yield fault("sensor.unit-other", name, text)


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number of a size something can have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE


def _sizes(where: Mapping[str, Any], names: Iterable[str], what: str, name: str) -> Iterator[Finding]:
    """Yield numbers that are none, or of no size anything has."""
    for field in names:
        if field in where and not is_number(where[field]):
            text = f"{what}: {field} is {shortened(where[field])}; write a number that can be"
            yield fault("number.size", name, text)


def _quantities(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    names = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
    for element in objects_in(event, *names):
        quantity: Any = element.get("quantity")
        thing = shortened(element.get("epcClass"))
        yield from _sizes(element, ("quantity",), thing, name)
        if is_number(quantity) and quantity < 0:
            yield fault("quantity.negative", name, f"a quantity of {quantity} of {thing} cannot be")
        if "uom" in element and quantity is None:
            yield fault("quantity.unit-alone", name, f"{thing} has a unit and no quantity")


def _mass_kg(inside: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mass of quantities [kg], or none where one of them is no mass."""
    total = 0.0
    for element in inside:
        factor = MASS_IN_KG.get(str(element.get("uom")))
        quantity: Any = element.get("quantity")
        if factor is None or not is_number(quantity):
            return None
        total += float(quantity) * factor
    return total if inside else None


def _transformation(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    goes_in = elements(event.get("inputEPCList")) + elements(event.get("inputQuantityList"))
    comes_out = elements(event.get("outputEPCList")) + elements(event.get("outputQuantityList"))
    if not (goes_in and comes_out) and not ((goes_in or comes_out) and event.get("transformationID")):
        text = "a transformation names inputs and outputs, or one of them and its transformationID"
        yield fault("transformation.empty", name, text)
    if event.get("inputEPCList") or event.get("outputEPCList"):
        return
    taken = _mass_kg(objects_in(event, "inputQuantityList"))
    made = _mass_kg(objects_in(event, "outputQuantityList"))
    if taken is not None and made is not None and made > taken * (1 + _MASS_TOLERANCE):
        text = f"{made:g} kg came out of {taken:g} kg; name every input, or mend the quantity or its unit"
        yield fault("mass.made", name, text)


def _parent(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    parent = event.get("parentID")
    if parent is not None and parent in elements(event.get("childEPCs")):
        yield fault("parent.self", name, f"{shortened(parent)} contains itself")
    if event.get("action") in ("ADD", "OBSERVE") and "parentID" not in event:
        yield fault("parent.missing", name, "the container (parentID) is missing; name it")


def _possession(event: Mapping[str, Any], name: str) -> Iterator[Finding]:
    source, destination = parties(event, "source"), parties(event, "destination")
    givers = source.get("possessing_party", [])
    receivers = destination.get("possessing_party", [])
    if givers and givers == receivers:
        yield fault("custody.self", name, f"{givers[0]} gives possession to itself; name the two parties")
    if not givers or receivers:
        return
    if "owning_party" in destination:
        text = "possession leaves a party and only an owner is named at the other end"
        yield fault("custody.owner-only", name, text)
    else:
        text = "possession leaves a party and nobody receives it; name the receiver"
        yield fault("custody.nobody", name, text)
