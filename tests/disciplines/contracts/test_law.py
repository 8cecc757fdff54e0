"""Law as predicates, against the wording of 14 CFR 440, 89 FR 27473 and 19 USC 1484a."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from downmass.disciplines.contracts.law import (
    insurance_filed,
    licence_before_launch,
    reentry_cover,
    returned_goods,
    waivers_filed,
)

START = datetime(2024, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_waivers_filed_thirty_days_before_the_start_are_in_time() -> None:
    signed = {"provider": START - 60 * DAY, "customer": START - 40 * DAY}
    assert waivers_filed("launch", signed, signed, START - 30 * DAY, START) == ()


def test_waivers_filed_a_second_later_are_late() -> None:
    late = START - 30 * DAY + timedelta(seconds=1)
    (finding,) = waivers_filed("launch", [], {}, late, START)
    assert (finding.severity, finding.evidence) == ("blocking", ("14 CFR 440.15(a)(1)",))


def test_a_customer_that_has_not_signed_blocks_the_start() -> None:
    (finding,) = waivers_filed("launch", ["customer"], {}, START - 90 * DAY, START)
    assert finding.message.startswith("customer has not signed")


def test_a_licence_order_may_shorten_the_lead() -> None:
    assert waivers_filed("launch", [], {}, START - 7 * DAY, START, lead=5 * DAY) == ()


@pytest.mark.parametrize(("days", "other", "late"), [(30, False, False), (59, True, True), (29, False, True)])
def test_evidence_of_insurance_is_due_30_days_before_other_security_60(
    days: int, other: bool, late: bool
) -> None:
    assert bool(insurance_filed("launch", START - days * DAY, START, other_security=other)) is late


def test_insurance_never_filed_is_blocking() -> None:
    (finding,) = insurance_filed("reentry", None, START)
    assert finding.severity == "blocking"


def test_cover_runs_thirty_days_from_the_initiation_of_reentry() -> None:
    assert reentry_cover("reentry", START, START + 30 * DAY) == ()
    assert reentry_cover("reentry", START, START + 29 * DAY)[0].severity == "blocking"
    assert reentry_cover("reentry", START, None)[0].severity == "blocking"
    assert reentry_cover("reentry", START, START + 90 * DAY, aborted_on_orbit=True)[0].severity == "warning"


def test_w1_launched_before_its_licence_is_only_a_note() -> None:
    # Launch 2023-06-12, licence 2024-02-14 (FAA; SpaceNews).
    (finding,) = licence_before_launch(
        "w1", datetime(2023, 6, 12, 21, 35, tzinfo=UTC), datetime(2024, 2, 14, tzinfo=UTC)
    )
    assert finding.severity == "note"


@pytest.mark.parametrize("granted", [None, datetime(2024, 8, 1, tzinfo=UTC)])
def test_a_launch_after_the_notice_without_a_licence_is_blocked(granted: datetime | None) -> None:
    (finding,) = licence_before_launch("w9", START, granted)
    assert finding.severity == "blocking"


def test_a_licence_granted_before_the_launch_says_nothing() -> None:
    assert licence_before_launch("w9", START, START - DAY) == ()


def test_goods_returned_to_utah_are_no_importation() -> None:
    (finding,) = returned_goods(
        "batch",
        launched_from_us_customs_territory=True,
        on_us_owned_craft_throughout=True,
        returned_directly_to_us=True,
    )
    assert finding.severity == "note"


def test_a_landing_at_koonibba_breaks_the_third_condition_alone() -> None:
    (finding,) = returned_goods(
        "batch",
        launched_from_us_customs_territory=True,
        on_us_owned_craft_throughout=True,
        returned_directly_to_us=False,
    )
    assert finding.severity == "warning"
    assert "directly" in finding.message
