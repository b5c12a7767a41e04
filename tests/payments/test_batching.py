"""Payment files: what goes in, who lets them out, what the bank gets, how they come back."""

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, Refused, WrongState
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.payments import orders, queries
from marketplace.payments import services as payments
from marketplace.payments.models import PayoutBatchState, PayoutState
from tests import factories as a
from tests.deals.journey import seen
from tests.payments.statements.writing import ACCOUNT, Moved, camt053

pytestmark = pytest.mark.usefixtures("app")
PAYER = orders.Payer("监管专户", "监管银行", "6200 0000 0000 0000")


@pytest.fixture
def boss():
    return a.operator()


@pytest.fixture
def clerk():
    return a.operator()


@pytest.fixture
def cashier():
    return a.operator()


def ordered(by, amount=None, **bank):
    account = {"bank_name": "工商银行", "bank_account": "6222020000001234"} | bank
    payer = a.organisation(**account)
    with transaction():
        payment = payments.expect(
            by, payer, payer_id=payer.id, account="escrow:deal:1", amount=yuan(1)
        )
        payments.book_receipt(by, payment, seen(yuan(1) + (amount or yuan(30))))
    with transaction():
        return payments.refund_credit(by, payer, "CNY")


def made(by):
    with transaction():
        return payments.make_batch(by, "CNY")


def released(by, batch):
    with transaction():
        return payments.release_batch(by, batch, PAYER)


def test_what_is_ordered_goes_into_one_file_once(boss, clerk):
    first, second = ordered(boss), ordered(boss, yuan(70))
    batch = made(clerk)
    assert (batch.payouts, batch.total) == ([first, second], yuan(100))
    with pytest.raises(Refused) as refusal:
        made(clerk)
    assert refusal.value.code == "payout_batch.nothing"
    third = ordered(boss)
    assert made(clerk).payouts == [third]


def test_a_payee_without_an_account_stays_out(boss, clerk):
    ordered(boss, bank_name="", bank_account="")
    ready = ordered(boss)
    assert made(clerk).payouts == [ready]


@pytest.mark.parametrize("who", ["boss", "clerk"])
def test_neither_who_ordered_nor_who_made_it_lets_it_out(boss, clerk, cashier, who):
    ordered(boss)
    batch = made(clerk)
    with pytest.raises(Refused) as refusal:
        released({"boss": boss, "clerk": clerk}[who], batch)
    assert refusal.value.code == "payout.four_eyes"
    released(cashier, batch)
    assert (batch.state, len(batch.sha256)) == (PayoutBatchState.RELEASED, 64)
    with pytest.raises(WrongState):
        released(cashier, batch)


def test_an_account_that_changed_meanwhile_holds_the_file_up(boss, clerk, cashier):
    payout = ordered(boss)
    batch = made(clerk)
    payout.payee.bank_account = "1"
    db.session.commit()
    with pytest.raises(Refused) as refusal:
        released(cashier, batch)
    assert refusal.value.code == "payout.account_changed"


def test_what_was_sent_otherwise_meanwhile_holds_the_file_up(boss, clerk, cashier):
    payout = ordered(boss)
    batch = made(clerk)
    with transaction():
        payments.mark_sent(cashier, payout, bank_reference="X", sent_on=clock.today())
    with pytest.raises(Refused) as refusal:
        released(cashier, batch)
    assert refusal.value.code == "payout_batch.stale"


def test_a_withdrawn_file_sets_its_payouts_free(boss, clerk, cashier):
    payout = ordered(boss)
    batch = made(clerk)
    released(cashier, batch)
    with pytest.raises(Refused), transaction():
        payments.withdraw_batch(clerk, batch, because=" ")
    with transaction():
        payments.withdraw_batch(clerk, batch, because="银行拒收")
    assert (batch.state, batch.payouts) == (PayoutBatchState.WITHDRAWN, [])
    assert made(clerk).payouts == [payout]


def test_the_banks_statement_marks_what_the_file_ordered_as_sent(boss, clerk, cashier):
    one, other = ordered(boss), ordered(boss)  # the same amount, and the same account
    other.payee.name = other.payee_name = one.payee.name
    db.session.commit()
    batch = made(clerk)
    released(cashier, batch)
    moved = [
        Moved(
            -p.amount_minor,
            name=p.payee.name,
            text=f"退款 {p.end_to_end}",
            number=f"N{p.id}",
            on=clock.today(),
        )
        for p in (other, one)
    ]
    with transaction():
        taken = deals.take_in_statement(cashier, camt053(moved), "x.xml", account=ACCOUNT)
    for line in taken.statements[0].lines:
        with transaction():
            assert deals.settle_line(cashier, line) == "booked"
    assert [p.state for p in (one, other)] == [PayoutState.SENT] * 2
    assert [p.bank_reference for p in (one, other)] == [f"N{one.id}", f"N{other.id}"]
    assert payments.self_check().holds


def test_only_staff_makes_lets_out_and_reads_files(boss, clerk):
    ordered(boss)
    batch, firm = made(clerk), a.actor(a.organisation())
    for verb in (
        lambda: payments.make_batch(firm, "CNY"),
        lambda: payments.release_batch(firm, batch, PAYER),
        lambda: payments.withdraw_batch(firm, batch, because="x"),
        lambda: queries.batches(firm),
        lambda: queries.unbatched(firm),
    ):
        with pytest.raises(NotAllowed):
            verb()
