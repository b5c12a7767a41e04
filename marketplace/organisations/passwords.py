"""Passwords: what is asked of one, and how it is kept (Argon2id, OWASP's second setting).

Hashing takes tens of milliseconds on purpose: entry points do it before they open a transaction,
so that nobody waits for the database's write lock meanwhile.
"""

from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.core.errors import Invalid
from marketplace.organisations.models import User

MIN_LENGTH = 10
MAX_LENGTH = 200  # beyond that, hashing is only work for an attacker to give us
SHORTEST_NAME = 4  # a mailbox name this long must not stand in the password

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def common() -> frozenset[str]:
    """Our own list of passwords that everybody tries first."""
    path = resources.files("marketplace.organisations") / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def check(password: str, *, email: str, field: str = "password") -> None:
    """Raise Invalid with the reason, beside a form field, unless the password may be used."""
    code = _fault(password, email.lower())
    if code:
        raise Invalid(code, fields={field: code}, minimum=MIN_LENGTH, maximum=MAX_LENGTH)


def _fault(password: str, email: str) -> str:
    folded = password.lower().strip()
    mailbox = email.partition("@")[0]
    if len(password) < MIN_LENGTH:
        return "password.short"
    if len(password) > MAX_LENGTH:
        return "password.long"
    if folded in common() or len(set(folded)) < 4:
        return "password.common"
    if email and (folded == email or (len(mailbox) >= SHORTEST_NAME and mailbox in folded)):
        return "password.email"
    return ""


def hashed(password: str) -> str:
    """The hash to keep. Slow: never inside a transaction."""
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def matches(user: User | None, password: str) -> bool:
    """Whether it is the person's password; for nobody it takes as long and is never true."""
    known = user is not None and user.closed_at is None
    try:
        right = _hasher.verify(user.password_hash if user else _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and known


def is_outdated(user: User) -> bool:
    """The hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(user.password_hash)


def prove(user: User, password: str, *, field: str = "password") -> None:
    """The password again before something weighty; a wrong one is refused beside the field."""
    if not matches(user, password):
        raise Invalid("password.wrong", fields={field: "password.wrong"})
