"""Sealing's Merkle tree, as RFC 6962 §2.1 defines it: one root stands for all lines of a seal. Pure."""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(line: str) -> bytes:
    """Hash of one line of the trail: SHA-256 over 0x00 and its UTF-8 bytes."""
    return hashlib.sha256(b"\x00" + line.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes in their order; EMPTY_ROOT over none."""
    if not leaves:
        return EMPTY_ROOT
    # Level by level: an odd node moves up unchanged, which gives the RFC's largest-power-of-two split.
    level = list(leaves)
    while len(level) > 1:
        above = [_node(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = [*above, level[-1]] if len(level) % 2 else above
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The sibling hashes, lowest first, that lead from leaf `index` to the root (RFC 6962 §2.1.1).

    Raises IndexError for an index outside the leaves.
    """
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    path: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        above = [_node(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = [*above, level[-1]] if len(level) % 2 else above
        index //= 2
    return path


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
