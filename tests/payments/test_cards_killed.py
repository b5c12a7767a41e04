"""kill -9 between any two steps of a card payment, a refund and a notice: run again, one effect.

The sandbox stands for the provider and keeps what it does in the same database, so that a kill before
the nth statement or commit falls between our steps and its own alike.
"""

import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.money import yuan
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.models import (
    CardAttempt,
    CardPayout,
    CardPayoutState,
    Payment,
    PaymentState,
    ProviderNotice,
    Receipt,
    SandboxObject,
)
from tests import factories as a
from tests.auctions.door.dying import killed
from tests.payments.paying_by_card import at, expected, later, owed_back, set_to

STRIDE = int(os.environ.get("KILL_STRIDE", "7"))  # 1: before every statement


@pytest.fixture(autouse=True)
def demonstration(own_database):
    with set_to(DEMO=True):
        yield own_database


def count(model, *where) -> int:
    return db.session.scalar(select(func.count(model.id)).where(*where)) or 0


def go_on() -> None:
    """What the worker does after a restart."""
    with later(PATIENCE):
        for _ in range(3):
            cards.deliver_sandbox()
            cards.resume()


PATIENCE = timedelta(minutes=30)


def every_kill(work, check) -> None:
    """Kill before the first, the eighth, … statement until the work is over; check after each rerun."""
    step, died = 1, 0
    while killed(lambda: work(step), at=step):  # noqa: B023 -- run at once
        died += 1
        go_on()
        check(step)
        db.session.rollback()
        step += STRIDE
    assert died > 5


def test_a_payment_that_is_killed_anywhere_is_taken_once():
    waiting = {n: expected(yuan(10)).id for n in range(1, 400, STRIDE)}

    def work(step):
        payment = db.session.get_one(Payment, waiting[step])
        number = cards.pay(payer_of_id(payment), payment.reference)
        attempt = db.session.get_one(CardAttempt, number)
        choice.sandbox().pay(attempt.session_number or "", card="4242")
        cards.deliver_sandbox()
        cards.resume()

    def check(step):
        payment = db.session.get_one(Payment, waiting[step])
        attempts = db.session.scalars(select(CardAttempt).filter_by(payment_id=payment.id)).all()
        assert len(attempts) <= 1
        for attempt in attempts:
            pages = count(
                SandboxObject, SandboxObject.key == attempt.key, SandboxObject.kind == "session"
            )
            assert pages == 1
            page = choice.sandbox().session(attempt.session_number or "")
            db.session.rollback()
            if page.stands.value == "open":
                choice.sandbox().pay(page.id, card="4242")
                go_on()
        payment = db.session.get_one(Payment, waiting[step])
        received = count(Receipt, Receipt.payment_id == payment.id)
        assert (payment.state is PaymentState.RECEIVED, received) == (
            bool(attempts),
            len(attempts),
        )
        assert deals.self_check().holds

    every_kill(work, check)


def payer_of_id(payment):
    return a.Actor(None, payment.payer_id, "finance")


def test_a_refund_that_is_killed_anywhere_is_sent_once():
    ready = {}
    for step in range(1, 150, STRIDE):
        payment = expected(yuan(10))
        number = cards.pay(payer_of_id(payment), payment.reference)
        page = db.session.get_one(CardAttempt, number).session_number
        choice.sandbox().pay(page, card="4242")
        go_on()
        payout = owed_back(payment, yuan(10))
        with transaction():
            ready[step] = payments.ask_card_payout(a.operator(), payout).id
    second = a.operator()
    before = at("pending")

    def check(step):
        one = db.session.get_one(CardPayout, ready[step])
        sent = count(SandboxObject, SandboxObject.key == one.key, SandboxObject.kind == "refund")
        assert sent == (one.state is CardPayoutState.SENT)
        assert one.state in {CardPayoutState.ASKED, CardPayoutState.SENT}
        gone = count(CardPayout, CardPayout.state == CardPayoutState.SENT)
        assert at("pending") == before - yuan(10 * gone)
        assert deals.self_check().holds

    every_kill(lambda step: cards.release(second, ready[step]), check)


def test_a_notice_that_is_killed_anywhere_is_kept_and_acted_upon_once():
    payment = expected(yuan(10))
    number = cards.pay(payer_of_id(payment), payment.reference)
    choice.sandbox().pay(db.session.get_one(CardAttempt, number).session_number, card="4242")
    sandbox = choice.sandbox()
    raw = sandbox.undelivered()[0][1]
    db.session.rollback()

    def work(_step):
        cards.act_on(cards.take_in("sandbox", raw, sandbox.sign(raw)))

    step = 1
    while killed(lambda: work(step), at=step):  # noqa: B023 -- run at once
        step += 1
    assert step > 5
    work(0)
    assert (count(ProviderNotice), count(Receipt), at("pending")) == (1, 1, yuan(10))
    assert deals.self_check().holds
