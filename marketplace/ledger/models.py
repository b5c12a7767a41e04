"""The books: transfers of postings that sum to zero, in ink, and the balances that they make."""

from datetime import datetime
from typing import NoReturn

from sqlalchemy import (
    DDL,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.ink import in_ink


class Transfer(Record):
    """A balanced movement of money, known by its key: the same key twice is the same transfer.

    `reverses`: the transfer whose postings it takes back, all of them; each is taken back once.
    """

    __tablename__ = "transfer"

    key: Mapped[str] = mapped_column(String(120), unique=True)
    memo: Mapped[str] = mapped_column(String(300))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    postings: Mapped[list["Posting"]] = relationship(
        back_populates="transfer", order_by="Posting.id"
    )
    reverses: Mapped["Transfer | None"] = relationship(remote_side="Transfer.id")


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


class AccountBalance(Record):
    """What the postings of an account come to: written with every transfer, proved every night.

    What we owe is never below zero, what a bank or a provider holds for it never above: the second
    wall behind `services.transfer` (invariant L-03). The accounts of our own book may stand on either side.
    """

    __tablename__ = "account_balance"
    __table_args__ = (
        UniqueConstraint("account", "currency"),
        CheckConstraint(
            "CASE WHEN substr(account, 1, 4) = 'own:' THEN 1 = 1 "
            "WHEN substr(account, 1, 5) = 'bank:' OR substr(account, 1, 4) = 'psp:' "
            "THEN minor <= 0 ELSE minor >= 0 END",
            name="right_side_of_zero",
        ),
    )

    account: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int]
    postings: Mapped[int]
    last_at: Mapped[datetime | None]


@event.listens_for(Transfer, "before_update")
@event.listens_for(Transfer, "before_delete")
@event.listens_for(Posting, "before_update")
@event.listens_for(Posting, "before_delete")
def _written_in_ink(_mapper: object, _connection: object, row: Record) -> NoReturn:
    raise RuntimeError(f"{row.__tablename__} {row.id} stays as it is: correct it by a transfer")


in_ink(Transfer)
in_ink(Posting)

# At the end of a transaction, what it booked sums to nothing (L-01). SQLite has no such triggers: there
# `services.transfer` is the only wall, and the nightly proof.
BALANCED = (
    """
    CREATE OR REPLACE FUNCTION posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(minor) FROM posting
            WHERE transfer_id = NEW.transfer_id AND currency = NEW.currency
            AND (left(account, 4) = 'own:') = (left(NEW.account, 4) = 'own:')) <> 0
        THEN RAISE EXCEPTION 'transfer %% does not balance', NEW.transfer_id; END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER posting_balanced AFTER INSERT ON posting
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION posting_balanced()
    """,
)
for _statement in BALANCED:
    _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(Posting.__table__, "after_create", _ddl.execute_if(dialect="postgresql"))
