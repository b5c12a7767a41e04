"""A licensee's statement of a period, and an audit of the books behind it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.deals.models import Deal
from marketplace.documents.models import Document


class StatementState(StrEnum):
    """Where a statement stands."""

    DUE = "due"
    SUBMITTED = "submitted"
    QUERIED = "queried"
    ACCEPTED = "accepted"


S = StatementState
STATEMENT = Lifecycle(
    "royalty_statement",
    {
        "submit": Move({S.DUE, S.QUERIED}, S.SUBMITTED),
        "query": Move({S.SUBMITTED}, S.QUERIED),
        "accept": Move({S.SUBMITTED, S.QUERIED}, S.ACCEPTED),
    },
)


class RoyaltyStatement(Stateful):
    """What a licensee reports of a period of a closed licence, and owes by it."""

    __tablename__ = "royalty_statement"
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("royalty_minor >= 0", name="royalty_not_negative"),
    )
    lifecycle = STATEMENT

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # Y-00000001
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    number: Mapped[int]
    begins: Mapped[date]
    ends: Mapped[date]
    year: Mapped[int]  # of the contract, from one
    report_by: Mapped[date] = mapped_column(index=True)
    lines_data: Mapped[list[Any]] = mapped_column(default=list)
    base_minor: Mapped[int | None]
    running_minor: Mapped[int] = mapped_column(default=0)
    top_up_minor: Mapped[int] = mapped_column(default=0)
    cut_minor: Mapped[int] = mapped_column(default=0)
    royalty_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    note: Mapped[str] = mapped_column(String(1000), default="")
    query: Mapped[str] = mapped_column(String(1000), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    submitted_at: Mapped[datetime | None]
    pay_by: Mapped[date | None]
    paid_directly_on: Mapped[date | None]  # past the exchange, as the owner confirms
    settled_at: Mapped[datetime | None]  # what came through the exchange has been passed on
    reminded_on: Mapped[date | None]
    state: Mapped[StatementState] = mapped_column(default=S.DUE, index=True)

    deal: Mapped[Deal] = relationship()
    document: Mapped[Document | None] = relationship()

    @property
    def royalty(self) -> Money:
        """What is owed for the period."""
        return Money(self.currency, self.royalty_minor)

    @property
    def account(self) -> str:
        """Where its money lies in the books until it is passed on."""
        return f"royalty:{self.id}"


class AuditState(StrEnum):
    """Where an audit stands."""

    ASKED = "asked"
    AGREED = "agreed"
    CONCLUDED = "concluded"
    WITHDRAWN = "withdrawn"


A = AuditState
AUDIT = Lifecycle(
    "royalty_audit",
    {
        "agree": Move({A.ASKED}, A.AGREED),
        "conclude": Move({A.ASKED, A.AGREED}, A.CONCLUDED),
        "withdraw": Move({A.ASKED, A.AGREED}, A.WITHDRAWN),
    },
)


class RoyaltyAudit(Stateful):
    """The owner has an accountant look at the licensee's books, as the contract allows."""

    __tablename__ = "royalty_audit"
    __table_args__ = (CheckConstraint("short_minor >= 0", name="short_not_negative"),)
    lifecycle = AUDIT

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    year: Mapped[int]  # of the calendar, in which it was asked for
    because: Mapped[str] = mapped_column(String(1000))
    accountant: Mapped[str] = mapped_column(String(200))
    begins_on: Mapped[date]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    short_minor: Mapped[int] = mapped_column(default=0)  # found to be owed besides
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    licensee_bears_cost: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[AuditState] = mapped_column(default=A.ASKED)

    deal: Mapped[Deal] = relationship()
    document: Mapped[Document | None] = relationship()

    @property
    def short(self) -> Money:
        """What was found to be owed besides."""
        return Money(self.currency, self.short_minor)
