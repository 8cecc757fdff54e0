"""Two components, one continuous session, and what happens to those who guess (21 CFR 11.200, 11.300)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.disciplines.ledger.acts import loose_acts
from downmass.disciplines.ledger.keys import public_key_text
from downmass.disciplines.ledger.people import ATTEMPTS, access_findings
from downmass.facts import event as ev
from downmass.facts.party import Person, Signature
from downmass.operations.desk import Desk
from downmass.operations.draft import Draft
from downmass.operations.keys import ExampleKeys
from downmass.operations.peoples_keys import SealedFiles
from downmass.operations.signing import IDLE, Asked, Shown, SigningSession
from downmass.stores.memory import MemoryStore

SECRETS = {person: f"four words of {person}" for person in ("olga", "cleo", "quinn", "rene", "ada")}


@dataclass
class Screen:
    """Where people are asked; they answer right unless a test has them answer something else."""

    asked: list[Asked] = field(default_factory=list)
    answers: list[Shown] = field(default_factory=list)
    while_asking: Callable[[], object] = lambda: None

    def __call__(self, asked: Asked) -> Shown:
        self.asked.append(asked)
        self.while_asking()
        return self.answers.pop(0) if self.answers else Shown(SECRETS[asked.person], asked.person)

    def components(self) -> list[tuple[str, bool]]:
        return [(one.person, one.identification) for one in self.asked]


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def files(tmp_path: Path) -> SealedFiles:
    return SealedFiles(tmp_path / "people")


@pytest.fixture
def session(desk: Desk, act: Any, files: SealedFiles, screen: Screen, clock: Any) -> SigningSession:
    """A session in a campaign whose people rotated to keys in sealed files, and two of them review."""
    desk.record([act(ev.RoleAssigned(Person("ada", "A. Administrator", "maker"), "administrator"))])
    desk.record([act(ev.RoleAssigned(desk.state().people["rene"], "auditor"))])
    for person, secret in SECRETS.items():
        key = files.make("little", person, secret)
        other = "quinn" if person != "quinn" else "rene"
        body = ev.PersonEnrolled(person, key, "sealed_file", other, "passport", "letter")
        desk.record([act(body)])
    return SigningSession(desk, files, screen, clock)


@pytest.fixture
def sign(session: SigningSession, store: MemoryStore, clock: Any, act: Any) -> Callable[..., Any]:
    """Have a person sign a review, a new one each time."""
    count = 0

    def signed(person: str) -> Any:
        nonlocal count
        count += 1
        nobody = Signature("nobody", "", clock.now, "review", "")
        body = ev.RecordReviewed("batch_record", f"look {count}", nobody)
        draft: Draft = act(body, sign=((person, "review"),))
        return Desk(store, "little", ExampleKeys(), clock, session.signer).record([draft])

    return signed


def test_the_first_signing_of_a_session_takes_both_components_and_later_ones_the_secret(
    sign: Any, screen: Screen, store: MemoryStore
) -> None:
    """21 CFR 11.200(a)(1)(i)."""
    for _ in range(3):
        sign("quinn")
    assert screen.components() == [("quinn", True), ("quinn", False), ("quinn", False)]
    assert loose_acts(store.read("little")) == ()


def test_a_pause_beyond_the_limit_asks_for_all_components_again(
    sign: Any, screen: Screen, clock: Any
) -> None:
    """21 CFR 11.200(a)(1)(ii)."""
    sign("quinn")
    clock.now += IDLE
    sign("quinn")
    clock.now += IDLE + timedelta(seconds=1)
    sign("quinn")
    assert [whole for _, whole in screen.components()] == [True, False, True]


def test_another_person_in_between_asks_for_all_components_again(sign: Any, screen: Screen) -> None:
    for person in ("quinn", "rene", "quinn"):
        sign(person)
    assert screen.components() == [("quinn", True), ("rene", True), ("quinn", True)]


def test_logging_out_ends_the_session(sign: Any, session: SigningSession, screen: Screen) -> None:
    sign("quinn")
    session.log_out()
    sign("quinn")
    assert [whole for _, whole in screen.components()] == [True, True]


def test_a_clock_set_back_ends_the_session(sign: Any, screen: Screen, clock: Any) -> None:
    sign("quinn")
    clock.now -= timedelta(seconds=2)
    sign("quinn")
    assert [whole for _, whole in screen.components()] == [True, True]


def test_an_answer_that_comes_after_the_session_ended_signs_nothing(
    sign: Any, screen: Screen, clock: Any, store: MemoryStore
) -> None:
    sign("quinn")
    size = store.head("little")

    def lunch() -> None:
        clock.now += IDLE + timedelta(seconds=1)

    screen.while_asking = lunch
    with pytest.raises(RefusedError, match="ended while it waited"):
        sign("quinn")
    assert store.head("little") == size


def test_what_is_shown_is_the_hash_the_signature_then_carries(sign: Any, screen: Screen) -> None:
    (event,) = sign("quinn")
    (asked,) = screen.asked
    assert asked.over_sha256 == event.body.signature.over_sha256
    assert asked.printed_name == event.body.signature.printed_name == "Q. Unit"


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (Shown("not this", "quinn"), "passphrase or PIN is wrong"),
        (Shown("", "quinn"), "passphrase or PIN is wrong"),
        (Shown(SECRETS["quinn"], "rene"), "identification is another's"),
        (Shown(SECRETS["quinn"]), "identification is another's"),
        (Shown(SECRETS["rene"], "quinn"), "passphrase or PIN is wrong"),
    ],
    ids=["wrong secret", "no secret", "another's identification", "no identification", "another's secret"],
)
def test_a_failed_attempt_signs_nothing_and_is_on_record_at_once(
    shown: Shown, why: str, sign: Any, screen: Screen, desk: Desk
) -> None:
    screen.answers = [shown]
    with pytest.raises(RefusedError, match=why) as refusal:
        sign("quinn")
    assert "try again" in refusal.value.remedy
    (event,) = desk.state().all(ev.AccessRefused)
    assert (event.body.person, event.body.failures) == ("quinn", 1)
    assert why in event.body.reason
    assert desk.state().all(ev.RecordReviewed) == ()


def test_a_failed_attempt_ends_the_session(sign: Any, screen: Screen) -> None:
    sign("quinn")
    screen.answers = [Shown("not this")]
    with pytest.raises(RefusedError):
        sign("quinn")
    sign("quinn")
    assert [whole for _, whole in screen.components()] == [True, False, True]


def _guess(times: int, sign: Any, screen: Screen) -> RefusedError:
    for _ in range(times):
        screen.answers = [Shown("guess", "quinn")]
        with pytest.raises(RefusedError) as refusal:
            sign("quinn")
    return refusal.value


def test_the_fifth_attempt_in_a_row_locks_and_reports_at_once(
    sign: Any, screen: Screen, desk: Desk, files: SealedFiles, clock: Any
) -> None:
    """21 CFR 11.300(d)."""
    assert "attempt 4 of 5" in str(_guess(ATTEMPTS - 1, sign, screen))
    assert desk.state().all(ev.AccessLocked) == ()
    last = _guess(1, sign, screen)
    assert "quinn is locked out; to be told at once: ada" in str(last)
    (lock,) = desk.state().all(ev.AccessLocked)
    assert (lock.body.failures, lock.body.reported_to) == (ATTEMPTS, ("ada",))
    assert lock.recorded_at == clock.now
    assert any("quinn is locked out after 5" in found.message for found in access_findings(desk.state()))
    asked = len(screen.asked)
    with pytest.raises(RefusedError, match="quinn is locked out by"):
        sign("quinn")
    assert len(screen.asked) == asked, "the right passphrase is not even tried"


def test_attempts_are_counted_in_the_record_and_survive_a_new_session(
    sign: Any, session: SigningSession, screen: Screen, desk: Desk, files: SealedFiles, clock: Any
) -> None:
    _guess(3, sign, screen)
    screen.answers = [Shown("guess", "quinn")] * 2
    for _ in range(2):
        with pytest.raises(RefusedError):
            SigningSession(desk, files, screen, clock).identify("quinn")
    assert len(desk.state().all(ev.AccessLocked)) == 1


def test_a_signature_that_succeeds_begins_the_count_anew(sign: Any, screen: Screen, desk: Desk) -> None:
    _guess(4, sign, screen)
    sign("quinn")
    _guess(4, sign, screen)
    assert desk.state().all(ev.AccessLocked) == ()
    assert [e.body.failures for e in desk.state().all(ev.AccessRefused)] == [1, 2, 3, 4, 1, 2, 3, 4]


def test_after_a_reset_nothing_signs_until_a_new_key_is_enrolled(
    sign: Any, session: SigningSession, screen: Screen, desk: Desk, files: SealedFiles, act: Any
) -> None:
    """21 CFR 11.200(a)(3): an administrator alone never comes to something that signs for another."""
    _guess(5, sign, screen)
    session.identify("ada")
    desk.record([act(ev.AccessReset("quinn", "ada", "guessed at from outside"))])
    for given in (SECRETS["quinn"], SECRETS["ada"], ""):
        screen.answers = [Shown(given, "quinn")]
        with pytest.raises(RefusedError, match="quinn has no key in force") as refusal:
            sign("quinn")
        assert "downmass person enrol" in refusal.value.remedy
    key = files.make("little", "quinn", "another four words")
    desk.record([act(ev.PersonEnrolled("quinn", key, "sealed_file", "rene", "passport", "letter"))])
    screen.answers = [Shown(SECRETS["quinn"], "quinn")]
    with pytest.raises(RefusedError, match="wrong"):
        sign("quinn")
    screen.answers = [Shown("another four words", "quinn")]
    sign("quinn")


def test_a_persons_key_signs_acts_and_nothing_else(session: SigningSession) -> None:
    signer = session.signer("quinn")
    assert signer is not None
    with pytest.raises(RefusedError, match="acts and nothing else"):
        signer.sign(b"downmass/little\n12\n")


def test_a_key_kept_on_another_machine_is_asked_for_by_its_place(
    sign: Any, files: SealedFiles, desk: Desk
) -> None:
    for path in files.folder.rglob("*.pem"):
        path.unlink()
    with pytest.raises(NotFoundError, match="not on this machine"):
        sign("quinn")
    assert desk.state().all(ev.AccessRefused) == (), "nobody guessed"


# Keys in files.


def test_a_key_file_is_sealed_and_its_owners_alone(files: SealedFiles) -> None:
    key = files.make("little", "olga", SECRETS["olga"])
    (path,) = files.folder.rglob("*.pem")
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert path.stat().st_mode & 0o077 == 0
    opened = files.unlock("little", "olga", key, SECRETS["olga"])
    assert opened is not None
    assert public_key_text(opened) == key
    assert files.unlock("little", "olga", key, "four words of cleo") is None


@pytest.mark.parametrize("secret", ["", " " * 20, "short", "elevenchars"])
def test_an_empty_or_short_passphrase_is_refused_and_leaves_no_file(secret: str, files: SealedFiles) -> None:
    with pytest.raises(InputError, match="empty or too short") as refusal:
        files.make("little", "olga", secret)
    assert "12 characters" in refusal.value.remedy
    assert not files.folder.exists()


def test_a_second_key_overwrites_no_first(files: SealedFiles) -> None:
    first, second = (files.make("little", "olga", SECRETS["olga"]) for _ in range(2))
    assert first != second
    for key in (first, second):
        assert files.unlock("little", "olga", key, SECRETS["olga"]) is not None


def test_a_changed_passphrase_opens_the_same_key_and_the_old_one_no_more(files: SealedFiles) -> None:
    key = files.make("little", "olga", SECRETS["olga"])
    opened = files.unlock("little", "olga", key, SECRETS["olga"])
    assert opened is not None
    with pytest.raises(InputError, match="too short"):
        files.reseal("little", "olga", opened, "short")
    files.reseal("little", "olga", opened, "entirely other words")
    assert files.unlock("little", "olga", key, SECRETS["olga"]) is None
    assert files.unlock("little", "olga", key, "entirely other words") is not None
    assert [path.suffix for path in files.folder.rglob("*.*")] == [".pem"]


def test_a_key_file_put_in_anothers_place_is_refused(files: SealedFiles) -> None:
    mine, theirs = (files.make("little", person, SECRETS["olga"]) for person in ("olga", "cleo"))
    by_name = {path.parent.name: path for path in files.folder.rglob("*.pem")}
    by_name["olga"].write_bytes(by_name["cleo"].read_bytes())
    with pytest.raises(RefusedError, match="holds another key"):
        files.unlock("little", "olga", mine, SECRETS["olga"])
    assert files.unlock("little", "cleo", theirs, SECRETS["olga"]) is not None


def test_a_torn_key_file_opens_to_no_passphrase(files: SealedFiles) -> None:
    key = files.make("little", "olga", SECRETS["olga"])
    (path,) = files.folder.rglob("*.pem")
    path.write_bytes(path.read_bytes()[:80])
    assert files.unlock("little", "olga", key, SECRETS["olga"]) is None


@pytest.mark.parametrize("person", ["../quinn", "/etc/passwd", "", "O. Operator"])
def test_a_name_that_is_no_identifier_reaches_no_file(person: str, files: SealedFiles) -> None:
    with pytest.raises(InputError, match="no identifier"):
        files.make("little", person, SECRETS["olga"])
