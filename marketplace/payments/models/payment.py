"""Money expected, money received, money sent: by bank transfer."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.organisations.models import Organisation
from marketplace.payments import names


class PaymentState(StrEnum):
    """Where an expected payment stands."""

    AWAITED = "awaited"
    RECEIVED = "received"
    CANCELLED = "cancelled"


PAYMENT = Lifecycle(
    "payment",
    {
        "receive": Move({PaymentState.AWAITED}, PaymentState.RECEIVED),
        "cancel": Move({PaymentState.AWAITED}, PaymentState.CANCELLED),
    },
)


class Payment(Stateful):
    """A payment into escrow that we expect, found again by its reference code."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_payment_subject", "subject_kind", "subject_id"),
    )
    lifecycle = PAYMENT

    reference: Mapped[str] = mapped_column(String(20), unique=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    payer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account: Mapped[str] = mapped_column(String(80))  # the ledger account it goes to
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    due_at: Mapped[datetime | None]
    set_off_minor: Mapped[int] = mapped_column(default=0)  # from money that we held already
    state: Mapped[PaymentState] = mapped_column(default=PaymentState.AWAITED)

    payer: Mapped[Organisation] = relationship()
    receipts: Mapped[list["Receipt"]] = relationship(
        back_populates="payment", order_by="Receipt.id"
    )

    @property
    def amount(self) -> Money:
        """What is expected."""
        return Money(self.currency, self.amount_minor)

    @property
    def received(self) -> Money:
        """What has been booked towards it so far; what came in another currency does not count."""
        counted = [r.applied_minor for r in self.receipts if r.currency == self.currency]
        return Money(self.currency, sum(counted) + self.set_off_minor)

    @property
    def outstanding(self) -> Money:
        """What is still to come."""
        return self.amount - self.received


class Receipt(Record):
    """Money seen on the bank account, or at a payment service provider.

    The bank's or the provider's own number keeps it from being booked twice.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "applied_minor >= 0 AND applied_minor <= amount_minor", name="applied_in_range"
        ),
    )

    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    bank_reference: Mapped[str] = mapped_column(String(80), unique=True)
    provider: Mapped[str] = mapped_column(String(20), default="")  # none: it came by bank
    payer_name: Mapped[str] = mapped_column(String(200))
    received_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    applied_minor: Mapped[int] = mapped_column(default=0)  # towards the payment; the rest: credit
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    matched_at: Mapped[datetime | None]  # none: it stands in suspense
    returned_on: Mapped[date | None]  # unmatched money sent back to its sender
    return_reference: Mapped[str | None] = mapped_column(String(80), unique=True)
    note: Mapped[str] = mapped_column(String(300), default="")

    payment: Mapped[Payment | None] = relationship(back_populates="receipts")

    @property
    def amount(self) -> Money:
        """What the bank shows."""
        return Money(self.currency, self.amount_minor)

    @property
    def excess(self) -> Money:
        """What went to the payer's credit: too much, or not the currency asked for."""
        return Money(self.currency, self.amount_minor - self.applied_minor)

    @property
    def in_suspense(self) -> bool:
        """Nobody knows yet what it is for."""
        return self.payment_id is None and self.returned_on is None


class PayoutState(StrEnum):
    """Where money that we owe stands."""

    ORDERED = "ordered"
    SENT = "sent"


PAYOUT = Lifecycle("payout", {"send": Move({PayoutState.ORDERED}, PayoutState.SENT)})


class Payout(Stateful):
    """Money to send to an organisation's bank account: a release, or a refund.

    It keeps the account for which it was ordered: one changed afterwards holds it up until staff
    have confirmed the new one with the payee.
    """

    __tablename__ = "payout"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)
    lifecycle = PAYOUT

    key: Mapped[str] = mapped_column(String(120), unique=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    payee_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account: Mapped[str] = mapped_column(String(80))  # the ledger account it leaves
    purpose: Mapped[str] = mapped_column(String(20))  # release, refund
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    held: Mapped[bool] = mapped_column(default=False)  # its deal is disputed: it does not go out
    payee_name: Mapped[str] = mapped_column(String(200), default="")  # as it was when ordered
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    bank_account: Mapped[str] = mapped_column(String(60), default="")  # as it was when ordered
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    account_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("payout_batch.id"), index=True)
    bank_reference: Mapped[str | None] = mapped_column(String(80), unique=True)  # once sent
    sent_on: Mapped[date | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[PayoutState] = mapped_column(default=PayoutState.ORDERED)

    payee: Mapped[Organisation] = relationship()

    @property
    def amount(self) -> Money:
        """What is to be sent."""
        return Money(self.currency, self.amount_minor)

    @property
    def end_to_end(self) -> str:
        """What the bank carries through to its statement: by it the payout is known again."""
        return f"PO{self.id:010d}"

    @property
    def name_stands(self) -> bool:
        """The payee still has the name that the order was given for: banks pay to a name."""
        return names.bare(self.payee_name) == names.bare(self.payee.name)

    @property
    def account_stands(self) -> bool:
        """The payee's account is still the one that the order was given for."""
        return bool(self.bank_account) and (self.bank_name, self.bank_account) == (
            self.payee.bank_name,
            self.payee.bank_account,
        )

    @property
    def involved_ids(self) -> frozenset[int | None]:
        """Who ordered it or confirmed its account, and therefore does not also send it."""
        return frozenset({self.ordered_by_id, self.account_confirmed_by_id})
