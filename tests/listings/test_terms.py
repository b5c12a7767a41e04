from dataclasses import replace

import pytest

from marketplace.core.money import Money, yuan
from marketplace.listings.terms import (
    DealKind,
    Difference,
    Grant,
    RoyaltyBase,
    Terms,
    differences,
    in_conflict,
    normalised,
    overlap,
    problems,
)

TRANSFER = Terms(kind=DealKind.TRANSFER, price=yuan(1))
LICENCE = Terms(kind=DealKind.LICENCE, grant=Grant.SOLE, price=yuan(1))
EQUITY = Terms(kind=DealKind.EQUITY, price=yuan(1), company="某公司", equity_bps=1000)
ROYALTY = {"royalty_bps": 300, "royalty_base": RoyaltyBase.NET_SALES}


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        (TRANSFER, {}),
        (LICENCE, {}),
        (EQUITY, {}),
        (replace(TRANSFER, price=None), {"price": "terms.price_missing"}),
        (replace(TRANSFER, price=Money("CNY", 0)), {"price": "terms.price_not_positive"}),
        (replace(TRANSFER, price=Money("CNY", -1)), {"price": "terms.price_not_positive"}),
        (replace(TRANSFER, price=Money("CNY", 10**15 + 1)), {"price": "terms.price_too_large"}),
        (replace(LICENCE, price=Money("CNY", 0), **ROYALTY), {}),
        (replace(LICENCE, grant=None), {"grant": "terms.grant_missing"}),
        (replace(LICENCE, territory=()), {"territory": "terms.territory_missing"}),
        (replace(LICENCE, territory=("XX",)), {"territory": "terms.territory_missing"}),
        (replace(LICENCE, months=0), {"months": "terms.months_out_of_range"}),
        (replace(LICENCE, months=601), {"months": "terms.months_out_of_range"}),
        (replace(LICENCE, royalty_bps=300), {"royalty_base": "terms.royalty_base_missing"}),
        (
            replace(LICENCE, **ROYALTY | {"royalty_bps": 10_001}),
            {"royalty_bps": "terms.royalty_out_of_range"},
        ),
        (
            replace(LICENCE, **ROYALTY, minimum_royalty=Money("CNY", 0)),
            {"minimum_royalty": "terms.minimum_out_of_range"},
        ),
        (replace(LICENCE, minimum_royalty=yuan(1)), {"royalty_bps": "terms.royalty_missing"}),
        (replace(EQUITY, company=""), {"company": "terms.company_missing"}),
        (replace(EQUITY, equity_bps=None), {"equity_bps": "terms.equity_missing"}),
        (replace(EQUITY, equity_bps=10_000), {"equity_bps": "terms.equity_out_of_range"}),
        (replace(TRANSFER, support_days=-1), {"support_days": "terms.days_out_of_range"}),
    ],
)
def test_firm_terms_leave_nothing_open_and_nothing_absurd(terms, wrong):
    assert problems(terms, firm=True) == wrong


def test_a_listing_may_leave_price_company_and_share_open():
    for terms in (
        replace(TRANSFER, price=None),
        replace(LICENCE, price=None),
        replace(EQUITY, price=None, company="", equity_bps=None),
    ):
        assert problems(terms, firm=False) == {}


def test_what_does_not_belong_to_the_kind_is_dropped():
    everything = replace(
        LICENCE,
        months=12,
        field="电池",
        sublicence=True,
        territory=("HK",),
        company="某公司",
        equity_bps=100,
        **ROYALTY,
    )
    assert normalised(replace(everything, kind=DealKind.TRANSFER)) == replace(TRANSFER, **ROYALTY)
    assert normalised(everything) == replace(everything, company="", equity_bps=None)
    assert normalised(replace(everything, kind=DealKind.EQUITY)) == replace(EQUITY, equity_bps=100)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (("CN",), ("GD",), True),
        (("GD",), ("CN",), True),
        (("GD",), ("HK",), False),
        (("HK", "MO"), ("MO",), True),
        (("WORLD",), ("TW",), True),
        (("CN",), ("HK", "MO", "TW"), False),
    ],
)
def test_guangdong_lies_in_the_mainland_and_all_in_the_world(one, other, answer):
    assert overlap(one, other) is answer
    assert overlap(other, one) is answer


def test_only_plain_licences_stand_side_by_side():
    plain = replace(LICENCE, grant=Grant.NON_EXCLUSIVE)
    assert not in_conflict(plain, plain)
    for other in (TRANSFER, LICENCE, EQUITY, replace(LICENCE, grant=Grant.EXCLUSIVE)):
        assert in_conflict(plain, other)
        assert in_conflict(other, plain)


def test_differences_come_in_the_order_of_the_contract():
    after = replace(LICENCE, price=yuan(2), months=24)
    assert differences(LICENCE, after) == [
        Difference("price", yuan(1), yuan(2)),
        Difference("months", None, 24),
    ]
    assert differences(LICENCE, LICENCE) == []


def test_terms_go_to_json_and_back():
    terms = replace(LICENCE, territory=("GD", "HK"), minimum_royalty=yuan(5), **ROYALTY)
    assert Terms.from_json(terms.to_json()) == terms
    with pytest.raises(TypeError):
        Terms.from_json(terms.to_json() | {"unknown": 1})
