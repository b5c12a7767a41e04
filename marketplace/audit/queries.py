"""Reading the record of what happened."""

from collections.abc import Iterable

from sqlalchemy import Select, or_, select, tuple_

from marketplace.core.db import Record, db
from marketplace.core.events import Event
from marketplace.core.policy import Actor, Permission, is_operator, require

read_everything = Permission("audit.read", ((is_operator,),))


def timeline(*subjects: Record) -> list[Event]:
    """Every event of these records, oldest first. The caller has proved that they may be seen."""
    return of([(record.__tablename__, record.id) for record in subjects])


def of(subjects: Iterable[tuple[str, int]]) -> list[Event]:
    """Every event of the subjects named by kind and number, oldest first."""
    pairs = list(subjects)
    if not pairs:
        return []
    return list(
        db.session.scalars(
            select(Event)
            .where(tuple_(Event.subject_kind, Event.subject_id).in_(pairs))
            .order_by(Event.created_at, Event.id)
        )
    )


def log(
    actor: Actor, *, kind: str = "", organisation_id: int | None = None
) -> Select[tuple[Event]]:
    """The whole log for operators, newest first."""
    require(actor, read_everything)
    found = select(Event).order_by(Event.id.desc())
    if kind:
        found = found.where(or_(Event.kind == kind, Event.kind.startswith(f"{kind}.")))
    if organisation_id:
        found = found.where(Event.organisation_id == organisation_id)
    return found
