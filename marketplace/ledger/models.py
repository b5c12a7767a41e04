"""The books: transfers of postings that sum to zero."""

from typing import NoReturn

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, event
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


@event.listens_for(Transfer, "before_update")
@event.listens_for(Transfer, "before_delete")
@event.listens_for(Posting, "before_update")
@event.listens_for(Posting, "before_delete")
def _written_in_ink(_mapper: object, _connection: object, row: Record) -> NoReturn:
    raise RuntimeError(f"{row.__tablename__} {row.id} stays as it is: correct it by a transfer")
