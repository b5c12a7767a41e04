"""What a broker earns, and how it is divided to the fen."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.mandates.commission import FeeTable, Tier, fee, split, wrong

TABLE = FeeTable((Tier(500, 100_000_00), Tier(300, 1_000_000_00), Tier(100)), minimum=2_000_00)


@pytest.mark.parametrize(
    ("price", "net"),
    [
        (0, 0),
        (10_000, 2_000),  # five per cent would be 500: the minimum stands
        (100_000, 5_000),
        (200_000, 8_000),
        (1_000_000, 32_000),
        (3_000_000, 52_000),
    ],
)
def test_each_tier_applies_to_its_part_of_the_price(price, net):
    assert fee(yuan(price), TABLE).net == yuan(net)


def test_vat_stands_apart():
    earned = fee(yuan(200_000), TABLE)

    assert (earned.net, earned.vat, earned.gross) == (yuan(8_000), yuan(480), yuan(8_480))


@given(st.integers(0, 10**13), st.integers(0, 10**9))
def test_a_higher_price_never_earns_less(price, more):
    assert fee(Money("CNY", price + more), TABLE).net >= fee(Money("CNY", price), TABLE).net


@given(
    amount=st.integers(0, 10**13),
    cuts=st.lists(st.integers(1, 9_999), max_size=8, unique=True),
)
def test_a_split_is_exact_and_nobody_is_more_than_a_fen_from_the_share(amount, cuts):
    edges = [0, *sorted(cuts), 10_000]
    parts = [(i, b - a) for i, (a, b) in enumerate(pairwise(edges))]

    shares = split(Money("CNY", amount), parts)

    assert sum(share.minor for share in shares.values()) == amount
    assert all(abs(shares[who].minor * 10_000 - amount * bps) < 10_000 for who, bps in parts)


def test_the_largest_remainder_gets_the_fen_that_is_left():
    shares = split(Money("CNY", 100), [(1, 3_334), (2, 3_333), (3, 3_333)])

    assert [shares[who].minor for who in (1, 2, 3)] == [34, 33, 33]


@pytest.mark.parametrize(
    "parts", [[(1, 9_999)], [(1, 5_000), (1, 5_000)], [(1, 11_000), (2, -1_000)]]
)
def test_contributions_make_up_the_whole_once_each(parts):
    with pytest.raises(ValueError, match=r"contribut"):
        split(yuan(1), parts)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (FeeTable(()), "mandate.fee_missing"),
        (FeeTable((Tier(10_001),)), "mandate.fee_rate"),
        (FeeTable((Tier(100, 500),)), "mandate.fee_tiers"),
        (FeeTable((Tier(100, 500), Tier(50, 400), Tier(10))), "mandate.fee_tiers"),
        (FeeTable((Tier(100),), minimum=-1), "mandate.fee_rate"),
        (TABLE, ""),
    ],
)
def test_a_fee_table_that_makes_no_sense_is_named(table, code):
    assert wrong(table) == code
