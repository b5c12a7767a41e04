"""Who is let in, by whom, until when."""

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations.models import Organisation
from marketplace.rooms import policy, queries
from marketplace.rooms.models import Admission, AdmissionState, Room, RoomInvitation, RoomState

LONGEST_REASON = 2000
LONGEST = timedelta(days=366)
REMIND_BEFORE = timedelta(days=3)


def ask(actor: Actor, room: Room, *, reason: str) -> Admission:
    """Ask to be let in, for the organisation one acts for. Asking twice is asking once.

    Who was invited, or has signed where the seller lets in whoever signed, is in at once.
    """
    require(actor, policy.ask, room)
    lock(room)
    if room.state is not RoomState.OPEN:
        raise WrongState("room.is_closed")
    if len(reason) > LONGEST_REASON:
        raise Invalid("room.text_too_long", fields={"reason": "room.text_too_long"})
    admission = queries.admission_of(actor, room)
    if admission is None:
        if not reason.strip() and not queries.is_invited(actor.organisation_id, room):
            raise Invalid("admission.reason_missing", fields={"reason": "admission.reason_missing"})
        admission = Admission(
            room=room,
            user_id=actor.user,
            organisation_id=actor.organisation,
            reason=reason.strip(),
        )
        db.session.add(admission)
        events.record(admission, "admission.ask", by=actor, because=reason.strip())
    elif admission.state is AdmissionState.ADMITTED and not admission.stands:
        advance(admission, "expire", by=SYSTEM)
        _ask_again(actor, admission, reason)
    elif admission.state in {
        AdmissionState.REFUSED,
        AdmissionState.REVOKED,
        AdmissionState.EXPIRED,
    }:
        _ask_again(actor, admission, reason)
    else:
        return admission
    _let_in_if_agreed(admission)
    return admission


def _ask_again(actor: Actor, admission: Admission, reason: str) -> None:
    if not reason.strip():
        raise Invalid("admission.reason_missing", fields={"reason": "admission.reason_missing"})
    admission.reason = reason.strip()
    turned_away = admission.state in {AdmissionState.REFUSED, AdmissionState.REVOKED}
    advance(admission, "ask_again", by=actor, because=admission.reason, turned_away=turned_away)
    # Whom the seller turned away, no setting lets in again: the seller does.
    admission.answer = admission.answer if turned_away else ""


def let_in_after_signing(room: Room, organisation_id: int) -> None:
    """Those of the organisation who wait, where the seller's setting lets in who signed."""
    waiting = select(Admission).where(
        Admission.room_id == room.id,
        Admission.organisation_id == organisation_id,
        Admission.state == AdmissionState.ASKED,
    )
    for admission in db.session.scalars(waiting.order_by(Admission.id)).all():
        _let_in_if_agreed(admission)


def _let_in_if_agreed(admission: Admission) -> None:
    room = admission.room
    if admission.answer:
        return
    signed = queries.signature_of(admission.organisation_id, room) is not None
    if (room.automatic and signed) or queries.is_invited(admission.organisation_id, room):
        _let_in(admission, SYSTEM, clock.now() + timedelta(days=room.days))


def _let_in(admission: Admission, by: Actor, until: datetime) -> None:
    advance(admission, "grant", by=by, until=until)
    admission.expires_at, admission.reminded_at, admission.answer = until, None, ""


def grant(actor: Actor, admission: Admission, *, until: datetime) -> None:
    """Let somebody in until a moment."""
    require(actor, policy.decide, admission)
    _check_until(until)
    _let_in(admission, actor, until)


def refuse(actor: Actor, admission: Admission, *, because: str) -> None:
    """Say no, with the reason."""
    require(actor, policy.decide, admission)
    admission_answer = _reason(because)
    advance(admission, "refuse", by=actor, because=admission_answer)
    admission.answer = admission_answer


def revoke(actor: Actor, admission: Admission, *, because: str) -> None:
    """Out at once: the next click of an open session is refused."""
    require(actor, policy.decide, admission)
    admission_answer = _reason(because)
    advance(admission, "revoke", by=actor, because=admission_answer)
    admission.answer = admission_answer


def extend(actor: Actor, admission: Admission, *, until: datetime) -> None:
    """Another end, later or earlier, of an admission that stands."""
    require(actor, policy.decide, admission)
    lock(admission)
    if not admission.stands:
        raise WrongState("admission.extend", needs=["admission.admitted"])
    _check_until(until)
    admission.expires_at, admission.reminded_at = until, None
    events.record(admission, "admission.extend", by=actor, until=until)


def invite(actor: Actor, room: Room, organisation: Organisation) -> RoomInvitation:
    """Ask an organisation in: its people are admitted as they ask, and enter once it has signed."""
    require(actor, policy.keep, room)
    lock(room)
    if organisation.id == room.seller_id:
        raise Invalid("room.invites_itself", fields={"organisation": "room.invites_itself"})
    known = next(
        (i for i in queries.invitations(room) if i.organisation_id == organisation.id), None
    )
    if known is not None:
        return known
    if room.state is not RoomState.OPEN:
        raise Refused("room.is_closed")
    invitation = RoomInvitation(room=room, organisation=organisation, user_id=actor.user)
    db.session.add(invitation)
    events.record(invitation, "room_invitation.invite", by=actor)
    return invitation


def expire_due(now: datetime | None = None) -> int:
    """Write down which admissions have ended; how many. They stopped counting when they ended."""
    now = now or clock.now()
    due = select(Admission).where(
        Admission.state == AdmissionState.ADMITTED, Admission.expires_at <= now
    )
    found = db.session.scalars(due.order_by(Admission.id).limit(500)).all()
    for admission in found:
        advance(admission, "expire", by=SYSTEM)
    return len(found)


def remind_due(now: datetime | None = None) -> int:
    """Tell those whose admission ends within three days, once; how many."""
    now = now or clock.now()
    due = select(Admission).where(
        Admission.state == AdmissionState.ADMITTED,
        Admission.expires_at > now,
        Admission.expires_at <= now + REMIND_BEFORE,
        Admission.reminded_at.is_(None),
    )
    found = db.session.scalars(due.order_by(Admission.id).limit(500)).all()
    for admission in found:
        admission.reminded_at = now
        events.record(admission, "admission.remind", by=SYSTEM, until=admission.expires_at)
    return len(found)


def _check_until(until: datetime) -> None:
    if not clock.now() < until <= clock.now() + LONGEST:
        raise Invalid(
            "admission.until_out_of_range", fields={"until": "admission.until_out_of_range"}
        )


def _reason(because: str) -> str:
    if not because.strip():
        raise Invalid("admission.because_missing", fields={"because": "admission.because_missing"})
    return because.strip()[:LONGEST_REASON]
