"""A log that can only grow: hash trees, proofs of inclusion and of consistency (RFC 6962, section 2.1).

Hashes are hexadecimal SHA-256; leaves are `canonical.leaf_hash` of the lines of auctions. A tree is
kept as the hashes of its whole subtrees: `get(level, place)` is the hash of the 2**level leaves from
place * 2**level on, and a leaf itself at level 0. Such a hash never changes, however the log grows.
"""

import hashlib
from collections.abc import Callable, Sequence

EMPTY = hashlib.sha256(b"").hexdigest()
Get = Callable[[int, int], str]


def node(left: str, right: str) -> str:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def grown(size: int, leaves: Sequence[str], get: Get) -> dict[tuple[int, int], str]:
    """The whole subtrees that leaves added to a tree of that size complete, themselves at level 0."""
    found: dict[tuple[int, int], str] = {}
    for index, leaf in enumerate(leaves, start=size):
        level, place = 0, index
        found[level, place] = leaf
        while place & 1:
            left = found.get((level, place - 1)) or get(level, place - 1)
            whole = node(left, found[level, place])
            level, place = level + 1, place >> 1
            found[level, place] = whole
    return found


def of(leaves: Sequence[str]) -> Get:
    """The tree of leaves that are all at hand."""
    found = grown(0, leaves, lambda level, place: found[level, place])
    return lambda level, place: found[level, place]


def root(get: Get, size: int) -> str:
    """The hash of the tree of the first leaves."""
    return _of(get, 0, size) if size else EMPTY


def _of(get: Get, start: int, end: int) -> str:
    """The hash of the leaves from start to before end: what the recursive definition calls MTH."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return get(level, start >> level)
    middle = start + _split(count)
    return node(_of(get, start, middle), _of(get, middle, end))


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def inclusion(get: Get, index: int, size: int) -> list[str]:
    """The audit path of a leaf in the tree of the first `size` leaves, from the bottom up."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_of(get, middle, end))
            end = middle
        else:
            path.append(_of(get, start, middle))
            start = middle
    return path[::-1]


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


def consistency(get: Get, before: int, size: int) -> list[str]:
    """The proof that the tree of the first `before` leaves is a beginning of that of `size` leaves."""
    if not 0 < before <= size:
        raise IndexError(f"no tree of {before} in one of {size}")
    path, start, end, whole = [], 0, size, True
    while before < end:
        middle = start + _split(end - start)
        if before <= middle:
            path.append(_of(get, middle, end))
            end = middle
        else:
            path.append(_of(get, start, middle))
            start, whole = middle, False
    return ([] if whole else [_of(get, start, end)]) + path[::-1]


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
