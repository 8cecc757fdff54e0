"""The tree against the vectors of the transparency-log community, and against its own promises."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.ledger.tree import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of the Certificate Transparency reference implementation's tree tests
# (google/certificate-transparency, merkletree/merkle_tree_test.cc), for RFC 6962 and RFC 9162.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def grown(size: int) -> Tree:
    return Tree(leaf_hash(n.to_bytes(4, "big")) for n in range(size))


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162 section 2.1.1, word by word: the slow second opinion."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def test_the_roots_are_those_of_the_reference_implementation() -> None:
    tree = Tree(leaf_hash(leaf) for leaf in LEAVES)
    assert [tree.root(size) for size in range(9)] == ROOTS
    assert Tree().root() == EMPTY_ROOT == ROOTS[0]


def test_every_upstream_proof_vector_gets_the_verdict_its_authors_gave(shared: Path) -> None:
    # transparency-dev/merkle, testdata/{inclusion,consistency}.
    def raw(text: str | None) -> bytes:
        return b64decode(text or "")

    def path(texts: list[str] | None) -> list[bytes]:
        return [raw(text) for text in texts or []]

    vectors: dict[str, list[dict[str, Any]]] = json.loads(
        (shared / "data/real/quality/merkle_proof_vectors.json").read_text()
    )
    wrong = [
        v["file"]
        for v in vectors["inclusion"]
        if verify_inclusion(raw(v["leafHash"]), v["leafIdx"], v["treeSize"], path(v["proof"]), raw(v["root"]))
        is v["wantErr"]
    ] + [
        v["file"]
        for v in vectors["consistency"]
        if verify_consistency(v["size1"], v["size2"], raw(v["root1"]), raw(v["root2"]), path(v["proof"]))
        is v["wantErr"]
    ]
    assert wrong == []
    assert len(vectors["inclusion"]) + len(vectors["consistency"]) >= 98


@given(st.integers(1, 130), st.data())
def test_a_made_inclusion_proof_verifies_and_no_altered_one_does(size: int, data: st.DataObject) -> None:
    tree = grown(130)
    index = data.draw(st.integers(0, size - 1))
    leaf, root = leaf_hash(index.to_bytes(4, "big")), tree.root(size)
    proof = tree.inclusion_proof(index, size)
    assert verify_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else size
    assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, leaf], root)
    assert size == 1 or not verify_inclusion(root, index, size, proof, leaf)
    for place in range(len(proof)):
        assert not verify_inclusion(leaf, index, size, proof[:place] + proof[place + 1 :], root)
        changed = [*proof[:place], leaf_hash(b"other"), *proof[place + 1 :]]
        assert not verify_inclusion(leaf, index, size, changed, root)


@given(st.integers(1, 130), st.data())
def test_a_made_consistency_proof_verifies_and_no_altered_one_does(size2: int, data: st.DataObject) -> None:
    tree = grown(130)
    size1 = data.draw(st.integers(1, size2))
    root1, root2 = tree.root(size1), tree.root(size2)
    proof = tree.consistency_proof(size1, size2)
    other = leaf_hash(b"other")
    assert verify_consistency(size1, size2, root1, root2, proof)
    assert not verify_consistency(size1, size2, other, root2, proof)
    assert not verify_consistency(size1, size2, root1, other, proof)
    assert not verify_consistency(size1, size2, root1, root2, [*proof, other])
    for place in range(len(proof)):
        assert not verify_consistency(size1, size2, root1, root2, proof[:place] + proof[place + 1 :])
        changed = [*proof[:place], other, *proof[place + 1 :]]
        assert not verify_consistency(size1, size2, root1, root2, changed)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70))
def test_the_root_is_that_of_the_definition_at_every_size(leaves: list[bytes]) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    tree = Tree(hashes)
    for size in range(1, len(leaves) + 1):
        assert tree.root(size) == plain_root(hashes[:size])


garbage = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.binary(max_size=40),
    st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=31, max_size=33), max_size=4),
    st.just(2**70), st.just(object()),
)  # fmt: skip


@given(garbage, garbage, garbage, garbage, garbage)
def test_garbage_is_no_proof_and_no_exception(a: Any, b: Any, c: Any, d: Any, e: Any) -> None:
    assert verify_inclusion(a, b, c, d, e) is False
    same_root = isinstance(c, bytes) and len(c) == 32 and c == d
    sizes = type(a) is int and type(b) is int and a == b >= 1
    assert verify_consistency(a, b, c, d, e) is (sizes and same_root and e == [])


@pytest.mark.parametrize(
    ("index", "size"), [(-1, 1), (0, 0), (1, 1), (0, -1), (True, 2), (0, True), (2**64 - 1, 2), (0, 2**200)]
)
def test_a_place_outside_the_tree_is_never_proven(index: int, size: int) -> None:
    leaf = leaf_hash(b"")
    assert not verify_inclusion(leaf, index, size, [], leaf)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 1), (-1, 1), (2, 1), (True, True), (1, 2)])
def test_an_empty_or_shrinking_tree_is_consistent_with_nothing(size1: int, size2: int) -> None:
    assert not verify_consistency(size1, size2, EMPTY_ROOT, EMPTY_ROOT, [])


def test_a_tree_refuses_to_prove_what_it_does_not_hold() -> None:
    tree = grown(3)
    for ask in (
        lambda: tree.root(4),
        lambda: tree.inclusion_proof(3),
        lambda: tree.inclusion_proof(0, 0),
        lambda: tree.consistency_proof(0, 3),
        lambda: tree.consistency_proof(3, 2),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert caught.value.remedy
