"""Two people at the same moment, on real databases: one result, nothing twice, the books hold."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import facts, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.ledger.models import Transfer
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Grant
from marketplace.payments import queries as payments
from marketplace.payments.models import Payment, Payout, Receipt
from tests import factories as a
from tests.deals import journey


def at_once(app, *commands):
    """Every command in a thread and a transaction of its own, started together.

    The answers, in order: what it returned, or the code of its refusal.
    """
    barrier = Barrier(len(commands))

    def run(command):
        with app.app_context():
            try:
                barrier.wait(20)
                with transaction():
                    return command()
            except Refused as refusal:
                return refusal.code
            finally:
                db.session.remove()

    db.session.remove()  # nobody waits for what this thread still reads
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands))


def test_two_acceptances_of_one_exclusive_listing_open_one_deal(own_database):
    listing = a.listing()
    buyers = [a.organisation().id for _ in range(4)]
    seller, listing_id, terms = a.actor(listing.seller), listing.id, listing.terms

    def accept(buyer_id):
        return lambda: (
            deals.open_deal(
                seller, db.session.get(Listing, listing_id), buyer_id=buyer_id, terms=terms
            ).reference
        )

    answers = at_once(own_database, *(accept(buyer) for buyer in buyers))
    assert sorted(answers)[1:] == ["deal.listing_taken"] * 3
    assert [deal.reference for deal in db.session.query(Deal)] == [min(answers)]


def test_one_right_in_two_listings_is_sold_once(own_database):
    right = a.asset()
    seller, terms = a.actor(right.keeper), a.terms()
    pairs = [(a.listing(right).id, a.organisation().id) for _ in range(2)]

    def accept(listing_id, buyer_id):
        return lambda: (
            deals.open_deal(
                seller, db.session.get(Listing, listing_id), buyer_id=buyer_id, terms=terms
            ).reference
        )

    answers = at_once(own_database, *(accept(*pair) for pair in pairs))
    assert sorted(answers)[1] == "deal.right_taken"
    assert db.session.query(Deal).count() == 1


def test_both_sign_at_the_same_moment_and_press_twice(own_database):
    deal, who = journey.to(DealState.SIGNING)
    number, sha256 = deal.id, deal.contract.sha256

    def sign(by):
        return lambda: deals.sign(
            by, db.session.get(Deal, number), password_proved=True, contract_sha256=sha256
        )

    answers = at_once(own_database, *(sign(by) for by in (who.seller, who.buyer) * 3))
    assert answers == [None] * 6
    deal = db.session.get(Deal, number)
    assert (deal.state, len(deal.signatures), len(payments.of(deal))) == (DealState.PAYMENT, 2, 1)


def test_the_same_receipt_booked_by_two_is_booked_once(own_database):
    deal, who = journey.to(DealState.PAYMENT)
    number, payment_id = deal.id, journey.payment_of(deal).id

    def book():
        return deals.receive(
            who.operator,
            db.session.get(Payment, payment_id),
            journey.seen(yuan(500_000), bank_reference="ONE"),
        ).id

    answers = at_once(own_database, book, book, book)
    assert sorted(map(str, answers))[1:] == ["receipt.known"] * 2
    assert db.session.query(Receipt).count() == 1
    assert db.session.get(Deal, number).state is DealState.RECORDAL
    assert deals.self_check().breaks == ()


def test_the_same_receipt_booked_towards_two_deals_is_booked_once(own_database):
    sides = [journey.to(DealState.PAYMENT) for _ in range(2)]
    wanted = [(who.operator, journey.payment_of(deal).id) for deal, who in sides]

    def book(operator, payment_id):
        return lambda: (
            deals.receive(
                operator,
                db.session.get(Payment, payment_id),
                journey.seen(yuan(500_000), bank_reference="ONE"),
            ).id
        )

    answers = at_once(own_database, *(book(*pair) for pair in wanted))
    assert sorted(map(str, answers))[1] == "receipt.known"
    assert deals.self_check().breaks == ()


def test_parts_of_the_price_booked_at_once_add_up(own_database):
    deal, who = journey.to(DealState.PAYMENT)
    number, payment_id, buyer_id = deal.id, journey.payment_of(deal).id, deal.buyer_id

    def book(part):
        return lambda: (
            deals.receive(
                who.operator,
                db.session.get(Payment, payment_id),
                journey.seen(yuan(200_000), bank_reference=f"PART{part}"),
            ).id
        )

    at_once(own_database, *(book(part) for part in range(4)))
    deal = db.session.get(Deal, number)
    assert (deal.state, deal.in_escrow) == (DealState.RECORDAL, yuan(500_000))
    assert payments.credit(buyer_id) == yuan(300_000)
    assert deals.self_check().breaks == ()


def test_releases_pressed_together_order_one_payout(own_database):
    deal, who = journey.to(DealState.SETTLEMENT)
    number = deal.id

    def release():
        return [p.id for p in deals.release(who.operator, db.session.get(Deal, number))]

    answers = at_once(own_database, release, release, release)
    assert answers[0] == answers[1] == answers[2]
    assert db.session.query(Payout).count() == 1
    assert db.session.query(Transfer).filter_by(key=f"deal:{number}:release").count() == 1


def test_a_payout_marked_by_two_is_sent_once_and_closes_once(own_database):
    deal, who = journey.to(DealState.SETTLEMENT)
    [payout] = journey.released(deal, who)
    number, payout_id = deal.id, payout.id

    def send(bank_reference):
        return lambda: deals.send_payout(
            who.cashier,
            db.session.get(Payout, payout_id),
            bank_reference=bank_reference,
            sent_on=clock.today(),
        )

    answers = at_once(own_database, send("S1"), send("S2"))
    assert sorted(map(str, answers)) == ["None", "payout.send"]
    deal = db.session.get(Deal, number)
    assert (deal.state, queries.last_event(deal, "deal.close") is not None) == (
        DealState.CLOSED,
        True,
    )
    assert deals.self_check().breaks == ()


@pytest.mark.parametrize("_again", range(3))
def test_money_arrives_while_the_deal_is_undone(own_database, _again):
    deal, who = journey.to(DealState.PAYMENT)
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
    number, payment_id, buyer_id = deal.id, journey.payment_of(deal).id, deal.buyer_id

    def agree():
        return deals.agree_cancellation(who.seller, db.session.get(Deal, number))

    def book():
        deals.receive(
            who.operator, db.session.get(Payment, payment_id), journey.seen(yuan(500_000))
        )

    assert at_once(own_database, agree, book) == [None, None]
    deal = db.session.get(Deal, number)
    refunds = sum(p.amount_minor for p in payments.payouts_of(deal))
    assert (deal.state, deal.in_escrow) == (DealState.CANCELLED, yuan(0))
    assert refunds + payments.credit(buyer_id).minor == yuan(500_000).minor
    assert deals.self_check().breaks == ()


@pytest.mark.parametrize("_again", range(3))
def test_one_party_leaves_while_the_other_gives_the_second_signature(own_database, _again):
    deal, who = journey.to(DealState.SIGNING)
    journey.sign(deal, who.seller)
    number, sha256 = deal.id, deal.contract.sha256

    def leave():
        return deals.cancel(who.seller, db.session.get(Deal, number), because="x")

    def sign():
        deal = db.session.get(Deal, number)
        return deals.sign(who.buyer, deal, password_proved=True, contract_sha256=sha256)

    left, signed = at_once(own_database, leave, sign)
    deal = db.session.get(Deal, number)
    assert (deal.state, left, signed) in {
        (DealState.CANCELLED, None, "deal.sign"),
        (DealState.PAYMENT, "deal.cancel", None),
    }
    assert len(payments.of(deal)) == (1 if deal.state is DealState.PAYMENT else 0)


@pytest.mark.parametrize("_again", range(3))
def test_the_recordal_is_confirmed_while_the_deal_is_undone(own_database, _again):
    deal, who = journey.to(DealState.RECORDAL)
    evidence = journey.filed(deal, who.seller, facts.recordal_lacking(deal)[0][0])
    with transaction():
        deals.request_cancellation(who.buyer, deal, because="x")
        deals.confirm_evidence(who.operator, evidence)
    number = deal.id

    def agree():
        return deals.agree_cancellation(who.seller, db.session.get(Deal, number))

    def record():
        return deals.record(who.operator, db.session.get(Deal, number))

    agreed, recorded = at_once(own_database, agree, record)
    deal = db.session.get(Deal, number)
    assert (deal.state, agreed is None, recorded is None) in {
        (DealState.CANCELLED, True, False),
        (DealState.SETTLEMENT, False, True),
    }
    assert deal.in_escrow == (yuan(0) if deal.state is DealState.CANCELLED else deal.price)
    assert deals.self_check().breaks == ()


def test_a_released_price_does_not_go_back_as_well(own_database):
    deal, who = journey.to(DealState.SETTLEMENT)
    number = deal.id

    def release():
        return len(deals.release(who.operator, db.session.get(Deal, number)))

    def undo():
        return deals.request_cancellation(who.buyer, db.session.get(Deal, number), because="x")

    assert at_once(own_database, release, undo) == [1, "deal.request_cancellation"]
    assert deals.self_check().breaks == ()


def test_of_two_deals_that_conflict_one_is_signed(own_database):
    """A plain licence and an exclusive one of the same right: whoever signs second is refused."""
    listing = a.listing(terms=a.terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, months=12))
    plain, who = journey.opened(listing)
    alone, them = journey.opened(
        listing, terms=a.terms(kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, months=12)
    )
    for deal, parties in ((plain, who), (alone, them)):
        journey.answered(deal, parties)
        journey.cleared(deal, parties)
        journey.sign(deal, parties.seller)
    commands = []
    for deal, buyer in ((plain, who.buyer), (alone, them.buyer)):
        number, sha256 = deal.id, deal.contract.sha256

        def sign(number=number, sha256=sha256, buyer=buyer):
            deal = db.session.get(Deal, number)
            deals.sign(buyer, deal, password_proved=True, contract_sha256=sha256)
            return "signed"

        commands.append(sign)
    assert sorted(at_once(own_database, *commands)) == ["bundle.impossible", "signed"]
