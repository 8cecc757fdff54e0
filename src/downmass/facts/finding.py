"""Findings: faults in what people recorded, as values."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact

Severity = Literal["note", "warning", "blocking"]


@fact
class Finding:
    """Something is wrong, missing or noteworthy in the record.

    Attributes
    ----------
    subject
        What it is about: an entry id, a lot, a gate, a file with its line.
    message
        One sentence, with the way out where there is one.
    severity
        ``blocking`` stops release or closing; ``warning`` wants a person; ``note`` informs.
    evidence
        Entry ids, catalogue rows or norms it rests on.
    """

    subject: str
    message: str
    severity: Severity = "warning"
    evidence: tuple[str, ...] = ()
