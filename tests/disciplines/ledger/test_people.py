"""Whose key counts at which place of the record: enrolled, rotated, revoked, locked, reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.instant import parse_instant
from downmass.disciplines.ledger.acts import act_bytes, act_hash, loose_acts
from downmass.disciplines.ledger.keys import public_key_text, to_base64
from downmass.disciplines.ledger.people import (
    AGED,
    ATTEMPTS,
    Keys,
    access_findings,
    key_in_force,
    refused_in_a_row,
    standing,
    training_owed,
)
from downmass.disciplines.ledger.seal import event_of
from downmass.disciplines.ledger.tree import Tree
from downmass.disciplines.ledger.verify import verify
from downmass.facts import event as ev
from downmass.facts.campaign import Campaign, fold
from downmass.facts.codec import body_to_json
from downmass.facts.party import Person, Signature
from downmass.facts.recipe import MasterRecipe, Storage

AT = parse_instant("2024-03-20T10:00Z")
MORENO, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (21, 22))


def enrolled(key: Ed25519PrivateKey = MORENO, person: str = "moreno") -> ev.PersonEnrolled:
    return ev.PersonEnrolled(person, public_key_text(key), "sealed_file", "keller", "passport", "letter")


def act(log: Any, key: Ed25519PrivateKey | None = MORENO, signer: str = "moreno", **changes: Any) -> Any:
    """A release signed by a person over the log as it stands."""
    unsigned = Signature(signer, "A. Moreno", AT, "approval", "")
    body = ev.DispositionDecided("batch-1", "released", Decimal("97"), unsigned)
    root = Tree(entry.hash for entry in log.entries).root()
    over = act_hash(body_to_json(body), signer, "approval", AT, root)
    signature = replace(unsigned, over_sha256=over)
    if key is not None:
        sealed = to_base64(key.sign(act_bytes(over)))
        signature = replace(signature, key=public_key_text(key), sealed=sealed)
    return replace(body, signature=replace(signature, **changes))


def campaign(log: Any) -> Campaign:
    return fold(event_of(entry.content) for entry in log.entries)


def faults(log: Any) -> list[str]:
    return [finding.message for finding in loose_acts(log.entries)]


RESET = ev.AccessReset("moreno", "ada", "phone lost")
LOCKED = ev.AccessLocked("moreno", 5, ("keller",))
REVOKED = ev.KeyRevoked("moreno", public_key_text(MORENO), "seen in a mail")


def test_a_signature_by_the_key_in_force_holds(log: Any) -> None:
    log.add("ground", enrolled())
    log.add("ground", act(log))
    assert faults(log) == []
    assert key_in_force(campaign(log), "moreno") == public_key_text(MORENO)


@pytest.mark.parametrize(
    "out", [RESET, LOCKED, REVOKED, enrolled(OTHER)], ids=["reset", "lock", "revoked", "rotated"]
)
def test_a_signature_with_yesterdays_key_blocks(log: Any, out: Any) -> None:
    log.add("ground", enrolled())
    log.add("ground", act(log))
    log.add("ground", out)
    log.add("ground", act(log))
    (finding,) = loose_acts(log.entries)
    assert (finding.subject, finding.severity) == ("e9", "blocking")
    assert "not in force for moreno" in finding.message


def test_a_rotated_key_signs_from_its_enrolment_on(log: Any) -> None:
    log.add("ground", enrolled())
    log.add("ground", enrolled(OTHER))
    log.add("ground", act(log, OTHER))
    assert faults(log) == []


def test_a_signature_for_another_with_ones_own_key_blocks(log: Any) -> None:
    log.add("ground", enrolled())
    log.add("ground", enrolled(OTHER, "keller"))
    log.add("ground", act(log, OTHER, "moreno"))
    (fault,) = faults(log)
    assert "is by a key that is not in force for moreno: another one is" in fault


def test_a_signature_without_a_key_stands_only_for_who_never_had_one(log: Any) -> None:
    log.add("ground", act(log, None))
    assert faults(log) == []
    log.add("ground", enrolled())
    log.add("ground", act(log, None))
    log.add("ground", RESET)
    log.add("ground", act(log, None))
    assert [f.subject for f in loose_acts(log.entries)] == ["e8", "e10"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sealed": ""},
        {"sealed": to_base64(bytes(64))},
        {"sealed": "no base64"},
        {"sealed": to_base64(MORENO.sign(b"another act"))},
        {"sealed": to_base64(MORENO.sign(act_bytes("00" * 32)))},
    ],
    ids=["none", "zeros", "no base64", "over other bytes", "of another act"],
)
def test_a_seal_pasted_from_elsewhere_blocks(log: Any, changes: dict[str, str]) -> None:
    log.add("ground", enrolled())
    log.add("ground", act(log, **changes))
    (fault,) = faults(log)
    assert "not sealed by their key over this act" in fault


def test_a_whole_signed_entry_copied_to_a_later_place_blocks(log: Any) -> None:
    """21 CFR 11.70: cut, copied or otherwise transferred, it falsifies nothing unseen."""
    log.add("ground", enrolled())
    body = act(log)
    log.add("ground", body)
    log.add("ground", body)
    (fault,) = faults(log)
    assert "not over this record" in fault


def test_a_key_that_is_no_point_of_the_curve_signs_nothing(log: Any) -> None:
    log.add("ground", replace(enrolled(), public_key="bm8ga2V5"))
    body = act(log, None)
    strange = replace(body.signature, key="bm8ga2V5", sealed="AAAA")
    log.add("ground", replace(body, signature=strange))
    (fault,) = faults(log)
    assert "not sealed" in fault


def test_only_the_log_enrols_people(log: Any) -> None:
    """A capsule, or a customer's writer, could otherwise sign for the quality unit."""
    log.add("capsule", enrolled())
    log.add("ground", act(log))
    assert key_in_force(campaign(log), "moreno") is None
    assert [f.subject for f in loose_acts(log.entries)] == ["e6", "e7"]
    assert "only ground may" in faults(log)[0]


def test_a_key_used_before_comes_back_for_nobody(log: Any) -> None:
    log.add("ground", enrolled())
    log.add("ground", RESET)
    log.add("ground", enrolled())
    log.add("ground", enrolled(person="keller"))
    log.add("ground", enrolled(log.keys["capsule"], "ada"))
    found = campaign(log)
    assert [key_in_force(found, person) for person in ("moreno", "keller", "ada")] == [None, None, None]
    assert [f.subject for f in loose_acts(log.entries)] == ["e8", "e9", "e10"]


def test_a_locked_person_is_enrolled_only_after_a_reset(log: Any) -> None:
    for body in (enrolled(), LOCKED, enrolled(OTHER)):
        log.add("ground", body)
    assert key_in_force(campaign(log), "moreno") is None
    log.add("ground", RESET)
    log.add("ground", enrolled(Ed25519PrivateKey.from_private_bytes(bytes(32))))
    assert key_in_force(campaign(log), "moreno") is not None


def test_a_correction_changes_nobodys_key(log: Any) -> None:
    log.add("ground", enrolled())
    forged = body_to_json(enrolled(OTHER))
    log.add("ground", ev.EntryCorrected("e6", "typing error", forged))
    found = campaign(log)
    assert key_in_force(found, "moreno") == public_key_text(MORENO)
    assert "cannot be corrected" in found.findings[0].message
    log.add("ground", act(log, OTHER))
    assert [f.subject for f in loose_acts(log.entries)] == ["e8"]


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["enrol", "revoke", "lock", "reset"]),
        st.sampled_from(["moreno", "keller"]),
        st.integers(1, 4),
        st.sampled_from(["ground", "capsule"]),
    ),
    max_size=12,
)


@given(TURNS)
def test_a_key_is_in_force_for_one_person_at_most_and_never_twice(
    turns: list[tuple[str, str, int, str]],
) -> None:
    """21 CFR 11.100(a), 11.300(a): unique, and not reused by or reassigned to anyone."""
    made: dict[str, Callable[[str, str], Any]] = {
        "enrol": lambda person, key: ev.PersonEnrolled(person, key, "sealed_file", "x", "", ""),
        "revoke": lambda person, key: ev.KeyRevoked(person, key, ""),
        "lock": lambda person, key: ev.AccessLocked(person, 5, ()),
        "reset": lambda person, key: ev.AccessReset(person, "ada", ""),
    }
    keys, spells = Keys(), set()
    bodies = [("ground", ev.WriterEnrolled("ground", "acme", "ground", "g"))]
    bodies += [(writer, made[kind](person, f"key {n}")) for kind, person, n, writer in turns]
    held: dict[str, str | None] = {}
    for index, (writer, body) in enumerate(bodies):
        keys.take(_event(index, writer, body))
        now = {person: keys.in_force(person) for person in ("moreno", "keller")}
        for person, key in now.items():
            if key is not None and key != held.get(person):
                assert key not in spells
                spells.add(key)
            assert key is None or keys.misused(person, key) is None
            assert keys.misused(person, "") is None or keys.had_one(person)
            assert key is None or keys.locked_by(person) is None
        held = now
        assert now["moreno"] is None or now["moreno"] != now["keller"]


def _event(index: int, writer: str, body: Any) -> ev.Event[Any]:
    return ev.Event(
        id=f"e{index}", campaign="demo", type=ev.TYPE_OF[type(body)], version=1, writer=writer,
        sequence=index, occurred_at=AT, uncertainty_s=Decimal(0), recorded_at=AT, origin="recorded",
        source="", cause=(), body=body,
    )  # fmt: skip


def test_the_entries_of_a_writer_whose_key_was_revoked_are_refused(log: Any) -> None:
    log.add("ground", ev.KeyRevoked("capsule", public_key_text(log.keys["capsule"]), "board lost"))
    assert verify(log.entries).damage is None
    log.add("capsule", ev.PhaseMoved("melt", "complete"))
    damage = verify(log.entries).damage
    assert damage is not None
    assert (damage.index, "was revoked" in damage.message) == (7, True)


def test_a_writer_enrolled_anew_writes_again_by_the_new_key_alone(log: Any, key: Any) -> None:
    old = log.keys["capsule"]
    log.add("ground", ev.KeyRevoked("capsule", public_key_text(old), "board lost"))
    log.enrol("capsule", key=key(9))
    log.keys["capsule"] = key(9)
    log.add("capsule", ev.PhaseMoved("melt", "complete"))
    assert verify(log.entries).damage is None
    log.keys["capsule"] = old
    log.add("capsule", ev.PhaseMoved("melt", "held"))
    assert verify(log.entries).damage is not None


def test_a_revoked_key_is_never_enrolled_again(log: Any) -> None:
    log.add("ground", ev.KeyRevoked("capsule", public_key_text(log.keys["capsule"]), "board lost"))
    log.enrol("capsule")
    damage = verify(log.entries).damage
    assert damage is not None
    assert "the key it enrols for capsule was revoked" in damage.message


def test_a_writer_revokes_its_own_key_and_no_others(log: Any) -> None:
    size = len(log.entries)
    log.add("capsule", ev.KeyRevoked("ground", public_key_text(log.keys["ground"]), "mutiny"))
    damage = verify(log.entries).damage
    assert damage is not None
    assert (damage.index, "only ground may" in damage.message) == (size, True)


def test_revoking_a_persons_key_is_no_writers_affair(log: Any) -> None:
    log.add("ground", enrolled())
    log.add("capsule", REVOKED)
    assert verify(log.entries).damage is None
    assert key_in_force(campaign(log), "moreno") is None


def _people(log: Any) -> Any:
    for role in ("operator", "supervisor"):
        log.add("ground", ev.RoleAssigned(Person("moreno", "A. Moreno", "acme"), role))  # type: ignore[arg-type]
    return log.add("ground", ev.RoleAssigned(Person("cleo", "C. Customer", "buyer"), "customer"))


def test_a_standing_tells_roles_key_training_and_attempts_as_they_are_now(log: Any) -> None:
    _people(log).add("ground", ev.RoleWithdrawn("moreno", "supervisor", "moved on"))
    log.add("ground", enrolled())
    ends = parse_instant("2024-06-01T00:00Z")
    log.add("ground", ev.TrainingRecorded("moreno", "gowning", "2", "keller", ends))
    log.add("ground", ev.AccessRefused("moreno", 1, "wrong"))
    found = standing(campaign(log), "moreno", AT)
    assert found is not None
    assert (found.printed_name, found.party, found.roles) == ("A. Moreno", "acme", {"operator"})
    assert (found.key, found.locked_by, found.refused) == (public_key_text(MORENO), None, 1)
    assert dict(found.training) == {"gowning": ("2", ends)}
    later = standing(campaign(log), "moreno", ends)
    assert later is not None
    assert dict(later.training) == {}
    assert standing(campaign(log), "nobody", AT) is None


def test_attempts_count_in_a_row_until_a_signature_or_a_reset(log: Any) -> None:
    _people(log).add("ground", enrolled())
    for n in (1, 2, 3):
        log.add("ground", ev.AccessRefused("moreno", n, "wrong"))
    assert refused_in_a_row(campaign(log), "moreno") == 3
    assert "3 attempts to sign as moreno" in access_findings(campaign(log))[0].message
    log.add("ground", act(log))
    assert refused_in_a_row(campaign(log), "moreno") == 0
    assert access_findings(campaign(log)) == ()
    log.add("ground", ev.AccessRefused("moreno", 1, "wrong"))
    assert refused_in_a_row(campaign(log), "moreno") == 1


def test_a_lock_is_a_finding_with_who_was_told_until_the_reset(log: Any) -> None:
    _people(log).add("ground", enrolled())
    for n in range(1, ATTEMPTS + 1):
        log.add("ground", ev.AccessRefused("moreno", n, "wrong"))
    log.add("ground", LOCKED)
    (finding,) = access_findings(campaign(log))
    assert (finding.subject, finding.severity) == ("moreno", "warning")
    assert "reported to keller" in finding.message
    log.add("ground", RESET)
    assert access_findings(campaign(log)) == ()


def test_a_key_a_year_old_is_to_be_looked_at_until_it_is_changed(log: Any) -> None:
    """21 CFR 11.300(b): issuances periodically checked, recalled or revised."""
    log.add("ground", enrolled())
    given = event_of(log.entries[-1].content).recorded_at
    assert access_findings(campaign(log), given + AGED) == ()
    (finding,) = access_findings(campaign(log), given + AGED + timedelta(days=1))
    assert (finding.severity, "366 days old" in finding.message) == ("note", True)
    log.add("ground", enrolled(OTHER), recorded_at=given + AGED)
    assert access_findings(campaign(log), given + AGED + timedelta(days=1)) == ()


def test_a_recipe_asks_training_of_those_who_make_and_not_of_the_customer(log: Any) -> None:
    _people(log)
    storage = Storage(Decimal(2), Decimal(30), Decimal(25), Decimal(365), "opinion", "a guess")
    recipe = MasterRecipe("melt", "2", "crystals", (), (), (), storage, 1, 0, training=("melt", "gowning"))

    def lacking(person: str) -> tuple[str, ...]:
        return training_owed(replace(campaign(log), recipe=recipe), person, AT)

    assert lacking("moreno") == ("melt", "gowning")
    assert lacking("cleo") == ()
    log.add("ground", ev.TrainingRecorded("moreno", "gowning", "7", "keller"))
    log.add("ground", ev.TrainingRecorded("moreno", "melt", "1", "keller"))
    assert lacking("moreno") == ("melt",), "training in an earlier version of the recipe is none in this"
    log.add("ground", ev.TrainingRecorded("moreno", "melt", "2", "keller", AT))
    assert lacking("moreno") == ("melt",), "it ended this very instant"
    log.add("ground", ev.TrainingRecorded("moreno", "melt", "2", "keller"))
    assert lacking("moreno") == ()
