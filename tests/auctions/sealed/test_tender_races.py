"""Jurors at once: every sheet counts once, and the points are frozen exactly once."""

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, AuctionEvent, JurorState
from marketplace.auctions.queries import jury as queries
from marketplace.auctions.services import checking
from marketplace.core.db import db
from marketplace.core.errors import WrongState
from tests.auctions.auctioning import bidders, code_of
from tests.auctions.door.racing import at_once
from tests.auctions.sealed.test_opening import now
from tests.auctions.tendering import a_jury, a_tender, gives, puts, to_jury


def judged():
    """A tender before its jury: the auction, its codes, the jurors as actor and number."""
    auction = a_tender()
    firms = bidders(auction)
    for firm in firms:
        puts(firm, auction, 12_000_000)
    jury = a_jury(auction)
    to_jury(auction)
    codes = [code_of(firm, auction) for firm in firms]
    return auction.id, codes, [(actor, Seat(juror.id)) for actor, juror in jury]


class Seat:
    """A juror's number: rows of a session are not handed from thread to thread."""

    def __init__(self, number):
        self.id = number


def kinds(auction_id):
    db.session.rollback()
    rows = db.session.query(AuctionEvent.kind).filter_by(auction_id=auction_id)
    return [kind for (kind,) in rows.order_by(AuctionEvent.seq)]


def test_all_jurors_at_once_freeze_the_points_once(own_database):
    auction_id, codes, jury = judged()
    at_once(
        own_database,
        [
            lambda actor=actor, seat=seat, n=n: gives(actor, seat, {c: [n, n] for c in codes})
            for n, (actor, seat) in enumerate(jury)
        ],
    )
    told = kinds(auction_id)
    assert (told.count("scored"), told.count("unsealed"), told.count("closed")) == (1, 1, 1)


def test_one_juror_twice_at_once_counts_once(own_database):
    auction_id, codes, jury = judged()
    actor, seat = jury[0]

    def once(points):
        try:
            gives(actor, seat, {c: [points, points] for c in codes})
        except WrongState:
            return False
        return True

    taken = at_once(own_database, [lambda n=n: once(n) for n in range(6)])
    assert sorted(taken) == [False] * 5 + [True]
    assert "scored" not in kinds(auction_id)
    for other in jury[1:]:
        gives(*other, {c: [50, 50] for c in codes})
    assert kinds(auction_id).count("scored") == 1
    auction = now(db.session.get_one(Auction, auction_id))
    assert auction.state is Phase.CLOSED
    assert checking.faults_of(auction) == []
    assert {one.state for one in queries.of_auction(auction)} == {JurorState.GIVEN}
