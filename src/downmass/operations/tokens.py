"""People's keys in a token, over PKCS #11: the private key is made inside and never leaves it.

The library for it is an extra (``downmass[pkcs11]``), loaded when a token is first asked for.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from downmass.base.errors import InputError, NotFoundError, RefusedError
from downmass.disciplines.ledger.keys import KEY_BYTES, Signer, public_key_of, to_base64
from downmass.operations.peoples_keys import Keeping

ED25519 = "1.3.101.112"
"""Object identifier of the curve (RFC 8410)."""


class Token:
    """The keys of people in one token, opened by its PIN.

    Parameters
    ----------
    library
        Path of the token's PKCS #11 library.
    label
        The token's label.

    Notes
    -----
    A token is one person's: whoever knows its PIN signs with every key in it. It counts wrong PINs
    itself besides what the record counts, and may lock for good.

    References
    ----------
    PKCS #11 v3.0, CKM_EDDSA; RFC 8032.
    """

    keeping: Keeping = "pkcs11"

    def __init__(self, library: str, label: str) -> None:
        self._library, self._label = library, label

    def make(self, campaign: str, person: str, secret: str) -> str:
        """Make a key inside the token and return its public part.

        Raises
        ------
        RefusedError
            If the PIN is wrong, or the token knows no Ed25519.
        """
        pkcs11 = _library()
        opened = self._open(secret, write=True)
        if opened is None:
            raise RefusedError(f"that is not the PIN of token {self._label}", "mind that a token counts them")
        with opened as session:
            try:
                curve = session.create_domain_parameters(
                    pkcs11.KeyType.EC_EDWARDS,
                    {pkcs11.Attribute.EC_PARAMS: _curve()},
                    local=True,
                )
                public, private = curve.generate_keypair(
                    mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                    store=True,
                    label=_name(campaign, person),
                )
                raw = bytes(public[pkcs11.Attribute.EC_POINT])[-KEY_BYTES:]
                text = to_base64(raw)
                for half in (public, private):
                    half[pkcs11.Attribute.ID] = _mark(text)
            except pkcs11.exceptions.PKCS11Error as fault:
                raise RefusedError(
                    f"token {self._label} made no Ed25519 key: {fault or type(fault).__name__}",
                    "use a token that knows CKM_EDDSA, or a sealed file",
                ) from None
        return text

    def unlock(self, campaign: str, person: str, public_key: str, secret: str) -> Signer | None:
        """Return what signs with a key inside the token, or none where the PIN is wrong.

        Raises
        ------
        NotFoundError
            If the key is not in this token.
        """
        opened = self._open(secret)
        if opened is None:
            return None
        with opened as session:
            if _private(session, public_key) is None:
                raise NotFoundError(
                    f"the key {person} signs with is not in token {self._label}",
                    "put in the token that holds it, or enrol a new key",
                )
        return _Inside(self, public_key, secret)

    def discard(self, campaign: str, person: str, public_key: str) -> None:
        """Leave a key that was never enrolled where it is: without its PIN nothing in a token is removed."""

    def sign(self, public_key: str, secret: str, data: bytes) -> bytes:
        """Return the token's Ed25519 signature of the data [64 bytes]."""
        pkcs11 = _library()
        opened = self._open(secret)
        if opened is None:
            raise RefusedError(f"the PIN of token {self._label} no longer fits", "sign again")
        with opened as session:
            key = _private(session, public_key)
            if key is None:
                raise NotFoundError(f"the key is gone from token {self._label}", "put the token in again")
            return bytes(key.sign(data, mechanism=pkcs11.Mechanism.EDDSA))

    def _open(self, secret: str, write: bool = False) -> Any:
        """Open a session by PIN; none where it is wrong."""
        pkcs11 = _library()
        wrong = pkcs11.exceptions
        try:
            token = pkcs11.lib(self._library).get_token(token_label=self._label)
            return token.open(rw=write, user_pin=secret)
        except (wrong.PinIncorrect, wrong.PinInvalid, wrong.PinLenRange, wrong.ArgumentsBad):
            return None
        except wrong.PinLocked:
            raise RefusedError(
                f"token {self._label} has locked its PIN", "unlock it with its security officer's PIN"
            ) from None
        except wrong.NoSuchToken:
            raise NotFoundError(f"there is no token {self._label}", "put it in, or name another") from None
        except (wrong.PKCS11Error, RuntimeError, OSError) as fault:
            raise NotFoundError(
                f"token {self._label} cannot be opened by {self._library}: {fault or type(fault).__name__}",
                "name the token's own PKCS #11 library",
            ) from None


class _Inside:
    """A key inside a token; the PIN is held until the one act is signed."""

    def __init__(self, token: Token, public_key: str, secret: str) -> None:
        self._token, self._public_key, self._secret = token, public_key, secret

    def public_key(self) -> Ed25519PublicKey:
        return public_key_of(self._public_key)

    def sign(self, data: bytes, /) -> bytes:
        return self._token.sign(self._public_key, self._secret, data)


def _private(session: Any, public_key: str) -> Any:
    pkcs11 = _library()
    wanted = {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
        pkcs11.Attribute.ID: _mark(public_key),
    }
    return next(iter(list(session.get_objects(wanted))), None)


def _library() -> Any:
    try:
        import pkcs11
        import pkcs11.exceptions
    except ImportError:
        raise InputError(
            "tokens need the PKCS #11 library of Python", "install it: pip install 'downmass[pkcs11]'"
        ) from None
    return pkcs11


def _curve() -> bytes:
    from pkcs11.util.ec import encode_named_curve_parameters

    return bytes(encode_named_curve_parameters(ED25519))


def _mark(public_key: str) -> bytes:
    return hashlib.sha256(public_key_of(public_key).public_bytes_raw()).digest()[:16]


def _name(campaign: str, person: str) -> str:
    return f"downmass {campaign} {person}"
