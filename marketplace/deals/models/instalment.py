"""A part of a price that is paid and settled by itself, and what became of each release."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.deals.models.deal import Deal
from marketplace.documents.models import Document
from marketplace.payments.models import Payment


class InstalmentState(StrEnum):
    """Where a line of the schedule stands."""

    PLANNED = "planned"  # its event is still out
    DECLARED = "declared"  # one side says that it has happened
    OBJECTED = "objected"  # the other says that it has not
    DUE = "due"
    PAID = "paid"
    RELEASED = "released"
    SETTLED = "settled"
    WAIVED = "waived"
    LAPSED = "lapsed"
    DECIDED = "decided"
    CANCELLED = "cancelled"


I = InstalmentState  # noqa: E741 -- the table below reads better so
NOT_DUE = frozenset({I.PLANNED, I.DECLARED, I.OBJECTED})
ENDED = frozenset({I.SETTLED, I.WAIVED, I.LAPSED, I.DECIDED, I.CANCELLED})
INSTALMENT = Lifecycle(
    "instalment",
    {
        "declare": Move({I.PLANNED}, I.DECLARED),
        "withdraw": Move({I.DECLARED, I.OBJECTED}, I.PLANNED),  # by who declared it
        "object": Move({I.DECLARED}, I.OBJECTED),
        "dismiss": Move({I.OBJECTED}, I.PLANNED),  # the exchange: it has not happened
        "confirm": Move({I.DECLARED, I.OBJECTED}, I.DUE),  # the other side, or the exchange
        "call": Move(NOT_DUE, I.DUE),  # its latest day is near
        "pay": Move({I.DUE}, I.PAID),  # the books show the whole of it
        "release": Move({I.PAID}, I.RELEASED),
        "settle": Move({I.RELEASED}, I.SETTLED),  # everybody is paid
        "waive": Move({*NOT_DUE, I.DUE}, I.WAIVED),  # by the seller: 民法典 art. 575
        "lapse": Move(NOT_DUE, I.LAPSED),  # the exchange: it can never happen any more
        "decide": Move({I.DUE, I.PAID}, I.DECIDED),  # a dispute has divided what was in escrow
        "cancel": Move({*NOT_DUE, I.DUE, I.PAID}, I.CANCELLED),  # with the deal
    },
)


class Instalment(Stateful):
    """A line of the schedule: number, what for, amount, due by a day or an event."""

    __tablename__ = "instalment"
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "released_minor >= 0 AND released_minor <= amount_minor", name="released_in_range"
        ),
    )
    lifecycle = INSTALMENT

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    number: Mapped[int]
    event: Mapped[str] = mapped_column(String(200), default="")  # none: due by a day
    besides: Mapped[bool] = mapped_column(
        default=False
    )  # a milestone that is paid besides the price
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    due_on: Mapped[date | None] = mapped_column(index=True)  # none: its event decides
    latest_on: Mapped[date | None] = mapped_column(index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    released_minor: Mapped[int] = mapped_column(default=0)  # out of escrow, not back to the buyer
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    reached_on: Mapped[date | None]
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    objection: Mapped[str] = mapped_column(String(2000), default="")
    told: Mapped[int] = mapped_column(default=0)  # reminders: 1 before it was due, 2 after
    state: Mapped[InstalmentState] = mapped_column(default=I.PLANNED, index=True)

    deal: Mapped[Deal] = relationship(back_populates="instalments")
    payment: Mapped[Payment | None] = relationship()
    proof: Mapped[Document | None] = relationship()

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return Money(self.currency, self.amount_minor)

    @property
    def received(self) -> Money:
        """What the books show for it so far."""
        return self.payment.received if self.payment else Money(self.currency, 0)

    @property
    def held(self) -> Money:
        """What is in escrow for it now."""
        in_escrow = self.state in {InstalmentState.DUE, InstalmentState.PAID}
        return self.received if in_escrow else Money(self.currency, 0)

    @property
    def has_ended(self) -> bool:
        """Nothing more happens to it."""
        return self.state in ENDED


class DealRelease(Record):
    """What left the escrow of a deal at once, and in which parts: the waterfall's answer, frozen."""

    __tablename__ = "deal_release"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    instalment_id: Mapped[int | None] = mapped_column(ForeignKey("instalment.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True)  # of the transfer in the books
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    lines_data: Mapped[list[Any]] = mapped_column(default=list)
    commission_owed_minor: Mapped[int] = mapped_column(default=0)
    brokers_owed_minor: Mapped[int] = mapped_column(default=0)
    taxes_short_minor: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    deal: Mapped[Deal] = relationship(back_populates="releases")
    instalment: Mapped[Instalment | None] = relationship()

    @property
    def amount(self) -> Money:
        """What left escrow."""
        return Money(self.currency, self.amount_minor)
