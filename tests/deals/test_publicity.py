"""A deal waits for its public notice and for every objection; the board counts, not a party."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.compliance.models import (
    Notice,
    NoticeKind,
    NoticeState,
    ObjectionState,
    PeriodUnit,
)
from marketplace.compliance.services import notices
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, Unlawful
from marketplace.core.money import Money, yuan
from marketplace.core.policy import VISITOR
from marketplace.core.working_days import Unpublished
from marketplace.deals import publicity
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.jobs import worker
from marketplace.listings.models import PriceMode
from marketplace.notifications.models import Mail
from marketplace.organisations.models import OrganisationKind
from tests import factories as a
from tests.deals import journey

PUBLISHED = datetime(2026, 3, 2, 2, tzinfo=UTC)
RULE = "st-negotiated-price-public-notice"


@pytest.fixture
def university(app):  # noqa: ARG001 -- the site has to run
    return a.organisation(
        kind=OrganisationKind.UNIVERSITY, state_owned=True, state_established=True
    )


@pytest.fixture
def agreed(university):
    """A state university's result at an agreed price, everything else in order."""
    with clock.freeze(PUBLISHED):
        listing = a.listing(seller=university, price_mode=PriceMode.NEGOTIATED)
        deal, who = journey.opened(listing)
        journey.answered(deal, who, asset__is_st_result=True)
        return deal, who


def announced(deal, who) -> Notice:
    with clock.freeze(PUBLISHED), transaction():
        notice = deals.draft_notice(who.seller, deal, NoticeKind.AGREED_PRICE)
        deals.publish_notice(who.seller, notice, posted_inside="公告栏")
    return notice


def at(days: float):
    return clock.freeze(PUBLISHED + timedelta(days=days))


def clear(deal, who) -> list[str]:
    """The rules that stop it now; none: it is cleared."""
    try:
        with transaction():
            deals.clear(who.seller, deal)
    except Unlawful as refusal:
        return list(refusal.needs)
    return []


def objected(notice, by=VISITOR, **over):
    with transaction():
        return notices.raise_objection(
            by,
            notice,
            **{"name": "甲", "email": "someone@example.org", "text": "定价过低"} | over,
        )


def decided(objection, by, *, uphold) -> None:
    with transaction():
        notices.decide_objection(by, objection, uphold=uphold, because="理由")


def ended() -> None:
    with transaction():
        deals.end_notices()


def test_the_deal_is_signed_only_once_the_fifteen_days_are_over(agreed):
    deal, who = agreed
    announced(deal, who)

    with at(15):
        ended()
        assert clear(deal, who) == [RULE]
    with at(16):
        ended()
        assert clear(deal, who) == []
    assert deal.state is DealState.SIGNING
    assert [(e.name, e.number, e.decided_by_id) for e in deal.evidence] == [
        ("internal_public_notice", "N-00000001", None)
    ]


def test_no_answer_of_a_party_shortens_the_period(agreed):
    deal, who = agreed
    announced(deal, who)
    with at(3), transaction():
        deals.answer(who.seller, deal, "deal", "notice_days", 15)
    journey.proven(deal, who, "internal_public_notice")

    with at(3):
        assert clear(deal, who) == [RULE]


def test_an_open_objection_holds_the_deal_until_it_is_decided(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with at(2):
        objection = objected(notice, a.actor(a.organisation()))

    with at(20):
        ended()
        assert (notice.state, clear(deal, who)) == (NoticeState.HELD, [RULE])
        decided(objection, who.seller, uphold=False)
        ended()
        assert (notice.state, clear(deal, who)) == (NoticeState.ENDED, [])


def test_an_upheld_objection_withdraws_the_notice_and_a_correction_begins_anew(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with at(10):
        decided(objected(notice, a.actor(a.organisation())), a.operator(), uphold=True)
        with transaction():
            new = deals.correct_notice(who.seller, notice, because="补充说明")
            deals.publish_notice(who.seller, new, posted_inside="公告栏")
    assert (notice.state, new.corrects) == (NoticeState.WITHDRAWN, notice)
    assert new.ends_on == date(2026, 3, 27)

    with at(16):
        ended()
        assert clear(deal, who) == [RULE]
    with at(26):
        ended()
        assert clear(deal, who) == []


def test_a_published_notice_is_frozen_and_a_changed_word_shows(agreed):
    deal, who = agreed
    notice = announced(deal, who)

    assert notices.is_unchanged(notice)
    assert notice.content["price"] == {"currency": "CNY", "minor": 50_000_000}
    assert deal.buyer.name not in str(notice.content)
    with pytest.raises(Refused, match=r"notice\.publish"), transaction():
        notices.publish(who.seller, notice, posted_inside="别处")
    notice.content = {**notice.content, "price": {"currency": "CNY", "minor": 1}}
    assert not notices.is_unchanged(notice)
    db.session.rollback()


def test_an_agreed_price_says_where_it_hangs_inside_and_runs_once(agreed):
    deal, who = agreed
    with transaction():
        notice = deals.draft_notice(who.seller, deal, NoticeKind.AGREED_PRICE)
    with pytest.raises(Invalid, match=r"notice\.posted_inside"), transaction():
        deals.publish_notice(who.seller, notice)
    announced(deal, who)
    with pytest.raises(Refused, match=r"notice\.exists"), transaction():
        deals.draft_notice(who.seller, deal, NoticeKind.AGREED_PRICE)
    with pytest.raises(NotAllowed), transaction():
        deals.draft_notice(who.buyer, deal, NoticeKind.AGREED_PRICE)


def test_a_visitor_s_objection_counts_once_its_link_is_opened_and_the_outcome_is_mailed(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with at(2):
        objection = objected(notice)
        assert (objection.state, notice.state) == (
            ObjectionState.UNCONFIRMED,
            NoticeState.PUBLISHED,
        )
        token = notices.confirmation(objection)
        for _ in range(2):
            with transaction():
                notices.confirm_objection(token)
        assert (objection.state, notice.state) == (ObjectionState.FILED, NoticeState.HELD)
        with transaction():
            notices.answer_objection(who.seller, objection, text="已核实")
        decided(objection, who.seller, uphold=False)
        worker.run_until_idle()

    kinds = db.session.query(Mail).filter_by(address="someone@example.org").order_by(Mail.id)
    assert ["/objections/" in mail.body for mail in kinds] == [True, False, False]


def test_nobody_objects_to_the_own_notice_nor_after_its_period(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with at(2), pytest.raises(NotAllowed):
        objected(notice, who.seller)
    with at(17), pytest.raises(NotAllowed):
        objected(notice)


def test_who_objected_does_not_decide_for_the_exchange(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with at(2):
        objection = objected(notice, who.operator)
        with pytest.raises(NotAllowed):
            decided(objection, who.operator, uphold=True)


def test_a_cancelled_deal_announces_nothing_any_more(agreed):
    deal, who = agreed
    notice = announced(deal, who)
    with transaction():
        deals.cancel(who.buyer, deal, because="不再需要")
    assert notice.state is NoticeState.WITHDRAWN


@pytest.mark.parametrize(
    ("floor", "days"),
    [
        (yuan(1_000_000), 5),
        (Money("CNY", 100_000_001), 10),
        (yuan(10_000_000), 10),
        (Money("CNY", 1_000_000_001), 20),
        (Money("USD", 1), 20),
        (None, 20),
    ],
)
def test_a_sale_of_state_assets_is_announced_the_longer_the_more_is_asked(floor, days):
    assert publicity.sale_workdays(floor) == days


def test_working_days_skip_the_holiday_and_an_unknown_year_is_refused():
    unit = PeriodUnit.WORKING
    assert notices.last_day(date(2026, 9, 30), 1, unit) > date(2026, 10, 7)
    with pytest.raises(Unpublished):
        notices.last_day(date(2044, 1, 1), 1, unit)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(day=st.dates(date(2026, 1, 5), date(2026, 10, 1)), days=st.integers(1, 20),
       unit=st.sampled_from(PeriodUnit), after=st.integers(0, 40))  # fmt: skip
def test_days_run_are_whole_exactly_when_the_last_day_is_over(day, days, unit, after):
    last = notices.last_day(day, days, unit)
    notice = Notice(
        starts_on=day + timedelta(days=1), ends_on=last, period_days=days, period_unit=unit,
        state=NoticeState.PUBLISHED,
    )  # fmt: skip
    today = day + timedelta(days=after)

    assert (publicity.days_run(notice, today) == days) == (today > last)
