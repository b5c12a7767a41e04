"""What two of the exchange's people do to an auction together."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import User


class OrderKind(StrEnum):
    """What is proposed."""

    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    VOID = "void"  # a bid that was an obvious slip
    EXCLUDE = "exclude"  # a bidder, by order of a court or an authority
    OPEN_IDENTITY = "open_identity"  # who is behind a code: break-glass, counted in the public log


class OrderState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    DONE = "done"
    REFUSED = "refused"
    LAPSED = "lapsed"  # a day went by


S = OrderState
ORDER = Lifecycle(
    "auction_order",
    {
        "confirm": Move({S.PROPOSED}, S.DONE),
        "refuse": Move({S.PROPOSED}, S.REFUSED),
        "lapse": Move({S.PROPOSED}, S.LAPSED),
    },
)


class Order(Stateful):
    """A proposal of one person, which another confirms or refuses. One of a kind at a time."""

    __tablename__ = "auction_order"
    __table_args__ = (
        CheckConstraint("checked_by_id IS NULL OR checked_by_id <> made_by_id", name="two_people"),
        Index("ix_auction_order_open", "state", "expires_at"),
    )
    lifecycle = ORDER

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)
    kind: Mapped[OrderKind]
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)  # code, number of the bid, when
    reason: Mapped[str] = mapped_column(String(500))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(500), default="")  # of the one who checked
    expires_at: Mapped[datetime]
    state: Mapped[OrderState] = mapped_column(default=OrderState.PROPOSED)

    auction: Mapped[Auction] = relationship()
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    checked_by: Mapped[User | None] = relationship(foreign_keys=[checked_by_id])

    @property
    def resumes_at(self) -> datetime | None:
        """Of a resumption: when the auction goes on."""
        at = self.arguments.get("at")
        return datetime.fromisoformat(at) if at else None
