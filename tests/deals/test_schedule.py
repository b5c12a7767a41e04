"""The schedule of a price: its lines sum to the price, whatever the shares and the price are."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.deals import schedule
from marketplace.deals.schedule import What
from marketplace.deals.waterfall import due_by_now
from marketplace.listings.termsheet import LaterPart, Milestone, Pay

DAY = date(2027, 3, 1)
SHARES = st.lists(st.integers(1, 2_400), max_size=4)


def pay(*shares, **over):
    parts = tuple(
        LaterPart(share, DAY + timedelta(days=90 * at)) for at, share in enumerate(shares)
    )
    return Pay(instalments=parts, **over)


@given(price=st.integers(1, 10**15), shares=SHARES)
def test_the_lines_sum_to_the_price_to_the_fen(price, shares):
    lines = schedule.lines(Money("CNY", price), pay(*shares), first_due=DAY)
    assert schedule.total(lines, "CNY") == Money("CNY", price)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all(line.amount.minor > 0 for line in lines)


@given(price=st.integers(1, 10**12), shares=SHARES, charge=st.integers(0, 10**9))
def test_the_shares_of_a_charge_sum_to_the_charge(price, shares, charge):
    lines = schedule.lines(Money("CNY", price), pay(*shares), first_due=DAY)
    whole, before, taken = Money("CNY", charge), 0, 0
    for line in lines:
        after = before + line.amount.minor
        released, earlier = Money("CNY", after), Money("CNY", before)
        of = Money("CNY", price)
        part = due_by_now(whole, released=released, price=of).minor
        part -= due_by_now(whole, released=earlier, price=of).minor
        assert part >= 0
        before, taken = after, taken + part
    assert taken == charge


def test_the_first_payment_is_what_the_later_ones_leave():
    lines = schedule.lines(Money("CNY", 10_001), pay(3_333, 3_333), first_due=DAY)
    assert [(x.what, x.amount.minor) for x in lines] == [
        (What.FIRST, 3_335), (What.INSTALMENT, 3_333), (What.INSTALMENT, 3_333),
    ]  # fmt: skip


def test_a_price_in_one_sum_is_one_line_and_a_milestone_is_besides():
    one = Milestone("首件下线", yuan(30_000), date(2028, 1, 31))
    lines = schedule.lines(yuan(10), Pay(milestones=(one,)), first_due=DAY)
    assert [(x.what, x.amount, x.due_on, x.latest_on) for x in lines] == [
        (What.WHOLE, yuan(10), DAY, DAY),
        (What.MILESTONE, yuan(30_000), None, date(2028, 1, 31)),
    ]
    assert schedule.total(lines, "CNY") == yuan(10)


def test_an_event_is_owed_by_its_day_at_the_latest():
    terms = Pay(instalments=(LaterPart(5_000, DAY, "验收合格"),))
    line = schedule.lines(yuan(10), terms, first_due=DAY)[1]
    assert (line.event, line.due_on, line.latest_on) == ("验收合格", None, DAY)
    assert schedule.due_after(DAY - timedelta(days=40), DAY) == DAY - timedelta(days=25)
    assert schedule.due_after(DAY - timedelta(days=4), DAY) == DAY
    assert schedule.due_after(DAY, None) == DAY + timedelta(days=15)


@pytest.mark.parametrize(
    "wrong",
    [
        Pay(instalments=(LaterPart(None, DAY),)),
        Pay(instalments=(LaterPart(3_000, None),)),
        Pay(instalments=(LaterPart(6_000, DAY), LaterPart(4_000, DAY))),
        Pay(milestones=(Milestone("x", None),)),
    ],
)
def test_terms_that_are_not_complete_make_no_schedule(wrong):
    with pytest.raises(ValueError, match=r"instalment|milestone"):
        schedule.lines(yuan(100), wrong)


@pytest.mark.parametrize(
    ("days", "bps", "cost"), [(-3, None, 0), (0, None, 0), (1, None, 50), (10, 3, 300)]
)
def test_lateness_costs_its_days_at_the_agreed_rate(days, bps, cost):
    owed, on = Money("CNY", 100_000), DAY + timedelta(days=days)
    assert schedule.late_interest(owed, due=DAY, on=on, bps=bps) == Money("CNY", cost)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Pay(), None),
        (pay(7_001, guarantee="银行保函"), "sale.first_payment"),
        (pay(7_000), "sale.guarantee"),
        (pay(7_000, guarantee="银行保函"), None),
        (
            Pay(instalments=(LaterPart(100, date(2028, 3, 2)),), guarantee="x"),
            "sale.instalment_year",
        ),
        (Pay(instalments=(LaterPart(100, date(2028, 3, 1)),), guarantee="x"), None),
    ],
)
def test_state_assets_are_paid_a_third_down_secured_and_within_a_year(terms, code):
    assert schedule.state_sale_problem(terms, on=date(2027, 3, 1)) == code
