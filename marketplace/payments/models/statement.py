"""What the bank says: its statements, and each movement once."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.payments.models.payment import Payout, Receipt


class BankStatement(Record):
    """A statement of one account in one currency, as a file told it; the file is taken in once."""

    __tablename__ = "bank_statement"
    __table_args__ = (UniqueConstraint("sha256", "place"),)

    sha256: Mapped[str] = mapped_column(String(64))  # of the file
    place: Mapped[int]  # of the statement in the file, from 0
    filename: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    number: Mapped[str] = mapped_column(String(80), default="")
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    opening_minor: Mapped[int | None]
    closing_minor: Mapped[int | None]
    balances: Mapped[bool | None]  # None: the bank gave no balances
    entries: Mapped[int]  # in the file; those known from another file have no line here
    remarks: Mapped[list[Any]]  # [code, facts] each
    taken_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    lines: Mapped[list["BankLine"]] = relationship(
        back_populates="statement", order_by="BankLine.id"
    )

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(self.currency, minor)

    @property
    def opening(self) -> Money | None:
        """The balance before the first entry."""
        return self._money(self.opening_minor)

    @property
    def closing(self) -> Money | None:
        """The balance after the last entry."""
        return self._money(self.closing_minor)


class BankLineState(StrEnum):
    """Whether the books know of a movement at the bank."""

    UNBOOKED = "unbooked"
    BOOKED = "booked"


BANK_LINE = Lifecycle("bank_line", {"book": Move({BankLineState.UNBOOKED}, BankLineState.BOOKED)})


class BankLine(Stateful):
    """One movement on the escrow account; above zero: credited. In whichever files, kept once.

    `fingerprint` tells movements apart; `turn` counts those of one fingerprint (two equal transfers a day).
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("account", "currency", "fingerprint", "turn"),
        CheckConstraint("minor <> 0", name="moved"),
        CheckConstraint("receipt_id IS NULL OR payout_id IS NULL", name="booked_as_one"),
        Index("ix_bank_line_state", "state", "booked_on"),
    )
    lifecycle = BANK_LINE

    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    account: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    fingerprint: Mapped[str] = mapped_column(String(64))
    turn: Mapped[int]
    booked_on: Mapped[date]
    minor: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80), default="")
    counterparty: Mapped[str] = mapped_column(String(200), default="")
    counterparty_account: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(String(500), default="")
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payout.id"), unique=True)
    because: Mapped[str] = mapped_column(String(1000), default="")  # by hand: what it rests on
    state: Mapped[BankLineState] = mapped_column(default=BankLineState.UNBOOKED)

    statement: Mapped[BankStatement] = relationship(back_populates="lines")
    receipt: Mapped[Receipt | None] = relationship()
    payout: Mapped[Payout | None] = relationship()

    @property
    def amount(self) -> Money:
        """What moved, without its sign."""
        return Money(self.currency, abs(self.minor))

    @property
    def came_in(self) -> bool:
        """It was credited to the account."""
        return self.minor > 0

    @property
    def bank_number(self) -> str:
        """Under which number the books keep it: the bank's, or one made of its fingerprint."""
        plain = "".join(self.reference.split()).upper()
        return plain or self.own_number

    @property
    def own_number(self) -> str:
        """Ours, where the bank has none, or gives one number to several movements."""
        return f"{self.fingerprint[:12]}-{self.turn}".upper()
