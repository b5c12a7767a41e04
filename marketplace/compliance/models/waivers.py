"""Who renounced what a rule asks."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, User


class WaiverState(StrEnum):
    """Where a waiver stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REVOKED = "revoked"


WAIVER = Lifecycle(
    "waiver",
    {
        "confirm": Move({WaiverState.ASKED}, WaiverState.CONFIRMED),
        "refuse": Move({WaiverState.ASKED}, WaiverState.REFUSED),
        "revoke": Move({WaiverState.ASKED, WaiverState.CONFIRMED}, WaiverState.REVOKED),
    },
)


class Waiver(Stateful):
    """Somebody whom the law lets do so renounces what a rule asks for; the exchange confirms it."""

    __tablename__ = "waiver"
    __table_args__ = (Index("ix_waiver_subject", "subject_kind", "subject_id"),)
    lifecycle = WAIVER

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    rule: Mapped[str] = mapped_column(String(80))
    given_by: Mapped[str] = mapped_column(String(40))  # as what: inventors, lender …
    holder: Mapped[str] = mapped_column(String(200))  # by name
    because: Mapped[str]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[WaiverState] = mapped_column(default=WaiverState.ASKED)

    document: Mapped[Document] = relationship()
    filed_by: Mapped[Organisation | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
