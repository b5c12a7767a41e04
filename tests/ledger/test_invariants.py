"""The invariants of the books, L-01 to L-12, each under its name.

Races of two cashiers are in tests/deals/test_at_once.py, deposits' in tests/auctions/money.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import Money, yuan
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.ledger.models import AccountBalance, Posting, Transfer
from marketplace.listings.termsheet import LaterPart
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import BankLine, BankStatement
from tests import factories as a
from tests.deals import installing as parts
from tests.deals import journey
from tests.ink import washed

pytestmark = pytest.mark.usefixtures("app")
BANK = "bank:escrow"
ACCOUNTS = ("suspense", "escrow:deal:1", "escrow:deal:2", "org:1:payable", "commission")


def received(minor=1_000, account="suspense", key="in"):
    amount = Money("CNY", minor)
    return ledger.transfer(key, "in", {BANK: -amount, account: amount})


def test_l01_a_transfer_that_does_not_balance_never_commits():
    with pytest.raises(ValueError, match="unbalanced"):
        ledger.transfer("slip", "slip", {BANK: -yuan(2), "suspense": yuan(1)})
    assert db.session.scalar(select(func.count(Transfer.id))) == 0


def test_l01_nor_does_one_that_goes_past_the_service():
    entry = received()
    row = {"transfer_id": entry.id, "account": "suspense", "currency": "CNY", "minor": 7}
    db.session.execute(insert(Posting).values(created_at=clock.now(), **row))
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="does not balance"), db.session.begin_nested():
            db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert "break.unbalanced" in [one.code for one in ledger.self_check().breaks]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(("move", "reverse")),
        st.sampled_from((BANK, *ACCOUNTS)),
        st.sampled_from((BANK, *ACCOUNTS)),
        st.integers(1, 10**12),
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_l02_l05_what_we_hold_is_what_we_owe_and_balances_are_their_postings(moves):
    """After every step; and at each moment of the past it is what it was then."""
    history = {}
    with db.session.begin_nested() as savepoint:
        start, made = clock.now(), []
        for n, (what, source, target, minor) in enumerate(moves):
            if source == target:
                continue
            at = start + timedelta(seconds=n)
            with clock.freeze(at):
                try:
                    if what == "reverse" and made:
                        ledger.reverse(made[minor % len(made)], because="undone")
                    else:
                        amount = Money("CNY", minor)
                        lines = {source: -amount, target: amount}
                        made.append(ledger.transfer(f"t{n}", "move", lines))
                except Refused as refusal:
                    assert refusal.code == "ledger.overdrawn"  # noqa: PT017 -- some draws are
            held, owed = -books.balance(BANK).minor, sum(books.balance(x).minor for x in ACCOUNTS)
            assert held == owed >= 0
            history[at] = {name: books.balance(name) for name in (BANK, *ACCOUNTS)}
        assert ledger.self_check().breaks == ()
        for at, then in history.items():
            assert {name: books.balance(name, as_of=at) for name in then} == then
        savepoint.rollback()


@pytest.mark.parametrize(("account", "wrong"), [("suspense", -1), (BANK, 1)])
def test_l03_no_account_stands_on_the_wrong_side_of_zero_whoever_writes(account, wrong):
    received()
    spoil = update(AccountBalance).where(AccountBalance.account == account).values(minor=wrong)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(spoil)


@pytest.mark.parametrize("model", [Transfer, Posting])
def test_l04_what_is_booked_stays_as_it_is(model):
    received()
    changes = [update(model).values(created_at=clock.now()), delete(model)]
    for change in changes:
        with pytest.raises(DBAPIError, match="append only"), db.session.begin_nested():
            db.session.execute(change)


def test_l04_a_slip_is_taken_back_by_its_mirror_image_once():
    entry = received()
    back = [ledger.reverse(entry, because="booked twice") for _ in range(2)]
    assert (back[0] is back[1], back[0].reverses, books.balance("suspense")) == (
        True,
        entry,
        yuan(0),
    )
    with pytest.raises(Refused) as refusal:
        ledger.reverse(back[0], because="no")
    assert refusal.value.code == "ledger.reversal"
    assert ledger.self_check().holds


def test_l04_money_that_has_gone_on_cannot_be_taken_back():
    entry = received()
    ledger.transfer("on", "on", {"suspense": -yuan(4), "org:1:payable": yuan(4)})
    with pytest.raises(Refused) as refusal:
        ledger.reverse(entry, because="too late")
    assert refusal.value.code == "ledger.overdrawn"


def test_l05_a_balance_that_was_changed_is_found_and_named():
    received()
    db.session.execute(update(AccountBalance).values(minor=AccountBalance.minor * 2))
    found = [(one.code, one.facts["account"]) for one in ledger.self_check().breaks]
    assert found == [("break.balance", BANK), ("break.balance", "suspense")]


def test_l06_one_event_is_one_transfer_whoever_writes():
    entry = received()
    assert received() is entry
    row = {"key": "in", "memo": "again", "created_at": clock.now()}
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(insert(Transfer).values(row))


@pytest.mark.parametrize("minor", [50, 99, 101, 3_333_333, 999_999_999_999])
def test_l07_the_parts_of_a_price_make_up_the_price_to_the_last_fen(minor):
    terms = a.terms(price=Money("CNY", minor))
    deal, who = journey.to(DealState.SETTLEMENT, a.listing(terms=terms))
    payouts = journey.released(deal, who)
    parts = sum(p.amount_minor for p in payouts) + books.balance(money.COMMISSION).minor
    assert (parts, books.balance(deal.escrow_account)) == (minor, yuan(0))


def test_l06_an_instalment_is_one_transfer_however_often_it_is_released():
    deal, who = parts.sold()
    for _ in range(3):
        parts.released(deal, who, 1)
    of_it = select(func.count(Transfer.id)).where(Transfer.key == f"deal:{deal.id}:release:1")
    assert db.session.scalar(of_it) == 1


@pytest.mark.parametrize("minor", [7, 101, 3_333_333, 999_999_999_999])
def test_l07_the_parts_of_all_instalments_make_up_the_price_to_the_last_fen(minor):
    today = clock.today()
    shares = (LaterPart(3_333, today), LaterPart(3_333, today))
    deal, who = parts.sold(agreed=parts.terms(*shares, price=Money("CNY", minor)))
    for number in (2, 3):
        parts.paid(deal, who, number)
    payouts = journey.released(deal, who)
    paid = sum(p.amount_minor for p in payouts) + books.balance(money.COMMISSION).minor
    assert (paid, books.balance(deal.escrow_account)) == (minor, yuan(0))


def test_l08_over_instalments_the_lender_is_whole_before_the_seller_gets_a_fen():
    listing, lender = a.listing(terms=parts.terms()), a.organisation()
    a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=yuan(160_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, parts.paid, journey.recorded):
        step(deal, who)
    assert {p.payee_id for p in journey.released(deal, who)} == {lender.id}
    assert books.balance(money.COMMISSION) == yuan(0)
    parts.paid(deal, who, 2)
    journey.released(deal, who)
    to_lender = [p.amount for p in money.payouts_of(deal) if p.payee_id == lender.id]
    assert to_lender == [yuan(150_000), yuan(10_000)]


def test_l09_an_instalment_goes_out_only_when_its_own_money_is_in():
    deal, who = parts.sold(DealState.PAYMENT)
    parts.paid(deal, who, 2)  # the second before the first: escrow holds it, the first is not paid
    parts.paid(deal, who, 1, yuan(1))
    with pytest.raises(Refused) as refusal:
        parts.released(deal, who, 1)
    assert (refusal.value.code, deal.in_escrow) == ("deal.release", yuan(150_001))


def test_l11_a_refund_of_instalments_is_no_more_than_came_in_for_them():
    deal, who = parts.sold(DealState.RECORDAL)
    parts.paid(deal, who, 2, yuan(7))
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
        deals.agree_cancellation(who.seller, deal)
    assert [p.amount for p in money.payouts_of(deal)] == [yuan(150_007)]
    assert deals.self_check().holds


def test_l08_while_a_pledge_stands_the_lender_is_paid_before_the_seller():
    listing = a.listing()
    lender = a.organisation()
    a.pledge(listing.assets[0], lender_id=lender.id, amount_minor=yuan(499_000).minor)
    deal, who = journey.opened(listing)
    journey.proven(deal, who, "pledgee_consent")
    for step in (journey.cleared, journey.signed, journey.paid, journey.recorded):
        step(deal, who)
    paid = {p.payee_id: p.amount for p in journey.released(deal, who)}
    assert paid == {lender.id: yuan(499_000)}  # the thousand that is left is the commission's
    assert books.balance(money.COMMISSION) == deal.price - yuan(499_000)


def test_l09_nothing_is_ordered_out_that_did_not_come_in():
    firm = a.organisation()
    with pytest.raises(Refused) as refusal, transaction():
        payments.order_payout(
            a.operator(), firm, key="k", payee_id=firm.id, amount=yuan(1), purpose="refund"
        )
    assert refusal.value.code == "payout.uncovered"


def debited(day):
    statement = BankStatement(
        sha256="0" * 64, place=0, filename="x", format="MT940", account="62", currency="CNY",
        entries=1, remarks=[],
    )  # fmt: skip
    return a.keep(
        BankLine(
            statement=statement, account="62", currency="CNY", fingerprint="0" * 64, turn=1,
            booked_on=day, minor=-100,
        )
    )  # fmt: skip


def test_l10_while_a_debit_is_unexplained_nothing_is_ordered_out():
    deal, who = journey.to(DealState.SETTLEMENT)
    line = debited(clock.today() - timedelta(days=30))
    with pytest.raises(Refused) as refusal:
        journey.released(deal, who)
    assert refusal.value.code == "payout.bank_break"
    assert deal.in_escrow == deal.price
    line.booked_on = clock.today()
    db.session.commit()
    assert journey.released(deal, who)


def test_l11_no_more_goes_back_than_came_in():
    payer, boss = a.organisation(), a.operator()
    with transaction():
        payment = payments.expect(
            boss, payer, payer_id=payer.id, account="escrow:deal:1", amount=yuan(10)
        )
        payments.book_receipt(boss, payment, journey.seen(yuan(13)))
    with transaction():
        refund = payments.refund_credit(boss, payer, "CNY")
    assert refund.amount == yuan(3)
    with pytest.raises(Refused) as refusal, transaction():
        payments.refund_credit(boss, payer, "CNY")
    assert refusal.value.code == "payout.no_credit"


def test_l12_who_orders_money_out_does_not_say_that_it_went():
    deal, who = journey.to(DealState.SETTLEMENT)
    [payout, *_] = journey.released(deal, who)
    with pytest.raises(Refused) as refusal, transaction():
        deals.send_payout(who.operator, payout, bank_reference="P1", sent_on=clock.today())
    assert refusal.value.code == "payout.four_eyes"


def test_f15_tampering_with_a_line_is_found_and_named():
    entry = received()
    with washed("posting"):
        db.session.execute(update(Posting).where(Posting.account == "suspense").values(minor=1_001))
    unbalanced = ledger.self_check().breaks[0]
    assert (unbalanced.code, unbalanced.facts["transfer"]) == ("break.unbalanced", entry.id)
