"""Complaints as the two sides make them: filed, answered, spoken to, withdrawn, objected to."""

from collections.abc import Sequence

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.mandates import queries as mandates
from marketplace.mandates.models import Credential
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust.models import (
    OPEN_COMPLAINTS,
    Complaint,
    ComplaintKind,
    ComplaintPaper,
    ComplaintState,
    ComplaintStatement,
)
from marketplace.trust.queries import complaints
from marketplace.trust.services.impartial import must_be_impartial, said

MOST_PAPERS = 20


def file_complaint(
    actor: Actor,
    broker: Organisation,
    kind: ComplaintKind,
    *,
    text: str,
    about: str = "",
    practitioner: Credential | None = None,
    papers: Sequence[Document] = (),
    met: bool = False,
) -> Complaint:
    """Complain about a broker that one dealt with; the exchange looks at it first.

    `met`: the caller has seen that both were in an auction, which lies beside this package. The same
    complaint about the same dealing, while the first is open, is one.
    """
    require(actor, policy.complain)
    if broker.id == actor.organisation or mandates.broker_by_id(broker.id) is None:
        raise Invalid("complaint.not_a_broker", fields={"broker": "complaint.not_a_broker"})
    known = complaints.dealings(actor.organisation, broker.id)
    if not known and not met:
        raise Refused("complaint.no_dealing")
    if about and about not in {one.reference for one in known}:
        raise Invalid("complaint.unknown_dealing", fields={"about": "complaint.unknown_dealing"})
    if practitioner is not None and practitioner.organisation_id != broker.id:
        raise Invalid("complaint.practitioner", fields={"practitioner": "complaint.practitioner"})
    words = said(text, "text")
    lock(db.session.get_one(Organisation, actor.organisation))
    if complaints.same_open(actor.organisation, broker.id, kind, about) is not None:
        raise Refused("complaint.known")
    made = Complaint(
        reference=next_reference("C"),
        complainant_id=actor.organisation,
        broker=broker,
        credential=practitioner,
        kind=kind,
        about=about,
        text=words,
        filed_by_id=actor.user,
    )
    db.session.add(made)
    events.record(made, "complaint.file", by=actor, about_kind=kind)
    for paper in papers:
        _keep(actor, made, paper)
    return made


def add_paper(actor: Actor, complaint: Complaint, paper: Document) -> None:
    """Put down a piece of evidence; the other side reads it."""
    require(actor, policy.speak, complaint)
    _must_be_open(complaint)
    _keep(actor, complaint, paper)


def _keep(actor: Actor, complaint: Complaint, paper: Document) -> None:
    kept = complaints.papers_of(complaint)
    if any(one.document_id == paper.id for one in kept):
        return
    if len(kept) >= MOST_PAPERS:
        raise Refused("complaint.papers")
    db.session.add(
        ComplaintPaper(complaint=complaint, organisation_id=actor.organisation, document=paper)
    )
    documents.attach(actor, paper, complaint)
    documents.share(actor, paper, [complaint.complainant_id, complaint.broker_id])


def answer(actor: Actor, complaint: Complaint, text: str) -> None:
    """The broker answers, as it has to; after its day still, but that is on record."""
    require(actor, policy.answer_complaint, complaint)
    words = said(text, "text")
    advance(complaint, "answer", by=actor, late=complaint.is_over_time)
    complaint.answer, complaint.answered_on = words, clock.today()


def say(actor: Actor, complaint: Complaint, text: str) -> None:
    """A further word of a side, or a question of the exchange; both sides read it."""
    require(actor, policy.speak, complaint)
    if actor.is_operator:
        must_be_impartial(actor, [complaint.complainant_id, complaint.broker_id])
    lock(complaint)
    _must_be_open(complaint)
    if complaint.state is ComplaintState.FILED:
        raise Refused("complaint.not_accepted")
    complaint.statements.append(
        ComplaintStatement(
            organisation_id=actor.organisation, user_id=actor.user, text=said(text, "text")
        )
    )
    events.record(complaint, "complaint.say", by=actor)


def _must_be_open(complaint: Complaint) -> None:
    if complaint.state not in OPEN_COMPLAINTS:
        raise Refused("complaint.over")


def withdraw(actor: Actor, complaint: Complaint, *, because: str = "") -> None:
    """Who complained lets it go before the decision."""
    require(actor, policy.withdraw_complaint, complaint)
    advance(complaint, "withdraw", by=actor, because=because.strip())


def object_to(actor: Actor, complaint: Complaint, *, because: str) -> None:
    """Either side objects to the decision in time; somebody else of the staff looks at it again."""
    require(actor, policy.object_to_decision, complaint)
    reason = said(because, "because")
    lock(complaint)
    complaint.lifecycle.target(complaint.state, "object")
    if complaint.object_by is not None and complaint.object_by < clock.today():
        raise Refused("complaint.too_late")
    advance(complaint, "object", by=actor, because=reason)
    complaint.objection, complaint.objected_by_id = reason, actor.organisation
