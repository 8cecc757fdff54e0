"""Checkpoints: the head of a campaign's tree as a signed note that anyone can witness.

A checkpoint (C2SP tlog-checkpoint) is three lines, origin, size and root, signed as a note
(C2SP signed-note). The log signs with the note key type 0x01; customer, platform and insurer
may add timestamped cosignatures, type 0x04 (C2SP tlog-cosignature, Ed25519).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from downmass.base.errors import InputError
from downmass.disciplines.ledger.keys import KEY_BYTES, Signer, from_base64, to_base64
from downmass.disciplines.ledger.tree import HASH_BYTES

LOG = 0x01
"""Signature type of an Ed25519 note signature."""

WITNESS = 0x04
"""Signature type of a timestamped Ed25519 cosignature."""

_DASH = "— "
_REMEDY = "use the checkpoint as it was issued"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line of a note: key name, key id [4 bytes] and signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A parsed checkpoint; nothing in it is to be trusted before a signature is verified.

    Attributes
    ----------
    origin
        The log's name; here ``downmass/`` and the campaign's id.
    size, root
        Number of entries and root of the tree over them [32 bytes].
    text
        The signed part, newline at its end included.
    """

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[NoteSignature, ...]


def origin_of(campaign: str) -> str:
    """Return the origin line of a campaign's log.

    Examples
    --------
    >>> origin_of("w1")
    'downmass/w1'
    """
    return f"downmass/{campaign}"


def key_id(name: str, public_key: Ed25519PublicKey, kind: int = LOG) -> bytes:
    """Return the id of a key in signature lines: SHA-256(name, newline, type, key) cut to 4 bytes."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key.public_bytes_raw()).digest()[:4]


def verifier_key(name: str, public_key: Ed25519PublicKey, kind: int = LOG) -> str:
    """Return a public key in the one-line form people pass around, ``name+id+base64``."""
    material = to_base64(bytes([kind]) + public_key.public_bytes_raw())
    return f"{_named(name)}+{key_id(name, public_key, kind).hex()}+{material}"


def make(campaign: str, size: int, root: bytes, log_key: Signer) -> str:
    """Return the checkpoint of a campaign's tree, signed by the log.

    Raises
    ------
    InputError
        If the size is below 1 or the root is not 32 bytes: an empty log has nothing to sign.
    """
    if size < 1 or len(root) != HASH_BYTES:
        raise InputError(f"no checkpoint over {size} entries", "append an entry first")
    name = _named(origin_of(campaign))
    text = f"{name}\n{size}\n{to_base64(root)}\n"
    line = _line(name, key_id(name, log_key.public_key()) + log_key.sign(text.encode()))
    return f"{text}\n{line}"


def cosign(note: str, name: str, witness_key: Signer, at_s: int) -> str:
    """Return the checkpoint with a witness's timestamped cosignature added.

    Parameters
    ----------
    name
        Name of the witness, without spaces and plus signs.
    at_s
        Time of the cosignature [s since 1970-01-01T00:00:00Z].

    Raises
    ------
    InputError
        If the note is no checkpoint, or the name or time cannot be written.

    Notes
    -----
    A witness signs only after it has checked consistency with the last checkpoint it saw; that
    is its own duty and not done here.
    """
    checkpoint = parse(note)
    if not 0 <= at_s < 2**63:
        raise InputError(f"{at_s} is no time of a cosignature", "give whole seconds since 1970")
    signature = at_s.to_bytes(8, "big") + witness_key.sign(_witnessed(checkpoint, at_s))
    return note + _line(_named(name), key_id(name, witness_key.public_key(), WITNESS) + signature)


def parse(note: str) -> Checkpoint:
    """Read a checkpoint; the signatures are read, not verified.

    Raises
    ------
    InputError
        If the note is not exactly what its parts would be written as.
    """
    text, gap, tail = note.rpartition("\n\n")
    torn = any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in note)
    if torn or not gap or not tail.endswith("\n"):
        raise InputError("this is no signed note", _REMEDY)
    text += "\n"
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise InputError("a checkpoint has at least three lines: origin, size, root", _REMEDY)
    origin, size = lines[0], lines[1]
    if not (size.isascii() and size.isdigit() and len(size) < 20 and str(int(size)) == size):
        raise InputError(f"the tree size {size[:24]!r} is no plain decimal number", _REMEDY)
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    return Checkpoint(origin, int(size), from_base64(lines[2], HASH_BYTES), text, signatures)


def verify(note: str, name: str, public_key: Ed25519PublicKey) -> bool:
    """Tell whether a note is signed by the log of this name with this key."""
    return signed_by(note, verifier_key(name, public_key))


def signed_by(note: str, verifier: str) -> bool:
    """Tell whether a checkpoint carries a valid signature of a verifier key.

    Parameters
    ----------
    note
        A signed checkpoint.
    verifier
        ``name+id+base64`` of a log (type 0x01) or a witness (type 0x04).

    Returns
    -------
    bool
        False where the note is torn, the key did not sign, or any of its signatures is invalid.

    Raises
    ------
    InputError
        If the verifier key itself cannot be read.
    """
    name, identity, kind, public_key = _verifier(verifier)
    try:
        checkpoint = parse(note)
    except InputError:
        return False
    mine = [s.signature for s in checkpoint.signatures if (s.name, s.key_id) == (name, identity)]
    return bool(mine) and all(_valid(checkpoint, signature, kind, public_key) for signature in mine)


def _valid(checkpoint: Checkpoint, signature: bytes, kind: int, public_key: Ed25519PublicKey) -> bool:
    message = checkpoint.text.encode()
    if kind == WITNESS:
        message = _witnessed(checkpoint, int.from_bytes(signature[:8], "big"))
        signature = signature[8:]
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _witnessed(checkpoint: Checkpoint, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{checkpoint.text}".encode()


def _line(name: str, content: bytes) -> str:
    return f"{_DASH}{name} {to_base64(content)}\n"


def _named(name: str) -> str:
    if not name or "+" in name or any(c.isspace() or unicodedata.category(c) == "Cc" for c in name):
        raise InputError(f"{name!r} is no name of a key", "use a name without spaces and plus signs")
    return name


def _signature(line: str) -> NoteSignature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:
        raise InputError("a signature line of the checkpoint is torn", _REMEDY)
    content = from_base64(parts[1])
    if len(content) < 5:
        raise InputError("a signature line of the checkpoint is too short", _REMEDY)
    return NoteSignature(_named(parts[0]), content[:4], content[4:])


def _verifier(text: str) -> tuple[str, bytes, int, Ed25519PublicKey]:
    parts = text.strip().split("+", 2)
    remedy = "give it as name+8 hex digits+base64, as its owner published it"
    if len(parts) != 3:
        raise InputError(f"{text[:60]!r} is no verifier key", remedy)
    name, identity, material = parts
    raw = from_base64(material, 1 + KEY_BYTES)
    public_key = Ed25519PublicKey.from_public_bytes(raw[1:])
    if raw[0] not in (LOG, WITNESS) or key_id(_named(name), public_key, raw[0]).hex() != identity:
        raise InputError(f"the parts of verifier key {text[:60]!r} do not belong together", remedy)
    return name, bytes.fromhex(identity), raw[0], public_key
