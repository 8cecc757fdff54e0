"""Values no question could be asked about are refused before they are signed for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.base.instant import Window
from downmass.facts import event as ev
from downmass.facts.codec import body_from_json, body_to_json
from downmass.facts.flight import ElementSet

LINE1 = "1 56959U 23084AD  23257.07969275  .00009040  00000+0  49606-3 0  9995"
LINE2 = "2 56959  97.5199  12.4307 0012421 255.3413 104.6442 15.14315770 14107"


@pytest.fixture
def read(bodies: tuple[Any, ...]) -> Callable[..., Any]:
    """Read a sound body of a type again, one field deep inside replaced."""

    def spoilt(type_name: str, value: Any, *path: str | int) -> Any:
        kind = ev.BODIES[type_name]
        fields = body_to_json(next(body for body in bodies if isinstance(body, kind)))
        inner: Any = fields
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return body_from_json(type_name, 1, fields)

    return spoilt


SPOILT = [
    ("campaign.opened", -1, ("seed",), "seed is -1"),
    ("contract.signed", -5, ("contract", "price", "minor"), "a price of -5"),
    ("contract.signed", "\u00c4\u00d6\u00dc", ("contract", "price", "currency"), "no ISO 4217 code"),
    ("contract.signed", "US1", ("contract", "price", "currency"), "no ISO 4217 code"),
    ("recipe.adopted", "1e30", ("recipe", "storage", "shelf_life_d"), "1e+30 is beyond"),
    ("recipe.adopted", "100001", ("recipe", "storage", "shelf_life_d"), "100001 days are beyond 100000"),
    ("plan.basis_stated", "9998-12-31T00:00:00Z", ("basis", "launch_planned"), "no date of a campaign"),
    ("plan.basis_stated", "0002-12-31T00:00:00Z", ("basis", "due"), "no date of a campaign"),
    ("plan.basis_stated", "100001", ("basis", "launch_slip_d", "high"), "above 100000"),
    ("plan.basis_stated", "-100001", ("basis", "return_slip_d", "low"), "below -100000"),
    ("plan.basis_stated", "100001", ("basis", "activities", 0, "duration_d", "high"), "above 100000"),
    ("contract.signed", "EUR", ("contract", "storage_fee", "per_week", "currency"), "in EUR and USD"),
    ("venture.stated", "EURO", ("venture", "currency"), "no ISO 4217 code"),
    ("venture.stated", "JPY", ("venture", "currency"), "the venture in JPY"),
    ("flight.elements", LINE1[:40], ("elements", "line1"), "line 1 of the element set of"),
    ("flight.elements", LINE1[:68] + "4", ("elements", "line1"), "is torn"),
    ("flight.elements", LINE1, ("elements", "line2"), "line 2 of the element set of"),
]


@pytest.mark.parametrize(("type_name", "value", "path", "reason"), SPOILT)
def test_a_value_that_cannot_be_is_refused_with_its_place(
    type_name: str, value: Any, path: tuple[str | int, ...], reason: str, read: Callable[..., Any]
) -> None:
    with pytest.raises(InputError) as refusal:
        read(type_name, value, *path)
    assert reason in str(refusal.value)
    assert refusal.value.remedy


@given(st.integers(1, 9998))
def test_a_contact_is_read_only_in_years_in_which_something_can_fly(year: int) -> None:
    """1957: the first satellite."""
    opens = datetime(year, 6, 1, tzinfo=UTC)
    body = ev.ContactHeld("station", Window(opens, opens.replace(month=7)), 1, 1)
    if 1957 <= year <= 2200:
        assert body_from_json("flight.contact", 1, body_to_json(body)) == body
    else:
        with pytest.raises(InputError, match="no date of a campaign"):
            body_from_json("flight.contact", 1, body_to_json(body))


def test_the_element_set_of_w1_stands_as_received() -> None:
    """Set of NORAD 56959 of 2023-09-14."""
    assert ElementSet("W-1", LINE1, LINE2, "catalogue").line1 == LINE1
