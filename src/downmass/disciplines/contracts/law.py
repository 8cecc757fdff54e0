"""Law as predicates: which filings, licences and customs conditions a campaign meets, as findings.

Every function takes plain values and returns findings; an empty tuple means the rule is met and has
nothing to say. This is a reading of public texts for planning, not legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from downmass.base.instant import format_instant
from downmass.facts.finding import Finding

FILING_LEAD = timedelta(days=30)
"""How long before the start waivers and evidence of insurance must be with the FAA (14 CFR 440.15(a))."""

OTHER_SECURITY_LEAD = timedelta(days=60)
"""The same for financial responsibility in a form other than insurance (14 CFR 440.15(a)(3))."""

REENTRY_COVER = timedelta(days=30)
"""How long cover runs from the initiation of re-entry flight (14 CFR 440.12(a)(2))."""

LICENCE_BEFORE_LAUNCH_FROM = datetime(2024, 4, 17, tzinfo=UTC)
"""From when a re-entry vehicle may be launched only with its re-entry licence (89 FR 27473)."""


def waivers_filed(
    subject: str,
    participants: Iterable[str],
    signed: Mapping[str, datetime],
    filed: datetime | None,
    starts: datetime,
    *,
    lead: timedelta = FILING_LEAD,
) -> tuple[Finding, ...]:
    """Judge whether the reciprocal waivers of a licensed activity are signed and filed in time.

    Parameters
    ----------
    subject
        The launch or re-entry the findings are about.
    participants
        Licensee and customers of the activity; since 2016-10-17 a customer waives claims on all
        customers of the activity, whoever they contract with.
    signed
        Participant -> when it signed.
    filed
        When the agreement was submitted to the FAA, if it was.
    starts
        When the licensed activity starts.
    lead
        Days before the start; a licence order may set another lead than 30 days.

    References
    ----------
    14 CFR 440.15(a)(1), 440.17(c); 81 FR 55115.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> day = datetime(2024, 1, 1, tzinfo=UTC)
    >>> [f.message for f in waivers_filed("launch", ["varda"], {}, day, datetime(2024, 6, 1, tzinfo=UTC))]
    ['varda has not signed the reciprocal waiver of claims; have it signed before the start']
    """
    findings = [
        Finding(
            subject,
            f"{party} has not signed the reciprocal waiver of claims; have it signed before the start",
            "blocking",
            ("14 CFR 440.17",),
        )
        for party in participants
        if party not in signed or signed[party] > starts
    ]
    late = _filed_late("the reciprocal waivers", filed, starts, lead)
    if late:
        findings.append(Finding(subject, late, "blocking", ("14 CFR 440.15(a)(1)",)))
    return tuple(findings)


def insurance_filed(
    subject: str,
    filed: datetime | None,
    launch_starts: datetime,
    *,
    other_security: bool = False,
    lead: timedelta | None = None,
) -> tuple[Finding, ...]:
    """Judge whether evidence of financial responsibility was with the FAA in time.

    Parameters
    ----------
    filed
        When the evidence was submitted, if it was.
    launch_starts
        When launch activities start; for a licensed re-entry too the lead counts from the launch.
    other_security
        Whether it is financial responsibility in a form other than insurance (60 days).
    lead
        The lead a licence order sets in place of the rule's.

    References
    ----------
    14 CFR 440.15(a)(2) and (3).
    """
    wanted = lead if lead is not None else (OTHER_SECURITY_LEAD if other_security else FILING_LEAD)
    clause = "14 CFR 440.15(a)(3)" if other_security else "14 CFR 440.15(a)(2)"
    late = _filed_late("evidence of financial responsibility", filed, launch_starts, wanted)
    return (Finding(subject, late, "blocking", (clause,)),) if late else ()


def reentry_cover(
    subject: str, initiated: datetime, covered_until: datetime | None, *, aborted_on_orbit: bool = False
) -> tuple[Finding, ...]:
    """Judge whether liability cover runs long enough after re-entry flight begins.

    Parameters
    ----------
    initiated
        Initiation of re-entry flight.
    covered_until
        When cover ends; none where there is no cover.
    aborted_on_orbit
        Whether the vehicle stayed in orbit after an abort; cover then runs until the FAA says so.

    References
    ----------
    14 CFR 440.12(a)(2).
    """
    needed = initiated + REENTRY_COVER
    norm = ("14 CFR 440.12",)
    if covered_until is None or covered_until < needed:
        text = f"liability cover must run to {format_instant(needed)}, 30 days from initiation of re-entry"
        return (Finding(subject, text, "blocking", norm),)
    if aborted_on_orbit:
        text = "after an abort to orbit cover must stay in place until the FAA determines the risk is small"
        return (Finding(subject, text, "warning", norm),)
    return ()


def licence_before_launch(
    subject: str, launch: datetime, licence_granted: datetime | None
) -> tuple[Finding, ...]:
    """Judge whether a re-entry vehicle has its re-entry licence before it is launched.

    Parameters
    ----------
    launch
        Lift-off, planned or actual.
    licence_granted
        When the re-entry licence was granted, if it was.

    Returns
    -------
    tuple of Finding
        Blocking for a launch from 2024-04-17 on, a note for an earlier one, nothing if the licence was
        granted first.

    References
    ----------
    Launch of a Reentry Vehicle as a Payload That Requires a Reentry Authorization To Return to Earth,
    89 FR 27473 (2024-04-17).
    """
    if licence_granted is not None and licence_granted <= launch:
        return ()
    norm = ("89 FR 27473",)
    if launch >= LICENCE_BEFORE_LAUNCH_FROM:
        text = (
            f"a launch at {format_instant(launch)} without a granted re-entry licence is not authorised "
            "since 2024-04-17; obtain the licence first or move the launch"
        )
        return (Finding(subject, text, "blocking", norm),)
    text = (
        f"the launch at {format_instant(launch)} came before its re-entry licence, which the FAA still "
        "allowed; from 2024-04-17 on it does not"
    )
    return (Finding(subject, text, "note", norm),)


def returned_goods(
    subject: str,
    *,
    launched_from_us_customs_territory: bool,
    on_us_owned_craft_throughout: bool,
    returned_directly_to_us: bool,
) -> tuple[Finding, ...]:
    """Judge whether goods made in space come back without being an importation.

    Parameters
    ----------
    launched_from_us_customs_territory
        Condition 1: launched from the customs territory of the United States on a craft operated by,
        and owned wholly or in substantial part by, US persons or the United States.
    on_us_owned_craft_throughout
        Condition 2: kept in space on such craft alone.
    returned_directly_to_us
        Condition 3: returned to the customs territory directly from space on such a craft. A landing
        abroad, at Koonibba for one, breaks it.

    Returns
    -------
    tuple of Finding
        A note if all three hold, whatever manufacture added; else one warning per broken condition.

    References
    ----------
    19 USC 1484a.
    """
    norm = ("19 USC 1484a",)
    conditions = (
        (
            launched_from_us_customs_territory,
            "was not launched from US customs territory on a US-owned craft",
        ),
        (on_us_owned_craft_throughout, "was not kept in space on US-owned craft alone"),
        (returned_directly_to_us, "was not returned directly from space to US customs territory"),
    )
    broken = [text for holds, text in conditions if not holds]
    if not broken:
        text = "the return is no importation, whatever manufacture in space added to the goods"
        return (Finding(subject, text, "note", norm),)
    return tuple(
        Finding(subject, f"{subject} {text}: an entry is due and duty may be; file it", "warning", norm)
        for text in broken
    )


def _filed_late(what: str, filed: datetime | None, starts: datetime, lead: timedelta) -> str:
    latest = starts - lead
    if filed is None:
        return f"{what} must be with the FAA by {format_instant(latest)}; nothing is filed"
    if filed > latest:
        return (
            f"{what} came at {format_instant(filed)}, after {format_instant(latest)}; "
            "file earlier or ask for an order that shortens the lead"
        )
    return ""
