"""The Merkle tree over a campaign's entries and its proofs (RFC 9162, section 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from downmass.base.errors import InputError

HASH_BYTES = 32
"""Length of every hash in the tree [byte]: SHA-256."""

EMPTY_ROOT = sha256().digest()
"""Root of the tree without leaves; it proves nothing."""


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf, SHA-256 of 0x00 and the content [32 bytes].

    Examples
    --------
    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, SHA-256 of 0x01 and both children [32 bytes]."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that keeps the hash of every complete subtree, so that proofs are cheap.

    Parameters
    ----------
    leaves
        Leaf hashes to begin with, in order.

    Examples
    --------
    >>> tree = Tree(leaf_hash(bytes([n])) for n in range(7))
    >>> proof = tree.inclusion_proof(4)
    >>> verify_inclusion(leaf_hash(b"\\x04"), 4, 7, proof, tree.root())
    True

    Notes
    -----
    Holds about two hashes per leaf in memory. Nothing is ever taken out.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash [32 bytes] and return its index."""
        levels = self._levels
        index = place = len(levels[0])
        levels[0].append(leaf)
        height = 0
        while place & 1:
            left, right = levels[height][-2:]
            height += 1
            place >>= 1
            if height == len(levels):
                levels.append([])
            levels[height].append(node_hash(left, right))
        return index

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first ``size`` leaves, or of all of them [32 bytes].

        Raises
        ------
        InputError
            If the tree has fewer leaves.
        """
        size = self._within(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the audit path of a leaf in the tree of the first ``size`` leaves.

        Raises
        ------
        InputError
            If the tree has fewer leaves, or the index is outside.

        References
        ----------
        RFC 9162, section 2.1.3.1.
        """
        size = self._within(size)
        if not 0 <= index < size:
            raise InputError(f"leaf {index} is not in a tree of {size}", "ask for a leaf below its size")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._subtree(middle, high))
                high = middle
            else:
                path.append(self._subtree(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, size1: int, size2: int | None = None) -> list[bytes]:
        """Return the proof that the tree of ``size1`` leaves is a beginning of that of ``size2``.

        Raises
        ------
        InputError
            If ``size1`` is below 1 or above ``size2``, or the tree has fewer leaves.

        References
        ----------
        RFC 9162, section 2.1.4.1.
        """
        size2 = self._within(size2)
        if not 1 <= size1 <= size2:
            raise InputError(
                f"no consistency from size {size1} to {size2}",
                "ask from a size of 1 up to the later one",
            )
        proof: list[bytes] = []
        low, high = 0, size2
        whole = True
        while size1 != high:
            middle = low + _split(high - low)
            if size1 <= middle:
                proof.append(self._subtree(middle, high))
                high = middle
            else:
                proof.append(self._subtree(low, middle))
                low = middle
                whole = False
        if not whole:
            proof.append(self._subtree(low, high))
        return proof[::-1]

    def _within(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise InputError(f"the tree has {len(self)} leaves, not {size}", "ask for a size it has reached")
        return size

    def _subtree(self, low: int, high: int) -> bytes:
        """Return the hash over leaves ``[low, high)``; ``low`` lies where the tree itself splits."""
        width = high - low
        if width & (width - 1) == 0:
            height = width.bit_length() - 1
            return self._levels[height][low >> height]
        middle = low + _split(width)
        return node_hash(self._subtree(low, middle), self._subtree(middle, high))


def _split(width: int) -> int:
    """Return the largest power of two below ``width`` (>= 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows the leaf at ``index`` to be in the tree of ``size`` with this root.

    Parameters
    ----------
    leaf_hash, root
        Hashes [32 bytes].
    index, size
        Place of the leaf, from 0, and number of leaves, at least 1.
    proof
        Audit path from the leaf upwards, hashes [32 bytes].

    Returns
    -------
    bool
        False for anything that is no proof, garbage of any type included; never an exception.

    References
    ----------
    RFC 9162, section 2.1.3.2.
    """
    if not (_is_size(index, 0) and _is_size(size, 1) and index < size):
        return False
    if not (_is_hash(leaf_hash) and _is_hash(root) and _is_path(proof)):
        return False
    place, last = index, size - 1
    reached = leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and reached == root


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows the tree of ``size1`` to be a beginning of that of ``size2``.

    Parameters
    ----------
    size1, size2
        Numbers of leaves, ``1 <= size1 <= size2``; the empty tree is consistent with nothing.
    root1, root2
        Roots of the two trees [32 bytes].
    proof
        Consistency path, hashes [32 bytes]; empty exactly where the sizes are equal.

    Returns
    -------
    bool
        False for anything that is no proof, garbage of any type included; never an exception.

    References
    ----------
    RFC 9162, section 2.1.4.2.
    """
    if not (_is_size(size1, 1) and _is_size(size2, 1) and size1 <= size2):
        return False
    if not (_is_hash(root1) and _is_hash(root2) and _is_path(proof)):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    path = list(proof)
    if not path:
        return False
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place >>= 1
        last >>= 1
    reached1 = reached2 = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached1 = node_hash(node, reached1)
            reached2 = node_hash(node, reached2)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            reached2 = node_hash(reached2, node)
        place >>= 1
        last >>= 1
    return last == 0 and reached1 == root1 and reached2 == root2


def _is_size(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == HASH_BYTES


def _is_path(value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_hash(node) for node in value)
