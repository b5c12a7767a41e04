"""Accounts opened by two people at once, and openings that are cut short anywhere: one account."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.deals import cards
from marketplace.payments import queries
from marketplace.payments.models import PayeeAccount, PayeeAccountState, SandboxObject
from tests import factories as a
from tests.auctions.door.dying import killed
from tests.payments.paying_by_card import later, set_to

AT_THE_PROVIDER = select(func.count(SandboxObject.id)).where(SandboxObject.kind == "account")
WITH_US = select(func.count(PayeeAccount.id))


@pytest.fixture(autouse=True)
def demonstration(own_database):
    with set_to(DEMO=True):
        yield own_database


def test_two_people_of_a_payee_who_open_one_at_once_open_one(demonstration):
    payee = a.organisation()
    people = [a.actor(payee, "finance"), a.actor(payee, "owner")]
    db.session.commit()
    barrier, numbers = threading.Barrier(2), []

    def run(who) -> None:
        with demonstration.app_context():
            barrier.wait()
            numbers.append(cards.connect(who, country="SG"))
            db.session.remove()

    threads = [threading.Thread(target=run, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert (db.session.scalar(WITH_US), db.session.scalar(AT_THE_PROVIDER)) == (1, 1)


def test_an_opening_that_is_killed_anywhere_leaves_one_account_or_none():
    stride, step, died = 3, 1, 0
    payees = {n: a.organisation() for n in range(1, 200, stride)}
    people = {n: a.actor(payee, "finance") for n, payee in payees.items()}
    numbers = {n: payee.id for n, payee in payees.items()}
    db.session.commit()
    while killed(lambda: cards.connect(people[step], country="SG"), at=step):  # noqa: B023 -- run at once
        died += 1
        with later(timedelta(minutes=30)):
            cards.resume()
        found = queries.payee_accounts_of(numbers[step])
        assert [one.state for one in found] in ([], [PayeeAccountState.INCOMPLETE])
        db.session.rollback()
        step += stride

    assert died > 5
    assert db.session.scalar(AT_THE_PROVIDER) == db.session.scalar(WITH_US)
