"""Reading complaints: the two sides their own, the exchange and the authority all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.mandates.models import (
    Commission,
    Conflict,
    Credential,
    CredentialKind,
    CredentialState,
    Introduction,
    Mandate,
    MandateState,
)
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust.models import (
    OPEN_COMPLAINTS,
    Complaint,
    ComplaintKind,
    ComplaintPaper,
    ComplaintState,
    Outcome,
)

FILED_BY_US, ABOUT_US = "filed", "about"
MET_AT = ("enquiry", "offer", "deal", "auction", "participant", "room", "priority")
"""Records on which both sides act; who did so has dealt with the other."""


@dataclass(frozen=True)
class Dealing:
    """Where two organisations met; `reference` is empty where the record has none."""

    kind: str
    reference: str = ""


def dealings(complainant_id: int, broker_id: int) -> list[Dealing]:
    """Where an organisation dealt with a broker: mandates, introductions, deals, enquiries, auctions."""
    found = [
        Dealing("mandate", reference)
        for reference in db.session.scalars(
            select(Mandate.reference)
            .where(
                Mandate.principal_id == complainant_id,
                Mandate.broker_id == broker_id,
                Mandate.state != MandateState.DRAFTED,
            )
            .order_by(Mandate.id)
        )
    ]
    found += [
        Dealing("deal", reference)
        for reference in db.session.scalars(
            select(Commission.deal_reference)
            .join(Commission.mandate)
            .where(
                Mandate.broker_id == broker_id,
                or_(
                    Commission.counterparty_id == complainant_id,
                    Commission.payer_id == complainant_id,
                    Mandate.principal_id == complainant_id,
                ),
            )
            .order_by(Commission.id)
        )
    ]
    introduced = (
        select(Introduction.listing_reference)
        .join(Introduction.mandate)
        .where(Introduction.party_id == complainant_id, Mandate.broker_id == broker_id)
    )
    declared = select(Conflict.listing_reference).where(
        Conflict.broker_id == broker_id,
        or_(Conflict.seller_id == complainant_id, Conflict.buyer_id == complainant_id),
    )
    for each in (introduced, declared):
        found += [Dealing("listing", reference) for reference in db.session.scalars(each)]
    found += [Dealing(kind) for kind in _met(complainant_id, broker_id)]
    return list(dict.fromkeys(found))


def _met(complainant_id: int, broker_id: int) -> list[str]:
    """The kinds of records on which both have acted, as the log of events knows."""
    mine, theirs = aliased(Event), aliased(Event)
    both = (
        select(mine.subject_kind)
        .join(
            theirs,
            (theirs.subject_kind == mine.subject_kind) & (theirs.subject_id == mine.subject_id),
        )
        .where(
            mine.organisation_id == complainant_id,
            theirs.organisation_id == broker_id,
            mine.subject_kind.in_(MET_AT),
        )
        .distinct()
        .order_by(mine.subject_kind)
    )
    return list(db.session.scalars(both))


def visible_to(actor: Actor) -> Select[tuple[Complaint]]:
    """Those that one's organisation filed or that are about it; the exchange and the authority all."""
    found = select(Complaint).options(
        joinedload(Complaint.complainant), joinedload(Complaint.broker)
    )
    if actor is SYSTEM or actor.is_operator or actor.is_regulator:
        return found.where(true())
    me = actor.organisation_id
    if me is None:
        return found.where(false())
    # what the exchange has not accepted is between it and the complainant
    taken = Complaint.state.not_in([ComplaintState.FILED, ComplaintState.REFUSED])
    withdrawn_before = (Complaint.state == ComplaintState.WITHDRAWN) & Complaint.answer_by.is_(None)
    about_us = (Complaint.broker_id == me) & taken & ~withdrawn_before
    return found.where(or_(Complaint.complainant_id == me, about_us))


def get(actor: Actor, reference: str) -> Complaint:
    """One complaint; others' are not there."""
    found = db.session.scalar(visible_to(actor).where(Complaint.reference == reference))
    if found is None:
        raise NotFound("complaint.unknown")
    require(actor, policy.see_complaint, found)
    return found


def listed(
    actor: Actor, *, side: str = "", state: str = "", kind: str = "", search: str = ""
) -> Select[tuple[Complaint]]:
    """What the reader sees, narrowed; what is open and due first on top."""
    found = visible_to(actor)
    if side == FILED_BY_US:
        found = found.where(Complaint.complainant_id == actor.organisation_id)
    if side == ABOUT_US:
        found = found.where(Complaint.broker_id == actor.organisation_id)
    if state == "open":
        found = found.where(Complaint.state.in_(OPEN_COMPLAINTS))
    if state in set(ComplaintState):
        found = found.where(Complaint.state == state)
    if kind in set(ComplaintKind):
        found = found.where(Complaint.kind == kind)
    if search:
        found = found.where(
            or_(
                Complaint.reference.contains(search, autoescape=True),
                Complaint.broker.has(Organisation.name.contains(search, autoescape=True)),
                Complaint.complainant.has(Organisation.name.contains(search, autoescape=True)),
            )
        )
    is_open = Complaint.state.in_(OPEN_COMPLAINTS).desc()
    return found.order_by(is_open, Complaint.answer_by.asc().nulls_first(), Complaint.id.desc())


def papers_of(complaint: Complaint) -> list[ComplaintPaper]:
    """The evidence of both sides."""
    return list(
        db.session.scalars(
            select(ComplaintPaper)
            .where(ComplaintPaper.complaint_id == complaint.id)
            .options(joinedload(ComplaintPaper.document), joinedload(ComplaintPaper.organisation))
            .order_by(ComplaintPaper.id)
        )
    )


def practitioners(broker_id: int) -> list[Credential]:
    """The people of a broker, to name one."""
    return list(
        db.session.scalars(
            select(Credential)
            .where(
                Credential.organisation_id == broker_id,
                Credential.kind == CredentialKind.PRACTITIONER,
                Credential.state == CredentialState.CONFIRMED,
            )
            .order_by(Credential.name, Credential.id)
        )
    )


def same_open(
    complainant_id: int, broker_id: int, kind: ComplaintKind, about: str
) -> Complaint | None:
    """An open complaint of the same about the same: it is filed once."""
    return db.session.scalar(
        select(Complaint).where(
            Complaint.complainant_id == complainant_id,
            Complaint.broker_id == broker_id,
            Complaint.kind == kind,
            Complaint.about == about,
            Complaint.state.in_(OPEN_COMPLAINTS),
        )
    )


def founded(broker_ids: Iterable[int]) -> dict[int, int]:
    """How many complaints about each were founded in whole or in part, once that is final."""
    rows = db.session.execute(
        select(Complaint.broker_id, func.count(Complaint.id))
        .where(
            Complaint.broker_id.in_(list(broker_ids)),
            Complaint.state == ComplaintState.FINAL,
            Complaint.outcome.in_([Outcome.FOUNDED, Outcome.PARTLY]),
        )
        .group_by(Complaint.broker_id)
    )
    return {row[0]: row[1] for row in rows}


def to_remind(limit: int, before: timedelta) -> list[Complaint]:
    """Accepted, unanswered, due soon, and not reminded of yet."""
    return _unanswered(
        limit, Complaint.answer_by <= clock.today() + before, Complaint.reminded_on.is_(None)
    )


def overdue(limit: int) -> list[Complaint]:
    """The day of the answer is past, and nobody was told yet."""
    return _unanswered(limit, Complaint.answer_by < clock.today(), Complaint.overdue_on.is_(None))


def _unanswered(limit: int, *where: object) -> list[Complaint]:
    found = select(Complaint).where(Complaint.state == ComplaintState.ACCEPTED, *where)  # type: ignore[arg-type]  # conditions of ours
    return list(db.session.scalars(found.order_by(Complaint.id).limit(limit)))


def to_close(limit: int, today: date) -> list[Complaint]:
    """Decided, and nobody objected in time."""
    found = select(Complaint).where(
        Complaint.state == ComplaintState.DECIDED, Complaint.object_by < today
    )
    return list(db.session.scalars(found.order_by(Complaint.id).limit(limit)))
