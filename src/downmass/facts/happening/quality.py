"""Deviations, nonconformities and their investigation, samples, results, reviews, dispositions."""

from __future__ import annotations

from typing import Literal

from downmass.base.fact import fact
from downmass.base.ident import Slug
from downmass.facts.party import Signature
from downmass.facts.quantity import Count, Date, NotNegative, Number


@fact
class DeviationPlanned:
    """A planned, bounded departure from the recipe is accepted before it happens.

    Bounded in time by ``until`` and, where it names a parameter, by the limits that hold meanwhile.
    """

    deviation: Slug
    text: str
    until: Date
    signature: Signature
    parameter: str = ""
    low: Number | None = None
    high: Number | None = None


@fact
class NonconformityRaised:
    """Something happened that the recipe does not allow; it must be investigated before release."""

    nonconformity: Slug
    text: str
    excursion: Slug | None = None


@fact
class NonconformityClosed:
    """An investigation is finished: root cause, effect on the batch, corrective action."""

    nonconformity: Slug
    root_cause: str
    effect: Literal["none", "minor", "batch_lost"]
    corrective_action: str
    signature: Signature


@fact
class SampleTaken:
    """A sample of a lot is taken for a test or for retention."""

    sample: Slug
    lot: Slug
    purpose: Literal["release", "retention", "investigation"]
    label: str


@fact
class ResultReported:
    """A laboratory reports a result for an attribute of the specification (21 CFR 211.194).

    Attributes
    ----------
    analyst
        Who made the test; the entry says when.
    used, used_unit
        How much of the sample the test took.
    calculation
        How the value follows from the readings, conversion factors included.
    raw_sha256
        SHA-256 of the file of all readings of the test [hex].
    """

    sample: Slug
    attribute: Slug
    value: Number
    unit: str
    method: str
    laboratory: Slug
    retest: bool = False
    analyst: str = ""
    used: NotNegative | None = None
    used_unit: str = ""
    calculation: str = ""
    raw_sha256: str = ""


@fact
class RecordReviewed:
    """A person reviews the batch production record or its audit trail."""

    kind: Literal["batch_record", "audit_trail"]
    conclusion: str
    signature: Signature


@fact
class DispositionDecided:
    """The quality unit decides on the lot; the signature is over the record as it then stood.

    Attributes
    ----------
    record_root
        Root of the tree over every entry before this one [hex].
    exceptions_open
        Findings that blocked release at that moment; a release has none.
    least_coverage_percent
        Least share of expected measurements of a critical parameter that was on record.
    """

    lot: Slug
    decision: Literal["released", "rejected", "quarantined", "reprocess"]
    graded_percent: NotNegative
    signature: Signature
    record_root: str = ""
    exceptions_open: Count = 0
    least_coverage_percent: NotNegative | None = None


@fact
class InvestigationOpened:
    """A nonconformity is investigated: who leads, which question, by when (21 CFR 211.192)."""

    nonconformity: Slug
    lead: Slug
    question: str
    due: Date


@fact
class SisterBatch:
    """A batch that may share the fault: its log as it was read, and what was found in it.

    Attributes
    ----------
    root_sha256
        Root of the tree over the entries read [hex].
    found
        Entries of that batch that show the same kind of fault.
    """

    campaign: Slug
    lot: str
    entries: Count
    root_sha256: str
    found: tuple[str, ...]


@fact
class SistersSearched:
    """Other batches that may share the fault were searched, found or not (21 CFR 211.192)."""

    nonconformity: Slug
    criterion: str
    batches: tuple[SisterBatch, ...]
    none_exist: bool = False


@fact
class CapaOpened:
    """A corrective or preventive action is decided on (ICH Q10)."""

    capa: Slug
    nonconformity: Slug
    kind: Literal["corrective", "preventive"]
    action: str
    owner: Slug
    due: Date


@fact
class CapaClosed:
    """An action is done, and whether it had its effect."""

    capa: Slug
    effective: bool
    evidence: str
    signature: Signature


@fact
class RetestAuthorised:
    """An out-of-specification result may be tested again, for a stated reason, this many times."""

    nonconformity: Slug
    attribute: Slug
    sample: Slug
    times: Count
    reason: str
    signature: Signature


@fact
class LabelsReconciled:
    """Labels issued are accounted for: applied, destroyed, returned (21 CFR 211.125).

    Attributes
    ----------
    area
        What the inspection of the place of labelling before and after use found (21 CFR 211.130(e)).
    examination
        What the examination of the labelled product found (21 CFR 211.134).
    """

    issued: Count
    applied: Count
    destroyed: Count
    returned: Count
    signature: Signature
    area: str = ""
    examination: str = ""


@fact
class CitedBatch:
    """An earlier batch of the same process, with the log that proves how it ended."""

    campaign: Slug
    recipe: Slug
    version: str
    lot: str
    decision: Literal["released", "rejected", "lost", "undecided"]
    decided_at: Date
    entries: Count
    root_sha256: str


@fact
class ProcessCited:
    """Earlier batches of the process, in the order they were begun: what its validation rests on."""

    batches: tuple[CitedBatch, ...]
