"""Deposits (保证金): money held for a bidder, resolved exactly once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction, Participant
from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.payments.models import Payment


class HoldState(StrEnum):
    """Where a deposit stands."""

    PENDING = "pending"  # expected
    HELD = "held"  # confirmed by the bank, on the books
    RESOLVED = "resolved"
    VOID = "void"  # called off before it came


H = HoldState
HOLD = Lifecycle(
    "hold",
    {
        "hold": Move({H.PENDING}, H.HELD),
        "release": Move({H.HELD}, H.RESOLVED),
        "apply": Move({H.HELD}, H.RESOLVED),
        "forfeit": Move({H.HELD}, H.RESOLVED),
        "void": Move({H.PENDING}, H.VOID),
        "renew": Move(
            {H.VOID}, H.PENDING
        ),  # a holder of a right of first refusal steps in after all
    },
)


class Resolution(StrEnum):
    """What became of a deposit."""

    RELEASED = "released"
    APPLIED = "applied"  # to the price
    FORFEITED = "forfeited"


class Hold(Stateful):
    """A bidder's deposit for one auction, on the account `deposit:{auction}:{participant}`."""

    __tablename__ = "hold"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)
    lifecycle = HOLD

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    release_due_at: Mapped[datetime | None]  # an hour after the closing; past it is an alarm
    alarmed_at: Mapped[datetime | None]
    forfeit_reason: Mapped[str | None] = mapped_column(String(300))
    forfeit_proposed_at: Mapped[datetime | None]  # the bidder has five days to object
    forfeit_proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[HoldState] = mapped_column(default=HoldState.PENDING)

    auction: Mapped[Auction] = relationship()
    participant: Mapped[Participant] = relationship()
    payment: Mapped[Payment] = relationship()
    resolution: Mapped["HoldResolution | None"] = relationship(back_populates="hold")

    @property
    def account(self) -> str:
        """The account of the books that it lies on."""
        return f"deposit:{self.auction_id}:{self.participant_id}"

    @property
    def amount(self) -> Money:
        """How much."""
        return Money(self.currency, self.amount_minor)


class HoldResolution(Record):
    """How a deposit ended. One for a hold: there is no second one."""

    __tablename__ = "hold_resolution"

    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"), unique=True)
    kind: Mapped[Resolution]
    transfer_key: Mapped[str] = mapped_column(String(120), unique=True)
    because: Mapped[str] = mapped_column(String(300), default="")
    resolved_at: Mapped[datetime] = mapped_column(default=clock.now)

    hold: Mapped[Hold] = relationship(back_populates="resolution")
