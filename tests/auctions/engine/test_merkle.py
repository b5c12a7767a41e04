"""The log's tree: the roots of its definition, and proofs that hold and cannot be bent (I-25)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.auctions.engine import merkle

# The eight leaves and the roots of the first n of them that Certificate Transparency's own
# implementations are tested with (RFC 6962 gives the definition, no vectors).
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
          "606162636465666768696a6b6c6d6e6f")  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LARGEST = 140


def leaf(data: bytes) -> str:
    return hashlib.sha256(b"\x00" + data).hexdigest()


LEAVES = [leaf(n.to_bytes(2, "big")) for n in range(LARGEST)]
sizes = st.integers(1, LARGEST)


def by_definition(leaves) -> str:
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return merkle.node(by_definition(leaves[:half]), by_definition(leaves[half:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_certificate_transparency(size):
    leaves = [leaf(bytes.fromhex(text)) for text in INPUTS[:size]]

    assert merkle.root(merkle.of(leaves), size) == ROOTS[size - 1]


def test_the_tree_of_nothing_has_the_hash_of_nothing():
    assert merkle.root(merkle.of([]), 0) == hashlib.sha256(b"").hexdigest()


@given(sizes)
def test_the_root_is_that_of_the_recursive_definition(size):
    assert merkle.root(merkle.of(LEAVES), size) == by_definition(LEAVES[:size])


@given(sizes, st.data())
def test_a_tree_that_grew_in_steps_is_the_tree_that_was_made_at_once(size, data):
    kept: dict[tuple[int, int], str] = {}

    def get(level, place):
        return kept[level, place]

    start = 0
    while start < size:
        end = data.draw(st.integers(start + 1, size))
        kept |= merkle.grown(start, LEAVES[start:end], get)
        start = end
    whole = merkle.of(LEAVES[:size])

    assert all(whole(*where) == found for where, found in kept.items())
    assert merkle.root(get, size) == by_definition(LEAVES[:size])


@given(sizes, st.data())
def test_i25_every_leaf_has_a_proof_that_holds_for_it_alone(size, data):
    index = data.draw(st.integers(0, size - 1))
    get, whole = merkle.of(LEAVES), by_definition(LEAVES[:size])
    path = merkle.inclusion(get, index, size)

    assert merkle.is_included(LEAVES[index], index, size, path, whole)
    assert not merkle.is_included(leaf(b"another"), index, size, path, whole)
    assert not merkle.is_included(LEAVES[index], index, size, [*path, LEAVES[0]], whole)
    assert not merkle.is_included(LEAVES[index], size, size, path, whole)
    if path:
        assert not merkle.is_included(LEAVES[index], index, size, path[:-1], whole)


@given(sizes, st.data())
def test_i25_every_tree_is_a_beginning_of_every_later_one(size, data):
    before = data.draw(st.integers(1, size))
    old, new = by_definition(LEAVES[:before]), by_definition(LEAVES[:size])
    path = merkle.consistency(merkle.of(LEAVES), before, size)

    assert merkle.is_consistent(before, old, size, new, path)
    if before < size:
        assert not merkle.is_consistent(before, leaf(b"another"), size, new, path)
        assert not merkle.is_consistent(before, old, size, leaf(b"another"), path)
        assert not merkle.is_consistent(before, old, size, new, path[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_outside_the_tree(index, size):
    with pytest.raises(IndexError):
        merkle.inclusion(merkle.of(LEAVES), index, size)


@pytest.mark.parametrize(("before", "size"), [(0, 3), (4, 3)])
def test_there_is_no_proof_of_a_larger_beginning(before, size):
    with pytest.raises(IndexError):
        merkle.consistency(merkle.of(LEAVES), before, size)


SMALL_TREES = [(size, index) for size in range(1, 34) for index in range(size)]


def test_i25_a_leaf_is_proven_in_its_own_place_and_no_other():
    get = merkle.of(LEAVES)
    for size, index in SMALL_TREES:
        path, whole = merkle.inclusion(get, index, size), merkle.root(get, size)
        held = [
            place
            for place in range(-1, size + 1)
            if merkle.is_included(LEAVES[index], place, size, path, whole)
        ]
        assert held == [index], (size, index)


def test_i25_a_proof_of_a_beginning_is_of_that_beginning_and_no_other():
    get = merkle.of(LEAVES)
    for size, index in SMALL_TREES:
        before = index + 1
        old, new = merkle.root(get, before), merkle.root(get, size)
        path = merkle.consistency(get, before, size)
        held = [n for n in range(size + 2) if merkle.is_consistent(n, old, size, new, path)]
        assert held == [before], (before, size)


@given(st.integers(2, LARGEST), st.data())
def test_i25_a_proof_with_a_step_more_less_or_changed_proves_nothing(size, data):
    get, whole = merkle.of(LEAVES), by_definition(LEAVES[:size])
    before = data.draw(st.integers(1, size - 1))
    inclusion = merkle.inclusion(get, before, size)
    for wrong in bent(inclusion, data):
        assert not merkle.is_included(LEAVES[before], before, size, wrong, whole)
    old = by_definition(LEAVES[:before])
    for wrong in bent(merkle.consistency(get, before, size), data):
        assert not merkle.is_consistent(before, old, size, whole, wrong)


def bent(path, data):
    at = data.draw(st.integers(0, len(path) - 1))
    changed = [*path[:at], leaf(b"another"), *path[at + 1 :]]
    return [], path[:-1], path[1:], [*path, LEAVES[0]], changed


@given(st.integers(2, LARGEST), st.data())
def test_i25_a_log_whose_past_was_changed_is_no_continuation(size, data):
    before = data.draw(st.integers(1, size - 1))
    other = [*LEAVES[:size]]
    other[data.draw(st.integers(0, before - 1))] = leaf(b"another")
    get = merkle.of(other)
    path = merkle.consistency(get, before, size)
    old = by_definition(LEAVES[:before])

    assert not merkle.is_consistent(before, old, size, merkle.root(get, size), path)


def test_i25_a_tree_continues_itself_without_a_proof():
    whole = by_definition(LEAVES[:5])

    assert merkle.consistency(merkle.of(LEAVES), 5, 5) == []
    assert merkle.is_consistent(5, whole, 5, whole, [])
    assert not merkle.is_consistent(5, whole, 5, whole, [LEAVES[0]])
    assert not merkle.is_consistent(5, whole, 5, by_definition(LEAVES[:4]), [])
