"""What travels by mail: signed tokens that confirm an address, reset a password, invite.

Makers are called when a mail is written, readers when its link is opened. Nothing is stored; a
token dies with its time, or with what it was bound to.
"""

from typing import Any

from marketplace.core import clock, settings, signing
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.organisations.models import Invitation, User

DAY = 24 * 3600
CONFIRMATION_SECONDS = 3 * DAY
RESET_SECONDS = 2 * 3600
INVITATION_SECONDS = 14 * DAY
KNOWN_BROWSER_SECONDS = 365 * DAY
STOP_MAIL_SECONDS = 10 * 365 * DAY  # an old mail's link must still work


def confirmation(user: User) -> str:
    """For `/confirm/<token>`: proves the address; three days."""
    return signing.sign("confirmation", [user.id, user.email])


def reset(user: User) -> str:
    """For `/reset/<token>`: sets a new password once; two hours."""
    return signing.sign("reset", [user.id, _password_age(user)])


def invitation(sent: Invitation) -> str:
    """For `/invitations/<token>`: joins an organisation; fourteen days."""
    return signing.sign("invitation", [sent.id, sent.email])


def known_browser(user: User, name: str) -> str:
    """For a cookie: this browser has signed in to this account before."""
    return signing.sign("known-browser", [user.email, name])


def stop_mail_address(user: User) -> str:
    """Where a person turns off mails about deals with one click, without signing in."""
    token = signing.sign("stop-mail", [user.id, user.email])
    return f"{settings.current().site_url}/mail/stop/{token}"


def _password_age(user: User) -> str:
    return user.password_changed_at.isoformat() if user.password_changed_at else ""


def read_confirmation(token: str) -> User:
    """Whose address it confirms, or Invalid `token.invalid`."""
    user_id, email = _pair("confirmation", token, CONFIRMATION_SECONDS)
    user = db.session.get(User, user_id)
    if user is None or user.email != email or user.closed_at is not None:
        raise Invalid("token.invalid")
    return user


def read_reset(token: str) -> User:
    """Whose password it resets, or Invalid: also when the password has changed since."""
    user_id, age = _pair("reset", token, RESET_SECONDS)
    user = db.session.get(User, user_id)
    if user is None or user.closed_at is not None or _password_age(user) != age:
        raise Invalid("token.invalid")
    return user


def read_invitation(token: str) -> Invitation:
    """The invitation, in whatever state, or Invalid."""
    invitation_id, email = _pair("invitation", token, INVITATION_SECONDS)
    found = db.session.get(Invitation, invitation_id)
    if found is None or found.email != email or found.expires_at <= clock.now():
        raise Invalid("token.invalid")
    return found


def read_stop_mail(token: str) -> User:
    """Who wants no more mails about deals, or Invalid `token.invalid`."""
    user_id, email = _pair("stop-mail", token, STOP_MAIL_SECONDS)
    user = db.session.get(User, user_id)
    if user is None or user.email != email:
        raise Invalid("token.invalid")
    return user


def read_known_browser(token: str, email: str) -> str:
    """The browser's name when it has signed in to this address before, else nothing."""
    try:
        known, name = _pair("known-browser", token, KNOWN_BROWSER_SECONDS)
    except Invalid:
        return ""
    return str(name) if known == email else ""


def _pair(purpose: str, token: str, seconds: int) -> tuple[Any, Any]:
    payload = signing.unsign(purpose, token, max_age_seconds=seconds)
    if not isinstance(payload, list) or len(payload) != 2:
        raise Invalid("token.invalid")
    return payload[0], payload[1]
