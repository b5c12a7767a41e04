"""The books: transfers of postings that sum to zero."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record


class Transfer(Record):
    """A balanced movement of money, known by its key: the same key twice is the same transfer."""

    __tablename__ = "transfer"

    key: Mapped[str] = mapped_column(String(120), unique=True)
    memo: Mapped[str] = mapped_column(String(300))
    postings: Mapped[list["Posting"]] = relationship(
        back_populates="transfer", order_by="Posting.id"
    )


class Posting(Record):
    """One side of a transfer: an amount in minor units on one account."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("minor <> 0", name="not_zero"),
        Index("ix_posting_account", "account", "currency"),
    )

    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), index=True)
    account: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int]

    transfer: Mapped[Transfer] = relationship(back_populates="postings")
