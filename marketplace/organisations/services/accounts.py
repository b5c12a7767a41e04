"""A person's account: sign-up, confirmation, password, profile, closing."""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.policy import VISITOR, Actor, require
from marketplace.organisations import policy, queries, tokens
from marketplace.organisations.models import Invitation, InvitationState, User
from marketplace.organisations.services import members, sign_ins

MAILS_AN_HOUR = 5  # to one address, whoever asks; the links sent before still work


def sign_up(
    *, email: str, name: str, password_hash: str, locale: str, invitation: Invitation | None = None
) -> User:
    """Open an account. Where the address has one already, its owner is told by mail instead.

    The caller answers the same page in both cases. An invitation that came to this address by
    mail proves it: the account is confirmed at once and joins the organisation.
    """
    email = email.strip().lower()
    known = queries.user_by_email(email)
    if known is not None:
        return _taken(known)
    user = User(
        email=email,
        name=name.strip(),
        password_hash=password_hash,
        locale=locale,
        password_changed_at=clock.now(),
    )
    try:
        with db.session.begin_nested():  # the unique index decides between two at once
            db.session.add(user)
    except IntegrityError:
        known = queries.user_by_email(email)
        if known is None:
            raise
        return _taken(known)
    invited = (
        invitation is not None
        and invitation.email == email
        and invitation.state is InvitationState.SENT
    )
    events.record(user, "user.sign_up", by=_self(user), invited=invited)
    if invitation is not None and invited:
        members.accept(_self(user), invitation, by_mail=True)
    return user


def _taken(known: User) -> User:
    if known.closed_at is None:
        _mail(known, "user.address_taken")
    return known


def ask_confirmation_again(user: User) -> None:
    """Send the confirmation once more; nothing for an address that is confirmed."""
    if user.confirmed_at is None and user.closed_at is None:
        _mail(user, "user.confirm_request")


def confirm(token: str) -> User:
    """Confirm the address that the token was mailed to. Doing it twice does no harm."""
    user = tokens.read_confirmation(token)
    lock(user)
    if user.confirmed_at is None:
        user.confirmed_at = clock.now()
        events.record(user, "user.confirm", by=_self(user))
    return user


def ask_reset(email: str, *, network: str) -> None:
    """Mail a link to set a new password, when the address has an account; say nothing otherwise.

    Something is written down in either case: nobody can tell by the time it takes.
    """
    sign_ins.note_question(email, network=network)
    user = queries.user_by_email(email.strip().lower())
    if user is not None and user.closed_at is None:
        _mail(user, "user.reset_request")


def reset(token: str, *, password_hash: str) -> User:
    """Set a new password by a mailed link: once, and every browser is signed out.

    The link came by mail, so it confirms the address too.
    """
    user = tokens.read_reset(token)
    lock(user)
    tokens.read_reset(token)  # again, under the lock: of two at once the second is refused
    user.password_hash = password_hash
    user.password_changed_at = clock.now()
    user.confirmed_at = user.confirmed_at or clock.now()
    sign_ins.revoke_all(user)
    sign_ins.forget_failures(user.email)
    events.record(user, "user.reset_password", by=_self(user))
    return user


def change_password(actor: Actor, user: User, *, password_hash: str, keep: int | None) -> None:
    """Set a new password; every browser but the sign-in `keep` is signed out."""
    require(actor, policy.edit_account, user)
    user.password_hash = password_hash
    user.password_changed_at = clock.now()
    sign_ins.revoke_all(user, but=keep)
    events.record(user, "user.change_password", by=actor)


def rehash(user: User, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    user.password_hash = password_hash


def revise(actor: Actor, user: User, *, name: str, locale: str, mail_wanted: bool) -> None:
    """Change the name shown to others, the language and whether deals' messages come by mail."""
    require(actor, policy.edit_account, user)
    if not name.strip():
        raise Invalid("user.name_missing", fields={"name": "user.name_missing"})
    user.name, user.locale, user.mail_wanted = name.strip(), locale, mail_wanted
    events.record(user, "user.profile", by=actor)


def close(actor: Actor, user: User, *, because: str) -> None:
    """Close somebody's account: it cannot sign in any more; what it did stays on record."""
    require(actor, policy.close_user, user)
    lock(user)
    if user.closed_at is not None:
        return
    if not because.strip():
        raise Invalid("reason.missing", fields={"because": "reason.missing"})
    user.closed_at = clock.now()
    sign_ins.revoke_all(user)
    events.record(user, "user.close", by=actor, because=because)


def reopen(actor: Actor, user: User, *, because: str) -> None:
    """Open a closed account again."""
    require(actor, policy.close_user, user)
    lock(user)
    if user.closed_at is None:
        return
    user.closed_at = None
    events.record(user, "user.reopen", by=actor, because=because)


def _mail(user: User, kind: str) -> None:
    """Ask for a mail, but do not let strangers fill a mailbox."""
    if queries.count_events(user, kind, since=clock.now() - timedelta(hours=1)) < MAILS_AN_HOUR:
        events.record(user, kind, by=VISITOR)


def _self(user: User) -> Actor:
    return Actor(user_id=user.id, organisation_id=None, role="")
