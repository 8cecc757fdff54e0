"""Results against the specification: one verdict per attribute, and no out-of-specification averaged away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from downmass.disciplines.quality.procedure import frozen
from downmass.facts.campaign import Campaign
from downmass.facts.event import (
    Event,
    NonconformityClosed,
    NonconformityRaised,
    ResultReported,
    RetestAuthorised,
    SampleTaken,
)
from downmass.facts.finding import Finding
from downmass.facts.recipe import Attribute, Check

Outcome = Literal["passes", "out_of_specification", "missing", "not_comparable"]


@dataclass(frozen=True, slots=True)
class AttributeVerdict:
    """Where one critical quality attribute stands.

    Attributes
    ----------
    outcome
        ``not_comparable`` where every result is in another unit than the limits.
    results
        Results that count, in order of arrival; a result explained by a closed investigation is in
        ``explained`` instead, and stays in the record.
    explained
        Out-of-specification results whose assignable cause is outside the lot.
    findings
        What stands against the verdict.
    """

    attribute: Attribute
    outcome: Outcome
    results: tuple[Event[ResultReported], ...]
    explained: tuple[Event[ResultReported], ...]
    findings: tuple[Finding, ...]


def within(attribute: Attribute | Check, value: Decimal) -> bool:
    """Say whether a value lies within the acceptance limits, limits included.

    Notes
    -----
    The value is compared as reported, with no rounding to the digits of the limit.

    Examples
    --------
    >>> assay = Attribute("assay", "Assay", "percent", Decimal("98.0"), Decimal("102.0"), "HPLC")
    >>> within(assay, Decimal("98.0")), within(assay, Decimal("97.95"))
    (True, False)
    """
    above = attribute.low is None or value >= attribute.low
    below = attribute.high is None or value <= attribute.high
    return above and below


def limits_text(attribute: Attribute) -> str:
    """Return the acceptance limits as a person writes them."""
    if attribute.low is None and attribute.high is None:
        return "report only"
    if attribute.low is None:
        return f"at most {attribute.high} {attribute.unit}"
    if attribute.high is None:
        return f"at least {attribute.low} {attribute.unit}"
    return f"{attribute.low} to {attribute.high} {attribute.unit}"


def judge_attribute(
    attribute: Attribute,
    results: Sequence[Event[ResultReported]],
    investigations: Mapping[str, Event[NonconformityRaised]],
    closures: Mapping[str, NonconformityClosed],
    authorised: Collection[str] | None = None,
) -> AttributeVerdict:
    """Judge the results of one attribute.

    Parameters
    ----------
    results
        Every result reported for the attribute, in order of arrival.
    investigations
        Result entry id -> the nonconformity raised because of it.
    closures
        Nonconformity -> its closing.
    authorised
        Entries of the retests that were authorised, see :func:`authorised_retests`; none where
        retests need no authorisation of their own.

    Notes
    -----
    An out-of-specification result counts until an investigation raised because of it is closed with
    effect ``none``, that is, with an assignable cause outside the lot, *and* a retest recorded after
    the investigation was raised is there to take its place. A retest without an investigation does
    not count. Results are never averaged: each that counts must pass by itself.

    References
    ----------
    21 CFR 211.165(f), 211.192; FDA, Investigating Out-of-Specification Test Results for
    Pharmaceutical Production, rev. 1, May 2022.
    """
    comparable = [event for event in results if event.body.unit == attribute.unit]
    findings = [_other_unit(attribute, event) for event in results if event.body.unit != attribute.unit]
    counting, explained = _counting(attribute, comparable, investigations, closures, findings, authorised)
    failing = [event for event in counting if not within(attribute, event.body.value)]
    findings.extend(_out_of_specification(attribute, event, investigations, closures) for event in failing)
    outcome: Outcome = "passes"
    if failing:
        outcome = "out_of_specification"
    elif not counting:
        outcome = "not_comparable" if results and not comparable else "missing"
        if outcome == "missing":
            findings.append(
                Finding(
                    attribute.id,
                    f"no result for {attribute.title} ({limits_text(attribute)}); "
                    f"test a release sample by {attribute.method}",
                    "blocking",
                )
            )
    return AttributeVerdict(attribute, outcome, tuple(counting), tuple(explained), tuple(findings))


def _other_unit(attribute: Attribute, event: Event[ResultReported]) -> Finding:
    text = (
        f"a result for {attribute.title} is in {event.body.unit!r}, its limits are in "
        f"{attribute.unit!r}; correct the entry or report it in {attribute.unit!r}"
    )
    return Finding(attribute.id, text, "blocking", (event.id,))


def _counting(
    attribute: Attribute,
    results: Sequence[Event[ResultReported]],
    investigations: Mapping[str, Event[NonconformityRaised]],
    closures: Mapping[str, NonconformityClosed],
    findings: list[Finding],
    authorised: Collection[str] | None,
) -> tuple[list[Event[ResultReported]], list[Event[ResultReported]]]:
    """Split results into those that count and those explained away by an investigation."""
    failing = [event for event in results if not within(attribute, event.body.value)]
    raised = [investigations[event.id] for event in failing if event.id in investigations]
    allowed: list[Event[ResultReported]] = []
    originals: list[Event[ResultReported]] = []
    for event in results:
        if not event.body.retest:
            originals.append(event)
        elif not any(event.recorded_at >= opening.recorded_at for opening in raised):
            text = (
                f"a retest of {attribute.title} has no investigation that calls for it and does not "
                "count; raise a nonconformity caused by the result it repeats"
            )
            findings.append(_uncounted(attribute, event, text))
        elif authorised is not None and event.id not in authorised:
            text = (
                f"a retest of {attribute.title} on sample {event.body.sample} was not authorised, or goes "
                "beyond the times authorised, and does not count; what was found first stands"
            )
            findings.append(_uncounted(attribute, event, text))
        else:
            allowed.append(event)
    explained = []
    for event in originals + allowed:
        opening = investigations.get(event.id)
        closure = closures.get(opening.body.nonconformity) if opening else None
        replaced = any(later.recorded_at > event.recorded_at for later in allowed if later.id != event.id)
        failed = not within(attribute, event.body.value)
        if failed and closure is not None and closure.effect == "none" and replaced:
            explained.append(event)
    gone = {event.id for event in explained}
    counting = [event for event in results if event in originals or event in allowed]
    return [event for event in counting if event.id not in gone], explained


def _uncounted(attribute: Attribute, event: Event[ResultReported], text: str) -> Finding:
    failed = not within(attribute, event.body.value)
    return Finding(attribute.id, text, "blocking" if failed else "warning", (event.id,))


def authorised_retests(campaign: Campaign) -> frozenset[str] | None:
    """Return the entries of the retests that were authorised beforehand, in order, up to their number.

    Returns
    -------
    frozenset of str or None
        None where no control recipe is frozen: retests then need an investigation only.

    References
    ----------
    FDA, Investigating Out-of-Specification Test Results, rev. 1, May 2022, IV.B: the number of
    retests is fixed in advance, so that nobody tests into compliance.
    """
    if frozen(campaign) is None:
        return None
    place = {entry: index for index, entry in enumerate(campaign.arrival)}
    left = {event.id: event.body.times for event in campaign.all(RetestAuthorised)}
    allowed = set()
    for result in campaign.all(ResultReported):
        if not result.body.retest:
            continue
        for grant in campaign.all(RetestAuthorised):
            asked = (grant.body.attribute, grant.body.sample)
            fits = asked == (result.body.attribute, result.body.sample)
            if fits and left[grant.id] > 0 and place[grant.id] < place[result.id]:
                left[grant.id] -= 1
                allowed.add(result.id)
                break
    return frozenset(allowed)


def _out_of_specification(
    attribute: Attribute,
    event: Event[ResultReported],
    investigations: Mapping[str, Event[NonconformityRaised]],
    closures: Mapping[str, NonconformityClosed],
) -> Finding:
    text = (
        f"{attribute.title} is {event.body.value} {event.body.unit}, "
        f"outside {limits_text(attribute)} (sample {event.body.sample})"
    )
    opening = investigations.get(event.id)
    if opening is None:
        text += "; raise a nonconformity caused by this result and investigate"
        return Finding(attribute.id, text, "blocking", (event.id,))
    closure = closures.get(opening.body.nonconformity)
    if closure is None:
        text += f"; investigation {opening.body.nonconformity} is open"
    elif closure.effect == "none":
        text += (
            f"; investigation {closure.nonconformity} found no fault of the lot, and the retest is missing"
        )
    else:
        text += f"; investigation {closure.nonconformity} confirms it (effect {closure.effect})"
    return Finding(attribute.id, text, "blocking", (event.id, opening.id))


def verdicts(campaign: Campaign, lot: str | None = None) -> tuple[AttributeVerdict, ...]:
    """Judge every attribute of the adopted specification.

    Parameters
    ----------
    lot
        Judge only results of samples of this lot; a sample the record does not know counts for every
        lot and is a finding of :func:`result_findings`.

    Returns
    -------
    tuple of AttributeVerdict
        In the order of the specification; empty where no recipe is adopted.
    """
    if campaign.recipe is None:
        return ()
    lot_of = {event.body.sample: event.body.lot for event in campaign.all(SampleTaken)}
    investigations = _investigations(campaign)
    closures = {event.body.nonconformity: event.body for event in campaign.all(NonconformityClosed)}
    authorised = authorised_retests(campaign)
    judged = []
    for attribute in campaign.recipe.specification:
        results = [
            event
            for event in campaign.all(ResultReported)
            if event.body.attribute == attribute.id
            and (lot is None or lot_of.get(event.body.sample, lot) == lot)
        ]
        judged.append(judge_attribute(attribute, results, investigations, closures, authorised))
    return tuple(judged)


def result_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Find results that belong nowhere: unknown sample, unknown attribute, overwritten value."""
    known = {attribute.id for attribute in campaign.recipe.specification} if campaign.recipe else set()
    samples = {event.body.sample: event.body for event in campaign.all(SampleTaken)}
    findings = []
    for event in campaign.all(ResultReported):
        findings.extend(_stray(event, samples, known))
        if event.id in campaign.corrected:
            findings.append(
                Finding(
                    event.body.attribute,
                    "a reported result was corrected afterwards; the reviewer must read both values",
                    "warning",
                    (event.id, campaign.corrected[event.id]),
                )
            )
    return tuple(findings)


def _stray(
    event: Event[ResultReported], samples: Mapping[str, SampleTaken], known: Collection[str]
) -> list[Finding]:
    body = event.body
    findings = []
    if body.sample not in samples:
        text = f"a result names sample {body.sample!r}, which nobody took; record the sample (21 CFR 211.194)"
        findings.append(Finding(body.sample, text, "blocking", (event.id,)))
    elif samples[body.sample].purpose == "retention":
        text = f"retention sample {body.sample} was tested; it is kept for disputes, take a release sample"
        findings.append(Finding(body.sample, text, "warning", (event.id,)))
    if known and body.attribute not in known:
        text = f"a result for {body.attribute!r}, which the specification does not name, decides nothing"
        findings.append(Finding(body.attribute, text, "note", (event.id,)))
    return findings


def _investigations(campaign: Campaign) -> dict[str, Event[NonconformityRaised]]:
    """Return result entry id -> first nonconformity that names it as its cause."""
    found: dict[str, Event[NonconformityRaised]] = {}
    for event in campaign.all(NonconformityRaised):
        for cause in event.cause:
            found.setdefault(cause, event)
    return found
