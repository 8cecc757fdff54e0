"""What GS1's schema lets through: a semantic judge of EPCIS 2.0 documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from downmass.disciplines.ledger.judge_event import (
    elements,
    judge_event,
    judge_times,
    objects_in,
    parties,
    shortened,
    time_of,
)
from downmass.disciplines.ledger.judge_rules import RULES as RULES
from downmass.disciplines.ledger.judge_rules import fault
from downmass.disciplines.ledger.judge_rules import rule_of as rule_of
from downmass.disciplines.ledger.vocabulary import KNOWN_PREFIXES
from downmass.facts.finding import Finding

MAX_THINGS_NAMED = 20
"""How many things of one event are named in findings of one kind."""

_COLON = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")

Named = Sequence[tuple[Mapping[str, Any], str]]
"""Events with the names findings call them by."""


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
        places in the document such as ``eventList[2]``; the evidence is the rule and its clause (see
        :data:`RULES`).

    Notes
    -----
    Judged are times (zone, calendar, order), vocabulary, extensions and their prefixes, fields that do
    not belong to the event type, versions, units and measured quantity, ordered statistics, absolute
    zero and other physical bounds, mass made from nothing in a transformation, custody that leaves to
    nobody or from somebody who never had it, containers inside what they contain, events used before
    they are created, and corrections that lead nowhere. Not judged: signatures, GS1 check digits, and
    master data.

    References
    ----------
    GS1, EPCIS Standard 2.0 and Core Business Vocabulary 2.0, June 2022.

    Examples
    --------
    >>> [finding.evidence[0] for finding in judge([])]
    ['document.object']
    """
    if not isinstance(document, Mapping):
        text = "this is no JSON object, so no EPCIS document"
        return (fault("document.object", "document", text),)
    findings = list(_document(document))
    prefixes = KNOWN_PREFIXES | _declared(document.get("@context"))
    events = events_of(document)
    if events is None:
        findings.append(fault("document.events", "epcisBody", "there is no eventList to judge; put one in"))
        return tuple(findings)
    named = []
    for place, event in enumerate(events):
        if not isinstance(event, Mapping):
            text = f"an event is {shortened(event)}, no JSON object"
            findings.append(fault("event.object", f"eventList[{place}]", text))
            continue
        name = _name(event, place)
        named.append((event, name))
        findings.extend(judge_event(event, name, prefixes | _declared(event.get("@context"))))
    findings.extend(_younger(named, time_of(document.get("creationDate"))))
    findings.extend(_identities(named))
    findings.extend(_corrections(named))
    findings.extend(_used_before_made(named))
    findings.extend(_containers(named))
    findings.extend(_custody(named))
    return tuple(findings)


def _name(event: Mapping[str, Any], place: int) -> str:
    name = event.get("eventID")
    return name if isinstance(name, str) and name else f"eventList[{place}]"


def events_of(document: Mapping[str, Any]) -> Sequence[Any] | None:
    """Return the events of a document or of the results of a query, or none where there is no list."""
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


def _document(document: Mapping[str, Any]) -> Iterator[Finding]:
    if document.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        text = f"type is {shortened(document.get('type'))}; write EPCISDocument"
        yield fault("document.type", "document", text)
    version = document.get("schemaVersion")
    if not (isinstance(version, str) and re.fullmatch(r"2\.\d+(\.\d+)?", version)):
        text = f"schemaVersion is {shortened(version)}; this document is 2.0"
        yield fault("document.version", "document", text)
    yield from judge_times(document, ("creationDate",), "document", "document.time")


def _standing(named: Named) -> list[tuple[Mapping[str, Any], str]]:
    """Return the events that neither they nor another of their id declare wrong."""
    wrong = {name for event, name in named if isinstance(event.get("errorDeclaration"), Mapping)}
    return [(event, name) for event, name in named if name not in wrong]


def _timed(named: Named) -> list[tuple[datetime, str, Mapping[str, Any]]]:
    """Return the standing events in the order of their time."""
    timed = [(time_of(event.get("eventTime")), name, event) for event, name in _standing(named)]
    told = [(at, name, event) for at, name, event in timed if at is not None]
    return sorted(told, key=lambda item: (item[0], item[1]))


def _younger(named: Named, created: datetime | None) -> Iterator[Finding]:
    """Yield events younger than the document that holds them.

    Where every standing event is, the date of the document was left behind, as in a template; where
    only some are, it is they that cannot be.
    """
    timed = _timed(named)
    late = [(at, name) for at, name, _ in timed if created is not None and at > created]
    if late and len(late) == len(timed):
        text = f"all {len(late)} events happened after creationDate; write when the document was made"
        yield fault("document.stale", "document", text)
        return
    for _, name in late:
        text = "it happened after the document that holds it was created; check its time and creationDate"
        yield fault("event.after-document", name, text)


def _identities(named: Named) -> Iterator[Finding]:
    """Yield ids used twice; an event declared wrong may share the id of the one it takes back."""
    plain: set[str] = set()
    for event, name in _standing(named):
        if isinstance(event.get("eventID"), str):
            if name in plain:
                text = "two events carry this id; give each its own, or declare the wrong one wrong"
                yield fault("id.twice", name, text)
            plain.add(name)


def _corrections(named: Named) -> Iterator[Finding]:
    """Yield corrections that point at no URI, elsewhere, or back at an event declared wrong."""
    standing = {name for _, name in _standing(named)}
    corrected: dict[str, list[str]] = {}
    for event, name in named:
        declaration = event.get("errorDeclaration")
        if not isinstance(declaration, Mapping):
            continue
        ids = elements(declaration.get("correctiveEventIDs"))
        bare = [entry for entry in ids if not (isinstance(entry, str) and _COLON.match(entry))]
        if bare:
            text = f"the corrective event {shortened(bare[0])} is no URI, so it points nowhere"
            yield fault("error.no-id", name, text)
        corrected[name] = [entry for entry in ids if isinstance(entry, str)]
    for name, ids in corrected.items():
        known = [entry for entry in ids if entry in standing or entry in corrected]
        strange = [entry for entry in ids if entry not in known and _COLON.match(entry)]
        if strange:
            text = f"the corrective event {strange[0]} is not in this document"
            yield fault("error.elsewhere", name, text)
        if known and not strange and not _leads_on(name, corrected, standing):
            text = "its corrections lead back to events declared wrong; name the event that stands"
            yield fault("error.circle", name, text)


def _leads_on(start: str, corrected: Mapping[str, Sequence[str]], standing: set[str]) -> bool:
    """Tell whether corrections lead from an event to one that stands, or out of the document."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in standing or name not in corrected:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(corrected[name])
    return False


def _named(event: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    for field in ("epcList", "childEPCs", "inputEPCList"):
        names.update(value for value in elements(event.get(field)) if isinstance(value, str))
    for element in objects_in(event, "quantityList", "childQuantityList", "inputQuantityList"):
        names.add(str(element.get("epcClass")))
    return names


def _used_before_made(named: Named) -> Iterator[Finding]:
    """Yield things used before they were made, and instances seen after they were destroyed."""
    timed = _timed(named)
    made: dict[str, datetime] = {}
    gone: dict[str, datetime] = {}
    for at, _, event in timed:
        born: set[str] = set()
        if event.get("type") == "ObjectEvent" and event.get("action") == "ADD":
            born = _named(event)
        if event.get("type") == "TransformationEvent":
            born = {str(value) for value in elements(event.get("outputEPCList"))}
            born |= {str(element.get("epcClass")) for element in objects_in(event, "outputQuantityList")}
        for thing in born:
            made.setdefault(thing, at)
        if event.get("type") == "ObjectEvent" and event.get("action") == "DELETE":
            for thing in elements(event.get("epcList")):
                gone.setdefault(str(thing), at)
    for at, name, event in timed:
        things = sorted(_named(event))
        for thing in [t for t in things if made.get(t, at) > at][:MAX_THINGS_NAMED]:
            yield fault("made.late", name, f"{thing} is used before it is made")
        for thing in [t for t in things if gone.get(t, at) < at][:MAX_THINGS_NAMED]:
            yield fault("made.after-end", name, f"{thing} is seen after it was destroyed or taken away")


def _containers(named: Named) -> Iterator[Finding]:
    """Yield aggregations that put a container, by way of others, into itself."""
    parent: dict[str, str] = {}
    for _, name, event in _timed(named):
        if event.get("type") != "AggregationEvent":
            continue
        container = event.get("parentID")
        children = [child for child in elements(event.get("childEPCs")) if isinstance(child, str)]
        if event.get("action") == "DELETE":
            out = children or [child for child, inside in parent.items() if inside == container]
            for child in out:
                parent.pop(child, None)
        elif event.get("action") == "ADD" and isinstance(container, str):
            for child in children:
                if child != container and child in _around(container, parent):
                    yield fault("parent.circle", name, f"{child} is put into {container}, which is inside it")
                else:
                    parent[child] = container


def _around(thing: str, parent: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    while thing in parent and parent[thing] not in found:
        thing = parent[thing]
        found.add(thing)
    return found


def _custody(named: Named) -> Iterator[Finding]:
    """Yield transfers of possession from a party that was not the last to receive the thing."""
    holder: dict[str, str] = {}
    for _, name, event in _timed(named):
        givers = parties(event, "source").get("possessing_party", [])
        receivers = parties(event, "destination").get("possessing_party", [])
        for thing in sorted(_named(event)):
            known = holder.get(thing)
            if givers and known is not None and known not in givers:
                text = f"{givers[0]} gives {thing}, which {known} received last; a transfer is missing"
                yield fault("custody.gap", name, text)
            if receivers:
                holder[thing] = receivers[0]
