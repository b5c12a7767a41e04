"""Reading tasks and waivers: one's own, all for the exchange; a record's for who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from marketplace.compliance import policy
from marketplace.compliance.models import Task, TaskState, Waiver, WaiverState
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor, require

SOON = timedelta(days=14)


# ---- tasks -------------------------------------------------------------------------------------


def tasks_of(subject: Record) -> Sequence[Task]:
    """All tasks of a record, in the order in which they were begun."""
    return db.session.scalars(
        select(Task)
        .where(Task.subject_kind == subject.__tablename__, Task.subject_id == subject.id)
        .options(joinedload(Task.assignee), joinedload(Task.organisation))
        .order_by(Task.id)
    ).all()


def visible_tasks(actor: Actor) -> Select[tuple[Task]]:
    """The tasks of the organisation acted for; all of them for the exchange."""
    if actor is SYSTEM or actor.is_operator:
        return select(Task).where(true())
    if actor.organisation_id is None:
        return select(Task).where(false())
    return select(Task).where(Task.organisation_id == actor.organisation_id)


def task(actor: Actor, task_id: int) -> Task:
    """One task; another organisation's is not there."""
    found = db.session.scalar(visible_tasks(actor).where(Task.id == task_id))
    if found is None:
        raise NotFound("task.unknown")
    return found


@dataclass(frozen=True)
class Wish:
    """How a list of tasks is narrowed."""

    when: str = ""  # overdue, soon, dated, undated
    state: str = "open"  # a TaskState, or empty for all
    reference: str = ""
    rule: str = ""
    person: int | None = None
    owner: str = ""  # exchange: its own tasks
    search: str = ""


def listed_tasks(actor: Actor, wish: Wish) -> Select[tuple[Task]]:
    """The actor's tasks as a list page shows them, the most urgent first."""
    return (
        visible_tasks(actor)
        .where(*_narrowed(wish))
        .options(joinedload(Task.assignee), joinedload(Task.organisation))
        .order_by(Task.due_on.asc().nulls_last(), Task.id)
    )


def _narrowed(wish: Wish) -> list[ColumnElement[bool]]:
    today = clock.today()
    conditions: list[ColumnElement[bool]] = []
    if wish.state in {one.value for one in TaskState}:
        conditions.append(Task.state == TaskState(wish.state))
    moments: dict[str, list[ColumnElement[bool]]] = {
        "overdue": [Task.state == TaskState.OPEN, Task.due_on < today],
        "soon": [Task.due_on >= today, Task.due_on <= today + SOON],
        "dated": [Task.due_on.is_not(None)],
        "undated": [Task.due_on.is_(None)],
    }
    conditions += moments.get(wish.when, [])
    if wish.reference:
        conditions.append(Task.reference == wish.reference.upper())
    if wish.rule:
        conditions.append(Task.rule == wish.rule)
    if wish.person is not None:
        conditions.append(Task.assignee_id == wish.person)
    if wish.owner == "exchange":
        conditions.append(Task.organisation_id.is_(None))
    if wish.search:
        conditions.append(
            or_(
                Task.reference.contains(wish.search.upper(), autoescape=True),
                Task.title.icontains(wish.search, autoescape=True),
                Task.rule.contains(wish.search.lower(), autoescape=True),
            )
        )
    return conditions


def count_tasks(actor: Actor, wish: Wish) -> int:
    """How many there are."""
    rows = visible_tasks(actor).where(*_narrowed(wish)).with_only_columns(func.count(Task.id))
    return db.session.execute(rows).scalar_one()


def rules_of_tasks(actor: Actor) -> list[str]:
    """The rules that the actor's open tasks come from, for the filter."""
    rows = (
        visible_tasks(actor)
        .where(Task.state == TaskState.OPEN)
        .with_only_columns(Task.rule)
        .distinct()
        .order_by(Task.rule)
    )
    return list(db.session.execute(rows).scalars())


def overdue_tasks(actor: Actor) -> Select[tuple[Task]]:
    """Everybody's tasks past their day, the latest first; for the exchange."""
    require(actor, policy.see_all_tasks)
    return listed_tasks(actor, Wish(when="overdue"))


def tasks_to_remind(ahead: Sequence[int], *, limit: int) -> Sequence[Task]:
    """Open tasks of which somebody may have to be told now, the oldest first; for the job."""
    today = clock.today()
    marks: list[ColumnElement[bool]] = [
        and_(Task.due_on <= _in(today, days), or_(Task.reminded.is_(None), Task.reminded > days))
        for days in ahead
    ]
    late: list[ColumnElement[bool]] = [
        and_(Task.due_on < today, or_(Task.reminded.is_(None), Task.reminded >= 0)),
        and_(Task.due_on < _in(today, -2), Task.escalated == 0),
        and_(Task.due_on < _in(today, -9), Task.escalated == 1),
    ]
    return db.session.scalars(
        select(Task)
        .where(Task.state == TaskState.OPEN, or_(*marks, *late))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
    ).all()


def _in(today: date, days: int) -> date:
    return today + timedelta(days=days)


# ---- waivers -----------------------------------------------------------------------------------


def waivers_of(subject: Record) -> Sequence[Waiver]:
    """All waivers of a record, as they were asked for."""
    return db.session.scalars(
        select(Waiver)
        .where(Waiver.subject_kind == subject.__tablename__, Waiver.subject_id == subject.id)
        .options(joinedload(Waiver.document), joinedload(Waiver.filed_by))
        .order_by(Waiver.id)
    ).all()


def waived_rules(subject: Record) -> frozenset[str]:
    """The rules that were waived for a record, and confirmed by the exchange."""
    found: Any = db.session.scalars(
        select(Waiver.rule).where(
            Waiver.subject_kind == subject.__tablename__,
            Waiver.subject_id == subject.id,
            Waiver.state == WaiverState.CONFIRMED,
        )
    )
    return frozenset(found)


def waiver(waiver_id: int) -> Waiver:
    """One waiver, for callers that may see its subject."""
    found = db.session.get(Waiver, waiver_id)
    if found is None:
        raise NotFound("waiver.unknown")
    return found


def waivers_to_decide(actor: Actor) -> Select[tuple[Waiver]]:
    """Waivers that wait for the exchange, the oldest first."""
    require(actor, policy.decide_waiver)
    return (
        select(Waiver)
        .where(Waiver.state == WaiverState.ASKED)
        .options(joinedload(Waiver.filed_by), joinedload(Waiver.document))
        .order_by(Waiver.created_at, Waiver.id)
    )
