"""Filings with the authority: what the outline's article 23 and its neighbours ask to be shown."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, User


class FilingKind(StrEnum):
    """What is filed, and so which desk it belongs to."""

    EXPORT_CHECK = "export_check"  # the parties' own check against the export catalogues
    STATE_DISPOSAL = "state_disposal"
    STATE_FUNDED = "state_funded"
    MAJOR_IP = "major_ip"
    OUTBOUND = "outbound"  # 国办发〔2018〕19号
    PRIOR_NOTICE = "prior_notice"
    PROJECT = "project"
    TECHNOLOGY_TRADE = "technology_trade"  # contract registration within sixty days
    OTHER = "other"


class FilingState(StrEnum):
    """Where a filing stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    QUESTIONED = "questioned"
    CONCLUDED = "concluded"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


F = FilingState
WAITING = frozenset({F.SUBMITTED, F.RECEIVED, F.QUESTIONED})
FILING = Lifecycle(
    "filing",
    {
        "submit": Move({F.DRAFT}, F.SUBMITTED),
        "receive": Move({F.SUBMITTED}, F.RECEIVED),  # the working days begin
        "ask": Move({F.RECEIVED}, F.QUESTIONED),  # a question back, with a deadline
        "answer": Move({F.QUESTIONED}, F.RECEIVED),
        "conclude": Move({F.RECEIVED}, F.CONCLUDED),  # the opinion is given
        "close": Move({F.CONCLUDED}, F.CLOSED),
        "withdraw": Move({F.DRAFT, *WAITING}, F.WITHDRAWN),
    },
)


class Opinion(StrEnum):
    """What the authority says."""

    NO_OBJECTION = "no_objection"
    CONDITIONS = "conditions"
    OBJECTION = "objection"


class Filing(Stateful):
    """A matter laid before the authority: by whom, under which rule, with what, and the outcome."""

    __tablename__ = "filing"
    __table_args__ = (Index("ix_filing_subject", "subject_kind", "subject_id"),)
    lifecycle = FILING

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # F-00000001
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    kind: Mapped[FilingKind]
    rule: Mapped[str] = mapped_column(String(80), default="")  # of the catalogue
    evidence: Mapped[list[str]] = mapped_column(default=list)  # names that a good outcome proves
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)  # prefilled facts, as filed
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # of a guided form
    statement: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of what was submitted
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime | None]
    due_on: Mapped[date | None] = mapped_column(index=True)  # of whoever must act now
    opinion: Mapped[Opinion | None]
    opinion_text: Mapped[str] = mapped_column(default="")
    conditions: Mapped[str] = mapped_column(default="")
    issuer: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    concluded_at: Mapped[datetime | None]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # the opinion's
    state: Mapped[FilingState] = mapped_column(default=FilingState.DRAFT, index=True)

    organisation: Mapped[Organisation] = relationship()
    submitted_by: Mapped[User | None] = relationship(foreign_keys=[submitted_by_id])
    concluded_by: Mapped[User | None] = relationship(foreign_keys=[concluded_by_id])
    document: Mapped[Document | None] = relationship()
    messages: Mapped[list["FilingMessage"]] = relationship(
        back_populates="filing", order_by="FilingMessage.id"
    )

    @property
    def is_waiting(self) -> bool:
        """It is not decided yet."""
        return self.state in WAITING

    @property
    def is_favourable(self) -> bool:
        """The authority lets it pass, perhaps under conditions."""
        return self.opinion in {Opinion.NO_OBJECTION, Opinion.CONDITIONS}


class FilingMessage(Record):
    """A question of the authority, or the answer to it."""

    __tablename__ = "filing_message"

    filing_id: Mapped[int] = mapped_column(ForeignKey("filing.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    is_question: Mapped[bool]
    text: Mapped[str]
    due_on: Mapped[date | None]

    filing: Mapped[Filing] = relationship(back_populates="messages")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
