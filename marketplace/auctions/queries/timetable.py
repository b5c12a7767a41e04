"""The times of an auction as they stand now, and how often they were changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.core.db import db
from marketplace.core.errors import NotFound

# Lines of the log that move a time, or say that there is none any more.
MOVING = (
    "opened", "limited", "turned", "prolonged", "suspended", "resuming", "resumed", "outage",
    "excluded", "ended", "closed", "failed", "withdrawn", "cancelled",
)  # fmt: skip


@dataclass(frozen=True)
class Times:
    """From when to when, as far as is known."""

    starts: datetime
    ends: datetime
    changes: int  # grows with every change


def times(auction: Auction) -> Times:
    """Of an auction that was announced. While the free period runs, a first cycle follows its end."""
    if auction.published_at is None or auction.opens_at is None:
        raise NotFound("auction")
    ends = auction.closed_at or auction.ends_at or auction.opens_at
    to_come = auction.state is Phase.PUBLISHED and auction.format is Format.ENGLISH
    if to_come or auction.state is Phase.FREE:
        ends += timedelta(seconds=int(auction.rules_data.get("cycle", 0)))
    extended = AuctionEvent.body.contains('"extended":true', autoescape=True)
    changes = db.session.scalar(
        select(func.count(AuctionEvent.id)).where(
            AuctionEvent.auction_id == auction.id,
            or_(
                AuctionEvent.kind.in_(MOVING),
                and_(AuctionEvent.kind == "bid", extended),
            ),
        )
    )
    return Times(auction.opens_at, max(ends, auction.opens_at), changes or 0)
