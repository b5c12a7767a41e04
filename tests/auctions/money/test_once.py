"""Deposits under races, deaths and any order of things: each resolved once, the books at nought (I-31)."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions.models import Auction, Hold, HoldResolution, HoldState
from marketplace.auctions.services import closing, deposits
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.deals.models import Deal, DealState
from marketplace.jobs import auctioning
from marketplace.ledger import queries as books
from marketplace.payments import services as payments
from marketplace.payments.models import Payout
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, tick
from tests.auctions.door.dying import killed
from tests.auctions.door.racing import at_once
from tests.auctions.money.test_deposits import DEPOSIT, admitted
from tests.deals import journey

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def held(firm=None):
    """A deposit on the books."""
    _, participant = admitted(an_auction(deposit=DEPOSIT), firm=firm)
    return deposits.of(participant).id


def hold_of(number):
    return db.session.get_one(Hold, number)


def resolutions(number):
    db.session.rollback()
    kinds = select(HoldResolution.kind).where(HoldResolution.hold_id == number)
    return [kind.value for kind in db.session.scalars(kinds)]


def on_the_books(number):
    """All that the end of a deposit may change."""
    db.session.rollback()
    hold = db.session.get_one(Hold, number, populate_existing=True)
    payouts = db.session.scalar(select(func.count()).select_from(Payout))
    return hold.state, books.balance(hold.account).minor, resolutions(number), payouts


def released(number):
    with transaction():
        deposits.release(hold_of(number), because="lost")


def test_c06_release_forfeit_and_price_at_once_end_a_deposit_once(own_database):
    ends = Counter()
    for _ in range(4):
        deal, _who = journey.to(DealState.PAYMENT)
        deal_id, buyer = deal.id, deal.buyer
        number = held(buyer)
        with clock.freeze(clock.now() - timedelta(days=6)), transaction():
            deposits.propose_forfeit(a.operator(), hold_of(number), because="逾期未签约")
        second = a.operator()
        account = hold_of(number).account
        db.session.rollback()

        def forfeits(number=number, second=second):
            with suppress(Refused), transaction():
                deposits.forfeit(second, hold_of(number))

        def applies(number=number, deal_id=deal_id):
            with transaction():
                deposits.apply_to_price(hold_of(number), db.session.get_one(Deal, deal_id))

        at_once(
            own_database,
            [lambda number=number: released(number), forfeits, applies] * 2,
        )

        [end] = resolutions(number)
        ends[end] += 1
        assert books.balance(account).minor == 0
        assert payments.self_check().holds
        db.session.rollback()
    assert sum(ends.values()) == 4


@pytest.mark.usefixtures("own_database")
def test_f02_a_release_killed_between_any_two_statements_is_all_or_nothing():
    number = held()
    before, deaths = on_the_books(number), 0
    for step in range(1, 60):
        if not killed(lambda: released(number), at=step):
            break
        deaths += 1
        assert on_the_books(number) == before
    assert deaths >= 5
    released(number)
    state, balance, ends, payouts = on_the_books(number)
    assert (state, balance, ends) == (HoldState.RESOLVED, 0, ["released"])
    assert payouts == before[3] + 1
    assert payments.self_check().holds


@pytest.mark.usefixtures("own_database")
def test_f02_a_closing_killed_anywhere_leaves_the_losers_deposit_where_it_was():
    auction = an_auction(deposit=DEPOSIT)
    winner, _ = admitted(auction)
    loser, lost = admitted(auction)
    bid(loser, auction, START)
    bid(winner, auction, START + 1_000_000)
    number, auction_id, over = deposits.of(lost).id, auction.id, auction.ends_at
    with clock.freeze(over):
        tick(auction)
    db.session.rollback()
    over = db.session.get_one(Auction, auction_id, populate_existing=True).ends_at

    def close():
        with clock.freeze(over + timedelta(seconds=2)), transaction():
            closing.act(auction_id)

    before, deaths = on_the_books(number), 0
    for step in range(3, 300, 6):
        if not killed(close, at=step):
            break
        deaths += 1
        assert on_the_books(number) == before
    assert deaths >= 3
    assert on_the_books(number)[1:3] == (0, ["released"])


@pytest.mark.usefixtures("app")
def test_i33_however_often_a_deposit_is_given_back_one_payment_is_ordered():
    number = held()
    before = on_the_books(number)[3]
    for _ in range(3):
        released(number)

    assert on_the_books(number)[1:] == (0, ["released"], before + 1)


@pytest.mark.usefixtures("own_database")
def test_f04_a_worker_killed_while_it_follows_auctions_orders_each_payment_once():
    auction = an_auction(deposit=DEPOSIT)
    (winner, _), (loser, lost) = admitted(auction), admitted(auction)
    bid(loser, auction, START)
    bid(winner, auction, START + 1_000_000)
    number, before = deposits.of(lost).id, on_the_books(deposits.of(lost).id)[3]
    with clock.freeze(auction.ends_at):
        tick(auction)
    over = db.session.get_one(Auction, auction.id, populate_existing=True).ends_at
    later = over + timedelta(seconds=2)
    auction_id = auction.id

    def works():
        with clock.freeze(later):
            with transaction():
                closing.act(auction_id)
            auctioning.follow()

    deaths = sum(killed(works, at=step) for step in range(1, 160, 9))
    works()
    db.session.rollback()

    assert deaths >= 3
    assert on_the_books(number)[1:] == (0, ["released"], before + 1)
    assert payments.self_check().holds
