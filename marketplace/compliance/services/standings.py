"""Keeping how each rule stands for each subject: the register of findings."""

from collections.abc import Iterable

from sqlalchemy import select

from marketplace.compliance.models import Standing
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.rules.engine import Finding, Status

WORST = (
    Status.OPEN,
    Status.UNKNOWN,
    Status.DUTY,
    Status.WAIVED,
    Status.SATISFIED,
    Status.INFO,
)


def note(subject: Record, findings: Iterable[Finding], *, whole: bool = False) -> None:
    """Write down how the rules stand after a judging; of a bundle's rights the worst counts.

    With `whole`, every stage was judged: what no longer bears on the subject is struck out.
    """
    worst: dict[str, Finding] = {}
    for finding in findings:
        known = worst.get(finding.rule)
        if known is None or WORST.index(finding.status) < WORST.index(known.status):
            worst[finding.rule] = finding
    db.session.flush()  # the subject needs its id
    standing = {
        one.rule: one
        for one in db.session.scalars(
            select(Standing).where(
                Standing.subject_kind == subject.__tablename__, Standing.subject_id == subject.id
            )
        )
    }
    now = clock.now()
    for rule, finding in worst.items():
        row = standing.get(rule)
        if row is None:
            row = Standing(
                subject_kind=subject.__tablename__,
                subject_id=subject.id,
                rule=rule,
                status="",
                gate=finding.gate.value,
                effect=finding.effect,
                since=now,
            )
            db.session.add(row)
        if row.status != finding.status.value:
            row.status, row.since = finding.status.value, now
        row.judged_at = now
    if whole:
        for rule in standing.keys() - worst.keys():
            db.session.delete(standing[rule])
