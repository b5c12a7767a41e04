"""Who may step into the winner's place at the same price (优先购买权)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.bundle import Priority
from marketplace.auctions.models.auction import Auction
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import Organisation


class PriorityState(StrEnum):
    """What became of a right of first refusal."""

    RECORDED = "recorded"
    NOTIFIED = "notified"  # of the full terms; the days run from the delivery
    EXERCISED = "exercised"
    WAIVED = "waived"
    SILENT = "silent"  # the days went by
    SPENT = "spent"  # nothing was sold, or another holder came first


S = PriorityState
PRIORITY_RIGHT = Lifecycle(
    "auction_priority",
    {
        "notify": Move({S.RECORDED}, S.NOTIFIED),
        "exercise": Move({S.NOTIFIED}, S.EXERCISED),
        "waive": Move({S.RECORDED, S.NOTIFIED}, S.WAIVED),
        "expire": Move({S.NOTIFIED}, S.SILENT),
        "spend": Move({S.RECORDED, S.NOTIFIED}, S.SPENT),
    },
)


class PriorityHolder(Stateful):
    """A holder of a right of first refusal in one auction, as recorded when it was published."""

    __tablename__ = "auction_priority"
    __table_args__ = (
        UniqueConstraint("auction_id", "holder_name"),
        CheckConstraint("rank > 0", name="rank_positive"),
        CheckConstraint("due_at IS NULL OR delivered_at IS NOT NULL", name="due_from_delivery"),
    )
    lifecycle = PRIORITY_RIGHT

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    holder_name: Mapped[str] = mapped_column(String(200))
    ground: Mapped[Priority]
    rank: Mapped[int]  # 1 comes first
    source: Mapped[str] = mapped_column(String(80), default="")  # the entry of the register
    notice: Mapped[str] = mapped_column(Text, default="")  # the terms as notified, canonical JSON
    notice_hash: Mapped[str] = mapped_column(String(64), default="")
    notified_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    statement: Mapped[str] = mapped_column(String(500), default="")  # what was signed, word by word
    deposit_due_at: Mapped[datetime | None]  # of a holder who exercised
    state: Mapped[PriorityState] = mapped_column(default=PriorityState.RECORDED, index=True)

    auction: Mapped[Auction] = relationship()
    holder: Mapped[Organisation | None] = relationship()
