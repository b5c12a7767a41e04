"""Outages: known by the pauses of the clock's pulse, and given back to those who were bidding.

An interval in which nobody could bid, or in which time itself was wrong, and which touches the last
cycle of a limited period, prolongs it (§ 2.12 of the specification; 网络司法拍卖规定 art. 28 leaves
technical causes to the platform).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Beat
from marketplace.auctions.services import door
from marketplace.auctions.services.intake import micros
from marketplace.core import clock
from marketplace.core.db import db, one_at_a_time
from marketplace.core.policy import SYSTEM

NAME = "closer"
EVERY = timedelta(seconds=1)
OUTAGE = timedelta(seconds=10)


@dataclass(frozen=True)
class Interval:
    """From the last moment that was good to the first that is good again."""

    start: datetime
    end: datetime


def last_beat() -> datetime | None:
    """When the clock last gave a sign of life."""
    return db.session.scalar(select(Beat.beat_at).where(Beat.name == NAME))


def beat() -> Interval | None:
    """Give a sign of life; after a pause too long, prolong what it touched, and say how long it was."""
    one_at_a_time("auctions beat")
    now, row = clock.now(), db.session.scalar(select(Beat).where(Beat.name == NAME))
    if row is None:
        db.session.add(Beat(name=NAME, beat_at=now))
        return None
    last, row.beat_at = row.beat_at, now
    if abs(now - last) < OUTAGE:
        return None
    outage = Interval(min(last, now), now)
    prolong(outage)
    return outage


def prolong(outage: Interval) -> int:
    """Give every period whose end an interval touched its time back; how many there were."""
    touched = 0
    span = {"since": micros(outage.start), "until": micros(outage.end)}
    running = db.session.scalars(
        select(Auction.id)
        .where(Auction.state.in_((Phase.LIMITED, Phase.OPEN)), Auction.ends_at > outage.start)
        .order_by(Auction.id)
    ).all()
    for auction_id in running:
        reply = door.execute(SYSTEM, auction_id, Command("outage", None, span))
        touched += bool(reply.events)
    return touched
