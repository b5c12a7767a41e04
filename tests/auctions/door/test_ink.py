"""The second wall: the database itself keeps the log whole."""

import pytest
from sqlalchemy import Float, Numeric, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from marketplace.auctions.engine import canonical
from marketplace.auctions.models import Answer, AuctionEvent, Award, Participant
from marketplace.core import clock
from marketplace.core.db import Base, db
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, bidder, bidders

pytestmark = pytest.mark.usefixtures("app")
LOG = AuctionEvent.__table__


def line(auction, seq, **over):
    return {
        "auction_id": auction.id,
        "seq": seq,
        "kind": "bid",
        "at": 1,
        "body": "{}",
        "hash": f"hash of {auction.id} {seq}",
        "created_at": clock.now(),
    } | over


@pytest.mark.parametrize(
    "attack",
    [
        update(LOG).values(body="{}"),
        delete(LOG),
        text("UPDATE auction_event SET hash = 'x'"),
    ],
)
def test_i24_no_line_of_the_log_is_changed_or_deleted(attack):
    an_auction()
    with pytest.raises(DatabaseError, match="append only"), db.session.begin_nested():
        db.session.execute(attack)


def test_i24_the_log_is_not_truncated():
    an_auction()
    with pytest.raises(DatabaseError, match=r"append only|syntax error"), db.session.begin_nested():
        db.session.execute(text("TRUNCATE auction_event CASCADE"))


@pytest.mark.parametrize("step", [0, 2, 7])
def test_i24_no_number_of_the_log_is_left_out_or_given_twice(step):
    auction = an_auction()
    with pytest.raises(DatabaseError), db.session.begin_nested():
        db.session.execute(insert(LOG).values(**line(auction, auction.seq + step)))


def test_i24_lines_of_one_statement_follow_each_other():
    auction = an_auction()
    first = auction.seq + 1
    db.session.execute(insert(LOG), [line(auction, n) for n in range(first, first + 3)])
    last = select(AuctionEvent.seq).filter_by(auction_id=auction.id).order_by(AuctionEvent.seq)
    assert db.session.scalars(last).all() == list(range(1, first + 3))


def test_i24_each_line_holds_the_hash_of_the_one_before():
    auction = an_auction()
    one, two = bidders(auction, 2)
    bid(one, auction, START)
    bid(two, auction, START + 500_000)
    lines = db.session.scalars(
        select(AuctionEvent).filter_by(auction_id=auction.id).order_by(AuctionEvent.seq)
    ).all()
    assert [one.seq for one in lines] == list(range(1, len(lines) + 1))
    prev = ""
    for entry in lines:
        assert f'"prev":"{prev}"' in entry.body
        prev = canonical.leaf_hash(entry.body.encode())
        assert entry.hash == prev


def test_i14_no_column_holds_a_float():
    floats = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name.startswith(("auction", "participant", "award", "hold"))
        for column in table.columns
        if isinstance(column.type, Float | Numeric)
    ]
    assert floats == []


def test_i14_a_float_has_no_canonical_spelling():
    with pytest.raises(ValueError, match="float"):
        canonical.canonical({"amount": 1.5})


def an_award(auction, participant, ordinal, **over):
    return Award(
        auction=auction,
        participant=participant,
        ordinal=ordinal,
        event_seq=1,
        price_minor=START,
        currency="CNY",
        **over,
    )


def added(record):
    with db.session.begin_nested():
        db.session.add(record)
        db.session.flush()


def test_i22_one_award_stands_at_a_time():
    auction = an_auction()
    bidder(auction)
    who = db.session.scalars(select(Participant).filter_by(auction_id=auction.id)).one()
    a.keep(an_award(auction, who, 1))
    with pytest.raises(IntegrityError):
        added(an_award(auction, who, 2))


def test_i22_no_third_award_even_when_both_have_ended():
    auction = an_auction()
    bidder(auction)
    who = db.session.scalars(select(Participant).filter_by(auction_id=auction.id)).one()
    a.keep(an_award(auction, who, 1, ended_at=clock.now()))
    a.keep(an_award(auction, who, 2, ended_at=clock.now()))
    for ordinal in (1, 2, 3):
        with pytest.raises(IntegrityError):
            added(an_award(auction, who, ordinal))


def test_i27_a_key_is_answered_once():
    auction = an_auction()
    row = {
        "auction_id": auction.id,
        "user_id": 7,
        "key": "k",
        "fingerprint": "f",
        "status": 201,
        "receipt": "{}",
        "created_at": clock.now(),
    }
    db.session.execute(insert(Answer.__table__).values(**row))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(insert(Answer.__table__).values(**row))
