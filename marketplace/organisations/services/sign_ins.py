"""Signed-in browsers, and the counting of failed attempts.

An attempt is written down before the password is looked at, so that many at once count as many.
It is counted by account *and* network (or by a browser that the account has used before): whoever
guesses from elsewhere slows down only himself. Networks are counted by themselves as well, over
all accounts.
"""

import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import TooOften
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy, queries, readers
from marketplace.organisations.models import SignIn, SignInAttempt, User

FREE_ATTEMPTS = 5  # then 15 s, 30 s, 60 s … up to a quarter of an hour
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
COUNTED = timedelta(hours=24)
NETWORK_ATTEMPTS = 60  # over all accounts
NETWORK_WINDOW = timedelta(minutes=15)
CODE_ATTEMPTS = 30  # wrong second factors of one account from browsers it has never used
CODE_WINDOW = timedelta(hours=1)
TOKEN_BYTES = 32


def network_of(address: str | None) -> str:
    """The network an address belongs to: /24 or /48, never the address itself."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def begin(email: str, *, network: str, browser: str = "") -> None:
    """Write an attempt down, or refuse it as `sign_in.too_often` (fact: `seconds`)."""
    who, where = _email_hash(email), _place(network, browser)
    _one_at_a_time(who, where)
    _wait_for_pair(who, where)
    if not browser:
        _wait_for_network(network)
    db.session.add(SignInAttempt(email_hash=who, network=where, created_at=clock.now()))


def note_question(email: str, *, network: str) -> None:
    """Write down for a day that somebody asked for a new password; it slows nobody down."""
    who = _email_hash(f"reset:{email}")
    db.session.add(SignInAttempt(email_hash=who, network=f"asked:{network}"[:60]))


def begin_code(user: User, *, network: str, browser: str = "") -> None:
    """The same for the second step, which only someone who knows the password reaches."""
    who, where = _email_hash(f"code:{user.email}"), _place(network, browser)
    _one_at_a_time(who, where)
    _wait_for_pair(who, where)
    if not browser:
        since = clock.now() - CODE_WINDOW
        count, first = _tally(
            SignInAttempt.email_hash == who,
            SignInAttempt.network.not_like("browser:%"),
            since=since,
        )
        _refuse_until(first + CODE_WINDOW if count >= CODE_ATTEMPTS and first else None)
    db.session.add(SignInAttempt(email_hash=who, network=where, created_at=clock.now()))


def succeeded(user: User, *, network: str, browser: str = "", code: bool = False) -> None:
    """The attempt that was begun was right: forget the pair's failures."""
    who = _email_hash(f"code:{user.email}" if code else user.email)
    db.session.execute(
        delete(SignInAttempt).where(
            SignInAttempt.email_hash == who, SignInAttempt.network == _place(network, browser)
        )
    )


def forget_failures(email: str) -> None:
    """After a reset by mail nobody needs to wait any more."""
    hashes = [_email_hash(email), _email_hash(f"code:{email}")]
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.email_hash.in_(hashes)))


def prune() -> int:
    """Delete attempts that no longer count; run by the clock. Returns how many."""
    gone = db.session.execute(
        delete(SignInAttempt).where(SignInAttempt.created_at < clock.now() - COUNTED)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def open_for(user: User, *, network: str, user_agent: str) -> tuple[SignIn, str]:
    """Sign a browser in; returns the row and the secret token for its cookie.

    It acts for the organisation that the person acted for last, else for the first one.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sign_in = SignIn(
        user=user,
        token_hash=readers.token_hash(token),
        organisation_id=queries.last_organisation_id(user),
        user_agent=user_agent[:200],
        network=network,
        last_seen_at=clock.now(),
    )
    db.session.add(sign_in)
    db.session.flush()
    events.record(
        user, "user.sign_in", by=Actor(user.id, sign_in.organisation_id), sign_in=sign_in.id
    )
    return sign_in, token


def new_browser_name() -> str:
    """A random name for a browser that has signed in."""
    return secrets.token_urlsafe(16)


def touch(sign_in: SignIn) -> None:
    """Note that the browser was seen."""
    sign_in.last_seen_at = clock.now()


def close(sign_in: SignIn) -> None:
    """Sign out: the browser's own wish."""
    if sign_in.revoked_at is None:
        sign_in.revoked_at = clock.now()
        by = Actor(sign_in.user_id, sign_in.organisation_id)
        events.record(sign_in.user, "user.sign_out", by=by, sign_in=sign_in.id)


def revoke(actor: Actor, sign_in: SignIn) -> None:
    """Sign out another browser of one's own."""
    require(actor, policy.revoke_sign_in, sign_in)
    if sign_in.revoked_at is None:
        sign_in.revoked_at = clock.now()
        events.record(sign_in.user, "user.sign_out", by=actor, sign_in=sign_in.id)


def revoke_others(actor: Actor, user: User, *, keep: int | None) -> None:
    """Sign out every browser of one's own but this."""
    require(actor, policy.edit_account, user)
    revoke_all(user, but=keep)
    events.record(user, "user.revoke_sign_ins", by=actor)


def revoke_all(user: User, *, but: int | None = None) -> None:
    """Sign out every browser of a person; answers for its callers."""
    db.session.execute(
        update(SignIn)
        .where(SignIn.user_id == user.id, SignIn.revoked_at.is_(None), SignIn.id != (but or 0))
        .values(revoked_at=clock.now())
    )


def act_for(actor: Actor, sign_in: SignIn, organisation_id: int) -> None:
    """Act for another of one's organisations in this browser; NotFound for one that is not."""
    require(actor, policy.revoke_sign_in, sign_in)
    membership = queries.membership_in(actor, organisation_id)
    lock(sign_in)
    sign_in.organisation_id = membership.organisation_id


def _email_hash(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def _place(network: str, browser: str) -> str:
    return f"browser:{browser}"[:60] if browser else network


def _one_at_a_time(who: str, where: str) -> None:
    """Attempts of one pair queue: on SQLite all writers do, on PostgreSQL by an advisory lock."""
    if db.session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(f"{who}{where}".encode()).digest()[:8], signed=True)
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _tally(*conditions: object, since: datetime) -> tuple[int, datetime | None]:
    count, first = db.session.execute(
        select(func.count(), func.min(SignInAttempt.created_at)).where(
            *conditions,  # type: ignore[arg-type]
            SignInAttempt.created_at > since,
        )
    ).one()
    return count, first


def _wait_for_pair(who: str, where: str) -> None:
    count, last = db.session.execute(
        select(func.count(), func.max(SignInAttempt.created_at)).where(
            SignInAttempt.email_hash == who,
            SignInAttempt.network == where,
            SignInAttempt.created_at > clock.now() - COUNTED,
        )
    ).one()
    if count >= FREE_ATTEMPTS and last is not None:
        _refuse_until(last + wait_after(count))


def _wait_for_network(network: str) -> None:
    count, first = _tally(SignInAttempt.network == network, since=clock.now() - NETWORK_WINDOW)
    _refuse_until(first + NETWORK_WINDOW if count >= NETWORK_ATTEMPTS and first else None)


def wait_after(failures: int) -> timedelta:
    """How long a pair waits after so many failures."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    doublings = min(failures - FREE_ATTEMPTS, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _refuse_until(moment: datetime | None) -> None:
    seconds = (moment - clock.now()).total_seconds() if moment else 0
    if seconds > 0:
        raise TooOften("sign_in.too_often", seconds=int(seconds) + 1)
