"""Reading the inbox and the mail outbox."""

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.policy import Actor, require
from marketplace.notifications.models import CONFIDENTIAL, Mail, MailState, Notification
from marketplace.notifications.policy import read_inbox, resend_mail
from marketplace.notifications.subjects import Subject, subject_of


@dataclass(frozen=True)
class Item:
    """A notification with what it is about."""

    notification: Notification
    subject: Subject | None


def inbox(actor: Actor, *, unread_only: bool = False) -> Select[tuple[Notification]]:
    """The reader's notifications, newest first."""
    require(actor, read_inbox)
    found = (
        select(Notification)
        .options(joinedload(Notification.event))
        .where(Notification.user_id == actor.user)
        .order_by(Notification.id.desc())
    )
    return found.where(Notification.read_at.is_(None)) if unread_only else found


def described(notifications: list[Notification]) -> list[Item]:
    """Each with its subject."""
    return [Item(n, subject_of(n.event)) for n in notifications]


def get(actor: Actor, notification_id: int) -> Notification:
    """One of the reader's own."""
    found = db.session.scalar(inbox(actor).where(Notification.id == notification_id))
    if found is None:
        raise NotFound("notification")
    return found


def unread_count(actor: Actor) -> int:
    """How many the reader has not seen."""
    if actor.user_id is None:
        return 0
    return (
        db.session.scalar(
            select(func.count(Notification.id)).where(
                Notification.user_id == actor.user_id, Notification.read_at.is_(None)
            )
        )
        or 0
    )


def unread_subjects(actor: Actor, kind: str) -> frozenset[int]:
    """The records of a kind (`enquiry`, `offer`, `deal`) of which the reader has unread news."""
    if actor.user_id is None:
        return frozenset()
    return frozenset(
        db.session.scalars(
            select(Event.subject_id)
            .join(Notification, Notification.event_id == Event.id)
            .where(
                Notification.user_id == actor.user_id,
                Notification.read_at.is_(None),
                Event.subject_kind == kind,
            )
        )
    )


def outbox(actor: Actor, *, state: MailState | None = None, text: str = "") -> Select[tuple[Mail]]:
    """The mails, newest first, for operators; without those that are nobody's but the reader's."""
    require(actor, resend_mail)
    in_confidence = Mail.key.startswith(f"{CONFIDENTIAL}:")
    found = select(Mail).where(~in_confidence).order_by(Mail.id.desc())
    if state:
        found = found.where(Mail.state == state)
    if text:
        found = found.where(
            or_(
                Mail.address.icontains(text, autoescape=True),
                Mail.subject.icontains(text, autoescape=True),
            )
        )
    return found
