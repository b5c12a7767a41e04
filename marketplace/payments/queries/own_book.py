"""Reading the exchange's own book, and what of ours still lies in the clients' book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import policy as books_policy
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Posting, Transfer
from marketplace.payments import accounting
from marketplace.payments.accounting import ACCOUNTS, Cause
from marketplace.payments.models import Payout, PayoutState
from marketplace.payments.queries.paying import OURS

SWEEP = "sweep"  # the purpose of a payout to our own account


def entry_key(posting_id: int) -> str:
    """The key under which our own book enters a posting of the clients' book: once."""
    return f"own:{posting_id}"


def arrival_key(payout_id: int) -> str:
    """The key under which our own book enters that a sweep has arrived."""
    return f"own:sweep:{payout_id}"


def _is_entered() -> ColumnElement[bool]:
    entered = aliased(Transfer)
    return exists().where(entered.key == "own:" + cast(Posting.id, String))


def not_entered() -> Select[tuple[Posting]]:
    """What moved on our accounts in the clients' book and is not in our own yet, oldest first."""
    return (
        select(Posting)
        .options(joinedload(Posting.transfer))
        .where(Posting.account.in_(OURS), ~_is_entered())
        .order_by(Posting.id)
    )


def not_arrived() -> Select[tuple[Payout]]:
    """Sweeps that the bank has sent and our own book does not show yet."""
    entered = aliased(Transfer)
    key = "own:sweep:" + cast(Payout.id, String)
    return (
        select(Payout)
        .where(
            Payout.purpose == SWEEP,
            Payout.state == PayoutState.SENT,
            ~exists().where(entered.key == key),
        )
        .order_by(Payout.id)
    )


def held_for_us() -> list[Money]:
    """What lies in the clients' book for the exchange, a currency at a time; for services."""
    sums: dict[str, int] = {}
    for account in OURS:
        for (name, currency), minor in ledger.balances(account).items():
            if name == account:
                sums[currency] = sums.get(currency, 0) + minor
    return [Money(currency, minor) for currency, minor in sorted(sums.items()) if minor]


def unlike_clients_book() -> list[ledger.Break]:
    """Currencies in which our book shows another sum held for us than the clients' book entered."""
    rows = db.session.execute(
        select(Posting.currency, func.sum(Posting.minor))
        .where(Posting.account.in_(OURS), _is_entered())
        .group_by(Posting.currency)
    )
    wanted = {currency: -int(minor) for currency, minor in rows}
    shown = {currency: minor for (_, currency), minor in ledger.balances(accounting.HELD).items()}
    return [
        ledger.Break("break.own_book", {"currency": currency})
        for currency in sorted(wanted.keys() | shown.keys())
        if wanted.get(currency, 0) != shown.get(currency, 0)
    ]


@dataclass(frozen=True)
class Month:
    """What our own book says of a month of Beijing, in one currency."""

    begins: date
    commission: Money  # net of tax
    tax: Money
    forfeits: Money
    charges: Money

    @property
    def result(self) -> Money:
        """Earned less spent, without tax."""
        return self.commission + self.forfeits - self.charges


def months(actor: Actor, *, number: int = 12) -> Sequence[Month]:
    """The last months, the newest first; a month in which nothing moved is left out."""
    require(actor, books_policy.read_books)
    found: list[Month] = []
    begins = clock.today().replace(day=1)
    end = (begins + timedelta(days=32)).replace(day=1)
    for _ in range(number):
        found += _month(begins, end)
        begins, end = (begins - timedelta(days=1)).replace(day=1), begins
    return found


def _month(begins: date, end: date) -> list[Month]:
    rows = db.session.execute(
        select(Posting.account, Posting.currency, func.sum(Posting.minor))
        .where(
            Posting.account.startswith(ledger.OWN),
            Posting.created_at >= clock.start_of(begins),
            Posting.created_at < clock.start_of(end),
        )
        .group_by(Posting.account, Posting.currency)
    )
    sums = {(account, currency): int(minor) for account, currency, minor in rows}

    def of(account: str, currency: str) -> Money:
        return Money(currency, sums.get((account, currency), 0))

    return [
        Month(
            begins,
            of(ACCOUNTS[Cause.COMMISSION], currency),
            of(accounting.VAT, currency),
            of(ACCOUNTS[Cause.FORFEIT], currency),
            -of(ACCOUNTS[Cause.CHARGES], currency),
        )
        for currency in sorted({currency for _, currency in sums})
    ]
