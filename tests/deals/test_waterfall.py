"""A price divided: everybody in turn, nothing lost, the pledgee before the exchange itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.deals.waterfall import Claim, Held, Part, Share, Tax, due_by_now, split

TODAY = date(2026, 11, 26)
SELLER, BANK, BROKER = 1, 2, 3


def cny(minor):
    return Money("CNY", minor)


sums = st.integers(0, 10**12).map(cny)
days = st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))
claims = st.builds(
    Claim,
    pledge=st.integers(1, 9),
    lender=st.none() | st.integers(2, 9),
    amount=st.none() | sums,
    as_of=st.none() | days,
    per_day=st.none() | st.integers(0, 10**7).map(cny),
    due_on=st.none() | days,
    disputed=st.booleans(),
    paid=st.none() | sums,
)
cases = st.fixed_dictionaries(
    {
        "price": sums,
        "commission": sums,
        "claims": st.lists(claims, max_size=4),
        "taxes": st.lists(st.builds(Tax, name=st.just("vat"), amount=sums), max_size=3),
        "arrears": sums,
        "brokers": st.lists(st.builds(Share, st.integers(10, 19), sums), max_size=3),
    }
)


def divided(case):
    rest = {k: v for k, v in case.items() if k != "price"}
    return split(case["price"], on=TODAY, seller=SELLER, **rest)


@given(cases)
def test_the_parts_sum_to_the_price_to_the_fen(case):
    found = divided(case)
    assert found.total == case["price"]
    assert all(line.amount.minor > 0 for line in found.lines)


@given(cases)
def test_nobody_gets_a_fen_before_the_pledgees_have_theirs(case):
    """L-08: either the claims are met in full, or they have the whole price."""
    found = divided(case)
    pledged = found.of(Part.LENDER) + found.of(Part.DEPOSIT)
    owed = [claim.on(TODAY) for claim in case["claims"]]
    if pledged != case["price"]:
        assert None not in owed
        assert pledged == cny(sum(one.minor for one in owed))


@given(cases)
def test_what_the_price_does_not_reach_for_is_owed_and_not_forgotten(case):
    found = divided(case)
    assert found.of(Part.PLATFORM) + found.commission_owed == case["commission"]
    assert found.of(Part.ARREARS) <= case["arrears"]
    taxes = cny(sum(tax.amount.minor for tax in case["taxes"]))
    assert found.of(Part.TAX) + found.taxes_short == taxes
    shares = sum(one.amount.minor for one in case["brokers"])
    owed = sum(amount.minor for _, amount in found.brokers_owed)
    assert found.of(Part.BROKER).minor + owed == shares


@given(cases)
def test_the_seller_gets_something_only_when_all_others_have_everything(case):
    found = divided(case)
    if found.of(Part.SELLER):
        assert not found.commission_owed
        assert found.of(Part.ARREARS) == case["arrears"]
        assert not found.taxes_short
        assert not found.brokers_owed


@given(cases)
def test_money_is_sent_only_to_a_pledgee_who_may_have_it(case):
    for line in divided(case).lines:
        if line.part is Part.LENDER:
            assert line.payee is not None
        if line.part is Part.DEPOSIT:
            assert line.held is not None


@given(st.integers(1, 10**12), st.integers(0, 10**11), st.lists(st.integers(0, 10_000), max_size=6))
def test_a_charge_spread_over_instalments_is_the_charge(price, charge, cuts):
    edges = sorted({price * cut // 10_000 for cut in cuts} | {0, price})
    so_far = [due_by_now(cny(charge), released=cny(edge), price=cny(price)) for edge in edges]
    assert so_far == sorted(so_far)
    assert so_far[-1] == cny(charge)


def of(price, *claims, commission=0, taxes=(), brokers=()):
    return split(
        yuan(price),
        on=TODAY,
        seller=SELLER,
        commission=yuan(commission),
        claims=claims,
        taxes=taxes,
        brokers=brokers,
    )


def told(found):
    return [(line.part.value, line.payee, line.amount.minor // 100) for line in found.lines]


def test_a_plain_sale_goes_to_the_seller_less_the_commission():
    assert told(of(500, commission=10)) == [("platform", None, 10), ("seller", SELLER, 490)]


def test_everybody_in_turn():
    found = of(
        500,
        Claim(7, BANK, yuan(300)),
        commission=10,
        taxes=[Tax("cit", yuan(50))],
        brokers=[Share(BROKER, yuan(5))],
    )
    assert told(found) == [
        ("lender", BANK, 300),
        ("tax", None, 50),
        ("platform", None, 10),
        ("broker", BROKER, 5),
        ("seller", SELLER, 135),
    ]


def test_a_claim_above_the_price_takes_all_and_the_seller_owes_the_commission():
    found = of(500, Claim(7, BANK, yuan(800)), commission=10)
    assert told(found) == [("lender", BANK, 500)]
    assert found.commission_owed == yuan(10)


def test_the_second_rank_gets_what_the_first_leaves():
    found = of(500, Claim(7, BANK, yuan(400)), Claim(8, 9, yuan(300)), commission=10)
    assert told(found) == [("lender", BANK, 400), ("lender", 9, 100)]


def test_interest_runs_by_the_day_after_the_letter():
    claim = Claim(7, BANK, yuan(300), as_of=TODAY - timedelta(days=3), per_day=yuan(2))
    assert told(of(500, claim))[0] == ("lender", BANK, 306)


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        (Claim(7, BANK, yuan(300), disputed=True), Held.DISPUTED),
        (Claim(7, BANK, yuan(300), due_on=TODAY + timedelta(days=1)), Held.NOT_DUE),
        (Claim(7, None, yuan(300)), Held.NO_ACCOUNT),
        (Claim(7, BANK, None), Held.UNKNOWN_SUM),
        (Claim(7, BANK, Money("USD", 30_000)), Held.UNKNOWN_SUM),
    ],
)
def test_what_a_pledgee_may_not_have_yet_is_deposited(claim, held):
    found = of(500, claim, commission=10)
    assert found.lines[0].held is held
    assert found.of(Part.LENDER) == yuan(0)
    whole = held is Held.UNKNOWN_SUM
    assert found.of(Part.DEPOSIT) == yuan(500 if whole else 300)
    assert found.of(Part.SELLER) == yuan(0 if whole else 190)


def test_a_claim_that_is_due_today_is_paid():
    assert told(of(500, Claim(7, BANK, yuan(300), due_on=TODAY)))[0] == ("lender", BANK, 300)


def test_an_amount_below_nothing_is_an_error_of_the_program():
    with pytest.raises(ValueError, match="below nothing"):
        of(500, commission=-1)
