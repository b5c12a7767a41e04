"""What the findings leave to do: tasks, refreshed from the judgement whenever a record changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.compliance import policy, worklist
from marketplace.compliance.models import Task, TaskState
from marketplace.core import clock, events
from marketplace.core.db import Record, db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations import queries as organisations

_ACTIONS = {TaskState.OPEN: "reopen", TaskState.DONE: "do", TaskState.WAIVED: "waive"}
REPORTED = "report"


@dataclass(frozen=True)
class Due:
    """The day by which, what it counts from and since when; or why there is no day."""

    on: date | None = None
    counts_from: str = ""
    started_on: date | None = None
    undated: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the judgement of a record says of one rule and one side."""

    rule: str
    stage: str
    gate: str
    actor: str
    side: str
    organisation_id: int | None
    due: Due
    state: TaskState = TaskState.OPEN
    settled: str = ""
    settled_by: tuple[str, ...] = ()
    keeps_only: bool = False  # an earlier task goes on, a new one is not begun


@dataclass(frozen=True)
class About:
    """A record as people know it."""

    reference: str
    title: str


def refresh(
    subject: Record, wanted: Iterable[Wanted], about: About, *, by: Actor = SYSTEM, gone: str = ""
) -> list[Task]:
    """Bring the tasks of a record up to its judgement; the tasks. Twice is once.

    What is met at first sight makes no task. What is asked for no more lapses, with the reason
    `gone` (words: enums `task_settled.*`).
    """
    known = {(task.rule, task.side): task for task in worklist.tasks_of(subject)}
    kept: list[Task] = []
    fresh: list[Task] = []
    for want in wanted:
        task = known.pop((want.rule, want.side), None)
        if task is not None:
            _bring_up(task, want, about, by=by)
            kept.append(task)
        elif want.state is TaskState.OPEN and not want.keeps_only:
            fresh.append(_begin(subject, want, about))
    for task in known.values():
        if task.is_open:
            _settle(task, "lapse", gone or "vanished", (), by=by)
    db.session.add_all(fresh)
    for task in fresh:
        events.record(task, "task.open", by=SYSTEM, rule=task.rule, due_on=task.due_on)
    return [*kept, *fresh]


def _begin(subject: Record, want: Wanted, about: About) -> Task:
    return Task(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        reference=about.reference,
        title=about.title[:200],
        rule=want.rule,
        stage=want.stage,
        gate=want.gate,
        actor=want.actor,
        side=want.side,
        organisation_id=want.organisation_id,
        due_on=want.due.on,
        counts_from=want.due.counts_from,
        started_on=want.due.started_on,
        undated=want.due.undated,
    )


def _bring_up(task: Task, want: Wanted, about: About, *, by: Actor) -> None:
    task.title, task.stage, task.gate = about.title[:200], want.stage, want.gate
    if want.state is TaskState.OPEN and task.due_on != want.due.on:
        task.due_on, task.reminded, task.escalated = want.due.on, None, 0
    if want.state is TaskState.OPEN:
        task.counts_from, task.started_on = want.due.counts_from, want.due.started_on
        task.undated = want.due.undated
    said_so = task.state is TaskState.DONE and task.settled == REPORTED
    if task.state is want.state or (said_so and want.state is TaskState.OPEN):
        return
    if want.state is TaskState.OPEN and want.keeps_only:
        return
    _settle(task, _ACTIONS[want.state], want.settled, want.settled_by, by=by)


def _settle(task: Task, action: str, how: str, papers: tuple[str, ...], *, by: Actor) -> None:
    advance(task, action, by=by, rule=task.rule, how=how, papers=list(papers))
    task.settled, task.settled_by = ("", []) if task.is_open else (how, list(papers))
    task.settled_at = None if task.is_open else clock.now()
    if task.is_open:
        task.reminded, task.escalated, task.report = None, 0, ""


def assign(actor: Actor, task: Task, user_id: int | None) -> None:
    """Give a task to a person of the organisation whose task it is, or to nobody."""
    require(actor, policy.assign_task, task)
    lock(task)
    if user_id == task.assignee_id:
        return
    members = organisations.members_of(task.organisation_id) if task.organisation_id else []
    if user_id is not None and user_id not in {one.user_id for one in members}:
        raise Invalid("task.assignee", fields={"assignee": "task.assignee"})
    task.assignee_id = user_id
    events.record(task, "task.assign", by=actor, rule=task.rule, user=user_id)


def report(actor: Actor, task: Task, *, because: str) -> None:
    """Its owner says that a duty is done, and how; what stops a deal is shown by papers only."""
    require(actor, policy.report_task, task)
    if not because.strip():
        raise Invalid("task.report", fields={"because": "task.report"})
    lock(task)
    if task.gate != "duty":
        raise Refused("task.needs_paper")
    task.lifecycle.target(task.state, "do")
    _settle(task, "do", REPORTED, (), by=actor)
    task.report = because.strip()[:1000]


def resume(actor: Actor, task: Task) -> None:
    """Take the report back: the duty is not done after all."""
    require(actor, policy.report_task, task)
    lock(task)
    if task.settled != REPORTED:
        raise Refused("task.not_reported")
    _settle(task, "reopen", "", (), by=actor)
