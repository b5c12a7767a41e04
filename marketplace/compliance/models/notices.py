"""Public notices, and the objections raised against them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, Region, User


class NoticeKind(StrEnum):
    """What is made public."""

    AGREED_PRICE = "agreed_price"  # 促进科技成果转化法 art. 18
    STATE_SALE = "state_sale"  # 国资厅发产权〔2013〕78号
    RESULT = "result"  # 企业国有资产交易监督管理办法 art. 29
    AUCTION = "auction"  # 拍卖法 art. 45; published with the auctions


class PeriodUnit(StrEnum):
    """What a period is counted in."""

    CALENDAR = "calendar"
    WORKING = "working"


class NoticeState(StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    HELD = "held"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


N = NoticeState
LIVE = frozenset({N.PUBLISHED, N.HELD})
PUBLIC = frozenset({N.PUBLISHED, N.HELD, N.ENDED, N.WITHDRAWN})
NOTICE = Lifecycle(
    "notice",
    {
        "publish": Move({N.DRAFT}, N.PUBLISHED),  # the content is frozen and hashed
        "hold": Move({N.PUBLISHED}, N.HELD),  # an objection is open
        "resume": Move({N.HELD}, N.PUBLISHED),  # every objection is rejected or withdrawn
        "end": Move({N.PUBLISHED}, N.ENDED),  # the whole period has run
        "withdraw": Move({N.PUBLISHED, N.HELD}, N.WITHDRAWN),  # or replaced by a corrected one
    },
)


class Notice(Stateful):
    """Something that the law wants known before, or after, it is done.

    Once published it is never edited: a correction is a new notice whose period begins anew.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_subject", "subject_kind", "subject_id"),)
    lifecycle = NOTICE

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # N-00000001
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    kind: Mapped[NoticeKind]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300), default="")
    right_kinds: Mapped[str] = mapped_column(String(300), default="")  # ",invention,design,"
    region: Mapped[Region] = mapped_column(default=Region.MAINLAND)
    city: Mapped[str] = mapped_column(String(40), default="")
    content: Mapped[dict[str, Any]]  # what the notice says; frozen at publication
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of the content
    period_days: Mapped[int]
    period_unit: Mapped[PeriodUnit] = mapped_column(default=PeriodUnit.CALENDAR)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    starts_on: Mapped[date | None]  # the first day that counts: the one after publication
    ends_on: Mapped[date | None]  # the last day for objections
    ended_at: Mapped[datetime | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    correction: Mapped[str] = mapped_column(default="")  # what was wrong with the one it corrects
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    withdrawn_because: Mapped[str] = mapped_column(default="")
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.DRAFT, index=True)

    organisation: Mapped[Organisation] = relationship()
    document: Mapped[Document | None] = relationship()
    corrects: Mapped["Notice | None"] = relationship(remote_side="Notice.id")
    objections: Mapped[list["Objection"]] = relationship(
        back_populates="notice", order_by="Objection.id"
    )

    @property
    def is_live(self) -> bool:
        """Its period runs, or waits for a decision."""
        return self.state in LIVE

    @property
    def is_public(self) -> bool:
        """It was published; also one that was withdrawn later stays to be read."""
        return self.state in PUBLIC

    @property
    def open_objections(self) -> list["Objection"]:
        """Those that hold it."""
        return [one for one in self.objections if one.is_open]


class ObjectionState(StrEnum):
    """Where an objection stands."""

    UNCONFIRMED = "unconfirmed"
    FILED = "filed"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


O = ObjectionState  # noqa: E741 -- as the other tables abbreviate theirs
UNDECIDED = frozenset({O.FILED, O.ANSWERED})
OBJECTION = Lifecycle(
    "objection",
    {
        "confirm": Move({O.UNCONFIRMED}, O.FILED),  # the link in the mail was opened
        "answer": Move({O.FILED}, O.ANSWERED),  # by the institution
        "uphold": Move(UNDECIDED, O.UPHELD),
        "reject": Move(UNDECIDED, O.REJECTED),
        "withdraw": Move(UNDECIDED | {O.UNCONFIRMED}, O.WITHDRAWN),
    },
)


class Objection(Stateful):
    """Somebody says why a notice should not stand. Who it is stays between them and the deciders."""

    __tablename__ = "objection"
    lifecycle = OBJECTION

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    text: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    due_at: Mapped[datetime | None]  # by when the institution answers
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[ObjectionState] = mapped_column(default=ObjectionState.UNCONFIRMED, index=True)

    notice: Mapped[Notice] = relationship(back_populates="objections")
    user: Mapped[User | None] = relationship()
    document: Mapped[Document | None] = relationship()
    decided_by: Mapped[Organisation | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def is_open(self) -> bool:
        """It holds the notice and what the notice is about."""
        return self.state in UNDECIDED
