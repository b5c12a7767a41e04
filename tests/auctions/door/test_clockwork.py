"""The clock of auctions: a loop of its own, each transition once, one failure holds up nobody."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.auctions.services import closing
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.jobs import closing as job
from marketplace.jobs import schedule
from marketplace.jobs.fuse import Fuse
from marketplace.jobs.worker import Worker
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder
from tests.auctions.door.racing import at_once

AT_ONCE = 50
SECONDS = 5.0


def run() -> bool:
    return job.run(Fuse(time.monotonic))


def due_now(listing=None) -> Auction:
    """In its limited period, its end and drain past."""
    ends_at = clock.now() - timedelta(seconds=3)
    auction = an_auction(ends_at=ends_at, opens_at=ends_at - timedelta(hours=1), listing=listing)
    with clock.freeze(ends_at - timedelta(minutes=30)):
        assert bid(bidder(auction), auction, START).accepted
    at(ends_at - timedelta(minutes=5), SYSTEM, auction, Command("clock"))
    return auction


def phase_of(auction_id: int) -> Phase | None:
    db.session.rollback()
    return db.session.scalar(select(Auction.state).where(Auction.id == auction_id))


@pytest.mark.usefixtures("app")
def test_an_auction_passes_from_publication_to_its_close_by_the_clock_alone():
    opens = clock.now()
    auction = an_auction(opens_at=opens, opened=False)
    auction_id, seen = auction.id, []
    for when in (
        opens - timedelta(seconds=1),
        opens,
        opens + timedelta(hours=1),
        opens + timedelta(hours=1, minutes=5),
        opens + timedelta(hours=1, minutes=5, seconds=1),
    ):
        with clock.freeze(when):
            run()
        seen.append(phase_of(auction_id))
    assert seen[:4] == [Phase.PUBLISHED, Phase.FREE, Phase.LIMITED, Phase.LIMITED]
    assert seen[4] in {Phase.CLOSED, Phase.FAILED}


@pytest.mark.usefixtures("app")
def test_i23_what_is_over_stays_as_it_is_however_often_the_clock_comes():
    auction_id = due_now().id
    while run():
        pass
    row = select(Auction.seq, Auction.head).where(Auction.id == auction_id)
    before = db.session.execute(row).one()
    assert [run() for _ in range(3)] == [False] * 3
    assert db.session.execute(row).one() == before


@pytest.mark.usefixtures("app")
def test_an_auction_that_fails_holds_up_no_other(monkeypatch):
    bad, good = due_now().id, due_now().id
    act = closing.act

    def failing(auction_id):
        if auction_id == bad:
            raise RuntimeError("indigestible")
        return act(auction_id)

    monkeypatch.setattr(closing, "act", failing)
    run()
    assert (phase_of(bad), phase_of(good)) == (Phase.LIMITED, Phase.CLOSED)


@pytest.mark.usefixtures("app")
def test_more_than_a_page_of_auctions_is_found():
    wanted = closing.AT_ONCE + 3
    listing, opens = a.listing(), clock.now() - timedelta(minutes=1)
    ids = [an_auction(listing=listing, opens_at=opens, opened=False).id for _ in range(wanted)]
    assert list(closing.due()) == ids


def test_the_auctions_have_a_loop_of_their_own(own_database, monkeypatch):
    ran = []
    monkeypatch.setattr(
        schedule, "AUCTIONS", (schedule.Job("auctions", timedelta(0), lambda: ran.append("a")),)
    )
    monkeypatch.setattr(
        schedule, "JOBS", (schedule.Job("long", timedelta(0), lambda: ran.append("long")),)
    )
    Worker(own_database, of_auctions=True).round()
    assert ran == ["a"]
    Worker(own_database).round()
    assert ran == ["a", "long"]


def test_t6_auctions_that_end_together_are_closed_in_seconds_by_two_workers(own_database):
    """The target is 300 in five seconds; 50 here, so that it holds on a busy machine."""
    listing = a.listing()
    ids = [due_now(listing).id for _ in range(AT_ONCE)]
    db.session.remove()

    def until_nothing_is_due():
        while run():
            db.session.remove()

    began = time.monotonic()
    at_once(own_database, [until_nothing_is_due] * 2)
    took = time.monotonic() - began
    open_ones = select(func.count()).where(Auction.state == Phase.LIMITED)
    closed = select(func.count()).where(
        AuctionEvent.kind == "closed", AuctionEvent.auction_id.in_(ids)
    )
    assert (db.session.scalar(open_ones), db.session.scalar(closed)) == (0, AT_ONCE)
    assert took < SECONDS
