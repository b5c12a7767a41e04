"""A log that can only grow: hash trees, proofs of inclusion and of consistency (RFC 6962, section 2.1).

Hashes are hexadecimal SHA-256; leaves are `canonical.leaf_hash` of the lines of auctions.
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").hexdigest()


def node(left: str, right: str) -> str:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[str]) -> str:
    """The hash of the whole tree."""
    if not leaves:
        return EMPTY
    level = list(leaves)
    # Pair by pair; an odd last one goes up as it is: the same tree as the recursive definition.
    while len(level) > 1:
        paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def inclusion(leaves: Sequence[str], index: int) -> list[str]:
    """The audit path of a leaf, from the bottom up."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion(leaves[:half], index), root(leaves[half:])]
    return [*inclusion(leaves[half:], index - half), root(leaves[:half])]


def is_included(leaf: str, index: int, size: int, path: Sequence[str], whole: str) -> bool:
    """Whether the path leads from the leaf to the root of a tree of that size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == whole


def consistency(leaves: Sequence[str], before: int) -> list[str]:
    """The proof that a tree of the first `before` leaves is a beginning of this one."""
    if not 0 < before <= len(leaves):
        raise IndexError(f"no tree of {before} in one of {len(leaves)}")
    return _consistency(leaves, before, whole=True)


def _consistency(leaves: Sequence[str], before: int, *, whole: bool) -> list[str]:
    if before == len(leaves):
        return [] if whole else [root(leaves)]
    half = _split(len(leaves))
    if before <= half:
        return [*_consistency(leaves[:half], before, whole=whole), root(leaves[half:])]
    return [*_consistency(leaves[half:], before - half, whole=False), root(leaves[:half])]


def is_consistent(before: int, old: str, size: int, new: str, path: Sequence[str]) -> bool:
    """Whether the smaller tree is a beginning of the larger one (RFC 9162, 2.1.4.2)."""
    if before == size:
        return old == new and not path
    if not 0 < before < size or not path:
        return False
    steps = [old, *path] if before & (before - 1) == 0 else list(path)
    place, last = before - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    one = two = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            one, two = node(step, one), node(step, two)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            two = node(two, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (one, two) == (old, new)
