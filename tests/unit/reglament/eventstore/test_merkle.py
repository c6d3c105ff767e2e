"""One hash over many leaves, and the short way from a leaf to it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglament.eventstore.merkle import leaf_hash, path, root


def climbed(leaf: bytes, index: int, size: int, hashes: list[str]) -> str:
    """RFC 6962: from the leaf up, as a reader does it who has nothing else."""
    found, left = leaf_hash(leaf), list(hashes)
    while size > 1:
        if index ^ 1 < size:
            other = bytes.fromhex(left.pop(0))
            pair = other + found if index % 2 else found + other
            found = hashlib.sha256(b"\x01" + pair).digest()
        index, size = index // 2, (size + 1) // 2
    assert not left
    return found.hex()


@pytest.mark.parametrize("size", range(1, 20))
def test_the_path_of_every_leaf_leads_to_the_root(size: int) -> None:
    leaves = [f"leaf {number}".encode() for number in range(size)]
    for index, leaf in enumerate(leaves):
        assert climbed(leaf, index, size, path(leaves, index)) == root(leaves)


def test_trees_of_the_rfc_have_their_known_roots() -> None:
    leaves = [b"", b"\x00", b"\x10", b"\x20\x21"]
    assert root([]) == hashlib.sha256(b"").hexdigest()
    assert root(leaves[:1]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(leaves[:2]) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root(leaves[:3]) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert root(leaves) == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=12, unique=True), st.data())
def test_another_leaf_gives_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:index], leaves[index] + b"x", *leaves[index + 1 :]]
    assert root(changed) != root(leaves)
