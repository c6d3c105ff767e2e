"""A Merkle tree as in RFC 6962: one hash over many leaves, and short proofs that one is in it."""

import hashlib
from collections.abc import Sequence


def leaf_hash(leaf: bytes) -> bytes:
    """Leaves and nodes are hashed apart, so that neither passes for the other."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def root(leaves: Sequence[bytes]) -> str:
    """The tree's hash, in hex, over the leaves in their order."""
    levels = _levels([leaf_hash(leaf) for leaf in leaves])
    return (levels[-1][0] if leaves else hashlib.sha256(b"").digest()).hex()


def path(leaves: Sequence[bytes], index: int) -> list[str]:
    """The hashes that lead from a leaf to the root: its neighbour at each level that has one."""
    found = []
    for level in _levels([leaf_hash(leaf) for leaf in leaves])[:-1]:
        if index ^ 1 < len(level):
            found.append(level[index ^ 1].hex())
        index //= 2
    return found


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """From the leaves up; the last of an odd number goes up as it is."""
    levels = [hashes]
    while len(hashes) > 1:
        paired = zip(hashes[::2], hashes[1::2], strict=False)
        above = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in paired]
        hashes = [*above, *hashes[-1:]] if len(hashes) % 2 else above
        levels.append(hashes)
    return levels
