"""Whatever is done with deposits in whatever order: the books are at nought, each ends at most once."""

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.auctions.models import Hold, HoldResolution, HoldState
from marketplace.auctions.services import deposits, participating
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.jobs import auctioning as jobs
from marketplace.ledger import queries as books
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, tick
from tests.auctions.money.test_deposits import DEPOSIT, pays, qualified

pytestmark = pytest.mark.usefixtures("app")
BIDDERS = 3


def closes(auction):
    for _ in range(2):
        db.session.refresh(auction)
        with clock.freeze(auction.ends_at + timedelta(seconds=2)):
            tick(auction)
            jobs.follow()


def forfeits(hold, days):
    with clock.freeze(clock.now() + timedelta(days=days)):
        deposits.forfeit(a.operator(), hold)


BY_THEMSELVES = {  # they bring their own transactions
    "part": lambda one: pays(one.participant, DEPOSIT // 3),
    "pay": lambda one: pays(one.participant),
    "bid": lambda one: bid(one.who, one.auction, START + 1_000_000 * one.number),
    "close": lambda one: closes(one.auction),
    "alarm": lambda _: jobs.alarm(),
}
IN_ONE_TRANSACTION = {
    "leave": lambda one: participating.leave(one.who, one.participant),
    "release": lambda one: deposits.release(one.hold, because="test"),
    "propose": lambda one: deposits.propose_forfeit(a.operator(), one.hold, because="逾期"),
    "forfeit": lambda one: forfeits(one.hold, 2 * one.days),
    "spare": lambda one: deposits.spare(a.operator(), one.hold, because="异议成立"),
}
SEQUENCES = st.lists(
    st.tuples(
        st.sampled_from([*BY_THEMSELVES, *IN_ONE_TRANSACTION]),
        st.integers(0, BIDDERS - 1),
        st.integers(0, 3),
    ),
    max_size=14,
)


def does(deed, one):
    """One deed; a refusal changes nothing, and is part of any order."""
    with suppress(Refused):
        if deed in BY_THEMSELVES:
            BY_THEMSELVES[deed](one)
        else:
            with transaction():
                IN_ONE_TRANSACTION[deed](one)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sequence=SEQUENCES)
def test_l01_i31_i33_any_sequence_keeps_the_books_at_nought_and_ends_a_deposit_once(sequence):
    auction = an_auction(deposit=DEPOSIT)
    people = [qualified(auction, backup=n == 1) for n in range(BIDDERS)]
    for number, (deed, place, days) in enumerate(sequence):
        who, participant = people[place]
        of = {"auction": auction, "who": who, "participant": participant}
        hold = deposits.of(participant)
        does(deed, SimpleNamespace(**of, hold=hold, number=number, days=days))
        db.session.expire_all()

    assert payments.self_check().holds
    for hold in db.session.query(Hold).filter_by(auction_id=auction.id):
        ends = db.session.query(HoldResolution).filter_by(hold_id=hold.id).all()
        released = [end for end in ends if end.kind == "released"]
        assert len(ends) == (hold.state is HoldState.RESOLVED)
        sent = money.payouts_of(hold)
        assert len(sent) == len(released) or (hold.state is HoldState.VOID and len(sent) == 1)
        if hold.state is HoldState.HELD:
            assert books.balance(hold.account) == hold.amount
        if hold.state in {HoldState.RESOLVED, HoldState.VOID}:
            assert books.balance(hold.account).minor == 0
