"""State machines as tables: which action leads from which states to which."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy.orm import Mapped

from marketplace.core import events
from marketplace.core.db import Record, lock
from marketplace.core.errors import WrongState
from marketplace.core.policy import Actor


@dataclass(frozen=True)
class Move:
    """From any of these states to that one."""

    sources: Collection[StrEnum]
    target: StrEnum


@dataclass(frozen=True)
class Lifecycle:
    """The table of a noun: action → move."""

    noun: str
    moves: Mapping[str, Move]

    def actions(self, state: StrEnum) -> list[str]:
        """What can be done from here: the page's buttons, the interface's links."""
        return [name for name, move in self.moves.items() if state in move.sources]

    def target(self, state: StrEnum, action: str) -> StrEnum:
        """Where the action leads, or WrongState with the states it starts from."""
        move = self.moves[action]
        if state not in move.sources:
            raise WrongState(
                f"{self.noun}.{action}", needs=[f"{self.noun}.{s.value}" for s in move.sources]
            )
        return move.target


class Stateful(Record):
    """A record with a lifecycle."""

    __abstract__ = True

    lifecycle: ClassVar[Lifecycle]
    state: Mapped[StrEnum]


def advance(
    record: Stateful, action: str, *, by: Actor, because: str = "", **facts: Any
) -> events.Event:
    """The only way a state changes: row read again under lock, table asked, event written."""
    lock(record)  # of two people who act at once, the second sees what the first did
    before = record.state
    record.state = record.lifecycle.target(before, action)
    kind = f"{record.lifecycle.noun}.{action}"
    return events.record(
        record, kind, by=by, because=because, before=before, after=record.state, **facts
    )
