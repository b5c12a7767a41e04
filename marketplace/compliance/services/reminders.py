"""Telling the owners of tasks: before the day, on it, and when it is past."""

from collections.abc import Sequence

from marketplace.compliance import worklist
from marketplace.compliance.models import Task
from marketplace.core import clock, events, working_days
from marketplace.core.db import lock
from marketplace.core.policy import SYSTEM

AHEAD = (14, 7, 3, 1, 0)
"""Days before the day of a task on which its owner is reminded."""
LATE = -1
OWNERS_AFTER, EXCHANGE_AFTER = 3, 10
"""Working days past the day after which the organisation's owners, then the exchange, are told."""


def remind_due(limit: int = 500) -> int:
    """Remind and escalate, each once however often it runs; how many were told.

    Tasks of one side for one day are one reminder. After a rest (the worker was away) only the
    nearest goes out, not all that were missed.
    """
    groups: dict[object, list[Task]] = {}
    for task in worklist.tasks_to_remind(AHEAD, limit=limit):
        lock(task)  # of two workers the second sees what the first did
        if task.is_open and task.due_on is not None:
            key = (task.subject_kind, task.subject_id, task.side, task.due_on)
            groups.setdefault(key, []).append(task)
    return sum(_remind(tasks) + _escalate(tasks) for tasks in groups.values())


def _remind(tasks: Sequence[Task]) -> int:
    mark = _mark(tasks[0])
    due = [task for task in tasks if task.reminded is None or task.reminded > mark]
    for task in due:
        task.reminded = mark
    return _tell(due, "task.overdue" if mark == LATE else "task.remind")


def _mark(task: Task) -> int:
    left = task.days_left or 0
    return LATE if left < 0 else min(days for days in AHEAD if left <= days)


def _escalate(tasks: Sequence[Task]) -> int:
    late = _working_days_late(tasks[0])
    step = 2 if late >= EXCHANGE_AFTER else 1 if late >= OWNERS_AFTER else 0
    due = [task for task in tasks if task.escalated < step and task.organisation_id is not None]
    for task in due:
        task.escalated = step
    return _tell(due, "task.escalate_exchange" if step == 2 else "task.escalate_owners")


def _tell(tasks: Sequence[Task], kind: str) -> int:
    if not tasks:
        return 0
    first = tasks[0]
    if first.organisation_id is None:
        kind = f"{kind}_exchange"
    events.record(
        first,
        kind,
        by=SYSTEM,
        rules=[task.rule for task in tasks],
        due_on=first.due_on,
        users=sorted({task.assignee_id for task in tasks if task.assignee_id}),
    )
    return 1


def _working_days_late(task: Task) -> int:
    """By the calendar; in a year without one five of seven days, for this is no period of law."""
    if task.due_on is None or not task.is_overdue:
        return 0
    try:
        return working_days.between(task.due_on, clock.today())
    except working_days.Unpublished:
        return (clock.today() - task.due_on).days * 5 // 7
