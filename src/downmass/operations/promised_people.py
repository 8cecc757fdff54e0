"""Writers and people of a campaign document: their keys, roles and training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from downmass.base.errors import InputError
from downmass.disciplines.ledger.keys import public_key_of
from downmass.operations.document import Promise, rows_of, without, words_of
from downmass.operations.draft import Draft

UNKNOWN_KEY = "-"
"""Stands for a public key the desk puts in when the entry is written."""

ENROLMENT = ("identity_verified_by", "evidence", "certification")
"""What a person with a key says beside it (21 CFR 11.100)."""

TRAINING = 'write training = [{ subject = "...", version = "1", trainer = "..." }]'


def writers(promise: Promise, rows: Sequence[Mapping[str, Any]]) -> Iterator[Draft]:
    """Yield the enrolment of each writer; one whose key is made elsewhere brings its public key.

    Raises
    ------
    InputError
        If a public key cannot be read, or the log's own writer brings one: it signs here.
    """
    for row in rows:
        where = f"{promise.name} [[writer]] {row['id']} public_key"
        key = row.get("public_key", UNKNOWN_KEY)
        if not isinstance(key, str):
            raise InputError(f"{where}: {key!r} is no text", "put it in quotes")
        if key != UNKNOWN_KEY:
            if row is rows[0]:
                raise InputError(
                    f"{where}: the first writer keeps the log, and its key is made here",
                    "leave its public_key out, or list the ground writer first",
                )
            try:
                public_key_of(key)
            except InputError as fault:
                raise InputError(f"{where}: {fault}", fault.remedy) from None
        fields = {"writer": row["id"], **without(row, "id"), "public_key": key}
        yield promise.draft("writer.enrolled", fields, "[writer]")


def people(promise: Promise, rows: Sequence[Mapping[str, Any]]) -> Iterator[Draft]:
    """Yield the roles of all people, then the key and the training of each.

    Raises
    ------
    InputError
        If roles, key, identity or training of a person are not as they must be.
    """
    for row in rows:
        where = f"{promise.name} [[person]] {row['id']} roles"
        person = without(row, "roles", "key", "training", *ENROLMENT)
        for role in words_of(row.get("roles", []), where, 'write roles = ["operator"]'):
            yield promise.draft("role.assigned", {"person": person, "role": role}, "[person]")
    known = [row["id"] for row in rows]
    for row in rows:
        yield from _enrolled(promise, row, known)
    for row in rows:
        yield from _trained(promise, row)


def _enrolled(promise: Promise, row: Mapping[str, Any], known: Sequence[str]) -> Iterator[Draft]:
    where = f"{promise.name} [[person]] {row['id']}"
    if "key" not in row:
        stray = next((field for field in ENROLMENT if field in row), None)
        if stray is not None:
            raise InputError(f"{where} has {stray} and no key", 'write key = "published", or take it out')
        return
    _refuse_other_keys(promise, row["key"], f"{where} key")
    for field in ENROLMENT:
        if not isinstance(row.get(field), str) or not row[field]:
            raise InputError(f"{where} has no {field}", f'write {field} = "..." beside key')
    witness = row["identity_verified_by"]
    if witness == row["id"] or witness not in known:
        others = [id for id in known if id != row["id"]]
        raise InputError(
            f"{where} identity_verified_by: {witness!r} is no other person of the campaign",
            f"use one of {', '.join(others) or '(declare another [[person]])'}",
        )
    fields = {"person": row["id"], "public_key": UNKNOWN_KEY, "keeping": row["key"]}
    told = {field: row[field] for field in ENROLMENT}
    yield promise.draft("person.enrolled", {**fields, **told}, f"[[person]] {row['id']}")


def _refuse_other_keys(promise: Promise, key: Any, where: str) -> None:
    if key != "published":
        raise InputError(
            f"{where}: {key!r} is nothing a document can say of a key",
            'write key = "published" in an example; elsewhere leave it out and let the person enrol',
        )
    if promise.live:
        raise InputError(
            f"{where}: anyone can derive a published key, and this campaign is live",
            'leave key out and let the person enrol, or write mode = "replay" if nothing of it is real',
        )


def _trained(promise: Promise, row: Mapping[str, Any]) -> Iterator[Draft]:
    section = f"[[person]] {row['id']} training"
    for told in rows_of(row.get("training", []), f"{promise.name} {section}", TRAINING):
        yield promise.draft("training.recorded", {**told, "person": row["id"]}, section)
