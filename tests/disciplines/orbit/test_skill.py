from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.orbit.elements import epoch_of
from downmass.disciplines.orbit.skill import PASS_TIME_ERROR_BASIS, pass_time_error_s, skill_finding
from downmass.facts.flight import ElementSet

# measured over 233 public element sets of NORAD 64546, 2026-03 to 2026-08: (days, rms s, p90 s)
MEASURED = ((1, 0.1, 0.2), (7, 4.8, 7.7), (30, 161, 270), (60, 534, 709), (130, 2998, 4773))


@pytest.mark.parametrize(("days", "rms_s", "p90_s"), MEASURED)
def test_the_measured_errors_are_given_back(days: float, rms_s: float, p90_s: float) -> None:
    assert pass_time_error_s(days) == pytest.approx(rms_s)
    assert pass_time_error_s(-days) == pytest.approx(rms_s)
    assert pass_time_error_s(days, "p90") == pytest.approx(p90_s)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_the_error_never_shrinks_with_lead(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert 0.1 <= pass_time_error_s(near) <= pass_time_error_s(far) * (1 + 1e-9) + 1e-6


def test_a_lead_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError):
        pass_time_error_s(float("nan"))


def test_only_far_passes_carry_a_warning(sun_synchronous: ElementSet) -> None:
    epoch = epoch_of(sun_synchronous)
    assert skill_finding(sun_synchronous, epoch + timedelta(days=14)) is None
    finding = skill_finding(sun_synchronous, epoch + timedelta(days=161))
    assert finding is not None
    assert finding.severity == "warning"
    assert "161 days" in finding.message
    assert finding.evidence == (PASS_TIME_ERROR_BASIS.source,)
