"""A right that lapses, is sealed by a court or newly pledged stops its auction, whoever is at work."""

from datetime import timedelta

import pytest

from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import Burden, BurdenState, LegalStatus, PledgeState
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, OrderKind
from marketplace.auctions.services import door, guarding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auctioning as jobs
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState
from tests import factories as a
from tests.auctions.auctioning import an_auction, at, bid, bidders, tick
from tests.auctions.control.test_controlling import ordered, proposed, staff
from tests.auctions.door.racing import at_once

__all__ = ["staff"]
pytestmark = pytest.mark.usefixtures("app")


def fresh(auction) -> Auction:
    db.session.expire_all()
    return db.session.get_one(Auction, auction.id)


def right_of(auction):
    return auction.listing.assets[0]


def causes_of(auction) -> list[str]:
    log = door.log_of(auction.id)
    return [event.public["reason"] for event in log if event.kind == "suspended"]


def becomes(auction, status) -> None:
    with transaction():
        right_of(auction).status = status


def sealed_by_a_court(auction, **over) -> Burden:
    return a.keep(
        Burden(
            **{
                "asset": right_of(auction),
                "kind": BurdenKind.FREEZE,
                "holder_name": "广州知识产权法院",
                "starts_on": clock.today(),
                "state": BurdenState.CONFIRMED,
            }
            | over
        )
    )


def a_minute_later(work):
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        return work()


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (LegalStatus.LAPSED, "right_ended"),
        (LegalStatus.EXPIRED, "right_ended"),
        (LegalStatus.INVALIDATED, "right_invalidated"),
    ],
)
def test_a_right_that_ends_stops_its_auction_and_no_more_bids_are_taken(status, cause):
    auction = an_auction()
    first, _ = bidders(auction)
    assert bid(first, auction, 10_000_000).accepted
    becomes(auction, status)
    assert jobs.guard() is True
    assert fresh(auction).state is Phase.SUSPENDED
    assert causes_of(auction) == [cause]
    assert bid(first, auction, 11_000_000).refusal == "auction.suspended"


def test_a_freeze_by_a_court_stops_it_and_a_second_look_finds_nothing_to_do():
    auction = an_auction()
    sealed_by_a_court(auction)
    assert [jobs.guard(), jobs.guard()] == [True, False]
    assert causes_of(auction) == ["right_frozen"]


def test_a_pledge_stops_it_only_where_it_came_after_the_announcement():
    old, new = an_auction(), an_auction()
    with clock.freeze(clock.now() - timedelta(days=30)):
        a.pledge(right_of(old))
    a_minute_later(lambda: a.pledge(right_of(new)))
    declared = an_auction()
    a_minute_later(lambda: a.pledge(right_of(declared), state=PledgeState.DECLARED))
    jobs.guard()
    assert [fresh(one).state for one in (old, declared)] == [Phase.FREE, Phase.FREE]
    assert (fresh(new).state, causes_of(new)) == (Phase.SUSPENDED, ["right_pledged"])


def test_an_auction_whose_right_stands_is_left_alone():
    auction = an_auction()
    assert jobs.guard() is False
    assert fresh(auction).state is Phase.FREE


def test_an_announced_auction_does_not_open_and_runs_its_full_length_once_it_may(staff):
    opens = clock.now() + timedelta(days=2)
    auction = an_auction(opened=False, opens_at=opens)
    length = auction.ends_at - opens
    burden = sealed_by_a_court(auction)
    jobs.guard()
    with clock.freeze(opens + timedelta(hours=1)):
        tick(auction)
        assert fresh(auction).state is Phase.SUSPENDED
        with transaction():
            db.session.get_one(Burden, burden.id).state = BurdenState.LIFTED
        goes_on = opens + timedelta(hours=4)
        ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    with clock.freeze(goes_on + timedelta(seconds=1)):
        tick(auction)
        tick(auction)
    found = fresh(auction)
    assert found.state is Phase.FREE
    assert found.ends_at - (goes_on + timedelta(seconds=1)) == length


def test_one_that_is_back_before_its_day_opens_and_ends_as_announced(staff):
    opens = clock.now() + timedelta(days=2)
    auction = an_auction(opened=False, opens_at=opens)
    ends = auction.ends_at
    ordered(staff, auction, OrderKind.SUSPEND)
    goes_on = clock.now() + timedelta(hours=3)
    ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    at(goes_on, SYSTEM, auction, Command("clock"))
    assert fresh(auction).state is Phase.PUBLISHED
    at(opens, SYSTEM, auction, Command("clock"))
    assert (fresh(auction).state, fresh(auction).ends_at) == (Phase.FREE, ends)


def test_a_falling_price_begins_at_its_start_after_a_late_opening(staff):
    opens = clock.now() + timedelta(days=1)
    auction = an_auction(
        Format.DUTCH,
        opened=False,
        opens_at=opens,
        ends_at=opens + timedelta(hours=2),
        floor=5_000_000,
        decrement=500_000,
        interval=600,
    )
    ordered(staff, auction, OrderKind.SUSPEND)
    goes_on = opens + timedelta(hours=5)
    with clock.freeze(opens + timedelta(hours=1)):
        ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    for _ in range(2):
        at(goes_on, SYSTEM, auction, Command("clock"))
    bidder = bidders(auction, 1)[0]
    reply = at(
        goes_on + timedelta(minutes=11),
        bidder,
        auction,
        Command("accept", None, {"expected_price": 9_500_000}),
    )
    assert reply.accepted, reply.refusal
    assert fresh(auction).price_minor == 9_500_000


def test_nobody_resumes_it_while_the_right_is_gone_and_two_people_do_afterwards(staff):
    auction = an_auction()
    becomes(auction, LegalStatus.LAPSED)
    jobs.guard()
    goes_on = clock.now() + timedelta(hours=3)
    with pytest.raises(Refused) as refused:
        proposed(staff[0], auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    assert refused.value.code == "auction_order.right_barred"
    becomes(auction, LegalStatus.IN_FORCE)
    ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    at(goes_on, SYSTEM, auction, Command("clock"))
    assert jobs.guard() is False
    assert fresh(auction).state is Phase.FREE


def test_a_pledge_that_two_people_have_looked_at_does_not_stop_it_again(staff):
    auction = an_auction(free_ends_at=clock.now() + timedelta(days=2))
    a_minute_later(lambda: a.pledge(right_of(auction)))
    with clock.freeze(clock.now() + timedelta(minutes=2)):
        assert jobs.guard() is True
        goes_on = clock.now() + timedelta(hours=3)
        ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    at(goes_on, SYSTEM, auction, Command("clock"))
    with clock.freeze(goes_on + timedelta(minutes=1)):
        assert jobs.guard() is False
        a.pledge(right_of(auction))
        with clock.freeze(goes_on + timedelta(minutes=3)):
            assert jobs.guard() is True
    assert causes_of(auction) == ["right_pledged", "right_pledged"]


def test_bidders_seller_and_desk_are_told_and_the_page_says_why(client, sign_in):
    auction = an_auction()
    bidders(auction)
    sealed_by_a_court(auction)
    jobs.guard()
    told = [row.kind for row in db.session.query(Event).order_by(Event.id)]
    assert told.count("participant.suspended") == 2
    assert {"auction.suspend", "auction.right_at_risk"} <= set(told)
    page = client.get(f"/auctions/{auction.reference}").text
    assert "标的权利被法院查封或保全" in page
    desk = sign_in(a.exchange()).get(f"/console/auction-control/{auction.reference}").text
    assert "标的权利被法院查封或保全" in desk


def test_the_stop_is_in_the_log_that_anyone_verifies(staff):
    auction = an_auction()
    first, _ = bidders(auction)
    bid(first, auction, 10_000_000)
    becomes(auction, LegalStatus.LAPSED)
    jobs.guard()
    becomes(auction, LegalStatus.IN_FORCE)
    goes_on = clock.now() + timedelta(hours=3)
    ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=goes_on)
    at(goes_on, SYSTEM, auction, Command("clock"))
    for _ in range(2):
        at(fresh(auction).ends_at + timedelta(seconds=2), SYSTEM, auction, Command("clock"))
    assert fresh(auction).state is Phase.CLOSED
    assert door.log_of(auction.id)[-1].public["leader"] is not None


def test_a_listing_bound_by_its_auction_does_not_run_out_in_the_middle():
    auction = an_auction()
    with transaction():
        auction.listing.reconfirm_by = clock.now() + timedelta(minutes=1)
        listings.bind(auction.listing, auction.reference)
    with clock.freeze(clock.now() + timedelta(hours=1)), transaction():
        assert listings.expire_due() == 0
    assert db.session.get_one(Listing, auction.listing_id).state is ListingState.PUBLISHED


def test_a_stop_of_one_that_is_over_does_nothing():
    auction = an_auction()
    sealed_by_a_court(auction)
    jobs.guard()
    with transaction():
        assert guarding.stop(auction.id) is False


def test_two_workers_stop_it_once_and_bids_beside_them_are_answered(own_database):
    auction = an_auction()
    first, second = bidders(auction)
    becomes(auction, LegalStatus.LAPSED)
    number, reference = auction.id, auction.reference
    db.session.rollback()

    def worker():
        with transaction():
            return guarding.stop(number)

    def bidder():
        return bid(first, reference, 10_000_000).refusal in {None, "auction.suspended"}

    found = at_once(own_database, [worker, worker, bidder, worker])
    assert sorted([found[0], found[1], found[3]]) == [False, False, True]
    assert found[2] is True
    assert bid(second, reference, 11_000_000).refusal == "auction.suspended"
    kinds = [event.kind for event in door.log_of(number)]
    assert kinds.count("suspended") == 1
