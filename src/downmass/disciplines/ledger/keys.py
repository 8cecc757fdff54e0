"""Ed25519 keys as the record writes them: raw bytes in base64 without slack."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from downmass.base.errors import InputError


class Signer(Protocol):
    """What signs: a private key in memory, or one that never leaves its token (PKCS #11)."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the Ed25519 signature of the data [64 bytes]."""
        ...

    def public_key(self) -> Ed25519PublicKey:
        """Return the public key that verifies it."""
        ...


KEY_BYTES = 32
"""Length of a raw Ed25519 key, public or private (RFC 8032) [byte]."""

SIGNATURE_BYTES = 64
"""Length of an Ed25519 signature (RFC 8032) [byte]."""


def to_base64(content: bytes) -> str:
    """Write bytes in base64 (RFC 4648, section 4), padded."""
    return b64encode(content).decode("ascii")


def from_base64(text: str, length: int | None = None) -> bytes:
    """Read base64 that has exactly one spelling: padded, no slack bits, nothing outside the alphabet.

    Parameters
    ----------
    text
        Base64 (RFC 4648, section 4).
    length
        Number of bytes it must hold [byte]; any if not given.

    Raises
    ------
    InputError
        If the text is another spelling of the same bytes, no base64, or of another length.
    """
    try:
        content = b64decode(text, validate=True)
    except ValueError:
        raise InputError(f"{text[:24]!r} is no base64", "write padded base64 (RFC 4648)") from None
    if to_base64(content) != text:
        raise InputError(f"{text[:24]!r} is a loose spelling of base64", "write it padded, slack bits zero")
    if length is not None and len(content) != length:
        raise InputError(f"{text[:24]!r} holds {len(content)} bytes, not {length}", "supply the whole of it")
    return content


def public_key_text(key: Signer | Ed25519PublicKey) -> str:
    """Return the public key as :class:`WriterEnrolled` holds it: base64 of the raw 32 bytes.

    Examples
    --------
    >>> public_key_text(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik='
    """
    public = key if isinstance(key, Ed25519PublicKey) else key.public_key()
    return to_base64(public.public_bytes_raw())


def public_key_of(text: str) -> Ed25519PublicKey:
    """Read a public key written by :func:`public_key_text`.

    Raises
    ------
    InputError
        If the text is not base64 of 32 bytes.
    """
    return Ed25519PublicKey.from_public_bytes(from_base64(text, KEY_BYTES))


def private_key_text(key: Ed25519PrivateKey) -> str:
    """Return a private key as base64 of its raw 32 bytes, to be kept secret."""
    return to_base64(key.private_bytes_raw())


def private_key_of(text: str) -> Ed25519PrivateKey:
    """Read a private key written by :func:`private_key_text`.

    Raises
    ------
    InputError
        If the text is not base64 of 32 bytes; the message does not repeat the text.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(from_base64(text, KEY_BYTES))
    except InputError:
        raise InputError("this is no private key", "supply base64 of the raw 32 bytes") from None
