"""Complaints as the exchange handles them, and what the clock does about them."""

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.core import clock, events, settings, working_days
from marketplace.core.db import lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.trust import policy
from marketplace.trust.models import Complaint, ComplaintState, Gravity, Outcome
from marketplace.trust.queries import complaints
from marketplace.trust.services.impartial import must_be_impartial, said

REMIND_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Ruling:
    """What a complaint comes to, why, and what the broker has to do. `gravity` where there is a fault."""

    outcome: Outcome
    because: str
    gravity: Gravity | None = None
    measures: str = ""


def accept(actor: Actor, complaint: Complaint) -> None:
    """The complaint is taken up: the broker owes an answer within the working days of the setting."""
    require(actor, policy.decide_complaint, complaint)
    _impartial(actor, complaint)
    advance(complaint, "accept", by=actor)
    complaint.answer_by = _answer_by(clock.today(), settings.current().complaint_answer_days)


def _answer_by(today: date, days: int) -> date:
    """The last day; where next year's calendar is not out yet, a day that is not earlier for certain."""
    try:
        return working_days.add(today, days)
    except working_days.Unpublished:
        return today + timedelta(days=2 * days + 10)


def refuse(actor: Actor, complaint: Complaint, *, because: str) -> None:
    """It is not for the exchange to decide, or says nothing that could be looked into."""
    require(actor, policy.decide_complaint, complaint)
    _impartial(actor, complaint)
    reason = said(because, "because")
    advance(complaint, "refuse", by=actor, because=reason)
    complaint.decision = reason


def decide(actor: Actor, complaint: Complaint, ruling: Ruling) -> None:
    """Founded, in part, or not; without an answer only once its day is past.

    Silence does not make a complaint founded by itself: it is decided on what there is.
    """
    require(actor, policy.decide_complaint, complaint)
    _impartial(actor, complaint)
    lock(complaint)
    complaint.lifecycle.target(complaint.state, "decide")
    if complaint.state is ComplaintState.ACCEPTED and not complaint.is_over_time:
        raise Refused("complaint.wait", until=str(complaint.answer_by))
    _enter(complaint, ruling)
    advance(complaint, "decide", by=actor, because=complaint.decision, outcome=ruling.outcome)
    complaint.decided_by_id, complaint.decided_on = actor.user_id, clock.today()
    complaint.object_by = clock.today() + timedelta(days=settings.current().objection_days)


def review(actor: Actor, complaint: Complaint, ruling: Ruling) -> None:
    """Another person of the staff looks at it after an objection; that is final."""
    require(actor, policy.decide_complaint, complaint)
    _impartial(actor, complaint)
    lock(complaint)
    complaint.lifecycle.target(complaint.state, "review")
    if complaint.decided_by_id == actor.user_id:
        raise Refused("trust.four_eyes")
    first = complaint.outcome
    _enter(complaint, ruling, in_review=True)
    advance(
        complaint, "review", by=actor, because=complaint.review, first=first,
        outcome=ruling.outcome,
    )  # fmt: skip
    complaint.reviewed_by_id, complaint.final_on = actor.user_id, clock.today()


def _enter(complaint: Complaint, ruling: Ruling, *, in_review: bool = False) -> None:
    reason = said(ruling.because, "because")
    at_fault = ruling.outcome is not Outcome.UNFOUNDED
    if at_fault and ruling.gravity is None:
        raise Invalid("complaint.gravity", fields={"gravity": "complaint.gravity"})
    complaint.outcome = ruling.outcome
    complaint.gravity = ruling.gravity if at_fault else None
    complaint.measures = ruling.measures.strip() if at_fault else ""
    if in_review:
        complaint.review = reason
    else:
        complaint.decision = reason


def _impartial(actor: Actor, complaint: Complaint) -> None:
    must_be_impartial(actor, [complaint.complainant_id, complaint.broker_id])


def follow(limit: int = 200) -> int:
    """Remind of answers, say who owes one, and end what nobody objected to; each once, how many in all."""
    done = 0
    for complaint in complaints.to_remind(limit, REMIND_BEFORE):
        complaint.reminded_on = clock.today()
        events.record(complaint, "complaint.remind", by=SYSTEM, answer_by=complaint.answer_by)
        done += 1
    for complaint in complaints.overdue(limit):
        complaint.overdue_on = clock.today()
        events.record(complaint, "complaint.overdue", by=SYSTEM, answer_by=complaint.answer_by)
        done += 1
    for complaint in complaints.to_close(limit, clock.today()):
        advance(complaint, "close", by=SYSTEM)
        complaint.final_on = clock.today()
        done += 1
    return done
