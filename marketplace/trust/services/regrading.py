"""Objections to items of a grade, and repair of what was cured (信用修复); two people decide."""

from datetime import timedelta

from marketplace.core import clock, events, settings
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust.models import CaseKind, GradeCase, Sanction
from marketplace.trust.queries import grades
from marketplace.trust.queries.grades import Entry
from marketplace.trust.services.impartial import must_be_impartial, said


def file_case(
    actor: Actor,
    broker: Organisation,
    kind: CaseKind,
    *,
    item: str,
    text: str,
    document: Document | None = None,
) -> GradeCase:
    """Object to an item of one's grade in time, or apply for repair once its months are over.

    One thing waits about an item at a time; an objection that failed is not made again. What the authority
    imposed only the authority takes back.
    """
    require(actor, policy.contest, broker)
    words = said(text, "text")
    lock(broker)
    entry = grades.graded(broker.id).entry(item)
    if not entry.counts:
        raise Refused("grade_case.counts_no_more")
    if grades.open_case(broker.id, item) is not None:
        raise Refused("grade_case.known")
    if kind is CaseKind.OBJECTION:
        _may_object(broker, entry)
    else:
        _may_repair(entry)
    made = GradeCase(
        reference=next_reference("G"),
        broker=broker,
        kind=kind,
        item=item,
        text=words,
        document=document,
        filed_by_id=actor.user,
    )
    db.session.add(made)
    events.record(made, "grade_case.file", by=actor, item=item, kind_of=kind)
    return made


def _may_object(broker: Organisation, entry: Entry) -> None:
    if isinstance(entry.source, Sanction):
        raise Refused("grade_case.authority")
    if entry.item.on + timedelta(days=settings.current().objection_days) < clock.today():
        raise Refused("grade_case.too_late")
    if grades.rejected_objection(broker.id, entry.key) is not None:
        raise Refused("grade_case.decided")


def _may_repair(entry: Entry) -> None:
    if entry.repairable_from is None:
        raise Refused("grade_case.no_repair")
    if clock.today() < entry.repairable_from:
        raise Refused("grade_case.too_early", since=str(entry.repairable_from))


def withdraw_case(actor: Actor, case: GradeCase) -> None:
    """The broker lets it go."""
    require(actor, policy.withdraw_case, case)
    advance(case, "withdraw", by=actor)


def propose(actor: Actor, case: GradeCase, *, to_grant: bool, because: str) -> None:
    """One of the staff who did not decide the item says what should become of it."""
    require(actor, policy.decide_case, case)
    _must_be_free(actor, case)
    reason = said(because, "because")
    advance(case, "propose", by=actor, because=reason, to_grant=to_grant)
    case.to_grant, case.because, case.proposed_by_id = to_grant, reason, actor.user_id


def return_case(actor: Actor, case: GradeCase, *, because: str) -> None:
    """The second person does not agree: it is to be proposed anew."""
    require(actor, policy.decide_case, case)
    _must_be_free(actor, case)
    advance(case, "return", by=actor, because=said(because, "because"))
    case.to_grant, case.because, case.proposed_by_id = None, "", None


def settle(actor: Actor, case: GradeCase) -> None:
    """The second person agrees: granted, the item is lifted and stays in the history."""
    require(actor, policy.decide_case, case)
    _must_be_free(actor, case)
    lock(case)
    action = "grant" if case.to_grant else "reject"
    case.lifecycle.target(case.state, action)
    if case.proposed_by_id == actor.user_id:
        raise Refused("trust.four_eyes")
    advance(case, action, by=actor, because=case.because)
    case.decided_by_id, case.decided_on = actor.user_id, clock.today()


def _must_be_free(actor: Actor, case: GradeCase) -> None:
    """Neither of the house nor one who decided the item."""
    must_be_impartial(actor, [case.broker_id])
    entry = next((e for e in grades.graded(case.broker_id).entries if e.key == case.item), None)
    if entry is not None and actor.user_id in entry.entered_by:
        raise Refused("grade_case.own_decision")
