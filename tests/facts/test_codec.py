"""Every entry type survives the way into bytes and back; what is newer is kept; what is strange refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.canon import canonical
from downmass.base.errors import InputError, VersionError
from downmass.facts import event as ev
from downmass.facts.campaign import fold
from downmass.facts.codec import (
    DECISIVE,
    body_from_json,
    body_to_json,
    event_from_json,
    event_to_json,
    type_name,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


def test_there_is_an_example_of_every_entry_type(bodies: tuple[Any, ...]) -> None:
    assert sorted(type_name(body) for body in bodies) == sorted(ev.BODIES)


def test_a_body_survives_canonical_bytes(body: Any, tell: Any) -> None:
    event = tell(body)
    stored = canonical(event_to_json(event))
    again = event_from_json(json.loads(stored))
    assert again == event
    assert canonical(event_to_json(again)) == stored


def test_a_stored_body_names_every_field_of_its_type(body: Any) -> None:
    assert set(body_to_json(body)) == set(type(body).__dataclass_fields__)


def test_a_field_its_type_does_not_have_is_refused_by_name(body: Any) -> None:
    with pytest.raises(InputError, match="colour") as refusal:
        body_from_json(type_name(body), 1, {**body_to_json(body), "colour": "red"})
    assert refusal.value.remedy


def test_a_field_that_is_missing_is_refused_by_name(body: Any) -> None:
    stored = body_to_json(body)
    required = next(iter(stored))
    del stored[required]
    with pytest.raises(InputError, match=required):
        body_from_json(type_name(body), ev.version_of(type_name(body)), stored)


def test_a_newer_version_of_a_known_type_is_kept_as_it_is(body: Any, tell: Any) -> None:
    if ev.TYPE_OF[type(body)] in DECISIVE:
        pytest.skip("it decides whose signatures count: the next test")
    stored = {**event_to_json(tell(body)), "version": 9, "body": {"something": ["new", {"n": 1}]}}
    event = event_from_json(stored)
    assert event.body == ev.Unknown({"something": ["new", {"n": 1}]})
    assert event_to_json(event) == stored
    state = fold([event])
    assert state.unknown == (event,)
    assert any("newer than this program" in finding.message for finding in state.findings)


@pytest.mark.parametrize("version", [-1, 0, 2, 9])
def test_an_enrolment_of_another_version_is_refused_since_it_decides_whose_signatures_count(
    tell: Any, bodies: tuple[Any, ...], version: int
) -> None:
    (enrolment,) = (body for body in bodies if isinstance(body, ev.WriterEnrolled))
    with pytest.raises(VersionError, match=f"version {version} ") as refusal:
        event_from_json({**event_to_json(tell(enrolment)), "version": version})
    assert "newer" in refusal.value.remedy


@given(st.text("abcdefgh._", min_size=1, max_size=20), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_an_unknown_type_is_kept_whatever_it_holds(name: str, fields: dict[str, Any]) -> None:
    assert name not in ev.BODIES
    body = body_from_json(name, 1, fields)
    assert body_to_json(body) == fields


@given(JSON)
def test_any_json_value_is_an_event_or_is_refused(value: Any) -> None:
    if not isinstance(value, dict):
        value = {"body": value}
    with pytest.raises(InputError):
        event_from_json(value)


@given(st.data())
def test_an_envelope_with_one_field_spoilt_is_read_or_refused_but_never_breaks(data: st.DataObject) -> None:
    sound = {
        "id": "ground-000000", "campaign": "little", "type": "gate.applied", "version": 1, "writer": "ground",
        "sequence": 0, "occurred_at": "2023-01-09T17:00:00Z", "uncertainty_s": "0",
        "recorded_at": "2023-01-09T17:00:00Z", "origin": "recorded", "source": "", "cause": [],
        "body": {"gate": "licence", "kind": "licence", "authority": "agency"},
    }  # fmt: skip
    event_from_json(sound)
    name = data.draw(st.sampled_from(sorted(sound)))
    spoilt = {**sound, name: data.draw(JSON)}
    try:
        event = event_from_json(spoilt)
    except InputError:
        return
    assert fold([event]).size == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("occurred_at", "2023-01-09T17:00:00", "has no time zone"),
        ("recorded_at", "soon", "is not an instant"),
        ("uncertainty_s", "NaN", "finite"),
        ("origin", "rumour", "origin"),
    ],
)
def test_the_refusal_of_an_envelope_names_the_field_and_why(
    field: str, value: str, reason: str, tell: Any
) -> None:
    stored = event_to_json(tell(ev.GateApplied("licence", "licence", "agency")))
    with pytest.raises(InputError, match=reason) as refusal:
        event_from_json({**stored, field: value})
    assert field in str(refusal.value)
