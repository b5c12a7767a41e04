"""An organisation's account at a payment service provider, to which its payouts may go."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import Organisation


class PayeeAccountState(StrEnum):
    """How an account at a provider stands."""

    STARTED = "started"  # asked for; the answer has not come
    INCOMPLETE = (
        "incomplete"  # there is one, and the provider wants to know more before it pays out
    )
    READY = "ready"  # the provider takes money for it
    FAILED = "failed"  # the provider opened none
    CLOSED = "closed"  # the organisation uses it no more, or the provider ended it


P = PayeeAccountState
PAYEE_ACCOUNT = Lifecycle(
    "payee_account",
    {
        "open": Move({P.STARTED}, P.INCOMPLETE),
        "prove": Move({P.INCOMPLETE}, P.READY),
        "restrict": Move({P.READY}, P.INCOMPLETE),
        "fail": Move({P.STARTED}, P.FAILED),
        "close": Move({P.STARTED, P.INCOMPLETE, P.READY}, P.CLOSED),
    },
)
STANDING = frozenset({P.STARTED, P.INCOMPLETE, P.READY})
_STANDS = text("state IN ('started', 'incomplete', 'ready')")


class PayeeAccount(Stateful):
    """One account of an organisation at a provider; it has one that stands, at most."""

    __tablename__ = "payee_account"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index(
            "ix_payee_account_standing",
            "organisation_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_payee_account_state", "state", "id"),
    )
    lifecycle = PAYEE_ACCOUNT

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]  # the how manieth of the organisation
    provider: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    country: Mapped[str] = mapped_column(String(2))  # ISO 3166-1
    account_number: Mapped[str | None] = mapped_column(String(120), unique=True)
    due: Mapped[list[Any]] = mapped_column(default=list)  # what the provider still wants to know
    failure: Mapped[str] = mapped_column(String(80), default="")  # the provider's code
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]  # the provider
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    state: Mapped[PayeeAccountState] = mapped_column(default=PayeeAccountState.STARTED)

    organisation: Mapped[Organisation] = relationship()

    @property
    def stands(self) -> bool:
        """It is in use, or may yet be."""
        return self.state in STANDING

    @property
    def can_be_paid(self) -> bool:
        """The provider takes money for it, and our staff made sure with its owner that it is its own."""
        return self.state is PayeeAccountState.READY and self.confirmed_at is not None
