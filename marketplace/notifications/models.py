"""The inbox, and mail on its way."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.events import Event
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import User


class Notification(Record):
    """An event told to a person, for the organisation through which it concerns them."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("event_id", "user_id"),
        Index("ix_notification_reader", "user_id", "read_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    read_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()


CONFIDENTIAL = "confidential"  # the key of a mail that staff do not read begins with this


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


MAIL = Lifecycle(
    "mail",
    {
        "send": Move({MailState.QUEUED, MailState.FAILED}, MailState.SENT),
        "fail": Move({MailState.QUEUED, MailState.FAILED}, MailState.FAILED),
    },
)


class Mail(Stateful):
    """A mail written once per key; without an SMTP server it stays in the local outbox."""

    __tablename__ = "mail"
    lifecycle = MAIL

    key: Mapped[str] = mapped_column(String(120), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    address: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str]
    stoppable: Mapped[bool] = mapped_column(default=False)  # the reader may turn such mails off
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=clock.now)  # none: tried no more
    error: Mapped[str] = mapped_column(default="")
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)

    user: Mapped[User | None] = relationship()
