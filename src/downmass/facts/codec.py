"""Events to JSON values and back; unknown newer types survive the round trip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from downmass.base.canon import canonical, sha256
from downmass.base.errors import DownmassError, InputError, VersionError
from downmass.facts.event import BODIES, TYPE_OF, Event, Unknown, version_of
from downmass.facts.recipe import MasterRecipe
from downmass.facts.upcast import upcast

_ENVELOPE = (
    "id", "campaign", "type", "version", "writer", "sequence",
    "occurred_at", "uncertainty_s", "recorded_at", "origin", "source", "cause",
)  # fmt: skip


DECISIVE = frozenset({"writer.enrolled", "person.enrolled", "key.revoked", "access.locked", "access.reset"})
"""Entry types that decide whose signatures count; a version of them not known here is never passed over."""

_TORN = "the file is torn or no campaign; restore a copy"

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the adapter of a type, built on first use because building all of them is slow."""
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    return adapter


def body_from_json(type_name: str, version: int, fields: Mapping[str, Any]) -> Any:
    """Return the typed body of an event, or :class:`Unknown` for a type or version not known here.

    A body of an older version is brought to today's.

    Raises
    ------
    InputError
        If a known body does not hold what its type requires; the message names each field.
    VersionError
        If it is of :data:`DECISIVE` and of another version: it cannot be kept as unknown and passed
        over.
    """
    today = version_of(type_name)
    if type_name in DECISIVE and version != today:
        raise VersionError(
            f"{type_name}: version {version} cannot be read here, and it decides whose signatures count",
            "use the version of downmass that wrote it, or a newer one",
        )
    body = BODIES.get(type_name)
    if body is None or version > today:
        return Unknown(fields)
    try:
        return _adapter(body).validate_python(upcast(type_name, version, today, fields))
    except ValidationError as fault:
        raise InputError(f"{type_name}: {_reasons(fault)}", _remedies(fault)) from fault


def body_to_json(body: Any) -> dict[str, Any]:
    """Return the JSON value of a body, every key of the type present."""
    if isinstance(body, Unknown):
        return dict(body.fields)
    value: dict[str, Any] = _adapter(type(body)).dump_python(body, mode="json")
    return value


def recipe_sha256(recipe: MasterRecipe) -> str:
    """Return the hex SHA-256 of the canonical bytes of a recipe: what its signatures are over.

    Fields left at what they are when nothing is written are not in the bytes, so that a field a later
    version of this program adds changes no hash that was signed before.
    """
    told = _adapter(MasterRecipe).dump_python(recipe, mode="json", exclude_defaults=True)
    return sha256(canonical(told)).hex()


def event_to_json(event: Event[Any]) -> dict[str, Any]:
    """Return the JSON value of an event, ready for canonical bytes."""
    value: dict[str, Any] = {
        name: item
        for name, item in _adapter(Event[Any]).dump_python(event, mode="json").items()
        if name != "body"
    }
    value["body"] = body_to_json(event.body)
    return value


def event_from_json(value: Mapping[str, Any]) -> Event[Any]:
    """Read an event back; keys beyond the envelope (such as ``prev_hash``) are left aside.

    Raises
    ------
    InputError
        If the envelope or a known body is malformed.
    """
    try:
        fields = {name: value[name] for name in _ENVELOPE}
        kinds = (type(value["type"]), type(value["version"]), isinstance(value["body"], Mapping))
        if kinds != (str, int, True):
            raise InputError("an entry's type, version and body are not text, whole number and object", _TORN)
        body = body_from_json(value["type"], value["version"], value["body"])
    except (KeyError, TypeError) as fault:
        raise InputError(f"an entry has no field {fault}", _TORN) from None
    try:
        event: Event[Any] = _adapter(Event[Any]).validate_python({**fields, "body": body})
        return event
    except ValidationError as fault:
        raise InputError(f"entry {value.get('id')}: {_reasons(fault)}", _remedies(fault)) from fault


def type_name(body: Any) -> str:
    """Return the stored type name of a body."""
    return TYPE_OF[type(body)]


def _reasons(fault: ValidationError) -> str:
    reasons = []
    for error in fault.errors():
        where = ".".join(str(part) for part in error["loc"]) or "value"
        inner = error.get("ctx", {}).get("error")
        text = str(inner) if isinstance(inner, DownmassError) else error["msg"]
        reasons.append(f"{where}: {text}")
    return "; ".join(reasons)


def _remedies(fault: ValidationError) -> str:
    """Return the ways out that the refusing rules name, or a general one."""
    inner = [error.get("ctx", {}).get("error") for error in fault.errors()]
    known = [error.remedy for error in inner if isinstance(error, DownmassError) and error.remedy]
    return "; ".join(dict.fromkeys(known)) or "mend the fields named"
