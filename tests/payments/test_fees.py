"""The published fees: each part of a price at its rate, tax taken apart without a fen lost."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.payments import fees

TODAY = date(2026, 11, 26)
PRICES = st.integers(1, 10**15)


@pytest.mark.parametrize(
    ("price", "fee"),
    [
        (500_000, 10_000),
        (1_000_000, 20_000),
        (2_000_000, 35_000),
        (10_000_000, 155_000),
        (50_000_000, 555_000),
        (100_000_000, 805_000),
    ],
)
def test_a_fee_is_the_sum_of_the_parts_of_the_price_at_their_rates(price, fee):
    assert fees.tariff(TODAY).commission(yuan(price)) == yuan(fee)


@given(PRICES, st.sampled_from(["CNY", "USD", "JPY"]))
def test_the_parts_are_the_price(minor, currency):
    parts = fees.tariff(TODAY).parts(Money(currency, minor))
    assert sum(part.minor for _, part in parts) == minor
    assert all(part.minor > 0 for _, part in parts)


@given(PRICES)
def test_one_fen_more_of_price_never_leaves_the_seller_less(minor):
    """No cliff between two tiers: the fee grows by no more than the price."""
    table = fees.tariff(TODAY)
    less, more = (table.commission(Money("CNY", m)).minor for m in (minor, minor + 1))
    assert less <= more <= less + 1
    assert more <= minor + 1


@given(st.integers(-(10**15), 10**15))
def test_net_and_tax_are_the_whole_and_a_reversal_is_the_mirror_image(minor):
    gross = Money("CNY", minor)
    taxed, back = fees.without_tax(gross, TODAY), fees.without_tax(-gross, TODAY)
    assert taxed.net + taxed.tax == gross
    assert (back.net, back.tax) == (-taxed.net, -taxed.tax)
    assert abs(taxed.tax.minor * 10_600 - minor * 600) <= 5_300  # within half a fen


def test_tables_are_dated_and_rates_fall_with_the_price():
    for table in fees.tariffs():
        rates = [tier.rate for tier in table.tiers]
        assert rates == sorted(rates, reverse=True)
        assert table.tiers[-1].up_to is None
        assert [t.up_to for t in table.tiers[:-1]] == sorted({t.up_to for t in table.tiers[:-1]})
    assert fees.tariff(date(1999, 1, 1)) == fees.tariffs()[0]
    assert fees.tariff(TODAY) == fees.tariffs()[-1]
