"""``downmass judge``: a file read as an EPCIS document and judged, each finding with its rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downmass.base.errors import InputError, NotFoundError
from downmass.disciplines.ledger.epcis_json import read_json
from downmass.disciplines.ledger.judge import judge, rule_of
from downmass.facts.finding import Finding


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judged document and what was found in it.

    Attributes
    ----------
    strict
        Whether warnings count against it as blocking findings do; notes never do.
    """

    target: str
    findings: tuple[Finding, ...]
    strict: bool = False

    @property
    def good(self) -> bool:
        """Whether nothing counts against the document."""
        against = {"blocking", "warning"} if self.strict else {"blocking"}
        return not any(finding.severity in against for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as the JSON value that ``--json`` prints."""
        return {
            "target": self.target,
            "good": self.good,
            "strict": self.strict,
            "findings": [
                {
                    "subject": finding.subject,
                    "severity": finding.severity,
                    "message": finding.message,
                    "rule": rule.id if rule else "",
                    "rule_text": rule.text if rule else "",
                    "basis": rule.basis if rule else "",
                    "clause": rule.clause if rule else "",
                }
                for finding in self.findings
                for rule in (rule_of(finding),)
            ],
        }


def judge_file(path: Path, strict: bool = False) -> Judgement:
    """Judge a file.

    Raises
    ------
    NotFoundError
        If there is no such file, or it cannot be read.
    InputError
        If it is no JSON text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"there is no {path}", "name an EPCIS 2.0 document in JSON-LD") from None
    except OSError as fault:
        raise NotFoundError(f"{path}: {fault.strerror}", "name a file that can be read") from None
    if not data.strip():
        raise InputError(f"{path} is empty", "give an EPCIS 2.0 document in JSON-LD")
    document, written = read_json(data, str(path))
    return Judgement(str(path), (*written, *judge(document)), strict)
