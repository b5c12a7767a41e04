"""What the rules leave to do."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import Organisation, User


class TaskState(StrEnum):
    """Where a task stands; that it is overdue is worked out from the day."""

    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"
    LAPSED = "lapsed"


TASK = Lifecycle(
    "task",
    {
        "do": Move({TaskState.OPEN, TaskState.WAIVED, TaskState.LAPSED}, TaskState.DONE),
        "waive": Move({TaskState.OPEN, TaskState.DONE, TaskState.LAPSED}, TaskState.WAIVED),
        "lapse": Move({TaskState.OPEN}, TaskState.LAPSED),  # the rule asks for it no more
        "reopen": Move({TaskState.DONE, TaskState.WAIVED, TaskState.LAPSED}, TaskState.OPEN),
    },
)


class Task(Stateful):
    """What a rule asks one side to do about a record, by when, and how it was settled."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "rule", "side"),
        Index("ix_task_due", "state", "due_on"),
    )
    lifecycle = TASK

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    reference: Mapped[str] = mapped_column(String(20))  # of the record, for people
    title: Mapped[str] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(String(80))
    stage: Mapped[str] = mapped_column(String(20))
    gate: Mapped[str] = mapped_column(String(10))
    actor: Mapped[str] = mapped_column(String(40))  # who must act, in the rule's words
    side: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[int | None] = mapped_column(  # none: the exchange itself
        ForeignKey("organisation.id"), index=True
    )
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    due_on: Mapped[date | None]
    counts_from: Mapped[str] = mapped_column(String(20), default="")  # signing, closing, step
    started_on: Mapped[date | None]  # the day of that
    undated: Mapped[str] = mapped_column(String(40), default="")  # why it has no day
    settled: Mapped[str] = mapped_column(String(20), default="")  # how: evidence, facts, report …
    settled_by: Mapped[list[Any]] = mapped_column(default=list)  # names of the papers that did
    settled_at: Mapped[datetime | None]
    report: Mapped[str] = mapped_column(default="")  # what its owner said of a duty done
    reminded: Mapped[int | None]  # the last reminder: days that were left; -1: it was late
    escalated: Mapped[int] = mapped_column(default=0)  # 1: to the owners, 2: to the exchange
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN)

    organisation: Mapped[Organisation | None] = relationship()
    assignee: Mapped[User | None] = relationship()

    @property
    def is_open(self) -> bool:
        """Somebody still has to act."""
        return self.state is TaskState.OPEN

    @property
    def days_left(self) -> int | None:
        """Calendar days to its day; negative when late."""
        return None if self.due_on is None else (self.due_on - clock.today()).days

    @property
    def is_overdue(self) -> bool:
        """Open past its day."""
        return self.is_open and self.due_on is not None and self.due_on < clock.today()
