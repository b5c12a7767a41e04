"""Verbs of filings: laid before the authority by a party, worked on at its desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.compliance import policy
from marketplace.compliance.models import (
    Filing,
    FilingKind,
    FilingMessage,
    FilingState,
    Opinion,
)
from marketplace.compliance.services.notices import fingerprint
from marketplace.core import clock, events, working_days
from marketplace.core.db import Record, db, lock, one_at_a_time
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.organisations.models import Organisation

DESK_DAYS = {
    FilingKind.EXPORT_CHECK: 5,
    FilingKind.TECHNOLOGY_TRADE: 3,
    FilingKind.PRIOR_NOTICE: 10,
    FilingKind.PROJECT: 10,
    FilingKind.STATE_DISPOSAL: 20,
    FilingKind.STATE_FUNDED: 20,
    FilingKind.MAJOR_IP: 20,
    FilingKind.OUTBOUND: 20,
    FilingKind.OTHER: 10,
}
"""Working days the desk allows itself from receipt; published, the house's own measure."""


@dataclass(frozen=True)
class Matter:
    """What is laid before the authority, as the package of the subject worked it out."""

    kind: FilingKind
    organisation: Organisation
    title: str
    rule: str = ""
    evidence: Iterable[str] = ()
    content: Mapping[str, Any] | None = None


def open_filing(actor: Actor, subject: Record, matter: Matter) -> Filing:
    """Begin a filing, prefilled; one that is under way for the same rule is gone on with."""
    may_file(actor, matter.organisation)
    db.session.flush()  # the subject needs its id
    one_at_a_time(f"filing:{subject.__tablename__}:{subject.id}")
    for known in db.session.scalars(
        select(Filing).where(
            Filing.subject_kind == subject.__tablename__,
            Filing.subject_id == subject.id,
            Filing.kind == matter.kind,
            Filing.rule == matter.rule,
        )
    ):
        if known.state is FilingState.DRAFT or known.is_waiting:
            return known
    filing = Filing(
        reference=next_reference("F"),
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        kind=matter.kind,
        rule=matter.rule,
        evidence=list(matter.evidence),
        organisation=matter.organisation,
        organisation_id=matter.organisation.id,
        title=matter.title[:300],
        content=dict(matter.content or {}),
    )
    db.session.add(filing)
    events.record(filing, "filing.open", by=actor, reference=filing.reference)
    return filing


def may_file(actor: Actor, organisation: Organisation) -> None:
    """Refuse whoever may not file anything for an organisation."""
    require(actor, policy.submit_filing, Filing(organisation_id=organisation.id))


def submit(
    actor: Actor, filing: Filing, *, statement: str, answers: Mapping[str, Any] | None = None
) -> None:
    """Lay it before the authority: from now on it says what it says."""
    require(actor, policy.submit_filing, filing)
    if not statement.strip():
        raise Invalid("filing.statement", fields={"statement": "filing.statement"})
    advance(filing, "submit", by=actor, filing_kind=filing.kind)
    filing.statement, filing.answers = statement.strip(), dict(answers or {})
    filing.submitted_at, filing.submitted_by_id = clock.now(), actor.user_id
    filing.due_on = _in_working_days(2)
    filing.sha256 = fingerprint(
        {"content": filing.content, "answers": filing.answers, "statement": filing.statement}
    )


def receive(actor: Actor, filing: Filing) -> None:
    """The desk takes it on; its working days begin."""
    require(actor, policy.handle_filing, filing)
    advance(filing, "receive", by=actor)
    filing.received_at = clock.now()
    filing.due_on = _in_working_days(DESK_DAYS[filing.kind])


def ask(actor: Actor, filing: Filing, *, text: str, due_on: date) -> FilingMessage:
    """Ask the filer something, to be answered by a day."""
    require(actor, policy.handle_filing, filing)
    wrong = {}
    if not text.strip():
        wrong["text"] = "filing.text"
    if due_on <= clock.today():
        wrong["due_on"] = "filing.due_on"
    if wrong:
        raise Invalid("filing.incomplete", fields=wrong)
    advance(filing, "ask", by=actor, due_on=due_on)
    filing.due_on = due_on
    return _say(actor, filing, text, due_on=due_on, is_question=True)


def answer(actor: Actor, filing: Filing, *, text: str) -> FilingMessage:
    """Answer the question; the desk's days begin anew."""
    require(actor, policy.submit_filing, filing)
    if not text.strip():
        raise Invalid("filing.text", fields={"text": "filing.text"})
    advance(filing, "answer", by=actor)
    filing.due_on = _in_working_days(DESK_DAYS[filing.kind])
    return _say(actor, filing, text, due_on=None, is_question=False)


def conclude(
    actor: Actor,
    filing: Filing,
    *,
    opinion: Opinion,
    text: str,
    conditions: str = "",
    issuer: str,
    number: str,
) -> None:
    """Give the opinion, reasoned, in the name and under the number of the office in charge.

    Where another office decides by law, `issuer` and `number` are of its paper.
    """
    require(actor, policy.handle_filing, filing)
    wrong = {}
    if not text.strip():
        wrong["text"] = "reason.missing"
    if opinion is Opinion.CONDITIONS and not conditions.strip():
        wrong["conditions"] = "filing.conditions"
    if not issuer.strip():
        wrong["issuer"] = "filing.issuer"
    if wrong:
        raise Invalid("filing.incomplete", fields=wrong)
    lock(filing)
    advance(filing, "conclude", by=actor, because=text, opinion=opinion)
    filing.opinion, filing.opinion_text = opinion, text.strip()
    filing.conditions = conditions.strip()
    filing.issuer, filing.number = issuer.strip()[:200], number.strip()[:80] or filing.reference
    filing.concluded_at, filing.concluded_by_id = clock.now(), actor.user_id
    filing.due_on = None


def close(actor: Actor, filing: Filing) -> None:
    """Put a concluded filing away."""
    require(actor, policy.handle_filing, filing)
    advance(filing, "close", by=actor)


def withdraw_filing(actor: Actor, filing: Filing, *, because: str) -> None:
    """Take it back before there is an opinion."""
    require(actor, policy.submit_filing, filing)
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    advance(filing, "withdraw", by=actor, because=because)
    filing.due_on = None


def must_be_open(filing: Filing, action: str) -> None:
    """Refuse early what the lifecycle would refuse; for callers that do more than one thing."""
    filing.lifecycle.target(filing.state, action)


def _say(
    actor: Actor, filing: Filing, text: str, *, due_on: date | None, is_question: bool
) -> FilingMessage:
    if len(text) > 8_000:
        raise Refused("filing.text")
    message = FilingMessage(
        filing=filing,
        organisation_id=actor.organisation,
        user_id=actor.user,
        is_question=is_question,
        text=text.strip(),
        due_on=due_on,
    )
    db.session.add(message)
    return message


def _in_working_days(days: int) -> date | None:
    """So many working days from today; None where the calendar of that year is not out yet."""
    try:
        return working_days.add(clock.today(), days)
    except working_days.Unpublished:
        return None
