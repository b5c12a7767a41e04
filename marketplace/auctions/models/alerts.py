"""What looks odd in an auction: for the exchange's eyes only, and it blocks nothing."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import User


class AlertState(StrEnum):
    """Whether anybody has looked."""

    OPEN = "open"
    DISMISSED = "dismissed"


ALERT = Lifecycle("auction_alert", {"dismiss": Move({AlertState.OPEN}, AlertState.DISMISSED)})


class Alert(Stateful):
    """A pattern between bidders, by their codes in this auction; no name, no address, no device."""

    __tablename__ = "auction_alert"
    __table_args__ = (UniqueConstraint("auction_id", "fingerprint"),)
    lifecycle = ALERT

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    codes: Mapped[list[str]]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # figures only
    fingerprint: Mapped[str] = mapped_column(String(64))  # the same pattern is told once
    reason: Mapped[str] = mapped_column(String(500), default="")  # why it means nothing
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    state: Mapped[AlertState] = mapped_column(default=AlertState.OPEN, index=True)

    auction: Mapped[Auction] = relationship()
    decided_by: Mapped[User | None] = relationship()
