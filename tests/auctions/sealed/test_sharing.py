"""Any two of three shares give the key back; one says nothing; a false one is found out."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.auctions import sharing
from marketplace.auctions.sharing import FIELD, BadShare, Share

secrets = st.integers(0, 2**256 - 1)
seeds = st.integers(0, 2**32)


def shares_of(secret: int, seed: int = 1):
    return sharing.split(secret, below=Random(seed).randrange)  # noqa: S311 -- the same every time


def is_probably_prime(number: int) -> bool:
    """Miller and Rabin, with twenty fixed bases."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71):
        x = pow(base, odd, number)
        if x in (1, number - 1):
            continue
        if all((x := x * x % number) != number - 1 for _ in range(twos - 1)):
            return False
    return True


def test_the_field_is_a_field():
    assert is_probably_prime(FIELD)


@given(secrets, seeds)
def test_any_two_of_three_open(secret, seed):
    shares = shares_of(secret, seed)
    assert [sharing.join(pair) for pair in combinations(shares, 2)] == [secret] * 3
    assert sharing.join(shares) == secret


@given(secrets, secrets, seeds)
def test_one_share_fits_every_secret(secret, other, seed):
    """For each share and each other secret there is a line through both: it tells nothing."""
    one = shares_of(secret, seed)[0]
    slope = (one.value - other) * pow(one.number, -1, FIELD) % FIELD
    rival = sharing.split(other, below=lambda _: slope)
    assert rival[one.number - 1] == one


@given(secrets, seeds, st.integers(1, FIELD - 1))
def test_f18_a_false_share_opens_something_else_and_its_digest_differs(secret, seed, shift):
    first, second, _ = shares_of(secret, seed)
    false = Share(second.number, (second.value + shift) % FIELD)
    assert sharing.join([first, false]) != secret
    assert false.digest("J-00000001") != second.digest("J-00000001")


@given(secrets, seeds)
def test_a_share_survives_being_written_down(secret, seed):
    for share in shares_of(secret, seed):
        written = share.phrase()
        assert Share.read(written) == share
        assert Share.read(written.lower().replace("-", "  ")) == share


def test_a_slip_of_the_pen_is_noticed():
    written = shares_of(42)[0].phrase()
    slips = [
        written[:place] + ("B" if written[place] != "B" else "C") + written[place + 1 :]
        for place in range(4, len(written) - 1)
        if written[place] != "-"
    ]
    for slip in slips:
        with pytest.raises(BadShare):
            Share.read(slip)


@pytest.mark.parametrize("nonsense", ["", "IPX", "IPX-1", "hello", "IPX-ABCDE-ABCDE", "专利"])
def test_nonsense_is_no_share(nonsense):
    with pytest.raises(BadShare):
        Share.read(nonsense)


def test_the_same_share_twice_is_one_share():
    one = shares_of(42)[0]
    with pytest.raises(BadShare):
        sharing.join([one, one])
    with pytest.raises(BadShare):
        sharing.join([one])


def test_a_share_belongs_to_one_auction():
    one = shares_of(42)[0]
    assert one.digest("J-00000001") != one.digest("J-00000002")


@pytest.mark.parametrize("wrong", [-1, FIELD])
def test_what_does_not_fit_the_field_is_not_split(wrong):
    with pytest.raises(ValueError, match="field"):
        sharing.split(wrong)
