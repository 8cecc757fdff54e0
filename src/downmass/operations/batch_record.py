"""``downmass batch-record``: the batch production record of a campaign, read as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from downmass.disciplines.execution.conduct import execution_findings
from downmass.disciplines.quality.exceptions import record_findings
from downmass.disciplines.quality.record import BatchProductionRecord, batch_record
from downmass.disciplines.quality.record_lines import Line, batch_lines, phase_lines
from downmass.disciplines.quality.release import as_assessed
from downmass.facts.finding import Finding
from downmass.operations.opening import open_campaign


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A batch production record with its lines and what stands against it."""

    record: BatchProductionRecord
    lines: tuple[tuple[str, tuple[Line, ...]], ...]
    findings: tuple[Finding, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """The record for a person, line by line."""
        told = []
        for title, lines in self.lines:
            told.append(title)
            told += [f"  {line.clause:<15}{line.item}: {line.text}" for line in lines]
        told.append(f"Exceptions: {len(self.findings) or 'none'}")
        told += [f"  {one.severity:<9}{one.subject}: {one.message}" for one in self.findings]
        return tuple(told)

    def to_json(self) -> dict[str, Any]:
        """Return the record, its lines and its exceptions as a JSON value."""
        value: dict[str, Any] = TypeAdapter(ReadRecord).dump_python(self, mode="json")
        return {
            "record": value["record"],
            "lines": [{"about": about, "lines": lines} for about, lines in value["lines"]],
            "exceptions": value["findings"],
        }


def read_record(place: str, as_of: str | None = None) -> ReadRecord:
    """Return the batch production record of a campaign as it was known at a moment.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    DamageError
        If its record does not verify.
    """
    with open_campaign(place) as campaign:
        case = campaign.case(as_of)
    state = case.campaign
    record = batch_record(state)
    about = f"Batch production record of {record.batch or record.campaign}, campaign {record.campaign}"
    lines = [(about, batch_lines(state, record))]
    lines += [(f"Phase {row.title} ({row.phase})", phase_lines(row)) for row in record.phases]
    found = (*record_findings(state), *execution_findings(state, case.as_of))
    return ReadRecord(record, tuple(lines), as_assessed(state, found))
