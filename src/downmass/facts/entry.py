"""What a store keeps: an entry's canonical bytes, exactly as hashed and signed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored entry of a campaign's log.

    Attributes
    ----------
    index
        Place in the campaign's log, in order of arrival, from 0.
    content
        Canonical bytes (RFC 8785) of the event with ``prev_hash``, the hex SHA-256 of the same
        writer's previous content, or "" for its first.
    hash
        RFC 9162 leaf hash of the content [32 bytes].
    signature
        Ed25519 signature of the content by the writer's key [64 bytes].
    """

    index: int
    content: bytes
    hash: bytes
    signature: bytes
