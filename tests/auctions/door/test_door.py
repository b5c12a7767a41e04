"""The one door: what it lets in, what it answers, and that it answers the same again."""

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from tests.auctions.auctioning import START, an_auction, bid, bidders

pytestmark = pytest.mark.usefixtures("app")


def count(model, **where) -> int:
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


def test_a_bid_is_logged_and_answered_with_a_receipt():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    before = auction.seq
    reply = bid(one, auction, START)
    db.session.refresh(auction)
    assert (reply.status, reply.body["price"], reply.body["leads"]) == (201, START, True)
    assert (auction.seq, auction.price_minor, auction.bid_count) == (before + 1, START, 1)
    assert reply.body["events"] == [auction.head]
