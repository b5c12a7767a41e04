"""Bids around the end while closers run (C-03): none is late, none in time is overtaken (I-07, I-08, I-23).

Each round is an auction in its limited period, whose leader raises his maximum around the end: that
prolongs nothing. AUCTION_ROUNDS=10000 is the full number.
"""

import os
import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select

from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Answer, Auction, AuctionEvent
from marketplace.auctions.services.door import NotAccepted, Reply
from marketplace.auctions.services.intake import micros
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM, Actor
from marketplace.jobs import closing
from marketplace.jobs.fuse import Fuse
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder
from tests.auctions.door.racing import at_once

ROUNDS = int(os.environ.get("AUCTION_ROUNDS", "300"))
ROUNDS_ON_SQLITE = min(ROUNDS, 60)  # one writer: more would only wait for each other
A_SECOND = 100  # deadlines
BIDDERS = 4  # threads
CLOSERS = 2
PATIENCE = 60.0
CLOSED_A_SECOND = 10  # at the very least, on a busy machine: many rounds take their time
DRAIN = 1_000_000  # microseconds


@dataclass(frozen=True)
class Round:
    """An auction in its limited period with a leader, and when it ends."""

    id: int
    reference: str
    leader: Actor
    ends_at: datetime


def a_round(listing, firm, ends_at: datetime) -> Round:
    auction = an_auction(listing=listing, ends_at=ends_at, opens_at=ends_at - timedelta(hours=2))
    with clock.freeze(ends_at - timedelta(hours=1)):
        leader = bidder(auction, of=firm)
        assert bid(leader, auction, START).accepted
    at(ends_at - timedelta(minutes=5), SYSTEM, auction, Command("clock"))
    return Round(auction.id, auction.reference, leader, ends_at)


def prepared(rounds: int) -> list[Round]:
    """Rounds whose ends lie close to each other, all still to come."""
    listing, firm, began = a.listing(), a.organisation(), time.monotonic()
    for _ in range(5):
        a_round(listing, firm, clock.now() - timedelta(days=1))
    each = (time.monotonic() - began) / 5
    start = clock.now() + timedelta(seconds=3 + 1.4 * each * rounds)
    made = []
    for n in range(rounds):
        if clock.now() >= start:  # a busy machine prepares fewer
            break
        made.append(a_round(listing, firm, start + timedelta(seconds=n / A_SECOND)))
    assert len(made) > rounds // 3, "the machine was too slow to prepare the rounds"
    return made


def bids_around(rounds: list[Round], place: int) -> list[tuple[Reply, int]]:
    """Every so manyth of the bids, each a few milliseconds before or after its end."""
    dice = random.Random(place)  # noqa: S311 -- reproducible, no secret
    plan = sorted(
        (one.ends_at + timedelta(seconds=dice.uniform(-0.03, 0.03)), n)
        for n, one in enumerate(rounds)
        if n % 2 == place % 2
    )
    found = []
    for when, n in plan:
        time.sleep(max(0.0, (when - clock.now()).total_seconds()))
        try:
            reply = bid(rounds[n].leader, rounds[n].reference, START + (place + 1) * 100)
        except NotAccepted as refusal:
            reply = refusal.reply
        found.append((reply, micros(rounds[n].ends_at)))
    return found


def closes(stopping: threading.Event) -> list[tuple[Reply, int]]:
    fuse = Fuse(time.monotonic)
    while not stopping.is_set():
        closing.run(fuse)
        time.sleep(0.01)
    return []


def patience(rounds: list[Round]) -> float:
    """How long after the last end all may take to be closed."""
    return max(PATIENCE, len(rounds) / CLOSED_A_SECOND)


def seconds_left(rounds: list[Round]) -> float:
    return (rounds[-1].ends_at - clock.now()).total_seconds()


def stops_when_all_are_closed(rounds: list[Round], stopping: threading.Event) -> list[object]:
    ids = [one.id for one in rounds]
    left = select(func.count()).where(Auction.state == Phase.LIMITED, Auction.id.in_(ids))
    time.sleep(max(0.0, seconds_left(rounds)))
    end = time.monotonic() + patience(rounds)
    while time.monotonic() < end and db.session.scalar(left):
        db.session.rollback()
        time.sleep(0.1)
    stopping.set()
    return []


def test_c03_i08_no_bid_is_lost_or_late_around_the_end_while_closers_run(own_database):
    on_sqlite = db.engine.dialect.name == "sqlite"
    rounds, stopping = prepared(ROUNDS_ON_SQLITE if on_sqlite else ROUNDS), threading.Event()
    works = [lambda k=k: bids_around(rounds, k) for k in range(BIDDERS)]
    works += [lambda: closes(stopping)] * CLOSERS
    works += [lambda: stops_when_all_are_closed(rounds, stopping)]
    longest = seconds_left(rounds) + patience(rounds) + PATIENCE
    calls = [call for found in at_once(own_database, works, longest) for call in found]
    db.session.rollback()
    for reply, ends_at in calls:
        assert_rightly_answered(reply, ends_at)
    for one in rounds:
        assert_closed_once(one)
    accepted = sum(reply.accepted for reply, _ in calls)
    assert 0 < accepted < len(calls), "the bids did not come near the ends"
    ids = [one.id for one in rounds]
    kept = select(func.count()).where(Answer.status == 201, Answer.auction_id.in_(ids))
    assert db.session.scalar(kept) == accepted + len(rounds)


def assert_rightly_answered(reply: Reply, ends_at: int) -> None:
    if reply.accepted:
        assert reply.body["at"] < ends_at  # I-07
    elif reply.status == 503:
        assert reply.refusal == "auction.not_accepted"
    elif reply.body["arrived"] < ends_at:  # I-08: the closer did not overtake it
        assert reply.refusal == "auction.too_low"
    else:
        assert reply.refusal in {"auction.ended", "auction.over"}


def assert_closed_once(one: Round) -> None:
    lines = db.session.scalars(
        select(AuctionEvent).filter_by(auction_id=one.id).order_by(AuctionEvent.seq)
    ).all()
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.kind for line in lines].count("closed") == 1
    assert all(earlier.at <= later.at for earlier, later in pairwise(lines))
    closed = next(line for line in lines if line.kind == "closed")
    assert closed.at >= micros(one.ends_at) + DRAIN
    bids = [line.at for line in lines if line.kind == "bid"]
    assert max(bids) < micros(one.ends_at)
