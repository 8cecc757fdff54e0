"""The rules the judge of EPCIS documents goes by: each with its basis, its clause and its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from downmass.facts.finding import Finding, Severity

Basis = Literal["law", "standard", "house"]
"""Why a rule holds: a law asks for it, a published standard does, or it is our own policy."""


@dataclass(frozen=True, slots=True)
class JudgeRule:
    """A rule of the judge.

    Attributes
    ----------
    id
        Its name, part and fault, such as ``sensor.unit-missing``.
    text
        What must be, in one sentence.
    clause
        Law, standard with the term it defines, or what our policy is for.
    weight
        ``blocking`` where a document that breaks it says something that cannot be or is lost to its
        readers; ``warning`` where it is probably a slip; ``note`` where it could not be judged.
    content
        Whether it is about what an event says of the world. In an event that declares itself wrong,
        such a fault is what was declared, and a note.
    """

    id: str
    text: str
    basis: Basis
    clause: str
    weight: Severity = "blocking"
    content: bool = False


_TABLE = (
    JudgeRule("json.mark", "A JSON text begins without a byte order mark.", "standard", "RFC 8259, 8.1"),
    JudgeRule("json.key-twice", "An object has each name once; readers disagree on the rest.", "standard",
              "RFC 8259, 4"),
    JudgeRule("json.depth", "Values nest at most 64 deep; readers of linked data give up on more.", "house",
              "so that any reader can read it"),
    JudgeRule("document.object", "The document is a JSON object.", "standard", "EPCIS 2.0, EPCISDocument"),
    JudgeRule("document.type", "The document says that it is an EPCISDocument.", "standard",
              "EPCIS 2.0, EPCISDocument.type"),
    JudgeRule("document.version", "The document is of version 2.", "standard",
              "EPCIS 2.0, EPCISDocument.schemaVersion"),
    JudgeRule("document.time", "creationDate is a real instant with its zone.", "standard",
              "EPCIS 2.0, EPCISDocument.creationDate; RFC 3339, 5.6"),
    JudgeRule("document.events", "There is an eventList of events.", "standard",
              "EPCIS 2.0, EPCISBody.eventList"),
    JudgeRule("document.stale", "Not every event is younger than the document; its date was left behind.",
              "house", "so that creationDate can be relied on", "warning"),
    JudgeRule("event.object", "An event is a JSON object.", "standard", "EPCIS 2.0, EPCISEvent"),
    JudgeRule("event.kind", "The type is one of the five of EPCIS, or a URI of one's own.", "standard",
              "EPCIS 2.0, EPCISEvent.type"),
    JudgeRule("event.time-missing", "An event says when it happened.", "standard",
              "EPCIS 2.0, EPCISEvent.eventTime"),
    JudgeRule("event.time", "A time is a real date and time with its zone.", "standard",
              "EPCIS 2.0, EPCISEvent.eventTime; RFC 3339, 5.6"),
    JudgeRule("event.offset", "eventTimeZoneOffset is an offset in use, -12:00 to +14:00.", "standard",
              "EPCIS 2.0, EPCISEvent.eventTimeZoneOffset"),
    JudgeRule("event.after-document", "No event is younger than the document that holds it.", "house",
              "so that nothing is told before it happens"),
    JudgeRule("event.recorded-before", "An event is recorded after it happened.", "law",
              "21 CFR 211.188(b), recorded when performed", "warning"),
    JudgeRule("event.word", "A word without a colon is one of the Core Business Vocabulary.", "standard",
              "CBV 2.0, business steps, dispositions, error reasons"),
    JudgeRule("event.field", "A field belongs to the event type, or has a prefix.", "standard",
              "EPCIS 2.0, extension mechanisms"),
    JudgeRule("event.action", "An event of a type with an action has ADD, OBSERVE or DELETE.", "standard",
              "EPCIS 2.0, action"),
    JudgeRule("event.prefix", "A prefix is declared in a context; else its terms are lost.", "standard",
              "JSON-LD 1.1, 4.1.2 and 4.1.5"),
    JudgeRule("id.twice", "An eventID names one event.", "standard", "EPCIS 2.0, EPCISEvent.eventID"),
    JudgeRule("error.early", "An error is declared after the event it is about.", "house",
              "so that a correction follows what it corrects"),
    JudgeRule("error.circle", "Corrections lead to an event that stands, not back to one declared wrong.",
              "law", "21 CFR 11.10(e), changes do not obscure"),
    JudgeRule("error.no-id", "A corrective event is named by a URI.", "standard",
              "EPCIS 2.0, ErrorDeclaration.correctiveEventIDs"),
    JudgeRule("error.elsewhere", "The corrective event is at hand.", "house", "so that it can be judged",
              "note"),
    JudgeRule("sensor.end", "A measurement ends after it starts.", "standard",
              "EPCIS 2.0, sensorMetadata.startTime and endTime", content=True),
    JudgeRule("sensor.unit-missing", "A number of something that has a unit has its unit.", "standard",
              "EPCIS 2.0, sensorReport.uom", content=True),
    JudgeRule("sensor.unit-other", "The unit measures what the report is of.", "standard",
              "UN/CEFACT Recommendation 20", content=True),
    JudgeRule("sensor.unit-unknown", "The unit is in our table.", "house", "so that it can be judged",
              "note"),
    JudgeRule("sensor.no-value", "A report carries a value.", "house", "so that it says something",
              "warning"),
    JudgeRule("sensor.order", "Minimum, mean and maximum are in that order.", "standard",
              "EPCIS 2.0, sensorReport.minValue, meanValue, maxValue", content=True),
    JudgeRule("sensor.spread", "A standard deviation is zero or more.", "standard",
              "EPCIS 2.0, sensorReport.sDev", content=True),
    JudgeRule("sensor.rank", "A percentile rank lies in 0 to 100.", "standard",
              "EPCIS 2.0, sensorReport.percRank", content=True),
    JudgeRule("sensor.bound", "A value can be: no temperature below absolute zero.", "standard",
              "SI Brochure, 9th edition, 2.3.1; 0 to 100 percent by definition", content=True),
    JudgeRule("number.size", "A number is finite and of a size something can have.", "house",
              "so that every reader reads the same number", content=True),
    JudgeRule("quantity.negative", "A quantity is zero or more.", "standard",
              "EPCIS 2.0, QuantityElement.quantity", content=True),
    JudgeRule("quantity.unit-alone", "A unit stands beside a quantity.", "standard",
              "EPCIS 2.0, QuantityElement.uom", "warning"),
    JudgeRule("mass.made", "No more mass comes out than went in.", "law",
              "21 CFR 211.103, actual against theoretical yield", content=True),
    JudgeRule("transformation.empty", "A transformation has inputs and outputs, or its id to join them.",
              "standard", "EPCIS 2.0, TransformationEvent.transformationID", content=True),
    JudgeRule("parent.missing", "What is added or observed inside something names that container.",
              "standard", "EPCIS 2.0, AggregationEvent.parentID"),
    JudgeRule("parent.self", "Nothing contains itself.", "house", "so that contents can be counted",
              content=True),
    JudgeRule("parent.circle", "Nothing is inside what is inside it.", "house",
              "so that contents can be counted"),
    JudgeRule("custody.nobody", "Possession that leaves a party comes to one.", "law",
              "21 CFR 211.196, name and address of the consignee", content=True),
    JudgeRule("custody.owner-only", "Possession that leaves a party comes to a possessor.",
              "house", "so that a holder can be named", "warning"),
    JudgeRule("custody.gap", "The giver is who received it last.", "house",
              "so that the chain of custody is unbroken"),
    JudgeRule("custody.self", "Giver and receiver differ.", "house", "so that a transfer moves something",
              "warning"),
    JudgeRule("made.late", "Nothing is used before it is made.", "house", "so that cause precedes effect"),
    JudgeRule("made.after-end", "Nothing is added or seen after it was destroyed.", "standard",
              "EPCIS 2.0, ObjectEvent, action DELETE"),
)  # fmt: skip

RULES: Mapping[str, JudgeRule] = MappingProxyType({rule.id: rule for rule in _TABLE})
"""Rule id -> rule."""


def fault(rule: str, subject: str, message: str) -> Finding:
    """Return the finding of a broken rule; its evidence is the rule's id and clause."""
    broken = RULES[rule]
    return Finding(subject, message, broken.weight, (broken.id, broken.clause))


def rule_of(finding: Finding) -> JudgeRule | None:
    """Return the rule behind a finding of the judge, or none for a finding of somebody else."""
    return RULES.get(finding.evidence[0]) if finding.evidence else None
