"""From the closing of a licence to money passed on: reported, queried, paid, audited, reminded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.events import Event
from marketplace.core.money import Money, yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.ledger import queries as books
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.payments import queries as money
from marketplace.payments.models import PaymentState, PayoutState
from marketplace.royalties import queries
from marketplace.royalties import services as royalties
from marketplace.royalties.models import AuditState, RoyaltyStatement, StatementState
from marketplace.royalties.services import Line
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
TERMS = Terms(
    kind=DealKind.LICENCE,
    price=yuan(100_000),
    grant=Grant.NON_EXCLUSIVE,
    months=36,
    royalty_bps=300,
    royalty_base=RoyaltyBase.NET_SALES,
)
SOLD = [Line("膜组件", 1_000, 50_000_00, 2_000_00)]  # 48,000 yuan of net sales


def licensed(**over):
    listing = a.listing(terms=replace(TERMS, **over))
    return journey.to(DealState.CLOSED, listing)


def later(days=200):
    return clock.freeze(clock.now() + timedelta(days=days))


def opened():
    with transaction():
        royalties.open_due()
    return db.session.query(RoyaltyStatement).order_by(RoyaltyStatement.number).all()


def reported(who, statement, lines=SOLD):
    with transaction():
        royalties.submit(who.buyer, statement, lines)


def code_of(act, *args, **over):
    with pytest.raises(Refused) as refusal, transaction():
        act(*args, **over)
    return refusal.value.code


def test_each_period_that_is_over_has_its_statement_once():
    licensed()
    assert opened() == []
    with later():
        first = opened()
        assert [one.state for one in first] == [StatementState.DUE] * len(first)
        assert [one.number for one in first] == list(range(1, len(first) + 1))
        assert opened() == first


def test_a_licence_without_a_rate_has_none():
    licensed(royalty_bps=None, royalty_base=None)
    with later():
        assert opened() == []


def test_reporting_works_out_the_royalty_and_asks_for_it_within_its_days():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        assert (statement.state, statement.royalty) == (StatementState.SUBMITTED, yuan(1_440))
        (payment,) = queries.payments_of(statement)
        assert (payment.amount, payment.payer_id) == (yuan(1_440), statement.deal.buyer_id)
        assert statement.pay_by <= statement.report_by + timedelta(days=15)


def test_what_is_paid_is_passed_on_to_the_licensor_whole_and_once():
    deal, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        (payment,) = queries.payments_of(statement)
        with transaction():
            deals.receive(who.operator, payment, journey.seen(payment.amount))
        for _ in range(2):
            with transaction():
                royalties.pass_on()
        (payout,) = money.payouts_of(statement)
        assert (payout.payee_id, payout.amount) == (deal.seller_id, yuan(1_440))
        assert payout.state is PayoutState.ORDERED
        assert books.balance(statement.account) == yuan(0)
        assert deals.self_check().holds


def test_while_a_pledge_stands_its_holder_comes_first():
    deal, who = licensed()
    lender = a.organisation()
    a.pledge(deal.assets[0], lender=lender, amount_minor=1_000_00)
    with later():
        statement = opened()[0]
        reported(who, statement)
        (payment,) = queries.payments_of(statement)
        with transaction():
            deals.receive(who.operator, payment, journey.seen(payment.amount))
        with transaction():
            royalties.pass_on()
        sums = {one.payee_id: one.amount for one in money.payouts_of(statement)}
        assert sums == {lender.id: yuan(1_000), deal.seller_id: yuan(440)}


def test_paid_late_interest_is_asked_for_once_and_never_on_interest():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        (payment,) = queries.payments_of(statement)
        day = statement.pay_by + timedelta(days=10)
    with clock.freeze(clock.start_of(day) + timedelta(hours=10)):
        with transaction():
            deals.receive(who.operator, payment, journey.seen(payment.amount))
        for _ in range(2):
            with transaction():
                royalties.pass_on()
        _, interest = queries.payments_of(statement)
        assert interest.amount == Money("CNY", 720)  # 1,440 yuan, 5 in 10,000 a day, 10 days
        with transaction():
            deals.receive(who.operator, interest, journey.seen(interest.amount))
        with transaction():
            royalties.pass_on()
        assert len(queries.payments_of(statement)) == 2


def test_periods_are_reported_in_their_order():
    _, who = licensed()
    with later():
        statements = opened()
        assert code_of(royalties.submit, who.buyer, statements[1], SOLD) == "royalty.earlier_open"


def test_after_a_query_the_figures_change_and_the_old_payment_is_called_off():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        with transaction():
            royalties.query(who.seller, statement, because="少报了出口部分")
        reported(who, statement, [Line("膜组件", 2_000, 100_000_00)])
        old, new = queries.payments_of(statement)
        assert (old.state, new.amount) == (PaymentState.CANCELLED, yuan(3_000))


def test_once_money_came_in_the_figures_stand():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        (payment,) = queries.payments_of(statement)
        with transaction():
            deals.receive(who.operator, payment, journey.seen(yuan(1)))
            royalties.query(who.seller, statement, because="核对")
        assert code_of(royalties.submit, who.buyer, statement, SOLD) == "royalty.paid"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "royalty.no_line"),
        ([Line(" ", 1, 100)], "royalty.product"),
        ([Line("x", 1, 100, 101)], "royalty.figures"),
        ([Line("x", -1, 100)], "royalty.figures"),
        ([Line("x", 1, -100)], "royalty.figures"),
    ],
)
def test_figures_that_cannot_be_are_refused(lines, code):
    _, who = licensed()
    with later():
        statement = opened()[0]
        with pytest.raises(Invalid) as refusal:
            royalties.submit(who.buyer, statement, lines)
        assert (refusal.value.code, statement.state) == (code, StatementState.DUE)


def test_paid_past_the_exchange_nothing_more_is_expected_here():
    _, who = licensed()
    with later():
        statement = opened()[0]
        assert (
            code_of(royalties.confirm_direct, who.seller, statement, on=clock.today())
            == "royalty.not_reported"
        )
        reported(who, statement)
        with transaction():
            royalties.confirm_direct(who.seller, statement, on=clock.today())
        (payment,) = queries.payments_of(statement)
        assert payment.state is PaymentState.CANCELLED
        (year,) = queries.report(who.seller)
        assert (year.reported, year.received) == (yuan(1_440), yuan(1_440))


def test_an_audit_is_noticed_answered_and_what_is_short_is_asked_for():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        day = clock.today() + timedelta(days=15)
        with transaction():
            audit = royalties.ask_audit(
                who.seller, statement, accountant="信义所", begins_on=day, because="核对"
            )
            royalties.answer_audit(who.buyer, audit, answer="广州办公室")
            royalties.conclude_audit(
                who.seller, audit, short=yuan(100), document=None, because="漏报一批"
            )
        assert (audit.state, audit.licensee_bears_cost) == (AuditState.CONCLUDED, True)
        assert queries.payments_of(statement)[-1].amount == yuan(100)
        again = code_of(
            royalties.ask_audit,
            who.seller,
            statement,
            accountant="信义所",
            begins_on=day,
            because="核对",
        )
        assert again == "royalty_audit.too_often"


def test_an_audit_without_notice_is_refused():
    _, who = licensed()
    with later():
        statement = opened()[0]
        reported(who, statement)
        soon = clock.today() + timedelta(days=14)
        asked = {"accountant": "信义所", "begins_on": soon, "because": "核对"}
        assert (
            code_of(royalties.ask_audit, who.seller, statement, **asked) == "royalty_audit.notice"
        )


def test_who_may_report_judge_and_see():
    deal, who = licensed()
    with later():
        statement = opened()[0]
        with pytest.raises(NotAllowed):
            royalties.submit(who.seller, statement, SOLD)
        with pytest.raises(NotAllowed):
            royalties.submit(a.actor(deal.buyer, "viewer"), statement, SOLD)
        reported(who, statement)
        for stranger in (who.buyer, who.operator, a.actor(a.organisation())):
            with pytest.raises(NotAllowed):
                royalties.accept(stranger, statement)
        with pytest.raises(NotFound):
            queries.get(a.actor(a.organisation()), statement.reference)
        with transaction():
            royalties.accept(who.seller, statement)
        with pytest.raises(WrongState):
            royalties.query(who.seller, statement, because="x")


def test_what_is_late_is_reminded_of_once_a_week():
    licensed()
    with later():
        opened()
    with later(400):
        for _ in range(2):
            with transaction():
                royalties.remind()
        first = db.session.query(Event).filter_by(kind="royalty_statement.report_late").count()
        assert first == db.session.query(RoyaltyStatement).count()
    with later(408), transaction():
        royalties.remind()
    assert (
        db.session.query(Event).filter_by(kind="royalty_statement.report_late").count() == 2 * first
    )
