"""Reading the record of what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.audit.models import Seal
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.events import Event
from marketplace.core.policy import Actor, Permission, is_operator, require
from marketplace.organisations.models import Organisation, User

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


@dataclass(frozen=True)
class Wish:
    """What of the log an operator wants: a kind or its first part, who, and days in Guangdong."""

    kind: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None


def log(actor: Actor, wish: Wish) -> Select[tuple[Event]]:
    """The log for operators, newest first."""
    require(actor, read_everything)
    found = select(Event).order_by(Event.id.desc())
    if wish.kind:
        whole = Event.kind == wish.kind
        found = found.where(or_(whole, Event.kind.startswith(f"{wish.kind}.", autoescape=True)))
    if wish.who:
        found = found.where(
            or_(
                Event.user_id.in_(_named(User, wish.who, User.name, User.email)),
                Event.organisation_id.in_(
                    _named(Organisation, wish.who, Organisation.name, Organisation.name_en)
                ),
            )
        )
    if wish.since:
        found = found.where(Event.created_at >= _midnight(wish.since))
    if wish.until:
        found = found.where(Event.created_at < _midnight(wish.until + timedelta(days=1)))
    return found


def _named(
    model: type[User] | type[Organisation], text: str, *columns: InstrumentedAttribute[str]
) -> Select[tuple[int]]:
    return select(model.id).where(or_(*(c.icontains(text, autoescape=True) for c in columns)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.BEIJING)


def names(actor: Actor, events: Iterable[Event]) -> tuple[dict[int, str], dict[int, str]]:
    """The people and the organisations of some events, by number."""
    require(actor, read_everything)
    listed = list(events)
    people = _names(User, {e.user_id for e in listed})
    return people, _names(Organisation, {e.organisation_id for e in listed})


def _names(model: type[User] | type[Organisation], ids: set[int | None]) -> dict[int, str]:
    wanted = select(model.id, model.name).where(model.id.in_(i for i in ids if i))
    return {row.id: row.name for row in db.session.execute(wanted)}


def digests(actor: Actor, events: Iterable[Event]) -> dict[int, str]:
    """The seals of some events, by the number of the event."""
    require(actor, read_everything)
    wanted = select(Seal.event_id, Seal.digest).where(Seal.event_id.in_(e.id for e in events))
    return {row.event_id: row.digest for row in db.session.execute(wanted)}
