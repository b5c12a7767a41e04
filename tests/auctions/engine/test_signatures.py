"""Signatures, and the bytes that are hashed and signed."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.auctions.engine import canonical, curve
from marketplace.auctions.engine.state import Event

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
