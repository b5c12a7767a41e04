"""Money: whole minor units, one currency at a time, nothing lost in rounding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import money
from marketplace.core.money import Money, yuan
from marketplace.listings.terms import DealKind, Terms
from tests import factories as a
from tests.deals import journey

FEN = st.integers(0, 10**15)
BASIS_POINTS = st.integers(0, 10_000)


@given(minor=FEN, bps=BASIS_POINTS)
def test_a_share_is_the_exact_one_rounded_half_up(minor, bps):
    exact = Fraction(minor * bps, 10_000)
    share = Money("CNY", minor).share(bps)
    assert share.minor == (exact + Fraction(1, 2)).__floor__()
    assert 0 <= share.minor <= minor


@pytest.mark.parametrize("minor", [1.0, 1.5, "1", None, True])
def test_money_is_whole_minor_units(minor):
    with pytest.raises(TypeError):
        Money("CNY", minor)


@pytest.mark.parametrize("mix", [lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x < y, max])
def test_currencies_do_not_mix(mix):
    with pytest.raises(ValueError, match="CNY"):
        mix(yuan(1), Money("USD", 100))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("fen", "commission"), [(1, 0), (24, 0), (25, 1), (75, 2), (12_345_678, 246_914)]
)
def test_price_is_commission_and_what_the_seller_gets_to_the_fen(fen, commission):
    listing = a.listing(terms=Terms(kind=DealKind.TRANSFER, price=Money("CNY", fen)))
    deal, _ = journey.opened(listing)
    assert deal.commission == Money("CNY", commission)


def test_the_amount_is_exact_in_major_units():
    assert Money("CNY", 123_456).amount == Decimal("1234.56")
    assert Money("JPY", 123_456).amount == 123_456
    assert money.of(Decimal("1234.56")) == Money("CNY", 123_456)
    with pytest.raises(ValueError, match="finer"):
        money.of(Decimal("0.001"))
