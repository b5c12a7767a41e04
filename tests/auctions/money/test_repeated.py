"""An auction after one that sold nothing: its start, its round, who may not bid (I-35)."""

from datetime import datetime, timedelta

import pytest

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Hold
from marketplace.auctions.services import drafting, planning
from marketplace.core import clock, working_days
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid
from marketplace.listings.models import PriceMode
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid
from tests.auctions.money.test_deposits import DEPOSIT, admitted, closed

pytestmark = pytest.mark.usefixtures("app")


def plan(start=START, **over):
    day = clock.today() + timedelta(days=25)
    while not working_days.is_working(day):
        day += timedelta(days=1)
    ends = datetime(day.year, day.month, day.day, 10, tzinfo=clock.BEIJING)
    opens = ends - timedelta(days=1)
    return planning.Plan(format=Format.ENGLISH, start=start, opens_at=opens, ends_at=ends, **over)


def failed():
    listing = a.listing(price_mode=PriceMode.AUCTION)
    auction = an_auction(listing=listing, deposit=DEPOSIT, reserve=START * 2)
    who, _ = admitted(auction)
    bid(who, auction, START)
    closed(auction)
    assert auction.state is Phase.FAILED
    return auction, a.actor(auction.seller)


def test_i35_a_repeated_auction_starts_at_four_fifths_or_more():
    auction, seller = failed()

    with pytest.raises(Invalid) as refused, transaction():
        drafting.draft(seller, auction.listing, plan(START * 8 // 10 - 100))
    with transaction():
        again = drafting.draft(seller, auction.listing, plan(START * 8 // 10))

    assert refused.value.fields == {"start": "auction.relist_too_low"}
    assert (again.parent_id, again.rules.parent, again.rules.round) == (
        auction.id,
        auction.reference,
        2,
    )


def test_i35_the_start_cannot_be_lowered_afterwards_and_the_round_stays():
    auction, seller = failed()
    with transaction():
        again = drafting.draft(seller, auction.listing, plan())

    with pytest.raises(Invalid), transaction():
        drafting.revise(seller, again, plan(START // 2))
    with transaction():
        drafting.revise(seller, again, plan(START * 9 // 10))

    assert (again.rules.start, again.rules.round) == (START * 9 // 10, 2)


def test_i35_no_deposit_is_carried_over():
    auction, seller = failed()
    with transaction():
        again = drafting.draft(seller, auction.listing, plan(deposit=DEPOSIT))

    assert db.session.query(Hold).filter_by(auction_id=again.id).count() == 0
    [hold] = db.session.query(Hold).filter_by(auction_id=auction.id)
    assert hold.resolution.kind == "released"


def test_an_auction_of_a_listing_that_had_none_is_the_first_round():
    listing = a.listing(price_mode=PriceMode.AUCTION)
    with transaction():
        first = drafting.draft(a.actor(listing.seller), listing, plan())

    assert (first.parent_id, first.rules.round) == (None, 1)
