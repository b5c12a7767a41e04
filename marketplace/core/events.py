"""What happened, written with the change itself. Audit, messages and index read it afterwards.

Each event leaves one delivery per reader, in the same transaction: the outbox. A worker leases
deliveries and acknowledges them together with their effect (see jobs.worker).
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.money import Money
from marketplace.core.policy import Actor

READERS = ("audit", "messages", "index")


class Event(Record):
    """One thing that happened: what, to what, by whom, why."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_kind", "subject_id"),)

    kind: Mapped[str] = mapped_column(String(80), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(index=True)
    organisation_id: Mapped[int | None] = mapped_column(index=True)
    because: Mapped[str]
    facts: Mapped[dict[str, Any]]


class EventDelivery(Record):
    """A reader's claim on an event: leased by a worker, done once."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "reader"),
        Index("ix_event_delivery_due", "reader", "done_at", "due_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    reader: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    event: Mapped[Event] = relationship()


def record(subject: Record, kind: str, *, by: Actor, because: str = "", **facts: Any) -> Event:
    """Write an event about a record into the same transaction; readers get it after the commit."""
    db.session.flush()  # the subject needs its id
    if by.under is not None:  # whoever acts for another says so, whatever the act
        facts |= {"under": by.under.reference, "principal": by.under.principal_id}
    event = Event(
        kind=kind,
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        user_id=by.user_id,
        organisation_id=by.organisation_id,
        because=because,
        facts={name: plain(value) for name, value in facts.items()},
        created_at=clock.now(),
    )
    db.session.add(event)
    db.session.add_all(
        EventDelivery(event=event, reader=reader, due_at=event.created_at) for reader in READERS
    )
    return event


def plain(value: Any) -> Any:  # noqa: PLR0911 -- one line a type
    """A value as JSON keeps it: dates in ISO form, money as currency and minor units."""
    match value:
        case Money():
            return {"currency": value.currency, "minor": value.minor}
        case StrEnum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case dict():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(v) for v in value]
        case _:
            return value
