"""The exchange's own book follows the clients' book, and no transfer mixes them."""

from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.ledger.queries import Book
from marketplace.organisations.models import Organisation
from marketplace.payments import accounting
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import PayoutState
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")


def settled():
    """A deal of 500,000 yuan from start to close: a fee of 10,000 of it lies in the clients' book."""
    return journey.to(DealState.CLOSED)


def followed():
    with transaction():
        return payments.follow()


def sent(by, payout):
    with transaction():
        payments.mark_sent(by, payout, bank_reference="S1", sent_on=clock.today())


def own(name):
    return books.balance(f"own:{name}")


def with_account(actor, account=("示例银行广州分行", "6222000000000000001")):
    exchange = db.session.get(Organisation, actor.organisation)
    exchange.bank_name, exchange.bank_account = account
    db.session.commit()


def test_a_fee_earned_is_revenue_and_tax_and_is_held_by_the_clients_book():
    settled()
    assert followed() == 1
    assert own("held_by_clients_book") == -yuan(10_000)
    assert own("revenue:commission").minor == 943_396
    assert own("vat:output").minor == 56_604
    assert deals.self_check().holds


def test_following_twice_enters_once():
    settled()
    followed()
    assert followed() == 0
    assert own("held_by_clients_book") == -yuan(10_000)


def test_a_reversal_takes_revenue_and_tax_back():
    earned = {"suspense": -yuan(10_000), "commission": yuan(10_000)}
    with transaction():
        ledger.transfer("in", "in", {"bank:escrow": -yuan(10_000), "suspense": yuan(10_000)})
        entry = ledger.transfer("deal:7:release", "earned", earned)
    followed()
    assert own("revenue:commission")
    with transaction():
        ledger.reverse(entry, because="booked to the wrong deal")
    followed()
    names = ("held_by_clients_book", "revenue:commission", "vat:output")
    assert [own(name) for name in names] == [yuan(0)] * 3


def test_what_is_swept_arrives_in_our_bank_once_the_bank_has_sent_it():
    _, who = settled()
    with_account(who.operator)
    with transaction():
        payout = payments.sweep(who.operator, "CNY")
    followed()
    assert (payout.amount, payout.purpose) == (yuan(10_000), "sweep")
    assert (own("held_by_clients_book"), own("in_transit")) == (yuan(0), -yuan(10_000))
    assert money.held_for_us() == []
    sent(who.cashier, payout)
    followed()
    assert payout.state is PayoutState.SENT
    assert (own("in_transit"), own("bank")) == (yuan(0), -yuan(10_000))
    assert deals.self_check().holds


def test_who_ordered_the_sweep_does_not_send_it():
    _, who = settled()
    with_account(who.operator)
    with transaction():
        payout = payments.sweep(who.operator, "CNY")
    with pytest.raises(Refused) as refusal:
        sent(who.operator, payout)
    assert refusal.value.code == "payout.four_eyes"


def test_nothing_is_swept_where_nothing_is_ours_or_no_account_is_named():
    operator = a.operator()
    with_account(operator, ("", ""))
    with pytest.raises(Refused) as without_account:
        payments.sweep(operator, "CNY")
    with_account(operator)
    with pytest.raises(Refused) as nothing:
        payments.sweep(operator, "CNY")
    assert [without_account.value.code, nothing.value.code] == [
        "sweep.no_account",
        "sweep.nothing",
    ]


def test_only_the_exchange_sweeps():
    with pytest.raises(NotAllowed):
        payments.sweep(a.actor(a.organisation()), "CNY")


def test_a_transfer_that_mixes_the_books_is_refused():
    lines = {"bank:escrow": -yuan(1), "own:revenue:commission": yuan(1)}
    with pytest.raises(ValueError, match="unbalanced"):
        ledger.transfer("mixed", "mixed", lines)


def test_each_book_is_in_balance_by_itself():
    _, who = settled()
    followed()
    for book in Book:
        accounts = books.accounts(who.operator, book=book)
        assert accounts
        assert sum(one.balance.minor for one in accounts) == 0
        assert {one.book for one in accounts} == {book}


def test_the_proof_names_the_currency_in_which_the_books_disagree():
    settled()
    followed()
    lines = {accounting.HELD: -yuan(1), "own:unexplained": yuan(1)}
    with transaction():
        ledger.transfer("slip", "slip", lines)
    assert [one.code for one in deals.self_check().breaks] == ["break.own_book"]


def test_the_months_say_what_was_earned_and_what_of_it_is_tax():
    _, who = settled()
    followed()
    (month,) = money.months(who.operator)
    assert (month.commission.minor, month.tax.minor) == (943_396, 56_604)
    assert month.result == month.commission


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("deal:7:release", "commission"),
        ("deal:7:release:reversed", "commission"),
        ("hold:3:shares", "forfeit"),
        ("bank_line:9:fee", "charges"),
        ("sweep:1", "sweep"),
        ("anything else", "other"),
    ],
)
def test_the_cause_is_read_from_the_key_of_the_transfer(key, cause):
    assert accounting.cause(key) == cause


def test_an_entry_belongs_to_the_moment_of_what_it_follows_not_to_when_it_was_made():
    settled()
    earned = clock.now()
    with clock.freeze(earned + timedelta(days=40)):
        followed()
        assert books.balance("own:vat:output", as_of=earned + timedelta(days=1)).minor == 56_604
