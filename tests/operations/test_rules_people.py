"""Who may act and sign, and what may be put on record about people, by rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from downmass.base.errors import RefusedError
from downmass.disciplines.ledger.acts import loose_acts, signatures_of
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.quality.review import review_findings
from downmass.facts import event as ev
from downmass.facts.party import Person
from downmass.operations.decide import RULES
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.peoples_keys import ExamplePeople
from downmass.operations.rules.people import RULES as PEOPLES
from downmass.operations.rules.people import may_act
from downmass.stores.memory import MemoryStore

OLGA, QUINN = (public_key_text(ExamplePeople("little")(person)) for person in ("olga", "quinn"))
NEW = Ed25519PrivateKey.from_private_bytes(bytes([31]) * 32)
ADA = Person("ada", "A. Administrator", "maker")
Act = Callable[..., Draft]


def enrolled(person: str = "olga", **changes: Any) -> ev.PersonEnrolled:
    body = ev.PersonEnrolled(person, public_key_text(NEW), "sealed_file", "quinn", "passport", "letter")
    return replace(body, **changes)


ADMINISTRATOR = ev.RoleAssigned(ADA, "administrator")
LOCK = [*(ev.AccessRefused("olga", n, "wrong") for n in range(1, 6)), ev.AccessLocked("olga", 5, ("quinn",))]
LOST = ev.KeyRevoked("olga", OLGA, "lost")
OLGAS = Person("olga", "O. Operator", "maker")
RESET = ev.AccessReset("olga", "ada", "phone lost")


@pytest.fixture
def put(desk: Desk, act: Act) -> Callable[..., Any]:
    """Record bodies one after another, as the ground writer unless told otherwise."""

    def record(*bodies: Any, **fields: Any) -> Any:
        # a second apart, so that no entry says the same of the same instant
        first = len(desk.state().arrival)
        return desk.record([act(b, (first + n) / 86_400, **fields) for n, b in enumerate(bodies)])

    return record


REFUSALS: list[tuple[list[Any], Any, str, str]] = [
    ([], enrolled("zoe"), "'zoe' is nobody of this campaign", "cleo, lea, olga"),
    ([], enrolled(identity_verified_by="olga"), "olga vouches for their own identity", "another person"),
    ([], enrolled(identity_verified_by="zoe"), "'zoe' is nobody", "assign a role"),
    ([], enrolled(public_key=QUINN), "is or was in use", "make a new one"),
    ([], enrolled(public_key=OLGA), "is or was in use", "make a new one"),
    ([], enrolled(public_key="AAAA"), "cannot be used", "supply"),
    ([], enrolled(evidence=" "), "no evidence", "21 CFR 11.100"),
    ([], enrolled(certification=""), "no certification", "21 CFR 11.100"),
    ([], enrolled(keeping="published"), "proves nothing", "passphrase"),
    ([enrolled()], enrolled(public_key=OLGA), "is or was in use", "comes back for nobody"),
    (LOCK, enrolled(), "olga is locked out", "reset them first"),
    ([], ev.KeyRevoked("olga", QUINN, "lost"), "no such key was ever enrolled", "as its enrolment has it"),
    ([LOST], ev.KeyRevoked("olga", OLGA, "again"), "revoked already", "nothing is to be done"),
    ([], ev.TrainingRecorded("olga", "melt", "1", "olga"), "trained themself", "another person"),
    ([], ev.TrainingRecorded("olga", "melt", "1", "O. Operator"), "trained themself", "another person"),
    ([], ev.TrainingRecorded("olga", "melt", "1", " "), "no trainer or version", "say who trained"),
    ([], ev.TrainingRecorded("zoe", "melt", "1", "quinn"), "'zoe' is nobody", "assign a role"),
    ([], ev.RoleAssigned(OLGAS, "administrator"), "olga is operator", "somebody administer who"),
    ([ADMINISTRATOR], ev.RoleAssigned(ADA, "release"), "ada administers", "another person"),
    ([], ev.RoleAssigned(Person("olga", "O. Other", "maker"), "release"), "is reassigned to nobody", "own"),
    ([], ev.RoleWithdrawn("olga", "release", "never had it"), "has no role release", "theirs: operator"),
    ([], ev.RoleWithdrawn("zoe", "release", "never here"), "'zoe' is nobody", "assign a role"),
    ([], ev.AccessRefused("olga", 2, "wrong"), "refused attempt 1 in a row, not 2", "failures = 1"),
    ([], ev.AccessRefused("zoe", 1, "wrong"), "'zoe' is nobody", "assign a role"),
    ([], ev.AccessLocked("olga", 5, ("quinn",)), "0 in a row are on record", "revoke it"),
    (LOCK[:5], ev.AccessLocked("olga", 5, ()), "reported to nobody", "11.300"),
    (LOCK[:5], ev.AccessLocked("olga", 5, ("olga",)), "reported to 'olga'", "other people"),
    (LOCK[:5], ev.AccessLocked("olga", 5, ("zoe",)), "reported to 'zoe'", "other people"),
    (LOCK, LOCK[5], "is locked out by ground-", "nothing is to be done"),
    ([], replace(RESET, administrator="quinn"), "has none of the roles administrator", "person with one"),
    ([ADMINISTRATOR], ev.AccessReset("ada", "ada", "mine"), "ada resets themself", "another administrator"),
    ([ADMINISTRATOR], ev.AccessReset("zoe", "ada", "gone"), "'zoe' is nobody", "assign a role"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "body", "reason", "way_out"),
    REFUSALS,
    ids=[f"{ev.TYPE_OF[type(r[1])]}: {r[2]}" for r in REFUSALS],
)
def test_what_may_not_be_said_of_people_is_refused_with_the_way_out(
    before: list[Any], body: Any, reason: str, way_out: str, put: Any, store: MemoryStore
) -> None:
    put(*before)
    size = store.head("little")
    with pytest.raises(RefusedError, match=reason) as refusal:
        put(body)
    assert way_out in refusal.value.remedy
    assert store.head("little") == size


def test_every_rule_about_people_is_seen_to_refuse_and_to_accept(put: Any) -> None:
    assert {type(body) for _, body, _, _ in REFUSALS} == set(PEOPLES)
    assert set(PEOPLES.items()) <= set(RULES.items())
    put(
        ADMINISTRATOR, *LOCK, RESET, enrolled(), ev.KeyRevoked("olga", public_key_text(NEW), "lost"),
        ev.TrainingRecorded("olga", "melt", "1", "quinn"), ev.RoleWithdrawn("olga", "operator", "left"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [enrolled(), ev.TrainingRecorded("olga", "melt", "1", "quinn"), LOST, RESET,
     ev.RoleWithdrawn("olga", "operator", "left")],
    ids=lambda body: ev.TYPE_OF[type(body)],
)  # fmt: skip
def test_another_writer_than_the_log_decides_nothing_about_people(body: Any, put: Any) -> None:
    put(ADMINISTRATOR)
    with pytest.raises(RefusedError, match="may not") as refusal:
        put(body, writer="capsule")
    assert "'ground'" in refusal.value.remedy


def test_a_writer_may_revoke_its_own_key_and_then_writes_no_more(put: Any, desk: Desk, life: Any) -> None:
    capsule = public_key_text(ExampleKeys().key("little", "capsule"))
    put(ev.KeyRevoked("capsule", capsule, "board opened"), writer="capsule")
    with pytest.raises(RefusedError, match="was revoked"):
        desk.record([replace(life["drug"], writer="capsule")])


def test_the_key_of_the_log_itself_is_changed_and_not_revoked(put: Any) -> None:
    ground = public_key_text(ExampleKeys().key("little", "ground"))
    with pytest.raises(RefusedError, match="nothing could be written any more") as refusal:
        put(ev.KeyRevoked("ground", ground, "lost"))
    assert "enrol a new key" in refusal.value.remedy


@pytest.mark.parametrize("target", ["person.enrolled", "writer.enrolled"])
def test_what_decides_whose_signatures_count_is_not_corrected(target: str, desk: Desk, put: Any) -> None:
    wrong = next(e for e in desk.state().events[type_of(target)])
    with pytest.raises(RefusedError, match="cannot be corrected"):
        put(ev.EntryCorrected(wrong.id, "typing error", {}))


def type_of(name: str) -> type[Any]:
    return ev.BODIES[name]


def signing(people: Any, store: MemoryStore, clock: Any) -> Desk:
    """A second desk over the same log, with other keys in people's hands."""
    return Desk(store, "little", ExampleKeys(), clock, people)


def test_nobody_signs_for_another(desk: Desk, store: MemoryStore, clock: Any, life: Any) -> None:
    keys = ExamplePeople("little")
    with pytest.raises(RefusedError, match="by a key that is not in force for cleo") as refusal:
        signing(lambda person: keys("olga"), store, clock).record([life["hand-over"]])
    assert "--as cleo" in refusal.value.remedy


def test_yesterdays_key_is_refused_when_recording(
    desk: Desk, put: Any, store: MemoryStore, clock: Any, life: Any
) -> None:
    put(enrolled("cleo"))
    with pytest.raises(RefusedError, match="not in force for cleo: another one is"):
        desk.record([life["hand-over"]])
    keys = ExamplePeople("little")
    rotated = signing(lambda person: NEW if person == "cleo" else keys(person), store, clock)
    rotated.record([life["hand-over"]])
    assert loose_acts(store.read("little")) == ()


def test_a_live_campaign_takes_no_signature_without_a_key(
    desk: Desk, store: MemoryStore, clock: Any, life: Any
) -> None:
    with pytest.raises(RefusedError, match="without the key cleo enrolled") as refusal:
        signing(lambda person: None, store, clock).record([life["hand-over"]])
    assert "downmass sign" in refusal.value.remedy


def test_a_person_never_enrolled_signs_nothing_in_a_live_campaign(
    desk: Desk, put: Any, store: MemoryStore, clock: Any, life: Any
) -> None:
    put(ev.RoleAssigned(Person("nora", "N. New", "buyer"), "customer"))
    draft = replace(life["hand-over"], sign=(("nora", "responsibility"), ("olga", "responsibility")))
    keys = ExamplePeople("little")
    with pytest.raises(RefusedError, match="nora has no key") as refusal:
        signing(lambda person: keys(person) if person == "olga" else None, store, clock).record([draft])
    assert "downmass person enrol CAMPAIGN nora" in refusal.value.remedy


def test_a_signature_cut_from_one_entry_and_pasted_into_another_is_refused(
    live: Callable[[str], Desk], life: Any, act: Act
) -> None:
    desk = live("release")
    review = desk.state().all(ev.RecordReviewed)[0]
    (cut,) = signatures_of(review.body)
    pasted = ev.RecordReviewed("audit_trail", "pasted", cut)
    with pytest.raises(RefusedError, match="brings a signature that nobody gives here"):
        desk.record([act(pasted, 113)])
    with pytest.raises(RefusedError, match="nobody signs it"):
        desk.record([act(replace(pasted, signature=replace(cut, over_sha256="")), 113)])


def test_an_administrator_signs_nothing_and_is_not_even_asked(
    put: Any, store: MemoryStore, clock: Any, life: Any
) -> None:
    put(ADMINISTRATOR, enrolled("ada"))
    asked: list[str] = []
    draft = replace(life["hand-over"], sign=(("ada", "responsibility"), ("olga", "responsibility")))
    with pytest.raises(RefusedError, match="ada is an administrator, who may not sign"):
        signing(asked.append, store, clock).record([draft])
    assert asked == []


def test_a_locked_out_person_signs_nothing_and_a_reset_alone_changes_that_not(
    put: Any, desk: Desk, store: MemoryStore, clock: Any, life: Any
) -> None:
    put(*LOCK)
    with pytest.raises(RefusedError, match="olga is locked out by ground-"):
        desk.record([life["hand-over"]])
    put(ADMINISTRATOR, RESET)
    with pytest.raises(RefusedError, match="not in force for olga: ") as refusal:
        desk.record([life["hand-over"]])
    assert "enrol a key first" in refusal.value.remedy
    put(enrolled())
    keys = ExamplePeople("little")
    anew = signing(lambda person: NEW if person == "olga" else keys(person), store, clock)
    anew.record([life["hand-over"]])
    assert loose_acts(store.read("little")) == ()


def test_a_person_whose_roles_are_all_withdrawn_signs_nothing(put: Any, desk: Desk, life: Any) -> None:
    put(ev.RoleWithdrawn("olga", "operator", "left the company"))
    with pytest.raises(RefusedError, match="olga has no role any more"):
        desk.record([life["hand-over"]])


def test_training_the_recipe_asks_for_gates_the_act_until_it_is_on_file_and_while_it_is_good(
    desk: Desk, act: Act, put: Any, life: Any, promise: tuple[Draft, ...]
) -> None:
    adopted = next(d.body for d in promise if d.type == "recipe.adopted")
    recipe = replace(adopted.recipe, training=("melt",))
    put(replace(adopted, recipe=recipe))
    planned = ev.DeviationPlanned("dev-1", "warmer", life["closing"].at, life["release"].body.signature)
    draft = act(planned, 2.5, sign=(("quinn", "approval"),))
    with pytest.raises(RefusedError, match="quinn has no training on file in melt"):
        desk.record([draft])
    put(ev.TrainingRecorded("quinn", "melt", "1", "rene", draft.at))
    with pytest.raises(RefusedError, match="quinn has no training on file in melt"):
        desk.record([draft])
    put(ev.TrainingRecorded("quinn", "melt", "1", "rene", draft.at + timedelta(seconds=1)))
    desk.record([draft])


def test_who_hands_over_a_sealed_case_need_not_be_trained_in_the_recipe(
    desk: Desk, put: Any, life: Any, promise: tuple[Draft, ...]
) -> None:
    adopted = next(d.body for d in promise if d.type == "recipe.adopted")
    put(replace(adopted, recipe=replace(adopted.recipe, training=("melt",))))
    assert may_act(desk.state(), "olga", (), life["hand-over"].at) is not None
    (event,) = desk.record([life["hand-over"]])
    assert [signature.signer for signature in event.body.signatures] == ["cleo", "olga"]


def test_who_signed_in_a_campaign_never_administers_it(desk: Desk, put: Any, life: Any) -> None:
    desk.record([life["hand-over"]])
    put(ev.RoleWithdrawn("olga", "operator", "promoted"))
    with pytest.raises(RefusedError, match="olga signed in this campaign"):
        put(ev.RoleAssigned(Person("olga", "O. Operator", "maker"), "administrator"))


def test_a_role_given_back_is_in_force_again(desk: Desk, put: Any) -> None:
    at = desk.state().recorded_until
    assert at is not None
    put(ev.RoleWithdrawn("olga", "operator", "on leave"))
    assert desk.state().roles["olga"] == frozenset()
    put(ev.RoleAssigned(Person("olga", "O. Operator", "maker"), "operator"))
    assert desk.state().roles["olga"] == {"operator"}
    assert may_act(desk.state(), "olga", ("operator", "crew"), at) is None
    assert may_act(desk.state(), "olga", ("crew",), at) is not None


def test_one_person_does_not_perform_and_check_a_phase(
    live: Callable[[str], Desk], life: Any, act: Act
) -> None:
    desk = live("run ends")
    unsigned = life["release"].body.signature
    desk.record([act(ev.PhaseSigned("run", "performed", unsigned), 62, sign=(("olga", "responsibility"),))])
    with pytest.raises(RefusedError, match="olga"):
        desk.record([act(ev.PhaseSigned("run", "checked", unsigned), 62, sign=(("olga", "review"),))])


def test_who_has_no_role_that_performs_does_not_sign_that_they_performed(
    live: Callable[[str], Desk], life: Any, act: Act
) -> None:
    desk = live("run checked")
    body = ev.PhaseSigned("run", "performed", life["release"].body.signature)
    with pytest.raises(RefusedError, match="quinn has none of the roles crew, laboratory, operator"):
        desk.record([act(body, 62, sign=(("quinn", "responsibility"),))])


def test_who_signed_for_a_phase_does_not_review_and_is_found_where_they_reviewed_before(
    live: Callable[[str], Desk], life: Any, act: Act
) -> None:
    """Rex, a supervisor, may do either, and no rule knows at a review what its reviewer signs later."""
    desk = live("run checked")
    review = replace(life["batch record"], at=life["run ends"].at, sign=(("rex", "review"),))
    desk.record([review])
    body = ev.PhaseSigned("run", "performed", life["release"].body.signature)
    desk.record([act(body, 62, sign=(("rex", "responsibility"),))])
    with pytest.raises(RefusedError, match="rex performed work on this batch"):
        desk.record([replace(review, at=life["closing"].at)])
    told = [finding.message for finding in review_findings(desk.state(), "batch_record")]
    assert any("performed work on this batch and reviewed" in message for message in told)
