import json
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.listings.terms import (
    IN_ORDER,
    TERRITORIES,
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
    values,
)
from marketplace.listings.termsheet import (
    CapPer,
    Forum,
    Improvements,
    Language,
    Lapse,
    LaterPart,
    Law,
    Milestone,
    Pay,
    Sublicensing,
    Tier,
    Use,
    Warranty,
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


# ---- the finer points ---------------------------------------------------------------------------

MONEY = st.builds(Money, st.just("CNY"), st.integers(1, 10**12))
SAID = st.text(max_size=20)
PAY = st.builds(
    Pay,
    tiers=st.lists(st.builds(Tier, MONEY, st.integers(0, 10_000)), max_size=4).map(tuple),
    cap=st.none() | MONEY,
    cap_per=st.none() | st.sampled_from(CapPer),
    milestones=st.lists(st.builds(Milestone, SAID, MONEY, st.none() | st.dates()), max_size=4).map(
        tuple
    ),
    instalments=st.lists(
        st.builds(LaterPart, st.integers(1, 2_000), st.dates(), SAID), max_size=4
    ).map(tuple),
    guarantee=SAID,
    free_months=st.none() | st.integers(1, 36),
    late_interest_bps=st.none() | st.integers(1, 10),
    audit_times=st.none() | st.integers(0, 4),
)
USE = st.builds(
    Use,
    sublicence_never=st.booleans(),
    non_use_months=st.none() | st.integers(3, 60),
    improvements=st.none() | st.sampled_from(Improvements),
    improvement_terms=SAID,
    documents=SAID,
    acceptance=SAID,
)
LAW = st.builds(
    Law,
    warranties=st.lists(st.sampled_from(Warranty), unique=True).map(tuple),
    confidentiality_years=st.none() | st.integers(1, 50),
    lapse=st.none() | st.sampled_from(Lapse),
    forum=st.none() | st.sampled_from(Forum),
    language=st.none() | st.sampled_from(Language),
)
TERMS = st.builds(
    Terms,
    kind=st.sampled_from(DealKind),
    price=st.none() | MONEY,
    grant=st.none() | st.sampled_from(Grant),
    territory=st.lists(st.sampled_from(TERRITORIES), unique=True, min_size=1).map(tuple),
    months=st.none() | st.integers(1, 600),
    sublicence=st.booleans(),
    royalty_bps=st.none() | st.integers(1, 10_000),
    notes=SAID,
    pay=PAY,
    use=USE,
    law=LAW,
)


@settings(deadline=None)
@given(TERMS)
def test_any_terms_go_to_json_and_back(terms):
    assert Terms.from_json(json.loads(json.dumps(terms.to_json()))) == terms


@settings(deadline=None)
@given(TERMS, TERMS)
def test_differences_read_backwards_are_the_same_differences(one, other):
    there = [(d.name, d.before, d.after) for d in differences(one, other)]
    back = [(d.name, d.after, d.before) for d in differences(other, one)]
    assert there == back
    assert differences(one, one) == []


@settings(deadline=None)
@given(TERMS)
def test_what_was_normalised_stays_as_it_is(terms):
    once = normalised(terms)
    assert normalised(once) == once
    assert once.kind is terms.kind


def test_every_term_has_its_place_in_the_contract():
    named = {f.name for f in fields(Terms)} | set(Terms(DealKind.TRANSFER).finer)
    groups = {"pay", "use", "law"}
    assert set(IN_ORDER) == named - groups - {"sublicence_never"}  # said by sublicence
    assert len(IN_ORDER) == len(set(IN_ORDER))


def test_terms_kept_before_the_groups_came_are_read():
    kept = {"kind": "licence", "grant": "sole", "price": {"currency": "CNY", "minor": 100}}
    assert Terms.from_json(kept) == LICENCE
    assert set(LICENCE.to_json()) & {"pay", "use", "law"} == set()


@pytest.mark.parametrize(
    ("sublicence", "never", "said"),
    [
        (True, False, Sublicensing.FREE),
        (False, True, Sublicensing.NEVER),
        (False, False, Sublicensing.CONSENT),
    ],
)
def test_nobody_sublicenses_without_consent_unless_it_is_agreed(sublicence, never, said):
    terms = replace(LICENCE, sublicence=sublicence, use=Use(sublicence_never=never))
    assert values(terms)["sublicence"] is said


PAID = replace(LICENCE, **ROYALTY)


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        (
            replace(PAID, pay=Pay(tiers=(Tier(yuan(2), 100), Tier(yuan(2), 90)))),
            {"tier_1_above": "terms.tiers_not_rising"},
        ),
        (
            replace(PAID, pay=Pay(tiers=(Tier(yuan(2), None),))),
            {"tier_0_above": "terms.tier_incomplete"},
        ),
        (
            replace(PAID, pay=Pay(tiers=(Tier(yuan(2), 10_001),))),
            {"tier_0_bps": "terms.tier_rate_out_of_range"},
        ),
        (
            replace(LICENCE, pay=Pay(tiers=(Tier(yuan(2), 100),))),
            {"royalty_bps": "terms.royalty_missing"},
        ),
        (replace(PAID, pay=Pay(cap=yuan(5))), {"cap_per": "terms.cap_per_missing"}),
        (replace(PAID, pay=Pay(cap_per=CapPer.YEAR)), {"cap": "terms.cap_missing"}),
        (
            replace(PAID, minimum_royalty=yuan(9), pay=Pay(cap=yuan(5), cap_per=CapPer.YEAR)),
            {"cap": "terms.cap_out_of_range"},
        ),
        (
            replace(LICENCE, pay=Pay(cap=yuan(5), cap_per=CapPer.TOTAL)),
            {"royalty_bps": "terms.royalty_missing"},
        ),
        (
            replace(LICENCE, pay=Pay(instalments=(LaterPart(10_000, date(2027, 1, 1)),))),
            {"instalment_0_bps": "terms.instalment_share"},
        ),
        (
            replace(LICENCE, pay=Pay(instalments=(LaterPart(10), LaterPart(9_990, None, "x")))),
            {
                "instalment_0_due": "terms.instalment_day_missing",
                "instalment_1_bps": "terms.instalment_share",
                "instalment_1_due": "terms.instalment_day_missing",
            },
        ),
        (
            replace(
                LICENCE,
                pay=Pay(
                    instalments=(
                        LaterPart(10, date(2027, 1, 2)),
                        LaterPart(10, date(2027, 1, 1)),
                    )
                ),
            ),
            {"instalment_1_due": "terms.instalment_days_not_rising"},
        ),
        (replace(LICENCE, pay=Pay(guarantee="x")), {"guarantee": "terms.guarantee_of_nothing"}),
        (
            replace(LICENCE, pay=Pay(milestones=(Milestone("", yuan(1)),))),
            {"milestone_0_event": "terms.milestone_incomplete"},
        ),
        (
            replace(LICENCE, pay=Pay(milestones=(Milestone("下线", None, date(2027, 1, 1)),))),
            {"milestone_0_amount": "terms.milestone_amount_missing"},
        ),
        (replace(LICENCE, pay=Pay(free_then_days=5)), {"free_months": "terms.free_months_missing"}),
        (
            replace(LICENCE, pay=Pay(free_months=37)),
            {"free_months": "terms.free_months_out_of_range"},
        ),
        (
            replace(LICENCE, pay=Pay(late_interest_bps=11)),
            {"late_interest_bps": "terms.late_interest_out_of_range"},
        ),
        (
            replace(LICENCE, use=Use(improvements=Improvements.GRANT_BACK)),
            {"improvement_terms": "terms.grant_back_unpaid"},
        ),
        (
            replace(LICENCE, law=Law(confidentiality_years=51)),
            {"confidentiality_years": "terms.confidentiality_out_of_range"},
        ),
    ],
)
def test_the_finer_points_are_whole_or_refused(terms, wrong):
    assert problems(terms, firm=True) == wrong


def test_finer_points_of_another_kind_are_dropped():
    everything = replace(
        PAID,
        pay=Pay(free_months=6, free_then_days=30, audit_times=2, late_interest_bps=3),
        use=Use(sublicence_never=True, non_use_months=12, improvement_terms="按年另付"),
        law=Law(warranties=(Warranty.FEES_PAID, Warranty.TITLE)),
    )
    assert normalised(everything).law.warranties == (Warranty.TITLE, Warranty.FEES_PAID)
    sold = normalised(replace(everything, kind=DealKind.TRANSFER))
    assert sold.pay == Pay(audit_times=2, late_interest_bps=3)
    assert sold.use == Use()
    assert normalised(replace(everything, kind=DealKind.EQUITY)).pay == Pay(late_interest_bps=3)
