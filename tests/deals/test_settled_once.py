"""Settling and refunding under deaths, races and any order of things: one effect, the books at nought."""

import os
import random
import secrets

import pytest
from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.money import yuan
from marketplace.deals import papers, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Basis, Deal, DealState, DepositPayment, Outcome, Repayment
from marketplace.documents import typeset
from marketplace.ledger import queries as books
from marketplace.ledger.models import Transfer
from marketplace.payments import queries as payments
from marketplace.payments.models import Payment, PaymentState, Payout
from tests import factories as a
from tests.auctions.door.dying import killed
from tests.auctions.door.racing import at_once
from tests.deals import installing as parts
from tests.deals import journey

ROUNDS = int(os.environ.get("LEDGER_OPERATIONS", "90"))
CHANGED, AWAITED = (Payout, Transfer, Payment, DepositPayment, Repayment), PaymentState.AWAITED


def deal_of(number):
    return db.session.get_one(Deal, number)


def on_the_books(number):
    """All that a settlement or a refund may change."""
    db.session.rollback()
    deal = db.session.get_one(Deal, number, populate_existing=True)
    counts = tuple(db.session.scalar(select(func.count()).select_from(model)) for model in CHANGED)
    counts += (len(list(db.session.scalars(select(Payment.id).filter_by(state=AWAITED)))),)
    return deal.state, deal.in_escrow, books.balance(payments.COMMISSION), counts


def dies_at_every_step(work, number):
    """Kill it before each of its statements and commits: nothing is left of it. The number of deaths."""
    before, deaths = on_the_books(number), 0
    while killed(work, at=deaths + 1):
        deaths += 1
        assert on_the_books(number) == before
    return deaths


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("own_database")
def test_a_settlement_killed_between_any_two_statements_is_all_or_nothing():
    deal, who = journey.to(DealState.SETTLEMENT)
    number = deal.id

    def settle():
        with transaction():
            deals.release(who.operator, deal_of(number))

    assert dies_at_every_step(settle, number) > 10
    settle()  # the last child went through: again is once
    _, escrow, commission, _ = on_the_books(number)
    assert (escrow, commission) == (yuan(0), yuan(10_000))
    assert [p.amount for p in payments.payouts_of(deal_of(number))] == [yuan(490_000)]
    assert deals.self_check().breaks == ()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("own_database")
def test_a_refund_killed_between_any_two_statements_is_all_or_nothing():
    deal, who = journey.to(DealState.RECORDAL)
    with transaction():
        dispute = deals.raise_dispute(who.buyer, deal, because="x")
        deals.propose_decision(
            who.operator,
            dispute,
            deals.Decision(Outcome.SPLIT, Basis.EXCHANGE, "各担一半", yuan(250_000)),
        )
    number, second = deal.id, a.operator()

    def refund():
        with transaction():
            found = queries.open_dispute(deal_of(number))
            if found is not None:
                deals.decide_dispute(second, found)

    assert dies_at_every_step(refund, number) > 10
    refund()
    state, escrow, commission, _ = on_the_books(number)
    assert (state, escrow, commission) == (DealState.CANCELLED, yuan(0), yuan(0))
    assert [p.amount for p in payments.payouts_of(deal_of(number))] == [yuan(250_000)] * 2
    assert deals.self_check().breaks == ()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("own_database")
def test_an_instalment_killed_between_any_two_statements_is_released_whole_or_not_at_all():
    deal, who = parts.sold()
    number = deal.id

    def settle():
        with transaction():
            deals.release_instalment(who.operator, deal_of(number).instalments[0])

    assert dies_at_every_step(settle, number) > 10
    settle()
    state, escrow, commission, _ = on_the_books(number)
    assert (state, escrow, commission) == (DealState.SETTLEMENT, yuan(0), yuan(3_000))
    assert [p.amount for p in payments.payouts_of(deal_of(number))] == [yuan(147_000)]
    assert parts.states(deal_of(number)) == ["released", "due", "planned"]
    assert deals.self_check().breaks == ()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("own_database")
def test_the_last_instalment_is_waived_and_the_deal_closed_whole_or_not_at_all(monkeypatch):
    deal, who = parts.sold()
    paper = typeset.print_paper(papers.certificate(deal, completed_at=clock.now(), code="X"))
    monkeypatch.setattr(typeset, "print_paper", lambda _: paper)  # its threads outlive no fork
    parts.paid(deal, who, 2)
    for number in (1, 2):
        parts.released(deal, who, number)
    parts.confirmed(deal, who, 3)
    journey.sent(deal, who)
    number = deal.id

    def waive():
        with transaction():
            line = deal_of(number).instalments[2]
            if not line.has_ended:
                deals.waive_instalment(who.seller, line, because="x")

    assert dies_at_every_step(waive, number) > 10
    waive()
    state, escrow, commission, counts = on_the_books(number)
    assert (state, escrow, commission) == (DealState.CLOSED, yuan(0), yuan(6_000))
    assert (parts.states(deal_of(number))[2], counts[-1]) == ("waived", 0)
    assert deals.self_check().breaks == ()


def test_two_people_release_one_instalment_at_once_and_the_money_of_another_comes_in(own_database):
    deal, who = parts.sold()
    number, staff = deal.id, [who.operator, a.operator()]
    db.session.rollback()

    def release(by):
        def work():
            with transaction():
                deals.release_instalment(by, deal_of(number).instalments[0])

        return work

    def pay():
        with transaction():
            line = deal_of(number).instalments[1]
            deals.receive(who.operator, line.payment, journey.seen(line.amount))

    at_once(own_database, [release(staff[0]), release(staff[1]), pay])
    db.session.rollback()
    assert [p.amount for p in payments.payouts_of(deal_of(number))] == [yuan(147_000)]
    assert parts.states(deal_of(number)) == ["released", "paid", "planned"]
    assert deals.self_check().breaks == ()


def test_a_milestone_is_confirmed_twice_and_waived_at_once_and_is_asked_for_once(own_database):
    deal, who = parts.sold()
    parts.declared(deal, who, 3)
    number = deal.id
    db.session.rollback()
    answers = []

    def doing(verb, by, **over):
        def work():
            try:
                with transaction():
                    verb(by, deal_of(number).instalments[2], **over)
                answers.append("done")
            except Refused as refusal:
                answers.append(refusal.code)

        return work

    at_once(
        own_database,
        [
            doing(deals.confirm_milestone, who.buyer),
            doing(deals.confirm_milestone, who.buyer),
            doing(deals.waive_instalment, who.seller, because="x"),
        ],
    )
    db.session.rollback()
    asked = [p for p in payments.of(deal_of(number)) if p.amount == yuan(200_000)]
    assert len(asked) <= 1
    assert answers.count("done") == 1 + len(asked)
    assert parts.states(deal_of(number))[2] == "waived"


def test_two_people_release_one_deal_at_once_and_a_third_disputes_it(own_database):
    deal, who = journey.to(DealState.SETTLEMENT)
    number, staff = deal.id, [who.operator, a.operator()]
    db.session.rollback()
    answers = []

    def release(by):
        def work():
            try:
                with transaction():
                    answers.append(len(deals.release(by, deal_of(number))))
            except Refused as refusal:
                answers.append(refusal.code)

        return work

    def dispute():
        with transaction():
            deals.raise_dispute(who.buyer, deal_of(number), because="x")

    at_once(own_database, [release(staff[0]), release(staff[1]), dispute])
    db.session.rollback()
    orders = payments.payouts_of(deal_of(number))
    assert set(answers) <= {1, "deal.disputed"}
    assert len(orders) == (1 if 1 in answers else 0)
    assert all(one.held for one in orders)
    assert deals.self_check().breaks == ()


@pytest.mark.usefixtures("own_database")  # every step is committed: the database's own checks fire
def test_whatever_happens_in_whatever_order_the_books_add_up():
    """A seeded walk: LEDGER_OPERATIONS says how long; a seed that fails is in the message."""
    seed = os.environ.get("LEDGER_SEED") or secrets.token_hex(4)
    walk = random.Random(seed)  # noqa: S311 -- no secret: it can be walked again
    deal_list = [journey.to(state) for state in (DealState.PAYMENT, DealState.RECORDAL) * 2]
    deal_list += [journey.to(DealState.SETTLEMENT) for _ in range(3)]
    deal_list += [parts.sold(state) for state in (DealState.PAYMENT, DealState.SETTLEMENT) * 2]
    deal_list += [parts.sold(agreed=parts.terms(milestones=(parts.MILESTONE,)))]
    done = 0
    for turn in range(ROUNDS):
        deal, who = walk.choice(deal_list)
        step = walk.choice(STEPS)
        try:
            with transaction():
                step(walk, deal, who)
            done += 1
        except Refused:
            pass
        where = f"seed {seed}, turn {turn}, {step.__name__}"
        assert_sound(where)
        if turn % 20 == 0:
            assert deals.self_check().breaks == (), where
    assert done > 0
    assert deals.self_check().breaks == (), f"seed {seed}"


def assert_sound(where):
    balances = books.balances("")
    assert sum(balances.values()) == 0, where
    wrong = {k: v for k, v in balances.items() if (v > 0 if k[0].startswith("bank:") else v < 0)}
    assert not wrong, where


def _pay(walk, deal, who):
    for payment in payments.of(deal):
        deals.receive(who.operator, payment, journey.seen(yuan(walk.randint(1, 600_000))))
        if deal.instalments and walk.random() < 0.5:
            break


def _release(_, deal, who):
    deals.release(who.operator, deal)


def _send(walk, deal, who):
    orders = list(payments.payouts_of(deal))
    if orders:
        one = walk.choice(orders)
        number = f"W{walk.randrange(10**12):012d}"
        deals.send_payout(who.cashier, one, bank_reference=number, sent_on=clock.today())


def _dispute(_, deal, who):
    deals.raise_dispute(who.buyer, deal, because="x")


def _end(walk, deal, who):
    dispute = queries.open_dispute(deal)
    if dispute is None:
        return
    if walk.random() < 0.3:
        deals.withdraw_dispute(who.buyer, dispute)
        return
    refund = yuan(walk.randint(1, 400_000))
    outcome = walk.choice(list(Outcome))
    deals.propose_decision(
        who.operator, dispute, deals.Decision(outcome, Basis.EXCHANGE, "x", refund)
    )
    deals.decide_dispute(who.cashier, dispute)


def _undo(_, deal, who):
    deals.request_cancellation(who.buyer, deal, because="x")
    deals.agree_cancellation(who.seller, deal)


def _one(walk, deal):
    return walk.choice(deal.instalments) if deal.instalments else None


def _release_one(walk, deal, who):
    if line := _one(walk, deal):
        deals.release_instalment(who.operator, line)


def _reach(walk, deal, who):
    if line := _one(walk, deal):
        proof = a.document(organisation_id=who.seller.organisation_id)
        deals.declare_milestone(who.seller, line, reached_on=clock.today(), proof=proof)
        deals.confirm_milestone(who.buyer, line)


def _waive(walk, deal, who):
    if line := _one(walk, deal):
        deals.waive_instalment(who.seller, line, because="x")


STEPS = (_pay, _pay, _release, _release_one, _reach, _waive, _send, _dispute, _end, _end, _undo)
