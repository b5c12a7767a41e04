"""The log that can only grow (I-25), signatures, and the bytes that are hashed."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.auctions.engine import canonical, curve, merkle
from marketplace.auctions.engine.state import Event

MOST = 33
LEAVES = [canonical.leaf_hash(bytes([n])) for n in range(MOST)]
ROOTS = [merkle.root(LEAVES[:n]) for n in range(MOST + 1)]
SMALL = settings(max_examples=60, deadline=None)

# The leaves and roots that the reference implementations of RFC 6962 test themselves with.
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
KNOWN += ["606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), KNOWN_ROOTS.items())
def test_i25_the_tree_is_that_of_rfc_6962(size, root):
    leaves = [canonical.leaf_hash(bytes.fromhex(text)) for text in KNOWN]
    assert merkle.root(leaves[:size]) == root


def test_i25_the_root_is_that_of_the_recursive_definition():
    def recursive(leaves):
        if len(leaves) == 1:
            return leaves[0]
        half = 1
        while half * 2 < len(leaves):
            half *= 2
        return merkle.node(recursive(leaves[:half]), recursive(leaves[half:]))

    assert [recursive(LEAVES[:n]) for n in range(1, MOST + 1)] == ROOTS[1:]


def test_i25_every_leaf_of_every_tree_is_proven_by_its_path_and_in_its_place_only():
    for size in range(1, MOST + 1):
        for index in range(size):
            path = merkle.inclusion(LEAVES[:size], index)
            held = [
                place
                for place in range(-1, size + 1)
                if merkle.is_included(LEAVES[index], place, size, path, ROOTS[size])
            ]
            assert held == [index], (size, index)
            assert not merkle.is_included(LEAVES[index - 1], index, size, path, ROOTS[size]) or (
                size == 1
            )


@SMALL
@given(st.integers(2, MOST), st.data())
def test_i25_a_path_with_one_step_more_less_or_changed_proves_nothing(size, data):
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(LEAVES[:size], index)
    at = data.draw(st.integers(0, len(path) - 1))
    other = [*path[:at], LEAVES[-1][::-1], *path[at + 1 :]]
    for wrong in (path[:-1], path[1:], [*path, LEAVES[0]], other):
        assert not merkle.is_included(LEAVES[index], index, size, wrong, ROOTS[size])


def test_i25_every_smaller_tree_is_proven_to_be_a_beginning_of_every_larger_one():
    for size in range(1, MOST + 1):
        for before in range(1, size + 1):
            path = merkle.consistency(LEAVES[:size], before)
            held = [
                n
                for n in range(size + 1)
                if merkle.is_consistent(n, ROOTS[before], size, ROOTS[size], path)
            ]
            assert held == [before], (before, size)


@SMALL
@given(st.integers(2, MOST), st.data())
def test_i25_a_log_whose_past_was_changed_is_no_continuation(size, data):
    before = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, before - 1))
    other = [*LEAVES[:size]]
    other[changed] = LEAVES[changed][::-1]
    path = merkle.consistency(other, before)
    assert not merkle.is_consistent(before, ROOTS[before], size, merkle.root(other), path)


@SMALL
@given(st.integers(2, MOST), st.data())
def test_i25_a_proof_with_one_step_more_less_or_changed_proves_no_continuation(size, data):
    before = data.draw(st.integers(1, size - 1))
    path = merkle.consistency(LEAVES[:size], before)
    at = data.draw(st.integers(0, len(path) - 1))
    other = [*path[:at], LEAVES[0][::-1], *path[at + 1 :]]
    for wrong in ([], path[:-1], [*path, LEAVES[0]], other):
        assert not merkle.is_consistent(before, ROOTS[before], size, ROOTS[size], wrong)


def test_i25_the_same_tree_continues_itself_without_a_proof():
    assert merkle.consistency(LEAVES[:5], 5) == []
    assert merkle.is_consistent(5, ROOTS[5], 5, ROOTS[5], [])
    assert not merkle.is_consistent(5, ROOTS[5], 5, ROOTS[5], [LEAVES[0]])
    assert not merkle.is_consistent(5, ROOTS[5], 5, ROOTS[4], [])
    assert not merkle.is_consistent(6, ROOTS[6], 5, ROOTS[5], [LEAVES[0]])


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_path_of_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError, match="no leaf"):
        merkle.inclusion(LEAVES[:3], index)


@pytest.mark.parametrize("before", [-1, 0, 4])
def test_there_is_no_proof_of_a_tree_that_is_not_a_beginning(before):
    with pytest.raises(IndexError, match="no tree"):
        merkle.consistency(LEAVES[:3], before)


# ---- signatures --------------------------------------------------------------------------------

# RFC 8032, section 7.1: key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_are_those_of_rfc_8032(key, message, signature):
    given_ = [bytes.fromhex(text) for text in (key, message, signature)]
    assert curve.is_signed(*given_)


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.integers(0, 64 * 8 - 1))
def test_what_a_library_signs_is_signed_and_one_bit_less_is_not(seed, message, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert curve.is_signed(key, message, signature)
    assert not curve.is_signed(key, message + b"!", signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not curve.is_signed(key, message, bytes(flipped))


def test_a_signature_has_one_spelling():
    """The scalar plus the order of the group would sign as well; it is refused."""
    key, message, signature = (bytes.fromhex(text) for text in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + curve.ORDER
    assert not curve.is_signed(key, message, signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (b"\x01" * 31, b"\x00" * 64),
        (b"\x01" + b"\x00" * 31, b"\x00" * 63),
        (b"\x02" + b"\x00" * 31, b"\x00" * 64),  # no point has this y
        (b"\xff" * 32, b"\x00" * 64),  # y beyond the field
        (b"\x01" + b"\x00" * 30 + b"\x80", b"\x00" * 64),  # x nought has no sign
        (b"\x01" + b"\x00" * 31, b"\x02" + b"\x00" * 63),
    ],
)
def test_what_is_no_key_or_no_signature_signs_nothing(key, signature):
    assert not curve.is_signed(key, b"", signature)


def test_y_beyond_the_field_is_no_point_though_it_is_one_within():
    """One more than the field's prime spells the neutral element a second time."""
    neutral = (1).to_bytes(32, "little")
    again = (curve.P + 1).to_bytes(32, "little")
    signature = neutral + b"\x00" * 32
    assert curve.is_signed(neutral, b"", signature)
    assert not curve.is_signed(again, b"", signature)


# ---- the bytes that are hashed -----------------------------------------------------------------


def test_a_line_holds_its_place_and_the_line_before_and_nothing_private():
    event = Event("bid", 7, "A", {"price": 1}, {"maximum": 2})
    assert canonical.event_body("J-1", 3, event, "before", "rules") == (
        b'{"at":7,"auction":"J-1","code":"A","kind":"bid","prev":"before","public":{"price":1},'
        b'"rules":"rules","seq":3,"v":1}'
    )


def test_keys_are_ordered_by_utf_16_as_rfc_8785_wants():
    value = {"\U0001f600": 1, "\ufb33": 2, "a": 3}  # by code point the last two would change places
    assert list(canonical.canonical(value).decode()) == list('{"a":3,"\U0001f600":1,"\ufb33":2}')


@pytest.mark.parametrize("value", [2**53, -(2**53), 0])
def test_whole_numbers_that_every_reader_keeps_exact_are_plain(value):
    assert canonical.canonical(value) == str(value).encode()


def test_commitments_are_those_that_were_published():
    maximum = hashlib.sha256(b"ipx/max/v1\x00J-1\x00A\x00100\x005a").hexdigest()
    assert canonical.maximum_commitment("J-1", "A", 100, "5a") == maximum
    reserve = hashlib.sha256(b"ipx/reserve/v1\x00J-1\x00100\x005a").hexdigest()
    assert canonical.reserve_commitment("J-1", 100, "5a") == reserve
    envelope = hashlib.sha256(b'ipx/bid-commit/v1\x00["J-1","A",100]\x5a').hexdigest()
    assert canonical.bid_commitment("J-1", "A", 100, "5a") == envelope
    assert canonical.leaf_hash(b"x") == hashlib.sha256(b"\x00x").hexdigest()
