"""Money by card: each attempt to get it, what goes back, what the provider tells us and holds for us."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.payments.models.payment import Payment, Payout, Receipt


class CardAttemptState(StrEnum):
    """How an attempt to pay by card stands."""

    STARTED = "started"  # asked; the answer has not come
    OPEN = "open"  # the provider has a page or a payment that waits for the payer
    HELD = "held"  # reserved on the card, and booked as a claim on the provider
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    FAILED = "failed"


A = CardAttemptState
CARD_ATTEMPT = Lifecycle(
    "card_attempt",
    {
        "open": Move({A.STARTED}, A.OPEN),
        "hold": Move({A.STARTED, A.OPEN}, A.HELD),
        # Money that came after all counts, whatever we had made of the attempt.
        "capture": Move({A.STARTED, A.OPEN, A.HELD, A.CANCELLED, A.FAILED}, A.CAPTURED),
        "cancel": Move({A.STARTED, A.OPEN, A.HELD}, A.CANCELLED),
        "fail": Move({A.STARTED, A.OPEN}, A.FAILED),
    },
)
DEFINITE = frozenset({A.CANCELLED, A.FAILED})


class CardKind(StrEnum):
    """What is asked of the card: to pay, or to reserve."""

    CHECKOUT = "checkout"
    HOLD = "hold"


def order_key(noun: str, number: int, attempt: int) -> str:
    """The key of an order to a provider: of what, and the how manieth attempt."""
    return hashlib.sha256(f"{noun}:{number}|{attempt}".encode()).hexdigest()


class CardAttempt(Stateful):
    """One attempt to get an expected payment by card; another follows only after a definite failure."""

    __tablename__ = "card_attempt"
    __table_args__ = (
        UniqueConstraint("payment_id", "number"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_card_attempt_state", "state", "id"),
    )
    lifecycle = CARD_ATTEMPT

    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    number: Mapped[int]
    kind: Mapped[CardKind]
    provider: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    group: Mapped[str] = mapped_column(String(80), default="")  # ties it to a deal at the provider
    method: Mapped[str] = mapped_column(String(80), default="")  # one that the provider keeps
    session_number: Mapped[str | None] = mapped_column(String(120), unique=True)
    intent_number: Mapped[str | None] = mapped_column(String(120), unique=True)
    charge_number: Mapped[str] = mapped_column(String(120), default="", index=True)
    address: Mapped[str] = mapped_column(String(2000), default="")  # of the provider's page
    failure: Mapped[str] = mapped_column(String(80), default="")  # the provider's code
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # of a hold
    settled_at: Mapped[datetime | None]  # the provider's balance has it
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), unique=True)
    state: Mapped[CardAttemptState] = mapped_column(default=CardAttemptState.STARTED)

    payment: Mapped[Payment] = relationship()
    receipt: Mapped[Receipt | None] = relationship()
    refunds: Mapped[list["CardPayout"]] = relationship(
        back_populates="attempt", order_by="CardPayout.id"
    )

    @property
    def amount(self) -> Money:
        """What was asked for."""
        return Money(self.currency, self.amount_minor)

    @property
    def refunded(self) -> Money:
        """What went back to the card, or is on its way."""
        counted = [one.payout.amount_minor for one in self.refunds if one.counts]
        return Money(self.currency, sum(counted))

    @property
    def refundable(self) -> Money:
        """What can still go back to the card (L-11)."""
        got = self.receipt.amount_minor if self.receipt else 0
        return Money(self.currency, got) - self.refunded


class CardPayoutState(StrEnum):
    """How money that goes out by the provider stands."""

    ASKED = "asked"
    STARTED = "started"  # a second person agreed; the provider is asked
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


P = CardPayoutState
CARD_PAYOUT = Lifecycle(
    "card_payout",
    {
        "release": Move({P.ASKED}, P.STARTED),
        "withdraw": Move({P.ASKED}, P.WITHDRAWN),
        "send": Move({P.STARTED}, P.SENT),
        "fail": Move({P.STARTED}, P.FAILED),
    },
)


class CardPayoutKind(StrEnum):
    """By which way it goes."""

    REFUND = "refund"
    UNHOLD = "unhold"
    TRANSFER = "transfer"


class CardPayout(Stateful):
    """A payout that goes by the provider and not by the bank: asked by one person, released by another."""

    __tablename__ = "card_payout"
    __table_args__ = (UniqueConstraint("payout_id", "number"),)
    lifecycle = CARD_PAYOUT

    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"), index=True)
    number: Mapped[int]
    kind: Mapped[CardPayoutKind]
    provider: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("card_attempt.id"), index=True)
    destination: Mapped[str] = mapped_column(String(120), default="")  # of a transfer
    provider_number: Mapped[str | None] = mapped_column(String(120), unique=True)
    source: Mapped[str] = mapped_column(String(80), default="")  # the account of the books it left
    failure: Mapped[str] = mapped_column(String(80), default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime | None]  # the provider
    state: Mapped[CardPayoutState] = mapped_column(default=CardPayoutState.ASKED)

    payout: Mapped[Payout] = relationship()
    attempt: Mapped[CardAttempt | None] = relationship(back_populates="refunds")

    @property
    def counts(self) -> bool:
        """It went, or may still go."""
        return self.state not in {P.FAILED, P.WITHDRAWN}


class ProviderNotice(Record):
    """A signed notice as it came, once; acted upon by reading its object again."""

    __tablename__ = "provider_notice"
    __table_args__ = (UniqueConstraint("provider", "number"),)

    provider: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(80))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_number: Mapped[str] = mapped_column(String(120))
    body: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    processed_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(40), default="")  # enums `notice_outcome.*`


class ProviderEntry(Record):
    """A movement of our balance at a provider; booked once what it is for is known."""

    __tablename__ = "provider_entry"
    __table_args__ = (UniqueConstraint("provider", "number"),)

    provider: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(120), default="")
    minor: Mapped[int]  # out of our balance: below zero
    fee_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    available_at: Mapped[datetime | None]
    booked_at: Mapped[datetime | None] = mapped_column(index=True)
    fee_booked_at: Mapped[datetime | None]
    banked_at: Mapped[datetime | None]  # a payout that the bank's statement shows
    problem: Mapped[str] = mapped_column(String(40), default="")  # enums `provider_problem.*`

    @property
    def amount(self) -> Money:
        """What moved, without its sign."""
        return Money(self.currency, abs(self.minor))

    @property
    def fee(self) -> Money:
        """What the provider keeps."""
        return Money(self.currency, self.fee_minor)
