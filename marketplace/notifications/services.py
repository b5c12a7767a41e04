"""Telling people what happened: into their inbox, and by mail."""

import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate

import structlog
from sqlalchemy import select, update

from marketplace.core import clock, settings
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.words import say
from marketplace.notifications import letters
from marketplace.notifications.audience import (
    FOR_OPERATORS,
    LETTERS,
    NOT_BY_MAIL,
    SECURITY,
    SILENT,
    organisations_told,
)
from marketplace.notifications.models import Mail, MailState, Notification
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
MAX_ATTEMPTS = 8
READS_MONEY = frozenset({"payment", "payout"})  # finance is told of these; viewers of nothing


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
            _mail_event(event, user, subject)
    if event.kind in FOR_OPERATORS:
        for operator in _operators():
            if operator.user_id not in told and operator.user_id != event.user_id:
                told.add(operator.user_id)
                _notify(event, operator.user, operator.organisation_id)


def _readers(event: Event, subject: Subject) -> Iterable[tuple[User, int | None]]:
    for user_id in subject.users:
        user = db.session.get(User, user_id)
        if user is not None and user.closed_at is None:
            yield user, None
    roles = {Role.OWNER, Role.MANAGER}
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


def _operators() -> list[Membership]:
    return list(
        db.session.scalars(
            select(Membership)
            .join(CapabilityGrant, CapabilityGrant.organisation_id == Membership.organisation_id)
            .where(
                CapabilityGrant.capability == Capability.OPERATOR,
                CapabilityGrant.state == GrantState.GRANTED,
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
            Notification(event_id=event.id, user_id=user.id, organisation_id=organisation_id)
        )
        db.session.flush()


def _mail_event(event: Event, user: User, subject: Subject) -> None:
    letter = letters.write(
        "event",
        user.locale,
        name=user.name,
        what=say("events", event.kind, user.locale),
        label=subject.label,
        because=event.because,
        link=settings.current().site_url + subject.path,
    )
    _queue(f"event:{event.id}:{user.id}", user.email, user.locale, letter, user_id=user.id)


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


def _queue(
    key: str, address: str, locale: str, letter: letters.Letter, *, user_id: int | None = None
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
    """Send the mails that are due, each attempt outside any transaction.

    Without a server they stay in the outbox that the console shows.
    """
    if not settings.current().mail_server:
        return False
    due = db.session.scalars(
        select(Mail.id)
        .where(
            Mail.state.in_({MailState.QUEUED, MailState.FAILED}),
            Mail.due_at <= clock.now(),
            Mail.attempts < MAX_ATTEMPTS,
        )
        .order_by(Mail.id)
        .limit(20)
    ).all()
    for mail_id in due:
        _send_one(mail_id)
    return bool(due)


def _send_one(mail_id: int) -> None:
    with transaction():  # leased: another worker will not take it while we talk to the server
        mail = db.session.scalar(
            select(Mail).where(Mail.id == mail_id).with_for_update(skip_locked=True)
        )
        if mail is None or mail.state is MailState.SENT or mail.due_at > clock.now():
            return
        mail.attempts += 1
        mail.due_at = clock.now() + timedelta(seconds=30) * 2**mail.attempts
        message = _message(mail)
    error = _hand_over(message)
    with transaction():
        mail = db.session.get_one(Mail, mail_id)
        if error:
            mail.error = error[:300]
            advance(mail, "fail", by=SYSTEM)
        else:
            mail.error = ""
            advance(mail, "send", by=SYSTEM)


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.current().mail_sender
    message["To"] = mail.address
    message["Subject"] = mail.subject
    message["Date"] = formatdate(mail.created_at.timestamp())
    message["Message-ID"] = (
        f"<{mail.key.replace(':', '.')}@{_domain()}>"  # ours: sent twice, seen once
    )
    message["Content-Language"] = mail.locale.replace("_", "-")
    message.set_content(mail.body)
    return message


def _domain() -> str:
    return settings.current().mail_sender.rpartition("@")[2] or "localhost"


def _hand_over(message: EmailMessage) -> str:
    trade = settings.current()
    try:
        with smtplib.SMTP(trade.mail_server, trade.mail_port, timeout=20) as server:
            if trade.mail_starttls:
                server.starttls()
            if trade.mail_username:
                server.login(trade.mail_username, trade.mail_password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail not sent", error=type(error).__name__)
        return f"{type(error).__name__}: {error}"
    return ""


def resend(actor: Actor, mail: Mail) -> None:
    """Try a mail again at once, from the console."""
    require(actor, resend_mail)
    mail.attempts = 0
    mail.due_at = clock.now()
