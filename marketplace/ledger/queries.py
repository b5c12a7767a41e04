"""Reading the books.

Signs: what we owe (escrow, customers' credits, commission earned) stands as a positive balance,
what we hold (`bank:*`, `psp:*`) as a negative one; together they are nothing at every moment.

Two books that no transfer mixes: the clients' (money of others and the accounts that hold it), and our
own (`own:*`), the accountant's: revenue, tax, expense. Each adds up by itself (ADR 41).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import policy
from marketplace.ledger.models import AccountBalance, Posting, Transfer

# Accounts of these families mirror money at a bank or a payment service provider: zero or below.
HELD = ("bank:", "psp:")
OWN = "own:"  # accounts of the exchange's own book: of either sign


class Book(StrEnum):
    """Whose money an account is about."""

    CLIENTS = "clients"
    OWN = "own"


def book_of(account: str) -> Book:
    """The book of an account, by its name."""
    return Book.OWN if account.startswith(OWN) else Book.CLIENTS


def balance(account: str, currency: str = "CNY", *, as_of: datetime | None = None) -> Money:
    """What is on the account now, or what was on it at a moment of the past (L-05)."""
    if as_of is None:
        minor = db.session.scalar(
            select(AccountBalance.minor).where(
                AccountBalance.account == account, AccountBalance.currency == currency
            )
        )
    else:
        minor = db.session.scalar(
            select(func.sum(Posting.minor)).where(
                Posting.account == account,
                Posting.currency == currency,
                Posting.created_at <= as_of,
            )
        )
    return Money(currency, int(minor or 0))


def balances(prefix: str) -> dict[tuple[str, str], int]:
    """(account, currency) → minor units, of all accounts whose name begins so; for services."""
    rows = db.session.execute(
        select(AccountBalance.account, AccountBalance.currency, AccountBalance.minor)
        .where(AccountBalance.account.startswith(prefix, autoescape=True), _used())
        .order_by(AccountBalance.account, AccountBalance.currency)
    )
    return {(account, currency): int(minor) for account, currency, minor in rows}


def _used() -> ColumnElement[bool]:
    """A refused transfer may leave a row without postings."""
    return AccountBalance.postings > 0


def known(key: str) -> Transfer | None:
    """The transfer of this key, if it was made."""
    return db.session.scalar(select(Transfer).where(Transfer.key == key))


@dataclass(frozen=True)
class Account:
    """An account in one currency, as the trial balance shows it."""

    name: str
    balance: Money
    postings: int
    last_at: datetime | None

    @property
    def is_bank(self) -> bool:
        """It mirrors money at a bank or a provider: shown with its sign turned."""
        return self.name.startswith(HELD)

    @property
    def book(self) -> Book:
        """Whose money it is about."""
        return book_of(self.name)

    @property
    def shown(self) -> Money:
        """What people expect to read: what is held, or what is owed."""
        return -self.balance if self.is_bank else self.balance


def accounts(actor: Actor, *, search: str = "", book: Book | None = None) -> list[Account]:
    """The trial balance: every account in every currency, of one book or both, for staff."""
    require(actor, policy.read_books)
    query = (
        select(
            AccountBalance.account,
            AccountBalance.currency,
            AccountBalance.minor,
            AccountBalance.postings,
            AccountBalance.last_at,
        )
        .where(_used())
        .order_by(AccountBalance.account, AccountBalance.currency)
    )
    if search:
        query = query.where(AccountBalance.account.contains(search, autoescape=True))
    if book is not None:
        ours = AccountBalance.account.startswith(OWN)
        query = query.where(ours if book is Book.OWN else ~ours)
    return [
        Account(name, Money(currency, int(minor)), count, last_at)
        for name, currency, minor, count, last_at in db.session.execute(query)
    ]


def transfers(
    actor: Actor,
    *,
    account: str = "",
    search: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Select[tuple[Transfer]]:
    """The journal, newest first, for the exchange's staff; of one account where it is named.

    `since` and `until` are days of Beijing, both included.
    """
    require(actor, policy.read_books)
    query = (
        select(Transfer)
        .options(selectinload(Transfer.postings))
        .order_by(Transfer.created_at.desc(), Transfer.id.desc())
    )
    if since:
        query = query.where(Transfer.created_at >= clock.start_of(since))
    if until and until < date.max:
        query = query.where(Transfer.created_at < clock.start_of(until + timedelta(days=1)))
    if account:
        query = query.where(Transfer.postings.any(Posting.account == account))
    if search:
        query = query.where(
            or_(
                Transfer.key.contains(search, autoescape=True),
                Transfer.memo.contains(search, autoescape=True),
            )
        )
    return query


def get(actor: Actor, transfer_id: int) -> Transfer:
    """One transfer."""
    found = db.session.scalar(transfers(actor).where(Transfer.id == transfer_id))
    if found is None:
        raise NotFound("transfer.unknown")
    return found


@dataclass(frozen=True)
class Break:
    """Something in the books that cannot be: a code with words (enums `break.*`), and its facts."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proof:
    """What a self-check found. No breaks: the books add up."""

    checked_at: datetime
    transfers: int
    postings: int
    totals: dict[str, int] = field(default_factory=dict)  # currency → sum of all postings: zero
    breaks: tuple[Break, ...] = ()

    @property
    def holds(self) -> bool:
        """The books add up."""
        return not self.breaks

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the command line's."""
        return {
            "holds": self.holds,
            "checked_at": self.checked_at.isoformat(),
            "transfers": self.transfers,
            "postings": self.postings,
            "totals": self.totals,
            "breaks": [{"code": one.code, **one.facts} for one in self.breaks],
        }


def unbalanced() -> Sequence[Break]:
    """Transfers whose postings do not sum to nothing in some book and currency, or that have none."""
    ours = Posting.account.startswith(OWN)
    sums = db.session.execute(
        select(Posting.transfer_id, Posting.currency, func.sum(Posting.minor))
        .group_by(Posting.transfer_id, Posting.currency, ours)
        .having(func.sum(Posting.minor) != 0)
        .order_by(Posting.transfer_id)
    )
    empty = db.session.scalars(
        select(Transfer.id).where(~Transfer.postings.any()).order_by(Transfer.id)
    )
    return [
        *(
            Break("break.unbalanced", {"transfer": number, "currency": currency, "minor": int(m)})
            for number, currency, m in sums
        ),
        *(Break("break.empty", {"transfer": number}) for number in empty),
    ]


def overdrawn() -> Sequence[Break]:
    """Accounts on the wrong side of zero: owed below nothing, or a bank that holds less."""
    total = func.sum(Posting.minor)
    turned = case(
        (or_(*map(Posting.account.startswith, HELD)), -1),
        (Posting.account.startswith(OWN), 0),
        else_=1,
    )
    rows = db.session.execute(
        select(Posting.account, Posting.currency, total)
        .group_by(Posting.account, Posting.currency)
        .having(func.sum(Posting.minor * turned) < 0)
        .order_by(Posting.account, Posting.currency)
    )
    return [
        Break("break.overdrawn", {"account": name, "currency": currency, "minor": int(minor)})
        for name, currency, minor in rows
    ]


def unlike_postings() -> Sequence[Break]:
    """Accounts whose kept balance is not the sum of their postings (L-05)."""
    total = (
        select(
            Posting.account,
            Posting.currency,
            func.sum(Posting.minor).label("minor"),
            func.count(Posting.id).label("postings"),
        )
        .group_by(Posting.account, Posting.currency)
        .subquery()
    )
    rows = db.session.execute(
        select(
            func.coalesce(AccountBalance.account, total.c.account),
            func.coalesce(AccountBalance.currency, total.c.currency),
            func.coalesce(AccountBalance.minor, 0),
            func.coalesce(total.c.minor, 0),
        )
        .select_from(AccountBalance)
        .join(
            total,
            and_(
                total.c.account == AccountBalance.account,
                total.c.currency == AccountBalance.currency,
            ),
            full=True,
        )
        .where(
            or_(
                func.coalesce(AccountBalance.minor, 0) != func.coalesce(total.c.minor, 0),
                func.coalesce(AccountBalance.postings, 0) != func.coalesce(total.c.postings, 0),
            )
        )
    )
    found = [
        {"account": account, "currency": currency, "kept": int(kept), "minor": int(minor)}
        for account, currency, kept, minor in rows
    ]
    found.sort(key=lambda facts: (facts["account"], facts["currency"]))
    return [Break("break.balance", facts) for facts in found]


def grand_totals() -> dict[str, int]:
    """The sum of all postings, a currency at a time: nothing, if the books are right."""
    rows = db.session.execute(
        select(Posting.currency, func.sum(Posting.minor))
        .group_by(Posting.currency)
        .order_by(Posting.currency)
    )
    return {currency: int(minor) for currency, minor in rows}
