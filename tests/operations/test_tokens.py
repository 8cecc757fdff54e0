"""People's keys inside a token, over PKCS #11, against Debian's SoftHSM."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.disciplines.ledger.acts import loose_acts
from downmass.disciplines.ledger.keys import public_key_of
from downmass.facts import event as ev
from downmass.facts.party import Signature
from downmass.operations.desk import Desk
from downmass.operations.keys import ExampleKeys
from downmass.operations.signing import Asked, Shown, SigningSession
from downmass.operations.tokens import Token
from downmass.stores.memory import MemoryStore

LIBRARIES = sorted(Path("/usr/lib").glob("**/libsofthsm2.so"))
PIN = "98765432"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SoftHSM with one fresh token; it reads where its tokens are when it is first loaded."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not here (the extra `pkcs11`)")
    if not LIBRARIES or shutil.which("softhsm2-util") is None:
        pytest.skip("no SoftHSM here (install Debian's softhsm2)")
    folder = tmp_path_factory.mktemp("token")
    (folder / "kept").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'kept'}\nlog.level = ERROR\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as place:
        place.setenv("SOFTHSM2_CONF", str(conf))
        made = ["softhsm2-util", "--init-token", "--free", "--label", "people", "--so-pin", "12345678"]
        subprocess.run([*made, "--pin", PIN], check=True, capture_output=True)
        import pkcs11

        pkcs11.lib(str(LIBRARIES[0]))
    return str(LIBRARIES[0])


@pytest.fixture
def token(library: str) -> Token:
    return Token(library, "people")


def test_a_key_made_in_a_token_signs_there_and_verifies_outside(token: Token) -> None:
    text = token.make("little", "olga", PIN)
    signer = token.unlock("little", "olga", text, PIN)
    assert signer is not None
    public_key_of(text).verify(signer.sign(b"an act"), b"an act")
    assert signer.public_key() == public_key_of(text)


def test_the_private_key_never_leaves_the_token(token: Token, library: str) -> None:
    import pkcs11

    token.make("little", "olga", PIN)
    with pkcs11.lib(library).get_token(token_label="people").open(user_pin=PIN) as session:
        private = next(iter(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})))
        assert (private[pkcs11.Attribute.SENSITIVE], private[pkcs11.Attribute.EXTRACTABLE]) == (True, False)
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            private[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize("pin", ["", "0000", "11111111", "x" * 300])
def test_a_wrong_pin_opens_nothing(token: Token, pin: str) -> None:
    text = token.make("little", "olga", PIN)
    assert token.unlock("little", "olga", text, pin) is None
    with pytest.raises(RefusedError, match="not the PIN"):
        token.make("little", "olga", pin)
    assert token.unlock("little", "olga", text, PIN) is not None


def test_a_key_that_is_not_in_the_token_is_told(token: Token) -> None:
    with pytest.raises(NotFoundError, match="not in token people") as refusal:
        token.unlock("little", "olga", "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=", PIN)
    assert refusal.value.remedy


def test_a_token_or_library_that_is_not_there_is_told(library: str) -> None:
    with pytest.raises(NotFoundError, match="no token nobody's"):
        Token(library, "nobody's").make("little", "olga", PIN)
    with pytest.raises(NotFoundError, match="cannot be opened by"):
        Token("/nowhere/lib.so", "people").make("little", "olga", PIN)


def test_without_the_extra_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(InputError, match="need the PKCS #11 library") as refusal:
        Token("/nowhere/lib.so", "people").make("little", "olga", PIN)
    assert "downmass[pkcs11]" in refusal.value.remedy


def test_an_act_signed_in_a_token_holds_in_the_record_and_a_wrong_pin_is_an_attempt(
    token: Token, desk: Desk, store: MemoryStore, clock: Any, act: Callable[..., Any]
) -> None:
    key = token.make("little", "quinn", PIN)
    desk.record([act(ev.PersonEnrolled("quinn", key, "pkcs11", "rene", "passport", "letter"))])
    pins = ["00000000", PIN]

    def ask(asked: Asked) -> Shown:
        return Shown(pins.pop(0), asked.person)

    session = SigningSession(desk, token, ask, clock)
    signing = Desk(store, "little", ExampleKeys(), clock, session.signer)
    nobody = Signature("nobody", "", clock.now, "review", "")
    draft = act(ev.RecordReviewed("batch_record", "looked", nobody), sign=(("quinn", "review"),))
    with pytest.raises(RefusedError, match="attempt 1 of 5"):
        signing.record([draft])
    (event,) = signing.record([draft])
    assert event.body.signature.key == key
    assert loose_acts(store.read("little")) == ()
