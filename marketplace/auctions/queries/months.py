"""The auctions of a month, day by day: what opens, what ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.queries.choosing import Wanted
from marketplace.core import clock
from marketplace.core.db import db

OFF = (Phase.WITHDRAWN, Phase.CANCELLED)
MOST = 1000  # auctions of a month that are looked at


@dataclass(frozen=True)
class Entry:
    """What happens at a moment of a day."""

    at: datetime
    opens: bool  # else it ends, or its free period does
    auction: Auction


def first_of_next(month: date) -> date:
    """The day after a month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def entries(month: date, wanted: Wanted) -> Mapping[date, list[Entry]]:
    """Openings and ends of a month by their day in Beijing, in their order; not of those called off."""
    since, until = clock.start_of(month.replace(day=1)), clock.start_of(first_of_next(month))
    ended = func.coalesce(Auction.closed_at, Auction.ends_at)
    rows = db.session.scalars(
        select(Auction)
        .join(Auction.listing)
        .join(Auction.seller)
        .options(joinedload(Auction.listing))
        .where(
            Auction.published_at.is_not(None),
            Auction.state.not_in(OFF),
            or_(
                and_(Auction.opens_at >= since, Auction.opens_at < until),
                and_(ended >= since, ended < until),
            ),
            *wanted.conditions(),
        )
        .order_by(Auction.id)
        .limit(MOST)
    )
    found: dict[date, list[Entry]] = {}
    for auction in rows:
        for at, opens in ((auction.opens_at, True), (auction.closed_at or auction.ends_at, False)):
            if at is not None and since <= at < until:
                day = at.astimezone(clock.BEIJING).date()
                found.setdefault(day, []).append(Entry(at, opens, auction))
    for of_a_day in found.values():
        of_a_day.sort(key=lambda entry: (entry.at, entry.auction.id))
    return found
