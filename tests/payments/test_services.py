"""Money expected, received, misplaced, sent: what happens to it and what is refused."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.money import Money, yuan
from marketplace.ledger import queries as books
from marketplace.ledger.models import Transfer
from marketplace.organisations.services import organisations
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.payments.models import PaymentState, PayoutState
from tests import factories as a
from tests.deals.journey import seen

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def operator():
    return a.operator()


@pytest.fixture
def cashier():
    """Sends what the operator orders."""
    return a.operator()


def expected(operator, amount=None, payer=None):
    payer = payer or a.organisation()
    with transaction():
        return payments.expect(
            operator, payer, payer_id=payer.id, account="escrow:deal:7", amount=amount or yuan(100)
        )


def book(operator, payment, amount, **over):
    with transaction():
        return payments.book_receipt(operator, payment, seen(amount, **over))


def test_the_whole_amount_settles_it(operator):
    payment = expected(operator)
    book(operator, payment, yuan(100))
    assert (payment.state, payment.outstanding) == (PaymentState.RECEIVED, yuan(0))
    assert books.balance("escrow:deal:7") == yuan(100)
    assert payments.self_check().holds


def test_parts_add_up(operator):
    payment = expected(operator)
    book(operator, payment, yuan(60))
    assert (payment.state, payment.outstanding) == (PaymentState.AWAITED, yuan(40))
    book(operator, payment, yuan(40))
    assert payment.state is PaymentState.RECEIVED
    assert payments.self_check().holds


def test_too_much_goes_to_the_payers_credit_and_back(operator, cashier):
    payment = expected(operator)
    receipt = book(operator, payment, yuan(130))
    assert (receipt.excess, books.balance("escrow:deal:7")) == (yuan(30), yuan(100))
    assert queries.credits_owed(operator) == [(payment.payer, yuan(30))]
    with transaction():
        payout = payments.refund_credit(operator, payment.payer, "CNY")
    assert (payout.amount, payout.payee_id, payout.purpose) == (
        yuan(30),
        payment.payer_id,
        "refund",
    )
    assert queries.credits_owed(operator) == []
    with pytest.raises(Refused, match=r"payout\.no_credit"), transaction():
        payments.refund_credit(operator, payment.payer, "CNY")
    with transaction():
        payments.mark_sent(cashier, payout, bank_reference="x 1", sent_on=clock.today())
    assert (books.balance("bank:escrow"), payout.bank_reference) == (-yuan(100), "X1")
    assert payments.self_check().holds


def test_money_of_another_currency_settles_nothing_and_can_go_back(operator):
    payment = expected(operator)
    dollars = Money("USD", 10_000)
    receipt = book(operator, payment, dollars)
    assert (payment.state, payment.outstanding, receipt.excess) == (
        PaymentState.AWAITED,
        yuan(100),
        dollars,
    )
    assert queries.credits_owed(operator) == [(payment.payer, dollars)]
    with transaction():
        payments.refund_credit(operator, payment.payer, "USD")
    assert payments.self_check().holds


def test_money_after_the_fact_is_the_payers(operator):
    payment = expected(operator)
    with transaction():
        payments.call_off(operator, payment, because="取消")
    receipt = book(operator, payment, yuan(100))
    assert (payment.state, receipt.excess) == (PaymentState.CANCELLED, yuan(100))
    assert payments.self_check().holds


def test_the_same_receipt_twice_is_refused_and_said_clearly(operator):
    payment = expected(operator)
    book(operator, payment, yuan(10), bank_reference="ab 12")
    other = expected(operator)
    for again in (payment, other):
        with pytest.raises(Invalid) as refusal:
            book(operator, again, yuan(10), bank_reference="AB12")
        assert refusal.value.fields == {"bank_reference": "receipt.known"}
    assert books.balance("bank:escrow") == -yuan(10)


@pytest.mark.parametrize(
    ("code", "over"),
    [
        ("receipt.nothing", {"amount": yuan(0)}),
        ("receipt.nothing", {"amount": yuan(-5)}),
        ("receipt.currency", {"amount": Money("XAU", 5)}),
        ("receipt.future", {"received_on": clock.today() + timedelta(days=2)}),
        ("receipt.bank_reference", {"bank_reference": "  "}),
        ("receipt.bank_reference", {"bank_reference": "9" * 81}),
    ],
)
def test_what_the_bank_cannot_have_shown_is_refused(operator, code, over):
    payment = expected(operator)
    with pytest.raises(Invalid) as refusal:
        book(operator, payment, **{"amount": yuan(10)} | over)
    assert refusal.value.code == code
    assert payments.self_check().postings == 0


def test_only_the_exchange_books_and_pays(operator):
    payment = expected(operator)
    payer = a.actor(payment.payer, "owner")
    with pytest.raises(NotAllowed):
        book(payer, payment, yuan(100))
    with pytest.raises(NotAllowed), transaction():
        payments.book_unmatched(payer, seen(yuan(1)))
    with pytest.raises(NotAllowed), transaction():
        payments.refund_credit(payer, payment.payer, "CNY")
    for read in (queries.expected, queries.receipts, queries.payouts, queries.credits_owed):
        with pytest.raises(NotAllowed):
            read(payer)


def test_a_payment_is_found_by_its_payer_and_by_nobody_else(operator):
    payment = expected(operator)
    assert queries.get(a.actor(payment.payer), codes.shown(payment.reference)) is payment
    with pytest.raises(NotFound):
        queries.get(a.actor(a.organisation()), payment.reference)
    with pytest.raises(Invalid, match=r"payment\.code"):
        queries.get(operator, payment.reference[::-1] + "X")


def test_unplaced_money_waits_in_suspense_until_it_is_matched(operator):
    payment = expected(operator)
    with transaction():
        receipt = payments.book_unmatched(operator, seen(yuan(100)))
    assert (receipt.in_suspense, books.balance("suspense")) == (True, yuan(100))
    assert payments.self_check().holds
    with transaction():
        payments.match_receipt(operator, receipt, payment, because="户名相符")
    assert (payment.state, books.balance("suspense")) == (PaymentState.RECEIVED, yuan(0))
    assert payments.self_check().holds
    other = expected(operator)
    with pytest.raises(Refused, match=r"receipt\.placed"), transaction():
        payments.match_receipt(operator, receipt, other, because="again")


def test_unplaced_money_goes_back_once(operator):
    with transaction():
        receipt = payments.book_unmatched(operator, seen(yuan(100)))
    with transaction():
        payments.send_back(operator, receipt, bank_reference="r1", sent_on=clock.today())
    assert books.balance("bank:escrow") == yuan(0)
    assert payments.self_check().holds
    with pytest.raises(Refused, match=r"receipt\.placed"), transaction():
        payments.send_back(operator, receipt, bank_reference="r2", sent_on=clock.today())


def test_no_more_is_ordered_out_than_is_owed(operator):
    payer = a.organisation()
    payment = expected(operator, payer=payer)
    book(operator, payment, yuan(150))

    def order(key, amount):
        with transaction():
            return payments.order_payout(
                operator, payer, key=key, payee_id=payer.id, amount=amount, purpose="refund"
            )

    with pytest.raises(Refused, match=r"payout\.uncovered"):
        order("a", yuan(51))
    first = order("a", yuan(30))
    assert order("a", yuan(30)) is first
    with pytest.raises(Refused, match=r"payout\.uncovered"):
        order("b", yuan(21))
    assert order("b", yuan(20)).state is PayoutState.ORDERED


def test_a_payout_is_sent_once_and_under_its_own_number(operator, cashier):
    payer = a.organisation()
    book(operator, expected(operator, payer=payer), yuan(150))
    with transaction():
        first, second = (
            payments.order_payout(
                operator, payer, key=key, payee_id=payer.id, amount=yuan(20), purpose="refund"
            )
            for key in ("a", "b")
        )
    with transaction():
        payments.mark_sent(cashier, first, bank_reference="n1", sent_on=clock.today())
    with pytest.raises(WrongState), transaction():
        payments.mark_sent(cashier, first, bank_reference="n2", sent_on=clock.today())
    with pytest.raises(Invalid, match=r"payout\.bank_reference_known"), transaction():
        payments.mark_sent(cashier, second, bank_reference="N 1", sent_on=clock.today())
    assert payments.self_check().holds


def refund(operator, payer):
    """What was paid too much, ordered back."""
    book(operator, expected(operator, payer=payer), yuan(130))
    with transaction():
        return payments.refund_credit(operator, payer, "CNY")


def send(by, payout, number="n1"):
    with transaction():
        payments.mark_sent(by, payout, bank_reference=number, sent_on=clock.today())


def moves(payer, account="6222999", bank="深圳银行"):
    with transaction():
        organisations.set_bank_account(a.actor(payer, "finance"), payer, bank=bank, account=account)


def test_two_people_see_every_payment_out(operator, cashier):
    payout = refund(operator, a.organisation())
    with pytest.raises(Refused, match=r"payout\.four_eyes"):
        send(operator, payout)
    send(cashier, payout)
    assert payout.sent_by_id == cashier.user_id


def test_an_account_changed_after_the_order_holds_it_up_until_it_is_confirmed(operator, cashier):
    payer = a.organisation()
    payout = refund(operator, payer)
    before = payout.bank_account
    moves(payer)
    with pytest.raises(Refused, match=r"payout\.account_changed"):
        send(cashier, payout)
    assert payout.bank_account == before
    with pytest.raises(Invalid, match=r"payout\.reason"), transaction():
        payments.confirm_account(cashier, payout, because=" ")
    with transaction():
        payments.confirm_account(cashier, payout, because="按登记电话回拨财务何女士。")
    assert (payout.bank_name, payout.bank_account) == ("深圳银行", "6222999")
    with pytest.raises(Refused, match=r"payout\.four_eyes"):
        send(cashier, payout)
    send(a.operator(), payout)


def test_an_account_confirmed_and_changed_again_holds_it_up_again(operator, cashier):
    payer = a.organisation()
    payout = refund(operator, payer)
    moves(payer, "1")
    with transaction():
        payments.confirm_account(operator, payout, because="电话核实")
    moves(payer, "2")
    with pytest.raises(Refused, match=r"payout\.account_changed"):
        send(cashier, payout)


def test_nothing_is_sent_to_a_payee_without_an_account(operator, cashier):
    payer = a.organisation(bank_name="", bank_account="")
    payout = refund(operator, payer)
    for attempt in (
        lambda: send(cashier, payout),
        lambda: payments.confirm_account(cashier, payout, because="x"),
    ):
        with pytest.raises(Refused, match=r"payout\.no_account"):
            attempt()


def test_only_staff_confirm_an_account(operator):
    payer = a.organisation()
    payout = refund(operator, payer)
    with pytest.raises(NotAllowed), transaction():
        payments.confirm_account(a.actor(payer, "owner"), payout, because="x")


@pytest.mark.parametrize("what", ["receipt", "payout", "payment", "suspense"])
def test_the_proof_names_what_does_not_agree_with_the_books(operator, cashier, what):
    payer = a.organisation()
    payment = expected(operator, payer=payer)
    receipt = book(operator, payment, yuan(150))
    with transaction():
        payout = payments.refund_credit(operator, payer, "CNY")
        payments.mark_sent(cashier, payout, bank_reference="n1", sent_on=clock.today())
        loose = payments.book_unmatched(operator, seen(yuan(7)))
    assert payments.self_check().holds
    if what == "receipt":
        receipt.amount_minor += 1
    elif what == "payout":
        payout.amount_minor -= 1
    elif what == "payment":
        payment.amount_minor += 1
    else:
        loose.amount_minor += 1
    db.session.flush()
    found = {b.code for b in payments.self_check().breaks}
    assert f"break.{what}" in found
    assert db.session.query(Transfer).count() == 3


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(("receipt", "loose", "match", "return", "refund", "send", "call_off")),
        st.integers(0, 2),
        st.integers(1, 300_00),
        st.sampled_from(("CNY", "CNY", "CNY", "USD")),
    ),
    min_size=3,
    max_size=20,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=ACTIONS)
def test_whatever_is_done_in_whatever_order_the_proof_holds(operator, cashier, actions):
    """Receipts, matches, returns, refunds and payouts at random; refusals change nothing."""
    world = [expected(operator, yuan(100)) for _ in range(3)]
    loose, orders = [], []
    for kind, which, minor, currency in actions:
        payment = world[which]
        try:
            with transaction():
                match kind:
                    case "receipt":
                        payments.book_receipt(operator, payment, seen(Money(currency, minor)))
                    case "loose":
                        loose.append(
                            payments.book_unmatched(operator, seen(Money(currency, minor)))
                        )
                    case "match" if loose:
                        payments.match_receipt(operator, loose[-1], payment, because="x")
                    case "return" if loose:
                        payments.send_back(
                            operator,
                            loose[-1],
                            bank_reference=f"R{loose[-1].id}",
                            sent_on=clock.today(),
                        )
                    case "refund":
                        orders.append(payments.refund_credit(operator, payment.payer, currency))
                    case "send" if orders:
                        payments.mark_sent(
                            cashier,
                            orders[-1],
                            bank_reference=f"P{orders[-1].id}",
                            sent_on=clock.today(),
                        )
                    case "call_off":
                        payments.call_off(operator, payment, because="x")
        except Refused:
            pass
        assert payments.self_check().breaks == ()
