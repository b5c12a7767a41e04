"""The hash chain over the event log."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.events import Event


class Seal(Record):
    """One link: the event's content hashed together with the link before."""

    __tablename__ = "seal"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # a chain does not fork
    digest: Mapped[str] = mapped_column(String(64), unique=True)

    event: Mapped[Event] = relationship()
