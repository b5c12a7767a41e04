"""Letters that an auction opens or ends soon: a day and an hour ahead, once to each who follows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, AuctionLetter
from marketplace.auctions.queries import following
from marketplace.core import clock, events
from marketplace.core.db import db, one_at_a_time
from marketplace.core.policy import SYSTEM

AT_ONCE = 200  # letters a transaction
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Reminder:
    """What is written how long before; no later than another reminder of the same moment begins."""

    kind: str
    of_the_opening: bool
    before: timedelta
    until: timedelta

    def moment(self, auction: Auction) -> datetime | None:
        """What it reminds of; none where the auction does not stand before it."""
        if self.of_the_opening:
            return auction.opens_at if auction.state is Phase.PUBLISHED else None
        # Not of the limited period: its end is minutes away from its beginning.
        return auction.ends_at if auction.state in {Phase.FREE, Phase.OPEN} else None

    def is_due(self, auction: Auction) -> bool:
        """Whether now is the time; of the end only where the opening was longer ago than that."""
        moment, now = self.moment(auction), clock.now()
        if moment is None or not moment - self.before <= now < moment - self.until:
            return False
        return self.of_the_opening or (auction.opens_at or now) <= moment - self.before


REMINDERS = {
    one.kind: one
    for one in (
        Reminder("opens_day", True, DAY, HOUR),
        Reminder("opens_hour", True, HOUR, timedelta()),
        Reminder("ends_day", False, DAY, HOUR),
        Reminder("ends_hour", False, HOUR, timedelta()),
    )
}


def due() -> list[tuple[int, str]]:
    """Auctions with a reminder whose time it is; suspended and cancelled ones have none."""
    now = clock.now()
    soon = select(Auction).where(
        (Auction.state == Phase.PUBLISHED) & Auction.opens_at.between(now, now + DAY)
        | Auction.state.in_((Phase.FREE, Phase.OPEN)) & Auction.ends_at.between(now, now + DAY)
    )
    return [
        (auction.id, reminder.kind)
        for auction in db.session.scalars(soon.order_by(Auction.id))
        for reminder in REMINDERS.values()
        if reminder.is_due(auction)
    ]


def remind(auction_id: int, kind: str) -> int:
    """Write a reminder to those who do not have it yet, so many at a time; how many."""
    one_at_a_time(f"letters of auction {auction_id}")
    reminder, auction = REMINDERS[kind], db.session.get_one(Auction, auction_id)
    moment = reminder.moment(auction)
    if moment is None or not reminder.is_due(auction):  # suspended meanwhile
        return 0
    found = following.to_remind(auction_id, kind, moment - reminder.before, AT_ONCE)
    for user_id in found:
        write(auction, user_id, kind, moment)
    return len(found)


def write(
    auction: Auction, user_id: int, kind: str, moment: datetime | None, slot: int = 0
) -> None:
    """One letter: its row keeps it from being written again, its event carries it to the post."""
    letter = AuctionLetter(auction=auction, user_id=user_id, kind=kind, slot=slot, moment=moment)
    db.session.add(letter)
    events.record(letter, f"auction_letter.{kind}", by=SYSTEM)
