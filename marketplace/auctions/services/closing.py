"""What the clock does: any number of workers, each transition once, each in its own transaction."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Auction
from marketplace.auctions.services import door
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM

AT_ONCE = 20


def due() -> Iterator[int]:
    """Which auctions the clock has business with, those that waited longest first; no lock."""
    after: tuple[datetime, int] | None = None
    while True:
        wanted = select(Auction.due_at, Auction.id).where(Auction.due_at <= _now())
        if after:
            last_due, last_id = after
            later = and_(Auction.due_at == last_due, Auction.id > last_id)
            wanted = wanted.where(or_(Auction.due_at > last_due, later))
        found = db.session.execute(wanted.order_by(Auction.due_at, Auction.id).limit(AT_ONCE)).all()
        db.session.rollback()  # the next read is of what is there then
        if not found:
            return
        yield from (row[1] for row in found)
        after = (found[-1][0], found[-1][1])


def act(auction_id: int) -> bool:
    """Do what is due in one auction, unless another worker is at it or was there before."""
    claimed = db.session.scalar(
        select(Auction.id)
        .where(Auction.id == auction_id, Auction.due_at <= _now())
        .with_for_update(skip_locked=True, key_share=True)
    )
    if claimed is None:
        return False
    return bool(door.execute(SYSTEM, claimed, Command("clock")).events)


def _now() -> datetime | ColumnElement[datetime]:
    """By the database's clock where it has one: by that the bids are judged too."""
    if clock.is_stopped() or db.session.get_bind().dialect.name != "postgresql":
        return clock.now()
    return func.timezone("UTC", func.clock_timestamp())
