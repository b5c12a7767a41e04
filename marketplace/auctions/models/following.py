"""Who keeps an eye on an auction, and what they were written of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction
from marketplace.core.db import Record


class AuctionWatch(Record):
    """A person watches an auction."""

    __tablename__ = "auction_watch"
    __table_args__ = (UniqueConstraint("user_id", "auction_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)

    auction: Mapped[Auction] = relationship()


class AuctionLetter(Record):
    """A reminder, or the news of a lost lead: written once to a person, however often the clock looks."""

    __tablename__ = "auction_letter"
    __table_args__ = (UniqueConstraint("auction_id", "user_id", "kind", "slot"),)

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(20))
    slot: Mapped[int] = mapped_column(default=0)  # of a lost lead: the line of the log that took it
    moment: Mapped[datetime | None]  # the opening or the end that it speaks of

    auction: Mapped[Auction] = relationship()
