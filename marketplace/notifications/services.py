"""Telling people what happened: into their inbox, and by mail."""

import smtplib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select, update

from marketplace.compliance.models import Objection
from marketplace.compliance.services import notices
from marketplace.core import clock, events, settings
from marketplace.core.db import Record, db, lock, transaction
from marketplace.core.errors import WrongState
from marketplace.core.events import Event
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.words import say
from marketplace.listings.models import Watch
from marketplace.negotiation.models import OPEN as OPEN_OFFERS
from marketplace.negotiation.models import Offer
from marketplace.notifications import letters, post
from marketplace.notifications.audience import (
    FOR_OPERATORS,
    FOR_REGULATORS,
    IN_CONFIDENCE,
    LETTERS,
    NOT_BY_MAIL,
    SECURITY,
    SILENT,
    TO_FOLLOWERS,
    TO_OWNERS,
    TO_THE_OBJECTOR,
    TO_THE_PERSON,
    organisations_told,
)
from marketplace.notifications.models import CONFIDENTIAL, Mail, MailState, Notification
from marketplace.notifications.policy import read_inbox, resend_mail
from marketplace.notifications.subjects import Subject, subject_of
from marketplace.organisations import tokens
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Invitation,
    Membership,
    Role,
    User,
)

log = structlog.get_logger()
MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)
REST = timedelta(seconds=30)  # for a server that does not answer
READS_MONEY = frozenset(
    {"payment", "payout", "hold"}
)  # finance is told of these; viewers of nothing
_rest = {"until": datetime.min.replace(tzinfo=UTC)}


def tell(event: Event) -> None:
    """Everyone whom the event concerns, once each. Called by the worker, in its transaction."""
    if event.kind in SILENT:
        return
    if event.kind in LETTERS:
        _write_letter(event)
        return
    subject = subject_of(event)
    if subject is None:
        return
    told: set[int] = set()
    for user, organisation_id in _readers(event, subject):
        own_doing = user.id == event.user_id and event.kind not in SECURITY
        if user.id in told or own_doing:
            continue
        told.add(user.id)
        _notify(event, user, organisation_id)
        wanted = user.mail_wanted and event.kind not in NOT_BY_MAIL
        if wanted or event.kind in SECURITY:
            _mail_event(event, user, subject, organisation_id)
    if event.kind in TO_THE_OBJECTOR:
        _write_to_objector(event)
    _tell_staff(event, told)


def _tell_staff(event: Event, told: set[int]) -> None:
    """Work for the exchange, or for the authority's desk."""
    staff = {Capability.OPERATOR: FOR_OPERATORS, Capability.REGULATOR: FOR_REGULATORS}
    for capability, kinds in staff.items():
        for member in _staff(capability) if event.kind in kinds else ():
            if member.user_id not in told and member.user_id != event.user_id:
                told.add(member.user_id)
                _notify(event, member.user, member.organisation_id)


def _readers(event: Event, subject: Subject) -> Iterable[tuple[User, int | None]]:
    named = (event.facts["user"],) if event.kind in TO_THE_PERSON else ()
    named += tuple(event.facts.get("users", ()))
    for user_id in (*subject.users, *named):
        user = db.session.get(User, user_id)
        if user is not None and user.closed_at is None:
            yield user, None
    roles = {Role.OWNER} if event.kind in TO_OWNERS else {Role.OWNER, Role.MANAGER}
    if event.subject_kind in READS_MONEY or event.subject_kind == "deal":
        roles |= {Role.FINANCE}
    members = (
        select(Membership)
        .join(Membership.user)
        .where(
            Membership.organisation_id.in_(organisations_told(event, subject)),
            Membership.role.in_(roles),
            User.closed_at.is_(None),
            User.confirmed_at.is_not(None),
        )
        .order_by(Membership.id)
    )
    for member in db.session.scalars(members):
        yield member.user, member.organisation_id
    if event.kind in TO_FOLLOWERS:
        yield from _followers(event.subject_id)


def _followers(listing_id: int) -> Iterable[tuple[User, int | None]]:
    """Who watches a listing, and who manages for those whose offers wait on it."""
    bidders = (
        select(Membership)
        .join(Offer, Offer.buyer_id == Membership.organisation_id)
        .join(Membership.user)
        .where(
            Offer.listing_id == listing_id,
            Offer.state.in_(OPEN_OFFERS),
            Membership.role.in_({Role.OWNER, Role.MANAGER}),
            User.closed_at.is_(None),
            User.confirmed_at.is_not(None),
        )
        .order_by(Membership.id)
    )
    for member in db.session.scalars(bidders):
        yield member.user, member.organisation_id
    watchers = (
        select(User)
        .join(Watch, Watch.user_id == User.id)
        .where(Watch.listing_id == listing_id, User.closed_at.is_(None))
        .order_by(User.id)
    )
    for user in db.session.scalars(watchers):
        yield user, None


def _staff(capability: Capability) -> list[Membership]:
    """The people of the exchange, or of the authority."""
    return list(
        db.session.scalars(
            select(Membership)
            .join(CapabilityGrant, CapabilityGrant.organisation_id == Membership.organisation_id)
            .join(Membership.user)
            .where(
                CapabilityGrant.capability == capability,
                CapabilityGrant.state == GrantState.GRANTED,
                Membership.role != Role.VIEWER,  # looks on, and does not act
                User.closed_at.is_(None),
            )
            .order_by(Membership.id)
        )
    )


def _notify(event: Event, user: User, organisation_id: int | None) -> None:
    exists = db.session.scalar(
        select(Notification.id).where(
            Notification.event_id == event.id, Notification.user_id == user.id
        )
    )
    if not exists:
        db.session.add(
            Notification(
                event_id=event.id,
                user_id=user.id,
                organisation_id=organisation_id,
                created_at=event.created_at,  # when it happened, not when it was handed over
            )
        )
        db.session.flush()


def _mail_event(event: Event, user: User, subject: Subject, organisation_id: int | None) -> None:
    for_safety = event.kind in SECURITY
    letter = letters.write(
        "security" if for_safety else "event",
        user.locale,
        name=user.name,
        what=say("events", event.kind, user.locale),
        label=subject.label,
        because=f"{event.because.strip()}\n" if event.because.strip() else "",
        link=settings.current().site_url + subject.path_for(organisation_id),
        reset=settings.current().site_url + "/reset",
        stop=tokens.stop_mail_address(user),
    )
    way = CONFIDENTIAL if event.kind in IN_CONFIDENCE else "event"
    key = f"{way}:{event.id}:{user.id}"
    _queue(key, user.email, user.locale, letter, user_id=user.id, stoppable=not for_safety)


def _write_letter(event: Event) -> None:
    site = settings.current().site_url
    if event.kind == "member.invite":
        invitation = db.session.get_one(Invitation, event.subject_id)
        invited = db.session.scalar(select(User).where(User.email == invitation.email))
        locale = invited.locale if invited else invitation.invited_by.locale
        letter = letters.write(
            event.kind,
            locale,
            organisation=invitation.organisation.name,
            inviter=invitation.invited_by.name,
            role=say("enums", f"role.{invitation.role.value}", locale),
            link=f"{site}/invitations/{tokens.invitation(invitation)}",
        )
        _queue(f"letter:{event.id}", invitation.email, locale, letter)
        return
    if event.kind == "objection.confirm_request":
        objection = db.session.get_one(Objection, event.subject_id)
        letter = letters.write(
            event.kind,
            objection.locale,
            name=objection.name,
            notice=f"{objection.notice.reference} {objection.notice.title}",
            link=f"{site}/objections/{notices.confirmation(objection)}",
        )
        _queue(f"letter:{event.id}", objection.email, objection.locale, letter)
        return
    user = db.session.get_one(User, event.subject_id)
    if event.facts.get("invited"):  # the invitation's link has confirmed the address
        return
    kind = "user.sign_up" if event.kind == "user.confirm_request" else event.kind
    path = {
        "user.sign_up": f"/confirm/{tokens.confirmation(user)}",
        "user.reset_request": f"/reset/{tokens.reset(user)}",
        "user.address_taken": "/reset",
    }[kind]
    letter = letters.write(kind, user.locale, name=user.name, link=site + path)
    _queue(f"letter:{event.id}", user.email, user.locale, letter, user_id=user.id)


def _write_to_objector(event: Event) -> None:
    """What became of an objection, to an address without an account."""
    objection = db.session.get_one(Objection, event.subject_id)
    if objection.user_id is not None:
        return
    letter = letters.write(
        "objection.outcome",
        objection.locale,
        name=objection.name,
        what=say("events", event.kind, objection.locale),
        notice=f"{objection.notice.reference} {objection.notice.title}",
        text=event.because.strip() or objection.answer,
        link=f"{settings.current().site_url}/notices/{objection.notice.reference}",
    )
    _queue(f"letter:{event.id}", objection.email, objection.locale, letter)


def _queue(
    key: str,
    address: str,
    locale: str,
    letter: letters.Letter,
    *,
    user_id: int | None = None,
    stoppable: bool = False,
) -> None:
    if db.session.scalar(select(Mail.id).where(Mail.key == key)):
        return
    db.session.add(
        Mail(
            key=key,
            user_id=user_id,
            address=address,
            locale=locale,
            subject=letter.subject,
            body=letter.body,
            stoppable=stoppable,
        )
    )
    db.session.flush()


def mark_read(actor: Actor, notification_ids: Iterable[int] | None = None) -> None:
    """The reader has seen these notifications, or all of them."""
    require(actor, read_inbox)
    seen = update(Notification).where(
        Notification.user_id == actor.user, Notification.read_at.is_(None)
    )
    if notification_ids is not None:
        seen = seen.where(Notification.id.in_(list(notification_ids)))
    db.session.execute(seen.values(read_at=clock.now()))


def see(actor: Actor, subject: Record) -> None:
    """The reader has the record before them: what was told about it is read."""
    about = select(Event.id).where(
        Event.subject_kind == subject.__tablename__, Event.subject_id == subject.id
    )
    require(actor, read_inbox)
    db.session.execute(
        update(Notification)
        .where(
            Notification.user_id == actor.user,
            Notification.read_at.is_(None),
            Notification.event_id.in_(about),
        )
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def forget_older(moment: datetime) -> None:
    """Everything that happened before a moment counts as read (the demonstration's history)."""
    before = select(Event.id).where(Event.created_at < moment)
    db.session.execute(
        update(Notification)
        .where(Notification.read_at.is_(None), Notification.event_id.in_(before))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def send_due() -> bool:
    """Send the mails that are due over one connection, each attempt outside any transaction.

    Without a server they stay in the outbox that the console shows. A server that does not answer
    is left alone for a while and costs no mail an attempt.
    """
    if not settings.current().mail_server or clock.now() < _rest["until"]:
        return False
    due = db.session.scalars(
        select(Mail.id).where(Mail.state != MailState.SENT, Mail.due_at <= clock.now())
        .order_by(Mail.id)
        .limit(20)
    ).all()  # fmt: skip
    if not due:
        return False
    db.session.rollback()
    try:
        with post.server() as server:
            for mail_id in due:
                _send_one(server, mail_id)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail server away", error=type(error).__name__)
        _rest["until"] = clock.now() + REST
    return True


def _send_one(server: smtplib.SMTP, mail_id: int) -> None:
    """Lease it, hand it over, write down what came of it.

    Killed in between, the mail goes out again when its lease ends: under the same Message-ID, so
    that the reader's program shows it once.
    """
    with transaction():
        mail = db.session.scalar(
            select(Mail).where(Mail.id == mail_id).with_for_update(skip_locked=True)
        )
        if mail is None or mail.state is MailState.SENT:
            return
        if mail.due_at is None or mail.due_at > clock.now():
            return
        mail.attempts += 1
        mail.due_at = clock.now() + min(FIRST_WAIT * 2**mail.attempts, LONGEST_WAIT)
    try:
        post.hand_over(server, mail)
    except post.Undeliverable as error:
        _failed(mail_id, error, for_good=True)
    except (OSError, smtplib.SMTPException) as error:
        _failed(mail_id, error)
        raise
    else:
        with transaction():
            mail = db.session.get_one(Mail, mail_id)
            mail.error, mail.due_at = "", None
            mail.body = letters.without_secrets(mail.body)  # nobody needs the links here any more
            advance(mail, "send", by=SYSTEM)


def _failed(mail_id: int, error: Exception, *, for_good: bool = False) -> None:
    log.warning("mail not sent", mail=mail_id, error=type(error).__name__)
    with transaction():
        mail = db.session.get_one(Mail, mail_id)
        mail.error = f"{type(error).__name__}: {error}"[:300]
        if for_good or mail.attempts >= MAX_ATTEMPTS:
            mail.due_at = None
        advance(mail, "fail", by=SYSTEM)


def resend(actor: Actor, mail: Mail) -> None:
    """Try a mail again at once, from the console."""
    require(actor, resend_mail)
    lock(mail)
    if mail.state is MailState.SENT:
        raise WrongState("mail.resend", needs=["mail.failed", "mail.queued"])
    mail.attempts, mail.due_at = 0, clock.now()
    _rest["until"] = clock.now()
    events.record(mail, "mail.resend", by=actor)


def stop_mail(token: str) -> User:
    """Turn off mails about deals by a mail's own link; they stay in the inbox."""
    user = tokens.read_stop_mail(token)
    if user.mail_wanted:
        user.mail_wanted = False
        events.record(user, "user.stop_mail", by=Actor(user.id, None))
    return user
